//! What the kernel's parts cost: `cargo bench --bench kernel`.

#![allow(missing_docs)] // criterion's macro makes an undocumented function

#[path = "kernel/queue.rs"]
mod queue;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecsim::kernel::dist::{Distribution, DistributionError};

/// One draw of each law; the shares walk over (0, 1) by the golden ratio, in no order that a processor guesses.
fn distributions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw_ms");
    for (name, law) in laws().expect("parameters within their ranges") {
        let mut bits = 0_u64;
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15); // 2^64 over the golden ratio
                let u = ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
                black_box(&law).draw_ms(u)
            });
        });
    }
    group.finish();
}

fn laws() -> Result<Vec<(&'static str, Distribution)>, DistributionError> {
    let thousand = (0..1_000).map(f64::from);
    Ok(vec![
        ("constant", Distribution::constant(1_500.0)?),
        ("uniform", Distribution::uniform(200.0, 900.0)?),
        ("exponential", Distribution::exponential(864_000.0)?),
        ("lognormal", Distribution::lognormal_median_p95(8_000.0, 20_000.0)?),
        ("weibull", Distribution::weibull(0.8, 3_000.0)?),
        ("gamma of shape 0.5", Distribution::gamma_shape_mean(0.5, 700.0)?),
        ("gamma of shape 3", Distribution::gamma_shape_mean(3.0, 700.0)?),
        ("gamma of shape 1000", Distribution::gamma_shape_mean(1e3, 700.0)?),
        ("gamma of shape 1e6", Distribution::gamma_shape_mean(1e6, 700.0)?),
        ("empirical of 1000", Distribution::empirical(thousand.clone().collect())?),
        ("choice of 1000", Distribution::choice(thousand.map(|value| (value, value + 1.0)).collect())?),
        (
            "mixture of 2",
            Distribution::mixture(vec![
                (0.8, Distribution::exponential(100.0)?),
                (0.2, Distribution::uniform(1_000.0, 2_000.0)?),
            ])?,
        ),
    ])
}

criterion_group!(benches, distributions, queue::hold_model, queue::single_operations);
criterion_main!(benches);
