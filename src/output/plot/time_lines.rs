//! What happened when: panels one above the other over the same simulated time.

use super::Chart;
use super::axis::{Axis, time_axis, value_axis};
use super::canvas::{Align, Canvas, Letters, Pen, Point, document};
use super::palette::{BLUE, Color, GREY, INK, Marker, VERMILION, look};
use super::sheet::*;
use super::text_width::{text_width, wrapped};
use crate::output::number::Quantity;

/// Panels of lines over simulated time, with what befell the cluster shaded behind them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimeLines {
    /// What is seen, as a sentence or headline.
    pub title: String,
    /// The circumstances: scenario, replications, seed.
    pub subtitle: String,
    /// Begin of the time shown, in seconds.
    pub from_s: f64,
    /// End of the time shown, in seconds.
    pub to_s: f64,
    /// From top to bottom.
    pub panels: Vec<Panel>,
    /// Warm-up, failures, deployments: the same in every panel.
    pub marks: Vec<Mark>,
    /// What the bands around lines mean, such as "95 % of replications"; empty if there are none.
    pub band_meaning: String,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// Lines that share a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What the values are and in which unit: "Running tasks".
    pub heading: String,
    /// How values are written at the axis.
    pub quantity: Quantity,
    /// In the order of the legend.
    pub series: Vec<Series>,
    /// Events in rows of their own below the lines, so that no mark hides a line however many there are.
    pub events: Vec<EventRow>,
}

/// Events of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// What happened each time.
    pub name: String,
    /// When, in seconds, ascending.
    pub times_s: Vec<f64>,
    /// How it is coloured.
    pub kind: MarkKind,
    /// Which shape: equal numbers, equal shapes.
    pub shape: usize,
    /// Of what count each is a step: before, after; as many as there are times, or empty.
    pub steps: Vec<(u32, u32)>,
}

/// A line over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// (second, value) in order of time; a value that is not finite interrupts the line.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper end at each point, as many as there are points.
    pub band: Option<Vec<(f64, f64)>>,
    /// How points are joined.
    pub shape: LineShape,
}

/// How a line gets from one point to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineShape {
    /// A value holds until the next point: counts.
    Steps,
    /// Straight on: averages.
    Straight,
}

/// Something that was so for a while, or happened at once where both ends are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Begin in seconds.
    pub from_s: f64,
    /// End in seconds.
    pub to_s: f64,
    /// What it was; equal labels are written once.
    pub label: String,
    /// How it is coloured.
    pub kind: MarkKind,
    /// The only panel it is drawn in; none for all of them.
    pub panel: Option<usize>,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// Not part of any estimate.
    WarmUp,
    /// Something failed or was taken away.
    Fault,
    /// Somebody changed something: a deployment, a request.
    Request,
    /// An alarm calls for more instances.
    ScaleOut,
    /// An alarm calls for fewer.
    ScaleIn,
}

impl MarkKind {
    /// Alarms are many: they stand in the legend of their panel, and not above the panels.
    fn is_alarm(self) -> bool {
        matches!(self, MarkKind::ScaleOut | MarkKind::ScaleIn)
    }

    fn color(self) -> Color {
        match self {
            MarkKind::WarmUp => GREY,
            MarkKind::Fault => VERMILION,
            MarkKind::Request | MarkKind::ScaleIn => BLUE,
            MarkKind::ScaleOut => VERMILION,
        }
    }
}

/// The more panels, the flatter.
fn smallest_panel(panels: usize) -> f64 {
    if panels > 4 { 82.0 } else { 110.0 }
}

/// So many marks without room for a label are named in the note.
const MOST_NAMED: usize = 5;
const PANEL_GAP: f64 = 16.0;
const FOOT: f64 = 44.0;
const MOST_LABEL_ROWS: usize = 4;
/// So many moments are drawn as lines through a panel; more would be a blur, and stand in the rows of events alone.
const MOST_MOMENTS: usize = 12;
/// How strongly the time of an alarm is shaded; even a short one is to be seen.
const ALARM_ALPHA: f64 = 0.25;
/// Height of a row of events.
const EVENT_ROW: f64 = 15.0;
/// Events closer than this share a shape.
const EVENT_GAP: f64 = 10.0;

