//! When a task gives back what it reserved, and what waits for it (LIF-4, LIF-21).

use super::support::{Case, Run, always};
use crate::engine::setup::{ContainerBehaviour, OnRefusal};
use crate::kernel::time::SimDuration;
use crate::model::parameters::ReleaseResourcesAt;
use crate::model::task::TaskStatus::{Pending, Running, Stopped};

/// A service whose only task fills its instance, is told to stop at 100 s and has gone 30 s later. Two jobs of half
/// the instance are asked for at 110 and 111 s and work 10 s.
fn after_a_big_task(release: ReleaseResourcesAt) -> Run {
    let mut case = Case::instant();
    case.values.release_resources_at = release;
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 1024, 2048, |task| {
        task.containers[0].stop_timeout = SimDuration::from_secs(60);
    });
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 1, |_| {});
    case.update(100.0, |input| input.desired_count = Some(0));
    let job = case.definition("job", 512, 1024, |_| {});
    case.caller("job", job, &[(110.0, 10.0), (111.0, 10.0)], |caller| {
        caller.on_refusal = OnRefusal::Retry { every: always(7.0), limit: None };
    });
    case.run()
}

/// LIF-21: the instance is full until 130 s; asked again each 7 s, at 131 and 132 s there is room.
#[test]
fn a_task_keeps_its_reservation_until_it_is_stopped() {
    let run = after_a_big_task(ReleaseResourcesAt::LastStopped);
    assert_eq!(run.task("web#1").stopped(), Some(130.0));
    assert_eq!(run.task("job#1").statuses, [(Pending, 131.0), (Running, 131.0), (Stopped, 141.0)]);
    assert_eq!(run.task("job#2").created, 132.0);
}

/// LIF-4, LIF-21: placed at once, both jobs wait in PENDING until the old task has gone at 130 s.
#[test]
fn where_resources_are_free_at_the_stop_order_the_agent_holds_new_tasks() {
    let run = after_a_big_task(ReleaseResourcesAt::DesiredStopped);
    assert_eq!(run.task("job#1").statuses, [(Pending, 110.0), (Running, 130.0), (Stopped, 140.0)]);
    assert_eq!(run.task("job#2").statuses, [(Pending, 111.0), (Running, 130.0), (Stopped, 140.0)]);
}

/// LIF-21: first come, first served: the second job of the whole instance waits for the first to be gone.
#[test]
fn those_who_wait_for_room_start_in_order() {
    let mut case = Case::instant();
    case.values.release_resources_at = ReleaseResourcesAt::DesiredStopped;
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 1024, 2048, |_| {});
    let exits = ContainerBehaviour { exit_after_signal: Some(always(20.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 1, |settings| {
        (settings.minimum_healthy_percent, settings.maximum_percent) = (0, 100);
    });
    // each forced deployment stops the task and starts another
    case.values.count_stopping_in_max = false;
    case.update(110.0, |input| input.force_new_deployment = Some(true));
    case.update(115.0, |input| input.force_new_deployment = Some(true));
    let run = case.run();
    // told at 110 s, web#1 has gone at 130 s; web#2 was told at 115 s and never ran; web#3 gets the room
    assert_eq!(run.task("web#1").stopped(), Some(130.0));
    assert_eq!((run.task("web#2").at(Running), run.task("web#2").stopped()), (None, Some(115.0)));
    assert_eq!(run.task("web#3").statuses, [(Pending, 115.0), (Running, 130.0)]);
}
