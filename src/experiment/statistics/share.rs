//! Intervals for shares, which end at 0 and 1.

use super::Interval;
use super::quantiles::{beta_quantile, student_quantile};

/// Interval of the mean of `n` shares with standard deviation `sd`, always inside [0, 1] (n at least 2).
///
/// Wilson's score interval with an effective sample size: `n` shares whose spread is `sd` tell as much about their
/// mean p as N = n p (1 − p) / sd² yes-or-no trials would, because both have the variance sd² / n. Since values in
/// [0, 1] have sd² ≤ p (1 − p) n / (n − 1), N is at least n − 1. Student's t with n − 1 degrees of freedom stands for
/// the normal quantile, since sd is itself estimated. Near the middle this is Student's interval; near 1 it leans
/// inwards and ends below 1 only where the data say so. (Wilson 1927; for clustered data Kott and Carr 1997.)
///
/// When every value is exactly 1 (or 0) the spread says nothing. Then the exact bound of a yes-or-no trial is used,
/// the two-sided relative of the rule of three: with n successes of n the share is at least (α/2)^(1/n).
/// This is honest about few replications: ten flawless runs alone do not prove 0.999. Equal values in between have
/// no spread and the interval is the value itself.
pub fn share_interval(mean: f64, sd: f64, n: u64, level: f64) -> Interval {
    let half_error = (1.0 - level) / 2.0;
    if mean >= 1.0 {
        return (libm::pow(half_error, 1.0 / n as f64), 1.0);
    }
    if mean <= 0.0 {
        return (0.0, 1.0 - libm::pow(half_error, 1.0 / n as f64));
    }
    if sd == 0.0 {
        return (mean, mean);
    }
    let t = student_quantile(1.0 - half_error, (n - 1) as f64);
    let effective_n = n as f64 * mean * (1.0 - mean) / (sd * sd);
    wilson(mean, effective_n, t)
}

/// Wilson's score interval of a share `p` seen in `n` trials, `z` being the two-sided normal (or Student) quantile.
fn wilson(p: f64, n: f64, z: f64) -> Interval {
    let pull = z * z / n;
    let centre = (p + pull / 2.0) / (1.0 + pull);
    let half_width = (pull * (p * (1.0 - p) + pull / 4.0)).sqrt() / (1.0 + pull);
    // In exact arithmetic the ends lie inside; the last bit of a rounding may not.
    ((centre - half_width).max(0.0), (centre + half_width).min(1.0))
}

/// Exact (Clopper-Pearson) interval of a probability after `successes` in `trials`.
pub fn clopper_pearson(successes: u64, trials: u64, level: f64) -> Interval {
    let half_error = (1.0 - level) / 2.0;
    let (yes, no) = (successes as f64, trials.saturating_sub(successes) as f64);
    let low = if successes == 0 { 0.0 } else { beta_quantile(half_error, yes, no + 1.0) };
    let high = if successes >= trials { 1.0 } else { beta_quantile(1.0 - half_error, yes + 1.0, no) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::super::{Summary, student_interval};
    use super::*;

    #[test]
    fn wilson_on_a_textbook_case() {
        // 81 of 263 at 95 %: (0.2553, 0.3662), Newcombe 1998, table I.
        let (low, high) = wilson(81.0 / 263.0, 263.0, 1.959963984540054);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "({low}, {high})");
    }

    #[test]
    fn one_bad_replication_in_eight_keeps_the_interval_inside() {
        let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.99];
        let shares = Summary::of_shares(values.map(Some));
        let student = Summary::of(values.map(Some));
        assert!(student.ci95_high.unwrap() > 1.0, "Student's interval reaches beyond 1 here");
        assert!(shares.ci95_high.unwrap() < 1.0);
        assert!(shares.ci95_low.unwrap() < student.ci95_low.unwrap(), "it leans towards the middle");
        assert!(shares.ci95_low.unwrap() > 0.98);
    }

    #[test]
    fn flawless_replications_still_leave_doubt() {
        let summary = Summary::of_shares([Some(1.0); 10]);
        // 0.025^(1/10) = 0.691502892181239
        assert_close(summary.ci95_low.unwrap(), 0.691502892181239);
        assert_eq!(summary.ci95_high, Some(1.0));
    }

    #[test]
    fn all_zero_mirrors_all_one() {
        let summary = Summary::of_shares([Some(0.0); 10]);
        assert_eq!(summary.ci95_low, Some(0.0));
        assert_close(summary.ci95_high.unwrap(), 1.0 - 0.691502892181239);
    }

    #[test]
    fn in_the_middle_with_many_values_it_is_students_interval() {
        let (low, high) = share_interval(0.5, 0.01, 400, 0.95);
        let (student_low, student_high) = student_interval(0.5, 0.01, 400, 0.95);
        assert!((low - student_low).abs() < 1e-7 && (high - student_high).abs() < 1e-7);
    }

    #[test]
    fn equal_shares_in_between_have_no_width() {
        let summary = Summary::of_shares([Some(0.9); 5]);
        assert_eq!((summary.ci95_low, summary.ci95_high), (Some(0.9), Some(0.9)));
    }

    #[test]
    fn clopper_pearson_at_the_ends_has_the_closed_form() {
        assert_close(clopper_pearson(10, 10, 0.95).0, 0.691502892181239);
        assert_eq!(clopper_pearson(0, 10, 0.95).0, 0.0);
        assert_eq!(clopper_pearson(10, 10, 0.95).1, 1.0);
    }

    #[test]
    fn clopper_pearson_of_two_in_twenty() {
        // R: binom.test(2, 20)$conf.int = 0.01234853 0.31698271
        let (low, high) = clopper_pearson(2, 20, 0.95);
        assert!((low - 0.01234853).abs() < 1e-8 && (high - 0.31698271).abs() < 1e-8, "({low}, {high})");
    }
}
