//! What all charts share: the page, title, note, legend and the lines behind the data.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Letters, Pen, Point};
use super::palette::{AXIS, Color, GREY, GRID, INK, Look, Marker};
use super::text_width::{text_width, wrapped};

/// Width of every chart in pixels.
pub(super) const WIDTH: f64 = 1200.0;
/// Height of a chart that needs no more.
pub(super) const HEIGHT: f64 = 675.0;
/// Empty border.
pub(super) const MARGIN: f64 = 28.0;

pub(super) const TITLE: Letters = Letters { size: 20.0, bold: true, color: INK };
pub(super) const SUBTITLE: Letters = Letters { size: 13.0, bold: false, color: GREY };
pub(super) const HEADING: Letters = Letters { size: 13.0, bold: true, color: INK };
pub(super) const LABEL: Letters = Letters { size: 12.5, bold: false, color: INK };
pub(super) const SMALL: Letters = Letters { size: 11.0, bold: false, color: GREY };

/// Distance from one line of text to the next.
pub(super) fn line_height(letters: Letters) -> f64 {
    letters.size * 1.3
}

/// Lines of text from `top` down; returns where they end.
pub(super) fn paragraph(
    canvas: &mut Canvas<'_>,
    lines: &[String],
    left: f64,
    top: f64,
    letters: Letters,
) -> f64 {
    let height = line_height(letters);
    for (index, line) in lines.iter().enumerate() {
        canvas.text(line, (left, top + height * (index as f64 + 0.5)), Align::Left, letters);
    }
    top + height * lines.len() as f64
}

/// Title and subtitle, broken to the width of the page.
pub(super) struct Head {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Head {
    pub(super) fn new(title: &str, subtitle: &str) -> Head {
        let broken = |text: &str, letters: Letters| match text.trim() {
            "" => Vec::new(),
            text => wrapped(text, WIDTH - 2.0 * MARGIN, letters.size, letters.bold),
        };
        Head { title: broken(title, TITLE), subtitle: broken(subtitle, SUBTITLE) }
    }

    pub(super) fn height(&self) -> f64 {
        MARGIN * 0.7
            + line_height(TITLE) * self.title.len() as f64
            + line_height(SUBTITLE) * self.subtitle.len() as f64
            + 12.0
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>) {
        let below = paragraph(canvas, &self.title, MARGIN, MARGIN * 0.7, TITLE);
        paragraph(canvas, &self.subtitle, MARGIN, below, SUBTITLE);
    }
}

/// Small print at the foot of the page.
pub(super) struct Note(Vec<String>);

impl Note {
    pub(super) fn new(text: &str) -> Note {
        match text.trim() {
            "" => Note(Vec::new()),
            text => Note(wrapped(text, WIDTH - 2.0 * MARGIN, SMALL.size, SMALL.bold)),
        }
    }

    pub(super) fn height(&self) -> f64 {
        14.0 + line_height(SMALL) * self.0.len() as f64
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, page_height: f64) {
        paragraph(canvas, &self.0, MARGIN, page_height - self.height() + 4.0, SMALL);
    }
}

/// How a legend shows an entry.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// A line in the series' colour and dash, on a band where it has one.
    Line { look: Look, band: bool },
    /// A line with the series' marker.
    Dots { look: Look, joined: bool },
    /// A bar with ends: an interval at a single place.
    Bar { color: Color },
    /// A patch of colour.
    Patch { color: Color, alpha: f64 },
    /// A dashed line across: a goal.
    Rule { color: Color },
    /// A bar's fill.
    Fill(Fill),
    /// A shape alone: an event.
    Event { marker: Marker, color: Color },
}

/// A column at the right with one entry per series; long names go on in the next line.
pub(super) struct Legend {
    entries: Vec<(Sample, Vec<String>)>,
}

const SAMPLE_WIDTH: f64 = 28.0;
const ENTRY_GAP: f64 = 6.0;
const LONGEST_NAME: f64 = 230.0;

