//! The plots of a sweep: a metric along the first axis, a heat map over two, and what is gained for what it costs.

mod drawn;

use super::directory::{ResultDirectory, safe_file_name};
use super::error::EnvironmentError;
use super::number::Quantity;
use super::plot::{
    Chart, Goal, HeatMap, Standing, SweepCurve, SweepPoint, SweepSeries, SweepValues, TradeOff, TradeOffPoint,
};
use super::words::{axis_words, metric_of_words, metric_words};
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;

/// What a sweep's plots are drawn from.
pub struct SweepPlots<'a> {
    /// The scenario's name and circumstances.
    pub subtitle: String,
    /// The axes by their paths.
    pub axes: &'a [String],
    /// By point: the labels of its axes, and the estimates of all metrics.
    pub points: &'a [(Vec<String>, Vec<Summary>)],
    /// By point: what each curve's objective says of it.
    pub standings: &'a [Vec<Option<Standing>>],
    /// The metrics.
    pub names: &'a [MetricName],
    /// The answer, where somebody else has looked for it; else it is the cheapest that is shown to meet the objectives.
    pub chosen: Option<Option<usize>>,
}

/// A metric to be drawn, and what it should reach.
pub struct Curve {
    /// Which metric, by its place in the names.
    pub metric: usize,
    /// Its objective, if it has one with a bound.
    pub goal: Option<Goal>,
    /// Whether more of it is better; nothing where that is not known.
    pub higher_is_better: Option<bool>,
}

const MOST_SERIES: usize = 10;

/// Axes that move together, as one.
struct Axes {
    /// Places of the paths of each.
    members: Vec<Vec<usize>>,
}

