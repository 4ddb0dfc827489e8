//! What was found: the table, which law to take, how far to trust it, and what to paste.

use serde_json::json;

use super::sample::Sample;
use super::words::{amount, empirical, law};
use super::{FitArgs, UnitName};
use crate::cli::table::dense;
use crate::experiment::statistics::fit::{Fitted, Law};
use crate::experiment::statistics::{mean, quantile_of_sorted, standard_deviation};
use crate::output::number::{duration, grouped, share, significant};
use crate::output::terminal::paragraph;

/// The shares at which a law is held against the data.
pub(super) const SHARES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];
/// Their names.
pub(super) const NAMES: [&str; 4] = ["p50", "p90", "p95", "p99"];
/// A law is near where its D is at most this.
const NEAR: f64 = 0.05;
/// And its p99 is off by at most so much.
const NEAR_TAIL: f64 = 0.25;
/// From so many values on they have a p99 that something can be held against.
const ENOUGH_FOR_TAIL: usize = 100;
/// From so many values on a test finds any law wrong, however near it is.
const MANY: usize = 1_000;

/// A law and what is to be said of it.
pub(super) struct Row {
    pub fitted: Fitted,
    /// In a scenario's syntax.
    pub written: String,
    /// How much AIC is larger than the smallest.
    pub aic_difference: f64,
    /// How far its values at [`SHARES`] are off, relative to the data's.
    pub errors: [f64; 4],
}

impl Row {
    fn name(&self) -> &'static str {
        self.fitted.law.name()
    }

    fn tail(&self) -> f64 {
        self.errors[3]
    }
}

/// Which distribution to take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// A row.
    Law(usize),
    /// The data themselves.
    Empirical,
}

/// All that is to be told.
pub(super) struct Told<'a> {
    pub args: &'a FitArgs,
    pub sample: &'a Sample,
    pub rows: Vec<Row>,
    choice: Choice,
}

