//! Which tasks a service stops where any of several would do (PLC-16..18, CAP-6).

use super::{active_tasks, deployment_of};
use crate::model::placement::{BinpackField, PlacementStrategy};
use crate::model::service::Service;
use crate::model::task::{Host, Task, TaskStatus};
use crate::model::{Cluster, Resources, TaskId, ZoneId};
use crate::policy::capacity::fallback::active_by_choice_of;
use crate::policy::capacity::largest_surplus;

/// Picks `count` of `candidates` to stop: tasks not RUNNING, then not healthy (PLC-18), then on DRAINING instances, then from the provider
/// with the largest surplus (CAP-6), then by the strategy: binpack empties the instance with most room left
/// (PLC-16), all others the fullest zone and in it the fullest instance (PLC-17); the youngest task among equals.
/// Each is chosen as if those before it were gone: packed tasks leave whole instances, spread ones leave none (PLC-20).
pub(in crate::policy) fn choose_stops(
    cluster: &Cluster,
    service: &Service,
    candidates: Vec<TaskId>,
    count: usize,
) -> Vec<TaskId> {
    if count >= candidates.len() {
        return candidates;
    }
    if count == 0 {
        return Vec::new();
    }
    let packs = matches!(service.settings.strategies.first(), Some(PlacementStrategy::Binpack(_)));
    // Those of a task set are of it alone, and it has a strategy of its own (DEP-40).
    let set = candidates.first().and_then(|first| deployment_of(&cluster.tasks[*first]));
    let set = set.filter(|number| service.task_set(*number).is_some());
    let (capacity, wanted, mut by_choice) = match set {
        Some(number) => (
            service.capacity_of(number),
            service.own_count(number).unwrap_or(0),
            active_by_choice_of(cluster, service, number),
        ),
        None => {
            (&service.settings.capacity[..], service.settings.desired_count, service.active_by_choice.clone())
        }
    };
    let several = capacity.len() > 1;
    // Counts of the service by zone and by instance; the last of each is for tasks without one.
    let zone_of = |task: &Task| cluster.zone_of(task.host).map_or(cluster.zones.len(), ZoneId::index);
    let slot_of = |task: &Task| slot_of(task.host).unwrap_or(cluster.free_rows.len());
    let mut zones = vec![0u32; cluster.zones.len() + 1];
    let mut hosts = vec![0u32; cluster.free_rows.len() + 1];
    for task in active_tasks(cluster, service) {
        let task = &cluster.tasks[task];
        zones[zone_of(task)] += 1;
        hosts[slot_of(task)] += 1;
    }
    // What those chosen before leave free on each instance.
    let mut freed = vec![0u32; hosts.len()];
    let mut candidates: Vec<Candidate> = candidates
        .into_iter()
        .map(|id| {
            let task = &cluster.tasks[id];
            Candidate {
                id,
                is_weak: (task.last_status != TaskStatus::Running, !task.healthy, task.draining),
                choice: usize::from(task.choice),
                room_left: if packs { room_left(cluster, service, task) } else { 0 },
                size: packed_field(service, task.reserved),
                zone: zone_of(task),
                slot: slot_of(task),
                ordinal: task.ordinal,
            }
        })
        .collect();
    let mut chosen = Vec::with_capacity(count);
    for _ in 0..count {
        let surplus = match several {
            true => largest_surplus(capacity, &by_choice, wanted),
            false => None,
        };
        let rank = |one: &Candidate| {
            let in_surplus = surplus == Some(one.choice);
            let room_left = one.room_left + freed[one.slot];
            (one.is_weak, in_surplus, room_left, zones[one.zone], hosts[one.slot], one.ordinal)
        };
        let Some(best) = (0..candidates.len()).max_by_key(|index| rank(&candidates[*index])) else { break };
        let Candidate { id, choice, zone, slot, size, .. } = candidates.swap_remove(best);
        freed[slot] += size;
        zones[zone] -= 1;
        hosts[slot] -= 1;
        if let Some(active) = by_choice.get_mut(choice) {
            *active = active.saturating_sub(1);
        }
        chosen.push(id);
    }
    chosen
}

/// What the choice reads of a task that might be stopped.
struct Candidate {
    id: TaskId,
    /// Not RUNNING, not healthy, on a DRAINING instance.
    is_weak: (bool, bool, bool),
    choice: usize,
    room_left: u32,
    /// What it leaves free there.
    size: u32,
    zone: usize,
    slot: usize,
    ordinal: u64,
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
    packed_field(service, cluster.instances[instance].free.plus(task.reserved))
}

/// The resource by which a service packs; nothing for one that does not.
fn packed_field(service: &Service, of: Resources) -> u32 {
    match service.settings.strategies.first() {
        Some(PlacementStrategy::Binpack(BinpackField::Cpu)) => of.cpu,
        Some(PlacementStrategy::Binpack(BinpackField::Memory)) => of.memory_mib,
        Some(PlacementStrategy::Spread(_) | PlacementStrategy::Random) | None => 0,
    }
}
