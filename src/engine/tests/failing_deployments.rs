//! Deployments that fail, roll back, bake or succeed early (DEP-10, DEP-20 to DEP-28).

use serde_json::json;

use super::support::{Case, Run, always, exit_of, health_check};
use crate::engine::api::Request;
use crate::engine::setup::{Start, TaskBehaviour, TaskTarget, TimelineAction};
use crate::kernel::time::SimDuration;
use crate::model::deployment::{
    BreakerThreshold, CircuitBreaker, DeploymentAlarms, DeploymentFailure, EarlySuccess,
};
use crate::model::service::{RolloutState, ServiceSettings};
use crate::model::stop::{StartFailure, StopCause};
use crate::model::{DeploymentNumber, TaskDefinitionId};

use RolloutState::{Completed, Failed};

const BREAKER: CircuitBreaker = CircuitBreaker {
    rollback: true,
    reset_on_healthy_task: true,
    threshold: BreakerThreshold::BoundedPercent(50),
};

/// Four settled tasks of `web:1`, healthy by a probe each 10 s; `web:2` comes at 600 s and behaves as `bad` says.
fn update(bad: impl FnOnce(&mut TaskBehaviour), shape: impl FnOnce(&mut ServiceSettings)) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 100_000, 100_000);
    let probed = |task: &mut crate::model::task_definition::TaskDefinition| {
        task.containers[0].health_check = Some(health_check(10));
    };
    let web = case.definition("web", 10, 10, probed);
    let next = case.definition("web", 10, 10, probed);
    case.behaviour(next, bad);
    case.service("web", web, 4, shape);
    case.update(600.0, |input| input.task_definition = Some("web:2".to_owned()));
    case
}

fn never_starts(tasks: &mut TaskBehaviour) {
    tasks.launch = Some(always(20.0));
    tasks.start_failure = Some((1.0, StartFailure::CannotPullContainer));
}

fn breaker(rollback: bool) -> impl FnOnce(&mut ServiceSettings) {
    move |settings| {
        settings.deployment_rules.circuit_breaker = Some(CircuitBreaker { rollback, ..BREAKER });
    }
}

fn rollouts(run: &Run) -> Vec<(u32, RolloutState, f64)> {
    run.story.rollouts.iter().filter(|(.., at)| *at > 0.0).copied().collect()
}

fn failure_of(run: &Run, deployment: u32) -> Option<DeploymentFailure> {
    run.cluster.services[0].deployment(DeploymentNumber(deployment))?.failure
}

/// DEP-21, DEP-22, DEP-24, DEP-28: all four new tasks fail at 620 s; with the third the count is max(3, 2). The old four
/// were never touched: the rollback has nothing to start, and is COMPLETED at once.
#[test]
fn a_revision_that_never_starts_trips_the_circuit_breaker_and_is_rolled_back() {
    let run = update(never_starts, breaker(true)).run();
    assert_eq!(rollouts(&run), [(2, Failed, 620.0), (1, Completed, 620.0)]);
    assert_eq!(run.cluster.services[0].settings.task_definition, Some(TaskDefinitionId(0)));
    assert_eq!(run.metric("availability:web"), Some(1.0));
    assert_eq!(run.metric("deployments_failed:web"), Some(1.0));
    assert_eq!(run.created().len(), 8);
}

/// DEP-24: without rollback it stays FAILED, launches nothing more, and what there is stays.
#[test]
fn without_rollback_a_failed_deployment_stays_and_launches_no_more() {
    let mut case = update(never_starts, breaker(false));
    case.at(1000.0, exit_of(TaskTarget::Task("web#1".to_owned()), 1));
    let run = case.run();
    assert_eq!(rollouts(&run), [(2, Failed, 620.0)]);
    assert_eq!(failure_of(&run, 2), Some(DeploymentFailure::CircuitBreaker));
    // The old task that crashed is replaced by its own revision (DEP-7).
    assert_eq!(run.created().last(), Some(&1000.0));
    assert_eq!(run.task("web#9").definition, TaskDefinitionId(0));
    assert_eq!(run.cluster.services[0].counts.healthy, 4);
}

/// DEP-24: the first deployment of all has nothing to go back to.
#[test]
fn the_first_deployment_of_a_service_fails_without_a_rollback() {
    let mut case = update(|_| {}, breaker(true));
    case.setup.start = Start::Cold;
    case.setup.timeline.clear();
    case.behaviour(TaskDefinitionId(0), never_starts);
    let run = case.run();
    assert_eq!(run.story.rollouts, [(1, Failed, 20.0)]);
    assert_eq!(run.created(), [0.0; 4]);
}