impl Legend {
    pub(super) fn new<'n>(entries: impl IntoIterator<Item = (Sample, &'n str)>) -> Legend {
        let broken = |name: &str| {
            let shown = crate::output::escape::visible_text(name);
            wrapped(&shown, LONGEST_NAME, LABEL.size, LABEL.bold)
        };
        Legend { entries: entries.into_iter().map(|(sample, name)| (sample, broken(name))).collect() }
    }

    /// Entries with a line of small facts below their names.
    pub(super) fn detailed<'n>(entries: impl IntoIterator<Item = (Sample, &'n str, &'n str)>) -> Legend {
        let (mut samples, mut details) = (Vec::new(), Vec::new());
        for (sample, name, detail) in entries {
            samples.push((sample, name));
            details.push(wrapped(detail, LONGEST_NAME, LABEL.size, LABEL.bold));
        }
        let mut legend = Legend::new(samples);
        for ((_, lines), detail) in legend.entries.iter_mut().zip(details) {
            lines.extend(detail.into_iter().filter(|line| !line.is_empty()));
        }
        legend
    }

    /// Width of the column, 0 without entries.
    pub(super) fn width(&self) -> f64 {
        let widths =
            self.entries.iter().flat_map(|(_, lines)| lines).map(|line| text_width(line, LABEL.size, false));
        widths.reduce(f64::max).map_or(0.0, |widest| SAMPLE_WIDTH + 8.0 + widest)
    }

    pub(super) fn height(&self) -> f64 {
        self.entries.iter().map(|(_, lines)| line_height(LABEL) * lines.len() as f64 + ENTRY_GAP).sum()
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, left: f64, top: f64) {
        let mut y = top;
        for (sample, lines) in &self.entries {
            draw_sample(canvas, *sample, left, y + line_height(LABEL) / 2.0);
            y = paragraph(canvas, lines, left + SAMPLE_WIDTH + 8.0, y, LABEL) + ENTRY_GAP;
        }
    }
}

fn draw_sample(canvas: &mut Canvas<'_>, sample: Sample, left: f64, y: f64) {
    let right = left + SAMPLE_WIDTH;
    match sample {
        Sample::Line { look, band } => {
            if band {
                canvas.rectangle((left, y - 6.0), (right, y + 6.0), look.color, BAND_ALPHA);
            }
            canvas.line(&[(left, y), (right, y)], &series_pen(look));
        }
        Sample::Dots { look, joined } => {
            if joined {
                canvas.line(&[(left, y), (right, y)], &series_pen(look));
            }
            canvas.marker((left + SAMPLE_WIDTH / 2.0, y), 4.0, look.marker, look.color);
        }
        Sample::Bar { color } => error_bar(
            canvas,
            (left + SAMPLE_WIDTH / 2.0, y + 7.0),
            (left + SAMPLE_WIDTH / 2.0, y - 7.0),
            color,
        ),
        Sample::Fill(fill) => filled(canvas, (left, y - 7.0), (right, y + 7.0), fill),
        Sample::Event { marker, color } => canvas.marker((left + SAMPLE_WIDTH / 2.0, y), 4.5, marker, color),
        Sample::Patch { color, alpha } => canvas.rectangle((left, y - 6.0), (right, y + 6.0), color, alpha),
        Sample::Rule { color } => {
            canvas.line(&[(left, y), (right, y)], &Pen { dash: &[6.0, 4.0], ..Pen::solid(color, 1.5) });
        }
    }
}

/// Opacity of interval bands.
pub(super) const BAND_ALPHA: f64 = 0.18;

pub(super) fn series_pen(look: Look) -> Pen {
    Pen { color: look.color, alpha: 1.0, width: 1.9, dash: look.dash }
}

/// The rectangle in which data are drawn.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Room above the highest value, so that a line on the upper edge is seen whole.
const HEADROOM: f64 = 5.0;

impl Field {
    /// Height of a value above the page's upper edge, downwards as pixels go.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.bottom, self.top + HEADROOM)
    }

    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.left, self.right)
    }

    /// Horizontal lines with their values at the left.
    pub(super) fn value_lines(&self, canvas: &mut Canvas<'_>, axis: &Axis) {
        for tick in &axis.ticks {
            let y = self.y(axis, tick.value);
            canvas.line(&[(self.left, y), (self.right, y)], &Pen::solid(GRID, 1.0));
            canvas.text(&tick.label, (self.left - 8.0, y), Align::Right, LABEL);
        }
    }

    /// Vertical lines; `labelled` writes the values below.
    pub(super) fn upright_lines(&self, canvas: &mut Canvas<'_>, axis: &Axis, labelled: bool) {
        for tick in &axis.ticks {
            let x = self.x(axis, tick.value);
            canvas.line(&[(x, self.top), (x, self.bottom)], &Pen::solid(GRID, 1.0));
            if labelled {
                canvas.line(&[(x, self.bottom), (x, self.bottom + 4.0)], &Pen::solid(AXIS, 1.0));
                canvas.text(&tick.label, (x, self.bottom + 14.0), Align::Middle, LABEL);
            }
        }
    }

    pub(super) fn base_line(&self, canvas: &mut Canvas<'_>) {
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], &Pen::solid(AXIS, 1.2));
    }

    /// Instead of data where there are none, so that an empty chart does not look broken.
    pub(super) fn say_empty(&self, canvas: &mut Canvas<'_>) {
        let middle = (self.middle(), (self.top + self.bottom) / 2.0);
        canvas.text("nothing was recorded", middle, Align::Middle, SUBTITLE);
    }

    pub(super) fn middle(&self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

/// The widest label of an axis in pixels.
pub(super) fn widest_label(axis: &Axis) -> f64 {
    axis.ticks.iter().map(|tick| text_width(&tick.label, LABEL.size, false)).fold(0.0, f64::max)
}

/// An area between two lines, drawn as one shape.
pub(super) fn band(canvas: &mut Canvas<'_>, low: &[Point], high: &[Point], color: Color) {
    if low.len() < 2 {
        return;
    }
    let outline: Vec<Point> = low.iter().chain(high.iter().rev()).copied().collect();
    canvas.area(&outline, color, BAND_ALPHA);
}

/// How a bar is filled: a colour, and strokes that tell it from others without colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fill {
    pub color: Color,
    pub hatch: Hatch,
}

