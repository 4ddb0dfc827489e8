//! Tasks on DRAINING instances: what goes at once, what goes last, and what counts as healthy meanwhile (INS-6, INS-8,
//! SVC-13).

use super::{active_tasks, counts_as_healthy, deployment_of};
use crate::model::service::Service;
use crate::model::stop::StopCause;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Cluster, TaskId};

/// INS-6: those on DRAINING instances that do not run yet stop at once.
pub(super) fn pending_on_draining(cluster: &Cluster, service: &Service) -> Vec<(TaskId, StopCause)> {
    on_draining(cluster, service)
        .filter(|task| cluster.tasks[*task].last_status < TaskStatus::Running)
        .map(|task| (task, StopCause::Draining))
        .collect()
}

/// INS-8: a daemon leaves a DRAINING instance when every other task has, standalone ones included.
pub(super) fn daemons_left_alone(cluster: &Cluster, service: &Service) -> Vec<(TaskId, StopCause)> {
    if !service.is_daemon() {
        return Vec::new();
    }
    let is_daemon = |task: &TaskId| {
        cluster.tasks[*task].service().is_some_and(|service| cluster.service(service).is_daemon())
    };
    let left_alone = |id: &TaskId| match cluster.tasks[*id].host {
        Host::Instance(instance) => cluster.instances[instance].tasks.iter().all(is_daemon),
        Host::Fargate(_) | Host::Unplaced(_) => false,
    };
    on_draining(cluster, service)
        .filter(|task| cluster.tasks[*task].last_status == TaskStatus::Running)
        .filter(left_alone)
        .map(|task| (task, StopCause::Draining))
        .collect()
}

/// How many tasks of the newest revision that no DRAINING instance holds are healthy.
pub(super) fn staying_healthy(cluster: &Cluster, service: &Service) -> u32 {
    let Some(primary) = service.primary() else { return 0 };
    if service.counts.draining == 0 {
        return primary.counts.healthy;
    }
    let stays = |id: &TaskId| {
        let task = &cluster.tasks[*id];
        deployment_of(task) == Some(primary.number) && !task.draining && counts_as_healthy(service, task)
    };
    active_tasks(cluster, service).filter(stays).count() as u32
}

/// How many tasks are healthy in all. Daemons on DRAINING instances serve nobody but those.
pub(super) fn total_healthy(cluster: &Cluster, service: &Service) -> u32 {
    if service.counts.draining == 0 {
        return service.counts.healthy;
    }
    let counts = |id: &TaskId| {
        let task = &cluster.tasks[*id];
        counts_as_healthy(service, task) && !(service.is_daemon() && task.draining)
    };
    active_tasks(cluster, service).filter(counts).count() as u32
}

fn on_draining<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = TaskId> + 'a {
    let any = service.counts.draining > 0;
    active_tasks(cluster, service).filter(move |task| any && cluster.tasks[*task].draining)
}
