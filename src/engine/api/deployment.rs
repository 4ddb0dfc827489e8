//! What requests say of deployments: limits, failure detection, early success; and StopServiceDeployment (DEP).

use super::service::find_active;
use super::{ApiError, last_segment};
use crate::aws::deployment_configuration::{
    DeploymentCircuitBreaker, DeploymentConfiguration, DeploymentStrategy, ServiceRevisionCleanup,
    ThresholdType,
};
use crate::aws::service::{StopServiceDeployment, StopType};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::deployment::{
    BreakerThreshold, CircuitBreaker, DeploymentAlarms, DeploymentFailure, DeploymentRules, EarlySuccess,
    RolloutState,
};
use crate::model::service::SchedulingStrategy;
use crate::model::task_set::DeploymentController;
use crate::model::traffic_shift::Stage;
use crate::model::{Change, Cluster};
use crate::policy::deployment::{give_up, rollback_target};

const INVALID: &str = "InvalidParameterException";
const FIELD: &str = "deploymentConfiguration";

/// DEP-2.
pub(super) fn default_limits(scheduling: SchedulingStrategy) -> (u32, u32) {
    match scheduling {
        SchedulingStrategy::Replica => (100, 200),
        SchedulingStrategy::Daemon => (0, 100),
    }
}

/// DEP-1, DEP-2: both limits, with what stands for the one that is not given. No upper bound on the maximum
/// is documented.
pub(super) fn limits(
    configuration: Option<&DeploymentConfiguration>,
    before: (u32, u32),
) -> Result<(u32, u32), ApiError> {
    let minimum = configuration.and_then(|c| c.minimum_healthy_percent).unwrap_or(before.0);
    let maximum = configuration.and_then(|c| c.maximum_percent).unwrap_or(before.1);
    let field = |name: &str| format!("{FIELD}.{name}");
    if minimum > 100 {
        let message =
            format!("{minimum} is above 100 percent: no more than all tasks can stay healthy (DEP-1)");
        return Err(ApiError::new(INVALID, field("minimumHealthyPercent"), message));
    }
    if maximum < 100 {
        let message =
            format!("{maximum} is below 100 percent: it would forbid the desired count itself (DEP-1)");
        return Err(ApiError::new(INVALID, field("maximumPercent"), message));
    }
    Ok((minimum, maximum))
}

/// DEP-20 to DEP-27: what is given replaces what stood; what is not given stays.
pub(super) fn rules(
    configuration: Option<&DeploymentConfiguration>,
    before: &DeploymentRules,
    minimum_healthy_percent: u32,
) -> Result<DeploymentRules, ApiError> {
    let mut rules = before.clone();
    let Some(given) = configuration else { return Ok(rules) };
    if let Some(breaker) = &given.deployment_circuit_breaker {
        rules.circuit_breaker = breaker.enable.then(|| circuit_breaker(breaker)).transpose()?;
    }
    if let Some(alarms) = &given.alarms {
        if alarms.enable && alarms.alarm_names.is_empty() {
            let message = "alarms are enabled and none is named: list them in alarmNames (DEP-25)";
            return Err(ApiError::new(INVALID, format!("{FIELD}.alarms.alarmNames"), message));
        }
        let names = alarms.alarm_names.iter().map(|name| name.trim().to_owned()).collect();
        rules.alarms = alarms.enable.then_some(DeploymentAlarms { names, rollback: alarms.rollback });
    }
    if let Some(minutes) = given.bake_time_in_minutes {
        rules.bake_time = Some(SimDuration::from_secs(u64::from(minutes) * 60));
    }
    if let Some(criteria) = &given.early_success_criteria {
        let healthy_percent = criteria.healthy_percent.unwrap_or(100);
        if criteria.enable && (healthy_percent > 100 || healthy_percent < minimum_healthy_percent) {
            let message = format!(
                "{healthy_percent} found; it is between minimumHealthyPercent, {minimum_healthy_percent}, and 100 (DEP-27)"
            );
            let field = format!("{FIELD}.earlySuccessCriteria.healthyPercent");
            return Err(ApiError::new(INVALID, field, message));
        }
        let cleans_up_later =
            criteria.source_service_revision_cleanup == Some(ServiceRevisionCleanup::Deferred);
        rules.early_success = criteria.enable.then_some(EarlySuccess { healthy_percent, cleans_up_later });
    }
    traffic_shift::read(given, &mut rules)?;
    Ok(rules)
}

/// DEP-20, DEP-21.
fn circuit_breaker(input: &DeploymentCircuitBreaker) -> Result<CircuitBreaker, ApiError> {
    let threshold = match &input.threshold_configuration {
        None => BreakerThreshold::BoundedPercent(50),
        Some(given) => {
            let is_percent = given.kind != ThresholdType::Count;
            if given.value == 0 || is_percent && given.value > 100 {
                let right = if is_percent { "1 to 100 percent" } else { "at least 1 task" };
                let message = format!("{} found; it is {right} (DEP-21)", given.value);
                let field = format!("{FIELD}.deploymentCircuitBreaker.thresholdConfiguration.value");
                return Err(ApiError::new(INVALID, field, message));
            }
            match given.kind {
                ThresholdType::Count => BreakerThreshold::Count(given.value),
                ThresholdType::BoundedPercent => BreakerThreshold::BoundedPercent(given.value),
                ThresholdType::UnboundedPercent => BreakerThreshold::UnboundedPercent(given.value),
            }
        }
    };
    let reset_on_healthy_task = input.reset_on_healthy_task.unwrap_or(true);
    Ok(CircuitBreaker { rollback: input.rollback, reset_on_healthy_task, threshold })
}

