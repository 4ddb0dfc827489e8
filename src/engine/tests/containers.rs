//! Containers of a task: order of start and stop, restarts in place, memory (CON).

use super::support::{Case, always, container};
use crate::engine::setup::{ContainerBehaviour, MemoryUse};
use crate::kernel::time::SimDuration;
use crate::model::container::ContainerStatus;
use crate::model::stop::{StartFailure, StopCause};
use crate::model::task::TaskStatus::{Activating, Running, Stopped, Stopping};
use crate::model::task_definition::{Condition, Dependency, RestartPolicy, TaskDefinition};

/// One task of a caller that works for an hour; its container `app` waits for `other` with `condition`.
fn pair(condition: Condition, essential: bool, other: ContainerBehaviour) -> Case {
    pair_and(condition, other, |task| task.containers[1].essential = essential)
}

/// The same with an `other` that is not essential, unless `shape` changes it.
fn pair_and(
    condition: Condition,
    other: ContainerBehaviour,
    shape: impl FnOnce(&mut TaskDefinition),
) -> Case {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |task| {
        task.containers.push(container("other", false));
        task.containers[0].depends_on = vec![Dependency { on: 1, condition }];
        shape(task);
    });
    case.container(job, "other", other);
    case.caller("job", job, &[(0.0, 3600.0)], |_| {});
    case
}

fn starts_after(seconds: f64) -> ContainerBehaviour {
    ContainerBehaviour { start: Some(always(seconds)), ..ContainerBehaviour::default() }
}

fn exits(seconds: f64, code: i32) -> ContainerBehaviour {
    ContainerBehaviour { exits: Some((always(seconds), code)), ..ContainerBehaviour::default() }
}

/// CON-2, LIF-6: `other` needs 3 s to start, then `app` 2 s.
#[test]
fn a_container_starts_after_the_one_it_waits_for_has_started() {
    let mut case = pair(Condition::Start, true, starts_after(3.0));
    let job = crate::model::TaskDefinitionId(0);
    case.container(job, "app", starts_after(2.0));
    let run = case.run();
    let task = run.task("job#1");
    assert_eq!(task.container(1, ContainerStatus::Running), [3.0]);
    assert_eq!(task.container(0, ContainerStatus::Running), [5.0]);
    assert_eq!((task.at(Activating), task.at(Running)), (Some(0.0), Some(5.0)));
}

/// CON-2, CON-1: the end of a container that is not essential lets the other start.
#[test]
fn complete_waits_for_any_end_and_success_for_a_good_one() {
    for (condition, code) in [(Condition::Complete, 3), (Condition::Success, 0)] {
        let run = pair(condition, false, exits(4.0, code)).run();
        assert_eq!(run.task("job#1").at(Running), Some(4.0), "{condition:?}");
    }
}

/// CON-4, LIF-11.
#[test]
fn a_task_whose_dependency_fails_never_runs() {
    let run = pair(Condition::Success, false, exits(4.0, 3)).run();
    let failure = StartFailure::DependencyFailed { container: 0, on: 1 };
    let task = run.task("job#1");
    assert_eq!(task.told, Some((StopCause::FailedToStart(failure), 4.0)));
    assert_eq!((task.at(Running), task.stopped()), (None, Some(4.0)));
    let reason = "TaskFailedToStart: container app waits for container other: it exited with 3";
    assert_eq!(run.stopped_reason("job#1").as_deref(), Some(reason));
    assert_eq!(StopCause::FailedToStart(failure).code().name(), "TaskFailedToStart");
}

/// CON-2: where the scenario does not say when `other` ends, the model says 5 s.
#[test]
fn a_container_that_is_waited_for_ends_by_the_model_where_nothing_is_said() {
    let run = pair(Condition::Success, false, ContainerBehaviour::default()).run();
    assert_eq!(run.task("job#1").at(Running), Some(5.0));
}

/// CON-2, CON-6: probes every 10 s, ready at 25 s: the probe at 30 s passes.
#[test]
fn healthy_waits_for_the_first_probe_that_passes() {
    let mut case = pair(Condition::Healthy, true, ContainerBehaviour::default());
    let definition: &mut TaskDefinition = &mut case.setup.cluster.task_definitions[0];
    definition.containers[1].health_check = Some(super::support::health_check(10));
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.ready = Some(always(25.0)));
    assert_eq!(case.run().task("job#1").at(Running), Some(30.0));
}

/// LIF-16: not healthy before 100 s, and not waited for longer than 20 s.
#[test]
fn a_dependency_is_waited_for_no_longer_than_its_start_timeout() {
    let mut case = pair(Condition::Healthy, true, ContainerBehaviour::default());
    let other = &mut case.setup.cluster.task_definitions[0].containers[1];
    other.health_check = Some(super::support::health_check(10));
    other.start_timeout = Some(SimDuration::from_secs(20));
    case.behaviour(crate::model::TaskDefinitionId(0), |tasks| tasks.ready = Some(always(100.0)));
    let run = case.run();
    let failure = StartFailure::StartTimeout { container: 0, on: 1 };
    assert_eq!(run.task("job#1").told, Some((StopCause::FailedToStart(failure), 20.0)));
}

