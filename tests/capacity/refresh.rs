//! Instance refresh.

use super::support::{Log, calls, cluster, group, refusal, run};

/// A refresh begun at 60 s of a group of `instances` in two zones, with these preferences. An instance needs 30 s to
/// enter service.
fn refreshed(instances: u32, preferences: &str) -> Log {
    let sizes = group("a, b", &format!("MinSize: {instances}, MaxSize: 20"));
    let start = calls(&[("60s", "StartInstanceRefresh", &format!("Preferences: {{ {preferences} }}"))]);
    run(&format!("duration: 4h\n{sizes}\n{start}")).0
}

fn times(lines: &[&str]) -> Vec<u32> {
    lines.iter().filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
}

/// 50 % of 4 stay: two at a time, the next two when those are in service.
#[test]
fn as_many_go_at_a_time_as_the_minimum_leaves() {
    let log = refreshed(4, "MinHealthyPercentage: 50");
    assert_eq!(times(&log.with("goes")), [60, 60, 90, 90]);
    assert_eq!(times(&log.with("launch")), [60, 60, 90, 90]);
    assert_eq!(log.with("the refresh")[1..], ["120 the refresh is over: Successful"]);
}

/// 90 % of 4 are 3.6, so 4 would stay: one at a time all the same.
#[test]
fn at_least_one_is_replaced_at_a_time() {
    let log = refreshed(4, "MinHealthyPercentage: 90");
    assert_eq!(times(&log.with("goes")), [60, 90, 120, 150]);
    assert_eq!(log.with("the refresh")[1..], ["180 the refresh is over: Successful"]);
}

/// 150 % of 4 are 6: two are launched first, and two go once these are in service.
#[test]
fn above_a_hundred_percent_instances_are_launched_before_others_go() {
    let log = refreshed(4, "MinHealthyPercentage: 100, MaxHealthyPercentage: 150");
    assert_eq!(times(&log.with("launch")), [60, 60, 90, 90]);
    assert_eq!(times(&log.with("goes")), [90, 90, 120, 120]);
    assert_eq!(log.with("the refresh")[1..], ["120 the refresh is over: Successful"]);
}

/// In service after 30 s, warm 120 s later: every 150 s.
#[test]
fn a_new_instance_counts_once_it_is_warm() {
    let log = refreshed(2, "MinHealthyPercentage: 50, InstanceWarmup: 120");
    assert_eq!(times(&log.with("goes")), [60, 210]);
    assert_eq!(log.with("the refresh")[1..], ["360 the refresh is over: Successful"]);
}

/// 10 instances, 5 at a time; a checkpoint at 20 % stops after 2 for 600 s.
#[test]
fn a_checkpoint_holds_the_refresh_for_its_delay() {
    let log =
        refreshed(10, "MinHealthyPercentage: 50, CheckpointPercentages: [20, 100], CheckpointDelay: 600");
    assert_eq!(times(&log.with("goes")), [60, 60, 690, 690, 690, 690, 690, 720, 720, 720]);
    assert_eq!(log.with("the refresh")[1..], ["90 the refresh is on", "750 the refresh is over: Successful"]);
}

/// asg-3 was launched after the new version: with SkipMatching only the two older ones go.
#[test]
fn instances_of_the_present_version_are_skipped_where_that_is_asked_for() {
    let sizes = group("a", "MinSize: 2, MaxSize: 5");
    let timeline = calls(&[
        ("60s", "UpdateAutoScalingGroup", "LaunchTemplate: { LaunchTemplateName: nodes, Version: '2' }"),
        ("120s", "SetDesiredCapacity", "DesiredCapacity: 3"),
        ("600s", "StartInstanceRefresh", "Preferences: { SkipMatching: true }"),
        ("1h", "StartInstanceRefresh", "Preferences: { SkipMatching: true }"),
    ]);
    let (log, _) = run(&format!("duration: 2h\n{sizes}\n{timeline}"));
    assert_eq!(log.with("goes"), ["600 asg-1 goes: instance refresh", "630 asg-2 goes: instance refresh"]);
    assert_eq!(
        log.with("the refresh is over"),
        ["660 the refresh is over: Successful", "3600 the refresh is over: Successful"]
    );
}

