//! Which column of a trace holds what, and in which unit.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Kind, Wanted};
use crate::catalog::csv_columns::CsvColumns;
use crate::catalog::nearest_spelling;
use crate::scenario::distribution_spec::TimeUnit;
use crate::scenario::spec::{CpuUnit, MemoryUnit};

/// The unit of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Time(TimeUnit),
    Cpu(CpuUnit),
    Memory(MemoryUnit),
    /// Requests in the time to the next row, or in a unit of time.
    Requests(Option<TimeUnit>),
    /// A plain number or a name.
    None,
}

/// Something that a trace may say.
struct Field {
    key: &'static str,
    unit: Unit,
    usual: &'static [&'static str],
}

const fn field(key: &'static str, unit: Unit, usual: &'static [&'static str]) -> Field {
    Field { key, unit, usual }
}

const SECONDS: Unit = Unit::Time(TimeUnit::S);

const ARRIVALS: &[Field] = &[
    field(
        "arrival",
        SECONDS,
        &[
            "arrival",
            "arrival_s",
            "arrival_ms",
            "arrival_time",
            "submit_s",
            "submit_ms",
            "submit_time",
            "submitted_at",
            "creation_time",
            "created_at",
        ],
    ),
    field(
        "duration",
        SECONDS,
        &["duration", "duration_s", "duration_ms", "runtime", "runtime_s", "run_time", "elapsed_s"],
    ),
    field("from", SECONDS, &["scheduled_time", "started_at", "start_time", "start_s"]),
    field("to", SECONDS, &["deletion_time", "finished_at", "end_time", "end_s", "finish_time"]),
    field("cpu", Unit::Cpu(CpuUnit::Units), &["cpu", "cpu_units", "cpu_milli", "vcpu", "vcpus"]),
    field(
        "memory",
        Unit::Memory(MemoryUnit::MiB),
        &["memory", "memory_mib", "mem_mib", "memory_mb", "memory_gib", "memory_gb"],
    ),
    field("gpu", Unit::None, &["gpu", "gpus", "num_gpu"]),
];

const DEMAND: &[Field] = &[
    field(
        "time",
        SECONDS,
        &["time", "time_s", "time_ms", "timestamp", "datetime", "date", "second", "minute", "hour"],
    ),
    field(
        "value",
        Unit::Requests(None),
        &["value", "requests", "request_count", "count", "rps", "requests_per_second"],
    ),
];

const SPOT_CAPACITY: &[Field] = &[
    field("available", Unit::None, &["available", "capacity"]),
    field("time", SECONDS, &["time", "time_s", "time_ms", "minute", "hour"]),
    field("trace", Unit::None, &["trace"]),
    field("gap", Unit::None, &["gap_seconds"]),
    field("start", Unit::None, &["start_tick"]),
    field("ticks", Unit::None, &["ticks"]),
    field("zone", Unit::None, &["zone"]),
];

const OUTAGES: &[Field] = &[
    field("start", SECONDS, &["start", "start_s", "start_ms", "start_time"]),
    field("interval", SECONDS, &["interval", "interval_s", "interval_since_previous_s"]),
    field("duration", SECONDS, &["duration", "duration_s", "duration_ms", "duration_min"]),
];

fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Arrivals => ARRIVALS,
        Kind::Demand => DEMAND,
        Kind::SpotCapacity => SPOT_CAPACITY,
        Kind::Outages => OUTAGES,
    }
}

/// The keys of each kind with the names under which a column is found without being named, for the help.
#[must_use]
pub fn usual_names() -> String {
    let mut text = String::from("Columns that need not be named, by their usual names:\n");
    for kind in [Kind::Arrivals, Kind::Demand, Kind::SpotCapacity, Kind::Outages] {
        text.push_str(&format!("  {}\n", kind.name()));
        for field in fields(kind) {
            text.push_str(&format!("    {:<10} {}\n", field.key, field.usual.join(", ")));
        }
    }
    text.push_str(
        "Units: times ms, s, min, h, d; cpu units, milli, vCPU; memory B, KiB, MiB, GiB, MB, GB; value of demand: step (requests \
         until the next row) or requests a s, min, h. Without --units the end of a column's name tells (_ms, _min, _milli, \
         _gib), else s, units, MiB, step.",
    );
    text
}

