//! What becomes true of Auto Scaling groups and of the capacity providers over them.

use crate::model::auto_scaling_group::AutoScalingGroup;
use crate::model::auto_scaling_group::schedule::ScheduledAction;
use crate::model::capacity_provider::CapacityProvider;
use crate::model::{AutoScalingGroupId, CapacityProviderId, Cluster};

impl Cluster {
    pub(super) fn create_group(&mut self, group: AutoScalingGroup) {
        let id = AutoScalingGroupId(self.auto_scaling_groups.len() as u16);
        self.pools[group.pool.index()].group = Some(id);
        self.auto_scaling_groups.push(group);
    }

    pub(super) fn create_provider(&mut self, provider: CapacityProvider) {
        let id = CapacityProviderId(self.capacity_providers.len() as u16);
        self.auto_scaling_groups[provider.group.index()].provider = Some(id);
        self.capacity_providers.push(provider);
    }

    pub(super) fn set_scheduled_action(
        &mut self,
        group: AutoScalingGroupId,
        name: &str,
        action: Option<&ScheduledAction>,
    ) {
        let scheduled = &mut self.auto_scaling_groups[group.index()].scheduled;
        match action {
            Some(action) => scheduled.insert(name.to_owned(), action.clone()),
            None => scheduled.remove(name),
        };
    }
}
