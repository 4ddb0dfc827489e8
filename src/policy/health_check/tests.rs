use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1000;

fn check(interval: u64, retries: u32, start_period: u64) -> HealthCheck {
    HealthCheck {
        interval: SimDuration(interval * SECOND),
        timeout: SimDuration(5 * SECOND),
        retries,
        start_period: SimDuration(start_period * SECOND),
    }
}

fn at(seconds: u64) -> SimTime {
    SimTime(seconds * SECOND)
}

/// Alternating stretches from a first outcome, ending at these seconds; the last one never ends.
fn stretches(first_passes: bool, ends: &[u64]) -> Vec<Stretch> {
    let ends = ends.iter().map(|end| at(*end)).chain([SimTime::NEVER]);
    ends.enumerate()
        .map(|(index, until)| Stretch { until, passes: first_passes == (index % 2 == 0) })
        .collect()
}

fn first_change(check: &HealthCheck, stretches: &[Stretch]) -> Option<(SimTime, HealthStatus)> {
    next_change(check, SimDuration::ZERO, SimTime::ZERO, stretches, SimTime::ZERO)
}

/// CON-6.
#[test]
fn the_first_probe_comes_one_interval_after_the_start() {
    let change = first_change(&check(30, 3, 0), &stretches(true, &[]));
    assert_eq!(change, Some((at(30), HealthStatus::Healthy)));
}

/// CON-6: startPeriod + retries × interval = 60 + 3 × 30 = 150 s.
#[test]
fn a_broken_start_is_found_after_start_period_and_retries() {
    let change = first_change(&check(30, 3, 60), &stretches(false, &[]));
    assert_eq!(change, Some((at(150), HealthStatus::Unhealthy)));
}

/// CON-6: with a probe time of 5 s the probes end at 35, 70 and 105 s.
#[test]
fn the_time_that_a_probe_takes_is_added_to_the_interval() {
    let probe_time = SimDuration(5 * SECOND);
    let change =
        next_change(&check(30, 3, 0), probe_time, SimTime::ZERO, &stretches(false, &[]), SimTime::ZERO);
    assert_eq!(change, Some((at(105), HealthStatus::Unhealthy)));
}

/// CON-6: healthy at 10 s, inside the start period of 60 s; broken from 15 s on: probes at 20 and 30 s count.
#[test]
fn a_success_ends_the_leniency_of_the_start_period() {
    let stretches = stretches(true, &[15]);
    let check = check(10, 2, 60);
    assert_eq!(first_change(&check, &stretches), Some((at(10), HealthStatus::Healthy)));
    let next = next_change(&check, SimDuration::ZERO, SimTime::ZERO, &stretches, at(10));
    assert_eq!(next, Some((at(30), HealthStatus::Unhealthy)));
}

/// CON-6: two failures at 40 and 50 s, then passes: with three retries nothing changes.
#[test]
fn fewer_failures_than_retries_change_nothing() {
    let next =
        next_change(&check(10, 3, 0), SimDuration::ZERO, SimTime::ZERO, &stretches(true, &[35, 55]), at(10));
    assert_eq!(next, None);
}

/// What Docker does, probe by probe.
fn probe_by_probe(
    check: &HealthCheck,
    stretches: &[Stretch],
    until: SimTime,
) -> Vec<(SimTime, HealthStatus)> {
    let (mut health, mut failures, mut lenient) = (HealthStatus::Unknown, 0, check.start_period.0 > 0);
    let mut changes = Vec::new();
    let mut now = SimTime::ZERO + check.interval;
    while now < until {
        let passes =
            stretches.iter().find(|stretch| now < stretch.until).is_some_and(|stretch| stretch.passes);
        let before = health;
        if passes {
            (health, failures, lenient) = (HealthStatus::Healthy, 0, false);
        } else if !(lenient && now.0 <= check.start_period.0) {
            failures += 1;
            if failures >= check.retries {
                health = HealthStatus::Unhealthy;
            }
        }
        if health != before {
            changes.push((now, health));
        }
        now = now + check.interval;
    }
    changes
}

proptest! {
    #[test]
    fn the_computed_changes_are_those_of_probing(
        interval in 5..40u64,
        retries in 1..5u32,
        start_period in 0..200u64,
        first_passes: bool,
        lengths in prop::collection::vec(1..150u64, 0..6),
    ) {
        let check = check(interval, retries, start_period);
        let ends: Vec<u64> = lengths.iter().scan(0, |sum, length| { *sum += length; Some(*sum) }).collect();
        let stretches = stretches(first_passes, &ends);
        let until = at(3000);
        let (mut now, mut found) = (SimTime::ZERO, Vec::new());
        while let Some(change) = next_change(&check, SimDuration::ZERO, SimTime::ZERO, &stretches, now) {
            now = change.0;
            if now >= until {
                break;
            }
            found.push(change);
        }
        prop_assert_eq!(found, probe_by_probe(&check, &stretches, until));
    }
}
