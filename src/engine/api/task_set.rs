//! CreateTaskSet, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet, and the services that have task sets: those with
//! the deployment controller EXTERNAL (DEP-40, DEP-41, DEP-43).

use super::placement::{
    active_definition, capacity_of, check_compatible, check_constraint_count, placement_of,
};
use super::service::{find_active, grace_period, set_placement};
use super::target_group::balancers_of;
use super::{ApiError, last_segment, network};
use crate::aws::service::{CreateService, UpdateService};
use crate::aws::task_set::{CreateTaskSet, DeleteTaskSet, Scale, UpdateServicePrimaryTaskSet, UpdateTaskSet};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::placement::PlacementRule;
use crate::model::service::{Deployment, DeploymentRules, SchedulingStrategy, Service, ServiceSettings};
use crate::model::task_set::{DeploymentController, FULL_SCALE, TaskSet, TaskSetStatus};
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId};

const INVALID: &str = "InvalidParameterException";

/// A request about the task sets of a service.
#[derive(Clone, PartialEq, Debug)]
pub enum TaskSetRequest {
    /// CreateTaskSet.
    Create(Box<CreateTaskSet>),
    /// UpdateTaskSet.
    Update(UpdateTaskSet),
    /// UpdateServicePrimaryTaskSet.
    SetPrimary(UpdateServicePrimaryTaskSet),
    /// DeleteTaskSet.
    Delete(DeleteTaskSet),
}

impl TaskSetRequest {
    /// The name of the API action.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            TaskSetRequest::Create(_) => "CreateTaskSet",
            TaskSetRequest::Update(_) => "UpdateTaskSet",
            TaskSetRequest::SetPrimary(_) => "UpdateServicePrimaryTaskSet",
            TaskSetRequest::Delete(_) => "DeleteTaskSet",
        }
    }

    /// The cluster that it names, if it names one.
    pub(super) fn cluster(&self) -> Option<&str> {
        match self {
            TaskSetRequest::Create(input) => input.cluster.as_deref(),
            TaskSetRequest::Update(input) => input.cluster.as_deref(),
            TaskSetRequest::SetPrimary(input) => input.cluster.as_deref(),
            TaskSetRequest::Delete(input) => input.cluster.as_deref(),
        }
    }
}

/// What becomes true.
///
/// # Errors
/// The exception ECS would raise.
pub fn answer(cluster: &Cluster, now: SimTime, request: &TaskSetRequest) -> Result<Vec<Change>, ApiError> {
    match request {
        TaskSetRequest::Create(input) => create(cluster, now, input),
        TaskSetRequest::Update(input) => scale(cluster, input),
        TaskSetRequest::SetPrimary(input) => set_primary(cluster, input),
        TaskSetRequest::Delete(input) => delete(cluster, input),
    }
}

fn create(cluster: &Cluster, now: SimTime, input: &CreateTaskSet) -> Result<Vec<Change>, ApiError> {
    let (id, service) = external(cluster, &input.service)?;
    let taken = |name: &str| service.deployments.iter().any(|one| external_id_of(one) == Some(name));
    if let Some(name) = input.external_id.as_deref().filter(|name| taken(name)) {
        let message = format!("{} has a task set named {name:?} already", service.name);
        return Err(ApiError::new(INVALID, "externalId", message));
    }
    network::check(input.network_configuration.as_ref())?;
    let capacity = capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref())?;
    let task_definition = active_definition(cluster, &input.task_definition)?;
    let definition = cluster.task_definition(task_definition);
    check_compatible(cluster, &capacity, definition, "taskDefinition")?;
    check_constraint_count(definition, &service.settings.constraints)?;
    let zones = network::zones_of(cluster, input.network_configuration.as_ref(), definition)?;
    let load_balancers = balancers_of(cluster, input.load_balancers.as_deref(), definition)?;
    let set = TaskSet {
        external_id: input.external_id.as_deref().map(Box::from),
        scale_millionths: scale_of(input.scale.unwrap_or(Scale { value: Some(100.0), unit: None }))?,
        status: TaskSetStatus::Active,
        steady: false,
        capacity,
        zones,
    };
    let number = DeploymentNumber(service.deployments_ever + 1);
    let wanted = set.computed_desired_count(service.settings.desired_count);
    let deployment = Deployment::new(number, task_definition, load_balancers, wanted, now);
    let deployment = Box::new(Deployment { task_set: Some(Box::new(set)), ..deployment });
    Ok(vec![Change::DeploymentStarted { service: id, deployment }])
}

