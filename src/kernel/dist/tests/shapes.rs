//! The whole distribution function, by the test of Kolmogorov and Smirnov against `statrs`.

use statrs::distribution::{ContinuousCDF, Exp, Gamma, LogNormal, Uniform, Weibull};

use super::*;

/// Whether the largest distance between the draws' distribution function and `cdf` is below the value that
/// right draws pass once in a million: √(ln(2 / 10⁻⁶) / 2) / √n = 2.694 / √200,000 = 0.0060 (Smirnov's limit
/// law).
fn shape_agrees(law: &Distribution, cdf: &dyn Fn(f64) -> f64) -> bool {
    let mut draws = draws(law, 3);
    draws.sort_by(f64::total_cmp);
    let count = draws.len() as f64;
    let distance = |(i, &x): (usize, &f64)| {
        let expected = cdf(x);
        f64::max(expected - i as f64 / count, (i + 1) as f64 / count - expected)
    };
    let bound = (libm::log(2e6) / 2.0).sqrt() / count.sqrt();
    draws.iter().enumerate().map(distance).fold(0.0, f64::max) < bound
}

type DistributionFunction = Box<dyn Fn(f64) -> f64>;

/// Our law, and the same by `statrs`.
fn pairs() -> Vec<(Distribution, DistributionFunction)> {
    fn pair<C: ContinuousCDF<f64, f64> + 'static>(
        law: Result<Distribution, super::super::DistributionError>,
        oracle: C,
    ) -> (Distribution, DistributionFunction) {
        (law.expect("a law"), Box::new(move |x| oracle.cdf(x)))
    }
    let mut pairs = vec![
        pair(Distribution::uniform(200.0, 900.0), Uniform::new(200.0, 900.0).expect("a law")),
        pair(Distribution::exponential(40.0), Exp::new(1.0 / 40.0).expect("a law")),
        // σ = ln(20 / 8) / 1.644_853_6 = 0.557_065_2
        pair(
            Distribution::lognormal_median_p95(8.0, 20.0),
            LogNormal::new(2.079_441_541_679_836, 0.557_065_210_460_327_6).expect("a law"),
        ),
        pair(Distribution::weibull(0.8, 30.0), Weibull::new(0.8, 30.0).expect("a law")),
        pair(Distribution::weibull(2.5, 30.0), Weibull::new(2.5, 30.0).expect("a law")),
    ];
    for shape in [0.05, 0.5, 1.0, 3.0, 40.0, 300.0] {
        // A gamma's rate is shape over mean.
        let oracle = Gamma::new(shape, shape / 70.0).expect("a law");
        pairs.push(pair(Distribution::gamma_shape_mean(shape, 70.0), oracle));
    }
    pairs
}

#[test]
fn draws_follow_the_distribution_function() {
    for (law, cdf) in pairs() {
        assert!(shape_agrees(&law, &cdf), "{law:?}");
    }
}

#[test]
fn draws_of_a_law_with_a_mean_5_percent_wrong_do_not_follow_it() {
    // An exponential's function moves by up to 0.05 / e = 0.018, three times the bound; a gamma of shape 0.05
    // by too little to see (0.05 × 0.05 at most), and it is left to the means.
    let seen = |law: &Distribution| !matches!(law, Distribution::Gamma { shape, .. } if *shape < 0.1);
    for (law, cdf) in pairs().into_iter().filter(|(law, _)| seen(law)) {
        let wrong = law.scaled(1.05).expect("a law");
        assert!(!shape_agrees(&wrong, &cdf), "{law:?}");
    }
}

#[test]
fn quantile_undoes_the_distribution_function() {
    for (law, cdf) in pairs() {
        for percent in 1..100 {
            let share = f64::from(percent) / 100.0;
            let back = cdf(law.quantile(share));
            // statrs's own functions carry about ten figures.
            assert!(relative_gap(back, share) < 1e-9, "{law:?} at {share}: {back}");
        }
    }
}

#[test]
fn every_value_of_an_empirical_law_is_drawn_alike() {
    let law = Distribution::empirical(vec![5.0, 1.0, 4.0, 2.0]).expect("a law");
    // floor(u × 4) picks among 1, 2, 4, 5.
    let values = [0.01, 0.249, 0.25, 0.499, 0.5, 0.749, 0.75, 0.999].map(|u| law.quantile(u));
    assert_eq!(values, [1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 5.0, 5.0]);
}

#[test]
fn a_choice_gives_each_value_its_share_in_rising_order() {
    let law = Distribution::choice(vec![(9.0, 2.0), (1.0, 1.0), (5.0, 1.0)]).expect("a law");
    // Shares 1/4, 1/4, 1/2 of the values 1, 5, 9.
    let values = [0.01, 0.249, 0.25, 0.499, 0.5, 0.999].map(|u| law.quantile(u));
    assert_eq!(values, [1.0, 1.0, 5.0, 5.0, 9.0, 9.0]);
}

#[test]
fn a_mixture_draws_from_the_component_picked_with_the_rest_of_the_same_share() {
    let law = Distribution::mixture(vec![
        (3.0, Distribution::uniform(0.0, 100.0).expect("a law")),
        (1.0, Distribution::uniform(1_000.0, 2_000.0).expect("a law")),
    ])
    .expect("a law");
    assert!(relative_gap(law.quantile(0.375), 50.0) < 1e-12); // half of the first 3/4
    assert!(relative_gap(law.quantile(0.85), 1_400.0) < 1e-12); // (0.85 - 0.75) / 0.25 = 0.4
}

#[test]
fn draws_of_a_mixture_follow_the_weighted_sum_of_its_components_functions() {
    let fast = Exp::new(1.0 / 100.0).expect("a law");
    let slow = Gamma::new(4.0, 4.0 / 400.0).expect("a law");
    let law = mixture().expect("a law");
    assert!(shape_agrees(&law, &|x| 0.8 * fast.cdf(x) + 0.2 * slow.cdf(x)));
    assert!(!shape_agrees(&law, &|x| 0.84 * fast.cdf(x) + 0.16 * slow.cdf(x)));
}
