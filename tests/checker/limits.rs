//! What the scheduler may start and stop, and when a service is steady (DEP-1, DEP-3, DEP-4, SVC-7).

use std::collections::BTreeMap;

use super::Judge;
use super::files::Parameters;
use super::log::{Event, Task, Told};
use super::report::{Check, Place, Report};
use super::world::{Known, World};

pub struct Limits {
    parameters: Parameters,
    /// Stops that leave too few healthy tasks, unless the task was lost: the line and what is wrong.
    doubtful: BTreeMap<String, (usize, String)>,
}

impl Judge for Limits {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        match &event.told {
            Told::Task(task) => match world.tasks.get(&task.name) {
                None => self.start(event, task, world, report),
                Some(before) if before.now.is_active() && !task.is_active() => {
                    self.stop(event, task, before, world, report);
                }
                Some(before) => self.settle(task, &before.now, report),
            },
            Told::Service { service, name, .. } if name.as_deref() == Some("SERVICE_STEADY_STATE") => {
                self.steady(event, service, world, report);
            }
            _ => {}
        }
    }

    fn end(&mut self, _: &World, report: &mut Report) {
        for (task, (line, words)) in std::mem::take(&mut self.doubtful) {
            self.judge_stop(line, &task, false, || words, report);
        }
    }
}

impl Limits {
    pub fn new(parameters: &Parameters) -> Limits {
        Limits { parameters: parameters.clone(), doubtful: BTreeMap::new() }
    }

    /// During a deployment running, pending and, by DEP-3, stopping tasks stay within capTotal. At rest a service
    /// starts what is missing, and where there is head-room replacements of unhealthy tasks (SVC-14).
    fn start(&self, event: &Event, task: &Task, world: &World, report: &mut Report) {
        let Some(book) = task.service().and_then(|service| world.services.get(service)) else { return };
        let others = || world.tasks_of(book).map(|known| &known.now);
        let active = others().filter(|task| task.is_active()).count() as i64 + 1;
        let stopping = others().filter(|task| !task.is_active() && task.last_status != "DEPROVISIONING");
        let stopping = if self.parameters.count_stopping_in_max { stopping.count() as i64 } else { 0 };
        let (counted, most) = match book.is_deploying() {
            true => (active + stopping, book.cap_total()),
            false => (active, book.cap_total().max(book.desired())),
        };
        let place = Place { line: event.line, of: &task.name };
        report.expect(Check::MaximumPercent, place, counted <= most, || {
            let limits = &book.settings.deployment_configuration;
            let (desired, percent) = (book.desired(), limits.maximum_percent);
            let right = format!("at most {most}: desired {desired}, maximumPercent {percent}");
            (format!("{counted} tasks with this start"), right)
        });
    }

    /// A healthy task that the scheduler stops leaves floorHealthy behind.
    fn stop(&mut self, event: &Event, task: &Task, before: &Known, world: &World, report: &mut Report) {
        let by_scheduler = task.stop.as_ref().is_some_and(|(code, _)| code == "ServiceSchedulerInitiated");
        let Some(book) = task.service().and_then(|service| world.services.get(service)) else { return };
        let is_healthy =
            |known: &Known| world.is_healthy(known, event.at_ms, self.parameters.no_check_healthy_delay_ms);
        if !by_scheduler || !is_healthy(before) {
            return;
        }
        let left = world.tasks_of(book).filter(|known| is_healthy(known)).count() as i64 - 1;
        let least = book.floor_healthy();
        if left >= least {
            return self.judge_stop(event.line, &task.name, true, String::new, report);
        }
        let percent = book.settings.deployment_configuration.minimum_healthy_percent;
        let desired = book.desired();
        let words =
            format!("{left} left where {least} are due: desired {desired}, minimumHealthyPercent {percent}");
        self.doubtful.insert(task.name.clone(), (event.line, words));
    }

    /// A task whose host was lost is not healthy, although ECS notices later (INS-5): its containers end without an
    /// exit code. So a stop that leaves too few is judged when its containers have ended.
    fn settle(&mut self, task: &Task, before: &Task, report: &mut Report) {
        let mut pairs = task.containers.iter().zip(&before.containers);
        let ends =
            pairs.find(|(now, before)| now.last_status == "STOPPED" && before.last_status != "STOPPED");
        let Some((ended, _)) = ends else { return };
        if let Some((line, words)) = self.doubtful.remove(&task.name) {
            self.judge_stop(line, &task.name, ended.exit_code.is_none(), || words, report);
        }
    }

    fn judge_stop(
        &self,
        line: usize,
        task: &str,
        holds: bool,
        words: impl FnOnce() -> String,
        report: &mut Report,
    ) {
        let place = Place { line, of: task };
        report.expect(Check::MinimumHealthyPercent, place, holds, || {
            (format!("a stop of a healthy task, {}", words()), "no stop below the minimum")
        });
    }

    fn steady(&self, event: &Event, service: &str, world: &World, report: &mut Report) {
        let place = Place { line: event.line, of: service };
        let Some(book) = world.services.get(service) else { return };
        let active: Vec<&Known> = world.tasks_of(book).filter(|known| known.now.is_active()).collect();
        let running = active.iter().filter(|known| known.now.last_status == "RUNNING").count();
        let delay_ms = self.parameters.no_check_healthy_delay_ms;
        let healthy = active.iter().filter(|known| world.is_healthy(known, event.at_ms, delay_ms)).count();
        let (desired, deploying) = (book.desired() as usize, book.is_deploying());
        let steady = [active.len(), running, healthy] == [desired; 3] && !deploying;
        report.expect(Check::SteadyState, place, steady, || {
            let deploying = if deploying { ", a deployment in progress" } else { "" };
            let found = format!("{} tasks, {running} running, {healthy} healthy{deploying}", active.len());
            (found, format!("{desired} tasks, all running and healthy, no deployment in progress"))
        });
    }
}
