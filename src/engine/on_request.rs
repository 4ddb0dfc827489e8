//! What follows from requests about container instances and from the protection of tasks (INS-6, INS-10, SVC-20).

use super::event::Event;
use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::instance::InstanceStatus;
use crate::model::stop::StopCause;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, InstanceId, ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Somebody set the status of an instance, deregistered it or registered it again.
    pub(super) fn set_instance_status_on_request(&mut self, id: InstanceId, to: InstanceStatus) {
        let from = self.cluster.instances[id].status;
        match to {
            InstanceStatus::Active if !from.is_there() => self.register_again(id),
            InstanceStatus::Active
            | InstanceStatus::Registering
            | InstanceStatus::Draining
            | InstanceStatus::Lost
            | InstanceStatus::LostDraining
            | InstanceStatus::Unregistered => self.set_instance_status(id, to),
            InstanceStatus::Inactive | InstanceStatus::Deregistered => self.deregister_instance(id, to),
        }
    }

    /// INS-10: what still runs there is nobody's any more, and ECS counts it as stopped.
    fn deregister_instance(&mut self, id: InstanceId, to: InstanceStatus) {
        self.forget_plans_of_instance(id);
        if let Some(ticket) = self.instance_notices[id.slot()].take() {
            self.queue.cancel(ticket);
        }
        let mut tasks = self.cluster.instances[id].tasks.clone();
        tasks.sort_by_key(|task| (self.cluster.tasks[*task].created_at, task.slot()));
        self.set_instance_status(id, to);
        for task in &tasks {
            self.cancel_plans_of_task(*task);
            self.cancel_plans_of_containers(*task);
            if self.cluster.tasks[*task].is_active() {
                let cause = StopCause::HostDeregistered;
                self.change(&Change::TaskStopOrdered { task: *task, cause });
            }
        }
        for task in tasks {
            self.end_containers(task);
            self.end_task(task);
        }
    }

    /// What the services with tasks on this instance read has changed (INS-6).
    pub(super) fn wake_services_on(&mut self, instance: InstanceId) {
        let tasks = self.cluster.instances[instance].tasks.clone();
        tasks.into_iter().for_each(|task| self.wake_service_of(task));
    }

    /// INS-8: a daemon on a DRAINING instance may go when the last of the others has.
    pub(super) fn wake_daemons_beside(&mut self, gone: TaskId) {
        let Host::Instance(instance) = self.cluster.tasks[gone].host else { return };
        if !self.cluster.instances[instance].status.is_draining() {
            return;
        }
        let tasks = self.cluster.instances[instance].tasks.clone();
        for task in tasks {
            let service = self.cluster.tasks[task].service();
            if service.is_some_and(|service: ServiceId| self.cluster.service(service).is_daemon()) {
                self.wake_service_of(task);
            }
        }
    }

    /// SVC-20: a new protection ends at a time of its own; each request begins the time anew.
    pub(super) fn on_protection_changed(&mut self, task: TaskId, until: Option<SimTime>) {
        if let Some(ticket) = self.fates[task.slot()].protection.take() {
            self.queue.cancel(ticket);
        }
        if let Some(until) = until {
            self.fates[task.slot()].protection = self.after(until - self.now, Event::ProtectionExpires(task));
        }
        self.wake_service_of(task);
    }

    pub(super) fn on_protection_expires(&mut self, task: TaskId) {
        self.fates[task.slot()].protection = None;
        debug_assert!(self.cluster.tasks[task].last_status < TaskStatus::Stopped);
        self.change(&Change::TaskProtectionChanged { task, until: None });
        self.wake_service_of(task);
    }
}
