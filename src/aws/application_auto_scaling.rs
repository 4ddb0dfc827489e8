//! RegisterScalableTarget and PutScalingPolicy of Application Auto Scaling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lets Application Auto Scaling change the desired count of a service, within bounds (AAS-1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(extend("x-ignored" = ["CreationTime", "ScalableTargetARN", "PredictedCapacity"]))]
pub struct RegisterScalableTarget {
    /// `service/<cluster>/<service>`, or the service's name.
    pub resource_id: String,
    /// `ecs`.
    pub service_namespace: Option<String>,
    /// `ecs:service:DesiredCount`.
    pub scalable_dimension: Option<String>,
    /// The fewest tasks that scaling leaves.
    #[schemars(range(min = 0, max = 5000))]
    pub min_capacity: Option<u32>,
    /// The most tasks that scaling asks for.
    #[schemars(range(min = 0, max = 5000))]
    pub max_capacity: Option<u32>,
    /// What is suspended (AAS-18).
    pub suspended_state: Option<SuspendedState>,
    /// Accepted, not modelled.
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Value>,
}

/// What of the scaling of a target is suspended (AAS-18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SuspendedState {
    /// Policies remove no tasks.
    pub dynamic_scaling_in_suspended: Option<bool>,
    /// Policies add no tasks.
    pub dynamic_scaling_out_suspended: Option<bool>,
    /// Scheduled actions do nothing.
    pub scheduled_scaling_suspended: Option<bool>,
}

/// Puts a scaling policy on a scalable target (AAS-4 to AAS-15).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(extend("x-ignored" = ["CreationTime", "PolicyARN", "Alarms"]))]
pub struct PutScalingPolicy {
    /// Its name; a policy of the same name is replaced.
    pub policy_name: String,
    /// `service/<cluster>/<service>`, or the service's name.
    pub resource_id: String,
    /// `ecs`.
    pub service_namespace: Option<String>,
    /// `ecs:service:DesiredCount`.
    pub scalable_dimension: Option<String>,
    /// `TargetTrackingScaling`; the others are not modelled.
    pub policy_type: Option<PolicyType>,
    /// What is tracked, and how.
    pub target_tracking_scaling_policy_configuration: Option<TargetTrackingConfiguration>,
    /// Not modelled.
    pub step_scaling_policy_configuration: Option<Value>,
    /// Not modelled.
    pub predictive_scaling_policy_configuration: Option<Value>,
}

/// The kinds of scaling policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum PolicyType {
    TargetTrackingScaling,
    StepScaling,
    PredictiveScaling,
}

/// Keeps a metric at a target (AAS-5 to AAS-8).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetTrackingConfiguration {
    /// The target: percent, or requests a minute.
    #[schemars(range(min = 0.000_001, max = 1_000_000_000.0))]
    pub target_value: f64,
    /// A metric that ECS or the load balancer has.
    pub predefined_metric_specification: Option<PredefinedMetric>,
    /// Not modelled.
    pub customized_metric_specification: Option<Value>,
    /// Seconds in which what was added counts as on its way. Default 300 (AAS-8).
    #[schemars(range(min = 0, max = 86_400))]
    pub scale_out_cooldown: Option<u32>,
    /// Seconds between two scale-ins. Default 300 (AAS-8).
    #[schemars(range(min = 0, max = 86_400))]
    pub scale_in_cooldown: Option<u32>,
    /// Whether it only adds.
    pub disable_scale_in: Option<bool>,
}

/// A metric of ECS or of the load balancer (AAS-4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PredefinedMetric {
    /// Which.
    pub predefined_metric_type: PredefinedMetricType,
    /// The load balancer and target group, for ALBRequestCountPerTarget; not checked.
    pub resource_label: Option<String>,
}

/// The metrics that target tracking of services can use (AAS-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum PredefinedMetricType {
    #[serde(rename = "ECSServiceAverageCPUUtilization")]
    CpuUtilization,
    #[serde(rename = "ECSServiceAverageMemoryUtilization")]
    MemoryUtilization,
    #[serde(rename = "ALBRequestCountPerTarget")]
    RequestCountPerTarget,
    #[serde(rename = "ECSServiceAverageCPUUtilizationHighResolution")]
    CpuUtilizationHighResolution,
    #[serde(rename = "ECSServiceAverageMemoryUtilizationHighResolution")]
    MemoryUtilizationHighResolution,
}

/// One request of `aws.scalingPolicies`: exactly one of the keys.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
#[schemars(extend("x-expects" = "one of RegisterScalableTarget and PutScalingPolicy"))]
pub struct ScalingRequest {
    /// Bounds for the scaling of a service.
    pub register_scalable_target: Option<RegisterScalableTarget>,
    /// A policy.
    pub put_scaling_policy: Option<PutScalingPolicy>,
    /// Not modelled yet.
    pub put_scheduled_action: Option<Value>,
    /// Not modelled yet.
    pub put_metric_alarm: Option<Value>,
}
