//! What a comparison says at its end.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::pairs;
use crate::cli::summary::files;
use crate::experiment::statistics::{Compared, Shown};
use crate::output::comparison::{ComparedMetric, signed_share};
use crate::output::number::{grouped, significant};
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Column, paragraph, table, value};
use crate::output::words::metric_of_words;
use crate::scenario::plan::Plan;

/// A comparison, ready to be told.
pub(super) struct Told<'a> {
    pub before: &'a Plan,
    pub after: &'a Plan,
    pub set: &'a [String],
    pub metrics: &'a [ComparedMetric],
    pub replications: u64,
}

impl Told<'_> {
    fn judged(&self) -> impl Iterator<Item = &ComparedMetric> {
        self.metrics.iter().filter(|metric| metric.is_judged)
    }

    /// The verdict over all judged metrics: the worst of them.
    pub(super) fn verdict(&self) -> Shown {
        self.judged().filter_map(|metric| metric.found.shown).max().unwrap_or(Shown::Inconclusive)
    }

    /// Whether B may take the place of A.
    pub(super) fn verdict_word(&self) -> &'static str {
        match self.verdict() {
            Shown::Worse => "no",
            Shown::Inconclusive => "unknown",
            Shown::NotWorse | Shown::Better | Shown::Same => "yes",
        }
    }

    /// The answer in a sentence.
    pub(super) fn headline(&self) -> String {
        let with = |shown: Shown| {
            let found = self.judged().filter(|metric| metric.found.shown == Some(shown));
            found
                .map(|metric| metric_of_words(&metric.name.metric, &metric.name.of))
                .collect::<Vec<_>>()
                .join("; ")
        };
        match self.verdict() {
            Shown::Worse => format!("B is worse than A: {}", with(Shown::Worse)),
            Shown::Inconclusive if self.judged().next().is_none() => "Nothing to judge by".to_owned(),
            Shown::Inconclusive => {
                format!("Not known yet whether B is worse than A: {}", with(Shown::Inconclusive))
            }
            Shown::NotWorse | Shown::Better if with(Shown::Better).is_empty() => {
                "B is not worse than A".to_owned()
            }
            Shown::NotWorse | Shown::Better => {
                format!("B is not worse than A, and better: {}", with(Shown::Better))
            }
            Shown::Same => "A and B are the same in all that is judged".to_owned(),
        }
    }

    /// Sides, replications and seed.
    pub(super) fn circumstances(&self, seed: u64) -> String {
        format!("{} – {} of replications – seed {seed}", self.sides(), pairs(self.replications))
    }

    fn sides(&self) -> String {
        let set = if self.set.is_empty() { String::new() } else { format!(" with {}", self.set.join(", ")) };
        format!("A: {}, B: {}{set}", self.before.name, self.after.name)
    }

    /// For people.
    pub(super) fn text(&self, directory: &Path, took: Duration) -> String {
        let mut text = format!("\n{}", paragraph(&format!("{}.", self.headline()), 0));
        let pairs = pairs(self.replications);
        text += &paragraph(
            &format!("{}; {pairs} of replications in {:.1} s", self.sides(), took.as_secs_f64()),
            0,
        );
        let columns = [
            Column::Text("metric"),
            Column::Number("A"),
            Column::Number("B"),
            Column::Number("change"),
            Column::Number("95 % interval"),
            Column::Number("correlation, gain"),
            Column::Text("B is"),
        ];
        let rows: Vec<Vec<String>> = self.judged().map(row).collect();
        text += &format!("\n{}", table(&columns, &rows));
        for metric in self.judged() {
            if let Some(needed) = metric.found.replications_needed {
                text += &paragraph(
                    &format!(
                        "{}: about {} replications would tell (--replications {needed})",
                        metric_of_words(&metric.name.metric, &metric.name.of),
                        grouped(needed as f64, 0)
                    ),
                    2,
                );
            }
        }
        text += &paragraph(
            "gain: how many times fewer replications pairing on the same random numbers needs than unrelated ones",
            2,
        );
        text + &files(directory)
    }

    /// For programs.
    pub(super) fn json(&self, directory: &Path) -> String {
        let metrics: Vec<Value> = self.metrics.iter().map(metric_json).collect();
        let value = json!({
            "a": self.before.name, "b": self.after.name, "set": self.set, "replications": self.replications,
            "verdict": self.verdict().word(), "headline": self.headline(), "metrics": metrics,
            "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }
}

/// A metric for programs.
fn metric_json(metric: &ComparedMetric) -> Value {
    let ComparedMetric { name, is_judged, found } = metric;
    json!({
        "metric": name.metric, "of": name.of, "unit": name.unit, "judged": is_judged,
        "mean_a": found.before.mean, "mean_b": found.after.mean,
        "difference": found.difference.map(|pairs| pairs.mean),
        "ci95_low": found.difference.map(|pairs| pairs.ci95.0),
        "ci95_high": found.difference.map(|pairs| pairs.ci95.1),
        "correlation": found.correlation, "variance_gain": found.variance_gain, "margin": found.margin,
        "verdict": found.shown.map(Shown::word), "replications_needed": found.replications_needed,
    })
}

fn row(metric: &ComparedMetric) -> Vec<String> {
    let Compared { before, after, correlation, variance_gain, shown, .. } = &metric.found;
    let quantity = quantity_of(&metric.name);
    let (change, interval) = match (metric.found.relative(), metric.found.difference) {
        (Some((mean, (low, high))), _) => {
            (signed_share(mean), format!("{} to {}", signed_share(low), signed_share(high)))
        }
        (None, Some(found)) => {
            let ends = (value(Some(found.ci95.0), quantity), value(Some(found.ci95.1), quantity));
            (value(Some(found.mean), quantity), format!("{} to {}", ends.0, ends.1))
        }
        (None, None) => ("–".to_owned(), "–".to_owned()),
    };
    vec![
        format!("{} of {}", metric.name.metric, metric.name.of),
        value(before.mean, quantity),
        value(after.mean, quantity),
        change,
        interval,
        match (correlation, variance_gain) {
            (Some(correlation), Some(gain)) => format!("{correlation:.2}, {}×", significant(*gain, 2)),
            (None, Some(gain)) => format!("–, {}×", significant(*gain, 2)),
            (_, None) => "–".to_owned(),
        },
        shown.map_or("–".to_owned(), |shown| shown.word().to_owned()),
    ]
}
