use super::*;
use DistributionForm::{
    Choice, Constant, Empirical, Exponential, Gamma, Lognormal, Mixture, Uniform, Weibull,
};

const SECOND: f64 = 1000.0;

fn time(yaml: &str) -> DistributionForm<Milliseconds> {
    serde_saphyr::from_str::<DurationDistribution>(yaml).unwrap_or_else(|e| panic!("{yaml}: {e}")).0
}

fn ms(value: f64) -> Milliseconds {
    Milliseconds(value)
}

fn error(yaml: &str) -> String {
    serde_saphyr::from_str::<DurationDistribution>(yaml).expect_err(yaml).to_string()
}

#[test]
fn a_bare_duration_is_a_constant() {
    assert_eq!(time("8s"), Constant(ms(8.0 * SECOND)));
    assert_eq!(time("{ constant: 8s }"), time("8s"));
    assert_eq!(time("0"), Constant(ms(0.0)));
}

#[test]
fn uniform_takes_a_pair_or_names() {
    let expected = Uniform(UniformSpec { low: ms(SECOND), high: ms(5.0 * SECOND) });
    assert_eq!(time("uniform: [1s, 5s]"), expected);
    assert_eq!(time("uniform: { low: 1s, high: 5s }"), expected);
}

#[test]
fn exponential_takes_a_mean() {
    assert_eq!(time("exponential: { mean: 30s }"), Exponential(ExponentialSpec { mean: ms(30.0 * SECOND) }));
}

#[test]
fn lognormal_takes_median_and_p95_or_mean_and_cv() {
    let by_quantiles = LognormalSpec::MedianP95 { median: ms(8.0 * SECOND), p95: ms(20.0 * SECOND) };
    assert_eq!(time("lognormal: { median: 8s, p95: 20s }"), Lognormal(by_quantiles));
    let by_moments = LognormalSpec::MeanCv { mean: ms(8.0 * SECOND), cv: Number(0.5) };
    assert_eq!(time("lognormal: { mean: 8s, cv: 0.5 }"), Lognormal(by_moments));
    assert!(error("lognormal: { median: 8s, cv: 0.5 }").contains("{ median, p95 } or { mean, cv }"));
}

#[test]
fn weibull_takes_shape_and_scale() {
    let spec = WeibullSpec { shape: Number(1.5), scale: ms(864_000.0 * SECOND) };
    assert_eq!(time("weibull: { shape: 1.5, scale: 10d }"), Weibull(spec));
}

#[test]
fn gamma_takes_shape_and_mean() {
    let spec = GammaSpec { shape: Number(4.0), mean: ms(20.0 * SECOND) };
    assert_eq!(time("gamma: { shape: 4, mean: 20s }"), Gamma(spec));
}

#[test]
fn empirical_takes_a_column_of_a_file() {
    let spec = EmpiricalSpec { csv: "starts.csv".into(), column: "start".into(), unit: Some(TimeUnit::Min) };
    assert_eq!(time("empirical: { csv: starts.csv, column: start, unit: min }"), Empirical(spec));
}

#[test]
fn choice_takes_weighted_values_or_two_lists() {
    let expected = Choice(ChoiceSpec(vec![
        WeightedValue { value: ms(SECOND), weight: Number(9.0) },
        WeightedValue { value: ms(60.0 * SECOND), weight: Number(1.0) },
    ]));
    assert_eq!(time("choice: [{ value: 1s, weight: 9 }, { value: 60s }]"), expected);
    assert_eq!(time("choice: { values: [1s, 1m], weights: [9, 1] }"), expected);
    assert!(error("choice: { values: [1s, 1m], weights: [9] }").contains("2 values have 1 weights"));
}

#[test]
fn mixture_takes_weighted_distributions() {
    let expected = Mixture(vec![
        MixturePart { weight: Number(9.0), of: DistributionSpec(time("1s")) },
        MixturePart { weight: Number(1.0), of: DistributionSpec(time("exponential: { mean: 1m }")) },
    ]);
    assert_eq!(time("mixture: [{ weight: 9, of: 1s }, { of: { exponential: { mean: 1m } } }]"), expected);
}

#[test]
fn numbers_have_the_same_forms() {
    let numbers: NumberDistribution = serde_saphyr::from_str("uniform: [256, 1024.5]").unwrap();
    assert_eq!(numbers.0, Uniform(UniformSpec { low: Number(256.0), high: Number(1024.5) }));
    let constant: NumberDistribution = serde_saphyr::from_str("512").unwrap();
    assert_eq!(constant.0, Constant(Number(512.0)));
}

#[test]
fn a_bare_number_is_no_duration_and_a_duration_is_no_number() {
    assert!(error("90").contains("expected a duration"));
    assert!(error("exponential: { mean: 30 }").contains("expected a duration"));
    assert!(serde_saphyr::from_str::<NumberDistribution>("90s").is_err());
    assert!(serde_saphyr::from_str::<NumberDistribution>("-1").is_err());
    assert!(serde_saphyr::from_str::<NumberDistribution>(".nan").is_err());
}

#[test]
fn unknown_forms_and_parameters_are_refused_with_the_known_ones() {
    assert!(error("exponental: { mean: 30s }").contains("exponential"));
    assert!(error("exponential: { median: 30s }").contains("mean"));
    assert!(error("uniform: [1s]").contains("[low, high]"));
    assert!(error("uniform: [1s, 2s, 3s]").contains("[low, high]"));
}

#[test]
fn a_mistake_deep_in_a_distribution_keeps_its_place() {
    let yaml = "mixture:\n  - of: 1s\n  - of:\n      gamma:\n        shape: 2\n        mean: 5 lightyears\n";
    let message = error(yaml);
    assert!(message.contains("line 6"), "{message}");
}

#[test]
fn what_is_written_is_read_back_the_same() {
    for yaml in [
        "8s",
        "uniform: [1s, 5s]",
        "lognormal: { mean: 8s, cv: 0.5 }",
        "empirical: { csv: a.csv, column: b }",
        "choice: { values: [1s, 1m], weights: [9, 1] }",
        "mixture: [{ weight: 9, of: 1s }, { of: { weibull: { shape: 2, scale: 1m } } }]",
    ] {
        let spec: DurationDistribution = serde_saphyr::from_str(yaml).unwrap();
        let written = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<DurationDistribution>(&written).unwrap(), spec, "{written}");
    }
}