fn scale(cluster: &Cluster, input: &UpdateTaskSet) -> Result<Vec<Change>, ApiError> {
    let (id, service) = external(cluster, &input.service)?;
    let (number, set) = find_undeleted(service, &input.task_set, "taskSet")?;
    Ok(vec![changed(id, number, TaskSet { scale_millionths: scale_of(input.scale)?, ..set.clone() })])
}

/// DEP-41: the one of before is ACTIVE from then on.
fn set_primary(cluster: &Cluster, input: &UpdateServicePrimaryTaskSet) -> Result<Vec<Change>, ApiError> {
    let (id, service) = external(cluster, &input.service)?;
    let (number, set) = find_undeleted(service, &input.primary_task_set, "primaryTaskSet")?;
    let before = service.deployments.iter().filter_map(|one| Some((one.number, one.task_set.as_deref()?)));
    let before = before.filter(|(of, found)| found.status == TaskSetStatus::Primary && *of != number);
    let demoted =
        before.map(|(of, found)| changed(id, of, TaskSet { status: TaskSetStatus::Active, ..found.clone() }));
    let promoted = changed(id, number, TaskSet { status: TaskSetStatus::Primary, ..set.clone() });
    Ok(demoted.chain([promoted]).collect())
}

fn delete(cluster: &Cluster, input: &DeleteTaskSet) -> Result<Vec<Change>, ApiError> {
    let (id, service) = external(cluster, &input.service)?;
    let (number, set) = find(service, &input.task_set, "taskSet")?;
    if set.scale_millionths > 0 && input.force != Some(true) {
        let percent = f64::from(set.scale_millionths) * 100.0 / f64::from(FULL_SCALE);
        let message = format!(
            "the task set {:?} cannot be deleted while its scale is {percent} percent: scale it to 0, or force",
            input.task_set
        );
        return Err(ApiError::new(INVALID, "taskSet", message));
    }
    Ok(vec![changed(id, number, TaskSet { status: TaskSetStatus::Draining, ..set.clone() })])
}

fn changed(service: ServiceId, deployment: DeploymentNumber, task_set: TaskSet) -> Change {
    Change::TaskSetChanged { service, deployment, task_set: Box::new(task_set) }
}

fn external_id_of(deployment: &Deployment) -> Option<&str> {
    deployment.task_set.as_ref()?.external_id.as_deref()
}

/// The set of this name or number.
fn find<'s>(
    service: &'s Service,
    name: &str,
    field: &str,
) -> Result<(DeploymentNumber, &'s TaskSet), ApiError> {
    let last = last_segment(name);
    let number: Option<u32> = last.parse().ok();
    let is_it = |one: &&Deployment| external_id_of(one) == Some(last) || number == Some(one.number.0);
    let found = service.deployments.iter().find(is_it);
    let found = found.and_then(|one| Some((one.number, one.task_set.as_deref()?)));
    found.ok_or_else(|| {
        let names = service.deployments.iter().map(|one| match external_id_of(one) {
            Some(name) => format!("{} ({name})", one.number.0),
            None => one.number.0.to_string(),
        });
        let there = names.collect::<Vec<_>>().join(", ");
        let there = if there.is_empty() { "none".to_owned() } else { there };
        let message = format!("{} has no task set {name:?}; there is {there}", service.name);
        ApiError::new("TaskSetNotFoundException", field, message)
    })
}

