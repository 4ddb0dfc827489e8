//! What instances hold: no more than they registered, and only what was placed on them rightly (LIF-21, INS-2, INS-4,
//! CON-20).

use std::collections::{BTreeMap, BTreeSet};

use super::Judge;
use super::files::Parameters;
use super::log::{Event, Instance, Task, Told};
use super::report::{Check, Place, Report};
use super::world::World;

pub struct Capacity {
    released_at_stop_order: bool,
    /// By instance: what its tasks reserve, their interfaces, and which those are that are not STOPPED.
    held: BTreeMap<String, ([i64; 4], BTreeSet<String>)>,
}

impl Judge for Capacity {
    fn event(&mut self, event: &Event, world: &World, report: &mut Report) {
        match &event.told {
            Told::Task(task) => self.task(event.line, task, world, report),
            Told::Instance(instance) => self.instance(event.line, instance, world, report),
            _ => {}
        }
    }
}

impl Capacity {
    pub fn new(parameters: &Parameters) -> Capacity {
        Capacity { released_at_stop_order: parameters.released_at_stop_order, held: BTreeMap::new() }
    }

    /// Whether the task reserves what it was placed with.
    fn reserves(&self, task: &Task) -> bool {
        if self.released_at_stop_order { task.is_active() } else { !task.is_stopped() }
    }

    fn task(&mut self, line: usize, task: &Task, world: &World, report: &mut Report) {
        let place = Place { line, of: &task.name };
        let is_new = world.tasks.get(&task.name).is_none_or(|known| known.now.instance.is_none());
        let Some(name) = &task.instance else {
            // CAS-12: a task waits in PROVISIONING for capacity of a provider, or ends its wait without any.
            let waits = task.provider.is_some()
                && (task.last_status == "PROVISIONING" || !task.is_active() && task.times.started.is_none());
            report.expect(Check::Placement, place, task.launch_type == "FARGATE" || waits, || {
                ("no instance", "an instance for launch type EC2")
            });
            return;
        };
        let instance = world.instances.get(name);
        if is_new {
            let state = instance.map(|found| (found.status.as_str(), found.connected, found.zone.as_str()));
            let right = ("ACTIVE", true, task.zone.as_str());
            report.expect(Check::Placement, place, state == Some(right), || {
                let found = format!("placed on {name}, of which is known {state:?}");
                (found, format!("an instance with status, agentConnected, zone {right:?}"))
            });
        }
        let before = world.tasks.get(&task.name);
        let before = before.is_some_and(|known| known.now.instance.is_some() && self.reserves(&known.now));
        let now = self.reserves(task);
        let (held, tasks) = self.held.entry(name.clone()).or_default();
        let change = i64::from(now) - i64::from(before);
        (0..3).for_each(|kind| held[kind] += change * task.reserved[kind]);
        if world.definitions.get(&task.definition).is_some_and(|found| found.network_mode == "awsvpc") {
            held[3] += change;
        }
        match task.is_stopped() {
            true => tasks.remove(&task.name),
            false => tasks.insert(task.name.clone()),
        };
        let registered = instance.map_or([0; 4], |found| {
            let [cpu, memory, gpus] = found.registered;
            [cpu, memory, gpus, found.interfaces]
        });
        let fits = (0..4).all(|kind| held[kind] <= registered[kind]);
        report.expect(Check::Room, place, fits, || {
            (
                format!("{held:?} CPU units, MiB, GPUs, interfaces taken on {name}"),
                format!("at most {registered:?}"),
            )
        });
    }

    fn instance(&mut self, line: usize, instance: &Instance, world: &World, report: &mut Report) {
        let place = Place { line, of: &instance.name };
        let (held, tasks) = self.held.entry(instance.name.clone()).or_default();
        let mut free = [0; 3];
        (0..3).for_each(|kind| free[kind] = instance.registered[kind] - held[kind]);
        report.expect(Check::Remaining, place, instance.remaining == free, || {
            let right = format!("{free:?}: registered less what its tasks reserve");
            (format!("{:?} CPU units, MiB, GPUs remaining", instance.remaining), right)
        });
        let on_it = || tasks.iter().filter_map(|name| world.tasks.get(name)).map(|known| &known.now);
        let running = on_it().filter(|task| task.is_active()).count() as i64;
        let pending = on_it().filter(|task| task.last_status == "PENDING").count() as i64;
        let (found, right) = ((instance.running, instance.pending), (running, pending));
        report.expect(Check::Remaining, place, found == right, || {
            (format!("{found:?} running and pending tasks"), format!("{right:?}: those told so far"))
        });
    }
}
