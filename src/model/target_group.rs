//! Target groups of load balancers, and tasks as their targets (LB).

use super::TargetGroupId;
use crate::kernel::time::SimDuration;

/// A target group: where a load balancer finds the tasks of a service (LB-1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetGroup {
    /// Its name.
    pub name: String,
    /// Whether its targets are addresses: tasks with an interface of their own (LB-1).
    pub takes_addresses: bool,
    /// How its targets are checked.
    pub check: TargetCheck,
    /// How long a target that leaves is kept for the requests it still has (LB-7).
    pub deregistration_delay: SimDuration,
    /// Whether its load balancer is a Network one: shifts of traffic take 10 minutes longer (DEP-36).
    pub is_network: bool,
}

/// The health check of a target group (LB-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TargetCheck {
    /// From the start of one check to that of the next.
    pub interval: SimDuration,
    /// After how long a check without an answer has failed.
    pub timeout: SimDuration,
    /// Successes in a row that make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy (LB-5).
    pub unhealthy_threshold: u32,
}

/// What a load balancer says of a target (LB-2). `unhealthy.draining` and `unavailable` belong to features that no task of
/// ECS has: connection termination at once, and checks that are switched off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TargetState {
    /// Not registered: not yet, or no longer.
    Unused,
    /// Registered, and not checked to a result yet.
    Initial,
    /// Its checks succeed.
    Healthy,
    /// Its checks fail.
    Unhealthy,
    /// Deregistered: it gets no new requests (LB-7).
    Draining,
}

impl TargetState {
    /// The state as the ELB API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TargetState::Unused => "unused",
            TargetState::Initial => "initial",
            TargetState::Healthy => "healthy",
            TargetState::Unhealthy => "unhealthy",
            TargetState::Draining => "draining",
        }
    }

    /// Whether it is registered and not on its way out.
    #[must_use]
    pub fn is_registered(self) -> bool {
        matches!(self, TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy)
    }
}

/// One entry of a service's `loadBalancers`: which container of its tasks a target group finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServiceLoadBalancer {
    /// The target group.
    pub target_group: TargetGroupId,
    /// The one that takes turns with it, for deployments that move traffic (DEP-30).
    pub alternate: Option<TargetGroupId>,
    /// The position of the container that serves.
    pub container: u8,
    /// Its port.
    pub container_port: u16,
}

impl ServiceLoadBalancer {
    /// For the next deployment: the tasks register with the other group of the pair.
    #[must_use]
    pub fn in_turn(self) -> ServiceLoadBalancer {
        match self.alternate {
            Some(next) => {
                ServiceLoadBalancer { target_group: next, alternate: Some(self.target_group), ..self }
            }
            None => self,
        }
    }
}

/// A task as a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// Of which group.
    pub target_group: TargetGroupId,
    /// The position of the container that serves.
    pub container: u8,
    /// What the load balancer says of it.
    pub state: TargetState,
}