impl SweepPlots<'_> {
    /// Writes the plots of each curve, named after its metric; against `cost`, those of the curves with a direction.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(
        &self,
        directory: &ResultDirectory,
        curves: &[Curve],
        cost: Option<usize>,
    ) -> Result<(), EnvironmentError> {
        let axes = self.free_axes();
        for (at, curve) in curves.iter().enumerate() {
            let name = &self.names[curve.metric];
            let file = |kind: &str| safe_file_name(&format!("{kind}{}-{}", name.metric, name.of));
            self.curve(curve, &axes).write(directory, &file(""))?;
            if let Some(map) = self.heat_map(curve, at, &axes) {
                map.write(directory, &file("map-"))?;
            }
            if let Some(cost) = cost.filter(|cost| *cost != curve.metric)
                && let Some(chart) = self.trade_off(curve, cost, &axes)
            {
                chart.write(directory, &file("cost-against-"))?;
            }
        }
        Ok(())
    }

    /// Writes only the plots against `cost`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_trade_offs(
        &self,
        directory: &ResultDirectory,
        curves: &[Curve],
        cost: usize,
    ) -> Result<(), EnvironmentError> {
        let axes = self.free_axes();
        for curve in curves {
            let name = &self.names[curve.metric];
            if let Some(chart) = self.trade_off(curve, cost, &axes) {
                chart.write(
                    directory,
                    &safe_file_name(&format!("cost-against-{}-{}", name.metric, name.of)),
                )?;
            }
        }
        Ok(())
    }

    /// The axes that have more than one value, those that determine each other as one.
    fn free_axes(&self) -> Axes {
        let mut members: Vec<Vec<usize>> = Vec::new();
        for axis in 0..self.axes.len() {
            let count = distinct(self.points.iter().map(|(labels, _)| labels[axis].clone())).len();
            if count < 2 {
                continue;
            }
            let pairs = |other: usize| {
                distinct(self.points.iter().map(|(labels, _)| (labels[axis].clone(), labels[other].clone())))
                    .len()
            };
            let values = |other: usize| distinct(self.points.iter().map(|(l, _)| l[other].clone())).len();
            match members.iter_mut().find(|group| pairs(group[0]) == count && values(group[0]) == count) {
                Some(group) => group.push(axis),
                None => members.push(vec![axis]),
            }
        }
        Axes { members }
    }

    fn axis_name(&self, axes: &Axes, which: usize) -> String {
        let paths = axes.members.get(which).into_iter().flatten().map(|axis| axis_words(&self.axes[*axis]));
        let joined = paths.collect::<Vec<_>>().join(" and ");
        if joined.is_empty() { "the only point".to_owned() } else { joined }
    }

    fn all_names(&self, axes: &Axes, between: &str) -> String {
        let names = (0..axes.members.len().max(1)).map(|axis| self.axis_name(axes, axis));
        names.collect::<Vec<_>>().join(between)
    }

    /// The paths themselves, as they are written in the scenario.
    fn axis_paths(&self, axes: &Axes, which: usize) -> String {
        let paths = axes.members.get(which).into_iter().flatten().map(|axis| self.axes[*axis].clone());
        paths.collect::<Vec<_>>().join(", ")
    }

    fn curve(&self, curve: &Curve, axes: &Axes) -> SweepCurve {
        let name = &self.names[curve.metric];
        let (values, numbers) = self.values(axes, 0);
        let rest = |labels: &[String]| {
            let others = (1..axes.members.len()).map(|axis| axes.label(labels, axis));
            others.collect::<Vec<_>>().join(", ")
        };
        let groups = distinct(self.points.iter().map(|(labels, _)| rest(labels)));
        let left_out = groups.len().saturating_sub(MOST_SERIES);
        let point = |value: &str, group: &str| {
            let found = self
                .points
                .iter()
                .find(|(labels, _)| axes.label(labels, 0) == value && rest(labels) == group)?;
            estimate_of(found.1.get(curve.metric)?)
        };
        let others: Vec<String> = (1..axes.members.len()).map(|axis| self.axis_name(axes, axis)).collect();
        let series = groups.iter().take(MOST_SERIES).map(|group| SweepSeries {
            name: if others.is_empty() { name.of.clone() } else { format!("{}: {group}", others.join(", ")) },
            points: values.iter().map(|value| point(value, group)).collect(),
        });
        SweepCurve {
            title: format!("{} by {}", of_words(name), self.all_names(axes, " and ")),
            subtitle: self.subtitle.clone(),
            x_label: self.axis_paths(axes, 0),
            x: numbers.map_or(SweepValues::Choices(values.clone()), SweepValues::Numbers),
            y_label: with_unit(name),
            quantity: quantity_of(name),
            series: series.collect(),
            goal: curve.goal.clone(),
            band_meaning: "95 % interval of the mean".to_owned(),
            note: match left_out {
                0 => String::new(),
                n => format!("{n} more combinations are in points.csv."),
            },
        }
    }

    /// A map over two axes, where every combination is a point.
    fn heat_map(&self, curve: &Curve, at: usize, axes: &Axes) -> Option<HeatMap> {
        if axes.members.len() != 2 {
            return None;
        }
        let name = &self.names[curve.metric];
        let ((x, _), (y, _)) = (self.values(axes, 0), self.values(axes, 1));
        let point = |row: &str, column: &str| {
            self.points
                .iter()
                .position(|(labels, _)| axes.label(labels, 0) == column && axes.label(labels, 1) == row)
        };
        let cells = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<Vec<Option<f64>>> {
            y.iter().map(|row| x.iter().map(|column| of(point(row, column)?)).collect()).collect()
        };
        let standing = |row: &str, column: &str| *self.standings.get(point(row, column)?)?.get(at)?;
        let standings: Vec<Vec<Option<Standing>>> =
            y.iter().map(|row| x.iter().map(|column| standing(row, column)).collect()).collect();
        Some(HeatMap {
            title: format!("{} by {}", of_words(name), self.all_names(axes, " and ")),
            subtitle: self.subtitle.clone(),
            x_label: self.axis_paths(axes, 0),
            y_label: format!("{} (upwards)", self.axis_paths(axes, 1)),
            value_label: with_unit(name),
            quantity: quantity_of(name),
            cells: cells(&|point| self.points[point].1.get(curve.metric)?.mean),
            goal: curve.goal.clone().map(|goal| (goal, standings)),
            note: "Means over replications; their intervals are in points.csv.".to_owned(),
            x,
            y,
        })
    }

    /// The metric of the curve against the cost, if its points differ in either.
    fn trade_off(&self, curve: &Curve, cost: usize, axes: &Axes) -> Option<TradeOff> {
        let higher_is_better = curve.higher_is_better?;
        let (name, cost_name) = (&self.names[curve.metric], &self.names[cost]);
        let mut points: Vec<TradeOffPoint> = Vec::new();
        let mut numbers: Vec<usize> = Vec::new();
        for (index, (labels, summaries)) in self.points.iter().enumerate() {
            let (Some(x), Some(y)) = (estimate_of(&summaries[cost]), estimate_of(&summaries[curve.metric]))
            else {
                continue;
            };
            let label = (0..axes.members.len()).map(|axis| axes.label(labels, axis));
            let standing = self.standings.get(index).map_or(Standing::Unclear, |asked| of_all(asked));
            numbers.push(index);
            points.push(TradeOffPoint { name: label.collect::<Vec<_>>().join(" / "), x, y, standing });
        }
        if points.len() < 2 {
            return None;
        }
        let chosen = match self.chosen {
            Some(chosen) => points
                .iter_mut()
                .zip(numbers)
                .find(|(_, number)| Some(*number) == chosen)
                .map(|(point, _)| point),
            None => {
                let meeting = points.iter_mut().filter(|point| point.standing == Standing::Meets);
                meeting.min_by(|a, b| a.x.mean.total_cmp(&b.x.mean))
            }
        };
        let names = self.all_names(axes, " / ");
        let answer = match chosen {
            Some(best) => {
                best.standing = Standing::Chosen;
                format!("; the cheapest shown to meet the objectives: {names} = {}", best.name)
            }
            None if self.standings.iter().flatten().any(Option::is_some) => {
                "; no point is shown to meet the objectives".to_owned()
            }
            None => String::new(),
        };
        Some(TradeOff {
            title: format!(
                "{} against {}{answer}",
                of_words(name),
                metric_words(&cost_name.metric).to_lowercase()
            ),
            subtitle: self.subtitle.clone(),
            x_label: with_unit(cost_name),
            x_quantity: quantity_of(cost_name),
            y_label: with_unit(name),
            y_quantity: quantity_of(name),
            points,
            goal: curve.goal.clone(),
            higher_is_better,
            shows_frontier: true,
            note: format!("Beside each point: {names}."),
        })
    }

    /// The labels of an axis; numbers in their order, others as they come.
    fn values(&self, axes: &Axes, which: usize) -> (Vec<String>, Option<Vec<f64>>) {
        let values = distinct(self.points.iter().map(|(labels, _)| axes.label(labels, which)));
        let numbers: Option<Vec<(f64, String)>> =
            values.iter().map(|value| Some((value.parse().ok()?, value.clone()))).collect();
        match numbers {
            Some(mut numbers) => {
                numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
                let (numbers, values) = numbers.into_iter().unzip();
                (values, Some(numbers))
            }
            None => (values, None),
        }
    }
}

