//! Availability Zone rebalancing: which tasks of a service move to which zones (AZR-2, AZR-4, AZR-5). Nothing else ever
//! moves a running task to a better place (PLC-19).

use super::placement::query::{self, Question};
use super::placement::requirements::Requirements;
use super::reconcile::{choose_stops, is_steady};
use crate::model::instance::InstanceStatus;
use crate::model::placement::{PlacementConstraint, PlacementStrategy, SpreadField};
use crate::model::service::{SchedulingStrategy, Service, ServiceSettings};
use crate::model::task_definition::TaskDefinition;
use crate::model::{Cluster, InstanceId, ServiceId, TaskId, ZoneId};

/// What a zone holds of a service, and what it should hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ZoneShare {
    /// The zone.
    pub zone: ZoneId,
    /// Tasks of the service there with desired status RUNNING.
    pub tasks: u32,
    /// Its share of the desired count.
    pub target: u32,
}

/// What keeps a service from being rebalanced, in words; `None` if it is eligible (AZR-2).
#[must_use]
pub fn obstacle(settings: &ServiceSettings, definition: &TaskDefinition) -> Option<&'static str> {
    let by_zone = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
    let asks_for_zone = |constraint: &PlacementConstraint| match constraint {
        PlacementConstraint::DistinctInstance => false,
        PlacementConstraint::MemberOf(expression) => {
            expression.attributes().contains(&"ecs.availability-zone")
        }
    };
    if settings.scheduling == SchedulingStrategy::Daemon {
        Some("it is a DAEMON service")
    } else if settings.maximum_percent <= 100 {
        Some("its maximumPercent leaves no room above 100")
    } else if settings.strategies.first().is_some_and(|first| *first != by_zone) {
        Some("its first placement strategy is not spread over attribute:ecs.availability-zone")
    } else if settings.constraints.iter().chain(&definition.constraints).any(asks_for_zone) {
        Some("a placement constraint asks for attribute:ecs.availability-zone")
    } else {
        None
    }
}

/// Whether rebalancing is switched on and may act (AZR-1, AZR-2).
#[must_use]
pub fn is_on(cluster: &Cluster, service: &Service) -> bool {
    let settings = &service.settings;
    let definition = settings.task_definition.map(|id| cluster.task_definition(id));
    settings.zone_rebalancing && definition.is_some_and(|found| obstacle(settings, found).is_none())
}

/// The zones over which a service is balanced, ascending: those of its subnets, if said, and of them the ones that are
/// up (Fargate), or that have an ACTIVE instance which fits it (EC2).
fn zones_of(cluster: &Cluster, id: ServiceId) -> Vec<ZoneId> {
    let settings = &cluster.service(id).settings;
    let Some(definition) = settings.task_definition.map(|id| cluster.task_definition(id)) else {
        return Vec::new();
    };
    let requirements = Requirements::of(definition, settings.zones.as_deref());
    let constraints = || settings.constraints.iter().chain(&definition.constraints);
    let satisfied = |instance: InstanceId| {
        constraints().filter(|constraint| !constraint.reads_tasks()).all(|constraint| match constraint {
            PlacementConstraint::DistinctInstance => true,
            PlacementConstraint::MemberOf(expression) => {
                query::holds(expression, &Question { cluster, instance, not_of: None })
            }
        })
    };
    let on_instances = settings.capacity.iter().any(|choice| choice.capacity.is_on_instances());
    let mut open = vec![false; cluster.zones.len()];
    let mut left = open.len();
    if on_instances {
        for (instance, found) in cluster.instances.iter() {
            if left == 0 {
                break;
            }
            let zone = found.zone.index();
            if !open[zone]
                && found.status == InstanceStatus::Active
                && requirements.are_in_zone(found.zone)
                && requirements.fit_platform(&found.traits)
                && satisfied(instance)
            {
                open[zone] = true;
                left -= 1;
            }
        }
    } else {
        for (zone, up) in cluster.zones.iter().zip(&mut open).map(|(zone, open)| (zone.outages == 0, open)) {
            *up = zone;
        }
    }
    let zones = (0..open.len()).filter(|zone| open[*zone]).map(|zone| ZoneId(zone as u16));
    zones.filter(|zone| requirements.are_in_zone(*zone)).collect()
}

/// The shares of a service's zones. Each holds the floor or the ceiling of the desired count over their number (AZR-4);
/// the ceiling goes to those that hold most, so that as few tasks as possible move. A zone that takes no task any more
/// should hold none.
#[must_use]
pub fn shares(cluster: &Cluster, id: ServiceId) -> Vec<ZoneShare> {
    let service = cluster.service(id);
    let tasks = tasks_by_zone(cluster, service);
    let zones = zones_of(cluster, id);
    let count = zones.len().max(1) as u32;
    let (floor, mut ceilings) =
        (service.settings.desired_count / count, service.settings.desired_count % count);
    let share = |zone: ZoneId| ZoneShare { zone, tasks: tasks[zone.index()], target: floor };
    let mut shares: Vec<ZoneShare> = zones.iter().copied().map(share).collect();
    shares.sort_by_key(|share| (std::cmp::Reverse(share.tasks), share.zone));
    for share in &mut shares {
        share.target += u32::from(ceilings > 0);
        ceilings = ceilings.saturating_sub(1);
    }
    let others = (0..tasks.len()).map(|zone| ZoneId(zone as u16)).filter(|zone| !zones.contains(zone));
    let others = others.filter(|zone| tasks[zone.index()] > 0);
    shares.extend(others.map(|zone| ZoneShare { zone, tasks: tasks[zone.index()], target: 0 }));
    shares.sort_by_key(|share| share.zone);
    shares
}

