//! Warm pools: instances launched ahead of need (CAS-17).

use super::Lifecycle;

/// The warm pool of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WarmPool {
    /// The fewest instances in it.
    pub min_size: u32,
    /// Instances of the group and its pool together; the group's MaxSize where nothing is said.
    pub prepared_capacity: Option<u32>,
    /// How its instances wait.
    pub state: WarmState,
}

/// How the instances of a warm pool wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WarmState {
    /// Stopped: EC2 does not bill them.
    Stopped,
    /// Running: billed.
    Running,
    /// Hibernated: EC2 does not bill them.
    Hibernated,
}

impl WarmState {
    /// The state of an instance that waits like this.
    #[must_use]
    pub fn lifecycle(self) -> Lifecycle {
        match self {
            WarmState::Stopped => Lifecycle::WarmedStopped,
            WarmState::Running => Lifecycle::WarmedRunning,
            WarmState::Hibernated => Lifecycle::WarmedHibernated,
        }
    }
}

impl WarmPool {
    /// How many instances it is to hold beside a group of this MaxSize and desired capacity.
    #[must_use]
    pub fn size(&self, max_size: u32, desired_capacity: u32) -> u32 {
        self.prepared_capacity.unwrap_or(max_size).saturating_sub(desired_capacity).max(self.min_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prepared 6 beside 4 in the group leaves 2, beside 6 none; MinSize 1 is kept.
    #[test]
    fn a_warm_pool_fills_the_group_up_to_its_prepared_capacity() {
        let pool = WarmPool { min_size: 1, prepared_capacity: Some(6), state: WarmState::Stopped };
        assert_eq!((pool.size(10, 4), pool.size(10, 6)), (2, 1));
        assert_eq!(WarmPool { prepared_capacity: None, ..pool }.size(10, 4), 6);
    }
}
