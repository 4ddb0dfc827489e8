//! How long a task is in which status.

use super::support::{Case, always, container, crashing, health_check};
use crate::aws::{RunTask, StopTask};
use crate::engine::api::Request;
use crate::engine::setup::{ContainerBehaviour, TimelineAction};
use crate::kernel::time::SimDuration;
use crate::model::host_traits::ImagePullBehavior;
use crate::model::reason::StopCause;
use crate::model::task::TaskStatus::{
    Activating, Deprovisioning, Pending, Provisioning, Running, Stopped, Stopping,
};
use crate::model::task_definition::NetworkMode;

fn exits_after(seconds: f64) -> ContainerBehaviour {
    ContainerBehaviour { exit_after_signal: Some(always(seconds)), ..ContainerBehaviour::default() }
}

/// LIF-3, LIF-4, LIF-5, LIF-9, LIF-10, LAT-1, LAT-4, LAT-6, LAT-7, LAT-15.
#[test]
fn an_awsvpc_task_on_ec2_waits_for_its_interface_and_gives_it_back() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |task| task.network_mode = NetworkMode::Awsvpc);
    case.caller("job", job, &[(10.0, 60.0)], |_| {});
    // interface 5 s, dispatch 1 s, pull 2 s + 200 MB at 40 MB/s = 7 s, container 1 s; work 60 s; interface 10 s
    let expected = [
        (Provisioning, 10.0),
        (Pending, 15.0),
        (Activating, 16.0),
        (Running, 24.0),
        (Deprovisioning, 84.0),
        (Stopped, 94.0),
    ];
    assert_eq!(case.run().task("job#1").statuses, expected);
}

/// LIF-1, F24.
#[test]
fn statuses_without_work_are_skipped() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |task| task.network_mode = NetworkMode::Awsvpc);
    case.caller("job", job, &[(1.0, 5.0)], |_| {});
    assert_eq!(case.run().task("job#1").statuses, [(Pending, 1.0), (Running, 1.0), (Stopped, 6.0)]);
}

/// LAT-4: 0.3 s for an image that is there, instead of 7 s.
#[test]
fn the_second_task_on_an_instance_finds_the_image_there() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |_| {});
    case.caller("job", job, &[(0.0, 10.0), (100.0, 10.0)], |_| {});
    let run = case.run();
    assert_eq!(run.task("job#1").at(Running), Some(1.0 + 7.0 + 1.0));
    assert_eq!(run.task("job#2").at(Running), Some(100.0 + 1.0 + 0.3 + 1.0));
}

/// LIF-12, LIF-19, table 2a: the caller's words, else those of ECS. A task of a RunTask request goes by the name that
/// people see, alone or at the end of an ARN.
#[test]
fn a_task_stopped_by_a_caller_ends_for_the_reason_he_gave() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    case.definition("job", 256, 512, |_| {});
    let request = |request| TimelineAction::Request(std::sync::Arc::new(request));
    let run = RunTask { task_definition: "job".to_owned(), count: Some(2), ..RunTask::default() };
    case.at(0.0, request(Request::RunTask(Box::new(run))));
    for (task, reason) in [("RunTask/job#1", Some("by hand")), ("arn:aws:ecs:x:1:task/c/RunTask/job#2", None)]
    {
        let reason = reason.map(str::to_owned);
        let stop = StopTask { task: task.to_owned(), reason, ..StopTask::default() };
        case.at(20.0, request(Request::StopTask(Box::new(stop))));
    }
    let run = case.run();
    assert_eq!(run.task("RunTask/job#1").told, Some((StopCause::UserInitiated, 20.0)));
    assert_eq!(run.stopped_reason("RunTask/job#1").as_deref(), Some("by hand"));
    assert_eq!(run.stopped_reason("RunTask/job#2").as_deref(), Some("Task stopped by user"));
}

/// LAT-4: of two tasks placed at once neither finds the image there: 1 + 7 + 1 s for both.
#[test]
fn an_image_is_there_when_its_first_pull_has_ended() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |_| {});
    case.caller("job", job, &[(0.0, 100.0), (0.0, 100.0)], |_| {});
    let run = case.run();
    assert_eq!((run.task("job#1").at(Running), run.task("job#2").at(Running)), (Some(9.0), Some(9.0)));
}

/// LAT-6.
#[test]
fn containers_that_wait_for_nothing_start_side_by_side() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |task| task.containers.push(container("log", false)));
    case.caller("job", job, &[(0.0, 10.0)], |_| {});
    // 1 + 7 + max(1, 1)
    assert_eq!(case.run().task("job#1").at(Running), Some(9.0));
}

/// Two essential containers: `app` ignores the signal for 90 s and `log` for 4 s; `app` may crash by itself.
fn slow_to_exit(crashes_after: Option<f64>) -> Case {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| task.containers.push(container("log", true)));
    let crash = crashes_after.map(|seconds| (always(seconds), 137));
    case.container(web, "app", ContainerBehaviour { crash, ..exits_after(90.0) });
    case.container(web, "log", exits_after(4.0));
    case.service("web", web, 1, |_| {});
    case
}

