//! Rolling updates (the published table of V13 is in `tests/validation`).

use super::support::{Case, Run, always, exit_of};
use crate::engine::setup::{ContainerBehaviour, Start, TaskTarget};
use crate::model::parameters::RollingOrder;
use crate::model::reason::StopCause;
use crate::model::service::RolloutState;

/// A settled service whose tasks are healthy after 60 s and gone 30 s after the stop order; updated at 600 s.
fn update(n: u32, min: u32, max: u32) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 100_000, 100_000);
    let web = case.definition("web", 10, 10, |_| {});
    case.behaviour(web, |tasks| tasks.launch = Some(always(60.0)));
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, n, |settings| {
        (settings.minimum_healthy_percent, settings.maximum_percent) = (min, max);
    });
    deploy(&mut case, 600.0);
    case
}

fn deploy(case: &mut Case, at: f64) {
    case.update(at, |input| input.force_new_deployment = Some(true));
}

fn completed(run: &Run, deployment: u32) -> Option<f64> {
    let found = run.story.rollouts.iter();
    found.filter(|r| (r.0, r.1) == (deployment, RolloutState::Completed)).map(|r| r.2).next()
}

/// DEP-5 with `rolling_order`: 4 tasks, 50 % to 150 %, so at least 2 healthy and at most 6 in all.
#[test]
fn the_order_of_a_rolling_step_decides_how_long_it_takes() {
    let seconds = |order, counted| {
        let mut case = update(4, 50, 150);
        case.values.rolling_order = order;
        case.values.count_stopping_in_max = counted;
        completed(&case.run(), 2).map(|at| at - 600.0)
    };
    // both: 0 s stop 2, start 4 (counted: 2, and 2 at 30 s); 60 s stop 2; 90 s gone
    assert_eq!(seconds(RollingOrder::Both, false), Some(90.0));
    assert_eq!(seconds(RollingOrder::Both, true), Some(90.0));
    assert_eq!(seconds(RollingOrder::StopFirst, false), Some(90.0));
    // start first, 4 stay healthy: 0 s start 2; 60 s stop 2 and start 2 (counted: at 90 s); 120 s (150 s) stop 2; 30 s
    assert_eq!(seconds(RollingOrder::StartFirst, false), Some(150.0));
    assert_eq!(seconds(RollingOrder::StartFirst, true), Some(180.0));
}

/// DEP-6, F31.
#[test]
fn a_deployment_without_room_to_start_or_stop_hangs_and_leaves_the_service_alone() {
    let run = update(3, 100, 133).run();
    // floor(3 × 1.33) = 3 and ceil(3 × 1.00) = 3
    assert_eq!((run.story.deployments.as_slice(), run.story.order.len()), (&[(2, 600.0)][..], 3));
    assert_eq!((completed(&run, 2), run.told(StopCause::Deployment).len()), (None, 0));
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// DEP-1, DEP-5, DEP-6: the worked table of the rule book, in tasks started and stopped in the first instant. A stopping task counts
/// until it is gone (DEP-3), so that those which begin with a stop start nothing yet.
#[test]
fn the_first_moves_are_those_of_the_rule_book() {
    for ((desired, min, max), moves) in [
        ((1, 100, 200), (1, 0)),
        ((1, 0, 100), (0, 1)),
        ((1, 100, 150), (0, 0)), // floor(1.5) = 1
        ((5, 60, 120), (1, 2)),  // at least 3, at most 6
        ((5, 100, 120), (1, 0)),
        ((5, 50, 100), (0, 2)),  // at least ceil(2.5) = 3
        ((6, 100, 133), (1, 0)), // at most floor(7.98) = 7
        ((10, 90, 110), (1, 1)),
        ((10, 0, 200), (10, 10)),
        ((7, 99, 100), (0, 0)), // at least ceil(6.93) = 7
    ] {
        let run = update(desired, min, max).run();
        let started = run.created().iter().filter(|at| **at == 600.0).count();
        let stopped = run.story.tasks.values().filter(|task| task.told.is_some_and(|(_, at)| at == 600.0));
        assert_eq!((started, stopped.count()), moves, "{desired} tasks, {min} to {max} percent");
        assert_eq!(completed(&run, 2).is_none(), moves == (0, 0), "{desired} tasks, {min} to {max} percent");
    }
}

/// DEP-11: 10 tasks, 100 % to 150 %; the second update comes when half of the first is on its way.
#[test]
fn a_deployment_begun_in_the_middle_of_another_replaces_both() {
    let mut case = update(10, 100, 150);
    deploy(&mut case, 630.0);
    let run = case.run();
    assert_eq!(run.story.deployments, [(2, 600.0), (3, 630.0)]);
    assert_eq!(completed(&run, 2), None);
    assert!(completed(&run, 3).is_some());
    // 10 of the first, 5 of the second, 10 of the third
    assert_eq!((run.story.order.len(), run.told(StopCause::Deployment).len()), (25, 15));
    assert_eq!(run.cluster.services[0].deployments.len(), 1);
}

/// DEP-3: a new maximum takes effect at once: from 100 % stuck to 200 %.
#[test]
fn a_stuck_deployment_goes_on_when_the_maximum_is_raised() {
    let mut case = update(2, 100, 100);
    case.update(900.0, |input| {
        let limits = serde_json::json!({ "maximumPercent": 200 });
        input.deployment_configuration = Some(serde_json::from_value(limits).unwrap());
    });
    // 2 starts, 60 s, 2 stops, 30 s
    assert_eq!(completed(&case.run(), 2), Some(990.0));
}

/// DEP-4: a crash in the middle may break the minimum, the scheduler's stops may not; and it ends well.
#[test]
fn a_deployment_survives_crashes_of_old_tasks() {
    let mut case = update(4, 100, 125);
    let service = crate::model::ServiceId(0);
    case.at(610.0, exit_of(TaskTarget::Service(service), 2));
    let run = case.run();
    assert!(completed(&run, 2).is_some());
    assert_eq!(run.told(StopCause::EssentialContainerExited { exit_code: 1 }).len(), 2);
    // DEP-7: the two that crashed were replaced by their own revision, so four old tasks are told to stop
    assert_eq!(run.told(StopCause::Deployment).len(), 4);
}

/// DEP-8.
#[test]
fn a_deployment_completes_only_when_the_old_tasks_are_gone() {
    let mut case = update(1, 100, 200);
    case.values.deprovisioning = always(10.0);
    case.setup.cluster.task_definitions[0].network_mode = crate::model::task_definition::NetworkMode::Awsvpc;
    let run = case.run();
    // 60 s to healthy, 30 s STOPPING, 10 s DEPROVISIONING
    assert_eq!(run.task("web#1").stopped(), Some(700.0));
    assert_eq!(completed(&run, 2), Some(700.0));
}

/// DEP-13, RES-2, RES-14: both revisions have tasks side by side.
#[test]
fn the_tasks_of_an_update_run_the_new_revision() {
    let mut case = update(2, 100, 200);
    case.setup.timeline.clear();
    let next = case.definition("web", 20, 20, |_| {});
    case.update(600.0, |input| input.task_definition = Some("web:2".to_owned()));
    let run = case.run();
    let new = run.story.tasks.values().filter(|task| task.definition == next);
    assert_eq!((new.count(), run.story.order.len()), (2, 4));
}
