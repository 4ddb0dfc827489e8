//! CSV files that a scenario names: bounded, and every mistake with its row and column.

use std::path::PathBuf;

use crate::scenario::distribution_spec::EmpiricalSpec;
use crate::scenario::document::Document;
use crate::scenario::limits::MAX_CSV_ROWS;

/// A CSV file with the columns that are wanted.
pub(super) struct Columns {
    reader: csv::Reader<std::fs::File>,
    path: PathBuf,
    places: Vec<Option<usize>>,
}

impl Columns {
    /// Opens `file`, relative to the scenario, and finds the named columns; `None` wants no column.
    ///
    /// # Errors
    /// One sentence: the file, or the column and the ones there are.
    pub(super) fn open(document: &Document, file: &str, names: &[Option<&str>]) -> Result<Columns, String> {
        let directory = document.directory().ok_or("a built-in scenario cannot read files")?;
        let path = directory.join(file);
        let fail = |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", path.display());
        if path.is_dir() {
            return Err(fail(&"it is a directory"));
        }
        let mut reader =
            csv::ReaderBuilder::new().flexible(false).from_path(&path).map_err(|error| fail(&error))?;
        let headers = reader.headers().map_err(|error| fail(&error))?.clone();
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let place = name.map(|name| {
                headers.iter().position(|header| header.trim() == name).ok_or_else(|| {
                    let near = crate::catalog::nearest_spelling(name, headers.iter());
                    let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
                    let all = headers.iter().collect::<Vec<_>>().join(", ");
                    format!("`{}` has no column {name:?}{hint} (it has {all})", path.display())
                })
            });
            places.push(place.transpose()?);
        }
        Ok(Columns { reader, path, places })
    }

    /// Calls `each` with the wanted cells of every row, and the row's number for messages.
    ///
    /// # Errors
    /// One sentence: a broken row, too many of them, or what `each` says.
    pub(super) fn rows(
        mut self,
        mut each: impl FnMut(u64, &[Option<&str>]) -> Result<bool, String>,
    ) -> Result<(), String> {
        let mut record = csv::StringRecord::new();
        let mut row = 1;
        loop {
            let more = self.reader.read_record(&mut record);
            if !more.map_err(|error| format!("`{}`: {error}", self.path.display()))? {
                return Ok(());
            }
            row += 1;
            if row > MAX_CSV_ROWS as u64 {
                return Err(format!("`{}` has more than {MAX_CSV_ROWS} rows", self.path.display()));
            }
            let cells: Vec<Option<&str>> = self
                .places
                .iter()
                .map(|place| place.and_then(|place| record.get(place)).map(str::trim))
                .collect();
            let goes_on =
                each(row, &cells).map_err(|error| format!("`{}` row {row}: {error}", self.path.display()))?;
            if !goes_on {
                return Ok(());
            }
        }
    }
}

/// A number in a cell: finite and not negative.
///
/// # Errors
/// One sentence that names column and cell.
pub(super) fn number(column: &str, cell: &str) -> Result<f64, String> {
    let wrong = || format!("column {column:?} holds {:?}, not a number of 0 or more", short(cell));
    cell.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0).ok_or_else(wrong)
}

fn short(cell: &str) -> String {
    cell.chars().take(80).collect()
}

/// The values of an empirical distribution's column; blank cells are left out.
///
/// # Errors
/// One sentence.
pub(super) fn empirical(document: &Document, spec: &EmpiricalSpec) -> Result<Vec<f64>, String> {
    let mut values = Vec::new();
    Columns::open(document, &spec.csv, &[Some(&spec.column)])?.rows(|_, cells| {
        if let Some(cell) = cells[0].filter(|cell| !cell.is_empty()) {
            values.push(number(&spec.column, cell)?);
        }
        Ok(true)
    })?;
    Ok(values)
}
