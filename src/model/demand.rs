//! The requests that a service gets, and what became of them minute by minute (AAS-3).

use std::sync::Arc;

/// Requests of each minute of simulated time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demand {
    minutes: Arc<[u64]>,
    /// For each of them, the first minute from there on with another number.
    changes: Arc<[u32]>,
    repeats: bool,
}

impl Demand {
    /// These minutes, and from their end on the same again, or the last of them for ever. One at least.
    #[must_use]
    pub fn new(minutes: Vec<u64>, repeats: bool) -> Demand {
        let minutes = if minutes.is_empty() { vec![0] } else { minutes };
        let mut changes = vec![u32::MAX; minutes.len()];
        for index in (0..minutes.len() - 1).rev() {
            let same = minutes[index] == minutes[index + 1];
            changes[index] = if same { changes[index + 1] } else { index as u32 + 1 };
        }
        Demand { minutes: minutes.into(), changes: changes.into(), repeats }
    }

    /// The requests of a minute.
    #[must_use]
    pub fn of_minute(&self, minute: u64) -> u64 {
        self.minutes[self.place(minute)]
    }

    /// The first minute after this one whose number may be another; `None` if there is none.
    #[must_use]
    pub fn next_change(&self, minute: u64) -> Option<u64> {
        let place = self.place(minute);
        match self.changes[place] {
            u32::MAX if !self.repeats || self.changes[0] == u32::MAX => None,
            u32::MAX => Some(minute + (self.minutes.len() - place) as u64),
            change => Some(minute + u64::from(change) - place as u64),
        }
    }

    fn place(&self, minute: u64) -> usize {
        let length = self.minutes.len() as u64;
        let place = if self.repeats { minute % length } else { minute.min(length - 1) };
        place as usize
    }
}

/// What a service's tasks were asked and did in one minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServiceMinute {
    /// Requests that came.
    pub requests: u64,
    /// Of those, the ones that its tasks had room for in this minute; the others were not served.
    pub served: u64,
    /// Of the served, those that a task answered with an error.
    pub failed: u64,
    /// CPUUtilization in millionths of a percent: what the served requests take of the CPU of the running tasks (AAS-3). `None`
    /// where none ran.
    pub cpu_millionths: Option<u64>,
    /// MemoryUtilization in millionths of a percent, where a policy or an alarm watches it (AAS-3).
    pub memory_millionths: Option<u64>,
    /// RequestCountPerTarget in millionths: requests by healthy tasks (AAS-4). `None` where there was none.
    pub per_target_millionths: Option<u64>,
}

impl ServiceMinute {
    /// Requests that no task had room for.
    #[must_use]
    pub fn unserved(self) -> u64 {
        self.requests - self.served
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_holds_its_last_minute_or_begins_again() {
        let once = Demand::new(vec![3, 3, 5], false);
        assert_eq!([0, 1, 2, 3, 100].map(|minute| once.of_minute(minute)), [3, 3, 5, 5, 5]);
        assert_eq!([0, 1, 2, 50].map(|minute| once.next_change(minute)), [Some(2), Some(2), None, None]);
        let again = Demand::new(vec![3, 3, 5], true);
        assert_eq!([0, 2, 3, 5].map(|minute| again.of_minute(minute)), [3, 5, 3, 5]);
        assert_eq!(
            [0, 1, 2, 4].map(|minute| again.next_change(minute)),
            [Some(2), Some(2), Some(3), Some(5)]
        );
    }

    #[test]
    fn constant_demand_never_changes() {
        assert_eq!(Demand::new(vec![7; 60], true).next_change(12), None);
        assert_eq!(Demand::new(Vec::new(), false).of_minute(3), 0);
    }
}
