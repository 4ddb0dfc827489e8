//! What becomes true of containers.

use crate::kernel::time::SimTime;
use crate::model::change::NewTask;
use crate::model::container::{Container, ContainerExit, ContainerStatus, HealthStatus, task_health};
use crate::model::task_definition::ContainerDefinition;
use crate::model::{Cluster, TaskId};

impl Cluster {
    pub(super) fn fill_containers(&mut self, id: TaskId, new: &NewTask) {
        let definition = &self.task_definitions[new.task_definition.index()];
        let task = &mut self.tasks[id];
        task.containers.extend((0..definition.containers.len()).map(|index| match new.settled {
            true => Container::settled(definition, index, new.created_at),
            false => Container::NEW,
        }));
        task.health = task_health(&definition.containers, &task.containers);
    }

    pub(super) fn set_container_status(
        &mut self,
        now: SimTime,
        id: TaskId,
        index: usize,
        to: ContainerStatus,
        exit: Option<ContainerExit>,
    ) {
        let definitions = &self.task_definitions[self.tasks[id].task_definition.index()].containers;
        let task = &mut self.tasks[id];
        let container = &mut task.containers[index];
        match to {
            ContainerStatus::Running => {
                container.restarts += u32::from(container.last_status == ContainerStatus::Stopped);
                container.started_at = Some(now);
                container.health = HealthStatus::Unknown;
            }
            ContainerStatus::Stopped => container.exit = exit.or(container.exit),
            ContainerStatus::Pending => {}
        }
        container.last_status = to;
        let essential = |(definition, _): &(&ContainerDefinition, &Container)| definition.essential;
        let stopped = |(_, container): (_, &Container)| container.last_status == ContainerStatus::Stopped;
        if to == ContainerStatus::Stopped
            && definitions[index].essential
            && definitions.iter().zip(&task.containers).filter(essential).all(stopped)
        {
            task.execution_stopped_at = Some(now);
        } else if to == ContainerStatus::Running && definitions[index].essential {
            task.execution_stopped_at = None; // it was started again in place (CON-11)
        }
        task.health = task_health(definitions, &task.containers);
    }

    pub(super) fn set_container_health(&mut self, id: TaskId, index: usize, to: HealthStatus) {
        let definitions = &self.task_definitions[self.tasks[id].task_definition.index()].containers;
        let task = &mut self.tasks[id];
        task.containers[index].health = to;
        task.health = task_health(definitions, &task.containers);
    }
}
