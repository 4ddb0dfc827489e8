//! Which instance of a group goes first when it scales in (ASG-5, CAS-11).

use std::cmp::Reverse;

use super::purchase::{held_by_market, on_demand_of};
use crate::model::auto_scaling_group::Market;
use crate::model::{AutoScalingGroupId, Cluster, InstanceId};

/// The next instance to go: of those that are not protected, one in the zone that holds most of the group, there one of
/// the market of which the group has too many (ASG-6), and of these the oldest. `None` if all are protected (ASG-5).
#[must_use]
pub fn next_to_go(cluster: &Cluster, group: AutoScalingGroupId) -> Option<InstanceId> {
    let pool = cluster.auto_scaling_group(group).pool;
    let mut held = vec![0u32; cluster.zones.len()];
    for id in cluster.counting_instances(pool) {
        held[cluster.instances[id].zone.index()] += 1;
    }
    let distribution = &cluster.auto_scaling_group(group).settings.distribution;
    let by_market = held_by_market(cluster, cluster.auto_scaling_group(group));
    let on_demand = on_demand_of(distribution, (by_market[0] + by_market[1]).saturating_sub(1));
    let is_too_many = |market: Market| (market == Market::OnDemand) == (by_market[0] > on_demand);
    let open = cluster.counting_instances(pool).filter(|id| !cluster.instances[*id].protected_from_scale_in);
    open.max_by_key(|id| {
        let instance = &cluster.instances[*id];
        (
            held[instance.zone.index()],
            is_too_many(instance.market),
            Reverse((instance.zone, instance.launched_at, instance.ordinal)),
        )
    })
}

/// The instances of a group that hold no task but those of DAEMON services (SVC-6, CAS-11).
pub fn empty_instances(
    cluster: &Cluster,
    group: AutoScalingGroupId,
) -> impl Iterator<Item = InstanceId> + '_ {
    let pool = cluster.auto_scaling_group(group).pool;
    cluster.counting_instances(pool).filter(|id| !is_busy(cluster, *id))
}

/// Whether an instance holds a task of another kind than DAEMON (CAS-3).
#[must_use]
pub fn is_busy(cluster: &Cluster, id: InstanceId) -> bool {
    cluster.instances[id].tasks.iter().any(|task| {
        let service = cluster.tasks[*task].service();
        service.is_none_or(|service| !cluster.service(service).is_daemon())
    })
}