/// LIF-8, LIF-15, LIF-18.
#[test]
fn a_container_that_does_not_exit_is_killed_at_its_stop_timeout() {
    let mut case = slow_to_exit(None);
    case.update(600.0, |input| input.desired_count = Some(0));
    let run = case.run();
    // looked at 1 s later; max(min(90, 30), min(4, 30)) = 30 s
    let statuses = &run.task("web#1").statuses;
    assert_eq!(statuses[statuses.len() - 2..], [(Stopping, 601.0), (Stopped, 631.0)]);
}

/// LIF-15: a longer stop timeout is used up to the exit.
#[test]
fn a_container_that_exits_before_its_stop_timeout_is_waited_for() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case
        .definition("web", 256, 512, |task| task.containers[0].stop_timeout = SimDuration::from_secs(120));
    case.container(web, "app", exits_after(90.0));
    case.service("web", web, 1, |_| {});
    case.update(600.0, |input| input.desired_count = Some(0));
    assert_eq!(case.run().task("web#1").stopped(), Some(601.0 + 90.0));
}

/// CON-1, RES-6: the containers of a task end together.
#[test]
fn after_a_crash_only_the_other_containers_are_waited_for() {
    let run = slow_to_exit(Some(100.0)).run();
    // RUNNING at 1 + 7 + 1 = 9 s, crash 100 s later, `log` exits 4 s after its signal
    let task = run.task("web#1");
    assert_eq!(task.told, Some((StopCause::EssentialContainerExited { exit_code: 137 }, 109.0)));
    assert_eq!((task.at(Stopping), task.stopped()), (Some(109.0), Some(113.0)));
}

/// LIF-19.
#[test]
fn a_task_told_to_stop_before_it_runs_skips_stopping() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    case.update(3.0, |input| input.desired_count = Some(0));
    assert_eq!(case.run().task("web#1").statuses, [(Pending, 0.0), (Activating, 1.0), (Stopped, 4.0)]);
}

/// SVC-12, SVC-13, CON-6.
#[test]
fn a_task_is_healthy_after_40_s_or_with_the_first_probe_that_can_pass() {
    let healthy_at = |interval: Option<u64>| {
        let mut case = Case::new();
        case.instance("host", "a", 1024, 2048);
        let web = case.definition("web", 256, 512, |task| {
            task.containers[0].health_check = interval.map(health_check);
        });
        case.behaviour(web, |tasks| tasks.ready = Some(always(45.0)));
        case.service("web", web, 1, |_| {});
        case.run().task("web#1").healthy.clone()
    };
    // RUNNING at 9 s; ready at 45 s, so that the probe at 60 s is the first of every 30 s to pass
    assert_eq!(healthy_at(None), [(true, 9.0 + 40.0)]);
    assert_eq!(healthy_at(Some(30)), [(true, 9.0 + 60.0)]);
}

/// CON-1.
#[test]
fn a_crash_of_a_container_that_is_not_essential_does_nothing() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| task.containers.push(container("log", false)));
    case.container(web, "log", crashing(always(100.0)));
    case.service("web", web, 1, |_| {});
    let run = case.run();
    assert_eq!(run.story.order, ["web#1"]);
    assert_eq!(run.task("web#1").told, None);
}

/// LIF-13.
#[test]
fn a_stopped_task_is_forgotten_after_an_hour() {
    let left = |end: u64| {
        let mut case = Case::instant();
        case.instance("host", "a", 1024, 2048);
        let job = case.definition("job", 256, 512, |_| {});
        // the second call makes the clock stop where the first task is to be forgotten
        case.caller("job", job, &[(0.0, 10.0), (3609.0, 9000.0), (3610.0, 9000.0)], |_| {});
        case.ends_at(end);
        let run = case.run();
        run.cluster.tasks.iter().filter(|(_, task)| task.stopped_at.is_some()).count()
    };
    // stopped at 10 s: there at 3609 s, gone at 3610 s
    assert_eq!((left(3609), left(3610)), (1, 0));
}

/// INS-12: the second task, 20 s later, finds the image there: 0.3 s to ask the registry, or no question.
#[test]
fn an_agent_that_prefers_its_cache_does_not_ask_for_an_image_that_is_there() {
    let second_runs_at = |behaviour| {
        let mut case = Case::new();
        case.instance("host", "a", 1024, 2048);
        case.traits(|traits| traits.image_pull = behaviour);
        let job = case.definition("job", 256, 512, |_| {});
        case.caller("job", job, &[(0.0, 100.0), (20.0, 100.0)], |_| {});
        let run = case.run();
        assert_eq!(run.task("job#1").at(Running), Some(9.0)); // 1 + 7 + 1
        run.task("job#2").at(Running)
    };
    assert_eq!(second_runs_at(ImagePullBehavior::Default), Some(22.3)); // 20 + 1 + 0.3 + 1
    assert_eq!(second_runs_at(ImagePullBehavior::Always), Some(22.3));
    assert_eq!(second_runs_at(ImagePullBehavior::Once), Some(22.0));
    assert_eq!(second_runs_at(ImagePullBehavior::PreferCached), Some(22.0));
}
