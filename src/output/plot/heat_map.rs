//! A metric over two axes of a sweep at once.

use super::Chart;
use super::canvas::{Align, Canvas, Letters, Pen, document};
use super::palette::{AXIS, GREY, INK, VERMILION, WHITE, is_light, sequential};
use super::sheet::*;
use super::sweep_curve::Goal;
use super::text_width::{text_width, wrapped};
use super::trade_off::Standing;
use crate::output::number::{Quantity, decimals_for, grouped};
use crate::output::terminal::value;

/// Cells of colour with their value written in them.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// Name of the axis that runs to the right.
    pub x_label: String,
    /// Its values, from the left.
    pub x: Vec<String>,
    /// Name of the axis that runs up.
    pub y_label: String,
    /// Its values, from the bottom.
    pub y: Vec<String>,
    /// The metric's name.
    pub value_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// `cells[y][x]`; none where the metric had no value.
    pub cells: Vec<Vec<Option<f64>>>,
    /// What each cell is worth, for the caller to say: framed and ticked where it reaches the goal.
    pub goal: Option<(Goal, Vec<Vec<Option<Standing>>>)>,
    /// Small print at the foot; may be empty.
    pub note: String,
}

const BAR_WIDTH: f64 = 22.0;
const LONGEST_ROW_NAME: f64 = 220.0;

const MET: char = '✓';

fn symbol(standing: Standing) -> char {
    match standing {
        Standing::Chosen | Standing::Meets => MET,
        Standing::Unclear => '?',
        Standing::Misses => '✗',
    }
}

impl HeatMap {
    fn standing(&self, row: usize, column: usize) -> Option<Standing> {
        *self.goal.as_ref()?.1.get(row)?.get(column)?
    }

    fn holds(&self, standing: Standing) -> bool {
        self.goal.iter().flat_map(|goal| goal.1.iter().flatten()).any(|found| *found == Some(standing))
    }
}

impl Chart for HeatMap {
    fn svg(&self) -> String {
        let plan = Plan::of(self);
        document(WIDTH, plan.height, &self.title, |canvas| plan.draw(self, canvas))
    }
}

struct Plan {
    head: Head,
    note: Note,
    columns: Names,
    rows: Vec<Vec<String>>,
    field: Field,
    low: f64,
    high: f64,
    is_whole: bool,
    /// Whether every cell has room for its value: either all show it or none.
    is_lettered: bool,
    height: f64,
}

