//! Agents cut off, instances terminated, capacity that is not there, tasks retired, Spot notices (FAIL, INS-4).

use super::support::{Case, always, health_check, on};
use crate::engine::setup::{ContainerBehaviour, OnRefusal, OnStop, Start, TaskTarget, TimelineAction};
use crate::kernel::dist::Distribution;
use crate::kernel::time::SimDuration;
use crate::model::ServiceId;
use crate::model::change::CapacityPlace;
use crate::model::container::ContainerStatus;
use crate::model::instance::{InstanceStatus, PoolKind};
use crate::model::stop::StopCause;
use crate::model::task::{Capacity, TaskStatus};
use crate::model::task_definition::RestartPolicy;

/// A service of one task on one instance, whose agent is cut off from 50 to 150 s.
fn cut_off() -> Case {
    let mut case = Case::instant();
    let pool = case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    let exits = ContainerBehaviour { exit_after_signal: Some(always(5.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 1, |_| {});
    case.at(50.0, TimelineAction::AgentDisconnect { pool, ordinal: 1, length: always(100.0) });
    case
}

/// INS-4, FAIL-4: the crash of 100 s is told at 150 s.
#[test]
fn a_crash_behind_a_cut_off_agent_is_heard_of_when_it_is_back() {
    let mut case = cut_off();
    let target = TaskTarget::Service(ServiceId(0));
    case.at(100.0, TimelineAction::ContainerExit { target, count: 1, container: None, exit_code: 2 });
    let cause = StopCause::EssentialContainerExited { exit_code: 2 };
    assert_eq!(case.run().task("web#1").told, Some((cause, 150.0)));
}

/// INS-4: ended at 100 s and heard of at 150 s: users go without it at once. Its replacement is running and healthy at
/// 150 s (nothing takes time here): 50 s of 3600 without a task.
#[test]
fn what_ended_behind_a_cut_off_agent_serves_nobody() {
    let mut case = cut_off();
    case.container(crate::model::TaskDefinitionId(0), "app", ContainerBehaviour::default());
    let target = TaskTarget::Service(ServiceId(0));
    case.at(100.0, TimelineAction::ContainerExit { target, count: 1, container: None, exit_code: 2 });
    let run = case.run();
    let availability = run.metric("availability:web").unwrap();
    assert!((availability - 3550.0 / 3600.0).abs() < 1e-9, "{availability}");
    assert_eq!(run.metric("time_to_replace_s.max:web"), Some(50.0));
}

/// INS-4: told to stop at 100 s, the task gets its signal at 150 s and needs 5 s.
#[test]
fn a_stop_order_reaches_a_cut_off_instance_when_it_is_back() {
    let mut case = cut_off();
    case.update(100.0, |input| input.desired_count = Some(0));
    let run = case.run();
    let task = run.task("web#1");
    assert_eq!(task.told, Some((StopCause::ScaleIn, 100.0)));
    assert_eq!((task.at(TaskStatus::Stopping), task.stopped()), (Some(150.0), Some(155.0)));
}

/// INS-4, INS-5: the task that is there stays, and nothing new comes before 150 s.
#[test]
fn nothing_is_placed_on_a_cut_off_instance_and_nothing_taken_away() {
    let mut case = cut_off();
    case.update(100.0, |input| input.desired_count = Some(2));
    let run = case.run();
    // refused at 100 s, 110, 120, 130, 140 and 150 s at the quick pace of 10 s; the next attempt finds the agent back
    assert_eq!(run.task("web#1").told, None);
    assert!(run.task("web#2").created >= 150.0, "{}", run.task("web#2").created);
}

/// INS-4, CON-6: the container exits at 70 s; the probes of 60, 70 and 80 s fail no more when both are told at 150 s.
#[test]
fn the_health_of_a_container_that_ended_behind_a_cut_off_agent_is_not_told() {
    let mut case = Case::instant();
    let pool = case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| {
        task.containers[0].health_check = Some(health_check(10));
        let (ignored_exit_codes, attempt_period) = (Vec::new(), SimDuration::from_secs(60));
        task.containers[0].restart_policy = Some(RestartPolicy { ignored_exit_codes, attempt_period });
    });
    let unhealthy_after = Some(always(60.0));
    case.container(web, "app", ContainerBehaviour { unhealthy_after, ..ContainerBehaviour::default() });
    case.service("web", web, 1, |_| {});
    case.at(50.0, TimelineAction::AgentDisconnect { pool, ordinal: 1, length: always(100.0) });
    let target = TaskTarget::Service(ServiceId(0));
    case.at(70.0, TimelineAction::ContainerExit { target, count: 1, container: None, exit_code: 2 });
    case.ends_at(200);
    let run = case.run();
    assert_eq!(run.task("web#1").container(0, ContainerStatus::Running), [0.0, 150.0]);
    // UNKNOWN when it starts again, healthy by the probe 10 s later
    assert_eq!(run.task("web#1").healthy, [(true, 10.0), (false, 150.0), (true, 160.0)]);
}

/// INS-4, LIF-2: dispatched at 60 s, which nobody hears of until 150 s; told to stop at 100 s, the task never pulls.
#[test]
fn a_task_told_to_stop_behind_a_cut_off_agent_starts_up_no_further() {
    let mut case = cut_off();
    (case.values.agent_dispatch, case.values.ec2_pull_base) = (always(60.0), always(20.0));
    case.update(100.0, |input| input.desired_count = Some(0));
    let run = case.run();
    let task = run.task("web#1");
    assert_eq!((task.at(TaskStatus::Activating), task.stopped()), (None, Some(150.0)));
}

/// INS-4, LIF-2: the container would have started at 60 s; told to stop at 100 s, it is never seen to run.
#[test]
fn a_container_whose_start_was_not_told_before_the_stop_order_does_not_start() {
    let mut case = cut_off();
    case.values.container_start = always(60.0);
    case.update(100.0, |input| input.desired_count = Some(0));
    let run = case.run();
    let task = run.task("web#1");
    assert_eq!(task.container(0, ContainerStatus::Running), [0.0; 0]);
    assert_eq!(task.stopped(), Some(150.0));
}

/// INS-4: the crash of 100 s is heard of at 150 s; the probes that failed at 100, 110 and 120 s were of a container
/// that was gone.
#[test]
fn health_behind_a_cut_off_agent_ends_with_its_container() {
    let mut case = cut_off();
    let definition = &mut case.setup.cluster.task_definitions[0];
    definition.containers[0].health_check = Some(health_check(10));
    definition.containers.push(super::support::container("log", true));
    let id = crate::model::TaskDefinitionId(0);
    let (crash, unhealthy_after) = (Some((always(100.0), 2)), Some(always(95.0)));
    case.container(id, "app", ContainerBehaviour { crash, unhealthy_after, ..Default::default() });
    let slow = ContainerBehaviour { exit_after_signal: Some(always(5.0)), ..Default::default() };
    case.container(id, "log", slow);
    let run = case.run();
    let cause = StopCause::EssentialContainerExited { exit_code: 2 };
    assert_eq!((run.task("web#1").told, run.task("web#1").stopped()), (Some((cause, 150.0)), Some(155.0)));
}

/// INS-4: a container that crashed at 80 s cannot exit again at 100 s.
#[test]
fn of_two_exits_behind_a_cut_off_agent_the_first_is_told() {
    let mut case = cut_off();
    let crash = ContainerBehaviour { crash: Some((always(80.0), 7)), ..Default::default() };
    case.container(crate::model::TaskDefinitionId(0), "app", crash);
    let target = TaskTarget::Service(ServiceId(0));
    case.at(100.0, TimelineAction::ContainerExit { target, count: 1, container: None, exit_code: 2 });
    let cause = StopCause::EssentialContainerExited { exit_code: 7 };
    assert_eq!(case.run().task("web#1").told, Some((cause, 150.0)));
}

/// FAIL-4: a failed instance is back after its repair, a terminated one never.
#[test]
fn a_terminated_instance_does_not_come_back() {
    let comes_back = |action: fn(crate::model::PoolId) -> TimelineAction| {
        let mut case = Case::instant();
        let pool = case.instance("host", "a", 1024, 2048);
        case.failing(pool, always(1e6), Some(always(60.0)));
        case.at(10.0, action(pool));
        case.run().story.instances.iter().any(|(_, status, _)| *status == InstanceStatus::Active)
    };
    assert!(comes_back(|pool| TimelineAction::InstanceFailure { pool, ordinal: None, count: 1 }));
    assert!(!comes_back(|pool| TimelineAction::InstanceTermination { pool, ordinal: None, count: 1 }));
}

/// FAIL-1: the container named, not the first essential one.
#[test]
fn a_named_container_exits() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case
        .definition("web", 256, 512, |task| task.containers.push(super::support::container("log", false)));
    case.service("web", web, 1, |_| {});
    let (target, container) = (TaskTarget::Task("web#1".to_owned()), Some("log".to_owned()));
    case.at(60.0, TimelineAction::ContainerExit { target, count: 1, container, exit_code: 9 });
    let run = case.run();
    assert_eq!(run.task("web#1").container(1, ContainerStatus::Stopped), [60.0]);
    assert_eq!(run.task("web#1").told, None);
}

