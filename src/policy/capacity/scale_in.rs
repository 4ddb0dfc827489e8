//! Which instance of a group goes first when it scales in (ASG-5, CAS-11).

use std::cmp::Reverse;

use crate::model::task::Capacity;
use crate::model::{AutoScalingGroupId, Cluster, InstanceId, TaskId};

/// The next instance to go: of those that are not protected, one in the zone that holds most of the group, and there the
/// oldest. `None` if all are protected (ASG-5).
#[must_use]
pub fn next_to_go(cluster: &Cluster, group: AutoScalingGroupId) -> Option<InstanceId> {
    let pool = cluster.auto_scaling_group(group).pool;
    let mut held = vec![0u32; cluster.zones.len()];
    for id in cluster.counting_instances(pool) {
        held[cluster.instances[id].zone.index()] += 1;
    }
    let open = cluster.counting_instances(pool).filter(|id| !cluster.instances[*id].protected_from_scale_in);
    open.max_by_key(|id| {
        let instance = &cluster.instances[*id];
        (held[instance.zone.index()], Reverse((instance.zone, instance.launched_at, instance.ordinal)))
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

fn is_daemon_task(cluster: &Cluster, task: TaskId) -> bool {
    cluster.tasks[task].service().is_some_and(|service| cluster.service(service).is_daemon())
}
