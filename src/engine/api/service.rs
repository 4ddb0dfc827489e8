//! CreateService, UpdateService, DeleteService.

use super::deployment::{
    FIXED_LIMITS, check_controller, check_traffic_shift, check_update_of_controller, controller_of,
    default_limits, fixed_limits, limits, rules, rules_of_code_deploy,
};
use super::placement::{
    active_definition, capacity_of, check_compatible, check_constraint_count, is_fargate, placement_of,
};
use super::target_group::balancers_of;
use super::{ApiError, deployment, is_name, last_segment, network, task_set};
use crate::aws::common::{NetworkConfiguration, Switch};
use crate::aws::deployment_configuration::DeploymentConfiguration;
use crate::aws::service::{AdvancedConfiguration, LoadBalancer};
use crate::aws::{self, CreateService, DeleteService, UpdateService};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::placement::{PlacementRule, PlacementStrategy};
use crate::model::scaling::{ScalingMetric, ScalingPolicy};
use crate::model::service::{
    Deployment, DeploymentRules, SchedulingStrategy, Service, ServiceSettings, ServiceStatus,
};
use crate::model::target_group::ServiceLoadBalancer;
use crate::model::task::{Capacity, CapacityChoice};
use crate::model::task_definition::TaskDefinition;
use crate::model::task_set::DeploymentController;
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId, TaskDefinitionId};
use crate::policy::daemon::{DaemonWish, wanted_daemons};
use crate::policy::deployment::any_alarm_raised;
use crate::policy::{rebalance, traffic_shift};

const INVALID: &str = "InvalidParameterException";

/// What CreateService makes true: the service and its first deployment.
///
/// # Errors
/// The exception ECS would raise.
pub fn create(cluster: &Cluster, now: SimTime, input: &CreateService) -> Result<Vec<Change>, ApiError> {
    check_name(cluster, &input.service_name)?;
    check_services(cluster)?;
    let controller = controller_of(input.deployment_controller);
    check_controller(controller, input)?;
    if controller == DeploymentController::External {
        let wanted = desired(cluster, input.desired_count.unwrap_or(0), false)?;
        return task_set::create_service(cluster, input, wanted);
    }
    network::check(input.network_configuration.as_ref())?;
    let capacity = capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref())?;
    let (constraints, strategies) = placement_of(
        cluster,
        &capacity,
        input.placement_constraints.as_deref(),
        input.placement_strategy.as_deref(),
    )?;
    let scheduling = match input.scheduling_strategy {
        Some(aws::service::SchedulingStrategy::Daemon) => SchedulingStrategy::Daemon,
        Some(aws::service::SchedulingStrategy::Replica) | None => SchedulingStrategy::Replica,
    };
    let configuration = input.deployment_configuration.as_ref();
    let by_ecs = controller == DeploymentController::Ecs;
    let (minimum_healthy_percent, maximum_percent) = match by_ecs {
        true => limits(configuration, default_limits(scheduling))?,
        false => FIXED_LIMITS,
    };
    let deployment_rules = match by_ecs {
        true => rules(configuration, &DeploymentRules::default(), minimum_healthy_percent)?,
        false => rules_of_code_deploy(),
    };
    let task_definition = active_definition(cluster, input.task_definition.as_deref().unwrap_or_default())?;
    let definition = cluster.task_definition(task_definition);
    check_compatible(cluster, &capacity, definition, "taskDefinition")?;
    let zones = network::zones_of(cluster, input.network_configuration.as_ref(), definition)?;
    let load_balancers = balancers_of(cluster, input.load_balancers.as_deref(), definition)?;
    let discovery = input.service_registries.iter().flatten().next().is_some()
        || input.service_connect_configuration.is_some();
    let asked_for = match scheduling {
        SchedulingStrategy::Replica => Some(desired(cluster, input.desired_count.unwrap_or(0), discovery)?),
        SchedulingStrategy::Daemon => {
            check_daemon(&capacity, input.desired_count, &strategies, maximum_percent)?;
            None
        }
    };
    check_constraint_count(definition, &constraints)?;
    let wish = DaemonWish { service: None, definition, constraints: &constraints, zones: zones.as_deref() };
    let desired_count = asked_for.unwrap_or_else(|| wanted_daemons(cluster, &wish));
    let settings = ServiceSettings {
        task_definition: Some(task_definition),
        controller,
        scheduling,
        zones,
        desired_count,
        minimum_healthy_percent,
        maximum_percent,
        deployment_rules,
        grace_period: grace_period(input.health_check_grace_period_seconds, SimDuration::ZERO),
        capacity,
        load_balancers: load_balancers.clone(),
        has_mesh: input.service_connect_configuration.is_some()
            || input.vpc_lattice_configurations.iter().flatten().next().is_some(),
        constraints,
        strategies,
        placement_rule: PlacementRule::Ecs,
        zone_rebalancing: input.availability_zone_rebalancing != Some(Switch::Disabled),
    };
    check_rebalancing(input.availability_zone_rebalancing, &settings, definition)?;
    if by_ecs {
        check_traffic_shift(&settings, scheduling == SchedulingStrategy::Daemon)?;
    }
    let service = Service::new(&input.service_name, settings);
    let id = ServiceId(cluster.services.len() as u32);
    let number = DeploymentNumber(1);
    let first = Deployment::new(number, task_definition, load_balancers, desired_count, now);
    let first = begun(cluster, (id, None), &service.settings, first);
    Ok(vec![Change::ServiceCreated(Box::new(service)), first])
}