impl Axes {
    /// What a point is called on an axis.
    fn label(&self, labels: &[String], which: usize) -> String {
        let members = self.members.get(which).into_iter().flatten();
        members.map(|axis| labels[*axis].clone()).collect::<Vec<_>>().join(", ")
    }
}

/// What all objectives together say of a point; without any with a bound, nothing can be told.
fn of_all(asked: &[Option<Standing>]) -> Standing {
    // They are in order, so that the largest is the worst.
    asked.iter().flatten().copied().max().unwrap_or(Standing::Unclear)
}

fn estimate_of(summary: &Summary) -> Option<SweepPoint> {
    Some(SweepPoint { mean: summary.mean?, interval: summary.shown_interval() })
}

/// `Availability of web`.
fn of_words(name: &MetricName) -> String {
    metric_of_words(&name.metric, &name.of)
}

fn with_unit(name: &MetricName) -> String {
    let unit = match name.unit {
        "share" => "%",
        "s" => "simulated time",
        unit => unit,
    };
    format!("{} ({unit})", of_words(name))
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

fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free_axes(axes: &[&str], points: &[&[&str]]) -> Vec<Vec<usize>> {
        let axes: Vec<String> = axes.iter().map(|axis| (*axis).to_owned()).collect();
        let label = |point: &&[&str]| (point.iter().map(|label| (*label).to_owned()).collect(), Vec::new());
        let points: Vec<_> = points.iter().map(label).collect();
        let subtitle = String::new();
        SweepPlots { subtitle, axes: &axes, points: &points, standings: &[], names: &[], chosen: None }
            .free_axes()
            .members
    }

    #[test]
    fn axes_that_move_together_are_one() {
        let points: [&[&str]; 4] =
            [&["2", "large", "30"], &["2", "xlarge", "20"], &["3", "large", "30"], &["3", "xlarge", "20"]];
        assert_eq!(free_axes(&["count", "type", "max"], &points), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn a_point_is_worth_what_its_worst_objective_is() {
        let asked = [Some(Standing::Meets), None, Some(Standing::Misses), Some(Standing::Unclear)];
        assert_eq!([of_all(&asked), of_all(&asked[..2])], [Standing::Misses, Standing::Meets]);
    }

    #[test]
    fn an_axis_of_one_value_is_none() {
        assert_eq!(free_axes(&["count", "type"], &[&["2", "large"], &["3", "large"]]), [vec![0]]);
    }
}
