//! Derived views: what policies would otherwise have to count. Kept by `apply` alone, recounted by invariants.

use super::host_traits::Platforms;
use super::resources::Totals;
use super::{Resources, ZoneId};

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
