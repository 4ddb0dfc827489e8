//! What should exist: how many tasks of a service to start and which to stop (SVC-1, DEP-1..6, PLC-16..18).

use crate::model::parameters::RollingOrder;
use crate::model::placement::{BinpackField, PlacementStrategy};
use crate::model::reason::StopCause;
use crate::model::service::{RolloutState, Service, ServiceStatus};
use crate::model::task::{Host, Task, TaskStatus};
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId};

/// How many tasks of the newest deployment the service may start now.
///
/// At rest it is what is missing to the desired count. During a deployment it is `min(desired − new, capTotal −
/// counted)` (DEP-5), where stopping tasks count until they leave STOPPING (DEP-3) unless
/// `count_stopping_in_max` is false.
#[must_use]
pub fn tasks_to_start(cluster: &Cluster, id: ServiceId) -> u32 {
    let service = cluster.service(id);
    let Some(primary) = service.primary() else { return 0 };
    if service.status != ServiceStatus::Active || primary.rollout_state == RolloutState::Failed {
        return 0;
    }
    let settings = &service.settings;
    let on_the_way = cluster.parameters.parallel_launches().saturating_sub(service.counts.pending);
    let missing = settings.desired_count.saturating_sub(primary.counts.active);
    if missing == 0 || !service.is_deploying() {
        // Replacement at rest waits for no limit (SVC-11); it replaces whatever is told to stop.
        return settings.desired_count.saturating_sub(service.counts.active).min(missing).min(on_the_way);
    }
    if *cluster.parameters.rolling_order() == RollingOrder::StopFirst && stops_allowed(service) > 0 {
        return 0;
    }
    let stopping = if *cluster.parameters.count_stopping_in_max() { service.counts.stopping } else { 0 };
    let room = settings.cap_total().saturating_sub(service.counts.active + stopping);
    missing.min(room).min(on_the_way)
}

/// Which tasks the service should stop now, and why.
#[must_use]
pub fn tasks_to_stop(cluster: &Cluster, id: ServiceId) -> Vec<(TaskId, StopCause)> {
    let service = cluster.service(id);
    let wanted = match service.status {
        ServiceStatus::Active => service.settings.desired_count,
        ServiceStatus::Draining | ServiceStatus::Inactive => 0,
    };
    if service.counts.active == 0 {
        return Vec::new();
    }
    let Some(primary) = service.primary() else { return Vec::new() };
    let mut stops = Vec::new();
    if service.status != ServiceStatus::Active {
        let all = active_tasks(cluster, service);
        return all.map(|task| (task, StopCause::ScaleIn)).collect();
    }
    if service.counts.active > primary.counts.active {
        stops = old_tasks_to_stop(cluster, service, primary.number);
    }
    let surplus = primary.counts.active.saturating_sub(wanted);
    if surplus > 0 {
        let newest = of_deployment(cluster, service, |number| number == primary.number);
        let chosen = choose_stops(cluster, service, newest, surplus as usize);
        stops.extend(chosen.into_iter().map(|task| (task, StopCause::ScaleIn)));
    }
    stops
}

/// Old tasks that are not healthy go at once; of the healthy ones as many as leave `floorHealthy` (DEP-4, DEP-5).
fn old_tasks_to_stop(
    cluster: &Cluster,
    service: &Service,
    primary: DeploymentNumber,
) -> Vec<(TaskId, StopCause)> {
    let start_first = *cluster.parameters.rolling_order() == RollingOrder::StartFirst;
    if start_first && service.counts.pending == 0 && has_room_to_start(cluster, service) {
        return Vec::new();
    }
    let old = of_deployment(cluster, service, |number| number != primary);
    let (healthy, unhealthy): (Vec<_>, Vec<_>) =
        old.into_iter().partition(|task| cluster.tasks[*task].healthy);
    let budget = stops_allowed(service) as usize;
    let mut stops = unhealthy;
    for deployment in &service.deployments {
        let room = budget.saturating_sub(stops.iter().filter(|task| cluster.tasks[**task].healthy).count());
        let of_this = healthy
            .iter()
            .copied()
            .filter(|task| deployment_of(&cluster.tasks[*task]) == Some(deployment.number));
        let of_this: Vec<TaskId> = of_this.collect();
        let count = room.min(of_this.len());
        stops.extend(choose_stops(cluster, service, of_this, count));
    }
    stops.into_iter().map(|task| (task, StopCause::Deployment)).collect()
}

