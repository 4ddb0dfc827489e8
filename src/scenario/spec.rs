//! The scenario file as types: what `ecsim schema` describes and what the builder reads.
//!
//! Serde and the schema settle the form of each value. What several fields must agree on (one way of arrivals,
//! a call or a fault) is answered by [`Scenario::problems`]; names that point elsewhere are the builder's business.

mod aws_section;
mod check;
mod curve;
mod experiment;
mod file_or;
mod objective;
mod policies;
mod prices;
mod runs;
mod schema;
mod standing;
mod sweep;
mod timeline;
mod world;

pub use aws_section::{
    AwsSection, ContainerInstances, CpuUnit, MemoryUnit, NodeColumns, NodeUnits, PullBehavior,
    RegisteredResources,
};
pub use check::SpecProblem;
pub use curve::{Curve, CurveStep, DailyCurve, TableCurve};
pub use experiment::Experiment;
pub use objective::{Goal, Objective, Statistic, Target};
pub use policies::{
    BackToSpot, ClusterScalingPolicy, FromZero, PlacementPolicyName, Policies, RepackPolicy,
    SpotFallbackPolicy,
};
pub use prices::{FargatePlatformName, FargateResourceName, MarketName, PriceEntry, Prices, SpotTerms};
pub use runs::{
    ArrivalColumns, ArrivalSource, ArrivalUnits, Arrivals, DurationColumn, OnRefusal, OnStop, ResubmitUntil,
    Run, SizeOverrides, WaitOrder,
};
pub use schema::{AwsInput, aws_input_schema, scenario_schema};
pub use standing::{StandingStatus, StandingTasks};
pub use sweep::{Axis, AxisValue, Range, RangeAxis, Sample, Scale, Sweep};
pub use timeline::{
    AgentDisconnect, AlarmFault, ApiCall, Call, CapacityOutage, ContainerExit, Fault, FaultName,
    InstanceFault, ItemProblem, ServiceFault, SpotFault, TaskFault, TaskRetirement, TimelineAction,
    TimelineItem, WithProblem, ZoneOutage,
};
pub use world::{
    AvailabilityTrace, ContainerBehavior, Crash, CrashUnderLoad, DeploymentHookResult, DeploymentHookWorld,
    Exits, Failure, GroupWorld, HookOutcome, HookWorld, Load, PoolReclaim, PoolWorld, ServiceWorld,
    SpotInterruption, StartFailure, StartFailureReason, TaskWorld, Unhealthy, World, ZoneWorld,
};

use crate::scenario::shape::{self, NoFields, Scalar, Shape};
use crate::scenario::units::{DurationMs, parse_duration_ms};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A rehearsal of one ECS cluster: what you tell AWS, what the world does, what happens when, and what you want to
/// find out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub ecsim: u32,
    /// The name, which is also that of the directory of results; there, what is no letter, digit, `-`, `_` or `.` is
    /// replaced.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// The seed. The same scenario, seed and version give the same story. Default 1.
    #[serde(default = "one_seed")]
    pub seed: u64,
    /// How much time is simulated, or `untilDone`: until all arrivals have come and no standalone task is alive.
    pub duration: RunLength,
    /// Time at the start that counts in no metric. Default 0.
    #[serde(default)]
    pub warm_up: DurationMs,
    /// The date of simulated zero, for schedules, event times and daily curves. Default 2026-01-05T00:00:00Z.
    #[serde(default = "default_start_date")]
    #[schemars(extend("format" = "date-time", "x-format" = "date"))]
    pub starts_at: String,
    /// What stands at time zero. Default `settled`.
    #[serde(default)]
    pub start: StartState,
    /// What you tell AWS: requests made at time zero.
    #[serde(default)]
    pub aws: AwsSection,
    /// What the world does and AWS's configuration does not say.
    #[serde(default)]
    pub world: World,
    /// Requests and faults at set or random times.
    #[serde(default)]
    #[schemars(schema_with = "timeline::timeline_schema")]
    pub timeline: Vec<TimelineItem>,
    /// What ECS itself does not offer, to compare with.
    #[serde(default)]
    pub policies: Policies,
    /// Undocumented parameters by name: overrides of their defaults (`ecsim rules` lists them).
    #[serde(default)]
    pub model: ModelParameters,
    /// What you want to find out.
    #[serde(default)]
    pub experiment: Experiment,
}

fn one_seed() -> u64 {
    1
}

fn default_start_date() -> String {
    "2026-01-05T00:00:00Z".into()
}

/// Overrides of model parameters in the order of the file, their values as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ModelParameters(pub Map<String, Value>);

/// What stands at time zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StartState {
    /// Groups hold their instances and services their tasks, RUNNING and healthy, as far as they fit.
    #[default]
    Settled,
    /// Nothing but the container instances: everything begins at zero with all its delays.
    Cold,
}

/// How long a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunLength {
    /// So many milliseconds.
    Ms(u64),
    /// Until all arrivals have come and no standalone task is alive.
    UntilDone,
}

impl Shape for RunLength {
    type Fields = NoFields;
    const EXPECTED: &'static str = "a duration such as 24h, or untilDone";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Text("untilDone") => Ok(Self::UntilDone),
            Scalar::Text(text) => match parse_duration_ms(text)? {
                0 => Err("a run must last longer than 0".into()),
                ms => Ok(Self::Ms(ms)),
            },
            other => Err(format!("expected {}, found {other}", Self::EXPECTED)),
        }
    }

    fn from_fields(fields: NoFields) -> Result<Self, String> {
        match fields {}
    }
}

impl<'de> Deserialize<'de> for RunLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl Serialize for RunLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ms(ms) => DurationMs(*ms).serialize(serializer),
            Self::UntilDone => serializer.serialize_str("untilDone"),
        }
    }
}

impl JsonSchema for RunLength {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RunLength".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-expects": Self::EXPECTED,
            "anyOf": [{ "type": "string", "const": "untilDone" }, { "type": "string", "x-format": "duration" }],
            "examples": ["24h", "untilDone"],
        })
    }
}

#[cfg(test)]
mod tests;