/// AZR-2: what is switched on in so many words must be able to act; by default it is on and does not act there.
fn check_rebalancing(
    asked: Option<Switch>,
    settings: &ServiceSettings,
    definition: &TaskDefinition,
) -> Result<(), ApiError> {
    match rebalance::obstacle(settings, definition) {
        Some(obstacle) if asked == Some(Switch::Enabled) => {
            let message = format!("Availability Zone rebalancing cannot act: {obstacle} (AZR-2)");
            Err(ApiError::new(INVALID, "availabilityZoneRebalancing", message))
        }
        Some(_) | None => Ok(()),
    }
}

/// SVC-4, DEP-2: what a DAEMON service cannot have.
fn check_daemon(
    capacity: &[CapacityChoice],
    desired_count: Option<u32>,
    strategies: &[PlacementStrategy],
    maximum_percent: u32,
) -> Result<(), ApiError> {
    let refuse = |field: &str, message: &str| Err(ApiError::new(INVALID, field, message));
    if is_fargate(capacity) {
        return refuse(
            "schedulingStrategy",
            "the DAEMON strategy is not supported on Fargate (SVC-4, SIZ-7)",
        );
    }
    if desired_count.is_some() {
        return refuse(
            "desiredCount",
            "a DAEMON service runs one task an instance and takes no desiredCount (SVC-4)",
        );
    }
    if !strategies.is_empty() {
        return refuse("placementStrategy", "a DAEMON service takes no placement strategy (SVC-4)");
    }
    if maximum_percent != 100 {
        let message = format!("{maximum_percent} found; a DAEMON service runs at most 100 percent (DEP-2)");
        return refuse("deploymentConfiguration.maximumPercent", &message);
    }
    Ok(())
}

/// SVC-15.
pub(super) fn grace_period(seconds: Option<u32>, before: SimDuration) -> SimDuration {
    seconds.map_or(before, |seconds| SimDuration::from_secs(u64::from(seconds)))
}

/// DEP-25: alarms that are in ALARM at its beginning are not watched.
pub(super) fn begun(
    cluster: &Cluster,
    (service, before): (ServiceId, Option<&Service>),
    settings: &ServiceSettings,
    deployment: Deployment,
) -> Change {
    let watches_alarms = !any_alarm_raised(cluster, &settings.deployment_rules);
    let shift = traffic_shift::begun(cluster, before, settings, deployment.created_at);
    let deployment = Deployment { watches_alarms, shift, ..deployment };
    Change::DeploymentStarted { service, deployment: Box::new(deployment) }
}

/// RES-3.
fn check_name(cluster: &Cluster, name: &str) -> Result<(), ApiError> {
    if !is_name(name) {
        let message = "a service name is 1 to 255 letters, digits, hyphens and underscores (RES-3)";
        return Err(ApiError::new(INVALID, "serviceName", message));
    }
    match cluster.service_named(name).map(|id| cluster.service(id).status) {
        None | Some(ServiceStatus::Inactive) => Ok(()),
        Some(ServiceStatus::Active) => {
            let message = format!("Creation of service was not idempotent: {name:?} exists (RES-3)");
            Err(ApiError::new(INVALID, "serviceName", message))
        }
        Some(ServiceStatus::Draining) => {
            let message =
                format!("Unable to Start a service that is still Draining: {name:?} has tasks left (RES-11)");
            Err(ApiError::new(INVALID, "serviceName", message))
        }
    }
}

