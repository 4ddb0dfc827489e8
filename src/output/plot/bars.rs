//! Amounts side by side: bars to the right, in named groups, each in parts that add up.

use super::Chart;
use super::axis::{Axis, value_axis};
use super::canvas::{Align, Canvas, Letters, Pen, document};
use super::palette::{AXIS, GREY, INK, PALE, WHITE, is_light, look};
use super::sheet::*;
use super::text_width::{text_width, wrapped};
use crate::output::number::Quantity;
use crate::output::terminal::value;

/// Bars in groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// What the length of a bar is, with its unit.
    pub x_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// The parts of the bars, in their order.
    pub parts: Vec<BarPart>,
    /// From top to bottom.
    pub groups: Vec<BarGroup>,
    /// What the whiskers mean; empty if there are none.
    pub interval_meaning: String,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// What a part of a bar is.
#[derive(Debug, Clone, PartialEq)]
pub struct BarPart {
    /// Its name in the legend.
    pub name: String,
    /// Whether it is what nobody uses: drawn pale.
    pub is_idle: bool,
}

/// Bars under a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    /// The heading; may be empty.
    pub name: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is.
    pub name: String,
    /// As many as the chart has parts.
    pub parts: Vec<f64>,
    /// The interval of their sum.
    pub interval: Option<(f64, f64)>,
    /// What is written behind it: the sum in words.
    pub text: String,
}

const LONGEST_BAR_NAME: f64 = 410.0;
const THICKNESS: f64 = 18.0;
const BAR_GAP: f64 = 8.0;
const GROUP_GAP: f64 = 10.0;

impl Chart for Bars {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

struct Plan {
    head: Head,
    note: Note,
    x: Axis,
    x_title: Vec<String>,
    legend: Legend,
    field: Field,
    legend_left: f64,
    headings: Vec<(f64, Vec<String>)>,
    rows: Vec<Row>,
    height: f64,
}

/// A bar on the page.
struct Row {
    group: usize,
    bar: usize,
    middle: f64,
    name: Vec<String>,
}

impl Plan {
    fn of(chart: &Bars) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let note = Note::new(&chart.note);
        let legend = chart.legend();
        let shown = |text: &str| crate::output::escape::visible_text(text);
        let bars = || chart.groups.iter().flat_map(|group| &group.bars);
        let names = bars().map(|bar| wrapped(&shown(&bar.name), LONGEST_BAR_NAME, LABEL.size, false));
        let names: Vec<Vec<String>> = names.collect();
        let heads = |name: &str| wrapped(&shown(name), LONGEST_BAR_NAME, HEADING.size, true);
        let of_heads = chart.groups.iter().flat_map(|group| heads(&group.name));
        let of_heads = of_heads.map(|line| text_width(&line, HEADING.size, true));
        let of_names = names.iter().flatten().map(|line| text_width(line, LABEL.size, false));
        let widest = of_names.chain(of_heads).fold(60.0, f64::max);
        let left = MARGIN + widest + 10.0;
        let legend_room = if legend.width() > 0.0 { legend.width() + 24.0 } else { 0.0 };
        let legend_left = WIDTH - MARGIN - legend.width();
        let text_room = bars().map(|bar| text_width(&bar.text, LABEL.size, false)).fold(0.0, f64::max) + 14.0;
        let right = (WIDTH - MARGIN - legend_room - text_room).max(left + 120.0);
        let ends = bars().flat_map(|bar| [bar.sum(), bar.interval.map_or(0.0, |ends| ends.1), 0.0]);
        let x = value_axis(ends, chart.quantity, 6);

        let top = head.height();
        let (mut headings, mut rows) = (Vec::new(), Vec::new());
        let mut y = top;
        let mut names = names.into_iter();
        for (group, found) in chart.groups.iter().enumerate() {
            if !found.name.is_empty() {
                let lines = heads(&found.name);
                let height = lines.len() as f64 * line_height(HEADING) + 5.0;
                headings.push((y, lines));
                y += height;
            }
            for (bar, name) in (0..found.bars.len()).zip(names.by_ref()) {
                let height = (name.len() as f64 * line_height(LABEL)).max(THICKNESS);
                rows.push(Row { group, bar, middle: y + height / 2.0, name });
                y += height + BAR_GAP;
            }
            y += GROUP_GAP;
        }
        let bottom = (y - GROUP_GAP).max(top + legend.height()).max(top + 120.0);
        let x_title = wrapped(&chart.x_label, right - left, SUBTITLE.size, false);
        let foot = 26.0 + x_title.len() as f64 * line_height(SUBTITLE) + note.height();
        let field = Field { left, top, right, bottom };
        let height = libm::ceil(bottom + foot);
        Plan { head, note, x, x_title, legend, field, legend_left, headings, rows, height }
    }