impl Chart for TimeLines {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

/// Everything that must be measured before the first line is drawn.
struct Plan {
    head: Head,
    note: Note,
    time: Axis,
    time_unit: &'static str,
    panels: Vec<PanelPlan>,
    labels: Vec<MarkLabel>,
    labels_top: f64,
    height: f64,
}

struct PanelPlan {
    heading: Vec<String>,
    heading_top: f64,
    axis: Axis,
    legend: Legend,
    field: Field,
}

/// A mark's label in one of the rows above the panels.
struct MarkLabel {
    text: String,
    color: Color,
    center: f64,
    row: usize,
}

impl Plan {
    fn of(chart: &TimeLines) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let axes: Vec<Axis> =
            chart.panels.iter().map(|panel| panel.axis(ticks_for(chart.panels.len()))).collect();
        let legends: Vec<Legend> = chart
            .panels
            .iter()
            .enumerate()
            .map(|(index, panel)| panel.legend(chart.meaning_at(index), &chart.alarms_in(index)))
            .collect();
        let left = MARGIN + 8.0 + axes.iter().map(widest_label).fold(24.0, f64::max);
        let event_legends: Vec<Legend> = chart.panels.iter().map(Panel::event_legend).collect();
        let legend_width = legends.iter().chain(&event_legends).map(Legend::width).fold(0.0, f64::max);
        let right = WIDTH - MARGIN - if legend_width > 0.0 { legend_width + 20.0 } else { 10.0 };
        let (time, time_unit) = time_axis(chart.from_s, chart.to_s, 12);

        let labels_top = head.height();
        let (labels, left_out) = place_labels(&chart.marks, &time, left, right);
        let rows = labels.iter().map(|label| label.row + 1).max().unwrap_or(0);
        let panels_top = labels_top + rows as f64 * line_height(SMALL) + if rows > 0 { 4.0 } else { 0.0 };
        let note = Note::new(&format!("{} {left_out}", chart.note));

        let headings: Vec<Vec<String>> = chart
            .panels
            .iter()
            .map(|panel| wrapped(&panel.heading, right - left, HEADING.size, true))
            .collect();
        let strips = chart.panels.iter().map(Panel::strip_height);
        let fixed: f64 =
            headings.iter().zip(strips).map(|(lines, strip)| heading_height(lines) + strip + PANEL_GAP).sum();
        let free = HEIGHT - panels_top - fixed - FOOT - note.height();
        let share = free / chart.panels.len().max(1) as f64;

        let mut y = panels_top;
        let mut panels = Vec::new();
        let smallest = smallest_panel(chart.panels.len());
        for (((panel, axis), legend), heading) in chart.panels.iter().zip(axes).zip(legends).zip(headings) {
            let top = y + heading_height(&heading);
            let bottom = top + share.max(smallest).max(legend.height());
            panels.push(PanelPlan {
                heading,
                heading_top: y,
                axis,
                legend,
                field: Field { left, top, right, bottom },
            });
            y = bottom + panel.strip_height() + PANEL_GAP;
        }
        let height = libm::ceil((y - PANEL_GAP + FOOT + note.height()).max(HEIGHT));
        Plan { head, note, time, time_unit, panels, labels, labels_top, height }
    }

    fn draw(&self, chart: &TimeLines, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        for (index, (panel, plan)) in chart.panels.iter().zip(&self.panels).enumerate() {
            plan.draw_grid(panel, &self.time, index + 1 == self.panels.len(), canvas);
            self.draw_marks(chart, index, plan.field, canvas);
            plan.draw(panel, &self.time, canvas);
        }
        self.draw_labels(canvas);
        if let Some((last, panel)) = self.panels.last().zip(chart.panels.last()) {
            let text = format!("simulated time ({})", self.time_unit);
            let below = last.field.bottom + panel.strip_height() + 33.0;
            canvas.text(&text, (last.field.middle(), below), Align::Middle, SUBTITLE);
        }
    }

    fn draw_marks(&self, chart: &TimeLines, panel: usize, field: Field, canvas: &mut Canvas<'_>) {
        let here = |mark: &&Mark| mark.is_within(&self.time) && mark.panel.is_none_or(|only| only == panel);
        let is_moment = |mark: &Mark| mark.from_s == mark.to_s;
        let are_few = chart.marks.iter().filter(here).filter(|mark| is_moment(mark)).count() <= MOST_MOMENTS;
        for mark in chart.marks.iter().filter(here) {
            let (from, to) = (field.x(&self.time, mark.from_s), field.x(&self.time, mark.to_s));
            let color = mark.kind.color();
            if mark.kind.is_alarm() {
                canvas.rectangle((from, field.top), (to.max(from + 2.0), field.bottom), color, ALARM_ALPHA);
                continue;
            }
            if is_moment(mark) && !are_few {
                continue;
            }
            if to - from < 1.0 {
                let pen = Pen { dash: &[3.0, 3.0], ..Pen::solid(color, 1.2) };
                canvas.line(&[(from, field.top), (from, field.bottom)], &pen);
            } else {
                canvas.rectangle((from, field.top), (to, field.bottom), color, 0.13);
            }
        }
    }

