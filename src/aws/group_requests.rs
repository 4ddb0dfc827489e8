//! Requests of EC2 Auto Scaling about groups that are there.

use super::auto_scaling_group::{
    AvailabilityZoneDistribution, InstanceMaintenancePolicy, LaunchTemplateSpecification,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Changes what the owner of a group set; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateAutoScalingGroup {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The fewest instances; above the desired capacity it lifts that.
    #[schemars(range(min = 0, max = 100_000))]
    pub min_size: Option<u32>,
    /// The most instances; below the desired capacity it lowers that.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_size: Option<u32>,
    /// Instances wanted.
    #[schemars(range(min = 0, max = 100_000))]
    pub desired_capacity: Option<u32>,
    /// Ours: the instance type of instances launched from now on; a new version of what the group launches.
    pub instance_type: Option<String>,
    /// Zones, by name; instances elsewhere are replaced (ASG-2).
    pub availability_zones: Option<Vec<String>>,
    /// Subnets, separated by commas, in place of zones.
    #[serde(rename = "VPCZoneIdentifier")]
    pub vpc_zone_identifier: Option<String>,
    /// Another launch template or version of it: a new version of what the group launches.
    pub launch_template: Option<LaunchTemplateSpecification>,
    /// Which instance goes first at scale-in (ASG-5).
    pub termination_policies: Option<Vec<String>>,
    /// Whether new instances are safe from scale-in (CAS-11).
    pub new_instances_protected_from_scale_in: Option<bool>,
    /// Seconds before a new instance's health counts (ASG-4).
    pub health_check_grace_period: Option<u32>,
    /// Seconds after which an instance is replaced, at least a day; 0 is never.
    pub max_instance_lifetime: Option<u32>,
    /// Seconds between simple scaling activities.
    pub default_cooldown: Option<u32>,
    /// Seconds until a new instance counts in an instance refresh; -1 takes a value back.
    #[schemars(range(min = -1))]
    pub default_instance_warmup: Option<i32>,
    /// What happens when a zone cannot launch (ASG-1).
    pub availability_zone_distribution: Option<AvailabilityZoneDistribution>,
    /// How many instances stay healthy in a replacement.
    pub instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    /// Accepted, not modelled.
    pub health_check_type: Option<Value>,
    /// Accepted, not modelled.
    pub placement_group: Option<Value>,
    /// Accepted, not modelled.
    #[serde(rename = "ServiceLinkedRoleARN")]
    pub service_linked_role_arn: Option<Value>,
    /// Accepted, not modelled.
    pub deletion_protection: Option<Value>,
    /// Accepted, not modelled.
    pub context: Option<Value>,
}

/// Sets how many instances a group is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetDesiredCapacity {
    /// The group.
    pub auto_scaling_group_name: String,
    /// How many, between MinSize and MaxSize.
    #[schemars(range(min = 0, max = 100_000))]
    pub desired_capacity: u32,
    /// Whether the request is refused within `DefaultCooldown` of the last change. Default false.
    pub honor_cooldown: Option<bool>,
}

/// Protects instances in service from scale-in, or no longer (CAS-11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetInstanceProtection {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Instances by name: `<group>-1`, `<group>-2`, …
    #[schemars(length(min = 1, max = 50))]
    pub instance_ids: Vec<String>,
    /// Whether they are protected from now on.
    pub protected_from_scale_in: bool,
}

/// Terminates an instance of a group, protected or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TerminateInstanceInAutoScalingGroup {
    /// The instance by name: `<group>-1`, `<group>-2`, …
    pub instance_id: String,
    /// Whether the group is to hold one instance less; else it launches another.
    pub should_decrement_desired_capacity: bool,
}

