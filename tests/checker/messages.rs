//! What a service says of its tasks agrees with what they tell (SVC-1, table 6a).

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use super::log::{Event, Ms, Told};
use super::report::{Check, Place, Report};
use super::world::World;

/// The tasks of this instant that a service has still to speak of, with the lines that told them.
#[derive(Default)]
pub struct Messages {
    started: BTreeMap<String, (usize, String)>,
    stopped: BTreeMap<String, (usize, String)>,
}

impl Judge for Messages {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        match &event.told {
            Told::Task(task) => {
                let Some(service) = task.service() else { return };
                let entry = (event.line, service.to_owned());
                let before = world.tasks.get(&task.name);
                let by_scheduler =
                    task.stop.as_ref().is_some_and(|(code, _)| code == "ServiceSchedulerInitiated");
                if before.is_none() && !(task.last_status == "RUNNING" && event.at_ms == 0) {
                    self.started.insert(task.name.clone(), entry);
                } else if before.is_some_and(|known| known.now.is_active()) && by_scheduler {
                    self.stopped.insert(task.name.clone(), entry);
                }
            }
            Told::Service { service, message, created_at, .. } => {
                let place = Place { line: event.line, of: service };
                report.expect(Check::Clock, place, *created_at == event.time, || {
                    ("another createdAt than time", "the same")
                });
                let about = match message {
                    text if text.contains(") has started ") => &mut self.started,
                    text if text.contains(") has stopped AZ Rebalancing") => return,
                    text if text.contains(") has stopped ") => &mut self.stopped,
                    _ => return,
                };
                let told: BTreeSet<&str> = about
                    .iter()
                    .filter(|(_, (_, of))| of == service)
                    .map(|(task, _)| task.as_str())
                    .collect();
                let said: BTreeSet<&str> = listed(message).collect();
                let retired = |task: &&str| {
                    let found = world.tasks.get(*task).map(|known| known.now.reason());
                    found.is_some_and(|reason| reason.starts_with("ECS is retiring"))
                };
                let said: BTreeSet<&str> = said.into_iter().filter(|task| !retired(task)).collect();
                // Several messages may share an instant; a task that none of them names is told when the clock moves.
                let right = !said.is_empty() && said.is_subset(&told);
                report.expect(Check::Messages, place, right, || {
                    (format!("{said:?}"), format!("some of {told:?}, told since the clock moved"))
                });
                let said: BTreeSet<String> = said.into_iter().map(str::to_owned).collect();
                about.retain(|task, _| !said.contains(task));
            }
            _ => {}
        }
    }

    fn time_moves(&mut self, _: Ms, _: Ms, _: &World, report: &mut Report) {
        for (line, what, name) in self.unsaid() {
            let place = Place { line, of: &name };
            report.expect(Check::Messages, place, false, || {
                (format!("a {what} that the service does not mention"), format!("a message about the {what}"))
            });
        }
        self.started.clear();
        self.stopped.clear();
    }
}

impl Messages {
    fn unsaid(&self) -> Vec<(usize, &'static str, String)> {
        let of = |all: &BTreeMap<String, (usize, String)>, what: &'static str| {
            all.iter().map(|(name, (line, _))| (*line, what, name.clone())).collect::<Vec<_>>()
        };
        [of(&self.started, "start"), of(&self.stopped, "stop")].concat()
    }
}

/// The names in `(task web#17) (task web#18)`.
fn listed(message: &str) -> impl Iterator<Item = &str> {
    message.split("(task ").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name)
}
