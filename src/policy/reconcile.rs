//! What should exist: how many tasks of a service to start, and which to stop (SVC-1, SVC-7, SVC-14, SVC-18, DEP-3..8,
//! DEP-11).
//!
//! Where an instance drains, its tasks are to the service what old tasks are to a deployment: they go when others do
//! their work, within the same limits (INS-6). So a service has tasks that stay, those of the newest revision that no
//! DRAINING instance holds, and tasks that are to go, the rest. `draining` counts both.

mod choose_stops;
mod draining;
pub mod look;
pub(super) mod revisions;

pub(super) use self::choose_stops::choose_stops;
use self::draining::{daemons_left_alone, pending_on_draining, staying_healthy, total_healthy};
use crate::model::parameters::RollingOrder;
use crate::model::service::{Deployment, RolloutState, Service, ServiceStatus};
use crate::model::stop::StopCause;
use crate::model::task::{Impairment, Origin, Task};
use crate::model::task_set::TaskSetStatus;
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId};
use crate::policy::daemon::misplaced_daemons;
use crate::policy::rebalance;

/// How many tasks the service may start now, by deployment; those of older revisions first (DEP-7), but last those of
/// a revision that never came to rest: where room is short they would have to make way at once.
///
/// At rest it is what is missing to the desired count, and a replacement for each task that is to be replaced, as far
/// as maximumPercent leaves room (SVC-14, INS-6). During a deployment it is `min(desired − new, capTotal − counted)`
/// (DEP-5), where stopping tasks count until they leave STOPPING (DEP-3) unless `count_stopping_in_max` is false.
#[must_use]
pub fn tasks_to_start(cluster: &Cluster, id: ServiceId) -> Vec<(DeploymentNumber, u32)> {
    let service = cluster.service(id);
    let Some(primary) = service.primary() else { return Vec::new() };
    if service.status != ServiceStatus::Active {
        return Vec::new();
    }
    let mut launches_left = cluster.parameters.parallel_launches().saturating_sub(service.counts.pending);
    if let Some(wanted) = revisions::wanted(service) {
        let missing = |(number, wanted): (DeploymentNumber, u32)| {
            let found = service.deployment(number)?;
            let count = revisions::missing(service, found, wanted).min(launches_left);
            launches_left -= count;
            (count > 0).then_some((number, count))
        };
        return wanted.into_iter().filter_map(missing).collect();
    }
    let mut room = match service.is_deploying() {
        true => room_to_start(cluster, service),
        false => room_at_rest(cluster, service),
    };
    let mut starts = Vec::new();
    let mut start = |number, wanted: u32| {
        let count = wanted.min(room).min(launches_left);
        (room, launches_left) = (room - count, launches_left - count);
        if count > 0 {
            starts.push((number, count));
        }
    };
    let (at_rest, never_at_rest): (Vec<_>, Vec<_>) = replacements_of_old(cluster, service)
        .into_iter()
        .partition(|(number, _)| came_to_rest(service, *number));
    at_rest.into_iter().for_each(|(number, count)| start(number, count));
    if primary.rollout_state == RolloutState::Failed {
        return starts; // it launches no more tasks (DEP-9, DEP-24)
    }
    start(primary.number, missing_of_primary(service));
    never_at_rest.into_iter().for_each(|(number, count)| start(number, count));
    if waits_for_stops(cluster, service) {
        starts.retain(|(number, _)| *number != primary.number); // its room is kept for it
    }
    starts
}

/// Whether a deployment has had all its tasks running and healthy.
fn came_to_rest(service: &Service, number: DeploymentNumber) -> bool {
    let found = service.deployment(number);
    found.is_some_and(|deployment| deployment.rollout_state == RolloutState::Completed)
}

/// What the newest deployment lacks: to the desired count, not counting tasks on DRAINING instances (INS-6), and a
/// replacement for each impaired task where running and pending tasks are below capTotal (SVC-14). At rest, active tasks
/// of older revisions count too.
fn missing_of_primary(service: &Service) -> u32 {
    let Some(primary) = service.primary() else { return 0 };
    let desired = service.settings.desired_count;
    let headroom = service.settings.cap_total().saturating_sub(desired.max(service.counts.active));
    let counts = if service.is_deploying() { &primary.counts } else { &service.counts };
    let staying = counts.active - counts.draining;
    let replaced = staying.saturating_sub(desired);
    let replacements = primary.counts.impaired.saturating_sub(replaced).min(headroom);
    desired.saturating_sub(staying) + replacements
}

