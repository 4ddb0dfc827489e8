//! F25: whatever passes the constructors ends, and a clock can add it.

use super::super::{GAMMA_SHAPES, MAX_COUNT, MAX_MS};
use super::*;

const SHARES: [f64; 9] =
    [5e-324, 1e-300, 1e-17, 1e-9, 0.5, 0.9, 1.0 - 1e-9, 1.0 - 1e-15, 1.0 - f64::EPSILON / 2.0];

#[test]
fn a_mean_of_1e_300_is_drawn_as_zero_and_one_of_1e300_as_the_longest_time() {
    for (mean, expected) in [(1e-300, 0), (1e300, MAX_MS)] {
        for law in [
            Distribution::constant(mean),
            Distribution::exponential(mean),
            Distribution::lognormal_mean_cv(mean, 0.5),
            Distribution::weibull(2.0, mean),
            Distribution::gamma_shape_mean(2.0, mean),
        ] {
            let law = law.expect("a law");
            assert_eq!(law.draw_ms(0.5), expected, "{law:?}");
            assert_eq!(law.draw_count(0.5), expected.min(MAX_COUNT), "{law:?}");
            assert!(relative_gap(law.mean() / mean, 1.0) < 0.2, "{law:?}");
            assert!(!law.variance().is_nan(), "{law:?}");
        }
    }
}

#[test]
fn every_parameter_that_is_accepted_gives_numbers_at_every_share() {
    let sizes = [5e-324, 1e-300, 1e-3, 1.0, 1e3, 1e300, f64::MAX];
    let shapes = [1e-3, 0.006, 0.02, 0.05, 0.3, 1.0, 15.99, 16.01, 9_999.99, 1e4, 1e6, 1e9, 1e300];
    for size in sizes {
        for shape in shapes {
            let laws = [
                Distribution::uniform(0.0, size),
                Distribution::exponential(size),
                Distribution::lognormal_mean_cv(size, shape),
                Distribution::lognormal_median_p95(size, size * shape),
                Distribution::weibull(shape, size),
                Distribution::gamma_shape_mean(shape, size),
                Distribution::choice(vec![(size, shape), (0.0, f64::MAX), (1.0, f64::MAX)]),
                Distribution::mixture(vec![
                    (shape * 1e-9, Distribution::exponential(size).expect("a law")),
                    (shape, Distribution::exponential(1.0).expect("a law")),
                ]),
            ];
            for law in laws.into_iter().flatten() {
                assert!(law.mean() >= 0.0 && law.mean().is_finite(), "{law:?}");
                assert!(law.variance() >= 0.0, "{law:?}: {}", law.variance());
                for u in SHARES {
                    assert!(law.quantile(u) >= 0.0, "{law:?} at {u}: {}", law.quantile(u));
                    assert!(law.draw_ms(u) <= MAX_MS);
                }
            }
        }
    }
}

#[test]
fn the_longest_times_add_up_on_a_clock_without_overflow() {
    let longest = Distribution::constant(f64::MAX).expect("a law").draw_ms(0.5);
    assert_eq!(longest, 1_125_899_906_842_624); // 2^50
    assert_eq!(longest.checked_mul(16_000).map(|sum| sum > longest), Some(true));
}

#[test]
fn gamma_at_the_ends_of_its_shapes_is_an_ordered_law() {
    for shape in [*GAMMA_SHAPES.start(), *GAMMA_SHAPES.end()] {
        let law = Distribution::gamma_shape_mean(shape, 1_000.0).expect("a law");
        let values = SHARES.map(|u| law.quantile(u));
        assert!(values.is_sorted(), "{shape}: {values:?}");
    }
}

#[test]
fn halves_are_rounded_away_from_zero() {
    let ms = |value| Distribution::constant(value).expect("a law").draw_ms(0.5);
    assert_eq!([ms(0.49999999999999994), ms(0.5), ms(1.4), ms(1.5), ms(2.5)], [0, 1, 1, 2, 3]);
    assert_eq!(
        [ms(1e15 + 0.5), ms(1_125_899_906_842_623.5), ms(2e15)],
        [1_000_000_000_000_001, MAX_MS, MAX_MS]
    );
}
