//! V03: tasks wait in one line, first come, first served, for one of five slots (Erlang C).

use ecsim::engine::Setup;
use ecsim::kernel::time::SimTime;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use crate::full;
use crate::support::{assert_exact, assert_published, assert_spread, assert_twin, judge, setup_of, watched};

/// Arrivals per minute, and a width that a load of 0.9 allows.
const RATE: f64 = 4.5;
const WIDTH: f64 = 0.015;
/// The spread of the mean queue over time T has the variance constant v (V / T).
const VARIANCE_CONSTANT: f64 = 6538.11;

/// What Erlang C says of arrivals at 4.5 a minute, five slots and tasks of this mean length in minutes.
struct Exact {
    waits: f64,
    mean_wait: f64,
    /// Waiting longer than t has the probability `waits` exp(−`decay` t).
    decay: f64,
}

impl Exact {
    fn with_mean(mean: f64) -> Exact {
        let load = RATE * mean;
        let blocked = (1..=5).fold(1.0, |b, k| load * b / (f64::from(k) + load * b));
        let decay = 5.0 / mean - RATE;
        let waits = 5.0 * blocked / (5.0 - load * (1.0 - blocked));
        Exact { waits, mean_wait: waits / decay, decay }
    }

    fn longer_than(&self, minutes: f64) -> f64 {
        self.waits * libm::exp(-self.decay * minutes)
    }

    /// The wait that a share `rest` exceeds.
    fn exceeded_by(&self, rest: f64) -> f64 {
        libm::log(self.waits / rest) / self.decay
    }
}

fn line(mean_s: u32, minutes: u32, warm_up: u32) -> Setup {
    let mean_ms = 60_000.0 / RATE;
    setup_of(&format!(
        "ecsim: 1
name: line
seed: 20261103
duration: {}m
warmUp: {warm_up}m
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 256, memory: 512 }}] }}]
  containerInstances: [{{ name: host, count: 1, resources: {{ cpu: 1280, memory: 2560 }} }}]
world:
  tasks: {{ job: {{ launch: 0s }} }}
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ every: {{ exponential: {{ mean: {mean_ms}ms }} }} }}
      duration: {{ exponential: {{ mean: {mean_s}s }} }}
      onRefusal: {{ wait: fifo }}
",
        minutes + warm_up
    ))
}

/// Counts waits above two minutes and keeps those of every n-th arrival, which are as good as independent.
struct Waits {
    from: SimTime,
    apart: u64,
    tasks: u64,
    long: u64,
    apart_min: Vec<f64>,
}

impl Observer for Waits {
    fn observe(&mut self, _: SimTime, change: &Change, _: &Cluster) {
        let Change::TaskCreated(new) = change else { return };
        let wait = new.created_at.0 - new.requested_at.0;
        if new.requested_at >= self.from {
            self.tasks += 1;
            self.long += u64::from(wait > 120_000);
        }
        if new.ordinal.is_multiple_of(self.apart) {
            self.apart_min.push(wait as f64 / 60_000.0);
        }
    }
}

struct Found {
    /// Share that waits, mean wait in minutes, mean queue, waits of 95 % and 99 % in minutes.
    metrics: [Vec<f64>; 5],
    long: Vec<f64>,
    apart_min: Vec<f64>,
}

fn simulated(setup: &Setup, r: u64, apart: u64) -> Found {
    let from = SimTime(setup.warm_up.0);
    let columns = [
        ("waited_share", "jobs"),
        ("wait_placement_s.mean", "jobs"),
        ("tasks_waiting", "jobs"),
        ("wait_placement_s.p95", "jobs"),
        ("wait_placement_s.p99", "jobs"),
    ];
    let watch = || Waits { from, apart, tasks: 0, long: 0, apart_min: Vec::new() };
    let (mut metrics, seen) = watched(setup, r, columns, watch);
    for of_waits in [1, 3, 4] {
        metrics[of_waits].iter_mut().for_each(|seconds| *seconds /= 60.0);
    }
    let long = seen.iter().map(|waits| waits.long as f64 / waits.tasks as f64).collect();
    Found { metrics, long, apart_min: seen.into_iter().flat_map(|waits| waits.apart_min).collect() }
}

