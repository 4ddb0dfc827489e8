//! Chains of strategies under which many instances are equally good: spread over zones, over instances, `random`.
//!
//! Under `tie_break: seeded_random` (PLC-9) the choice among the best instances is this: up to [`TRIES`] times a slot is
//! drawn, and the first that is among the best is taken; if none is, one more draw among the best, in order of slots. Each of
//! the best is then chosen equally often. What counts tasks tells a lower limit of what any instance can have, and a drawn
//! instance that has no more is among the best for certain, whatever the others are.

use super::filter::Filter;
use super::{Cluster, PlacementRequest};
use crate::model::parameters::RunTaskDefault;
use crate::model::placement::{PlacementRule, PlacementStrategy, SpreadField};
use crate::model::views::TaskGroup;
use crate::model::{PoolId, ZoneId};

/// How often a slot is drawn before the instances are looked at one by one.
const TRIES: usize = 32;

/// What fewest tasks are wanted of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fewest {
    InZone,
    OnInstance,
}

/// A chain of which no more counts than these, the first before the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct DenseChain {
    first: Option<Fewest>,
    second: Option<Fewest>,
}

impl DenseChain {
    /// The chain that a request stands for, if it is one of these. It depends on the request alone.
    pub(super) fn of(cluster: &Cluster, request: &PlacementRequest<'_>) -> Option<DenseChain> {
        let PlacementRule::Ecs = request.rule else { return None };
        let mut chain = DenseChain::default();
        match (request.strategies, request.for_service, cluster.parameters.runtask_default()) {
            ([], true, _) => {
                chain.then(Fewest::InZone);
                chain.then(Fewest::OnInstance);
            }
            ([], false, RunTaskDefault::Random) => {}
            ([], false, RunTaskDefault::SpreadZones) => chain.then(Fewest::InZone),
            (strategies, ..) => {
                for strategy in strategies {
                    match strategy {
                        PlacementStrategy::Random => {}
                        PlacementStrategy::Spread(SpreadField::AvailabilityZone) => {
                            chain.then(Fewest::InZone)
                        }
                        PlacementStrategy::Spread(SpreadField::Instance) => chain.then(Fewest::OnInstance),
                        PlacementStrategy::Spread(SpreadField::Attribute(_))
                        | PlacementStrategy::Binpack(_) => {
                            return None;
                        }
                    }
                }
            }
        }
        Some(chain)
    }

    /// A strategy that stands in the list before breaks no tie.
    fn then(&mut self, fewest: Fewest) {
        if self.first.is_none() {
            self.first = Some(fewest);
        } else if self.first != Some(fewest) {
            self.second = Some(fewest);
        }
    }

    fn counts_on_instances(self) -> bool {
        [self.first, self.second].contains(&Some(Fewest::OnInstance))
    }

    /// One number for the whole chain, the smaller the better.
    #[inline]
    fn rank(self, in_zone: u32, on_instance: u32) -> u64 {
        let number = |fewest| match fewest {
            None => 0,
            Some(Fewest::InZone) => u64::from(in_zone),
            Some(Fewest::OnInstance) => u64::from(on_instance),
        };
        number(self.first) << 32 | number(self.second)
    }

    #[inline]
    fn rank_of(self, group: &TaskGroup, zone: ZoneId, slot: usize) -> u64 {
        self.rank(group.in_zone(zone), group.on_instance(slot))
    }

    /// A number that no admitted instance can be below; none where there can be no admitted instance.
    fn limit(self, filter: &Filter<'_>) -> Option<u64> {
        let Filter { cluster, request, group, .. } = *filter;
        let zones = (0..cluster.zones.len()).map(|zone| ZoneId(zone as u16));
        zones
            .filter(|zone| request.requirements.are_in_zone(*zone))
            .filter_map(|zone| {
                if cluster.open_rows.in_zone(request.pool, zone) == 0 {
                    return None;
                }
                let counts = self.counts_on_instances() || filter.distinct_instance;
                let open_rows = cluster.open_rows.in_zone(None, zone);
                let least = if counts { group.least_on_instance(zone, open_rows) } else { 0 };
                let all_are_taken = filter.distinct_instance && least > 0;
                (!all_are_taken).then(|| self.rank(group.in_zone(zone), least))
            })
            .min()
    }

    /// Draws slots until one is among the best for certain, and says which.
    pub(super) fn draw(
        self,
        filter: &Filter<'_>,
        draws: &mut Draws,
        pick: &mut impl FnMut(u32) -> u32,
    ) -> Option<u32> {
        let limit = self.limit(filter)?;
        let Filter { cluster, request, group, .. } = *filter;
        let slots = Population::of(cluster, request.pool);
        for _ in 0..TRIES {
            let slot = slots.at(pick(slots.len()));
            draws.slots[draws.made] = slot;
            draws.made += 1;
            let slot = slot as usize;
            if self.rank_of(group, cluster.free_rows[slot].zone, slot) == limit && filter.admits(slot) {
                return Some(slot as u32);
            }
        }
        None
    }

    /// The first of the best, in order of slots (`lowest_instance_id`).
    pub(super) fn first(self, filter: &Filter<'_>) -> Option<u32> {
        let limit = self.limit(filter)?;
        let Filter { cluster, group, .. } = *filter;
        let mut best = None;
        for (slot, row) in cluster.free_rows.iter().enumerate() {
            let rank = self.rank_of(group, row.zone, slot);
            if best.is_none_or(|(least, _)| rank < least) && filter.admits(slot) {
                best = Some((rank, slot as u32));
                if rank == limit {
                    break;
                }
            }
        }
        best.map(|(_, slot)| slot)
    }
}

/// The slots of which one is drawn: all of the cluster, or those of a pool.
enum Population<'a> {
    All(u32),
    Pool(&'a [crate::model::InstanceId]),
}

impl Population<'_> {
    fn of(cluster: &Cluster, pool: Option<PoolId>) -> Population<'_> {
        match pool {
            None => Population::All(cluster.free_rows.len() as u32),
            Some(pool) => Population::Pool(&cluster.pools[pool.index()].instances),
        }
    }

    fn len(&self) -> u32 {
        match self {
            Population::All(slots) => *slots,
            Population::Pool(instances) => instances.len() as u32,
        }
    }

    fn at(&self, drawn: u32) -> u32 {
        match self {
            Population::All(_) => drawn,
            Population::Pool(instances) => instances[drawn as usize].slot() as u32,
        }
    }
}

/// The slots that were drawn, in order.
#[derive(Default)]
pub(super) struct Draws {
    slots: [u32; TRIES],
    made: usize,
}

impl Draws {
    /// The first drawn one that is among `best`, which stand in order of slots.
    pub(super) fn first_among(&self, best: &[u32]) -> Option<u32> {
        self.slots[..self.made].iter().copied().find(|slot| best.binary_search(slot).is_ok())
    }
}
