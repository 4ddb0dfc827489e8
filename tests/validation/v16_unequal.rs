//! V16: seven instances with unequal availabilities, one task each: the number up is Poisson binomial (INS-5, FAIL-4).
//!
//! A task fits its own instance only: the instances have the more CPU the less memory they have. An attempt to place
//! comes exactly one repair after the loss, at the instant at which the instance is back.

use ecsim::kernel::time::SimTime;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

use crate::full;
use crate::support::{assert_exact, assert_published, assert_twin, setup_of, watched};

const SHARES: [f64; 7] = [0.999, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9];
const MINUTES_DOWN: f64 = 600.0;
const WARM_UP_HOURS: u64 = 1_000;

/// What the dynamic programme over the instances says: the probability of each number up, 0 to 7.
fn law(shares: [f64; 7]) -> [f64; 8] {
    let mut law = [0.0; 8];
    law[0] = 1.0;
    for (place, share) in shares.into_iter().enumerate() {
        for up in (0..=place + 1).rev() {
            law[up] = law[up] * (1.0 - share) + if up > 0 { law[up - 1] * share } else { 0.0 };
        }
    }
    law
}

fn mean_down(law: [f64; 8]) -> f64 {
    law.iter().enumerate().map(|(up, share)| (7 - up) as f64 * share).sum()
}

fn variance(law: [f64; 8]) -> f64 {
    let squares: f64 = law.iter().enumerate().map(|(up, share)| ((7 - up) * (7 - up)) as f64 * share).sum();
    squares - mean_down(law) * mean_down(law)
}

fn fewer_than(law: [f64; 8], k: usize) -> f64 {
    law[..k].iter().sum()
}

/// Milliseconds by number of tasks up, and how often fewer than five were.
#[derive(Default)]
struct Up {
    stood: [u64; 8],
    up: u32,
    entries_below_5: u64,
}

impl Observer for Up {
    fn observe(&mut self, _: SimTime, _: &Change, _: &Cluster) {}

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let up = cluster.services.iter().map(|service| service.counts.healthy).sum();
        self.entries_below_5 += u64::from(up < 5 && self.up >= 5);
        self.up = up;
        self.stood[up as usize] += to.0.saturating_sub(from.0.max(WARM_UP_HOURS * 3_600_000));
    }
}

/// Each replication's shares of time by number up, and the entries below five of all.
fn simulated(minutes_down: f64) -> (Vec<[f64; 8]>, u64) {
    let (hours, r) = if full() { (2_500_000, 60) } else { (250_000, 60) };
    let [mut definitions, mut instances, mut services, mut groups] = [(); 4].map(|()| String::new());
    for (place, share) in SHARES.into_iter().enumerate() {
        let (cpu, memory) = (1000 + 100 * place, 2000 - 100 * place);
        let up = MINUTES_DOWN * share / (1.0 - share);
        definitions += &format!(
            "    - {{ family: t{place}, containerDefinitions: [{{ name: c, cpu: {cpu}, memory: {memory} }}] }}\n"
        );
        instances +=
            &format!("    - {{ name: g{place}, count: 1, resources: {{ cpu: {cpu}, memory: {memory} }} }}\n");
        services +=
            &format!("    - {{ serviceName: s{place}, taskDefinition: t{place}, desiredCount: 1 }}\n");
        groups += &format!(
            "    g{place}: {{ failure: {{ every: {{ exponential: {{ mean: {up}m }} }}, repair: {minutes_down}m }} }}\n"
        );
    }
    let launches: Vec<String> = (0..7).map(|place| format!("t{place}: {{ launch: 0s }}")).collect();
    let setup = setup_of(&format!(
        "ecsim: 1
name: unequal
seed: 20261116
duration: {}h
warmUp: {WARM_UP_HOURS}h
start: settled
aws:
  taskDefinitions:
{definitions}  containerInstances:
{instances}  services:
{services}world:
  tasks: {{ {} }}
  groups:
{groups}model:
  scheduler_wake: 0s
  no_check_healthy_delay: 0s
  lost_instance_detect: 0s
  place_fast_window: 0s
  place_retry_slow: {minutes_down}m
",
        hours + WARM_UP_HOURS,
        launches.join(", ")
    ));
    let (_, seen) = watched(&setup, r, [], Up::default);
    let all = hours as f64 * 3_600_000.0;
    let entries = seen.iter().map(|up| up.entries_below_5).sum();
    (seen.iter().map(|up| up.stood.map(|ms| ms as f64 / all)).collect(), entries)
}

fn each(shares: &[[f64; 8]], of: impl Fn([f64; 8]) -> f64) -> Vec<f64> {
    shares.iter().map(|shares| of(*shares)).collect()
}

#[test]
fn v16_the_number_of_tasks_up_is_poisson_binomial() {
    let exact = law(SHARES);
    assert_published("V16 mean", 7.0 - mean_down(exact), 6.784);
    assert_published("V16 variance", variance(exact), 0.202_074);
    assert_published("V16 at least 7", 1.0 - fewer_than(exact, 7), 0.799_811_580_96);
    assert_published("V16 at least 6", 1.0 - fewer_than(exact, 6), 0.984_732_677_46);
    assert_published("V16 at least 5", 1.0 - fewer_than(exact, 5), 0.999_464_832_09);
    let width = if full() { 0.005 } else { 0.015 };
    let (shares, entries) = simulated(MINUTES_DOWN);
    let of_mean = mean_down(exact);
    let square_from_mean = |shares: [f64; 8]| {
        let from = |up: usize| (7 - up) as f64 - of_mean;
        shares.iter().enumerate().map(|(up, share)| from(up) * from(up) * share).sum()
    };
    assert_exact("V16 mean down", &each(&shares, mean_down), of_mean, width);
    assert_exact("V16 variance", &each(&shares, square_from_mean), variance(exact), width);
    assert_exact(
        "V16 fewer than 7 up",
        &each(&shares, |law| fewer_than(law, 7)),
        fewer_than(exact, 7),
        width,
    );
    assert_exact(
        "V16 fewer than 6 up",
        &each(&shares, |law| fewer_than(law, 6)),
        fewer_than(exact, 6),
        width,
    );
    // A rare event is seen where it was seen a thousand times; the width is then about 3 %.
    assert!(entries >= 1000, "blind: {entries} entries below 5 up");
    assert_exact("V16 fewer than 5 up", &each(&shares, |law| fewer_than(law, 5)), fewer_than(exact, 5), 0.04);
}

#[test]
fn v16_a_twin_with_five_percent_longer_repairs_is_rejected() {
    let exact = law(SHARES);
    // up / (up + 1.05 down) with up / down = p / (1 − p)
    let own = law(SHARES.map(|share| share / (share + 1.05 * (1.0 - share))));
    let width = if full() { 0.005 } else { 0.015 };
    let (shares, _) = simulated(1.05 * MINUTES_DOWN);
    assert_twin("V16 mean down", &each(&shares, mean_down), mean_down(exact), mean_down(own), width);
    let (below_7, below_6) =
        (each(&shares, |law| fewer_than(law, 7)), each(&shares, |law| fewer_than(law, 6)));
    assert_twin("V16 fewer than 7 up", &below_7, fewer_than(exact, 7), fewer_than(own, 7), width);
    assert_twin("V16 fewer than 6 up", &below_6, fewer_than(exact, 6), fewer_than(own, 6), width);
}
