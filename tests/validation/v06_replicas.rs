//! V06: five replicas that fail and are replaced independently: the number that is up is binomial (SVC-1, SVC-12).

use ecsim::kernel::time::SimTime;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use crate::full;
use crate::support::{
    assert_exact, assert_published, assert_spread, assert_twin, complements, setup_of, watched,
};

const HOURS_DOWN: f64 = 10.0;
const WARM_UP_HOURS: u64 = 200;

/// What independence says of tasks that fail after `up` hours on average.
struct Exact {
    availability: f64,
    up: f64,
}

impl Exact {
    fn with_mean(up: f64) -> Exact {
        Exact { availability: up / (up + HOURS_DOWN), up }
    }

    /// The probability that exactly `k` of five are up.
    fn exactly(&self, k: i32) -> f64 {
        let ways = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0][k as usize];
        ways * libm::pow(self.availability, f64::from(k))
            * libm::pow(1.0 - self.availability, f64::from(5 - k))
    }

    fn fewer_than(&self, k: i32) -> f64 {
        (0..k).map(|few| self.exactly(few)).sum()
    }

    /// How often an hour the number that is up falls below `k`.
    fn entries_below(&self, k: i32) -> f64 {
        self.exactly(k) * f64::from(k) / self.up
    }

    /// From five up to three up for the first time: 5 → 4 takes up / 5; from 4 it falls with 4 / up, or rises first.
    fn passage(&self) -> f64 {
        let (fall, rise) = (4.0 / self.up, 1.0 / HOURS_DOWN);
        let from_four = (1.0 + rise * self.up / 5.0) / fall;
        self.up / 5.0 + from_four
    }
}

/// How long how many were up, how often fewer than four, and how long it took from five to three.
#[derive(Default)]
struct Levels {
    up: u32,
    /// Milliseconds by number up, after the warm-up.
    stood: [u64; 6],
    entries_below_4: u64,
    entries_below_3: u64,
    all_up_since: Option<SimTime>,
    passages_h: Vec<f64>,
}

impl Observer for Levels {
    fn observe(&mut self, _: SimTime, _: &Change, _: &Cluster) {}

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let up = cluster.services[0].counts.healthy;
        let warm = SimTime(WARM_UP_HOURS * 3_600_000);
        if from >= warm {
            self.entries_below_4 += u64::from(up < 4 && self.up >= 4);
            self.entries_below_3 += u64::from(up < 3 && self.up >= 3);
        }
        self.up = up;
        self.stood[up as usize] += to.0.saturating_sub(from.max(warm).0);
        // All laws are exponential, so with five up everything begins anew.
        if up == 5 && self.all_up_since.is_none() {
            self.all_up_since = Some(from);
        }
        if up <= 3
            && let Some(since) = self.all_up_since.take()
        {
            self.passages_h.push((from.0 - since.0) as f64 / 3_600_000.0);
        }
    }
}

struct Found {
    hours: f64,
    /// Mean up, share with at least 5, share with at least 4.
    metrics: [Vec<f64>; 3],
    seen: Vec<Levels>,
}

fn simulated(mean_up_h: u32) -> Found {
    let (hours, r) = if full() { (2_000_000, 240) } else { (500_000, 180) };
    let setup = setup_of(&format!(
        "ecsim: 1
name: replicas
seed: 20261106
duration: {}h
warmUp: {WARM_UP_HOURS}h
start: settled
aws:
  taskDefinitions: [{{ family: web, containerDefinitions: [{{ name: app, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 10240, memory: 20480 }} }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 5 }}]
world:
  tasks:
    web:
      launch: {{ exponential: {{ mean: 10h }} }}
      crash: {{ every: {{ exponential: {{ mean: {mean_up_h}h }} }} }}
      exitAfterSignal: 0s
  services: {{ web: {{ needs: 4 }} }}
model: {{ scheduler_wake: 0s, no_check_healthy_delay: 0s }}
",
        hours + WARM_UP_HOURS
    ));
    let columns = [("tasks_running", "web"), ("full_strength", "web"), ("availability", "web")];
    let (metrics, seen) = watched(&setup, r, columns, Levels::default);
    Found { hours: hours as f64, metrics, seen }
}

