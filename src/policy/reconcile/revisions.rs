//! Revisions that each have a count of tasks of their own, while a deployment shifts traffic (DEP-30).
//!
//! Neither limit of a rolling deployment is asked: each revision is kept as a service at rest is, for itself.

use super::{active_tasks, choose_stops, counts_as_healthy, deployment_of};
use crate::model::service::{Deployment, RolloutState, Service};
use crate::model::stop::StopCause;
use crate::model::task::{Impairment, TaskStatus};
use crate::model::{Cluster, DeploymentNumber, TaskId};

/// How many tasks a revision of its own count may start: what it lacks, not counting those on DRAINING instances, and a
/// replacement for each that is to be replaced, as far as maximumPercent of its count leaves room (SVC-14, INS-6).
pub(super) fn missing(service: &Service, deployment: &Deployment, wanted: u32) -> u32 {
    let counts = &deployment.counts;
    let staying = counts.active - counts.draining;
    let replaced = staying.saturating_sub(wanted);
    let most = percent_of(wanted, service.settings.maximum_percent);
    let headroom = most.saturating_sub(wanted.max(counts.active));
    let replacements = counts.impaired.saturating_sub(replaced).min(headroom);
    wanted.saturating_sub(staying) + replacements
}

/// Which tasks of a revision are to stop: all above its count, those to be replaced once their replacement is healthy, and those on
/// DRAINING instances as others do their work.
pub(super) fn stops_of(
    cluster: &Cluster,
    service: &Service,
    deployment: &Deployment,
    wanted: u32,
) -> Vec<(TaskId, StopCause)> {
    let tasks: Vec<TaskId> = active_tasks(cluster, service)
        .filter(|task| deployment_of(&cluster.tasks[*task]) == Some(deployment.number))
        .collect();
    if wanted == 0 {
        let free = tasks.into_iter().filter(|task| !cluster.tasks[*task].is_protected());
        return free.map(|task| (task, StopCause::Deployment)).collect();
    }
    let mut stops = drained(cluster, service, &tasks, wanted);
    let replaced = impaired(cluster, service, &tasks, wanted);
    let kept = |task: &TaskId| {
        let found = &cluster.tasks[*task];
        !found.draining && !found.is_protected() && !replaced.iter().any(|(gone, _)| gone == task)
    };
    let counts = &deployment.counts;
    let left = counts.active - counts.draining - replaced.len() as u32;
    let planned_extra = (counts.impaired - replaced.len() as u32).min(left);
    let surplus = left.saturating_sub(wanted + planned_extra);
    stops.extend(replaced.iter().copied());
    if surplus > 0 {
        let candidates: Vec<TaskId> = tasks.iter().copied().filter(kept).collect();
        let chosen = choose_stops(cluster, service, candidates, surplus as usize);
        stops.extend(chosen.into_iter().map(|task| (task, StopCause::ScaleIn)));
    }
    stops
}

/// INS-6: those that do not run yet go at once, the others above the floor of their revision.
fn drained(cluster: &Cluster, service: &Service, tasks: &[TaskId], wanted: u32) -> Vec<(TaskId, StopCause)> {
    let on_draining = || tasks.iter().copied().filter(|task| cluster.tasks[*task].draining);
    let serves = |task: &TaskId| counts_as_healthy(service, &cluster.tasks[*task]);
    let healthy = tasks.iter().filter(|task| serves(task)).count() as u32;
    let floor = minimum_of(wanted, service.settings.minimum_healthy_percent);
    let (pending, running): (Vec<_>, Vec<_>) =
        on_draining().partition(|task| cluster.tasks[*task].last_status < TaskStatus::Running);
    let free = running.into_iter().filter(|task| !cluster.tasks[*task].is_protected());
    let (sound, others): (Vec<_>, Vec<_>) = free.partition(serves);
    let budget = healthy.saturating_sub(floor) as usize;
    let sound = choose_stops(cluster, service, sound, budget);
    pending.into_iter().chain(others).chain(sound).map(|task| (task, StopCause::Draining)).collect()
}

/// SVC-14, in one revision: as many as have a healthy replacement; without head-room for one, one at a time.
fn impaired(cluster: &Cluster, service: &Service, tasks: &[TaskId], wanted: u32) -> Vec<(TaskId, StopCause)> {
    let of = |filter: &dyn Fn(&TaskId) -> bool| tasks.iter().filter(|task| filter(task)).count() as u32;
    let is_impaired =
        |task: &TaskId| cluster.tasks[*task].impairment.is_some() && !cluster.tasks[*task].draining;
    let count_impaired = of(&is_impaired);
    if count_impaired == 0 {
        return Vec::new();
    }
    let stays = |task: &TaskId| !cluster.tasks[*task].draining && !is_impaired(task);
    let sound = of(&|task| stays(task) && cluster.tasks[*task].healthy);
    let mut count = (sound + count_impaired).saturating_sub(wanted).min(count_impaired);
    let active = tasks.len() as u32;
    let no_headroom = percent_of(wanted, service.settings.maximum_percent) <= active;
    let pending = of(&|task| cluster.tasks[*task].last_status < TaskStatus::Running);
    if count == 0 && no_headroom && pending == 0 && service.counts.stopping == 0 && active <= wanted {
        count = 1;
    }
    let mut chosen: Vec<TaskId> = tasks.iter().copied().filter(is_impaired).collect();
    chosen.sort_by_key(|task| (cluster.tasks[*task].healthy, cluster.tasks[*task].ordinal));
    let cause = |task: TaskId| match cluster.tasks[task].impairment {
        Some(Impairment::Retirement) => StopCause::TaskRetired,
        Some(Impairment::Moved) => StopCause::Moved,
        Some(Impairment::TargetUnhealthy) => StopCause::TargetCheckFailed,
        Some(Impairment::Unhealthy) | None => StopCause::HealthCheckFailed,
    };
    chosen.into_iter().take(count as usize).map(|task| (task, cause(task))).collect()
}

/// How many tasks each revision is to have, oldest first; `None` where the limits of a rolling deployment decide.
pub(in crate::policy) fn wanted(service: &Service) -> Option<Vec<(DeploymentNumber, u32)>> {
    if service.has_task_sets() {
        let of = |one: &Deployment| Some((one.number, service.own_count(one.number)?));
        return Some(service.deployments.iter().filter_map(of).collect());
    }
    let shift = service.shift()?;
    // What is FAILED starts and stops nothing (DEP-24).
    let deployments = service.deployments.iter().filter(|one| {
        let is_newest = service.primary().is_some_and(|newest| newest.number == one.number);
        !(is_newest && one.rollout_state == RolloutState::Failed)
    });
    let of = |one: &Deployment| (one.number, service.wanted_while_shifting(shift, one.number));
    Some(deployments.map(of).collect())
}

fn percent_of(wanted: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(wanted) * u64::from(percent) / 100).unwrap_or(u32::MAX)
}

fn minimum_of(wanted: u32, percent: u32) -> u32 {
    u32::try_from((u64::from(wanted) * u64::from(percent)).div_ceil(100)).unwrap_or(u32::MAX)
}
