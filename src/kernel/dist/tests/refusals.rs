use super::super::{DistributionError, MAX_MIXTURE_DEPTH};
use super::*;

type Checked = Result<Distribution, DistributionError>;
type Constructor = fn(f64) -> Checked;

fn sentence(refused: Checked) -> String {
    refused.expect_err("should be refused").to_string()
}

/// Every parameter alone: what it is called in the sentence, and a law that takes it with all else in order.
fn one_parameter() -> Vec<(&'static str, Constructor)> {
    vec![
        ("constant: value", Distribution::constant),
        ("uniform: low", |x| Distribution::uniform(x, 5.0)),
        ("uniform: high", |x| Distribution::uniform(0.0, x)),
        ("exponential: mean", Distribution::exponential),
        ("lognormal: median", |x| Distribution::lognormal_median_p95(x, 5.0)),
        ("lognormal: p95", |x| Distribution::lognormal_median_p95(1.0, x)),
        ("lognormal: mean", |x| Distribution::lognormal_mean_cv(x, 1.0)),
        ("lognormal: cv", |x| Distribution::lognormal_mean_cv(1.0, x)),
        ("weibull: shape", |x| Distribution::weibull(x, 1.0)),
        ("weibull: scale", |x| Distribution::weibull(1.0, x)),
        ("gamma: shape", |x| Distribution::gamma_shape_mean(x, 1.0)),
        ("gamma: mean", |x| Distribution::gamma_shape_mean(1.0, x)),
        ("empirical: value", |x| Distribution::empirical(vec![1.0, x])),
        ("choice: value", |x| Distribution::choice(vec![(1.0, 1.0), (x, 1.0)])),
        ("choice: weight", |x| Distribution::choice(vec![(1.0, 1.0), (2.0, x)])),
        ("mixture: weight", |x| Distribution::mixture(vec![(x, Distribution::constant(1.0)?)])),
        ("scaling: factor", |x| Distribution::constant(1.0)?.scaled(x)),
    ]
}

#[test]
fn what_is_negative_or_not_finite_is_refused_by_name_and_value() {
    for (name, make) in one_parameter() {
        for (value, shown) in
            [(-1.0, "-1.0"), (f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")]
        {
            let sentence = sentence(make(value));
            assert!(sentence.starts_with(&format!("{name} must be ")), "{sentence}");
            assert!(sentence.ends_with(&format!(", not {shown}")), "{sentence}");
        }
        assert!(make(1.0).is_ok(), "{name} of 1");
    }
}

#[test]
fn zero_is_refused_where_a_law_needs_more_and_accepted_elsewhere() {
    let accept_zero = [
        "constant: value",
        "uniform: low",
        "uniform: high",
        "lognormal: cv",
        "empirical: value",
        "choice: value",
        "scaling: factor",
    ];
    for (name, make) in one_parameter() {
        assert_eq!(make(0.0).is_ok(), accept_zero.contains(&name), "{name}");
    }
}

#[test]
fn bounds_the_wrong_way_round_are_refused() {
    assert_eq!(
        sentence(Distribution::uniform(9.0, 5.0)),
        "uniform: high must be at least low, but high is 5.0, low is 9.0"
    );
    assert_eq!(
        sentence(Distribution::lognormal_median_p95(20.0, 8.0)),
        "lognormal: p95 must be at least median, but p95 is 8.0, median is 20.0"
    );
}

#[test]
fn nothing_to_draw_from_is_refused() {
    let expected = |law: &str| format!("{law}: there must be at least one value, not an empty list");
    assert_eq!(sentence(Distribution::empirical(vec![])), expected("empirical"));
    assert_eq!(sentence(Distribution::choice(vec![])), expected("choice"));
    assert_eq!(sentence(Distribution::mixture(vec![])), expected("mixture"));
}

#[test]
fn a_mean_beyond_the_floats_is_refused() {
    let expected =
        |law: &str| format!("{law}: the mean must be below 1.8e308, and with these parameters it is not");
    // e^(σ²/2) with σ = ln(1e300) / 1.645 = 420; Γ(1 + 1/0.001) = 1000!
    assert_eq!(sentence(Distribution::lognormal_median_p95(1.0, 1e300)), expected("lognormal"));
    assert_eq!(sentence(Distribution::weibull(0.001, 1.0)), expected("weibull"));
}

#[test]
fn a_weight_that_vanishes_beside_the_others_is_refused() {
    assert_eq!(
        sentence(Distribution::choice(vec![(1.0, 1e-300), (2.0, 1e300)])),
        "choice: weight must be above 0 as a share of all weights, but 1e-300 beside 1e300 is none"
    );
}

#[test]
fn a_gamma_shape_out_of_range_is_refused() {
    assert_eq!(
        sentence(Distribution::gamma_shape_mean(1e10, 1.0)),
        "gamma: shape must be between 0.001 and 1e9, not 10000000000.0"
    );
    assert!(Distribution::gamma_shape_mean(0.0009, 1.0).is_err());
    assert!(Distribution::gamma_shape_mean(0.001, 1.0).is_ok());
    assert!(Distribution::gamma_shape_mean(1e9, 1.0).is_ok());
}

#[test]
fn mixtures_nest_as_deep_as_documented_and_no_deeper() {
    let mut law = Distribution::constant(1.0).expect("a law");
    for _ in 0..MAX_MIXTURE_DEPTH {
        law = Distribution::mixture(vec![(1.0, law)]).expect("within the limit");
    }
    assert_eq!(
        sentence(Distribution::mixture(vec![(1.0, law)])),
        "mixture: mixtures may be nested at most 4 deep, not 5"
    );
}

#[test]
fn scaling_out_of_the_floats_is_refused() {
    let law = Distribution::exponential(1e300).expect("a law");
    assert_eq!(sentence(law.scaled(1e300)), "exponential: mean must be a finite number above 0, not inf");
}
