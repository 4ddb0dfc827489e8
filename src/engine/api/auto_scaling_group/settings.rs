//! What the owner of a group sets, from the words of the API.

use std::sync::Arc;

use super::{VALIDATION, resize_to};
use crate::aws::auto_scaling_group::{
    AvailabilityZoneDistribution, CapacityDistributionStrategy, InstanceMaintenancePolicy,
    LifecycleHookSpecification,
};
use crate::aws::group_requests::UpdateAutoScalingGroup;
use crate::engine::api::ApiError;
use crate::kernel::time::SimDuration;
use crate::model::auto_scaling_group::hooks::{HookResult, LifecycleHook, Transition};
use crate::model::auto_scaling_group::schedule::Sizes;
use crate::model::auto_scaling_group::{
    DesiredCapacityCause, GroupSettings, InstanceKind, TerminationPolicy, ZoneDistribution,
};
use crate::model::{AutoScalingGroupId, Change, Cluster, ZoneId};

/// ASG-3.
const MAX_HOOKS: usize = 50;
const DAY_SECONDS: u32 = 86_400;

pub(super) fn seconds(seconds: u32) -> SimDuration {
    SimDuration::from_secs(u64::from(seconds))
}

/// UpdateAutoScalingGroup: the settings that it changes, then the desired capacity, lifted or lowered by them.
pub(super) fn update(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    input: &UpdateAutoScalingGroup,
    kinds: Option<&Arc<[InstanceKind]>>,
) -> Result<Vec<Change>, ApiError> {
    check_update(cluster, input)?;
    let group = cluster.auto_scaling_group(id);
    let mut to: GroupSettings = group.settings.clone();
    if let Some(zones) = zones(cluster, input)? {
        to.zones = zones;
    }
    let new_kinds = kinds.filter(|kinds| **kinds != to.kinds);
    if let Some(kinds) = new_kinds {
        to.kinds = Arc::clone(kinds);
    }
    to.version += u32::from(new_kinds.is_some() || input.launch_template.is_some());
    if input.termination_policies.is_some() {
        to.termination_policies = termination_policies(input.termination_policies.as_deref())?;
    }
    to.protects_new_instances =
        input.new_instances_protected_from_scale_in.unwrap_or(to.protects_new_instances);
    to.health_check_grace = input.health_check_grace_period.map_or(to.health_check_grace, seconds);
    if input.max_instance_lifetime.is_some() {
        to.max_instance_lifetime = max_lifetime(input.max_instance_lifetime)?;
    }
    to.cooldown = input.default_cooldown.map_or(to.cooldown, seconds);
    if let Some(warmup) = input.default_instance_warmup {
        to.default_warmup = u32::try_from(warmup).ok().map(seconds);
    }
    if input.availability_zone_distribution.is_some() {
        to.zone_distribution = zone_distribution(input.availability_zone_distribution.as_ref())?;
    }
    if input.instance_maintenance_policy.is_some() {
        to.maintenance = maintenance(input.instance_maintenance_policy.as_ref())?;
    }
    let sizes = Sizes { min: input.min_size, max: input.max_size, desired: input.desired_capacity };
    resize_to(cluster, id, to, sizes, DesiredCapacityCause::Request)
}

/// What can be checked before the group's state is known.
pub(super) fn check_update(cluster: &Cluster, input: &UpdateAutoScalingGroup) -> Result<(), ApiError> {
    zones(cluster, input)?;
    termination_policies(input.termination_policies.as_deref())?;
    max_lifetime(input.max_instance_lifetime)?;
    zone_distribution(input.availability_zone_distribution.as_ref())?;
    maintenance(input.instance_maintenance_policy.as_ref())?;
    match (input.min_size, input.max_size) {
        (Some(min), Some(max)) if min > max => {
            let message = format!("Min size {min} is above max size {max}");
            Err(ApiError::new(VALIDATION, "MinSize", message))
        }
        _ => Ok(()),
    }
}

/// The zones of an update, by name or by the subnets in them.
fn zones(cluster: &Cluster, input: &UpdateAutoScalingGroup) -> Result<Option<Vec<ZoneId>>, ApiError> {
    let mut found: Vec<ZoneId> = Vec::new();
    for (index, name) in input.availability_zones.iter().flatten().enumerate() {
        let Some(zone) = cluster.zone_named(name) else {
            let message = format!("Availability Zone {name:?} is not known");
            return Err(ApiError::new(VALIDATION, format!("AvailabilityZones[{index}]"), message));
        };
        found.push(zone);
    }
    let subnets = input.vpc_zone_identifier.as_deref().filter(|_| input.availability_zones.is_none());
    for subnet in subnets.iter().flat_map(|subnets| subnets.split(',')) {
        let Some(zone) = cluster.subnets.get(subnet.trim()) else {
            let message = format!("the zone of subnet {subnet:?} is not known: say it under world.subnets");
            return Err(ApiError::new(VALIDATION, "VPCZoneIdentifier", message));
        };
        found.push(*zone);
    }
    if found.is_empty() {
        return match (&input.availability_zones, &input.vpc_zone_identifier) {
            (None, None) => Ok(None),
            _ => {
                let message = "at least one Availability Zone or VPC Subnet is required";
                Err(ApiError::new(VALIDATION, "AvailabilityZones", message))
            }
        };
    }
    let mut once: Vec<ZoneId> = Vec::new();
    found.into_iter().for_each(|zone| {
        if !once.contains(&zone) {
            once.push(zone);
        }
    });
    Ok(Some(once))
}

