//! Charts as plain data, drawn once: an SVG by plotters, and a PNG from that same SVG by resvg.
//!
//! A chart is a value ([`TimeLines`], [`SweepCurve`], [`HeatMap`], [`Distribution`],
//! [`TradeOff`], [`Bars`]) that knows nothing of simulation: whoever has numbers
//! fills it in. No system font or library is used; the same chart is the same SVG, byte for byte. Colours are those of
//! Okabe and Ito, told apart by the colour-blind, and every line has its own dash or marker besides.

mod axis;
mod bars;
mod canvas;
mod distribution;
mod fit_curves;
mod forest;
mod heat_map;
mod palette;
mod png;
mod sheet;
mod sweep_curve;
mod text_width;
mod time_lines;
mod trade_off;

pub use bars::{Bar, BarGroup, BarPart, Bars};
pub use distribution::{Distribution, DistributionSeries, cumulative};
pub use fit_curves::{FitCurves, LawCurve};
pub use forest::{Effect, Forest, ForestRow, Tone};
pub use heat_map::HeatMap;
pub use png::{PngError, png};
pub use sweep_curve::{Goal, SweepCurve, SweepPoint, SweepSeries, SweepValues};
pub use time_lines::{EventRow, LineShape, Mark, MarkKind, Panel, Series, TimeLines};
pub use trade_off::{Standing, TradeOff, TradeOffPoint};

use super::directory::ResultDirectory;
use super::error::EnvironmentError;

/// Something that can be drawn.
pub trait Chart {
    /// The chart as an SVG document: the same chart gives the same bytes.
    fn svg(&self) -> String;

    /// Writes `plots/<name>.svg` and `plots/<name>.png`. The name is a file name: see
    /// [`safe_file_name`](super::directory::safe_file_name).
    ///
    /// # Errors
    /// If a file cannot be written.
    fn write(&self, directory: &ResultDirectory, name: &str) -> Result<(), EnvironmentError> {
        let svg = self.svg();
        directory.write(&format!("plots/{name}.svg"), svg.as_bytes())?;
        let path = directory.path().join(format!("plots/{name}.png"));
        let png = png(&svg).map_err(|error| EnvironmentError::refusal("draw", &path, error.to_string()))?;
        directory.write(&format!("plots/{name}.png"), &png)
    }
}

#[cfg(test)]
mod tests;
