//! What requests say of blue/green, linear and canary deployments (DEP-31 to DEP-37).

use super::{FIELD, INVALID};
use crate::aws::deployment_configuration::{
    DeploymentConfiguration, DeploymentLifecycleHook, DeploymentLifecycleHookAction as Action,
    DeploymentLifecycleHookStage as HookStage, DeploymentLifecycleHookTargetType as TargetType,
    DeploymentStrategy,
};
use crate::engine::api::ApiError;
use crate::kernel::time::SimDuration;
use crate::model::deployment::DeploymentRules;
use crate::model::service::ServiceSettings;
use crate::model::traffic_shift::{ALL_TRAFFIC, Hook, ShiftStrategy, Stage};

/// DEP-35: of each kind.
const MOST_HOOKS: usize = 10;

fn refused<T>(field: &str, message: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::new(INVALID, format!("{FIELD}.{field}"), message))
}

/// What is given replaces what stood; what is not given stays.
pub(super) fn read(given: &DeploymentConfiguration, rules: &mut DeploymentRules) -> Result<(), ApiError> {
    let asked = given.strategy.unwrap_or(match rules.strategy {
        None => DeploymentStrategy::Rolling,
        Some(ShiftStrategy::BlueGreen) => DeploymentStrategy::BlueGreen,
        Some(ShiftStrategy::Linear { .. }) => DeploymentStrategy::Linear,
        Some(ShiftStrategy::Canary { .. }) => DeploymentStrategy::Canary,
    });
    if given.linear_configuration.is_some() && asked != DeploymentStrategy::Linear {
        return refused("linearConfiguration", "it belongs to the strategy LINEAR (DEP-32)");
    }
    if given.canary_configuration.is_some() && asked != DeploymentStrategy::Canary {
        return refused("canaryConfiguration", "it belongs to the strategy CANARY (DEP-33)");
    }
    rules.strategy = match asked {
        DeploymentStrategy::Rolling => None,
        DeploymentStrategy::BlueGreen if rules.bake_time.is_none() => {
            return refused("bakeTimeInMinutes", "missing: BLUE_GREEN needs it; 0 is allowed (DEP-31)");
        }
        DeploymentStrategy::BlueGreen => Some(ShiftStrategy::BlueGreen),
        DeploymentStrategy::Linear => Some(linear(given, rules.strategy)?),
        DeploymentStrategy::Canary => Some(canary(given, rules.strategy)?),
    };
    if let Some(hooks) = &given.lifecycle_hooks {
        rules.hooks = hooks_of(hooks)?.into();
    }
    Ok(())
}

/// DEP-32.
fn linear(given: &DeploymentConfiguration, before: Option<ShiftStrategy>) -> Result<ShiftStrategy, ApiError> {
    let input = given.linear_configuration.clone().unwrap_or_default();
    let (step, bake) = match before {
        Some(ShiftStrategy::Linear { step_tenths, step_bake }) => (step_tenths, step_bake),
        _ => (100, minutes(6)),
    };
    let step_tenths = tenths(input.step_percent, step, 30, "linearConfiguration.stepPercent", "DEP-32")?;
    Ok(ShiftStrategy::Linear {
        step_tenths,
        step_bake: input.step_bake_time_in_minutes.map_or(bake, minutes),
    })
}

/// DEP-33.
fn canary(given: &DeploymentConfiguration, before: Option<ShiftStrategy>) -> Result<ShiftStrategy, ApiError> {
    let input = given.canary_configuration.clone().unwrap_or_default();
    let (part, bake) = match before {
        Some(ShiftStrategy::Canary { canary_tenths, canary_bake }) => (canary_tenths, canary_bake),
        _ => (50, minutes(10)),
    };
    let canary_tenths = tenths(input.canary_percent, part, 1, "canaryConfiguration.canaryPercent", "DEP-33")?;
    Ok(ShiftStrategy::Canary {
        canary_tenths,
        canary_bake: input.canary_bake_time_in_minutes.map_or(bake, minutes),
    })
}

fn minutes(minutes: u32) -> SimDuration {
    SimDuration::from_secs(u64::from(minutes) * 60)
}

