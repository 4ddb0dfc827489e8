//! Rollouts as people draw them: old and new tasks over time, between the two limits (DEP-1).

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::deployment::{DeploymentFailure, RolloutState};
use crate::model::service::Service;
use crate::model::task_set::TaskSetStatus;
use crate::model::traffic_shift::{ALL_TRAFFIC, Stage};
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId};

/// A deployment from its begin to its end, or to that of its rollback.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Of which service.
    pub service: ServiceId,
    /// Which deployment.
    pub deployment: DeploymentNumber,
    /// `web:2`.
    pub to: String,
    /// When it was over; the end of the simulation if it was not.
    pub until: SimTime,
    /// Whether it was over by then.
    pub is_over: bool,
    /// The tasks of the service, each time that they changed.
    pub steps: Vec<RolloutStep>,
    /// What happened in between.
    pub turns: Vec<(SimTime, Turn)>,
}

/// The tasks of a service at one instant of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolloutStep {
    /// When.
    pub at: SimTime,
    /// Healthy tasks of other revisions.
    pub old_healthy: u32,
    /// Other tasks of other revisions, until they are past STOPPING.
    pub old_others: u32,
    /// Healthy tasks of the new revision.
    pub new_healthy: u32,
    /// Its other tasks: starting, not healthy, stopping.
    pub new_others: u32,
    /// `ceil(desired × minimumHealthyPercent / 100)`.
    pub floor: u32,
    /// `floor(desired × maximumPercent / 100)`.
    pub cap: u32,
    /// The share of production traffic of the new revision in tenths of a percent, where a deployment moves it (DEP-34).
    pub weight: Option<u32>,
}

/// What happens to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It has all it needs, and its alarms are watched on; or all traffic, and both revisions run on.
    Bakes,
    /// This share of production traffic goes to its revision, in tenths of a percent.
    Shifts(u32),
    /// The old revision goes.
    CleansUp,
    /// It is COMPLETED.
    Completed,
    /// It is FAILED.
    Failed(DeploymentFailure),
    /// The last completed one comes back.
    RollsBack,
    /// A newer deployment takes over.
    Replaced,
}

/// Collects rollouts.
#[derive(Debug, Default)]
pub struct Rollouts {
    done: Vec<Rollout>,
    /// By service, the one under way.
    open: Vec<Option<Rollout>>,
}

/// So many rollouts are kept, with so many steps each: what is drawn has no room for more.
const MOST_ROLLOUTS: usize = 12;
const MOST_STEPS: usize = 20_000;

impl Rollouts {
    /// Those that began after time zero, in the order of their begin.
    #[must_use]
    pub fn into_rollouts(mut self, end: SimTime) -> Vec<Rollout> {
        for mut rollout in std::mem::take(&mut self.open).into_iter().flatten() {
            rollout.until = end;
            self.done.push(rollout);
        }
        self.done.sort_by_key(|rollout| {
            (rollout.steps.first().map(|step| step.at), rollout.service, rollout.deployment)
        });
        self.done.truncate(MOST_ROLLOUTS);
        self.done
    }

    fn open_of(&mut self, service: ServiceId) -> Option<&mut Rollout> {
        self.open.get_mut(service.index())?.as_mut()
    }

    fn turn(&mut self, at: SimTime, service: ServiceId, turn: Turn) {
        if let Some(open) = self.open_of(service) {
            open.turns.push((at, turn));
        }
    }

    fn close(&mut self, at: SimTime, service: ServiceId) {
        let Some(mut open) = self.open.get_mut(service.index()).and_then(Option::take) else { return };
        (open.until, open.is_over) = (at, true);
        if self.done.len() < MOST_ROLLOUTS {
            self.done.push(open);
        }
    }

    fn read(&mut self, at: SimTime, id: ServiceId, service: &Service) {
        let Some(open) = self.open_of(id) else { return };
        let step = step_of(at, service, open.deployment);
        let is_full = open.steps.len() >= MOST_STEPS;
        match open.steps.last_mut() {
            Some(before) if before.at == at => *before = step,
            Some(before) if (RolloutStep { at, ..*before }) == step => {}
            _ if is_full => {}
            _ => open.steps.push(step),
        }
    }
}

