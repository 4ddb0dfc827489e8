//! Traces: a CSV file of what happened becomes a scenario in which it happens again.
//!
//! A trace is named by the scenario, not copied into it. Where a scenario cannot read its form, a file beside the scenario
//! holds the same in a form that it can. Units are the usual mistake, so that numbers that cannot be right are refused with
//! what they would be in another unit (`units.rs`).

mod arrivals;
mod columns;
mod demand;
mod instances;
mod outages;
mod spot;
mod units;

use std::path::PathBuf;

use serde_json::json;

use super::assemble::guess;
use super::yaml::{Item, as_comment};
use crate::catalog::csv_columns::CsvColumns;
use crate::scenario::problem::text::escape;

pub use columns::usual_names;

/// What a trace is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tasks: when each was asked for and how long it ran.
    Arrivals,
    /// Requests to a service over time.
    Demand,
    /// How many Spot instances could be had over time.
    SpotCapacity,
    /// When something was out, and how long.
    Outages,
}

impl Kind {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Arrivals => "arrivals",
            Kind::Demand => "demand",
            Kind::SpotCapacity => "spot-capacity",
            Kind::Outages => "outages",
        }
    }
}

/// What a user asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The trace.
    pub file: PathBuf,
    /// What it is of.
    pub kind: Kind,
    /// Which column holds what, as key and column; the others are found by their usual names.
    pub columns: Vec<(String, String)>,
    /// The units of columns, as key and unit.
    pub units: Vec<(String, String)>,
    /// The name of the scenario; without it that of the file.
    pub name: Option<String>,
    /// The zone of outages and Spot instances.
    pub zone: Option<String>,
    /// Which trace of a file of several.
    pub trace: Option<String>,
    /// Whether numbers that cannot be right are taken all the same.
    pub force_units: bool,
}

/// A scenario that plays a trace.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its name.
    pub name: String,
    /// The trace in a form that a scenario reads, where its own is none: a CSV text for a file beside the scenario.
    pub beside: Option<String>,
    /// What was found in the trace and what became of it, a line each.
    pub facts: Vec<String>,
    root: Item,
    question: String,
    file: String,
    kind: Kind,
}

/// Stands in a scenario where the path of the trace will stand.
const PATH: &str = "@path of the trace@";

/// What a kind of trace makes of it.
struct Made {
    duration: Item,
    aws: Item,
    world: Item,
    timeline: Vec<Item>,
    question: String,
    beside: Option<String>,
    facts: Vec<String>,
}

impl Played {
    /// The scenario with the path of the trace, relative to where the scenario will be.
    #[must_use]
    pub fn yaml(&self, path: &str) -> String {
        let mut root = self.root.clone();
        root.for_each_text(&mut |text| {
            if text == PATH {
                path.clone_into(text);
            }
        });
        let made = format!(
            "Made by `ecsim import trace --as {}` of {}. Comments that begin with \"guess\" stand beside values that the trace \
             does not say.",
            self.kind.name(),
            escape(&self.file)
        );
        as_comment(&[self.question.clone(), made]) + &root.to_yaml()
    }

    /// How many guesses stand beside values.
    #[must_use]
    pub fn guesses(&self) -> usize {
        self.root.to_yaml().matches("# guess: ").count()
    }
}

/// Reads a trace.
///
/// # Errors
/// One text for the user: what is wrong, where, and what would be right.
pub fn read(wanted: &Wanted) -> Result<Played, String> {
    let csv = CsvColumns::open(&wanted.file)?;
    let taken = columns::take(&csv, wanted)?;
    let doubt = csv.doubt();
    let made = match wanted.kind {
        Kind::Arrivals => arrivals::read(csv, &taken, wanted)?,
        Kind::Demand => demand::read(csv, &taken, wanted)?,
        Kind::SpotCapacity => spot::read(csv, &taken, wanted)?,
        Kind::Outages => outages::read(csv, &taken, wanted)?,
    };
    let name = wanted.name.clone().unwrap_or_else(|| columns::name_of(&wanted.file));
    let mut root = Item::mapping([
        ("ecsim", Item::of(json!(1))),
        ("name", Item::of(json!(name))),
        ("duration", made.duration),
        ("aws", made.aws),
        ("world", made.world),
    ]);
    if !made.timeline.is_empty() {
        root.set("timeline", Item::list(made.timeline));
    }
    let mut facts: Vec<String> = taken.all.iter().map(columns::Taken::told).collect();
    facts.extend(made.facts);
    facts.extend(doubt.map(str::to_owned));
    let file = wanted.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Played { name, beside: made.beside, facts, root, question: made.question, file, kind: wanted.kind })
}

const DAY_MS: f64 = 86_400_000.0;

/// How long a scenario is that plays a trace of this length: all of it, or its first day.
fn length(trace_ms: f64, all: &str) -> Item {
    match trace_ms <= DAY_MS {
        true => Item::of(json!(all)),
        false => Item::of(json!("24h"))
            .noted(guess(format!("the first day of {}; {all} plays all of it", units::span(trace_ms)))),
    }
}

/// A time as a scenario writes it, in the largest unit in which it is whole.
fn written_ms(ms: f64) -> String {
    let ms = (ms + 0.5) as u64;
    let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s")];
    let whole = units.into_iter().find(|(unit, _)| ms > 0 && ms.is_multiple_of(*unit));
    match whole {
        Some((unit, suffix)) => format!("{}{suffix}", ms / unit),
        None if ms == 0 => "0s".to_owned(),
        None => format!("{ms}ms"),
    }
}

/// `1 row`, `2 rows`, with separators.
fn counted(count: u64, noun: &str) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if count == 1 { format!("1 {noun}") } else { format!("{shown} {noun}s") }
}
