//! Numbers that cannot be right in the unit that they are said to be in.

use super::columns::{Taken, Unit, unit_word};
use super::{DAY_MS, Wanted};
use crate::scenario::distribution_spec::TimeUnit;
use crate::scenario::spec::CpuUnit;

/// No trace of a cluster is longer.
const LONGEST_TRACE_MS: f64 = 2.0 * 365.0 * DAY_MS;
/// None is shorter.
const SHORTEST_TRACE_MS: f64 = 1_000.0;
/// No half of the durations of a trace is longer.
const LONGEST_MEDIAN_MS: f64 = 30.0 * DAY_MS;
/// No half of them is shorter than what it takes to look.
const SHORTEST_MEDIAN_MS: f64 = 1.0;
/// No task has more.
const MOST_VCPUS: f64 = 1_000.0;
/// Fewer rows may well be within a second.
const FEWEST_ROWS: usize = 10;

/// A time as people say it: `1.7 days`.
pub(super) fn span(ms: f64) -> String {
    let (unit, name) = match ms {
        ..1e3 => (1.0, "ms"),
        1e3..120e3 => (1e3, "s"),
        120e3..7200e3 => (60e3, "minutes"),
        7200e3..172_800e3 => (3600e3, "hours"),
        172_800e3..63_072_000e3 => (DAY_MS, "days"),
        _ => (365.0 * DAY_MS, "years"),
    };
    let value = ms / unit;
    let decimals = if value < 10.0 && value.fract() > 1e-9 { 1 } else { 0 };
    format!("{value:.decimals$} {name}")
}

/// Refuses what cannot be.
pub(super) struct Doubts<'w> {
    pub wanted: &'w Wanted,
    pub shown: String,
}

impl Doubts<'_> {
    /// The span of the times of `rows` rows.
    ///
    /// # Errors
    /// What it would be in another unit.
    pub(super) fn of_span(&self, column: &Taken, span_ms: f64, rows: usize) -> Result<(), String> {
        let too_short = rows >= FEWEST_ROWS && span_ms < SHORTEST_TRACE_MS;
        if span_ms <= LONGEST_TRACE_MS && !too_short {
            return Ok(());
        }
        let what = if too_short { "all within" } else { "a trace of" };
        let claim = format!("{what} {}", span(span_ms));
        let would =
            |ms: f64| (60_000.0..=LONGEST_TRACE_MS).contains(&ms).then(|| format!("would span {}", span(ms)));
        self.times(column, span_ms, &claim, "the trace", &would)
    }

    /// The median of durations.
    ///
    /// # Errors
    /// What it would be in another unit.
    pub(super) fn of_median(&self, column: &Taken, median_ms: f64) -> Result<(), String> {
        if median_ms <= LONGEST_MEDIAN_MS && (median_ms >= SHORTEST_MEDIAN_MS || median_ms == 0.0) {
            return Ok(());
        }
        let claim = format!("a median duration of {}", span(median_ms));
        let would =
            |ms: f64| (1_000.0..=LONGEST_MEDIAN_MS).contains(&ms).then(|| format!("would be {}", span(ms)));
        self.times(column, median_ms, &claim, "the median", &would)
    }

    fn times(
        &self,
        column: &Taken,
        ms: f64,
        claim: &str,
        subject: &str,
        would: &dyn Fn(f64) -> Option<String>,
    ) -> Result<(), String> {
        let units = [TimeUnit::Ms, TimeUnit::S, TimeUnit::Min, TimeUnit::H, TimeUnit::D].map(Unit::Time);
        let other = |unit: Unit| {
            let in_it = Taken { unit, ..column.clone() };
            would(ms / column.ms() * in_it.ms()).map(|would| (unit, would))
        };
        let found = units.into_iter().filter(|unit| *unit != column.unit).find_map(other);
        self.refuse(column, claim, found.map(|(unit, would)| (unit, format!("{subject} {would}"))))
    }

    /// The most vCPUs that a task asks for, with the number of units a vCPU of the unit that they were read in.
    ///
    /// # Errors
    /// What they would be in another unit.
    pub(super) fn of_cpu(&self, column: &Taken, most_units: f64) -> Result<(), String> {
        let vcpus = most_units / 1024.0;
        if vcpus <= MOST_VCPUS {
            return Ok(());
        }
        let Unit::Cpu(unit) = column.unit else { return Ok(()) };
        let number = vcpus * f64::from(unit.per_vcpu());
        let other = [CpuUnit::Milli, CpuUnit::Units].into_iter().find_map(|other| {
            let in_it = number / f64::from(other.per_vcpu());
            (in_it <= MOST_VCPUS && other != unit)
                .then(|| (Unit::Cpu(other), format!("the largest task would have {in_it:.1} vCPU")))
        });
        self.refuse(column, &format!("a task of {vcpus:.0} vCPU"), other)
    }

    fn refuse(&self, column: &Taken, claim: &str, other: Option<(Unit, String)>) -> Result<(), String> {
        if self.wanted.force_units {
            return Ok(());
        }
        let told = other.map_or_else(String::new, |(unit, would)| {
            let word = unit_word(unit);
            format!("; in {word} {would}: --units {}={word}", column.key)
        });
        Err(format!(
            "`{}` column {:?}: read in {}, it tells of {claim}, which cannot be right{told}. --force-units takes it as it is",
            self.shown,
            column.column,
            unit_word(column.unit)
        ))
    }
}

/// The middle value; 0 of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_unit_of_people() {
        let said = [500.0, 5_000.0, 1.7 * DAY_MS, 3.5 * DAY_MS, 21.0 * DAY_MS, 1_095.0 * DAY_MS].map(span);
        assert_eq!(said, ["500 ms", "5 s", "41 hours", "3.5 days", "21 days", "3 years"]);
    }
}
