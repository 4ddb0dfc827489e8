//! DAEMON services (SVC-4, SVC-5).

use super::support::{Case, always};
use crate::engine::setup::{OnRefusal, TimelineAction};
use crate::model::PoolId;
use crate::model::reason::Refusal;
use crate::model::service::{RolloutState, SchedulingStrategy, ServiceSettings};
use crate::model::stop::StopCause;

fn daemon(settings: &mut ServiceSettings) {
    settings.scheduling = SchedulingStrategy::Daemon;
    (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
}

/// Two instances with a daemon each; the second one is away from 100 to 160 s.
fn two_instances() -> (Case, PoolId) {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let pool = case.instance("host", "b", 1024, 2048);
    case.failing(pool, always(1e6), Some(always(60.0)));
    let agent = case.definition("agent", 256, 512, |_| {});
    case.service("agent", agent, 2, daemon);
    case.at(100.0, TimelineAction::InstanceFailure { pool, ordinal: Some(2), count: 1 });
    (case, pool)
}

/// SVC-4: no second one on the first instance while the second is away; one on it as soon as it is back.
#[test]
fn a_daemon_service_keeps_one_task_on_every_instance() {
    let (case, _) = two_instances();
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-2", "host-2"]);
    assert_eq!(run.created(), [0.0, 0.0, 160.0]);
    assert_eq!(run.told(StopCause::HostLost), ["agent#2"]);
    assert_eq!(run.cluster.services[0].settings.desired_count, 2);
}

/// SVC-5, INS-11, ORD-9: a job of the whole instance waits in line since 110 s, and the instance of 160 s is for the daemon.
#[test]
fn on_a_new_instance_the_daemon_comes_first() {
    let (mut case, _) = two_instances();
    let job = case.definition("job", 1024, 2048, |_| {});
    case.caller("job", job, &[(110.0, 10.0)], |caller| {
        caller.on_refusal = OnRefusal::Wait { places: None, timeout: None };
    });
    let run = case.run();
    assert_eq!(run.created(), [0.0, 0.0, 160.0]);
    assert_eq!(run.hosts()[2], "host-2");
}

/// SVC-5: told by its code, and tried again every 10 s; the instance with room has its daemon all the same.
#[test]
fn an_instance_without_room_for_the_daemon_keeps_no_other_from_having_one() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 256);
    case.instance("host", "b", 1024, 2048);
    let agent = case.definition("agent", 256, 512, |_| {});
    case.service("agent", agent, 2, daemon);
    case.ends_at(15);
    let run = case.run();
    assert_eq!(run.hosts(), ["host-2"]);
    assert_eq!(run.story.placement_refused, [(Refusal::Memory, 0.0), (Refusal::Memory, 10.0)]);
}

/// SVC-4, DEP-2: with 0 and 100 percent all daemons stop, and each comes back where it was.
#[test]
fn a_deployment_replaces_each_daemon_in_its_place() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    case.instance("host", "b", 1024, 2048);
    let agent = case.definition("agent", 256, 512, |_| {});
    case.service("agent", agent, 2, daemon);
    case.at(600.0, super::support::force_deployment("agent"));
    let run = case.run();
    assert_eq!(run.hosts(), ["host-1", "host-2", "host-1", "host-2"]);
    assert_eq!(run.told(StopCause::Deployment), ["agent#1", "agent#2"]);
    let completed = run.story.rollouts.iter().find(|(number, ..)| *number == 2);
    assert_eq!(completed, Some(&(2, RolloutState::Completed, 600.0)));
}
