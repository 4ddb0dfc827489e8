//! Cluster auto scaling, to the minute (CAS).

use super::support::{cluster, events, run, run_tasks};

/// CAS-E1, CAS-4, CAS-8, LAT-9: three full instances, 11 tasks wait, 4 fit an instance: need ceil(11 / 4) = 3, M = 6, CPR 200.
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

/// CAS-E2, CAS-3, CAS-10: two of five instances are empty from the start: 15 datapoints below 100 from 60 s on end at 900 s, and
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

/// CAS-4h: with three zones M was N + minimumScalingStepSize, whatever the need: 3 -> 4, and after the warm-up 4 -> 5.
#[test]
fn until_2021_a_group_of_several_zones_grew_by_the_minimum_step() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let case = cluster(sizes, "", 12).replace("model: {", "model: { cas_mode: legacy_min_step,");
    let (log, _) = run(&format!("duration: 8m\n{case}\n{}", run_tasks("30s", 11)));
    assert_eq!(log.with("desired"), ["60 desired 3 -> 4", "360 desired 4 -> 5"]);
    // in one zone it was as it is today: need 3
    let (log, _) =
        run(&format!("duration: 8m\n{}\n{}", case.replace("[a, b, c]", "[a]"), run_tasks("30s", 11)));
    assert_eq!(log.with("desired"), ["60 desired 3 -> 6"]);
}

/// CAS-5: eight tasks of 512 CPU units need 2 instances of 2,048, three of 1,024 need 2: the larger of them, or both.
#[test]
fn unequal_waiting_tasks_count_by_the_largest_group_or_by_the_sum() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let large = run_tasks("30s", 3).replace("group: extra,", "group: large, overrides: { cpu: '1024' },");
    let both = format!("{}{}", run_tasks("30s", 8), large.replace("timeline:\n", ""));
    let case = format!("duration: 4m\n{}\n{both}", cluster(sizes, "", 12));
    assert_eq!(run(&case).0.with("desired"), ["60 desired 3 -> 5"]);
    let case = case.replace("model: {", "model: { group_combine: sum,");
    assert_eq!(run(&case).0.with("desired"), ["60 desired 3 -> 7"]);
}

/// CAS-6: three tasks with distinctInstance need three instances, where one would hold them all.
#[test]
fn tasks_of_runtask_that_want_an_instance_each_count_so() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 1";
    let apart = "group: extra, placementConstraints: [{ type: distinctInstance }],";
    let apart = run_tasks("30s", 3).replace("group: extra,", apart);
    let (log, _) = run(&format!("duration: 4m\n{}\n{apart}", cluster(sizes, "", 4)));
    assert_eq!(log.with("desired"), ["60 desired 1 -> 4"]);
}

/// CAS-8: M = 3 + 3 asks for 6; MaxSize 4 is what it gets, and no further step is tried.
#[test]
fn a_scale_out_ends_at_max_size() {
    let sizes = "MinSize: 0, MaxSize: 4, DesiredCapacity: 3";
    let (log, _) = run(&format!("duration: 15m\n{}\n{}", cluster(sizes, "", 12), run_tasks("30s", 11)));
    assert_eq!(log.with("desired"), ["60 desired 3 -> 4"]);
}

/// CAS-8: M = N is the target exactly, and nothing happens.
#[test]
fn at_the_target_nothing_happens() {
    let (log, _) =
        run(&format!("duration: 1h\n{}", cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 12)));
    assert_eq!(log.with("desired"), [""; 0]);
    assert_eq!(log.with("reservation"), ["60 reservation 100"]);
}

/// CAS-1: a provider at rest measures nothing: a day of a steady cluster is a handful of events, not 1,440 datapoints.
#[test]
fn a_day_of_a_steady_cluster_is_a_handful_of_events() {
    let case = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 4", ", targetCapacity: 75", 12);
    let a_day = events(&format!("duration: 24h\n{case}"));
    assert!(a_day < 40, "{a_day} events");
    assert_eq!(a_day, events(&format!("duration: 48h\n{case}")), "the second day has no event at all");
}