/// DEP-22: without a circuit breaker the scheduler tries for ever (SVC-10).
#[test]
fn without_a_circuit_breaker_a_deployment_never_gives_up() {
    let run = update(never_starts, |_| {}).run();
    assert_eq!(rollouts(&run), []);
    assert!(run.created().len() > 8);
}

/// DEP-23: never ready, so that the probes of 610, 620 and 630 s fail. No head-room (8 of 8): one goes at a time, the
/// next when its replacement is UNHEALTHY, 30 s later: 630, 660 and 690 s. Then the old revision has its four.
#[test]
fn tasks_that_fail_their_health_checks_trip_the_circuit_breaker_in_its_second_stage() {
    let run = update(|tasks| tasks.ready = Some(always(1e6)), breaker(true)).run();
    let stopped: Vec<f64> = run
        .told(StopCause::HealthCheckFailed)
        .iter()
        .filter_map(|name| run.task(name).told.map(|(_, at)| at))
        .collect();
    assert_eq!(stopped[..3], [630.0, 630.0, 630.0]);
    assert_eq!(rollouts(&run)[0], (2, Failed, 630.0));
    assert_eq!(rollouts(&run)[1].1, Completed);
    assert_eq!(run.metric("availability:web"), Some(1.0));
}

/// DEP-23: crashes after RUNNING count only by `cb_counts_exit_after_running`.
#[test]
fn crashes_after_running_count_where_that_is_asked_for() {
    let crashing = |counts| {
        let mut case = update(|_| {}, breaker(true));
        case.values.cb_counts_exit_after_running = counts;
        let crash = Some((always(5.0), 1));
        let next = TaskDefinitionId(1);
        case.container(next, "app", crate::engine::setup::ContainerBehaviour { crash, ..Default::default() });
        rollouts(&case.run())
    };
    assert_eq!(crashing(false), []);
    assert_eq!(crashing(true)[0], (2, Failed, 605.0));
}

/// DEP-23: two of three starts in a row fail; a task that becomes healthy sets the count back. Each failed start here is
/// before the first RUNNING, so two failures and then a healthy task leave 0 of 3.
#[test]
fn a_healthy_task_sets_the_count_back() {
    let count = |reset_on_healthy_task| {
        let rule = CircuitBreaker { reset_on_healthy_task, rollback: false, ..BREAKER };
        let mut case = update(
            |_| {},
            |settings| {
                settings.deployment_rules.circuit_breaker = Some(rule);
                settings.desired_count = 1; // one at a time, threshold 3
            },
        );
        case.values.start_delay_first = SimDuration::from_secs(10);
        case.at(
            599.0,
            TimelineAction::StartFailure { service: crate::model::ServiceId(0), length: always(20.0) },
        );
        let run = case.run();
        run.cluster.services[0].last_completed.as_ref().map(|last| (last.number.0, last.failures))
    };
    // Attempts at 600 and 610 s fail, that of 630 s is healthy at 640 s.
    assert_eq!((count(true), count(false)), (Some((2, 0)), Some((2, 2))));
}

/// DEP-9, DEP-24: a new update after a failure begins with a count of its own, and may succeed.
#[test]
fn an_update_after_a_failed_deployment_starts_anew() {
    let mut case = update(never_starts, breaker(true));
    case.update(900.0, |input| {
        input.task_definition = Some("web:1".to_owned());
        input.force_new_deployment = Some(true);
    });
    let run = case.run();
    assert_eq!(rollouts(&run)[2], (3, Completed, 910.0));
}

fn alarms(rollback: bool) -> impl FnOnce(&mut ServiceSettings) {
    move |settings| {
        let names = vec!["errors".to_owned()];
        settings.deployment_rules.alarms = Some(DeploymentAlarms { names, rollback });
    }
}

fn alarm(case: &mut Case, at: f64, length: f64) {
    case.setup.world.alarms = vec!["errors".to_owned()];
    case.at(at, TimelineAction::Alarm { alarm: 0, length: always(length) });
}

/// DEP-26: healthy at 610 s, the old ones gone at once, 240 s of bake time.
#[test]
fn with_alarms_a_deployment_bakes_before_it_is_done() {
    assert_eq!(rollouts(&update(|_| {}, alarms(true)).run()), [(2, Completed, 850.0)]);
    let mut case = update(
        |_| {},
        |settings| {
            alarms(true)(settings);
            settings.deployment_rules.bake_time = Some(SimDuration::from_secs(600));
        },
    );
    case.ends_at(3000);
    assert_eq!(rollouts(&case.run()), [(2, Completed, 1210.0)]);
}