pub(super) fn termination_policies(given: Option<&[String]>) -> Result<Vec<TerminationPolicy>, ApiError> {
    let Some(names) = given.filter(|names| !names.is_empty()) else {
        return Ok(vec![TerminationPolicy::Default]);
    };
    let of = |(index, name): (usize, &String)| {
        let field = format!("TerminationPolicies[{index}]");
        if name.starts_with("arn:") {
            return Err(ApiError::not_modelled(field, "a termination policy of one's own"));
        }
        TerminationPolicy::ALL.into_iter().find(|policy| policy.name() == name).ok_or_else(|| {
            let known = TerminationPolicy::ALL.map(TerminationPolicy::name);
            let near = crate::catalog::nearest_spelling(name, known);
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_else(|| ".".to_owned());
            let message = format!("{name:?} is no termination policy{hint} There are {}", known.join(", "));
            ApiError::new(VALIDATION, field, message)
        })
    };
    names.iter().enumerate().map(of).collect()
}

pub(super) fn max_lifetime(given: Option<u32>) -> Result<Option<SimDuration>, ApiError> {
    match given {
        None | Some(0) => Ok(None),
        Some(lifetime) if lifetime < DAY_SECONDS => {
            let message = format!("{lifetime} s found; MaxInstanceLifetime is 0 or at least a day, 86400 s");
            Err(ApiError::new(VALIDATION, "MaxInstanceLifetime", message))
        }
        Some(lifetime) => Ok(Some(seconds(lifetime))),
    }
}

pub(super) fn zone_distribution(
    given: Option<&AvailabilityZoneDistribution>,
) -> Result<ZoneDistribution, ApiError> {
    match given.and_then(|given| given.capacity_distribution_strategy) {
        None | Some(CapacityDistributionStrategy::BalancedBestEffort) => {
            Ok(ZoneDistribution::BalancedBestEffort)
        }
        Some(CapacityDistributionStrategy::BalancedOnly) => Ok(ZoneDistribution::BalancedOnly),
        Some(CapacityDistributionStrategy::ReservationsThenBalanced) => {
            let field = "AvailabilityZoneDistribution.CapacityDistributionStrategy";
            Err(ApiError::not_modelled(field, "reservations-then-balanced"))
        }
    }
}

pub(super) fn maintenance(given: Option<&InstanceMaintenancePolicy>) -> Result<Option<(u32, u32)>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    let (min, max) = (given.min_healthy_percentage.unwrap_or(-1), given.max_healthy_percentage.unwrap_or(-1));
    if (min, max) == (-1, -1) {
        return Ok(None);
    }
    if !(0..=100).contains(&min) || !(100..=200).contains(&max) || max - min > 100 {
        let message = format!(
            "MinHealthyPercentage {min} is 0 to 100, MaxHealthyPercentage {max} 100 to 200 and at most 100 more; \
             both are given, or both are -1"
        );
        return Err(ApiError::new(VALIDATION, "InstanceMaintenancePolicy", message));
    }
    Ok(Some((min as u32, max as u32)))
}

/// The hooks of LifecycleHookSpecificationList (ASG-3).
pub(super) fn hooks(given: Option<&[LifecycleHookSpecification]>) -> Result<Vec<LifecycleHook>, ApiError> {
    let given = given.unwrap_or_default();
    let list = "LifecycleHookSpecificationList";
    if given.len() > MAX_HOOKS {
        let message = format!("{} hooks found; a group has at most 50 (ASG-3)", given.len());
        return Err(ApiError::new("LimitExceeded", list, message));
    }
    let mut hooks: Vec<LifecycleHook> = Vec::with_capacity(given.len());
    for (index, hook) in given.iter().enumerate() {
        let wrong = |field: &str, message: String| {
            Err(ApiError::new(VALIDATION, format!("{list}[{index}].{field}"), message))
        };
        let name = &hook.lifecycle_hook_name;
        if hooks.iter().any(|other| other.name == *name) {
            return wrong("LifecycleHookName", format!("a second hook named {name:?}"));
        }
        let transition = match hook.lifecycle_transition.as_str() {
            "autoscaling:EC2_INSTANCE_LAUNCHING" => Transition::Launching,
            "autoscaling:EC2_INSTANCE_TERMINATING" => Transition::Terminating,
            other => {
                let message = format!(
                    "{other:?} is neither autoscaling:EC2_INSTANCE_LAUNCHING nor autoscaling:EC2_INSTANCE_TERMINATING"
                );
                return wrong("LifecycleTransition", message);
            }
        };
        let default_result = match hook.default_result.as_deref() {
            None | Some("ABANDON") => HookResult::Abandon,
            Some("CONTINUE") => HookResult::Continue,
            Some(other) => {
                return wrong("DefaultResult", format!("{other:?} is neither CONTINUE nor ABANDON"));
            }
        };
        let timeout = hook.heartbeat_timeout.unwrap_or(3600);
        if !(30..=7200).contains(&timeout) {
            return wrong("HeartbeatTimeout", format!("{timeout} s found; it is 30 to 7200 s (ASG-3)"));
        }
        let heartbeat_timeout = seconds(timeout);
        hooks.push(LifecycleHook { name: name.clone(), transition, heartbeat_timeout, default_result });
    }
    Ok(hooks)
}
