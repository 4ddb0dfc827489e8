//! The requests about groups that are there, and what the door answers to each.

use std::sync::Arc;

use super::{VALIDATION, existing, resize, settings};
use crate::aws::group_requests as aws;
use crate::engine::api::{Answer, ApiError, last_segment};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::cron::Cron;
use crate::model::auto_scaling_group::processes::{Process, Processes};
use crate::model::auto_scaling_group::refresh::{InstanceRefresh, ProtectedInRefresh, RefreshEnd};
use crate::model::auto_scaling_group::schedule::{ScheduledAction, Sizes};
use crate::model::auto_scaling_group::warm_pool::{WarmPool, WarmState};
use crate::model::auto_scaling_group::{DesiredCapacityCause, InstanceKind, Lifecycle};
use crate::model::{AutoScalingGroupId, Change, Cluster, InstanceId};

/// A request of EC2 Auto Scaling about a group that is there.
#[derive(Clone, PartialEq, Debug)]
pub enum AutoScalingRequest {
    /// UpdateAutoScalingGroup; with the kinds that its instance type stands for, where it names one.
    UpdateAutoScalingGroup(Box<aws::UpdateAutoScalingGroup>, Option<Arc<[InstanceKind]>>),
    /// SetDesiredCapacity.
    SetDesiredCapacity(aws::SetDesiredCapacity),
    /// SetInstanceProtection.
    SetInstanceProtection(aws::SetInstanceProtection),
    /// TerminateInstanceInAutoScalingGroup.
    TerminateInstanceInAutoScalingGroup(aws::TerminateInstanceInAutoScalingGroup),
    /// PutScheduledUpdateGroupAction.
    PutScheduledUpdateGroupAction(Box<aws::PutScheduledUpdateGroupAction>),
    /// DeleteScheduledAction.
    DeleteScheduledAction(aws::DeleteScheduledAction),
    /// SuspendProcesses.
    SuspendProcesses(aws::ScalingProcessQuery),
    /// ResumeProcesses.
    ResumeProcesses(aws::ScalingProcessQuery),
    /// StartInstanceRefresh.
    StartInstanceRefresh(Box<aws::StartInstanceRefresh>),
    /// CancelInstanceRefresh.
    CancelInstanceRefresh(aws::CancelInstanceRefresh),
    /// PutWarmPool.
    PutWarmPool(aws::PutWarmPool),
    /// DeleteWarmPool.
    DeleteWarmPool(aws::DeleteWarmPool),
}

