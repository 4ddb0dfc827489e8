//! Meters: exact integrals over time and durations with quantiles, both blind to the warm-up.

use hdrhistogram::Histogram;

use crate::kernel::time::{SimDuration, SimTime};

/// A whole number as it changes in time: its exact integral and its peak from `from` on.
#[derive(Clone, Copy, Debug)]
pub struct Integral {
    value: u64,
    since: SimTime,
    total: u128,
    peak: u64,
}

impl Integral {
    /// Zero, counted from the end of the warm-up.
    #[must_use]
    pub fn from(warm_up_ends: SimTime) -> Integral {
        Integral { value: 0, since: warm_up_ends, total: 0, peak: 0 }
    }

    /// The number becomes `value` at `now`.
    pub fn set(&mut self, now: SimTime, value: u64) {
        if now > self.since {
            self.total += u128::from(self.value) * u128::from(now.0 - self.since.0);
            self.peak = self.peak.max(self.value);
            self.since = now;
        }
        self.value = value;
    }

    /// Grows or falls by a difference.
    pub fn shift(&mut self, now: SimTime, difference: i64) {
        self.set(now, self.value.saturating_add_signed(difference));
    }

    /// The number now.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value
    }

    /// The integral up to `now`, in value × milliseconds.
    #[must_use]
    pub fn total(&mut self, now: SimTime) -> u128 {
        self.set(now, self.value);
        self.total
    }

    /// The peak that stood for some time.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak
    }
}

/// Durations in milliseconds: exact mean and maximum, quantiles to three significant digits.
#[derive(Clone, Debug)]
pub struct Durations {
    histogram: Option<Histogram<u64>>,
    sum_ms: u128,
    longest_ms: u64,
    count: u64,
}

impl Durations {
    /// None so far; no memory is taken before the first.
    #[must_use]
    pub fn new() -> Durations {
        Durations { histogram: None, sum_ms: 0, longest_ms: 0, count: 0 }
    }

    /// One more.
    pub fn add(&mut self, duration: SimDuration) {
        self.sum_ms += u128::from(duration.0);
        self.longest_ms = self.longest_ms.max(duration.0);
        self.count += 1;
        let histogram = self.histogram.get_or_insert_with(|| {
            Histogram::new(3).expect("three significant digits are within the crate's range")
        });
        // It grows as needed; a value it cannot hold would be a failed allocation.
        histogram.record(duration.0).expect("a growing histogram takes every value");
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Milliseconds, ascending, and how often: to three significant digits, as the quantiles.
    #[must_use]
    pub fn bins(&self) -> Vec<(u64, u64)> {
        let recorded = self.histogram.iter().flat_map(Histogram::iter_recorded);
        let bin = |step: hdrhistogram::iterators::IterationValue<u64>| {
            (step.value_iterated_to().min(self.longest_ms), step.count_since_last_iteration())
        };
        recorded.map(bin).collect()
    }

    /// `mean p50 p95 p99 max` in seconds; nothing where there was no observation.
    #[must_use]
    pub fn statistics_s(&self) -> [Option<f64>; 5] {
        let Some(histogram) = &self.histogram else { return [None; 5] };
        let quantile = |q| Some(histogram.value_at_quantile(q).min(self.longest_ms) as f64 / 1000.0);
        let mean = self.sum_ms as f64 / self.count as f64 / 1000.0;
        [Some(mean), quantile(0.5), quantile(0.95), quantile(0.99), Some(self.longest_ms as f64 / 1000.0)]
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integral_counts_from_the_end_of_the_warm_up() {
        let mut integral = Integral::from(SimTime(10));
        integral.set(SimTime(0), 3);
        integral.set(SimTime(15), 7); // 3 × (15 − 10) = 15
        assert_eq!(integral.total(SimTime(20)), 15 + 7 * 5);
        assert_eq!(integral.peak(), 7);
    }

    #[test]
    fn a_peak_that_stood_for_no_time_is_none() {
        let mut integral = Integral::from(SimTime::ZERO);
        integral.set(SimTime(5), 9);
        integral.set(SimTime(5), 2);
        assert_eq!(integral.total(SimTime(6)), 2);
        assert_eq!(integral.peak(), 2);
    }

    #[test]
    fn durations_have_an_exact_mean_and_quantiles_to_three_digits() {
        let mut durations = Durations::new();
        (1..=100).for_each(|s| durations.add(SimDuration::from_secs(s)));
        let [mean, p50, p95, _, max] = durations.statistics_s();
        assert_eq!((mean, max), (Some(50.5), Some(100.0)));
        assert!((p50.unwrap() - 50.0).abs() <= 0.05 && (p95.unwrap() - 95.0).abs() <= 0.1);
    }

    #[test]
    fn bins_hold_every_duration_once_and_none_is_longer_than_the_longest() {
        let mut durations = Durations::new();
        [5, 7, 7, 100_001].into_iter().for_each(|ms| durations.add(SimDuration(ms)));
        assert_eq!(durations.bins(), [(5, 1), (7, 2), (100_001, 1)]);
    }

    #[test]
    fn without_observations_there_is_no_number() {
        assert_eq!(Durations::new().statistics_s(), [None; 5]);
    }
}