    fn draw_labels(&self, canvas: &mut Canvas<'_>) {
        for label in &self.labels {
            let y = self.labels_top + (label.row as f64 + 0.5) * line_height(SMALL);
            canvas.text(
                &label.text,
                (label.center, y),
                Align::Middle,
                Letters { color: label.color, ..SMALL },
            );
        }
    }
}

impl PanelPlan {
    fn draw_grid(&self, panel: &Panel, time: &Axis, is_last: bool, canvas: &mut Canvas<'_>) {
        paragraph(canvas, &self.heading, self.field.left, self.heading_top, HEADING);
        self.field.value_lines(canvas, &self.axis);
        let with_strip = Field { bottom: self.field.bottom + panel.strip_height(), ..self.field };
        with_strip.upright_lines(canvas, time, is_last);
        self.field.base_line(canvas);
    }

    /// A row for each kind of event: a shape each, or one for several that lie close, and their number at the right.
    fn draw_events(&self, panel: &Panel, time: &Axis, canvas: &mut Canvas<'_>) {
        for (index, row) in panel.events.iter().enumerate() {
            let y = self.field.bottom + EVENT_ROW * (index as f64 + 0.5) + 4.0;
            let (color, marker) = (row.kind.color(), row.marker());
            let places: Vec<f64> = row.times_s.iter().map(|at| self.field.x(time, *at)).collect();
            let groups = gathered(&places);
            let (mut seen, mut taken) = (0, self.field.left);
            for (at, &(x, count)) in groups.iter().enumerate() {
                canvas.marker((x, y), 3.6, marker, color);
                let next = groups.get(at + 1).map_or(self.field.right + 10.0, |next| next.0);
                for text in row.texts_of(seen..seen + count) {
                    let width = text_width(&text, SMALL.size, false);
                    if x + width + 12.0 <= next {
                        canvas.text(&text, (x + 6.0, y), Align::Left, Letters { color, ..SMALL });
                        taken = x + width + 12.0;
                        break;
                    }
                    if x - width - 6.0 >= taken {
                        canvas.text(&text, (x - 6.0 - width, y), Align::Left, Letters { color, ..SMALL });
                        break;
                    }
                }
                taken = taken.max(x + 6.0);
                seen += count;
            }
            let legend = Legend::new([(Sample::Event { marker, color }, row.counted().as_str())]);
            legend.draw(canvas, self.field.right + 20.0, y - line_height(LABEL) / 2.0);
        }
    }

    fn draw(&self, panel: &Panel, time: &Axis, canvas: &mut Canvas<'_>) {
        if panel.series.iter().all(|series| series.parts().is_empty()) {
            self.field.say_empty(canvas);
        }
        for (index, series) in panel.series.iter().enumerate() {
            for part in series.parts() {
                self.draw_band(series, part.clone(), time, index, canvas);
            }
        }
        // Dashes over a solid line show both where they run together.
        for (index, series) in panel.series.iter().enumerate() {
            for part in series.parts() {
                self.draw_line(series, part, time, index, canvas);
            }
        }
        self.draw_events(panel, time, canvas);
        self.legend.draw(canvas, self.field.right + 20.0, self.field.top);
    }

    fn draw_line(&self, series: &Series, part: Part, time: &Axis, index: usize, canvas: &mut Canvas<'_>) {
        let points = self.path(series, part, time, |at| series.points[at].1);
        match points[..] {
            [only] => canvas.marker(only, 3.5, look(index).marker, look(index).color),
            _ => canvas.line(&points, &series_pen(look(index))),
        }
    }

    fn draw_band(&self, series: &Series, part: Part, time: &Axis, index: usize, canvas: &mut Canvas<'_>) {
        let Some(ends) = series.band.as_ref().filter(|ends| ends.len() == series.points.len()) else {
            return;
        };
        let low = self.path(series, part.clone(), time, |at| ends[at].0);
        let high = self.path(series, part, time, |at| ends[at].1);
        band(canvas, &low, &high, look(index).color);
    }

