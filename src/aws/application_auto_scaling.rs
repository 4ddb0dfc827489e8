//! RegisterScalableTarget, PutScalingPolicy and PutScheduledAction of Application Auto Scaling, PutMetricAlarm of CloudWatch.

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
    /// `TargetTrackingScaling` or `StepScaling`; predictive scaling is not modelled.
    pub policy_type: Option<PolicyType>,
    /// What is tracked, and how.
    pub target_tracking_scaling_policy_configuration: Option<TargetTrackingConfiguration>,
    /// The steps of step scaling (AAS-13).
    pub step_scaling_policy_configuration: Option<StepScalingConfiguration>,
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
#[schemars(extend("x-expects" = "one of RegisterScalableTarget, PutScalingPolicy, PutScheduledAction and PutMetricAlarm"))]
pub struct ScalingRequest {
    /// Bounds for the scaling of a service.
    pub register_scalable_target: Option<RegisterScalableTarget>,
    /// A policy.
    pub put_scaling_policy: Option<PutScalingPolicy>,
    /// Other bounds at set times.
    pub put_scheduled_action: Option<PutScheduledAction>,
    /// A CloudWatch alarm.
    pub put_metric_alarm: Option<PutMetricAlarm>,
}

/// Steps that an alarm calls for (AAS-13 to AAS-15).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StepScalingConfiguration {
    /// What the numbers mean.
    pub adjustment_type: Option<AdjustmentType>,
    /// The steps.
    pub step_adjustments: Vec<StepAdjustment>,
    /// The least change by a percentage.
    #[schemars(range(min = 0, max = 5000))]
    pub min_adjustment_magnitude: Option<u32>,
    /// Seconds in which what was added counts as on its way. Default 300.
    #[schemars(range(min = 0, max = 86_400))]
    pub cooldown: Option<u32>,
    /// How the values of a period become one; here a period is a minute with one value.
    pub metric_aggregation_type: Option<Value>,
}

/// What the numbers of steps mean (AAS-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum AdjustmentType {
    ChangeInCapacity,
    ExactCapacity,
    PercentChangeInCapacity,
}

/// A step (AAS-13): its bounds are beyond the threshold of the alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StepAdjustment {
    /// None is minus infinity.
    #[schemars(range(min = -1_000_000_000.0, max = 1_000_000_000.0))]
    pub metric_interval_lower_bound: Option<f64>,
    /// None is infinity.
    #[schemars(range(min = -1_000_000_000.0, max = 1_000_000_000.0))]
    pub metric_interval_upper_bound: Option<f64>,
    /// The number.
    #[schemars(range(min = -5000, max = 5000))]
    pub scaling_adjustment: i32,
}

/// Sets other bounds at set times (AAS-16).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(extend("x-ignored" = ["CreationTime", "ScheduledActionARN"]))]
pub struct PutScheduledAction {
    /// Its name; one of the same name is replaced.
    pub scheduled_action_name: String,
    /// `service/<cluster>/<service>`, or the service's name.
    pub resource_id: String,
    /// `ecs`.
    pub service_namespace: Option<String>,
    /// `ecs:service:DesiredCount`.
    pub scalable_dimension: Option<String>,
    /// `at(2026-01-05T08:00:00)`, `rate(30 minutes)` or `cron(0 8 ? * MON-FRI *)`, in UTC.
    pub schedule: String,
    /// `UTC`; others are not modelled.
    pub timezone: Option<String>,
    /// Not before this date.
    pub start_time: Option<String>,
    /// Not after this date.
    pub end_time: Option<String>,
    /// The bounds.
    pub scalable_target_action: Option<ScalableTargetAction>,
}

/// The bounds that a scheduled action sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalableTargetAction {
    /// The minimum.
    #[schemars(range(min = 0, max = 5000))]
    pub min_capacity: Option<u32>,
    /// The maximum.
    #[schemars(range(min = 0, max = 5000))]
    pub max_capacity: Option<u32>,
}

/// Makes a CloudWatch alarm over a metric of a service: for step scaling (AAS-13) and for deployments (DEP-25).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutMetricAlarm {
    /// Its name.
    pub alarm_name: String,
    /// `CPUUtilization`, `MemoryUtilization`, `RequestCountPerTarget` or `HTTPCode_Target_5XX_Count`.
    pub metric_name: Option<String>,
    /// Among them `ServiceName`, by which the service is found.
    pub dimensions: Option<Vec<Dimension>>,
    /// Against what, in the metric's unit.
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub threshold: Option<f64>,
    /// When a datapoint breaches.
    pub comparison_operator: ComparisonOperator,
    /// Over so many periods it looks.
    #[schemars(range(min = 1, max = 60))]
    pub evaluation_periods: u32,
    /// So many of them must breach. Default: all.
    #[schemars(range(min = 1, max = 60))]
    pub datapoints_to_alarm: Option<u32>,
    /// Seconds; 60.
    #[schemars(range(min = 10, max = 86_400))]
    pub period: Option<u32>,
    /// `breaching`, `notBreaching`, `ignore` or `missing` (default).
    pub treat_missing_data: Option<MissingData>,
    /// Policies that it calls, by name or ARN.
    pub alarm_actions: Option<Vec<String>>,
    /// `Average`; one value a minute makes them all the same.
    pub statistic: Option<Value>,
    /// Accepted, not modelled.
    pub namespace: Option<Value>,
    /// Accepted, not modelled.
    pub alarm_description: Option<Value>,
    /// Accepted, not modelled.
    pub actions_enabled: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "OKActions")]
    pub ok_actions: Option<Value>,
    /// Accepted, not modelled.
    pub insufficient_data_actions: Option<Value>,
    /// Accepted, not modelled.
    pub unit: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Value>,
}

/// A dimension of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Dimension {
    /// Such as `ServiceName`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// When a datapoint breaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    #[default]
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// What a missing datapoint counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum MissingData {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}