/// A column that is read.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub key: &'static str,
    pub column: String,
    pub place: usize,
    pub unit: Unit,
    pub is_named: bool,
}

impl Taken {
    /// For the user: which column, in which unit, and why.
    pub(super) fn told(&self) -> String {
        let unit = match self.unit {
            Unit::None => String::new(),
            Unit::Requests(None) => ", requests until the next row".to_owned(),
            Unit::Requests(Some(_)) => format!(", requests a {}", unit_word(self.unit)),
            Unit::Time(_) | Unit::Cpu(_) | Unit::Memory(_) => format!(" in {}", unit_word(self.unit)),
        };
        let why = if self.is_named { "" } else { " (by its usual name)" };
        format!("{}: column {}{unit}{why}", self.key, self.column)
    }

    /// Milliseconds in one of its unit.
    pub(super) fn ms(&self) -> f64 {
        match self.unit {
            Unit::Time(unit) => unit.ms() as f64,
            _ => 1000.0,
        }
    }
}

/// The unit as `--units` takes it; empty for what has none.
pub(super) fn unit_word(unit: Unit) -> String {
    let word = match unit {
        Unit::Time(unit) => json!(unit),
        Unit::Cpu(unit) => json!(unit),
        Unit::Memory(unit) => json!(unit),
        Unit::Requests(None) => json!("step"),
        Unit::Requests(Some(unit)) => json!(unit),
        Unit::None => json!(""),
    };
    word.as_str().unwrap_or_default().to_owned()
}

/// All columns that are read.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub all: Vec<Taken>,
    header: Vec<String>,
    shown: String,
    kind: Kind,
}

impl Columns {
    pub(super) fn get(&self, key: &str) -> Option<&Taken> {
        self.all.iter().find(|taken| taken.key == key)
    }

    /// The column that must be there.
    ///
    /// # Errors
    /// What would have been taken, and what is there.
    pub(super) fn required(&self, key: &str) -> Result<&Taken, String> {
        self.get(key).ok_or_else(|| {
            let usual = fields(self.kind).iter().find(|field| field.key == key).map_or(&[][..], |field| field.usual);
            format!(
                "`{}` has no column for {key} under a usual name ({}): name it with --columns {key}=COLUMN (it has {})",
                self.shown,
                usual.join(", "),
                self.header.join(", ")
            )
        })
    }

    /// Does without a column that another one makes useless.
    pub(super) fn drop(&mut self, key: &str) {
        self.all.retain(|taken| taken.key != key);
    }

    pub(super) fn is_named(&self, key: &str) -> bool {
        self.get(key).is_some_and(|taken| taken.is_named)
    }
}

