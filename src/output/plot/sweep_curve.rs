//! How a metric moves along one axis of a sweep.

use super::Chart;
use super::axis::{Axis, Tick, value_axis};
use super::canvas::{Align, Canvas, Pen, Point, document};
use super::palette::{INK, look};
use super::sheet::*;
use super::text_width::{text_width, wrapped};
use crate::output::number::{Quantity, significant};

/// Means with their intervals along an axis: lines with bands where the axis is a number, dots with bars where it is a
/// choice.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepCurve {
    /// What is seen.
    pub title: String,
    /// The circumstances: scenario, replications.
    pub subtitle: String,
    /// The axis' name with its unit.
    pub x_label: String,
    /// Its values.
    pub x: SweepValues,
    /// The metric's name.
    pub y_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// In the order of the legend.
    pub series: Vec<SweepSeries>,
    /// What the metric should reach.
    pub goal: Option<Goal>,
    /// What band and bars mean: "95 % confidence interval of the mean".
    pub band_meaning: String,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// The values of a sweep axis.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepValues {
    /// Numbers in ascending order, drawn to scale.
    Numbers(Vec<f64>),
    /// Names, evenly apart.
    Choices(Vec<String>),
}

/// One line of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSeries {
    /// Its name in the legend.
    pub name: String,
    /// One per value of the axis; none where the metric had no value.
    pub points: Vec<Option<SweepPoint>>,
}

/// An estimate at one value of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SweepPoint {
    /// Mean over replications.
    pub mean: f64,
    /// Its interval, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// An objective drawn as a line across.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// The value to reach.
    pub value: f64,
    /// In words: "at least 99.9 %".
    pub label: String,
}

const HEADING_ROOM: f64 = 24.0;

impl Chart for SweepCurve {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

struct Plan {
    head: Head,
    note: Note,
    heading: Vec<String>,
    x: Axis,
    names: Names,
    x_title: Vec<String>,
    y: Axis,
    legend: Legend,
    field: Field,
    height: f64,
}

impl Plan {
    fn of(chart: &SweepCurve) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let note = Note::new(&chart.note);
        let y = chart.value_axis();
        let legend = chart.legend();
        let left = MARGIN + 8.0 + widest_label(&y).max(24.0);
        let right = WIDTH - MARGIN - if legend.width() > 0.0 { legend.width() + 20.0 } else { 10.0 };
        let heading = wrapped(&chart.y_label, right - left, HEADING.size, true);
        let x = chart.x.axis(right - left);
        let names = chart.x.names(right - left);
        let x_title = wrapped(&chart.x_label, right - left, SUBTITLE.size, false);
        let foot = names.height() + 6.0 + x_title.len() as f64 * line_height(SUBTITLE) + note.height();
        let top = head.height() + heading.len() as f64 * line_height(HEADING) + HEADING_ROOM - 18.0;
        let bottom = (HEIGHT - foot).max(top + legend.height()).max(top + 300.0);
        let height = libm::ceil(bottom + foot);
        let field = Field { left, top, right, bottom };
        Plan { head, note, heading, x, names, x_title, y, legend, field, height }
    }

    fn draw(&self, chart: &SweepCurve, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        paragraph(canvas, &self.heading, self.field.left, self.head.height(), HEADING);
        self.field.value_lines(canvas, &self.y);
        if matches!(chart.x, SweepValues::Numbers(_)) {
            self.field.upright_lines(canvas, &self.x, false);
        }
        self.draw_foot(chart, canvas);
        if let Some(goal) = &chart.goal {
            let y = self.field.y(&self.y, goal.value);
            let pen = Pen { dash: &[6.0, 4.0], ..Pen::solid(INK, 1.5) };
            canvas.line(&[(self.field.left, y), (self.field.right, y)], &pen);
        }
        if chart.series.iter().all(|series| series.parts().is_empty()) {
            self.field.say_empty(canvas);
        }
        for (index, series) in chart.series.iter().enumerate() {
            self.draw_intervals(chart, series, index, canvas);
        }
        // Dashes over lines and smaller dots over larger ones: series that agree are all seen.
        for (index, series) in chart.series.iter().enumerate() {
            self.draw_means(chart, series, index, canvas);
        }
        self.legend.draw(canvas, self.field.right + 20.0, self.field.top);
    }

    fn draw_foot(&self, chart: &SweepCurve, canvas: &mut Canvas<'_>) {
        self.field.base_line(canvas);
        match &chart.x {
            SweepValues::Numbers(_) => {
                for tick in &self.x.ticks {
                    let place = (self.field.x(&self.x, tick.value), self.field.bottom + 14.0);
                    canvas.text(&tick.label, place, Align::Middle, LABEL);
                }
            }
            SweepValues::Choices(names) => {
                let centers = (0..names.len()).map(|at| self.slot_center(at, names.len()));
                self.names.draw(canvas, centers, self.field.bottom);
            }
        }
        let below = self.field.bottom + self.names.height() + 4.0;
        for (index, line) in self.x_title.iter().enumerate() {
            let y = below + line_height(SUBTITLE) * (index as f64 + 0.5);
            canvas.text(line, (self.field.middle(), y), Align::Middle, SUBTITLE);
        }
    }

    fn slot_center(&self, at: usize, slots: usize) -> f64 {
        self.field.left + (self.field.right - self.field.left) / slots.max(1) as f64 * (at as f64 + 0.5)
    }

