//! Quantiles: of data, and of the distributions that intervals are made of.
//!
//! statrs computes with the platform's `ln` and `exp`, whose last bits differ between machines. The quantiles that
//! reach a table are therefore rounded to twelve significant digits, which every platform agrees on.

use statrs::distribution::{Beta, ChiSquared, ContinuousCDF, StudentsT};

/// Student's t with `degrees` degrees of freedom: the value that a share `p` lies below.
///
/// # Panics
/// If `p` is not strictly between 0 and 1 or `degrees` is not positive: a mistake of the caller.
pub fn student_quantile(p: f64, degrees: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile is asked for at p = {p}");
    let student = StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are positive");
    twelve_digits(if p == 0.5 { 0.0 } else { student.inverse_cdf(p) })
}

/// Two-sided probability that Student's t with `degrees` degrees of freedom is at least `t` away from 0.
pub fn student_two_sided_p(t: f64, degrees: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are positive");
    twelve_digits((2.0 * student.sf(t.abs())).min(1.0))
}

/// Chi-square with `degrees` degrees of freedom: the value that a share `p` lies below.
pub fn chi_square_quantile(p: f64, degrees: f64) -> f64 {
    twelve_digits(ChiSquared::new(degrees).expect("degrees of freedom are positive").inverse_cdf(p))
}

/// Beta(a, b): the value that a share `p` lies below.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    twelve_digits(Beta::new(a, b).expect("shapes are positive").inverse_cdf(p))
}

/// Quantile of a sorted slice by linear interpolation at rank 1 + (n − 1) p (type 7: R's default, NumPy's too).
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = p.clamp(0.0, 1.0) * last as f64;
    let below = sorted[rank.floor() as usize];
    let above = sorted[rank.ceil() as usize];
    Some(below + (above - below) * (rank - rank.floor()))
}

/// The value above 0 at which a distribution function reaches `share`, found by halving from a value of about its size.
pub(super) fn quantile_by_halving(about: f64, share: f64, below: impl Fn(f64) -> f64) -> f64 {
    const MOST_DOUBLINGS: usize = 2_000;
    let (mut low, mut high) = (about, about);
    for _ in 0..MOST_DOUBLINGS {
        if below(high) >= share {
            break;
        }
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..MOST_DOUBLINGS {
        if below(low) <= share {
            break;
        }
        (low, high) = (0.5 * low, low);
    }
    // The ends are a factor of two apart at most: 60 halvings reach the last bit.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match below(middle) < share {
            true => low = middle,
            false => high = middle,
        }
    }
    twelve_digits(0.5 * (low + high))
}

fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {

    use super::super::tests::assert_close;
    use super::*;

    #[test]
    fn student_quantiles_have_the_digits_of_v18() {
        assert_close(student_quantile(0.975, 7.0), 2.3646242516);
        assert_close(student_quantile(0.95, 7.0), 1.894578605);
        assert_close(student_quantile(0.9999995, 39.0), 5.794287383);
        assert_close(student_quantile(0.9999995, 29.0), 6.1700561014);
    }

    #[test]
    fn student_with_one_degree_is_cauchy() {
        // tan(π (0.975 - 0.5)) = 12.7062047361747
        assert_close(student_quantile(0.975, 1.0), 12.7062047361747);
    }

    #[test]
    fn student_is_symmetric() {
        assert_close(student_quantile(0.025, 7.0), -student_quantile(0.975, 7.0));
        assert_eq!(student_quantile(0.5, 7.0), 0.0);
    }

    #[test]
    fn chi_square_with_two_degrees_is_exponential() {
        // F(x) = 1 - exp(-x / 2), so the 0.95 quantile is -2 ln 0.05 = 5.99146454710798
        assert_close(chi_square_quantile(0.95, 2.0), 5.99146454710798);
    }

    #[test]
    fn quantile_of_four_values_interpolates_as_type_7() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile_of_sorted(&values, 0.0), Some(1.0));
        assert_eq!(quantile_of_sorted(&values, 0.5), Some(3.0)); // rank 2.5: between 2 and 4
        assert_eq!(quantile_of_sorted(&values, 0.75), Some(5.0)); // rank 3.25: a quarter from 4 to 8
        assert_eq!(quantile_of_sorted(&values, 1.0), Some(8.0));
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
    }
}
