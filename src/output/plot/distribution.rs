//! How a quantity is spread: the share of observations at most as large as each value.

use super::Chart;
use super::axis::{Axis, value_axis};
use super::canvas::{Align, Canvas, Pen, Point, document};
use super::palette::{GREY, INK, look};
use super::sheet::*;
use super::sweep_curve::Goal;
use super::text_width::wrapped;
use crate::output::number::Quantity;

/// Cumulative distributions: read off what share waited at most so long, and how long the slowest had to wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// The quantity's name.
    pub x_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// What was counted: "Share of tasks".
    pub y_label: String,
    /// In the order of the legend.
    pub series: Vec<DistributionSeries>,
    /// A value that observations should stay below (or above), drawn upright.
    pub goal: Option<Goal>,
    /// Shares that are looked up, drawn across and on each curve: 0.5 as "p50".
    pub levels: Vec<(f64, String)>,
    /// Where the axis ends, if not at the largest value.
    pub longest: Option<f64>,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// One cumulative distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionSeries {
    /// Its name in the legend.
    pub name: String,
    /// A line of facts below it; may be empty.
    pub detail: String,
    /// (value, share of observations at most as large), both ascending, as [`cumulative`] makes them.
    pub steps: Vec<(f64, f64)>,
}

/// The steps of the cumulative distribution of sorted values: at most `limit` of them. The largest quarter of the limit
/// is kept whole, since the slowest few are what such a plot is read for; the rest is thinned evenly.
pub fn cumulative(sorted: &[f64], limit: usize) -> Vec<(f64, f64)> {
    let count = sorted.len();
    let limit = limit.max(8);
    let (taken, tail) = if count <= limit { (count, count) } else { (limit, limit / 4) };
    let (before, thinned) = (count - tail, taken - tail);
    let rank = |step: usize| if step < thinned { step * before / thinned } else { before + step - thinned };
    let mut steps: Vec<(f64, f64)> = Vec::with_capacity(taken);
    for at in (0..taken).map(rank) {
        let step = (sorted[at], (at + 1) as f64 / count as f64);
        match steps.last_mut() {
            Some(last) if last.0 == step.0 => *last = step,
            _ => steps.push(step),
        }
    }
    steps
}

impl Chart for Distribution {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

/// Room for the names of levels between field and legend.
const LEGEND_GAP: f64 = 44.0;

struct Plan {
    head: Head,
    note: Note,
    heading: Vec<String>,
    x_title: Vec<String>,
    x: Axis,
    y: Axis,
    legend: Legend,
    field: Field,
    height: f64,
}

impl Plan {
    fn of(chart: &Distribution) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let note = Note::new(&chart.note);
        let longest = chart.longest.unwrap_or(f64::INFINITY);
        let values = chart.series.iter().flat_map(|series| series.steps.iter().map(|step| step.0));
        let values = values.filter(|value| *value <= longest).chain([0.0]).chain(chart.longest);
        let x = value_axis(values.chain(chart.goal.iter().map(|goal| goal.value)), chart.quantity, 8);
        let y = value_axis([0.0, 1.0].into_iter(), Quantity::Share, 5);
        let series = chart.series.iter().enumerate();
        let entries = series.map(|(index, s)| (chart.sample(index), s.name.as_str(), s.detail.as_str()));
        let goal = chart.goal.iter().map(|goal| (Sample::Rule { color: INK }, goal.label.as_str(), ""));
        let legend = Legend::detailed(entries.chain(goal));
        let left = MARGIN + 8.0 + widest_label(&y);
        let right = WIDTH - MARGIN - if legend.width() > 0.0 { legend.width() + LEGEND_GAP } else { 36.0 };
        let heading = wrapped(&chart.y_label, right - left, HEADING.size, true);
        let x_title = wrapped(&chart.x_label, right - left, SUBTITLE.size, false);
        let foot = 26.0 + x_title.len() as f64 * line_height(SUBTITLE) + note.height();
        let top = head.height() + heading.len() as f64 * line_height(HEADING) + 6.0;
        let bottom = (HEIGHT - foot).max(top + legend.height()).max(top + 300.0);
        let field = Field { left, top, right, bottom };
        Plan { head, note, heading, x_title, x, y, legend, field, height: libm::ceil(bottom + foot) }
    }

