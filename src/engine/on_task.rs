//! What happens to tasks: start-up, exit, health, stop (LIF, CON-1).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimDuration;
use crate::model::reason::StopCause;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// The work of the current status is done: the next status with work follows.
    pub(super) fn on_task_advances(&mut self, task: TaskId) {
        self.fates[task.slot()].next = None;
        match self.cluster.tasks[task].last_status {
            TaskStatus::Provisioning => self.advance_start_up(task, TaskStatus::Pending),
            TaskStatus::Pending => self.advance_start_up(task, TaskStatus::Activating),
            TaskStatus::Activating => self.advance_start_up(task, TaskStatus::Running),
            TaskStatus::Running | TaskStatus::Deactivating | TaskStatus::Stopping => {
                self.deprovision(task);
            }
            TaskStatus::Deprovisioning | TaskStatus::Stopped => self.end_task(task),
        }
    }

    /// All containers that are due have started (LIF-6).
    pub(super) fn on_task_runs(&mut self, task: TaskId) {
        self.set_status(task, TaskStatus::Running);
        self.plan_life(task);
        if let Some(healthy_after) = self.fates[task.slot()].healthy_after {
            if healthy_after.is_zero() {
                self.on_task_becomes_healthy(task);
            } else {
                let ticket = self.after(healthy_after, Event::TaskBecomesHealthy(task));
                self.fates[task.slot()].health = ticket;
            }
        }
        self.wake_service_of(task);
    }

    /// Plans what ends a task that has just begun to run, counted from now.
    pub(super) fn plan_life(&mut self, task: TaskId) {
        let fate = self.fates[task.slot()];
        if let Some((exits_after, _)) = fate.exit {
            let ticket = self.after(exits_after, Event::ContainerExits(task));
            self.fates[task.slot()].exits = ticket;
        }
        if let Some(interrupted_after) = fate.interruption {
            let ticket = self.after(interrupted_after, Event::SpotIsReclaimed(task));
            self.fates[task.slot()].reclaim = ticket;
        }
    }

    pub(super) fn on_task_becomes_healthy(&mut self, task: TaskId) {
        self.fates[task.slot()].health = None;
        self.change(&Change::TaskHealthChanged { task, healthy: true });
        self.wake_service_of(task);
    }

    /// An essential container exits by itself: the others are stopped and the task ends (CON-1).
    pub(super) fn on_container_exits(&mut self, task: TaskId) {
        let fate = &mut self.fates[task.slot()];
        fate.exits = None;
        if let Some((_, cause)) = fate.exit {
            self.exit_container(task, cause);
        }
    }

    /// An essential container of an active task is gone; what is left of its containers gets the stop signal.
    pub(super) fn exit_container(&mut self, task: TaskId, cause: StopCause) {
        if self.cluster.tasks.get(task).is_some_and(|task| task.is_active()) {
            let left = self.fates[task.slot()].stopping_after_exit;
            self.order_stop(task, cause, left);
        }
    }

    /// SPT-5: the warning is the stop order, and the stop signal comes at once.
    pub(super) fn on_spot_is_reclaimed(&mut self, task: TaskId) {
        self.fates[task.slot()].reclaim = None;
        self.stop_task(task, StopCause::SpotInterruption);
    }

    /// Tells a task to stop: all its containers get the stop signal (LIF-8). Nothing if it was told before.
    pub(super) fn stop_task(&mut self, task: TaskId, cause: StopCause) {
        if self.cluster.tasks.get(task).is_some_and(|task| task.is_active()) {
            let stopping = self.fates[task.slot()].stopping;
            self.order_stop(task, cause, stopping);
        }
    }

    fn order_stop(&mut self, task: TaskId, cause: StopCause, stopping: SimDuration) {
        self.cancel_plans(task);
        self.change(&Change::TaskStopOrdered { task, cause });
        self.wake_service_of(task);
        if self.fates[task.slot()].lost {
            return; // its host is gone: ECS hears nothing of it until it notices (INS-5)
        }
        let was_running = self.cluster.tasks[task].last_status == TaskStatus::Running;
        if was_running && !stopping.is_zero() {
            self.set_status(task, TaskStatus::Stopping);
            let ticket = self.after(stopping, Event::TaskAdvances(task));
            self.fates[task.slot()].next = ticket;
        } else {
            self.deprovision(task); // LIF-19: before RUNNING there is no container to stop
        }
    }

    fn deprovision(&mut self, task: TaskId) {
        let deprovisioning = self.fates[task.slot()].deprovisioning;
        if deprovisioning.is_zero() {
            return self.end_task(task);
        }
        self.set_status(task, TaskStatus::Deprovisioning);
        self.wake_service_of(task);
        let ticket = self.after(deprovisioning, Event::TaskAdvances(task));
        self.fates[task.slot()].next = ticket;
    }

    fn end_task(&mut self, task: TaskId) {
        self.set_status(task, TaskStatus::Stopped);
        self.stopped.push_back((self.now + *self.cluster.parameters.stopped_task_retention(), task));
        self.wake_service_of(task);
        self.tell_caller_of_end(task);
    }

    /// The host under a task is gone in reality. ECS does not know yet.
    pub(super) fn lose_task(&mut self, task: TaskId) {
        self.cancel_plans(task);
        self.fates[task.slot()].lost = true;
        if self.cluster.tasks[task].healthy && self.cluster.tasks[task].is_active() {
            self.change(&Change::TaskHealthChanged { task, healthy: false });
        }
    }

    /// ECS notices that the host of a task is gone: the task is STOPPED (INS-5).
    pub(super) fn on_lost_task_is_noticed(&mut self, task: TaskId) {
        let Some(found) = self.cluster.tasks.get(task) else { return };
        if found.last_status == TaskStatus::Stopped {
            return;
        }
        let cause = match found.host {
            Host::Instance(_) => StopCause::HostLost,
            Host::Fargate(_) => StopCause::FargateHostLost,
        };
        if found.is_active() {
            self.change(&Change::TaskStopOrdered { task, cause });
        }
        self.end_task(task);
    }

    fn cancel_plans(&mut self, task: TaskId) {
        let fate = &mut self.fates[task.slot()];
        let plans = [fate.next.take(), fate.health.take(), fate.exits.take(), fate.reclaim.take()];
        for ticket in plans.into_iter().flatten() {
            self.queue.cancel(ticket);
        }
    }
}
