//! How many more instances the waiting tasks of a provider need (CAS-5 to CAS-7).

use std::collections::BTreeMap;

use crate::model::auto_scaling_group::InstanceKind;
use crate::model::parameters::GroupCombine;
use crate::model::task::Task;
use crate::model::{AutoScalingGroupId, Cluster, Resources};

/// What the waiting tasks need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Nobody waits.
    None,
    /// So many more instances: a lower bound, for tasks of different demands may not share them.
    Instances(u32),
    /// Nothing that waits fits the smallest type of the group (CAS-7).
    Incompatible,
}

/// What a waiting task asks for, as far as the count goes by it (CAS-5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Demand {
    /// CPU units.
    pub cpu: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// GPUs.
    pub gpus: u32,
    /// Network interfaces (CON-20).
    pub interfaces: u32,
    /// A fixed host port or `distinctInstance`: one task an instance (CAS-6).
    pub alone: bool,
}

/// Waiting tasks of one demand (CAS-5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DemandGroup {
    /// What each of them asks for.
    pub demand: Demand,
    /// How many wait.
    pub tasks: u32,
    /// How many of them an empty instance takes (CAS-6); 0 where one does not fit the smallest type and the group is left
    /// out of the count (CAS-7).
    pub per_instance: u32,
}

impl DemandGroup {
    /// How many instances the group needs by itself; none where it is left out of the count.
    #[must_use]
    pub fn instances(&self) -> Option<u32> {
        (self.per_instance > 0).then(|| self.tasks.div_ceil(self.per_instance))
    }
}

/// What an instance offers in each dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Offer {
    resources: Resources,
    interfaces: u32,
}

/// The tasks that wait for a group by what they ask for (CAS-5 to CAS-7).
#[must_use]
pub fn demand_groups(cluster: &Cluster, group: AutoScalingGroupId) -> Vec<DemandGroup> {
    let group = cluster.auto_scaling_group(group);
    let waiting = &cluster.pools[group.pool.index()].waiting_tasks;
    let active = waiting.iter().map(|task| &cluster.tasks[*task]).filter(|task| task.is_active());
    let mut demands: BTreeMap<Demand, u32> = BTreeMap::new();
    active.for_each(|task| *demands.entry(demand_of(cluster, task)).or_insert(0) += 1);
    grouped(demands, &group.settings.kinds)
}

fn grouped(demands: BTreeMap<Demand, u32>, kinds: &[InstanceKind]) -> Vec<DemandGroup> {
    let (largest, smallest) = offers(kinds);
    let of = |(demand, tasks): (Demand, u32)| DemandGroup {
        demand,
        tasks,
        per_instance: match tasks_per_instance(&demand, smallest) {
            0 => 0,
            _ => tasks_per_instance(&demand, largest),
        },
    };
    demands.into_iter().map(of).collect()
}

/// What all of them need together: the most that a group needs, or the sum (CAS-5).
#[must_use]
pub fn need(groups: &[DemandGroup], combine: GroupCombine) -> Need {
    if groups.is_empty() {
        return Need::None;
    }
    let needs = groups.iter().filter_map(DemandGroup::instances);
    let combined = match combine {
        GroupCombine::Max => needs.max(),
        GroupCombine::Sum => needs.reduce(u32::saturating_add),
    };
    combined.map_or(Need::Incompatible, Need::Instances)
}

fn demand_of(cluster: &Cluster, task: &Task) -> Demand {
    let definition = cluster.task_definition(task.task_definition);
    Demand {
        cpu: task.reserved.cpu,
        memory_mib: task.reserved.memory_mib,
        gpus: task.reserved.gpus,
        interfaces: u32::from(definition.takes_interface()),
        alone: !definition.host_ports.is_empty() || task.distinct_instance,
    }
}

/// The largest and the smallest of each dimension over the types of a group (CAS-7).
fn offers(kinds: &[InstanceKind]) -> (Offer, Offer) {
    let each = |pick: fn(u32, u32) -> u32| {
        let dimension = |of: &dyn Fn(&InstanceKind) -> u32| kinds.iter().map(of).reduce(pick).unwrap_or(0);
        Offer {
            resources: Resources {
                cpu: dimension(&|kind| kind.registered.cpu),
                memory_mib: dimension(&|kind| kind.registered.memory_mib),
                gpus: dimension(&|kind| kind.registered.gpus),
            },
            interfaces: dimension(&|kind| kind.traits.awsvpc_task_limit.unwrap_or(u32::MAX)),
        }
    };
    (each(u32::max), each(u32::min))
}

/// How many tasks of one demand an empty instance takes: the scarcest dimension (CAS-6).
fn tasks_per_instance(demand: &Demand, offer: Offer) -> u32 {
    let per = |offered: u32, asked: u32| offered.checked_div(asked).unwrap_or(u32::MAX);
    let fit = per(offer.resources.cpu, demand.cpu)
        .min(per(offer.resources.memory_mib, demand.memory_mib))
        .min(per(offer.resources.gpus, demand.gpus))
        .min(per(offer.interfaces, demand.interfaces));
    if demand.alone { fit.min(1) } else { fit }
}

#[cfg(test)]
mod tests;
