//! Recurrence as cron writes it: minute, hour, day of the month, month, day of the week, in UTC.

use thiserror::Error;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// The longest way to 29 February of a year like 2096, which is followed by 2104, with room.
const DAYS_AHEAD: i64 = 9 * 366;

/// Five fields of cron, each as the set of its values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month, and the day of the week, begin with `*`: where neither does, one of both is enough.
    any_day: (bool, bool),
}

/// What is wrong with a recurrence.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CronError {
    /// There are not five fields.
    #[error(
        "{0} fields found; cron has five: minute, hour, day of month, month, day of week, as \"0 8 * * 1-5\""
    )]
    Fields(usize),
    /// A field is not understood.
    #[error(
        "{field} {text:?} is not understood: it is *, a number from {least} to {most}, a range a-b, a step */n, or a list of these"
    )]
    Field {
        /// Which.
        field: &'static str,
        /// Its text.
        text: String,
        /// The least number.
        least: u32,
        /// The most.
        most: u32,
    },
    /// No day is ever like that.
    #[error("no day is ever like that")]
    Never,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Cron {
    /// Reads five fields.
    ///
    /// # Errors
    /// What is not understood, or that it never comes.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::Fields(fields.len()));
        };
        let mut weekdays = field("day of week", weekday, 0, 7, &WEEKDAYS, 0)?;
        weekdays = (weekdays | weekdays >> 7 & 1) & 0x7F; // 7 is Sunday too
        let cron = Cron {
            minutes: field("minute", minute, 0, 59, &[], 0)?,
            hours: field("hour", hour, 0, 23, &[], 0)?,
            days: field("day of month", day, 1, 31, &[], 0)?,
            months: field("month", month, 1, 12, &MONTHS, 1)?,
            weekdays,
            any_day: (day.starts_with('*'), weekday.starts_with('*')),
        };
        cron.next_after(0).map(|_| cron.clone()).ok_or(CronError::Never)
    }

    /// The first full minute after `unix_ms` that it names; `None` if none does.
    #[must_use]
    pub fn next_after(&self, unix_ms: i64) -> Option<i64> {
        let from = (unix_ms.div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
        let first_day = from.div_euclid(DAY_MS);
        let first_minute = from.rem_euclid(DAY_MS) / MINUTE_MS;
        let day = (first_day..first_day + DAYS_AHEAD).filter(|day| self.has_day(*day));
        day.into_iter().find_map(|day| {
            let least = if day == first_day { first_minute } else { 0 };
            let minute = (least..24 * 60).find(|minute| {
                self.hours >> (minute / 60) & 1 == 1 && self.minutes >> (minute % 60) & 1 == 1
            })?;
            Some(day * DAY_MS + minute * MINUTE_MS)
        })
    }

    fn has_day(&self, days_since_1970: i64) -> bool {
        let (month, day) = month_and_day(days_since_1970);
        let weekday = (days_since_1970 + 4).rem_euclid(7); // 1 January 1970 was a Thursday
        let by_day = self.days >> day & 1 == 1;
        let by_weekday = self.weekdays >> weekday & 1 == 1;
        let right_day = match self.any_day {
            (false, false) => by_day || by_weekday,
            _ => by_day && by_weekday,
        };
        self.months >> month & 1 == 1 && right_day
    }
}

/// Month and day of a day of the Gregorian calendar, counted from 1 January 1970.
fn month_and_day(days_since_1970: i64) -> (i64, i64) {
    // Years that begin in March put the leap day last; 400 of them have 146,097 days.
    let day_of_era = (days_since_1970 + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    (if shifted < 10 { shifted + 3 } else { shifted - 9 }, day)
}

/// A field as the set of its values, a bit a value.
fn field(
    name: &'static str,
    text: &str,
    least: u32,
    most: u32,
    names: &[&str],
    first_name: u32,
) -> Result<u64, CronError> {
    let wrong = || CronError::Field { field: name, text: text.to_owned(), least, most };
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let digits = || text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let value = named.map(|index| index as u32 + first_name).or_else(digits)?;
        (least..=most).contains(&value).then_some(value)
    };
    let mut values = 0u64;
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0).ok_or_else(wrong)?),
            None => (item, 1usize),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from).ok_or_else(wrong)?, number(to).ok_or_else(wrong)?),
            None => {
                let from = number(range).ok_or_else(wrong)?;
                (from, if item.contains('/') { most } else { from })
            }
        };
        if from > to {
            return Err(wrong());
        }
        (from..=to).step_by(step).for_each(|value| values |= 1 << value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str) -> String {
        let after: jiff::Timestamp = after.parse().expect("a date");
        let next = Cron::parse(cron).expect("a recurrence").next_after(after.as_millisecond());
        jiff::Timestamp::from_millisecond(next.expect("a next time")).expect("a date").to_string()
    }

    /// 5 January 2026 is a Monday.
    #[test]
    fn a_recurrence_comes_at_the_next_minute_that_all_five_fields_name() {
        assert_eq!(next("0 8 * * 1-5", "2026-01-05T00:00:00Z"), "2026-01-05T08:00:00Z");
        assert_eq!(next("0 8 * * 1-5", "2026-01-09T08:00:00Z"), "2026-01-12T08:00:00Z");
        assert_eq!(next("*/15 9 * * *", "2026-01-05T09:15:00Z"), "2026-01-05T09:30:00Z");
        assert_eq!(next("30 22 1 JAN,jul *", "2026-01-05T00:00:00Z"), "2026-07-01T22:30:00Z");
        assert_eq!(next("0 0 29 2 *", "2026-01-05T00:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(next("0 0 * * 7", "2026-01-05T00:00:00Z"), "2026-01-11T00:00:00Z");
    }

    #[test]
    fn of_day_of_month_and_day_of_week_one_is_enough() {
        assert_eq!(next("0 0 15 * SUN", "2026-01-05T00:00:00Z"), "2026-01-11T00:00:00Z");
        assert_eq!(next("0 0 15 * SUN", "2026-01-11T00:00:00Z"), "2026-01-15T00:00:00Z");
    }

    #[test]
    fn every_day_of_four_hundred_years_is_the_day_the_calendar_says() {
        let first = jiff::civil::date(1970, 1, 1);
        for day in 0..146_097 {
            let date = first.checked_add(jiff::Span::new().days(day)).expect("a date");
            assert_eq!(month_and_day(day), (i64::from(date.month()), i64::from(date.day())), "{date}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        assert_eq!(Cron::parse("0 8 * *"), Err(CronError::Fields(4)));
        for wrong in [
            "60 8 * * *",
            "0 24 * * *",
            "0 8 0 * *",
            "0 8 * 13 *",
            "0 8 * * MOON",
            "5-1 8 * * *",
            "*/0 8 * * *",
        ] {
            assert!(matches!(Cron::parse(wrong), Err(CronError::Field { .. })), "{wrong}");
        }
        assert_eq!(Cron::parse("0 0 31 2 *"), Err(CronError::Never));
    }
}
