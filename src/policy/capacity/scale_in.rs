//! Which instance of a group goes first when it scales in (ASG-5, CAS-11).

use std::cmp::Reverse;

use super::purchase::{held_by_market, on_demand_of};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{Market, TerminationPolicy};
use crate::model::task::Capacity;
use crate::model::{AutoScalingGroupId, Cluster, InstanceId, TaskId};

const HOUR_MS: u64 = 3_600_000;

/// The instances of which one goes next, the oldest first: of those that are not protected, the ones in the zone that
/// holds most of the group, or in one that it left, there those of the market of which it has too many (ASG-6), and of
/// these what its termination policies leave. None if all are
/// protected (ASG-5).
#[must_use]
pub fn candidates(cluster: &Cluster, group: AutoScalingGroupId, now: SimTime) -> Vec<InstanceId> {
    let pool = cluster.auto_scaling_group(group).pool;
    let open = cluster.counting_instances(pool).filter(|id| !cluster.instances[*id].protected_from_scale_in);
    choose_among(cluster, group, now, open.collect())
}

/// What zones and termination policies leave of `open`, the oldest first.
#[must_use]
pub fn choose_among(
    cluster: &Cluster,
    group: AutoScalingGroupId,
    now: SimTime,
    mut open: Vec<InstanceId>,
) -> Vec<InstanceId> {
    let group = cluster.auto_scaling_group(group);
    let mut held = vec![0u32; cluster.zones.len()];
    for id in cluster.counting_instances(group.pool) {
        held[cluster.instances[id].zone.index()] += 1;
    }
    let fullness = |id: &InstanceId| {
        let zone = cluster.instances[*id].zone;
        (!group.settings.zones.contains(&zone), held[zone.index()], Reverse(zone))
    };
    keep_greatest(&mut open, fullness);
    if group.settings.distribution.buys_spot() {
        let by_market = held_by_market(cluster, group);
        let total = (by_market[0] + by_market[1]).saturating_sub(1);
        let on_demand = on_demand_of(&group.settings.distribution, total);
        let too_many = if by_market[0] > on_demand { Market::OnDemand } else { Market::Spot };
        keep_greatest(&mut open, |id| cluster.instances[*id].market == too_many);
    }
    for policy in &group.settings.termination_policies {
        apply_policy(cluster, now, *policy, &mut open);
    }
    open.sort_by_key(|id| (cluster.instances[*id].launched_at, cluster.instances[*id].ordinal));
    open
}

fn apply_policy(cluster: &Cluster, now: SimTime, policy: TerminationPolicy, open: &mut Vec<InstanceId>) {
    let of = |id: &InstanceId| &cluster.instances[*id];
    match policy {
        TerminationPolicy::Default => {
            apply_policy(cluster, now, TerminationPolicy::OldestLaunchTemplate, open);
            apply_policy(cluster, now, TerminationPolicy::ClosestToNextInstanceHour, open);
        }
        TerminationPolicy::AllocationStrategy | TerminationPolicy::OldestLaunchConfiguration => {}
        TerminationPolicy::OldestLaunchTemplate => keep_greatest(open, |id| Reverse(of(id).launch_version)),
        TerminationPolicy::ClosestToNextInstanceHour => {
            keep_greatest(open, |id| (now - of(id).launched_at.unwrap_or(SimTime::ZERO)).0 % HOUR_MS);
        }
        TerminationPolicy::NewestInstance => keep_greatest(open, |id| of(id).launched_at),
        TerminationPolicy::OldestInstance => keep_greatest(open, |id| Reverse(of(id).launched_at)),
    }
}

/// Keeps those with the greatest key.
fn keep_greatest<K: Ord>(open: &mut Vec<InstanceId>, key: impl Fn(&InstanceId) -> K) {
    if let Some(greatest) = open.iter().map(&key).max() {
        open.retain(|id| key(id) == greatest);
    }
}

/// The instances of a group that hold no task but those of DAEMON services (SVC-6, CAS-11).
pub fn empty_instances(
    cluster: &Cluster,
    group: AutoScalingGroupId,
) -> impl Iterator<Item = InstanceId> + '_ {
    let pool = cluster.auto_scaling_group(group).pool;
    cluster.counting_instances(pool).filter(|id| !is_busy(cluster, *id))
}

/// Whether an instance holds a task of another kind than DAEMON, so that termination protection keeps it (CAS-11).
#[must_use]
pub fn is_busy(cluster: &Cluster, id: InstanceId) -> bool {
    cluster.instances[id].tasks.iter().any(|task| !is_daemon_task(cluster, *task))
}

/// Whether an instance counts as needed: it holds a task that a capacity provider knows of, which are neither those of
/// DAEMON services nor those with a launch type (CAS-3, SVC-6, CAP-10).
#[must_use]
pub fn is_needed(cluster: &Cluster, id: InstanceId) -> bool {
    cluster.instances[id].tasks.iter().any(|task| {
        matches!(cluster.tasks[*task].capacity, Capacity::AutoScaling(_)) && !is_daemon_task(cluster, *task)
    })
}

pub(super) fn is_daemon_task(cluster: &Cluster, task: TaskId) -> bool {
    cluster.tasks[task].service().is_some_and(|service| cluster.service(service).is_daemon())
}
