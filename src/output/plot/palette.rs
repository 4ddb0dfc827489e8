//! Colours, dashes and markers.

/// Red, green, blue.
pub(super) type Color = (u8, u8, u8);

pub(super) const INK: Color = (0x22, 0x22, 0x22);
pub(super) const GREY: Color = (0x5A, 0x5A, 0x5A);
pub(super) const GRID: Color = (0xE3, 0xE3, 0xE3);
pub(super) const AXIS: Color = (0x8A, 0x8A, 0x8A);
/// What nobody uses.
pub(super) const PALE: Color = (0xC4, 0xC4, 0xC4);
pub(super) const WHITE: Color = (0xFF, 0xFF, 0xFF);

pub(super) const BLUE: Color = (0x00, 0x72, 0xB2);
pub(super) const VERMILION: Color = (0xD5, 0x5E, 0x00);
const GREEN: Color = (0x00, 0x9E, 0x73);
const PURPLE: Color = (0xCC, 0x79, 0xA7);
const ORANGE: Color = (0xE6, 0x9F, 0x00);
const SKY: Color = (0x56, 0xB4, 0xE9);
const BLACK: Color = (0x00, 0x00, 0x00);

/// Okabe and Ito's colours in an order that keeps neighbours far apart; their yellow is too pale for a line on white.
const SERIES: [Color; 7] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK];

/// Lengths of strokes and gaps in pixels; empty is a solid line.
const DASHES: [&[f64]; 4] = [&[], &[9.0, 4.0], &[2.5, 3.0], &[10.0, 3.5, 2.5, 3.5]];

/// The shape of a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Cross,
}

const MARKERS: [Marker; 5] = [Marker::Disc, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Cross];

/// What tells the n-th series from the others. Colour and dash repeat together only after 28 series, colour and
/// marker after 35.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub color: Color,
    pub dash: &'static [f64],
    pub marker: Marker,
}

pub(super) fn look(index: usize) -> Look {
    Look {
        color: SERIES[index % SERIES.len()],
        dash: DASHES[index % DASHES.len()],
        marker: MARKERS[index % MARKERS.len()],
    }
}

/// Cividis (Nuñez, Anderton and Renslow 2018) from 0, dark blue, to 1, yellow: even in brightness for everyone.
pub(super) fn sequential(share: f64) -> Color {
    const STOPS: [Color; 6] = [
        (0x00, 0x22, 0x4E),
        (0x2A, 0x3F, 0x6D),
        (0x57, 0x5D, 0x6D),
        (0x7D, 0x7C, 0x78),
        (0xB2, 0x9F, 0x6E),
        (0xFD, 0xE7, 0x37),
    ];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (place as usize).min(STOPS.len() - 2);
    let part = place - below as f64;
    let mix = |a: u8, b: u8| libm::round(f64::from(a) + (f64::from(b) - f64::from(a)) * part) as u8;
    let (a, b) = (STOPS[below], STOPS[below + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Whether dark text reads better on this colour than white.
pub(super) fn is_light((red, green, blue): Color) -> bool {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue) > 140.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_series_all_look_different() {
        for a in 0..20 {
            for b in 0..a {
                assert!(look(a).color != look(b).color || look(a).dash != look(b).dash, "{a} and {b}");
                assert!(look(a).color != look(b).color || look(a).marker != look(b).marker, "{a} and {b}");
            }
        }
    }

    #[test]
    fn the_scale_of_colours_runs_from_dark_to_light() {
        assert!(!is_light(sequential(0.0)) && is_light(sequential(1.0)));
        assert_eq!(sequential(0.2), (0x2A, 0x3F, 0x6D));
    }
}
