//! What the scheduler saw when it looked at a service: the limits, what it wants, and what keeps it from that.
//!
//! It is derived from the same sums as the decisions themselves, after the stops of the look and before its starts.

use std::collections::BTreeMap;

use super::draining::total_healthy;
use super::{active_tasks, choose_stops::slot_of, deployment_of};
use super::{
    floor_of_steps, missing_of_primary, replacements_of_old, revisions, room_to_start, stops_allowed,
};
use crate::model::placement::PlacementStrategy;
use crate::model::service::{Deployment, Service};
use crate::model::stop::StopCause;
use crate::model::{Cluster, DeploymentNumber, ServiceId, TaskId};
use crate::policy::explain::{ChosenStop, ExplanationSink, Note};

/// A service at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which service.
    pub service: ServiceId,
    /// Its newest deployment.
    pub primary: DeploymentNumber,
    /// Whether a deployment is under way.
    pub deploying: bool,
    /// How many tasks it is to keep.
    pub desired: u32,
    /// How many it has launched so far.
    pub launches: u64,
    /// Tasks that are told to run.
    pub active: u32,
    /// Of those, the ones before RUNNING.
    pub pending: u32,
    /// Of those, the healthy ones.
    pub healthy: u32,
    /// Tasks told to stop, and not past STOPPING (DEP-3).
    pub stopping: u32,
    /// Healthy tasks that must stay: by minimumHealthyPercent (DEP-1).
    pub floor: u32,
    /// Healthy tasks that must stay at this step: more than `floor` where new tasks come first (DEP-5).
    pub floor_of_step: u32,
    /// Tasks there may be: by maximumPercent (DEP-1).
    pub cap: u32,
    /// Tasks that it lacks.
    pub lacking: u32,
    /// Of those, the ones it may start now.
    pub starts: u32,
    /// How many tasks the cap leaves room for (DEP-3).
    pub room: u32,
    /// Tasks that are to go: of older revisions, or to be replaced.
    pub to_go: u32,
    /// Healthy tasks that may stop now (DEP-4).
    pub stops_allowed: u32,
    /// Of those to go, the ones of the newest deployment that are to be replaced (SVC-14, FAIL-8).
    pub impaired: u32,
}

/// What keeps a service from what it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocked {
    /// The cap leaves no room to start a task that is lacking (DEP-3).
    NoRoom,
    /// The floor lets none of those stop that are to go (DEP-4).
    Floor,
    /// Neither can move, and nothing is under way that could change that (DEP-6).
    Both,
}

impl Look {
    /// The service as it stands, `starts` being the tasks it may start now.
    #[must_use]
    pub fn of(cluster: &Cluster, id: ServiceId, starts: u32) -> Option<Look> {
        let service = cluster.service(id);
        let primary = service.primary()?;
        let counts = service.counts;
        if let Some(wanted) = revisions::wanted(service) {
            return Some(Look::of_revisions(cluster, id, primary, &wanted, starts));
        }
        let old_active = counts.active - primary.counts.active;
        let replacements: u32 = replacements_of_old(cluster, service).iter().map(|(_, count)| count).sum();
        // What is to be replaced and has no replacement yet, whether or not there is room for one.
        let staying = primary.counts.active - primary.counts.draining;
        let extra = staying.saturating_sub(service.settings.desired_count);
        let unreplaced = primary.counts.impaired.saturating_sub(extra);
        let missing = service.settings.desired_count.saturating_sub(match service.is_deploying() {
            true => staying,
            false => counts.active - counts.draining,
        });
        let lacking = missing_of_primary(service).max(missing + unreplaced) + replacements;
        Some(Look {
            service: id,
            primary: primary.number,
            deploying: service.is_deploying(),
            desired: service.settings.desired_count,
            launches: service.launches,
            active: counts.active,
            pending: counts.pending,
            healthy: total_healthy(cluster, service),
            stopping: counts.stopping,
            floor: service.settings.floor_healthy(),
            floor_of_step: floor_of_steps(cluster, service),
            cap: service.settings.cap_total(),
            lacking,
            starts,
            room: room_to_start(cluster, service),
            to_go: old_active + primary.counts.impaired + primary.counts.draining,
            stops_allowed: stops_allowed(cluster, service),
            impaired: primary.counts.impaired,
        })
    }

