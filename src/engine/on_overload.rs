//! Tasks that crash where too much is asked of their service.

use super::simulation::Simulation;
use crate::kernel::streams::{Entity, Purpose};
use crate::model::container::ContainerExit;
use crate::model::demand::ServiceMinute;
use crate::model::task::TaskStatus;
use crate::model::{ServiceId, TaskDefinitionId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Whether tasks of the service may crash by what is asked of them.
    pub(super) fn is_overloaded(&self, id: ServiceId, minute: &ServiceMinute) -> bool {
        let of = |definition: TaskDefinitionId| self.behaviours[definition.index()].crash_under_load;
        let cpu = minute.cpu_millionths.unwrap_or(0);
        let deployments = &self.cluster.service(id).deployments;
        deployments.iter().any(|one| of(one.task_definition).is_some_and(|law| cpu >= law.above_millionths))
    }

    /// Tasks of revisions that do not bear such a load crash, each with the same probability.
    pub(super) fn crash_under_load(&mut self, id: ServiceId, number: u64, minute: &ServiceMinute) {
        if !self.is_overloaded(id, minute) {
            return;
        }
        let cpu = minute.cpu_millionths.unwrap_or(0);
        for task in self.cluster.service(id).tasks.clone() {
            let found = &self.cluster.tasks[task];
            let law = self.behaviours[found.task_definition.index()].crash_under_load;
            let Some(law) = law.filter(|law| cpu >= law.above_millionths) else { continue };
            let entity = Entity::named(&self.cluster.service(id).name).number(found.ordinal).number(number);
            let crashes = self.streams.open(Purpose::LoadCrash, entity).uniform() < law.probability;
            if crashes && found.last_status == TaskStatus::Running {
                let main = self.cluster.task_definition(found.task_definition).main_container();
                self.container_exits_now(task, main, ContainerExit::by_itself(law.exit_code));
            }
        }
    }
}
