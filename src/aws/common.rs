//! Shapes that several requests share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A key and value on a resource. Accepted everywhere, read nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

/// On or off, as most of AWS spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Switch {
    /// On.
    Enabled,
    /// Off.
    Disabled,
}

/// Where a task runs when no capacity provider strategy says so (RES-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LaunchType {
    /// On a container instance of the cluster.
    Ec2,
    /// On Fargate, each task on a machine of its own.
    Fargate,
    /// On an external instance (ECS Anywhere).
    External,
    /// On ECS Managed Instances.
    ManagedInstances,
}

/// One capacity provider's share of a strategy (CAP-1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapacityProviderStrategyItem {
    /// The provider's short name: `FARGATE`, `FARGATE_SPOT` or one that was created.
    pub capacity_provider: String,
    /// The share of the tasks beyond `base`, relative to the other weights. Default 0.
    #[schemars(range(min = 0, max = 1000))]
    pub weight: Option<u32>,
    /// How many tasks run on this provider before weights count. Only one item may have one. Default 0.
    #[schemars(range(min = 0, max = 100_000))]
    pub base: Option<u32>,
}

/// A rule that an instance must satisfy to get a task (PLC-10). Never relaxed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementConstraint {
    /// The kind of rule.
    #[serde(rename = "type")]
    pub kind: PlacementConstraintType,
    /// The cluster query language expression of `memberOf`.
    pub expression: Option<String>,
}

/// The kinds of placement constraint (PLC-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PlacementConstraintType {
    /// Each task of the group on an instance of its own (PLC-11).
    DistinctInstance,
    /// The instance satisfies an expression (PLC-12).
    MemberOf,
}

/// A preference among the instances that can take a task (PLC-3). Best effort.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementStrategy {
    /// The kind of preference.
    #[serde(rename = "type")]
    pub kind: PlacementStrategyType,
    /// What it is about: `cpu` or `memory` for `binpack`, `instanceId` (or `host`) or `attribute:<name>` for `spread`.
    pub field: Option<String>,
}

/// The kinds of placement strategy (PLC-4, PLC-5, PLC-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PlacementStrategyType {
    /// Any instance.
    Random,
    /// The value of the field with the fewest tasks.
    Spread,
    /// The instance left with the least of the field.
    Binpack,
}

/// The network of an `awsvpc` task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkConfiguration {
    /// Required when the task definition's network mode is `awsvpc`.
    pub awsvpc_configuration: Option<AwsVpcConfiguration>,
}

/// Subnets and security groups of an `awsvpc` task: at most 16 and 5 (CON-21).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AwsVpcConfiguration {
    /// Subnets: the task keeps to their zones, which `world.subnets` gives. One named after an availability zone stands
    /// for that zone.
    pub subnets: Vec<String>,
    /// Counted, not modelled.
    pub security_groups: Option<Vec<String>>,
    /// Accepted, not modelled.
    pub assign_public_ip: Option<Switch>,
}

/// How much storage a Fargate task gets beside its image (SIZ-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EphemeralStorage {
    /// GiB in total; AWS takes 21 to 200.
    #[serde(rename = "sizeInGiB")]
    pub size_in_gib: u32,
}

/// A device that a container needs for itself (CON-16).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceRequirement {
    /// The kind of device.
    #[serde(rename = "type")]
    pub kind: ResourceType,
    /// For `GPU` how many, as text; for `InferenceAccelerator` the device's name.
    pub value: String,
}

/// The kinds of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ResourceType {
    /// Whole GPUs.
    #[serde(rename = "GPU")]
    Gpu,
    /// Elastic Inference accelerators: accepted, not modelled.
    InferenceAccelerator,
}

/// Where the tags of a task come from. Accepted, not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PropagateTags {
    /// From the task definition.
    TaskDefinition,
    /// From the service.
    Service,
    /// From nowhere.
    None,
}
