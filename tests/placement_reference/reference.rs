//! Placement as the rule book says it, with nothing kept: each decision counts all tasks anew.

use std::collections::BTreeMap;

use ecsim::model::InstanceId;
use ecsim::model::host_port::{HostPort, Protocol};
use ecsim::model::instance::{ContainerInstance, InstanceStatus};
use ecsim::model::parameters::{ReleaseResourcesAt, RunTaskDefault};
use ecsim::model::placement::{BinpackField, PlacementStrategy, SpreadField};
use ecsim::model::reason::Refusal;
use ecsim::model::task::{DesiredStatus, Host, Task, TaskStatus};
use ecsim::model::{PoolId, TaskGroupId, ZoneId};

use super::Reached;
use super::expression;
use super::request::{Asked, Constraint};
use super::world::World;

/// An instance with what its tasks make of it.
pub struct Seen<'a> {
    pub id: InstanceId,
    pub name: String,
    pub instance: &'a ContainerInstance,
    /// Tasks with desired status RUNNING.
    pub active: Vec<&'a Task>,
    /// The groups of those.
    pub groups: Vec<String>,
    cpu: u32,
    memory_mib: u32,
    gpus: u32,
    ports: Vec<HostPort>,
    interfaces: u32,
    /// Groups of tasks told to stop that are not STOPPED.
    stopping: Vec<TaskGroupId>,
}

/// Why none qualifies (PLC-21).
#[derive(Debug, PartialEq)]
pub struct Failure {
    pub reason: Refusal,
    pub fell: BTreeMap<Refusal, u32>,
    pub closest: Option<InstanceId>,
}

/// All instances in order of registration.
pub fn look(world: &World) -> Vec<Seen<'_>> {
    let cluster = &world.cluster;
    let each = cluster.instances.iter().map(|(id, instance)| {
        let here = |task: &&Task| task.host == Host::Instance(id) && task.last_status != TaskStatus::Stopped;
        let tasks: Vec<&Task> = cluster.tasks.iter().map(|(_, task)| task).filter(here).collect();
        let told_to_run = |task: &&&Task| task.desired_status == DesiredStatus::Running;
        let active: Vec<&Task> = tasks.iter().filter(told_to_run).copied().collect();
        // LIF-21: until when a task holds what it reserved.
        let holding = match world.release {
            ReleaseResourcesAt::LastStopped => &tasks,
            ReleaseResourcesAt::DesiredStopped => &active,
        };
        let definition = |task: &Task| &world.cluster.task_definitions[task.task_definition.index()];
        let sum = |of: fn(&Task) -> u32| holding.iter().map(|task| of(task)).sum::<u32>();
        let awsvpc = |task: &&&Task| world.definitions[task.task_definition.index()].awsvpc;
        let stopping = tasks.iter().filter(|task| task.desired_status == DesiredStatus::Stopped);
        Seen {
            id,
            name: cluster.instance_name(id),
            instance,
            groups: active.iter().map(|task| cluster.groups[task.group.index()].name.clone()).collect(),
            cpu: instance.registered.cpu - sum(|task| task.reserved.cpu),
            memory_mib: instance.registered.memory_mib - sum(|task| task.reserved.memory_mib),
            gpus: instance.registered.gpus - sum(|task| task.reserved.gpus),
            ports: holding.iter().flat_map(|task| definition(task).host_ports.clone()).collect(),
            interfaces: holding.iter().filter(awsvpc).count() as u32,
            stopping: stopping.map(|task| task.group).collect(),
            active,
        }
    });
    each.collect()
}

impl Seen<'_> {
    fn of_group(&self, group: TaskGroupId) -> usize {
        self.active.iter().filter(|task| task.group == group).count()
    }
}

