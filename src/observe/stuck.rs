//! DEP-6: a deployment whose two limits leave no room to move.

use crate::model::Cluster;
use crate::model::service::{RolloutState, Service};

/// Why the newest deployment of a service cannot go on while nothing changes, with the two limits; none if it can.
pub fn why_stuck(service: &Service) -> Option<String> {
    let primary = service.primary()?;
    let has_old_tasks = service.deployments.iter().any(|d| d.number < primary.number && d.counts.active > 0);
    let settings = &service.settings;
    let (floor, cap, desired) = (settings.floor_healthy(), settings.cap_total(), settings.desired_count);
    if primary.rollout_state != RolloutState::InProgress || !has_old_tasks || cap > desired || floor < desired
    {
        return None;
    }
    Some(format!(
        "stuck: of {desired} desired tasks minimumHealthyPercent {} lets none stop and maximumPercent {} lets no other start",
        settings.minimum_healthy_percent, settings.maximum_percent
    ))
}

/// Every stuck deployment: its service and why.
pub fn stuck_deployments(cluster: &Cluster) -> Vec<(String, String)> {
    let why = |service: &Service| why_stuck(service).map(|why| (service.name.clone(), why));
    cluster.services.iter().filter_map(why).collect()
}
