//! What a task reserves and an instance registers.

/// CPU units (1024 = 1 vCPU), memory in MiB, whole GPUs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Resources {
    /// CPU units; 1024 are one vCPU.
    pub cpu: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Whole GPU devices (CON-16).
    pub gpus: u32,
}

impl Resources {
    /// CPU units and memory, no GPU.
    #[must_use]
    pub const fn new(cpu: u32, memory_mib: u32) -> Resources {
        Resources { cpu, memory_mib, gpus: 0 }
    }

    /// Whether `demand` fits into this in every dimension.
    #[must_use]
    pub fn covers(self, demand: Resources) -> bool {
        self.cpu >= demand.cpu && self.memory_mib >= demand.memory_mib && self.gpus >= demand.gpus
    }

    /// What is left after `demand`; `None` if it does not fit.
    #[must_use]
    pub fn minus(self, demand: Resources) -> Option<Resources> {
        Some(Resources {
            cpu: self.cpu.checked_sub(demand.cpu)?,
            memory_mib: self.memory_mib.checked_sub(demand.memory_mib)?,
            gpus: self.gpus.checked_sub(demand.gpus)?,
        })
    }

    /// The larger of both in every dimension.
    #[must_use]
    pub fn max(self, other: Resources) -> Resources {
        Resources {
            cpu: self.cpu.max(other.cpu),
            memory_mib: self.memory_mib.max(other.memory_mib),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// The sum in every dimension.
    #[must_use]
    pub fn plus(self, other: Resources) -> Resources {
        Resources {
            cpu: self.cpu + other.cpu,
            memory_mib: self.memory_mib + other.memory_mib,
            gpus: self.gpus + other.gpus,
        }
    }
}

/// A sum of [`Resources`] over many instances or tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// CPU units.
    pub cpu: u64,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Whole GPU devices.
    pub gpus: u64,
}

impl Totals {
    /// Adds one instance or task.
    pub fn add(&mut self, part: Resources) {
        self.cpu += u64::from(part.cpu);
        self.memory_mib += u64::from(part.memory_mib);
        self.gpus += u64::from(part.gpus);
    }

    /// Takes one instance or task away.
    pub fn subtract(&mut self, part: Resources) {
        self.cpu -= u64::from(part.cpu);
        self.memory_mib -= u64::from(part.memory_mib);
        self.gpus -= u64::from(part.gpus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_larger_in_one_dimension_does_not_fit() {
        let free = Resources::new(1024, 2048);
        assert!(free.covers(Resources::new(1024, 2048)));
        assert!(!free.covers(Resources::new(1, 2049)));
        assert_eq!(free.minus(Resources::new(1025, 0)), None);
        assert_eq!(free.minus(Resources::new(24, 48)), Some(Resources::new(1000, 2000)));
    }
}
