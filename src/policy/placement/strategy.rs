//! Strategies as keys: each gives every candidate a number, and the smallest number is best.

use super::filter::Filter;
use super::fit::FitWeights;
use crate::model::{Cluster, TaskGroupId, ZoneId};

/// What a candidate is judged by. Smaller is better.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// All are equally good: `random` (PLC-7).
    Equal,
    /// The order of registration.
    Registration,
    /// `binpack` on cpu (PLC-4): the task's size is the same everywhere, so what is free now decides.
    LeastCpu,
    /// `binpack` on memory (PLC-4).
    LeastMemory,
    /// Smallest dot product of what is free and what is demanded: best fit in two dimensions.
    Tightest(FitWeights),
    /// Largest dot product: worst fit.
    Roomiest(FitWeights),
    /// `spread` over instances (PLC-5).
    FewestOnInstance,
    /// `spread` over zones (PLC-5).
    FewestInZone,
    /// `spread` over another attribute; instances without it come last (PLC-6).
    FewestOnAttribute(String),
}

impl Key {
    /// The strategy as people write it.
    pub(super) fn name(&self) -> String {
        match self {
            Key::Equal => "random".to_owned(),
            Key::Registration => "order of registration".to_owned(),
            Key::LeastCpu => "binpack(cpu)".to_owned(),
            Key::LeastMemory => "binpack(memory)".to_owned(),
            Key::Tightest(_) => "best fit".to_owned(),
            Key::Roomiest(_) => "worst fit".to_owned(),
            Key::FewestOnInstance => "spread(instanceId)".to_owned(),
            Key::FewestInZone => "spread(attribute:ecs.availability-zone)".to_owned(),
            Key::FewestOnAttribute(name) => format!("spread(attribute:{name})"),
        }
    }

    /// The number of one candidate, as people count: free units, or tasks; none where the key has none to show.
    pub(super) fn number_of(&self, cluster: &Cluster, group: TaskGroupId, slot: usize) -> Option<u64> {
        let row = &cluster.free_rows[slot];
        match self {
            Key::Equal | Key::Registration => None,
            Key::LeastCpu => Some(u64::from(row.cpu)),
            Key::LeastMemory => Some(u64::from(row.memory_mib)),
            Key::Tightest(weights) | Key::Roomiest(weights) => Some(weights.ten_thousandths(row)),
            Key::FewestOnInstance | Key::FewestInZone | Key::FewestOnAttribute(_) => {
                let number = self.with(cluster, group, Number(slot));
                (number < u64::MAX - 1).then_some(number)
            }
        }
    }

    /// Calls `judge` with a function from slot to number, so that the choice of key is made once, not per slot.
    fn with<R>(&self, cluster: &Cluster, group: TaskGroupId, judge: impl Judge<R>) -> R {
        let rows = &cluster.free_rows;
        let group = cluster.group(group);
        match self {
            Key::Equal => judge.by(|_| 0),
            Key::Registration => judge.by(|slot| slot as u64),
            Key::LeastCpu => judge.by(|slot| u64::from(rows[slot].cpu)),
            Key::LeastMemory => judge.by(|slot| u64::from(rows[slot].memory_mib)),
            Key::Tightest(weights) => judge.by(|slot| weights.dot_product(&rows[slot])),
            Key::Roomiest(weights) => {
                judge.by(|slot| FitWeights::UPPER_BOUND - weights.dot_product(&rows[slot]))
            }
            Key::FewestOnInstance => judge.by(|slot| u64::from(group.on_instance(slot))),
            Key::FewestInZone => judge.by(|slot| u64::from(group.in_zone(rows[slot].zone))),
            Key::FewestOnAttribute(name) => {
                let counts = attribute_counts(cluster, group, name);
                judge.by(|slot| counts[slot])
            }
        }
    }
}

/// A computation that is generic over the number a key gives.
trait Judge<R> {
    fn by(self, number: impl Fn(usize) -> u64) -> R;
}

/// The number of the instance in one slot.
struct Number(usize);

impl Judge<u64> for Number {
    fn by(self, number: impl Fn(usize) -> u64) -> u64 {
        number(self.0)
    }
}

/// Leaves in `slots` the admitted instances that are best by `key`, in order of their slots.
pub(super) fn best_of_all(filter: &Filter<'_>, key: &Key, slots: &mut Vec<u32>) {
    slots.clear();
    key.with(filter.cluster, filter.request.group, BestOfAll { filter, slots });
}

struct BestOfAll<'a> {
    filter: &'a Filter<'a>,
    slots: &'a mut Vec<u32>,
}

impl Judge<()> for BestOfAll<'_> {
    fn by(self, number: impl Fn(usize) -> u64) {
        let mut best = u64::MAX;
        for slot in 0..self.filter.cluster.free_rows.len() {
            if !self.filter.admits(slot) {
                continue;
            }
            let value = number(slot);
            if value < best {
                best = value;
                self.slots.clear();
            }
            if value == best {
                self.slots.push(slot as u32);
            }
        }
    }
}

/// Keeps the best by `key` of those in `slots` (PLC-3).
pub(super) fn narrow(cluster: &Cluster, group: TaskGroupId, key: &Key, slots: &mut Vec<u32>) {
    key.with(cluster, group, Narrow { slots });
}

struct Narrow<'a> {
    slots: &'a mut Vec<u32>,
}

impl Judge<()> for Narrow<'_> {
    fn by(self, number: impl Fn(usize) -> u64) {
        let best = self.slots.iter().map(|slot| number(*slot as usize)).min();
        self.slots.retain(|slot| Some(number(*slot as usize)) == best);
    }
}

/// For each slot the tasks of the group that share its value of the attribute.
fn attribute_counts(cluster: &Cluster, group: &crate::model::views::TaskGroup, name: &str) -> Vec<u64> {
    let mut by_value = std::collections::BTreeMap::new();
    // A slot may be that of an instance which is gone.
    let value_of = |slot: usize| cluster.instances[cluster.instances.id_in_slot(slot)?].attributes.get(name);
    for slot in 0..cluster.free_rows.len() {
        *by_value.entry(value_of(slot)).or_insert(0) += u64::from(group.on_instance(slot));
    }
    (0..cluster.free_rows.len())
        .map(|slot| value_of(slot).map_or(u64::MAX - 1, |value| by_value[&Some(value)]))
        .collect()
}

/// The zone with the fewest tasks among those given, ties to the first.
pub(super) fn fewest(zones: impl Iterator<Item = (ZoneId, u32)>) -> Option<ZoneId> {
    zones.min_by_key(|(zone, count)| (*count, *zone)).map(|(zone, _)| zone)
}