/// All requirements that an instance fails, in the order of PLC-21; none if it qualifies (PLC-2, PLC-10 to PLC-12).
pub fn failures(world: &World, asked: &Asked, seen: &Seen<'_>, reached: &mut Reached) -> Vec<Refusal> {
    let (traits, definition) = (&seen.instance.traits, &asked.definition);
    let mut failed = Vec::new();
    // What takes no tasks, or stands in another pool, is no candidate at all.
    let elsewhere = asked.pool.is_some_and(|pool| pool != seen.instance.pool);
    if seen.instance.status != InstanceStatus::Active || elsewhere {
        failed.push(Refusal::NoInstances);
    }
    if !seen.instance.agent_connected {
        failed.push(Refusal::Agent);
    }
    if asked.zones().is_some_and(|zones| !zones.contains(&seen.instance.zone)) {
        failed.push(Refusal::Location);
    }
    let other_architecture =
        definition.architecture.zip(traits.architecture).is_some_and(|(wanted, found)| wanted != found);
    let other_system =
        definition.system.zip(traits.operating_system).is_some_and(|(wanted, found)| wanted != found);
    let lacks = definition.capabilities.iter().any(|name| traits.lacking_capabilities.contains(name));
    if other_architecture || other_system || lacks {
        failed.push(Refusal::Attribute);
    }
    let mut excluded = false;
    for constraint in definition.constraints.iter().chain(&asked.constraints) {
        excluded |= match constraint {
            Constraint::DistinctInstance => {
                let beside = seen.of_group(asked.group) > 0;
                if !beside && seen.stopping.contains(&asked.group) {
                    note(reached, "distinctInstance: beside a task that stops");
                }
                beside
            }
            Constraint::MemberOf(tree, _) => !expression::holds(tree, seen, reached),
        };
    }
    if excluded {
        failed.push(Refusal::Constraint);
    }
    let wanted = &world.cluster.task_definitions[definition.id.index()].host_ports;
    if !wanted.is_empty() && !ports_are_free(&seen.ports, wanted) {
        failed.push(Refusal::Ports);
    }
    if asked.demand.cpu > seen.cpu {
        failed.push(Refusal::Cpu);
    }
    if asked.demand.memory_mib > seen.memory_mib {
        failed.push(Refusal::Memory);
    }
    if asked.demand.gpus > seen.gpus {
        failed.push(Refusal::Gpu);
    }
    if definition.awsvpc && traits.awsvpc_task_limit.is_some_and(|limit| seen.interfaces >= limit) {
        failed.push(Refusal::Eni);
    }
    failed
}

/// CON-18, INS-3: each number once for each protocol, none of the system's, 100 in all.
fn ports_are_free(held: &[HostPort], wanted: &[HostPort]) -> bool {
    let of_the_system =
        [22, 2375, 2376, 51_678, 51_679, 51_680].map(|number| HostPort { number, protocol: Protocol::Tcp });
    let taken: Vec<&HostPort> = of_the_system.iter().chain(held).collect();
    wanted.iter().all(|port| !taken.contains(&port)) && taken.len() + wanted.len() <= 100
}

/// The best of those that qualify, by the chain of strategies (PLC-3 to PLC-8).
pub fn best<'a>(
    world: &World,
    asked: &Asked,
    all: &'a [Seen<'a>],
    qualified: Vec<&'a Seen<'a>>,
    reached: &mut Reached,
) -> Vec<&'a Seen<'a>> {
    let zones = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
    let instances = PlacementStrategy::Spread(SpreadField::Instance);
    let chain: Vec<PlacementStrategy> = match (asked.strategies.as_slice(), asked.for_service) {
        ([], true) => vec![zones, instances],
        ([], false) if world.runtask_default == RunTaskDefault::SpreadZones => vec![zones],
        (given, _) => given.to_vec(),
    };
    let mut left = qualified;
    for strategy in chain {
        left = match strategy {
            PlacementStrategy::Random => left,
            PlacementStrategy::Binpack(BinpackField::Cpu) => fewest(left, |seen| seen.cpu - asked.demand.cpu),
            PlacementStrategy::Binpack(BinpackField::Memory) => {
                fewest(left, |seen| seen.memory_mib - asked.demand.memory_mib)
            }
            PlacementStrategy::Spread(SpreadField::Instance) => {
                fewest(left, |seen| seen.of_group(asked.group))
            }
            PlacementStrategy::Spread(SpreadField::AvailabilityZone) => {
                let in_zone = |zone: ZoneId| all.iter().filter(move |other| other.instance.zone == zone);
                if in_zone_stopping(all, asked) {
                    note(reached, "spread: tasks that stop are not counted");
                }
                fewest(left, |seen| {
                    in_zone(seen.instance.zone).map(|other| other.of_group(asked.group)).sum::<usize>()
                })
            }
            PlacementStrategy::Spread(SpreadField::Attribute(name)) => {
                spread(left, all, asked, &name, reached)
            }
        };
    }
    left
}

/// The instances of a pool, or all.
pub fn in_pool<'a>(all: &'a [Seen<'a>], pool: Option<PoolId>) -> impl Iterator<Item = &'a Seen<'a>> {
    all.iter().filter(move |seen| pool.is_none_or(|pool| pool == seen.instance.pool))
}