/// Changes the sizes of a group at a time of its own, once or again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutScheduledUpdateGroupAction {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The name of the action; one of the same name is replaced.
    pub scheduled_action_name: String,
    /// When it comes, or from when on it recurs, as `2026-01-05T08:00:00Z`.
    pub start_time: Option<String>,
    /// Until when it recurs.
    pub end_time: Option<String>,
    /// When it comes again: five fields of cron in UTC, as `0 8 * * 1-5`.
    pub recurrence: Option<String>,
    /// The time zone of `Recurrence`. Only UTC is modelled.
    pub time_zone: Option<String>,
    /// The fewest instances from then on.
    #[schemars(range(min = 0, max = 100_000))]
    pub min_size: Option<u32>,
    /// The most instances from then on.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_size: Option<u32>,
    /// Instances wanted from then on.
    #[schemars(range(min = 0, max = 100_000))]
    pub desired_capacity: Option<u32>,
    /// Accepted, not modelled.
    pub time: Option<Value>,
}

/// Takes a scheduled action back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteScheduledAction {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The name of the action.
    pub scheduled_action_name: String,
}

/// Suspends processes of a group, or resumes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalingProcessQuery {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Which: Launch, Terminate, HealthCheck, ReplaceUnhealthy, AZRebalance, AlarmNotification, ScheduledActions,
    /// AddToLoadBalancer, InstanceRefresh. Default: all.
    pub scaling_processes: Option<Vec<String>>,
}

/// Replaces the instances of a group, some at a time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartInstanceRefresh {
    /// The group.
    pub auto_scaling_group_name: String,
    /// `Rolling`, the default; others are not modelled.
    pub strategy: Option<String>,
    /// How fast.
    pub preferences: Option<RefreshPreferences>,
    /// Not modelled: change the group by UpdateAutoScalingGroup first.
    pub desired_configuration: Option<Value>,
}

/// How an instance refresh goes on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RefreshPreferences {
    /// The share of the desired capacity that stays healthy. Default that of the maintenance policy, else 90.
    #[schemars(range(min = 0, max = 100))]
    pub min_healthy_percentage: Option<u32>,
    /// The share that is there at most; above 100, instances are launched before others go. Default that of the
    /// maintenance policy, else 100.
    #[schemars(range(min = 100, max = 200))]
    pub max_healthy_percentage: Option<u32>,
    /// Seconds from InService until a new instance counts as healthy. Default the group's DefaultInstanceWarmup, else
    /// its HealthCheckGracePeriod.
    pub instance_warmup: Option<u32>,
    /// Whether instances of the present version stay.
    pub skip_matching: Option<bool>,
    /// Percentages of replaced instances at which it waits, ascending.
    pub checkpoint_percentages: Option<Vec<u32>>,
    /// Seconds of such a wait. Default 3600.
    #[schemars(range(min = 0, max = 172_800))]
    pub checkpoint_delay: Option<u32>,
    /// What becomes of instances that are protected from scale-in: `Refresh`, `Ignore`, or `Wait` (default): up to an
    /// hour for the end of their protection.
    pub scale_in_protected_instances: Option<String>,
    /// Accepted, not modelled.
    pub standby_instances: Option<Value>,
    /// Accepted, not modelled.
    pub auto_rollback: Option<Value>,
    /// Accepted, not modelled.
    pub alarm_specification: Option<Value>,
    /// Accepted, not modelled.
    pub bake_time: Option<Value>,
}

/// Ends the refresh of a group where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CancelInstanceRefresh {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Accepted, not modelled.
    pub wait_for_transitioning_instances: Option<Value>,
}

/// Instances launched ahead of need, which leave their pool faster than others are launched (CAS-17).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutWarmPool {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The fewest instances in the pool. Default 0.
    #[schemars(range(min = 0, max = 100_000))]
    pub min_size: Option<u32>,
    /// Instances of the group and its pool together. Default MaxSize; -1 takes a value back.
    #[schemars(range(min = -1, max = 100_000))]
    pub max_group_prepared_capacity: Option<i32>,
    /// `Stopped` (default), `Running` or `Hibernated`.
    pub pool_state: Option<String>,
    /// Must not ask for `ReuseOnScaleIn` with ECS.
    pub instance_reuse_policy: Option<InstanceReusePolicy>,
}

/// Whether instances go back to the warm pool at scale-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InstanceReusePolicy {
    /// Must be false or left out with ECS (CAS-17).
    pub reuse_on_scale_in: Option<bool>,
}

/// Takes the warm pool of a group away, with the instances in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteWarmPool {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Accepted, not modelled: it always goes at once.
    pub force_delete: Option<Value>,
}
