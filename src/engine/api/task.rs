//! RunTask and StopTask.

use super::placement::{capacity_of, check_compatible, placement_of};
use super::{Answer, ApiError};
use crate::aws::RunTask;
use crate::engine::setup::{Arrivals, CallerBehaviour, OnRefusal, OnStop};
use crate::kernel::dist::Distribution;
use crate::model::placement::PlacementRule;
use crate::model::task::TaskStatus;
use crate::model::task_definition::TaskDefinitionStatus;
use crate::model::{Cluster, TaskId};

const INVALID: &str = "InvalidParameterException";
const CLIENT: &str = "ClientException";

/// What RunTask asks the engine to place: `count` tasks, each seeing the ones before it (PLC-14).
///
/// # Errors
/// The exception ECS would raise. That there is no place is no exception but a failure entry (PLC-13).
pub fn run(cluster: &Cluster, input: &RunTask) -> Result<Answer, ApiError> {
    let behaviour = behaviour_of(cluster, input)?;
    let family = cluster.task_definition(behaviour.task_definition).family.clone();
    let group = input.group.clone().unwrap_or_else(|| format!("family:{family}"));
    Ok(Answer::RunTask { caller: family, group, behaviour: Box::new(behaviour) })
}

/// The caller that a RunTask request stands for: it calls once and does nothing about refusals and stops.
///
/// # Errors
/// As [`run`].
pub fn behaviour_of(cluster: &Cluster, input: &RunTask) -> Result<CallerBehaviour, ApiError> {
    let count = input.count.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(ApiError::new(INVALID, "count", format!("{count} is outside 1 to 10 (RES-7)")));
    }
    if input.group.as_ref().is_some_and(|group| group.is_empty() || group.len() > 255) {
        return Err(ApiError::new(INVALID, "group", "a group is 1 to 255 characters (RES-8)"));
    }
    let found = cluster.task_definition_named(&input.task_definition);
    let found = found.filter(|id| cluster.task_definition(*id).status == TaskDefinitionStatus::Active);
    let task_definition = found.ok_or_else(|| {
        let families = cluster.task_definitions.iter().map(|definition| definition.family.as_str());
        let near = crate::catalog::nearest_spelling(&input.task_definition, families);
        let hint = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        ApiError::new(
            CLIENT,
            "taskDefinition",
            format!("TaskDefinition not found: {:?}{hint}", input.task_definition),
        )
    })?;
    let capacity = capacity_of(cluster, input.launch_type, input.capacity_provider_strategy.as_deref())?;
    check_compatible(&capacity, cluster.task_definition(task_definition), "taskDefinition")?;
    let (constraints, strategies) =
        placement_of(&capacity, input.placement_constraints.as_deref(), input.placement_strategy.as_deref())?;
    let overrides = input.overrides.clone().unwrap_or_default();
    let constant = |value: u32| Distribution::constant(f64::from(value)).ok();
    Ok(CallerBehaviour {
        task_definition,
        count,
        capacity,
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

/// The task that StopTask means: `web#17`, `nightly#3`, `nightly#3.2`.
///
/// # Errors
/// `InvalidParameterException` if there is no such task, or it is STOPPED.
pub fn stop(cluster: &Cluster, name: &str) -> Result<TaskId, ApiError> {
    let found = cluster
        .tasks
        .iter()
        .find(|(id, task)| task.last_status != TaskStatus::Stopped && cluster.task_name(*id) == name);
    found.map(|(id, _)| id).ok_or_else(|| {
        let message =
            format!("The referenced task was not found: {name:?} (tasks are named web#17, nightly#3)");
        ApiError::new(INVALID, "task", message)
    })
}
