//! CreateCapacityProvider. `FARGATE` and `FARGATE_SPOT` exist without it.

use super::common::{Switch, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Creates a capacity provider over an Auto Scaling group or over Managed Instances (section CAP).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["capacityProviderArn", "status", "updateStatus", "updateStatusReason", "type"]),
    extend("x-wrapped-in" = ["capacityProvider", "capacityProviders"])
)]
pub struct CreateCapacityProvider {
    /// The name that strategies use.
    pub name: String,
    /// The cluster of Managed Instances. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// The Auto Scaling group behind it.
    pub auto_scaling_group_provider: Option<AutoScalingGroupProvider>,
    /// The Managed Instances behind it (section MI).
    pub managed_instances_provider: Option<ManagedInstancesProvider>,
    /// Accepted, not modelled.
    pub tags: Option<Vec<Tag>>,
}

/// An Auto Scaling group as capacity (CAP-11, CAP-12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoScalingGroupProvider {
    /// The group's name or ARN.
    pub auto_scaling_group_arn: String,
    /// Whether ECS changes the group's desired capacity, and toward what (section CAS).
    pub managed_scaling: Option<ManagedScaling>,
    /// Keep scale-in away from instances that run tasks (CAS-11). Default DISABLED.
    pub managed_termination_protection: Option<Switch>,
    /// Drain an instance before it is terminated (CAS-15). Default ENABLED.
    pub managed_draining: Option<Switch>,
}

/// Instances that ECS itself launches, fills and ends (MI-1).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedInstancesProvider {
    /// What is launched, and where.
    pub instance_launch_template: InstanceLaunchTemplate,
    /// When instances go.
    pub infrastructure_optimization: Option<InfrastructureOptimization>,
    /// Accepted, not modelled.
    pub infrastructure_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub propagate_tags: Option<Value>,
    /// Accepted, not modelled.
    pub auto_repair_configuration: Option<Value>,
}

/// When managed instances go (MI-4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InfrastructureOptimization {
    /// Seconds that an instance without tasks is kept; -1 keeps it for ever. Default: ECS's own judgement.
    #[schemars(range(min = -1, max = 3600))]
    pub scale_in_after: Option<i32>,
}

/// What managed instances are.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceLaunchTemplate {
    /// The subnets, and so the zones.
    pub network_configuration: ManagedInstancesNetworkConfiguration,
    /// `ON_DEMAND` (default), `SPOT` or `RESERVED` (MI-2).
    pub capacity_option_type: Option<CapacityOptionType>,
    /// Which types; without it general-purpose ones.
    pub instance_requirements: Option<InstanceRequirementsRequest>,
    /// The data volume (SIZ-8).
    pub storage_configuration: Option<ManagedInstancesStorageConfiguration>,
    /// Accepted, not modelled.
    pub ec2_instance_profile_arn: Option<Value>,
    /// Accepted, not modelled.
    pub monitoring: Option<Value>,
    /// Accepted, not modelled.
    pub fips_enabled: Option<Value>,
    /// Accepted, not modelled.
    pub capacity_reservations: Option<Value>,
    /// Accepted, not modelled.
    pub local_storage_configuration: Option<Value>,
}

/// How managed instances are paid for (MI-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CapacityOptionType {
    /// On demand.
    OnDemand,
    /// As Spot, with two minutes' notice.
    Spot,
    /// From capacity reservations; here at the on-demand price.
    Reserved,
}

/// Where managed instances are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedInstancesNetworkConfiguration {
    /// Subnets; their zones stand under `world.subnets`.
    #[schemars(length(min = 1, max = 16))]
    pub subnets: Vec<String>,
    /// Accepted, not modelled.
    pub security_groups: Option<Vec<String>>,
}

/// The data volume of a managed instance (SIZ-8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedInstancesStorageConfiguration {
    /// Its size. Default 80. Nothing fills it, and it costs nothing here (CST-11).
    #[serde(rename = "storageSizeGiB")]
    #[schemars(range(min = 30, max = 16_384))]
    pub storage_size_gib: Option<u32>,
}

/// Which types ECS may launch (MI-1). What the table of instance types does not know cannot be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceRequirementsRequest {
    /// How many vCPUs.
    pub v_cpu_count: Option<AmountRange>,
    /// How much memory, in MiB.
    #[serde(rename = "memoryMiB")]
    pub memory_mib: Option<AmountRange>,
    /// How many GPUs. Default none.
    pub accelerator_count: Option<AmountRange>,
    /// `intel`, `amd`, `amazon-web-services`. Default all.
    pub cpu_manufacturers: Option<Vec<CpuManufacturer>>,
    /// Whether types with burstable performance are `included`, `excluded` (default) or `required`.
    pub burstable_performance: Option<Inclusion>,
    /// Only these types; `*` stands for anything, as in `m7*`.
    pub allowed_instance_types: Option<Vec<String>>,
    /// Not these types; `*` stands for anything.
    pub excluded_instance_types: Option<Vec<String>>,
}

/// From the least to the most, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmountRange {
    /// The least. Default 0.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub min: Option<u32>,
    /// The most. Default: no limit.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub max: Option<u32>,
}

impl AmountRange {
    /// Whether it holds this many.
    #[must_use]
    pub fn holds(&self, amount: u32) -> bool {
        self.min.is_none_or(|min| amount >= min) && self.max.is_none_or(|max| amount <= max)
    }
}

/// Who made a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CpuManufacturer {
    /// Intel.
    Intel,
    /// AMD.
    Amd,
    /// AWS: Graviton.
    AmazonWebServices,
}

/// Whether types of a kind may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inclusion {
    /// They may.
    Included,
    /// They may not.
    Excluded,
    /// Only they may.
    Required,
}

/// Changes how a capacity provider works; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateCapacityProvider {
    /// The provider.
    pub name: String,
    /// The cluster of Managed Instances. A scenario has one, so this can be left out.
    pub cluster: Option<String>,
    /// What changes.
    pub auto_scaling_group_provider: Option<AutoScalingGroupProviderUpdate>,
    /// Not modelled yet.
    pub managed_instances_provider: Option<Value>,
}

/// What UpdateCapacityProvider changes (CAP-12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoScalingGroupProviderUpdate {
    /// Whether ECS changes the group's desired capacity, and toward what (section CAS).
    pub managed_scaling: Option<ManagedScaling>,
    /// Keep scale-in away from instances that run tasks (CAS-11).
    pub managed_termination_protection: Option<Switch>,
    /// Drain an instance before it is terminated (CAS-15).
    pub managed_draining: Option<Switch>,
}

/// Scaling of the group by ECS (CAP-12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedScaling {
    /// On or off.
    pub status: Option<Switch>,
    /// The wanted share of instances in use, in percent (CAS-13). Default 100.
    #[schemars(range(min = 1, max = 100))]
    pub target_capacity: Option<u32>,
    /// The fewest instances of a scale-out (CAS-4). Default 1.
    #[schemars(range(min = 1, max = 10_000))]
    pub minimum_scaling_step_size: Option<u32>,
    /// The most instances of a scale-out (CAS-4). Default 10000.
    #[schemars(range(min = 1, max = 10_000))]
    pub maximum_scaling_step_size: Option<u32>,
    /// Seconds in which a new instance keeps further scale-outs away (CAS-9). Default 300.
    #[schemars(range(min = 0, max = 10_000))]
    pub instance_warmup_period: Option<u32>,
}
