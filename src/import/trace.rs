//! `ecsim import trace`: a scenario around a trace of calls, demand, Spot capacity or outages.
//!
//! The trace stays where it is and the scenario names it; what is not in it (sizes, capacity) is guessed with a comment. A trace
//! whose numbers make no sense in their unit is refused with what they would be in another.

mod arrivals;
mod demand;
mod interruptions;
mod rows;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::json;

use super::yaml::{Item, as_comment};
pub use rows::{Rows, TimeUnitName};

/// What a trace is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// Calls of RunTask.
    Arrivals,
    /// Requests to a service.
    Demand,
    /// How many Spot instances could be held.
    SpotCapacity,
    /// Outages of a zone.
    Outages,
}

impl TraceKind {
    /// What its columns can hold.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            TraceKind::Arrivals => &["arrival", "duration", "from", "to", "cpu", "memory"],
            TraceKind::Demand => &["time", "value"],
            TraceKind::SpotCapacity => &[],
            TraceKind::Outages => &["start", "interval", "duration"],
        }
    }

    /// Which of them have a unit.
    #[must_use]
    pub fn units(self) -> &'static [&'static str] {
        match self {
            TraceKind::Arrivals => &["arrival", "duration", "cpu", "memory"],
            TraceKind::Demand => &["time"],
            TraceKind::SpotCapacity => &[],
            TraceKind::Outages => &["start", "interval", "duration"],
        }
    }

    /// The kind in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            TraceKind::Arrivals => "a trace of arrivals",
            TraceKind::Demand => "a trace of demand",
            TraceKind::SpotCapacity => "a trace of Spot capacity",
            TraceKind::Outages => "a trace of outages",
        }
    }
}

/// Which trace, and how it is to be read.
#[derive(Clone, Debug)]
pub struct TraceWishes {
    /// The file.
    pub file: PathBuf,
    /// What it is of.
    pub kind: TraceKind,
    /// Names of columns by what they hold; those that are left out are looked for by their usual names.
    pub columns: BTreeMap<String, String>,
    /// Units by what columns hold.
    pub units: BTreeMap<String, String>,
    /// The scenario's name.
    pub name: Option<String>,
    /// The zone of outages and Spot capacity.
    pub zone: String,
    /// Which trace of a file of several.
    pub trace: Option<String>,
    /// Where the scenario will stand.
    pub scenario: PathBuf,
    /// Take units that make no sense as they are.
    pub force_units: bool,
}

/// The scenario and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FromTrace {
    /// The scenario as text.
    pub yaml: String,
    /// A file that the scenario names and that must stand beside it: its name and text.
    pub beside: Option<(String, String)>,
    /// What was found in the trace, one sentence each.
    pub told: Vec<String>,
}

/// Makes the scenario.
///
/// # Errors
/// One text for the user: the file, a column or a cell is wrong, or the numbers make no sense in their unit.
pub fn from_trace(wishes: &TraceWishes) -> Result<FromTrace, String> {
    match wishes.kind {
        TraceKind::Arrivals => arrivals::scenario(wishes),
        TraceKind::Demand => demand::scenario(wishes),
        TraceKind::SpotCapacity => interruptions::spot_capacity(wishes),
        TraceKind::Outages => interruptions::outages(wishes),
    }
}

impl TraceWishes {
    fn shown(&self) -> String {
        self.file.display().to_string()
    }

    fn stem(&self) -> String {
        let stem = self.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        stem.chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
            .take(60)
            .collect()
    }

    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.stem())
    }

    /// The trace as the scenario names it.
    fn path(&self) -> String {
        let base = self.scenario.parent().unwrap_or(Path::new(""));
        relative(&self.file, base).display().to_string()
    }
}

/// A path as seen from a directory; as it is where the two have no common root that is known.
fn relative(file: &Path, base: &Path) -> PathBuf {
    let whole =
        |path: &Path| std::path::absolute(path).map(|path| path.components().map(own).collect::<Vec<_>>());
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let (Ok(file_parts), Ok(base_parts)) = (whole(file), whole(base)) else { return file.to_owned() };
    let clean = |parts: Vec<String>| parts.into_iter().filter(|part| part != ".").collect::<Vec<_>>();
    let (file_parts, base_parts) = (clean(file_parts), clean(base_parts));
    if base_parts.iter().any(|part| part == "..") {
        return file.to_owned();
    }
    let common = file_parts.iter().zip(&base_parts).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), base_parts.len() - common);
    up.chain(file_parts[common..].iter().cloned()).collect()
}

fn own(component: Component<'_>) -> String {
    component.as_os_str().to_string_lossy().into_owned()
}

/// The head that all scenarios have, and the rest behind it.
fn written(wishes: &TraceWishes, question: &str, entries: Vec<(&str, Item)>) -> String {
    let made = format!(
        "Made by `ecsim import trace` of {}. Comments that begin with \"guess\" stand beside values that the trace does not say.",
        wishes.path()
    );
    let mut root = Item::mapping([("ecsim", Item::of(json!(1))), ("name", Item::of(json!(wishes.name())))]);
    for (key, item) in entries {
        root.set(key, item);
    }
    as_comment(&[format!("{question}\n"), made]) + &root.to_yaml()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_as_seen_from_the_scenario() {
        let from = |file: &str, base: &str| relative(Path::new(file), Path::new(base)).display().to_string();
        assert_eq!(from("/data/traces/a.csv", "/data"), "traces/a.csv");
        assert_eq!(from("/data/a.csv", "/data/scenarios"), "../a.csv");
        assert_eq!(from("a.csv", ""), "a.csv");
        assert_eq!(from("./a.csv", "scenarios"), "../a.csv");
    }
}
