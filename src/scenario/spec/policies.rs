//! `policies`: what ECS itself does not offer, to compare with.

use crate::scenario::shape::{self, NoFields, Scalar, Shape};
use crate::scenario::units::{DurationMs, Share, parse_duration_ms};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
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
    /// Fallback from Spot, by service.
    pub spot_fallback: BTreeMap<String, SpotFallbackPolicy>,
    /// Repacking, by capacity provider over an Auto Scaling group: now and then the emptiest instance whose tasks fit on the
    /// others is drained and terminated. It takes managed draining.
    pub repack: BTreeMap<String, RepackPolicy>,
}

/// Where the tasks of a service go while Spot gives none.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpotFallbackPolicy {
    /// What stands in: FARGATE, or a capacity provider over an Auto Scaling group that buys on demand.
    pub to: String,
    /// How long Spot must have given nothing: no place, or none within that time for a task that waits. Default 5m.
    pub after: Option<DurationMs>,
    /// After how long one task is tried on Spot again; if it finds a place, the others follow. `never`, or default 30m.
    pub back: Option<BackToSpot>,
}

/// When Spot is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BackToSpot {
    /// Not at all.
    Never,
    /// So many milliseconds after the last attempt.
    After(u64),
}

impl Shape for BackToSpot {
    type Fields = NoFields;
    const EXPECTED: &'static str = "a duration such as 30m, or never";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Text("never") => Ok(Self::Never),
            Scalar::Text(text) => parse_duration_ms(text).map(Self::After),
            other => Err(format!("expected {}, found {other}", Self::EXPECTED)),
        }
    }

    fn from_fields(fields: NoFields) -> Result<Self, String> {
        match fields {}
    }
}

impl<'de> Deserialize<'de> for BackToSpot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl Serialize for BackToSpot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::After(ms) => DurationMs(*ms).serialize(serializer),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

impl JsonSchema for BackToSpot {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "BackToSpot".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-expects": Self::EXPECTED,
            "anyOf": [{ "type": "string", "const": "never" }, { "type": "string", "x-format": "duration" }],
            "examples": ["30m", "never"],
        })
    }
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
