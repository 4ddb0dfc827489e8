//! CodeDeploy as far as it deploys ECS services: CreateDeploymentConfig, CreateDeploymentGroup, CreateDeployment,
//! StopDeployment (DEP-42).

use std::sync::Arc;

use super::deployment::stop_newest;
use super::placement::{active_definition, capacity_of, check_compatible};
use super::service::{begun, check_change_of_capacity, find_active, same_balancers, take_turns};
use super::{ApiError, last_segment};
use crate::aws::code_deploy::{
    AppSpec, AppSpecEvent, AppSpecProperties, AutoRollbackConfiguration, CreateDeployment,
    CreateDeploymentConfig, CreateDeploymentGroup, ReadyAction, RollbackEvent, StopDeployment,
    TerminateAction, TrafficRoutingType,
};
use crate::aws::common::CapacityProviderStrategyItem;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::deployment::{
    CodeDeployRollbacks, Deployment, DeploymentAlarms, DeploymentRules, RolloutState,
};
use crate::model::service::{Service, ServiceSettings};
use crate::model::target_group::ServiceLoadBalancer;
use crate::model::task_set::DeploymentController;
use crate::model::traffic_shift::{Hook, ShiftStrategy, Stage};
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId};

const DEFAULT: &str = "CodeDeployDefault.ECSAllAtOnce";
/// DEP-42: a hook of the AppSpec has an hour.
const HOOK_LIMIT: SimDuration = SimDuration::from_secs(3600);

/// A request of CodeDeploy.
#[derive(Clone, PartialEq, Debug)]
pub enum CodeDeployRequest {
    /// CreateDeploymentConfig.
    CreateDeploymentConfig(CreateDeploymentConfig),
    /// CreateDeploymentGroup.
    CreateDeploymentGroup(Box<CreateDeploymentGroup>),
    /// CreateDeployment.
    CreateDeployment(Box<CreateDeployment>),
    /// StopDeployment.
    StopDeployment(StopDeployment),
}

impl CodeDeployRequest {
    /// The name of the API action.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            CodeDeployRequest::CreateDeploymentConfig(_) => "CreateDeploymentConfig",
            CodeDeployRequest::CreateDeploymentGroup(_) => "CreateDeploymentGroup",
            CodeDeployRequest::CreateDeployment(_) => "CreateDeployment",
            CodeDeployRequest::StopDeployment(_) => "StopDeployment",
        }
    }
}

/// What becomes true.
///
/// # Errors
/// The exception CodeDeploy would raise.
pub fn answer(cluster: &Cluster, now: SimTime, request: &CodeDeployRequest) -> Result<Vec<Change>, ApiError> {
    match request {
        CodeDeployRequest::CreateDeploymentConfig(input) => create_config(cluster, input),
        CodeDeployRequest::CreateDeploymentGroup(input) => create_group(cluster, input),
        CodeDeployRequest::CreateDeployment(input) => create_deployment(cluster, now, input),
        CodeDeployRequest::StopDeployment(input) => stop(cluster, now, input),
    }
}

fn create_config(cluster: &Cluster, input: &CreateDeploymentConfig) -> Result<Vec<Change>, ApiError> {
    let name = &input.deployment_config_name;
    if named_config(cluster, name).is_some() || name.starts_with("CodeDeployDefault.") {
        let message = format!("there is a deployment configuration {name:?} already");
        let exception = "DeploymentConfigAlreadyExistsException";
        return Err(ApiError::new(exception, "deploymentConfigName", message));
    }
    if input.compute_platform.as_deref().is_some_and(|platform| platform != "ECS") {
        let message = "it is ECS here";
        return Err(ApiError::new("InvalidComputePlatformException", "computePlatform", message));
    }
    let minutes = |minutes: u32| SimDuration::from_secs(u64::from(minutes) * 60);
    let invalid = |field: &str, message: &str| {
        let exception = "InvalidTrafficRoutingConfigurationException";
        ApiError::new(exception, format!("trafficRoutingConfig.{field}"), message)
    };
    let percent = |percent: u32, field: &str| match percent {
        1..=99 => Ok(percent * 10),
        _ => Err(invalid(field, &format!("{percent} found; it is 1 to 99 percent (DEP-42)"))),
    };
    let strategy = match &input.traffic_routing_config {
        None => ShiftStrategy::BlueGreen,
        Some(given) => match (given.kind, given.time_based_canary, given.time_based_linear) {
            (TrafficRoutingType::AllAtOnce, None, None) => ShiftStrategy::BlueGreen,
            (TrafficRoutingType::TimeBasedCanary, Some(canary), None) => ShiftStrategy::Canary {
                canary_tenths: percent(canary.canary_percentage, "timeBasedCanary.canaryPercentage")?,
                canary_bake: minutes(canary.canary_interval),
            },
            (TrafficRoutingType::TimeBasedLinear, None, Some(linear)) => ShiftStrategy::Linear {
                step_tenths: percent(linear.linear_percentage, "timeBasedLinear.linearPercentage")?,
                step_bake: minutes(linear.linear_interval),
            },
            _ => {
                let message =
                    "AllAtOnce stands alone; TimeBasedCanary and TimeBasedLinear come with their own part";
                return Err(invalid("type", message));
            }
        },
    };
    Ok(vec![Change::DeploymentConfigCreated { name: name.as_str().into(), strategy }])
}

