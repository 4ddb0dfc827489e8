//! RegisterScalableTarget, PutScalingPolicy, PutScheduledAction and PutMetricAlarm for services (AAS).

mod alarms;
mod schedule;
mod steps;

pub use self::alarms::put as put_alarm;
pub use self::schedule::put as put_schedule;

use super::service::find_active;
use super::{ApiError, last_segment};
use crate::aws::application_auto_scaling::{
    PolicyType, PredefinedMetricType, PutScalingPolicy, RegisterScalableTarget, TargetTrackingConfiguration,
};
use crate::kernel::time::SimDuration;
use crate::model::scaling::{
    PolicyKind, ScalableTarget, ScalingMetric, ScalingPolicy, Suspended, TargetTracking, TrackingAlarms,
};
use crate::model::service::{Service, ServiceSettings};
use crate::model::{Change, Cluster, ServiceId};

const VALIDATION: &str = "ValidationException";

/// What RegisterScalableTarget makes true: of a target that is there, what is not named stays.
///
/// # Errors
/// The exception Application Auto Scaling would raise.
pub fn register(cluster: &Cluster, input: &RegisterScalableTarget) -> Result<Vec<Change>, ApiError> {
    let (service, found) = service_of(cluster, &input.resource_id)?;
    check_kind(input.service_namespace.as_deref(), input.scalable_dimension.as_deref())?;
    let before = found.scaling.as_deref();
    let bound = |given: Option<u32>, before: Option<u32>, field: &str| {
        given.or(before).ok_or_else(|| {
            let message = "a target that is registered for the first time needs both bounds (AAS-1)";
            ApiError::new(VALIDATION, field, message)
        })
    };
    let min = bound(input.min_capacity, before.map(|target| target.min), "MinCapacity")?;
    let max = bound(input.max_capacity, before.map(|target| target.max), "MaxCapacity")?;
    if min > max {
        let message = format!("Maximum capacity cannot be less than minimum capacity: {max} and {min}");
        return Err(ApiError::new(VALIDATION, "MaxCapacity", message));
    }
    let mut suspended = before.map_or(Suspended::default(), |target| target.suspended);
    if let Some(given) = input.suspended_state {
        suspended.scale_in = given.dynamic_scaling_in_suspended.unwrap_or(suspended.scale_in);
        suspended.scale_out = given.dynamic_scaling_out_suspended.unwrap_or(suspended.scale_out);
        suspended.schedule = given.scheduled_scaling_suspended.unwrap_or(suspended.schedule);
    }
    let policies = before.map_or_else(Vec::new, |target| target.policies.clone());
    let scheduled = before.map_or_else(Vec::new, |target| target.scheduled.clone());
    let target = ScalableTarget { min, max, suspended, policies, scheduled };
    let mut changes = vec![scaling_of(service, target)];
    changes.extend(pulled_into_bounds(found, service, min, max));
    Ok(changes)
}

/// What PutScalingPolicy makes true: a policy more, or another one of the same name.
///
/// # Errors
/// The exception Application Auto Scaling would raise; `NotModelled` for step and predictive scaling.
pub fn put_policy(cluster: &Cluster, input: &PutScalingPolicy) -> Result<Vec<Change>, ApiError> {
    let (service, found) = service_of(cluster, &input.resource_id)?;
    check_kind(input.service_namespace.as_deref(), input.scalable_dimension.as_deref())?;
    let Some(target) = found.scaling.as_deref() else {
        let message = format!(
            "No scalable target registered for {:?}: RegisterScalableTarget comes first",
            input.resource_id
        );
        return Err(ApiError::new("ObjectNotFoundException", "ResourceId", message));
    };
    if input.policy_name.is_empty() {
        return Err(ApiError::new(VALIDATION, "PolicyName", "a policy needs a name"));
    }
    let kind = match input.policy_type.unwrap_or(PolicyType::TargetTrackingScaling) {
        PolicyType::TargetTrackingScaling => {
            let field = "TargetTrackingScalingPolicyConfiguration";
            let Some(given) = &input.target_tracking_scaling_policy_configuration else {
                return Err(ApiError::new(
                    VALIDATION,
                    field,
                    "a target tracking policy needs its configuration",
                ));
            };
            PolicyKind::Tracking(tracking(found, given)?)
        }
        PolicyType::StepScaling => {
            let field = "StepScalingPolicyConfiguration";
            let Some(given) = &input.step_scaling_policy_configuration else {
                return Err(ApiError::new(
                    VALIDATION,
                    field,
                    "a step scaling policy needs its configuration",
                ));
            };
            PolicyKind::Step(steps::read(given)?)
        }
        PolicyType::PredictiveScaling => {
            return Err(ApiError::not_modelled("PolicyType", "predictive scaling"));
        }
    };
    let name = input.policy_name.clone();
    let policy = ScalingPolicy { name, kind, last_scale_out: None, last_scale_in: None };
    let mut target = target.clone();
    target.policies.retain(|other| other.name != policy.name);
    let metric = policy.tracking().map(|tracking| tracking.metric);
    let same = |other: &&ScalingPolicy| metric.is_some() && other.tracking().map(|of| of.metric) == metric;
    if let (Some(other), Some(metric)) = (target.policies.iter().find(same), metric) {
        let message =
            format!("policy {:?} tracks {} already: one policy a metric (AAS-4)", other.name, metric.name());
        let field =
            "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType";
        return Err(ApiError::new(VALIDATION, field, message));
    }
    target.policies.push(policy);
    Ok(vec![scaling_of(service, target)])
}

