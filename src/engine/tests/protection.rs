//! Task scale-in protection (SVC-20, PLC-18).

use serde_json::{Value, json};

use super::support::{Case, Run, always};
use crate::engine::api::Request;
use crate::engine::setup::{ContainerBehaviour, Start};
use crate::model::service::RolloutState;
use crate::model::service_event::ServiceEvent;
use crate::model::stop::StopCause;

/// Four settled tasks on two hosts, two on each; `web#1` and `web#2` are protected for 10 minutes from 100 s on.
fn protected() -> Case {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 1000, 1000);
    case.instance("host", "b", 1000, 1000);
    let web = case.definition("web", 100, 100, |_| {});
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 4, |_| {});
    protect(&mut case, 100.0, json!({ "tasks": ["web#1", "web#2"], "expiresInMinutes": 10 }));
    case
}

fn protect(case: &mut Case, at: f64, input: Value) {
    let mut whole = json!({ "protectionEnabled": true });
    whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    case.request(at, Request::UpdateTaskProtection, whole);
}

fn told_at(run: &Run, name: &str) -> Option<f64> {
    run.task(name).told.map(|(_, at)| at)
}

/// PLC-18: of four tasks two are to go, and the protected ones are none of them.
#[test]
fn a_scale_in_passes_over_protected_tasks() {
    let mut case = protected();
    case.update(200.0, |input| input.desired_count = Some(2));
    assert_eq!(case.run().told(StopCause::ScaleIn), ["web#3", "web#4"]);
}

/// Two are protected and one is wanted: two go at 200 s, the third when the protection has expired at 100 + 600 s.
#[test]
fn a_scale_in_below_the_protected_tasks_waits_for_the_end_of_their_protection() {
    let mut case = protected();
    case.update(200.0, |input| input.desired_count = Some(1));
    let run = case.run();
    let mut at: Vec<f64> =
        run.told(StopCause::ScaleIn).iter().filter_map(|name| told_at(&run, name)).collect();
    at.sort_by(f64::total_cmp);
    assert_eq!(at, [200.0, 200.0, 700.0]);
    let blocked: Vec<_> = run
        .story
        .events
        .iter()
        .filter(|(event, _)| matches!(event, ServiceEvent::ScaleInBlocked { .. }))
        .collect();
    assert_eq!(blocked, [&(ServiceEvent::ScaleInBlocked { protected: 2 }, 200.0)]);
}

/// The deployment of 200 s has its new tasks at once and ends when the last old ones are gone: 700 + 30 s.
#[test]
fn a_protected_task_survives_a_rollout_until_its_protection_expires() {
    let mut case = protected();
    case.update(200.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    assert_eq!((told_at(&run, "web#3"), told_at(&run, "web#1")), (Some(200.0), Some(700.0)));
    assert_eq!(run.told(StopCause::Deployment).len(), 4);
    assert!(run.story.rollouts.contains(&(2, RolloutState::Completed, 730.0)), "{:?}", run.story.rollouts);
}

#[test]
fn protection_ends_when_it_is_cleared() {
    let mut case = protected();
    case.update(200.0, |input| input.force_new_deployment = Some(true));
    protect(&mut case, 300.0, json!({ "tasks": ["web#1", "web#2"], "protectionEnabled": false }));
    let run = case.run();
    assert_eq!((told_at(&run, "web#1"), told_at(&run, "web#2")), (Some(300.0), Some(300.0)));
}

/// Asked for again at 400 s without a time, it ends 120 minutes later: at 7600 s.
#[test]
fn each_request_begins_the_time_anew_and_two_hours_are_the_default() {
    let mut case = protected();
    protect(&mut case, 400.0, json!({ "tasks": ["web#1"] }));
    case.update(500.0, |input| input.force_new_deployment = Some(true));
    case.ends_at(10_000);
    let run = case.run();
    assert_eq!((told_at(&run, "web#2"), told_at(&run, "web#1")), (Some(700.0), Some(7600.0)));
}

#[test]
fn protection_holds_nothing_up_but_scale_in_and_deployments() {
    let mut case = protected();
    case.set_state(200.0, "host-1", "DRAINING");
    case.request(300.0, Request::StopTask, json!({ "task": "web#2" }));
    let run = case.run();
    // web#1 and web#3 are on the first host
    assert_eq!(run.told(StopCause::Draining), ["web#1", "web#3"]);
    assert_eq!(run.told(StopCause::UserInitiated), ["web#2"]);
}

/// Standalone tasks have none; what is not there is missing; and while protected old tasks hold a deployment up, no other
/// old one can be protected, but a new one can.
#[test]
fn what_cannot_be_protected_is_a_failure_of_the_call() {
    let mut case = protected();
    let job = case.definition("job", 100, 100, |_| {});
    case.caller("job", job, &[(0.0, 3000.0)], |_| {});
    protect(&mut case, 150.0, json!({ "tasks": ["job#1", "web#99"] }));
    case.update(200.0, |input| input.force_new_deployment = Some(true));
    protect(&mut case, 210.0, json!({ "tasks": ["web#1", "web#5"] }));
    let call = "UpdateTaskProtection";
    let run = case.run();
    let failed = [(call, "TASK_NOT_VALID"), (call, "MISSING"), (call, "DEPLOYMENT_BLOCKED")];
    assert_eq!(run.story.failed_requests, failed);
    let web5 = run.cluster.tasks.iter().find(|(id, _)| run.cluster.task_name(*id) == "web#5").unwrap().1;
    assert!(web5.is_protected());
}