/// Old tasks that died are replaced by their own revision while they are still needed (DEP-7).
fn replacements_of_old(cluster: &Cluster, service: &Service) -> Vec<(DeploymentNumber, u32)> {
    let Some((_, older)) = service.deployments.split_last() else { return Vec::new() };
    let active: u32 = older.iter().map(|deployment| deployment.counts.active).sum();
    let mut needed = old_to_keep(cluster, service).saturating_sub(active + draining_of_primary(service));
    let mut replacements = Vec::new();
    for deployment in older.iter().rev() {
        let lacking = deployment.desired_count.saturating_sub(deployment.counts.active).min(needed);
        needed -= lacking;
        if lacking > 0 {
            replacements.push((deployment.number, lacking));
        }
    }
    replacements
}

/// Tasks of the newest revision that are to go all the same, and until then do their part (INS-6).
fn draining_of_primary(service: &Service) -> u32 {
    service.primary().map_or(0, |primary| primary.counts.draining)
}

/// How many healthy tasks a deployment's stops must leave (DEP-4). Where `rolling_order` is `start_first` and capTotal
/// has head-room, that is the whole desired count: an old task goes when a new one serves in its place (DEP-5).
fn floor_of_steps(cluster: &Cluster, service: &Service) -> u32 {
    let (floor, desired) = (service.settings.floor_healthy(), service.settings.desired_count);
    let start_first = *cluster.parameters.rolling_order() == RollingOrder::StartFirst;
    if start_first && service.settings.cap_total() > desired { floor.max(desired) } else { floor }
}

/// How many tasks that are to go the floor still asks for: what healthy ones that stay do not cover (DEP-4).
fn old_to_keep(cluster: &Cluster, service: &Service) -> u32 {
    floor_of_steps(cluster, service).saturating_sub(staying_healthy(cluster, service))
}

/// DEP-3: how many tasks capTotal leaves room for.
fn room_to_start(cluster: &Cluster, service: &Service) -> u32 {
    let counted =
        service.counts.stopping - if service.is_daemon() { service.counts.stopping_drained } else { 0 };
    let stopping = if *cluster.parameters.count_stopping_in_max() { counted } else { 0 };
    service.settings.cap_total().saturating_sub(active_within_limits(service) + stopping)
}

/// At rest, what is lost is replaced without regard to any limit (SVC-11); what drains, only where capTotal has room
/// beside it, or when it has stopped (INS-6, DEP-3).
fn room_at_rest(cluster: &Cluster, service: &Service) -> u32 {
    let mut drained = if service.is_daemon() { 0 } else { service.counts.stopping_drained };
    if drained > 0 && !*cluster.parameters.count_stopping_in_max() {
        drained = 0;
    }
    let most = service.settings.cap_total().max(service.settings.desired_count);
    most.saturating_sub(active_within_limits(service) + drained)
}

/// The tasks that take up room. A DAEMON service wants none on a DRAINING instance: what is still there takes no place
/// of another (SVC-5).
fn active_within_limits(service: &Service) -> u32 {
    service.counts.active - if service.is_daemon() { service.counts.draining } else { 0 }
}

fn waits_for_stops(cluster: &Cluster, service: &Service) -> bool {
    *cluster.parameters.rolling_order() == RollingOrder::StopFirst && stops_allowed(cluster, service) > 0
}

