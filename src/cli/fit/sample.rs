//! The numbers of a column.

use super::FitArgs;
use super::words::amount;
use crate::catalog::csv_columns::{CsvColumns, MAX_ROWS};
use crate::catalog::csv_text::cut;
use crate::catalog::nearest_spelling;
use crate::scenario::limits::{MAX_DURATION_MS, MAX_NUMBER};

/// So many values of a column that `--where` names are kept for its message.
const MOST_SEEN: usize = 20;
/// On fewer values every law with two parameters is as good as any other.
const FEWEST: usize = 3;

/// What a column holds.
pub(super) struct Sample {
    /// Those above 0, ascending.
    pub values: Vec<f64>,
    /// How many are 0.
    pub zeros: u64,
    /// Blank cells.
    pub blank: u64,
    /// Rows that `--where` leaves out.
    pub not_chosen: u64,
    /// Whether the file may have been cut off.
    pub doubt: Option<&'static str>,
}

impl Sample {
    /// Reads the column.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn read(args: &FitArgs) -> Result<Sample, String> {
        let columns = CsvColumns::open(&args.csv)?;
        let place = columns.place(&args.column)?;
        let mut chosen = Vec::new();
        for (column, value) in &args.chosen {
            chosen.push((columns.place(column)?, value.as_str()));
        }
        let shown = columns.shown().to_owned();
        let (most, unit) = match args.unit.time() {
            Some(unit) => (MAX_DURATION_MS as f64 / unit.ms() as f64, "a thousand years"),
            None => (MAX_NUMBER as f64, "2^53"),
        };
        let mut sample =
            Sample { values: Vec::new(), zeros: 0, blank: 0, not_chosen: 0, doubt: columns.doubt() };
        let mut seen: Vec<String> = Vec::new();
        columns.rows(MAX_ROWS, |cells| {
            if let Some((other, _)) = chosen.iter().find(|(place, value)| cells.at(*place) != *value) {
                sample.not_chosen += 1;
                let found = cells.at(*other);
                if seen.len() < MOST_SEEN && seen.iter().all(|known| known != found) {
                    seen.push(found.to_owned());
                }
                return Ok(());
            }
            match cells.number(place)? {
                None => sample.blank += 1,
                Some(0.0) => sample.zeros += 1,
                Some(value) if value > most => {
                    return Err(cells.mistake(place, &format!("at most {unit}; is --unit right?")));
                }
                Some(value) => sample.values.push(value),
            }
            Ok(())
        })?;
        sample.values.sort_by(f64::total_cmp);
        sample.enough(args, &shown, &seen).map(|()| sample)
    }

    fn enough(&self, args: &FitArgs, shown: &str, seen: &[String]) -> Result<(), String> {
        let taken = self.values.len() as u64 + self.zeros + self.blank;
        if taken == 0 && self.not_chosen > 0 {
            let (column, value) = args.chosen.first().map_or(("", ""), |(column, value)| (column, value));
            let near = nearest_spelling(value, seen.iter().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            let some: Vec<&str> = seen.iter().take(5).map(String::as_str).collect();
            return Err(format!(
                "no row of `{shown}` is chosen by --where {}={}{hint} (there is {})",
                cut(column),
                cut(value),
                cut(&some.join(", "))
            ));
        }
        let column = &args.column;
        let blank = match self.blank {
            0 => String::new(),
            blank => format!(" ({blank} cells are blank)"),
        };
        match &self.values[..] {
            [] if self.zeros > 0 => Err(format!(
                "`{shown}` column {column:?}: all {} values are 0: write {}{blank}",
                self.zeros,
                amount(0.0, args.unit)
            )),
            [] => Err(format!("`{shown}` column {column:?}: there is no value to fit{blank}")),
            [only] => Err(format!(
                "`{shown}` column {column:?}: 1 value above 0, {}, says nothing of how values are spread; at least {FEWEST} \
                 are needed, some tens to trust the answer{blank}",
                amount(*only, args.unit)
            )),
            values if values.len() < FEWEST => Err(format!(
                "`{shown}` column {column:?}: {} values above 0 are too few: every law with two parameters can be laid \
                 through them; at least {FEWEST} are needed, some tens to trust the answer{blank}",
                values.len()
            )),
            _ => Ok(()),
        }
    }
}
