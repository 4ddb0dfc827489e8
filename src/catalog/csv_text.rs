//! A CSV text with a header, read cell by cell, so that each mistake knows its place in the text.

use csv::{Reader, ReaderBuilder, StringRecord};

use super::nearest_spelling;

/// Longest piece of a cell that a message quotes, in characters.
const MOST_QUOTED: usize = 80;

/// What is wrong with a text, and which bytes of it are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// One sentence: the column, what was expected, what was found.
    pub message: String,
}

/// A text whose first row, lines of `#` left out, names its columns.
#[derive(Debug)]
pub struct CsvText<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    header: StringRecord,
    header_at: usize,
}

impl<'t> CsvText<'t> {
    /// Reads the header.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(text: &'t str) -> Result<CsvText<'t>, Mistake> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut header = StringRecord::new();
        let found = reader.read_record(&mut header).map_err(|error| broken(text, &error))?;
        if !found {
            let message = "expected a header with the names of the columns, found nothing".to_owned();
            return Err(Mistake { start: 0, end: text.len(), message });
        }
        let header_at = row_start(text, &header);
        Ok(CsvText { text, reader, header, header_at })
    }

    /// The place of the column that has one of these names.
    ///
    /// # Errors
    /// If two columns have.
    pub fn column(&self, names: &[&str]) -> Result<Option<usize>, Mistake> {
        let mut places = (0..self.header.len()).filter(|&place| names.contains(&self.header_cell(place)));
        let (first, second) = (places.next(), places.next());
        match second {
            None => Ok(first),
            Some(second) => {
                let name = self.header_cell(second);
                Err(self
                    .header_row()
                    .mistake_at(second, format!("column {name:?}: a second one for the same")))
            }
        }
    }

    /// The same where the column must be there.
    ///
    /// # Errors
    /// The missing name, the nearest one that is there, and all that are.
    pub fn required(&self, names: &[&str]) -> Result<usize, Mistake> {
        if let Some(place) = self.column(names)? {
            return Ok(place);
        }
        let there = || (0..self.header.len()).map(|place| self.header_cell(place));
        let near = nearest_spelling(names[0], there()).map(|near| format!("; did you mean {near:?}?"));
        let all: String = there().collect::<Vec<_>>().join(", ");
        let message =
            format!("expected a column {:?}{}, found {}", names[0], near.unwrap_or_default(), cut(&all));
        Err(self.header_row().whole(message))
    }

    /// Calls `each` with every row below the header, and gathers the mistakes; after `most` of them it gives up.
    pub fn rows(
        mut self,
        most: usize,
        mut each: impl FnMut(&Row<'_>) -> Result<(), Mistake>,
    ) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut record = StringRecord::new();
        while mistakes.len() < most {
            match self.reader.read_record(&mut record) {
                Err(error) => {
                    mistakes.push(broken(self.text, &error));
                    break;
                }
                Ok(false) => break,
                Ok(true) => {}
            }
            let at = row_start(self.text, &record);
            let row = Row { text: self.text, header: &self.header, record: &record, at };
            let whole = if record.len() == self.header.len() {
                each(&row)
            } else {
                let (columns, cells) = (self.header.len(), record.len());
                Err(row.whole(format!("expected {columns} cells, as the header has, found {cells}")))
            };
            mistakes.extend(whole.err());
        }
        mistakes
    }

    fn header_cell(&self, place: usize) -> &str {
        self.header.get(place).unwrap_or_default().trim()
    }

    fn header_row(&self) -> Row<'_> {
        Row { text: self.text, header: &self.header, record: &self.header, at: self.header_at }
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    text: &'r str,
    header: &'r StringRecord,
    record: &'r StringRecord,
    /// Its first byte in the text.
    at: usize,
}