/// Which tasks the service should stop now, and why.
#[must_use]
pub fn tasks_to_stop(cluster: &Cluster, id: ServiceId) -> Vec<(TaskId, StopCause)> {
    let service = cluster.service(id);
    if service.counts.active == 0 {
        return Vec::new();
    }
    let Some(primary) = service.primary() else { return Vec::new() };
    if service.status != ServiceStatus::Active {
        let all = active_tasks(cluster, service);
        return all.map(|task| (task, StopCause::ScaleIn)).collect();
    }
    let misplaced = if service.is_daemon() { misplaced_daemons(cluster, id) } else { Vec::new() };
    if !misplaced.is_empty() {
        // What else is too much is judged when they are gone.
        return misplaced.into_iter().map(|task| (task, StopCause::ScaleIn)).collect();
    }
    if let Some(wanted) = revisions::wanted(service) {
        let of = |(number, wanted): (DeploymentNumber, u32)| {
            let found = service.deployment(number)?;
            Some(revisions::stops_of(cluster, service, found, wanted))
        };
        return wanted.into_iter().filter_map(of).flatten().collect();
    }
    let mut stops = Vec::new();
    if service.counts.active > primary.counts.active || service.counts.draining > 0 {
        stops = pending_on_draining(cluster, service);
        let old = old_tasks_to_stop(cluster, service, primary.number);
        for stop in old.into_iter().chain(daemons_left_alone(cluster, service)) {
            if !stops.iter().any(|(told, _)| *told == stop.0) {
                stops.push(stop);
            }
        }
    }
    let replaced = impaired_to_stop(cluster, service);
    if service.rebalancing.is_some() && replaced.is_empty() && stops.is_empty() {
        return rebalance::tasks_to_stop(cluster, id)
            .into_iter()
            .map(|task| (task, StopCause::ScaleIn))
            .collect();
    }
    let surplus = surplus_of_primary(cluster, service, replaced.len() as u32);
    stops.extend(replaced.iter().copied());
    // A DAEMON service has one task an instance; a protected one on an instance that it should leave is no surplus of the
    // others (SVC-20).
    if surplus > 0 && !service.is_daemon() {
        let newest = of_deployment(cluster, service, |number| number == primary.number);
        let kept = |task: &TaskId| {
            let found = &cluster.tasks[*task];
            !found.draining && !found.is_protected() && !replaced.iter().any(|(gone, _)| gone == task)
        };
        let newest: Vec<TaskId> = newest.into_iter().filter(kept).collect();
        let chosen = choose_stops(cluster, service, newest, surplus as usize);
        stops.extend(chosen.into_iter().map(|task| (task, StopCause::ScaleIn)));
    }
    stops
}

/// SVC-20: how many tasks are protected, where these are more than the service is to keep.
#[must_use]
pub fn scale_in_blocked(service: &Service) -> Option<u32> {
    let protected = service.primary().map_or(0, |primary| primary.counts.protected);
    let blocked = service.status == ServiceStatus::Active && protected > service.settings.desired_count;
    blocked.then_some(protected)
}

/// How many tasks of the newest deployment are too many beside `replaced` ones that go anyway, and may be on their way
/// down at once (SVC-18). A replacement of an impaired or draining task that still runs is none too many.
fn surplus_of_primary(cluster: &Cluster, service: &Service, replaced: u32) -> u32 {
    let counts = service.primary().map(|primary| primary.counts).unwrap_or_default();
    let left = counts.active - counts.draining - replaced;
    let planned_extra = (counts.impaired - replaced).min(left);
    let surplus = left.saturating_sub(service.settings.desired_count + planned_extra);
    surplus.min(cluster.parameters.scale_in_batch().saturating_sub(service.counts.stopping))
}

