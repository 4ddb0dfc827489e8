//! RunTask, StartTask, StopTask, UpdateTaskProtection.

use super::common::{
    CapacityProviderStrategyItem, EphemeralStorage, LaunchType, NetworkConfiguration, PlacementConstraint,
    PlacementStrategy, PropagateTags, ResourceRequirement, Tag,
};
use super::task_size::{TaskCpu, TaskMemory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Starts standalone tasks, which run once and are never replaced (RES-7).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunTask {
    /// `family:revision`, or `family` for the latest ACTIVE one (RES-4).
    pub task_definition: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// How many tasks; AWS takes 1 to 10. Default 1.
    pub count: Option<u32>,
    /// Where they run; not together with a capacity provider strategy (RES-10).
    pub launch_type: Option<LaunchType>,
    /// How they are shared among capacity providers, within this call (CAP-9).
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// The task group. Default `family:<family>` (RES-8).
    pub group: Option<String>,
    /// Rules that an instance must satisfy (PLC-10).
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// Preferences among instances, at most five (PLC-3).
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// Subnets, for `awsvpc` tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// What differs from the task definition.
    pub overrides: Option<TaskOverride>,
    /// A name for who asked.
    pub started_by: Option<String>,
    /// Fargate's platform version. Accepted, not modelled.
    pub platform_version: Option<String>,
    /// Accepted, not modelled.
    #[serde(rename = "enableECSManagedTags")]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Accepted, not modelled.
    pub enable_execute_command: Option<bool>,
    /// Accepted, not modelled.
    pub propagate_tags: Option<PropagateTags>,
    /// Accepted, not modelled.
    pub reference_id: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    pub client_token: Option<Value>,
    /// Accepted, not modelled.
    pub volume_configurations: Option<Vec<Value>>,
}

/// Starts one standalone task on each of the instances it names; no strategy and no constraint is asked (PLC-15).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartTask {
    /// `family:revision`, or `family` for the latest ACTIVE one (RES-4).
    pub task_definition: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// The instances by name, such as `pool-3`; AWS takes 1 to 10.
    pub container_instances: Vec<String>,
    /// The task group. Default `family:<family>` (RES-8).
    pub group: Option<String>,
    /// Subnets, for `awsvpc` tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// What differs from the task definition.
    pub overrides: Option<TaskOverride>,
    /// A name for who asked.
    pub started_by: Option<String>,
    /// Accepted, not modelled.
    #[serde(rename = "enableECSManagedTags")]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Accepted, not modelled.
    pub enable_execute_command: Option<bool>,
    /// Accepted, not modelled.
    pub propagate_tags: Option<PropagateTags>,
    /// Accepted, not modelled.
    pub reference_id: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    pub volume_configurations: Option<Vec<Value>>,
}

/// What of a task differs from its definition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskOverride {
    /// Task-level cpu.
    pub cpu: Option<TaskCpu>,
    /// Task-level memory.
    pub memory: Option<TaskMemory>,
    /// What differs in its containers.
    pub container_overrides: Option<Vec<ContainerOverride>>,
    /// Storage beside the image on Fargate.
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Accepted, not modelled.
    pub inference_accelerator_overrides: Option<Value>,
    /// Accepted, not modelled.
    pub execution_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub task_role_arn: Option<Value>,
}

/// What of a container differs from its definition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerOverride {
    /// The container.
    pub name: Option<String>,
    /// CPU units reserved.
    pub cpu: Option<u32>,
    /// Hard limit in MiB.
    pub memory: Option<u32>,
    /// Soft limit in MiB.
    pub memory_reservation: Option<u32>,
    /// GPUs.
    pub resource_requirements: Option<Vec<ResourceRequirement>>,
    /// Accepted, not modelled.
    pub command: Option<Vec<String>>,
    /// Accepted, not modelled.
    pub environment: Option<Value>,
    /// Accepted, not modelled.
    pub environment_files: Option<Value>,
}

/// Protects tasks of services from scale-in and deployments for a while, or no longer (SVC-20).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateTaskProtection {
    /// The names of the tasks, such as `web#17`; AWS takes up to 10.
    pub tasks: Vec<String>,
    /// Whether they are protected from now on.
    pub protection_enabled: bool,
    /// For how long, 1 to 2880 minutes. Default 120.
    #[schemars(range(min = 1, max = 2880))]
    pub expires_in_minutes: Option<u32>,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
}

/// Stops a task: SIGTERM, and SIGKILL after the containers' stop timeouts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopTask {
    /// The task's name: `web#17` (the 17th launch of the service web), `nightly#3`, or `RunTask/report#1` of a request.
    pub task: String,
    /// The cluster. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// Shown as the stopped reason.
    pub reason: Option<String>,
}
