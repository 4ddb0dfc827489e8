//! `memberOf` constraints at work (PLC-10, PLC-12).

use std::sync::Arc;

use super::support::Case;
use crate::engine::api::Request;
use crate::engine::api::query::parse;
use crate::engine::setup::OnRefusal;
use crate::model::placement::PlacementConstraint;
use crate::model::reason::Refusal;
use crate::model::service::{SchedulingStrategy, ServiceSettings};
use crate::model::service_event::ServiceEvent;
use crate::model::stop::StopCause;

fn member_of(text: &str) -> PlacementConstraint {
    PlacementConstraint::MemberOf(Arc::new(parse(text, 0).expect("an expression")))
}

fn constrained(text: &str) -> impl FnOnce(&mut ServiceSettings) {
    let constraint = member_of(text);
    move |settings| settings.constraints = vec![constraint]
}

/// Two instances of 1,024 units and tasks of 256.
fn two_instances() -> (Case, crate::model::TaskDefinitionId) {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 4096);
    case.instance("host", "b", 1024, 4096);
    let web = case.definition("web", 256, 512, |_| {});
    (case, web)
}

/// PLC-12: the fifth task finds no room where it may go, though the other instance is empty.
#[test]
fn tasks_go_only_where_the_expression_holds() {
    let (mut case, web) = two_instances();
    case.service("web", web, 5, constrained("ec2InstanceId == host-2"));
    case.ends_at(5);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-2"; 4]);
    assert_eq!(run.story.placement_refused, [(Refusal::Cpu, 0.0)]);
}

/// Table 5a.
#[test]
fn a_constraint_that_leaves_no_instance_is_the_reason_of_the_refusal() {
    let (mut case, web) = two_instances();
    case.service("web", web, 1, constrained("agentVersion >= 99"));
    case.ends_at(5);
    let run = case.run();
    assert_eq!(run.story.placement_refused, [(Refusal::Constraint, 0.0)]);
}

/// PLC-10: of the definition's instance and the service's there is none in common.
#[test]
fn constraints_of_the_definition_and_of_the_service_both_hold() {
    let (mut case, _) = two_instances();
    let pinned = case.definition("pinned", 256, 512, |definition| {
        definition.constraints = vec![member_of("ec2InstanceId == host-1")];
    });
    case.service("pinned", pinned, 1, |_| {});
    case.service("torn", pinned, 1, constrained("ec2InstanceId == host-2"));
    case.ends_at(5);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1"]);
    assert_eq!(run.story.placement_refused, [(Refusal::Constraint, 0.0)]);
}

/// CQL-7: one task an instance beside the other service, and no room for a third.
#[test]
fn a_group_can_be_kept_away_from_another() {
    let (mut case, web) = two_instances();
    case.service("web", web, 1, constrained("ec2InstanceId == host-1"));
    let job = case.definition("job", 256, 512, |_| {});
    case.service("job", job, 2, constrained("not(task:group == service:web)"));
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-2", "host-2"]);
}

/// CQL-6: two running tasks are the most that the expression lets in; the fifth waits.
#[test]
fn the_count_of_running_tasks_is_that_of_the_instant() {
    let (mut case, web) = two_instances();
    case.service("web", web, 5, constrained("runningTasksCount < 2"));
    case.ends_at(5);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-2", "host-1", "host-2"]);
    assert_eq!(run.story.placement_refused, [(Refusal::Constraint, 0.0)]);
}

/// PLC-12: asked when the task is placed and not again: `runningTasksCount < 1` is false from then on.
#[test]
fn a_task_of_a_replica_service_stays_when_its_expression_turns_false() {
    let (mut case, web) = two_instances();
    case.service("web", web, 1, constrained("runningTasksCount < 1"));
    let run = case.run();
    assert_eq!((run.hosts(), run.story.tasks["web#1"].told.iter().count()), (vec!["host-1"], 0));
}

/// A task that comes may be what another waits for: the first caller's task of 30 s lets the second one in.
#[test]
fn who_waits_in_line_for_the_company_of_a_task_is_placed_when_it_comes() {
    let (mut case, web) = two_instances();
    let job = case.definition("job", 256, 512, |_| {});
    case.caller("job", job, &[(10.0, 5.0)], |caller| {
        caller.constraints = vec![member_of("task:group == service:web")];
        caller.on_refusal = OnRefusal::Wait { places: None, timeout: None };
    });
    case.service("web", web, 0, |_| {});
    case.update(30.0, |input| input.desired_count = Some(1));
    let run = case.run();
    assert_eq!(run.created(), [30.0, 30.0]);
    assert_eq!(run.hosts()[0], run.hosts()[1]);
}

/// PLC-12, SVC-4: a batch task comes at 100 s for 60 s; meanwhile its instance has no daemon, then again.
#[test]
fn a_daemon_leaves_an_instance_that_no_longer_satisfies_its_constraints_and_comes_back() {
    let (mut case, agent) = two_instances();
    case.service("agent", agent, 2, |settings| {
        settings.scheduling = SchedulingStrategy::Daemon;
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
        settings.constraints = vec![member_of("not(task:group == family:batch)")];
    });
    let batch = case.definition("batch", 256, 512, |_| {});
    case.caller("batch", batch, &[(100.0, 60.0)], |caller| {
        caller.constraints = vec![member_of("ec2InstanceId == host-1")];
    });
    let run = case.run();
    assert_eq!(run.created(), [0.0, 0.0, 100.0, 160.0]);
    assert_eq!(run.hosts(), ["host-1", "host-2", "host-1", "host-1"]);
    assert_eq!(run.told(StopCause::ScaleIn), ["agent#1"]);
    let violated = ServiceEvent::DaemonConstraintViolated { ordinals: Box::new([1]) };
    assert!(run.story.events.contains(&(violated, 100.0)));
    assert_eq!(run.cluster.services[0].settings.desired_count, 2);
}

/// SVC-20: protected for 5 minutes from 50 s on, so it leaves at 350 s, and the other daemon stays all the time.
#[test]
fn a_protected_daemon_leaves_when_its_protection_is_over() {
    let (mut case, agent) = two_instances();
    case.service("agent", agent, 2, |settings| {
        settings.scheduling = SchedulingStrategy::Daemon;
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
        settings.constraints = vec![member_of("not(task:group == family:batch)")];
    });
    let batch = case.definition("batch", 256, 512, |_| {});
    case.caller("batch", batch, &[(100.0, 1000.0)], |caller| {
        caller.constraints = vec![member_of("ec2InstanceId == host-1")];
    });
    let protection =
        serde_json::json!({ "tasks": ["agent#1"], "protectionEnabled": true, "expiresInMinutes": 5 });
    case.request(50.0, Request::UpdateTaskProtection, protection);
    let run = case.run();
    assert_eq!(run.told(StopCause::ScaleIn), ["agent#1"]);
    assert_eq!(run.task("agent#1").told.map(|(_, at)| at), Some(350.0));
    assert_eq!(run.created()[..3], [0.0, 0.0, 100.0]);
}