/// Healthy tasks above the floor (DEP-4).
fn stops_allowed(service: &Service) -> u32 {
    let old_active = service.counts.active - service.primary().map_or(0, |primary| primary.counts.active);
    service.counts.healthy.saturating_sub(service.settings.floor_healthy()).min(old_active)
}

fn has_room_to_start(cluster: &Cluster, service: &Service) -> bool {
    let stopping = if *cluster.parameters.count_stopping_in_max() { service.counts.stopping } else { 0 };
    let new = service.primary().map_or(0, |primary| primary.counts.active);
    new < service.settings.desired_count && service.settings.cap_total() > service.counts.active + stopping
}

/// Whether the newest deployment has all it needs: its tasks running and healthy, the others gone (DEP-8).
#[must_use]
pub fn deployment_is_complete(service: &Service) -> bool {
    let desired = service.settings.desired_count;
    service.primary().is_some_and(|primary| {
        primary.rollout_state == RolloutState::InProgress
            && primary.counts.running == desired
            && primary.counts.healthy == desired
            && primary.counts.active == desired
    }) && service.deployments.iter().rev().skip(1).all(|older| older.counts.present == 0)
}

/// Whether the service is at rest with all it should have (SVC-7).
#[must_use]
pub fn is_steady(service: &Service) -> bool {
    let desired = service.settings.desired_count;
    service.counts.running == desired
        && service.counts.pending == 0
        && service.counts.healthy == desired
        && !service.is_deploying()
}

fn active_tasks<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = TaskId> + 'a {
    service.tasks.iter().copied().filter(|task| cluster.tasks[*task].is_active())
}

fn of_deployment(
    cluster: &Cluster,
    service: &Service,
    wanted: impl Fn(DeploymentNumber) -> bool,
) -> Vec<TaskId> {
    active_tasks(cluster, service)
        .filter(|task| deployment_of(&cluster.tasks[*task]).is_some_and(&wanted))
        .collect()
}

fn deployment_of(task: &Task) -> Option<DeploymentNumber> {
    match task.origin {
        crate::model::task::Origin::Service { deployment, .. } => Some(deployment),
        crate::model::task::Origin::Caller { .. } => None,
    }
}

/// Picks `count` of `candidates` to stop: tasks not RUNNING, then not healthy (PLC-18), then from the provider
/// with the largest surplus (CAP-6), then by the strategy: binpack empties the instance with most room left
/// (PLC-16), all others the fullest zone and in it the fullest instance (PLC-17); the youngest task among equals.
fn choose_stops(
    cluster: &Cluster,
    service: &Service,
    mut candidates: Vec<TaskId>,
    count: usize,
) -> Vec<TaskId> {
    if count >= candidates.len() {
        return candidates;
    }
    let mut by_choice = service.active_by_choice.clone();
    let mut zones = std::collections::BTreeMap::new();
    let mut hosts = std::collections::BTreeMap::new();
    for task in active_tasks(cluster, service) {
        let host = cluster.tasks[task].host;
        *zones.entry(cluster.zone_of(host)).or_insert(0u32) += 1;
        *hosts.entry(slot_of(host)).or_insert(0u32) += 1;
    }
    let mut chosen = Vec::with_capacity(count);
    for _ in 0..count {
        let surplus = crate::policy::capacity::largest_surplus(
            &service.settings.capacity,
            &by_choice,
            service.settings.desired_count,
        );
        let rank = |id: &TaskId| {
            let task = &cluster.tasks[*id];
            (
                task.last_status != TaskStatus::Running,
                !task.healthy,
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

fn slot_of(host: Host) -> Option<usize> {
    match host {
        Host::Instance(instance) => Some(instance.slot()),
        Host::Fargate(_) => None,
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