/// FAIL-7: no Fargate from 50 to 150 s, in the pool or in its only zone.
#[test]
fn nothing_starts_on_fargate_while_capacity_is_out() {
    for by_zone in [false, true] {
        let mut case = Case::instant();
        let pool = case.fargate(PoolKind::Fargate, &["a"]);
        let job = case.definition("job", 256, 512, |_| {});
        case.caller("job", job, &[(100.0, 10.0)], |caller| {
            caller.capacity = vec![on(Capacity::Fargate(pool))];
            caller.on_refusal = OnRefusal::Wait { places: None, timeout: None };
        });
        let zone = case.setup.cluster.zone_named("a").unwrap();
        let place = if by_zone { CapacityPlace::Zone(zone) } else { CapacityPlace::Pool(pool) };
        case.at(50.0, TimelineAction::CapacityOutage { place, length: always(100.0) });
        assert_eq!(case.run().created(), [150.0]);
    }
}

/// FAIL-8: after the notice two new tasks come first; healthy 10 s later, they let the old ones go.
#[test]
fn retired_tasks_are_replaced_start_first() {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.values.no_check_healthy_delay = SimDuration::from_secs(10);
    case.setup.task_retirement_wait = SimDuration::from_secs(7 * 86_400);
    case.ends_at(8 * 86_400);
    let pool = case.fargate(PoolKind::Fargate, &["a"]);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |settings| settings.capacity = vec![on(Capacity::Fargate(pool))]);
    case.at(100.0, TimelineAction::TaskRetirement { service: ServiceId(0) });
    let run = case.run();
    let due = 100.0 + 7.0 * 86_400.0;
    assert_eq!(run.created(), [0.0, 0.0, due, due]);
    for name in ["web#1", "web#2"] {
        assert_eq!(run.task(name).told, Some((StopCause::TaskRetired, due + 10.0)));
    }
}

