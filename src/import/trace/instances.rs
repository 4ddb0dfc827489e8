//! Container instances that bear a trace.

use crate::catalog::instance_types::{Architecture, InstanceType, InstanceTypes};

/// The type that is guessed where it is large enough.
const GUESSED: &str = "m5.large";
/// Families to look for a larger one: general, memory, GPUs.
const FAMILIES: [&str; 7] = ["m5", "r5", "x1e", "g4dn", "g5", "p4d", "p5"];

/// What a task takes: CPU units, MiB, GPUs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Size {
    pub cpu: f64,
    pub memory: f64,
    pub gpus: f64,
}

impl Size {
    /// The larger of each.
    pub(super) fn max(self, other: Size) -> Size {
        Size {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// How many tasks of this size one instance holds.
    pub(super) fn on_one(self, kind: &InstanceType) -> u64 {
        let room = room(kind);
        let each = [(room.cpu, self.cpu), (room.memory, self.memory), (room.gpus, self.gpus)];
        let fits = each.into_iter().filter(|(_, size)| *size > 0.0).map(|(room, size)| (room / size) as u64);
        fits.min().unwrap_or(1)
    }
}

/// What an instance registers (INS-2): 1,024 units a vCPU, and 97 % of its memory as long as nothing else is said.
fn room(kind: &InstanceType) -> Size {
    let memory = (f64::from(kind.memory_mib) * 0.97).floor();
    Size { cpu: f64::from(kind.vcpus * 1024), memory, gpus: f64::from(kind.gpus) }
}

/// The guessed type, or the cheapest one that holds the largest task.
pub(super) fn type_for(largest: Size) -> Option<&'static InstanceType> {
    let types = InstanceTypes::built_in();
    let holds = |kind: &&InstanceType| largest.on_one(kind) >= 1;
    if let Some(guessed) = types.get(GUESSED).filter(holds) {
        return Some(guessed);
    }
    let known = types.all().iter().filter(|kind| {
        FAMILIES.contains(&kind.family())
            && kind.architecture == Architecture::X86_64
            && !kind.name.ends_with("metal")
    });
    let priced = known.filter(holds).filter_map(|kind| Some((kind.on_demand_nano_usd_per_hour?, kind)));
    priced.min_by_key(|(price, _)| *price).map(|(_, kind)| kind)
}

/// The largest sum of weights at one time, of (from, to, weight) with times in any order; an end comes before a begin at the
/// same time.
pub(super) fn peak(stays: &[(f64, f64, f64)]) -> f64 {
    let mut turns: Vec<(f64, f64)> = Vec::with_capacity(stays.len() * 2);
    for &(from, to, weight) in stays.iter().filter(|(from, to, _)| to > from) {
        turns.push((from, weight));
        turns.push((to, -weight));
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut sum, mut largest) = (0.0, 0.0f64);
    for (_, weight) in turns {
        sum += weight;
        largest = largest.max(sum);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_counts_who_is_there_at_once() {
        // 0 to 10 and 5 to 15 overlap; the third begins as the first ends.
        assert_eq!(peak(&[(0.0, 10.0, 1.0), (5.0, 15.0, 1.0), (10.0, 12.0, 1.0)]), 2.0);
        assert_eq!(peak(&[(3.0, 3.0, 1.0)]), 0.0);
    }

    #[test]
    fn a_task_that_m5_large_cannot_hold_gets_the_cheapest_that_can() {
        let name = |cpu, memory, gpus| type_for(Size { cpu, memory, gpus }).map(|kind| kind.name.to_string());
        assert_eq!(name(2048.0, 7_946.0, 0.0).as_deref(), Some("m5.large")); // 8192 · 0.97 = 7946.2
        assert_eq!(name(2048.0, 7_947.0, 0.0).as_deref(), Some("r5.large")); // 16 GiB for less than m5.xlarge
        assert_eq!(name(1024.0, 1024.0, 1.0).as_deref(), Some("g4dn.xlarge"));
        assert_eq!(name(1e9, 1.0, 0.0), None);
    }
}
