//! Which instances go and what becomes of their tasks (CAS-11, CAS-15, CAS-16), and what keeps no instance (SVC-6, CAP-10).

use super::support::{Log, cluster, run};

/// Three instances: four tasks, one task, none; two are needed. By the group's own policy the first zone's goes: asg-1,
/// with four tasks. `protection` and `draining` are the two switches.
fn matrix(protection: bool, draining: bool, timeline: &str) -> Log {
    let switch = |on: bool| if on { "ENABLED" } else { "DISABLED" };
    let sizes =
        format!("MinSize: 0, MaxSize: 3, DesiredCapacity: 3, NewInstancesProtectedFromScaleIn: {protection}");
    let case = cluster(&sizes, "", 5).replace(
        "autoScalingGroupArn: asg,",
        &format!(
            "autoScalingGroupArn: asg, managedTerminationProtection: {}, managedDraining: {},",
            switch(protection),
            switch(draining)
        ),
    );
    run(&format!("duration: 20m\n{case}\n{timeline}")).0
}

const TERMINATION: &str = "timeline: [{ at: 60s, fault: instanceTermination, with: { instance: asg-1 } }]";

/// CAS-11, CAS-16 on/on: only the empty instance can go, and no task is stopped.
#[test]
fn with_protection_the_empty_instance_goes() {
    let log = matrix(true, true, "");
    assert_eq!(log.with("desired"), ["900 desired 3 -> 2"]);
    assert_eq!(log.with("is Terminating"), ["900 asg-3 is Terminating:Wait", "900 asg-3 is Terminating"]);
    assert_eq!(log.with("told to stop"), [""; 0]);
}

/// CAS-16 off/on: a busy instance is chosen, and drains: each of its tasks is stopped once another runs.
#[test]
fn without_protection_a_busy_instance_drains() {
    let log = matrix(false, true, "");
    assert_eq!(log.with("desired"), ["900 desired 3 -> 2"]);
    assert_eq!(log.with("is DRAINING")[0], "900 asg-1 is DRAINING");
    let stops = log.with("told to stop");
    assert_eq!(stops.len(), 4);
    // replacements start a second later (scheduler_wake) and must run before a task is stopped: later than 901
    assert!(stops.iter().all(|line| line.split(' ').next().unwrap().parse::<f64>().unwrap() > 901.0));
}

/// CAS-16 off/off: a busy instance is chosen, its tasks die with it, and ECS finds out 60 s later (INS-5).
#[test]
fn with_neither_the_tasks_are_killed_and_replaced_afterwards() {
    let log = matrix(false, false, "");
    assert_eq!(log.with("asg-1 is Terminating"), ["900 asg-1 is Terminating"]);
    assert_eq!(log.with("960 busy#").len(), 8, "four are told to stop and are STOPPED: {:#?}", log.lines);
}

/// CAS-16 on/off: a scale-in takes the empty instance, but another termination kills the tasks of a busy one at once.
#[test]
fn protection_without_draining_does_not_help_in_another_termination() {
    assert_eq!(matrix(true, false, "").with("STOPPED"), [""; 0]);
    let log = matrix(true, false, TERMINATION);
    assert_eq!(log.with("asg-1 is Terminating"), ["60 asg-1 is Terminating"]);
    assert_eq!(log.with("STOPPED").iter().filter(|line| line.starts_with("120 ")).count(), 4);
}

/// SVC-6, CAS-3, CAS-11: each of three instances holds a daemon, two of them tasks: M = 2, and the third goes, protection
/// or not.
#[test]
fn a_daemon_does_not_keep_an_instance() {
    let daemon = "    - { serviceName: agent, taskDefinition: small, schedulingStrategy: DAEMON,
        capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }";
    let sizes = "MinSize: 0, MaxSize: 3, DesiredCapacity: 3, NewInstancesProtectedFromScaleIn: true";
    let case = cluster(sizes, "", 5)
        .replace("autoScalingGroupArn: asg,", "autoScalingGroupArn: asg, managedTerminationProtection: ENABLED,")
        .replace(
            "  autoScalingGroups:",
            "    - { family: small, containerDefinitions: [{ name: app, memory: 64 }] }\n  autoScalingGroups:",
        );
    let (log, _) = run(&format!("duration: 20m\n{case}\n{daemon}"));
    assert_eq!(log.with("reservation")[0], "60 reservation 66.66666666666667");
    assert_eq!(log.with("desired"), ["900 desired 3 -> 2"]);
    assert_eq!(log.with("is Terminating")[0], "900 asg-3 is Terminating:Wait");
}

/// CAP-10: a task with launchType EC2 sits on the second instance and does not count: M = 1, N = 2.
#[test]
fn a_task_with_a_launch_type_makes_no_instance_needed() {
    let case = cluster("MinSize: 0, MaxSize: 3, DesiredCapacity: 2", "", 4);
    let task = "timeline: [{ at: 10s, call: RunTask, with: { taskDefinition: quarter, launchType: EC2 } }]";
    let (log, end) = run(&format!("duration: 14m\n{case}\n{task}"));
    assert_eq!(end.tasks_present, 5);
    assert_eq!(log.with("reservation"), ["60 reservation 50"]);
    let (log, _) = run(&format!("duration: 16m\n{case}\n{task}"));
    assert_eq!(log.with("desired")[0], "900 desired 2 -> 1");
}

/// CAP-10, PLC-13: one that finds no room is refused at once: it neither waits nor scales.
#[test]
fn a_task_with_a_launch_type_does_not_wait() {
    let case = cluster("MinSize: 0, MaxSize: 3, DesiredCapacity: 1", "", 4);
    let task = "timeline: [{ at: 10s, call: RunTask, with: { taskDefinition: quarter, launchType: EC2 } }]";
    let (log, _) = run(&format!("duration: 5m\n{case}\n{task}"));
    assert_eq!(log.with("refused"), ["10 refused: RESOURCE:CPU"]);
    assert_eq!(log.with("desired"), [""; 0]);
}
