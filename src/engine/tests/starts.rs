//! Failures before RUNNING, the throttle and the launch rate (SVC-8, SVC-10, SVC-11, FAIL-2, LIF-16, LIF-17).

use super::support::{Case, always, crashing, exit_of};
use crate::engine::setup::{Start, TaskTarget, TimelineAction};
use crate::model::ServiceId;
use crate::model::instance::PoolKind;
use crate::model::service_event::ServiceEvent;
use crate::model::stop::{StartFailure, StopCause};
use crate::model::task::{Capacity, TaskStatus};

/// A service of one task that cannot be started.
fn failing(failure: StartFailure) -> Case {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.start_failure = Some((1.0, failure)));
    case.service("web", web, 1, |_| {});
    case
}

/// SVC-10: 10, 20, 40, … s after each failure.
#[test]
fn each_failure_in_a_row_doubles_the_delay_of_the_next_launch() {
    let run = failing(StartFailure::CannotPullContainer).run();
    assert_eq!(run.created(), [0.0, 10.0, 30.0, 70.0, 150.0, 310.0, 630.0, 1270.0, 2550.0]);
}

/// SVC-10: 27 minutes; after 10 + … + 1280 = 2,550 s the next would be 2,560 s away.
#[test]
fn the_delay_grows_to_27_minutes() {
    let mut case = failing(StartFailure::CannotPullContainer);
    case.ends_at(6000);
    let created = case.run().created();
    assert_eq!(created[8..], [2550.0, 2550.0 + 1620.0, 2550.0 + 2.0 * 1620.0]);
}

/// SVC-10: the third failure is that of 30 s.
#[test]
fn from_the_third_failure_on_ecs_says_so() {
    let run = failing(StartFailure::CannotPullContainer).run();
    let told = run.story.events.iter().filter(|(event, _)| *event == ServiceEvent::StartImpaired);
    assert_eq!(told.map(|(_, at)| *at).take(3).collect::<Vec<_>>(), [30.0, 70.0, 150.0]);
}

/// SVC-10: the delay of 150 s would have lasted until 310 s.
#[test]
fn a_new_task_definition_is_launched_at_once() {
    let mut case = failing(StartFailure::CannotPullContainer);
    case.definition("web", 256, 512, |_| {});
    case.update(200.0, |input| input.task_definition = Some("web:2".to_owned()));
    let run = case.run();
    assert_eq!(run.created()[5..], [200.0]);
    assert_eq!(run.task("web#6").at(TaskStatus::Running), Some(200.0));
}

/// SVC-10, DEP-7: web#1 of the old revision crashes at 100 s, in the middle of a deployment whose task needs 10,000 s to
/// start, and no task of the old revision can start any more: its replacements come 10, 20, 40 s after each failure.
#[test]
fn an_old_revision_that_cannot_start_is_throttled_by_itself() {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.ends_at(400);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    let next = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.start_failure = Some((1.0, StartFailure::CannotStartContainer)));
    case.behaviour(next, |tasks| tasks.launch = Some(always(10_000.0)));
    case.service("web", web, 1, |_| {});
    case.update(50.0, |input| input.task_definition = Some("web:2".to_owned()));
    case.at(100.0, exit_of(TaskTarget::Task("web#1".to_owned()), 1));
    // web#2 is of the new revision
    assert_eq!(case.run().created(), [0.0, 50.0, 100.0, 110.0, 130.0, 170.0, 250.0]);
}

/// SVC-10, FAIL-2: failures at 0 and 10 s while starts fail; the launch of 30 s runs and ends the row.
#[test]
fn a_task_that_runs_ends_the_row_of_failures() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    case.at(0.0, TimelineAction::StartFailure { service: ServiceId(0), length: always(25.0) });
    let run = case.run();
    assert_eq!(run.created(), [0.0, 10.0, 30.0]);
    assert_eq!(run.story.failed_starts, [(1, 0.0), (2, 10.0), (0, 30.0)]);
}