/// DEP-25: an alarm in the bake time, at 700 s, fails it; the four of web:1 come back and are healthy at 710 s. The alarm
/// stood when the rollback began, which does not watch it and does not bake.
#[test]
fn an_alarm_in_the_bake_time_rolls_a_deployment_back() {
    let mut case = update(|_| {}, alarms(true));
    alarm(&mut case, 700.0, 5.0);
    let run = case.run();
    assert_eq!(rollouts(&run), [(2, Failed, 700.0), (1, Completed, 710.0)]);
    assert_eq!(failure_of(&run, 2), None, "it is gone");
    assert_eq!(run.cluster.services[0].settings.task_definition, Some(TaskDefinitionId(0)));
}

/// DEP-25: an alarm that stands in ALARM when a deployment begins is not watched by it: no failure, and no bake time.
#[test]
fn an_alarm_that_stands_at_the_beginning_is_not_watched() {
    let mut case = update(|_| {}, alarms(true));
    alarm(&mut case, 590.0, 5000.0);
    assert_eq!(rollouts(&case.run()), [(2, Completed, 610.0)]);
}

/// DEP-25: the first trigger wins: the alarm of 615 s, before the failures of 620 s.
#[test]
fn of_alarms_and_circuit_breaker_the_first_wins() {
    let mut case = update(never_starts, |settings| {
        breaker(true)(settings);
        alarms(false)(settings);
    });
    alarm(&mut case, 615.0, 1000.0);
    let run = case.run();
    assert_eq!(rollouts(&run), [(2, Failed, 615.0)]);
    assert_eq!(failure_of(&run, 2), Some(DeploymentFailure::Alarm));
}

fn early(healthy_percent: u32, cleans_up_later: bool) -> impl FnOnce(&mut ServiceSettings) {
    move |settings| {
        settings.desired_count = 7;
        settings.minimum_healthy_percent = 50;
        settings.maximum_percent = 115;
        settings.deployment_rules.early_success = Some(EarlySuccess { healthy_percent, cleans_up_later });
    }
}

/// DEP-27: 80 % of 7 are 6. Of 7 at most floor(8.05) = 8, at least ceil(3.5) = 4: at 600 s 3 stop and 1 + 3 start, at 610 s
/// these 4 are healthy, the other 4 old ones stop and 3 start, healthy at 620 s. The old ones are gone at 610 s.
#[test]
fn early_success_needs_its_share_of_healthy_tasks() {
    let early_run = update(|_| {}, early(80, false)).run();
    let whole_run = update(
        |_| {},
        |settings| {
            early(80, false)(settings);
            settings.deployment_rules.early_success = None;
        },
    )
    .run();
    assert_eq!(rollouts(&early_run), [(2, Completed, 620.0)]);
    assert_eq!(rollouts(&whole_run), [(2, Completed, 620.0)]);
    let sooner = update(|_| {}, early(57, false)).run(); // 4 of 7
    assert_eq!(rollouts(&sooner), [(2, Completed, 610.0)]);
}

/// DEP-27: DEFERRED does not wait for the old tasks, which take 30 s to stop; BLOCKING does.
#[test]
fn deferred_clean_up_comes_after_the_end_of_a_deployment() {
    let completed = |later| {
        let mut case = update(|_| {}, early(57, later));
        case.values.exit_after_signal = always(30.0);
        case.values.count_stopping_in_max = false;
        let run = case.run();
        assert_eq!(run.cluster.services[0].deployments.len(), 1);
        rollouts(&run)[0].2
    };
    assert_eq!((completed(true), completed(false)), (610.0, 640.0));
}

/// DEP-10: stopped at 605 s, before anything is healthy; rolled back although the service says nothing of rollbacks.
#[test]
fn a_deployment_can_be_stopped_and_rolled_back() {
    let mut case = update(|tasks| tasks.launch = Some(always(60.0)), |_| {});
    case.request(605.0, Request::StopServiceDeployment, json!({ "serviceDeploymentArn": "web/2" }));
    let run = case.run();
    assert_eq!(rollouts(&run), [(2, Failed, 605.0), (1, Completed, 605.0)]);
    assert_eq!(run.told(StopCause::Deployment).len(), 4);
}

/// DEP-28: half of the old ones are gone when the breaker trips: the rollback starts as many as are lacking, no more.
#[test]
fn a_rollback_keeps_what_is_left_of_the_old_revision() {
    let mut case = update(never_starts, |settings| {
        breaker(true)(settings);
        settings.minimum_healthy_percent = 50;
        settings.maximum_percent = 100;
    });
    case.ends_at(2000);
    let run = case.run();
    let old: Vec<&str> = run
        .story
        .order
        .iter()
        .filter(|name| run.task(name).definition == TaskDefinitionId(0))
        .map(String::as_str)
        .collect();
    // Four at time zero, of which two stop at 600 s, and two that the rollback starts.
    assert_eq!(old.len(), 6);
    assert_eq!(rollouts(&run)[0].1, Failed);
    assert_eq!(rollouts(&run)[1].1, Completed);
}
