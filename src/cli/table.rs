//! Tables on the terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle, presets};

/// Where there is no terminal whose width could be asked.
const WIDTH_WITHOUT_TERMINAL: u16 = 120;

/// One line a row, lines only around the head.
const DENSE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// An empty table with these column heads, wrapped to the width of the terminal, a line between rows.
pub fn wrapped<const COLUMNS: usize>(heads: [&str; COLUMNS]) -> Table {
    table(presets::UTF8_HORIZONTAL_ONLY, heads)
}

/// An empty table with these column heads for many short rows; columns from `first_number` on are numbers.
pub fn dense<const COLUMNS: usize>(heads: [&str; COLUMNS], first_number: usize) -> Table {
    let mut table = table(DENSE, heads);
    table.column_iter_mut().skip(first_number).for_each(|column| {
        column.set_cell_alignment(CellAlignment::Right);
    });
    table
}

/// The width of the terminal, if the answer goes to one.
pub fn terminal_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// `1 rule`, `2 rules`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn table<const COLUMNS: usize>(style: TableStyle, heads: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(style);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH_WITHOUT_TERMINAL);
    }
    table.set_header(heads);
    table
}
