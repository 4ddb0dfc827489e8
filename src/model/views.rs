//! Derived views: what policies would otherwise have to count. Kept by `apply` alone, recounted by invariants.

mod free_order;
mod open_rows;

use super::host_traits::Platforms;
use super::resources::Totals;
use super::{Resources, ZoneId};

pub use self::free_order::{Alike, FreeOrder};
pub use self::open_rows::{Levels, OpenRows};

/// The free resources of one instance, packed for scanning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeRow {
    /// Free CPU units.
    pub cpu: u32,
    /// Free memory in MiB.
    pub memory_mib: u32,
    /// Free GPUs.
    pub gpus: u16,
    /// How many awsvpc tasks more it can take (CON-20).
    pub interfaces: u16,
    /// What it can run (PLC-2).
    pub platforms: Platforms,
    /// The instance's zone.
    pub zone: ZoneId,
    /// Whether the instance takes tasks at all (INS-4).
    pub open: bool,
}

impl FreeRow {
    /// Whether the instance takes tasks and has room for `demand`.
    #[must_use]
    pub fn fits(&self, demand: Resources) -> bool {
        self.open & (self.cpu >= demand.cpu) & (self.memory_mib >= demand.memory_mib)
            && u32::from(self.gpus) >= demand.gpus
    }
}

/// What the instances of a pool register and what tasks hold of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PoolTotals {
    /// ACTIVE and DRAINING instances; for Fargate, tasks.
    pub instances: u32,
    /// Registered by these instances; for Fargate, equal to `reserved`.
    pub registered: Totals,
    /// Held by tasks on them.
    pub reserved: Totals,
}

/// A task group (RES-8) and where its tasks with desired status RUNNING are (PLC-5).
#[derive(Clone, Debug, Default)]
pub struct TaskGroup {
    /// Its name, such as `service:web`.
    pub name: String,
    /// Tasks by slot of their instance; shorter than the list of instances where the rest is 0.
    pub by_instance: Vec<u32>,
    /// Tasks on instances by zone, likewise.
    pub by_zone: Vec<u32>,
    /// By zone, how many of the instances that take tasks have how many of its tasks; shorter where none has any.
    pub levels: Vec<Levels>,
    /// Tasks on Fargate by zone: on demand, and Spot (SIZ-6).
    pub by_fargate_zone: [Vec<u32>; 2],
}

impl TaskGroup {
    /// Its tasks on the instance with this slot.
    #[must_use]
    pub fn on_instance(&self, slot: usize) -> u32 {
        self.by_instance.get(slot).copied().unwrap_or(0)
    }

    /// Its tasks on the instances of a zone.
    #[must_use]
    pub fn in_zone(&self, zone: ZoneId) -> u32 {
        self.by_zone.get(zone.index()).copied().unwrap_or(0)
    }

    /// The least number of its tasks on one of the `open_rows` instances that take tasks in a zone.
    #[must_use]
    pub fn least_on_instance(&self, zone: ZoneId, open_rows: u32) -> u32 {
        self.levels.get(zone.index()).map_or(0, |levels| levels.least(open_rows))
    }

    /// A task comes to an instance; `open` says whether that takes tasks.
    pub(super) fn enter(&mut self, slot: usize, zone: ZoneId, open: bool) {
        let before = self.on_instance(slot);
        increment(&mut self.by_instance, slot);
        increment(&mut self.by_zone, zone.index());
        self.move_level(zone, (before, before + 1), open);
    }

    /// A task leaves an instance.
    pub(super) fn leave(&mut self, slot: usize, zone: ZoneId, open: bool) {
        let before = self.by_instance[slot];
        self.by_instance[slot] -= 1;
        self.by_zone[zone.index()] -= 1;
        self.move_level(zone, (before, before - 1), open);
    }

    /// An instance that has tasks of the group takes tasks from now on, or does so no longer.
    pub(super) fn open_or_close(&mut self, slot: usize, zone: ZoneId, opens: bool) {
        let level = self.on_instance(slot);
        self.move_level(zone, if opens { (0, level) } else { (level, 0) }, true);
    }

    fn move_level(&mut self, zone: ZoneId, (from, to): (u32, u32), counts: bool) {
        if !counts {
            return;
        }
        if self.levels.len() <= zone.index() {
            self.levels.resize(zone.index() + 1, Levels::default());
        }
        let levels = &mut self.levels[zone.index()];
        levels.remove(from);
        levels.add(to);
    }

    /// Its tasks on Fargate (Spot or not) in a zone.
    #[must_use]
    pub fn on_fargate(&self, spot: bool, zone: ZoneId) -> u32 {
        self.by_fargate_zone[usize::from(spot)].get(zone.index()).copied().unwrap_or(0)
    }
}

/// Adds to the count at `index`, growing the list as needed.
pub(super) fn increment(counts: &mut Vec<u32>, index: usize) {
    if counts.len() <= index {
        counts.resize(index + 1, 0);
    }
    counts[index] += 1;
}