/// SVC-11.
#[test]
fn a_crash_after_running_is_replaced_without_delay() {
    let mut case = Case::instant();
    case.ends_at(20);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(always(5.0)));
    case.service("web", web, 1, |_| {});
    let run = case.run();
    assert_eq!(run.created(), [0.0, 5.0, 10.0, 15.0, 20.0]);
    assert!(run.story.failed_starts.is_empty());
}

/// FAIL-2, LIF-11, table 2a: each failure with its name, its code, and no RUNNING.
#[test]
fn every_start_failure_is_told_by_its_name() {
    for failure in StartFailure::NAMED {
        let run = failing(failure).run();
        let task = run.task("web#1");
        assert_eq!(
            (task.cause(), task.at(TaskStatus::Running)),
            (Some(StopCause::FailedToStart(failure)), None)
        );
        let reason = run.stopped_reason("web#9").unwrap();
        assert!(reason.starts_with(failure.name()), "{reason}");
    }
}

/// LAT-4: each pull of 5 s fails, so that the second task, 10 s after the first has failed, finds no image either.
#[test]
fn a_pull_that_failed_leaves_no_image_behind() {
    let mut case = failing(StartFailure::CannotPullContainer);
    case.values.ec2_pull_base = always(5.0);
    case.ends_at(25);
    let run = case.run();
    assert_eq!(run.created(), [0.0, 15.0]);
    assert_eq!(run.task("web#2").told.map(|(_, at)| at), Some(20.0));
}

/// LIF-16: 200 s to start, and the agent waits for 180 s.
#[test]
fn a_start_that_takes_longer_than_the_agent_waits_fails() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    let start = Some(always(200.0));
    case.container(web, "app", crate::engine::setup::ContainerBehaviour { start, ..Default::default() });
    case.service("web", web, 1, |_| {});
    let cause = StopCause::FailedToStart(StartFailure::ContainerRuntimeTimeout);
    assert_eq!(case.run().task("web#1").told, Some((cause, 180.0)));
}

/// LIF-17: 400,000 MB at 40 MB/s are 10,000 s, and the agent gives up after 7,200 s.
#[test]
fn a_pull_of_more_than_two_hours_fails() {
    let mut case = Case::instant();
    case.ends_at(9000);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.image_size_mb = Some(400_000.0));
    case.service("web", web, 1, |_| {});
    let cause = StopCause::FailedToStart(StartFailure::CannotPullContainer);
    assert_eq!(case.run().task("web#1").told, Some((cause, 7200.0)));
}

/// SVC-8, QUO-7, QUO-8: 500 at once, then one each 60/500 s: the 700th of the rest after 700 × 0.12 = 84 s.
#[test]
fn a_service_launches_500_tasks_at_once_and_500_a_minute_after() {
    let mut case = Case::instant();
    case.ends_at(120);
    case.instance("host", "a", 4096, 4096);
    let web = case.definition("web", 1, 1, |_| {});
    case.service("web", web, 1200, |_| {});
    let run = case.run();
    let created = run.created();
    assert_eq!(created.iter().filter(|at| **at == 0.0).count(), 500);
    assert_eq!((created[500], created[1199]), (0.12, 84.0));
    let throttled = run.story.events.iter().any(|(event, _)| *event == ServiceEvent::OperationsThrottled);
    assert!(throttled);
}

/// LAT-3: 20 + 1 + (3 + 413/12) + 1 = 59.417 s, within the measured 53 to 62 s; LAT-5: 20 + 1 + 5 + 1.
#[test]
fn a_fargate_task_with_413_mb_starts_in_about_a_minute_and_with_an_index_in_27_s() {
    let runs_at = |soci| {
        let mut case = Case::new();
        let fargate = case.fargate(PoolKind::Fargate, &["a"]);
        let job = case.definition("job", 256, 512, |_| {});
        case.behaviour(job, |tasks| (tasks.image_size_mb, tasks.soci) = (Some(413.0), soci));
        case.caller("job", job, &[(0.0, 60.0)], |caller| {
            caller.capacity = vec![super::support::on(Capacity::Fargate(fargate))];
        });
        case.run().task("job#1").at(TaskStatus::Running)
    };
    assert_eq!((runs_at(false), runs_at(true)), (Some(59.417), Some(27.0)));
}