/// CON-3, LIF-18: `app` exits 4 s after its signal, then `other` gets its own and exits after 6 s.
#[test]
fn containers_stop_in_the_reverse_of_their_order() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| {
        task.containers.push(container("other", true));
        task.containers[0].depends_on = vec![Dependency { on: 1, condition: Condition::Start }];
    });
    let after = |seconds| ContainerBehaviour {
        exit_after_signal: Some(always(seconds)),
        ..ContainerBehaviour::default()
    };
    case.container(web, "app", after(4.0));
    case.container(web, "other", after(6.0));
    case.service("web", web, 1, |_| {});
    case.update(600.0, |input| input.desired_count = Some(0));
    let run = case.run();
    let task = run.task("web#1");
    assert_eq!(task.container(0, ContainerStatus::Stopped), [604.0]);
    assert_eq!(task.container(1, ContainerStatus::Stopped), [610.0]);
    assert_eq!((task.at(Stopping), task.at(Stopped)), (Some(600.0), Some(610.0)));
}

/// CON-11: each life of 400 s is longer than the attempt period of 300 s: starts at 400, 800, … 3200 s.
#[test]
fn a_container_with_a_restart_policy_starts_again_and_its_task_runs_on() {
    let run = restarting(400.0, &[]).run();
    let task = run.task("web#1");
    let starts: Vec<f64> = (0..=8).map(|n| f64::from(n) * 400.0).collect();
    assert_eq!(task.container(0, ContainerStatus::Running), starts);
    assert_eq!((task.told, run.story.order.len()), (None, 1));
}

/// CON-11, CON-1: too early an exit, or an ignored exit code, ends the task.
#[test]
fn a_container_that_may_not_restart_ends_its_task() {
    for (crashes_after, ignored) in [(200.0, &[][..]), (400.0, &[137][..])] {
        let run = restarting(crashes_after, ignored).run();
        let cause = StopCause::EssentialContainerExited { exit_code: 137 };
        assert_eq!(run.task("web#1").told, Some((cause, crashes_after)));
    }
}

/// CON-2, CON-11: `other` fails after 400 s and takes 5 s to start again; the end of `pre` at 402 s, when the task looks
/// at its dependencies anew, does not make `app` start or give up.
#[test]
fn nobody_takes_a_restart_for_the_end_of_a_container() {
    for condition in [Condition::Success, Condition::Complete] {
        let failing = ContainerBehaviour { start: Some(always(5.0)), ..exits(400.0, 1) };
        let mut case = pair_and(condition, failing, |task| {
            let attempt_period = SimDuration::from_secs(300);
            task.containers[1].restart_policy =
                Some(RestartPolicy { ignored_exit_codes: Vec::new(), attempt_period });
            task.containers.push(container("pre", false));
        });
        case.container(crate::model::TaskDefinitionId(0), "pre", exits(402.0, 0));
        case.ends_at(500);
        let run = case.run();
        let task = run.task("job#1");
        assert_eq!(task.container(1, ContainerStatus::Running), [5.0, 410.0], "{condition:?}");
        assert_eq!((task.told, task.at(Running)), (None, None), "{condition:?}");
    }
}

fn restarting(crashes_after: f64, ignored: &[i32]) -> Case {
    let mut case = Case::instant();
    case.ends_at(3500);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| {
        let (ignored_exit_codes, attempt_period) = (ignored.to_vec(), SimDuration::from_secs(300));
        task.containers[0].restart_policy = Some(RestartPolicy { ignored_exit_codes, attempt_period });
    });
    case.container(web, "app", super::support::crashing(always(crashes_after)));
    case.service("web", web, 1, |_| {});
    case
}

/// A standalone task whose container uses 40 MiB at its start and 60 MiB more each hour.
fn leak(shape: impl FnOnce(&mut TaskDefinition)) -> Case {
    let mut case = Case::instant();
    case.ends_at(7200);
    case.instance("host", "a", 1024, 100);
    let job = case.definition("job", 256, 50, |task| {
        task.containers.push(container("log", false));
        shape(task);
    });
    let memory = Some(MemoryUse { at_start_mib: 40.0, growth_mib_per_hour: 60.0 });
    case.container(job, "app", ContainerBehaviour { memory, ..ContainerBehaviour::default() });
    case.caller("job", job, &[(0.0, 7200.0)], |_| {});
    case
}

/// CON-14: own limit 130 MiB: (130 − 40) / 60 h = 5,400 s; the task's 70 MiB: 1,800 s; soft limit only: the host's
/// 100 MiB: 3,600 s.
#[test]
fn a_container_is_killed_at_its_own_limit_or_the_tasks_or_the_hosts() {
    let killed_at = |own, task_limit| {
        let run = leak(|task| {
            (task.containers[0].memory_mib, task.memory_limit_mib) = (own, task_limit);
        })
        .run();
        assert_eq!(run.task("job#1").cause(), Some(StopCause::OutOfMemory));
        run.task("job#1").told.map(|(_, at)| at)
    };
    assert_eq!(killed_at(Some(130), None), Some(5400.0));
    assert_eq!(killed_at(Some(130), Some(70)), Some(1800.0));
    assert_eq!(killed_at(None, None), Some(3600.0));
}

/// CON-14, CON-1: exit code 137, and the others run on.
#[test]
fn a_container_that_is_not_essential_is_killed_alone() {
    let run = leak(|task| {
        task.containers[0].memory_mib = Some(100);
        task.containers[0].essential = false;
        task.containers[1].essential = true;
    })
    .run();
    let task = run.task("job#1");
    assert_eq!(task.containers[2], (0, ContainerStatus::Stopped, Some(137), 3600.0));
    assert_eq!(task.told, Some((StopCause::Completed, 7200.0)));
}

/// LIF-12, table 2a.
#[test]
fn an_out_of_memory_kill_is_named_in_the_stopped_reason() {
    let run = leak(|task| task.containers[0].memory_mib = Some(130)).run();
    let reason = "OutOfMemoryError: Container killed due to memory usage";
    assert_eq!(run.stopped_reason("job#1").as_deref(), Some(reason));
}
