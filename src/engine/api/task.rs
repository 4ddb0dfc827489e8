//! RunTask, StartTask and StopTask.

use super::placement::{
    active_definition, capacity_of, check_compatible, check_constraint_count, is_fargate, placement_of,
};
use super::task_definition::{check_cpu_on_ec2, fargate};
use super::{Answer, ApiError, last_segment, network};
use crate::aws::common::LaunchType;
use crate::aws::common::NetworkConfiguration;
use crate::aws::task::{ContainerOverride, TaskOverride};
use crate::aws::{RunTask, StartTask};
use crate::engine::setup::{Arrivals, CallerBehaviour, OnRefusal, OnStop};
use crate::kernel::dist::Distribution;
use crate::model::placement::PlacementRule;
use crate::model::reason::Refusal;
use crate::model::task::CapacityChoice;
use crate::model::task::TaskStatus;
use crate::model::task_definition::TaskDefinition;
use crate::model::{Cluster, InstanceId, TaskId};

const INVALID: &str = "InvalidParameterException";

/// What RunTask asks the engine to place: `count` tasks, each seeing the ones before it (PLC-14).
///
/// # Errors
/// The exception ECS would raise. That there is no place is no exception but a failure entry (PLC-13).
pub fn run(cluster: &Cluster, input: &RunTask) -> Result<Answer, ApiError> {
    let behaviour = behaviour_of(cluster, input)?;
    let (caller, group) = names_of("RunTask", cluster, &behaviour, input.group.as_deref());
    Ok(Answer::RunTask { caller, group, behaviour: Box::new(behaviour) })
}

/// The caller's name and the task group: a name that no entry of `world.runs` has by accident, and one for each group,
/// which its tasks share (RES-8).
fn names_of(
    call: &str,
    cluster: &Cluster,
    behaviour: &CallerBehaviour,
    group: Option<&str>,
) -> (String, String) {
    let family = &cluster.task_definition(behaviour.task_definition).family;
    match group {
        None => (format!("{call}/{family}"), format!("family:{family}")),
        Some(group) => (format!("{call}/{family}/{group}"), group.to_owned()),
    }
}

/// One task on each of the instances that StartTask names (PLC-15); MISSING where there is none of that name.
///
/// # Errors
/// The exception ECS would raise.
pub fn start(cluster: &Cluster, input: &StartTask) -> Result<Answer, ApiError> {
    let named = input.container_instances.len();
    if !(1..=10).contains(&named) {
        let message = format!("{named} instances found; StartTask takes 1 to 10 (RES-7)");
        return Err(ApiError::new(INVALID, "containerInstances", message));
    }
    let behaviour = behaviour_of(
        cluster,
        &RunTask {
            task_definition: input.task_definition.clone(),
            launch_type: Some(LaunchType::Ec2),
            group: input.group.clone(),
            network_configuration: input.network_configuration.clone(),
            overrides: input.overrides.clone(),
            ..RunTask::default()
        },
    )?;
    let instance_named = |name: &String| {
        let found = cluster.instances.iter().find(|(id, _)| cluster.instance_name(*id) == last_segment(name));
        found.map(|(id, _)| id).ok_or(Refusal::Missing)
    };
    let instances: Vec<Result<InstanceId, Refusal>> =
        input.container_instances.iter().map(instance_named).collect();
    let (caller, group) = names_of("StartTask", cluster, &behaviour, input.group.as_deref());
    Ok(Answer::StartTask { caller, group, behaviour: Box::new(behaviour), instances })
}

/// The caller that a RunTask request stands for: it calls once and does nothing about refusals and stops.
///
/// # Errors
/// As [`run`].
pub fn behaviour_of(cluster: &Cluster, input: &RunTask) -> Result<CallerBehaviour, ApiError> {
    let count = input.count.unwrap_or(1); // RES-7, QUO-5
    if !(1..=10).contains(&count) {
        return Err(ApiError::new(INVALID, "count", format!("{count} is outside 1 to 10 (RES-7)")));
    }
    if input.group.as_ref().is_some_and(|group| group.is_empty() || group.len() > 255) {
        return Err(ApiError::new(INVALID, "group", "a group is 1 to 255 characters (RES-8)"));
    }
    network::check(input.network_configuration.as_ref())?;
    let capacity = capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref())?;
    let (constraints, strategies) = placement_of(
        cluster,
        &capacity,
        input.placement_constraints.as_deref(),
        input.placement_strategy.as_deref(),
    )?;
    let task_definition = active_definition(cluster, &input.task_definition)?;
    let definition = cluster.task_definition(task_definition);
    check_compatible(cluster, &capacity, definition, "taskDefinition")?;
    check_constraint_count(definition, &constraints)?;
    let zones = network::zones_of(cluster, input.network_configuration.as_ref(), definition)?;
    let overrides = input.overrides.clone().unwrap_or_default();
    check_overrides(&capacity, definition, &overrides)?;
    let constant = |value: u32| Distribution::constant(f64::from(value)).ok();
    Ok(CallerBehaviour {
        task_definition,
        count,
        capacity,
        zones,
        constraints,
        strategies,
        placement_rule: PlacementRule::Ecs,
        arrivals: Arrivals::Rows([].into()),
        limit: None,
        duration: None,
        cpu: overrides.cpu.and_then(|cpu| constant(cpu.units)),
        memory_mib: overrides.memory.and_then(|memory| constant(memory.mib)),
        on_refusal: OnRefusal::Fail,
        on_stop: OnStop::Nothing,
    })
}