/// Impaired tasks of the newest deployment that may go (SVC-14): as many as have a healthy replacement, or as leave
/// the desired count where the replacement turned out no better. Where there is no head-room for a replacement, one
/// at a time goes first, as far as the floor of healthy tasks allows.
fn impaired_to_stop(cluster: &Cluster, service: &Service) -> Vec<(TaskId, StopCause)> {
    let Some(primary) = service.primary() else { return Vec::new() };
    let (counts, desired) = (primary.counts, service.settings.desired_count);
    if counts.impaired == 0 || primary.rollout_state == RolloutState::Failed {
        return Vec::new(); // what a failed deployment has is kept: no other would come (DEP-24)
    }
    let draining = of_deployment(cluster, service, |number| number == primary.number).into_iter();
    let draining = match counts.draining {
        0 => 0, // most of the time
        _ => draining.filter(|task| cluster.tasks[*task].draining && cluster.tasks[*task].healthy).count()
            as u32,
    };
    let sound = counts.healthy - counts.impaired_healthy - draining;
    let mut count = (sound + counts.impaired).saturating_sub(desired).min(counts.impaired);
    let no_headroom = service.settings.cap_total() <= service.counts.active;
    let at_rest = service.counts.pending == 0 && service.counts.stopping == 0 && counts.active <= desired;
    if count == 0 && no_headroom && at_rest {
        count = 1;
    }
    let mut impaired = of_deployment(cluster, service, |number| number == primary.number);
    impaired.retain(|task| cluster.tasks[*task].impairment.is_some() && !cluster.tasks[*task].draining);
    // Those that serve nobody first, then the oldest.
    impaired.sort_by_key(|task| (cluster.tasks[*task].healthy, cluster.tasks[*task].ordinal));
    let mut budget = service.counts.healthy.saturating_sub(service.settings.floor_healthy());
    let mut stops = Vec::new();
    for id in impaired.into_iter().take(count as usize) {
        let task = &cluster.tasks[id];
        if task.healthy && budget == 0 {
            continue;
        }
        budget -= u32::from(task.healthy);
        let cause = match task.impairment {
            Some(Impairment::Retirement) => StopCause::TaskRetired,
            Some(Impairment::Moved) => StopCause::Moved,
            Some(Impairment::TargetUnhealthy) => StopCause::TargetCheckFailed,
            Some(Impairment::Unhealthy) | None => StopCause::HealthCheckFailed,
        };
        stops.push((id, cause));
    }
    stops
}

/// DEP-5, INS-6: tasks that are to go above what the floor still asks for, those not healthy first; of the healthy ones
/// as many as leave `floorHealthy` (DEP-4), the oldest revision first (DEP-11), and protected ones not at all (SVC-20). Where new tasks find no room, old ones make way
/// that are UNHEALTHY, or not healthy and of a revision that never came to rest; a replacement by a revision that did
/// is left to start (DEP-7).
fn old_tasks_to_stop(
    cluster: &Cluster,
    service: &Service,
    primary: DeploymentNumber,
) -> Vec<(TaskId, StopCause)> {
    let given_up = service.primary().is_some_and(|newest| newest.rollout_state == RolloutState::Failed);
    let is_to_go = |id: &TaskId| {
        let task = &cluster.tasks[*id];
        // A failed deployment takes nobody's place any more (DEP-24).
        let old = !given_up && deployment_of(task).is_some_and(|number| number != primary);
        old || task.draining && !service.is_daemon()
    };
    let mut old: Vec<TaskId> = active_tasks(cluster, service).filter(is_to_go).collect();
    let above = (old.len() as u32).saturating_sub(old_to_keep(cluster, service)) as usize;
    old.retain(|task| !cluster.tasks[*task].is_protected());
    let (healthy, unhealthy): (Vec<_>, Vec<_>) =
        old.into_iter().partition(|task| counts_as_healthy(service, &cluster.tasks[*task]));
    let blocked = without_room(cluster, service) as usize;
    let in_the_way = |task: &TaskId| {
        let found = &cluster.tasks[*task];
        let at_rest = deployment_of(found).is_some_and(|number| came_to_rest(service, number));
        found.impairment.is_some() || !at_rest
    };
    let (making_way, others): (Vec<_>, Vec<_>) = unhealthy.into_iter().partition(in_the_way);
    let count = making_way.len().min(above.max(blocked));
    let mut stops = choose_stops(cluster, service, making_way, count);
    let count = others.len().min(above.saturating_sub(stops.len()));
    stops.extend(choose_stops(cluster, service, others, count));
    let mut budget = above.saturating_sub(stops.len()).min(stops_allowed(cluster, service) as usize);
    for deployment in &service.deployments {
        let of_this = healthy
            .iter()
            .copied()
            .filter(|task| deployment_of(&cluster.tasks[*task]) == Some(deployment.number));
        let of_this: Vec<TaskId> = of_this.collect();
        let count = budget.min(of_this.len());
        budget -= count;
        stops.extend(choose_stops(cluster, service, of_this, count));
    }
    let cause = |task: &TaskId| match deployment_of(&cluster.tasks[*task]) == Some(primary) {
        true => StopCause::Draining,
        false => StopCause::Deployment,
    };
    stops.into_iter().map(|task| (task, cause(&task))).collect()
}

