//! V05: four slots and a line with three places; who finds the line full is refused (M/M/4/7).

use crate::full;
use crate::support::{
    assert_exact, assert_published, assert_spread, assert_twin, metrics, quotients, setup_of,
};

/// What the chain of 8 states says, with tasks of 1 min on average.
struct Exact {
    refused: f64,
    queue: f64,
    throughput: f64,
    utilisation: f64,
}

impl Exact {
    fn with_rate(per_minute: f64) -> Exact {
        let mut weights = vec![1.0];
        for state in 1..=7 {
            weights.push(weights[state - 1] * per_minute / state.min(4) as f64);
        }
        let all: f64 = weights.iter().sum();
        let mean = |of: fn(usize) -> usize| {
            weights.iter().enumerate().map(|(n, weight)| of(n) as f64 * weight).sum::<f64>() / all
        };
        let refused = weights[7] / all;
        Exact {
            refused,
            queue: mean(|n| n.saturating_sub(4)),
            throughput: per_minute * (1.0 - refused),
            utilisation: mean(|n| n.min(4)) / 4.0,
        }
    }

    fn wait(&self) -> f64 {
        self.queue / self.throughput // Little
    }
}

/// Refused share, mean queue, mean wait in minutes, started a minute, utilisation; minutes counted.
fn simulated(per_minute: f64) -> ([Vec<f64>; 5], f64) {
    let (minutes, r) = if full() { (5_000.0, 40) } else { (500.0, 40) };
    let mean_ms = 60_000.0 / per_minute;
    let setup = setup_of(&format!(
        "ecsim: 1
name: bounded
seed: 20261105
duration: {}m
warmUp: 50m
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 1024, memory: 2048 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {mean_ms}ms }} }} }}
      duration: {{ exponential: {{ mean: 1m }} }}
      onRefusal: {{ wait: fifo, places: 3 }}
",
        minutes + 50.0
    ));
    let columns = [
        ("requests", "jobs"),
        ("refused", "jobs"),
        ("tasks_waiting", "jobs"),
        ("wait_placement_s.mean", "jobs"),
        ("tasks_started", "jobs"),
        ("cpu_reserved_share", "host"),
    ];
    let [requests, refused, queue, wait, started, reserved] = metrics(&setup, r, columns);
    let wait = wait.iter().map(|seconds| seconds / 60.0).collect();
    let started = started.iter().map(|started| started / minutes).collect();
    ([quotients(&refused, &requests), queue, wait, started, reserved], minutes)
}

#[test]
fn v05_a_line_with_three_places_follows_its_chain() {
    let exact = Exact::with_rate(5.0);
    assert_published("V05 refused", exact.refused, 0.268_432_969_93);
    assert_published("V05 queue", exact.queue, 1.406_588_762_4);
    assert_published("V05 wait", exact.wait(), 0.384_541_321_46);
    assert_published("V05 throughput", exact.throughput, 3.657_835_150_4);
    assert_published("V05 utilisation", exact.utilisation, 0.914_458_787_59);
    let width = if full() { 0.005 } else { 0.015 };
    let ([refused, queue, wait, started, reserved], minutes) = simulated(5.0);
    assert_exact("V05 refused", &refused, exact.refused, width);
    assert_exact("V05 mean queue", &queue, exact.queue, width);
    assert_spread("V05 mean queue", &queue, 2.2026, minutes);
    assert_exact("V05 mean wait of the accepted", &wait, exact.wait(), width);
    assert_exact("V05 throughput", &started, exact.throughput, width);
    assert_exact("V05 utilisation", &reserved, exact.utilisation, width);
}

#[test]
fn v05_a_twin_with_five_percent_more_arrivals_is_rejected() {
    let (exact, own) = (Exact::with_rate(5.0), Exact::with_rate(5.25));
    let width = if full() { 0.005 } else { 0.015 };
    let ([refused, queue, ..], _) = simulated(5.25);
    assert_twin("V05 refused", &refused, exact.refused, own.refused, width);
    assert_twin("V05 mean queue", &queue, exact.queue, own.queue, width);
}
