//! What the scheduler may start and stop, and when a service is steady (DEP-1, DEP-3, DEP-4, SVC-7).

use super::Judge;
use super::files::Parameters;
use super::log::{Event, Task, Told};
use super::report::{Check, Place, Report};
use super::world::{Known, World};

pub struct Limits {
    parameters: Parameters,
}

impl Judge for Limits {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        match &event.told {
            Told::Task(task) => match world.tasks.get(&task.name) {
                None => self.start(event, task, world, report),
                Some(before) if before.now.is_active() && !task.is_active() => {
                    self.stop(event, task, before, world, report);
                }
                Some(_) => {}
            },
            Told::Service { service, name, .. } if name.as_deref() == Some("SERVICE_STEADY_STATE") => {
                self.steady(event, service, world, report);
            }
            _ => {}
        }
    }
}

impl Limits {
    pub fn new(parameters: &Parameters) -> Limits {
        Limits { parameters: parameters.clone() }
    }

    /// During a deployment running, pending and, by DEP-3, stopping tasks stay within capTotal. At rest a service
    /// starts what is missing, and where there is head-room replacements of unhealthy tasks (SVC-14) and of those on
    /// DRAINING instances (INS-6).
    fn start(&self, event: &Event, task: &Task, world: &World, report: &mut Report) {
        let Some(book) = task.service().and_then(|service| world.services.get(service)) else { return };
        let counted = world.counted(book, self.parameters.count_stopping_in_max) + 1;
        let most = match book.is_deploying() {
            true => book.cap_total(),
            false => book.cap_total().max(book.desired()),
        };
        let place = Place { line: event.line, of: &task.name };
        report.expect(Check::MaximumPercent, place, counted <= most, || {
            let limits = &book.settings.deployment_configuration;
            let (desired, percent) = (book.desired(), limits.maximum_percent);
            let right = format!("at most {most}: desired {desired}, maximumPercent {percent}");
            (format!("{counted} tasks with this start"), right)
        });
    }

    /// A healthy task that the scheduler stops leaves floorHealthy behind. Where a task stops since its instance drains and
    /// no deployment is on, those without checks are healthy from RUNNING on (SVC-13). Daemons on DRAINING instances are
    /// none of those that must be healthy.
    fn stop(&self, event: &Event, task: &Task, before: &Known, world: &World, report: &mut Report) {
        let by_scheduler = task.stop.as_ref().is_some_and(|(code, _)| code == "ServiceSchedulerInitiated");
        let Some(book) = task.service().and_then(|service| world.services.get(service)) else { return };
        let drains = world.drains(task);
        let delay_ms = match drains && !book.is_deploying() {
            true => 0,
            false => self.parameters.no_check_healthy_delay_ms,
        };
        let is_healthy = |known: &Known| world.is_healthy(known, event.at_ms, delay_ms);
        if !by_scheduler || !is_healthy(before) || drains && book.is_daemon() {
            return;
        }
        let left = world.tasks_of(book).filter(|known| is_healthy(known)).count() as i64 - 1;
        let least = book.floor_healthy();
        let place = Place { line: event.line, of: &task.name };
        report.expect(Check::MinimumHealthyPercent, place, left >= least, || {
            let percent = book.settings.deployment_configuration.minimum_healthy_percent;
            let desired = book.desired();
            let found = format!(
                "a stop of a healthy task, {left} left where {least} are due: desired {desired}, minimumHealthyPercent {percent}"
            );
            (found, "no stop below the minimum")
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
        let draining = active.iter().filter(|known| world.drains(&known.now)).count();
        let wanted = if book.has_task_sets() { active.len() } else { desired };
        let steady = [active.len(), running, healthy] == [wanted; 3] && !deploying && draining == 0;
        report.expect(Check::SteadyState, place, steady, || {
            let deploying = if deploying { ", a deployment in progress" } else { "" };
            let found = format!(
                "{} tasks, {running} running, {healthy} healthy, {draining} on DRAINING instances{deploying}",
                active.len()
            );
            let right = format!("{desired} tasks, all running and healthy, none to be moved, no deployment");
            (found, right)
        });
    }
}
