//! Do intervals of 95 % hold what they promise? In 1,000 macro-runs the exact answer lies within 916 to 984 of them (the
//! binomial's range at 1e-6 to each side); a tenth of them in the suite.

use ecsim::engine::Setup;
use ecsim::experiment::statistics::Summary;
use ecsim::experiment::statistics::verdict::replications_of_half_width;
use ecsim::experiment::trial::simulate_batches;
use ecsim::observe::metrics::metric_names;

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

/// M/M/10/10 at a load of 8, from empty: the mean number of busy slots is 8 (1 − B(10, 8)).
fn loss_system(seed: u64, hours: u32) -> Setup {
    setup_of(&format!(
        "ecsim: 1
name: loss
seed: {seed}
duration: {}h
warmUp: 50h
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 2560, memory: 5120 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: 450s }} }} }}
      duration: {{ exponential: {{ mean: 1h }} }}
",
        hours + 50
    ))
}

const BUSY_SLOTS: f64 = 7.026_711_486;

#[test]
fn the_interval_of_a_mean_covers_the_busy_slots_of_a_loss_system() {
    let setup = loss_system(20_261_130, 100);
    let values = metric(&setup, (macro_runs() * EACH) as u64, "tasks_running", "jobs");
    let count = covering(&values, BUSY_SLOTS, |run| Summary::of(run.iter().copied().map(Some)));
    assert_covers("busy slots, Student", count);
}

/// One long run, cut into ten stretches of 50 h, in which the system forgets itself many times.
#[test]
fn the_interval_of_batch_means_covers_the_busy_slots_of_a_loss_system() {
    let stretches = |seed: usize| {
        let setup = loss_system(20_270_000 + seed as u64, 50 * EACH as u32);
        let names = metric_names(&setup.cluster);
        let at = names.iter().position(|name| name.metric == "tasks_running" && name.of == "jobs").unwrap();
        let found = simulate_batches(&setup, EACH as u64).unwrap();
        found.into_iter().map(|values| values[at].unwrap()).collect::<Vec<f64>>()
    };
    let values: Vec<f64> = (0..macro_runs()).flat_map(stretches).collect();
    let count = covering(&values, BUSY_SLOTS, |run| Summary::of(run.iter().copied().map(Some)));
    assert_covers("busy slots, batch means", count);
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

/// Replications until the half width is at most 1.5 % of the mean, looked at after ten and then by the same steps as `run
/// --rel`: looking again and again costs a little coverage, as Chow and Robbins (1965) say it may for finite samples.
#[test]
fn the_interval_of_a_run_that_stops_when_it_is_narrow_covers_nearly_as_often() {
    let setup = loss_system(20_261_132, 100);
    let values = metric(&setup, (macro_runs() * 4 * EACH) as u64, "tasks_running", "jobs");
    let mut rest = values.as_slice();
    let (mut holds, mut runs) = (0, 0);
    while runs < macro_runs() {
        let mut n = EACH;
        let (low, high) = loop {
            let Some(taken) = rest.get(..n) else { break (0.0, 0.0) };
            let summary = Summary::of(taken.iter().copied().map(Some));
            let (mean, sd) = (summary.mean.unwrap(), summary.sd.unwrap());
            if summary.half_width().unwrap() <= 0.015 * mean {
                break (summary.ci95_low.unwrap(), summary.ci95_high.unwrap());
            }
            n = (replications_of_half_width(0.015 * mean, sd) as usize).clamp(n + 1, 2 * n);
        };
        assert!(high > 0.0, "the sample of the test is used up after {runs} runs");
        rest = &rest[n..];
        holds += usize::from((low..=high).contains(&BUSY_SLOTS));
        runs += 1;
    }
    println!("busy slots, stopped when narrow: {holds} of {runs} intervals hold the exact value");
    // 0.95 less at most 0.02 for the looks, and 4.9 standard deviations
    let least = if full() { 896 } else { 82 };
    assert!(holds >= least, "{holds} of {runs}");
}