/// Finds the columns that are named and those of usual names.
///
/// # Errors
/// A key, a column or a unit that there is not.
pub(super) fn take(csv: &CsvColumns, wanted: &Wanted) -> Result<Columns, String> {
    let known = fields(wanted.kind);
    let keys: Vec<&str> = known.iter().map(|field| field.key).collect();
    for (argument, key) in wanted
        .columns
        .iter()
        .map(|(key, _)| ("--columns", key))
        .chain(wanted.units.iter().map(|(key, _)| ("--units", key)))
    {
        if !keys.contains(&key.as_str()) {
            let near = nearest_spelling(key, keys.iter().copied());
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            return Err(format!(
                "{argument}: {} have no {key:?}{hint} (there is {})",
                wanted.kind.name(),
                keys.join(", ")
            ));
        }
    }
    let mut all = Vec::new();
    for field in known {
        let named = wanted.columns.iter().rev().find(|(key, _)| key == field.key).map(|(_, column)| column);
        let usual = |name: &&String| field.usual.iter().any(|usual| usual.eq_ignore_ascii_case(name));
        let Some(column) = named.or_else(|| csv.header().iter().find(usual)) else { continue };
        let place = csv.place(column)?;
        let told = wanted.units.iter().rev().find(|(key, _)| key == field.key);
        let by_name = unit_by_name(field.unit, column);
        let unit = match told {
            Some((_, word)) => {
                let unit = unit_of(field, word)?;
                // A column that is called `duration_s` is not in milliseconds.
                if let Some(by_name) = by_name.filter(|by_name| unit_word(*by_name) != unit_word(unit))
                    && !wanted.force_units
                {
                    return Err(format!(
                        "`{}` column {column:?} is in {} by its name, and --units {}={word} says otherwise. --force-units takes \
                         it in {word}",
                        csv.shown(),
                        unit_word(by_name),
                        field.key
                    ));
                }
                unit
            }
            None => by_name.unwrap_or(field.unit),
        };
        all.push(Taken { key: field.key, column: column.clone(), place, unit, is_named: named.is_some() });
    }
    for (key, _) in &wanted.units {
        if all.iter().all(|taken| taken.key != key) {
            return Err(format!(
                "--units {key}: no column is taken for {key}; name it with --columns {key}=COLUMN"
            ));
        }
    }
    let (header, shown) = (csv.header().to_vec(), csv.shown().to_owned());
    Ok(Columns { all, header, shown, kind: wanted.kind })
}

fn read<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(json!(word)).ok()
}

fn unit_of(field: &Field, word: &str) -> Result<Unit, String> {
    let (found, takes) = match field.unit {
        Unit::Time(_) => (read(word).map(Unit::Time), "ms, s, min, h or d"),
        Unit::Cpu(_) => (read(word).map(Unit::Cpu), "units, milli or vCPU"),
        Unit::Memory(_) => (read(word).map(Unit::Memory), "B, KiB, MiB, GiB, MB or GB"),
        Unit::Requests(_) if word == "step" => (Some(Unit::Requests(None)), ""),
        Unit::Requests(_) => {
            (read(word).map(|unit| Unit::Requests(Some(unit))), "step, or requests a s, min or h")
        }
        Unit::None => (None, "no unit"),
    };
    found.ok_or_else(|| format!("--units {}={word}: it takes {takes}", field.key))
}

/// What the end of a column's name says of its unit, if anything.
fn unit_by_name(unit: Unit, column: &str) -> Option<Unit> {
    let name = column.to_ascii_lowercase();
    let ends = |endings: &[&str]| {
        endings.iter().any(|ending| name.ends_with(&format!("_{ending}")) || name == *ending)
    };
    Some(match unit {
        Unit::Time(_) if ends(&["ms", "millis"]) => Unit::Time(TimeUnit::Ms),
        Unit::Time(_) if ends(&["s", "seconds"]) => Unit::Time(TimeUnit::S),
        Unit::Time(_) if ends(&["min", "minutes", "minute"]) => Unit::Time(TimeUnit::Min),
        Unit::Time(_) if ends(&["h", "hours", "hour"]) => Unit::Time(TimeUnit::H),
        Unit::Cpu(_) if ends(&["milli", "millicores"]) => Unit::Cpu(CpuUnit::Milli),
        Unit::Cpu(_) if ends(&["vcpu", "vcpus", "cores"]) => Unit::Cpu(CpuUnit::Vcpu),
        Unit::Memory(_) if ends(&["mib"]) => Unit::Memory(MemoryUnit::MiB),
        Unit::Memory(_) if ends(&["gib"]) => Unit::Memory(MemoryUnit::GiB),
        Unit::Memory(_) if ends(&["gb"]) => Unit::Memory(MemoryUnit::GB),
        Unit::Memory(_) if ends(&["mb"]) => Unit::Memory(MemoryUnit::MB),
        Unit::Requests(_) if ends(&["rps", "second", "per_second"]) => Unit::Requests(Some(TimeUnit::S)),
        _ => return None,
    })
}

/// A scenario's name from that of the file.
pub(super) fn name_of(file: &Path) -> String {
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let plain: String = stem
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .take(60)
        .collect();
    match plain.trim_matches('-') {
        "" => "trace".to_owned(),
        plain => plain.to_owned(),
    }
}
