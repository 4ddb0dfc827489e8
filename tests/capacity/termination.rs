//! Termination policies (ASG-5), and how scale-in and forced terminations treat tasks (CAS-11, CAS-15, CAS-16).

use super::support::{calls, cluster, group, run};

/// One zone; asg-1 of time zero, asg-2 of 600 s, a new version at 900 s, asg-3 of 1,200 s; at 3,650 s one goes.
/// Into their hour they are 3,650 - 3,600 = 50 s, 3,050 s and 2,450 s.
fn gone_under(policies: &str) -> Vec<String> {
    let policies = match policies {
        "" => String::new(),
        named => format!(", TerminationPolicies: [{named}]"),
    };
    let sizes = group("a", &format!("MinSize: 0, MaxSize: 5, DesiredCapacity: 1{policies}"));
    let history = calls(&[
        ("600s", "SetDesiredCapacity", "DesiredCapacity: 2"),
        ("900s", "UpdateAutoScalingGroup", "LaunchTemplate: { LaunchTemplateName: nodes, Version: '2' }"),
        ("1200s", "SetDesiredCapacity", "DesiredCapacity: 3"),
        ("3650s", "SetDesiredCapacity", "DesiredCapacity: 2"),
    ]);
    let (log, _) = run(&format!("duration: 2h\n{sizes}\n{history}"));
    log.with("goes").into_iter().map(str::to_owned).collect()
}

/// Of the old version are asg-1 and asg-2; of these asg-2 is nearer to its next hour.
#[test]
fn by_default_the_oldest_version_goes_and_of_it_the_one_nearest_its_next_hour() {
    assert_eq!(gone_under(""), ["3650 asg-2 goes: scale-in"]);
    assert_eq!(gone_under("Default"), ["3650 asg-2 goes: scale-in"]);
}

#[test]
fn a_policy_that_is_named_decides() {
    assert_eq!(gone_under("OldestInstance"), ["3650 asg-1 goes: scale-in"]);
    assert_eq!(gone_under("NewestInstance"), ["3650 asg-3 goes: scale-in"]);
    assert_eq!(gone_under("ClosestToNextInstanceHour"), ["3650 asg-2 goes: scale-in"]);
    // of asg-1 and asg-2 the oldest
    assert_eq!(gone_under("OldestLaunchTemplate"), ["3650 asg-1 goes: scale-in"]);
}

#[test]
fn a_later_policy_decides_among_those_that_the_earlier_ones_leave() {
    assert_eq!(gone_under("OldestLaunchTemplate, NewestInstance"), ["3650 asg-2 goes: scale-in"]);
    assert_eq!(
        gone_under("AllocationStrategy, OldestLaunchConfiguration, NewestInstance"),
        ["3650 asg-3 goes: scale-in"]
    );
}

/// Zone a holds asg-1 and asg-3, b only asg-2: whatever the policy, the one of a goes.
#[test]
fn the_balance_of_zones_comes_before_every_policy() {
    let sizes =
        group("a, b", "MinSize: 0, MaxSize: 5, DesiredCapacity: 2, TerminationPolicies: [NewestInstance]");
    let history = calls(&[
        ("60s", "SetDesiredCapacity", "DesiredCapacity: 3"),
        ("600s", "UpdateAutoScalingGroup", "TerminationPolicies: [OldestInstance]"),
        ("660s", "SetDesiredCapacity", "DesiredCapacity: 2"),
    ]);
    let (log, _) = run(&format!("duration: 20m\n{sizes}\n{history}"));
    assert_eq!(log.with("goes"), ["660 asg-1 goes: scale-in"]);
}

