//! Where a group launches next (ASG-1).

use crate::model::{AutoScalingGroupId, Cluster, ZoneId};

/// The zones of a group in the order in which it would launch there: the one with the fewest of its instances first,
/// ties in the order in which the group names them (ASG-1).
#[must_use]
pub fn launch_order(cluster: &Cluster, group: AutoScalingGroupId) -> Vec<ZoneId> {
    let group = cluster.auto_scaling_group(group);
    let mut held = vec![0u32; cluster.zones.len()];
    for id in cluster.counting_instances(group.pool) {
        held[cluster.instances[id].zone.index()] += 1;
    }
    let mut zones = group.settings.zones.clone();
    zones.sort_by_key(|zone| held[zone.index()]); // a stable sort keeps the order of the group
    zones
}
