//! Tasks that wait in PROVISIONING for capacity (CAS-12, INS-11).

use super::support::{cluster, events, run, run_tasks};

/// CAS-12: MaxSize keeps the group at one instance of four tasks; the fifth waits for 30 minutes and stops.
#[test]
fn a_task_that_waits_too_long_is_stopped() {
    let sizes = "MinSize: 1, MaxSize: 1";
    let (log, end) = run(&format!("duration: 1h\n{}\n{}", cluster(sizes, "", 4), run_tasks("10s", 1)));
    assert_eq!(
        log.with("extra#1"),
        [
            "10 RunTask/quarter/extra#1 waits",
            "1810 RunTask/quarter/extra#1 told to stop",
            "1810 RunTask/quarter/extra#1 STOPPED"
        ]
    );
    assert_eq!(end.tasks_unplaced, 0);
}

/// CAS-12, QUO-6: at most so many wait; RunTask refuses the rest.
#[test]
fn beyond_the_limit_of_waiting_tasks_a_request_is_refused() {
    let sizes = "MinSize: 1, MaxSize: 1";
    let model = cluster(sizes, "", 4).replace("model: {", "model: { provisioning_limit: 3,");
    let (log, _) = run(&format!("duration: 5m\n{model}\n{}", run_tasks("10s", 5)));
    assert_eq!(log.with("waits").len(), 3);
    let refused = "10 refused: ClientException: tasks provisioning capacity limit exceeded";
    assert_eq!(log.with("refused"), [refused; 2]);
}

/// SVC-21: four of ten tasks find room at time zero, three wait, and the service says why the rest does not.
#[test]
fn beyond_the_limit_of_waiting_tasks_a_service_says_so() {
    let model = cluster("MinSize: 1, MaxSize: 1", "", 10)
        .replace("model: {", "model: { provisioning_limit: 3, place_retry_fast: 10m,");
    let (log, _) = run(&format!("duration: 5m\n{model}"));
    assert_eq!(log.with("waits").len(), 3);
    let told = "0 event: (service busy) was unable to place tasks in your cluster because the tasks provisioning \
                capacity limit was exceeded.";
    assert_eq!(log.with("unable to place"), [told]);
}

/// INS-11: eleven tasks wait for three instances; the oldest are placed first.
#[test]
fn the_oldest_waiting_tasks_are_placed_first() {
    let sizes = "MinSize: 1, MaxSize: 2";
    let (log, _) = run(&format!("duration: 3m\n{}\n{}", cluster(sizes, "", 4), run_tasks("10s", 9)));
    let placed: Vec<&str> = log.with(" on asg-2");
    let expected = [1, 2, 3, 4].map(|n| format!("120 RunTask/quarter/extra#{n} on asg-2"));
    assert_eq!(placed, expected);
}

/// PLC-18, SVC-18: a scale-in takes the tasks that wait first; the four that run stay.
#[test]
fn a_scale_in_stops_the_waiting_tasks_first() {
    let update = "timeline: [{ at: 60s, call: UpdateService, with: { service: busy, desiredCount: 4 } }]";
    let (log, end) = run(&format!("duration: 5m\n{}\n{update}", cluster("MinSize: 1, MaxSize: 1", "", 6)));
    let mut stopped = log.with("told to stop");
    stopped.sort_unstable();
    assert_eq!(stopped, ["61 busy#5 told to stop", "61 busy#6 told to stop"]);
    assert_eq!((end.tasks_unplaced, end.services[0].counts.running), (0, 4));
}

/// RES-11: a service that is deleted takes its waiting tasks along, and the provider asks for nothing more.
#[test]
fn a_deleted_service_takes_its_waiting_tasks_along() {
    let delete = "timeline: [{ at: 30s, call: DeleteService, with: { service: busy, force: true } }]";
    let (log, end) = run(&format!("duration: 10m\n{}\n{delete}", cluster("MinSize: 1, MaxSize: 9", "", 6)));
    assert_eq!((end.tasks_unplaced, end.tasks_present), (0, 0));
    assert_eq!(log.with("desired"), [""; 0]);
}

/// DEP-5, CAS-4: a deployment of four tasks on a full instance starts four more that wait: M = 1 + 1. They run from 120 s
/// on, the old ones go, and the deployment completes.
#[test]
fn a_deployment_waits_for_capacity_and_completes() {
    let update =
        "timeline: [{ at: 30s, call: UpdateService, with: { service: busy, forceNewDeployment: true } }]";
    let (log, end) = run(&format!("duration: 10m\n{}\n{update}", cluster("MinSize: 1, MaxSize: 9", "", 4)));
    assert_eq!(log.with("waits").len(), 4);
    assert_eq!(log.with("desired"), ["60 desired 1 -> 2"]);
    assert_eq!(end.services[0].deployments.len(), 1);
    assert_eq!((end.services[0].deployments_ever, end.services[0].counts.running), (2, 4));
}

/// CAS-12: where nothing became free, 500 tasks that wait cost nothing: an hour has as many events as half of it.
#[test]
fn tasks_that_wait_are_not_tried_where_nothing_became_free() {
    let patient = cluster("MinSize: 1, MaxSize: 1", "", 4)
        .replace("model: {", "model: { provisioning_timeout: 10h, cluster_calls_per_s: unlimited,");
    let case = |length| format!("duration: {length}\n{patient}\n{}", run_tasks("10s", 500));
    let (half, whole) = (events(&case("30m")), events(&case("60m")));
    assert_eq!(half, whole);
    assert_eq!(run(&case("30m")).1.tasks_unplaced, 500);
}

/// SVC-5, AZR-6: a daemon waits for room on the instances there are, and calls for no new one.
#[test]
fn a_daemon_without_room_is_no_reason_to_scale_out() {
    let daemon = "    - { serviceName: agent, taskDefinition: quarter, schedulingStrategy: DAEMON,
        capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }";
    let case = format!("duration: 10m\n{}\n{daemon}", cluster("MinSize: 1, MaxSize: 9", "", 4));
    let (log, _) = run(&case);
    assert_eq!((log.with("waits"), log.with("desired")), (vec![], vec![]));
    assert!(!log.with("(service agent) was unable to place a task").is_empty(), "{:?}", log.lines);
}

/// SVC-20: a task that is protected while it waits, and STOPPED and forgotten before the protection would have expired
/// (placed at 120 s, ended by StopTask at 200 s, forgotten an hour later, protected until 46 h): nothing is left to expire.
#[test]
fn the_protection_of_a_waiting_task_ends_with_the_task() {
    let calls = "timeline:
  - { at: 30s, call: UpdateTaskProtection, with: { tasks: ['busy#5'], protectionEnabled: true, expiresInMinutes: 2760 } }
  - { at: 200s, call: StopTask, with: { task: 'busy#5' } }";
    let (log, _) = run(&format!("duration: 50h\n{}\n{calls}", cluster("MinSize: 1, MaxSize: 9", "", 5)));
    assert_eq!(
        log.with("busy#5 "),
        ["0 busy#5 waits", "120 busy#5 on asg-2", "200 busy#5 told to stop", "202 busy#5 STOPPED"]
    );
}
