//! Deployments on top of deployments (DEP-7, DEP-11, DEP-12, SVC-17).

use super::support::{Case, Run, always, exit_of};
use crate::engine::setup::{Start, TaskTarget};
use crate::model::TaskDefinitionId;
use crate::model::service::RolloutState;
use crate::model::service_event::ServiceEvent;
use crate::model::stop::StopCause;

/// Four settled tasks of `web:1`; new tasks need 60 s. There is a `web:2` and a `web:3`.
fn four(maximum_percent: u32) -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 100_000, 100_000);
    for _ in 0..3 {
        let web = case.definition("web", 10, 10, |_| {});
        case.behaviour(web, |tasks| tasks.launch = Some(always(60.0)));
    }
    case.service("web", TaskDefinitionId(0), 4, |settings| settings.maximum_percent = maximum_percent);
    case
}

fn deploy(case: &mut Case, at: f64, revision: u32) {
    case.update(at, |input| input.task_definition = Some(format!("web:{revision}")));
}

/// How many tasks of each revision were created at `at`.
fn created_at(run: &Run, at: f64) -> [usize; 3] {
    let of = |revision| {
        let tasks = run.story.tasks.values();
        tasks.filter(|task| task.created == at && task.definition == TaskDefinitionId(revision)).count()
    };
    [of(0), of(1), of(2)]
}

/// DEP-7: while the new tasks start, an old one that dies comes back with its own revision.
#[test]
fn an_old_task_that_dies_is_replaced_by_its_own_revision() {
    let mut case = four(200);
    deploy(&mut case, 600.0, 2);
    case.at(610.0, exit_of(TaskTarget::Task("web#1".to_owned()), 1));
    let run = case.run();
    assert_eq!((created_at(&run, 600.0), created_at(&run, 610.0)), ([0, 4, 0], [1, 0, 0]));
}

/// SVC-17: from 4 to 8 tasks at 610 s: four more of each revision, 16 in all, which is floor(8 × 2.00).
#[test]
fn scaling_out_during_a_deployment_applies_to_both_revisions() {
    let mut case = four(200);
    deploy(&mut case, 600.0, 2);
    case.update(610.0, |input| input.desired_count = Some(8));
    let run = case.run();
    assert_eq!(created_at(&run, 610.0), [4, 4, 0]);
    assert_eq!(run.story.deployments.len(), 1, "a new desired count makes no deployment");
}

/// DEP-9, DEP-11: 8 tasks fill the cap when the third deployment begins: those of the second that are not healthy make way,
/// the healthy ones of the first stay until the third has its own.
#[test]
fn a_third_deployment_takes_the_place_of_the_second() {
    let mut case = four(200);
    deploy(&mut case, 600.0, 2);
    deploy(&mut case, 610.0, 3);
    let run = case.run();
    let told = |revision| {
        let of = run.story.tasks.values().filter(|task| task.definition == TaskDefinitionId(revision));
        of.filter_map(|task| task.told).collect::<Vec<_>>()
    };
    assert_eq!(created_at(&run, 610.0), [0, 0, 4]);
    assert_eq!(told(1), [(StopCause::Deployment, 610.0); 4]);
    assert_eq!(told(0), [(StopCause::Deployment, 670.0); 4]);
    assert_eq!(run.story.rollouts, [(1, RolloutState::Completed, 0.0), (3, RolloutState::Completed, 670.0)]);
}

/// DEP-12: the same revision again, all tasks new.
#[test]
fn a_forced_deployment_replaces_every_task() {
    let mut case = four(200);
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    assert_eq!(created_at(&run, 600.0), [4, 0, 0]);
    assert_eq!(run.told(StopCause::Deployment).len(), 4);
}

/// DEP-12, RES-14: limits, grace period and placement alone replace nothing.
#[test]
fn new_limits_alone_start_no_deployment() {
    let mut case = four(200);
    case.update(600.0, |input| {
        let limits = serde_json::json!({ "minimumHealthyPercent": 50 });
        input.deployment_configuration = Some(serde_json::from_value(limits).unwrap());
        input.health_check_grace_period_seconds = Some(60);
    });
    let run = case.run();
    assert_eq!((run.story.deployments.len(), run.story.order.len()), (0, 4));
}

/// DEP-6: told once, with 4 tasks at 100 % and 100 %.
#[test]
fn a_stuck_deployment_is_told_once() {
    let mut case = four(100);
    deploy(&mut case, 600.0, 2);
    let run = case.run();
    let told = run.story.events.iter().filter(|(event, _)| *event == ServiceEvent::DeploymentStuck);
    assert_eq!(told.map(|(_, at)| *at).collect::<Vec<_>>(), [600.0]);
}

/// DEP-7, DEP-11: three of four tasks have room, so the first revision never comes to rest. When two of them die, the
/// second revision takes both places; two of the first would have to make way again at once.
#[test]
fn tasks_of_a_revision_that_never_came_to_rest_are_not_started_in_the_way_of_the_next() {
    let mut case = Case::instant();
    case.instance("host", "a", 30, 30);
    for _ in 0..2 {
        let web = case.definition("web", 10, 10, |_| {});
        case.behaviour(web, |tasks| tasks.launch = Some(always(60.0)));
    }
    let service = case.service("web", TaskDefinitionId(0), 4, |settings| {
        (settings.minimum_healthy_percent, settings.maximum_percent) = (75, 100);
    });
    deploy(&mut case, 600.0, 2);
    case.at(610.0, exit_of(TaskTarget::Service(service), 2));
    let run = case.run();
    let later = run.story.tasks.values().filter(|task| task.created > 600.0);
    assert_eq!(later.map(|task| task.definition).collect::<Vec<_>>(), [TaskDefinitionId(1); 2]);
}
