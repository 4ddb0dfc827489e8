//! How many more instances the waiting tasks of a provider need (CAS-5 to CAS-7).

use std::collections::BTreeMap;

use crate::model::auto_scaling_group::InstanceKind;
use crate::model::placement::PlacementConstraint;
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

/// Waiting tasks of one demand (CAS-5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Shape {
    cpu: u32,
    memory_mib: u32,
    gpus: u32,
    interfaces: u32,
    /// A fixed host port or `distinctInstance`: one task an instance.
    alone: bool,
}

/// What an instance offers in each dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Offer {
    resources: Resources,
    interfaces: u32,
}

/// The need of all tasks that wait for a group: the largest over their demands (CAS-5).
#[must_use]
pub fn need(cluster: &Cluster, group: AutoScalingGroupId) -> Need {
    let group = cluster.auto_scaling_group(group);
    let waiting = &cluster.pools[group.pool.index()].waiting_tasks;
    let active = waiting.iter().map(|task| &cluster.tasks[*task]).filter(|task| task.is_active());
    let mut shapes: BTreeMap<Shape, u32> = BTreeMap::new();
    active.for_each(|task| *shapes.entry(shape_of(cluster, task)).or_insert(0) += 1);
    if shapes.is_empty() {
        return Need::None;
    }
    let (largest, smallest) = offers(&group.settings.kinds);
    let fitting = shapes.into_iter().filter(|(shape, _)| tasks_per_instance(shape, smallest) > 0);
    let needs = fitting.map(|(shape, count)| count.div_ceil(tasks_per_instance(&shape, largest)));
    needs.max().map_or(Need::Incompatible, Need::Instances)
}

fn shape_of(cluster: &Cluster, task: &Task) -> Shape {
    let definition = cluster.task_definition(task.task_definition);
    let service = task.service().map(|service| &cluster.service(service).settings.constraints);
    let distinct = |constraint: &PlacementConstraint| *constraint == PlacementConstraint::DistinctInstance;
    Shape {
        cpu: task.reserved.cpu,
        memory_mib: task.reserved.memory_mib,
        gpus: task.reserved.gpus,
        interfaces: u32::from(definition.takes_interface()),
        alone: !definition.host_ports.is_empty() || service.is_some_and(|own| own.iter().any(distinct)),
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
fn tasks_per_instance(shape: &Shape, offer: Offer) -> u32 {
    let per = |offered: u32, asked: u32| offered.checked_div(asked).unwrap_or(u32::MAX);
    let fit = per(offer.resources.cpu, shape.cpu)
        .min(per(offer.resources.memory_mib, shape.memory_mib))
        .min(per(offer.resources.gpus, shape.gpus))
        .min(per(offer.interfaces, shape.interfaces));
    if shape.alone { fit.min(1) } else { fit }
}