impl Found {
    /// The number that is down, on average.
    fn down(&self) -> Vec<f64> {
        self.metrics[0].iter().map(|up| 5.0 - up).collect()
    }

    fn share_below(&self, k: usize) -> Vec<f64> {
        let below = |levels: &Levels| levels.stood[..k].iter().sum::<u64>() as f64 / 3_600_000.0;
        self.seen.iter().map(|levels| below(levels) / self.hours).collect()
    }

    fn entries_below_4(&self) -> Vec<f64> {
        self.seen.iter().map(|levels| levels.entries_below_4 as f64 / self.hours).collect()
    }

    /// The mean of the first passages of each replication: the same number of each, so that none is cut off.
    fn passages(&self) -> Vec<f64> {
        let first = if full() { 290 } else { 50 };
        let mean = |levels: &Levels| {
            assert!(levels.passages_h.len() >= first, "only {} passages", levels.passages_h.len());
            levels.passages_h[..first].iter().sum::<f64>() / first as f64
        };
        self.seen.iter().map(mean).collect()
    }
}

#[test]
fn v06_the_replicas_that_are_up_are_binomial() {
    let exact = Exact::with_mean(1000.0);
    assert_published("V06 availability", exact.availability, 0.990_099_009_9);
    assert_published("V06 at least 5", 1.0 - exact.fewer_than(5), 0.951_465_687_61);
    assert_published("V06 at least 4", 1.0 - exact.fewer_than(4), 0.999_038_971_99);
    assert_published("V06 at least 3", 1.0 - exact.fewer_than(3), 0.999_990_437_67);
    assert_published("V06 entries below 4", exact.entries_below(4), 0.000_190_293_137_52);
    assert_published("V06 first passage", exact.passage(), 5450.0);
    let width = if full() { 0.005 } else { 0.015 };
    let found = simulated(1000);
    let (down, below_5, below_4) =
        (found.down(), complements(&found.metrics[1]), complements(&found.metrics[2]));
    assert_exact("V06 mean down", &down, 5.0 * (1.0 - exact.availability), width);
    assert_spread("V06 mean up", &down, 0.97059, found.hours);
    assert_exact("V06 fewer than 5 up", &below_5, exact.fewer_than(5), width);
    assert_spread("V06 fewer than 5 up", &below_5, 0.905347, found.hours);
    assert_exact("V06 fewer than 4 up", &below_4, exact.fewer_than(4), width);
    assert_spread("V06 fewer than 4 up", &below_4, 0.0101039, found.hours);
    assert_exact("V06 entries below 4 up", &found.entries_below_4(), exact.entries_below(4), width);
    assert_exact("V06 first passage to 3 up", &found.passages(), exact.passage(), 0.015);
    if full() {
        // A rare event is seen where it was seen a thousand times; its width is then about 4 %.
        let events: u64 = found.seen.iter().map(|levels| levels.entries_below_3).sum();
        assert!(events >= 1000, "blind: {events} entries below 3 up");
        assert_exact("V06 fewer than 3 up", &found.share_below(3), exact.fewer_than(3), 0.06);
    }
}

#[test]
fn v06_a_twin_that_fails_five_percent_more_often_is_rejected() {
    let (exact, own) = (Exact::with_mean(1000.0), Exact::with_mean(950.0));
    let width = if full() { 0.005 } else { 0.015 };
    let found = simulated(950);
    let below_5 = complements(&found.metrics[1]);
    let of = |exact: &Exact| 5.0 * (1.0 - exact.availability);
    assert_twin("V06 mean down", &found.down(), of(&exact), of(&own), width);
    assert_twin("V06 fewer than 5 up", &below_5, exact.fewer_than(5), own.fewer_than(5), width);
    let (rare, rarer) = (own.entries_below(4), exact.entries_below(4));
    assert_twin("V06 entries below 4 up", &found.entries_below_4(), rarer, rare, width);
    assert_twin("V06 first passage to 3 up", &found.passages(), exact.passage(), own.passage(), 0.015);
}
