//! What becomes true of tasks as targets of load balancers.

use crate::model::change::NewTask;
use crate::model::target_group::{Target, TargetState};
use crate::model::task::Origin;
use crate::model::{Cluster, TaskId};

impl Cluster {
    /// A task is to register with the target groups of its deployment (LB-1); at time zero it has.
    pub(super) fn targets_of(&self, new: &NewTask) -> Box<[Target]> {
        let Origin::Service { service, deployment } = new.origin else { return Box::default() };
        let Some(found) = self.service(service).deployment(deployment) else { return Box::default() };
        let state = if new.settled { TargetState::Healthy } else { TargetState::Unused };
        let target = |balancer: &crate::model::target_group::ServiceLoadBalancer| Target {
            target_group: balancer.target_group,
            container: balancer.container,
            state,
        };
        found.load_balancers.iter().map(target).collect()
    }

    pub(super) fn set_target_state(&mut self, id: TaskId, target: u8, to: TargetState) {
        self.tasks[id].targets[usize::from(target)].state = to;
    }
}
