//! Pens and letters over plotters' SVG backend.
//!
//! plotters draws on whole pixels, which makes slow curves lumpy. The canvas is therefore ten times as large as it
//! appears, and the document's view box scales it down.

use super::palette::{Color, Marker};
use crate::output::escape::visible_text;
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle};

/// Units of the drawing per pixel.
const FINE: f64 = 10.0;

/// DejaVu where the PNG is made; what a browser has otherwise. Verdana runs equally wide.
const FONTS: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// A place in pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// A line: colour, opacity, width in pixels, dash (empty: solid).
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub color: Color,
    pub alpha: f64,
    pub width: f64,
    pub dash: &'static [f64],
}

impl Pen {
    pub(super) fn solid(color: Color, width: f64) -> Pen {
        Pen { color, alpha: 1.0, width, dash: &[] }
    }
}

/// Letters: size in pixels, weight, colour.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pub size: f64,
    pub bold: bool,
    pub color: Color,
}

/// Which part of a text its x coordinate gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

pub(super) struct Canvas<'s> {
    backend: SVGBackend<'s>,
}

/// Draws a document of this size on white; `title` is what a browser and a screen reader call it.
pub(super) fn document(width: f64, height: f64, title: &str, paint: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut drawn = String::new();
    let mut canvas =
        Canvas { backend: SVGBackend::with_string(&mut drawn, (fine(width) as u32, fine(height) as u32)) };
    canvas.rectangle((0.0, 0.0), (width, height), super::palette::WHITE, 1.0);
    paint(&mut canvas);
    done(canvas.backend.present());
    drop(canvas);
    // The head is our own, and the fonts are named once there; no text holds a bare quote, so only the attribute goes.
    let content = drawn.split_once('>').map_or("", |(_, content)| content);
    let content = content.replace(&format!(" font-family=\"{FONTS}\""), "");
    format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" xmlns=\"http://www.w3.org/2000/svg\" \
         role=\"img\" font-family=\"{FONTS}\" stroke-linejoin=\"round\">\n<title>{}</title>{content}",
        fine(width),
        fine(height),
        xml_text(&visible_text(title))
    )
}

impl Canvas<'_> {
    pub(super) fn line(&mut self, points: &[Point], pen: &Pen) {
        if pen.dash.is_empty() {
            self.stroke(points, pen);
        } else {
            for dash in dashes(points, pen.dash) {
                self.stroke(&dash, pen);
            }
        }
    }

    pub(super) fn area(&mut self, outline: &[Point], color: Color, alpha: f64) {
        let style = shape(color, alpha, 0.0, true);
        done(self.backend.fill_polygon(outline.iter().copied().map(unit), &style));
    }

    pub(super) fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, color: Color, alpha: f64) {
        let style = shape(color, alpha, 0.0, true);
        done(self.backend.draw_rect(unit((left, top)), unit((right, bottom)), &style, true));
    }

    pub(super) fn frame(&mut self, (left, top): Point, (right, bottom): Point, pen: &Pen) {
        self.line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], pen);
    }

    /// A dot of its series' shape, about `radius` pixels around `at`.
    pub(super) fn marker(&mut self, at: Point, radius: f64, marker: Marker, color: Color) {
        let corner = |dx: f64, dy: f64| (at.0 + dx * radius, at.1 + dy * radius);
        match marker {
            Marker::Disc => {
                let style = shape(color, 1.0, 0.0, true);
                done(self.backend.draw_circle(unit(at), fine(radius) as u32, &style, true));
            }
            Marker::Square => self.rectangle(corner(-0.9, -0.9), corner(0.9, 0.9), color, 1.0),
            Marker::Triangle => {
                self.area(&[corner(0.0, -1.2), corner(1.15, 0.9), corner(-1.15, 0.9)], color, 1.0)
            }
            Marker::Diamond => {
                self.area(
                    &[corner(0.0, -1.3), corner(1.3, 0.0), corner(0.0, 1.3), corner(-1.3, 0.0)],
                    color,
                    1.0,
                );
            }
            Marker::Cross => {
                let pen = Pen::solid(color, radius * 0.55);
                self.line(&[corner(-0.95, -0.95), corner(0.95, 0.95)], &pen);
                self.line(&[corner(-0.95, 0.95), corner(0.95, -0.95)], &pen);
            }
        }
    }

    /// A line of text that reads upwards and ends at `top`, its middle at `x`.
    pub(super) fn text_upwards(&mut self, text: &str, (x, top): Point, letters: Letters) {
        let style = text_style(HPos::Right, letters);
        let style = style.transform(FontTransform::Rotate270);
        done(self.backend.draw_text(&visible_text(text), &style, unit((x + letters.size * 0.1, top))));
    }

    /// A line of text whose middle height is at `y`. Whatever the text holds, it is shown and not obeyed (F51, F52).
    pub(super) fn text(&mut self, text: &str, (x, y): Point, align: Align, letters: Letters) {
        if text.is_empty() {
            return;
        }
        let position = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = text_style(position, letters);
        done(self.backend.draw_text(&visible_text(text), &style, unit((x, y + letters.size * 0.1))));
    }

    fn stroke(&mut self, points: &[Point], pen: &Pen) {
        let style = shape(pen.color, pen.alpha, pen.width, false);
        done(self.backend.draw_path(points.iter().copied().map(unit), &style));
    }
}

