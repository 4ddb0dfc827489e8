//! What the deployment controllers CODE_DEPLOY and EXTERNAL take of CreateService and UpdateService, and what they refuse
//! (DEP-42, DEP-43).

use super::{FIELD, INVALID};
use crate::aws::deployment_configuration::{DeploymentConfiguration, DeploymentStrategy};
use crate::aws::service::{self, CreateService, DeploymentControllerType, UpdateService};
use crate::engine::api::ApiError;
use crate::kernel::time::SimDuration;
use crate::model::deployment::DeploymentRules;
use crate::model::task_set::DeploymentController;
use crate::model::traffic_shift::ShiftStrategy;

/// DEP-2: their services keep to these limits while instances drain, whatever is given (INS-9).
pub(in crate::engine::api) const FIXED_LIMITS: (u32, u32) = (100, 200);

/// DEP-2: limits that are given to such a service and do not stand.
pub(in crate::engine::api) fn fixed_limits(
    controller: DeploymentController,
    configuration: Option<&DeploymentConfiguration>,
) -> Option<(&'static str, &'static str)> {
    let given = configuration?;
    let limits = (
        given.minimum_healthy_percent.unwrap_or(FIXED_LIMITS.0),
        given.maximum_percent.unwrap_or(FIXED_LIMITS.1),
    );
    let stands = controller == DeploymentController::Ecs || limits == FIXED_LIMITS;
    (!stands).then_some((
        "deploymentConfiguration",
        "services of the deployment controllers CODE_DEPLOY and EXTERNAL keep to 100 and 200 percent (DEP-2)",
    ))
}

/// The controller that a request names.
pub(in crate::engine::api) fn controller_of(
    given: Option<service::DeploymentController>,
) -> DeploymentController {
    match given.map(|given| given.kind) {
        None | Some(DeploymentControllerType::Ecs) => DeploymentController::Ecs,
        Some(DeploymentControllerType::CodeDeploy) => DeploymentController::CodeDeploy,
        Some(DeploymentControllerType::External) => DeploymentController::External,
    }
}

/// DEP-43, and what belongs to ECS's own deployments.
pub(in crate::engine::api) fn check_create(
    controller: DeploymentController,
    input: &CreateService,
) -> Result<(), ApiError> {
    if controller == DeploymentController::Ecs {
        return Ok(());
    }
    let name = controller.name();
    if input.scheduling_strategy == Some(service::SchedulingStrategy::Daemon) {
        let message = format!("the deployment controller {name} takes no DAEMON service (DEP-43)");
        return Err(ApiError::new(INVALID, "schedulingStrategy", message));
    }
    check_configuration(controller, input.deployment_configuration.as_ref())?;
    let balancers = input.load_balancers.iter().flatten().count();
    if controller == DeploymentController::CodeDeploy && balancers != 1 {
        let message = format!(
            "{balancers} found; CodeDeploy moves traffic between two target groups, of which the first stands here (DEP-42)"
        );
        return Err(ApiError::new(INVALID, "loadBalancers", message));
    }
    Ok(())
}

fn check_configuration(
    controller: DeploymentController,
    configuration: Option<&DeploymentConfiguration>,
) -> Result<(), ApiError> {
    let Some(given) = configuration else { return Ok(()) };
    let refused = [
        ("deploymentCircuitBreaker", given.deployment_circuit_breaker.as_ref().is_some_and(|one| one.enable)),
        ("alarms", given.alarms.as_ref().is_some_and(|alarms| alarms.enable)),
        ("earlySuccessCriteria", given.early_success_criteria.as_ref().is_some_and(|one| one.enable)),
        ("strategy", given.strategy.is_some_and(|strategy| strategy != DeploymentStrategy::Rolling)),
        ("lifecycleHooks", given.lifecycle_hooks.as_ref().is_some_and(|hooks| !hooks.is_empty())),
    ];
    match refused.iter().find(|(_, given)| *given) {
        Some((field, _)) => {
            let message = format!(
                "it belongs to the deployment controller ECS; this is {} (DEP-43)",
                controller.name()
            );
            Err(ApiError::new(INVALID, format!("{FIELD}.{field}"), message))
        }
        None => Ok(()),
    }
}

/// What UpdateService can change: all else comes with a new task set, or by CodeDeploy's CreateDeployment.
pub(in crate::engine::api) fn check_update(
    controller: DeploymentController,
    input: &UpdateService,
) -> Result<(), ApiError> {
    if input.deployment_controller.is_some_and(|given| controller_of(Some(given)) != controller) {
        let message = "that a service changes its deployment controller";
        return Err(ApiError::not_modelled("deploymentController", message));
    }
    if controller == DeploymentController::Ecs {
        return Ok(());
    }
    check_configuration(controller, input.deployment_configuration.as_ref())?;
    let refused = [
        ("taskDefinition", input.task_definition.is_some()),
        ("capacityProviderStrategy", input.capacity_provider_strategy.is_some()),
        ("networkConfiguration", input.network_configuration.is_some()),
        ("loadBalancers", input.load_balancers.is_some()),
        ("platformVersion", input.platform_version.is_some()),
        ("serviceRegistries", input.service_registries.is_some()),
        ("forceNewDeployment", input.force_new_deployment == Some(true)),
    ];
    let Some((field, _)) = refused.iter().find(|(_, given)| *given) else { return Ok(()) };
    let way = match controller {
        DeploymentController::External => "make a new task set (CreateTaskSet; DEP-40)",
        DeploymentController::CodeDeploy | DeploymentController::Ecs => {
            "use CodeDeploy's CreateDeployment (DEP-42)"
        }
    };
    let message =
        format!("UpdateService cannot change it where the controller is {}: {way}", controller.name());
    Err(ApiError::new(INVALID, *field, message))
}

/// How deployments of a service with CODE_DEPLOY go until its deployment group says more: all at once.
pub(in crate::engine::api) fn rules_of_code_deploy() -> DeploymentRules {
    DeploymentRules {
        strategy: Some(ShiftStrategy::BlueGreen),
        bake_time: Some(SimDuration::ZERO),
        ..DeploymentRules::default()
    }
}
