//! V14: spread over zones is exact; random placement covers zones as coupons are collected (PLC-5, PLC-7).

use ecsim::engine::Setup;
use ecsim::experiment::TrialOptions;

use crate::full;
use crate::support::{judge, replication, setup_of};

/// Ten tasks one after another on instances in three zones.
fn setup(instances: [u32; 3], strategy: &str) -> Setup {
    let groups: String = ["a", "b", "c"]
        .iter()
        .zip(instances)
        .map(|(zone, count)| {
            format!("    - {{ name: {zone}, count: {count}, resources: {{ cpu: 9000, memory: 9000 }}, zones: [{zone}] }}\n")
        })
        .collect();
    setup_of(&format!(
        "ecsim: 1
name: zones
seed: 20261114
duration: 1m
aws:
  taskDefinitions: [{{ family: job, containerDefinitions: [{{ name: job, cpu: 1, memory: 6 }}] }}]
  containerInstances:
{groups}
world:
  runs:
    - name: jobs
      taskDefinition: job
      arrivals: {{ at: [1s, 2s, 3s, 4s, 5s, 6s, 7s, 8s, 9s, 10s] }}
      duration: 1h
      placementStrategy: [{strategy}]
"
    ))
}

/// The zones of the ten tasks in order, as 0, 1, 2.
fn zones(setup: &Setup, number: u64) -> Vec<usize> {
    let (_, mut rows) = replication(setup, number, TrialOptions::default());
    rows.0.sort_by_key(|row| row.created);
    rows.0
        .iter()
        .map(|row| ["a", "b", "c"].iter().position(|zone| Some(*zone) == row.zone.as_deref()).unwrap())
        .collect()
}

fn counts(zones: &[usize]) -> [usize; 3] {
    let mut counts = [0; 3];
    zones.iter().for_each(|zone| counts[*zone] += 1);
    counts
}

#[test]
fn v14_spread_keeps_zone_counts_within_one_after_every_placement() {
    let setup = setup([1, 1, 1], "{ type: spread, field: 'attribute:ecs.availability-zone' }");
    for number in 0..50 {
        let zones = zones(&setup, number);
        for k in 1..=10 {
            let counts = counts(&zones[..k]);
            let difference = counts.iter().max().unwrap() - counts.iter().min().unwrap();
            assert_eq!(difference, usize::from(k % 3 != 0), "after {k}: {counts:?}");
        }
    }
}

#[test]
fn v14_random_placement_covers_zones_as_coupons_are_collected() {
    // n = 3 has p = 0.222: at R = 50,000 its standard error is 0.84 % of it; 200,000 give 0.42 %
    let (r, width) = if full() { (200_000, 0.005) } else { (20_000, 0.015) };
    let setup = setup([1, 1, 1], "{ type: random }");
    let (mut covered, mut largest) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new());
    for number in 0..r {
        let zones = zones(&setup, number);
        for (sample, n) in covered.iter_mut().zip([3, 5, 8]) {
            sample.push(f64::from(counts(&zones[..n]).iter().all(|count| *count > 0)));
        }
        largest.push(*counts(&zones[..9]).iter().max().unwrap() as f64);
    }
    let exact = [0.222_222_222_22, 0.617_283_950_62, 0.883_401_920_44];
    for ((sample, exact), n) in covered.iter().zip(exact).zip([3, 5, 8]) {
        assert!(judge(&format!("V14 covered by {n}"), sample, exact, 0.0, width).accepted);
    }
    assert!(judge("V14 largest of 9", &largest, 4.504_343_85, 0.0, width).accepted);
}

/// The share of the ten tasks in the first zone.
fn first_zone(setup: &Setup, r: u64) -> Vec<f64> {
    (0..r).map(|number| counts(&zones(setup, number))[0] as f64 / 10.0).collect()
}

#[test]
fn v14_each_zone_gets_a_third_and_a_twin_with_one_zone_five_percent_heavier_is_rejected() {
    let even = first_zone(&setup([20, 20, 20], "{ type: random }"), 20_000);
    assert!(judge("V14 zone share", &even, 1.0 / 3.0, 0.0, 0.005).accepted);
    // 21 of 61 instances: 0.3443 against 0.3333
    let heavier = first_zone(&setup([21, 20, 20], "{ type: random }"), 20_000);
    assert!(!judge("V14 twin", &heavier, 1.0 / 3.0, 0.0, 0.005).accepted);
}
