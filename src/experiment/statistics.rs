//! Estimates over replications: a number with its interval, never a number alone.
//!
//! Replications are independent runs of one scenario, so a metric has one value per replication and Student's t
//! gives the interval of its mean. Shares (availability) sit at the end of their range, where Student's interval
//! would reach beyond 1 and shrink to nothing when all replications agree; [`Summary::of_shares`] is for them.
//!
//! Nothing here knows the simulator: numbers come in, numbers go out. How often the intervals hold what they promise is
//! measured in `tests/validation/coverage.rs` and told in `docs/experiments.md`.

pub mod comparison;
pub mod fit;
pub mod quantiles;
pub mod series;
pub mod share;
pub mod verdict;

use quantiles::quantile_by_halving;

pub use comparison::PairedComparison;
pub use quantiles::{chi_square_quantile, quantile_of_sorted, student_quantile};
pub use share::{clopper_pearson, share_interval};
pub use verdict::{Compared, Direction, Margin, Shown};

/// An interval, lower end first.
pub type Interval = (f64, f64);

/// A metric over replications: what one row of `summary.csv` says.
///
/// `None` is "not known", written as an empty cell: the mean of nothing, the spread of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Mean of the values present.
    pub mean: Option<f64>,
    /// Sample standard deviation (divisor n - 1); needs two values.
    pub sd: Option<f64>,
    /// Replications that had a value.
    pub n: u64,
    /// Lower end of the 95 % confidence interval of the mean.
    pub ci95_low: Option<f64>,
    /// Upper end of the 95 % confidence interval of the mean.
    pub ci95_high: Option<f64>,
}

impl Summary {
    /// Mean, spread and Student interval of the values present, summed in the given order.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Summary {
        Summary::with_interval(values, |mean, sd, n| student_interval(mean, sd, n, 0.95))
    }

    /// The same for values that are shares in [0, 1]: the interval stays inside (see [`share_interval`]).
    pub fn of_shares(values: impl IntoIterator<Item = Option<f64>>) -> Summary {
        Summary::with_interval(values, |mean, sd, n| share_interval(mean, sd, n, 0.95))
    }

    /// Half the width of the interval, the number behind "±"; none without an interval.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.ci95_high? - self.ci95_low?) / 2.0)
    }

    /// The interval as it is shown and judged by; none for a share that is 1 (or 0) in all replications: there the
    /// estimate speaks, and what the tables say beside it is a bound by the number of replications alone (see
    /// [`share_interval`]).
    pub fn shown_interval(&self) -> Option<Interval> {
        let agree = self.sd == Some(0.0);
        self.ci95_low.zip(self.ci95_high).filter(|(low, high)| !agree || low == high)
    }

    fn with_interval(
        values: impl IntoIterator<Item = Option<f64>>,
        interval: impl Fn(f64, f64, u64) -> Interval,
    ) -> Summary {
        let present: Vec<f64> = values.into_iter().flatten().filter(|value| value.is_finite()).collect();
        let n = present.len() as u64;
        let mean = mean(&present);
        let sd = standard_deviation(&present);
        let ci95 = mean.zip(sd).map(|(mean, sd)| interval(mean, sd, n));
        Summary { mean, sd, n, ci95_low: ci95.map(|ci| ci.0), ci95_high: ci95.map(|ci| ci.1) }
    }
}

/// Mean, summed in the given order as distances from the first value, so that equal values have themselves as mean.
pub fn mean(values: &[f64]) -> Option<f64> {
    let &first = values.first()?;
    let distance: f64 = values.iter().map(|value| value - first).sum();
    Some(first + distance / values.len() as f64)
}

/// Sample standard deviation (divisor n - 1), in two passes; none below two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Student's interval of a mean: mean ± t · sd / √n with n − 1 degrees of freedom (n at least 2).
pub fn student_interval(mean: f64, sd: f64, n: u64, level: f64) -> Interval {
    let half_width = student_quantile(0.5 + level / 2.0, (n - 1) as f64) * sd / (n as f64).sqrt();
    (mean - half_width, mean + half_width)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Relative distance at most 1e-9: the digits of validation case V18.
    pub(crate) fn assert_close(found: f64, expected: f64) {
        assert!(((found - expected) / expected).abs() < 1e-9, "found {found}, expected {expected}");
    }

    pub(crate) const A: [f64; 8] = [10.2, 11.1, 9.8, 10.7, 10.4, 11.6, 9.9, 10.8];
    pub(crate) const B: [f64; 8] = [10.0, 10.6, 9.9, 10.1, 10.3, 11.0, 9.7, 10.2];

    #[test]
    fn summary_of_eight_replications_has_the_digits_of_v18() {
        let summary = Summary::of(A.map(Some));
        assert_close(summary.mean.unwrap(), 10.5625);
        assert_close(summary.sd.unwrap(), 0.61164298644);
        assert_close(summary.half_width().unwrap(), 0.51134633323);
        assert_close(summary.ci95_low.unwrap(), 10.5625 - 0.51134633323);
        assert_eq!(summary.n, 8);
    }

    #[test]
    fn missing_values_are_left_out_and_n_counts_the_rest() {
        let summary = Summary::of([Some(1.0), None, Some(3.0), Some(f64::NAN)]);
        assert_eq!((summary.mean, summary.n), (Some(2.0), 2));
    }

    #[test]
    fn a_single_value_has_a_mean_and_no_interval() {
        let summary = Summary::of([Some(4.0)]);
        assert_eq!(summary, Summary { mean: Some(4.0), n: 1, ..Summary::default() });
    }

    #[test]
    fn nothing_at_all_has_no_mean() {
        assert_eq!(Summary::of([None, None]), Summary::default());
    }

    #[test]
    fn an_interval_is_shown_where_replications_differ() {
        assert_eq!(Summary::of_shares([Some(1.0); 30]).shown_interval(), None);
        let differ = Summary::of_shares([Some(1.0), Some(0.9), Some(0.95)]);
        assert_eq!(differ.shown_interval(), differ.ci95_low.zip(differ.ci95_high));
    }

    #[test]
    fn equal_values_are_their_own_mean_without_spread() {
        let summary = Summary::of([Some(0.1); 3]); // 0.1 + 0.1 + 0.1 is not 0.3
        assert_eq!((summary.mean, summary.sd), (Some(0.1), Some(0.0)));
        assert_eq!((summary.ci95_low, summary.ci95_high), (Some(0.1), Some(0.1)));
    }
}
