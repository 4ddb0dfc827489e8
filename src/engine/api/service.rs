//! CreateService, UpdateService, DeleteService.

use super::ApiError;
use super::placement::{capacity_of, check_compatible, placement_of};
use crate::aws::deployment_configuration::{DeploymentConfiguration, DeploymentStrategy};
use crate::aws::service::{DeploymentControllerType, SchedulingStrategy};
use crate::aws::{CreateService, DeleteService, UpdateService};
use crate::kernel::time::SimTime;
use crate::model::placement::PlacementRule;
use crate::model::service::{Deployment, RolloutState, Service, ServiceSettings, ServiceStatus, TaskCounts};
use crate::model::task::Capacity;
use crate::model::task_definition::TaskDefinitionStatus;
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId, TaskDefinitionId, TaskGroupId};

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";
/// SVC-3.
const MAX_DESIRED_COUNT: u32 = 5000;

/// What CreateService makes true: the service and its first deployment.
///
/// # Errors
/// The exception ECS would raise.
pub fn create(cluster: &Cluster, now: SimTime, input: &CreateService) -> Result<Vec<Change>, ApiError> {
    check_name(cluster, &input.service_name)?;
    refuse_what_is_not_modelled(input)?;
    let capacity = capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref())?;
    let named = input.task_definition.as_deref().unwrap_or_default();
    let task_definition = active_definition(cluster, named)?;
    check_compatible(&capacity, cluster.task_definition(task_definition), "taskDefinition")?;
    let (constraints, strategies) =
        placement_of(&capacity, input.placement_constraints.as_deref(), input.placement_strategy.as_deref())?;
    let (minimum_healthy_percent, maximum_percent) =
        limits(input.deployment_configuration.as_ref(), (100, 200))?;
    let settings = ServiceSettings {
        task_definition,
        desired_count: desired(input.desired_count.unwrap_or(0))?,
        minimum_healthy_percent,
        maximum_percent,
        capacity,
        constraints,
        strategies,
        placement_rule: PlacementRule::Ecs,
    };
    let service = Service {
        name: input.service_name.clone(),
        group: TaskGroupId(0),
        status: ServiceStatus::Active,
        active_by_choice: vec![0; settings.capacity.len()],
        settings,
        deployments: Vec::new(),
        deployments_ever: 0,
        launches: 0,
        tasks: Vec::new(),
        counts: TaskCounts::default(),
        steady: false,
    };
    let id = ServiceId(cluster.services.len() as u32);
    Ok(vec![Change::ServiceCreated(Box::new(service)), deployment(id, 1, task_definition, now)])
}

fn deployment(service: ServiceId, number: u32, task_definition: TaskDefinitionId, now: SimTime) -> Change {
    let deployment = Deployment {
        number: DeploymentNumber(number),
        task_definition,
        created_at: now,
        rollout_state: RolloutState::InProgress,
        counts: TaskCounts::default(),
    };
    Change::DeploymentStarted { service, deployment: Box::new(deployment) }
}

/// RES-3.
fn check_name(cluster: &Cluster, name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
        let message = "a service name is 1 to 255 letters, digits, hyphens and underscores (RES-3)";
        return Err(ApiError::new(INVALID, "serviceName", message));
    }
    if cluster.service_named(name).is_some() {
        let message = format!("Creation of service was not idempotent: {name:?} exists (RES-3)");
        return Err(ApiError::new(INVALID, "serviceName", message));
    }
    Ok(())
}

fn refuse_what_is_not_modelled(input: &CreateService) -> Result<(), ApiError> {
    if input.scheduling_strategy == Some(SchedulingStrategy::Daemon) {
        return Err(ApiError::not_modelled("schedulingStrategy", "DAEMON scheduling"));
    }
    let controller = input.deployment_controller.map(|controller| controller.kind);
    if controller.is_some_and(|kind| kind != DeploymentControllerType::Ecs) {
        return Err(ApiError::not_modelled("deploymentController", "a deployment controller other than ECS"));
    }
    if input.load_balancers.iter().flatten().next().is_some() {
        return Err(ApiError::not_modelled("loadBalancers", "a load balancer"));
    }
    refuse_strategies(input.deployment_configuration.as_ref())
}

fn refuse_strategies(configuration: Option<&DeploymentConfiguration>) -> Result<(), ApiError> {
    let strategy = configuration.and_then(|configuration| configuration.strategy);
    match strategy {
        None | Some(DeploymentStrategy::Rolling) => Ok(()),
        Some(_) => {
            let field = "deploymentConfiguration.strategy";
            Err(ApiError::not_modelled(field, "a deployment strategy other than ROLLING"))
        }
    }
}

/// What a service asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(input: &CreateService) -> Vec<(&'static str, &'static str)> {
    let configuration = input.deployment_configuration.as_ref();
    let breaker = configuration.and_then(|configuration| configuration.deployment_circuit_breaker.as_ref());
    let mut ignored = Vec::new();
    if breaker.is_some_and(|breaker| breaker.enable) {
        ignored.push((
            "deploymentConfiguration.deploymentCircuitBreaker",
            "the circuit breaker does not act yet",
        ));
    }
    if configuration.is_some_and(|configuration| configuration.alarms.is_some()) {
        ignored.push(("deploymentConfiguration.alarms", "deployment alarms do not act yet"));
    }
    if input.availability_zone_rebalancing == Some(crate::aws::common::Switch::Enabled) {
        ignored.push(("availabilityZoneRebalancing", "zones are not rebalanced yet"));
    }
    ignored
}