/// Whether slots are drawn before the best are known: where no strategy but spread over zones, over instances and random
/// is in force.
pub fn is_dense(asked: &Asked) -> bool {
    asked.strategies.iter().all(|strategy| {
        matches!(
            strategy,
            PlacementStrategy::Random
                | PlacementStrategy::Spread(SpreadField::Instance | SpreadField::AvailabilityZone)
        )
    })
}

/// How the best may be found.
pub fn way(world: &World, asked: &Asked) -> &'static str {
    let by_zone = PlacementStrategy::Spread(SpreadField::AvailabilityZone);
    let mut after =
        asked.strategies.iter().skip_while(|one| **one == PlacementStrategy::Random || **one == by_zone);
    match after.next() {
        _ if is_dense(asked) => "way: by counts of tasks",
        Some(PlacementStrategy::Binpack(field)) if world.cluster.order_by(*field).is_some() => {
            match asked.strategies.contains(&by_zone) {
                true => "way: by the order of what is free, zone by zone",
                false => "way: by the order of what is free",
            }
        }
        _ => "way: all are looked at",
    }
}

fn in_zone_stopping(all: &[Seen<'_>], asked: &Asked) -> bool {
    all.iter().any(|seen| seen.stopping.contains(&asked.group))
}

/// PLC-5, PLC-6: those without the attribute come last.
fn spread<'a>(
    left: Vec<&'a Seen<'a>>,
    all: &'a [Seen<'a>],
    asked: &Asked,
    name: &str,
    reached: &mut Reached,
) -> Vec<&'a Seen<'a>> {
    let (having, lacking): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|seen| seen.instance.attributes.contains_key(name));
    if having.is_empty() {
        if !lacking.is_empty() {
            note(reached, "spread: only the bucket without the attribute is left");
        }
        return lacking;
    }
    if !lacking.is_empty() {
        note(reached, "spread: the bucket without the attribute is avoided");
    }
    fewest(having, |seen| {
        let value = seen.instance.attributes.get(name);
        let bucket = all.iter().filter(|other| other.instance.attributes.get(name) == value);
        bucket.map(|other| other.of_group(asked.group)).sum::<usize>()
    })
}

fn fewest<'a, N: Ord>(left: Vec<&'a Seen<'a>>, number: impl Fn(&Seen<'a>) -> N) -> Vec<&'a Seen<'a>> {
    let least = left.iter().map(|seen| number(seen)).min();
    left.into_iter().filter(|seen| Some(number(seen)) == least).collect()
}

/// PLC-21: the closest of the candidates fails the fewest requirements; of those it has most left of the first that it
/// lacks; of those it is the first.
pub fn failure(all: &[Seen<'_>], failed: &[Vec<Refusal>], reached: &mut Reached) -> Failure {
    let mut fell = BTreeMap::new();
    for failures in failed {
        *fell.entry(failures[0]).or_insert(0) += 1;
    }
    let candidates = all.iter().zip(failed).filter(|(_, failures)| failures[0] != Refusal::NoInstances);
    let candidates: Vec<(&Seen<'_>, &Vec<Refusal>)> = candidates.collect();
    let Some(least) = candidates.iter().map(|(_, failures)| failures.len()).min() else {
        return Failure { reason: Refusal::NoInstances, fell, closest: None };
    };
    let nearest: Vec<_> = candidates.iter().filter(|(_, failures)| failures.len() == least).collect();
    let left = |(seen, failures): &(&Seen<'_>, &Vec<Refusal>)| match failures[0] {
        Refusal::Cpu => Some(seen.cpu),
        Refusal::Memory => Some(seen.memory_mib),
        Refusal::Gpu => Some(seen.gpus),
        _ => None,
    };
    let most = nearest.iter().map(|found| left(found)).max().flatten();
    let equals: Vec<_> = nearest.iter().filter(|found| left(found) == most).collect();
    note(
        reached,
        match (nearest.len(), equals.len()) {
            (1, _) if candidates.len() > 1 => "closest: by fewest requirements",
            (1, _) => "closest: the only one",
            (_, 1) => "closest: by most of what it lacks",
            _ => "closest: the first of equals",
        },
    );
    let (closest, failures) = equals[0];
    Failure { reason: failures[0], fell, closest: Some(closest.id) }
}

pub fn note(reached: &mut Reached, what: &str) {
    *reached.entry(what.to_owned()).or_insert(0) += 1;
}
