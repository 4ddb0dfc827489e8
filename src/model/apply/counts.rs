//! The counts of services, deployments and callers, kept in step with their tasks.

use crate::model::service::{Service, TaskCounts};
use crate::model::stop::StopCause;
use crate::model::task::{Host, Origin, Task, TaskStatus};
use crate::model::{Cluster, TaskId};

impl Cluster {
    /// Changes a task and moves it between the counts of its service, deployment or caller.
    pub(super) fn recount(&mut self, id: TaskId, change: impl FnOnce(&mut Task)) {
        let task = &mut self.tasks[id];
        let before = contribution(task);
        change(task);
        let after = contribution(task);
        if before != after {
            self.each_count(id, |counts| {
                subtract(counts, &before);
                add(counts, &after);
            });
        }
    }

    pub(super) fn each_count(&mut self, id: TaskId, mut change: impl FnMut(&mut TaskCounts)) {
        match self.tasks[id].origin {
            Origin::Service { service, deployment } => {
                let Service { counts, deployments, .. } = &mut self.services[service.index()];
                change(counts);
                if let Some(found) = deployments.iter_mut().find(|d| d.number == deployment) {
                    change(&mut found.counts);
                }
            }
            Origin::Caller { caller } => change(&mut self.callers[caller.index()].counts),
        }
    }
}

/// What a task adds to the counts of its service. Recounted by the invariants.
#[must_use]
pub fn contribution(task: &Task) -> TaskCounts {
    let active = task.is_active();
    let impaired = active && task.impairment.is_some() && !task.draining;
    let stopping = !active && task.last_status <= TaskStatus::Stopping;
    TaskCounts {
        active: u32::from(active),
        pending: u32::from(active && task.last_status < TaskStatus::Running),
        running: u32::from(task.last_status == TaskStatus::Running),
        healthy: u32::from(active && task.healthy),
        serving: u32::from(active && task.serves()),
        impaired: u32::from(impaired),
        impaired_healthy: u32::from(impaired && task.healthy),
        draining: u32::from(active && task.draining),
        protected: u32::from(active && task.is_protected()),
        stopping: u32::from(stopping),
        stopping_drained: u32::from(stopping && task.stop == Some(StopCause::Draining)),
        still_serving: u32::from(
            stopping && task.serves() && !task.stop.is_some_and(StopCause::ends_service),
        ),
        unplaced: u32::from(active && matches!(task.host, Host::Unplaced(_))),
        present: u32::from(task.last_status != TaskStatus::Stopped),
    }
}

pub(super) fn add(to: &mut TaskCounts, part: &TaskCounts) {
    to.active += part.active;
    to.pending += part.pending;
    to.running += part.running;
    to.healthy += part.healthy;
    to.serving += part.serving;
    to.impaired += part.impaired;
    to.impaired_healthy += part.impaired_healthy;
    to.draining += part.draining;
    to.protected += part.protected;
    to.stopping += part.stopping;
    to.stopping_drained += part.stopping_drained;
    to.still_serving += part.still_serving;
    to.unplaced += part.unplaced;
    to.present += part.present;
}

pub(super) fn subtract(from: &mut TaskCounts, part: &TaskCounts) {
    from.active -= part.active;
    from.pending -= part.pending;
    from.running -= part.running;
    from.healthy -= part.healthy;
    from.serving -= part.serving;
    from.impaired -= part.impaired;
    from.impaired_healthy -= part.impaired_healthy;
    from.draining -= part.draining;
    from.protected -= part.protected;
    from.stopping -= part.stopping;
    from.stopping_drained -= part.stopping_drained;
    from.still_serving -= part.still_serving;
    from.unplaced -= part.unplaced;
    from.present -= part.present;
}
