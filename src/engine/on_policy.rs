//! Policies of capacity that ECS does not offer, at work (`policies`).

use super::event::Event;
use super::simulation::Simulation;
use crate::model::instance::InstanceStatus;
use crate::model::{CapacityProviderId, InstanceId};
use crate::observe::Observer;
use crate::policy::capacity::repack;
use crate::policy::explain::ExplanationSink;

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// `policies.replaceAtRecommendation`: what a function that hears of the recommendation would do.
    pub(super) fn drain_at_recommendation(&mut self, id: InstanceId) {
        let instance = &self.cluster.instances[id];
        let provider = self.cluster.provider_of_pool(instance.pool);
        let drains =
            provider.is_some_and(|id| self.cluster.capacity_provider(id).policy.drains_at_recommendation);
        if drains && instance.status == InstanceStatus::Active {
            self.set_instance_status(id, InstanceStatus::Draining);
        }
    }

    pub(super) fn start_policies(&mut self) {
        for index in 0..self.cluster.capacity_providers.len() {
            self.plan_repacking(CapacityProviderId(index as u16));
        }
    }

    fn plan_repacking(&mut self, provider: CapacityProviderId) {
        if let Some(repack) = self.cluster.capacity_provider(provider).policy.repack {
            self.after(repack.every, Event::RepackingIsDue(provider));
        }
    }

    /// `policies.repack`: TerminateInstanceInAutoScalingGroup with ShouldDecrementDesiredCapacity; managed draining moves the
    /// tasks before the instance goes.
    pub(super) fn on_repacking_is_due(&mut self, provider: CapacityProviderId) {
        let found = self.cluster.capacity_provider(provider);
        let below = found.policy.repack.filter(|_| found.managed_draining).map(|repack| repack.below_percent);
        if let Some(instance) =
            below.and_then(|below| repack::instance_to_empty(&self.cluster, provider, below))
        {
            self.terminate_on_request(instance, true);
        }
        self.plan_repacking(provider);
    }
}
