use proptest::prelude::*;

use super::*;

fn any_law() -> impl Strategy<Value = Distribution> {
    let size = || (-6.0..9.0_f64).prop_map(libm::exp10);
    let shape = || (-1.3..6.0_f64).prop_map(libm::exp10);
    prop_oneof![
        (size(), size()).prop_map(|(low, width)| Distribution::uniform(low, low + width)),
        size().prop_map(Distribution::exponential),
        (size(), 0.001..9.0_f64).prop_map(|(mean, cv)| Distribution::lognormal_mean_cv(mean, cv)),
        (shape(), size()).prop_map(|(shape, scale)| Distribution::weibull(shape, scale)),
        (shape(), size()).prop_map(|(shape, mean)| Distribution::gamma_shape_mean(shape, mean)),
        prop::collection::vec(size(), 1..20).prop_map(Distribution::empirical),
        prop::collection::vec((size(), size()), 1..20).prop_map(Distribution::choice),
    ]
    .prop_map(|law| law.expect("a law"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn quantile_never_falls_as_the_share_rises(law in any_law(), a in any::<u64>(), b in any::<u64>()) {
        let (low, high) = (share(a.min(b)), share(a.max(b)));
        // Gamma is solved by steps: neighbours may differ by rounding.
        prop_assert!(law.quantile(low) <= law.quantile(high) * (1.0 + 1e-12));
    }

    #[test]
    fn scaling_a_law_scales_its_values_mean_and_variance(
        law in any_law(),
        bits in any::<u64>(),
        factor in 0.01..100.0_f64,
    ) {
        let scaled = law.scaled(factor).expect("a law");
        let u = share(bits);
        prop_assert!(relative_gap(scaled.quantile(u), law.quantile(u) * factor) < 1e-11);
        prop_assert!(relative_gap(scaled.mean(), law.mean() * factor) < 1e-11);
        let variance = law.variance() * factor * factor;
        let rounding = 1e-9 * variance + 1e-20 * scaled.mean() * scaled.mean();
        prop_assert!((scaled.variance() - variance).abs() <= rounding);
    }

    #[test]
    fn a_mixture_of_equal_constants_is_constant(
        value in 0.0..1e9_f64,
        weights in prop::collection::vec(1e-9..1e9_f64, 1..9),
        bits in any::<u64>(),
    ) {
        let parts = weights.into_iter().map(|weight| (weight, Distribution::constant(value).expect("a law")));
        let law = Distribution::mixture(parts.collect()).expect("a law");
        prop_assert!(law.is_constant());
        prop_assert_eq!(law.quantile(share(bits)), value);
    }
}

#[test]
fn laws_are_constant_exactly_when_all_their_draws_agree() {
    let constant = [
        Distribution::constant(3.0),
        Distribution::uniform(3.0, 3.0),
        Distribution::lognormal_median_p95(3.0, 3.0),
        Distribution::lognormal_mean_cv(3.0, 0.0),
        Distribution::empirical(vec![3.0, 3.0]),
        Distribution::choice(vec![(3.0, 1.0), (3.0, 2.0)]),
        Distribution::exponential(9.0).and_then(|law| law.scaled(0.0)),
    ];
    assert!(constant.into_iter().all(|law| law.expect("a law").is_constant()));
    let varying = every_law().into_iter().filter(|(_, law)| !law.is_constant()).count();
    assert_eq!(varying, every_law().len() - 1); // all but the constant
}

#[test]
fn the_common_laws_stay_small() {
    assert!(size_of::<Distribution>() <= 24, "{} bytes", size_of::<Distribution>());
}
