//! Instance refresh: the instances of a group are replaced, some at a time.

use super::Lifecycle;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::instance::ContainerInstance;

/// An instance refresh that is under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstanceRefresh {
    /// When it began: what was launched from then on is new.
    pub started_at: SimTime,
    /// How many instances it began with.
    pub instances: u32,
    /// The percentage of the desired capacity that stays healthy.
    pub min_healthy: u32,
    /// The percentage that is there at most.
    pub max_healthy: u32,
    /// From InService until a new instance counts as healthy.
    pub warmup: SimDuration,
    /// Instances of this version stay, where matching ones are skipped.
    pub skip_version: Option<u32>,
    /// Percentages of replaced instances at which it waits, ascending; those that are left.
    pub checkpoints: Vec<u32>,
    /// How long it waits there.
    pub checkpoint_delay: SimDuration,
    /// Until when it waits at a checkpoint.
    pub paused_until: Option<SimTime>,
    /// What becomes of protected instances.
    pub protected: ProtectedInRefresh,
}

/// What an instance refresh does about instances that are protected from scale-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProtectedInRefresh {
    /// Replaces them too.
    Refresh,
    /// Leaves them.
    Ignore,
    /// Waits for the end of their protection, for up to an hour.
    Wait,
}

impl InstanceRefresh {
    /// Whether an instance is still to be replaced, protected or not.
    #[must_use]
    pub fn replaces(&self, instance: &ContainerInstance) -> bool {
        let is_old = instance.launched_at.is_none_or(|at| at < self.started_at);
        is_old && self.skip_version.is_none_or(|version| instance.launch_version != version)
    }

    /// Whether its preferences let it take this instance now.
    #[must_use]
    pub fn may_take(&self, instance: &ContainerInstance) -> bool {
        self.replaces(instance)
            && (self.protected == ProtectedInRefresh::Refresh || !instance.protected_from_scale_in)
    }

    /// Whether an instance counts as healthy for its group: in service, not failed, and warm if it is new. Whether ECS
    /// has registered it is nothing to the group.
    #[must_use]
    pub fn is_healthy(&self, instance: &ContainerInstance, now: SimTime) -> bool {
        let works = instance.lifecycle == Lifecycle::InService && !instance.has_failed();
        let is_old = instance.launched_at.is_none_or(|at| at < self.started_at);
        works && (is_old || self.warm_at(instance).is_some_and(|warm| warm <= now))
    }

    /// When a new instance is warm; `None` before it is in service.
    #[must_use]
    pub fn warm_at(&self, instance: &ContainerInstance) -> Option<SimTime> {
        instance.in_service_at.map(|at| at + self.warmup)
    }
}

/// Why an instance refresh is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefreshEnd {
    /// Nothing is left to replace.
    Successful,
    /// CancelInstanceRefresh.
    Cancelled,
    /// Protected instances were left after an hour of waiting.
    Failed,
}
