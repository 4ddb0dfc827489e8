//! Room on a host: the agent starts a task only when its host truly has what the task needs (LIF-21). Where ECS counts
//! resources as free once a task is told to stop, a new one may come before the old one has gone.

use super::event::Event;
use super::simulation::Simulation;
use crate::model::host_port::are_free;
use crate::model::parameters::ReleaseResourcesAt;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, InstanceId, Resources, TaskId};
use crate::observe::Observer;
use crate::policy::explain::{ExplanationSink, Note, Topic};

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Keeps the task in PENDING, behind those that came before it, if its host has no room yet; whether it did (LIF-4).
    pub(super) fn hold_until_room(&mut self, task: TaskId) -> bool {
        let Host::Instance(instance) = self.cluster.tasks[task].host else { return false };
        if self.fates[task.slot()].admitted
            || *self.cluster.parameters.release_resources_at() == ReleaseResourcesAt::LastStopped
        {
            return false;
        }
        if self.waiting_for_room[instance.slot()].is_empty() && self.has_room(instance, task) {
            self.fates[task.slot()].admitted = true;
            return false;
        }
        if self.cluster.tasks[task].last_status == TaskStatus::Provisioning {
            let (from, to) = (TaskStatus::Provisioning, TaskStatus::Pending);
            self.change(&Change::TaskStatusChanged { task, from, to });
        }
        self.waiting_for_room[instance.slot()].push_back(task);
        if S::WANTED && self.sink.wants(Topic::Task(task)) {
            self.sink.note(Note::WaitsForRoom { task });
        }
        true
    }

    /// A task has gone: those that waited for its room start, in order.
    pub(super) fn admit_waiting(&mut self, gone: TaskId) {
        let Host::Instance(instance) = self.cluster.tasks[gone].host else { return };
        while let Some(next) = self.waiting_for_room[instance.slot()].front().copied() {
            let still_waits = self.cluster.tasks.get(next).is_some_and(|task| task.is_active() && !task.lost);
            if still_waits && !self.has_room(instance, next) {
                return;
            }
            self.waiting_for_room[instance.slot()].pop_front();
            if still_waits {
                self.fates[next.slot()].admitted = true;
                let event = Event::TaskAdvances(next);
                self.fates[next.slot()].next = Some(self.queue.schedule(self.now, event.rank(), event));
            }
        }
    }

    fn has_room(&self, instance: InstanceId, task: TaskId) -> bool {
        let found = &self.cluster.instances[instance];
        let admitted: Vec<TaskId> =
            found.tasks.iter().copied().filter(|other| self.fates[other.slot()].admitted).collect();
        let ports_of = |task: &TaskId| {
            let definition = self.cluster.tasks[*task].task_definition;
            self.cluster.task_definition(definition).host_ports.as_slice()
        };
        let sum = |sum: Resources, other: &TaskId| sum.plus(self.cluster.tasks[*other].reserved);
        let used = admitted.iter().fold(Resources::default(), sum);
        let left = found.registered.minus(used).unwrap_or_default();
        let held: Vec<_> = admitted.iter().flat_map(ports_of).copied().collect();
        let takes_interface = |task: &&TaskId| {
            self.cluster.task_definition(self.cluster.tasks[**task].task_definition).takes_interface()
        };
        let interfaces = admitted.iter().filter(takes_interface).count() as u32;
        let limit = found.traits.awsvpc_task_limit.filter(|_| takes_interface(&&task));
        left.covers(self.cluster.tasks[task].reserved)
            && are_free(&held, ports_of(&task))
            && limit.is_none_or(|limit| interfaces < limit)
    }
}
