//! Effects side by side: each with its interval, about a line that means no effect. As points it is a forest plot, as
//! bars from that line a tornado.

use super::Chart;
use super::axis::{Axis, scatter_axis};
use super::canvas::{Align, Canvas, Letters, Pen, document};
use super::palette::{AXIS, BLUE, Color, GREY, INK, Marker, PALE, VERMILION, WHITE};
use super::sheet::*;
use super::text_width::{text_width, wrapped};
use crate::output::number::Quantity;

/// Effects in rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forest {
    /// What is seen.
    pub title: String,
    /// The circumstances.
    pub subtitle: String,
    /// What lies to the right, with its unit.
    pub x_label: String,
    /// How its values are written.
    pub quantity: Quantity,
    /// From top to bottom.
    pub rows: Vec<ForestRow>,
    /// Whether effects are bars from the line of no effect.
    pub bars: bool,
    /// What the tones mean, for the legend.
    pub tones: Vec<(Tone, String)>,
    /// What the whiskers mean; empty if there are none.
    pub interval_meaning: String,
    /// Small print at the foot; may be empty.
    pub note: String,
}

/// A row of effects.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestRow {
    /// What it is about.
    pub name: String,
    /// The effects.
    pub effects: Vec<Effect>,
    /// What is too small to matter, to either side; drawn as a pale band.
    pub margin: Option<f64>,
    /// What is written at the right edge.
    pub text: String,
}

/// An effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Its size.
    pub mean: f64,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// What it is worth.
    pub tone: Tone,
}

/// What an effect is worth, or which end of a range it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good, or the low end.
    Good,
    /// Bad, or the high end.
    Bad,
    /// Not known yet.
    Unclear,
    /// Neither.
    Plain,
}

impl Tone {
    fn look(self) -> (Color, Marker) {
        match self {
            Tone::Good => (BLUE, Marker::Disc),
            Tone::Bad => (VERMILION, Marker::Diamond),
            Tone::Unclear => (INK, Marker::Triangle),
            Tone::Plain => (GREY, Marker::Disc),
        }
    }
}

const LONGEST_NAME: f64 = 380.0;
const ROW_GAP: f64 = 12.0;
const BAR: f64 = 16.0;

impl Chart for Forest {
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
    names: Vec<(f64, Vec<String>)>,
    text_right: f64,
    height: f64,
}

impl Plan {
    fn of(chart: &Forest) -> Plan {
        let head = Head::new(&chart.title, &chart.subtitle);
        let note = Note::new(&chart.note);
        let legend = chart.legend();
        let name = |row: &ForestRow| {
            wrapped(&crate::output::escape::visible_text(&row.name), LONGEST_NAME, LABEL.size, false)
        };
        let names: Vec<Vec<String>> = chart.rows.iter().map(name).collect();
        let widest =
            names.iter().flatten().map(|line| text_width(line, LABEL.size, false)).fold(60.0, f64::max);
        let left = MARGIN + widest + 12.0;
        let legend_room = if legend.width() > 0.0 { legend.width() + 24.0 } else { 0.0 };
        let of_texts = chart.rows.iter().map(|row| text_width(&row.text, LABEL.size, false));
        let text_room = of_texts.fold(0.0, f64::max) + 14.0;
        let text_right = WIDTH - MARGIN - legend_room;
        let right = (text_right - text_room).max(left + 160.0);
        let ends = chart.rows.iter().flat_map(|row| {
            let effects = row.effects.iter().flat_map(|effect| {
                let (low, high) = effect.interval.unwrap_or((effect.mean, effect.mean));
                [effect.mean, low, high]
            });
            effects.chain(row.margin.into_iter().flat_map(|margin| [-margin, margin])).collect::<Vec<_>>()
        });
        let x = scatter_axis(ends.chain([0.0]), chart.quantity, 6);
        let top = head.height();
        let mut y = top + 4.0;
        let mut placed = Vec::new();
        for lines in names {
            let height = (lines.len() as f64 * line_height(LABEL)).max(BAR);
            placed.push((y + height / 2.0, lines));
            y += height + ROW_GAP;
        }
        let bottom = y.max(top + legend.height()).max(top + 100.0);
        let x_title = wrapped(&chart.x_label, right - left, SUBTITLE.size, false);
        let foot = 26.0 + x_title.len() as f64 * line_height(SUBTITLE) + note.height() + 8.0;
        let field = Field { left, top, right, bottom };
        Plan {
            head,
            note,
            x,
            x_title,
            legend,
            field,
            names: placed,
            text_right,
            height: libm::ceil(bottom + foot),
        }
    }

