//! Requests about capacity providers that are there (CAP-12, RES-10).

use super::support::{cluster, refusal, run, run_tasks};

/// CAS-13: M = 6 at target 100 rests at 6 instances; at 75, from 120 s on, ceil(600 / 75) = 8.
#[test]
fn a_new_target_is_kept_from_the_next_datapoint_on() {
    let text = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 6", "", 24);
    let update = "timeline: [{ at: 100s, call: UpdateCapacityProvider, with: { name: ec2, autoScalingGroupProvider: { managedScaling: { targetCapacity: 75 } } } }]";
    let (log, _) = run(&format!("duration: 10m\n{text}\n{update}"));
    assert_eq!(log.with("desired"), ["120 desired 6 -> 8"]);
}

/// With managed scaling off nobody waits for an instance: RunTask is refused what does not fit.
#[test]
fn without_managed_scaling_nothing_waits_for_capacity() {
    let text = cluster("MinSize: 1, MaxSize: 20", "", 4);
    let off = "  - { at: 5s, call: UpdateCapacityProvider, with: { name: ec2, autoScalingGroupProvider: { managedScaling: { status: DISABLED } } } }\n";
    let (log, _) = run(&format!("duration: 10m\n{text}\n{}{off}", run_tasks("10s", 3)));
    assert_eq!(log.with("waits"), Vec::<&str>::new());
    assert_eq!(log.with("desired"), Vec::<&str>::new());
}

/// CAP-12: termination protection needs the group to protect its new instances.
#[test]
fn an_update_whose_parts_do_not_go_together_is_refused() {
    let text = cluster("MinSize: 1, MaxSize: 20", "", 4);
    let update =
        |with: &str| format!("timeline: [{{ at: 60s, call: UpdateCapacityProvider, with: {{ {with} }} }}]");
    let protects = update("name: ec2, autoScalingGroupProvider: { managedTerminationProtection: ENABLED }");
    let (log, _) = run(&format!("duration: 2m\n{text}\n{protects}"));
    assert_eq!(log.with("refused"), ["60 UpdateCapacityProvider refused: InvalidParameterException"]);
    let told = |with: &str| refusal(&format!("duration: 2m\n{text}\n{}", update(with)));
    let name = told("name: ec3, autoScalingGroupProvider: { managedDraining: DISABLED }");
    assert!(name.contains("did you mean \"ec2\"?"), "{name}");
    assert!(told("name: ec2, managedInstancesProvider: {}").contains("not modelled"));
}

/// CAS-15: from the update on, an instance that goes takes its tasks with it.
#[test]
fn managed_draining_can_be_switched_off() {
    let text = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 2", "", 8);
    let timeline = "timeline:
  - { at: 30s, call: UpdateCapacityProvider, with: { name: ec2, autoScalingGroupProvider: { managedDraining: DISABLED } } }
  - { at: 60s, call: SetDesiredCapacity, with: { AutoScalingGroupName: asg, DesiredCapacity: 1 } }";
    let (log, _) = run(&format!("duration: 90s\n{text}\n{timeline}"));
    assert_eq!(log.with("asg-1 is")[0], "60 asg-1 is Terminating");
}

/// RES-10: a call without strategy and launch type takes the default, from the request on.
#[test]
fn the_default_strategy_of_the_cluster_can_be_set() {
    let text = cluster("MinSize: 1, MaxSize: 20", "", 4);
    let timeline = "timeline:
  - { at: 10s, call: RunTask, with: { taskDefinition: quarter, group: early } }
  - { at: 20s, call: PutClusterCapacityProviders, with: { capacityProviders: [ec2], defaultCapacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] } }
  - { at: 30s, call: RunTask, with: { taskDefinition: quarter, group: late } }";
    let (log, _) = run(&format!("duration: 10m\n{text}\n{timeline}"));
    // the instance is full: launch type EC2 is refused, the provider lets it wait
    assert_eq!(log.with("early"), Vec::<&str>::new());
    assert_eq!(log.with("waits"), ["30 RunTask/quarter/late#1 waits"]);
}

#[test]
fn a_provider_that_a_service_uses_cannot_be_taken_from_the_cluster() {
    let text = cluster("MinSize: 1, MaxSize: 20", "", 4);
    let put = "timeline: [{ at: 20s, call: PutClusterCapacityProviders, with: { capacityProviders: [FARGATE], defaultCapacityProviderStrategy: [] } }]";
    let (log, _) = run(&format!("duration: 10m\n{text}\n{put}"));
    assert_eq!(log.with("refused"), ["20 PutClusterCapacityProviders refused: ResourceInUseException"]);
}

/// SuspendProcesses of AlarmNotification keeps the alarms of managed scaling from the group.
#[test]
fn managed_scaling_waits_while_the_alarms_of_its_group_are_suspended() {
    let text = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 1", "", 4);
    let suspended = "  - { at: 5s, call: SuspendProcesses, with: { AutoScalingGroupName: asg, ScalingProcesses: [AlarmNotification] } }
  - { at: 250s, call: ResumeProcesses, with: { AutoScalingGroupName: asg, ScalingProcesses: [AlarmNotification] } }\n";
    let (log, _) = run(&format!("duration: 10m\n{text}\n{}{suspended}", run_tasks("10s", 4)));
    assert_eq!(log.with("desired"), ["300 desired 1 -> 2"]);
}
