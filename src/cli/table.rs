//! Tables on the terminal.

use comfy_table::{ContentArrangement, Table, presets};

/// Where there is no terminal whose width could be asked.
const WIDTH_WITHOUT_TERMINAL: u16 = 120;

/// An empty table with these column heads, wrapped to the width of the terminal.
pub fn wrapped<const COLUMNS: usize>(heads: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH_WITHOUT_TERMINAL);
    }
    table.set_header(heads);
    table
}
