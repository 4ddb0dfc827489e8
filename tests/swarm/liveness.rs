//! What must go on does go on: no wake of a scheduler is lost, and whoever is told to stop stops.

use std::collections::BTreeMap;

use super::trace::Trace;
use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::service_event::ServiceEvent;
use ecsim::model::task::{DesiredStatus, Host, TaskStatus};
use ecsim::model::{Change, Cluster, ServiceId};
use ecsim::observe::Observer;
use ecsim::policy::reconcile::{tasks_to_start, tasks_to_stop};

/// Longer than the drawn containers need to stop one after another, kill included, with the network and the notice of
/// a lost host: 4 x 300 s + 240 s + 300 s.
const LONGEST_STOP: SimDuration = SimDuration::from_secs(1740);
/// The launch rate lets one task through at least that often (SVC-8).
const LAUNCH_INTERVAL: SimDuration = SimDuration(120);

/// Since when a service has had something to do, and when it last did or tried something.
#[derive(Clone, Copy, Default)]
struct Stands {
    starts_since: Option<SimTime>,
    stops_since: Option<SimTime>,
    tried: SimTime,
    stopped: SimTime,
}

/// Watches how long work is left undone.
#[derive(Default)]
pub struct Liveness {
    services: BTreeMap<ServiceId, Stands>,
    /// By slot of the instance.
    reconnected: BTreeMap<usize, SimTime>,
    pub first_failure: Option<String>,
    /// For a single seed: what happened before the failure.
    trace: Option<Trace>,
}

impl Liveness {
    pub fn new(trace: Option<Trace>) -> Liveness {
        Liveness { trace, ..Liveness::default() }
    }

    fn fail(&mut self, at: SimTime, what: String) {
        if self.first_failure.is_none() {
            let last: Vec<String> = self.trace.iter_mut().flat_map(|trace| trace.0.drain(..)).collect();
            self.first_failure = Some(format!("at {at}: {what}\n{}", last.join("\n")));
        }
    }

    fn look_at(&mut self, id: ServiceId, from: SimTime, to: SimTime, cluster: &Cluster) {
        let parameters = &cluster.parameters;
        let wake = *parameters.scheduler_wake();
        let retry = (*parameters.place_retry_fast()).max(*parameters.place_retry_slow());
        let (starts, stops) = (tasks_to_start(cluster, id), tasks_to_stop(cluster, id));
        let stands = self.services.entry(id).or_default();
        let since = |before: Option<SimTime>, any: bool| any.then(|| before.unwrap_or(from));
        stands.starts_since = since(stands.starts_since, !starts.is_empty());
        stands.stops_since = since(stands.stops_since, !stops.is_empty());
        let service = cluster.service(id);
        // SVC-2: stops follow at the next wake.
        let late_stop = stands.stops_since.is_some_and(|since| to > since.max(stands.stopped) + wake);
        // SVC-9, SVC-10: starts too, but for the time that a refusal or failed starts put them off.
        let late_start = stands.starts_since.is_some_and(|since| {
            let throttles = service.deployments.iter().filter_map(|deployment| deployment.throttled_until);
            let free = throttles.max().unwrap_or_default();
            to > since.max(stands.tried).max(free) + retry + wake + LAUNCH_INTERVAL
        });
        let (stops_since, starts_since) =
            (stands.stops_since.unwrap_or(from), stands.starts_since.unwrap_or(from));
        if late_stop {
            self.fail(to, format!("{}: nobody stops the tasks {stops:?} since {stops_since}", service.name));
        }
        if late_start {
            self.fail(
                to,
                format!("{}: nobody starts the tasks {starts:?} since {starts_since}", service.name),
            );
        }
    }

    /// Whether an agent has been connected for so long that what was held back is done.
    fn hears(&self, host: Host, at: SimTime, cluster: &Cluster) -> bool {
        match host {
            Host::Fargate(_) | Host::Unplaced(_) => true,
            Host::Instance(id) => {
                let back = self.reconnected.get(&id.slot()).is_none_or(|back| *back + LONGEST_STOP < at);
                back && cluster.instances[id].agent_connected
            }
        }
    }
}

impl Observer for Liveness {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.trace.observe(at, change, cluster);
        match change {
            Change::ServicePlacementRefused { service, .. }
            | Change::ServiceEventWritten { service, event: ServiceEvent::TasksStarted { .. } }
            | Change::ServiceEventWritten { service, event: ServiceEvent::OperationsThrottled }
            | Change::StartThrottleChanged { service, .. } => {
                self.services.entry(*service).or_default().tried = at;
            }
            Change::ServiceEventWritten { service, event: ServiceEvent::TasksStopped { .. } } => {
                self.services.entry(*service).or_default().stopped = at;
            }
            Change::AgentConnectionChanged { instance, .. } => {
                self.reconnected.insert(instance.slot(), at);
            }
            _ => {}
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        for index in 0..cluster.services.len() {
            self.look_at(ServiceId(index as u32), from, to, cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        for (id, task) in cluster.tasks.iter() {
            let told =
                task.desired_status == DesiredStatus::Stopped && task.last_status != TaskStatus::Stopped;
            let long_ago = task.stopping_at.is_some_and(|told| told + LONGEST_STOP < at);
            if told && long_ago && self.hears(task.host, at, cluster) {
                let (name, stands) = (cluster.task_name(id), task.last_status.name());
                return self.fail(at, format!("{name} was told to stop long ago and is still {stands}"));
            }
        }
    }
}