    fn draw(&self, chart: &Bars, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        self.field.upright_lines(canvas, &self.x, true);
        self.field.base_line(canvas);
        for (top, lines) in &self.headings {
            paragraph(canvas, lines, MARGIN, *top, HEADING);
        }
        if self.rows.is_empty() {
            self.field.say_empty(canvas);
        }
        for row in &self.rows {
            self.draw_row(chart, row, canvas);
        }
        let zero = self.field.x(&self.x, 0.0);
        canvas.line(&[(zero, self.field.top), (zero, self.field.bottom)], &Pen::solid(AXIS, 1.2));
        for (index, line) in self.x_title.iter().enumerate() {
            let y = self.field.bottom + 26.0 + line_height(SUBTITLE) * (index as f64 + 0.5);
            canvas.text(line, (self.field.middle(), y), Align::Middle, SUBTITLE);
        }
        self.legend.draw(canvas, self.legend_left, self.field.top);
    }

    fn draw_row(&self, chart: &Bars, row: &Row, canvas: &mut Canvas<'_>) {
        let bar = &chart.groups[row.group].bars[row.bar];
        let first = row.middle - (row.name.len() as f64 - 1.0) / 2.0 * line_height(LABEL);
        for (index, line) in row.name.iter().enumerate() {
            let y = first + index as f64 * line_height(LABEL);
            canvas.text(line, (self.field.left - 10.0, y), Align::Right, LABEL);
        }
        let (top, bottom) = (row.middle - THICKNESS / 2.0, row.middle + THICKNESS / 2.0);
        let mut from = 0.0;
        for (index, part) in bar.parts.iter().enumerate() {
            let (left, right) = (self.field.x(&self.x, from), self.field.x(&self.x, from + part));
            from += part;
            if right - left < 0.2 {
                continue;
            }
            let fill = chart.fill(index);
            filled(canvas, (left, top), (right, bottom), fill);
            canvas.line(&[(right, top), (right, bottom)], &Pen::solid(WHITE, 1.0));
            let shown = value(Some(*part), chart.quantity);
            let width = text_width(&shown, SMALL.size, false);
            if chart.parts.len() > 1 && width + 14.0 < right - left {
                let middle = (left + right) / 2.0;
                let half = width / 2.0 + 4.0;
                canvas.rectangle((middle - half, top + 2.0), (middle + half, bottom - 2.0), fill.color, 1.0);
                let color = if is_light(fill.color) { INK } else { WHITE };
                canvas.text(&shown, (middle, row.middle), Align::Middle, Letters { color, ..SMALL });
            }
        }
        let mut end = self.field.x(&self.x, bar.sum());
        if let Some((low, high)) = bar.interval.filter(|(low, high)| low < high) {
            let (low, high) = (self.field.x(&self.x, low), self.field.x(&self.x, high));
            for (pen, grown) in [(Pen::solid(WHITE, 3.4), 1.0), (Pen::solid(INK, 1.4), 0.0)] {
                canvas.line(&[(low - grown, row.middle), (high + grown, row.middle)], &pen);
                for x in [low, high] {
                    canvas.line(&[(x, row.middle - 4.0 - grown), (x, row.middle + 4.0 + grown)], &pen);
                }
            }
            end = end.max(high);
        }
        canvas.text(&bar.text, (end + 8.0, row.middle), Align::Left, LABEL);
    }
}

impl Bar {
    fn sum(&self) -> f64 {
        self.parts.iter().sum()
    }
}

impl Bars {
    fn fill(&self, part: usize) -> Fill {
        const HATCHES: [Hatch; 5] =
            [Hatch::None, Hatch::Falling, Hatch::Upright, Hatch::Rising, Hatch::Level];
        match self.parts.get(part) {
            Some(BarPart { is_idle: true, .. }) => Fill { color: PALE, hatch: Hatch::Rising },
            _ => Fill { color: look(part).color, hatch: HATCHES[part % HATCHES.len()] },
        }
    }

    fn legend(&self) -> Legend {
        let parts = self.parts.iter().enumerate().filter(|_| self.parts.len() > 1);
        let parts = parts.map(|(index, part)| (Sample::Fill(self.fill(index)), part.name.as_str()));
        let whiskers = self.groups.iter().flat_map(|group| &group.bars).any(|bar| bar.interval.is_some());
        let meaning = (whiskers && !self.interval_meaning.is_empty())
            .then_some((Sample::Bar { color: GREY }, self.interval_meaning.as_str()));
        Legend::new(parts.chain(meaning))
    }
}
