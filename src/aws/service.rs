//! CreateService, UpdateService, DeleteService.

use super::common::{
    CapacityProviderStrategyItem, LaunchType, NetworkConfiguration, PlacementConstraint, PlacementStrategy,
    PropagateTags, Switch, Tag,
};
use super::deployment_configuration::DeploymentConfiguration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Creates a service: tasks of one definition, kept at a desired count (SVC-1).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["serviceArn", "clusterArn", "status", "runningCount", "pendingCount", "platformFamily",
        "taskSets", "deployments", "roleArn", "events", "createdAt", "createdBy", "currentServiceDeployment",
        "currentServiceRevisions", "resourceManagementType"]),
    extend("x-wrapped-in" = ["service", "services"])
)]
pub struct CreateService {
    /// Unique in the cluster: letters, digits, `_` and `-` (RES-3).
    pub service_name: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// `family:revision`, or `family` for the latest ACTIVE one (RES-4). Required with the deployment controller ECS.
    pub task_definition: Option<String>,
    /// How many tasks a REPLICA service keeps (SVC-3).
    #[schemars(range(min = 0, max = 5000))]
    pub desired_count: Option<u32>,
    /// Where the tasks run; not together with a capacity provider strategy (RES-10).
    pub launch_type: Option<LaunchType>,
    /// How the tasks are shared among capacity providers (CAP-1).
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// Fargate's platform version. Accepted, not modelled.
    pub platform_version: Option<String>,
    /// Limits, failure detection and strategy of deployments.
    pub deployment_configuration: Option<DeploymentConfiguration>,
    /// Who moves the service from one revision to the next. Default ECS.
    pub deployment_controller: Option<DeploymentController>,
    /// Rules that an instance must satisfy (PLC-10).
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// Preferences among instances, at most five (PLC-3). Default: spread over zones, then instances (PLC-8).
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// Subnets, for `awsvpc` tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// Seconds from RUNNING in which failing health checks are ignored (SVC-15). Default 0.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub health_check_grace_period_seconds: Option<u32>,
    /// `REPLICA` (default) or `DAEMON`.
    pub scheduling_strategy: Option<SchedulingStrategy>,
    /// Whether the zones are kept level after the fact (section AZR).
    pub availability_zone_rebalancing: Option<Switch>,
    /// Target groups that the tasks register with (section LB).
    pub load_balancers: Option<Vec<LoadBalancer>>,
    /// Service discovery. Accepted, not modelled.
    pub service_registries: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub client_token: Option<Value>,
    /// Accepted, not modelled.
    pub role: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    #[serde(rename = "enableECSManagedTags")]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Accepted, not modelled.
    pub propagate_tags: Option<PropagateTags>,
    /// Accepted, not modelled.
    pub enable_execute_command: Option<bool>,
    /// Accepted, not modelled.
    pub service_connect_configuration: Option<Value>,
    /// Accepted, not modelled.
    pub volume_configurations: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub vpc_lattice_configurations: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub gateway_connectors: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub monitoring: Option<Value>,
}

/// Changes a service. What is left out stays as it is; some changes start a deployment (DEP-13), a new
/// `desiredCount` alone does not (SVC-17).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateService {
    /// The service's name.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// How many tasks a REPLICA service keeps from now on (SVC-17).
    #[schemars(range(min = 0, max = 5000))]
    pub desired_count: Option<u32>,
    /// `family:revision`, or `family` for the latest ACTIVE one; starts a deployment (DEP-13).
    pub task_definition: Option<String>,
    /// The new strategy; for new tasks only, unless a new deployment is forced (CAP-7).
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// New limits, failure detection and strategy of deployments.
    pub deployment_configuration: Option<DeploymentConfiguration>,
    /// Whether the zones are kept level after the fact (section AZR).
    pub availability_zone_rebalancing: Option<Switch>,
    /// New subnets; starts a deployment (DEP-13).
    pub network_configuration: Option<NetworkConfiguration>,
    /// New rules that an instance must satisfy. An empty list removes them.
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// New preferences among instances. An empty list removes them.
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// Fargate's platform version; starts a deployment (DEP-13).
    pub platform_version: Option<String>,
    /// Start a deployment even if nothing has changed (DEP-12).
    pub force_new_deployment: Option<bool>,
    /// Seconds from RUNNING in which failing health checks are ignored (SVC-15).
    #[schemars(range(min = 0, max = 2_147_483_647))]
    pub health_check_grace_period_seconds: Option<u32>,
    /// New controller of deployments.
    pub deployment_controller: Option<DeploymentController>,
    /// New target groups; starts a deployment (DEP-13).
    pub load_balancers: Option<Vec<LoadBalancer>>,
    /// Service discovery. Accepted, not modelled.
    pub service_registries: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub enable_execute_command: Option<bool>,
    /// Accepted, not modelled.
    #[serde(rename = "enableECSManagedTags")]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Accepted, not modelled.
    pub propagate_tags: Option<PropagateTags>,
    /// Accepted, not modelled.
    pub service_connect_configuration: Option<Value>,
    /// Accepted, not modelled.
    pub volume_configurations: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub vpc_lattice_configurations: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub gateway_connectors: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub monitoring: Option<Value>,
}

/// Deletes a service: DRAINING, then INACTIVE (RES-11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteService {
    /// The service's name.
    pub service: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// Delete it even though its desired count is not 0.
    pub force: Option<bool>,
}

/// Gives a deployment that is in progress up (DEP-10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopServiceDeployment {
    /// The deployment: the service's name for its newest one, or `<service>/<number>`.
    pub service_deployment_arn: String,
    /// Whether the last completed deployment comes back. Default `ROLLBACK`.
    pub stop_type: Option<StopType>,
}

/// What follows when a deployment is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StopType {
    /// Nothing: what there is stays.
    Abort,
    /// The last completed deployment comes back (DEP-24).
    Rollback,
}

/// How many tasks a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SchedulingStrategy {
    /// As many as desired (SVC-3).
    Replica,
    /// One on each instance that satisfies the constraints (SVC-4).
    Daemon,
}

/// Who moves a service from one revision to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeploymentController {
    /// The controller.
    #[serde(rename = "type")]
    pub kind: DeploymentControllerType,
}

/// The controllers of deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeploymentControllerType {
    /// ECS itself.
    Ecs,
    /// CodeDeploy (DEP-42).
    CodeDeploy,
    /// Task sets made by somebody else (DEP-40).
    External,
}

/// A target group that the service's tasks register with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancer {
    /// The target group's name or ARN.
    pub target_group_arn: Option<String>,
    /// A classic load balancer's name: accepted, not modelled.
    pub load_balancer_name: Option<String>,
    /// The container that serves.
    pub container_name: Option<String>,
    /// Its port.
    #[schemars(range(min = 0, max = 65_535))]
    pub container_port: Option<u32>,
    /// The second target group and the listener rules of traffic shifting (DEP-30).
    pub advanced_configuration: Option<AdvancedConfiguration>,
}

/// What moves traffic from one revision to the next (DEP-30).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdvancedConfiguration {
    /// The target group of every second revision: its name or ARN.
    pub alternate_target_group_arn: Option<String>,
    /// Accepted, not modelled: what takes production traffic.
    pub production_listener_rule: Option<Value>,
    /// Accepted, not modelled: what takes test traffic.
    pub test_listener_rule: Option<Value>,
    /// Accepted, not modelled.
    pub role_arn: Option<Value>,
}
