//! Which tasks a service stops where any of several would do (PLC-16..18, CAP-6).

use std::collections::BTreeMap;

use super::active_tasks;
use crate::model::placement::{BinpackField, PlacementStrategy};
use crate::model::service::Service;
use crate::model::task::{Host, Task, TaskStatus};
use crate::model::{Cluster, TaskId};
use crate::policy::capacity::largest_surplus;

/// Picks `count` of `candidates` to stop: tasks not RUNNING, then not healthy (PLC-18), then on DRAINING instances, then from the provider
/// with the largest surplus (CAP-6), then by the strategy: binpack empties the instance with most room left
/// (PLC-16), all others the fullest zone and in it the fullest instance (PLC-17); the youngest task among equals.
pub(in crate::policy) fn choose_stops(
    cluster: &Cluster,
    service: &Service,
    mut candidates: Vec<TaskId>,
    count: usize,
) -> Vec<TaskId> {
    if count >= candidates.len() {
        return candidates;
    }
    let mut by_choice = service.active_by_choice.clone();
    let mut zones = BTreeMap::new();
    let mut hosts = BTreeMap::new();
    for task in active_tasks(cluster, service) {
        let host = cluster.tasks[task].host;
        *zones.entry(cluster.zone_of(host)).or_insert(0u32) += 1;
        *hosts.entry(slot_of(host)).or_insert(0u32) += 1;
    }
    let mut chosen = Vec::with_capacity(count);
    for _ in 0..count {
        let surplus = largest_surplus(&service.settings.capacity, &by_choice, service.settings.desired_count);
        let rank = |id: &TaskId| {
            let task = &cluster.tasks[*id];
            (
                task.last_status != TaskStatus::Running,
                !task.healthy,
                task.draining,
                service.settings.capacity.len() > 1 && surplus == Some(usize::from(task.choice)),
                room_left(cluster, service, task),
                zones[&cluster.zone_of(task.host)],
                hosts[&slot_of(task.host)],
                task.ordinal,
            )
        };
        let Some(best) = (0..candidates.len()).max_by_key(|index| rank(&candidates[*index])) else { break };
        let task = candidates.swap_remove(best);
        let Task { host, choice, .. } = cluster.tasks[task];
        zones.entry(cluster.zone_of(host)).and_modify(|count| *count -= 1);
        hosts.entry(slot_of(host)).and_modify(|count| *count -= 1);
        if let Some(active) = by_choice.get_mut(usize::from(choice)) {
            *active = active.saturating_sub(1);
        }
        chosen.push(task);
    }
    chosen
}

pub(super) fn slot_of(host: Host) -> Option<usize> {
    match host {
        Host::Instance(instance) => Some(instance.slot()),
        Host::Fargate(_) | Host::Unplaced(_) => None,
    }
}

/// For a service that packs: the free resource of the task's instance after it is gone. Otherwise the same for all.
fn room_left(cluster: &Cluster, service: &Service, task: &Task) -> u32 {
    let Host::Instance(instance) = task.host else { return 0 };
    let free = cluster.instances[instance].free.plus(task.reserved);
    match service.settings.strategies.first() {
        Some(PlacementStrategy::Binpack(BinpackField::Cpu)) => free.cpu,
        Some(PlacementStrategy::Binpack(BinpackField::Memory)) => free.memory_mib,
        Some(PlacementStrategy::Spread(_) | PlacementStrategy::Random) | None => 0,
    }
}
