//! How a service moves from one revision to the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Limits, failure detection and strategy of a service's deployments (section DEP of the rule book).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentConfiguration {
    /// The share of the desired count that may exist at once, in percent, rounded down (DEP-1). Default 200.
    pub maximum_percent: Option<u32>,
    /// The share of the desired count that stays healthy, in percent, rounded up (DEP-1). Default 100, DAEMON 0.
    pub minimum_healthy_percent: Option<u32>,
    /// Give a failing deployment up, and roll it back (DEP-20).
    pub deployment_circuit_breaker: Option<DeploymentCircuitBreaker>,
    /// Give a deployment up when an alarm goes off (DEP-25).
    pub alarms: Option<DeploymentAlarms>,
    /// The way to the new revision. Default `ROLLING`.
    pub strategy: Option<DeploymentStrategy>,
    /// Minutes in which both revisions run after the traffic has moved (DEP-26, DEP-31).
    #[schemars(range(min = 0, max = 1440))]
    pub bake_time_in_minutes: Option<u32>,
    /// Steps of `LINEAR` (DEP-32).
    pub linear_configuration: Option<LinearConfiguration>,
    /// Steps of `CANARY` (DEP-33).
    pub canary_configuration: Option<CanaryConfiguration>,
    /// When a rolling deployment counts as done before its last task (DEP-27).
    pub early_success_criteria: Option<DeploymentEarlySuccessCriteria>,
    /// Hooks between the stages (DEP-35).
    pub lifecycle_hooks: Option<Vec<DeploymentLifecycleHook>>,
}

/// Counts failing tasks of a rolling deployment and gives it up at a threshold (DEP-20 to DEP-24).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentCircuitBreaker {
    /// Whether it counts.
    pub enable: bool,
    /// Whether the last completed deployment comes back (DEP-24).
    pub rollback: bool,
    /// Whether a healthy task resets the count (DEP-22, DEP-23). Default true.
    pub reset_on_healthy_task: Option<bool>,
    /// At how many failures it gives up (DEP-21). Default 50 percent, between 3 and 200.
    pub threshold_configuration: Option<ThresholdConfiguration>,
}

/// The threshold of the circuit breaker (DEP-21).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThresholdConfiguration {
    /// What `value` means.
    #[serde(rename = "type")]
    pub kind: ThresholdType,
    /// Tasks, or percent of the desired count.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub value: u32,
}

/// What the threshold's value means (DEP-21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThresholdType {
    /// A number of tasks.
    Count,
    /// Percent of the desired count, kept between 3 and 200 tasks.
    BoundedPercent,
    /// Percent of the desired count as it is.
    UnboundedPercent,
}

/// CloudWatch alarms that fail a deployment (DEP-25).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentAlarms {
    /// Names of alarms.
    pub alarm_names: Vec<String>,
    /// Whether the last completed deployment comes back.
    pub rollback: bool,
    /// Whether they are watched.
    pub enable: bool,
}

/// The way from one revision to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentStrategy {
    /// Task by task within the limits (DEP-1 to DEP-13).
    Rolling,
    /// All traffic at once to a second full set of tasks (DEP-31).
    BlueGreen,
    /// Traffic in equal steps (DEP-32).
    Linear,
    /// A little traffic first, then all (DEP-33).
    Canary,
}

/// Steps of a `LINEAR` deployment (DEP-32).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinearConfiguration {
    /// Traffic moved at each step, in percent, to a tenth. Default 10.
    #[schemars(range(min = 3.0, max = 100.0))]
    pub step_percent: Option<f64>,
    /// Minutes between steps. Default 6.
    #[schemars(range(min = 0, max = 1440))]
    pub step_bake_time_in_minutes: Option<u32>,
}

/// Steps of a `CANARY` deployment (DEP-33).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanaryConfiguration {
    /// Traffic moved at first, in percent, to a tenth. Default 5.
    #[schemars(range(min = 0.1, max = 100.0))]
    pub canary_percent: Option<f64>,
    /// Minutes until the rest follows. Default 10.
    #[schemars(range(min = 0, max = 1440))]
    pub canary_bake_time_in_minutes: Option<u32>,
}

/// When a rolling deployment counts as done before its last task (DEP-27).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentEarlySuccessCriteria {
    /// Whether it may.
    pub enable: bool,
    /// The share of the desired count that must be healthy on the new revision.
    #[schemars(range(min = 0, max = 100))]
    pub healthy_percent: Option<u32>,
    /// Whether the old revision's tasks must be gone first.
    pub source_service_revision_cleanup: Option<ServiceRevisionCleanup>,
}

/// When the old revision is cleaned up (DEP-27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceRevisionCleanup {
    /// Before the deployment is done.
    Blocking,
    /// After it.
    Deferred,
}

/// A hook between the stages of a deployment (DEP-35).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentLifecycleHook {
    /// `AWS_LAMBDA` (default) or `PAUSE`.
    pub target_type: Option<DeploymentLifecycleHookTargetType>,
    /// The stages at which it runs.
    pub lifecycle_stages: Option<Vec<DeploymentLifecycleHookStage>>,
    /// How long it may take, and what then.
    pub timeout_configuration: Option<DeploymentLifecycleHookTimeoutConfiguration>,
    /// Accepted, not modelled.
    pub hook_target_arn: Option<Value>,
    /// Accepted, not modelled.
    pub role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub hook_details: Option<Value>,
}

/// What a hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentLifecycleHookTargetType {
    /// Calls a function.
    AwsLambda,
    /// Waits for somebody.
    Pause,
}

/// The stages at which a hook may run (DEP-35).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AWS's and DEP-30 explains them in order")]
pub enum DeploymentLifecycleHookStage {
    ReconcileService,
    PreScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
}

/// How long a hook may take, and what then (DEP-35).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentLifecycleHookTimeoutConfiguration {
    /// Minutes. Default 1440.
    #[schemars(range(min = 1, max = 20_160))]
    pub timeout_in_minutes: Option<u32>,
    /// What follows. Default `ROLLBACK`.
    pub action: Option<DeploymentLifecycleHookAction>,
}

/// What follows when a hook takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentLifecycleHookAction {
    /// The deployment is rolled back.
    Rollback,
    /// The deployment goes on.
    Continue,
}
