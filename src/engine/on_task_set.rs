//! Task sets come to their steady state, and go when they were deleted (DEP-41).

use super::simulation::Simulation;
use crate::model::service::{Deployment, RolloutState};
use crate::model::service_event::ServiceEvent;
use crate::model::task_set::TaskSet;
use crate::model::{Change, DeploymentNumber, ServiceId};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;
use crate::policy::reconcile;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// ORD-7, where somebody else makes the revisions.
    pub(super) fn look_at_task_sets(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        let is_over = |set: &&Deployment| reconcile::is_over(&self.cluster, found, set);
        let over: Vec<DeploymentNumber> =
            found.deployments.iter().filter(is_over).map(|set| set.number).collect();
        for deployment in over {
            self.change(&Change::DeploymentEnded { service, deployment });
        }
        let found = self.cluster.service(service);
        let turned = found.deployments.iter().filter_map(|one| {
            let set = one.task_set.as_deref()?;
            let steady = reconcile::task_set_is_steady(found, one);
            (steady != set.steady).then(|| (one.number, TaskSet { steady, ..set.clone() }))
        });
        for (deployment, task_set) in turned.collect::<Vec<_>>() {
            let steady = task_set.steady;
            self.change(&Change::TaskSetChanged { service, deployment, task_set: Box::new(task_set) });
            if !steady {
                continue;
            }
            self.write_event(service, ServiceEvent::TaskSetSteadyState { task_set: deployment });
            let state = self.cluster.service(service).deployment(deployment).map(|one| one.rollout_state);
            if state == Some(RolloutState::InProgress) {
                self.complete(service, deployment);
            }
        }
    }
}