    fn draw_intervals(
        &self,
        chart: &SweepCurve,
        series: &SweepSeries,
        index: usize,
        canvas: &mut Canvas<'_>,
    ) {
        let color = look(index).color;
        for part in series.parts() {
            let ends: Vec<_> = part
                .clone()
                .filter_map(|at| {
                    Some((self.x_of(chart, at, index), series.points.get(at)?.as_ref()?.interval?))
                })
                .collect();
            let low: Vec<Point> = ends.iter().map(|&(x, (low, _))| (x, self.field.y(&self.y, low))).collect();
            let high: Vec<Point> =
                ends.iter().map(|&(x, (_, high))| (x, self.field.y(&self.y, high))).collect();
            if matches!(chart.x, SweepValues::Numbers(_)) && ends.len() == part.len() && ends.len() > 1 {
                band(canvas, &low, &high, color);
            } else {
                for (&low, &high) in low.iter().zip(&high) {
                    error_bar(canvas, low, high, color);
                }
            }
        }
    }

    fn draw_means(&self, chart: &SweepCurve, series: &SweepSeries, index: usize, canvas: &mut Canvas<'_>) {
        let look = look(index);
        for part in series.parts() {
            let mean = |at: usize| series.points[at].map_or(f64::NAN, |point| point.mean);
            let points: Vec<Point> =
                part.map(|at| (self.x_of(chart, at, index), self.field.y(&self.y, mean(at)))).collect();
            if matches!(chart.x, SweepValues::Numbers(_)) && points.len() > 1 {
                canvas.line(&points, &series_pen(look));
            }
            for point in points {
                canvas.marker(point, dot_radius(index), look.marker, look.color);
            }
        }
    }

    /// Choices set the series side by side.
    fn x_of(&self, chart: &SweepCurve, at: usize, series: usize) -> f64 {
        match &chart.x {
            SweepValues::Numbers(values) => self.field.x(&self.x, values[at]),
            SweepValues::Choices(names) => {
                let slot = (self.field.right - self.field.left) / names.len().max(1) as f64;
                let apart = (slot * 0.7 / chart.series.len().max(1) as f64).min(26.0);
                let shift = (series as f64 - (chart.series.len() as f64 - 1.0) / 2.0) * apart;
                self.slot_center(at, names.len()) + shift
            }
        }
    }
}

fn dot_radius(series: usize) -> f64 {
    (5.0 - 0.8 * series as f64).max(3.0)
}

impl SweepCurve {
    fn value_axis(&self) -> Axis {
        let points = self.series.iter().flat_map(|series| series.points.iter().flatten());
        let values = points.flat_map(|point| {
            let (low, high) = point.interval.unwrap_or((point.mean, point.mean));
            [point.mean, low, high]
        });
        value_axis(values.chain(self.goal.iter().map(|goal| goal.value)), self.quantity, 6)
    }

    fn legend(&self) -> Legend {
        let joined = matches!(self.x, SweepValues::Numbers(_));
        let series = self.series.iter().enumerate();
        let entries =
            series.map(|(index, series)| (Sample::Dots { look: look(index), joined }, series.name.as_str()));
        let goal = self.goal.iter().map(|goal| (Sample::Rule { color: INK }, goal.label.as_str()));
        let has_intervals =
            self.series.iter().flat_map(|s| s.points.iter().flatten()).any(|p| p.interval.is_some());
        let several = self.series.iter().any(|series| series.points.len() > 1);
        let sample = match joined && several {
            true => Sample::Patch { color: INK, alpha: BAND_ALPHA },
            false => Sample::Bar { color: INK },
        };
        let meaning =
            (has_intervals && !self.band_meaning.is_empty()).then_some((sample, self.band_meaning.as_str()));
        Legend::new(entries.chain(goal).chain(meaning))
    }
}

impl SweepValues {
    fn axis(&self, width: f64) -> Axis {
        match self {
            SweepValues::Choices(_) => Axis { low: 0.0, high: 1.0, ticks: Vec::new() },
            SweepValues::Numbers(values) => number_axis(values, width),
        }
    }

    /// The names of choices; numbers have one line of ticks instead.
    fn names(&self, width: f64) -> Names {
        match self {
            SweepValues::Numbers(_) => Names::new(&[], width),
            SweepValues::Choices(names) => Names::new(names, width / names.len().max(1) as f64),
        }
    }
}

/// Ticks at the values themselves where they have room, else at round numbers. A little air at both ends.
fn number_axis(values: &[f64], width: f64) -> Axis {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if low >= high {
        let only = if low.is_finite() { low } else { 0.0 };
        let tick = Tick { value: only, label: significant(only, 4) };
        return Axis { low: only - 1.0, high: only + 1.0, ticks: vec![tick] };
    }
    let air = (high - low) * 0.03;
    let (low, high) = (low - air, high + air);
    let own: Vec<Tick> = values.iter().map(|&value| Tick { value, label: significant(value, 4) }).collect();
    let axis = Axis { low, high, ticks: own };
    let has_room = axis.ticks.windows(2).all(|pair| {
        let [before, after] = pair else { return true };
        let needed =
            text_width(&before.label, LABEL.size, false) + text_width(&after.label, LABEL.size, false);
        axis.place(after.value, 0.0, width) - axis.place(before.value, 0.0, width) > needed / 2.0 + 10.0
    });
    if has_room {
        return axis;
    }
    let round = value_axis(values.iter().copied(), Quantity::Count, 8);
    Axis { low, high, ticks: round.ticks.into_iter().filter(|t| t.value >= low && t.value <= high).collect() }
}

impl SweepSeries {
    /// Stretches of points without a gap.
    fn parts(&self) -> Vec<std::ops::Range<usize>> {
        let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
        for at in
            (0..self.points.len()).filter(|&at| self.points[at].is_some_and(|point| point.mean.is_finite()))
        {
            match parts.last_mut() {
                Some(part) if part.end == at => part.end = at + 1,
                _ => parts.push(at..at + 1),
            }
        }
        parts
    }
}
