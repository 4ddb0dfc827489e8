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
    pub managed_instances_provider: Option<Value>,
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
