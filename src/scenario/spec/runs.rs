//! `world.runs`: the callers of RunTask.

use super::aws_section::{CpuUnit, MemoryUnit};
use super::curve::Curve;
use crate::aws::common::{
    CapacityProviderStrategyItem, LaunchType, NetworkConfiguration, PlacementConstraint, PlacementStrategy,
};
use crate::scenario::distribution_spec::{DurationDistribution, NumberDistribution, TimeUnit};
use crate::scenario::units::{DurationMs, RatePerSecond};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod answers;
pub use answers::{DurationColumn, OnRefusal, OnStop, ResubmitUntil, WaitOrder};

/// Somebody who calls RunTask again and again. Their tasks are named `<name>#1`, `<name>#2`, … by arrival.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// The caller's name.
    pub name: String,
    /// `family:revision`, or `family` for the latest ACTIVE one (RES-4).
    pub task_definition: String,
    /// When the calls are made.
    pub arrivals: Arrivals,
    /// How long a task runs, from RUNNING to the exit of its essential container. Rows of a CSV can say it instead.
    pub duration: Option<DurationDistribution>,
    /// Sizes that differ from the task definition. Rows of a CSV can say them instead.
    pub overrides: Option<SizeOverrides>,
    /// What the caller does when the call is refused. Default `fail`, as ECS leaves it.
    #[serde(default)]
    pub on_refusal: OnRefusal,
    /// What the caller does when a task stops. Default `none`.
    #[serde(default)]
    pub on_stop: OnStop,
    /// RunTask: tasks a call. Default 1.
    #[schemars(range(min = 1, max = 10))]
    pub count: Option<u32>,
    /// RunTask: where the tasks run; not together with a capacity provider strategy (RES-10).
    pub launch_type: Option<LaunchType>,
    /// RunTask: how they are shared among capacity providers, within each call (CAP-9).
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// RunTask: preferences among instances, at most five (PLC-3).
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// RunTask: rules that an instance must satisfy (PLC-10).
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// RunTask: the task group. Default `family:<family>` (RES-8).
    pub group: Option<String>,
    /// RunTask: subnets, for `awsvpc` tasks.
    pub network_configuration: Option<NetworkConfiguration>,
    /// RunTask: Fargate's platform version. Accepted, not modelled.
    pub platform_version: Option<String>,
    /// RunTask: a name for who asked. Default: the caller's name.
    pub started_by: Option<String>,
}

/// When calls are made: exactly one of `every`, `rate`, `at` and `csv`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arrivals {
    /// The time from one call to the next.
    pub every: Option<DurationDistribution>,
    /// Memoryless arrivals at a rate that may change with time.
    pub rate: Option<Curve<RatePerSecond>>,
    /// Set times.
    #[schemars(length(min = 1, max = 1_000_000))]
    pub at: Option<Vec<DurationMs>>,
    /// A CSV file with a call a row, relative to the scenario. A row with a blank needed cell is skipped and counted.
    #[schemars(extend("x-format" = "file"))]
    pub csv: Option<String>,
    /// Which columns of the file hold what.
    pub columns: Option<ArrivalColumns>,
    /// The units of the file's columns.
    pub units: Option<ArrivalUnits>,
    /// Times of the file are multiplied by this, durations are not: 0.5 is twice as dense. Default 1.
    #[schemars(range(max = 1_000_000), extend("exclusiveMinimum" = 0))]
    pub time_scale: Option<f64>,
    /// Longer durations of the file are cut to this.
    pub duration_cap: Option<DurationMs>,
    /// Take only so many rows of the file.
    #[schemars(range(min = 1))]
    pub first: Option<u64>,
    /// With `csv`: leave out (and count) rows that none of the container instances could hold even when empty.
    #[serde(default)]
    pub leave_out_unplaceable: bool,
    /// Stop after so many calls.
    #[schemars(range(min = 1))]
    pub count: Option<u64>,
}

/// The one way in which calls are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ArrivalSource<'a> {
    /// With times between calls.
    Every(&'a DurationDistribution),
    /// At a rate.
    Rate(&'a Curve<RatePerSecond>),
    /// At set times.
    At(&'a [DurationMs]),
    /// From a file.
    Csv {
        /// Its path.
        file: &'a str,
        /// Its columns.
        columns: &'a ArrivalColumns,
    },
}

impl Arrivals {
    /// The one way in which calls are made.
    ///
    /// # Errors
    /// One sentence, if there is none or more than one, or if fields of a file stand without a file.
    pub fn source(&self) -> Result<ArrivalSource<'_>, String> {
        let source = match (&self.every, &self.rate, &self.at, &self.csv) {
            (Some(every), None, None, None) => ArrivalSource::Every(every),
            (None, Some(rate), None, None) => ArrivalSource::Rate(rate),
            (None, None, Some(at), None) => ArrivalSource::At(at),
            (None, None, None, Some(file)) => {
                let columns = self.columns.as_ref().ok_or("a csv needs columns, at least { arrival: … }")?;
                return Ok(ArrivalSource::Csv { file, columns });
            }
            _ => return Err("arrivals take exactly one of every, rate, at and csv".into()),
        };
        let of_a_file = [
            ("columns", self.columns.is_some()),
            ("units", self.units.is_some()),
            ("timeScale", self.time_scale.is_some()),
            ("durationCap", self.duration_cap.is_some()),
            ("first", self.first.is_some()),
        ];
        match of_a_file.iter().find(|(_, present)| *present) {
            Some((name, _)) => Err(format!("{name} goes with csv")),
            None => Ok(source),
        }
    }
}

/// Which columns of a file of calls hold what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArrivalColumns {
    /// The time of the call. The first row is at its own time, not at zero.
    pub arrival: String,
    /// How long the task runs: a column, or `{ from, to }` for the time between two.
    pub duration: Option<DurationColumn>,
    /// CPU that the task reserves.
    pub cpu: Option<String>,
    /// Memory that the task reserves.
    pub memory: Option<String>,
    /// GPUs that the task reserves.
    pub gpu: Option<String>,
}

/// The units of a file of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ArrivalUnits {
    /// Of `arrival`. Default `s`.
    pub arrival: TimeUnit,
    /// Of `duration`, or of its `from` and `to`. Default `s`.
    pub duration: TimeUnit,
    /// Of `cpu`. Default `units`.
    pub cpu: CpuUnit,
    /// Of `memory`. Default `MiB`.
    pub memory: MemoryUnit,
}

/// Sizes of each task, drawn anew: RunTask's own `overrides`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SizeOverrides {
    /// Task-level cpu, in CPU units.
    pub cpu: Option<NumberDistribution>,
    /// Task-level memory, in MiB.
    pub memory: Option<NumberDistribution>,
}