    fn path(&self, series: &Series, part: Part, time: &Axis, value: impl Fn(usize) -> f64) -> Vec<Point> {
        let mut path: Vec<Point> = Vec::with_capacity(part.len() * 2);
        for at in part {
            let (x, y) = (self.field.x(time, series.points[at].0), self.field.y(&self.axis, value(at)));
            if let (LineShape::Steps, Some(&(_, before))) = (series.shape, path.last())
                && before != y
            {
                path.push((x, before));
            }
            path.push((x, y));
        }
        path
    }
}

impl Panel {
    fn axis(&self, ticks: usize) -> Axis {
        let lines = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
        let bands = self.series.iter().flat_map(|series| series.band.iter().flatten().copied());
        // Ticks stay whole where the lines are, even if an end of a band lies between two of their values.
        let is_whole =
            lines.clone().filter(|value| value.is_finite()).all(|value| value == libm::trunc(value));
        let outwards = move |(low, high): (f64, f64)| match is_whole {
            true => [libm::floor(low), libm::ceil(high)],
            false => [low, high],
        };
        // From 0 on, so that a loss looks as large as it is beside what is left.
        value_axis(lines.chain(bands.flat_map(outwards)).chain([0.0]), self.quantity, ticks)
    }

    /// Height of the rows of events below the lines.
    fn strip_height(&self) -> f64 {
        if self.events.is_empty() { 0.0 } else { EVENT_ROW * self.events.len() as f64 + 6.0 }
    }

    fn event_legend(&self) -> Legend {
        let names: Vec<String> = self.events.iter().map(EventRow::counted).collect();
        Legend::new(
            names.iter().map(|name| (Sample::Event { marker: Marker::Disc, color: INK }, name.as_str())),
        )
    }

    fn legend(&self, band_meaning: &str, alarms: &[(MarkKind, String)]) -> Legend {
        let banded = self.series.iter().any(|series| series.band.is_some());
        let meaning = (banded && !band_meaning.is_empty())
            .then_some((Sample::Patch { color: INK, alpha: BAND_ALPHA }, band_meaning));
        let alarms = alarms
            .iter()
            .map(|(kind, name)| (Sample::Patch { color: kind.color(), alpha: ALARM_ALPHA }, name.as_str()));
        let entry = |(index, series)| {
            let series: &Series = series;
            (Sample::Line { look: look(index), band: series.band.is_some() }, series.name.as_str())
        };
        Legend::new(self.series.iter().enumerate().map(entry).chain(meaning).chain(alarms))
    }
}

impl EventRow {
    /// What can stand beside events that share a shape, the longest first: from where to where they step, or how many
    /// they are.
    fn texts_of(&self, events: std::ops::Range<usize>) -> Vec<String> {
        match self.steps.get(events.clone()) {
            Some([(before, after)]) => vec![format!("{before}→{after}"), format!("→{after}")],
            Some([(before, _), .., (_, after)]) => vec![format!("{before}→…→{after}"), format!("→{after}")],
            Some([]) | None if events.len() > 1 => vec![events.len().to_string()],
            Some([]) | None => Vec::new(),
        }
    }

    fn counted(&self) -> String {
        format!("{} ({})", self.name, self.times_s.len())
    }

    fn marker(&self) -> Marker {
        match self.kind {
            MarkKind::Request => Marker::Diamond,
            MarkKind::Fault | MarkKind::WarmUp | MarkKind::ScaleOut | MarkKind::ScaleIn => {
                [Marker::Cross, Marker::Square, Marker::Triangle, Marker::Disc][self.shape % 4]
            }
        }
    }
}

/// Places in ascending order, those closer than the gap as one in their middle, with how many they are.
fn gathered(places: &[f64]) -> Vec<(f64, usize)> {
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for &place in places {
        match groups.last_mut() {
            Some((first, last, count)) if place - *first < EVENT_GAP => (*last, *count) = (place, *count + 1),
            _ => groups.push((place, place, 1)),
        }
    }
    groups.into_iter().map(|(first, last, count)| ((first + last) / 2.0, count)).collect()
}

impl TimeLines {
    /// The kinds of alarms shaded in a panel, with how often each was there.
    fn alarms_in(&self, panel: usize) -> Vec<(MarkKind, String)> {
        let mut kinds: Vec<(MarkKind, String, usize)> = Vec::new();
        for mark in self.marks.iter().filter(|mark| mark.kind.is_alarm() && mark.panel == Some(panel)) {
            match kinds.iter_mut().find(|(kind, ..)| *kind == mark.kind) {
                Some((.., times)) => *times += 1,
                None => kinds.push((mark.kind, mark.label.clone(), 1)),
            }
        }
        kinds.into_iter().map(|(kind, label, times)| (kind, format!("{label} ({times})"))).collect()
    }

