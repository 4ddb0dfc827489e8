//! Requests about Auto Scaling groups: sizes, protection, processes, health (ASG-4).

use super::support::{calls, group, refusal, run};

#[test]
fn a_min_size_above_the_desired_capacity_lifts_it_and_a_max_size_below_lowers_it() {
    let sizes = group("a", "MinSize: 1, MaxSize: 6, DesiredCapacity: 2");
    let updates = calls(&[
        ("1m", "UpdateAutoScalingGroup", "MinSize: 4"),
        ("5m", "UpdateAutoScalingGroup", "MinSize: 0, MaxSize: 3"),
        ("9m", "UpdateAutoScalingGroup", "MinSize: 5"),
    ]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{updates}"));
    assert_eq!(log.with("desired"), ["60 desired 2 -> 4", "300 desired 4 -> 3"]);
    // MinSize 5 above MaxSize 3
    assert_eq!(log.with("refused"), ["540 UpdateAutoScalingGroup refused: ValidationError"]);
}

#[test]
fn a_desired_capacity_is_between_the_sizes() {
    let sizes = group("a", "MinSize: 1, MaxSize: 3, DesiredCapacity: 2");
    let sets = calls(&[
        ("1m", "SetDesiredCapacity", "DesiredCapacity: 3"),
        ("2m", "SetDesiredCapacity", "DesiredCapacity: 4"),
        ("3m", "SetDesiredCapacity", "DesiredCapacity: 0"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{sets}"));
    assert_eq!(log.with("desired"), ["60 desired 2 -> 3"]);
    assert_eq!(
        log.with("refused"),
        [
            "120 SetDesiredCapacity refused: ValidationError",
            "180 SetDesiredCapacity refused: ValidationError"
        ]
    );
}

/// Changed at 60 s, DefaultCooldown 300 s: until 360 s a request that honours the cooldown is refused.
#[test]
fn a_request_that_honours_the_cooldown_is_refused_within_it() {
    let sizes = group("a", "MinSize: 1, MaxSize: 5");
    let sets = calls(&[
        ("60s", "SetDesiredCapacity", "DesiredCapacity: 2"),
        ("359s", "SetDesiredCapacity", "DesiredCapacity: 3, HonorCooldown: true"),
        ("360s", "SetDesiredCapacity", "DesiredCapacity: 4, HonorCooldown: true"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{sets}"));
    assert_eq!(log.with("desired"), ["60 desired 1 -> 2", "360 desired 2 -> 4"]);
    assert_eq!(log.with("refused"), ["359 SetDesiredCapacity refused: ScalingActivityInProgress"]);
}

/// ASG-5: of three, two are protected; toward one, only the third goes, and the next when its protection ends.
#[test]
fn protected_instances_are_passed_over_at_scale_in() {
    let sizes = group("a", "MinSize: 0, MaxSize: 3, DesiredCapacity: 3");
    let protection = calls(&[
        ("10s", "SetInstanceProtection", "InstanceIds: [asg-1, asg-2], ProtectedFromScaleIn: true"),
        ("60s", "SetDesiredCapacity", "DesiredCapacity: 1"),
        ("90s", "SetInstanceProtection", "InstanceIds: [asg-2], ProtectedFromScaleIn: false"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{protection}"));
    assert_eq!(log.with("goes"), ["60 asg-3 goes: scale-in", "90 asg-2 goes: scale-in"]);
}

#[test]
fn only_an_instance_in_service_of_the_group_can_be_protected() {
    let sizes = group("a", "MinSize: 0, MaxSize: 3, DesiredCapacity: 1");
    let protection = calls(&[
        ("10s", "SetInstanceProtection", "InstanceIds: [other-1], ProtectedFromScaleIn: true"),
        ("20s", "SetDesiredCapacity", "DesiredCapacity: 2"),
        ("30s", "SetInstanceProtection", "InstanceIds: [asg-2], ProtectedFromScaleIn: true"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{protection}"));
    // asg-2 is Pending from 20 to 50 s
    assert_eq!(
        log.with("refused"),
        [
            "10 SetInstanceProtection refused: ValidationError",
            "30 SetInstanceProtection refused: ValidationError"
        ]
    );
}

#[test]
fn an_instance_terminated_by_request_is_replaced_unless_the_desired_capacity_is_decremented() {
    let sizes = group("a", "MinSize: 1, MaxSize: 3, DesiredCapacity: 2");
    let terminate = |at: &str, id: &str, decrement: bool| {
        format!(
            "  - {{ at: {at}, call: TerminateInstanceInAutoScalingGroup, with: {{ InstanceId: {id}, ShouldDecrementDesiredCapacity: {decrement} }} }}\n"
        )
    };
    let timeline = [
        terminate("60s", "asg-1", false),
        terminate("120s", "asg-2", true),
        terminate("180s", "asg-3", true),
    ];
    let (log, end) = run(&format!("duration: 10m\n{sizes}\ntimeline:\n{}", timeline.concat()));
    assert_eq!(
        log.with("goes"),
        ["60 asg-1 goes: terminated by its owner", "120 asg-2 goes: terminated by its owner"]
    );
    assert_eq!(log.with("launch"), ["60 launch asg-3 in a"]);
    assert_eq!(log.with("desired"), ["120 desired 2 -> 1"]);
    // one less would be below MinSize 1
    assert_eq!(log.with("refused"), ["180 TerminateInstanceInAutoScalingGroup refused: ValidationError"]);
    assert_eq!(end.group_counts(end.auto_scaling_groups[0].pool).in_service, 1);
}

#[test]
fn an_instance_on_its_way_out_is_not_terminated_twice() {
    let hook = "LifecycleHookSpecificationList: [{ LifecycleHookName: bye, LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' }]";
    let sizes = group("a", &format!("MinSize: 1, MaxSize: 3, {hook}"));
    let terminate = "call: TerminateInstanceInAutoScalingGroup, with: { InstanceId: asg-1, ShouldDecrementDesiredCapacity: false } }";
    let timeline = format!("timeline:\n  - {{ at: 60s, {terminate}\n  - {{ at: 61s, {terminate}\n");
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    assert_eq!(
        log.with("refused"),
        ["61 TerminateInstanceInAutoScalingGroup refused: ScalingActivityInProgress"]
    );
}

#[test]
fn a_group_whose_launches_are_suspended_launches_once_they_are_resumed() {
    let sizes = group("a", "MinSize: 0, MaxSize: 3, DesiredCapacity: 1");
    let timeline = calls(&[
        ("10s", "SuspendProcesses", "ScalingProcesses: [Launch]"),
        ("60s", "SetDesiredCapacity", "DesiredCapacity: 2"),
        ("120s", "ResumeProcesses", "ScalingProcesses: [Launch]"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    assert_eq!(log.with("launch"), ["120 launch asg-2 in a"]);
}

#[test]
fn a_group_whose_terminations_are_suspended_scales_in_once_they_are_resumed() {
    let sizes = group("a", "MinSize: 0, MaxSize: 3, DesiredCapacity: 2");
    let timeline = calls(&[
        ("10s", "SuspendProcesses", ""),
        ("60s", "SetDesiredCapacity", "DesiredCapacity: 1"),
        ("120s", "ResumeProcesses", "ScalingProcesses: []"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    assert_eq!(log.with("goes"), ["120 asg-1 goes: scale-in"]);
}

/// ASG-4: found 60 s after the failure at 60 s; with HealthCheck or ReplaceUnhealthy suspended, when that is resumed.
#[test]
fn an_unhealthy_instance_is_replaced_whatever_its_protection() {
    let protected = "MinSize: 1, MaxSize: 3, NewInstancesProtectedFromScaleIn: true";
    let fails = "  - { at: 60s, fault: instanceFailure, with: { group: asg, count: 1 } }\n";
    let case = |more: &[(&str, &str, &str)]| {
        run(&format!("duration: 30m\n{}\n{}{fails}", group("a", protected), calls(more))).0
    };
    let log = case(&[("1s", "UpdateAutoScalingGroup", "MaxSize: 4")]);
    assert_eq!(log.with("goes"), ["120 asg-1 goes: unhealthy"]);
    assert_eq!(log.with("launch"), ["120 launch asg-2 in a"]);
    for process in ["HealthCheck", "ReplaceUnhealthy"] {
        let which = format!("ScalingProcesses: [{process}]");
        let log = case(&[("10s", "SuspendProcesses", &which), ("10m", "ResumeProcesses", &which)]);
        assert_eq!(log.with("goes"), ["600 asg-1 goes: unhealthy"], "{process}");
    }
}

/// ASG-4: launched at 60 s, in service at 90 s, failed at 200 s: without a grace it is found at 260 s, with one of 600 s
/// at 690 s.
#[test]
fn in_its_grace_period_an_instance_is_not_found_unhealthy() {
    for (grace, found) in [("0", "260"), ("600", "690")] {
        let sizes = format!("MinSize: 0, MaxSize: 3, DesiredCapacity: 0, HealthCheckGracePeriod: {grace}");
        let timeline = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 1")]);
        let fails = "  - { at: 200s, fault: instanceFailure, with: { group: asg, count: 1 } }\n";
        let (log, _) = run(&format!("duration: 20m\n{}\n{timeline}{fails}", group("a", &sizes)));
        assert_eq!(log.with("goes"), [format!("{found} asg-1 goes: unhealthy")]);
    }
}

/// Launched at time zero and 10 minutes later, one at a time: at 86,400 s and, since the first is replaced within 30 s
/// then, at 87,000 s. Without a maintenance policy the old instance goes first.
#[test]
fn an_instance_is_replaced_after_its_maximum_lifetime() {
    let sizes = group("a", "MinSize: 0, MaxSize: 3, DesiredCapacity: 1, MaxInstanceLifetime: 86400");
    let timeline = calls(&[("600s", "SetDesiredCapacity", "DesiredCapacity: 2")]);
    let (log, _) = run(&format!("duration: 25h\n{sizes}\n{timeline}"));
    assert_eq!(
        log.with("goes"),
        ["86400 asg-1 goes: maximum lifetime", "87000 asg-2 goes: maximum lifetime"]
    );
    assert_eq!(log.with("launch")[1..], ["86400 launch asg-3 in a", "87000 launch asg-4 in a"]);
}

/// Two of the same age, one at a time: the second when the first one's replacement is in service, 30 s later.
#[test]
fn with_a_maintenance_policy_above_a_hundred_a_lifetime_ends_after_the_replacement_is_in_service() {
    let policy = "InstanceMaintenancePolicy: { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 }";
    let sizes = format!("MinSize: 2, MaxSize: 3, MaxInstanceLifetime: 86400, {policy}");
    let (log, _) = run(&format!("duration: 25h\n{}", group("a", &sizes)));
    assert_eq!(log.with("launch"), ["86400 launch asg-3 in a", "86430 launch asg-4 in a"]);
    assert_eq!(
        log.with("goes"),
        ["86430 asg-1 goes: maximum lifetime", "86460 asg-2 goes: maximum lifetime"]
    );
}

#[test]
fn a_request_that_cannot_be_meant_is_told_at_its_place() {
    let sizes = group("a, b", "MinSize: 1, MaxSize: 3");
    let told = |call: &str, with: &str| {
        refusal(&format!("duration: 10m\n{sizes}\n{}", calls(&[("1m", call, with)])))
    };
    let processes = told("SuspendProcesses", "ScalingProcesses: [Launch, AZRebalancing]");
    assert!(
        processes.contains("\"AZRebalancing\" is no process") && processes.contains("AZRebalance?"),
        "{processes}"
    );
    assert!(processes.contains("case:6:"), "{processes}");
    let policy = told("UpdateAutoScalingGroup", "TerminationPolicies: [OldestInstances]");
    assert!(policy.contains("did you mean OldestInstance?"), "{policy}");
    let lifetime = told("UpdateAutoScalingGroup", "MaxInstanceLifetime: 3600");
    assert!(lifetime.contains("at least a day"), "{lifetime}");
    let both = told("UpdateAutoScalingGroup", "MinSize: 3, MaxSize: 2");
    assert!(both.contains("Min size 3 is above max size 2"), "{both}");
    let other = refusal(&format!(
        "duration: 10m\n{sizes}\ntimeline: [{{ at: 1m, call: DeleteWarmPool, with: {{ AutoScalingGroupName: agg }} }}]"
    ));
    assert!(other.contains("did you mean \"asg\"?"), "{other}");
}

/// FAIL-4, ASG-4: `repair` is for instances that are simply there; one of a group that fails is replaced, and does not come
/// back ten minutes later under its old name.
#[test]
fn a_failed_instance_of_a_group_is_replaced_and_never_repaired() {
    let case = group("a", "MinSize: 1, MaxSize: 1");
    let world = "world: { groups: { default: { failure: { every: 20m, repair: 10m } } } }";
    let (log, _) = run(&format!("duration: 2h\n{case}\n{world}"));
    let registered = log.with("asg-1 is ACTIVE");
    assert!(registered.len() <= 1, "{registered:?}");
    assert!(log.with("launch asg-").len() >= 3, "{:?}", log.with("launch"));
}

/// LAT-13: shut down at 300 s, gone at 330 s.
#[test]
fn an_instance_is_gone_thirty_seconds_after_its_bill_ends() {
    let case = group("a", "MinSize: 0, MaxSize: 2, DesiredCapacity: 1");
    let call = "timeline: [{ at: 5m, call: TerminateInstanceInAutoScalingGroup,
      with: { InstanceId: asg-1, ShouldDecrementDesiredCapacity: true } }]";
    let (log, _) = run(&format!("duration: 10m\n{case}\n{call}"));
    assert_eq!(log.with("asg-1 is Terminat"), ["300 asg-1 is Terminating", "330 asg-1 is Terminated"]);
}
