//! `binpack` by the order that the cluster keeps, so that not every instance is looked at.

use super::PlacementRequest;
use super::filter::Filter;
use crate::model::placement::{BinpackField, PlacementRule, PlacementStrategy, SpreadField, leading_binpack};
use crate::model::views::{Alike, FreeOrder};
use crate::model::{Cluster, ZoneId};

/// A chain that packs at once, or after spreading over zones, and the order to pack by.
#[derive(Clone, Copy)]
pub(super) struct PackedChain<'a> {
    order: &'a FreeOrder,
    by_zone: bool,
    /// How many strategies the order answers; those that follow break the ties it leaves.
    pub(super) answers: usize,
}

impl<'a> PackedChain<'a> {
    /// The chain of a request, if it is such a one and the order is kept.
    pub(super) fn of(cluster: &'a Cluster, request: &PlacementRequest<'_>) -> Option<PackedChain<'a>> {
        let PlacementRule::Ecs = request.rule else { return None };
        let (first, field) = leading_binpack(request.strategies)?;
        let by_zone = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
        Some(PackedChain {
            order: cluster.order_by(field)?,
            by_zone: request.strategies[..first].contains(&by_zone),
            answers: first + 1,
        })
    }

    /// Whether no strategy is left to break the ties it leaves.
    pub(super) fn answers_all(self, request: &PlacementRequest<'_>) -> bool {
        request.strategies[self.answers..].iter().all(|strategy| *strategy == PlacementStrategy::Random)
    }

    /// The same as [`PackedChain::best`] for a request that asks for cpu and memory alone, so that those that are alike need
    /// not be looked at one by one. None where nothing is admitted, or too many kinds are equally good.
    pub(super) fn ties(self, filter: &Filter<'_>, zones: &mut Vec<(u32, ZoneId)>) -> Option<Ties<'a>> {
        let mut ties = Ties { kinds: [&[]; KINDS], used: 0 };
        let mut least = u32::MAX;
        for tied in self.sort_zones(filter, zones).chunk_by(|one, next| one.0 == next.0) {
            let mut fits = true;
            for (_, zone) in tied {
                self.each_alike(filter, *zone, &mut least, |alike, is_less| {
                    if is_less {
                        (ties.used, fits) = (0, true);
                    }
                    match ties.kinds.get_mut(ties.used) {
                        Some(place) => {
                            *place = alike.slots;
                            ties.used += 1;
                        }
                        None => fits = false,
                    }
                    true
                });
            }
            if ties.used > 0 {
                return fits.then_some(ties);
            }
        }
        None
    }

    /// Leaves in `slots` the admitted instances that are best by the strategies it answers, in order of their slots.
    /// `zones` is room to sort in.
    pub(super) fn best(self, filter: &Filter<'_>, zones: &mut Vec<(u32, ZoneId)>, slots: &mut Vec<u32>) {
        slots.clear();
        let mut least = u32::MAX;
        for tied in self.sort_zones(filter, zones).chunk_by(|one, next| one.0 == next.0) {
            for (_, zone) in tied {
                self.each_alike(filter, *zone, &mut least, |alike, is_less| {
                    let admits = |slot: &u32| filter.admits(*slot as usize);
                    let Some(first) = alike.slots.iter().position(admits) else { return false };
                    if is_less {
                        slots.clear();
                    }
                    slots.extend(alike.slots[first..].iter().copied().filter(admits));
                    true
                });
            }
            if !slots.is_empty() {
                slots.sort_unstable();
                return;
            }
        }
    }

    /// The zones that the request allows, those with the fewest tasks of its group first where that counts.
    fn sort_zones<'z>(
        self,
        Filter { cluster, request, group, .. }: &Filter<'_>,
        zones: &'z mut Vec<(u32, ZoneId)>,
    ) -> &'z [(u32, ZoneId)] {
        let all = (0..cluster.zones.len()).map(|zone| ZoneId(zone as u16));
        let allowed = all.filter(|zone| request.requirements.are_in_zone(*zone));
        zones.clear();
        zones.extend(allowed.map(|zone| (if self.by_zone { group.in_zone(zone) } else { 0 }, zone)));
        zones.sort_unstable();
        zones
    }

    /// Shows instances of a zone that have the cpu and memory and no more free than `least`, which goes down to what those
    /// have that `takes` accepts; it is told whether they have less than all before.
    fn each_alike(
        self,
        filter: &Filter<'_>,
        zone: ZoneId,
        least: &mut u32,
        mut takes: impl FnMut(Alike<'a>, bool) -> bool,
    ) {
        let demand = filter.request.demand;
        let (this, other) = match self.order.field() {
            BinpackField::Cpu => (demand.cpu, demand.memory_mib),
            BinpackField::Memory => (demand.memory_mib, demand.cpu),
        };
        for class in self.order.with_at_least(zone, this, other) {
            for alike in class {
                if alike.this > *least {
                    break;
                }
                if alike.other >= other && takes(alike, alike.this < *least) {
                    *least = alike.this;
                }
            }
        }
    }
}

/// So many kinds of instances are compared without a list: those of several zones, or with other amounts of the resource
/// that is not packed.
const KINDS: usize = 16;

/// Instances that are equally good, by kinds of which each is in order of slots.
pub(super) struct Ties<'a> {
    kinds: [&'a [u32]; KINDS],
    used: usize,
}

impl Ties<'_> {
    fn kinds(&self) -> &[&[u32]] {
        &self.kinds[..self.used]
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.kinds().iter().map(|slots| slots.len() as u32).sum()
    }

    /// The slot at a place, counting from 0, in the order of all slots.
    pub(super) fn at(&self, place: u32) -> u32 {
        if let [slots] = self.kinds() {
            return slots[place as usize];
        }
        let last = self.kinds().iter().filter_map(|slots| slots.last()).max();
        let (mut low, mut high) = (0, last.copied().unwrap_or(0));
        while low < high {
            let middle = low + (high - low) / 2;
            let up_to = |slots: &&[u32]| slots.partition_point(|slot| *slot <= middle) as u32;
            if self.kinds().iter().map(up_to).sum::<u32>() > place { high = middle } else { low = middle + 1 }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_among_several_kinds_is_that_in_the_order_of_all_slots() {
        let mut kinds: [&[u32]; KINDS] = [&[]; KINDS];
        (kinds[0], kinds[1], kinds[2]) = (&[3, 8, 9], &[0], &[5, 12]);
        let ties = Ties { kinds, used: 3 };
        let all: Vec<u32> = (0..ties.len()).map(|place| ties.at(place)).collect();
        assert_eq!(all, [0, 3, 5, 8, 9, 12]);
        assert_eq!(Ties { kinds, used: 1 }.at(1), 8);
    }
}
