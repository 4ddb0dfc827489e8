//! The life of a task: statuses, times, and what of it never changes (LIF-1, LIF-2, LIF-10, LIF-20).

use super::Judge;
use super::log::{Event, Task, Told};
use super::report::{Check, Place, Report};
use super::world::World;

const STATUSES: [&str; 8] = [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
];

pub struct Order;

impl Judge for Order {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        let Told::Task(task) = &event.told else { return };
        let place = Place { line: event.line, of: &task.name };
        match world.tasks.get(&task.name) {
            None => begins(event, task, world, place, report),
            Some(before) => goes_on(task, &before.now, place, report),
        }
        desired(task, place, report);
        times(event, task, world.tasks.get(&task.name).map(|known| &known.now), place, report);
    }
}

fn begins(event: &Event, task: &Task, world: &World, place: Place<'_>, report: &mut Report) {
    let created = task.times.created == event.time && task.is_active();
    report.expect(Check::Created, place, created, || {
        ("a first line that is not of its creation", "createdAt as time, and desiredStatus RUNNING")
    });
    let definition = world.definitions.get(&task.definition);
    if let Some(service) = task.service() {
        let book = world.services.get(service);
        let number = task.started_by.as_deref().unwrap_or("nobody");
        let known = book.is_some_and(|book| {
            book.has_task_sets() || book.deployments.iter().any(|(known, _)| known == number)
        });
        report.expect(Check::Created, place, known, || {
            (format!("startedBy {number}"), format!("a deployment of service {service} that has begun"))
        });
        // A standalone task may be started with sizes of its own: RunTask's overrides.
        let size = definition.map(|found| (found.cpu.as_str(), found.memory.as_str()));
        let [cpu, memory, _] = task.reserved;
        let same = size == Some((&cpu.to_string(), &memory.to_string()));
        report.expect(Check::Size, place, same, || {
            (format!("{cpu} CPU units, {memory} MiB"), format!("{size:?} of {}", task.definition))
        });
    }
    let awsvpc = definition.is_some_and(|found| found.network_mode == "awsvpc");
    let waits = task.instance.is_none(); // on Fargate, or for capacity of a provider (CAS-12)
    let first = if awsvpc || waits { "PROVISIONING" } else { "PENDING" };
    let settled = task.last_status == "RUNNING" && event.at_ms == 0;
    report.expect(Check::FirstStatus, place, settled || task.last_status == first, || {
        (task.last_status.clone(), format!("{first} first"))
    });
}

fn goes_on(task: &Task, before: &Task, place: Place<'_>, report: &mut Report) {
    let rank = |status: &str| STATUSES.iter().position(|known| *known == status);
    let (from, to) = (rank(&before.last_status), rank(&task.last_status));
    let onward = from.is_some() && to.is_some() && from <= to && from != Some(STATUSES.len() - 1);
    report.expect(Check::LastStatus, place, onward, || {
        let found = format!("{} after {}", task.last_status, before.last_status);
        (found, format!("a later one of {}; nothing after STOPPED", STATUSES.join(", ")))
    });
    let back = !before.is_active() && task.is_active();
    report.expect(Check::DesiredStatus, place, !back, || ("RUNNING after STOPPED", "STOPPED for ever"));
    let waited = before.instance.is_none() && before.last_status == "PROVISIONING" && before.zone.is_empty();
    let fixed = |task: &Task| {
        let Task { definition, group, started_by, launch_type, provider, instance, zone, reserved, .. } =
            task;
        // A task that waited for capacity gets its place once (CAS-12).
        let (instance, zone) = if waited { (&None, &String::new()) } else { (instance, zone) };
        format!(
            "{definition}, {group}, {started_by:?}, {launch_type}, {provider:?}, {instance:?}, {zone}, {reserved:?}"
        )
    };
    let (now, earlier) = (fixed(task), fixed(before));
    report.expect(Check::Fixed, place, now == earlier, || (now.clone(), earlier.clone()));
}

fn desired(task: &Task, place: Place<'_>, report: &mut Report) {
    let known = ["RUNNING", "STOPPED"].contains(&task.desired_status.as_str());
    let down = ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"].contains(&task.last_status.as_str());
    report.expect(Check::DesiredStatus, place, known && !(down && task.is_active()), || {
        let found = format!("lastStatus {}, desiredStatus {}", task.last_status, task.desired_status);
        (found, "desiredStatus STOPPED on the way down, RUNNING before")
    });
}

fn times(event: &Event, task: &Task, before: Option<&Task>, place: Place<'_>, report: &mut Report) {
    times_in_order(event, task, place, report);
    times_come_with_their_status(event, task, before, place, report);
    times_stay(task, before, place, report);
}

fn times_in_order(event: &Event, task: &Task, place: Place<'_>, report: &mut Report) {
    let named = task.times.named();
    let [created, pull_started, pull_stopped, started, stopping, execution_stopped, stopped] =
        named.map(|(_, time)| time);
    let mut in_order = |earlier: Option<i64>, later: Option<i64>, words: &str| {
        let holds = match (earlier, later) {
            (Some(earlier), Some(later)) => earlier <= later,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        report.expect(Check::Timestamps, place, holds, || (format!("{earlier:?}, then {later:?}"), words));
    };
    in_order(created, pull_started, "createdAt, then pullStartedAt");
    in_order(pull_started, pull_stopped, "pullStartedAt, then pullStoppedAt");
    in_order(pull_stopped, started, "pullStoppedAt, then startedAt");
    in_order(started.or(created), stopping, "startedAt, then stoppingAt");
    in_order(stopping, stopped, "stoppingAt, then stoppedAt");
    in_order(execution_stopped.or(stopping), stopped, "executionStoppedAt, then stoppedAt");
    in_order(created, named.iter().filter_map(|(_, time)| *time).min(), "createdAt before all");
    in_order(named.iter().filter_map(|(_, time)| *time).max(), event.time, "no time later than the line");
}

fn times_come_with_their_status(
    event: &Event,
    task: &Task,
    before: Option<&Task>,
    place: Place<'_>,
    report: &mut Report,
) {
    let marks = [
        ("startedAt", task.last_status == "RUNNING", "RUNNING"),
        ("stoppingAt", !task.is_active(), "desiredStatus STOPPED"),
        ("stoppedAt", task.is_stopped(), "STOPPED"),
    ];
    for (name, is_so, what) in marks {
        let right = match before.and_then(|before| before.times.of(name)) {
            Some(earlier) => Some(earlier),
            None if is_so => event.time,
            None => None,
        };
        let time = task.times.of(name);
        report.expect(Check::Timestamps, place, time == right, || {
            (format!("{name} {time:?}"), format!("{name} {right:?}: the time of the first line with {what}"))
        });
    }
}

fn times_stay(task: &Task, before: Option<&Task>, place: Place<'_>, report: &mut Report) {
    for (name, earlier) in before.map(|before| before.times.named()).into_iter().flatten() {
        let now = task.times.of(name);
        let stays = earlier.is_none() || earlier == now;
        report.expect(Check::Timestamps, place, stays, || {
            (format!("{name} {now:?}"), format!("{name} {earlier:?} as before"))
        });
    }
}
