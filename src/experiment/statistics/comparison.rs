//! Comparing two policies on the same random numbers, and intervals that need no distribution.

use super::quantiles::{student_quantile, student_two_sided_p};
use super::{Interval, mean, standard_deviation, student_interval};
use statrs::distribution::{Binomial, DiscreteCDF};

/// Paired difference `a − b` of a metric over replications that share their random numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedComparison {
    /// Mean of the differences.
    pub mean: f64,
    /// Standard deviation of the differences.
    pub sd: f64,
    /// Pairs in which both sides had a value.
    pub n: u64,
    /// 95 % confidence interval of the mean difference.
    pub ci95: Interval,
    /// Probability of a difference at least this large if there were none; 1 if all differences are 0.
    pub two_sided_p: f64,
}

impl PairedComparison {
    /// Pairs the values by replication; none with fewer than two whole pairs.
    pub fn of(a: &[Option<f64>], b: &[Option<f64>]) -> Option<PairedComparison> {
        let differences: Vec<f64> =
            a.iter().zip(b).filter_map(|(a, b)| Some((*a)? - (*b)?)).filter(|d| d.is_finite()).collect();
        let n = differences.len() as u64;
        let sd = standard_deviation(&differences)?;
        let mean = mean(&differences)?;
        let ci95 = student_interval(mean, sd, n, 0.95);
        let two_sided_p = match t_statistic(mean, sd, n) {
            Some(t) => student_two_sided_p(t, (n - 1) as f64),
            None if mean == 0.0 => 1.0,
            None => 0.0,
        };
        Some(PairedComparison { mean, sd, n, ci95, two_sided_p })
    }

    /// Interval of the mean difference at another level, such as 0.90 for two one-sided tests at 5 %.
    pub fn interval(&self, level: f64) -> Interval {
        student_interval(self.mean, self.sd, self.n, level)
    }

    /// Whether the difference is shown to be smaller than `margin` either way (two one-sided tests at 5 %).
    pub fn is_equivalent_within(&self, margin: f64) -> bool {
        let (low, high) = self.interval(0.90);
        -margin < low && high < margin
    }
}

/// Mean over its standard error; none where there is no spread.
fn t_statistic(mean: f64, sd: f64, n: u64) -> Option<f64> {
    (sd > 0.0).then(|| mean * (n as f64).sqrt() / sd)
}

/// Welch's comparison of two means from unrelated replications: difference, degrees of freedom, 95 % interval.
/// None where a side has fewer than two values or neither has any spread.
pub fn welch(a: &[f64], b: &[f64]) -> Option<(f64, f64, Interval)> {
    let difference = mean(a)? - mean(b)?;
    let variance_of_mean =
        |values: &[f64]| standard_deviation(values).map(|sd| sd * sd / values.len() as f64);
    let (of_a, of_b) = (variance_of_mean(a)?, variance_of_mean(b)?);
    let total = of_a + of_b;
    if total == 0.0 {
        return None;
    }
    let degrees = total * total / (of_a * of_a / (a.len() - 1) as f64 + of_b * of_b / (b.len() - 1) as f64);
    let half_width = student_quantile(0.975, degrees) * total.sqrt();
    Some((difference, degrees, (difference - half_width, difference + half_width)))
}

/// Ranks (from 1) of the order statistics of `n` values that enclose the `p` quantile with at least `level`
/// confidence, whatever the distribution: the shortest pair with equal tails. None if `n` is too small.
pub fn quantile_ranks(n: u64, p: f64, level: f64) -> Option<(u64, u64)> {
    let below = Binomial::new(p, n).ok()?;
    let half_error = (1.0 - level) / 2.0;
    // P(X_(l) > quantile) = P(at most l - 1 values below) must not exceed the tail; likewise at the top.
    let low = (1..=n).take_while(|&rank| below.cdf(rank - 1) <= half_error).last()?;
    let high = (low + 1..=n).find(|&rank| below.cdf(rank - 1) >= 1.0 - half_error)?;
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{A, B, assert_close};
    use super::*;

    fn paired() -> PairedComparison {
        PairedComparison::of(&A.map(Some), &B.map(Some)).unwrap()
    }

    #[test]
    fn paired_difference_has_the_digits_of_v18() {
        let comparison = paired();
        assert_close(comparison.mean, 0.3375);
        assert_close(comparison.sd, 0.27222627143);
        assert_close((comparison.ci95.1 - comparison.ci95.0) / 2.0, 0.22758685833);
        assert_close(comparison.two_sided_p, 0.0099043384774);
        assert_close(t_statistic(comparison.mean, comparison.sd, 8).unwrap(), 3.5066202449);
    }

    #[test]
    fn welch_has_the_digits_of_v18() {
        let (difference, degrees, (low, high)) = welch(&A, &B).unwrap();
        assert_close(degrees, 12.2875139);
        // t = difference / standard error, and half width = t quantile × standard error
        let error = (high - low) / 2.0 / student_quantile(0.975, degrees);
        assert_close(difference / error, 1.2932773762);
    }

    #[test]
    fn v18_pair_is_equivalent_within_one_and_not_within_a_half() {
        assert!(paired().is_equivalent_within(1.0));
        assert!(!paired().is_equivalent_within(0.5)); // 0.3375 + 1.8946 × 0.27223 / √8 = 0.5198
    }

    #[test]
    fn equal_sides_show_no_difference() {
        let comparison = PairedComparison::of(&A.map(Some), &A.map(Some)).unwrap();
        assert_eq!((comparison.mean, comparison.ci95, comparison.two_sided_p), (0.0, (0.0, 0.0), 1.0));
    }

    #[test]
    fn a_pair_with_a_missing_side_is_left_out() {
        let comparison =
            PairedComparison::of(&[Some(1.0), None, Some(3.0)], &[Some(0.0), Some(9.0), Some(1.0)]);
        assert_eq!(comparison.unwrap().n, 2);
        assert_eq!(PairedComparison::of(&[Some(1.0), None], &[Some(0.0), Some(9.0)]), None);
    }

    #[test]
    fn order_statistics_for_the_95_percent_quantile_of_200_have_the_ranks_of_v18() {
        assert_eq!(quantile_ranks(200, 0.95, 0.95), Some((184, 197)));
        let below = Binomial::new(0.95, 200).unwrap();
        // coverage of [184, 197] = P(184 ≤ values below ≤ 196)
        assert_close(below.cdf(196) - below.cdf(183), 0.96715216386);
    }

    #[test]
    fn three_values_cannot_enclose_a_quantile() {
        assert_eq!(quantile_ranks(3, 0.5, 0.95), None);
    }
}
