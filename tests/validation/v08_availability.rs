//! V08: availability depends on the means only: a lognormal life, a fixed time to replace (SVC-1, SVC-12).

use crate::full;
use crate::support::{
    assert_exact, assert_published, assert_spread, assert_twin, complements, metrics, setup_of,
};

const HOURS_UP: f64 = 50.0;

/// Share of time down, failures an hour, hours counted.
fn simulated(launch: &str) -> ([Vec<f64>; 2], f64) {
    let (hours, warm_up, r) = if full() { (500_000, 5_000, 40) } else { (50_000, 1_000, 160) };
    let setup = setup_of(&format!(
        "ecsim: 1
name: alternating
seed: 20261108
duration: {}h
warmUp: {warm_up}h
start: settled
aws:
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 1024, memory: 2048 }} }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 1 }}]
world:
  tasks:
    web:
      launch: {launch}
      crash: {{ every: {{ lognormal: {{ mean: 50h, cv: 2 }} }} }}
      exitAfterSignal: 0s
model: {{ scheduler_wake: 0s, no_check_healthy_delay: 0s }}
",
        hours + warm_up
    ));
    let columns = [("availability", "web"), ("failures.containerExit", "web")];
    let [available, failures] = metrics(&setup, r, columns);
    let hours = f64::from(hours);
    ([complements(&available), failures.iter().map(|failures| failures / hours).collect()], hours)
}

#[test]
fn v08_availability_depends_on_the_means_only() {
    let down = 0.25;
    let cycle = HOURS_UP + down;
    // var(up) = (2 × 50)² = 10,000; var(down) = 0
    let variance_constant = 10_000.0 * down * down / (cycle * cycle * cycle);
    assert_published("V08 availability", HOURS_UP / cycle, 0.995_024_875_62);
    assert_published("V08 failures", 1.0 / cycle, 0.019_900_497_512);
    assert_published("V08 variance", variance_constant, 0.004_925_743_796_5);
    let width = if full() { 0.005 } else { 0.015 };
    let ([unavailable, failures], hours) = simulated("15m");
    assert_exact("V08 unavailability", &unavailable, down / cycle, width);
    assert_spread("V08 unavailability", &unavailable, variance_constant, hours);
    assert_exact("V08 failures an hour", &failures, 1.0 / cycle, width);
}

#[test]
fn v08_a_twin_that_takes_five_percent_longer_to_replace_is_rejected() {
    let width = if full() { 0.005 } else { 0.015 };
    let ([unavailable, _], _) = simulated("15m 45s");
    // 0.2625 / 50.2625 against 0.25 / 50.25
    assert_twin("V08 unavailability", &unavailable, 0.25 / 50.25, 0.2625 / 50.2625, width);
}
