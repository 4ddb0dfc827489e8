//! Services and their deployments.

use super::demand::{Demand, ServiceMinute};
pub use super::deployment::{Deployment, DeploymentFailure, DeploymentRules, RolloutState};
use super::placement::{PlacementConstraint, PlacementRule, PlacementStrategy};
use super::scaling::{MetricAlarm, ScalableTarget};
use super::spot_fallback::SpotFallback;
use super::target_group::ServiceLoadBalancer;
use super::task::CapacityChoice;
use super::task_set::{DeploymentController, TaskSet, TaskSetStatus};
use super::traffic_shift::{ALL_TRAFFIC, Stage, TrafficShift};
use super::{DeploymentNumber, TaskDefinitionId, TaskGroupId, TaskId, ZoneId};
use crate::kernel::time::SimDuration;

/// A service: keeps the desired number of tasks (RES-2, SVC-1).
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name, unique in the cluster (RES-3).
    pub name: String,
    /// Its task group, `service:<name>` (RES-8).
    pub group: TaskGroupId,
    /// ACTIVE, DRAINING or INACTIVE (RES-11).
    pub status: ServiceStatus,
    /// What the user set.
    pub settings: ServiceSettings,
    /// The deployments that still have tasks, or the task sets, oldest first; the last is the PRIMARY one.
    pub deployments: Vec<Deployment>,
    /// How many deployments there ever were.
    pub deployments_ever: u32,
    /// How many tasks it ever launched: the ordinal of the newest.
    pub launches: u64,
    /// Its tasks that are not STOPPED.
    pub tasks: Vec<TaskId>,
    /// How many of them are in which condition.
    pub counts: TaskCounts,
    /// Its tasks with desired status RUNNING by item of its capacity provider strategy.
    pub active_by_choice: Vec<u32>,
    /// While it is rebalanced over zones: the desired count when that began (AZR-5).
    pub rebalancing: Option<u32>,
    /// The newest deployment that is COMPLETED, as it was then: where a rollback goes (DEP-24).
    pub last_completed: Option<Box<Deployment>>,
    /// The requests it gets, if the world says so.
    pub load: Option<ServiceLoad>,
    /// The last minute that was published.
    pub last_minute: Option<ServiceMinute>,
    /// Its auto scaling, if it is a scalable target (AAS-1).
    pub scaling: Option<Box<ScalableTarget>>,
    /// CloudWatch alarms over its metrics.
    pub metric_alarms: Vec<MetricAlarm>,
    /// Whether the last look found it steady (SVC-7).
    pub steady: bool,
    /// Where its tasks go while Spot gives none; not ECS's (`policies.spotFallback`).
    pub spot_fallback: Option<SpotFallback>,
    /// By which name CodeDeploy knows it, where a group was made for it (DEP-42).
    pub deployment_group: Option<Box<str>>,
}

/// The demand of a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceLoad {
    /// Requests by the minute.
    pub demand: Demand,
    /// Requests a second that one task serves at 100 % CPU, in thousandths, where its revision says nothing else.
    pub per_task_milli: u64,
}

/// How a service decides how many tasks it keeps, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchedulingStrategy {
    /// As many as desired (SVC-3).
    Replica,
    /// One on every container instance (SVC-4); the desired count follows the number of instances.
    Daemon,
}

/// What CreateService and UpdateService set.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceSettings {
    /// The task definition it is to run; `None` where each task set has its own (DEP-40).
    pub task_definition: Option<TaskDefinitionId>,
    /// Who moves it from one revision to the next.
    pub controller: DeploymentController,
    /// REPLICA or DAEMON.
    pub scheduling: SchedulingStrategy,
    /// How many tasks it is to keep, 0 to 5000 (SVC-3); for a DAEMON service, one an instance (SVC-4).
    pub desired_count: u32,
    /// Share of the desired count that stays healthy during a deployment, in percent (DEP-1).
    pub minimum_healthy_percent: u32,
    /// Bound on tasks during a deployment, in percent of the desired count (DEP-1).
    pub maximum_percent: u32,
    /// How its deployments succeed or fail (DEP-20 to DEP-27).
    pub deployment_rules: DeploymentRules,
    /// How long after RUNNING failing health checks are ignored (SVC-15).
    pub grace_period: SimDuration,
    /// Where its tasks run.
    pub capacity: Vec<CapacityChoice>,
    /// The zones of its subnets, to which its awsvpc tasks keep (CON-21); `None` where that is not said.
    pub zones: Option<Vec<ZoneId>>,
    /// The target groups that its tasks register with (LB-1); a change starts a deployment (DEP-13).
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// Whether Service Connect or VPC Lattice moves its traffic (DEP-37).
    pub has_mesh: bool,
    /// Conditions on the instances.
    pub constraints: Vec<PlacementConstraint>,
    /// The order of preference; empty is ECS's default (PLC-8).
    pub strategies: Vec<PlacementStrategy>,
    /// Who decides: ECS, or a policy ECS does not offer.
    pub placement_rule: PlacementRule,
    /// Whether Availability Zone rebalancing is ENABLED; it acts only where the service is eligible (AZR-1, AZR-2).
    pub zone_rebalancing: bool,
}

