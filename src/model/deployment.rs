//! Deployments of a service, and what decides whether they succeed (DEP).

use std::sync::Arc;

use super::service::TaskCounts;
use super::target_group::ServiceLoadBalancer;
use super::task_set::TaskSet;
use super::traffic_shift::{Hook, ShiftStrategy, TrafficShift};
use super::{DeploymentNumber, TaskDefinitionId};
use crate::kernel::time::{SimDuration, SimTime};

/// The move of a service to one revision: task definition and target groups (RES-14, DEP-9, DEP-13).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// Its number in the service, from 1.
    pub number: DeploymentNumber,
    /// Its target revision.
    pub task_definition: TaskDefinitionId,
    /// The target groups that tasks of that revision register with (DEP-13).
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// When it began; for one that came back by a rollback, when that was (DEP-24).
    pub created_at: SimTime,
    /// IN_PROGRESS, COMPLETED or FAILED.
    pub rollout_state: RolloutState,
    /// How many tasks of its revision the service wants while a newer deployment takes over (DEP-7, DEP-11). That
    /// of the newest one is the service's desired count.
    pub desired_count: u32,
    /// Its tasks by condition.
    pub counts: TaskCounts,
    /// Its tasks in a row that ended before RUNNING (SVC-10).
    pub failed_starts: u32,
    /// It launches none before this time (SVC-10).
    pub throttled_until: Option<SimTime>,
    /// What its circuit breaker has counted (DEP-22, DEP-23).
    pub failures: u32,
    /// Whether one of its tasks has reached RUNNING: from then on failed health checks count, and failed starts no longer
    /// (DEP-23).
    pub reached_running: bool,
    /// Whether alarms can fail it: none was in ALARM when it began (DEP-25).
    pub watches_alarms: bool,
    /// When its bake time is over, once that has begun (DEP-26).
    pub bakes_until: Option<SimTime>,
    /// The failed deployment that it takes back, where it is a rollback (DEP-24, DEP-28).
    pub takes_back: Option<DeploymentNumber>,
    /// Why it was given up, if it was.
    pub failure: Option<DeploymentFailure>,
    /// Where it stands, if it is a blue/green, linear or canary deployment (DEP-30). A rollback is none: it brings traffic
    /// and tasks back at once (DEP-31).
    pub shift: Option<Box<TrafficShift>>,
    /// What its maker says of it, if it is a task set (DEP-40): IN_PROGRESS until it is first in STEADY_STATE.
    pub task_set: Option<Box<TaskSet>>,
}

impl Deployment {
    /// One that begins now, IN_PROGRESS and without tasks.
    #[must_use]
    pub fn new(
        number: DeploymentNumber,
        task_definition: TaskDefinitionId,
        load_balancers: Vec<ServiceLoadBalancer>,
        desired_count: u32,
        created_at: SimTime,
    ) -> Deployment {
        Deployment {
            number,
            task_definition,
            load_balancers,
            created_at,
            rollout_state: RolloutState::InProgress,
            desired_count,
            counts: TaskCounts::default(),
            failed_starts: 0,
            throttled_until: None,
            failures: 0,
            reached_running: false,
            watches_alarms: true,
            bakes_until: None,
            takes_back: None,
            failure: None,
            shift: None,
            task_set: None,
        }
    }

    /// The same revision once more, as a rollback from `failed` brings it back: IN_PROGRESS, its failures forgotten, its
    /// tasks still there (DEP-24, DEP-28).
    #[must_use]
    pub fn brought_back(&self, failed: DeploymentNumber, desired_count: u32, now: SimTime) -> Deployment {
        let begun = Deployment::new(
            self.number,
            self.task_definition,
            self.load_balancers.clone(),
            desired_count,
            now,
        );
        Deployment { counts: self.counts, takes_back: Some(failed), ..begun }
    }
}

/// Where a deployment stands (DEP-9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RolloutState {
    /// Under way.
    InProgress,
    /// The target revision has all its tasks running and healthy, and the others are gone (DEP-8).
    Completed,
    /// Given up. One that a newer deployment replaces before its end stays in progress until its tasks are gone.
    Failed,
}

/// Why a deployment was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeploymentFailure {
    /// Its circuit breaker has counted enough failed tasks (DEP-24).
    CircuitBreaker,
    /// One of its alarms went into ALARM (DEP-25).
    Alarm,
    /// StopServiceDeployment (DEP-10).
    Stopped,
    /// A hook FAILED (DEP-35).
    HookFailed,
    /// A hook took longer than its timeout (DEP-35).
    HookTimedOut,
    /// A stage took longer than 24 hours, or the whole more than 30 days (DEP-36, DEP-38).
    StageTimedOut,
}

