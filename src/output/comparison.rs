//! `compare.csv` and the forest plot of a comparison.

use super::directory::ResultDirectory;
use super::error::EnvironmentError;
use super::number::{Quantity, share, significant};
use super::plot::{Chart, Effect, Forest, ForestRow, Tone};
use super::words::metric_of_words;
use crate::experiment::direction::Direction;
use crate::experiment::statistics::{Compared, Shown};
use crate::observe::metrics::MetricName;

/// A metric of both sides.
#[derive(Debug, Clone)]
pub struct ComparedMetric {
    /// Which.
    pub name: MetricName,
    /// Whether the verdict goes by it.
    pub is_judged: bool,
    /// What came out.
    pub found: Compared,
}

/// Writes `compare.csv`: a row for each metric that both sides have.
///
/// # Errors
/// If the file cannot be written.
pub fn write_comparison(
    directory: &ResultDirectory,
    metrics: &[ComparedMetric],
) -> Result<(), EnvironmentError> {
    let columns = [
        "metric",
        "of",
        "unit",
        "better",
        "judged",
        "mean_a",
        "mean_b",
        "difference",
        "ci95_low",
        "ci95_high",
        "relative",
        "correlation",
        "variance_gain",
        "n",
        "margin",
        "verdict",
        "replications_needed",
    ];
    let mut table = directory.table("compare.csv", &columns)?;
    for ComparedMetric { name, is_judged, found } in metrics {
        let difference = found.difference;
        table
            .row()
            .text(&name.metric)
            .text(&name.of)
            .text(name.unit)
            .text(Direction::of(name).word())
            .text(if *is_judged { "yes" } else { "no" })
            .opt_real(found.before.mean)
            .opt_real(found.after.mean)
            .opt_real(difference.map(|pairs| pairs.mean))
            .opt_real(difference.map(|pairs| pairs.ci95.0))
            .opt_real(difference.map(|pairs| pairs.ci95.1))
            .opt_real(found.relative().map(|relative| relative.0))
            .opt_real(found.correlation)
            .opt_real(found.variance_gain)
            .int(difference.map_or(0, |pairs| i128::from(pairs.n)))
            .real(found.margin)
            .opt_text(found.shown.map(Shown::word))
            .opt_int(found.replications_needed.map(i128::from))
            .end()?;
    }
    table.finish()?.commit()
}

/// Draws the judged metrics as changes in per cent, those of them that have a value before.
///
/// # Errors
/// If the file cannot be written.
pub fn draw_comparison(
    directory: &ResultDirectory,
    title: &str,
    subtitle: &str,
    metrics: &[ComparedMetric],
) -> Result<(), EnvironmentError> {
    let judged = || metrics.iter().filter(|metric| metric.is_judged);
    let rows: Vec<ForestRow> = judged().filter_map(row).collect();
    let left_out = judged().count() - rows.len();
    let chart = Forest {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        x_label: "Change of the mean from A to B (%)".to_owned(),
        quantity: Quantity::Share,
        rows,
        bars: false,
        tones: [Tone::Good, Tone::Unclear, Tone::Bad]
            .into_iter()
            .zip(["better, not worse, or the same".to_owned(), "inconclusive".to_owned(), "worse".to_owned()])
            .collect(),
        interval_meaning: "95 % interval of the paired difference".to_owned(),
        note: match left_out {
            0 => "Grey bands: changes too small to matter (the margin).".to_owned(),
            _ => format!(
                "Grey bands: changes too small to matter (the margin). Without a value before, and so not drawn: {left_out}; see compare.csv."
            ),
        },
    };
    chart.write(directory, "compare")
}

fn row(metric: &ComparedMetric) -> Option<ForestRow> {
    let (mean, interval) = metric.found.relative()?;
    let shown = metric.found.shown?;
    let tone = match shown {
        Shown::Same | Shown::Better | Shown::NotWorse => Tone::Good,
        Shown::Inconclusive => Tone::Unclear,
        Shown::Worse => Tone::Bad,
    };
    let basis = metric.found.before.mean.map_or(1.0, f64::abs);
    Some(ForestRow {
        name: metric_of_words(&metric.name.metric, &metric.name.of),
        effects: vec![Effect { mean, interval: Some(interval), tone }],
        margin: Some(metric.found.margin / basis),
        text: format!("{}: {}", signed_share(mean), shown.word()),
    })
}

/// `+3.2 %`, `−0.01 %`.
#[must_use]
pub fn signed_share(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    if value.abs() < 0.995 {
        format!("{sign}{}", share(value))
    } else {
        format!("{sign}{} %", significant(value * 100.0, 3))
    }
}