    fn draw(&self, chart: &Distribution, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        paragraph(canvas, &self.heading, self.field.left, self.head.height(), HEADING);
        self.field.value_lines(canvas, &self.y);
        self.field.upright_lines(canvas, &self.x, true);
        self.field.base_line(canvas);
        for (index, line) in self.x_title.iter().enumerate() {
            let y = self.field.bottom + 26.0 + line_height(SUBTITLE) * (index as f64 + 0.5);
            canvas.text(line, (self.field.middle(), y), Align::Middle, SUBTITLE);
        }
        if let Some(goal) = &chart.goal {
            let x = self.field.x(&self.x, goal.value);
            let pen = Pen { dash: &[6.0, 4.0], ..Pen::solid(INK, 1.5) };
            canvas.line(&[(x, self.field.top), (x, self.field.bottom)], &pen);
        }
        if chart.series.iter().all(|series| series.steps.is_empty()) {
            self.field.say_empty(canvas);
        }
        for (share, name) in &chart.levels {
            let y = self.field.y(&self.y, *share);
            let pen = Pen { dash: &[2.0, 3.0], ..Pen::solid(GREY, 1.2) };
            canvas.line(&[(self.field.left, y), (self.field.right, y)], &pen);
            canvas.text(name, (self.field.right + 4.0, y), Align::Left, SMALL);
        }
        for (index, series) in chart.series.iter().enumerate() {
            canvas.line(&self.path(series), &series_pen(look(index)));
        }
        for (index, series) in chart.series.iter().enumerate() {
            for (share, _) in &chart.levels {
                let Some(value) = series.quantile(*share).filter(|value| *value <= self.x.high) else {
                    continue;
                };
                let at = (self.field.x(&self.x, value), self.field.y(&self.y, *share));
                canvas.marker(at, 5.0, look(index).marker, look(index).color);
            }
        }
        self.legend.draw(canvas, self.field.right + LEGEND_GAP, self.field.top);
    }

    /// Up from zero at the smallest value, to the right end at the largest.
    fn path(&self, series: &DistributionSeries) -> Vec<Point> {
        let mut share = 0.0;
        let mut path = Vec::with_capacity(series.steps.len() * 2 + 1);
        for &(value, reached) in &series.steps {
            if value > self.x.high {
                break; // beyond the axis, as the note says
            }
            let x = self.field.x(&self.x, value);
            path.push((x, self.field.y(&self.y, share)));
            path.push((x, self.field.y(&self.y, reached)));
            share = reached;
        }
        if !path.is_empty() {
            path.push((self.field.right, self.field.y(&self.y, share)));
        }
        path
    }
}

impl DistributionSeries {
    /// The smallest value that at least this share of the observations does not exceed.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|step| step.1 >= share - 1e-12).map(|step| step.0)
    }
}

impl Distribution {
    fn sample(&self, index: usize) -> Sample {
        match self.levels.is_empty() {
            true => Sample::Line { look: look(index), band: false },
            false => Sample::Dots { look: look(index), joined: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_values_step_by_quarters_and_equal_ones_together() {
        assert_eq!(cumulative(&[1.0, 2.0, 2.0, 5.0], 100), [(1.0, 0.25), (2.0, 0.75), (5.0, 1.0)]);
    }

    #[test]
    fn many_values_are_thinned_and_keep_their_ends() {
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let steps = cumulative(&values, 100);
        assert_eq!((steps.len(), steps[0], steps[99]), (100, (0.0, 0.0001), (9999.0, 1.0)));
        assert_eq!(steps[75].0, 9975.0, "the 25 largest are all there");
    }

    #[test]
    fn a_quantile_is_the_first_value_that_reaches_its_share() {
        let series = DistributionSeries {
            name: String::new(),
            detail: String::new(),
            steps: cumulative(&[1.0, 2.0, 2.0, 5.0], 100),
        };
        // half of four values are two; the second value is 2
        assert_eq!([0.25, 0.5, 0.95].map(|share| series.quantile(share)), [Some(1.0), Some(2.0), Some(5.0)]);
    }

    #[test]
    fn no_values_make_no_steps() {
        assert_eq!(cumulative(&[], 100), []);
    }
}
