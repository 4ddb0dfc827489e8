//! Lifecycle hooks (ASG-3), and those of the owner beside managed draining (CAS-15).

use super::support::{Log, calls, cluster, group, refusal, run};

/// A group that launches one instance at 60 s, with a launch hook `prepare` of this kind and this completion.
fn launch(hook: &str, completion: &str) -> Log {
    let hooks = format!(
        "LifecycleHookSpecificationList: [{{ LifecycleHookName: prepare, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', {hook} }}]"
    );
    let sizes = group("a", &format!("MinSize: 0, MaxSize: 3, {hooks}"));
    let world = match completion {
        "" => String::new(),
        said => format!("world: {{ groups: {{ asg: {{ hooks: {{ prepare: {{ {said} }} }} }} }} }}"),
    };
    let up = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 1")]);
    run(&format!("duration: 6m\n{sizes}\n{world}\n{up}")).0
}

/// Launched at 60 s, the machine runs at 90 s; the hook is completed 20 s later, and the agent registers 30 s after that.
#[test]
fn a_launch_hook_keeps_an_instance_out_of_service_until_it_is_completed() {
    let log = launch("HeartbeatTimeout: 60", "completesAfter: 20s");
    assert_eq!(
        log.with("asg-1 is"),
        ["90 asg-1 is Pending:Wait", "110 asg-1 is InService", "140 asg-1 is ACTIVE"]
    );
}

/// Nobody completes it: after its heartbeat timeout of 60 s the default result follows.
#[test]
fn a_hook_that_nobody_completes_ends_with_its_default_result() {
    let log = launch("HeartbeatTimeout: 60, DefaultResult: CONTINUE", "");
    assert_eq!(log.with("asg-1 is")[1], "150 asg-1 is InService");
    let log = launch("HeartbeatTimeout: 60", "");
    assert_eq!(log.with("asg-1 is")[1], "150 asg-1 is Terminating");
}

/// ABANDON after 20 s: terminated at 110 s, and launched anew.
#[test]
fn an_abandoned_launch_is_terminated_and_another_follows() {
    let log = launch("HeartbeatTimeout: 60", "completesAfter: 20s, result: ABANDON");
    assert_eq!(log.with("asg-1 goes"), ["110 asg-1 goes: launch abandoned"]);
    assert_eq!(log.with("launch asg")[..2], ["60 launch asg-1 in a", "110 launch asg-2 in a"]);
}

/// Completed 90 s after its begin, with a heartbeat timeout of 60 s: only heartbeats keep it that long.
#[test]
fn heartbeats_keep_a_hook_alive_beyond_its_timeout() {
    let log = launch("HeartbeatTimeout: 60", "completesAfter: 90s, heartbeats: true");
    assert_eq!(log.with("asg-1 is")[1], "180 asg-1 is InService");
    let log = launch("HeartbeatTimeout: 60", "completesAfter: 90s");
    assert_eq!(log.with("asg-1 is")[1], "150 asg-1 is Terminating");
}

/// CST-8: billed from the running machine at 90 s on, though the hook holds it until 150 s.
#[test]
fn an_instance_that_a_launch_hook_holds_is_billed() {
    let hooks = "LifecycleHookSpecificationList: [{ LifecycleHookName: prepare, LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', HeartbeatTimeout: 60, DefaultResult: CONTINUE }]";
    let sizes = group("a", &format!("MinSize: 0, MaxSize: 3, {hooks}"));
    let up = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 1")]);
    let (_, end) = run(&format!("duration: 6m\n{sizes}\n{up}"));
    let newest = end.newest_instance().expect("it was launched");
    assert_eq!(end.instances[newest].billed_since.map(|at| at.as_secs_f64()), Some(90.0));
    assert_eq!(end.instances[newest].in_service_at.map(|at| at.as_secs_f64()), Some(150.0));
}

