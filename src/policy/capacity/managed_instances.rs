//! What ECS launches for tasks that wait for Managed Instances. How it decides is not public (MI-6): here the tasks are
//! packed, largest first, onto what is on its way, then onto the type that makes all that is left in the zone cheapest.

use std::collections::BTreeMap;

use crate::model::auto_scaling_group::{InstanceKind, Market};
use crate::model::host_traits::HostTraits;
use crate::model::instance::InstanceStatus;
use crate::model::task::Task;
use crate::model::{AutoScalingGroupId, CapacityProviderId, Cluster, Resources, TaskGroupId, ZoneId};
use crate::policy::placement::requirements::Requirements;

/// An instance to launch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The place of its type in the list of the provider's types.
    pub kind: usize,
    /// Where.
    pub zone: ZoneId,
}

/// What is to be launched, and how many of those that wait fit no type that there is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// The instances.
    pub orders: Vec<Order>,
    /// Tasks that find no type, or no capacity of one.
    pub without: u32,
}

/// A task that waits.
struct Waiting<'a> {
    reserved: Resources,
    needs: Requirements<'a>,
    group: TaskGroupId,
    /// Of a service: its tasks are spread over zones before they are packed (MI-3).
    spreads: bool,
}

/// An instance that is on its way, or ordered here.
struct Bin {
    zone: ZoneId,
    free: Resources,
    interfaces: u16,
    traits: HostTraits,
}

impl Bin {
    fn takes(&self, task: &Waiting<'_>) -> bool {
        self.free.covers(task.reserved)
            && self.interfaces >= task.needs.interfaces
            && task.needs.are_in_zone(self.zone)
            && task.needs.fit_platform(&self.traits)
    }

    fn put(&mut self, task: &Waiting<'_>) {
        self.free = self.free.minus(task.reserved).unwrap_or_default();
        self.interfaces -= task.needs.interfaces;
    }
}

/// What to launch for the tasks that wait for a provider of Managed Instances now.
#[must_use]
pub fn plan(cluster: &Cluster, provider: CapacityProviderId, market: Market) -> Plan {
    let id = cluster.capacity_provider(provider).group;
    let group = cluster.auto_scaling_group(id);
    let zones = &group.settings.zones;
    let waiting = waiting(cluster, id);
    let mut bins = on_the_way(cluster, id);
    let mut dealt: BTreeMap<(TaskGroupId, ZoneId), u32> = BTreeMap::new();
    let mut plan = Plan::default();
    for (index, task) in waiting.iter().enumerate() {
        let in_zone = |zone: ZoneId| {
            cluster.group(task.group).in_zone(zone) + dealt.get(&(task.group, zone)).copied().unwrap_or(0)
        };
        let mut order: Vec<ZoneId> =
            zones.iter().copied().filter(|zone| task.needs.are_in_zone(*zone)).collect();
        if task.spreads {
            order.sort_by_key(|zone| in_zone(*zone)); // stable: then in the order of the subnets
        } else if let Some(open) = bins.iter().find(|bin| bin.takes(task)).map(|bin| bin.zone) {
            order.sort_by_key(|zone| *zone != open);
        } else {
            let held = |zone: ZoneId| bins.iter().filter(|bin| bin.zone == zone).count();
            order.sort_by_key(|zone| held(*zone));
        }
        let found = order.into_iter().find_map(|zone| {
            if let Some(bin) = bins.iter_mut().find(|bin| bin.zone == zone && bin.takes(task)) {
                bin.put(task);
                return Some(zone);
            }
            let share = if task.spreads { zones.len() } else { 1 };
            let kind = cheapest(cluster, id, (zone, market), &waiting[index..], share, &plan.orders)?;
            let of = &group.settings.kinds[kind];
            let mut bin = Bin {
                zone,
                free: of.registered,
                interfaces: of.traits.free_interfaces(),
                traits: of.traits.clone(),
            };
            bin.put(task);
            bins.push(bin);
            plan.orders.push(Order { kind, zone });
            Some(zone)
        });
        match found {
            Some(zone) => *dealt.entry((task.group, zone)).or_insert(0) += 1,
            None => plan.without += 1,
        }
    }
    plan
}

