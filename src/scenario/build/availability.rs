//! `availability`: how much a Spot pool can hold over time, replayed from a trace of probes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::quoted;
use crate::catalog::csv_text::{CsvText, Mistake, Row};
use crate::catalog::nearest_spelling;
use crate::kernel::time::SimTime;
use crate::scenario::document::Document;
use crate::scenario::limits::MAX_DURATION_MS;
use crate::scenario::problem::Problem;
use crate::scenario::spec::{AvailabilityTrace, Scenario};

/// Reading ends after so many mistakes.
const MOST_MISTAKES: usize = 1_000;
/// A trace that has more runs than this is no trace of capacity.
const MOST_AVAILABLE: u64 = 1_000_000;

/// What a pool can hold from which time on, ascending; the first is of time zero.
pub(super) type CapacitySteps = Arc<[(SimTime, u32)]>;

/// The traces of `world.spot`, by its keys.
pub(super) fn traces(
    document: &mut Document,
    scenario: &Scenario,
) -> Result<BTreeMap<String, CapacitySteps>, Vec<Problem>> {
    let (mut traces, mut problems) = (BTreeMap::new(), Vec::new());
    for (key, pool) in &scenario.world.spot {
        let Some(wanted) = &pool.availability else { continue };
        let path = format!("world.spot.{}.availability", quoted(key));
        match trace(document, wanted, &path) {
            Ok(steps) => drop(traces.insert(key.clone(), steps)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(traces) } else { Err(problems) }
}

fn trace(
    document: &mut Document,
    wanted: &AvailabilityTrace,
    path: &str,
) -> Result<CapacitySteps, Vec<Problem>> {
    let at = format!("{path}.csv");
    let data = document.take_in_data(&at, &wanted.csv).map_err(|problem| vec![problem])?;
    let read = runs(&data.text, wanted.trace.as_deref());
    let (Reading { runs, others, .. }, mistakes) =
        read.unwrap_or_else(|mistake| (Reading::default(), vec![mistake]));
    if !mistakes.is_empty() {
        return Err(mistakes.into_iter().map(|mistake| data.problem(&at, mistake)).collect());
    }
    if runs.is_empty() {
        let name = wanted.trace.as_deref().unwrap_or_default();
        let near = nearest_spelling(name, others.iter().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean {near:?}?")).or_else(|| {
            let some: Vec<&str> = others.iter().take(3).map(String::as_str).collect();
            (!some.is_empty()).then(|| format!("; there is {}", some.join(", ")))
        });
        let message = format!("the file has no trace {name:?}{}", hint.unwrap_or_default());
        return Err(vec![document.error_at(&format!("{path}.trace"), message)]);
    }
    steps(&runs, wanted).map_err(|message| vec![document.error_at(path, message)])
}

/// So many instances for a while, in milliseconds of the trace.
struct Run {
    from_ms: u64,
    until_ms: u64,
    available: u32,
}

/// A trace as it is read: the rows before the present one.
#[derive(Default)]
struct Reading {
    name: Option<String>,
    gap_ms: u64,
    next_tick: u64,
    runs: Vec<Run>,
    others: Vec<String>,
}

/// The runs of a trace, with the names of the others; rows that do not follow each other are mistakes.
fn runs(text: &str, wanted: Option<&str>) -> Result<(Reading, Vec<Mistake>), Mistake> {
    let csv = CsvText::open(text)?;
    let places = Places {
        trace: csv.column(&["trace"])?,
        gap: csv.required(&["gap_seconds"])?,
        start: csv.required(&["start_tick"])?,
        ticks: csv.required(&["ticks"])?,
        available: csv.required(&["available"])?,
    };
    let mut reading = Reading { name: wanted.map(str::to_owned), ..Reading::default() };
    let mistakes = csv.rows(MOST_MISTAKES, |row| reading.take(row, &places));
    Ok((reading, mistakes))
}

struct Places {
    trace: Option<usize>,
    gap: usize,
    start: usize,
    ticks: usize,
    available: usize,
}

impl Reading {
    fn take(&mut self, row: &Row<'_>, places: &Places) -> Result<(), Mistake> {
        let name = row.cell(places.trace);
        let is_wanted = self.name.get_or_insert_with(|| name.to_owned()) == name || places.trace.is_none();
        if !is_wanted {
            if self.others.last().map(String::as_str) != Some(name) {
                self.others.push(name.to_owned());
            }
            return Ok(());
        }
        let whole = |place: usize, least: u64, most: u64| {
            let found = row.cell(Some(place)).parse::<u64>().ok().filter(|n| (least..=most).contains(n));
            found.ok_or_else(|| row.mistake(place, &format!("a whole number from {least} to {most}")))
        };
        let gap_ms = whole(places.gap, 1, 1_000_000)? * 1000;
        let start = whole(places.start, 0, MAX_DURATION_MS)?;
        let ticks = whole(places.ticks, 1, MAX_DURATION_MS)?;
        let available = whole(places.available, 0, MOST_AVAILABLE)? as u32;
        if !self.runs.is_empty() && gap_ms != self.gap_ms {
            let expected = format!("{} as in the rows before", self.gap_ms / 1000);
            return Err(row.mistake(places.gap, &expected));
        }
        let expected = self.next_tick;
        self.gap_ms = gap_ms;
        self.next_tick = start.saturating_add(ticks);
        let until_ms = self.next_tick.saturating_mul(gap_ms);
        self.runs.push(Run { from_ms: start.saturating_mul(gap_ms), until_ms, available });
        if start != expected {
            let what = match (start > expected, self.runs.len()) {
                (true, _) => "there is a hole before this row",
                (false, 2..) if start <= self.runs[self.runs.len() - 2].from_ms / gap_ms => {
                    "the ticks run backwards"
                }
                (false, _) => "this row overlaps the one before",
            };
            return Err(row.mistake(places.start, &format!("{expected}, since {what}")));
        }
        Ok(())
    }
}

/// Stretches time, leaves out what comes before the offset, and scales what is available.
fn steps(runs: &[Run], wanted: &AvailabilityTrace) -> Result<CapacitySteps, String> {
    let scale = wanted.scale.unwrap_or(1);
    let stretch = wanted.time_scale.map_or(1.0, |scale| scale.0);
    if stretch <= 0.0 {
        return Err("timeScale is above 0: 0.5 plays the trace at twice its speed".to_owned());
    }
    let stretched = |ms: u64| ((ms as f64 * stretch + 0.5) as u64).min(MAX_DURATION_MS);
    let offset = wanted.offset.map_or(0, |offset| offset.0);
    let end = runs.last().map_or(0, |run| stretched(run.until_ms));
    if offset >= end {
        return Err(format!(
            "the offset is at or after the end of the trace, which is {} s long",
            end / 1000
        ));
    }
    let mut steps: Vec<(SimTime, u32)> = Vec::with_capacity(runs.len());
    for run in runs.iter().filter(|run| stretched(run.until_ms) > offset) {
        let at = SimTime(stretched(run.from_ms).saturating_sub(offset));
        let capacity = run.available.saturating_mul(scale);
        match steps.last_mut() {
            Some(last) if last.0 == at => last.1 = capacity,
            Some(last) if last.1 == capacity => {}
            _ => steps.push((at, capacity)),
        }
    }
    Ok(steps.into())
}