fn named_config(cluster: &Cluster, name: &str) -> Option<ShiftStrategy> {
    let minutes = |minutes: u64| SimDuration::from_secs(minutes * 60);
    let canary = |every| ShiftStrategy::Canary { canary_tenths: 100, canary_bake: minutes(every) };
    let linear = |every| ShiftStrategy::Linear { step_tenths: 100, step_bake: minutes(every) };
    match name {
        DEFAULT => Some(ShiftStrategy::BlueGreen),
        "CodeDeployDefault.ECSCanary10Percent5Minutes" => Some(canary(5)),
        "CodeDeployDefault.ECSCanary10Percent15Minutes" => Some(canary(15)),
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes" => Some(linear(1)),
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes" => Some(linear(3)),
        _ => {
            cluster.deployment_configs.iter().find(|(known, _)| known == name).map(|(_, strategy)| *strategy)
        }
    }
}

fn config_of(cluster: &Cluster, name: &str) -> Result<ShiftStrategy, ApiError> {
    const KNOWN: [&str; 5] = [
        DEFAULT,
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    ];
    named_config(cluster, name).ok_or_else(|| {
        let own = cluster.deployment_configs.iter().map(|(name, _)| name.as_str());
        let near = crate::catalog::nearest_spelling(name, KNOWN.into_iter().chain(own));
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("there is no deployment configuration {name:?}{hint}");
        ApiError::new("DeploymentConfigDoesNotExistException", "deploymentConfigName", message)
    })
}

fn create_group(cluster: &Cluster, input: &CreateDeploymentGroup) -> Result<Vec<Change>, ApiError> {
    let name = input.deployment_group_name.as_str();
    if cluster.services.iter().any(|service| service.deployment_group.as_deref() == Some(name)) {
        let message = format!("there is a deployment group {name:?} already");
        let exception = "DeploymentGroupAlreadyExistsException";
        return Err(ApiError::new(exception, "deploymentGroupName", message));
    }
    let [named] = &input.ecs_services[..] else {
        let message = format!("{} services found; a deployment group is for one", input.ecs_services.len());
        return Err(ApiError::new("InvalidECSServiceException", "ecsServices", message));
    };
    super::check_cluster(cluster, named.cluster_name.as_deref())?;
    let (id, service) = find_active(cluster, &named.service_name)
        .map_err(|error| ApiError { field: "ecsServices[0].serviceName".to_owned(), ..error })?;
    if service.settings.controller != DeploymentController::CodeDeploy {
        let message = format!(
            "{:?} has the deployment controller {}; it must be CODE_DEPLOY (DEP-42)",
            named.service_name,
            service.settings.controller.name()
        );
        return Err(ApiError::new("InvalidECSServiceException", "ecsServices[0].serviceName", message));
    }
    let strategy = config_of(cluster, input.deployment_config_name.as_deref().unwrap_or(DEFAULT))?;
    let load_balancers = paired(cluster, service, input)?;
    check_network(cluster, &load_balancers, strategy)?;
    let alarms = input.alarm_configuration.as_ref().filter(|alarms| alarms.enabled);
    let rollbacks = input.auto_rollback_configuration.as_ref();
    let before = service.settings.clone();
    let deployment_rules = DeploymentRules {
        strategy: Some(strategy),
        bake_time: Some(termination_wait(cluster, input)?),
        alarms: alarms.map(|alarms| DeploymentAlarms {
            names: alarms.alarms.iter().map(|alarm| alarm.name.clone()).collect(),
            rollback: follows(rollbacks, RollbackEvent::DeploymentStopOnAlarm),
        }),
        code_deploy: rollbacks_of(rollbacks),
        ..before.deployment_rules.clone()
    };
    let settings = ServiceSettings { deployment_rules, load_balancers, ..before.clone() };
    Ok(vec![
        Change::ServiceUpdated { service: id, settings: Box::new((before, settings)) },
        Change::DeploymentGroupCreated { service: id, name: name.into() },
    ])
}

