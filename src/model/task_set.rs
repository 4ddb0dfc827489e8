//! Task sets: revisions of a service between which somebody else than ECS moves it (DEP-40, DEP-41).

use super::ZoneId;
use super::task::CapacityChoice;

/// Who moves a service from one revision to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DeploymentController {
    /// ECS: rolling, blue/green, linear, canary.
    #[default]
    Ecs,
    /// CodeDeploy: a full replacement, then the traffic (DEP-42).
    CodeDeploy,
    /// Somebody who makes task sets, scales them and says which is PRIMARY (DEP-40).
    External,
}

impl DeploymentController {
    /// As ECS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DeploymentController::Ecs => "ECS",
            DeploymentController::CodeDeploy => "CODE_DEPLOY",
            DeploymentController::External => "EXTERNAL",
        }
    }
}

/// A whole, in millionths: the scale of a task set that has the full desired count.
pub const FULL_SCALE: u32 = 1_000_000;

/// What CreateTaskSet sets, and where the set stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskSet {
    /// The name that its maker gave it.
    pub external_id: Option<Box<str>>,
    /// Its share of the desired count, in millionths.
    pub scale_millionths: u32,
    /// PRIMARY, ACTIVE or DRAINING.
    pub status: TaskSetStatus,
    /// Whether it is in STEADY_STATE; else it is STABILIZING.
    pub steady: bool,
    /// Where its tasks run.
    pub capacity: Vec<CapacityChoice>,
    /// The zones of its subnets (CON-21); `None` where that is not said.
    pub zones: Option<Vec<ZoneId>>,
}

/// The status of a task set (DEP-41).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskSetStatus {
    /// It serves production traffic.
    Primary,
    /// It has tasks, and serves none.
    Active,
    /// It was deleted, and its tasks go.
    Draining,
}

impl TaskSetStatus {
    /// As ECS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TaskSetStatus::Primary => "PRIMARY",
            TaskSetStatus::Active => "ACTIVE",
            TaskSetStatus::Draining => "DRAINING",
        }
    }
}

impl TaskSet {
    /// `ceil(desired × scale)`; nothing for one that was deleted (DEP-40).
    #[must_use]
    pub fn computed_desired_count(&self, desired_count: u32) -> u32 {
        if self.status == TaskSetStatus::Draining {
            return 0;
        }
        let product = u64::from(desired_count) * u64::from(self.scale_millionths);
        u32::try_from(product.div_ceil(u64::from(FULL_SCALE))).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(scale_millionths: u32, status: TaskSetStatus) -> TaskSet {
        let capacity = Vec::new();
        TaskSet { external_id: None, scale_millionths, status, steady: false, capacity, zones: None }
    }

    /// DEP-40: 25 % of 7 are 1.75, so 2; 33.3333 % of 3 are 0.999999, so 1; 0 % and 100 % are themselves.
    #[test]
    fn a_task_set_wants_its_share_of_the_desired_count_rounded_up() {
        let wanted = |scale, desired| set(scale, TaskSetStatus::Active).computed_desired_count(desired);
        assert_eq!((wanted(250_000, 7), wanted(333_333, 3)), (2, 1));
        assert_eq!((wanted(0, 7), wanted(FULL_SCALE, 7)), (0, 7));
    }

    #[test]
    fn a_deleted_task_set_wants_nothing() {
        assert_eq!(set(FULL_SCALE, TaskSetStatus::Draining).computed_desired_count(7), 0);
    }
}
