//! Cluster auto scaling, to the minute (CAS).

use super::support::{cluster, run, run_tasks};

/// CAS-E1, CAS-4, CAS-8: three full instances, 11 tasks wait, 4 fit an instance: need ceil(11 / 4) = 3, M = 6, CPR 200.
#[test]
fn eleven_waiting_tasks_double_a_group_of_three() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let case = format!("duration: 10m\n{}\n{}", cluster(sizes, "", 12), run_tasks("30s", 11));
    let (log, end) = run(&case);
    assert_eq!(log.with("reservation")[..2], ["60 reservation 200", "120 reservation 100"]);
    assert_eq!(log.with("desired"), ["60 desired 3 -> 6"]);
    // 60 + 30 s until the machine runs + 30 s until its agent has registered it
    assert_eq!(log.with(" on asg-").len(), 11);
    assert!(log.with(" on asg-").iter().all(|line| line.starts_with("120 ")), "{:?}", log.with(" on "));
    assert_eq!(end.tasks_unplaced, 0);
}

/// CAS-E1, CAS-4, CAS-9: with a maximum step of 2 M is 5, and the three tasks left wait for the warm-up: launched at 60,
/// warm at 360; then need ceil(3 / 4) = 1.
#[test]
fn the_maximum_step_is_kept_and_the_next_step_waits_for_the_warm_up() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let scaling = ", maximumScalingStepSize: 2";
    let case = format!("duration: 10m\n{}\n{}", cluster(sizes, scaling, 12), run_tasks("30s", 11));
    let (log, _) = run(&case);
    assert_eq!(log.with("desired"), ["60 desired 3 -> 5", "360 desired 5 -> 6"]);
    // 5 / 3 = 166.67; then 6 / 5 = 120
    let measured = log.with("reservation");
    assert!(measured[0].starts_with("60 reservation 166.6"), "{measured:?}");
    assert_eq!(measured[1..3], ["120 reservation 120", "420 reservation 100"]);
}

/// CAS-2: from zero the metric is 200 whatever the need, so that the first step is two instances.
#[test]
fn from_zero_the_first_step_is_two_instances() {
    let case =
        format!("duration: 8m\n{}\n{}", cluster("MinSize: 0, MaxSize: 60", "", 0), run_tasks("10s", 30));
    let (log, _) = run(&case);
    // 30 tasks need 8 instances; two come first, warm at 360, then 2 + ceil(22 / 4) = 8
    assert_eq!(log.with("desired"), ["60 desired 0 -> 2", "360 desired 2 -> 8"]);
    assert_eq!(log.with("reservation")[..2], ["60 reservation 200", "120 reservation 400"]);
}

/// CAS-E2, CAS-10: two of five instances are empty from the start: 15 datapoints below 100 from 60 s on end at 900 s, and
/// 5 -> 3 is less than half.
#[test]
fn two_empty_instances_go_after_fifteen_datapoints() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 5";
    let (log, end) = run(&format!("duration: 20m\n{}", cluster(sizes, "", 12)));
    assert_eq!(log.with("reservation")[0], "60 reservation 60");
    assert_eq!(log.with("desired"), ["900 desired 5 -> 3"]);
    assert_eq!(end.group_counts(end.auto_scaling_groups[0].pool).in_service, 3);
}

/// CAS-10: toward 1 from 9, by less than half a minute: 9 -> 5 -> 3 -> 2 -> 1.
#[test]
fn a_scale_in_takes_less_than_half_a_minute() {
    let sizes = "MinSize: 1, MaxSize: 20, DesiredCapacity: 9";
    let (log, _) = run(&format!("duration: 20m\n{}", cluster(sizes, "", 4)));
    assert_eq!(
        log.with("desired"),
        ["900 desired 9 -> 5", "960 desired 5 -> 3", "1020 desired 3 -> 2", "1080 desired 2 -> 1"]
    );
}

/// CAS-13: M = 6 at target 75 keeps ceil(600 / 75) = 8 instances.
#[test]
fn a_target_below_a_hundred_keeps_spare_instances() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 6";
    let (log, _) = run(&format!("duration: 30m\n{}", cluster(sizes, ", targetCapacity: 75", 24)));
    // the reservation is then 100 × 6 / 8 = 75 and stays there
    assert_eq!(log.with("desired"), ["60 desired 6 -> 8"]);
    assert_eq!(log.with("reservation"), ["60 reservation 100", "120 reservation 75"]);
}