/// QUO-2.
fn check_services(cluster: &Cluster) -> Result<(), ApiError> {
    let most = *cluster.parameters.services_per_cluster();
    let there = cluster.services.iter().filter(|service| service.status != ServiceStatus::Inactive).count();
    if there < most as usize {
        return Ok(());
    }
    let message = format!("the cluster has {there} services, and {most} at most (QUO-2)");
    Err(ApiError::new("LimitExceededException", "serviceName", message))
}

/// What a service asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(cluster: &Cluster, input: &CreateService) -> Vec<(&'static str, &'static str)> {
    let configuration = (input.deployment_configuration.as_ref(), None);
    let mut ignored = ignored_of(cluster, configuration, input.network_configuration.as_ref());
    ignored.extend(fixed_limits(
        controller_of(input.deployment_controller),
        input.deployment_configuration.as_ref(),
    ));
    if input.desired_count.is_none()
        && input.scheduling_strategy != Some(aws::service::SchedulingStrategy::Daemon)
    {
        ignored.push(("serviceName", "without desiredCount, which AWS wants, the service keeps no task"));
    }
    ignored
}

/// What an update asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored_in_update(cluster: &Cluster, input: &UpdateService) -> Vec<(&'static str, &'static str)> {
    let service = find(cluster, &input.service).ok();
    let before = service.map(|(_, service)| &service.settings.deployment_rules);
    let configuration = (input.deployment_configuration.as_ref(), before);
    let mut ignored = ignored_of(cluster, configuration, input.network_configuration.as_ref());
    let controller = service.map(|(_, service)| service.settings.controller).unwrap_or_default();
    ignored.extend(fixed_limits(controller, input.deployment_configuration.as_ref()));
    ignored
}

fn ignored_of(
    cluster: &Cluster,
    (configuration, before): (Option<&DeploymentConfiguration>, Option<&DeploymentRules>),
    network: Option<&NetworkConfiguration>,
) -> Vec<(&'static str, &'static str)> {
    let mut ignored = deployment::ignored(configuration, before);
    if network::is_unknown(cluster, network) {
        ignored.push(("networkConfiguration", network::UNKNOWN));
    }
    ignored
}

/// SVC-3, QUO-4.
fn desired(cluster: &Cluster, count: u32, discovery: bool) -> Result<u32, ApiError> {
    let parameters = &cluster.parameters;
    let (most, of) = match discovery {
        true => (
            *parameters.tasks_per_service_with_discovery(),
            "a service with service discovery or Service Connect",
        ),
        false => (*parameters.tasks_per_service(), "a service"),
    };
    if count > most {
        let message = format!("{count} is above the {most} tasks {of} can have (SVC-3)");
        return Err(ApiError::new(INVALID, "desiredCount", message));
    }
    Ok(count)
}