fn text_style(position: HPos, letters: Letters) -> TextStyle<'static> {
    let style = if letters.bold { FontStyle::Bold } else { FontStyle::Normal };
    // The backend divides the size by 1.24 and sets the baseline half the height of an x below.
    let font = FontDesc::new(FontFamily::Name(FONTS), letters.size * FINE * 1.24, style);
    TextStyle {
        font,
        color: color(letters.color, 1.0).color.to_backend_color(),
        pos: Pos::new(position, VPos::Center),
    }
}

/// Cuts a line into its dashes.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let (mut drawn, mut current) = (Vec::new(), Vec::from_iter(points.first().copied()));
    let (mut index, mut left) = (0, pattern[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            if length <= left {
                left -= length;
                current.push(to);
                break;
            }
            from = (from.0 + dx * left / length, from.1 + dy * left / length);
            current.push(from);
            if index % 2 == 0 {
                drawn.push(std::mem::take(&mut current));
            }
            current = vec![from];
            index = (index + 1) % pattern.len();
            left = pattern[index];
        }
    }
    if index % 2 == 0 && current.len() > 1 {
        drawn.push(current);
    }
    drawn
}

fn color((red, green, blue): Color, alpha: f64) -> ShapeStyle {
    ShapeStyle { color: RGBColor(red, green, blue).mix(alpha), filled: false, stroke_width: 1 }
}

fn shape(tint: Color, alpha: f64, width: f64, filled: bool) -> ShapeStyle {
    ShapeStyle { filled, stroke_width: fine(width) as u32, ..color(tint, alpha) }
}

fn fine(pixels: f64) -> i32 {
    libm::round(pixels * FINE) as i32
}

fn unit((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

/// Drawing into a string cannot fail.
fn done<E: std::fmt::Debug>(drawn: Result<(), E>) {
    drawn.expect("a string takes every drawing");
}

fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners_and_keep_their_lengths() {
        // 3 along, then 3 down, in strokes of 2 and gaps of 1: [0,2], gap to the corner, [0,2] of the second leg.
        let drawn = dashes(&[(0.0, 0.0), (3.0, 0.0), (3.0, 3.0)], &[2.0, 1.0]);
        assert_eq!(drawn, [vec![(0.0, 0.0), (2.0, 0.0)], vec![(3.0, 0.0), (3.0, 2.0)]]);
    }

    #[test]
    fn names_are_shown_as_text() {
        let name = "</title><script>alert(1)</script>\" onload=\"alert(1)\u{0}";
        let letters = Letters { size: 12.0, bold: false, color: (0, 0, 0) };
        let svg = document(100.0, 50.0, name, |canvas| canvas.text(name, (5.0, 5.0), Align::Left, letters));
        assert!(!svg.contains("<script") && !svg.contains("\" onload") && !svg.contains('\0'));
        assert!(svg.contains("&lt;/title&gt;&lt;script&gt;"));
        super::super::png(&svg).expect("still a whole document");
    }
}
