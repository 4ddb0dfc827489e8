//! V01, V02: a fixed number of slots, no queue, no retry (Erlang B), whatever the law of the duration.

use crate::full;
use crate::support::{judge, metric, setup_of};

pub const BLOCKING: f64 = 0.121_661_064_25; // B(10, 8)
pub const MEAN_RUNNING: f64 = 7.026_711_486; // 8 (1 − B)

fn loss(per_hour: f64, slots: u32, duration: &str, rest: &str) -> String {
    let mean_ms = 3_600_000.0 / per_hour;
    let (cpu, memory) = (slots * 256, slots * 512);
    format!(
        "ecsim: 1
name: loss
seed: 20261101
{rest}
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: {cpu}, memory: {memory} }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {mean_ms}ms }} }} }}
      duration: {duration}
"
    )
}

fn shares_refused(setup: &ecsim::engine::Setup, r: u64) -> Vec<f64> {
    let refused = metric(setup, r, "refused", "jobs");
    refused.iter().zip(metric(setup, r, "requests", "jobs")).map(|(refused, asked)| refused / asked).collect()
}

/// T = 4000 h after 50 h, R = 40.
fn horizon() -> (&'static str, f64) {
    if full() { ("duration: 4050h\nwarmUp: 50h", 0.005) } else { ("duration: 450h\nwarmUp: 50h", 0.015) }
}

#[test]
fn v01_blocking_and_busy_slots_follow_erlang_b() {
    let (rest, width) = horizon();
    let setup = setup_of(&loss(8.0, 10, "{ exponential: { mean: 1h } }", rest));
    assert!(judge("V01 blocking", &shares_refused(&setup, 40), BLOCKING, 0.0, width).accepted);
    let running = metric(&setup, 40, "tasks_running", "jobs");
    assert!(judge("V01 running", &running, MEAN_RUNNING, 0.0, width).accepted);
}

#[test]
fn v01_the_observed_spread_is_the_predicted_one() {
    // Var(time average over T) = v / T with v = 5.26012; chi-square with R − 1 = 39 degrees at 1e-6
    let hours = if full() { 4000.0 } else { 400.0 };
    let setup = setup_of(&loss(8.0, 10, "{ exponential: { mean: 1h } }", horizon().0));
    let running = metric(&setup, 40, "tasks_running", "jobs");
    let sd = ecsim::experiment::statistics::standard_deviation(&running).unwrap();
    let statistic = 39.0 * sd * sd / (5.26012 / hours);
    let quantile = |p| ecsim::experiment::statistics::chi_square_quantile(p, 39.0);
    println!("V01 spread: {statistic:.1} within {:.1} and {:.1}", quantile(1e-6), quantile(1.0 - 1e-6));
    assert!((quantile(1e-6)..=quantile(1.0 - 1e-6)).contains(&statistic));
}

#[test]
fn v01_a_twin_with_five_percent_more_arrivals_is_rejected() {
    let (rest, width) = horizon();
    let setup = setup_of(&loss(8.4, 10, "{ exponential: { mean: 1h } }", rest));
    assert!(!judge("V01 twin blocking", &shares_refused(&setup, 40), BLOCKING, 0.0, width).accepted);
}

/// Replications of 20,000 arrivals, the first 500 dropped: 62.5 h of 2,500 h.
fn insensitive(duration: &str, per_hour: f64) -> (Vec<f64>, f64) {
    let (rest, width) = if full() {
        ("duration: 2500h\nwarmUp: 62h30m", 0.005)
    } else {
        ("duration: 300h\nwarmUp: 62h30m", 0.015)
    };
    // A heavy-tailed duration needs more replications to see with a tenth of the length.
    let r = if full() { 200 } else { 300 };
    (shares_refused(&setup_of(&loss(per_hour, 10, duration, rest)), r), width)
}

#[test]
fn v02_blocking_does_not_depend_on_the_shape_of_the_duration() {
    let laws = [
        ("deterministic", "1h"),
        ("lognormal", "{ lognormal: { mean: 1h, cv: 2 } }"),
        ("uniform", "{ uniform: [0s, 2h] }"),
    ];
    for (name, law) in laws {
        let (sample, width) = insensitive(law, 8.0);
        assert!(judge(&format!("V02 {name}"), &sample, BLOCKING, 0.0, width).accepted);
    }
}

#[test]
fn v02_a_twin_with_five_percent_longer_tasks_is_rejected() {
    let (sample, width) = insensitive("63m", 8.0);
    assert!(!judge("V02 twin", &sample, BLOCKING, 0.0, width).accepted);
}