impl Plan {
    fn of(chart: &HeatMap) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let note = Note::new(&chart.note);
        let shown = crate::output::escape::visible_text;
        let rows: Vec<Vec<String>> =
            chart.y.iter().map(|name| wrapped(&shown(name), LONGEST_ROW_NAME, LABEL.size, false)).collect();
        let row_width =
            rows.iter().flatten().map(|line| text_width(line, LABEL.size, false)).fold(0.0, f64::max);
        let left = MARGIN + row_width + 12.0;
        let right = WIDTH - MARGIN - 170.0;
        let slot = (right - left) / chart.x.len().max(1) as f64;
        let columns = Names::new(&chart.x, slot);
        let row_lines = rows.iter().map(Vec::len).max().unwrap_or(1);
        let foot = columns.height() + line_height(SUBTITLE) + 8.0 + note.height();
        let top = head.height() + line_height(HEADING) + 8.0;
        let needed = chart.y.len() as f64 * (row_lines as f64 * line_height(LABEL)).max(22.0);
        let bottom = (HEIGHT - foot).max(top + needed).max(top + 240.0);
        let values = chart.cells.iter().flatten().flatten().copied().filter(|value| value.is_finite());
        let is_whole = values.clone().all(|value| value == libm::trunc(value));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let field = Field { left, top, right, bottom };
        let height = libm::ceil(bottom + foot);
        let mut plan =
            Plan { head, note, columns, rows, field, low, high, is_whole, is_lettered: false, height };
        let values = chart.cells.iter().flatten().flatten();
        let symbol = if chart.goal.is_some() { 1.6 * LABEL.size } else { 0.0 };
        let widest = values
            .map(|&cell| text_width(&plan.text(chart, cell), LABEL.size, false) + symbol)
            .fold(0.0, f64::max);
        let line = (bottom - top) / chart.y.len().max(1) as f64;
        plan.is_lettered = widest < slot - 6.0 && line > LABEL.size + 4.0;
        plan
    }

    fn draw(&self, chart: &HeatMap, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        let heading_y = self.head.height() + line_height(HEADING) / 2.0;
        canvas.text(&chart.y_label, (MARGIN, heading_y), Align::Left, SUBTITLE);
        for (row, cells) in chart.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                self.draw_cell(chart, row, column, *cell, canvas);
            }
        }
        self.draw_frames(chart, canvas);
        self.draw_names(chart, canvas);
        self.draw_scale(chart, canvas);
    }

    fn corner(&self, chart: &HeatMap, row: usize, column: usize) -> (f64, f64) {
        let slot = (self.field.right - self.field.left) / chart.x.len().max(1) as f64;
        let line = (self.field.bottom - self.field.top) / chart.y.len().max(1) as f64;
        (self.field.left + slot * column as f64, self.field.bottom - line * row as f64)
    }

    fn draw_cell(
        &self,
        chart: &HeatMap,
        row: usize,
        column: usize,
        cell: Option<f64>,
        canvas: &mut Canvas<'_>,
    ) {
        let (left, bottom) = self.corner(chart, row, column);
        let (right, top) = self.corner(chart, row + 1, column + 1);
        let color = cell.map_or(WHITE, |cell| sequential(self.brightness(cell)));
        canvas.rectangle((left + 0.5, top + 0.5), (right - 0.5, bottom - 0.5), color, 1.0);
        let text = cell.map_or_else(|| value(None, chart.quantity), |cell| self.text(chart, cell));
        let text = match chart.standing(row, column) {
            Some(standing) => format!("{text} {}", symbol(standing)),
            None => text,
        };
        if self.is_lettered {
            let ink = if is_light(color) { INK } else { WHITE };
            let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
            canvas.text(&text, middle, Align::Middle, Letters { color: ink, ..LABEL });
        }
    }

    fn draw_frames(&self, chart: &HeatMap, canvas: &mut Canvas<'_>) {
        let Some((_, reached)) = &chart.goal else { return };
        for (row, cells) in reached.iter().enumerate() {
            let framed = |standing: &Option<Standing>| standing.is_some_and(|s| symbol(s) == MET);
            for (column, _) in cells.iter().enumerate().filter(|(_, standing)| framed(standing)) {
                let (left, bottom) = self.corner(chart, row, column);
                let (right, top) = self.corner(chart, row + 1, column + 1);
                canvas.frame((left + 3.0, top + 3.0), (right - 3.0, bottom - 3.0), &Pen::solid(WHITE, 5.0));
                canvas.frame(
                    (left + 3.0, top + 3.0),
                    (right - 3.0, bottom - 3.0),
                    &Pen::solid(VERMILION, 2.5),
                );
            }
        }
    }

    fn draw_names(&self, chart: &HeatMap, canvas: &mut Canvas<'_>) {
        for (row, lines) in self.rows.iter().enumerate() {
            let (_, bottom) = self.corner(chart, row, 0);
            let (_, top) = self.corner(chart, row + 1, 0);
            let first = (top + bottom) / 2.0 - (lines.len() as f64 - 1.0) / 2.0 * line_height(LABEL);
            for (index, line) in lines.iter().enumerate() {
                let y = first + index as f64 * line_height(LABEL);
                canvas.text(line, (self.field.left - 8.0, y), Align::Right, LABEL);
            }
        }
        let slot = |column: usize| self.corner(chart, 0, column).0;
        let centers = (0..chart.x.len()).map(|column| (slot(column) + slot(column + 1)) / 2.0);
        self.columns.draw(canvas, centers, self.field.bottom);
        let below = self.field.bottom + self.columns.height() + 12.0;
        canvas.text(&chart.x_label, (self.field.middle(), below), Align::Middle, SUBTITLE);
    }

    /// The bar of colours at the right, its ends labelled, and what a frame means.
    fn draw_scale(&self, chart: &HeatMap, canvas: &mut Canvas<'_>) {
        let (left, width) = (self.field.right + 24.0, 146.0);
        let heading = wrapped(&chart.value_label, width, HEADING.size, true);
        let mut top = paragraph(canvas, &heading, left, self.field.top, HEADING) + 8.0;
        if let Some((goal, _)) = &chart.goal {
            canvas.frame(
                (left + 1.0, top + 1.0),
                (left + BAR_WIDTH, top + 15.0),
                &Pen::solid(VERMILION, 2.5),
            );
            let lines = wrapped(&format!("{MET} {}", goal.label), width - BAR_WIDTH - 8.0, LABEL.size, false);
            top = paragraph(canvas, &lines, left + BAR_WIDTH + 8.0, top, LABEL) + 6.0;
            let meanings = [(Standing::Misses, "missed"), (Standing::Unclear, "cannot tell yet")];
            for (standing, words) in meanings.into_iter().filter(|(s, _)| chart.holds(*s)) {
                let line = [format!("{} {words}", symbol(standing))];
                top = paragraph(canvas, &line, left + BAR_WIDTH + 8.0, top, LABEL) + 6.0;
            }
            top += 16.0;
        }
        if self.low > self.high {
            canvas.text("no values", (left, top + 10.0), Align::Left, Letters { color: GREY, ..LABEL });
            return;
        }
        if self.low == self.high {
            canvas.rectangle(
                (left, top),
                (left + BAR_WIDTH, top + 16.0),
                sequential(self.brightness(self.low)),
                1.0,
            );
            canvas.text(
                &value(Some(self.low), chart.quantity),
                (left + BAR_WIDTH + 8.0, top + 8.0),
                Align::Left,
                LABEL,
            );
            return;
        }
        let bottom = (top + 260.0).min(self.field.bottom - 8.0).max(top + 60.0);
        const STRIPS: usize = 64;
        // Each strip reaches down to the foot and the next covers it, so that no seam shows between them.
        for strip in (0..STRIPS).rev() {
            let upper = bottom + (top - bottom) * (strip + 1) as f64 / STRIPS as f64;
            let color = sequential((strip as f64 + 0.5) / STRIPS as f64);
            canvas.rectangle((left, upper), (left + BAR_WIDTH, bottom), color, 1.0);
        }
        for share in [0.0, 0.5, 1.0] {
            let y = bottom + (top - bottom) * share;
            let shown = self.text(chart, self.low + (self.high - self.low) * share);
            canvas.line(&[(left + BAR_WIDTH, y), (left + BAR_WIDTH + 4.0, y)], &Pen::solid(AXIS, 1.0));
            canvas.text(&shown, (left + BAR_WIDTH + 8.0, y), Align::Left, LABEL);
        }
    }

    /// A value with the same decimals in every cell: enough to tell a hundredth of the range.
    fn text(&self, chart: &HeatMap, cell: f64) -> String {
        let range = self.high - self.low;
        match chart.quantity {
            Quantity::Share if range > 0.0 => {
                let decimals = decimals_for(range * 100.0, 3);
                let shown = grouped(cell * 100.0, decimals);
                let is_rounded_up = cell < 1.0 && shown.starts_with("100");
                if is_rounded_up { value(Some(cell), Quantity::Share) } else { format!("{shown} %") }
            }
            Quantity::Count if range > 0.0 && !self.is_whole => grouped(cell, decimals_for(range, 3)),
            Quantity::Usd if range >= 100.0 && cell >= 0.0 => format!("${}", grouped(cell, 0)),
            Quantity::Share | Quantity::Count | Quantity::Seconds | Quantity::Usd => {
                value(Some(cell), chart.quantity)
            }
        }
    }

    fn brightness(&self, value: f64) -> f64 {
        if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.5 }
    }
}
