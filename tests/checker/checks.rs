//! An independent check of a run's `events.jsonl` and `tasks.csv`: conservation, capacity, legal order, deployment
//! limits. It shares no code with the simulator and knows only what docs/events.md says of the files.

#[path = "capacity.rs"]
mod capacity;
#[path = "containers.rs"]
mod containers;
#[path = "envelope.rs"]
mod envelope;
#[path = "files.rs"]
mod files;
#[path = "limits.rs"]
mod limits;
#[path = "log.rs"]
mod log;
#[path = "messages.rs"]
mod messages;
#[path = "order.rs"]
mod order;
#[path = "replacement.rs"]
mod replacement;
#[path = "report.rs"]
mod report;
#[path = "rows.rs"]
mod rows;
#[path = "stops.rs"]
mod stops;
#[path = "world.rs"]
mod world;

pub use files::Files;
pub use report::{Check, Report};

use files::Parameters;
use log::{Event, Ms};
use report::Place;
use world::World;

/// Looks at one replication, line by line. `world` is what the lines before told.
trait Judge {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report);

    /// The lines of this instant are all there; the next are of `next_ms`, or the run ends there.
    fn time_moves(&mut self, _now_ms: Ms, _next_ms: Ms, _world: &World, _report: &mut Report) {}

    /// No more lines.
    fn end(&mut self, _world: &World, _report: &mut Report) {}
}

/// The verdict on all replications of the files.
pub fn check(files: &Files) -> Report {
    let mut report = Report::default();
    let mut rows = rows::Rows::read(&files.tasks, &mut report);
    let mut done: Vec<u64> = Vec::new();
    let mut current: Option<Replication> = None;
    for (index, text) in files.events.lines().enumerate() {
        let line = index + 1;
        let read = log::read(line, text);
        let error = read.as_ref().err().cloned().unwrap_or_default();
        let place = Place { line, of: "the line" };
        report.expect(Check::Shape, place, read.is_ok(), || (error, "an event of docs/events.md"));
        let Ok(event) = read else { continue };
        if current.as_ref().is_none_or(|current| current.number != event.replication) {
            if let Some(over) = current.take() {
                done.push(over.number);
                over.end(files, &mut rows, &mut report);
            }
            let is_new = !done.contains(&event.replication);
            let of = format!("replication {}", event.replication);
            let place = Place { line, of: &of };
            report.expect(Check::Clock, place, is_new, || ("more lines of it", "all its lines in one row"));
            current = Some(Replication::begin(event.replication, &files.parameters));
        }
        if let Some(current) = &mut current {
            current.event(&event, &mut report);
        }
    }
    if let Some(over) = current {
        over.end(files, &mut rows, &mut report);
    }
    rows.end(&mut report);
    report
}

struct Replication {
    number: u64,
    now_ms: Ms,
    world: World,
    judges: Vec<Box<dyn Judge>>,
}

impl Replication {
    fn begin(number: u64, parameters: &Parameters) -> Replication {
        let judges: Vec<Box<dyn Judge>> = vec![
            Box::new(envelope::Envelope::new(number)),
            Box::new(order::Order),
            Box::new(stops::Stops),
            Box::new(containers::Containers),
            Box::new(capacity::Capacity::new(parameters)),
            Box::new(limits::Limits::new(parameters)),
            Box::new(messages::Messages::default()),
            Box::new(replacement::Replacement::new(parameters)),
        ];
        Replication { number, now_ms: 0, world: World::default(), judges }
    }

    fn event(&mut self, event: &Event, report: &mut Report) {
        self.time_moves(event.at_ms, report);
        for judge in &mut self.judges {
            judge.event(event, &self.world, report);
        }
        self.world.learn(event);
    }

    fn time_moves(&mut self, to_ms: Ms, report: &mut Report) {
        if to_ms > self.now_ms {
            for judge in &mut self.judges {
                judge.time_moves(self.now_ms, to_ms, &self.world, report);
            }
            self.now_ms = to_ms;
        }
    }

    fn end(mut self, files: &Files, rows: &mut rows::Rows, report: &mut Report) {
        let end_ms = files.ends_ms.get(&self.number).copied().unwrap_or(self.now_ms);
        self.time_moves(end_ms, report);
        for judge in &mut self.judges {
            judge.end(&self.world, report);
        }
        rows.compare(self.number, &self.world, report);
    }
}
