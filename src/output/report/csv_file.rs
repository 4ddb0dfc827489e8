//! A table of a result, read back.

use std::path::Path;

/// Its heading and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CsvFile {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells as text; a missing value is empty.
    pub rows: Vec<Vec<String>>,
    /// Whether there are more rows.
    pub more: bool,
}

impl CsvFile {
    /// At most so many rows of a file; nothing where there is none.
    ///
    /// # Errors
    /// One sentence: it cannot be read, or a row is not like its heading.
    pub fn open(path: &Path, most: usize) -> Result<Option<CsvFile>, String> {
        if !path.exists() {
            return Ok(None);
        }
        let told = |error: csv::Error| format!("`{}` cannot be read: {error}", path.display());
        let mut reader = csv::ReaderBuilder::new().from_path(path).map_err(told)?;
        let columns = reader.headers().map_err(told)?.iter().map(str::to_owned).collect();
        let mut file = CsvFile { columns, rows: Vec::new(), more: false };
        for record in reader.records() {
            let record = record.map_err(told)?;
            if file.rows.len() == most {
                file.more = true;
                break;
            }
            file.rows.push(record.iter().map(unguarded).collect());
        }
        Ok(Some(file))
    }

    /// The place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The text of a cell by the name of its column; empty where there is no such column.
    #[must_use]
    pub fn text<'r>(&self, row: &'r [String], column: &str) -> &'r str {
        self.column(column).and_then(|at| row.get(at)).map_or("", String::as_str)
    }

    /// The number of a cell; nothing where it is empty.
    #[must_use]
    pub fn number(&self, row: &[String], column: &str) -> Option<f64> {
        self.text(row, column).parse().ok()
    }
}

/// The text without the apostrophe that keeps a spreadsheet from running it (F49).
fn unguarded(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}
