//! The curves of a sweep: a metric along the first axis, one line for each choice of the others.

use super::directory::{ResultDirectory, safe_file_name};
use super::error::EnvironmentError;
use super::number::Quantity;
use super::plot::{Chart, Goal, SweepCurve, SweepPoint, SweepSeries, SweepValues};
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;

/// What a sweep's curves are drawn from.
pub struct SweepPlots<'a> {
    /// The scenario's name and circumstances.
    pub subtitle: String,
    /// The axes by their paths.
    pub axes: &'a [String],
    /// By point: the labels of its axes, and the estimates of all metrics.
    pub points: &'a [(Vec<String>, Vec<Summary>)],
    /// The metrics.
    pub names: &'a [MetricName],
}

/// A metric to be drawn, and what it should reach.
pub struct Curve {
    /// Which metric, by its place in the names.
    pub metric: usize,
    /// What is seen.
    pub title: String,
    /// Its objective, if it has one.
    pub goal: Option<Goal>,
}

const MOST_SERIES: usize = 10;

impl SweepPlots<'_> {
    /// Writes one plot for each curve, named after its metric.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &ResultDirectory, curves: &[Curve]) -> Result<(), EnvironmentError> {
        for curve in curves {
            let name = &self.names[curve.metric];
            let file = safe_file_name(&format!("{}-{}", name.metric, name.of));
            self.chart(curve).write(directory, &file)?;
        }
        Ok(())
    }

    fn chart(&self, curve: &Curve) -> SweepCurve {
        let name = &self.names[curve.metric];
        let (first, others) =
            self.axes.split_first().map_or(("point", &[][..]), |(first, rest)| (first.as_str(), rest));
        let mut values: Vec<String> = distinct(self.points.iter().map(|(labels, _)| labels.first().cloned()));
        let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
        if let Some(numbers) = &numbers {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
            values = order.iter().map(|index| values[*index].clone()).collect();
        }
        let numbers = numbers.map(|mut numbers| {
            numbers.sort_by(f64::total_cmp);
            numbers
        });
        let groups = distinct(self.points.iter().map(|(labels, _)| Some(rest_of(labels))));
        let left_out = groups.len().saturating_sub(MOST_SERIES);
        let series = groups.iter().take(MOST_SERIES).map(|group| SweepSeries {
            name: if others.is_empty() { name.of.clone() } else { group.clone() },
            points: values.iter().map(|value| self.point(value, group, curve.metric)).collect(),
        });
        SweepCurve {
            title: curve.title.clone(),
            subtitle: self.subtitle.clone(),
            x_label: first.to_owned(),
            x: numbers.map_or(SweepValues::Choices(values.clone()), SweepValues::Numbers),
            y_label: format!("{} ({})", name.metric, name.unit),
            quantity: quantity_of(name),
            series: series.collect(),
            goal: curve.goal.clone(),
            band_meaning: "95 % confidence interval of the mean".to_owned(),
            note: match left_out {
                0 => String::new(),
                n => format!("{n} more combinations are in points.csv."),
            },
        }
    }

    fn point(&self, value: &str, group: &str, metric: usize) -> Option<SweepPoint> {
        let found = self.points.iter().find(|(labels, _)| {
            labels.first().is_some_and(|label| label == value) && rest_of(labels) == group
        })?;
        let summary = found.1.get(metric)?;
        Some(SweepPoint { mean: summary.mean?, interval: summary.ci95_low.zip(summary.ci95_high) })
    }
}

/// How values of a metric are written.
#[must_use]
pub fn quantity_of(name: &MetricName) -> Quantity {
    match name.unit {
        "share" => Quantity::Share,
        "s" => Quantity::Seconds,
        "USD" => Quantity::Usd,
        _ => Quantity::Count,
    }
}

fn rest_of(labels: &[String]) -> String {
    labels.iter().skip(1).cloned().collect::<Vec<_>>().join(", ")
}

fn distinct(values: impl Iterator<Item = Option<String>>) -> Vec<String> {
    let mut seen = Vec::new();
    for value in values.flatten() {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}
