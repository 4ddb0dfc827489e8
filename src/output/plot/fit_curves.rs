//! A sample and the laws that were fitted to it: cumulative distributions over an axis that may be logarithmic.

use super::Chart;
use super::axis::{Axis, Tick, value_axis};
use super::canvas::{Align, Canvas, Pen, Point, document};
use super::palette::look;
use super::sheet::*;
use super::text_width::wrapped;
use crate::output::number::{Quantity, duration, significant};

/// The distribution function of a sample with fitted ones.
#[derive(Debug, Clone, PartialEq)]
pub struct FitCurves {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// The quantity's name.
    pub x_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// Whether equal distances stand for equal factors.
    pub logarithmic: bool,
    /// Name, and a line of facts below it; the sample.
    pub sample: (String, String),
    /// Its steps: (value, share of values at most as large), both ascending.
    pub steps: Vec<(f64, f64)>,
    /// The laws in the order of the legend.
    pub laws: Vec<LawCurve>,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// A fitted law.
#[derive(Debug, Clone, PartialEq)]
pub struct LawCurve {
    /// Its name in the legend.
    pub name: String,
    /// A line of facts below it.
    pub detail: String,
    /// (value, share of values below), values ascending.
    pub points: Vec<(f64, f64)>,
}

/// Between the ends of a logarithmic axis as many round values as there is room for labels.
const MOST_TICKS: usize = 9;
const LEGEND_GAP: f64 = 20.0;

impl Chart for FitCurves {
    fn svg(&self) -> String {
        let head = Head::new(&self.title, &self.subtitle);
        let note = Note::new(&self.note);
        let values: Vec<f64> = self.steps.iter().map(|step| step.0).collect();
        let x = match self.logarithmic {
            true => logarithmic_axis(&values, self.quantity),
            false => value_axis(values.iter().copied().chain([0.0]), self.quantity, 8),
        };
        let y = value_axis([0.0, 1.0].into_iter(), Quantity::Share, 5);
        let sample = Sample::Line { look: look(0), band: true };
        let entries = [(sample, self.sample.0.as_str(), self.sample.1.as_str())].into_iter();
        let laws = self.laws.iter().enumerate();
        let laws = laws.map(|(index, law)| {
            (Sample::Line { look: look(index + 1), band: false }, law.name.as_str(), law.detail.as_str())
        });
        let legend = Legend::detailed(entries.chain(laws));
        let left = MARGIN + 8.0 + widest_label(&y);
        let right = WIDTH - MARGIN - legend.width() - LEGEND_GAP;
        let heading = wrapped("Share of values at most as large", right - left, HEADING.size, true);
        let x_title = wrapped(&self.x_label, right - left, SUBTITLE.size, false);
        let foot = 26.0 + x_title.len() as f64 * line_height(SUBTITLE) + note.height();
        let top = head.height() + heading.len() as f64 * line_height(HEADING) + 6.0;
        let bottom = (HEIGHT - foot).max(top + legend.height());
        let field = Field { left, top, right, bottom };
        let height = libm::ceil(bottom + foot);
        document(WIDTH, height, &self.title, |canvas| {
            head.draw(canvas);
            note.draw(canvas, height);
            paragraph(canvas, &heading, left, head.height(), HEADING);
            field.value_lines(canvas, &y);
            field.upright_lines(canvas, &x, true);
            field.base_line(canvas);
            for (index, line) in x_title.iter().enumerate() {
                let at = bottom + 26.0 + line_height(SUBTITLE) * (index as f64 + 0.5);
                canvas.text(line, (field.middle(), at), Align::Middle, SUBTITLE);
            }
            let place = |(value, share): (f64, f64)| {
                let value = if self.logarithmic { libm::log10(value) } else { value };
                (field.x(&x, value), field.y(&y, share))
            };
            self.draw_sample(canvas, place);
            for (index, law) in self.laws.iter().enumerate() {
                let points: Vec<Point> = law.points.iter().copied().map(place).collect();
                canvas.line(&points, &series_pen(look(index + 1)));
            }
            legend.draw(canvas, right + LEGEND_GAP, top);
        })
    }
}

impl FitCurves {
    /// A broad pale line below the laws, and a thin one in it: neither hides the other.
    fn draw_sample(&self, canvas: &mut Canvas<'_>, place: impl Fn((f64, f64)) -> Point) {
        let mut share = 0.0;
        let mut path = Vec::with_capacity(self.steps.len() * 2);
        for &(value, reached) in &self.steps {
            path.push(place((value, share)));
            path.push(place((value, reached)));
            share = reached;
        }
        let color = look(0).color;
        canvas.line(&path, &Pen { color, alpha: 0.3, width: 7.0, dash: &[] });
        canvas.line(&path, &Pen::solid(color, 1.0));
    }
}

/// In decimal logarithms, with a tick at round values: for times those that people round to.
fn logarithmic_axis(values: &[f64], quantity: Quantity) -> Axis {
    let above_zero = || values.iter().copied().filter(|value| *value > 0.0);
    let low = libm::log10(above_zero().fold(f64::INFINITY, f64::min));
    let high = libm::log10(above_zero().fold(0.0, f64::max));
    let (low, high) = if low < high { (low, high) } else { (low - 1.0, low + 1.0) };
    // A minute and more is counted in minutes, hours and days.
    const TIMES: [f64; 8] =
        [60.0, 600.0, 3600.0, 6.0 * 3600.0, 86_400.0, 864_000.0, 8_640_000.0, 86_400_000.0];
    let powers = (-30..=30).map(|power| libm::pow(10.0, f64::from(power)));
    let round: Vec<f64> = match quantity {
        Quantity::Seconds => powers.filter(|value| *value < 60.0).chain(TIMES).collect(),
        Quantity::Count | Quantity::Share | Quantity::Usd => powers.collect(),
    };
    let inside: Vec<f64> =
        round.into_iter().filter(|value| (low..=high).contains(&libm::log10(*value))).collect();
    let every = inside.len().div_ceil(MOST_TICKS).max(1);
    let label = |value: f64| match quantity {
        Quantity::Seconds => duration(value),
        Quantity::Count | Quantity::Share | Quantity::Usd => significant(value, 1),
    };
    let ticks = inside.into_iter().step_by(every);
    let ticks = ticks.map(|value| Tick { value: libm::log10(value), label: label(value) }).collect();
    Axis { low, high, ticks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_has_round_times() {
        let axis = logarithmic_axis(&[1.0, 55.0, 432_000.0], Quantity::Seconds);
        let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 d"]);
    }

    #[test]
    fn the_same_curves_are_the_same_bytes_and_show_their_names() {
        let curves = FitCurves {
            title: "starts".into(),
            subtitle: String::new(),
            x_label: "start_s".into(),
            quantity: Quantity::Seconds,
            logarithmic: true,
            sample: ("the data".into(), "3 values".into()),
            steps: vec![(1.0, 1.0 / 3.0), (30.0, 2.0 / 3.0), (900.0, 1.0)],
            laws: vec![LawCurve {
                name: "lognormal".into(),
                detail: "D = 0.1".into(),
                points: vec![(1.0, 0.2), (900.0, 0.9)],
            }],
            note: String::new(),
        };
        let svg = curves.svg();
        assert_eq!(svg, curves.svg());
        assert!(svg.contains("lognormal") && svg.contains("3 values") && svg.contains("10 s"), "{svg}");
    }
}