/// What UpdateService makes true; some changes start a deployment (DEP-12, DEP-13), a new desired count alone does
/// not (SVC-17).
///
/// # Errors
/// The exception ECS would raise.
pub fn update(cluster: &Cluster, now: SimTime, input: &UpdateService) -> Result<Vec<Change>, ApiError> {
    let (id, service) = find_active(cluster, &input.service)?;
    let before = &service.settings;
    check_update_of_controller(before.controller, input)?;
    let with_discovery = input.service_connect_configuration.is_some();
    let count = input.desired_count.map(|count| desired(cluster, count, with_discovery)).transpose()?;
    if service.has_task_sets() {
        return task_set::update_service(cluster, (id, service), input, count);
    }
    network::check(input.network_configuration.as_ref())?;
    let mut settings = before.clone();
    settings.desired_count = count.unwrap_or(before.desired_count);
    if before.controller == DeploymentController::Ecs {
        let limits_before = (before.minimum_healthy_percent, before.maximum_percent);
        let configuration = input.deployment_configuration.as_ref();
        (settings.minimum_healthy_percent, settings.maximum_percent) = limits(configuration, limits_before)?;
        let minimum = settings.minimum_healthy_percent;
        settings.deployment_rules = rules(configuration, &before.deployment_rules, minimum)?;
    }
    if let Some(items) = &input.capacity_provider_strategy {
        settings.capacity = capacity_of(cluster, None, Some(items))?;
        check_change_of_capacity(&before.capacity, &settings.capacity, input.force_new_deployment)?;
    }
    set_placement(cluster, input, &mut settings)?;
    if let Some(name) = &input.task_definition {
        settings.task_definition = Some(active_definition(cluster, name)?);
    }
    if service.is_daemon() {
        check_daemon(
            &settings.capacity,
            input.desired_count,
            &settings.strategies,
            settings.maximum_percent,
        )?;
    }
    let target = settings.task_definition.expect("only a service with task sets has none (DEP-40)");
    let definition = cluster.task_definition(target);
    check_compatible(cluster, &settings.capacity, definition, "taskDefinition")?;
    check_constraint_count(definition, &settings.constraints)?;
    if input.network_configuration.is_some() {
        settings.zones = network::zones_of(cluster, input.network_configuration.as_ref(), definition)?;
    }
    if service.is_daemon() {
        settings.desired_count = wanted_daemons(cluster, &DaemonWish::of(cluster, id, &settings));
    }
    settings.grace_period = grace_period(input.health_check_grace_period_seconds, settings.grace_period);
    let balancers_change = input.load_balancers.is_some();
    if balancers_change || target_changes(before, &settings) {
        let given = input.load_balancers.as_deref();
        settings.load_balancers = match given {
            Some(given) => balancers_of(cluster, Some(given), definition)?,
            None => {
                let of_before = before.task_definition.unwrap_or(target);
                same_balancers(cluster, &before.load_balancers, of_before, definition)?
            }
        };
    }
    if let Some(switch) = input.availability_zone_rebalancing {
        settings.zone_rebalancing = switch == Switch::Enabled;
    }
    check_rebalancing(input.availability_zone_rebalancing, &settings, definition)?;
    if input.service_connect_configuration.is_some() || input.vpc_lattice_configurations.is_some() {
        settings.has_mesh = input.service_connect_configuration.is_some()
            || input.vpc_lattice_configurations.iter().flatten().next().is_some();
    }
    if before.controller == DeploymentController::Ecs {
        check_traffic_shift(&settings, service.is_daemon())?;
    }
    check_scaling(service, &settings)?;
    let wanted = settings.desired_count;
    let by_ecs = before.controller == DeploymentController::Ecs;
    let deploys = by_ecs && (before.task_definition != Some(target) || starts_deployment(input));
    if deploys && settings.deployment_rules.strategy.is_some() {
        take_turns(&before.load_balancers, &mut settings.load_balancers);
    }
    let balancers = settings.load_balancers.clone();
    let number = DeploymentNumber(service.deployments_ever + 1);
    let next = Deployment::new(number, target, balancers, wanted, now);
    let next = deploys.then(|| begun(cluster, (id, Some(service)), &settings, next));
    let settings = Box::new((before.clone(), settings));
    let mut changes = vec![Change::ServiceUpdated { service: id, settings }];
    changes.extend(next);
    Ok(changes)
}