/// The tasks of a service by zone. The view of its group knows them, unless a caller of RunTask uses that group too.
fn tasks_by_zone(cluster: &Cluster, service: &Service) -> Vec<u32> {
    let group = &cluster.groups[service.group.index()];
    let zones = (0..cluster.zones.len()).map(|zone| ZoneId(zone as u16));
    if !cluster.callers.iter().any(|caller| caller.group == service.group) {
        let in_zone =
            |zone| group.in_zone(zone) + group.on_fargate(false, zone) + group.on_fargate(true, zone);
        return zones.map(in_zone).collect();
    }
    let mut tasks = vec![0; zones.len()];
    active(cluster, service)
        .filter_map(|task| cluster.zone_of(cluster.tasks[task].host))
        .for_each(|zone| tasks[zone.index()] += 1);
    tasks
}

/// Whether every zone holds its share (AZR-4).
#[must_use]
pub fn is_balanced(cluster: &Cluster, id: ServiceId) -> bool {
    shares(cluster, id).iter().all(|share| share.tasks == share.target)
}

/// Whether a service at rest is out of balance and has the head-room to move a task (AZR-3, AZR-5).
#[must_use]
pub fn is_due(cluster: &Cluster, id: ServiceId) -> bool {
    let service = cluster.service(id);
    is_steady(service)
        && service.rebalancing.is_none()
        && is_on(cluster, service)
        && service.settings.cap_total() > service.settings.desired_count
        && shares(cluster, id)
            .iter()
            .filter(|share| share.tasks > share.target)
            .any(|share| free_in(cluster, service, share.zone).next().is_some())
}

/// Tasks of a service in a zone that may be stopped: protected ones block the move (AZR-6, SVC-20).
fn free_in<'a>(
    cluster: &'a Cluster,
    service: &'a Service,
    zone: ZoneId,
) -> impl Iterator<Item = TaskId> + 'a {
    active(cluster, service).filter(move |task| {
        let found = &cluster.tasks[*task];
        cluster.zone_of(found.host) == Some(zone) && !found.is_protected()
    })
}

/// How many tasks are too many in their zones and may be stopped.
fn movable(cluster: &Cluster, service: &Service, shares: &[ZoneShare]) -> u32 {
    let in_full_zone = shares.iter().filter(|share| share.tasks > share.target).map(|share| {
        let surplus = share.tasks - share.target;
        free_in(cluster, service, share.zone).take(surplus as usize).count() as u32
    });
    in_full_zone.sum()
}

/// How many tasks to start in which zones, the emptiest first, as far as maximumPercent leaves room (AZR-5).
#[must_use]
pub fn tasks_to_start(cluster: &Cluster, id: ServiceId) -> Vec<(ZoneId, u32)> {
    let service = cluster.service(id);
    if service.rebalancing.is_none() {
        return Vec::new();
    }
    let stopping = if *cluster.parameters.count_stopping_in_max() { service.counts.stopping } else { 0 };
    let mut room = service.settings.cap_total().saturating_sub(service.counts.active + stopping);
    let mut lacking = shares(cluster, id);
    let moving = service.counts.active.saturating_sub(service.settings.desired_count);
    room = room.min(movable(cluster, service, &lacking).saturating_sub(moving));
    lacking.retain(|share| share.tasks < share.target);
    lacking.sort_by_key(|share| (share.tasks, share.zone));
    let starts = lacking.into_iter().map(|share| {
        let count = room.min(share.target - share.tasks);
        room -= count;
        (share.zone, count)
    });
    starts.filter(|(_, count)| *count > 0).collect()
}

/// Which tasks to stop: as many as are too many once their replacements are healthy, in the zones that hold too many
/// (AZR-5).
#[must_use]
pub fn tasks_to_stop(cluster: &Cluster, id: ServiceId) -> Vec<TaskId> {
    let service = cluster.service(id);
    let desired = service.settings.desired_count;
    let mut ready = service.counts.active.min(service.counts.healthy).saturating_sub(desired);
    if ready == 0 {
        return Vec::new();
    }
    let mut full = shares(cluster, id);
    full.retain(|share| share.tasks > share.target);
    full.sort_by_key(|share| (std::cmp::Reverse(share.tasks - share.target), share.zone));
    let mut stops = Vec::new();
    for share in full {
        let healthy = |task: &TaskId| cluster.tasks[*task].healthy;
        let candidates: Vec<TaskId> = free_in(cluster, service, share.zone).filter(healthy).collect();
        let count = ready.min(share.tasks - share.target).min(candidates.len() as u32);
        ready -= count;
        stops.extend(choose_stops(cluster, service, candidates, count as usize));
    }
    stops
}

fn active<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = TaskId> + 'a {
    service.tasks.iter().copied().filter(|task| cluster.tasks[*task].is_active())
}
