//! Tables for machines: RFC 4180, tidy, safe to open in a spreadsheet.
//!
//! One row is one thing, a cell has one type, a missing value is an empty cell, never `NaN`. Lines end in a line feed,
//! as Unix tools expect, where RFC 4180 has CR LF. Text that a spreadsheet would run as a formula gets a leading
//! apostrophe (F49); numbers have their own methods, so a negative number stays a number.

use super::error::EnvironmentError;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A CSV table being written: a heading, then rows of as many cells.
pub struct Table<W: Write> {
    writer: csv::Writer<W>,
    path: PathBuf,
    columns: usize,
}

impl<W: Write> Table<W> {
    /// Starts the table with its heading. `path` is what an error names.
    pub fn create(
        writer: W,
        path: impl AsRef<Path>,
        columns: &[impl AsRef<str>],
    ) -> Result<Self, EnvironmentError> {
        let mut table = Table {
            writer: csv::Writer::from_writer(writer),
            path: path.as_ref().into(),
            columns: columns.len(),
        };
        let mut heading = table.row();
        for column in columns {
            heading = heading.text(column.as_ref());
        }
        heading.end()?;
        Ok(table)
    }

    /// Begins a row; [`Row::end`] writes it.
    pub fn row(&mut self) -> Row<'_, W> {
        Row { table: self, cells: csv::ByteRecord::new() }
    }

    /// Writes what is buffered and gives the writer back.
    pub fn finish(self) -> Result<W, EnvironmentError> {
        let path = self.path;
        self.writer.into_inner().map_err(|error| EnvironmentError::on("write", &path)(error.into_error()))
    }
}

/// A row in the making: one call per cell, in the order of the columns.
#[must_use = "a row is written by `end`"]
pub struct Row<'t, W: Write> {
    table: &'t mut Table<W>,
    cells: csv::ByteRecord,
}

impl<W: Write> Row<'_, W> {
    /// A name or a sentence, made harmless to spreadsheets.
    pub fn text(mut self, text: &str) -> Self {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            self.cells.push_field(format!("'{text}").as_bytes());
        } else {
            self.cells.push_field(text.as_bytes());
        }
        self
    }

    /// A name that may be missing.
    pub fn opt_text(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.missing(),
        }
    }

    /// A whole number.
    pub fn int(self, value: impl Into<i128>) -> Self {
        let value = value.into();
        self.raw(&value.to_string())
    }

    /// A whole number that may be missing.
    pub fn opt_int(self, value: Option<impl Into<i128>>) -> Self {
        match value {
            Some(value) => self.int(value),
            None => self.missing(),
        }
    }

    /// A real number in the shortest text that reads back as the same number; one that is not finite is missing.
    pub fn real(self, value: f64) -> Self {
        if value.is_finite() { self.raw(&shortest(value)) } else { self.missing() }
    }

    /// A real number that may be missing.
    pub fn opt_real(self, value: Option<f64>) -> Self {
        match value {
            Some(value) => self.real(value),
            None => self.missing(),
        }
    }

    /// Simulated milliseconds as seconds, exactly.
    pub fn seconds_of_ms(self, ms: u64) -> Self {
        self.raw(&decimal(i128::from(ms), 3))
    }

    /// Simulated milliseconds that may be missing, as seconds.
    pub fn opt_seconds_of_ms(self, ms: Option<u64>) -> Self {
        match ms {
            Some(ms) => self.seconds_of_ms(ms),
            None => self.missing(),
        }
    }

    /// Nano-dollars as dollars, exactly.
    pub fn usd_of_nanos(self, nanos: impl Into<i128>) -> Self {
        let nanos = nanos.into();
        self.raw(&decimal(nanos, 9))
    }

    /// An empty cell.
    pub fn missing(self) -> Self {
        self.raw("")
    }

    /// Writes the row.
    ///
    /// # Panics
    /// If the row has not as many cells as the table has columns: a mistake of the caller, not of the data.
    pub fn end(self) -> Result<(), EnvironmentError> {
        let Row { table, cells } = self;
        assert_eq!(cells.len(), table.columns, "cells in a row of {}", table.path.display());
        table.writer.write_byte_record(&cells).map_err(|error| {
            let source = match error.into_kind() {
                csv::ErrorKind::Io(source) => source,
                other => io::Error::other(format!("{other:?}")),
            };
            EnvironmentError::on("write", &table.path)(source)
        })
    }

    fn raw(mut self, text: &str) -> Self {
        self.cells.push_field(text.as_bytes());
        self
    }
}

