//! Where a group launches next, and how it keeps its zones level (ASG-1, ASG-2).

use std::cmp::Reverse;

use super::purchase::has_room;
use crate::model::auto_scaling_group::{AutoScalingGroup, ZoneDistribution};
use crate::model::{AutoScalingGroupId, Cluster, ZoneId};

/// How many instances of a group count in each zone of the cluster.
fn held_by_zone(cluster: &Cluster, group: &AutoScalingGroup) -> Vec<u32> {
    let mut held = vec![0u32; cluster.zones.len()];
    for id in cluster.counting_instances(group.pool) {
        held[cluster.instances[id].zone.index()] += 1;
    }
    held
}

/// How much more a zone holds than it should, to be compared: a zone that the group left should hold nothing (ASG-2).
fn surplus(group: &AutoScalingGroup, zone: ZoneId, held: u32) -> (bool, u32) {
    (held > 0 && !group.settings.zones.contains(&zone), held)
}

/// Where a group would launch to come nearer to its balance, `moves` instances being on their way already: the zone
/// with the fewest that can launch, where another holds at least two more, or where the group left a zone (ASG-2).
#[must_use]
pub fn rebalances_to(cluster: &Cluster, id: AutoScalingGroupId, moves: u32) -> Option<ZoneId> {
    let group = cluster.auto_scaling_group(id);
    let mut held = held_by_zone(cluster, group);
    let fullest = |held: &[u32]| {
        let zones = (0..held.len()).map(|zone| ZoneId(zone as u16));
        zones.max_by_key(|zone| (surplus(group, *zone, held[zone.index()]), Reverse(*zone)))
    };
    for _ in 0..moves {
        let from = fullest(&held)?;
        held[from.index()] = held[from.index()].saturating_sub(1);
    }
    let from = fullest(&held)?;
    let open = group.settings.zones.iter().copied().filter(|zone| has_room(cluster, id, *zone));
    let to = open.min_by_key(|zone| held[zone.index()])?; // the first of equals, in the order of the group
    let (left, _) = surplus(group, from, held[from.index()]);
    (left || held[from.index()] >= held[to.index()] + 2).then_some(to)
}

/// The zone in which a group launches now (ASG-1); none if it must wait.
#[must_use]
pub fn launches_in(cluster: &Cluster, group: AutoScalingGroupId) -> Option<ZoneId> {
    let mut order = launch_order(cluster, group).into_iter();
    match cluster.auto_scaling_group(group).settings.zone_distribution {
        ZoneDistribution::BalancedBestEffort => order.find(|zone| has_room(cluster, group, *zone)),
        ZoneDistribution::BalancedOnly => order.next().filter(|zone| has_room(cluster, group, *zone)),
    }
}

/// The zones of a group in the order in which it would launch there: the one with the fewest of its instances first,
/// ties in the order in which the group names them (ASG-1).
#[must_use]
pub fn launch_order(cluster: &Cluster, group: AutoScalingGroupId) -> Vec<ZoneId> {
    let group = cluster.auto_scaling_group(group);
    let held = held_by_zone(cluster, group);
    let mut zones = group.settings.zones.clone();
    zones.sort_by_key(|zone| held[zone.index()]); // a stable sort keeps the order of the group
    zones
}
