//! V17: the mean of a queue from empty over a finite horizon; the start-up bias that a warm-up is for. (The MSER-5 series
//! of the case is a test of `experiment/statistics/series.rs`.)

use crate::support::{assert_exact, assert_published, assert_twin, metrics, setup_of};

const PLACES: usize = 60;

/// The mean over [0, T] of the number in M/M/1/60 from empty, arrivals 0.8 and services 1 a minute: the forward equations
/// by Runge and Kutta's method of fourth order, steps of 1/50.
fn exact(rate: f64, horizon: u32) -> f64 {
    let slope = |p: &[f64]| -> Vec<f64> {
        let into = |n: usize| {
            let arrives = if n > 0 { rate * p[n - 1] } else { 0.0 };
            let served = if n < PLACES { p[n + 1] } else { 0.0 };
            let leaves = if n < PLACES { rate } else { 0.0 } + if n > 0 { 1.0 } else { 0.0 };
            arrives + served - leaves * p[n]
        };
        (0..=PLACES).map(into).collect()
    };
    let mean = |p: &[f64]| p.iter().enumerate().map(|(n, share)| n as f64 * share).sum::<f64>();
    let moved =
        |p: &[f64], by: &[f64], h: f64| p.iter().zip(by).map(|(p, by)| p + h * by).collect::<Vec<f64>>();
    let (steps, h) = (horizon * 50, 1.0 / 50.0);
    let mut p = vec![0.0; PLACES + 1];
    p[0] = 1.0;
    let mut integral = 0.0;
    for _ in 0..steps {
        let k1 = slope(&p);
        let p2 = moved(&p, &k1, h / 2.0);
        let k2 = slope(&p2);
        let p3 = moved(&p, &k2, h / 2.0);
        let k3 = slope(&p3);
        let p4 = moved(&p, &k3, h);
        let k4 = slope(&p4);
        // The integral of the mean is one more quantity that the method carries along.
        integral += h / 6.0 * (mean(&p) + 2.0 * mean(&p2) + 2.0 * mean(&p3) + mean(&p4));
        for n in 0..=PLACES {
            p[n] += h / 6.0 * (k1[n] + 2.0 * k2[n] + 2.0 * k3[n] + k4[n]);
        }
    }
    integral / f64::from(horizon)
}

/// The number in the system, averaged over the horizon, in 2,000 replications.
fn simulated(rate: f64, horizon: u32) -> Vec<f64> {
    let between_ms = 60_000.0 / rate;
    let setup = setup_of(&format!(
        "ecsim: 1
name: start-up
seed: 20261117
duration: {horizon}m
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 256, memory: 512 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {between_ms}ms }} }} }}
      duration: {{ exponential: {{ mean: 1m }} }}
      onRefusal: {{ wait: fifo, places: 59 }}
"
    ));
    let [running, waiting] = metrics(&setup, 2_000, [("tasks_running", "jobs"), ("tasks_waiting", "jobs")]);
    running.iter().zip(waiting).map(|(running, waiting)| running + waiting).collect()
}

#[test]
fn v17_the_mean_from_empty_is_that_of_the_horizon_and_not_of_the_steady_state() {
    // The steady state has 3.9999.
    for (horizon, published, width) in
        [(50, 2.6037078718, 0.025), (200, 3.5122124512, 0.02), (1000, 3.899957784, 0.015)]
    {
        let exact = exact(0.8, horizon);
        assert_published(&format!("V17 mean over {horizon}"), exact, published);
        let found = simulated(0.8, horizon);
        assert_exact(&format!("V17 mean over {horizon}"), &found, exact, width);
    }
}

#[test]
fn v17_a_twin_with_five_percent_more_arrivals_is_rejected() {
    let found = simulated(0.84, 1000);
    assert_twin("V17 mean over 1000", &found, exact(0.8, 1000), exact(0.84, 1000), 0.015);
}
