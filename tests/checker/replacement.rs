//! What a service lacks is started, or it says why not (SVC-1, SVC-2, SVC-8, SVC-9, SVC-10).

use std::collections::BTreeMap;

use super::Judge;
use super::files::Parameters;
use super::log::{Event, Ms, Told};
use super::report::{Check, Place, Report};
use super::world::{Known, ServiceBook, World};

/// A trouble that lasts is told again after so long (SVC-7).
const TOLD_AGAIN_MS: Ms = 6 * 3_600_000;

pub struct Replacement {
    parameters: Parameters,
    line: usize,
    waits: BTreeMap<String, Wait>,
}

#[derive(Clone, Copy, Default)]
struct Wait {
    /// Since when tasks are missing that it might start.
    since_ms: Option<Ms>,
    /// It has said why it starts nothing before this time, or has just started something.
    excused_until_ms: Ms,
}

impl Replacement {
    pub fn new(parameters: &Parameters) -> Replacement {
        Replacement { parameters: parameters.clone(), line: 0, waits: BTreeMap::new() }
    }

    fn excuse(&mut self, service: &str, until_ms: Ms) {
        let wait = self.waits.entry(service.to_owned()).or_default();
        wait.excused_until_ms = wait.excused_until_ms.max(until_ms);
    }

    /// How many tasks it lacks and may start: at rest to its desired count, without those on DRAINING instances as far as
    /// the maximum has room (INS-6), during a deployment within capTotal.
    fn lacking(&self, book: &ServiceBook, world: &World) -> i64 {
        let counted = world.counted(book, self.parameters.count_stopping_in_max);
        let of_primary = |by: Option<&str>| by.is_some() && by == book.primary();
        let stays = |known: &&Known| {
            let task = &known.now;
            let newest = !book.is_deploying() || of_primary(task.started_by.as_deref());
            task.is_active() && newest && !world.drains(task)
        };
        let lacking = book.desired() - world.tasks_of(book).filter(stays).count() as i64;
        let most = if book.is_deploying() { book.cap_total() } else { book.cap_total().max(book.desired()) };
        lacking.min(most - counted)
    }
}

impl Judge for Replacement {
    fn event(&mut self, event: &Event, world: &World, _: &mut Report) {
        self.line = event.line;
        let at_ms = event.at_ms;
        match &event.told {
            Told::Task(task) => {
                let Some(service) = task.service().map(str::to_owned) else { return };
                if !world.tasks.contains_key(&task.name) {
                    self.excuse(&service, at_ms);
                } else if task.is_stopped() && task.times.started.is_none() {
                    self.excuse(&service, at_ms + self.parameters.start_delay_limit_ms);
                }
            }
            Told::Service { service, name, .. } => match name.as_deref() {
                Some("SERVICE_TASK_PLACEMENT_FAILURE") => {
                    self.excuse(service, at_ms + TOLD_AGAIN_MS + self.parameters.place_retry_ms);
                }
                Some("ECS_OPERATION_THROTTLED") => self.excuse(service, at_ms + TOLD_AGAIN_MS + 60_000),
                _ => {}
            },
            _ => {}
        }
    }

    fn time_moves(&mut self, now_ms: Ms, next_ms: Ms, world: &World, report: &mut Report) {
        if !self.parameters.starts_at_once {
            return;
        }
        for (service, book) in &world.services {
            let lacking = self.lacking(book, world);
            let wait = self.waits.entry(service.clone()).or_default();
            if lacking <= 0 {
                wait.since_ms = None;
                continue;
            }
            let since = *wait.since_ms.get_or_insert(now_ms);
            let due = since.max(wait.excused_until_ms) + self.parameters.scheduler_wake_ms;
            let place = Place { line: self.line, of: service };
            report.expect(Check::Replacement, place, next_ms <= due, || {
                let found = format!(
                    "too few tasks by {lacking} since {since} ms, and nothing done until {next_ms} ms"
                );
                (found, format!("a start, or a word why not, until {due} ms"))
            });
            if next_ms > due {
                // Said once.
                wait.excused_until_ms = Ms::MAX - self.parameters.scheduler_wake_ms;
            }
        }
    }
}
