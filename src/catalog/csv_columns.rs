//! Columns of a CSV file that may be large: read row by row, each mistake told with the file, its row and its column.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::csv_text::cut;
use super::nearest_spelling;

/// Most values of a sample, and most rows of a trace.
pub const MAX_ROWS: u64 = 10_000_000;

/// A CSV file whose first row names its columns.
pub struct CsvColumns {
    reader: csv::Reader<File>,
    shown: String,
    header: Vec<String>,
    ends_in_a_line_end: bool,
}

impl CsvColumns {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// One sentence: the file, and why it cannot be read.
    pub fn open(path: &Path) -> Result<CsvColumns, String> {
        let shown = path.display().to_string();
        let fail = |error: &dyn std::fmt::Display| format!("cannot read `{shown}`: {error}");
        if path.is_dir() {
            return Err(fail(&"it is a directory"));
        }
        if !path.exists() {
            return Err(fail(&"no such file"));
        }
        let mut reader =
            csv::ReaderBuilder::new().flexible(false).from_path(path).map_err(|error| fail(&error))?;
        let names = reader.headers().map_err(|error| fail(&error))?;
        let header: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        if header.iter().all(String::is_empty) {
            return Err(fail(&"it is empty; the first row names the columns"));
        }
        if let [only] = &header[..]
            && let Some(mark) = [';', '\t', '|'].into_iter().find(|mark| only.contains(*mark))
        {
            return Err(format!("`{shown}` is separated by {mark:?}; columns are separated by commas here"));
        }
        let ends_in_a_line_end = ends_in_a_line_end(path).unwrap_or(true);
        Ok(CsvColumns { reader, shown, header, ends_in_a_line_end })
    }

    /// The names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The file's name, for messages.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What to say where the file may have been cut off within its last cell, which nothing else shows.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        let doubt = "its last row has no line end: if the file was cut off, that row is not whole";
        (!self.ends_in_a_line_end).then_some(doubt)
    }

    /// Where the column of this name stands.
    ///
    /// # Errors
    /// The nearest name that is there, and all that are; or that two columns have this name.
    pub fn place(&self, name: &str) -> Result<usize, String> {
        let mut places = (0..self.header.len()).filter(|&place| self.header[place] == name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(format!("`{}` has two columns {name:?}", self.shown)),
            (None, _) => {
                let near = nearest_spelling(name, self.header.iter().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
                let all = self.header.join(", ");
                Err(format!("`{}` has no column {name:?}{hint} (it has {})", self.shown, cut(&all)))
            }
        }
    }

    /// Calls `each` with every row below the header.
    ///
    /// # Errors
    /// One sentence: a broken row, more than `most` of them, or what `each` says, with the row's number; the header is row 1.
    pub fn rows(
        mut self,
        most: u64,
        mut each: impl FnMut(&Cells<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut record = csv::StringRecord::new();
        for row in 2.. {
            let more = self.reader.read_record(&mut record);
            if !more.map_err(|error| broken(&self.shown, row, &error))? {
                break;
            }
            if row - 1 > most {
                return Err(format!("`{}` has more than {most} rows, which is the limit", self.shown));
            }
            let cells = Cells { header: &self.header, record: &record };
            each(&cells).map_err(|error| format!("`{}` row {row}: {error}", self.shown))?;
        }
        Ok(())
    }
}

fn ends_in_a_line_end(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(matches!(last[0], b'\n' | b'\r'))
}

fn broken(shown: &str, row: u64, error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "`{shown}` row {row}: expected {expected_len} cells, as the header has, found {len}; is the file whole?"
            )
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("`{shown}` row {row}: not UTF-8 in cell {}", err.field() + 1)
        }
        _ => format!("`{shown}` row {row}: {error}"),
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'r> {
    header: &'r [String],
    record: &'r csv::StringRecord,
}

impl<'r> Cells<'r> {
    /// A cell without the blanks around it.
    #[must_use]
    pub fn at(&self, place: usize) -> &'r str {
        self.record.get(place).unwrap_or_default().trim()
    }

    /// A number of 0 or more; none where the cell is blank.
    ///
    /// # Errors
    /// One sentence that names the column and what stands there.
    pub fn number(&self, place: usize) -> Result<Option<f64>, String> {
        let cell = self.at(place);
        if cell.is_empty() {
            return Ok(None);
        }
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(Some(number + 0.0)),
            _ => Err(self.mistake(place, "a number of 0 or more, without unit or separator")),
        }
    }

    /// What to say of a cell that holds something else than it should.
    #[must_use]
    pub fn mistake(&self, place: usize, expected: &str) -> String {
        let found = match self.at(place) {
            "" => "nothing".to_owned(),
            cell => format!("{:?}", cut(cell)),
        };
        format!("column {:?}: expected {expected}, found {found}", self.header[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a file with this text when its column `b` is read, at most three rows.
    fn told(text: &[u8]) -> String {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("data.csv");
        std::fs::write(&path, text).unwrap();
        let read = || {
            let columns = CsvColumns::open(&path)?;
            let b = columns.place("b")?;
            columns.rows(3, |cells| cells.number(b).map(drop))
        };
        let told = read().err().unwrap_or_default();
        told.replace(&format!("{}/", directory.path().display()), "")
    }

    #[test]
    fn a_mistake_has_its_row_and_column() {
        let expected = "`data.csv` row 3: column \"b\": expected a number of 0 or more, without unit or separator, found";
        assert_eq!(told(b"a,b\n1,2\n1,8s\n"), format!("{expected} \"8s\""));
        assert_eq!(told(b"a,b\n1,2\n1,-1\n"), format!("{expected} \"-1\""));
        assert_eq!(told(b"a,b\n1,2\n1,inf\n"), format!("{expected} \"inf\""));
    }

    #[test]
    fn blank_cells_and_blanks_around_names_and_numbers_do_not_matter() {
        assert_eq!(told(b"a, b \n1,\n1, 2 \n"), "");
    }

    #[test]
    fn a_row_that_breaks_off_is_told() {
        let expected = "`data.csv` row 3: expected 2 cells, as the header has, found 1; is the file whole?";
        assert_eq!(told(b"a,b\n1,2\n1"), expected);
    }

    #[test]
    fn more_rows_than_the_limit_are_refused() {
        assert_eq!(told(b"a,b\n1,2\n1,2\n1,2\n"), "");
        assert_eq!(told(b"a,b\n1,2\n1,2\n1,2\n1,2\n"), "`data.csv` has more than 3 rows, which is the limit");
    }

    #[test]
    fn another_separator_an_empty_file_and_foreign_bytes_are_told() {
        assert!(told(b"a;b\n1;2\n").ends_with("is separated by ';'; columns are separated by commas here"));
        assert!(told(b"").ends_with("it is empty; the first row names the columns"));
        assert_eq!(told(b"a,b\n1,\xff\n"), "`data.csv` row 2: not UTF-8 in cell 2");
    }

    #[test]
    fn a_column_that_is_missing_or_there_twice_is_told() {
        assert_eq!(told(b"a,bb\n"), "`data.csv` has no column \"b\"; did you mean \"bb\"? (it has a, bb)");
        assert_eq!(told(b"b,b\n"), "`data.csv` has two columns \"b\"");
    }
}
