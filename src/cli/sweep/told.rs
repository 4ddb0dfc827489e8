//! What a sweep says at its end.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::run::counted;
use crate::cli::summary::{files, metrics_json, notes, title};
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;
use crate::output::journal::Head;
use crate::output::number::grouped;
use crate::output::sweep_plots::{Curve, quantity_of};
use crate::output::terminal::{Column, estimate, table};
use crate::output::words::axis_words;

/// More rows than these nobody reads on a terminal.
const MOST_ROWS: usize = 60;

/// The points of a sweep with the metrics that its curves show.
pub(super) struct Told {
    pub head: Head,
    pub axes: Vec<String>,
    pub names: Vec<MetricName>,
    /// How many points there are.
    pub count: usize,
    /// Those that are kept: all or none.
    pub points: Vec<(Vec<String>, Vec<Summary>)>,
    pub curves: Vec<Curve>,
}

impl Told {
    /// For people.
    pub(super) fn text(&self, directory: &Path, took: Duration, resumed: u64) -> String {
        let trials = self.count * self.head.replications as usize;
        let mut text = title(&self.head.scenario, self.head.question.as_deref());
        text += &format!(
            "{} × {} = {} in {:.1} s",
            counted(self.count, "point"),
            counted(self.head.replications as usize, "replication"),
            counted(trials, "trial"),
            took.as_secs_f64()
        );
        text += &match resumed {
            0 => "\n\n".to_owned(),
            resumed => format!(", {} of them done before\n\n", grouped(resumed as f64, 0)),
        };
        let (names, curves) = (&self.names, &self.curves);
        let shown: Vec<usize> = curves.iter().map(|curve| curve.metric).collect();
        let headings: Vec<String> = shown
            .iter()
            .map(|metric| format!("{} of {}", names[*metric].metric, names[*metric].of))
            .collect();
        let axes: Vec<String> = self.axes.iter().map(|axis| axis_words(axis)).collect();
        let mut columns: Vec<Column<'_>> = axes.iter().map(|axis| Column::Text(axis)).collect();
        columns.extend(headings.iter().map(|heading| Column::Number(heading)));
        let row = |(labels, summaries): &(Vec<String>, Vec<Summary>)| -> Vec<String> {
            let cells = shown.iter().map(|metric| {
                let summary = &summaries[*metric];
                estimate(summary.mean, summary.shown_interval(), quantity_of(&names[*metric]))
            });
            labels.iter().cloned().chain(cells).collect()
        };
        let rows: Vec<Vec<String>> = self.points.iter().take(MOST_ROWS).map(row).collect();
        if !rows.is_empty() {
            text += &table(&columns, &rows);
        }
        if self.count > rows.len() {
            text += &format!(" {} more are in points.csv.\n", counted(self.count - rows.len(), "point"));
        }
        text + &notes(&self.head.notes) + &files(directory)
    }

    /// For programs.
    pub(super) fn json(&self, directory: &Path) -> String {
        let point = |(labels, summaries): &(Vec<String>, Vec<Summary>)| {
            let at: serde_json::Map<String, Value> =
                self.axes.iter().cloned().zip(labels.iter().map(|label| json!(label))).collect();
            json!({ "point": at, "metrics": metrics_json(&self.names, summaries) })
        };
        let points: Vec<Value> = self.points.iter().map(point).collect();
        let shown: Vec<String> = self.curves.iter().map(|curve| self.names[curve.metric].column()).collect();
        let value = json!({
            "scenario": self.head.scenario, "replications": self.head.replications, "count": self.count,
            "shown": shown, "points": points, "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }
}
