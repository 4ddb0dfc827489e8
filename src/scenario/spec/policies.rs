//! `policies`: what ECS itself does not offer, to compare with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rules that take the place of ECS's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policies {
    /// The choice of an instance, by service or run; `default` for all others.
    pub placement: BTreeMap<String, PlacementPolicyName>,
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