/// A busy instance of two is scaled in at 60 s, with a termination hook of the owner beside managed draining.
/// Its tasks take `exit` seconds to exit after the signal.
fn terminate(hook: &str, exit: u32, completion: &str) -> Log {
    let hooks = format!(
        "LifecycleHookSpecificationList: [{{ LifecycleHookName: bye, LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING', {hook} }}]"
    );
    let text = cluster(&format!("MinSize: 0, MaxSize: 4, DesiredCapacity: 2, {hooks}"), "", 2)
        .replace(
            "placementStrategy: [{ type: binpack, field: cpu }]",
            "placementStrategy: [{ type: spread, field: instanceId }]",
        )
        .replace("memory: 256 }", "memory: 256, stopTimeout: 120 }");
    let world = format!(
        "world: {{ tasks: {{ quarter: {{ exitAfterSignal: {exit}s }} }}, groups: {{ asg: {{ hooks: {{ bye: {{ {completion} }} }} }} }} }}"
    );
    let down = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 1")]);
    run(&format!("duration: 20m\n{text}\n{world}\n{down}")).0
}

fn ends_at(log: &Log) -> f64 {
    let line = log.with("asg-1 is Terminating").into_iter().find(|line| line.ends_with("Terminating"));
    line.and_then(|line| line.split(' ').next()?.parse().ok()).expect("it was terminated")
}

/// The tasks are gone within a minute; the hook takes 300 s: 60 + 300.
#[test]
fn a_termination_hook_longer_than_the_draining_decides() {
    let log = terminate("HeartbeatTimeout: 600", 2, "completesAfter: 300s");
    assert!((ends_at(&log) - 360.0).abs() < 1e-9, "{:?}", log.with("asg-1"));
}

/// The hook is completed after 1 s; the tasks need 100 s from their signal.
#[test]
fn a_draining_longer_than_the_termination_hook_decides() {
    let log = terminate("HeartbeatTimeout: 600", 100, "completesAfter: 1s");
    assert!((160.0..240.0).contains(&ends_at(&log)), "{:?}", log.with("asg-1"));
}

/// ABANDON stops whatever else the termination waits for: at 61 s, with the task still there.
#[test]
fn an_abandoned_termination_hook_ends_the_draining_too() {
    let log = terminate("HeartbeatTimeout: 600", 100, "completesAfter: 1s, result: ABANDON");
    assert!((ends_at(&log) - 61.0).abs() < 1e-9, "{:?}", log.with("asg-1"));
}

/// Without a capacity provider nothing drains; the hook alone holds the instance, which stays ACTIVE.
#[test]
fn a_termination_hook_alone_holds_an_instance_that_ecs_does_not_drain() {
    let hooks = "LifecycleHookSpecificationList: [{ LifecycleHookName: bye, LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING', HeartbeatTimeout: 30 }]";
    let sizes = group("a", &format!("MinSize: 0, MaxSize: 3, DesiredCapacity: 1, {hooks}"));
    let down = calls(&[("60s", "SetDesiredCapacity", "DesiredCapacity: 0")]);
    let (log, _) = run(&format!("duration: 5m\n{sizes}\n{down}"));
    assert_eq!(log.with("asg-1 is")[..2], ["60 asg-1 is Terminating:Wait", "90 asg-1 is Terminating"]);
}

#[test]
fn a_hook_that_cannot_be_is_told_at_its_place() {
    let told = |hooks: &str, world: &str| {
        let sizes = group("a", &format!("MinSize: 0, MaxSize: 3, LifecycleHookSpecificationList: [{hooks}]"));
        refusal(&format!("duration: 5m\n{sizes}\n{world}"))
    };
    let launching = "LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING'";
    let transition = told("{ LifecycleHookName: x, LifecycleTransition: launch }", "");
    assert!(transition.contains("\"launch\" is neither") && transition.contains("case:4:"), "{transition}");
    let result = told(&format!("{{ LifecycleHookName: x, {launching}, DefaultResult: STOP }}"), "");
    assert!(result.contains("\"STOP\" is neither CONTINUE nor ABANDON"), "{result}");
    let twice = format!("{{ LifecycleHookName: x, {launching} }}, {{ LifecycleHookName: x, {launching} }}");
    assert!(told(&twice, "").contains("a second hook named \"x\""));
    let many: Vec<String> = (0..51).map(|n| format!("{{ LifecycleHookName: h{n}, {launching} }}")).collect();
    assert!(told(&many.join(", "), "").contains("at most 50"));
    let world = "world: { groups: { asg: { hooks: { prepair: { completesAfter: 1s } } } } }";
    let unknown = told(&format!("{{ LifecycleHookName: prepare, {launching} }}"), world);
    assert!(unknown.contains("did you mean \"prepare\"?"), "{unknown}");
}