impl<'a> Told<'a> {
    /// Of laws with the best by AIC first.
    pub(super) fn of(args: &'a FitArgs, sample: &'a Sample, fitted: Vec<Fitted>) -> Told<'a> {
        let least = fitted.first().map_or(0.0, |first| first.aic);
        let row = |fitted: Fitted| Row {
            written: law(&fitted.law, args.unit),
            aic_difference: if fitted.aic == least { 0.0 } else { fitted.aic - least },
            errors: SHARES.map(|share| {
                let of_data = quantile_of_sorted(&sample.values, share).unwrap_or_default();
                fitted.law.quantile(share) / of_data - 1.0
            }),
            fitted,
        };
        let rows: Vec<Row> = fitted.into_iter().map(row).collect();
        let count = sample.values.len();
        // By chance alone a law with fitted parameters is about 0.9/√n away in one sample of twenty.
        let near = NEAR.max(0.9 / (count as f64).sqrt());
        let is_near = |row: &Row| {
            row.fitted.distance <= near && (count < ENOUGH_FOR_TAIL || row.tail().abs() <= NEAR_TAIL)
        };
        let choice = rows.iter().position(is_near).map_or(Choice::Empirical, Choice::Law);
        Told { args, sample, rows, choice }
    }

    fn is_constant(&self) -> bool {
        matches!(self.rows.first(), Some(Row { fitted: Fitted { law: Law::Constant { .. }, .. }, .. }))
    }

    /// A value for people.
    pub(super) fn said(&self, value: f64) -> String {
        match self.args.unit.time() {
            Some(unit) => duration(value * unit.ms() as f64 / 1000.0),
            None => significant(value, 3),
        }
    }

    /// The data's own value at a share.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        quantile_of_sorted(&self.sample.values, share).unwrap_or_default()
    }

    /// File, column, and which rows.
    pub(super) fn source(&self) -> String {
        let chosen: String =
            self.args.chosen.iter().map(|(column, value)| format!(", {column}={value}")).collect();
        let file =
            self.args.csv.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        format!("{file}, {}{chosen}", self.args.column)
    }

    /// How many values there are, how they lie, and what was passed over.
    pub(super) fn facts(&self) -> String {
        let count = grouped(self.sample.values.len() as f64, 0);
        let ends = format!("{} to {}", self.said(self.quantile(0.0)), self.said(self.quantile(1.0)));
        let mut facts = format!("{count} values above 0, {ends}; median {}", self.said(self.quantile(0.5)));
        for (share, name) in SHARES.iter().zip(NAMES).skip(1) {
            facts.push_str(&format!(", {name} {}", self.said(self.quantile(*share))));
        }
        let passed = [
            (self.sample.blank, "blank, passed over"),
            (self.sample.not_chosen, "in rows that were not chosen"),
        ];
        for (count, what) in passed.into_iter().filter(|(count, _)| *count > 0) {
            facts.push_str(&format!("; {} {what}", grouped(count as f64, 0)));
        }
        facts.extend(self.sample.doubt.map(|doubt| format!("; {doubt}")));
        facts
    }

    fn zeros(&self) -> Option<String> {
        let zeros = self.sample.zeros;
        let all = zeros as f64 + self.sample.values.len() as f64;
        let found = match zeros {
            0 => return None,
            1 => "1 value is 0".to_owned(),
            zeros => format!("{} values are 0", grouped(zeros as f64, 0)),
        };
        let then = match self.choice {
            Choice::Empirical => "",
            Choice::Law(_) => " The mixture below has them with their weight.",
        };
        let share = share(zeros as f64 / all);
        Some(format!(
            "{found} ({share}), left out of the fit, since no law here but the constant has a 0.{then}"
        ))
    }

    /// What to paste.
    pub(super) fn snippet(&self) -> String {
        let (zeros, others) = (self.sample.zeros, self.sample.values.len());
        match self.choice {
            Choice::Empirical => format!("{{ {} }}", empirical(self.args)),
            Choice::Law(index) => match &self.rows[index] {
                row if zeros > 0 => {
                    let zero = amount(0.0, self.args.unit);
                    let parts = format!(
                        "{{ weight: {zeros}, of: {zero} }}, {{ weight: {others}, of: {{ {} }} }}",
                        row.written
                    );
                    format!("{{ mixture: [{parts}] }}")
                }
                row => match row.fitted.law {
                    Law::Constant { value } => amount(value, self.args.unit),
                    _ => format!("{{ {} }}", row.written),
                },
            },
        }
    }

    fn taken(&self) -> &'static str {
        match self.choice {
            Choice::Empirical => "empirical",
            Choice::Law(index) => self.rows[index].name(),
        }
    }

    /// Which to take, and how far to trust it.
    pub(super) fn advice(&self) -> String {
        let count = self.sample.values.len();
        let tail = |row: &Row| match count < ENOUGH_FOR_TAIL {
            true => format!("{count} values are too few to tell of its p99"),
            false => format!("its p99 is {} the data's", off(row.tail())),
        };
        let apart = |row: &Row| format!("{:.3}", row.fitted.distance);
        let mut advice = match self.choice {
            _ if self.is_constant() => {
                return format!(
                    "All {} values above 0 are {}: a constant.",
                    grouped(count as f64, 0),
                    self.said(self.quantile(0.5))
                );
            }
            Choice::Law(index) => {
                let row = &self.rows[index];
                let mut advice = format!(
                    "Take the {}: the share of values below any value differs from the data's by at most {} (D), and {}.",
                    row.name(),
                    apart(row),
                    tail(row)
                );
                if index > 0 {
                    let first = &self.rows[0];
                    advice.push_str(&format!(
                        " The {} has the smaller AIC, but its D is {} and {}.",
                        first.name(),
                        apart(first),
                        tail(first)
                    ));
                }
                advice
            }
            Choice::Empirical => {
                let nearest = self.rows.iter().min_by(|a, b| a.fitted.distance.total_cmp(&b.fitted.distance));
                let nearest = nearest.map_or_else(String::new, |row| {
                    format!(" the nearest, the {}, has D = {}, and {}.", row.name(), apart(row), tail(row))
                });
                format!(
                    "No law is near enough:{nearest} Take the data themselves: every value as often as it was seen, and nothing \
                     longer than the longest, {}.",
                    self.said(self.quantile(1.0))
                )
            }
        };
        if count >= MANY {
            advice.push_str(&format!(
                " With {} values a test refuses every law that is not exact: D and the tail decide, not a p-value.",
                grouped(count as f64, 0)
            ));
        } else if count < ENOUGH_FOR_TAIL {
            advice.push_str(&self.few());
        }
        if self.choice == Choice::Empirical && !self.args.chosen.is_empty() && self.args.out.is_none() {
            advice.push_str(
                " A scenario cannot choose rows: with --out DIRECTORY the chosen values are written to a file of their own.",
            );
        }
        advice
    }

    /// How much the mean of few values may be off: 1.96 standard errors.
    fn few(&self) -> String {
        let values = &self.sample.values;
        let (Some(mean), Some(deviation)) = (mean(values), standard_deviation(values)) else {
            return String::new();
        };
        let part = 1.96 * deviation / (values.len() as f64).sqrt() / mean;
        format!(
            " {} values are few: even their mean is only known to ± {} %.",
            values.len(),
            grouped(part * 100.0, 0)
        )
    }

    /// For the terminal.
    pub(super) fn text(&self) -> String {
        let mut text = paragraph(&format!("{}: {}.", self.source(), self.facts()), 0);
        text.extend(self.zeros().map(|zeros| paragraph(&zeros, 0)));
        if !self.is_constant() {
            text.push('\n');
            text.push_str(&self.table());
            text.push('\n');
        }
        text.push_str(&paragraph(&self.advice(), 0));
        text.push_str(&format!("\n  {}\n", crate::output::escape::visible_text(&self.snippet())));
        if self.choice == Choice::Empirical {
            text.push_str("\nThe path in a scenario is relative to the scenario's own place.\n");
        }
        if let Some(directory) = &self.args.out {
            let shown = crate::output::escape::visible_text(&directory.display().to_string());
            text.push_str(&format!("\nTable and plot: {shown}\n"));
        }
        text
    }

    fn table(&self) -> String {
        let [p50, p90, p95, p99] = NAMES;
        let mut table = dense(["distribution", "log-lik.", "ΔAIC", "D", p50, p90, p95, p99], 1);
        for row in &self.rows {
            let mut cells = vec![
                row.written.clone(),
                grouped(row.fitted.log_likelihood, usize::from(row.fitted.log_likelihood.abs() < 1e4)),
                significant(row.aic_difference, 3),
                format!("{:.3}", row.fitted.distance),
            ];
            cells.extend(row.errors.map(signed_percent));
            table.add_row(cells);
        }
        let legend = "D: the largest gap between the shares of law and data; p50 to p99: how far the law's value is off.";
        let lines: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        format!("{lines}{}", paragraph(legend, 0))
    }

    /// For machines.
    pub(super) fn json(&self) -> String {
        let finite = |value: f64| value.is_finite().then_some(value);
        let fits = self.rows.iter().map(|row| {
            let errors: serde_json::Map<_, _> = NAMES
                .iter()
                .zip(row.errors)
                .map(|(name, error)| ((*name).to_owned(), json!(error)))
                .collect();
            json!({
                "distribution": row.name(),
                "snippet": format!("{{ {} }}", row.written),
                "logLikelihood": finite(row.fitted.log_likelihood),
                "aicDifference": row.aic_difference,
                "ksDistance": row.fitted.distance,
                "relativeErrors": errors,
            })
        });
        let quantiles: serde_json::Map<_, _> = NAMES
            .iter()
            .zip(SHARES)
            .map(|(name, at)| ((*name).to_owned(), json!(self.quantile(at))))
            .collect();
        let answer = json!({
            "file": self.args.csv.display().to_string(),
            "column": self.args.column,
            "unit": self.args.unit.word(),
            "values": self.sample.values.len(),
            "zeros": self.sample.zeros,
            "blank": self.sample.blank,
            "notChosen": self.sample.not_chosen,
            "smallest": self.quantile(0.0),
            "largest": self.quantile(1.0),
            "quantiles": quantiles,
            "fits": fits.collect::<Vec<_>>(),
            "take": self.taken(),
            "advice": self.advice(),
            "snippet": self.snippet(),
        });
        format!("{answer:#}\n")
    }
}

/// `+4 %`, `-12 %`.
fn signed_percent(error: f64) -> String {
    let percent = grouped(error * 100.0, 0);
    let sign = if percent.starts_with('-') || percent == "0" { "" } else { "+" };
    format!("{sign}{percent} %")
}

/// `4 % above`, `12 % below`, `that of`.
fn off(error: f64) -> String {
    match grouped(error.abs() * 100.0, 0) {
        part if part == "0" => "within half a percent of".to_owned(),
        part if error > 0.0 => format!("{part} % above"),
        part => format!("{part} % below"),
    }
}

impl UnitName {
    /// The quantity's name on an axis.
    pub(super) fn axis(self) -> crate::output::number::Quantity {
        match self {
            UnitName::Number => crate::output::number::Quantity::Count,
            _ => crate::output::number::Quantity::Seconds,
        }
    }
}