/// Percent with one digit, as tenths.
fn tenths(given: Option<f64>, before: u32, least: u32, field: &str, rule: &str) -> Result<u32, ApiError> {
    let Some(percent) = given else { return Ok(before) };
    let scaled = percent * 10.0;
    let tenths = (scaled + 0.5) as u32;
    let is_tenth = (scaled - f64::from(tenths)).abs() < 1e-6;
    if is_tenth && (least..=ALL_TRAFFIC).contains(&tenths) {
        return Ok(tenths);
    }
    let least = f64::from(least) / 10.0;
    refused(field, format!("{percent} found; it is {least:.1} to 100.0 percent, in steps of 0.1 ({rule})"))
}

/// DEP-35.
fn hooks_of(given: &[DeploymentLifecycleHook]) -> Result<Vec<Hook>, ApiError> {
    let mut hooks = Vec::with_capacity(given.len());
    for (index, hook) in given.iter().enumerate() {
        let field = |name: &str| format!("lifecycleHooks[{index}].{name}");
        let is_pause = hook.target_type == Some(TargetType::Pause);
        if !is_pause && hook.hook_target_arn.is_none() {
            return refused(&field("hookTargetArn"), "missing: which function does it call? (DEP-35)");
        }
        let mut stages: Vec<Stage> =
            hook.lifecycle_stages.iter().flatten().map(|stage| stage_of(*stage)).collect();
        stages.sort_unstable();
        stages.dedup();
        if stages.is_empty() {
            return refused(&field("lifecycleStages"), "no stage is named at which it runs (DEP-35)");
        }
        let shifts = [Stage::TestTrafficShift, Stage::ProductionTrafficShift];
        if let Some(stage) = stages.iter().find(|stage| is_pause && shifts.contains(stage)) {
            let message = format!("a PAUSE hook is not supported at {} (DEP-35)", stage.name());
            return refused(&field("lifecycleStages"), message);
        }
        let timeout = hook.timeout_configuration.clone().unwrap_or_default();
        hooks.push(Hook {
            is_pause,
            stages,
            timeout: minutes(timeout.timeout_in_minutes.unwrap_or(1440)),
            continues_after_timeout: timeout.action == Some(Action::Continue),
        });
    }
    for is_pause in [true, false] {
        let count = hooks.iter().filter(|hook| hook.is_pause == is_pause).count();
        if count > MOST_HOOKS {
            let kind = if is_pause { "PAUSE" } else { "AWS_LAMBDA" };
            let message = format!("{count} {kind} hooks found; a service has {MOST_HOOKS} at most (DEP-35)");
            return refused("lifecycleHooks", message);
        }
    }
    Ok(hooks)
}

/// The stage that AWS's word names.
#[must_use]
pub fn stage_of(stage: HookStage) -> Stage {
    match stage {
        HookStage::ReconcileService => Stage::ReconcileService,
        HookStage::PreScaleUp => Stage::PreScaleUp,
        HookStage::PostScaleUp => Stage::PostScaleUp,
        HookStage::TestTrafficShift => Stage::TestTrafficShift,
        HookStage::PostTestTrafficShift => Stage::PostTestTrafficShift,
        HookStage::PreProductionTrafficShift => Stage::PreProductionTrafficShift,
        HookStage::ProductionTrafficShift => Stage::ProductionTrafficShift,
        HookStage::PostProductionTrafficShift => Stage::PostProductionTrafficShift,
    }
}

/// DEP-37: what a service needs whose deployments move traffic.
pub fn check(settings: &ServiceSettings, is_daemon: bool) -> Result<(), ApiError> {
    let Some(strategy) = settings.deployment_rules.strategy else { return Ok(()) };
    let name = strategy.name();
    if is_daemon {
        return refused("strategy", format!("{name} is for REPLICA services; a DAEMON service is ROLLING"));
    }
    let unpaired = settings.load_balancers.iter().position(|balancer| balancer.alternate.is_none());
    if let Some(index) = unpaired {
        let field = format!("loadBalancers[{index}].advancedConfiguration.alternateTargetGroupArn");
        let message =
            format!("missing: {name} needs a second target group for every second revision (DEP-30)");
        return Err(ApiError::new(INVALID, field, message));
    }
    if strategy != ShiftStrategy::BlueGreen && !settings.moves_traffic() {
        let message = format!(
            "{name} moves traffic step by step and needs something that can: loadBalancers with an \
             advancedConfiguration, Service Connect or VPC Lattice (DEP-37)"
        );
        return refused("strategy", message);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
