//! What a group buys next: on demand or Spot, in which zone, of which type (ASG-1, ASG-6 to ASG-8, ASG-11).

use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{
    AutoScalingGroup, InstancesDistribution, Market, OnDemandAllocation, SpotAllocation, ZoneDistribution,
};
use crate::model::{AutoScalingGroupId, Cluster, ZoneId};

use super::zones::launch_order;

/// An instance that a group would launch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purchase {
    /// How it is paid for.
    pub market: Market,
    /// Where.
    pub zone: ZoneId,
    /// Which of the group's kinds.
    pub kind: usize,
}

/// How many of `total` instances are to be on demand (ASG-6): the base first, and of what is above it the percentage,
/// rounded up.
#[must_use]
pub fn on_demand_of(distribution: &InstancesDistribution, total: u32) -> u32 {
    let base = total.min(distribution.on_demand_base_capacity);
    let share = u64::from(total - base) * u64::from(distribution.on_demand_percentage_above_base_capacity);
    base + share.div_ceil(100) as u32
}

/// The instances of a group by market that count towards its desired capacity.
#[must_use]
pub fn held_by_market(cluster: &Cluster, group: &AutoScalingGroup) -> [u32; 2] {
    let mut held = [0; 2];
    for id in cluster.counting_instances(group.pool) {
        held[cluster.instances[id].market as usize] += 1;
    }
    held
}

/// What a group that is to hold `wanted` instances, beside those it launched `ahead` of terminations, buys next. Of the markets that it lacks instances of, on demand goes
/// first; then the zones in the order of their balance, and the kinds there in the order of the allocation strategy, as far
/// as there is capacity. `None` where there is none (ASG-11).
#[must_use]
pub fn next(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    (wanted, ahead): (u32, u32),
    now: SimTime,
) -> Option<Purchase> {
    let group = cluster.auto_scaling_group(id);
    let on_demand = on_demand_of(&group.settings.distribution, group.desired_capacity.min(wanted) + ahead);
    let targets = [on_demand, wanted + ahead - on_demand];
    let held = held_by_market(cluster, group);
    let mut zones = launch_order(cluster, id);
    if group.settings.zone_distribution == ZoneDistribution::BalancedOnly {
        zones.truncate(1); // it keeps trying there (ASG-1)
    }
    let lacking = [Market::OnDemand, Market::Spot].into_iter();
    let lacking = lacking.filter(|market| held[*market as usize] < targets[*market as usize]);
    for market in lacking {
        for zone in &zones {
            if let Some(kind) = kind_in(cluster, id, market, *zone, now) {
                return Some(Purchase { market, zone: *zone, kind });
            }
        }
    }
    None
}

/// What a group buys in a zone that was chosen for it, ahead of a termination or for a warm pool: of the market that it
/// lacks with one instance more. `None` where the zone has none of it (ASG-11).
#[must_use]
pub fn in_zone(cluster: &Cluster, id: AutoScalingGroupId, zone: ZoneId, now: SimTime) -> Option<Purchase> {
    let market = market_of_one_more(cluster, id);
    kind_in(cluster, id, market, zone, now).map(|kind| Purchase { market, zone, kind })
}

/// Whether a zone has what a group would buy there with one instance more.
#[must_use]
pub fn has_room(cluster: &Cluster, id: AutoScalingGroupId, zone: ZoneId) -> bool {
    let market = market_of_one_more(cluster, id);
    let kinds = &cluster.auto_scaling_group(id).settings.kinds;
    kinds.iter().any(|kind| cluster.room_for(kind, zone, market) > 0)
}

fn market_of_one_more(cluster: &Cluster, id: AutoScalingGroupId) -> Market {
    let group = cluster.auto_scaling_group(id);
    let held = held_by_market(cluster, group);
    let on_demand = on_demand_of(&group.settings.distribution, held[0] + held[1] + 1);
    if held[0] < on_demand { Market::OnDemand } else { Market::Spot }
}

/// A kind that a zone can give.
struct Offer {
    kind: usize,
    room: u32,
    nano_usd_per_hour: u64,
    held: u32,
}

/// The kind that the strategy prefers of those of which a zone has some left.
fn kind_in(
    cluster: &Cluster,
    id: AutoScalingGroupId,
    market: Market,
    zone: ZoneId,
    now: SimTime,
) -> Option<usize> {
    let group = cluster.auto_scaling_group(id);
    let kinds = &group.settings.kinds;
    let distribution = &group.settings.distribution;
    if market == Market::OnDemand && distribution.on_demand_allocation == OnDemandAllocation::Prioritized {
        return (0..kinds.len()).find(|kind| cluster.room_for(&kinds[*kind], zone, market) > 0);
    }
    let offers = kinds.iter().enumerate().map(|(index, kind)| Offer {
        kind: index,
        room: cluster.room_for(kind, zone, market),
        nano_usd_per_hour: match market {
            Market::OnDemand => kind.on_demand_nano_usd_per_hour,
            Market::Spot => cluster.spot_price(id, kind, zone).nano_usd_per_hour_at(now),
        },
        held: held_of(cluster, group, index, zone, market),
    });
    let mut offers: Vec<Offer> = offers.collect();
    match market {
        Market::OnDemand => offers.sort_by_key(|offer| offer.nano_usd_per_hour), // stable: then in list order
        Market::Spot => order_spot(&mut offers, distribution.spot_allocation, deep_share(cluster)),
    }
    offers.iter().find(|offer| offer.room > 0).map(|offer| offer.kind)
}

