//! MemoryUtilization of a service (AAS-3).

use super::simulation::Simulation;
use crate::kernel::time::SimTime;
use crate::model::scaling::{ScalingMetric, ScalingPolicy};
use crate::model::task::TaskStatus;
use crate::model::{ServiceId, TaskId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

const MS_PER_HOUR: f64 = 3_600_000.0;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    fn watches_memory(&self, id: ServiceId) -> bool {
        let service = self.cluster.service(id);
        let policies = service.scaling.iter().flat_map(|target| &target.policies);
        let mut tracked = policies.filter_map(ScalingPolicy::tracking).map(|tracking| tracking.metric);
        tracked.any(|metric| metric == ScalingMetric::MemoryUtilization)
            || service.metric_alarms.iter().any(|alarm| alarm.metric == ScalingMetric::MemoryUtilization)
    }

    /// Whether somebody watches memory that grows.
    pub(super) fn memory_moves(&self, id: ServiceId) -> bool {
        self.watches_memory(id)
            && self.cluster.service(id).deployments.iter().any(|deployment| {
                let behaviour = &self.behaviours[deployment.task_definition.index()];
                let uses = behaviour.containers.values().filter_map(|container| container.memory);
                uses.into_iter().any(|memory| memory.growth_mib_per_hour > 0.0)
            })
    }

    /// AAS-3: what the RUNNING tasks use at `at` of what their definitions ask for, in millionths of a percent; `None` where
    /// nobody asks or none runs.
    pub(super) fn memory_of(&self, id: ServiceId, at: SimTime) -> Option<u64> {
        if !self.watches_memory(id) {
            return None;
        }
        let (mut used, mut whole) = (0.0, 0.0);
        for task in &self.cluster.service(id).tasks {
            if self.cluster.tasks[*task].last_status == TaskStatus::Running {
                let (of_task, all) = self.memory_of_task(*task, at);
                (used, whole) = (used + of_task, whole + all);
            }
        }
        (whole > 0.0).then(|| (used / whole * 1e8 + 0.5) as u64)
    }

    /// MiB used and asked for: the sum of memoryReservation, or else memory, of the containers; the memory of the task where
    /// one says neither.
    fn memory_of_task(&self, task: TaskId, at: SimTime) -> (f64, f64) {
        let found = &self.cluster.tasks[task];
        let definition = self.cluster.task_definition(found.task_definition);
        let behaviour = &self.behaviours[found.task_definition.index()];
        let (mut used, mut whole) = (0.0, Some(0.0));
        for (index, container) in definition.containers.iter().enumerate() {
            let asked = container.memory_reservation_mib.or(container.memory_mib).map(f64::from);
            whole = whole.zip(asked).map(|(sum, own)| sum + own);
            let memory = behaviour.containers.get(&container.name).and_then(|container| container.memory);
            let (Some(memory), Some(started)) = (memory, found.containers[index].started_at) else {
                continue;
            };
            let hours = at.since(started).0 as f64 / MS_PER_HOUR;
            let uses = memory.at_start_mib + memory.growth_mib_per_hour * hours;
            used += uses.min(definition.memory_limit_mib(index).map_or(f64::INFINITY, f64::from));
        }
        (used, whole.or(definition.memory_limit_mib.map(f64::from)).unwrap_or(0.0))
    }
}
