//! Tasks that wait in PROVISIONING for capacity (CAS-12, INS-11).

use super::support::{cluster, run, run_tasks};

/// CAS-12: MaxSize keeps the group at one instance of four tasks; the fifth waits for 30 minutes and stops.
#[test]
fn a_task_that_waits_too_long_is_stopped() {
    let sizes = "MinSize: 1, MaxSize: 1";
    let (log, end) = run(&format!("duration: 1h\n{}\n{}", cluster(sizes, "", 4), run_tasks("10s", 1)));
    assert_eq!(
        log.with("extra#1"),
        ["10 RunTask/quarter/extra#1 waits", "1810 RunTask/quarter/extra#1 STOPPED"]
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
}
