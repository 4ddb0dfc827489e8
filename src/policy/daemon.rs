//! DAEMON services: one task on every container instance that takes it (SVC-4).

use super::placement::requirements::Requirements;
use crate::model::instance::InstanceStatus;
use crate::model::task_definition::TaskDefinition;
use crate::model::{Cluster, ZoneId};

/// How many tasks a DAEMON service wants: one on each instance that ECS holds for ACTIVE, also on one that is gone
/// unnoticed (INS-5) or whose agent is cut off (INS-4), if the platform and the zones of its subnets allow it there.
#[must_use]
pub fn wanted_daemons(cluster: &Cluster, definition: &TaskDefinition, zones: Option<&[ZoneId]>) -> u32 {
    let requirements = Requirements::of(definition, zones);
    let there = |status| matches!(status, InstanceStatus::Active | InstanceStatus::Lost);
    let takes_it = cluster.instances.iter().filter(|(_, instance)| {
        there(instance.status)
            && requirements.are_in_zone(instance.zone)
            && requirements.fit_platform(&instance.traits)
    });
    takes_it.count() as u32
}