impl ServiceSettings {
    /// `ceil(desired × minimumHealthyPercent / 100)`: stops leave at least so many healthy tasks (DEP-1).
    #[must_use]
    pub fn floor_healthy(&self) -> u32 {
        let product = u64::from(self.desired_count) * u64::from(self.minimum_healthy_percent);
        u32::try_from(product.div_ceil(100)).unwrap_or(u32::MAX)
    }

    /// Whether anything can move its traffic from one revision to the next (DEP-37).
    #[must_use]
    pub fn moves_traffic(&self) -> bool {
        self.has_mesh || self.load_balancers.iter().any(|balancer| balancer.alternate.is_some())
    }

    /// `floor(desired × maximumPercent / 100)`: a deployment holds at most so many tasks (DEP-1).
    #[must_use]
    pub fn cap_total(&self) -> u32 {
        let product = u64::from(self.desired_count) * u64::from(self.maximum_percent);
        u32::try_from(product / 100).unwrap_or(u32::MAX)
    }
}

/// What becomes of a rebalancing over zones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RebalancingPhase {
    /// It begins (AZR-3).
    Started,
    /// All zones hold their share (AZR-4).
    Completed,
    /// It is given up: a deployment began, a task found no place, or the service was changed (AZR-3, AZR-6).
    Stopped,
}

/// The status of a service (RES-11).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceStatus {
    /// Works.
    Active,
    /// Deleted, with tasks still to stop.
    Draining,
    /// Deleted, all its tasks are stopping or stopped.
    Inactive,
}

/// Tasks of a service, or of one of its deployments, by condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskCounts {
    /// Desired status RUNNING, whatever the last status.
    pub active: u32,
    /// Desired status RUNNING and last status before RUNNING.
    pub pending: u32,
    /// Last status RUNNING.
    pub running: u32,
    /// Desired status RUNNING and healthy (SVC-12), as far as ECS knows.
    pub healthy: u32,
    /// Of those, the ones whose host is there in reality (INS-5): what serves.
    pub serving: u32,
    /// Desired status RUNNING, and to be replaced: UNHEALTHY, or announced to be retired (SVC-14, FAIL-8). Those that go
    /// anyway because their instance drains are left out.
    pub impaired: u32,
    /// Of those that are to be replaced, the healthy ones.
    pub impaired_healthy: u32,
    /// Desired status RUNNING, on an instance that is DRAINING (INS-6).
    pub draining: u32,
    /// Desired status RUNNING, and protected from scale-in (SVC-20).
    pub protected: u32,
    /// Told to stop, and not past STOPPING (DEP-3).
    pub stopping: u32,
    /// Of those, the ones told because their instance drains (INS-6).
    pub stopping_drained: u32,
    /// Told to stop from outside while healthy, and not past STOPPING: may still serve.
    pub still_serving: u32,
    /// Desired status RUNNING, and waiting in PROVISIONING for capacity (CAS-12).
    pub unplaced: u32,
    /// Not STOPPED.
    pub present: u32,
}

impl Service {
    /// A service as CreateService makes it: without tasks and deployments; its group is named when it is there.
    #[must_use]
    pub fn new(name: &str, settings: ServiceSettings) -> Service {
        Service {
            name: name.to_owned(),
            group: TaskGroupId(0),
            status: ServiceStatus::Active,
            active_by_choice: vec![0; settings.capacity.len()],
            settings,
            deployments: Vec::new(),
            deployments_ever: 0,
            launches: 0,
            tasks: Vec::new(),
            counts: TaskCounts::default(),
            rebalancing: None,
            last_completed: None,
            load: None,
            last_minute: None,
            scaling: None,
            metric_alarms: Vec::new(),
            steady: false,
            spot_fallback: None,
            deployment_group: None,
        }
    }