/// What a configuration asks for and this version accepts without acting on it: field and sentence.
pub(super) fn ignored(
    configuration: Option<&DeploymentConfiguration>,
    before: Option<&DeploymentRules>,
) -> Vec<(&'static str, &'static str)> {
    let Some(given) = configuration else { return Vec::new() };
    let mut found = Vec::new();
    let alarms = given.alarms.as_ref().map(|alarms| alarms.enable);
    let has_alarms = alarms.unwrap_or_else(|| before.is_some_and(|before| before.alarms.is_some()));
    let strategy = match given.strategy {
        None => before.is_some_and(|before| before.strategy.is_some()),
        Some(strategy) => strategy != DeploymentStrategy::Rolling,
    };
    if strategy {
        if given.deployment_circuit_breaker.as_ref().is_some_and(|breaker| breaker.enable) {
            found.push((
                "deploymentConfiguration.deploymentCircuitBreaker",
                "the circuit breaker plays no part in blue/green, linear and canary deployments (DEP-37)",
            ));
        }
        if given.early_success_criteria.as_ref().is_some_and(|criteria| criteria.enable) {
            found.push((
                "deploymentConfiguration.earlySuccessCriteria",
                "early success is for rolling deployments (DEP-27)",
            ));
        }
        return found;
    }
    if given.bake_time_in_minutes.is_some_and(|minutes| minutes > 0) && !has_alarms {
        found.push((
            "deploymentConfiguration.bakeTimeInMinutes",
            "a rolling deployment bakes only where it has alarms (DEP-26)",
        ));
    }
    if given.lifecycle_hooks.as_ref().is_some_and(|hooks| !hooks.is_empty()) {
        found.push((
            "deploymentConfiguration.lifecycleHooks",
            "hooks belong to the stages of blue/green, linear and canary deployments (DEP-35)",
        ));
    }
    found
}

/// DEP-10: gives the deployment in progress up, and rolls it back whatever the service says of rollbacks. The deployment
/// is named by its service, or by `<service>/<number>`, as at the end of an ARN.
///
/// # Errors
/// The exception ECS would raise.
pub fn stop(cluster: &Cluster, now: SimTime, input: &StopServiceDeployment) -> Result<Vec<Change>, ApiError> {
    let rolls_back = input.stop_type.unwrap_or(StopType::Rollback) == StopType::Rollback;
    let by_others = cluster.services.iter().find(|service| {
        service.settings.controller != DeploymentController::Ecs
            && input.service_deployment_arn.split('/').any(|part| part == service.name)
    });
    if let Some(service) = by_others {
        let controller = service.settings.controller.name();
        let message = format!("{} has the deployment controller {controller}, not ECS", service.name);
        return Err(ApiError::new("UnsupportedFeatureException", "serviceDeploymentArn", message));
    }
    let instead = "use stopType ABORT";
    stop_newest(cluster, now, &input.service_deployment_arn, (rolls_back, instead))
}

/// The same by whoever deploys: ECS, or CodeDeploy; with what to ask for where there is no way back.
pub(super) fn stop_newest(
    cluster: &Cluster,
    now: SimTime,
    whole: &str,
    (rolls_back, instead): (bool, &str),
) -> Result<Vec<Change>, ApiError> {
    let field = "serviceDeploymentArn";
    let last = last_segment(whole);
    let number: Option<u32> = last.parse().ok();
    let named = match number {
        Some(_) => last_segment(whole.strip_suffix(last).unwrap_or(whole).trim_end_matches('/')),
        None => last,
    };
    let (id, service) =
        find_active(cluster, named).map_err(|error| ApiError { field: field.to_owned(), ..error })?;
    let primary = service.primary();
    if number.is_some_and(|number| primary.is_none_or(|primary| primary.number.0 != number)) {
        let message = format!("{whole:?} is not the newest deployment of {named}");
        return Err(ApiError::new("ServiceDeploymentNotFoundException", field, message));
    }
    if primary.is_none_or(|primary| primary.rollout_state != RolloutState::InProgress) {
        let message = format!("the newest deployment of {named} is not in progress");
        return Err(ApiError::new("ConflictException", field, message));
    }
    let cleans_up = service.shift().is_some_and(|shift| shift.stage == Stage::CleanUp);
    if rolls_back && cleans_up {
        let message =
            format!("the old revision of {named} goes already (CLEAN_UP): deploy it again, or {instead}");
        return Err(ApiError::new("ConflictException", "stopType", message));
    }
    if rolls_back && rollback_target(service).is_none() {
        let message = format!("{named} has no completed deployment to roll back to (DEP-24); {instead}");
        return Err(ApiError::new("ConflictException", "stopType", message));
    }
    Ok(give_up(cluster, id, now, (DeploymentFailure::Stopped, rolls_back)))
}

mod controller;
mod traffic_shift;
pub(super) use self::controller::{
    FIXED_LIMITS, check_create as check_controller, check_update as check_update_of_controller,
    controller_of, fixed_limits, rules_of_code_deploy,
};
pub(super) use self::traffic_shift::check as check_traffic_shift;
pub use self::traffic_shift::stage_of;

#[cfg(test)]
mod tests;
