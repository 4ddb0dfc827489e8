//! ECS Managed Instances (MI): capacity that ECS itself launches, fills and ends. To the model it is an Auto Scaling group
//! that nobody owns: what it holds follows from the tasks that wait.

use super::auto_scaling_group::{AutoScalingGroup, Market};
use super::prices::spot::SpotPrice;
use super::{AutoScalingGroupId, CapacityProviderId, Cluster};
use crate::kernel::time::SimDuration;

/// MI-5: so long after its launch a managed instance begins to drain.
pub const LIFETIME: SimDuration = SimDuration::from_secs(14 * 86_400);
/// MI-5: so long it drains at most before it is deregistered by force.
pub const LONGEST_DRAIN: SimDuration = SimDuration::from_secs(7 * 86_400);

/// What CreateCapacityProvider says of Managed Instances. Their storage (SIZ-8) is checked and then plays no part (MI-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ManagedInstances {
    /// `capacityOptionType` (MI-2): RESERVED instances are paid as on demand ones.
    pub market: Market,
    /// How long an instance without tasks is kept (MI-4); none: for ever.
    pub scale_in_after: Option<SimDuration>,
}

impl Cluster {
    /// The provider of Managed Instances behind a group, if it is one.
    #[must_use]
    pub fn managed_provider(
        &self,
        group: AutoScalingGroupId,
    ) -> Option<(CapacityProviderId, ManagedInstances)> {
        let id = self.auto_scaling_group(group).provider?;
        Some((id, self.capacity_provider(id).managed_instances?))
    }

    /// Whether ECS itself launches what the group holds.
    #[must_use]
    pub fn is_managed(&self, group: &AutoScalingGroup) -> bool {
        group.provider.is_some_and(|id| self.capacity_provider(id).managed_instances.is_some())
    }

    /// What managed instances cost beside their EC2 price, in nano-dollars an hour: a share of the on-demand price
    /// (CST-12).
    #[must_use]
    pub fn management_fee(&self, on_demand_nano_usd_per_hour: u64) -> u64 {
        let share = *self.parameters.mi_fee_share();
        libm::round(on_demand_nano_usd_per_hour as f64 * share) as u64
    }
}

impl SpotPrice {
    /// The price with a constant on top.
    #[must_use]
    pub fn plus(self, nano_usd_per_hour: u64) -> SpotPrice {
        match self {
            SpotPrice::Constant(price) => SpotPrice::Constant(price + nano_usd_per_hour),
            SpotPrice::Series(series) => SpotPrice::Series(series.plus(nano_usd_per_hour).into()),
        }
    }
}