impl AutoScalingRequest {
    /// The name of the API action.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            AutoScalingRequest::UpdateAutoScalingGroup(..) => "UpdateAutoScalingGroup",
            AutoScalingRequest::SetDesiredCapacity(_) => "SetDesiredCapacity",
            AutoScalingRequest::SetInstanceProtection(_) => "SetInstanceProtection",
            AutoScalingRequest::TerminateInstanceInAutoScalingGroup(_) => {
                "TerminateInstanceInAutoScalingGroup"
            }
            AutoScalingRequest::PutScheduledUpdateGroupAction(_) => "PutScheduledUpdateGroupAction",
            AutoScalingRequest::DeleteScheduledAction(_) => "DeleteScheduledAction",
            AutoScalingRequest::SuspendProcesses(_) => "SuspendProcesses",
            AutoScalingRequest::ResumeProcesses(_) => "ResumeProcesses",
            AutoScalingRequest::StartInstanceRefresh(_) => "StartInstanceRefresh",
            AutoScalingRequest::CancelInstanceRefresh(_) => "CancelInstanceRefresh",
            AutoScalingRequest::PutWarmPool(_) => "PutWarmPool",
            AutoScalingRequest::DeleteWarmPool(_) => "DeleteWarmPool",
        }
    }

    /// The group that it names; none where it names an instance.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        Some(match self {
            AutoScalingRequest::UpdateAutoScalingGroup(input, _) => &input.auto_scaling_group_name,
            AutoScalingRequest::SetDesiredCapacity(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::SetInstanceProtection(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::TerminateInstanceInAutoScalingGroup(_) => return None,
            AutoScalingRequest::PutScheduledUpdateGroupAction(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::DeleteScheduledAction(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::SuspendProcesses(input) | AutoScalingRequest::ResumeProcesses(input) => {
                &input.auto_scaling_group_name
            }
            AutoScalingRequest::StartInstanceRefresh(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::CancelInstanceRefresh(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::PutWarmPool(input) => &input.auto_scaling_group_name,
            AutoScalingRequest::DeleteWarmPool(input) => &input.auto_scaling_group_name,
        })
    }
}

/// What becomes true.
///
/// # Errors
/// The exception EC2 Auto Scaling would raise.
pub fn answer(cluster: &Cluster, now: SimTime, request: &AutoScalingRequest) -> Result<Answer, ApiError> {
    let group = || existing(cluster, request.group().unwrap_or_default());
    let changes = match request {
        AutoScalingRequest::UpdateAutoScalingGroup(input, kinds) => {
            settings::update(cluster, group()?, input, kinds.as_ref())?
        }
        AutoScalingRequest::SetDesiredCapacity(input) => set_desired(cluster, now, group()?, input)?,
        AutoScalingRequest::SetInstanceProtection(input) => protect(cluster, group()?, input)?,
        AutoScalingRequest::TerminateInstanceInAutoScalingGroup(input) => return terminate(cluster, input),
        AutoScalingRequest::PutScheduledUpdateGroupAction(input) => {
            let (group, action) = (group()?, scheduled_action(cluster, input)?);
            let start = action.next_after(now, cluster.zero_unix_ms);
            if start.is_none() {
                let message = "the action never comes: its time is over";
                return Err(ApiError::new(VALIDATION, "StartTime", message));
            }
            let (name, action) = (action.name.as_str().into(), Some(Box::new(action)));
            vec![Change::ScheduledActionChanged { group, name, action }]
        }
        AutoScalingRequest::DeleteScheduledAction(input) => {
            let (group, name) = (group()?, input.scheduled_action_name.as_str());
            if !cluster.auto_scaling_group(group).scheduled.contains_key(name) {
                let message = format!("Scheduled action name not found: {name:?}");
                return Err(ApiError::new(VALIDATION, "ScheduledActionName", message));
            }
            vec![Change::ScheduledActionChanged { group, name: name.into(), action: None }]
        }
        AutoScalingRequest::SuspendProcesses(input) => {
            let (group, named) = (group()?, processes(input)?);
            let before = cluster.auto_scaling_group(group).suspended;
            let suspended = named.into_iter().fold(before, Processes::with);
            vec![Change::ProcessesSuspended { group, suspended }]
        }
        AutoScalingRequest::ResumeProcesses(input) => {
            let (group, named) = (group()?, processes(input)?);
            let before = cluster.auto_scaling_group(group).suspended;
            let suspended = named.into_iter().fold(before, Processes::without);
            vec![Change::ProcessesSuspended { group, suspended }]
        }
        AutoScalingRequest::StartInstanceRefresh(input) => {
            let group = group()?;
            if cluster.auto_scaling_group(group).refresh.is_some() {
                let message = "An Instance Refresh is already in progress";
                return Err(ApiError::new("InstanceRefreshInProgress", "AutoScalingGroupName", message));
            }
            let refresh = Ok(Box::new(refresh(cluster, now, group, input)?));
            vec![Change::InstanceRefreshChanged { group, refresh }]
        }
        AutoScalingRequest::CancelInstanceRefresh(_) => {
            let group = group()?;
            if cluster.auto_scaling_group(group).refresh.is_none() {
                let message = "No in progress or pending Instance Refresh found";
                return Err(ApiError::new("ActiveInstanceRefreshNotFound", "AutoScalingGroupName", message));
            }
            vec![Change::InstanceRefreshChanged { group, refresh: Err(RefreshEnd::Cancelled) }]
        }
        AutoScalingRequest::PutWarmPool(input) => {
            let (group, warm_pool) = (group()?, Some(warm_pool(input)?));
            vec![Change::WarmPoolChanged { group, warm_pool }]
        }
        AutoScalingRequest::DeleteWarmPool(_) => {
            let group = group()?;
            if cluster.auto_scaling_group(group).warm_pool.is_none() {
                let message = "No warm pool found for the group";
                return Err(ApiError::new(VALIDATION, "AutoScalingGroupName", message));
            }
            vec![Change::WarmPoolChanged { group, warm_pool: None }]
        }
    };
    Ok(Answer::Changes(changes))
}

/// What is wrong with a request whatever the state it comes to: names, words, recurrences.
///
/// # Errors
/// The exception EC2 Auto Scaling would raise.
pub fn check(cluster: &Cluster, request: &AutoScalingRequest) -> Result<(), ApiError> {
    if let Some(name) = request.group() {
        existing(cluster, name)?;
    }
    match request {
        AutoScalingRequest::UpdateAutoScalingGroup(input, _) => settings::check_update(cluster, input),
        AutoScalingRequest::PutScheduledUpdateGroupAction(input) => {
            scheduled_action(cluster, input).map(|_| ())
        }
        AutoScalingRequest::SuspendProcesses(input) | AutoScalingRequest::ResumeProcesses(input) => {
            processes(input).map(|_| ())
        }
        AutoScalingRequest::StartInstanceRefresh(input) => {
            refresh(cluster, SimTime::ZERO, existing(cluster, &input.auto_scaling_group_name)?, input)
                .map(|_| ())
        }
        AutoScalingRequest::PutWarmPool(input) => warm_pool(input).map(|_| ()),
        AutoScalingRequest::SetDesiredCapacity(_)
        | AutoScalingRequest::SetInstanceProtection(_)
        | AutoScalingRequest::TerminateInstanceInAutoScalingGroup(_)
        | AutoScalingRequest::DeleteScheduledAction(_)
        | AutoScalingRequest::CancelInstanceRefresh(_)
        | AutoScalingRequest::DeleteWarmPool(_) => Ok(()),
    }
}

fn set_desired(
    cluster: &Cluster,
    now: SimTime,
    id: AutoScalingGroupId,
    input: &aws::SetDesiredCapacity,
) -> Result<Vec<Change>, ApiError> {
    let group = cluster.auto_scaling_group(id);
    let (wanted, settings) = (input.desired_capacity, &group.settings);
    let side = match wanted {
        _ if wanted > settings.max_size => Some(("above max", settings.max_size)),
        _ if wanted < settings.min_size => Some(("below min", settings.min_size)),
        _ => None,
    };
    if let Some((side, limit)) = side {
        let message =
            format!("New SetDesiredCapacity value {wanted} is {side} value {limit} for the AutoScalingGroup");
        return Err(ApiError::new(VALIDATION, "DesiredCapacity", message));
    }
    let cools = group.resized_at.is_some_and(|at| at + settings.cooldown > now);
    if input.honor_cooldown == Some(true) && cools {
        let message = "the group is in the cooldown of its last scaling activity";
        return Err(ApiError::new("ScalingActivityInProgress", "HonorCooldown", message));
    }
    let sizes = Sizes { desired: Some(wanted), ..Sizes::default() };
    resize(cluster, id, sizes, DesiredCapacityCause::Request)
}

/// The instances of a group by name, each with its place in the request.
fn protect(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    input: &aws::SetInstanceProtection,
) -> Result<Vec<Change>, ApiError> {
    let (pool, protected) = (cluster.auto_scaling_group(id).pool, input.protected_from_scale_in);
    let mut changes = Vec::new();
    for (index, name) in input.instance_ids.iter().enumerate() {
        let field = format!("InstanceIds[{index}]");
        let found = cluster.instance_named(last_segment(name));
        let Some(instance) = found.filter(|found| cluster.instances[*found].pool == pool) else {
            let message = format!("The instance {name:?} is not part of Auto Scaling group");
            return Err(ApiError::new(VALIDATION, field, message));
        };
        let stands = &cluster.instances[instance];
        if stands.lifecycle != Lifecycle::InService {
            let message =
                format!("The instance {name:?} is not in InService but {}", stands.lifecycle.name());
            return Err(ApiError::new(VALIDATION, field, message));
        }
        if stands.protected_from_scale_in != protected {
            changes.push(Change::ScaleInProtectionChanged { instance, protected });
        }
    }
    Ok(changes)
}

fn terminate(
    cluster: &Cluster,
    input: &aws::TerminateInstanceInAutoScalingGroup,
) -> Result<Answer, ApiError> {
    let name = last_segment(&input.instance_id);
    let of_group = |id: &InstanceId| cluster.group_of_pool(cluster.instances[*id].pool).is_some();
    let Some(instance) = cluster.instance_named(name).filter(of_group) else {
        let message = format!("Instance Id not found - No managed instance found for instance ID: {name}");
        return Err(ApiError::new(VALIDATION, "InstanceId", message));
    };
    if cluster.instances[instance].lifecycle.is_leaving() {
        let message = format!("{name} is being terminated already");
        return Err(ApiError::new("ScalingActivityInProgress", "InstanceId", message));
    }
    let group = cluster.group_of_pool(cluster.instances[instance].pool);
    let group = cluster.auto_scaling_group(group.expect("it is an instance of a group"));
    let decrement = input.should_decrement_desired_capacity && cluster.instances[instance].lifecycle.counts();
    if decrement && group.desired_capacity <= group.settings.min_size {
        let message = format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate \
             group's min size constraint",
            group.settings.min_size
        );
        return Err(ApiError::new(VALIDATION, "ShouldDecrementDesiredCapacity", message));
    }
    Ok(Answer::TerminateInstance { instance, decrement })
}

fn scheduled_action(
    cluster: &Cluster,
    input: &aws::PutScheduledUpdateGroupAction,
) -> Result<ScheduledAction, ApiError> {
    let wrong = |field: &str, message: String| ApiError::new(VALIDATION, field, message);
    if let Some(zone) = input.time_zone.as_deref().filter(|zone| !["UTC", "Etc/UTC"].contains(zone)) {
        return Err(ApiError::not_modelled("TimeZone", &format!("a recurrence in {zone}")));
    }
    let time = |field: &str, text: &Option<String>| -> Result<Option<SimTime>, ApiError> {
        let Some(text) = text else { return Ok(None) };
        let date: jiff::Timestamp = text
            .parse()
            .map_err(|_| wrong(field, format!("{text:?} is no date such as 2026-01-05T08:00:00Z")))?;
        let ms = date.as_millisecond() - cluster.zero_unix_ms;
        Ok(Some(SimTime(u64::try_from(ms).unwrap_or(0))))
    };
    let recurrence = match input.recurrence.as_deref() {
        None => None,
        Some(text) => Some(Cron::parse(text).map_err(|error| wrong("Recurrence", error.to_string()))?),
    };
    let (start, end) = (time("StartTime", &input.start_time)?, time("EndTime", &input.end_time)?);
    if start.is_none() && recurrence.is_none() {
        return Err(wrong("StartTime", "an action needs a StartTime or a Recurrence".to_owned()));
    }
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        return Err(wrong("EndTime", "it is before StartTime".to_owned()));
    }
    let sizes = Sizes { min: input.min_size, max: input.max_size, desired: input.desired_capacity };
    if sizes == Sizes::default() {
        let message = "at least one of MinSize, MaxSize and DesiredCapacity is needed".to_owned();
        return Err(wrong("MinSize", message));
    }
    if let (Some(min), Some(max)) = (sizes.min, sizes.max)
        && min > max
    {
        return Err(wrong("MinSize", format!("Min size {min} is above max size {max}")));
    }
    Ok(ScheduledAction { name: input.scheduled_action_name.clone(), start, end, recurrence, sizes })
}

