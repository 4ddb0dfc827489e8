//! A task and its containers say the same: RUNNING means that all have started (LIF-6), STOPPED that none runs, and the
//! health of a task is that of its worst checked essential container (CON-8).

use super::{Checker, Finding};
use crate::model::Cluster;
use crate::model::container::{Container, ContainerStatus, HealthStatus};
use crate::model::task::{Task, TaskStatus};
use crate::model::task_definition::ContainerDefinition;

/// Recounts every task from its containers.
pub(super) struct Containers;

impl Checker for Containers {
    fn name(&self) -> &'static str {
        "containers"
    }

    fn recount(&mut self, cluster: &Cluster) -> Finding {
        for (id, task) in cluster.tasks.iter() {
            let definitions = &cluster.task_definition(task.task_definition).containers;
            check(definitions, task).map_err(|what| format!("{}: {what}", cluster.task_name(id)))?;
        }
        Ok(())
    }
}

fn check(definitions: &[ContainerDefinition], task: &Task) -> Finding {
    if definitions.len() != task.containers.len() {
        return Err(format!(
            "{} containers are defined, and it has {}",
            definitions.len(),
            task.containers.len()
        ));
    }
    let status = task.last_status;
    let is = |wanted| move |container: &Container| container.last_status == wanted;
    let (waits, runs) = (is(ContainerStatus::Pending), is(ContainerStatus::Running));
    let any = |test: &dyn Fn(&Container) -> bool| task.containers.iter().any(test);
    let told = task.stop.is_some();
    if status < TaskStatus::Activating
        && !told
        && any(&|container: &Container| container.started_at.is_some())
    {
        return Err(format!("{status:?} with a container that has started"));
    }
    if status == TaskStatus::Running && !told && any(&waits) {
        return Err("RUNNING with a container that has not started".to_owned());
    }
    if matches!(status, TaskStatus::Deprovisioning | TaskStatus::Stopped) && any(&runs) {
        return Err(format!("{status:?} with a container that runs"));
    }
    for (definition, container) in definitions.iter().zip(&task.containers) {
        let may_be_away = definition.restart_policy.is_some() || !definition.essential || told;
        if container.last_status == ContainerStatus::Stopped && !may_be_away {
            return Err(format!("the essential container {} is gone, and the task goes on", definition.name));
        }
        if definition.health_check.is_none() && container.health != HealthStatus::Unknown {
            return Err(format!("{} has no check and is {:?}", definition.name, container.health));
        }
    }
    let checked = definitions
        .iter()
        .zip(&task.containers)
        .filter(|(definition, _)| definition.essential && definition.health_check.is_some());
    let worst = checked.map(|(_, container)| container.health).max().unwrap_or(HealthStatus::Unknown);
    if task.health != worst {
        return Err(format!("its health is {:?}, and that of its containers {worst:?}", task.health));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! Holds LIF-6, CON-1, CON-8.

    use super::super::support::Hand;
    use super::*;
    use crate::model::TaskId;
    use crate::model::task::TaskStatus::{Activating, Running, Stopped};

    /// A task that runs; `break_it` puts something wrong.
    fn after(break_it: impl FnOnce(&mut Task)) -> Result<(), String> {
        let mut hand = Hand::with_instances(1);
        let id: TaskId = hand.task_of_caller();
        hand.status(id, Activating);
        hand.status(id, Running);
        break_it(&mut hand.cluster.tasks[id]);
        hand.advance(1);
        hand.verdict().map_err(|violation| violation.what)
    }

    #[test]
    fn a_task_that_agrees_with_its_containers_passes() {
        assert_eq!(after(|_| {}), Ok(()));
    }

    #[test]
    fn a_running_task_with_a_container_that_has_not_started_is_noticed() {
        let found = after(|task| task.containers[0].last_status = ContainerStatus::Pending);
        assert_eq!(found.unwrap_err(), "job#1: RUNNING with a container that has not started");
    }

    #[test]
    fn a_task_that_outlives_its_essential_container_is_noticed() {
        let found = after(|task| task.containers[0].last_status = ContainerStatus::Stopped);
        assert_eq!(found.unwrap_err(), "job#1: the essential container app is gone, and the task goes on");
    }

    #[test]
    fn health_without_a_check_is_noticed() {
        let found = after(|task| task.containers[0].health = HealthStatus::Healthy);
        assert_eq!(found.unwrap_err(), "job#1: app has no check and is Healthy");
    }

    #[test]
    fn health_that_is_not_the_worst_of_the_containers_is_noticed() {
        let found = after(|task| task.health = HealthStatus::Unhealthy);
        assert_eq!(found.unwrap_err(), "job#1: its health is Unhealthy, and that of its containers Unknown");
    }

    #[test]
    fn a_stopped_task_with_a_container_that_runs_is_noticed() {
        let mut hand = Hand::with_instances(1);
        let id = hand.task_of_caller();
        hand.status(id, Activating);
        hand.status(id, Running);
        hand.order_stop(id, crate::model::stop::StopCause::Completed);
        hand.status(id, Stopped);
        hand.cluster.tasks[id].containers[0].last_status = ContainerStatus::Running;
        hand.advance(1);
        assert_eq!(hand.verdict().unwrap_err().what, "job#1: Stopped with a container that runs");
    }
}