/// The shortest text that reads back as the same number: `0.1`, `1e-7`, `3`; never `-0`.
pub fn shortest(value: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let plain = (1e-5..1e16).contains(&value.abs());
    if plain { format!("{value}") } else { format!("{value:e}") }
}

/// A whole number of 10^-digits units as a decimal without trailing zeros: 12_340 with 3 digits is `12.34`.
fn decimal(units: i128, digits: u32) -> String {
    let scale = 10_u128.pow(digits);
    let (whole, fraction) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    let sign = if units < 0 { "-" } else { "" };
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:0width$}", width = digits as usize);
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<Vec<u8>> {
        Table::create(Vec::new(), "test.csv", &["name", "value"]).unwrap()
    }

    fn text_of(table: Table<Vec<u8>>) -> String {
        String::from_utf8(table.finish().unwrap()).unwrap()
    }

    #[test]
    fn names_that_look_like_formulas_get_an_apostrophe() {
        for name in ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"] {
            let mut table = table();
            table.row().text(name).int(1).end().unwrap();
            let text = text_of(table);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(&reader.records().next().unwrap().unwrap()[0], format!("'{name}"));
        }
    }

    #[test]
    fn negative_numbers_stay_numbers() {
        let mut table = table();
        table.row().real(-1.5).int(-3).end().unwrap();
        assert_eq!(text_of(table), "name,value\n-1.5,-3\n");
    }

    #[test]
    fn a_standard_reader_gets_the_same_text_back() {
        let name = "a,b;c\"d\"\ne";
        let mut table = table();
        table.row().text(name).int(1).end().unwrap();
        let text = text_of(table);
        assert!(text.contains("\"a,b;c\"\"d\"\"\ne\",1\n"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(&reader.records().next().unwrap().unwrap()[0], name);
    }

    #[test]
    fn what_is_not_a_number_is_an_empty_cell() {
        let mut table = table();
        table.row().real(f64::NAN).opt_real(None).end().unwrap();
        table.row().real(f64::INFINITY).opt_int(None::<u32>).end().unwrap();
        assert_eq!(text_of(table), "name,value\n,\n,\n");
    }

    #[test]
    fn a_table_without_rows_still_has_its_heading() {
        assert_eq!(text_of(table()), "name,value\n");
    }

    #[test]
    fn reals_are_short_and_read_back_the_same() {
        for (value, text) in [
            (0.1, "0.1"),
            (3.0, "3"),
            (-0.0, "0"),
            (1e-7, "1e-7"),
            (1e300, "1e300"),
            (123_456_789.5, "123456789.5"),
        ] {
            assert_eq!(shortest(value), text);
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
    }

    #[test]
    fn milliseconds_and_nano_dollars_are_written_exactly() {
        let mut table = table();
        table.row().seconds_of_ms(12_340).usd_of_nanos(4_045_000_i64).end().unwrap();
        table.row().seconds_of_ms(5_000).usd_of_nanos(-1_i64).end().unwrap();
        assert_eq!(text_of(table), "name,value\n12.34,0.004045\n5,-0.000000001\n");
    }

    #[test]
    #[should_panic(expected = "cells in a row of test.csv")]
    fn a_row_with_too_few_cells_is_a_bug() {
        let mut table = table();
        let _ = table.row().text("a").end();
    }

    #[test]
    fn a_full_disk_is_reported_with_the_path() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let table = Table::create(Full, "results/x/tasks.csv", &["a"]).unwrap();
        let error = table.finish().err().unwrap();
        assert!(error.to_string().contains("cannot write `results/x/tasks.csv`"), "{error}");
    }
}