fn follows(rollbacks: Option<&AutoRollbackConfiguration>, event: RollbackEvent) -> bool {
    rollbacks.is_some_and(|found| found.enabled && found.events.contains(&event))
}

fn rollbacks_of(rollbacks: Option<&AutoRollbackConfiguration>) -> CodeDeployRollbacks {
    CodeDeployRollbacks {
        after_failure: follows(rollbacks, RollbackEvent::DeploymentFailure),
        on_request: follows(rollbacks, RollbackEvent::DeploymentStopOnRequest),
    }
}

/// The service's target groups with the other one of their pair.
fn paired(
    cluster: &Cluster,
    service: &Service,
    input: &CreateDeploymentGroup,
) -> Result<Vec<ServiceLoadBalancer>, ApiError> {
    let field = "loadBalancerInfo.targetGroupPairInfoList";
    let invalid = |field: String, message: String| {
        Err(ApiError::new("InvalidTargetGroupPairException", field, message))
    };
    let pairs = input.load_balancer_info.as_ref().map_or(&[][..], |info| &info.target_group_pair_info_list);
    let [pair] = pairs else {
        return invalid(field.to_owned(), format!("{} found; it is one pair of target groups", pairs.len()));
    };
    let field = format!("{field}[0].targetGroups");
    let [one, other] = &pair.target_groups[..] else {
        return invalid(field, format!("{} found; a pair has two (DEP-42)", pair.target_groups.len()));
    };
    let mut ids = Vec::with_capacity(2);
    for (index, group) in [one, other].into_iter().enumerate() {
        let Some(id) = cluster.target_group_named(last_segment(&group.name)) else {
            let message = format!("there is no target group {:?}", group.name);
            return invalid(format!("{field}[{index}].name"), message);
        };
        ids.push(id);
    }
    let mut balancers = service.settings.load_balancers.clone();
    let Some(balancer) = balancers.iter_mut().find(|balancer| ids.contains(&balancer.target_group)) else {
        let message = format!("neither is the one that {} registers with", service.name);
        return invalid(field, message);
    };
    if ids[0] == ids[1] {
        return invalid(field, "both are the same".to_owned());
    }
    balancer.alternate = ids.into_iter().find(|id| *id != balancer.target_group);
    Ok(balancers)
}

/// DEP-42: behind a Network Load Balancer traffic moves all at once.
fn check_network(
    cluster: &Cluster,
    balancers: &[ServiceLoadBalancer],
    strategy: ShiftStrategy,
) -> Result<(), ApiError> {
    let is_network = balancers.iter().any(|balancer| cluster.target_group(balancer.target_group).is_network);
    if is_network && strategy != ShiftStrategy::BlueGreen {
        let message = format!("a Network Load Balancer takes {DEFAULT} only (DEP-42)");
        return Err(ApiError::new("InvalidDeploymentConfigNameException", "deploymentConfigName", message));
    }
    Ok(())
}

