//! Fallback from Spot capacity, which ECS does not offer (CAP-8): where the tasks of a service go while Spot gives none.

use super::task::{Capacity, Task};
use crate::kernel::time::{SimDuration, SimTime};

/// How a service falls back, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpotFallback {
    /// The capacity that stands in for Spot.
    pub to: Capacity,
    /// How long Spot must have given nothing before that.
    pub after: SimDuration,
    /// After how long one task is tried on Spot again; none: never.
    pub back: Option<SimDuration>,
    /// Where it stands.
    pub phase: FallbackPhase,
}

/// Where a service stands with Spot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FallbackPhase {
    /// Spot gives what is asked for, as far as is known.
    OnSpot,
    /// Spot gives nothing since then.
    Short(SimTime),
    /// What is lacking is started on the other capacity; since then.
    Fallen(SimTime),
    /// A task is tried on Spot; since then.
    Trying(SimTime),
}

impl FallbackPhase {
    /// A number for the digest, and the time.
    #[must_use]
    pub fn numbers(self) -> (u64, u64) {
        match self {
            FallbackPhase::OnSpot => (0, 0),
            FallbackPhase::Short(since) => (1, since.0),
            FallbackPhase::Fallen(since) => (2, since.0),
            FallbackPhase::Trying(since) => (3, since.0),
        }
    }
}

impl SpotFallback {
    /// When the phase is over, if nothing else happens.
    #[must_use]
    pub fn due_at(&self) -> Option<SimTime> {
        match self.phase {
            FallbackPhase::OnSpot => None,
            FallbackPhase::Short(since) | FallbackPhase::Trying(since) => Some(since + self.after),
            FallbackPhase::Fallen(since) => self.back.map(|back| since + back),
        }
    }

    /// Whether a task stands in for one on Spot: it belongs to no item of the service's strategy.
    #[must_use]
    pub fn is_stand_in(&self, task: &Task) -> bool {
        task.capacity == self.to && task.choice == STAND_IN
    }
}

/// The item of a strategy to which a task belongs that stands in for one on Spot: none.
pub const STAND_IN: u16 = u16::MAX;
