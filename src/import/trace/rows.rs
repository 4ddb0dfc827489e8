//! The rows of a trace: columns by what they hold, numbers in seconds, every mistake with its line.

use super::TraceWishes;
use crate::catalog::csv_columns::{Cells, CsvColumns, MAX_ROWS};

/// A unit of time as people write it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeUnitName {
    /// As scenarios write it.
    pub name: &'static str,
    /// Seconds in one of it.
    pub seconds: f64,
}

/// All units of time.
pub const TIME_UNITS: [TimeUnitName; 5] = [
    TimeUnitName { name: "ms", seconds: 0.001 },
    TimeUnitName { name: "s", seconds: 1.0 },
    TimeUnitName { name: "min", seconds: 60.0 },
    TimeUnitName { name: "h", seconds: 3600.0 },
    TimeUnitName { name: "d", seconds: 86_400.0 },
];

/// A trace that is open.
pub struct Rows<'w> {
    wishes: &'w TraceWishes,
    columns: CsvColumns,
}

impl<'w> Rows<'w> {
    /// Opens the trace.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(wishes: &'w TraceWishes) -> Result<Rows<'w>, String> {
        Ok(Rows { wishes, columns: CsvColumns::open(&wishes.file)? })
    }

    /// The column that holds something: as the user says, or by its usual names; nothing where there is none.
    ///
    /// # Errors
    /// The user names one that is not there.
    pub fn column(&self, key: &str, usual: &[&str]) -> Result<Option<(usize, String)>, String> {
        match self.wishes.columns.get(key) {
            Some(named) => Ok(Some((self.columns.place(named)?, named.clone()))),
            None => {
                let there = |name: &&&str| self.columns.header().iter().any(|header| header == **name);
                let found = usual.iter().find(there);
                found.map(|name| Ok((self.columns.place(name)?, (*name).to_owned()))).transpose()
            }
        }
    }

    /// The same where it must be there.
    ///
    /// # Errors
    /// There is none, or the user names one that is not there.
    pub fn required(&self, key: &str, usual: &[&str]) -> Result<(usize, String), String> {
        self.column(key, usual)?.ok_or_else(|| {
            format!(
                "`{}` has no column of the usual names for {key} ({}): --columns {key}=NAME says which (it has {})",
                self.wishes.shown(),
                usual.join(", "),
                self.columns.header().join(", ")
            )
        })
    }

    /// The unit of what a column holds: as the user says, by the end of its name (`_ms`, `minute`), or seconds.
    ///
    /// # Errors
    /// A unit that is none, or another than the column's name says.
    pub fn time_unit(&self, key: &str, column: &str) -> Result<TimeUnitName, String> {
        let unit = |name: &str| TIME_UNITS.iter().copied().find(|unit| unit.name == name);
        let by_name = match column {
            "minute" | "minutes" => unit("min"),
            "hour" | "hours" => unit("h"),
            "day" | "days" => unit("d"),
            _ => column.rsplit('_').next().filter(|end| *end != column).and_then(unit),
        };
        let Some(named) = self.wishes.units.get(key) else { return Ok(by_name.unwrap_or(TIME_UNITS[1])) };
        let named = unit(named)
            .ok_or_else(|| format!("--units {key}={named}: a unit of time is ms, s, min, h or d"))?;
        check_name(self.wishes, key, column, named.name, by_name.map(|unit| unit.name))?;
        Ok(named)
    }

    /// Calls `each` with every row.
    ///
    /// # Errors
    /// A broken row, what `each` says, too many rows.
    pub fn each(self, each: impl FnMut(&Cells<'_>) -> Result<(), String>) -> Result<(), String> {
        self.columns.rows(MAX_ROWS, each)
    }

    /// Calls `each` with the wanted cells of every row: nothing where a cell is blank or not wanted.
    ///
    /// # Errors
    /// A broken row, a cell that is no number, too many rows.
    pub fn numbers(
        self,
        wanted: &[Option<usize>],
        mut each: impl FnMut(&[Option<f64>]),
    ) -> Result<(), String> {
        let mut values = vec![None; wanted.len()];
        self.each(|cells| {
            for (value, place) in values.iter_mut().zip(wanted) {
                *value = match place {
                    Some(place) => number_or_date(cells, *place)?,
                    None => None,
                };
            }
            each(&values);
            Ok(())
        })
    }

    /// Whether the first row has a date in this column.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn holds_dates(wishes: &TraceWishes, place: usize) -> Result<bool, String> {
        let mut dates = None;
        Rows::open(wishes)?.each(|cells| {
            let cell = cells.at(place);
            dates.get_or_insert_with(|| cell.parse::<f64>().is_err() && seconds_of_date(cell).is_some());
            Ok(())
        })?;
        Ok(dates.unwrap_or(false))
    }
}

fn number_or_date(cells: &Cells<'_>, place: usize) -> Result<Option<f64>, String> {
    let cell = cells.at(place);
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>().ok().or_else(|| seconds_of_date(cell)) {
        Some(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(cells.mistake(place, "a number or a date")),
    }
}

/// A column that is called `duration_s` is not in milliseconds.
pub fn check_name(
    wishes: &TraceWishes,
    key: &str,
    column: &str,
    said: &str,
    by_name: Option<&str>,
) -> Result<(), String> {
    match by_name.filter(|by_name| *by_name != said && !wishes.force_units) {
        None => Ok(()),
        Some(by_name) => Err(format!(
            "`{}`: column {column:?} is in {by_name} by its name, and --units {key}={said} says otherwise. --force-units \
             takes it in {said}",
            wishes.shown()
        )),
    }
}

/// `2014-04-10 00:04:00`, `2014-04-10T00:04:00Z`, in seconds since 1970.
fn seconds_of_date(text: &str) -> Option<f64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond() as f64 / 1000.0);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond() as f64 / 1000.0)
}

/// A length of time for people.
pub fn long(seconds: f64) -> String {
    for (size, unit) in [(31_536_000.0, "years"), (86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")] {
        if seconds >= 2.0 * size {
            return format!("{:.1} {unit}", seconds / size);
        }
    }
    format!("{seconds:.3} seconds")
}

/// That a length makes no sense in its unit, and what it would be in others.
pub fn wrong_unit(
    wishes: &TraceWishes,
    what: &str,
    key: &str,
    raw: f64,
    unit: TimeUnitName,
    sane: impl Fn(f64) -> bool,
) -> String {
    let others = TIME_UNITS.iter().filter(|other| other.name != unit.name && sane(raw * other.seconds));
    let others: Vec<String> = others
        .map(|other| {
            format!("in {} {} (--units {key}={})", other.name, long(raw * other.seconds), other.name)
        })
        .collect();
    let hint = match others.is_empty() {
        true => String::new(),
        false => format!("; it would be {}", others.join(", ")),
    };
    format!(
        "`{}`: {what} is {} if the column is in {}{hint}. --force-units takes it as it is",
        wishes.shown(),
        long(raw * unit.seconds),
        unit.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        assert_eq!(seconds_of_date("1970-01-02 00:00:01"), Some(86_401.0));
        assert_eq!(seconds_of_date("1970-01-01T00:00:00.5Z"), Some(0.5));
        assert_eq!(seconds_of_date("soon"), None);
    }

    #[test]
    fn lengths_are_told_in_a_unit_that_is_easily_read() {
        assert_eq!(long(3.0 * 31_536_000.0), "3.0 years");
        assert_eq!(long(90.0 * 60.0), "90.0 minutes");
        assert_eq!(long(0.25), "0.250 seconds");
    }
}
