//! The tornado, its table and its words.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Moved;
use crate::cli::Failure;
use crate::cli::run::counted;
use crate::cli::summary::{files, title};
use crate::experiment::statistics::Compared;
use crate::observe::metrics::MetricName;
use crate::output::comparison::signed_share;
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::number::Quantity;
use crate::output::plot::{Chart, Effect, Forest, ForestRow, Tone};
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Column, paragraph, table, value};
use crate::output::words::{metric_of_words, metric_words};
use crate::scenario::plan::Plan;

/// More bars than these nobody reads.
const MOST_BARS: usize = 15;
/// And fewer lines on a terminal.
const MOST_ROWS: usize = 6;

/// A sensitivity, ready to be told.
pub(super) struct Told<'a> {
    pub plan: &'a Plan,
    pub names: &'a [MetricName],
    pub moved: &'a [Moved],
    pub replications: u32,
    /// How many parameters the run read.
    pub read: usize,
}

impl Told<'_> {
    /// The parameters that move a metric, the strongest first, each with its other values.
    fn movers(&self, metric: usize) -> Vec<(f64, Vec<&Moved>)> {
        let mut found: Vec<(f64, Vec<&Moved>)> = Vec::new();
        for moved in self.moved {
            let size = size(&moved.effects[metric]);
            match found.last_mut().filter(|(_, others)| others[0].parameter.name == moved.parameter.name) {
                Some((largest, others)) => {
                    *largest = largest.max(size);
                    others.push(moved);
                }
                None => found.push((size, vec![moved])),
            }
        }
        found.retain(|(largest, _)| *largest > 0.0);
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found
    }

    fn base(&self, metric: usize) -> Option<f64> {
        self.moved.first().and_then(|moved| moved.effects[metric].before.mean)
    }

    /// For people.
    pub(super) fn text(&self, directory: &Path, took: Duration) -> String {
        let mut text = title(&self.plan.name, self.plan.question.as_deref());
        text += &paragraph(
            &format!(
                "The run reads {}; each was moved over its range, {} each on the same random numbers; {:.1} s",
                counted(self.read, "undocumented parameter"),
                counted(self.replications as usize, "replication"),
                took.as_secs_f64()
            ),
            0,
        );
        for metric in 0..self.names.len() {
            text += &format!("\n{}", self.of_metric(metric));
        }
        text + &files(directory)
    }

    fn of_metric(&self, metric: usize) -> String {
        let name = &self.names[metric];
        let (words, quantity) = (metric_of_words(&name.metric, &name.of), quantity_of(name));
        let movers = self.movers(metric);
        let base = value(self.base(metric), quantity);
        if movers.is_empty() {
            return paragraph(&format!("{words} is {base}, whatever these parameters are."), 0);
        }
        let moving = counted(movers.len(), "parameter");
        let (verb, least) = (if movers.len() == 1 { "moves" } else { "move" }, MOST_ROWS.min(movers.len()));
        let mut text = paragraph(&format!("{words} is {base}; {moving} {verb} it. The strongest:"), 0);
        let columns = [
            Column::Text("parameter"),
            Column::Text("rule"),
            Column::Text("in place of"),
            Column::Text("tried"),
            Column::Number("change"),
            Column::Number("95 % interval"),
        ];
        let rows: Vec<Vec<String>> = movers
            .iter()
            .take(least)
            .flat_map(|(_, others)| others.iter().map(|moved| self.row(moved, metric)))
            .collect();
        text += &table(&columns, &rows);
        text
    }

    fn row(&self, moved: &Moved, metric: usize) -> Vec<String> {
        let found = &moved.effects[metric];
        let quantity = quantity_of(&self.names[metric]);
        let (change, low, high) = shown(found, quantity);
        vec![
            moved.parameter.name.to_owned(),
            moved.parameter.rule.to_owned(),
            self.in_force(moved),
            moved.value.clone(),
            change,
            format!("{low} to {high}"),
        ]
    }

    fn in_force(&self, moved: &Moved) -> String {
        let given = self.plan.scenario.model.0.get(moved.parameter.name);
        given.map_or(moved.parameter.default.to_owned(), |given| {
            given.as_str().map_or_else(|| given.to_string(), str::to_owned)
        })
    }

    /// Writes `sensitivity.csv`: a row for each metric, parameter and value tried.
    pub(super) fn write_table(&self, directory: &ResultDirectory) -> Result<(), Failure> {
        let columns = [
            "metric",
            "of",
            "unit",
            "parameter",
            "rule",
            "in_force",
            "tried",
            "mean",
            "mean_moved",
            "difference",
            "ci95_low",
            "ci95_high",
            "relative",
            "n",
        ];
        let mut table = directory.table("sensitivity.csv", &columns)?;
        for (metric, name) in self.names.iter().enumerate() {
            for moved in self.moved {
                let found = &moved.effects[metric];
                let pairs = found.difference;
                let row = table.row().text(&name.metric).text(&name.of).text(name.unit);
                let row = row.text(moved.parameter.name).text(moved.parameter.rule);
                row.text(&self.in_force(moved))
                    .text(&moved.value)
                    .opt_real(found.before.mean)
                    .opt_real(found.after.mean)
                    .opt_real(pairs.map(|pairs| pairs.mean))
                    .opt_real(pairs.map(|pairs| pairs.ci95.0))
                    .opt_real(pairs.map(|pairs| pairs.ci95.1))
                    .opt_real(found.relative().map(|relative| relative.0))
                    .int(pairs.map_or(0, |pairs| i128::from(pairs.n)))
                    .end()?;
            }
        }
        Ok(table.finish()?.commit()?)
    }

    /// Draws a tornado for each metric that something moves.
    pub(super) fn draw(&self, directory: &ResultDirectory, seed: u64) -> Result<(), Failure> {
        for (metric, name) in self.names.iter().enumerate() {
            let movers = self.movers(metric);
            if movers.is_empty() {
                continue;
            }
            let quantity = quantity_of(name);
            let row = |(_, others): &(f64, Vec<&Moved>)| ForestRow {
                name: format!(
                    "{} ({}, {})",
                    others[0].parameter.name,
                    self.in_force(others[0]),
                    others[0].parameter.rule
                ),
                effects: others.iter().filter_map(|moved| effect(moved, metric, quantity)).collect(),
                margin: None,
                text: others.iter().map(|moved| moved.value.clone()).collect::<Vec<_>>().join(" | "),
            };
            let words = metric_of_words(&name.metric, &name.of);
            let still = self.read.saturating_sub(movers.len());
            let relative = quantity != Quantity::Share;
            let chart = Forest {
                title: format!("How much of “{words}” rests on undocumented numbers"),
                subtitle: format!(
                    "{} – {} with the values in force – {} – seed {seed}",
                    self.plan.name,
                    value(self.base(metric), quantity),
                    counted(self.replications as usize, "replication")
                ),
                x_label: if relative {
                    format!("Change of {} (%)", metric_words(&name.metric).to_lowercase())
                } else {
                    format!("Change of {} (percentage points)", metric_words(&name.metric).to_lowercase())
                },
                quantity: Quantity::Share,
                rows: movers.iter().take(MOST_BARS).map(row).collect(),
                bars: true,
                tones: vec![
                    (Tone::Good, "with the lower value".to_owned()),
                    (Tone::Bad, "with the higher value, or another one".to_owned()),
                ],
                interval_meaning: "95 % interval of the paired change".to_owned(),
                note: format!(
                    "In brackets the value in force and the rule, at the right what was tried in its place. {} that the run reads {} this metric.{}",
                    counted(still, "parameter"),
                    if still == 1 { "does not move" } else { "do not move" },
                    match movers.len().saturating_sub(MOST_BARS) {
                        0 => String::new(),
                        more => format!(" {more} weaker ones are in sensitivity.csv."),
                    }
                ),
            };
            chart.write(directory, &safe_file_name(&format!("tornado-{}-{}", name.metric, name.of)))?;
        }
        Ok(())
    }

    /// For programs.
    pub(super) fn json(&self, directory: &Path) -> String {
        let of_metric = |(metric, name): (usize, &MetricName)| {
            let moved = self.moved.iter().map(|moved| {
                let found = moved.effects[metric].difference;
                json!({
                    "parameter": moved.parameter.name, "rule": moved.parameter.rule, "in_force": self.in_force(moved),
                    "tried": moved.value, "difference": found.map(|pairs| pairs.mean),
                    "ci95_low": found.map(|pairs| pairs.ci95.0), "ci95_high": found.map(|pairs| pairs.ci95.1),
                })
            });
            let moved: Vec<Value> = moved.collect();
            json!({ "metric": name.metric, "of": name.of, "unit": name.unit, "mean": self.base(metric), "moved": moved })
        };
        let value = json!({
            "scenario": self.plan.name, "replications": self.replications, "parameters_read": self.read,
            "metrics": self.names.iter().enumerate().map(of_metric).collect::<Vec<_>>(),
            "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }
}

/// How far a parameter moves a metric.
fn size(found: &Compared) -> f64 {
    found.difference.map_or(0.0, |pairs| pairs.mean.abs())
}

/// The change and its interval: in per cent, of shares in percentage points, about 0 in the unit.
fn shown(found: &Compared, quantity: Quantity) -> (String, String, String) {
    match (found.difference, found.relative()) {
        (Some(pairs), _) if quantity == Quantity::Share => {
            (signed_share(pairs.mean), signed_share(pairs.ci95.0), signed_share(pairs.ci95.1))
        }
        (_, Some((mean, (low, high)))) => (signed_share(mean), signed_share(low), signed_share(high)),
        (Some(pairs), None) => {
            let shown = |number| value(Some(number), quantity);
            (shown(pairs.mean), shown(pairs.ci95.0), shown(pairs.ci95.1))
        }
        (None, None) => ("–".to_owned(), "–".to_owned(), "–".to_owned()),
    }
}

fn effect(moved: &Moved, metric: usize, quantity: Quantity) -> Option<Effect> {
    let found = &moved.effects[metric];
    let tone = if moved.is_low { Tone::Good } else { Tone::Bad };
    let (mean, interval) = match quantity {
        Quantity::Share => found.difference.map(|pairs| (pairs.mean, pairs.ci95))?,
        _ => found.relative()?,
    };
    Some(Effect { mean, interval: Some(interval), tone })
}