    /// The newest deployment, if there is one; of task sets the PRIMARY one, where there is one.
    #[must_use]
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.last()
    }

    /// Whether older revisions still have tasks, or the newest one has not completed.
    #[must_use]
    pub fn is_deploying(&self) -> bool {
        let in_progress =
            || self.primary().is_some_and(|primary| primary.rollout_state == RolloutState::InProgress);
        !self.has_task_sets() && (self.deployments.len() > 1 || in_progress())
    }

    /// Whether somebody else makes its revisions as task sets; ECS deploys nothing by itself then (DEP-40).
    #[must_use]
    pub fn has_task_sets(&self) -> bool {
        self.settings.controller == DeploymentController::External
    }

    /// Where a task of a deployment runs: as its task set says, else as the service does.
    #[must_use]
    pub fn capacity_of(&self, number: DeploymentNumber) -> &[CapacityChoice] {
        self.task_set(number).map_or(&self.settings.capacity, |set| &set.capacity)
    }

    /// The task set of this number.
    #[must_use]
    pub fn task_set(&self, number: DeploymentNumber) -> Option<&TaskSet> {
        self.deployment(number)?.task_set.as_deref()
    }

    /// How many tasks a revision keeps for itself, where the limits of a rolling deployment do not decide (DEP-30, DEP-40).
    #[must_use]
    pub fn own_count(&self, number: DeploymentNumber) -> Option<u32> {
        match self.task_set(number) {
            Some(set) => Some(set.computed_desired_count(self.settings.desired_count)),
            None => self.shift().map(|shift| self.wanted_while_shifting(shift, number)),
        }
    }

    /// Whether it keeps one task on every instance (SVC-4).
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.settings.scheduling == SchedulingStrategy::Daemon
    }

    /// The newest deployment's shift of traffic, until it is COMPLETED: so long each revision has its own count of tasks
    /// (DEP-30). Where it FAILED without a rollback, traffic stays as it is.
    #[must_use]
    pub fn shift(&self) -> Option<&TrafficShift> {
        let primary = self.primary()?;
        primary.shift.as_deref().filter(|_| primary.rollout_state != RolloutState::Completed)
    }

    /// The share of production traffic that tasks of a deployment get, in tenths of a percent; `None` where nothing
    /// moves traffic, and every healthy task of the service gets the same (DEP-34).
    #[must_use]
    pub fn traffic_of(&self, number: DeploymentNumber) -> Option<u32> {
        if let Some(set) = self.task_set(number) {
            return Some(if set.status == TaskSetStatus::Primary { ALL_TRAFFIC } else { 0 });
        }
        let primary = self.primary()?;
        let shift = primary.shift.as_deref();
        if shift.is_some_and(|shift| !shift.moves_traffic) || self.rolls() {
            return None;
        }
        let (weight, source) = match self.shift() {
            Some(shift) if shift.source.is_some() => (shift.weight, shift.source),
            Some(_) | None => (ALL_TRAFFIC, None),
        };
        Some(match number {
            number if number == primary.number => weight,
            number if Some(number) == source => ALL_TRAFFIC - weight,
            _ => 0,
        })
    }

    /// Whether its newest deployment is a rolling one: neither a shift of traffic nor the rollback of one.
    #[must_use]
    pub fn rolls(&self) -> bool {
        self.primary().is_some_and(|primary| {
            let takes_traffic_back =
                primary.takes_back.is_some() && self.settings.deployment_rules.strategy.is_some();
            primary.shift.is_none() && !takes_traffic_back
        })
    }

    /// How many tasks a deployment is to have while traffic shifts (DEP-30).
    #[must_use]
    pub fn wanted_while_shifting(&self, shift: &TrafficShift, number: DeploymentNumber) -> u32 {
        let desired = self.settings.desired_count;
        match self.primary().filter(|primary| primary.number == number) {
            Some(_) if shift.wants_tasks() => desired,
            // None is started; those of time zero (`start: settled`) stay.
            Some(primary) => primary.counts.active.min(desired),
            None if shift.source == Some(number) && shift.stage < Stage::CleanUp => desired,
            None => 0,
        }
    }

    /// The deployment with this number, if it still has a place in the list.
    #[must_use]
    pub fn deployment(&self, number: DeploymentNumber) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.number == number)
    }
}
