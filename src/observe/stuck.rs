//! DEP-6, INS-6: a deployment, or the drain of an instance, whose two limits leave no room to move.

use std::collections::BTreeMap;

use crate::model::service::{RolloutState, Service, ServiceStatus};
use crate::model::task::{Host, Task};
use crate::model::{Cluster, InstanceId};

/// Why the newest deployment of a service cannot go on while nothing changes, with the two limits; none if it can.
pub fn why_stuck(service: &Service) -> Option<String> {
    let primary = service.primary()?;
    if service.shift().is_some() {
        return None; // each revision has a count of its own
    }
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

/// Why the tasks of a service stay on DRAINING instances while nothing changes (INS-6); none if they can go.
fn why_drain_stuck(cluster: &Cluster, service: &Service) -> Option<String> {
    let (settings, counts) = (&service.settings, &service.counts);
    let (floor, cap, desired) = (settings.floor_healthy(), settings.cap_total(), settings.desired_count);
    let at_rest = service.status == ServiceStatus::Active && !service.is_deploying() && !service.is_daemon();
    let under_way = counts.pending > 0 || counts.stopping > 0 || counts.active != desired;
    if !at_rest || counts.draining == 0 || under_way || cap > desired || floor < desired {
        return None;
    }
    let active = service.tasks.iter().map(|task| &cluster.tasks[*task]).filter(|task| task.is_active());
    let draining: Vec<&Task> = active.filter(|task| task.draining).collect();
    if !draining.iter().all(|task| task.is_healthy_for_draining()) {
        return None; // the floor does not ask for it
    }
    let hosts: BTreeMap<usize, InstanceId> = draining
        .into_iter()
        .filter_map(|task| match task.host {
            Host::Instance(instance) => Some((instance.slot(), instance)),
            Host::Fargate(_) | Host::Unplaced(_) => None,
        })
        .collect();
    let names: Vec<String> = hosts.into_values().map(|instance| cluster.instance_name(instance)).collect();
    Some(format!(
        "stuck: {} of {desired} desired tasks {} on {}, which cannot be emptied: minimumHealthyPercent {} lets none stop and maximumPercent {} lets no other start",
        counts.draining,
        if counts.draining == 1 { "is" } else { "are" },
        names.join(", "),
        settings.minimum_healthy_percent,
        settings.maximum_percent
    ))
}

/// Something of a service that can move neither way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The service.
    pub service: String,
    /// What of it: `deployment`, or the `drain` of an instance.
    pub what: &'static str,
    /// Why, with the two limits.
    pub why: String,
}

/// Every stuck deployment and drain, by service.
pub fn all_stuck(cluster: &Cluster) -> Vec<Stuck> {
    let of = |service: &Service| {
        let deployment = why_stuck(service).map(|why| ("deployment", why));
        let found = deployment.or_else(|| why_drain_stuck(cluster, service).map(|why| ("drain", why)));
        found.map(|(what, why)| Stuck { service: service.name.clone(), what, why })
    };
    cluster.services.iter().filter_map(of).collect()
}