impl<'r> Row<'r> {
    /// A cell without the blanks around it; empty where the file has no such column.
    pub fn cell(&self, place: Option<usize>) -> &'r str {
        place.and_then(|place| self.record.get(place)).unwrap_or_default().trim()
    }

    /// The row's first byte in the text.
    pub fn start(&self) -> usize {
        self.at
    }

    /// The line of a byte of the text, counting from 1; for messages, since it counts from the beginning.
    pub fn line_of(&self, byte: usize) -> usize {
        self.text[..byte].bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// A cell that holds something else than it should.
    pub fn mistake(&self, place: usize, expected: &str) -> Mistake {
        let column = self.header.get(place).unwrap_or_default().trim();
        let found = match self.cell(Some(place)) {
            "" => "nothing".to_owned(),
            cell => format!("{:?}", cut(cell)),
        };
        self.mistake_at(place, format!("column {column:?}: expected {expected}, found {found}"))
    }

    /// A mistake at a cell.
    pub fn mistake_at(&self, place: usize, message: String) -> Mistake {
        let raw = self.raw();
        let mut start = 0;
        for _ in 0..place {
            start += cell_length(&raw[start..]) + 1;
        }
        let end = start + cell_length(&raw[start.min(raw.len())..]);
        Mistake { start: self.at + start.min(raw.len()), end: self.at + end.min(raw.len()), message }
    }

    /// A mistake of the row as a whole.
    pub fn whole(&self, message: String) -> Mistake {
        let line = self.raw().lines().next().unwrap_or_default();
        Mistake { start: self.at, end: self.at + line.len(), message }
    }

    fn raw(&self) -> &'r str {
        &self.text[self.at..]
    }
}

/// Where a record's first cell begins: the reader's own position is before the comments and line ends that come first.
fn row_start(text: &str, record: &StringRecord) -> usize {
    let mut at = record.position().map_or(0, |position| position.byte() as usize).min(text.len());
    if at == 0 && text.starts_with('\u{feff}') {
        at = '\u{feff}'.len_utf8();
    }
    loop {
        let rest = &text[at..];
        if rest.starts_with(['\r', '\n']) {
            at += 1;
        } else if rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            return at;
        }
    }
}

/// The bytes of the first cell, to the comma or the end of the line outside quotes.
fn cell_length(raw: &str) -> usize {
    let mut quoted = false;
    let end = raw.bytes().position(|byte| {
        quoted ^= byte == b'"';
        !quoted && matches!(byte, b',' | b'\r' | b'\n')
    });
    end.unwrap_or(raw.len())
}

fn broken(text: &str, error: &csv::Error) -> Mistake {
    let at = error.position().map_or(0, |position| position.byte() as usize).min(text.len());
    Mistake { start: at, end: at, message: error.to_string() }
}

/// The beginning of a text, for messages.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_QUOTED) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place_of_b(text: &str, row: usize) -> String {
        let csv = CsvText::open(text).unwrap();
        let b = csv.required(&["b"]).unwrap();
        let mut seen = 0;
        let mistakes = csv.rows(100, |found| {
            seen += 1;
            if seen == row { Err(found.mistake(b, "a word")) } else { Ok(()) }
        });
        let mistake = &mistakes[0];
        format!("{} {}", text[..mistake.start].lines().count(), &text[mistake.start..mistake.end])
    }

    #[test]
    fn a_mistake_points_at_its_cell_through_comments_quotes_and_line_ends() {
        assert_eq!(place_of_b("a,b\n1,2\n", 1), "2 2");
        assert_eq!(place_of_b("# said\n# twice\na,b\r\n1,2\r\n\r\n\"x,\"\"y\",two,\r\n", 1), "4 2");
        assert_eq!(place_of_b("\u{feff}b,a\n1,2\n# why\n3,4", 2), "3 3");
        assert_eq!(place_of_b("a,b\n\"1,\n\"\"one\",2\n", 1), "3 2");
    }

    #[test]
    fn a_column_that_is_missing_is_named_with_its_neighbour() {
        let csv = CsvText::open("kind,memory\n").unwrap();
        let message = csv.required(&["memory_mib"]).unwrap_err().message;
        assert_eq!(message, "expected a column \"memory_mib\"; did you mean \"memory\"?, found kind, memory");
        assert_eq!(csv.column(&["price"]), Ok(None));
    }

    #[test]
    fn a_column_that_stands_twice_is_refused() {
        let csv = CsvText::open("a,b,a\n").unwrap();
        assert_eq!(csv.column(&["a"]).unwrap_err().start, 4);
    }

    #[test]
    fn a_row_of_another_length_is_refused_and_the_next_is_read() {
        let mut rows = 0;
        let mistakes = CsvText::open("a,b\n1\n2,3\n").unwrap().rows(10, |_| {
            rows += 1;
            Ok(())
        });
        assert_eq!((rows, mistakes.len()), (1, 1));
        assert_eq!(mistakes[0].message, "expected 2 cells, as the header has, found 1");
        assert_eq!(mistakes[0].start, 4);
    }

    #[test]
    fn a_text_without_a_header_is_refused() {
        assert!(CsvText::open("# nothing else\n").unwrap_err().message.contains("found nothing"));
    }
}
