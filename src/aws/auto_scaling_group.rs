//! CreateAutoScalingGroup of EC2 Auto Scaling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Creates an Auto Scaling group (section ASG). `InstanceType` is ours: AWS takes it from a launch template, which
/// is accepted too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(
    extend("x-ignored" = ["AutoScalingGroupARN", "PredictedCapacity", "CreatedTime", "SuspendedProcesses",
        "EnabledMetrics", "Status", "WarmPoolConfiguration", "WarmPoolSize"]),
    extend("x-wrapped-in" = ["AutoScalingGroups"])
)]
pub struct CreateAutoScalingGroup {
    /// The name; its instances are named `<name>-1`, `<name>-2`, …
    pub auto_scaling_group_name: String,
    /// The fewest instances.
    #[schemars(range(min = 0, max = 100_000))]
    pub min_size: u32,
    /// The most instances.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_size: u32,
    /// Instances wanted at first. Default `MinSize`.
    #[schemars(range(min = 0, max = 100_000))]
    pub desired_capacity: Option<u32>,
    /// Ours: the instance type of a group of one type.
    pub instance_type: Option<String>,
    /// Ours, as DescribeAutoScalingGroups tells it: the instances that are there at time zero, in place of as many as are
    /// desired. They keep their ids as names.
    pub instances: Option<Vec<GroupInstance>>,
    /// Zones, by name.
    pub availability_zones: Option<Vec<String>>,
    /// Subnets, separated by commas, in place of zones.
    #[serde(rename = "VPCZoneIdentifier")]
    pub vpc_zone_identifier: Option<String>,
    /// The launch template that names the instance type.
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// On-demand and Spot instances of several types (ASG-6).
    pub mixed_instances_policy: Option<MixedInstancesPolicy>,
    /// Which instance goes first at scale-in (ASG-5).
    pub termination_policies: Option<Vec<String>>,
    /// Whether new instances are safe from scale-in (CAS-11).
    pub new_instances_protected_from_scale_in: Option<bool>,
    /// Replace Spot instances at a rebalance recommendation (ASG-10).
    pub capacity_rebalance: Option<bool>,
    /// Hooks at launch and termination (ASG-3).
    pub lifecycle_hook_specification_list: Option<Vec<LifecycleHookSpecification>>,
    /// Seconds before a new instance's health counts (ASG-4).
    pub health_check_grace_period: Option<u32>,
    /// Seconds after which an instance is replaced; 0 is never.
    pub max_instance_lifetime: Option<u32>,
    /// Seconds until a new instance counts in metrics; -1 takes a value back.
    #[schemars(range(min = -1))]
    pub default_instance_warmup: Option<i32>,
    /// Seconds between simple scaling activities.
    pub default_cooldown: Option<u32>,
    /// What happens when a zone cannot launch (ASG-1).
    pub availability_zone_distribution: Option<AvailabilityZoneDistribution>,
    /// How many instances stay healthy in a replacement.
    pub instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    /// Accepted, not modelled.
    pub launch_configuration_name: Option<Value>,
    /// Accepted, not modelled.
    pub instance_id: Option<Value>,
    /// Accepted, not modelled.
    pub availability_zone_ids: Option<Value>,
    /// Accepted, not modelled.
    pub load_balancer_names: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "TargetGroupARNs")]
    pub target_group_arns: Option<Value>,
    /// Accepted, not modelled.
    pub health_check_type: Option<Value>,
    /// Accepted, not modelled.
    pub placement_group: Option<Value>,
    /// Accepted, not modelled.
    pub deletion_protection: Option<Value>,
    /// Accepted, not modelled.
    pub tags: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "ServiceLinkedRoleARN")]
    pub service_linked_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub context: Option<Value>,
    /// Accepted, not modelled.
    pub desired_capacity_type: Option<Value>,
    /// Accepted, not modelled.
    pub traffic_sources: Option<Value>,
    /// Accepted, not modelled.
    pub availability_zone_impairment_policy: Option<Value>,
    /// Accepted, not modelled.
    pub skip_zonal_shift_validation: Option<Value>,
    /// Accepted, not modelled.
    pub capacity_reservation_specification: Option<Value>,
    /// Accepted, not modelled.
    pub instance_lifecycle_policy: Option<Value>,
    /// Accepted, not modelled.
    pub operator: Option<Value>,
}

/// An instance of a group at time zero.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(extend("x-ignored" = ["HealthStatus", "LaunchTemplate", "LaunchConfigurationName", "WeightedCapacity",
    "AvailabilityZoneId", "ImageId"]))]
