//! Two metrics against each other, a point per sweep point: what more availability costs.

use super::Chart;
use super::axis::{Axis, scatter_axis};
use super::canvas::{Align, Canvas, Letters, Pen, Point, document};
use super::palette::{BLUE, Color, GREY, INK, Marker, VERMILION};
use super::sheet::*;
use super::sweep_curve::{Goal, SweepPoint};
use super::text_width::{text_width, wrapped};
use crate::output::number::Quantity;

/// Points with their intervals both ways, those that meet the objectives and the chosen one standing out.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeOff {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// The metric to the right: usually the cost.
    pub x_label: String,
    /// How it is written.
    pub x_quantity: Quantity,
    /// The metric upwards: usually the availability.
    pub y_label: String,
    /// How it is written.
    pub y_quantity: Quantity,
    /// Where names compete for room, the better standing and then the earlier point is named.
    pub points: Vec<TradeOffPoint>,
    /// What the upward metric should reach.
    pub goal: Option<Goal>,
    /// Whether the upward metric is the better the higher; the metric to the right is the better the lower.
    pub higher_is_better: bool,
    /// Whether the frontier is drawn: only where the metric to the right is the better the lower.
    pub shows_frontier: bool,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeOffPoint {
    /// Its name.
    pub name: String,
    /// The metric to the right.
    pub x: SweepPoint,
    /// The metric upwards.
    pub y: SweepPoint,
    /// What it is worth.
    pub standing: Standing,
}

/// What a configuration is worth under the objectives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The answer: the cheapest that is shown to meet them.
    Chosen,
    /// Shown to meet them.
    Meets,
    /// The interval holds both answers.
    Unclear,
    /// Shown to miss them.
    Misses,
}

const STANDINGS: [(Standing, &str); 4] = [
    (Standing::Chosen, "chosen"),
    (Standing::Meets, "meets the objectives"),
    (Standing::Unclear, "cannot tell yet"),
    (Standing::Misses, "misses the objectives"),
];

impl Standing {
    fn look(self) -> (Color, Marker, f64) {
        match self {
            Standing::Chosen => (VERMILION, Marker::Diamond, 6.5),
            Standing::Meets => (BLUE, Marker::Disc, 4.5),
            Standing::Unclear => (INK, Marker::Triangle, 4.2),
            Standing::Misses => (GREY, Marker::Cross, 4.0),
        }
    }
}

impl Chart for TradeOff {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

struct Plan {
    head: Head,
    note: Note,
    heading: Vec<String>,
    x_title: Vec<String>,
    x: Axis,
    y: Axis,
    legend: Legend,
    names: Vec<Name>,
    field: Field,
    height: f64,
}

/// A name beside its point.
struct Name {
    text: String,
    left: f64,
    y: f64,
    letters: Letters,
}

impl Plan {
    fn of(chart: &TradeOff) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let x = scatter_axis(chart.points.iter().flat_map(|point| ends(point.x)), chart.x_quantity, 8);
        let goal = chart.goal.iter().map(|goal| goal.value);
        let y = scatter_axis(
            chart.points.iter().flat_map(|point| ends(point.y)).chain(goal),
            chart.y_quantity,
            6,
        );
        let legend = chart.legend();
        let left = MARGIN + 8.0 + widest_label(&y);
        let right = WIDTH - MARGIN - legend.width() - 30.0;
        let heading = wrapped(&chart.y_label, right - left, HEADING.size, true);
        let x_title = wrapped(&chart.x_label, right - left, SUBTITLE.size, false);
        let top = head.height() + heading.len() as f64 * line_height(HEADING) + 6.0;
        // The note may gain a sentence about names without room, so that one line is kept for it.
        let below_axis = 26.0 + x_title.len() as f64 * line_height(SUBTITLE);
        let bottom = (HEIGHT - below_axis - Note::new(&format!("{} {}", chart.note, unnamed(99))).height())
            .max(top + legend.height())
            .max(top + 300.0);
        let field = Field { left, top, right, bottom };
        let (names, left_out) = place_names(chart, field, &x, &y);
        let note = Note::new(&format!("{} {}", chart.note, unnamed(left_out)));
        let height = libm::ceil(bottom + below_axis + note.height()).max(HEIGHT);
        Plan { head, note, heading, x_title, x, y, legend, names, field, height }
    }

