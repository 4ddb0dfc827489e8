//! Zones of a group: where it launches, and how it comes back into balance (ASG-1, ASG-2).

use super::support::{calls, group, run};

const OUTAGE: &str = "  - { at: 60s, fault: zoneOutage, with: { zone: a, for: 10m } }\n";

/// ASG-1, ASG-2: found unhealthy at 120 s and replaced in b. When a is back at 660 s the group holds b 2, c 1: it launches
/// in a, one above MaxSize, and once that is in service at 690 s one goes in b.
#[test]
fn after_an_outage_zones_are_levelled_by_a_launch_before_a_termination() {
    let sizes = group("a, b, c", "MinSize: 3, MaxSize: 3");
    let (log, _) = run(&format!("duration: 20m\n{sizes}\ntimeline:\n{OUTAGE}"));
    assert_eq!(log.with("launch"), ["120 launch asg-4 in b", "660 launch asg-5 in a"]);
    assert_eq!(log.with("goes"), ["120 asg-1 goes: unhealthy", "690 asg-2 goes: zone rebalancing"]);
}

/// ASG-1: balanced-only waits for the zone with the fewest.
#[test]
fn a_balanced_only_group_keeps_trying_in_the_zone_that_fails() {
    let only = "AvailabilityZoneDistribution: { CapacityDistributionStrategy: balanced-only }";
    let sizes = group("a, b, c", &format!("MinSize: 3, MaxSize: 3, {only}"));
    let (log, _) = run(&format!("duration: 20m\n{sizes}\ntimeline:\n{OUTAGE}"));
    assert_eq!(log.with("launch"), ["660 launch asg-4 in a"]);
    assert_eq!(log.with("goes"), ["120 asg-1 goes: unhealthy"]);
}

#[test]
fn zones_stay_as_they_are_while_rebalancing_is_suspended() {
    let sizes = group("a, b, c", "MinSize: 3, MaxSize: 3");
    let suspended = calls(&[
        ("1s", "SuspendProcesses", "ScalingProcesses: [AZRebalance]"),
        ("15m", "ResumeProcesses", "ScalingProcesses: [AZRebalance]"),
    ]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{suspended}{OUTAGE}"));
    assert_eq!(log.with("launch"), ["120 launch asg-4 in b", "900 launch asg-5 in a"]);
}

/// ASG-2: of a 2, b 2, c 2 the group leaves c: MaxSize 20 lets it launch 2 at once, in a and in b.
#[test]
fn a_group_that_leaves_a_zone_moves_a_tenth_of_its_maximum_at_a_time() {
    let sizes = group("a, b, c", "MinSize: 6, MaxSize: 20");
    let leaves = calls(&[("60s", "UpdateAutoScalingGroup", "AvailabilityZones: [a, b]")]);
    let (log, end) = run(&format!("duration: 20m\n{sizes}\n{leaves}"));
    assert_eq!(log.with("launch"), ["60 launch asg-7 in a", "60 launch asg-8 in b"]);
    // the two of c, in service from the start
    assert_eq!(log.with("goes"), ["90 asg-3 goes: zone rebalancing", "90 asg-6 goes: zone rebalancing"]);
    assert_eq!(end.group_counts(end.auto_scaling_groups[0].pool).in_service, 6);
}

/// ASG-2: with MaxSize 6 it is one at a time, the second once the first is in service.
#[test]
fn a_small_group_moves_one_instance_at_a_time() {
    let sizes = group("a, b, c", "MinSize: 6, MaxSize: 6");
    let leaves = calls(&[("60s", "UpdateAutoScalingGroup", "AvailabilityZones: [a, b]")]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{leaves}"));
    assert_eq!(log.with("launch"), ["60 launch asg-7 in a", "90 launch asg-8 in b"]);
    assert_eq!(log.with("goes"), ["90 asg-3 goes: zone rebalancing", "120 asg-6 goes: zone rebalancing"]);
}

/// ASG-2: four of a on their own, then b is open too: 4/0 becomes 2/2 and stays.
#[test]
fn a_new_zone_takes_its_half_and_no_more() {
    let sizes = group("a", "MinSize: 4, MaxSize: 4");
    let opens = calls(&[("60s", "UpdateAutoScalingGroup", "AvailabilityZones: [a, b]")]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{opens}"));
    assert_eq!(log.with("launch"), ["60 launch asg-5 in b", "90 launch asg-6 in b"]);
    assert_eq!(log.with("goes").len(), 2);
}

/// ASG-2: protected from scale-in, nobody can go, so nobody is launched.
#[test]
fn a_group_of_protected_instances_is_not_levelled() {
    let sizes = group("a", "MinSize: 4, MaxSize: 4, NewInstancesProtectedFromScaleIn: true");
    let opens = calls(&[("60s", "UpdateAutoScalingGroup", "AvailabilityZones: [a, b]")]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{opens}"));
    assert_eq!(log.with("launch"), Vec::<&str>::new());
}

/// ASG-11: nowhere is capacity from 10 s to 310 s. Told to hold two at 60 s, the group tries each 60 s: at 60, 120, …, and
/// succeeds at 360; the desired capacity stays.
#[test]
fn a_launch_that_finds_no_capacity_is_tried_again() {
    let sizes = group("a", "MinSize: 1, MaxSize: 3");
    let out = "  - { at: 10s, fault: capacityOutage, with: { zone: a, for: 5m } }\n";
    let up = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 2")]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{up}{out}"));
    assert_eq!(log.with("desired"), ["60 desired 1 -> 2"]);
    assert_eq!(log.with("launch"), ["360 launch asg-2 in a"]);
}

/// ASG-1, ASG-11: where one zone has none, another one does; balanced-only waits for it.
#[test]
fn a_zone_without_capacity_is_passed_over_unless_the_group_is_balanced_only() {
    let out = "  - { at: 10s, fault: capacityOutage, with: { zone: b, for: 5m } }\n";
    let up = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 2")]);
    let best_effort = group("a, b", "MinSize: 1, MaxSize: 3");
    let (log, _) = run(&format!("duration: 5m\n{best_effort}\n{up}{out}"));
    assert_eq!(log.with("launch"), ["60 launch asg-2 in a"]);
    let only = "AvailabilityZoneDistribution: { CapacityDistributionStrategy: balanced-only }";
    let (log, _) = run(&format!(
        "duration: 10m\n{}\n{up}{out}",
        group("a, b", &format!("MinSize: 1, MaxSize: 3, {only}"))
    ));
    assert_eq!(log.with("launch"), ["360 launch asg-2 in b"]);
}
