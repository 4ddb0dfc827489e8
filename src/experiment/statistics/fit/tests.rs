//! Known answers, by hand where a hand can, else from the laws themselves.

use super::*;

/// ln of these: 0, ln 2, 2 ln 2, 3 ln 2, 4 ln 2.
const POWERS_OF_TWO: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
const LN_2: f64 = std::f64::consts::LN_2;

fn law(name: &str, sorted: &[f64]) -> Fitted {
    fit(sorted).into_iter().find(|fitted| fitted.law.name() == name).unwrap()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "found {found}, expected {expected}");
}

#[test]
fn five_powers_of_two_have_the_exponential_of_their_mean() {
    // Sum 31, mean 6.2; log-likelihood −5 (ln 6.2 + 1), AIC 2 + 10 (ln 6.2 + 1).
    let found = law("exponential", &POWERS_OF_TWO);
    let Law::Exponential { mean } = found.law else { panic!("{found:?}") };
    close(mean, 6.2);
    close(found.log_likelihood, -5.0 * (libm::log(6.2) + 1.0));
    close(found.aic, 2.0 + 10.0 * (libm::log(6.2) + 1.0));
}

#[test]
fn five_powers_of_two_have_the_lognormal_of_their_logarithms() {
    // Mean of the logarithms 2 ln 2; squares (4 + 1 + 0 + 1 + 4) / 5 = 2, so sigma = √2 ln 2.
    let found = law("lognormal", &POWERS_OF_TWO);
    let Law::Lognormal { mu, sigma } = found.law else { panic!("{found:?}") };
    close(mu, 2.0 * LN_2);
    close(sigma, 2f64.sqrt() * LN_2);
    let root_two_pi = (2.0 * std::f64::consts::PI).sqrt();
    close(found.log_likelihood, -5.0 * (2.0 * LN_2 + libm::log(sigma) + libm::log(root_two_pi) + 0.5));
    // At 2 the law has Φ((ln 2 − 2 ln 2) / (√2 ln 2)) = Φ(−1/√2) = 0.2397500611, the sample 2/5: the largest gap, and by
    // symmetry also that before 8. At 1 it is 0.2 − Φ(−√2) = 0.121, at 4 it is 0.6 − 0.5.
    assert!((found.distance - (0.4 - 0.239_750_061_1)).abs() < 1e-9, "{}", found.distance);
}

#[test]
fn weibull_and_gamma_satisfy_their_equations_on_five_powers_of_two() {
    let Law::Weibull { shape, scale } = law("weibull", &POWERS_OF_TWO).law else { panic!() };
    let powers = POWERS_OF_TWO.map(|value| libm::pow(value, shape));
    let sum: f64 = powers.iter().sum();
    let weighted: f64 =
        POWERS_OF_TWO.iter().zip(powers).map(|(value, power)| power * libm::log(*value)).sum();
    close(weighted / sum - 1.0 / shape, 2.0 * LN_2);
    close(libm::pow(scale, shape), sum / 5.0);
    let Law::Gamma { shape, mean } = law("gamma", &POWERS_OF_TWO).law else { panic!() };
    close(mean, 6.2);
    let gap = libm::log(shape) - statrs::function::gamma::digamma(shape);
    assert!((gap - (libm::log(6.2) - 2.0 * LN_2)).abs() < 1e-9, "{gap}");
}

#[test]
fn the_log_likelihood_is_the_sum_of_log_densities() {
    let Fitted { law: Law::Weibull { shape, scale }, log_likelihood, .. } = law("weibull", &POWERS_OF_TWO)
    else {
        panic!()
    };
    let density =
        |x: f64| shape / scale * libm::pow(x / scale, shape - 1.0) * libm::exp(-libm::pow(x / scale, shape));
    close(log_likelihood, POWERS_OF_TWO.iter().map(|value| libm::log(density(*value))).sum());
    let Fitted { law: Law::Gamma { shape, mean }, log_likelihood, .. } = law("gamma", &POWERS_OF_TWO) else {
        panic!()
    };
    let rate = shape / mean;
    let density = |x: f64| {
        rate * libm::pow(rate * x, shape - 1.0) * libm::exp(-rate * x) / libm::exp(libm::lgamma(shape))
    };
    close(log_likelihood, POWERS_OF_TWO.iter().map(|value| libm::log(density(*value))).sum());
}

#[test]
fn every_law_finds_its_quantiles_again() {
    let laws = [
        Law::Uniform { low: 2.0, high: 3.0 },
        Law::Exponential { mean: 5.0 },
        Law::Lognormal { mu: 1.0, sigma: 2.0 },
        Law::Weibull { shape: 0.5, scale: 7.0 },
        Law::Gamma { shape: 0.05, mean: 3.0 },
        Law::Gamma { shape: 40.0, mean: 3.0 },
        Law::Gamma { shape: 1e6, mean: 3.0 },
    ];
    for law in laws {
        for share in [0.01, 0.5, 0.9, 0.99] {
            let found = law.below(law.quantile(share));
            assert!((found - share).abs() < 1e-8, "{law:?} {share} {found}");
        }
    }
}

#[test]
fn the_distance_is_that_of_looking_at_every_value() {
    let law = Law::Exponential { mean: 1.0 };
    for count in [1, 2, 3, 10, 1000] {
        // Values with ties, and off the law by a bend.
        let values: Vec<f64> = (0..count).map(|n| f64::from(n / 2 + 1) / f64::from(count) * 3.0).collect();
        let share = |rank: usize| rank as f64 / values.len() as f64;
        let gap = |rank: usize| {
            (share(rank + 1) - law.below(values[rank])).max(law.below(values[rank]) - share(rank))
        };
        let expected = (0..values.len()).map(gap).fold(0.0, f64::max);
        assert_eq!(distance(&law, &values), expected, "{count} values");
    }
}

#[test]
fn equal_values_are_a_constant_and_evenly_spread_ones_uniform() {
    assert_eq!(fit(&[3.0; 4])[0].law, Law::Constant { value: 3.0 });
    let even: Vec<f64> = (0..100).map(|n| 10.0 + f64::from(n) / 10.0).collect();
    assert_eq!(fit(&even)[0].law, Law::Uniform { low: 10.0, high: 19.9 });
    // Four values are even too, but too few to say so.
    assert!(fit(&[1.0, 2.0, 3.0, 4.0]).iter().all(|fitted| fitted.law.name() != "uniform"));
}

#[test]
fn units_change_the_scale_and_nothing_else() {
    for factor in [1e-9, 1e12] {
        let scaled = POWERS_OF_TWO.map(|value| value * factor);
        for (name, fitted) in fit(&scaled).iter().map(|fitted| (fitted.law.name(), fitted)) {
            let plain = law(name, &POWERS_OF_TWO);
            assert!((fitted.distance - plain.distance).abs() < 1e-9, "{name}");
            close(fitted.law.quantile(0.9) / factor, plain.law.quantile(0.9));
        }
    }
}

#[test]
fn nearly_equal_values_still_have_finite_parameters() {
    let values: Vec<f64> = (0..50).map(|n| 100.0 + 1e-7 * f64::from(n)).collect();
    assert!(fit(&values).len() >= 3);
    assert!(fit(&values).iter().all(|fitted| fitted.distance.is_finite() && fitted.aic.is_finite()));
}
