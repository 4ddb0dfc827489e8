use super::*;

/// Whether the average of the draws is within five standard errors of `expected`. With 200,000 draws a right
/// mean fails once in 1.7 million seeds; at a coefficient of variation of 1.6 the bound is 5 × 1.6 / √200,000
/// = 1.8 % of the mean, so a mean that is wrong by 5 % fails.
fn mean_agrees(draws: &[f64], expected: f64) -> bool {
    let (mean, variance) = sample_moments(draws);
    let rounding = 1e-12 * expected;
    (mean - expected).abs() <= 5.0 * (variance / draws.len() as f64).sqrt() + rounding
}

/// Whether the sample variance is within five standard errors of `expected`; its own variance is
/// (fourth central moment - variance²) / n.
fn variance_agrees(draws: &[f64], expected: f64) -> bool {
    let (mean, variance) = sample_moments(draws);
    let count = draws.len() as f64;
    let fourth: f64 =
        draws.iter().map(|x| (x - mean) * (x - mean) * (x - mean) * (x - mean)).sum::<f64>() / count;
    let standard_error = ((fourth - variance * variance) / count).sqrt();
    (variance - expected).abs() <= 5.0 * standard_error + 1e-12 * mean * mean
}

fn sample_moments(draws: &[f64]) -> (f64, f64) {
    let count = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / count;
    let squares: f64 = draws.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, squares / count)
}

#[test]
fn draws_of_every_law_have_its_mean_and_not_one_that_is_5_percent_wrong() {
    for (name, law) in every_law() {
        let draws = draws(&law, 1);
        assert!(mean_agrees(&draws, law.mean()), "{name}");
        assert!(!mean_agrees(&draws, law.mean() * 1.05), "{name}: the check passes a mean 5 % too high");
        assert!(!mean_agrees(&draws, law.mean() * 0.95), "{name}: the check passes a mean 5 % too low");
    }
}

#[test]
fn draws_of_a_law_whose_mean_is_5_percent_wrong_are_rejected() {
    for (name, law) in every_law() {
        let wrong = law.scaled(1.05).expect(name);
        assert!(!mean_agrees(&draws(&wrong, 1), law.mean()), "{name}");
    }
}

#[test]
fn draws_of_every_law_have_its_variance_and_not_that_of_a_law_5_percent_wider() {
    for (name, law) in every_law().into_iter().filter(|(_, law)| !law.is_constant()) {
        let draws = draws(&law, 2);
        assert!(variance_agrees(&draws, law.variance()), "{name}");
        // 1.05² = 1.1025
        assert!(!variance_agrees(&draws, law.variance() * 1.1025), "{name}: the check passes 10 % too much");
        assert!(
            !variance_agrees(&draws, law.variance() / 1.1025),
            "{name}: the check passes 10 % too little"
        );
    }
}

#[test]
fn moments_are_the_textbook_ones() {
    let cases = [
        // (2 + 8) / 2; 6² / 12
        (Distribution::uniform(2.0, 8.0), 5.0, 3.0),
        (Distribution::exponential(30.0), 30.0, 900.0),
        // (0.9 × 500)²
        (Distribution::lognormal_mean_cv(500.0, 0.9), 500.0, 202_500.0),
        // shape 1 is exponential; shape 0.5 has mean 2 and variance 4! - 2² = 20
        (Distribution::weibull(1.0, 30.0), 30.0, 900.0),
        (Distribution::weibull(0.5, 1.0), 2.0, 20.0),
        // 12² / 4
        (Distribution::gamma_shape_mean(4.0, 12.0), 12.0, 36.0),
        // (1 + 2 + 6) / 3; (4 + 1 + 9) / 3
        (Distribution::empirical(vec![6.0, 1.0, 2.0]), 3.0, 14.0 / 3.0),
        // 3/4 × 10 + 1/4 × 50; 3/4 × 10² + 1/4 × 30²
        (Distribution::choice(vec![(50.0, 1.0), (10.0, 3.0)]), 20.0, 300.0),
        // 0.8 × 100 + 0.2 × 400; 0.8 × (100² + 60²) + 0.2 × (400² / 4 + 240²)
        (mixture(), 160.0, 30_400.0),
    ];
    for (law, mean, variance) in cases {
        let law = law.expect("a law");
        assert!(relative_gap(law.mean(), mean) < 1e-13, "{law:?}: mean {}", law.mean());
        assert!(relative_gap(law.variance(), variance) < 1e-12, "{law:?}: variance {}", law.variance());
    }
}

#[test]
fn variance_of_a_weibull_that_is_nearly_constant_does_not_cancel() {
    // For a large shape k the variance tends to (π scale / k)² / 6; the next term is of the order of 1/k.
    for shape in [1e6, 1e9, 1e12] {
        let law = Distribution::weibull(shape, 1_000.0).expect("a law");
        let limit = 1e6 * std::f64::consts::PI * std::f64::consts::PI / 6.0 / (shape * shape);
        assert!(relative_gap(law.variance(), limit) < 10.0 / shape + 1e-12, "{shape}");
    }
}

#[test]
fn weibull_variance_has_no_step_where_the_series_ends() {
    let at = |shape| Distribution::weibull(shape, 1.0).expect("a law").variance() * shape * shape;
    assert!(relative_gap(at(9_999.0), at(10_001.0)) < 1e-6);
}