    fn draw(&self, chart: &Forest, canvas: &mut Canvas<'_>) {
        self.head.draw(canvas);
        self.note.draw(canvas, self.height);
        for ((middle, _), row) in self.names.iter().zip(&chart.rows) {
            if let Some(margin) = row.margin.filter(|margin| *margin > 0.0) {
                let (left, right) = (self.field.x(&self.x, -margin), self.field.x(&self.x, margin));
                canvas.rectangle((left, middle - BAR / 2.0), (right, middle + BAR / 2.0), PALE, 0.45);
            }
        }
        self.field.upright_lines(canvas, &self.x, true);
        self.field.base_line(canvas);
        let zero = self.field.x(&self.x, 0.0);
        canvas.line(&[(zero, self.field.top), (zero, self.field.bottom)], &Pen::solid(AXIS, 1.4));
        if chart.rows.is_empty() {
            self.field.say_empty(canvas);
        }
        for ((middle, lines), row) in self.names.iter().zip(&chart.rows) {
            let first = middle - (lines.len() as f64 - 1.0) / 2.0 * line_height(LABEL);
            for (index, line) in lines.iter().enumerate() {
                let y = first + index as f64 * line_height(LABEL);
                canvas.text(line, (self.field.left - 12.0, y), Align::Right, LABEL);
            }
            for effect in &row.effects {
                self.draw_effect(chart, effect, *middle, canvas);
            }
            let tone = match row.effects[..] {
                [only] => only.tone.look().0,
                _ => INK,
            };
            canvas.text(
                &row.text,
                (self.text_right, *middle),
                Align::Right,
                Letters { color: tone, ..LABEL },
            );
        }
        for (index, line) in self.x_title.iter().enumerate() {
            let y = self.field.bottom + 26.0 + line_height(SUBTITLE) * (index as f64 + 0.5);
            canvas.text(line, (self.field.middle(), y), Align::Middle, SUBTITLE);
        }
        self.legend.draw(canvas, WIDTH - MARGIN - self.legend.width(), self.field.top);
    }

    fn draw_effect(&self, chart: &Forest, effect: &Effect, y: f64, canvas: &mut Canvas<'_>) {
        let (color, marker) = effect.tone.look();
        let at = self.field.x(&self.x, effect.mean);
        let zero = self.field.x(&self.x, 0.0);
        if chart.bars {
            let (left, right) = (at.min(zero), at.max(zero));
            canvas.rectangle((left, y - BAR / 2.0), (right, y + BAR / 2.0), color, 0.85);
        }
        if let Some((low, high)) = effect.interval.filter(|(low, high)| low < high) {
            let (low, high) = (self.field.x(&self.x, low), self.field.x(&self.x, high));
            let ink = if chart.bars { INK } else { color };
            for (pen, grown) in [(Pen::solid(WHITE, 3.6), 1.0), (Pen::solid(ink, 1.6), 0.0)] {
                canvas.line(&[(low - grown, y), (high + grown, y)], &pen);
            }
            for end in [low, high] {
                canvas.line(&[(end, y - 4.0), (end, y + 4.0)], &Pen::solid(ink, 1.6));
            }
        }
        if !chart.bars {
            canvas.marker((at, y), 5.0, marker, color);
        }
    }
}

impl Forest {
    fn legend(&self) -> Legend {
        let tones = self.tones.iter().map(|(tone, words)| {
            let (color, marker) = tone.look();
            let look = super::palette::Look { color, dash: &[], marker };
            (Sample::Dots { look, joined: false }, words.as_str())
        });
        let whiskers = (!self.interval_meaning.is_empty())
            .then_some((Sample::Bar { color: INK }, self.interval_meaning.as_str()));
        Legend::new(tones.chain(whiskers))
    }
}