/// Ten of one age: the oldest by number, or one that is drawn, the same with the same seed.
#[test]
fn among_equals_the_oldest_goes_or_one_that_is_drawn() {
    let sizes = group("a", "MinSize: 0, MaxSize: 10, DesiredCapacity: 10");
    let down = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 5")]);
    let gone = |tie: &str| {
        let model = format!("model: {{ termination_tie_break: {tie} }}");
        let (log, _) = run(&format!("duration: 5m\n{model}\n{sizes}\n{down}"));
        log.with("goes").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let oldest: Vec<String> = (1..=5).map(|n| format!("60 asg-{n} goes: scale-in")).collect();
    assert_eq!(gone("oldest"), oldest);
    assert_ne!(gone("seeded_random"), oldest);
    assert_eq!(gone("seeded_random"), gone("seeded_random"));
}

/// CAS-16: two instances, one task each. At 60 s the group is told to hold one (`scale_in`), or asg-1 is terminated by
/// its owner; what becomes of tasks within a second, and of the instance.
fn cell(protection: &str, draining: &str, scale_in: bool) -> super::support::Log {
    let settings = "MinSize: 0, MaxSize: 4, DesiredCapacity: 2, NewInstancesProtectedFromScaleIn: true";
    let text = cluster(settings, "", 8)
        .replace("managedScaling: { status: ENABLED }", &format!(
            "managedScaling: {{ status: ENABLED }}, managedTerminationProtection: {protection}, managedDraining: {draining}"
        ))
        .replace("NewInstancesProtectedFromScaleIn: true", match protection {
            "ENABLED" => "NewInstancesProtectedFromScaleIn: true",
            _ => "NewInstancesProtectedFromScaleIn: false",
        });
    let action = match scale_in {
        true => "call: SetDesiredCapacity, with: { AutoScalingGroupName: asg, DesiredCapacity: 1 }",
        false => {
            "call: TerminateInstanceInAutoScalingGroup, with: { InstanceId: asg-1, ShouldDecrementDesiredCapacity: true }"
        }
    };
    run(&format!("duration: 100s\n{text}\ntimeline: [{{ at: 60s, {action} }}]")).0
}

/// On and on: neither busy instance is chosen at scale-in; one terminated by its owner drains.
#[test]
fn with_protection_and_draining_busy_instances_stay_and_forced_terminations_drain() {
    assert_eq!(cell("ENABLED", "ENABLED", true).with("goes"), Vec::<&str>::new());
    let forced = cell("ENABLED", "ENABLED", false);
    assert_eq!(forced.with("asg-1 is")[..2], ["60 asg-1 is Terminating:Wait", "60 asg-1 is DRAINING"]);
}

/// Off and on: a busy instance is chosen, and drains.
#[test]
fn without_protection_a_busy_instance_is_chosen_and_drains() {
    let log = cell("DISABLED", "ENABLED", true);
    assert_eq!(log.with("goes"), ["60 asg-1 goes: scale-in"]);
    assert_eq!(log.with("asg-1 is")[..2], ["60 asg-1 is Terminating:Wait", "60 asg-1 is DRAINING"]);
}

/// On and off: scale-in does not choose it; its owner's termination takes its tasks at once.
#[test]
fn with_protection_alone_a_forced_termination_takes_the_tasks_at_once() {
    assert_eq!(cell("ENABLED", "DISABLED", true).with("goes"), Vec::<&str>::new());
    assert_eq!(cell("ENABLED", "DISABLED", false).with("asg-1 is")[0], "60 asg-1 is Terminating");
}

/// Off and off: chosen, and its tasks are gone at once.
#[test]
fn without_both_scale_in_takes_busy_instances_with_their_tasks() {
    let log = cell("DISABLED", "DISABLED", true);
    assert_eq!(log.with("goes"), ["60 asg-1 goes: scale-in"]);
    assert_eq!(log.with("asg-1 is")[0], "60 asg-1 is Terminating");
}

/// CAS-15: a standalone task is waited for, and after 48 hours it goes with its instance: 60 + 172,800 s.
#[test]
fn draining_waits_for_a_standalone_task_and_ends_after_48_hours() {
    let text = cluster("MinSize: 0, MaxSize: 4, DesiredCapacity: 1", "", 0);
    let start = "  - { at: 10s, call: RunTask, with: { taskDefinition: quarter, group: alone, capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] } }\n";
    let down = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 0")]);
    let (log, _) = run(&format!("duration: 50h\n{text}\n{down}{start}"));
    assert_eq!(log.with("asg-1 is")[..2], ["60 asg-1 is Terminating:Wait", "60 asg-1 is DRAINING"]);
    assert_eq!(log.with("asg-1 is Terminating")[1], "172860 asg-1 is Terminating");
}

/// CAS-15: the instance goes when its standalone task has ended by StopTask at 3,600 s, not before.
#[test]
fn a_drained_instance_goes_with_the_last_of_its_tasks() {
    let text = cluster("MinSize: 0, MaxSize: 4, DesiredCapacity: 1", "", 0);
    let timeline = "timeline:
  - { at: 10s, call: RunTask, with: { taskDefinition: quarter, group: alone, capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] } }
  - { at: 60s, call: SetDesiredCapacity, with: { AutoScalingGroupName: asg, DesiredCapacity: 0 } }
  - { at: 1h, call: StopTask, with: { task: 'RunTask/quarter/alone#1' } }";
    let (log, _) = run(&format!("duration: 2h\n{text}\n{timeline}"));
    // 2 s until it exits (LAT-14)
    assert_eq!(log.with("asg-1 is Terminating")[1], "3602 asg-1 is Terminating");
}

/// CAS-15, INS-8: the daemon stays until the last other task is gone.
#[test]
fn daemons_leave_a_drained_instance_last() {
    let text = cluster("MinSize: 0, MaxSize: 4, DesiredCapacity: 2", "", 2).replace(
        "  services:",
        "  services:\n    - { serviceName: agent, taskDefinition: quarter, schedulingStrategy: DAEMON }",
    );
    let down = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 1")]);
    let (log, _) = run(&format!("duration: 10m\n{text}\n{down}"));
    let at = |word: &str| -> Vec<f64> {
        let lines = log.with(word);
        lines
            .iter()
            .filter(|l| l.ends_with("STOPPED"))
            .filter_map(|l| l.split(' ').next()?.parse().ok())
            .collect()
    };
    let (daemon, others) = (at("agent#"), at("busy#"));
    assert_eq!(daemon.len(), 1);
    assert!(others.iter().all(|other| *other < daemon[0]), "{others:?} before {daemon:?}");
}
