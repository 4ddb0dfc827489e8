//! What happened to each service and run, counted for people: starts, stops with their reasons, losses, deployments
//! with their fate, refusals; with how their durations are spread and what they pay to whom.
//!
//! Counts cover what happened from the end of the warm-up on, as those of the metrics do.

use std::collections::BTreeMap;

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::reason::{FailureKind, Refusal, StopCause, StopCode};
use crate::model::service::RolloutState;
use crate::model::task::{Origin, TaskStatus};
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId};

/// A kind of thing that happens, with what tells it from its like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A task was created.
    Started,
    /// A task stopped: the stop code, and the stopped reason with `…` for what differs from task to task (LIF-11).
    Stopped(StopCode, String),
    /// A task was lost.
    Lost(FailureKind),
    /// A deployment began; what became of it.
    Deployment(&'static str),
    /// An attempt to place a task was refused: the reason code (PLC-13).
    Refused(&'static str),
}

/// How often what happened to a service or run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// The service or run.
    pub of: String,
    /// How often; what never happened is not there.
    pub counts: BTreeMap<Happening, u64>,
    /// How its durations are spread.
    pub spreads: Vec<Spread>,
    /// By pool: what its tasks paid, in USD.
    pub paid_usd: Vec<f64>,
}

/// How a duration of a service or run is spread: three significant digits, as its quantiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// The metric without its statistic: `wait_placement_s`.
    pub metric: &'static str,
    /// Milliseconds, ascending, and how often.
    pub bins: Vec<(u64, u64)>,
}

/// Counts; one list for the services, one for the callers of RunTask.
#[derive(Clone, Debug, Default)]
pub struct Tallies {
    warm_up_ends: SimTime,
    settled: bool,
    owners: [Vec<Owner>; 2],
    deployments: BTreeMap<(ServiceId, DeploymentNumber), RolloutState>,
}

#[derive(Clone, Debug, Default)]
struct Owner {
    started: u64,
    /// Few differ, so that a search is quicker than a tree.
    stops: Vec<(StopCause, u64)>,
    refusals: BTreeMap<Refusal, u64>,
}

impl Tallies {
    /// Nothing counted yet. `settled`: the first deployment of a service that is there at time zero is none.
    #[must_use]
    pub fn new(warm_up_ends: SimTime, settled: bool) -> Tallies {
        Tallies { warm_up_ends, settled, ..Tallies::default() }
    }

    fn owner(&mut self, origin: Origin) -> &mut Owner {
        let (list, index) = match origin {
            Origin::Service { service, .. } => (0, service.index()),
            Origin::Caller { caller } => (1, caller.index()),
        };
        grown(&mut self.owners[list], index)
    }

    /// One tally for each service and caller of `cluster`, in the order of their metrics.
    #[must_use]
    pub fn into_tallies(self, cluster: &Cluster) -> Vec<Tally> {
        let Tallies { owners: [services, callers], deployments, .. } = self;
        let mut tallies = Vec::with_capacity(cluster.services.len() + cluster.callers.len());
        for (index, service) in cluster.services.iter().enumerate() {
            let mut tally = services.get(index).map_or_else(Tally::default, Owner::tally);
            tally.of.clone_from(&service.name);
            for (&(_, number), &state) in deployments.iter().filter(|(key, _)| key.0.index() == index) {
                let is_latest =
                    !deployments.contains_key(&(ServiceId(index as u32), DeploymentNumber(number.0 + 1)));
                *tally.counts.entry(Happening::Deployment(fate(state, is_latest))).or_default() += 1;
            }
            tallies.push(tally);
        }
        for (index, caller) in cluster.callers.iter().enumerate() {
            let mut tally = callers.get(index).map_or_else(Tally::default, Owner::tally);
            tally.of.clone_from(&caller.name);
            tallies.push(tally);
        }
        tallies
    }
}

fn grown<T: Default>(list: &mut Vec<T>, index: usize) -> &mut T {
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}

fn fate(state: RolloutState, is_latest: bool) -> &'static str {
    match state {
        RolloutState::Completed => "completed",
        RolloutState::Failed => "failed",
        RolloutState::InProgress if is_latest => "still in progress at the end",
        RolloutState::InProgress => "replaced by a newer one",
    }
}

impl Owner {
    fn stopped(&mut self, cause: StopCause) {
        match self.stops.iter_mut().find(|(known, ..)| *known == cause) {
            Some((.., count)) => *count += 1,
            None => self.stops.push((cause, 1)),
        }
    }

    fn tally(&self) -> Tally {
        let mut counts = BTreeMap::new();
        let mut add = |what, count| *counts.entry(what).or_default() += count;
        if self.started > 0 {
            add(Happening::Started, self.started);
        }
        for &(cause, count) in &self.stops {
            add(Happening::Stopped(cause.code(), cause.reason().to_owned()), count);
            if let Some(kind) = cause.failure_kind() {
                add(Happening::Lost(kind), count);
            }
        }
        for (reason, count) in &self.refusals {
            add(Happening::Refused(reason.code()), *count);
        }
        Tally { counts, ..Tally::default() }
    }
}

impl Observer for Tallies {
    fn observe(&mut self, now: SimTime, change: &Change, cluster: &Cluster) {
        if now < self.warm_up_ends {
            return;
        }
        match change {
            Change::TaskCreated(new) if !new.settled => self.owner(new.origin).started += 1,
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                let found = &cluster.tasks[*task];
                if let Some(cause) = found.stop {
                    self.owner(found.origin).stopped(cause);
                }
            }
            Change::DeploymentStarted { service, deployment } => {
                let was_there = self.settled && deployment.number.0 == 1 && now == SimTime::ZERO;
                if !was_there {
                    self.deployments.insert((*service, deployment.number), deployment.rollout_state);
                }
            }
            Change::RolloutStateChanged { service, deployment, to, .. } => {
                if let Some(state) = self.deployments.get_mut(&(*service, *deployment)) {
                    *state = *to;
                }
            }
            Change::ServicePlacementRefused { service, reason, .. } => {
                let owner = grown(&mut self.owners[0], service.index());
                *owner.refusals.entry(*reason).or_default() += 1;
            }
            Change::TaskRequestRefused { caller, reason, .. } => {
                let owner = grown(&mut self.owners[1], caller.index());
                *owner.refusals.entry(*reason).or_default() += 1;
            }
            _ => {}
        }
    }
}
