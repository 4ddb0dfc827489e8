//! CreateDeploymentConfig, CreateDeploymentGroup, CreateDeployment and StopDeployment of CodeDeploy, as far as they are about
//! ECS services (DEP-42).

use std::collections::BTreeMap;

use super::common::CapacityProviderStrategyItem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names a way in which traffic moves.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateDeploymentConfig {
    /// Its name. Those that begin with `CodeDeployDefault.` are CodeDeploy's own.
    pub deployment_config_name: String,
    /// `ECS`.
    pub compute_platform: Option<String>,
    /// How traffic moves. Default: all at once.
    pub traffic_routing_config: Option<TrafficRoutingConfig>,
}

/// How traffic moves (DEP-42).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrafficRoutingConfig {
    /// In one step, in two, or in equal ones.
    #[serde(rename = "type")]
    pub kind: TrafficRoutingType,
    /// The two steps of `TimeBasedCanary`.
    pub time_based_canary: Option<TimeBasedCanary>,
    /// The steps of `TimeBasedLinear`.
    pub time_based_linear: Option<TimeBasedLinear>,
}

/// The ways of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum TrafficRoutingType {
    /// In two steps.
    TimeBasedCanary,
    /// In equal steps.
    TimeBasedLinear,
    /// In one step.
    AllAtOnce,
}

/// A part of the traffic first, then the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeBasedCanary {
    /// The first part, in percent.
    #[schemars(range(min = 1, max = 99))]
    pub canary_percentage: u32,
    /// Minutes between the two steps.
    #[schemars(range(min = 0, max = 2880))]
    pub canary_interval: u32,
}

/// Equal parts of the traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeBasedLinear {
    /// What each step adds, in percent.
    #[schemars(range(min = 1, max = 99))]
    pub linear_percentage: u32,
    /// Minutes between two steps.
    #[schemars(range(min = 0, max = 2880))]
    pub linear_interval: u32,
}

/// Makes the group by which CodeDeploy knows a service: its two target groups, its alarms, and how long the original task set
/// stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateDeploymentGroup {
    /// The application. A scenario needs no other word about it.
    pub application_name: Option<String>,
    /// Its name.
    pub deployment_group_name: String,
    /// How traffic moves. Default `CodeDeployDefault.ECSAllAtOnce`.
    pub deployment_config_name: Option<String>,
    /// The service, one.
    pub ecs_services: Vec<EcsService>,
    /// Its two target groups.
    pub load_balancer_info: Option<LoadBalancerInfo>,
    /// What becomes of the original task set, and when traffic begins to move.
    pub blue_green_deployment_configuration: Option<BlueGreenDeploymentConfiguration>,
    /// Alarms that stop a deployment.
    pub alarm_configuration: Option<AlarmConfiguration>,
    /// When a deployment is rolled back. Default: never.
    pub auto_rollback_configuration: Option<AutoRollbackConfiguration>,
    /// Accepted, not modelled.
    pub service_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub deployment_style: Option<Value>,
    /// Accepted, not modelled.
    pub outdated_instances_strategy: Option<Value>,
    /// Accepted, not modelled.
    pub trigger_configurations: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Value>,
}

/// A service by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EcsService {
    /// The service, whose deployment controller is CODE_DEPLOY.
    pub service_name: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster_name: Option<String>,
}

/// The target groups of a deployment group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancerInfo {
    /// One pair.
    pub target_group_pair_info_list: Vec<TargetGroupPairInfo>,
}

/// Two target groups that serve in turn.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetGroupPairInfo {
    /// The two.
    pub target_groups: Vec<TargetGroupName>,
    /// Accepted, not modelled: the listener of production traffic.
    pub prod_traffic_route: Option<Value>,
    /// Accepted, not modelled: the listener of test traffic.
    pub test_traffic_route: Option<Value>,
}

/// A target group by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetGroupName {
    /// Its name.
    pub name: String,
}

/// What becomes of the original task set, and when traffic begins to move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlueGreenDeploymentConfiguration {
    /// How long the original task set stays.
    pub terminate_blue_instances_on_deployment_success: Option<TerminateBlue>,
    /// Whether traffic waits for somebody.
    pub deployment_ready_option: Option<DeploymentReadyOption>,
}

/// The end of the original task set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminateBlue {
    /// `TERMINATE`.
    pub action: Option<TerminateAction>,
    /// Minutes that it stays after the traffic has moved. Default 0.
    #[schemars(range(min = 0, max = 2880))]
    pub termination_wait_time_in_minutes: Option<u32>,
}

/// What becomes of the original task set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TerminateAction {
    /// It goes.
    Terminate,
    /// It stays: not for ECS.
    KeepAlive,
}

/// When traffic begins to move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentReadyOption {
    /// `CONTINUE_DEPLOYMENT`: at once.
    pub action_on_timeout: Option<ReadyAction>,
    /// Minutes to wait for ContinueDeployment; not modelled.
    pub wait_time_in_minutes: Option<u32>,
}

/// What follows when the replacement task set is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReadyAction {
    /// Traffic moves at once.
    ContinueDeployment,
    /// Traffic waits for ContinueDeployment; not modelled.
    StopDeployment,
}