/// DEP-42: how long the original task set stays.
fn termination_wait(cluster: &Cluster, input: &CreateDeploymentGroup) -> Result<SimDuration, ApiError> {
    let field = "blueGreenDeploymentConfiguration";
    let given = input.blue_green_deployment_configuration.clone().unwrap_or_default();
    if given.deployment_ready_option.is_some_and(|ready| {
        ready.action_on_timeout == Some(ReadyAction::StopDeployment)
            || ready.wait_time_in_minutes.is_some_and(|minutes| minutes > 0)
    }) {
        let field = format!("{field}.deploymentReadyOption");
        return Err(ApiError::not_modelled(field, "that traffic waits for ContinueDeployment"));
    }
    let end = given.terminate_blue_instances_on_deployment_success.unwrap_or_default();
    let invalid = |name: &str, message: String| {
        let exception = "InvalidBlueGreenDeploymentConfigurationException";
        let field = format!("{field}.terminateBlueInstancesOnDeploymentSuccess.{name}");
        Err(ApiError::new(exception, field, message))
    };
    if end.action == Some(TerminateAction::KeepAlive) {
        return invalid("action", "it is TERMINATE for ECS: a task set does not stay".to_owned());
    }
    match end.termination_wait_time_in_minutes {
        None => Ok(*cluster.parameters.codedeploy_termination_wait()),
        Some(minutes) if minutes <= 2880 => Ok(SimDuration::from_secs(u64::from(minutes) * 60)),
        Some(minutes) => {
            invalid("terminationWaitTimeInMinutes", format!("{minutes} found; it is 0 to 2880 (two days)"))
        }
    }
}

fn create_deployment(
    cluster: &Cluster,
    now: SimTime,
    input: &CreateDeployment,
) -> Result<Vec<Change>, ApiError> {
    let (id, service) = of_group(cluster, &input.deployment_group_name, "deploymentGroupName")?;
    if service.primary().is_some_and(|newest| newest.rollout_state == RolloutState::InProgress) {
        let message = format!("a deployment of {} is in progress; there is one at a time", service.name);
        return Err(ApiError::new("DeploymentLimitExceededException", "deploymentGroupName", message));
    }
    let spec = app_spec(input)?;
    let properties = properties_of(&spec)?;
    let before = service.settings.clone();
    let mut settings = before.clone();
    let field = "revision.appSpecContent.content";
    let task_definition = active_definition(cluster, &properties.task_definition)
        .map_err(|error| ApiError { field: field.to_owned(), ..error })?;
    settings.task_definition = Some(task_definition);
    if let Some(items) = &properties.capacity_provider_strategy {
        let items: Vec<CapacityProviderStrategyItem> = items.iter().map(Into::into).collect();
        settings.capacity = capacity_of(cluster, None, Some(&items))?;
        check_change_of_capacity(&before.capacity, &settings.capacity, Some(true))?;
    }
    let definition = cluster.task_definition(task_definition);
    check_compatible(cluster, &settings.capacity, definition, field)?;
    let of_before = before.task_definition.unwrap_or(task_definition);
    settings.load_balancers = same_balancers(cluster, &before.load_balancers, of_before, definition)?;
    take_turns(&before.load_balancers, &mut settings.load_balancers);
    if let Some(name) = &input.deployment_config_name {
        let strategy = config_of(cluster, name)?;
        check_network(cluster, &settings.load_balancers, strategy)?;
        settings.deployment_rules.strategy = Some(strategy);
    }
    if input.auto_rollback_configuration.is_some() {
        settings.deployment_rules.code_deploy = rollbacks_of(input.auto_rollback_configuration.as_ref());
    }
    settings.deployment_rules.hooks = hooks_of(&spec);
    let number = DeploymentNumber(service.deployments_ever + 1);
    let balancers = settings.load_balancers.clone();
    let next = Deployment::new(number, task_definition, balancers, settings.desired_count, now);
    let next = begun(cluster, (id, Some(service)), &settings, next);
    Ok(vec![Change::ServiceUpdated { service: id, settings: Box::new((before, settings)) }, next])
}

/// The AppSpec: JSON in a string, or written in place.
fn app_spec(input: &CreateDeployment) -> Result<AppSpec, ApiError> {
    let field = "revision.appSpecContent.content";
    let invalid = |message: String| ApiError::new("InvalidRevisionException", field, message);
    let Some(given) = &input.revision.app_spec_content else {
        let message = "the AppSpec must stand here: an S3 bucket is not read".to_owned();
        return Err(ApiError { field: "revision.appSpecContent".to_owned(), ..invalid(message) });
    };
    let read = match given.content.as_str() {
        Some(text) => serde_json::from_str(text),
        None => serde_json::from_value(given.content.clone()),
    };
    read.map_err(|error| invalid(format!("it is no AppSpec for ECS (JSON, or a mapping): {error}")))
}

