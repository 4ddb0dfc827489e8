//! Repacking, which ECS does not offer: which instance of a provider to empty, because what runs there fits on the others.

use crate::model::auto_scaling_group::Lifecycle;
use crate::model::instance::{ContainerInstance, InstanceStatus};
use crate::model::placement::PlacementConstraint;
use crate::model::service::Service;
use crate::model::task::{DesiredStatus, Task, TaskStatus};
use crate::model::{CapacityProviderId, Cluster, InstanceId, Resources};
use crate::policy::placement::requirements::Requirements;

use super::scale_in::is_daemon_task;

/// The instance of the provider's group that holds least, if it holds less than `below_percent` of its CPU units and of its
/// memory, its tasks may move, and each fits on another instance. None while something waits, drains or starts in the group,
/// and none that would leave it with less than MinSize: what is about to change is not judged.
#[must_use]
pub fn instance_to_empty(
    cluster: &Cluster,
    provider: CapacityProviderId,
    below_percent: u32,
) -> Option<InstanceId> {
    let group = cluster.auto_scaling_group(cluster.capacity_provider(provider).group);
    if group.desired_capacity <= group.settings.min_size
        || !cluster.pools[group.pool.index()].waiting_tasks.is_empty()
    {
        return None;
    }
    let all: Vec<InstanceId> = cluster.counting_instances(group.pool).collect();
    let is_ready = |id: &InstanceId| {
        let found = &cluster.instances[*id];
        found.status == InstanceStatus::Active
            && found.agent_connected
            && found.lifecycle == Lifecycle::InService
    };
    let drains = |id: &InstanceId| cluster.instances[*id].status.is_draining();
    if !all.iter().all(is_ready) || cluster.pools[group.pool.index()].instances.iter().any(drains) {
        return None;
    }
    let emptiest = all.iter().copied().min_by_key(|id| (share_ppm(&cluster.instances[*id]), id.slot()))?;
    let is_low = share_ppm(&cluster.instances[emptiest]) < u64::from(below_percent) * 10_000;
    (is_low && may_move(cluster, emptiest) && fits_elsewhere(cluster, emptiest, &all)).then_some(emptiest)
}

/// What tasks reserve of an instance, in millionths: the larger of the shares of CPU and memory.
fn share_ppm(instance: &ContainerInstance) -> u64 {
    let share = |free: u32, all: u32| u64::from(all - free) * 1_000_000 / u64::from(all.max(1));
    let (free, all) = (instance.free, instance.registered);
    share(free.cpu, all.cpu).max(share(free.memory_mib, all.memory_mib))
}

/// Whether all tasks on an instance are of services that can replace them within their limits now; daemons go with it.
fn may_move(cluster: &Cluster, id: InstanceId) -> bool {
    let tasks = cluster.instances[id].tasks.iter().copied();
    tasks.filter(|task| !is_daemon_task(cluster, *task)).all(|task| {
        let task = &cluster.tasks[task];
        let runs = task.last_status == TaskStatus::Running && task.desired_status == DesiredStatus::Running;
        let service = task.service().map(|service| cluster.service(service));
        runs && !task.is_protected() && service.is_some_and(can_replace)
    })
}

fn can_replace(service: &Service) -> bool {
    let settings = &service.settings;
    let moves =
        settings.cap_total() > settings.desired_count || settings.floor_healthy() < settings.desired_count;
    moves && !service.is_deploying() && service.rebalancing.is_none()
}

/// What an instance has left while tasks are put on it one after another.
struct Room {
    id: InstanceId,
    free: Resources,
    interfaces: u16,
}

/// Whether the tasks of an instance find room on the others, the largest first, each where most is left. One that asks
/// for an instance of its own, for a port of the host or for other tasks is not moved.
fn fits_elsewhere(cluster: &Cluster, from: InstanceId, all: &[InstanceId]) -> bool {
    let room = |id: &InstanceId| {
        let found = &cluster.instances[*id];
        Room { id: *id, free: found.free, interfaces: found.traits.free_interfaces() }
    };
    let mut rooms: Vec<Room> = all.iter().filter(|id| **id != from).map(room).collect();
    let moving = cluster.instances[from].tasks.iter().copied();
    let mut moving: Vec<&Task> =
        moving.filter(|task| !is_daemon_task(cluster, *task)).map(|task| &cluster.tasks[task]).collect();
    moving.sort_by_key(|task| {
        std::cmp::Reverse((task.reserved.memory_mib, task.reserved.cpu, task.reserved.gpus))
    });
    moving.into_iter().all(|task| {
        let Some(needs) = needs_of(cluster, task) else { return false };
        let takes = |room: &&mut Room| {
            let host = &cluster.instances[room.id];
            room.free.covers(task.reserved)
                && room.interfaces >= needs.interfaces
                && needs.are_in_zone(host.zone)
                && needs.fit_platform(&host.traits)
        };
        let roomiest =
            rooms.iter_mut().filter(takes).max_by_key(|room| (room.free.memory_mib, room.free.cpu));
        let Some(room) = roomiest else { return false };
        room.interfaces -= needs.interfaces;
        room.free = room.free.minus(task.reserved).unwrap_or_default();
        true
    })
}

/// What the task needs beside its size; none if it cannot be said without looking at all other tasks.
fn needs_of<'a>(cluster: &'a Cluster, task: &Task) -> Option<Requirements<'a>> {
    let definition = cluster.task_definition(task.task_definition);
    let settings = &cluster.service(task.service()?).settings;
    let mut constraints = definition.constraints.iter().chain(&settings.constraints);
    let is_free = definition.host_ports.is_empty()
        && constraints.all(|one| {
            !matches!(one, PlacementConstraint::DistinctInstance | PlacementConstraint::MemberOf(_))
        });
    is_free.then(|| Requirements::of(definition, settings.zones.as_deref()))
}