    /// What bands mean is said once, in the first panel that has any.
    fn meaning_at(&self, panel: usize) -> &str {
        let banded = |panel: &Panel| panel.series.iter().any(|series| series.band.is_some());
        if self.panels.iter().position(banded) == Some(panel) { &self.band_meaning } else { "" }
    }
}

/// A stretch of points that are all there.
type Part = std::ops::Range<usize>;

impl Series {
    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (at, point) in self.points.iter().enumerate() {
            if !point.1.is_finite() {
                continue;
            }
            match parts.last_mut() {
                Some(part) if part.end == at => part.end = at + 1,
                _ => parts.push(at..at + 1),
            }
        }
        parts
    }
}

impl Mark {
    fn is_within(&self, time: &Axis) -> bool {
        self.to_s >= time.low && self.from_s <= time.high
    }
}

/// Sets each different label once, over its first mark, in the first row where it has room. What finds none in the
/// rows there are is returned as a sentence for the foot of the page.
fn place_labels(marks: &[Mark], time: &Axis, left: f64, right: f64) -> (Vec<MarkLabel>, String) {
    let mut seen: Vec<(&Mark, usize)> = Vec::new();
    for mark in marks.iter().filter(|mark| mark.is_within(time) && !mark.kind.is_alarm()) {
        match seen.iter_mut().find(|(first, _)| first.label == mark.label && first.kind == mark.kind) {
            Some((_, times)) => *times += 1,
            None => seen.push((mark, 1)),
        }
    }
    let mut row_ends = [left; MOST_LABEL_ROWS];
    let (mut placed, mut left_out) = (Vec::new(), Vec::new());
    let field = Field { left, right, top: 0.0, bottom: 0.0 };
    seen.sort_by(|a, b| a.0.from_s.total_cmp(&b.0.from_s));
    for (mark, times) in seen {
        let text = if times > 1 { format!("{} (×{times})", mark.label) } else { mark.label.clone() };
        let width = text_width(&crate::output::escape::visible_text(&text), SMALL.size, false);
        let middle = (field.x(time, mark.from_s) + field.x(time, mark.to_s)) / 2.0;
        let center = middle.clamp(left + width / 2.0, (right - width / 2.0).max(left + width / 2.0));
        match row_ends.iter().position(|&end| end <= center - width / 2.0 + 0.01) {
            Some(row) if width <= right - left => {
                row_ends[row] = center + width / 2.0 + 14.0;
                placed.push(MarkLabel { text, color: mark.kind.color(), center, row });
            }
            _ => left_out.push(text),
        }
    }
    let named = left_out.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
    let sentence = match left_out.len().saturating_sub(MOST_NAMED) {
        0 if left_out.is_empty() => String::new(),
        0 => format!("Also marked: {named}."),
        more => format!("Also marked: {named}, and {more} more."),
    };
    (placed, sentence)
}

fn ticks_for(panels: usize) -> usize {
    if panels > 2 { 3 } else { 5 }
}

fn heading_height(lines: &[String]) -> f64 {
    lines.len() as f64 * line_height(HEADING) + 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_with_both_counts_or_with_the_new_one_where_room_is_short() {
        let row = |steps: &[(u32, u32)]| EventRow {
            name: String::new(),
            times_s: vec![0.0, 1.0, 2.0],
            kind: MarkKind::Request,
            shape: 0,
            steps: steps.to_vec(),
        };
        let steps = row(&[(3, 6), (6, 9), (9, 10)]);
        assert_eq!(steps.texts_of(0..1), ["3→6", "→6"]);
        assert_eq!(steps.texts_of(1..3), ["6→…→10", "→10"]);
        assert_eq!(row(&[]).texts_of(0..3), ["3"]);
        assert!(row(&[]).texts_of(0..1).is_empty());
    }

    #[test]
    fn events_within_the_gap_are_one_in_their_middle_with_their_number() {
        // 4 and 8 lie within 10 of 0; 12 begins a new one
        assert_eq!(gathered(&[0.0, 4.0, 8.0, 12.0]), [(4.0, 3), (12.0, 1)]);
    }
}
