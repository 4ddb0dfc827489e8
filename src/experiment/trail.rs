//! A trail of a replication: its events as short lines, so that two versions can be held side by side.

use crate::kernel::time::SimTime;
use crate::observe::events::{ContainerState, EventSink, InstanceState, TaskState, Told};

/// The events of a replication, the first so many of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trail {
    lines: Vec<String>,
    most: usize,
    /// Whether there were more.
    pub is_cut: bool,
}

impl Trail {
    /// A trail of at most so many events.
    #[must_use]
    pub fn of_at_most(most: usize) -> Trail {
        Trail { lines: Vec::new(), most, is_cut: false }
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl EventSink for Trail {
    fn event(&mut self, at: SimTime, told: &Told) {
        if self.lines.len() < self.most {
            let line = format!("{at}  {}", words(told));
            self.lines.push(line.replace(['\n', '\r'], " "));
        } else {
            self.is_cut = true;
        }
    }
}

fn words(told: &Told) -> String {
    match told {
        Told::Task(task) => of_task(task),
        Told::Instance(instance) => of_instance(instance),
        Told::Service(action) => action.message.clone(),
        Told::Deployment(deployment) => {
            let (name, of) = (deployment.event_name, &deployment.deployment);
            format!("{}: {name} of {of}: {}", deployment.service, deployment.message)
        }
        Told::Target { task, target_group, state } => format!("{task} in {target_group}: {state}"),
        Told::TaskDefinition(_) => "RegisterTaskDefinition".to_owned(),
        Told::ServiceRequest(state) => {
            format!("{} {}: desired count {}", state.call, state.service, state.desired_count)
        }
        Told::RequestRefused { call, exception } => format!("{call} refused: {exception}"),
        Told::RunTaskFailed { request, reason, .. } => format!("RunTask {request} found no place: {reason}"),
    }
}

fn of_task(task: &TaskState) -> String {
    let place = task
        .instance
        .as_ref()
        .or(task.zone.as_ref())
        .map_or_else(String::new, |place| format!(" on {place}"));
    let stop = task.stop.as_ref().map_or_else(String::new, |(code, reason)| format!(" ({code}: {reason})"));
    let container = |container: &ContainerState| {
        let exit = container.exit_code.map_or_else(String::new, |code| format!(" {code}"));
        format!("{} {}{exit} {}", container.name, container.last_status, container.health)
    };
    let containers: Vec<String> = task.containers.iter().map(container).collect();
    format!(
        "{}{place}: {} to {}, {}{stop} [{}]",
        task.task,
        task.last_status,
        task.desired_status,
        task.health,
        containers.join(", ")
    )
}

fn of_instance(instance: &InstanceState) -> String {
    let agent = if instance.agent_connected { "" } else { ", agent disconnected" };
    let (cpu, memory) = (instance.remaining.cpu, instance.remaining.memory_mib);
    format!("{} {}{agent}: {cpu} CPU and {memory} MiB left", instance.instance, instance.status)
}

/// Where two trails part, and what led there in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Parting {
    /// The number of the first event that differs, from 0.
    pub at: usize,
    /// The last events that are the same.
    pub before: Vec<String>,
    /// That event in the first trail; nothing where it has ended.
    pub first: Option<String>,
    /// That event in the second trail.
    pub second: Option<String>,
}

/// Where two trails part; nothing where one goes on like the other.
#[must_use]
pub fn parting(first: &[String], second: &[String], context: usize) -> Option<Parting> {
    let same = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    if same == first.len() && same == second.len() {
        return None;
    }
    let before = first[same.saturating_sub(context)..same].to_vec();
    Some(Parting { at: same, before, first: first.get(same).cloned(), second: second.get(same).cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_first_difference_is_found_with_what_led_there() {
        let parting = parting(&lines("a b c d e"), &lines("a b c x e"), 2).unwrap();
        assert_eq!((parting.at, parting.before), (3, lines("b c")));
        assert_eq!((parting.first.as_deref(), parting.second.as_deref()), (Some("d"), Some("x")));
    }

    #[test]
    fn a_trail_that_ends_early_differs_by_its_end() {
        let found = parting(&lines("a b"), &lines("a b c"), 1).unwrap();
        assert_eq!((found.first, found.second.as_deref()), (None, Some("c")));
        assert_eq!(parting(&lines("a b"), &lines("a b"), 1), None);
    }
}