/// What a call asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(
    cluster: &Cluster,
    overrides: Option<&TaskOverride>,
    network: Option<&NetworkConfiguration>,
) -> Vec<(&'static str, &'static str)> {
    let mut ignored = Vec::new();
    if overrides.is_some_and(|overrides| overrides.ephemeral_storage.is_some()) {
        ignored.push(("overrides.ephemeralStorage", "storage of one call is not billed yet"));
    }
    if network::is_unknown(cluster, network) {
        ignored.push(("networkConfiguration", network::UNKNOWN));
    }
    ignored
}

/// Sizes of one call: as for a definition (SIZ-1, SIZ-2, CON-13).
fn check_overrides(
    capacity: &[CapacityChoice],
    definition: &TaskDefinition,
    overrides: &TaskOverride,
) -> Result<(), ApiError> {
    let in_overrides = |error: ApiError| ApiError { field: format!("overrides.{}", error.field), ..error };
    for (index, container) in overrides.container_overrides.iter().flatten().enumerate() {
        check_container_override(definition, container, &format!("overrides.containerOverrides[{index}]"))?;
    }
    fargate::check_storage(overrides.ephemeral_storage).map_err(in_overrides)?;
    let (cpu, memory) = (overrides.cpu.map(|cpu| cpu.units), overrides.memory.map(|memory| memory.mib));
    if cpu.is_none() && memory.is_none() {
        return Ok(());
    }
    if is_fargate(capacity) {
        let reserved = definition.reserved;
        fargate::check_size(cpu.unwrap_or(reserved.cpu), memory.unwrap_or(reserved.memory_mib))
            .map_err(in_overrides)?;
    } else {
        check_cpu_on_ec2(cpu, "cpu").map_err(in_overrides)?;
    }
    let of_containers = definition.containers.iter().fold((0, 0), |(cpu, memory), container| {
        let reserves = container.memory_reservation_mib.or(container.memory_mib).unwrap_or(0);
        (cpu + u64::from(container.cpu), memory + u64::from(reserves))
    });
    for (name, given, sum) in [("cpu", cpu, of_containers.0), ("memory", memory, of_containers.1)] {
        if let Some(given) = given.filter(|given| u64::from(*given) < sum) {
            let message = format!("{given} is less than the {sum} of the task's containers (CON-13)");
            return Err(ApiError::new(INVALID, format!("overrides.{name}"), message));
        }
    }
    Ok(())
}

fn check_container_override(
    definition: &TaskDefinition,
    input: &ContainerOverride,
    field: &str,
) -> Result<(), ApiError> {
    let name = input.name.as_deref().unwrap_or_default();
    if !definition.containers.iter().any(|container| container.name == name) {
        let near =
            crate::catalog::nearest_spelling(name, definition.containers.iter().map(|c| c.name.as_str()));
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        let message =
            format!("Override for container named {name} is not a container in the TaskDefinition{hint}");
        return Err(ApiError::new(INVALID, format!("{field}.name"), message));
    }
    let sizes = [
        ("cpu", input.cpu.is_some()),
        ("memory", input.memory.is_some()),
        ("memoryReservation", input.memory_reservation.is_some()),
        ("resourceRequirements", input.resource_requirements.is_some()),
    ];
    match sizes.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => Err(ApiError::not_modelled(
            format!("{field}.{name}"),
            "another size of a single container in one call",
        )),
    }
}

/// The task that StopTask means: `web#17`, `nightly#3`, `nightly#3.2`, `RunTask/report#1`, or an ARN that ends so.
///
/// # Errors
/// `InvalidParameterException` if there is no such task, or it is STOPPED.
pub fn stop(cluster: &Cluster, name: &str) -> Result<TaskId, ApiError> {
    let present = cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped);
    let named = |id: TaskId| {
        let own = cluster.task_name(id);
        // A task of a RunTask request has slashes in its name.
        let before = name.strip_suffix(own.as_str())?;
        (before.is_empty() || before.ends_with('/')).then_some((own.len(), id))
    };
    let longest = present.filter_map(|(id, _)| named(id)).max_by_key(|(length, _)| *length);
    longest.map(|(_, id)| id).ok_or_else(|| {
        let message = format!(
            "The referenced task was not found: {name:?} (tasks are named web#17, nightly#3, RunTask/report#1)"
        );
        ApiError::new(INVALID, "task", message)
    })
}

#[cfg(test)]
mod tests;