/// Alarms that stop a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlarmConfiguration {
    /// Whether they are watched.
    pub enabled: bool,
    /// Accepted, not modelled.
    pub ignore_poll_alarm_failure: Option<bool>,
    /// The alarms.
    #[serde(default)]
    pub alarms: Vec<AlarmName>,
}

/// An alarm by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmName {
    /// Its name.
    pub name: String,
}

/// When a deployment is rolled back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoRollbackConfiguration {
    /// Whether it is at all.
    pub enabled: bool,
    /// After which of these.
    #[serde(default)]
    pub events: Vec<RollbackEvent>,
}

/// What a rollback follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RollbackEvent {
    /// A hook failed, or the replacement task set did not become healthy.
    DeploymentFailure,
    /// An alarm stopped it.
    DeploymentStopOnAlarm,
    /// StopDeployment.
    DeploymentStopOnRequest,
}

/// Moves a service to another task definition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateDeployment {
    /// The application. A scenario needs no other word about it.
    pub application_name: Option<String>,
    /// The deployment group.
    pub deployment_group_name: String,
    /// How traffic moves, where that is not to be the group's way.
    pub deployment_config_name: Option<String>,
    /// The AppSpec.
    pub revision: Revision,
    /// When it is rolled back, where that is not to be the group's way.
    pub auto_rollback_configuration: Option<AutoRollbackConfiguration>,
    /// Accepted, not modelled.
    pub description: Option<String>,
}

/// Where the AppSpec is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revision {
    /// `AppSpecContent`.
    pub revision_type: Option<String>,
    /// The AppSpec itself.
    pub app_spec_content: Option<AppSpecContent>,
}

/// An AppSpec, written out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppSpecContent {
    /// The AppSpec: its JSON as a string, or (ours) as a mapping.
    pub content: Value,
    /// Accepted, not modelled.
    pub sha256: Option<String>,
}

/// What is deployed, and which functions are asked on the way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AppSpec {
    /// `0.0`.
    #[serde(alias = "version")]
    pub version: Option<Value>,
    /// One service, under a name of its own.
    pub resources: Vec<BTreeMap<String, AppSpecResource>>,
    /// Functions by event: BeforeInstall, AfterInstall, AfterAllowTestTraffic, BeforeAllowTraffic, AfterAllowTraffic.
    #[serde(default)]
    pub hooks: Vec<BTreeMap<AppSpecEvent, String>>,
}

/// The service of an AppSpec.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AppSpecResource {
    /// `AWS::ECS::Service`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is to be.
    pub properties: AppSpecProperties,
}

/// What a service is to be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AppSpecProperties {
    /// The task definition.
    pub task_definition: String,
    /// The container that serves; it is the one of before.
    pub load_balancer_info: Option<Value>,
    /// Accepted, not modelled.
    pub platform_version: Option<String>,
    /// Accepted, not modelled.
    pub network_configuration: Option<Value>,
    /// How the new tasks are shared among capacity providers (CAP-1).
    pub capacity_provider_strategy: Option<Vec<AppSpecCapacity>>,
}

/// An item of a capacity provider strategy in an AppSpec.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AppSpecCapacity {
    /// The provider.
    pub capacity_provider: String,
    /// Its base.
    pub base: Option<u32>,
    /// Its weight.
    pub weight: Option<u32>,
}

impl From<&AppSpecCapacity> for CapacityProviderStrategyItem {
    fn from(item: &AppSpecCapacity) -> CapacityProviderStrategyItem {
        CapacityProviderStrategyItem {
            capacity_provider: item.capacity_provider.clone(),
            base: item.base,
            weight: item.weight,
        }
    }
}

/// An event at which a function of the AppSpec is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum AppSpecEvent {
    /// Before the replacement task set is made.
    BeforeInstall,
    /// It is there.
    AfterInstall,
    /// Test traffic goes to it.
    AfterAllowTestTraffic,
    /// Before production traffic moves.
    BeforeAllowTraffic,
    /// All production traffic is there.
    AfterAllowTraffic,
}

/// Stops a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopDeployment {
    /// The deployment: the name of its group or service, or `<service>/<number>`.
    pub deployment_id: String,
    /// Whether the original task set gets its traffic back. Default: as the group says of requests.
    pub auto_rollback_enabled: Option<bool>,
}

/// One request about task sets or CodeDeploy that is made at time zero: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
#[schemars(extend("x-expects" = "one of CreateTaskSet, UpdateServicePrimaryTaskSet, CreateDeploymentConfig and CreateDeploymentGroup"))]
pub struct DeploymentRequest {
    /// CreateTaskSet.
    pub create_task_set: Option<super::task_set::CreateTaskSet>,
    /// UpdateServicePrimaryTaskSet.
    pub update_service_primary_task_set: Option<super::task_set::UpdateServicePrimaryTaskSet>,
    /// CreateDeploymentConfig.
    pub create_deployment_config: Option<CreateDeploymentConfig>,
    /// CreateDeploymentGroup.
    pub create_deployment_group: Option<CreateDeploymentGroup>,
}