/// What an update says of placement; what it leaves out stays.
pub(super) fn set_placement(
    cluster: &Cluster,
    input: &UpdateService,
    settings: &mut ServiceSettings,
) -> Result<(), ApiError> {
    let (constraints, strategies) = placement_of(
        cluster,
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
    Ok(())
}

/// DEP-30: the new revision registers with the target groups that the old one does not use.
pub(super) fn take_turns(used: &[ServiceLoadBalancer], next: &mut [ServiceLoadBalancer]) {
    for balancer in next {
        if used.iter().any(|one| one.target_group == balancer.target_group) {
            *balancer = balancer.in_turn();
        }
    }
}

/// DEP-37, AAS-4.
fn check_scaling(service: &Service, settings: &ServiceSettings) -> Result<(), ApiError> {
    let Some(strategy) = settings.deployment_rules.strategy else { return Ok(()) };
    let target = service.scaling.iter();
    let mut policies = target.flat_map(|target| &target.policies).filter_map(ScalingPolicy::tracking);
    if policies.any(|tracking| tracking.metric == ScalingMetric::RequestCountPerTarget) {
        let message = format!(
            "{} does not go with target tracking by ALBRequestCountPerTarget, which the service has (DEP-37)",
            strategy.name()
        );
        return Err(ApiError::new(INVALID, "deploymentConfiguration.strategy", message));
    }
    Ok(())
}

fn target_changes(before: &ServiceSettings, now: &ServiceSettings) -> bool {
    before.task_definition != now.task_definition && !before.load_balancers.is_empty()
}

/// The target groups stay where a new revision comes: it must have the same containers and ports.
pub(super) fn same_balancers(
    cluster: &Cluster,
    before: &[ServiceLoadBalancer],
    of: TaskDefinitionId,
    definition: &TaskDefinition,
) -> Result<Vec<ServiceLoadBalancer>, ApiError> {
    let names = &cluster.task_definition(of).containers;
    let again: Vec<LoadBalancer> = before
        .iter()
        .map(|balancer| LoadBalancer {
            target_group_arn: Some(cluster.target_group(balancer.target_group).name.clone()),
            container_name: Some(names[usize::from(balancer.container)].name.clone()),
            container_port: Some(u32::from(balancer.container_port)),
            advanced_configuration: balancer.alternate.map(|alternate| AdvancedConfiguration {
                alternate_target_group_arn: Some(cluster.target_group(alternate).name.clone()),
                ..AdvancedConfiguration::default()
            }),
            ..LoadBalancer::default()
        })
        .collect();
    balancers_of(cluster, Some(&again), definition).map_err(|error| ApiError {
        message: format!("{} (the service's target groups stay)", error.message),
        field: "taskDefinition".to_owned(),
        ..error
    })
}

/// DEP-12, DEP-13. What stood before of these is not kept, so that giving one of them counts as changing it.
fn starts_deployment(input: &UpdateService) -> bool {
    input.force_new_deployment == Some(true)
        || input.network_configuration.is_some()
        || input.load_balancers.is_some()
        || input.platform_version.is_some()
        || input.service_registries.is_some()
        || input.volume_configurations.is_some()
        || input.service_connect_configuration.is_some()
        || input.monitoring.is_some()
        || input.propagate_tags.is_some()
}

/// CAP-7, DEP-12.
pub(super) fn check_change_of_capacity(
    before: &[CapacityChoice],
    after: &[CapacityChoice],
    force: Option<bool>,
) -> Result<(), ApiError> {
    let field = "capacityProviderStrategy";
    if is_fargate(before) != is_fargate(after) {
        let message = "a service cannot move between container instances and Fargate (CAP-7)";
        return Err(ApiError::new(INVALID, field, message));
    }
    let by_launch_type = |capacity: &[CapacityChoice]| {
        let by_provider = |choice: &CapacityChoice| {
            matches!(choice.capacity, Capacity::Provider(_) | Capacity::AutoScaling(_))
        };
        !capacity.iter().all(by_provider)
    };
    if by_launch_type(before) != by_launch_type(after) && force != Some(true) {
        let message = "When switching from launch type to capacity provider strategy on an existing service, you must \
                       force a new deployment: set forceNewDeployment (DEP-12)";
        return Err(ApiError::new(INVALID, field, message));
    }
    Ok(())
}

/// RES-11: DRAINING until its tasks are stopping. To delete it again changes nothing.
///
/// # Errors
/// The exception ECS would raise.
pub fn delete(cluster: &Cluster, input: &DeleteService) -> Result<Vec<Change>, ApiError> {
    let (id, service) = find(cluster, &input.service)?;
    if service.status != ServiceStatus::Active {
        return Ok(Vec::new());
    }
    if service.settings.desired_count > 0 && !service.is_daemon() && input.force != Some(true) {
        let message = format!(
            "The service cannot be stopped while it is scaled above 0: desiredCount is {}; set it to 0, or force (RES-11)",
            service.settings.desired_count
        );
        return Err(ApiError::new(INVALID, "service", message));
    }
    let (from, to) = (service.status, ServiceStatus::Draining);
    if from == to {
        return Ok(Vec::new());
    }
    Ok(vec![Change::ServiceStatusChanged { service: id, from, to }])
}

/// The service, which must be ACTIVE; a deleted one of the name is told from one that never was.
pub(super) fn find_active<'c>(
    cluster: &'c Cluster,
    name: &str,
) -> Result<(ServiceId, &'c Service), ApiError> {
    let found = find(cluster, name);
    let was_there = cluster.services.iter().any(|service| service.name == last_segment(name));
    match found {
        Ok((id, service)) if service.status == ServiceStatus::Active => Ok((id, service)),
        Err(error) if !was_there => Err(error),
        Ok(_) | Err(_) => {
            let message = format!("Service was not ACTIVE: {:?} was deleted", last_segment(name));
            Err(ApiError::new("ServiceNotActiveException", "service", message))
        }
    }
}

fn find<'c>(cluster: &'c Cluster, name: &str) -> Result<(ServiceId, &'c Service), ApiError> {
    let id = cluster.service_named(last_segment(name)).ok_or_else(|| {
        let names = cluster.services.iter().map(|service| service.name.as_str());
        let near = crate::catalog::nearest_spelling(name, names);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        ApiError::new("ServiceNotFoundException", "service", format!("Service not found: {name:?}{hint}"))
    })?;
    Ok((id, cluster.service(id)))
}

#[cfg(test)]
mod tests;