/// The circuit breaker of a service's rolling deployments (DEP-20).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CircuitBreaker {
    /// Whether the last completed deployment comes back (DEP-24).
    pub rollback: bool,
    /// Whether a healthy task resets the count (DEP-22, DEP-23).
    pub reset_on_healthy_task: bool,
    /// At how many failures it gives up.
    pub threshold: BreakerThreshold,
}

/// At how many failures a circuit breaker gives a deployment up (DEP-21).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakerThreshold {
    /// This share of the desired count in percent, rounded up, between 3 and 200.
    BoundedPercent(u32),
    /// This share of the desired count in percent, rounded up.
    UnboundedPercent(u32),
    /// So many.
    Count(u32),
}

impl BreakerThreshold {
    /// The number of failures for this desired count (DEP-21); an unbounded share asks for at least `floor`.
    #[must_use]
    pub fn failures(self, desired_count: u32, floor: u32) -> u32 {
        let share = |percent: u32| {
            let product = u64::from(desired_count) * u64::from(percent);
            u32::try_from(product.div_ceil(100)).unwrap_or(u32::MAX)
        };
        match self {
            BreakerThreshold::BoundedPercent(percent) => share(percent).clamp(3, 200),
            BreakerThreshold::UnboundedPercent(percent) => share(percent).max(floor),
            BreakerThreshold::Count(count) => count,
        }
    }
}

/// The CloudWatch alarms that fail a service's deployments (DEP-25).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeploymentAlarms {
    /// Their names.
    pub names: Vec<String>,
    /// Whether the last completed deployment comes back.
    pub rollback: bool,
}

/// When a rolling deployment counts as done before its last task (DEP-27).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EarlySuccess {
    /// The share of the desired count that must be healthy on the new revision, in percent.
    pub healthy_percent: u32,
    /// Whether the old revision is cleaned up after the end, and not before it.
    pub cleans_up_later: bool,
}

impl EarlySuccess {
    /// `max(1, ceil(desired × healthyPercent / 100))` (DEP-27).
    #[must_use]
    pub fn healthy_needed(self, desired_count: u32) -> u32 {
        let product = u64::from(desired_count) * u64::from(self.healthy_percent);
        u32::try_from(product.div_ceil(100)).unwrap_or(u32::MAX).max(1)
    }
}

/// After what CodeDeploy gives the traffic back to the original task set (DEP-42); after an alarm as
/// [`DeploymentAlarms::rollback`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodeDeployRollbacks {
    /// After a failed hook, and where the replacement does not become healthy.
    pub after_failure: bool,
    /// After StopDeployment.
    pub on_request: bool,
}

/// How deployments of a service end, beside their limits (DEP-20 to DEP-27).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeploymentRules {
    /// The circuit breaker, where it is enabled.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// The alarms, where they are enabled.
    pub alarms: Option<DeploymentAlarms>,
    /// The bake time, where it is given (DEP-26).
    pub bake_time: Option<SimDuration>,
    /// Early success, where it is enabled.
    pub early_success: Option<EarlySuccess>,
    /// How traffic moves to the new revision; `None` is ROLLING.
    pub strategy: Option<ShiftStrategy>,
    /// The hooks of stages (DEP-35).
    pub hooks: Arc<[Hook]>,
    /// After what CodeDeploy rolls back, where it is the controller; ECS does after every failure.
    pub code_deploy: CodeDeployRollbacks,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DEP-21: ceil(50 % of D) between 3 and 200: of 4: 2 → 3; of 9: 4.5 → 5; of 40: 20; of 399: 199.5 → 200; of 1,000:
    /// 500 → 200.
    #[test]
    fn the_default_threshold_of_the_circuit_breaker_is_that_of_the_rule_book() {
        let threshold = |desired| BreakerThreshold::BoundedPercent(50).failures(desired, 1);
        assert_eq!([4, 9, 40, 399, 1000].map(threshold), [3, 5, 20, 200, 200]);
    }

    /// DEP-21: 50 % of 4, 1,000 and 0 tasks: 2, 500, and the 1 below which nothing could ever fail; a count is itself.
    #[test]
    fn an_unbounded_threshold_has_no_bounds_and_a_count_is_a_count() {
        let threshold = |desired| BreakerThreshold::UnboundedPercent(50).failures(desired, 1);
        assert_eq!([4, 1000, 0].map(threshold), [2, 500, 1]);
        assert_eq!(BreakerThreshold::Count(7).failures(1000, 1), 7);
    }

    /// DEP-27: 80 % of 7 are 5.6 → 6; 0 % still asks for one.
    #[test]
    fn early_success_asks_for_at_least_one_healthy_task() {
        let needed = |healthy_percent, desired| {
            EarlySuccess { healthy_percent, cleans_up_later: false }.healthy_needed(desired)
        };
        assert_eq!((needed(80, 7), needed(0, 7)), (6, 1));
    }
}
