//! V09: a batch task on Fargate Spot that begins again after each interruption (SPT-5, CON-1, LIF-15).
//!
//! The task needs 4 h. Its container ignores the stop signal that comes with the warning, so it works on until SIGKILL
//! 120 s later and may finish in that notice.

use std::collections::BTreeMap;

use ecsim::experiment::TrialOptions;

use crate::full;
use crate::support::{assert_exact, assert_published, assert_twin, replication, setup_of};

const NOTICE_H: f64 = 120.0 / 3600.0;
const RESTART_H: f64 = 180.0 / 3600.0;

/// Means, with notices at a rate an hour.
struct Exact {
    completion: f64,
    attempts: f64,
    lost: f64,
    undisturbed: f64,
}

impl Exact {
    fn with_rate(rate: f64) -> Exact {
        let exposed = 4.0 - NOTICE_H;
        let again = libm::exp(rate * exposed) - 1.0;
        Exact {
            completion: NOTICE_H + again * (1.0 / rate + NOTICE_H + RESTART_H),
            attempts: 1.0 + again,
            lost: again / rate - exposed + NOTICE_H * again,
            undisturbed: libm::exp(-rate * exposed),
        }
    }
}

/// Hours to completion, attempts, hours of lost work, and whether it was never interrupted, by task.
fn simulated(mean_h: &str) -> [Vec<f64>; 4] {
    let tasks = if full() { 200_000 } else { 60_000 };
    let setup = setup_of(&format!(
        "ecsim: 1
name: spot-batch
seed: 20261109
duration: untilDone
aws:
  taskDefinitions:
    - family: batch
      requiresCompatibilities: [FARGATE]
      networkMode: awsvpc
      cpu: 256
      memory: 512
      containerDefinitions:
        - {{ name: work, stopTimeout: 120 }}
world:
  tasks:
    batch:
      launch: 0s
      containers: {{ work: {{ exitAfterSignal: 1h }} }}
  spot: {{ FARGATE_SPOT: {{ interruption: {{ every: {{ exponential: {{ mean: {mean_h} }} }} }} }} }}
  runs:
    - name: batch
      taskDefinition: batch
      capacityProviderStrategy: [{{ capacityProvider: FARGATE_SPOT, weight: 1 }}]
      arrivals: {{ every: 10s, count: {tasks} }}
      duration: 4h
      onStop: {{ resubmitAfter: 180s, until: completed }}
model: {{ deprovisioning: 0s }}
"
    ));
    let (_, rows) = replication(&setup, 0, TrialOptions::default());
    // `batch#17`, `batch#17.2`, …: the attempts of the seventeenth task
    let mut by_task: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for row in &rows.0 {
        let ordinal = row.task[6..].split('.').next().unwrap().parse().unwrap();
        let (started, stopped) = (row.started.unwrap().as_secs_f64(), row.stopped.unwrap().as_secs_f64());
        by_task.entry(ordinal).or_default().push((started / 3600.0, stopped / 3600.0));
    }
    assert_eq!(by_task.len(), tasks);
    let mut samples = [(); 4].map(|()| Vec::with_capacity(tasks));
    for attempts in by_task.values() {
        // Rows leave at each stop, so the last one is the attempt that was not submitted again.
        let (Some((first, _)), Some(((began, ended), lost))) = (attempts.first(), attempts.split_last())
        else {
            unreachable!("a task has attempts")
        };
        assert!((ended - began - 4.0).abs() < 1e-9, "the last attempt does all its work");
        samples[0].push(ended - first);
        samples[1].push(attempts.len() as f64);
        samples[2].push(lost.iter().map(|(started, stopped)| stopped - started).sum());
        samples[3].push(f64::from(attempts.len() == 1));
    }
    samples
}

#[test]
fn v09_a_spot_task_without_checkpoints_takes_the_exact_time() {
    let exact = Exact::with_rate(0.1);
    assert_published("V09 completion", exact.completion, 4.942_507_292_6);
    assert_published("V09 attempts", exact.attempts, 1.486_860_227_4);
    assert_published("V09 lost work", exact.lost, 0.918_164_281_21);
    assert_published("V09 undisturbed", exact.undisturbed, 0.672_558_174_33);
    let width = if full() { 0.005 } else { 0.015 };
    let [completion, attempts, lost, undisturbed] = simulated("10h");
    assert_exact("V09 completion", &completion, exact.completion, width);
    assert_exact("V09 attempts", &attempts, exact.attempts, width);
    assert_exact("V09 lost work", &lost, exact.lost, width);
    assert_exact("V09 never interrupted", &undisturbed, exact.undisturbed, width);
}

#[test]
fn v09_a_twin_with_five_percent_more_notices_is_rejected() {
    let (exact, own) = (Exact::with_rate(0.1), Exact::with_rate(0.105));
    let width = if full() { 0.005 } else { 0.015 };
    let mean = format!("{}ms", 36_000_000.0 / 1.05);
    let [completion, attempts, lost, undisturbed] = simulated(&mean);
    assert_twin("V09 completion", &completion, exact.completion, own.completion, width);
    assert_twin("V09 attempts", &attempts, exact.attempts, own.attempts, width);
    assert_twin("V09 never interrupted", &undisturbed, exact.undisturbed, own.undisturbed, width);
    if full() {
        assert_twin("V09 lost work", &lost, exact.lost, own.lost, width);
    }
}