fn tracking(service: &Service, input: &TargetTrackingConfiguration) -> Result<TargetTracking, ApiError> {
    let field = |name: &str| format!("TargetTrackingScalingPolicyConfiguration.{name}");
    if input.customized_metric_specification.is_some() {
        return Err(ApiError::not_modelled(field("CustomizedMetricSpecification"), "a metric of one's own"));
    }
    let Some(metric) = &input.predefined_metric_specification else {
        let message = "a policy without a metric tracks nothing: give PredefinedMetricSpecification (AAS-4)";
        return Err(ApiError::new(VALIDATION, field("PredefinedMetricSpecification"), message));
    };
    let kind = field("PredefinedMetricSpecification.PredefinedMetricType");
    let metric = match metric.predefined_metric_type {
        PredefinedMetricType::CpuUtilization => ScalingMetric::CpuUtilization,
        PredefinedMetricType::RequestCountPerTarget if service.settings.load_balancers.is_empty() => {
            let message = "the service has no target group that could count requests (AAS-4)";
            return Err(ApiError::new(VALIDATION, kind, message));
        }
        PredefinedMetricType::RequestCountPerTarget
            if service.settings.deployment_rules.strategy.is_some() =>
        {
            let message = "ALBRequestCountPerTarget does not go with blue/green, linear and canary deployments (DEP-37)";
            return Err(ApiError::new(VALIDATION, kind, message));
        }
        PredefinedMetricType::RequestCountPerTarget => ScalingMetric::RequestCountPerTarget,
        PredefinedMetricType::MemoryUtilization => ScalingMetric::MemoryUtilization,
        PredefinedMetricType::CpuUtilizationHighResolution
        | PredefinedMetricType::MemoryUtilizationHighResolution => {
            return Err(ApiError::not_modelled(kind, "a metric of 20 seconds"));
        }
    };
    let target_millionths = (input.target_value * 1e6 + 0.5) as u64;
    if !(input.target_value > 0.0 && input.target_value <= 1e9) || target_millionths == 0 {
        let message = format!("{} found; the target is above 0 and at most 1000000000", input.target_value);
        return Err(ApiError::new(VALIDATION, field("TargetValue"), message));
    }
    let seconds = |given: Option<u32>| SimDuration::from_secs(u64::from(given.unwrap_or(300)));
    Ok(TargetTracking {
        metric,
        target_millionths,
        scale_out_cooldown: seconds(input.scale_out_cooldown),
        scale_in_cooldown: seconds(input.scale_in_cooldown),
        never_scales_in: input.disable_scale_in.unwrap_or(false),
        alarms: TrackingAlarms::default(),
    })
}

/// AAS-16: a desired count outside the bounds is brought to the nearer one at once.
pub(in crate::engine) fn pulled_into_bounds(
    service: &Service,
    id: ServiceId,
    min: u32,
    max: u32,
) -> Option<Change> {
    let before = service.settings.clone();
    let desired_count = before.desired_count.clamp(min, max);
    let settings = ServiceSettings { desired_count, ..before.clone() };
    (before.desired_count != desired_count)
        .then(|| Change::ServiceUpdated { service: id, settings: Box::new((before, settings)) })
}

fn scaling_of(service: ServiceId, target: ScalableTarget) -> Change {
    Change::ScalingChanged { service, target: Box::new(target) }
}

fn service_of<'c>(cluster: &'c Cluster, resource: &str) -> Result<(ServiceId, &'c Service), ApiError> {
    let parts: Vec<&str> = resource.split('/').collect();
    if let ["service", named, _] = parts[..]
        && named != cluster.name
    {
        let message = format!("there is no cluster {named:?}; this one is named {:?}", cluster.name);
        return Err(ApiError::new(VALIDATION, "ResourceId", message));
    }
    let (id, service) = find_active(cluster, last_segment(resource)).map_err(|error| ApiError {
        exception: VALIDATION,
        field: "ResourceId".to_owned(),
        ..error
    })?;
    if service.is_daemon() {
        let message = "a DAEMON service runs one task an instance and is not scaled (SVC-4)";
        return Err(ApiError::new(VALIDATION, "ResourceId", message));
    }
    Ok((id, service))
}

fn check_kind(namespace: Option<&str>, dimension: Option<&str>) -> Result<(), ApiError> {
    for (given, right, field) in
        [(namespace, "ecs", "ServiceNamespace"), (dimension, "ecs:service:DesiredCount", "ScalableDimension")]
    {
        if let Some(given) = given.filter(|given| *given != right) {
            let message = format!("{given:?} found; services of ECS are scaled by {right:?}");
            return Err(ApiError::new(VALIDATION, field, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
