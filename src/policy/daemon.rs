//! DAEMON services: one task on every container instance that takes it (SVC-4), and the last to leave it (INS-8).

use crate::model::Cluster;
use crate::model::instance::InstanceStatus;

/// How many tasks a DAEMON service wants: one on each instance that ECS holds for ACTIVE, also on one that is gone
/// unnoticed (INS-5) or whose agent is cut off (INS-4). One that is DRAINING wants none (SVC-5).
#[must_use]
pub fn wanted_daemons(cluster: &Cluster) -> u32 {
    let there = |status| matches!(status, InstanceStatus::Active | InstanceStatus::Lost);
    cluster.instances.iter().filter(|(_, instance)| there(instance.status)).count() as u32
}
