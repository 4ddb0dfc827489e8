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
    /// The instance with the most room.
    WorstFit,
    /// The instance with the least room that still fits.
    BestFit,
}
