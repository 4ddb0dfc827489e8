//! A datapoint of the reservation metric with all that it rests on, for those who ask why.

use super::cluster_scaling::{self, Decision, counted_instances};
use super::need::{DemandGroup, demand_groups};
use crate::model::auto_scaling_group::GroupCounts;
use crate::model::capacity_provider::Measured;
use crate::model::{CapacityProviderId, Cluster};

/// What was measured at a full minute, and what follows from it (CAS-1 to CAS-10).
#[derive(Clone, PartialEq, Debug)]
pub struct Datapoint {
    /// Of which provider.
    pub provider: CapacityProviderId,
    /// The metric and its alarms.
    pub measured: Measured,
    /// The instances that count, N.
    pub instances: u32,
    /// How many of them hold a task that counts.
    pub needed: u32,
    /// Those that wait, by what they ask for.
    pub waiting: Vec<DemandGroup>,
    /// What the group holds, by lifecycle.
    pub group: GroupCounts,
    /// What the group is to hold, before the decision.
    pub desired: u32,
    /// The instances that the metric asks for.
    pub asked: u32,
    /// What follows.
    pub decision: Decision,
}

impl Datapoint {
    /// The datapoint of now, once it is measured.
    #[must_use]
    pub fn of(cluster: &Cluster, provider: CapacityProviderId, decision: Decision) -> Datapoint {
        let found = cluster.capacity_provider(provider);
        let group = cluster.auto_scaling_group(found.group);
        let (instances, needed) = counted_instances(cluster, found.group);
        Datapoint {
            provider,
            measured: found.measured,
            instances,
            needed,
            waiting: demand_groups(cluster, found.group),
            group: cluster.group_counts(group.pool),
            desired: group.desired_capacity,
            asked: found
                .managed_scaling
                .zip(found.measured.reservation)
                .map_or(0, |(scaling, metric)| cluster_scaling::wanted(cluster, provider, &scaling, metric)),
            decision,
        }
    }

    /// Tasks that wait in PROVISIONING.
    #[must_use]
    pub fn tasks_waiting(&self) -> u32 {
        self.waiting.iter().map(|group| group.tasks).sum()
    }
}