fn deep_share(cluster: &Cluster) -> f64 {
    *cluster.parameters.spot_deep_share()
}

/// Puts offers in the order in which a strategy takes them (ASG-8).
fn order_spot(offers: &mut [Offer], strategy: SpotAllocation, deep_share: f64) {
    let deepest = offers.iter().map(|offer| offer.room).max().unwrap_or(0);
    let shallow = |offer: &Offer| f64::from(offer.room) < f64::from(deepest) * deep_share;
    match strategy {
        SpotAllocation::LowestPrice { pools } => {
            offers.sort_by_key(|offer| offer.nano_usd_per_hour);
            // The cheapest pools that have something are filled evenly; the others stand in for them.
            offers.sort_by_key(|offer| offer.room == 0);
            let cheapest = offers.len().min(pools as usize);
            offers[..cheapest].sort_by_key(|offer| (offer.room == 0, offer.held));
        }
        SpotAllocation::CapacityOptimized => offers.sort_by_key(|offer| std::cmp::Reverse(offer.room)),
        SpotAllocation::CapacityOptimizedPrioritized => offers.sort_by_key(|offer| match shallow(offer) {
            false => (0, 0),
            true => (1, u32::MAX - offer.room),
        }),
        SpotAllocation::PriceCapacityOptimized => offers.sort_by_key(|offer| match shallow(offer) {
            false => (0, offer.nano_usd_per_hour),
            true => (1, u64::from(u32::MAX - offer.room)),
        }),
    }
}

/// How many instances of a kind a group holds in a zone.
fn held_of(cluster: &Cluster, group: &AutoScalingGroup, kind: usize, zone: ZoneId, market: Market) -> u32 {
    let instance_type = &group.settings.kinds[kind].instance_type;
    let here = cluster.counting_instances(group.pool).filter(|id| {
        let instance = &cluster.instances[*id];
        instance.zone == zone && instance.market == market && instance.instance_type == *instance_type
    });
    here.count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(strategy: SpotAllocation, offers: &[(u32, u64, u32)]) -> Vec<usize> {
        let of = |(kind, (room, nano_usd_per_hour, held)): (usize, &(u32, u64, u32))| Offer {
            kind,
            room: *room,
            nano_usd_per_hour: *nano_usd_per_hour,
            held: *held,
        };
        let mut offers: Vec<Offer> = offers.iter().enumerate().map(of).collect();
        order_spot(&mut offers, strategy, 0.5);
        offers.iter().map(|offer| offer.kind).collect()
    }

    fn distribution(base: u32, percent: u32) -> InstancesDistribution {
        InstancesDistribution {
            on_demand_base_capacity: base,
            on_demand_percentage_above_base_capacity: percent,
            ..InstancesDistribution::default()
        }
    }

    /// ASG-6, the rule book's example: base 2 and 30 percent of the 7 above it, 2.1 rounded up to 3: 5 of 9.
    #[test]
    fn the_base_comes_first_and_the_share_above_it_is_rounded_up() {
        assert_eq!(on_demand_of(&distribution(2, 30), 9), 5);
        assert_eq!(on_demand_of(&distribution(2, 30), 1), 1, "all of the base");
        assert_eq!(on_demand_of(&distribution(0, 0), 9), 0);
        assert_eq!(on_demand_of(&distribution(4, 100), 9), 9);
        // 1 % of one instance is one instance
        assert_eq!(on_demand_of(&distribution(0, 1), 1), 1);
    }

    /// Rooms 10, 4, 6 and 1 at prices 3, 1, 2 and 0: half of the deepest is 5.
    const OFFERS: [(u32, u64, u32); 4] = [(10, 3, 0), (4, 1, 0), (6, 2, 0), (1, 0, 0)];

    #[test]
    fn capacity_optimized_takes_the_deepest_pool() {
        assert_eq!(order(SpotAllocation::CapacityOptimized, &OFFERS), [0, 2, 1, 3]);
    }

    #[test]
    fn prioritized_keeps_the_order_of_the_list_among_deep_pools() {
        let offers = [(6, 3, 0), (4, 1, 0), (10, 2, 0), (1, 0, 0)];
        assert_eq!(order(SpotAllocation::CapacityOptimizedPrioritized, &offers), [0, 2, 1, 3]);
    }

    #[test]
    fn price_capacity_optimized_takes_the_cheapest_of_the_deep_pools() {
        assert_eq!(order(SpotAllocation::PriceCapacityOptimized, &OFFERS), [2, 0, 1, 3]);
    }

    /// The two cheapest with something left are 1 and 2; the one that holds less of the group goes first.
    #[test]
    fn lowest_price_fills_the_cheapest_pools_evenly() {
        let strategy = SpotAllocation::LowestPrice { pools: 2 };
        let held = |first, second| [(10, 3, 0), (4, 1, first), (6, 2, second), (0, 0, 0)];
        assert_eq!(order(strategy, &held(0, 0))[..2], [1, 2]);
        assert_eq!(order(strategy, &held(1, 0))[..2], [2, 1]);
        assert_eq!(order(SpotAllocation::LowestPrice { pools: 1 }, &held(1, 0)), [1, 2, 0, 3]);
    }
}