/// A change of the type goes with a new version: what is launched from then on is an m5.xlarge.
#[test]
fn a_refresh_brings_the_new_instance_type() {
    let sizes = group("a", "MinSize: 2, MaxSize: 5");
    let timeline = calls(&[
        ("60s", "UpdateAutoScalingGroup", "InstanceType: m5.xlarge"),
        ("120s", "StartInstanceRefresh", ""),
    ]);
    let (_, end) = run(&format!("duration: 1h\n{sizes}\n{timeline}"));
    let pool = end.auto_scaling_groups[0].pool;
    let types: Vec<_> =
        end.counting_instances(pool).map(|id| end.instances[id].instance_type.as_deref()).collect();
    assert_eq!(types, [Some("m5.xlarge"), Some("m5.xlarge")]);
}

#[test]
fn a_group_is_refreshed_once_at_a_time_and_a_refresh_can_be_cancelled() {
    let sizes = group("a", "MinSize: 3, MaxSize: 5");
    let timeline = calls(&[
        ("60s", "StartInstanceRefresh", ""),
        ("70s", "StartInstanceRefresh", ""),
        ("80s", "CancelInstanceRefresh", ""),
        ("85s", "CancelInstanceRefresh", ""),
    ]);
    let (log, end) = run(&format!("duration: 1h\n{sizes}\n{timeline}"));
    assert_eq!(
        log.with("refused"),
        [
            "70 StartInstanceRefresh refused: InstanceRefreshInProgress",
            "85 CancelInstanceRefresh refused: ActiveInstanceRefreshNotFound"
        ]
    );
    assert_eq!(times(&log.with("goes")), [60]);
    assert_eq!(end.group_counts(end.auto_scaling_groups[0].pool).in_service, 3);
}

/// Protected instances are replaced, left, or waited for: for an hour, 60 + 3,600 s.
#[test]
fn protected_instances_are_treated_as_the_preferences_say() {
    let case = |preference: &str| {
        let sizes = group("a", "MinSize: 2, MaxSize: 5, NewInstancesProtectedFromScaleIn: true");
        let start = format!("Preferences: {{ {preference} }}");
        let timeline = calls(&[("60s", "StartInstanceRefresh", &start)]);
        let (log, _) = run(&format!("duration: 2h\n{sizes}\n{timeline}"));
        (times(&log.with("goes")), log.with("the refresh").last().map(|line| (*line).to_owned()))
    };
    let ended = |line: &str| Some(line.to_owned());
    assert_eq!(
        case("ScaleInProtectedInstances: Refresh"),
        (vec![60, 90], ended("120 the refresh is over: Successful"))
    );
    assert_eq!(
        case("ScaleInProtectedInstances: Ignore"),
        (vec![], ended("60 the refresh is over: Successful"))
    );
    assert_eq!(case(""), (vec![], ended("3660 the refresh is over: Failed")));
}

/// CAS-15: an instance that the refresh takes is drained; the service's tasks move, and none dies with its host.
#[test]
fn a_refresh_of_a_provider_s_group_drains_each_instance() {
    let text = cluster("MinSize: 2, MaxSize: 6, DesiredCapacity: 2", "", 8);
    let start = calls(&[(
        "60s",
        "StartInstanceRefresh",
        "Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150, InstanceWarmup: 60 }",
    )]);
    let (log, end) = run(&format!("duration: 1h\n{text}\n{start}"));
    // the first new one is launched at 60 s, in service at 90 s, warm at 150 s; the second from there on
    assert_eq!(log.with("goes"), ["150 asg-1 goes: instance refresh", "240 asg-2 goes: instance refresh"]);
    assert_eq!(log.with("Terminating:Wait").len(), 2);
    assert_eq!(log.with("the refresh is over"), ["240 the refresh is over: Successful"]);
    // no machine is shut down while a task is on it: 1 s until the service looks, 2 s until they exit, and so on
    assert!(times(&log.with("asg-1 is Terminating"))[1] > 150);
    let service = end.service_named("busy").expect("the service");
    assert_eq!(end.service(service).tasks.len(), 8);
}

#[test]
fn preferences_that_do_not_go_together_are_told_at_their_place() {
    let told = |preferences: &str| {
        let sizes = group("a", "MinSize: 2, MaxSize: 5");
        let with = format!("Preferences: {{ {preferences} }}");
        refusal(&format!("duration: 1h\n{sizes}\n{}", calls(&[("60s", "StartInstanceRefresh", &with)])))
    };
    let apart = told("MinHealthyPercentage: 50, MaxHealthyPercentage: 200");
    assert!(apart.contains("at most 100 more") && apart.contains("case:6:"), "{apart}");
    assert!(told("CheckpointPercentages: [50, 20]").contains("ascend"));
    assert!(told("ScaleInProtectedInstances: Kill").contains("none of Refresh, Ignore and Wait"));
}
