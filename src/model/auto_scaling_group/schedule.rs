//! Scheduled actions of a group (PutScheduledUpdateGroupAction).

use super::cron::Cron;
use crate::kernel::time::SimTime;

/// Sizes that a group takes on at times set in advance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduledAction {
    /// Its name.
    pub name: String,
    /// When it comes, or from when on it recurs.
    pub start: Option<SimTime>,
    /// Until when it recurs.
    pub end: Option<SimTime>,
    /// When it comes again.
    pub recurrence: Option<Cron>,
    /// The sizes it sets.
    pub sizes: Sizes,
}

/// MinSize, MaxSize and DesiredCapacity, where they are given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    /// The fewest instances.
    pub min: Option<u32>,
    /// The most.
    pub max: Option<u32>,
    /// How many are wanted.
    pub desired: Option<u32>,
}

impl ScheduledAction {
    /// The first time after `now` at which it comes; time zero is `zero_unix_ms`.
    #[must_use]
    pub fn next_after(&self, now: SimTime, zero_unix_ms: i64) -> Option<SimTime> {
        let next = match &self.recurrence {
            None => self.start.filter(|start| *start > now),
            Some(cron) => {
                // The start itself is a time at which it may come.
                let from = self.start.map_or(now, |start| now.max(SimTime(start.0.saturating_sub(1))));
                let next = cron.next_after(zero_unix_ms + from.0 as i64)?;
                Some(SimTime(u64::try_from(next - zero_unix_ms).ok()?))
            }
        };
        next.filter(|at| self.end.is_none_or(|end| *at <= end))
    }
}