/// The tasks of a service by revision.
pub(super) fn step_of(at: SimTime, service: &Service, newest: DeploymentNumber) -> RolloutStep {
    let mut step = RolloutStep {
        at,
        old_healthy: 0,
        old_others: 0,
        new_healthy: 0,
        new_others: 0,
        floor: service.settings.floor_healthy(),
        cap: service.settings.cap_total(),
        weight: service.traffic_of(newest),
    };
    for deployment in &service.deployments {
        let healthy = deployment.counts.healthy;
        let others = deployment.counts.active - healthy + deployment.counts.stopping;
        match deployment.number == newest {
            true => (step.new_healthy, step.new_others) = (healthy, others),
            false => {
                step.old_healthy += healthy;
                step.old_others += others;
            }
        }
    }
    step
}

impl Observer for Rollouts {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::DeploymentStarted { service, deployment } if deployment.number.0 > 1 => {
                self.turn(at, *service, Turn::Replaced);
                self.close(at, *service);
                if self.open.len() <= service.index() {
                    self.open.resize(service.index() + 1, None);
                }
                self.open[service.index()] = Some(Rollout {
                    service: *service,
                    deployment: deployment.number,
                    to: cluster.task_definition(deployment.task_definition).name(),
                    until: at,
                    is_over: false,
                    steps: Vec::new(),
                    turns: Vec::new(),
                });
                self.read(at, *service, cluster.service(*service));
            }
            Change::StageEntered { service, shift, .. } => {
                let turn = match shift.stage {
                    Stage::ProductionTrafficShift if shift.source.is_some() && shift.moves_traffic => {
                        Some(Turn::Shifts(shift.weight))
                    }
                    Stage::BakeTime if shift.holds_until > at => Some(Turn::Bakes),
                    Stage::CleanUp => Some(Turn::CleansUp),
                    _ => None,
                };
                turn.into_iter().for_each(|turn| self.turn(at, *service, turn));
                self.read(at, *service, cluster.service(*service));
            }
            Change::TaskSetChanged { service, deployment, task_set } => {
                let of_drawn = self.open_of(*service).is_some_and(|open| open.deployment == *deployment);
                let turn = match task_set.status {
                    TaskSetStatus::Primary if of_drawn => Some(Turn::Shifts(ALL_TRAFFIC)),
                    TaskSetStatus::Draining if !of_drawn => Some(Turn::CleansUp),
                    _ => None,
                };
                let open = self.open_of(*service);
                let is_known =
                    |turn: &Turn| open.is_some_and(|open| open.turns.iter().any(|(_, told)| told == turn));
                if let Some(turn) = turn.filter(|turn| !is_known(turn)) {
                    self.turn(at, *service, turn);
                }
                self.read(at, *service, cluster.service(*service));
            }
            Change::DeploymentEnded { service, .. } if cluster.service(*service).has_task_sets() => {
                self.read(at, *service, cluster.service(*service));
                if cluster.service(*service).deployments.len() == 1 {
                    self.turn(at, *service, Turn::Completed);
                    self.close(at, *service);
                }
            }
            // Steady, and not the only one yet.
            Change::RolloutStateChanged { service, .. } if cluster.service(*service).has_task_sets() => {}
            Change::BakeTimeStarted { service, .. } => self.turn(at, *service, Turn::Bakes),
            Change::RollbackStarted { service, .. } => {
                self.turn(at, *service, Turn::RollsBack);
                self.read(at, *service, cluster.service(*service));
            }
            Change::RolloutStateChanged { service, to, failure, .. } => match (to, failure) {
                (RolloutState::Completed, _) => {
                    self.read(at, *service, cluster.service(*service));
                    self.turn(at, *service, Turn::Completed);
                    self.close(at, *service);
                }
                (RolloutState::Failed, Some(failure)) => self.turn(at, *service, Turn::Failed(*failure)),
                (RolloutState::Failed | RolloutState::InProgress, _) => {}
            },
            Change::TaskCreated(new) => {
                if let crate::model::task::Origin::Service { service, .. } = new.origin {
                    self.read(at, service, cluster.service(service));
                }
            }
            Change::TaskStatusChanged { task, .. }
            | Change::TaskHealthChanged { task, .. }
            | Change::TaskStopOrdered { task, .. } => {
                if let Some(service) = cluster.tasks[*task].service() {
                    self.read(at, service, cluster.service(service));
                }
            }
            Change::ServiceUpdated { service, .. } => self.read(at, *service, cluster.service(*service)),
            _ => {}
        }
    }
}