/// White strokes over a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hatch {
    None,
    Falling,
    Rising,
    Upright,
    Level,
}

const HATCH_GAP: f64 = 7.0;

pub(super) fn filled(canvas: &mut Canvas<'_>, (left, top): Point, (right, bottom): Point, fill: Fill) {
    canvas.rectangle((left, top), (right, bottom), fill.color, 1.0);
    let pen = Pen::solid(super::palette::WHITE, 1.3);
    let (width, height) = (right - left, bottom - top);
    let slanted = |start: f64, rising: bool| {
        let (from, to) = (start.max(left), (start + height).min(right));
        let y = |x: f64| if rising { bottom - (x - start) } else { top + (x - start) };
        (from < to).then(|| [(from, y(from)), (to, y(to))])
    };
    let strokes = |from: f64, length: f64| {
        (1..)
            .map(move |n| from + HATCH_GAP * f64::from(n) - HATCH_GAP / 2.0)
            .take_while(move |at| *at < from + length)
    };
    let lines: Vec<[Point; 2]> = match fill.hatch {
        Hatch::None => Vec::new(),
        Hatch::Falling | Hatch::Rising => strokes(left - height, width + height)
            .filter_map(|start| slanted(start, fill.hatch == Hatch::Rising))
            .collect(),
        Hatch::Upright => strokes(left, width).map(|x| [(x, top), (x, bottom)]).collect(),
        Hatch::Level => strokes(top, height).map(|y| [(left, y), (right, y)]).collect(),
    };
    lines.iter().for_each(|line| canvas.line(line, &pen));
}

/// An interval at a single place.
pub(super) fn error_bar(canvas: &mut Canvas<'_>, low: Point, high: Point, color: Color) {
    let pen = Pen::solid(color, 1.6);
    canvas.line(&[low, high], &pen);
    for (x, y) in [low, high] {
        canvas.line(&[(x - 4.0, y), (x + 4.0, y)], &pen);
    }
}

/// Names side by side below a field: broken to their share of the width, or upright where that would take many lines.
pub(super) struct Names {
    names: Vec<Vec<String>>,
    upright: bool,
}

const MOST_LINES: usize = 4;
const TALLEST_NAME: f64 = 200.0;

impl Names {
    pub(super) fn new(names: &[String], slot: f64) -> Names {
        let shown: Vec<String> = names.iter().map(|name| crate::output::escape::visible_text(name)).collect();
        let broken = |width: f64| shown.iter().map(|name| wrapped(name, width, LABEL.size, false)).collect();
        let level: Vec<Vec<String>> = broken(slot - 8.0);
        if level.iter().all(|lines| lines.len() <= MOST_LINES) {
            return Names { names: level, upright: false };
        }
        // The fewer lines beside each other, the taller: the first height at which they fit, else one line each.
        let lines_fit = |names: &Vec<Vec<String>>| {
            names
                .iter()
                .all(|lines| lines.len() == 1 || lines.len() as f64 * line_height(LABEL) <= slot - 4.0)
        };
        let heights = [TALLEST_NAME, 2.0 * TALLEST_NAME, f64::INFINITY];
        let names = heights.into_iter().map(broken).find(lines_fit).unwrap_or_default();
        Names { names, upright: true }
    }

    pub(super) fn height(&self) -> f64 {
        if self.upright {
            let widths = self.names.iter().flatten().map(|line| text_width(line, LABEL.size, false));
            return 6.0 + widths.fold(0.0, f64::max);
        }
        6.0 + self.names.iter().map(Vec::len).max().unwrap_or(1) as f64 * line_height(LABEL)
    }

    /// `centers` are the middles of the slots.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, centers: impl Iterator<Item = f64>, top: f64) {
        for (center, lines) in centers.zip(&self.names) {
            for (index, line) in lines.iter().enumerate() {
                if self.upright {
                    let shift = (index as f64 - (lines.len() as f64 - 1.0) / 2.0) * line_height(LABEL);
                    canvas.text_upwards(line, (center + shift, top + 6.0), LABEL);
                } else {
                    let y = top + 6.0 + line_height(LABEL) * (index as f64 + 0.5);
                    canvas.text(line, (center, y), Align::Middle, LABEL);
                }
            }
        }
    }
}
