//! What a DRAINING instance means for its tasks, and what keeps it from being empty (INS-6 to INS-8).

use std::collections::BTreeSet;

use super::recorder::Recorder;
use super::story::{Entry, Kind};
use super::words;
use crate::kernel::time::SimTime;
use crate::model::instance::InstanceStatus;
use crate::model::service::ServiceStatus;
use crate::model::stop::StopCause;
use crate::model::task::Host;
use crate::model::{Cluster, InstanceId, ServiceId, TaskId};
use crate::policy::reconcile::look::Look;
use crate::policy::reconcile::tasks_to_start;

impl Recorder {
    /// The instance under the task that is watched begins to drain, or drains no longer.
    pub(super) fn see_host_drain(
        &mut self,
        at: SimTime,
        id: TaskId,
        (instance, from, to): (InstanceId, InstanceStatus, InstanceStatus),
        cluster: &Cluster,
    ) {
        let is_here = cluster
            .tasks
            .get(id)
            .is_some_and(|task| task.host == Host::Instance(instance) && task.is_active());
        let name = cluster.instance_name(instance);
        let (text, rule) = match (from.is_draining(), to) {
            _ if !is_here => return,
            (false, InstanceStatus::Draining) => {
                let (means, rule) = what_it_means(cluster, id);
                (format!("{name} is DRAINING: {means}"), rule)
            }
            (true, InstanceStatus::Active) => {
                (format!("{name} drains no longer: the task can stay"), "INS-7")
            }
            _ => return,
        };
        self.add(Entry::new(at, Kind::Instance, text, [rule]));
    }
}

/// What it means for a task that its instance drains.
pub(super) fn what_it_means(cluster: &Cluster, id: TaskId) -> (&'static str, &'static str) {
    match cluster.tasks[id].service() {
        None => ("a standalone task is left alone until it ends", "INS-7"),
        Some(service) if cluster.service(service).is_daemon() => {
            ("a daemon goes when every other task has gone", "INS-8")
        }
        Some(_) => ("the task goes when the limits of its service let another do its work", "INS-6"),
    }
}

/// Why the task on a DRAINING instance could go: its replacement is there, the floor lets it go first, or it did not run.
pub(super) fn what_let_it_go(cluster: &Cluster, id: TaskId, cause: StopCause) -> Option<String> {
    let task = &cluster.tasks[id];
    let service = cluster.service(task.service()?);
    if cause != StopCause::Draining || service.is_daemon() {
        return None;
    }
    if task.started_at.is_none() {
        return Some("it does not run yet, so it goes at once".to_owned());
    }
    let (settings, counts) = (&service.settings, service.counts);
    // The task itself is counted no longer.
    let without = format!(
        "without it {} of {} are there, {} healthy",
        words::tasks(counts.active),
        settings.desired_count,
        counts.healthy
    );
    Some(if counts.active >= settings.desired_count {
        format!("its replacement came first: {without}")
    } else {
        let (percent, floor) = (settings.minimum_healthy_percent, settings.floor_healthy());
        format!(
            "it goes before its replacement comes: {without}, and minimumHealthyPercent {percent} keeps {floor}"
        )
    })
}

/// What keeps the tasks on a DRAINING instance there, each sentence with its rules.
pub(super) fn what_keeps(
    at: SimTime,
    cluster: &Cluster,
    instance: InstanceId,
) -> Vec<(String, Vec<&'static str>)> {
    let all = cluster.instances[instance].tasks.iter().copied();
    let active: Vec<TaskId> = all.filter(|task| cluster.tasks[*task].is_active()).collect();
    let services: BTreeSet<ServiceId> =
        active.iter().filter_map(|task| cluster.tasks[*task].service()).collect();
    let mut reasons: Vec<(String, Vec<&'static str>)> = Vec::new();
    for id in services {
        let service = cluster.service(id);
        if service.is_daemon() || service.status != ServiceStatus::Active {
            continue;
        }
        let starts = tasks_to_start(cluster, id).iter().map(|(_, count)| count).sum();
        let Some(look) = Look::of(cluster, id, starts) else { continue };
        let Some(blocked) = look.blocked() else { continue };
        let entry = words::blocked(at, cluster, &look, blocked);
        let sentence = [vec![entry.text], entry.details.facts].concat().join(": ");
        reasons.push((format!("{}: {sentence}", service.name), entry.rules));
    }
    for task in active {
        let (means, rule) = what_it_means(cluster, task);
        if rule != "INS-6" {
            reasons.push((format!("{}: {means}", cluster.task_name(task)), vec![rule]));
        }
    }
    reasons
}