/// A task of so many seconds' work on Fargate Spot that ignores the stop signal; reclaimed 150 s after each start.
fn on_spot(work: f64) -> Case {
    let mut case = Case::instant();
    let spot = case.fargate(PoolKind::FargateSpot, &["a"]);
    case.setup.world.pools[spot.index()].interruption = Some(always(150.0));
    let job = case
        .definition("job", 256, 512, |task| task.containers[0].stop_timeout = SimDuration::from_secs(120));
    let ignores: Option<Distribution> = Some(always(1000.0));
    case.container(job, "app", ContainerBehaviour { exit_after_signal: ignores, ..Default::default() });
    case.caller("job", job, &[(0.0, work)], |caller| {
        caller.capacity = vec![on(Capacity::Provider(spot))];
        caller.on_stop = OnStop::Resubmit { after: always(180.0), even_completed: false };
    });
    case
}

/// SPT-5, FAIL-6: 200 s of work end within the notice of 150 to 270 s, and nobody submits the task again.
#[test]
fn a_spot_task_may_finish_within_its_notice() {
    let run = on_spot(200.0).run();
    assert_eq!(run.task("job#1").told, Some((StopCause::SpotInterruption, 150.0)));
    assert_eq!((run.task("job#1").stopped(), run.story.order.len()), (Some(200.0), 1));
}

/// SPT-5, LIF-15: killed at 150 + 120 s, submitted again 180 s later.
#[test]
fn a_spot_task_that_is_not_done_is_killed_and_submitted_again() {
    let mut case = on_spot(300.0);
    case.ends_at(500);
    let run = case.run();
    assert_eq!(run.task("job#1").stopped(), Some(270.0));
    assert_eq!(run.created(), [0.0, 450.0]);
    let ends = &run.task("job#1").containers;
    assert_eq!(ends.last(), Some(&(0, ContainerStatus::Stopped, Some(137), 270.0)));
}
