//! What happens to tasks: the way up, the way down (LIF). What their containers do is in `on_container`.

use super::event::Event;
use super::simulation::Simulation;
use crate::model::container::HealthStatus;
use crate::model::stop::{StartFailure, StopCause};
use crate::model::target_group::TargetState;
use crate::model::task::{Host, Impairment, Origin, TaskStatus};
use crate::model::{Change, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// The work of the current status is done: the next status with work follows. Nothing if the plan was called off
    /// while the news of it was held back (INS-4).
    pub(super) fn on_task_advances(&mut self, task: TaskId) {
        if self.fates[task.slot()].next.take().is_none() {
            return;
        }
        match self.cluster.tasks[task].last_status {
            TaskStatus::Provisioning if matches!(self.cluster.tasks[task].host, Host::Unplaced(_)) => {
                self.stop_task(task, StopCause::FailedToStart(StartFailure::NoCapacity));
            }
            TaskStatus::Provisioning => self.advance_start_up(task, TaskStatus::Pending),
            TaskStatus::Pending => {
                if !self.hold_until_room(task) {
                    self.advance_start_up(task, TaskStatus::Activating);
                }
            }
            TaskStatus::Activating => self.on_images_are_there(task),
            TaskStatus::Running | TaskStatus::Deactivating | TaskStatus::Stopping => self.deprovision(task),
            TaskStatus::Deprovisioning | TaskStatus::Stopped => self.end_task(task),
        }
    }

    /// Goes through the start-up states from `status` on; states without work are skipped (LIF-1).
    pub(super) fn advance_start_up(&mut self, task: TaskId, mut status: TaskStatus) {
        loop {
            let prepared = status == TaskStatus::Pending;
            if prepared && self.fails_to_start(task, StartFailure::ResourceInitialization) {
                return;
            }
            let (index, next) = match status {
                TaskStatus::Provisioning => (0, TaskStatus::Pending),
                TaskStatus::Pending => (1, TaskStatus::Activating),
                TaskStatus::Activating
                | TaskStatus::Running
                | TaskStatus::Deactivating
                | TaskStatus::Stopping
                | TaskStatus::Deprovisioning
                | TaskStatus::Stopped => (2, TaskStatus::Running),
            };
            let work = self.fates[task.slot()].start_up[index];
            if !work.is_zero() {
                self.set_status(task, status);
                self.fates[task.slot()].next = self.after(work, Event::TaskAdvances(task));
                return;
            }
            if next == TaskStatus::Activating && self.hold_until_room(task) {
                return;
            }
            match next {
                TaskStatus::Running => return self.on_images_are_there(task),
                _ => status = next,
            }
        }
    }

    /// The pull is over: containers start as far as nothing holds them back (CON-2).
    fn on_images_are_there(&mut self, task: TaskId) {
        if self.fails_to_start(task, StartFailure::CannotPullContainer) {
            return;
        }
        if self.cluster.tasks[task].last_status == TaskStatus::Activating {
            self.change(&Change::PullStopped { task });
        }
        self.keep_image(task);
        self.start_containers(task);
    }

    /// Whether the task fails to start here and now, of `failure` or of all that belongs to the same step; its stop
    /// is then under way (FAIL-2).
    pub(super) fn fails_to_start(&mut self, task: TaskId, failure: StartFailure) -> bool {
        let fated = self.fates[task.slot()].start_failure.filter(|fated| *fated == failure);
        let from_outside = (failure == StartFailure::CannotPullContainer)
            .then(|| self.cluster.tasks[task].service())
            .flatten()
            .is_some_and(|service| {
                self.services.get(service.index()).is_some_and(|timers| timers.starts_fail_until > self.now)
            });
        if fated.is_none() && !from_outside {
            return false;
        }
        self.stop_task(task, StopCause::FailedToStart(failure));
        true
    }

    /// All containers that are due have started (LIF-6).
    pub(super) fn on_task_runs(&mut self, task: TaskId) {
        self.register_targets(task);
        self.set_status(task, TaskStatus::Running);
        self.note_running(task);
        self.plan_life(task);
        if let Some(healthy_after) = self.fates[task.slot()].healthy_after {
            if healthy_after.is_zero() {
                self.on_task_becomes_healthy(task);
            } else {
                let ticket = self.after(healthy_after, Event::TaskBecomesHealthy(task));
                self.fates[task.slot()].health = ticket;
            }
        } else {
            self.on_task_health_may_have_changed(task);
        }
        self.end_start_failures(task);
        self.wake_service_of(task);
    }

    /// Plans what ends a task that has just begun to run, counted from now.
    pub(super) fn plan_life(&mut self, task: TaskId) {
        self.plan_end_of_work(task);
        if let Some(interrupted_after) = self.fates[task.slot()].interruption {
            let ticket = self.after(interrupted_after, Event::SpotIsReclaimed(task));
            self.fates[task.slot()].reclaim = ticket;
        }
    }

    pub(super) fn on_task_becomes_healthy(&mut self, task: TaskId) {
        self.fates[task.slot()].health = None;
        self.change(&Change::TaskHealthChanged { task, healthy: true });
        self.note_healthy(task);
        self.wake_service_of(task);
    }

    /// Health of a task with checks, as its service counts it (SVC-12), and the wish to replace it (SVC-14); a
    /// standalone task runs on whatever its health (CON-10).
    pub(super) fn on_task_health_may_have_changed(&mut self, id: TaskId) {
        let task = &self.cluster.tasks[id];
        let Origin::Service { service, .. } = task.origin else { return };
        // Of a lost host nobody hears but the load balancers, whose checks fail.
        if !task.is_active()
            || task.last_status != TaskStatus::Running
            || task.lost && task.targets.is_empty()
        {
            return;
        }
        let has_check = self.cluster.task_definition(task.task_definition).has_health_check();
        let healthy = (task.health == HealthStatus::Healthy || !has_check) && task.all_targets_healthy();
        if task.checked && healthy != task.healthy {
            self.change(&Change::TaskHealthChanged { task: id, healthy });
            if healthy {
                self.note_healthy(id);
            }
            self.wake_service_of(id);
        }
        let task = &self.cluster.tasks[id];
        let unhealthy_target = task.targets.iter().any(|target| target.state == TargetState::Unhealthy);
        let wish = match (task.health == HealthStatus::Unhealthy, unhealthy_target) {
            (true, _) => Some(Impairment::Unhealthy),
            (false, true) => Some(Impairment::TargetUnhealthy),
            (false, false) => None,
        };
        match (wish, task.impairment) {
            (Some(wish), None) => {
                let grace = self.cluster.service(service).settings.grace_period;
                let ends = task.started_at.unwrap_or(self.now) + grace;
                if ends <= self.now {
                    self.impair(id, Some(wish));
                    if wish == Impairment::TargetUnhealthy {
                        self.tell_unhealthy_targets(id);
                    }
                } else if self.fates[id.slot()].grace.is_none() {
                    let ticket = self.after(ends - self.now, Event::GraceEnds(id));
                    self.fates[id.slot()].grace = ticket;
                }
            }
            (None, Some(Impairment::Unhealthy | Impairment::TargetUnhealthy)) => self.impair(id, None),
            (Some(_) | None, _) => {}
        }
    }

    /// SVC-15: from now on failing health checks count.
    pub(super) fn on_grace_ends(&mut self, task: TaskId) {
        self.fates[task.slot()].grace = None;
        self.on_task_health_may_have_changed(task);
    }

    /// Whether the service wants another task in the place of this one.
    pub(super) fn impair(&mut self, task: TaskId, impairment: Option<Impairment>) {
        self.change(&Change::TaskImpairmentChanged { task, impairment });
        self.wake_service_of(task);
    }

    /// SPT-5: the warning is the stop order, and the stop signal comes at once.
    pub(super) fn on_spot_is_reclaimed(&mut self, task: TaskId) {
        self.fates[task.slot()].reclaim = None;
        self.stop_task(task, StopCause::SpotInterruption);
    }

    /// Tells a task to stop: its containers get the stop signal (LIF-8); one that has none yet goes straight down (LIF-19).
    /// Nothing if it was told before.
    pub(super) fn stop_task(&mut self, task: TaskId, cause: StopCause) {
        if !self.cluster.tasks.get(task).is_some_and(|task| task.is_active()) {
            return;
        }
        self.cancel_plans_of_task(task);
        self.change(&Change::TaskStopOrdered { task, cause });
        self.count_failure_of_health(task, cause);
        self.ask_constraints_again();
        self.wake_service_of(task);
        if self.deregister_targets(task) {
            return; // the stop signal comes when that is over (LB-8)
        }
        let host = self.cluster.tasks[task].host;
        if self.cluster.tasks[task].lost || !self.cluster.host_is_connected(host) {
            return; // nobody there to hear it: ECS notices the loss (INS-5), or the agent comes back (INS-4)
        }
        self.stop_containers(task);
    }

    /// All containers have ended: what the task had of the network goes back, then it is STOPPED (LIF-9).
    pub(super) fn deprovision(&mut self, task: TaskId) {
        let deprovisioning = self.fates[task.slot()].deprovisioning;
        if deprovisioning.is_zero() {
            return self.end_task(task);
        }
        self.set_status(task, TaskStatus::Deprovisioning);
        self.wake_service_of(task);
        self.fates[task.slot()].next = self.after(deprovisioning, Event::TaskAdvances(task));
    }

    pub(super) fn end_task(&mut self, task: TaskId) {
        self.leave_targets(task);
        self.set_status(task, TaskStatus::Stopped);
        self.stopped.push_back((self.now + *self.cluster.parameters.stopped_task_retention(), task));
        self.count_failed_start(task);
        self.count_failure_to_start(task);
        self.wake_service_of(task);
        self.wake_daemons_beside(task);
        self.tell_caller_of_end(task);
        self.admit_waiting(task);
        self.look_at_drain(task);
    }

    /// The host under a task is gone in reality. ECS does not know yet.
    pub(super) fn lose_task(&mut self, task: TaskId) {
        self.cancel_plans_of_task(task);
        self.cancel_plans_of_containers(task);
        self.change(&Change::TaskHostLost { task });
        self.plan_target_checks(task);
    }

    /// ECS notices that the host of a task is gone: the task is STOPPED (INS-5).
    pub(super) fn on_lost_task_is_noticed(&mut self, task: TaskId) {
        let Some(found) = self.cluster.tasks.get(task) else { return };
        if found.last_status == TaskStatus::Stopped {
            return;
        }
        let cause = self.cause_of_loss(found.host);
        let was_active = found.is_active();
        self.cancel_plans_of_task(task); // it may have been protected since
        if was_active {
            self.change(&Change::TaskStopOrdered { task, cause });
        }
        self.end_containers(task);
        self.end_task(task);
    }

    pub(super) fn cancel_plans_of_task(&mut self, task: TaskId) {
        let fate = &mut self.fates[task.slot()];
        let plans = [
            fate.next.take(),
            fate.health.take(),
            fate.reclaim.take(),
            fate.grace.take(),
            fate.protection.take(),
        ];
        for ticket in plans.into_iter().flatten() {
            self.queue.cancel(ticket);
        }
    }
}