/// CAS-8, ASG-11: no zone has capacity from 20 s to 620 s. The group is to hold 6 from 60 s on, and however long it does
/// not, no second step is asked for: need stays 3, N stays 3.
#[test]
fn a_group_that_cannot_launch_is_not_asked_again_and_again() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let outages: String = ["a", "b", "c"]
        .map(|zone| format!("  - {{ at: 20s, fault: capacityOutage, with: {{ zone: {zone}, for: 10m }} }}\n"))
        .concat();
    let (log, end) =
        run(&format!("duration: 15m\n{}\n{}{outages}", cluster(sizes, "", 12), run_tasks("30s", 11)));
    assert_eq!(log.with("desired"), ["60 desired 3 -> 6"]);
    assert_eq!(log.with("launch asg").len(), 3);
    assert_eq!(end.tasks_unplaced, 0);
}

/// CAS-1, INS-6: an instance that somebody drains is of the group still: its four tasks wait, need 1, M = 3 + 1.
#[test]
fn an_instance_that_is_drained_by_hand_counts_until_it_is_gone() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let drain = "timeline: [{ at: 30s, call: UpdateContainerInstancesState,
        with: { containerInstances: [asg-1], status: DRAINING } }]";
    let (log, end) = run(&format!("duration: 10m\n{}\n{drain}", cluster(sizes, "", 12)));
    assert_eq!(log.with("desired"), ["60 desired 3 -> 4"]);
    assert_eq!(log.with("reservation")[0], "60 reservation 133.33333333333334");
    assert_eq!(end.services[0].counts.running, 12);
}

/// CAS-10: two of five are empty for ten minutes, then 9 tasks come: 8 fit, one waits, and the row of low datapoints is
/// broken: one scale-out, and no scale-in at 900 s or later.
#[test]
fn a_scale_out_breaks_the_row_of_low_datapoints() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 5";
    let (log, _) = run(&format!("duration: 40m\n{}\n{}", cluster(sizes, "", 12), run_tasks("590s", 9)));
    assert_eq!(log.with("desired"), ["600 desired 5 -> 6"]);
}

/// CAS-14: an empty cluster at target 75 asks for ceil(100 / 75) = 2 instances; they are empty from their registration at
/// 120 s, go at 960 s and 1,020 s (fifteen datapoints, and 15 minutes past the scale-out), and it begins anew.
#[test]
fn the_defect_of_2019_launches_and_removes_instances_for_nobody() {
    let case = cluster("MinSize: 0, MaxSize: 20", ", targetCapacity: 75", 0);
    assert_eq!(run(&format!("duration: 20m\n{case}")).0.with("desired"), [""; 0]);
    let case = case.replace("model: {", "model: { cas_empty_bug: true,");
    assert_eq!(
        run(&format!("duration: 20m\n{case}")).0.with("desired"),
        ["60 desired 0 -> 2", "960 desired 2 -> 1", "1020 desired 1 -> 0", "1080 desired 0 -> 2"]
    );
}

/// CAS-13: with nothing needed and something there the metric is 0, and the group goes to MinSize.
#[test]
fn with_nothing_needed_the_group_goes_to_its_min_size() {
    let sizes = "MinSize: 1, MaxSize: 20, DesiredCapacity: 3";
    let (log, _) = run(&format!("duration: 20m\n{}", cluster(sizes, "", 0)));
    assert_eq!(log.with("reservation")[0], "60 reservation 0");
    assert_eq!(log.with("desired"), ["900 desired 3 -> 2", "960 desired 2 -> 1"]);
}

/// PLC-20: eight tasks more need two instances more, and go again at 20 min. Packed, what is left is on two of the four; spread
/// over instances, each of the four keeps two tasks and none is empty.
#[test]
fn spreading_by_instance_keeps_what_a_scale_out_brought() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 2";
    let resize = |at: &str, count: u32| {
        format!("{{ at: {at}, call: UpdateService, with: {{ service: busy, desiredCount: {count} }} }}")
    };
    let timeline = format!("timeline: [{}, {}]", resize("30s", 16), resize("20m", 8));
    let packed = format!("duration: 60m\n{}\n{timeline}", cluster(sizes, "", 8));
    let spread = packed.replace("type: binpack, field: cpu", "type: spread, field: instanceId");
    let held = |case: &str| {
        let end = run(case).1;
        end.group_counts(end.auto_scaling_groups[0].pool).in_service
    };
    assert_eq!((held(&packed), held(&spread)), (2, 4));
}
