//! Why a task stops: stop code, reason and what happened (LIF-11, LIF-12, table 2a of docs/semantics.md).

use super::Judge;
use super::log::{Event, Task, Told};
use super::report::{Check, Place, Report};
use super::world::World;

/// The codes with the beginnings of the reasons that they come with.
const TABLE: [(&str, &[&str]); 7] = [
    ("EssentialContainerExited", &["Essential container in task exited", "OutOfMemoryError: "]),
    (
        "TaskFailedToStart",
        &[
            "CannotPullContainerError: ",
            "CannotCreateContainerError: ",
            "CannotStartContainerError: ",
            "ContainerRuntimeTimeoutError: ",
            "ResourceInitializationError: ",
            "TaskFailedToStart: ",
        ],
    ),
    (
        "ServiceSchedulerInitiated",
        &[
            "Scaling activity initiated by (deployment ecs-svc/",
            "Task failed container health checks",
            "Task failed ELB health checks in (target-group ",
        ],
    ),
    // or the words of StopTask's caller, which are nobody else's
    ("UserInitiated", &["Task stopped by user", "Container instance deregistration forced by user"]),
    ("TerminationNotice", &["Host EC2 (instance "]),
    ("SpotInterruption", &["Your Spot Task was interrupted.", "Host EC2 (instance "]),
    ("InfrastructureHealth", &["The Fargate host of the task failed.", "ECS is retiring this task"]),
];

pub struct Stops;

impl Judge for Stops {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        let Told::Task(task) = &event.told else { return };
        let place = Place { line: event.line, of: &task.name };
        let has_stop = task.stop.is_some();
        report.expect(Check::StopReason, place, has_stop != task.is_active(), || {
            (
                format!("{:?} with desiredStatus {}", task.stop, task.desired_status),
                "a stopCode once it is to stop",
            )
        });
        let Some((code, reason)) = &task.stop else { return };
        let of_code = TABLE.iter().find(|(known, _)| known == code).map_or(&[][..], |(_, reasons)| *reasons);
        let is_of = |reasons: &[&str]| reasons.iter().any(|start| reason.starts_with(start));
        let own_words = code == "UserInitiated" && !TABLE.iter().any(|(_, reasons)| is_of(reasons));
        let fits = is_of(of_code) || own_words;
        report.expect(Check::StopReason, place, fits, || {
            (format!("{code} with {reason:?}"), format!("a pair of table 2a: {code} with one of {of_code:?}"))
        });
        let before = world.tasks.get(&task.name).map(|known| &known.now);
        let earlier = before.and_then(|before| before.stop.as_ref());
        report.expect(
            Check::StopReason,
            place,
            earlier.is_none_or(|stop| Some(stop) == task.stop.as_ref()),
            || (format!("{code}: {reason}"), format!("{earlier:?} as when it was told to stop")),
        );
        if let Some(wrong) = what_contradicts(code, task, world).filter(|_| earlier.is_none()) {
            report.expect(Check::StopReason, place, false, || (format!("{code}: {reason}"), wrong));
        }
    }
}

/// What a task told to stop for this reason must be like and is not.
fn what_contradicts(code: &str, task: &Task, world: &World) -> Option<&'static str> {
    let says = |words: &str| task.reason().contains(words);
    let on_fargate = task.launch_type == "FARGATE";
    match code {
        "EssentialContainerExited" if !an_essential_one_ended(task, world) => {
            Some("an essential container that is STOPPED")
        }
        "TaskFailedToStart" if task.times.started.is_some() => Some("a task that was never RUNNING"),
        "ServiceSchedulerInitiated" if task.service().is_none() => Some("a task of a service"),
        "ServiceSchedulerInitiated"
            if says("(deployment ") && !says(&format!("(deployment {})", task.started_by.as_deref()?)) =>
        {
            Some("the deployment that started the task")
        }
        "TerminationNotice"
            if !says(&format!("(instance {})", task.instance.as_deref().unwrap_or("none"))) =>
        {
            Some("the instance of the task")
        }
        // SPT-4: EC2 took the Spot instance back under a task that had not ended.
        "SpotInterruption" if !on_fargate => {
            let instance = format!("(instance {})", task.instance.as_deref().unwrap_or("none"));
            (!says(&instance)).then_some("the instance of the task")
        }
        "SpotInterruption" if task.provider.as_deref() != Some("FARGATE_SPOT") || says("Host EC2") => {
            Some("a task of FARGATE_SPOT")
        }
        "InfrastructureHealth" if !on_fargate => Some("a task on Fargate"),
        _ => None,
    }
}

fn an_essential_one_ended(task: &Task, world: &World) -> bool {
    let Some(definition) = world.definitions.get(&task.definition) else { return false };
    definition.container_definitions.iter().filter(|one| one.essential).any(|one| {
        task.containers.iter().any(|found| found.name == one.name && found.last_status == "STOPPED")
    })
}