fn find_undeleted<'s>(
    service: &'s Service,
    name: &str,
    field: &str,
) -> Result<(DeploymentNumber, &'s TaskSet), ApiError> {
    let (number, set) = find(service, name, field)?;
    if set.status == TaskSetStatus::Draining {
        return Err(ApiError::new(INVALID, field, format!("{name:?} was deleted: it is DRAINING")));
    }
    Ok((number, set))
}

/// The service, whose controller must be EXTERNAL.
fn external<'c>(cluster: &'c Cluster, name: &str) -> Result<(ServiceId, &'c Service), ApiError> {
    let (id, service) = find_active(cluster, name)?;
    if !service.has_task_sets() {
        let message = format!(
            "{name:?} has the deployment controller {}; task sets are made for services with EXTERNAL (DEP-40)",
            service.settings.controller.name()
        );
        return Err(ApiError::new("UnsupportedFeatureException", "service", message));
    }
    Ok((id, service))
}

/// DEP-40: percent as millionths.
fn scale_of(scale: Scale) -> Result<u32, ApiError> {
    let percent = scale.value.unwrap_or(0.0);
    if (0.0..=100.0).contains(&percent) {
        return Ok((percent * f64::from(FULL_SCALE) / 100.0 + 0.5) as u32);
    }
    Err(ApiError::new(INVALID, "scale.value", format!("{percent} found; it is 0 to 100 percent (DEP-40)")))
}

/// CreateService with the controller EXTERNAL: what runs, and where, is said of each task set.
///
/// # Errors
/// The exception ECS would raise.
pub(super) fn create_service(
    cluster: &Cluster,
    input: &CreateService,
    desired_count: u32,
) -> Result<Vec<Change>, ApiError> {
    let of_task_sets = [
        ("taskDefinition", input.task_definition.is_some()),
        ("launchType", input.launch_type.is_some()),
        ("capacityProviderStrategy", input.capacity_provider_strategy.is_some()),
        ("networkConfiguration", input.network_configuration.is_some()),
        ("loadBalancers", input.load_balancers.is_some()),
        ("platformVersion", input.platform_version.is_some()),
    ];
    if let Some((field, _)) = of_task_sets.iter().find(|(_, given)| *given) {
        let message =
            "with the deployment controller EXTERNAL it is said of each task set, in CreateTaskSet (DEP-40)";
        return Err(ApiError::new(INVALID, *field, message));
    }
    let (constraints, strategies) = placement_of(
        cluster,
        &[],
        input.placement_constraints.as_deref(),
        input.placement_strategy.as_deref(),
    )?;
    let service = Service::new(
        &input.service_name,
        ServiceSettings {
            task_definition: None,
            controller: DeploymentController::External,
            scheduling: SchedulingStrategy::Replica,
            desired_count,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            deployment_rules: DeploymentRules::default(),
            grace_period: grace_period(input.health_check_grace_period_seconds, SimDuration::ZERO),
            capacity: Vec::new(),
            zones: None,
            load_balancers: Vec::new(),
            has_mesh: false,
            constraints,
            strategies,
            placement_rule: PlacementRule::Ecs,
            zone_rebalancing: false,
        },
    );
    Ok(vec![Change::ServiceCreated(Box::new(service))])
}

/// UpdateService of such a service: desired count, placement, grace period.
///
/// # Errors
/// The exception ECS would raise.
pub(super) fn update_service(
    cluster: &Cluster,
    (id, service): (ServiceId, &Service),
    input: &UpdateService,
    desired_count: Option<u32>,
) -> Result<Vec<Change>, ApiError> {
    let before = &service.settings;
    let mut settings = before.clone();
    settings.desired_count = desired_count.unwrap_or(before.desired_count);
    set_placement(cluster, input, &mut settings)?;
    settings.grace_period = grace_period(input.health_check_grace_period_seconds, settings.grace_period);
    let settings = Box::new((before.clone(), settings));
    Ok(vec![Change::ServiceUpdated { service: id, settings }])
}

#[cfg(test)]
mod tests;
