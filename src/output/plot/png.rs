//! PNG from SVG, with fonts that come with the program.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};

/// Pixels of the PNG per pixel of the SVG: sharp on dense screens and in print.
const SCALE: f32 = 2.0;

/// The SVG could not be turned into pixels; for a chart of this program that is a bug.
#[derive(Debug, thiserror::Error)]
#[error("the drawing cannot be turned into a PNG: {0}")]
pub struct PngError(String);

/// Draws an SVG at twice its size.
///
/// # Errors
/// If the text is not an SVG document or its size is absurd.
pub fn png(svg: &str) -> Result<Vec<u8>, PngError> {
    let mut options = Options { fontdb: fonts(), font_family: "DejaVu Sans".into(), ..Options::default() };
    // Nothing is loaded from elsewhere, whatever a name in a chart may say.
    options.resources_dir = None;
    let tree = Tree::from_str(svg, &options).map_err(|error| PngError(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(|| PngError("too small".into()))?;
    let mut pixels =
        Pixmap::new(size.width(), size.height()).ok_or_else(|| PngError("too large".to_string()))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PngError(error.to_string()))
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut database = fontdb::Database::new();
        database.load_font_data(dejavu::sans::regular().to_vec());
        database.load_font_data(dejavu::sans::bold().to_vec());
        database.set_sans_serif_family("DejaVu Sans");
        Arc::new(database)
    };
    Arc::clone(FONTS.get_or_init(load))
}