/// Those that wait, the largest first, then the oldest.
fn waiting(cluster: &Cluster, group: AutoScalingGroupId) -> Vec<Waiting<'_>> {
    let pool = cluster.auto_scaling_group(group).pool;
    let tasks = cluster.pools[pool.index()].waiting_tasks.iter().map(|task| &cluster.tasks[*task]);
    let mut tasks: Vec<&Task> = tasks.filter(|task| task.is_active()).collect();
    let size = |task: &Task| (task.reserved.gpus, task.reserved.memory_mib, task.reserved.cpu);
    tasks.sort_by_key(|task| (std::cmp::Reverse(size(task)), task.created_at, task.group, task.ordinal));
    let of = |task: &Task| {
        let definition = cluster.task_definition(task.task_definition);
        let service = task.service().map(|service| cluster.service(service));
        Waiting {
            reserved: task.reserved,
            needs: Requirements::of(definition, service.and_then(|found| found.settings.zones.as_deref())),
            group: task.group,
            spreads: service.is_some_and(|found| found.settings.desired_count > 1),
        }
    };
    tasks.into_iter().map(of).collect()
}

/// Instances that were launched and take no tasks yet, in the order of their launch.
fn on_the_way(cluster: &Cluster, group: AutoScalingGroupId) -> Vec<Bin> {
    let pool = cluster.auto_scaling_group(group).pool;
    let mut found: Vec<_> = cluster.counting_instances(pool).map(|id| &cluster.instances[id]).collect();
    found.retain(|one| matches!(one.status, InstanceStatus::Unregistered | InstanceStatus::Registering));
    found.sort_by_key(|one| one.ordinal);
    let bin = |one: &crate::model::instance::ContainerInstance| Bin {
        zone: one.zone,
        free: one.free,
        interfaces: one.traits.free_interfaces(),
        traits: one.traits.clone(),
    };
    found.into_iter().map(bin).collect()
}

/// The type, with some left in the zone, that takes the first of `tasks` and on which all of them that may be in the zone
/// (one in `share`) cost least an hour; of equals the one that needs fewer instances, then the cheaper.
fn cheapest(
    cluster: &Cluster,
    group: AutoScalingGroupId,
    (zone, market): (ZoneId, Market),
    tasks: &[Waiting<'_>],
    share: usize,
    ordered: &[Order],
) -> Option<usize> {
    let settings = &cluster.auto_scaling_group(group).settings;
    let first = &tasks[0];
    let here = |task: &&Waiting<'_>| task.needs.are_in_zone(zone);
    let fits = |kind: &InstanceKind| {
        kind.registered.covers(first.reserved)
            && kind.traits.free_interfaces() >= first.needs.interfaces
            && first.needs.fit_platform(&kind.traits)
    };
    let has_room = |(index, kind): &(usize, &InstanceKind)| {
        let taken = ordered.iter().filter(|order| order.kind == *index && order.zone == zone).count();
        cluster.room_for(kind, zone, market) as usize > taken
    };
    let cost = |kind: &InstanceKind| {
        let able = tasks.iter().filter(here).filter(|task| task.needs.fit_platform(&kind.traits));
        let [mut cpu, mut memory, mut gpus, mut interfaces] = [0u64; 4];
        for task in able {
            cpu += u64::from(task.reserved.cpu);
            memory += u64::from(task.reserved.memory_mib);
            gpus += u64::from(task.reserved.gpus);
            interfaces += u64::from(task.needs.interfaces);
        }
        let share = share as u64;
        let instances =
            |need: u64, has: u64| if need == 0 { 0 } else { need.div_ceil(share).div_ceil(has.max(1)) };
        let registered = kind.registered;
        let count = instances(cpu, u64::from(registered.cpu))
            .max(instances(memory, u64::from(registered.memory_mib)))
            .max(instances(gpus, u64::from(registered.gpus)))
            .max(instances(interfaces, u64::from(kind.traits.free_interfaces())))
            .max(1);
        (u128::from(count) * u128::from(kind.on_demand_nano_usd_per_hour), count)
    };
    let kinds = settings.kinds.iter().enumerate().filter(|(_, kind)| fits(kind)).filter(has_room);
    kinds
        .min_by_key(|(index, kind)| (cost(kind), kind.on_demand_nano_usd_per_hour, *index))
        .map(|(index, _)| index)
}
