//! RegisterTaskDefinition.

use super::common::{EphemeralStorage, PlacementConstraintType, Tag};
use super::container_definition::ContainerDefinition;
use super::task_size::{TaskCpu, TaskMemory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Registers the next revision of a family of tasks (RES-4): one to ten containers that share a host and a fate (RES-6).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
        "registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt"]),
    extend("x-wrapped-in" = ["taskDefinition"])
)]
pub struct RegisterTaskDefinition {
    /// The family. Its revisions are named `family:1`, `family:2`, … in the order of registration.
    pub family: String,
    /// The containers, one to ten (RES-5).
    pub container_definitions: Vec<ContainerDefinition>,
    /// The network mode. Default `bridge` on Linux.
    pub network_mode: Option<NetworkMode>,
    /// The launch types that the definition is checked for. Default EC2.
    pub requires_compatibilities: Option<Vec<Compatibility>>,
    /// What the task reserves and may use at most; required on Fargate (SIZ-1).
    pub cpu: Option<TaskCpu>,
    /// What the task reserves and may use at most; required on Fargate (SIZ-1).
    pub memory: Option<TaskMemory>,
    /// Rules that the instance must satisfy (PLC-10); refused on Fargate (SIZ-7).
    pub placement_constraints: Option<Vec<TaskDefinitionPlacementConstraint>>,
    /// Operating system and processor that the task needs (PLC-2).
    pub runtime_platform: Option<RuntimePlatform>,
    /// Storage beside the image on Fargate (SIZ-3).
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Sharing of inter-process resources; refused on Fargate (SIZ-7).
    pub ipc_mode: Option<IpcMode>,
    /// Accepted, not modelled.
    pub pid_mode: Option<PidMode>,
    /// Accepted, not modelled.
    pub volumes: Option<Vec<Value>>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
    /// Accepted, not modelled.
    pub task_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub execution_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub proxy_configuration: Option<Value>,
    /// Accepted, not modelled.
    pub inference_accelerators: Option<Value>,
    /// Accepted, not modelled.
    pub enable_fault_injection: Option<Value>,
    /// Accepted, not modelled.
    pub trusted_execution_configuration: Option<Value>,
}

/// How the containers of a task reach the network (CON-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// Through a bridge on the host, with mapped ports.
    Bridge,
    /// On the host's own interface.
    Host,
    /// On a network interface of the task's own.
    Awsvpc,
    /// Not at all.
    None,
}

/// A launch type that a task definition is checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Compatibility {
    /// Container instances.
    Ec2,
    /// Fargate.
    Fargate,
    /// External instances (ECS Anywhere).
    External,
    /// ECS Managed Instances.
    ManagedInstances,
}

/// A placement constraint of a task definition, which can only be `memberOf` (PLC-10).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskDefinitionPlacementConstraint {
    /// `memberOf`.
    #[serde(rename = "type")]
    pub kind: PlacementConstraintType,
    /// A cluster query language expression.
    pub expression: Option<String>,
}

/// What a task needs of the machine (PLC-2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimePlatform {
    /// Default `X86_64`.
    pub cpu_architecture: Option<CpuArchitecture>,
    /// Default `LINUX`; the others are `WINDOWS_SERVER_…`.
    pub operating_system_family: Option<OperatingSystemFamily>,
}

/// The processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CpuArchitecture {
    /// Intel and AMD.
    #[serde(rename = "X86_64")]
    X8664,
    /// Graviton.
    #[serde(rename = "ARM64")]
    Arm64,
}

/// The operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AWS's and say all there is to say")]
pub enum OperatingSystemFamily {
    Linux,
    #[serde(rename = "WINDOWS_SERVER_2016_FULL")]
    WindowsServer2016Full,
    #[serde(rename = "WINDOWS_SERVER_2019_FULL")]
    WindowsServer2019Full,
    #[serde(rename = "WINDOWS_SERVER_2019_CORE")]
    WindowsServer2019Core,
    #[serde(rename = "WINDOWS_SERVER_2004_CORE")]
    WindowsServer2004Core,
    #[serde(rename = "WINDOWS_SERVER_20H2_CORE")]
    WindowsServer20H2Core,
    #[serde(rename = "WINDOWS_SERVER_2022_FULL")]
    WindowsServer2022Full,
    #[serde(rename = "WINDOWS_SERVER_2022_CORE")]
    WindowsServer2022Core,
    #[serde(rename = "WINDOWS_SERVER_2025_FULL")]
    WindowsServer2025Full,
    #[serde(rename = "WINDOWS_SERVER_2025_CORE")]
    WindowsServer2025Core,
}

/// Whose processes the containers see. Accepted, not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PidMode {
    /// Those of the host.
    Host,
    /// Those of the task.
    Task,
}

/// Whose inter-process resources the containers share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpcMode {
    /// Those of the host.
    Host,
    /// Those of the task.
    Task,
    /// None.
    None,
}
