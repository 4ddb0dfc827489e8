//! The files of a run's directory that are read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::log::Ms;

/// What is checked, and what it is checked against.
#[derive(Clone)]
pub struct Files {
    /// The text of `events.jsonl`.
    pub events: String,
    /// The text of `tasks.csv`.
    pub tasks: String,
    /// From `manifest.json`.
    pub parameters: Parameters,
    /// The last sample in `services.csv` of each replication: so long the run lasted at least.
    pub ends_ms: BTreeMap<u64, Ms>,
}

/// Parameters of the simulator's model that decide what is legal, with the defaults of docs/semantics.md.
#[derive(Clone)]
pub struct Parameters {
    pub scheduler_wake_ms: Ms,
    pub no_check_healthy_delay_ms: Ms,
    pub start_delay_limit_ms: Ms,
    pub place_retry_ms: Ms,
    pub count_stopping_in_max: bool,
    /// Whether a task gives back what it reserves at the stop order, not when it is STOPPED.
    pub released_at_stop_order: bool,
    /// Whether the scheduler starts at once all that is missing and allowed.
    pub starts_at_once: bool,
}

impl Files {
    /// Reads a directory that `ecsim run --events` wrote.
    pub fn read(directory: &Path) -> Result<Files, String> {
        let text = |name: &str| {
            let path = directory.join(name);
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let manifest = text("manifest.json")?;
        let manifest: Value =
            serde_json::from_str(&manifest).map_err(|error| format!("manifest.json: {error}"))?;
        Ok(Files {
            events: text("events.jsonl")?,
            tasks: text("tasks.csv")?,
            parameters: Parameters::read(&manifest["parameters"])?,
            ends_ms: last_samples(&text("services.csv").unwrap_or_default()),
        })
    }
}

impl Parameters {
    fn read(all: &Value) -> Result<Parameters, String> {
        let text = |name: &str| match &all[name]["value"] {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Err(format!("manifest.json: parameter {name} is missing")),
            other => Ok(other.to_string()),
        };
        let length = |name: &str| {
            let text = text(name)?;
            duration_ms(&text).ok_or(format!("manifest.json: {name}: {text:?} is no duration"))
        };
        let at_once = text("parallel_launches")? == "unlimited" && text("rolling_order")? != "stop_first";
        Ok(Parameters {
            scheduler_wake_ms: length("scheduler_wake")?,
            no_check_healthy_delay_ms: length("no_check_healthy_delay")?,
            start_delay_limit_ms: length("start_delay_limit")?,
            place_retry_ms: length("place_retry_slow")?.max(length("place_retry_fast")?),
            count_stopping_in_max: text("count_stopping_in_max")? == "true",
            released_at_stop_order: text("release_resources_at")? == "desired_stopped",
            starts_at_once: at_once,
        })
    }
}

/// `1h 30m`, `300ms`, `40s`; a bare number is seconds.
pub fn duration_ms(text: &str) -> Option<Ms> {
    let mut total = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit_ms = match unit {
            "ms" => 1.0,
            "s" | "" => 1_000.0,
            "m" | "min" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * unit_ms;
        rest = after.trim_start();
    }
    (!text.trim().is_empty()).then_some(total as Ms)
}

fn last_samples(services: &str) -> BTreeMap<u64, Ms> {
    let mut last = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(services.as_bytes());
    for row in reader.records().flatten() {
        let numbers = (row.get(0).map(str::parse::<u64>), row.get(1).and_then(seconds_ms));
        if let (Some(Ok(replication)), Some(at)) = numbers {
            let known = last.entry(replication).or_insert(at);
            *known = at.max(*known);
        }
    }
    last
}

/// Seconds with up to three decimals, exactly.
pub fn seconds_ms(text: &str) -> Option<Ms> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: Ms = format!("{part:0<3}").parse().ok()?;
    Some(whole.parse::<Ms>().ok()? * 1000 + thousandths)
}
