//! Warm pools (CAS-17).

use ecsim::kernel::time::SimTime;

use super::support::{calls, cluster, group, refusal, run};

/// Two are launched at 10 s, run at 40 s and are stopped. At 300 s one leaves the pool: it runs after 10 s and registers
/// 30 s later, and another fills the pool again.
#[test]
fn an_instance_of_the_warm_pool_enters_service_sooner() {
    let sizes = group("a", "MinSize: 1, MaxSize: 10");
    let timeline = calls(&[
        ("10s", "PutWarmPool", "MinSize: 2, MaxGroupPreparedCapacity: 3"),
        ("300s", "SetDesiredCapacity", "DesiredCapacity: 2"),
    ]);
    let (log, end) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    assert_eq!(
        log.with("asg-2"),
        [
            "10 launch asg-2 in a",
            "40 asg-2 is Warmed:Stopped",
            "300 asg-2 is Pending",
            "310 asg-2 is InService",
            "340 asg-2 is ACTIVE"
        ]
    );
    assert_eq!(log.with("launch"), ["10 launch asg-2 in a", "10 launch asg-3 in a", "300 launch asg-4 in a"]);
    // asg-3 and asg-4 wait; only asg-1 and asg-2 are registered
    assert_eq!(end.group_counts(end.auto_scaling_groups[0].pool).in_service, 2);
    assert_eq!(end.pool_totals[end.auto_scaling_groups[0].pool.index()].instances, 2);
}

/// A stopped one is not billed, a running one from 40 s on.
#[test]
fn a_stopped_instance_of_the_pool_is_not_billed_and_a_running_one_is() {
    for (state, billed) in [("Stopped", None), ("Hibernated", None), ("Running", Some(SimTime(40_000)))] {
        let sizes = group("a", "MinSize: 0, MaxSize: 10");
        let put = format!("MaxGroupPreparedCapacity: 1, PoolState: {state}");
        let (log, end) = run(&format!("duration: 5m\n{sizes}\n{}", calls(&[("10s", "PutWarmPool", &put)])));
        assert_eq!(log.with("is"), [format!("40 asg-1 is Warmed:{state}")]);
        let newest = end.newest_instance().expect("it was launched");
        assert_eq!(end.instances[newest].billed_since, billed, "{state}");
        assert_eq!(end.instances[newest].is_billed(), billed.is_some(), "{state}");
    }
}

/// From a running pool there is no start to wait for.
#[test]
fn a_running_instance_of_the_pool_is_in_service_at_once() {
    let sizes = group("a", "MinSize: 0, MaxSize: 10");
    let timeline = calls(&[
        ("10s", "PutWarmPool", "MaxGroupPreparedCapacity: 1, PoolState: Running"),
        ("300s", "SetDesiredCapacity", "DesiredCapacity: 1"),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    assert_eq!(log.with("asg-1 is InService"), ["300 asg-1 is InService"]);
}

#[test]
fn a_warm_pool_that_is_deleted_or_made_smaller_loses_its_instances() {
    let sizes = group("a", "MinSize: 0, MaxSize: 10");
    let timeline = calls(&[
        ("10s", "PutWarmPool", "MaxGroupPreparedCapacity: 3"),
        ("100s", "PutWarmPool", "MaxGroupPreparedCapacity: 2"),
        ("200s", "DeleteWarmPool", ""),
        ("210s", "DeleteWarmPool", ""),
    ]);
    let (log, _) = run(&format!("duration: 10m\n{sizes}\n{timeline}"));
    let gone: Vec<&str> = log.with("goes").iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(gone, ["100", "200", "200"]);
    assert_eq!(log.with("refused"), ["210 DeleteWarmPool refused: ValidationError"]);
}

/// CAS-1, CAS-17: the pool counts for nothing in the metric; two tasks' worth of instances come out of it.
#[test]
fn warm_instances_do_not_count_in_the_reservation() {
    let text = cluster("MinSize: 1, MaxSize: 6, DesiredCapacity: 1", "", 4);
    let put = calls(&[("10s", "PutWarmPool", "MaxGroupPreparedCapacity: 4")]);
    let (log, _) = run(&format!("duration: 10m\n{text}\n{put}"));
    assert_eq!(log.with("reservation"), ["60 reservation 100"]);
    assert_eq!(log.with("Warmed:Stopped").len(), 3);
}

#[test]
fn instances_cannot_return_to_the_pool_of_an_ecs_group() {
    let sizes = group("a", "MinSize: 0, MaxSize: 10");
    let put = calls(&[("10s", "PutWarmPool", "InstanceReusePolicy: { ReuseOnScaleIn: true }")]);
    let told = refusal(&format!("duration: 10m\n{sizes}\n{put}"));
    assert!(told.contains("ReuseOnScaleIn") && told.contains("case:6:"), "{told}");
}
