//! Policies that ECS does not offer, against what it does.

use super::support::{cluster, refusal, run, run_tasks};

/// CAS-10 with five minutes in place of fifteen: below 100 from 60 s on, the fifth datapoint is at 300 s.
#[test]
fn a_scale_in_after_five_minutes_comes_with_the_fifth_datapoint() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 5";
    let policy = "policies: { clusterScaling: { ec2: { scaleInAfter: 5m } } }";
    let (log, _) = run(&format!("duration: 20m\n{}\n{policy}", cluster(sizes, "", 12)));
    assert_eq!(log.with("desired"), ["300 desired 5 -> 3"]);
}

/// The rest after a scale-out is five minutes too: out at 60 s; the extra tasks end at 150 s, the metric is low from 180 s
/// on, and its fifth datapoint, at 420 s, is later than 60 + 300 s.
#[test]
fn the_rest_after_a_scale_out_is_as_long_as_the_alarm() {
    let sizes = "MinSize: 0, MaxSize: 20, DesiredCapacity: 3";
    let policy = "policies: { clusterScaling: { default: { scaleInAfter: 5m } } }";
    let world = "world: { tasks: { quarter: { containers: { app: { exits: { after: 25s } } } } } }";
    let case = format!("duration: 12m\n{}\n{}\n{policy}", cluster(sizes, "", 0), run_tasks("30s", 20));
    let (log, _) = run(&format!("{case}\n{world}"));
    // 12 of the 20 find room at once; 8 wait: need 2, M = 5, and two more instances at 60 s
    assert_eq!(log.with("desired")[0], "60 desired 3 -> 5");
    let low = log.lines.iter().find(|line| line.contains("reservation 0")).expect("nothing runs any more");
    let low: u64 = low.split(' ').next().unwrap().parse().unwrap();
    let expected = (low + 240).max(360);
    assert!(
        log.with("desired")[1].starts_with(&format!("{expected} desired 5 -> ")),
        "{:?}",
        log.with("desired")
    );
}

/// CAS-2 would launch two instances first; 30 tasks need ceil(30 / 4) = 8.
#[test]
fn from_zero_by_real_need_the_first_step_is_what_the_waiting_tasks_need() {
    let policy = "policies: { clusterScaling: { ec2: { fromZero: realNeed } } }";
    let case = format!(
        "duration: 8m\n{}\n{}\n{policy}",
        cluster("MinSize: 0, MaxSize: 60", "", 0),
        run_tasks("10s", 30)
    );
    let (log, _) = run(&case);
    assert_eq!(log.with("desired"), ["60 desired 0 -> 8"]);
    // the metric that ECS publishes is what it is
    assert_eq!(log.with("reservation")[0], "60 reservation 200");
}

/// At target 50 the same need asks for ceil(100 × 8 / 50) = 16 instances.
#[test]
fn from_zero_by_real_need_the_target_is_kept() {
    let policy = "policies: { clusterScaling: { ec2: { fromZero: realNeed } } }";
    let sizes = cluster("MinSize: 0, MaxSize: 60", ", targetCapacity: 50", 0);
    let (log, _) = run(&format!("duration: 3m\n{sizes}\n{}\n{policy}", run_tasks("10s", 30)));
    assert_eq!(log.with("desired"), ["60 desired 0 -> 16"]);
}

#[test]
fn a_policy_of_an_unknown_provider_or_a_broken_minute_is_refused_with_its_place() {
    let sizes = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 5", "", 12);
    let told = refusal(&format!(
        "duration: 5m\n{sizes}\npolicies: {{ clusterScaling: {{ ec: {{ scaleInAfter: 5m }} }} }}"
    ));
    assert!(told.contains("policies.clusterScaling.ec: there is no capacity provider"), "{told}");
    assert!(told.contains("did you mean \"ec2\"?"), "{told}");
    let told = refusal(&format!(
        "duration: 5m\n{sizes}\npolicies: {{ clusterScaling: {{ ec2: {{ scaleInAfter: 90s }} }} }}"
    ));
    assert!(
        told.contains("policies.clusterScaling.ec2.scaleInAfter: the metric comes once a minute"),
        "{told}"
    );
}
