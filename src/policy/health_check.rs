//! When a container's health check next says something else (CON-6), without probing: outcomes are known in
//! advance, so that a healthy container makes no events.

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::container::HealthStatus;
use crate::model::task_definition::HealthCheck;

/// A stretch of time in which every probe ends alike, from the end of the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Where it ends; the next one begins there.
    pub until: SimTime,
    /// Whether probes succeed in it.
    pub passes: bool,
}

/// The first change of the health status after `now`, of a container that started at `started`.
///
/// Probes end at `started + k × (interval + probe_time)`, k = 1, 2, …; a probe counts by the moment at which it
/// ends. A success makes HEALTHY, `retries` failures in a row UNHEALTHY; failures before the end of `startPeriod`
/// do not count until a first success. `stretches` cover the time from `started` on; the last one never ends.
#[must_use]
pub fn next_change(
    check: &HealthCheck,
    probe_time: SimDuration,
    started: SimTime,
    stretches: &[Stretch],
    now: SimTime,
) -> Option<(SimTime, HealthStatus)> {
    let cycle = check.interval + probe_time.min(check.timeout);
    let mut probes = Probes { started, cycle, done: 0 };
    let (mut health, mut failures) = (HealthStatus::Unknown, 0);
    let mut lenient = !check.start_period.is_zero();
    for stretch in stretches {
        let last = probes.last_before(stretch.until);
        if stretch.passes {
            if last > probes.done {
                let change = (probes.at(probes.done + 1), HealthStatus::Healthy);
                if health != HealthStatus::Healthy && change.0 > now {
                    return Some(change);
                }
                (health, failures, lenient) = (HealthStatus::Healthy, 0, false);
            }
        } else {
            let ignored =
                if lenient { probes.last_before(started + check.start_period + SimDuration(1)) } else { 0 };
            let first = probes.done.max(ignored) + 1;
            let counted = (last + 1).saturating_sub(first);
            let missing = u64::from(check.retries) - failures.min(u64::from(check.retries));
            if counted >= missing && health != HealthStatus::Unhealthy {
                let change = (probes.at(first + missing.max(1) - 1), HealthStatus::Unhealthy);
                if change.0 > now {
                    return Some(change);
                }
                health = HealthStatus::Unhealthy;
            }
            failures = failures.saturating_add(counted);
        }
        probes.done = last.max(probes.done);
    }
    None
}

/// The probes of one container, counted from its start.
struct Probes {
    started: SimTime,
    cycle: SimDuration,
    done: u64,
}

impl Probes {
    /// When the probe with this number ends.
    fn at(&self, number: u64) -> SimTime {
        self.started + SimDuration(self.cycle.0.saturating_mul(number))
    }

    /// The number of the last probe that ends before `until`.
    fn last_before(&self, until: SimTime) -> u64 {
        if until == SimTime::NEVER {
            return u64::MAX - 1;
        }
        (until - self.started).0.saturating_sub(1) / self.cycle.0
    }
}

#[cfg(test)]
mod tests;
