//! The containers of a task: their order, what they wait for, and what they make of the task (CON-2, CON-8, CON-11,
//! LIF-6).

use super::Judge;
use super::log::{Container, Definition, Dependency, Event, Task, Told};
use super::report::{Check, Place, Report};
use super::world::World;

pub struct Containers;

impl Judge for Containers {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        let Told::Task(task) = &event.told else { return };
        let place = Place { line: event.line, of: &task.name };
        let Some(definition) = world.definitions.get(&task.definition) else { return };
        let names = |task: &Task| task.containers.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let defined: Vec<String> =
            definition.container_definitions.iter().map(|one| one.name.clone()).collect();
        let found = names(task);
        report.expect(Check::ContainerOrder, place, found == defined, || {
            (format!("containers {found:?}"), format!("{defined:?} of {}", task.definition))
        });
        let before = world.tasks.get(&task.name).map(|known| &known.now);
        if let Some(before) = before.filter(|before| before.containers.len() == task.containers.len()) {
            for (index, container) in task.containers.iter().enumerate() {
                moves(task, &before.containers[index], container, definition, place, report);
                starts(before, &before.containers[index], container, definition, place, report);
            }
        }
        let is = |status: &str| task.containers.iter().any(|one| one.last_status == status);
        let started = task.last_status != "RUNNING" || !task.is_active() || !is("PENDING");
        let ended = !task.is_stopped() || !is("RUNNING");
        report.expect(Check::AllStarted, place, started && ended, || {
            let all = task.containers.iter().map(|one| format!("{} {}", one.name, one.last_status));
            let all = all.collect::<Vec<_>>().join(", ");
            (format!("{} with {all}", task.last_status), "none PENDING at RUNNING, none RUNNING at STOPPED")
        });
        let right = health(task, definition);
        report.expect(Check::TaskHealth, place, task.health == right, || {
            (format!("healthStatus {}", task.health), right.to_owned())
        });
    }
}

fn moves(
    task: &Task,
    from: &Container,
    to: &Container,
    definition: &Definition,
    place: Place<'_>,
    report: &mut Report,
) {
    let policy = definition.container_definitions.iter().find(|one| one.name == to.name);
    let restarts = policy.is_some_and(|one| one.restart_policy.is_some()) && task.is_active();
    let legal = match (from.last_status.as_str(), to.last_status.as_str()) {
        (same, now) if same == now => true,
        ("PENDING", "RUNNING" | "STOPPED") | ("RUNNING", "STOPPED") => true,
        ("STOPPED", "RUNNING") => restarts,
        _ => false,
    };
    report.expect(Check::ContainerOrder, place, legal, || {
        let found = format!("container {} {} after {}", to.name, to.last_status, from.last_status);
        (found, "PENDING, RUNNING, STOPPED; RUNNING again only by a restart policy")
    });
    let ended = from.last_status == "STOPPED" && to.last_status == "STOPPED";
    report.expect(Check::TaskHealth, place, !ended || from.health_status == to.health_status, || {
        let found = format!("container {} turns {} after its end", to.name, to.health_status);
        (found, format!("{} as at its end", from.health_status))
    });
    let code_only_at_end = to.exit_code.is_none() || to.last_status == "STOPPED";
    report.expect(Check::ContainerOrder, place, code_only_at_end, || {
        (
            format!("container {} {} with an exit code", to.name, to.last_status),
            "an exit code when it is STOPPED",
        )
    });
}

fn starts(
    before: &Task,
    from: &Container,
    to: &Container,
    definition: &Definition,
    place: Place<'_>,
    report: &mut Report,
) {
    if (from.last_status.as_str(), to.last_status.as_str()) != ("PENDING", "RUNNING") {
        return;
    }
    let found = definition.container_definitions.iter().find(|one| one.name == to.name);
    for Dependency { container_name, condition } in found.into_iter().flat_map(|one| &one.depends_on) {
        let on = before.containers.iter().find(|one| one.name == *container_name);
        let met = on.is_some_and(|on| match condition.as_str() {
            "START" => on.last_status != "PENDING",
            "COMPLETE" => on.last_status == "STOPPED",
            "SUCCESS" => on.last_status == "STOPPED" && on.exit_code == Some(0),
            "HEALTHY" => on.health_status == "HEALTHY",
            _ => false,
        });
        report.expect(Check::ContainerDependency, place, met, || {
            (format!("container {} RUNNING", to.name), format!("{container_name} {condition} before"))
        });
    }
}

/// CON-8: UNHEALTHY before UNKNOWN before HEALTHY; UNKNOWN without a check.
fn health(task: &Task, definition: &Definition) -> &'static str {
    let counted =
        definition.container_definitions.iter().filter(|one| one.essential && one.health_check.is_some());
    let names: Vec<&str> = counted.map(|one| one.name.as_str()).collect();
    let found: Vec<&str> = task
        .containers
        .iter()
        .filter(|one| names.contains(&one.name.as_str()))
        .map(|one| one.health_status.as_str())
        .collect();
    if found.contains(&"UNHEALTHY") {
        "UNHEALTHY"
    } else if found.is_empty() || found.contains(&"UNKNOWN") {
        "UNKNOWN"
    } else {
        "HEALTHY"
    }
}