    /// Where each revision has a count of its own: what all lack, and what all have too much (DEP-30).
    fn of_revisions(
        cluster: &Cluster,
        id: ServiceId,
        primary: &Deployment,
        wanted: &[(DeploymentNumber, u32)],
        starts: u32,
    ) -> Look {
        let service = cluster.service(id);
        let each =
            || wanted.iter().filter_map(|(number, count)| Some((service.deployment(*number)?, *count)));
        let most: u32 = each().map(|(_, count)| count).sum();
        let extra = |(one, count): (&Deployment, u32)| one.counts.active.saturating_sub(count);
        let to_go: u32 = each().map(extra).sum();
        Look {
            service: id,
            primary: primary.number,
            deploying: true,
            desired: service.settings.desired_count,
            launches: service.launches,
            active: service.counts.active,
            pending: service.counts.pending,
            healthy: total_healthy(cluster, service),
            stopping: service.counts.stopping,
            floor: 0,
            floor_of_step: 0,
            cap: most,
            lacking: each().map(|(one, count)| revisions::missing(service, one, count)).sum(),
            starts,
            room: most.saturating_sub(service.counts.active),
            to_go,
            stops_allowed: to_go,
            impaired: primary.counts.impaired,
        }
    }

    /// What keeps it from what it wants, if anything does.
    #[must_use]
    pub fn blocked(&self) -> Option<Blocked> {
        let no_room = self.lacking > 0 && self.starts == 0 && self.room == 0;
        let floor = self.to_go > 0 && self.healthy <= self.floor_of_step;
        // What starts, stops, or may yet become healthy can change it.
        let still = self.pending == 0 && self.stopping == 0 && self.starts == 0;
        let waits_for_health = self.active > self.healthy;
        match (no_room, floor) {
            (true, true) if still && !waits_for_health => Some(Blocked::Both),
            (true, _) => Some(Blocked::NoRoom),
            (false, true) if still => Some(Blocked::Floor),
            (false, _) => None,
        }
    }
}

/// Tells of each stop that was a choice how its task stood among the others; nothing where all of them go.
pub fn tell_stops<S: ExplanationSink>(
    cluster: &Cluster,
    id: ServiceId,
    stops: &[(TaskId, StopCause)],
    sink: &mut S,
) {
    let service = cluster.service(id);
    let (mut zones, mut hosts) = (BTreeMap::new(), BTreeMap::new());
    for task in active_tasks(cluster, service) {
        let host = cluster.tasks[task].host;
        *zones.entry(cluster.zone_of(host)).or_insert(0) += 1;
        *hosts.entry(slot_of(host)).or_insert(0) += 1;
    }
    let mut among = candidates(cluster, service, stops);
    if stops.iter().filter(|(_, cause)| cause.is_planned()).count() >= among {
        return; // all of them go
    }
    let packs = matches!(service.settings.strategies.first(), Some(PlacementStrategy::Binpack(_)));
    for (id, _) in stops.iter().filter(|(_, cause)| cause.is_planned()) {
        let task = &cluster.tasks[*id];
        let (zone, slot) = (cluster.zone_of(task.host), slot_of(task.host));
        sink.note(Note::ChoseStop(ChosenStop {
            task: *id,
            among,
            running: task.started_at.is_some(),
            healthy: task.healthy,
            in_zone: zones[&zone],
            on_instance: slot.map(|_| hosts[&slot]),
            packs,
        }));
        zones.entry(zone).and_modify(|count| *count -= 1);
        hosts.entry(slot).and_modify(|count| *count -= 1);
        among = among.saturating_sub(1);
    }
}

/// How many tasks the first choice was made among: those of older revisions in a deployment, else all.
fn candidates(cluster: &Cluster, service: &Service, stops: &[(TaskId, StopCause)]) -> usize {
    let rolls = stops.iter().any(|(_, cause)| *cause == StopCause::Deployment);
    let primary = service.primary().map(|primary| primary.number);
    let of_older = |task: &TaskId| deployment_of(&cluster.tasks[*task]) != primary;
    active_tasks(cluster, service).filter(|task| !rolls || of_older(task)).count()
}
