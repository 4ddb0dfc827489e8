//! `policies`: what ECS itself does not offer, to compare with.

use crate::scenario::units::{DurationMs, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rules that take the place of ECS's own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policies {
    /// The choice of an instance, by service or run; `default` for all others.
    pub placement: BTreeMap<String, PlacementPolicyName>,
    /// What ECS fixes about cluster auto scaling, by capacity provider over an Auto Scaling group; `default` for all others.
    pub cluster_scaling: BTreeMap<String, ClusterScalingPolicy>,
    /// Capacity providers whose instances are set to DRAINING as soon as EC2 recommends to rebalance them, so that what
    /// they run is replaced before the interruption notice.
    pub replace_at_recommendation: Vec<String>,
    /// Repacking, by capacity provider over an Auto Scaling group: now and then the emptiest instance whose tasks fit on the
    /// others is drained and terminated. It takes managed draining.
    pub repack: BTreeMap<String, RepackPolicy>,
}

/// When instances are emptied whose tasks fit on the others.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RepackPolicy {
    /// From one look to the next. Default 10m.
    pub every: Option<DurationMs>,
    /// What an instance must hold less than, of its CPU units and of its memory, to be emptied. Default 50%.
    pub below: Option<Share>,
}

/// Another pace of cluster auto scaling than ECS's.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterScalingPolicy {
    /// How long the reservation must be below its target, and how long ago a scale-out must be, before instances are let
    /// go: whole minutes. Default 15m, as in ECS (CAS-10).
    pub scale_in_after: Option<DurationMs>,
    /// How a group without instances grows. Default `ecs`.
    pub from_zero: Option<FromZero>,
}

/// How a group without instances grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FromZero {
    /// As if it had one instance and needed two (CAS-2).
    #[default]
    Ecs,
    /// To what the waiting tasks need, as from any other size (CAS-4).
    RealNeed,
}

/// The ways to choose an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PlacementPolicyName {
    /// ECS's own: the placement strategies (section PLC).
    #[default]
    Ecs,
    /// The first instance that fits, in order of registration.
    FirstFit,
    /// The instance with the largest dot product of what is free and what the task demands, over cpu and memory as shares of
    /// the largest instance: most room of what the task needs most.
    WorstFit,
    /// The instance with the smallest such dot product that still fits: the tightest.
    BestFit,
    /// Of the zone with the fewest tasks of the group, the tightest instance.
    SpreadBestFit,
}