fn processes(input: &aws::ScalingProcessQuery) -> Result<Vec<Process>, ApiError> {
    let Some(names) = input.scaling_processes.as_ref().filter(|names| !names.is_empty()) else {
        return Ok(Process::ALL.to_vec());
    };
    let of = |(index, name): (usize, &String)| {
        Process::ALL.into_iter().find(|process| process.name() == name).ok_or_else(|| {
            let known = Process::ALL.map(Process::name);
            let near = crate::catalog::nearest_spelling(name, known);
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_else(|| ".".to_owned());
            let message = format!("{name:?} is no process of a group{hint} There are {}", known.join(", "));
            ApiError::new(VALIDATION, format!("ScalingProcesses[{index}]"), message)
        })
    };
    names.iter().enumerate().map(of).collect()
}

fn refresh(
    cluster: &Cluster,
    now: SimTime,
    id: AutoScalingGroupId,
    input: &aws::StartInstanceRefresh,
) -> Result<InstanceRefresh, ApiError> {
    let group = cluster.auto_scaling_group(id);
    let field = |name: &str| format!("Preferences.{name}");
    if input.strategy.as_deref().is_some_and(|strategy| strategy != "Rolling") {
        return Err(ApiError::not_modelled("Strategy", "a strategy other than Rolling"));
    }
    if input.desired_configuration.is_some() {
        let what =
            "a refresh to another configuration (change the group by UpdateAutoScalingGroup first): it";
        return Err(ApiError::not_modelled("DesiredConfiguration", what));
    }
    let given = input.preferences.clone().unwrap_or_default();
    let policy = group.settings.maintenance;
    let min_healthy = given.min_healthy_percentage.or(policy.map(|of| of.0)).unwrap_or(90);
    let max_healthy = given.max_healthy_percentage.or(policy.map(|of| of.1)).unwrap_or(100);
    if min_healthy > 100 || !(100..=200).contains(&max_healthy) || max_healthy - min_healthy > 100 {
        let message = format!(
            "MinHealthyPercentage {min_healthy} is 0 to 100, MaxHealthyPercentage {max_healthy} 100 to 200 and \
             at most 100 more"
        );
        return Err(ApiError::new(VALIDATION, field("MinHealthyPercentage"), message));
    }
    let checkpoints = given.checkpoint_percentages.clone().unwrap_or_default();
    let ascend = checkpoints.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascend || checkpoints.iter().any(|percent| !(1..=100).contains(percent)) {
        let message = "checkpoints are percentages from 1 to 100 that ascend";
        return Err(ApiError::new(VALIDATION, field("CheckpointPercentages"), message));
    }
    let protected = match given.scale_in_protected_instances.as_deref() {
        None | Some("Wait") => ProtectedInRefresh::Wait,
        Some("Ignore") => ProtectedInRefresh::Ignore,
        Some("Refresh") => ProtectedInRefresh::Refresh,
        Some(other) => {
            let message = format!("{other:?} is none of Refresh, Ignore and Wait");
            return Err(ApiError::new(VALIDATION, field("ScaleInProtectedInstances"), message));
        }
    };
    let warmup = given.instance_warmup.map(|seconds| SimDuration::from_secs(u64::from(seconds)));
    Ok(InstanceRefresh {
        started_at: now,
        instances: cluster.counting_instances(group.pool).count() as u32,
        min_healthy,
        max_healthy,
        warmup: warmup.or(group.settings.default_warmup).unwrap_or(group.settings.health_check_grace),
        skip_version: (given.skip_matching == Some(true)).then_some(group.settings.version),
        checkpoints,
        checkpoint_delay: SimDuration::from_secs(u64::from(given.checkpoint_delay.unwrap_or(3600))),
        paused_until: None,
        protected,
    })
}

fn warm_pool(input: &aws::PutWarmPool) -> Result<WarmPool, ApiError> {
    let reuses = input.instance_reuse_policy.as_ref().and_then(|policy| policy.reuse_on_scale_in);
    if reuses == Some(true) {
        let message = "ECS does not support ReuseOnScaleIn: leave it out or say false (CAS-17)";
        return Err(ApiError::new(VALIDATION, "InstanceReusePolicy.ReuseOnScaleIn", message));
    }
    let state = match input.pool_state.as_deref() {
        None | Some("Stopped") => WarmState::Stopped,
        Some("Running") => WarmState::Running,
        Some("Hibernated") => WarmState::Hibernated,
        Some(other) => {
            let message = format!("{other:?} is none of Stopped, Running and Hibernated");
            return Err(ApiError::new(VALIDATION, "PoolState", message));
        }
    };
    let prepared_capacity = input.max_group_prepared_capacity.and_then(|size| u32::try_from(size).ok());
    Ok(WarmPool { min_size: input.min_size.unwrap_or(0), prepared_capacity, state })
}
