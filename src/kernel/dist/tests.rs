//! Tests of the distributions: what they all share is here, each file below asks one kind of question.

mod extremes;
mod moments;
mod properties;
mod quantiles;
mod refusals;
mod shapes;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Distribution;

/// How many draws a statistical test takes.
const DRAWS: usize = 200_000;

/// One of every law, with coefficients of variation up to 1.6, by name.
fn every_law() -> Vec<(&'static str, Distribution)> {
    let laws = [
        ("constant", Distribution::constant(1_500.0)),
        ("uniform", Distribution::uniform(200.0, 900.0)),
        ("exponential", Distribution::exponential(864_000.0)),
        ("lognormal by median and p95", Distribution::lognormal_median_p95(8_000.0, 20_000.0)),
        ("lognormal by mean and cv", Distribution::lognormal_mean_cv(500.0, 0.9)),
        ("weibull with falling hazard", Distribution::weibull(0.8, 3_000.0)),
        ("weibull with rising hazard", Distribution::weibull(2.5, 3_000.0)),
        ("gamma below an exponential", Distribution::gamma_shape_mean(0.5, 700.0)),
        ("gamma above an exponential", Distribution::gamma_shape_mean(3.0, 700.0)),
        ("gamma that is nearly constant", Distribution::gamma_shape_mean(20_000.0, 700.0)),
        ("empirical", Distribution::empirical(vec![30.0, 10.0, 20.0, 80.0, 20.0])),
        ("choice", Distribution::choice(vec![(256.0, 5.0), (1_024.0, 2.0), (512.0, 3.0)])),
        ("mixture", mixture()),
    ];
    laws.into_iter().map(|(name, law)| (name, law.expect(name))).collect()
}

/// Four in five fast, one in five slow.
fn mixture() -> Result<Distribution, super::DistributionError> {
    Distribution::mixture(vec![
        (0.8, Distribution::exponential(100.0)?),
        (0.2, Distribution::gamma_shape_mean(4.0, 400.0)?),
    ])
}

/// Seeded draws by inversion.
fn draws(law: &Distribution, seed: u64) -> Vec<f64> {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    (0..DRAWS).map(|_| law.quantile(share(stream.next_u64()))).collect()
}

/// The middles of 2^52 equal cells: never 0, never 1.
fn share(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

fn relative_gap(found: f64, expected: f64) -> f64 {
    if found == expected { 0.0 } else { (found - expected).abs() / expected.abs() }
}
