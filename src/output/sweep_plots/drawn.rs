//! Sweeps over ranges: dots over each range, since no two points share a value.

use super::{Curve, SweepPlots, estimate_of, of_words, quantity_of, with_unit};
use crate::experiment::statistics::Summary;
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::error::EnvironmentError;
use crate::output::number::Quantity;
use crate::output::plot::{Chart, Standing, SweepPoint, TradeOff, TradeOffPoint};
use crate::output::words::axis_words;

impl SweepPlots<'_> {
    /// Writes the plots of points that are drawn from ranges: each metric over each of these axes, and against `cost`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_drawn(
        &self,
        directory: &ResultDirectory,
        curves: &[Curve],
        drawn: &[String],
        cost: Option<usize>,
    ) -> Result<(), EnvironmentError> {
        for (at, curve) in curves.iter().enumerate() {
            for axis in (0..self.axes.len()).filter(|axis| drawn.contains(&self.axes[*axis])) {
                let name = &self.names[curve.metric];
                let file = format!(
                    "{}-{}-over-{}",
                    name.metric,
                    name.of,
                    axis_words(&self.axes[axis]).replace(' ', "-")
                );
                self.over(curve, at, axis).write(directory, &safe_file_name(&file))?;
            }
            if let Some(cost) = cost.filter(|cost| *cost != curve.metric) {
                self.write_trade_offs(directory, std::slice::from_ref(curve), cost)?;
            }
        }
        Ok(())
    }

    /// A metric over an axis: a dot for each point.
    fn over(&self, curve: &Curve, at: usize, axis: usize) -> TradeOff {
        let name = &self.names[curve.metric];
        let (value_of, x_quantity) = reading(self.points.iter().map(|(labels, _)| labels[axis].as_str()));
        let point = |(index, (labels, summaries)): (usize, &(Vec<String>, Vec<Summary>))| {
            let x = SweepPoint { mean: value_of(&labels[axis])?, interval: None };
            let standing = self.standings.get(index).and_then(|asked| asked[at]).unwrap_or(Standing::Unclear);
            Some(TradeOffPoint {
                name: String::new(),
                x,
                y: estimate_of(&summaries[curve.metric])?,
                standing,
            })
        };
        let unit = if x_quantity == Quantity::Seconds { " (simulated time)" } else { "" };
        TradeOff {
            title: format!("{} over {}", of_words(name), axis_words(&self.axes[axis])),
            subtitle: self.subtitle.clone(),
            x_label: format!("{}{unit}", self.axes[axis]),
            x_quantity,
            y_label: with_unit(name),
            y_quantity: quantity_of(name),
            points: self.points.iter().enumerate().filter_map(point).collect(),
            goal: curve.goal.clone(),
            higher_is_better: curve.higher_is_better.unwrap_or(true),
            shows_frontier: false,
            note: "Each dot is a point of the sample; all ranges vary at once.".to_owned(),
        }
    }
}

type Reading = fn(&str) -> Option<f64>;

/// How the labels of a range are read: as seconds where they are durations.
fn reading<'l>(mut labels: impl Iterator<Item = &'l str>) -> (Reading, Quantity) {
    let seconds: Reading =
        |label| crate::scenario::units::parse_duration_ms(label).ok().map(|ms| ms as f64 / 1000.0);
    let plain: Reading = |label| label.parse().ok();
    if labels.all(|label| plain(label).is_some()) {
        (plain, Quantity::Count)
    } else {
        (seconds, Quantity::Seconds)
    }
}