pub struct GroupInstance {
    /// Its id, such as `i-0abcd1234`, which is its name from then on.
    pub instance_id: String,
    /// Its zone.
    pub availability_zone: String,
    /// Its type. Default: the first that the group launches.
    pub instance_type: Option<String>,
    /// Only those `InService` (default) are there at time zero; the others are left out with a warning.
    pub lifecycle_state: Option<String>,
    /// Whether it is safe from scale-in.
    pub protected_from_scale_in: Option<bool>,
    /// Ours: whether it was bought as Spot capacity.
    pub spot: Option<bool>,
    /// Ours: what it registered with ECS, where that is known exactly.
    pub registered: Option<GroupInstanceResources>,
    /// Ours: its custom attributes; one without a value is written with `null`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Option<String>>,
}

/// What an instance of a group has registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GroupInstanceResources {
    /// CPU units; 1024 are one vCPU.
    #[schemars(range(min = 0, max = 10_000_000))]
    pub cpu: u32,
    /// MiB.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub memory: u32,
    /// GPUs. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub gpu: u32,
}

/// A launch template, by name or id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchTemplateSpecification {
    /// Its id.
    pub launch_template_id: Option<String>,
    /// Its name.
    pub launch_template_name: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// On-demand and Spot instances of several types in one group (ASG-6).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MixedInstancesPolicy {
    /// The types.
    pub launch_template: Option<MixedLaunchTemplate>,
    /// The shares.
    pub instances_distribution: Option<InstancesDistribution>,
}

/// The instance types of a mixed group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MixedLaunchTemplate {
    /// The launch template that the types override.
    pub launch_template_specification: Option<LaunchTemplateSpecification>,
    /// The types, in order of preference.
    pub overrides: Option<Vec<LaunchTemplateOverrides>>,
}

/// One instance type of a mixed group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchTemplateOverrides {
    /// The type.
    pub instance_type: Option<String>,
    /// How much one instance counts; must not be used with ECS capacity providers (ASG-9).
    pub weighted_capacity: Option<String>,
    /// Another launch template.
    pub launch_template_specification: Option<LaunchTemplateSpecification>,
    /// Types by what they have, instead of by name.
    pub instance_requirements: Option<Value>,
    /// Accepted, not modelled.
    pub image_id: Option<Value>,
}

/// The shares of on-demand and Spot instances (ASG-6 to ASG-8).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InstancesDistribution {
    /// `prioritized` or `lowest-price` (ASG-7).
    pub on_demand_allocation_strategy: Option<String>,
    /// On-demand instances before shares count. Default 0.
    #[schemars(range(min = 0, max = 100_000))]
    pub on_demand_base_capacity: Option<u32>,
    /// The on-demand share beyond the base, in percent, rounded up. Default 100.
    #[schemars(range(min = 0, max = 100))]
    pub on_demand_percentage_above_base_capacity: Option<u32>,
    /// How Spot pools are chosen (ASG-8). Default `lowest-price`.
    pub spot_allocation_strategy: Option<String>,
    /// For `lowest-price`: of how many pools. Default 2.
    #[schemars(range(min = 1, max = 20))]
    pub spot_instance_pools: Option<u32>,
    /// The most to pay an hour, as text. Default: the on-demand price.
    pub spot_max_price: Option<String>,
    /// Accepted, not modelled.
    pub distribution_segments: Option<Value>,
}

/// A hook at launch or termination (ASG-3).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LifecycleHookSpecification {
    /// The name.
    pub lifecycle_hook_name: String,
    /// `autoscaling:EC2_INSTANCE_LAUNCHING` or `autoscaling:EC2_INSTANCE_TERMINATING`.
    pub lifecycle_transition: String,
    /// Seconds until the hook is given up. Default 3600.
    #[schemars(range(min = 30, max = 7200))]
    pub heartbeat_timeout: Option<u32>,
    /// What follows then: `ABANDON` (default) or `CONTINUE`.
    pub default_result: Option<String>,
    /// Accepted, not modelled.
    pub notification_metadata: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "NotificationTargetARN")]
    pub notification_target_arn: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<Value>,
}

/// What happens when a zone cannot launch (ASG-1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AvailabilityZoneDistribution {
    /// Default `balanced-best-effort`.
    pub capacity_distribution_strategy: Option<CapacityDistributionStrategy>,
}

/// The ways to keep zones level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityDistributionStrategy {
    /// Keep trying in the zone that fails.
    BalancedOnly,
    /// Launch in another zone.
    BalancedBestEffort,
    /// Use capacity reservations first.
    ReservationsThenBalanced,
}

/// How many instances stay healthy while some are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InstanceMaintenancePolicy {
    /// At least, in percent of the desired capacity; -1 clears it.
    #[schemars(range(min = -1, max = 100))]
    pub min_healthy_percentage: Option<i32>,
    /// At most, in percent of the desired capacity; -1 clears it.
    #[schemars(range(min = -1, max = 200))]
    pub max_healthy_percentage: Option<i32>,
}