/// Whether independent waits follow the law, by Kolmogorov and Smirnov at 1e-6; by Massart's inequality
/// P(D > d) ≤ 2 exp(−2 n d²) for every n and every law, one with an atom at 0 too.
fn follow(what: &str, mut waits: Vec<f64>, exact: &Exact) -> bool {
    waits.sort_by(f64::total_cmp);
    let n = waits.len() as f64;
    let distance = |(place, wait): (usize, &f64)| {
        let share = 1.0 - exact.longer_than(*wait);
        let below = if *wait == 0.0 { 0.0 } else { share };
        ((place as f64 + 1.0) / n - share).max(below - place as f64 / n)
    };
    let largest = waits.iter().enumerate().map(distance).fold(0.0, f64::max);
    let bound = (libm::log(2.0 / 1e-6) / (2.0 * n)).sqrt();
    println!("{what}: distance {largest:.4}, bound {bound:.4}, n = {n}");
    largest <= bound
}

#[test]
fn v03_the_line_follows_erlang_c() {
    let exact = Exact::with_mean(1.0);
    assert_published("V03 waits", exact.waits, 0.762_493_220_73);
    assert_published("V03 mean wait", exact.mean_wait, 1.524_986_441_5);
    assert_published("V03 above 2 min", exact.longer_than(2.0), 0.280_505_579_94);
    assert_published("V03 95 %", exact.exceeded_by(0.05), 5.449_141_224_3);
    assert_published("V03 99 %", exact.exceeded_by(0.01), 8.668_017_049_2);
    // The relaxation time is about 76 min, so arrivals 1,500 min apart (every 6,750th) are as good as independent.
    let (minutes, r) = if full() { (20_000, 160) } else { (18_000, 50) };
    let Found { metrics, long, apart_min } = simulated(&line(60, minutes, 1500), r, 6750);
    let [waited, mean, queue, p95, p99] = &metrics;
    assert_exact("V03 probability of a wait", waited, exact.waits, WIDTH);
    assert_exact("V03 mean wait", mean, exact.mean_wait, WIDTH);
    assert_exact("V03 mean queue", queue, RATE * exact.mean_wait, WIDTH);
    assert_spread("V03 mean queue", queue, VARIANCE_CONSTANT, f64::from(minutes));
    assert_exact("V03 wait above 2 min", &long, exact.longer_than(2.0), WIDTH);
    assert!(follow("V03 law of the wait", apart_min, &exact));
    if full() {
        // The histogram has three significant digits: a bias of a thousandth.
        for (name, sample, rest) in [("95 %", p95, 0.05), ("99 %", p99, 0.01)] {
            let quantile = exact.exceeded_by(rest);
            let what = format!("V03 wait not exceeded by {name}");
            assert!(judge(&what, sample, quantile, 0.001 * quantile, WIDTH).accepted);
        }
    }
}

#[test]
fn v03_a_twin_with_five_percent_shorter_tasks_is_rejected() {
    let (exact, own) = (Exact::with_mean(1.0), Exact::with_mean(0.95));
    let (minutes, r) = if full() { (20_000, 40) } else { (8_000, 50) };
    // At this load the relaxation time is about 33 min: every 2,250th arrival, 500 min apart.
    let Found { metrics, long, apart_min } = simulated(&line(57, minutes, 500), r, 2250);
    let [waited, mean, queue, ..] = &metrics;
    assert_twin("V03 probability of a wait", waited, exact.waits, own.waits, WIDTH);
    assert_twin("V03 mean wait", mean, exact.mean_wait, own.mean_wait, WIDTH);
    assert_twin("V03 mean queue", queue, RATE * exact.mean_wait, RATE * own.mean_wait, WIDTH);
    assert!(follow("V03 law of the wait, twin against its own", apart_min.clone(), &own));
    if full() {
        assert_twin("V03 wait above 2 min", &long, exact.longer_than(2.0), own.longer_than(2.0), WIDTH);
        assert!(!follow("V03 law of the wait, twin", apart_min, &exact)); // 0.10 apart at 0: n must be above 1,500
    }
}