    fn draw(&self, chart: &TradeOff, canvas: &mut Canvas<'_>) {
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
            let y = self.field.y(&self.y, goal.value);
            let pen = Pen { dash: &[6.0, 4.0], ..Pen::solid(INK, 1.5) };
            canvas.line(&[(self.field.left, y), (self.field.right, y)], &pen);
        }
        if chart.points.is_empty() {
            self.field.say_empty(canvas);
        }
        if chart.shows_frontier {
            canvas.line(&staircase(chart, self.field, &self.x, &self.y), &FRONTIER);
        }
        for point in chart.points.iter().rev() {
            self.draw_point(point, canvas);
        }
        for name in &self.names {
            canvas.text(&name.text, (name.left, name.y), Align::Left, name.letters);
        }
        self.legend.draw(canvas, self.field.right + 30.0, self.field.top);
    }

    fn draw_point(&self, point: &TradeOffPoint, canvas: &mut Canvas<'_>) {
        let (color, marker, radius) = point.standing.look();
        let (x, y) = (self.field.x(&self.x, point.x.mean), self.field.y(&self.y, point.y.mean));
        let pen = Pen { alpha: 0.45, ..Pen::solid(color, 1.3) };
        if let Some((low, high)) = point.x.interval {
            canvas.line(&[(self.field.x(&self.x, low), y), (self.field.x(&self.x, high), y)], &pen);
        }
        if let Some((low, high)) = point.y.interval {
            canvas.line(&[(x, self.field.y(&self.y, low)), (x, self.field.y(&self.y, high))], &pen);
        }
        canvas.marker((x, y), radius, marker, color);
    }
}

const FRONTIER: Pen = Pen { color: GREY, alpha: 0.8, width: 1.4, dash: &[] };

/// The frontier as a line: level to the next better point, then to its value.
fn staircase(chart: &TradeOff, field: Field, x: &Axis, y: &Axis) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::new();
    for point in chart.frontier() {
        let at = (field.x(x, point.x.mean), field.y(y, point.y.mean));
        line.extend(line.last().map(|before| (at.0, before.1)));
        line.push(at);
    }
    line
}

impl TradeOff {
    /// The points that no other beats in both metrics, from the lowest to the highest of the metric to the right.
    fn frontier(&self) -> Vec<&TradeOffPoint> {
        let worth = |point: &TradeOffPoint| if self.higher_is_better { point.y.mean } else { -point.y.mean };
        let mut points: Vec<&TradeOffPoint> = self.points.iter().collect();
        points.sort_by(|a, b| a.x.mean.total_cmp(&b.x.mean).then(worth(b).total_cmp(&worth(a))));
        let mut best = f64::NEG_INFINITY;
        points.retain(|point| {
            let is_better = worth(point) > best;
            best = best.max(worth(point));
            is_better
        });
        points
    }

    fn legend(&self) -> Legend {
        let seen =
            STANDINGS.into_iter().filter(|(standing, _)| self.points.iter().any(|p| p.standing == *standing));
        let entries = seen.map(|(standing, words)| {
            let (color, marker, _) = standing.look();
            (Sample::Dots { look: super::palette::Look { color, dash: &[], marker }, joined: false }, words)
        });
        let has_intervals =
            self.points.iter().any(|point| point.x.interval.is_some() || point.y.interval.is_some());
        let bars = has_intervals.then_some((Sample::Bar { color: INK }, "95 % interval of the mean"));
        let goal = self.goal.iter().map(|goal| (Sample::Rule { color: INK }, goal.label.as_str()));
        let line = super::palette::Look { color: GREY, dash: &[], marker: Marker::Disc };
        let frontier = (self.shows_frontier && self.frontier().len() > 1).then_some((
            Sample::Line { look: line, band: false },
            "frontier: no point is both better and cheaper",
        ));
        Legend::new(entries.chain(goal).chain(frontier).chain(bars))
    }
}

fn ends(point: SweepPoint) -> [f64; 3] {
    let (low, high) = point.interval.unwrap_or((point.mean, point.mean));
    [point.mean, low, high]
}

fn unnamed(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "One point has no room for its name; the table has them all.".to_string(),
        count => format!("{count} points have no room for their names; the table has them all."),
    }
}

/// A rectangle that is taken: left, top, right, bottom.
type Taken = (f64, f64, f64, f64);

