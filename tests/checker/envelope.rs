//! What stands around the detail: time, id, version.

use std::collections::BTreeMap;

use super::Judge;
use super::log::{Event, Ms, Told};
use super::report::{Check, Place, Report};
use super::world::World;

pub struct Envelope {
    replication: u64,
    lines: u64,
    last_ms: Ms,
    /// The date of simulated zero, as the first line gives it.
    zero: Option<Ms>,
    versions: BTreeMap<String, u64>,
}

impl Envelope {
    pub fn new(replication: u64) -> Envelope {
        Envelope { replication, lines: 0, last_ms: 0, zero: None, versions: BTreeMap::new() }
    }
}

impl Judge for Envelope {
    fn event(&mut self, event: &Event, _: &World, report: &mut Report) {
        let place = Place { line: event.line, of: &event.id };
        let id = format!("{}-{}", self.replication, self.lines);
        self.lines += 1;
        report
            .expect(Check::Clock, place, event.id == id, || (format!("id {}", event.id), format!("id {id}")));
        let (at, last) = (event.at_ms, self.last_ms);
        report.expect(Check::Clock, place, at >= last, || {
            (format!("{at} ms after {last} ms"), "times that do not run back")
        });
        self.last_ms = last.max(at);
        if let Some(time) = event.time {
            let zero = *self.zero.get_or_insert(time - at);
            report.expect(Check::Clock, place, time == zero + at, || {
                (
                    format!("a time {} ms after that of zero", time - zero),
                    format!("{at} ms, as ecsim:at_ms says"),
                )
            });
        }
        let (name, version) = match &event.told {
            Told::Task(task) => (&task.name, task.version),
            Told::Instance(instance) => (&instance.name, instance.version),
            _ => return,
        };
        let is_task = matches!(event.told, Told::Task(_));
        let last = self.versions.entry(format!("{is_task} {name}")).or_insert(0);
        let due = *last + 1;
        *last = version;
        let place = Place { line: event.line, of: name };
        report.expect(Check::Version, place, version == due, || {
            (format!("version {version}"), format!("version {due}"))
        });
    }
}
