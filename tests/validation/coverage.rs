//! Do intervals of 95 % hold what they promise? In 1,000 macro-runs the exact answer lies within 916 to 984 of them (the
//! binomial's range at 1e-6 to each side); a tenth of them in the suite.

use ecsim::experiment::statistics::Summary;

use crate::full;
use crate::support::{metric, setup_of};

/// Replications of a macro-run.
const EACH: usize = 10;

fn macro_runs() -> usize {
    if full() { 1_000 } else { 100 }
}

/// How many macro-runs hold the exact value.
fn covering(values: &[f64], exact: f64, interval: impl Fn(&[f64]) -> Summary) -> usize {
    let holds = |run: &&[f64]| {
        let summary = interval(run);
        let (low, high) = (summary.ci95_low.unwrap(), summary.ci95_high.unwrap());
        assert!(low <= high);
        (low..=high).contains(&exact)
    };
    values.chunks_exact(EACH).filter(holds).count()
}

#[track_caller]
fn assert_covers(what: &str, count: usize) {
    let of = macro_runs();
    println!("{what}: {count} of {of} intervals hold the exact value");
    // 0.95 of 100 give or take 4.9 standard deviations of 2.18 each
    let range = if full() { 916..=984 } else { 85..=100 };
    assert!(range.contains(&count), "{what}: {count} of {of}");
}

/// M/M/10/10 at a load of 8: the mean number of busy slots is 8 (1 − B(10, 8)).
#[test]
fn the_interval_of_a_mean_covers_the_busy_slots_of_a_loss_system() {
    let setup = setup_of(
        "ecsim: 1
name: loss
seed: 20261130
duration: 150h
warmUp: 50h
aws:
  taskDefinitions: [{ family: job, containerDefinitions: [{ name: job, cpu: 256, memory: 512 }] }]
  containerInstances: [{ name: host, count: 1, resources: { cpu: 2560, memory: 5120 } }]
world:
  tasks: { job: { launch: 0s } }
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: { every: { exponential: { mean: 450s } } }
      duration: { exponential: { mean: 1h } }
",
    );
    let values = metric(&setup, (macro_runs() * EACH) as u64, "tasks_running", "jobs");
    let count = covering(&values, 7.026_711_486, |run| Summary::of(run.iter().copied().map(Some)));
    assert_covers("busy slots, Student", count);
}

/// A task that lives 50 h on average and takes 15 min to replace is up 50 / 50.25 of the time: a share near 1, made of
/// about 40 outages in a replication.
#[test]
fn the_interval_of_a_share_covers_an_availability_near_one() {
    let setup = setup_of(
        "ecsim: 1
name: replica
seed: 20261131
duration: 2100h
warmUp: 100h
start: settled
aws:
  taskDefinitions: [{ family: web, containerDefinitions: [{ name: app, cpu: 256, memory: 512 }] }]
  containerInstances: [{ name: host, count: 1, resources: { cpu: 1024, memory: 2048 } }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1 }]
world:
  tasks:
    web:
      launch: 15m
      crash: { every: { exponential: { mean: 50h } } }
      exitAfterSignal: 0s
model: { scheduler_wake: 0s, no_check_healthy_delay: 0s }
",
    );
    let values = metric(&setup, (macro_runs() * EACH) as u64, "availability", "web");
    let shares = |run: &[f64]| {
        let summary = Summary::of_shares(run.iter().copied().map(Some));
        assert!(summary.ci95_high.unwrap() <= 1.0);
        summary
    };
    assert_covers("availability, share interval", covering(&values, 50.0 / 50.25, shares));
}
