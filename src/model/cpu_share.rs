//! How much CPU a task can have on its container instance (CON-15).

use crate::model::service::Service;
use crate::model::task::Host;
use crate::model::task_definition::{OperatingSystem, TaskDefinition};
use crate::model::{Cluster, InstanceId, TaskId};

/// What Linux counts for a container that reserves less.
const LEAST_SHARES: u32 = 2;

/// Whether containers of this definition use more CPU than they reserve where their instance has it: on Linux, without
/// task-level cpu, which is a ceiling. Where nothing is reserved there is nothing that it could be more of.
#[must_use]
pub fn borrows(definition: &TaskDefinition) -> bool {
    !definition.has_cpu_ceiling
        && matches!(definition.operating_system, OperatingSystem::Linux)
        && definition.reserved.cpu > 0
}

/// CPU units that a task gets while all tasks of its instance want as much as they can get: what it reserves, and of the CPU
/// that nobody reserves its part by shares. What others reserve and leave idle is not lent, so that it is the least that a
/// task has.
#[must_use]
pub fn available_cpu(cluster: &Cluster, id: TaskId) -> u32 {
    let task = &cluster.tasks[id];
    let reserved = task.reserved.cpu;
    match task.host {
        Host::Instance(instance) if borrows(cluster.task_definition(task.task_definition)) => {
            let (free, shares) = contended(cluster, instance);
            let own = u64::from(reserved.max(LEAST_SHARES));
            let part = (u64::from(free) * own).checked_div(shares).unwrap_or(0);
            u32::try_from(part).unwrap_or(u32::MAX).max(reserved)
        }
        Host::Instance(_) | Host::Fargate(_) | Host::Unplaced(_) => reserved,
    }
}

/// How many times the CPU that they reserve the tasks of a service have that serve, in the mean.
#[must_use]
pub fn mean_factor(cluster: &Cluster, service: &Service) -> f64 {
    let borrows_any =
        service.deployments.iter().any(|one| borrows(cluster.task_definition(one.task_definition)));
    if !borrows_any {
        return 1.0;
    }
    let (mut available, mut reserved) = (0u64, 0u64);
    for id in &service.tasks {
        let task = &cluster.tasks[*id];
        if task.is_active() && task.serves() {
            available += u64::from(available_cpu(cluster, *id));
            reserved += u64::from(task.reserved.cpu);
        }
    }
    if reserved == 0 { 1.0 } else { available as f64 / reserved as f64 }
}

/// The CPU of an instance without that of tasks with a ceiling, and the shares of the others.
fn contended(cluster: &Cluster, instance: InstanceId) -> (u32, u64) {
    let found = &cluster.instances[instance];
    let (mut free, mut shares) = (found.registered.cpu, 0);
    for task in found.tasks.iter().map(|task| &cluster.tasks[*task]) {
        let definition = cluster.task_definition(task.task_definition);
        let has_ceiling =
            definition.has_cpu_ceiling || !matches!(definition.operating_system, OperatingSystem::Linux);
        match has_ceiling {
            true => free = free.saturating_sub(task.reserved.cpu),
            false => shares += u64::from(task.reserved.cpu.max(LEAST_SHARES)),
        }
    }
    (free, shares)
}