fn active_definition(cluster: &Cluster, name: &str) -> Result<TaskDefinitionId, ApiError> {
    let found = cluster.task_definition_named(name);
    let found = found.filter(|id| cluster.task_definition(*id).status == TaskDefinitionStatus::Active);
    found.ok_or_else(|| {
        let names: Vec<String> =
            cluster.task_definitions.iter().map(|definition| definition.name()).collect();
        let near = crate::catalog::nearest_spelling(name, names.iter().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("Unable to describe task definition {name:?}{hint}");
        ApiError::new(CLIENT, "taskDefinition", message)
    })
}

fn desired(count: u32) -> Result<u32, ApiError> {
    if count > MAX_DESIRED_COUNT {
        let message = format!("{count} is above the 5000 tasks a service can have (SVC-3)");
        return Err(ApiError::new(INVALID, "desiredCount", message));
    }
    Ok(count)
}

/// DEP-1, DEP-2: both limits, with what stands for the one that is not given.
fn limits(
    configuration: Option<&DeploymentConfiguration>,
    before: (u32, u32),
) -> Result<(u32, u32), ApiError> {
    let minimum = configuration.and_then(|c| c.minimum_healthy_percent).unwrap_or(before.0);
    let maximum = configuration.and_then(|c| c.maximum_percent).unwrap_or(before.1);
    let field = |name: &str| format!("deploymentConfiguration.{name}");
    if minimum > 100 {
        let message = format!("{minimum} is above 100 percent");
        return Err(ApiError::new(INVALID, field("minimumHealthyPercent"), message));
    }
    if !(100..=200).contains(&maximum) {
        let message = format!("{maximum} is outside 100 to 200 percent");
        return Err(ApiError::new(INVALID, field("maximumPercent"), message));
    }
    Ok((minimum, maximum))
}

/// What UpdateService makes true; a new task definition or `forceNewDeployment` starts a deployment (DEP-12,
/// DEP-13), a new desired count alone does not (SVC-17).
///
/// # Errors
/// The exception ECS would raise.
pub fn update(cluster: &Cluster, now: SimTime, input: &UpdateService) -> Result<Vec<Change>, ApiError> {
    let (id, service) = find(cluster, &input.service)?;
    if service.status != ServiceStatus::Active {
        let message = format!("{:?} is not ACTIVE", service.name);
        return Err(ApiError::new("ServiceNotActiveException", "service", message));
    }
    refuse_strategies(input.deployment_configuration.as_ref())?;
    if input.load_balancers.iter().flatten().next().is_some() {
        return Err(ApiError::not_modelled("loadBalancers", "a load balancer"));
    }
    let before = service.settings.clone();
    let mut settings = before.clone();
    if let Some(name) = &input.task_definition {
        settings.task_definition = active_definition(cluster, name)?;
    }
    if let Some(count) = input.desired_count {
        settings.desired_count = desired(count)?;
    }
    let limits_before = (before.minimum_healthy_percent, before.maximum_percent);
    (settings.minimum_healthy_percent, settings.maximum_percent) =
        limits(input.deployment_configuration.as_ref(), limits_before)?;
    if input.capacity_provider_strategy.is_some() {
        settings.capacity = capacity_of(cluster, None, input.capacity_provider_strategy.as_deref())?;
        let on_fargate = |capacity: &[crate::model::task::CapacityChoice]| {
            capacity.iter().any(|choice| choice.capacity != Capacity::Ec2)
        };
        if on_fargate(&before.capacity) != on_fargate(&settings.capacity) {
            let message = "a service cannot move between container instances and Fargate (CAP-7)";
            return Err(ApiError::new(INVALID, "capacityProviderStrategy", message));
        }
    }
    check_compatible(
        &settings.capacity,
        cluster.task_definition(settings.task_definition),
        "taskDefinition",
    )?;
    let (constraints, strategies) = placement_of(
        &settings.capacity,
        input.placement_constraints.as_deref(),
        input.placement_strategy.as_deref(),
    )?;
    if input.placement_constraints.is_some() {
        settings.constraints = constraints;
    }
    if input.placement_strategy.is_some() {
        settings.strategies = strategies;
    }
    let target = settings.task_definition;
    let deploys = target != before.task_definition || input.force_new_deployment == Some(true);
    let mut changes = vec![Change::ServiceUpdated { service: id, settings: Box::new((before, settings)) }];
    if deploys {
        changes.push(deployment(id, service.deployments_ever + 1, target, now));
    }
    Ok(changes)
}

/// RES-11: DRAINING until its tasks are stopping.
///
/// # Errors
/// The exception ECS would raise.
pub fn delete(cluster: &Cluster, input: &DeleteService) -> Result<Vec<Change>, ApiError> {
    let (id, service) = find(cluster, &input.service)?;
    if service.settings.desired_count > 0 && input.force != Some(true) {
        let message = "The service cannot be stopped while it is scaled above 0 (RES-11): set desiredCount to 0, or force";
        return Err(ApiError::new(INVALID, "service", message));
    }
    let (from, to) = (service.status, ServiceStatus::Draining);
    if from == to {
        return Ok(Vec::new());
    }
    Ok(vec![Change::ServiceStatusChanged { service: id, from, to }])
}

fn find<'c>(cluster: &'c Cluster, name: &str) -> Result<(ServiceId, &'c Service), ApiError> {
    let id = cluster.service_named(name.rsplit('/').next().unwrap_or(name)).ok_or_else(|| {
        let names = cluster.services.iter().map(|service| service.name.as_str());
        let near = crate::catalog::nearest_spelling(name, names);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        ApiError::new("ServiceNotFoundException", "service", format!("Service not found: {name:?}{hint}"))
    })?;
    Ok((id, cluster.service(id)))
}
