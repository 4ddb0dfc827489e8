//! The simulated clock: whole milliseconds since time zero.

use std::fmt;
use std::ops::{Add, Sub};

/// An instant of simulated time, in milliseconds since time zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(pub u64);

/// A length of simulated time, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// Time zero, when the scenario's requests are made.
    pub const ZERO: SimTime = SimTime(0);
    /// After every instant that can be simulated; what is planned for it never happens.
    pub const NEVER: SimTime = SimTime(u64::MAX);
    /// The latest instant at which a simulation may end: 10,000 years of 365.25 days.
    pub const LATEST_END: SimTime = SimTime(10_000 * 31_557_600_000);

    /// This instant in seconds, for tables.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The time from `earlier` to this instant, zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);

    /// A length of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> SimDuration {
        SimDuration(seconds.saturating_mul(1000))
    }

    /// This length in seconds, for tables.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Past the end of the clock the sum stays at [`SimTime::NEVER`], it never wraps (F22).
impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, length: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(length.0))
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: SimTime) -> SimDuration {
        self.since(earlier)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

impl fmt::Debug for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

impl fmt::Display for SimTime {
    /// Days, hours, minutes and seconds, such as `1d 06:00:00.250`; the fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, seconds) = (self.0 % 1000, self.0 / 1000);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
        if ms > 0 { write!(f, ".{ms:03}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_past_the_end_of_the_clock_stays_at_never() {
        assert_eq!(SimTime(u64::MAX - 5) + SimDuration(6), SimTime::NEVER);
    }

    #[test]
    fn an_instant_is_shown_in_days_hours_minutes_seconds() {
        // 1 day + 2 h + 3 min + 4.005 s
        let at = SimTime(86_400_000 + 2 * 3_600_000 + 3 * 60_000 + 4_005);
        assert_eq!(at.to_string(), "1d 02:03:04.005");
    }
}