fn properties_of(spec: &AppSpec) -> Result<&AppSpecProperties, ApiError> {
    let field = "revision.appSpecContent.content";
    let mut resources = spec.resources.iter().flat_map(|named| named.values());
    match (resources.next(), resources.next()) {
        (Some(only), None) if only.kind == "AWS::ECS::Service" => Ok(&only.properties),
        (Some(only), None) => {
            let message = format!("Resources has a {:?}; it is AWS::ECS::Service", only.kind);
            Err(ApiError::new("InvalidRevisionException", field, message))
        }
        _ => {
            let message = "Resources names exactly one service";
            Err(ApiError::new("InvalidRevisionException", field, message))
        }
    }
}

fn hooks_of(spec: &AppSpec) -> Arc<[Hook]> {
    let stage_of = |event: AppSpecEvent| match event {
        AppSpecEvent::BeforeInstall => Stage::PreScaleUp,
        AppSpecEvent::AfterInstall => Stage::PostScaleUp,
        AppSpecEvent::AfterAllowTestTraffic => Stage::PostTestTrafficShift,
        AppSpecEvent::BeforeAllowTraffic => Stage::PreProductionTrafficShift,
        AppSpecEvent::AfterAllowTraffic => Stage::PostProductionTrafficShift,
    };
    let events = spec.hooks.iter().flat_map(|hook| hook.keys());
    let hook = |event: &AppSpecEvent| Hook {
        is_pause: false,
        stages: vec![stage_of(*event)],
        timeout: HOOK_LIMIT,
        continues_after_timeout: false,
    };
    events.map(hook).collect()
}

/// The service of a deployment group.
fn of_group<'c>(cluster: &'c Cluster, name: &str, field: &str) -> Result<(ServiceId, &'c Service), ApiError> {
    let known = || cluster.services.iter().filter_map(|service| service.deployment_group.as_deref());
    let place = cluster.services.iter().position(|service| service.deployment_group.as_deref() == Some(name));
    let Some(place) = place else {
        let near = crate::catalog::nearest_spelling(name, known());
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message = format!("there is no deployment group {name:?}{hint}");
        return Err(ApiError::new("DeploymentGroupDoesNotExistException", field, message));
    };
    let service = &cluster.services[place];
    let (id, service) =
        find_active(cluster, &service.name).map_err(|error| ApiError { field: field.to_owned(), ..error })?;
    Ok((id, service))
}

fn stop(cluster: &Cluster, now: SimTime, input: &StopDeployment) -> Result<Vec<Change>, ApiError> {
    let field = "deploymentId";
    let named = input.deployment_id.as_str();
    let of_name = of_group(cluster, named, field).ok();
    let arn = of_name.map_or(named, |(_, service)| service.name.as_str());
    let owner = last_segment(
        arn.rsplit_once('/').map_or(
            arn,
            |(owner, number)| {
                if number.parse::<u32>().is_ok() { owner } else { arn }
            },
        ),
    );
    let renamed = |error: ApiError| ApiError { field: field.to_owned(), ..error };
    let (_, service) = find_active(cluster, owner)
        .map_err(|error| ApiError { exception: "DeploymentDoesNotExistException", ..renamed(error) })?;
    if service.settings.controller != DeploymentController::CodeDeploy {
        let message = format!("{owner:?} is not deployed by CodeDeploy: use StopServiceDeployment");
        return Err(ApiError::new("DeploymentDoesNotExistException", field, message));
    }
    let on_request = service.settings.deployment_rules.code_deploy.on_request;
    let rolls_back = input.auto_rollback_enabled.unwrap_or(on_request);
    let instead = "set autoRollbackEnabled to false";
    stop_newest(cluster, now, arn, (rolls_back, instead)).map_err(|error| match error.exception {
        "ConflictException" => {
            ApiError { exception: "DeploymentAlreadyCompletedException", ..renamed(error) }
        }
        _ => renamed(error),
    })
}

#[cfg(test)]
mod tests;