/// Gives each name the first place around its point that covers no dot, interval or other name, the better standing
/// first. Returns how many have none.
fn place_names(chart: &TradeOff, field: Field, x: &Axis, y: &Axis) -> (Vec<Name>, usize) {
    let drawn = |point: &TradeOffPoint| Drawn::of(point, field, x, y);
    let mut taken: Vec<Taken> = chart.points.iter().map(drawn).flat_map(|drawn| drawn.covers()).collect();
    if let Some(goal) = &chart.goal {
        let level = field.y(y, goal.value);
        taken.push((field.left, level - 1.0, field.right, level + 1.0));
    }
    let legs = if chart.shows_frontier { staircase(chart, field, x, y) } else { Vec::new() };
    for leg in legs.windows(2) {
        let ((ax, ay), (bx, by)) = (leg[0], leg[1]);
        taken.push((ax.min(bx) - 1.0, ay.min(by) - 1.0, ax.max(bx) + 1.0, ay.max(by) + 1.0));
    }
    let mut points: Vec<&TradeOffPoint> =
        chart.points.iter().filter(|point| !point.name.is_empty()).collect();
    let named = points.len();
    let on_frontier =
        |point: &TradeOffPoint| chart.frontier().iter().any(|found| std::ptr::eq(*found, point));
    points.sort_by_cached_key(|point| {
        (point.standing != Standing::Chosen, !on_frontier(point), point.standing)
    });
    let mut names = Vec::new();
    for point in points {
        let text = crate::output::escape::visible_text(&point.name);
        let bold = point.standing == Standing::Chosen;
        let letters = Letters { color: point.standing.look().0, bold, ..SMALL };
        let width = text_width(&text, letters.size, letters.bold);
        let box_of = |(left, y): (f64, f64)| (left, y - 6.0, left + width, y + 6.0);
        let is_free = |place: &(f64, f64)| {
            let (left, top, right, bottom) = box_of(*place);
            let is_inside =
                left >= field.left && right <= field.right && top >= field.top && bottom <= field.bottom;
            is_inside && !taken.iter().any(|t| left < t.2 && t.0 < right && top < t.3 && t.1 < bottom)
        };
        if let Some(place) = drawn(point).places(width).into_iter().find(is_free) {
            taken.push(box_of(place));
            names.push(Name { text, left: place.0, y: place.1, letters });
        }
    }
    let left_out = named - names.len();
    (names, left_out)
}

/// A point on the page with the ends of its intervals.
struct Drawn {
    at: (f64, f64),
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Drawn {
    fn of(point: &TradeOffPoint, field: Field, x: &Axis, y: &Axis) -> Drawn {
        let [mid_x, low_x, high_x] = ends(point.x).map(|value| field.x(x, value));
        let [mid_y, low_y, high_y] = ends(point.y).map(|value| field.y(y, value));
        Drawn { at: (mid_x, mid_y), left: low_x, right: high_x, top: high_y, bottom: low_y }
    }

    fn covers(&self) -> [Taken; 3] {
        let (x, y) = self.at;
        [
            (x - 6.0, y - 6.0, x + 6.0, y + 6.0),
            (self.left, y - 1.0, self.right, y + 1.0),
            (x - 1.0, self.top, x + 1.0, self.bottom),
        ]
    }

    /// Left end and middle height of a name this wide, the best place first.
    fn places(&self, width: f64) -> [(f64, f64); 8] {
        let (x, y) = self.at;
        let (after, before) = (self.right.max(x + 7.0) + 3.0, self.left.min(x - 7.0) - 3.0 - width);
        let (above, below) = (self.top.min(y - 6.0) - 8.0, self.bottom.max(y + 6.0) + 8.0);
        [
            (after, y),
            (before, y),
            (x - width / 2.0, above),
            (x - width / 2.0, below),
            (x + 5.0, y - 13.0),
            (x + 5.0, y + 13.0),
            (x - 5.0 - width, y - 13.0),
            (x - 5.0 - width, y + 13.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(name: &str, x: f64, y: f64) -> TradeOffPoint {
        let at = |mean| SweepPoint { mean, interval: None };
        TradeOffPoint { name: name.to_owned(), x: at(x), y: at(y), standing: Standing::Unclear }
    }

    #[test]
    fn the_frontier_holds_what_nothing_beats_in_both_metrics() {
        let mut chart = TradeOff {
            title: String::new(),
            subtitle: String::new(),
            x_label: String::new(),
            x_quantity: Quantity::Usd,
            y_label: String::new(),
            y_quantity: Quantity::Count,
            // c costs more than b for less; d costs as much as b for less
            points: vec![
                point("c", 3.0, 1.5),
                point("a", 1.0, 1.0),
                point("d", 2.0, 1.2),
                point("b", 2.0, 2.0),
            ],
            goal: None,
            higher_is_better: true,
            shows_frontier: true,
            note: String::new(),
        };
        let names = |chart: &TradeOff| chart.frontier().iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&chart), ["a", "b"]);
        chart.higher_is_better = false; // then the cheapest is the lowest as well
        assert_eq!(names(&chart), ["a"]);
    }
}