/// Whether the steps of the service count a task as healthy: by SVC-12 during a deployment, by SVC-13 where only
/// instances drain.
fn counts_as_healthy(service: &Service, task: &Task) -> bool {
    if service.is_deploying() { task.is_active() && task.healthy } else { task.is_healthy_for_draining() }
}

/// How many new tasks capTotal leaves no room for, now or when the stopping ones are gone, once the replacements that
/// start before them have theirs.
fn without_room(cluster: &Cluster, service: &Service) -> u32 {
    let replacements = replacements_of_old(cluster, service).into_iter();
    let first: u32 = replacements.filter(|(number, _)| came_to_rest(service, *number)).map(|(_, n)| n).sum();
    let room = service.settings.cap_total().saturating_sub(active_within_limits(service));
    (missing_of_primary(service) + first).saturating_sub(room)
}

/// Healthy tasks above the floor, of those that are to go (DEP-4).
fn stops_allowed(cluster: &Cluster, service: &Service) -> u32 {
    let Some(primary) = service.primary() else { return 0 };
    let draining = if service.is_daemon() { 0 } else { primary.counts.draining };
    let protected = service.counts.protected - primary.counts.protected;
    let to_go = service.counts.active - primary.counts.active + draining - protected;
    total_healthy(cluster, service).saturating_sub(floor_of_steps(cluster, service)).min(to_go)
}

/// DEP-6: the two limits leave no room to stop or to start a task, and nothing is under way that could change that.
#[must_use]
pub fn is_stuck(service: &Service) -> bool {
    let (settings, counts) = (&service.settings, &service.counts);
    service.is_deploying()
        && revisions::wanted(service).is_none()
        && settings.cap_total() <= settings.desired_count
        && settings.floor_healthy() >= settings.desired_count
        && service.primary().is_some_and(|primary| {
            primary.counts.active < settings.desired_count
                && primary.rollout_state == RolloutState::InProgress
        })
        && counts.pending == 0
        && counts.stopping == 0
        && counts.active >= settings.desired_count
}

/// Whether an older deployment is over: its tasks are gone, and none is to come in their place (DEP-7, DEP-9).
#[must_use]
pub fn is_over(cluster: &Cluster, service: &Service, older: &Deployment) -> bool {
    if let Some(set) = &older.task_set {
        return set.status == TaskSetStatus::Draining && older.counts.present == 0;
    }
    if let Some(wanted) = revisions::wanted(service) {
        let is_wanted = wanted.iter().any(|(number, count)| *number == older.number && *count > 0);
        return older.counts.present == 0 && (!is_wanted || service.status != ServiceStatus::Active);
    }
    let wanted = older.desired_count > 0 && old_to_keep(cluster, service) > draining_of_primary(service);
    let replaced = wanted && service.status == ServiceStatus::Active;
    older.counts.present == 0 && !replaced
}

/// Whether the service is at rest with all it should have, and none of it on a DRAINING instance (SVC-7).
#[must_use]
pub fn is_steady(service: &Service) -> bool {
    if service.has_task_sets() {
        let steady = |one: &Deployment| one.task_set.as_ref().is_some_and(|set| set.steady);
        return !service.deployments.is_empty() && service.deployments.iter().all(steady);
    }
    let desired = service.settings.desired_count;
    service.counts.running == desired
        && service.counts.pending == 0
        && service.counts.healthy == desired
        && service.counts.impaired == 0
        && service.counts.draining == 0
        && !service.is_deploying()
}

/// DEP-41: whether a task set is in STEADY_STATE: what it wants runs and is healthy, nothing is pending, and nothing of it is
/// on a DRAINING instance.
#[must_use]
pub fn task_set_is_steady(service: &Service, deployment: &Deployment) -> bool {
    let counts = &deployment.counts;
    let wanted = service.own_count(deployment.number).unwrap_or(0);
    counts.running == wanted && counts.pending == 0 && counts.draining == 0 && counts.healthy == wanted
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
        Origin::Service { deployment, .. } => Some(deployment),
        Origin::Caller { .. } => None,
    }
}
