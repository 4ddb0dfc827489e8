//! Time zero: what services have then (`start: settled`).

use super::setup::Start;
use super::simulation::Simulation;
use crate::model::ServiceId;
use crate::model::service::RolloutState;
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_services(&mut self) {
        if let Some(standing) = &self.setup.standing {
            self.put_in_place(standing);
        }
        for index in 0..self.cluster.services.len() {
            let service = ServiceId(index as u32);
            if self.setup.start == Start::Settled && self.setup.standing.is_none() {
                self.settle(service);
            }
            match self.setup.standing {
                // What was said of time zero stands then; the scheduler looks at it in its ordinary way.
                Some(_) => self.wake_service(service),
                None => self.look_at_once(service),
            }
        }
    }

    /// `start: settled`: the tasks are running and healthy, placed one by one at no cost of time.
    fn settle(&mut self, service: ServiceId) {
        if self.cluster.service(service).has_task_sets() {
            return self.settle_task_sets(service);
        }
        let desired = self.cluster.service(service).settings.desired_count;
        let Some(first) = self.cluster.service(service).primary().map(|primary| primary.number) else {
            return;
        };
        let all_fit = (0..desired).all(|_| self.launch_for(service, first, (None, true)).is_ok());
        let Some(primary) = self.cluster.service(service).primary() else { return };
        if all_fit && primary.rollout_state == RolloutState::InProgress {
            let deployment = primary.number;
            self.complete(service, deployment);
        }
    }

    /// Each with what it wants.
    fn settle_task_sets(&mut self, service: ServiceId) {
        let found = self.cluster.service(service);
        let sets =
            found.deployments.iter().filter_map(|set| Some((set.number, found.own_count(set.number)?)));
        for (number, wanted) in sets.collect::<Vec<_>>() {
            // What finds no place now is looked for again by the service itself.
            let _ = (0..wanted).all(|_| self.launch_for(service, number, (None, true)).is_ok());
        }
    }
}
