//! What whole trials cost, once the scenario is read and checked: `cargo bench --bench runs`.

#![allow(missing_docs)] // criterion's macro makes an undocumented function

use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ecsim::engine::Setup;
use ecsim::experiment::{Trial, TrialKey, TrialOptions, simulate};
use ecsim::scenario::plan::{Plan, Source};

fn file(name: &str) -> Source {
    Source::File(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/scenarios").join(name))
}

fn setup(source: &Source, overrides: &[&str]) -> Setup {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let plan = Plan::load(source, &overrides, None).unwrap_or_else(|rejected| panic!("{rejected}"));
    plan.setup(0).unwrap_or_else(|rejected| panic!("{rejected}"))
}

/// A trial as a sweep runs it: digest and metrics, no rows.
fn trial(setup: &Setup) -> Trial {
    let key = TrialKey { point: 0, replication: 0 };
    match simulate(setup, key, TrialOptions::default(), None::<()>) {
        Ok((trial, _)) => trial,
        Err(error) => panic!("{error}"),
    }
}

fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run");
    let workloads = [
        ("idle year, 50 services, 500 tasks", setup(&file("idle-year.yaml"), &[]), 500),
        // Against the year: what the time itself costs, beside bringing the cluster to rest.
        ("idle hour, 50 services, 500 tasks", setup(&file("idle-year.yaml"), &["duration=1h"]), 500),
        ("month: 20 services, up to 300 instances, half Spot", setup(&file("month.yaml"), &[]), 0),
        ("quickstart, a day", setup(&Source::BuiltIn, &[]), 0),
        ("rolling update of 1,000 tasks", setup(&file("rolling-update.yaml"), &[]), 2_000),
        (
            "place.yaml, a tenth of its tasks",
            setup(&file("place.yaml"), &["world.runs.jobs.arrivals.count=100000"]),
            100_000,
        ),
    ];
    for (name, setup, tasks) in &workloads {
        let first = trial(setup);
        assert!(*tasks == 0 || first.tasks == *tasks, "{name}: {} tasks", first.tasks);
        group.throughput(Throughput::Elements(first.events));
        group.bench_function(*name, |bencher| bencher.iter(|| trial(setup)));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(8));
    targets = runs
}
criterion_main!(benches);
