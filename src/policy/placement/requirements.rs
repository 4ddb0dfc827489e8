//! What a task needs of an instance beside CPU, memory, GPUs and ports: interface, zone, platform (PLC-2).

use crate::model::ZoneId;
use crate::model::host_traits::{HostTraits, Platforms};
use crate::model::task_definition::TaskDefinition;
use crate::model::views::FreeRow;

/// Requirements that hold whatever the tasks on the instance are, and the network interface.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requirements<'a> {
    /// Network interfaces of the host that it takes: 1 for an awsvpc task (CON-20).
    pub interfaces: u16,
    /// Its architecture and operating system.
    pub platforms: Platforms,
    /// What it needs the agent to be able to do.
    pub capabilities: &'a [String],
    /// The zones of its subnets (CON-21); `None` is every zone.
    pub zones: Option<&'a [ZoneId]>,
}

impl<'a> Requirements<'a> {
    /// Those of a task of `definition` with subnets in `zones`, which only an awsvpc task has.
    #[must_use]
    pub fn of(definition: &'a TaskDefinition, zones: Option<&'a [ZoneId]>) -> Requirements<'a> {
        let has_interface = definition.takes_interface();
        Requirements {
            interfaces: u16::from(has_interface),
            platforms: definition.needs.platforms,
            capabilities: &definition.needs.capabilities,
            zones: zones.filter(|_| has_interface),
        }
    }

    /// Whether the instance of the row has an interface left, the platform, and is in one of the zones.
    #[inline(always)]
    pub(super) fn are_met_by(&self, row: &FreeRow) -> bool {
        (row.interfaces >= self.interfaces) & row.platforms.cover(self.platforms)
            && self.are_in_zone(row.zone)
    }

    /// CON-21.
    #[inline(always)]
    #[must_use]
    pub fn are_in_zone(&self, zone: ZoneId) -> bool {
        self.zones.is_none_or(|zones| zones.contains(&zone))
    }

    /// Whether an instance is of the right architecture and system, and its agent able enough.
    #[must_use]
    pub fn fit_platform(&self, host: &HostTraits) -> bool {
        host.platforms().cover(self.platforms) && host.has_capabilities(self.capabilities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of all instances are scanned for each task: four stand in a cache line of 64 bytes.
    #[test]
    fn a_free_row_has_sixteen_bytes() {
        assert_eq!(size_of::<FreeRow>(), 16);
    }
}
