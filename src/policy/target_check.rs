//! When a load balancer next says something else of a target (LB-4, LB-5), without checking: outcomes are known in advance,
//! so that a healthy target makes no events.

use super::health_check::Stretch;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::target_group::{TargetCheck, TargetState};

/// The checks of one target: at `first`, then one each interval. A check that starts while its target works succeeds at
/// once; any other has failed when its timeout is over.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The settings of the group.
    pub check: TargetCheck,
    /// When the first one starts (LAT-8).
    pub first: SimTime,
    /// Those that start before this time have been counted.
    pub counted_until: SimTime,
    /// Results in a row that speak against the present state.
    pub against: u32,
}

/// A change of what the load balancer says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// When the check starts that decides it.
    pub decided_at: SimTime,
    /// When the load balancer knows the result.
    pub known_at: SimTime,
    /// What it says from then on.
    pub to: TargetState,
}

impl Checks {
    /// None made yet, of a target that registers: the first starts at `first`.
    #[must_use]
    pub fn starting(check: TargetCheck, first: SimTime) -> Checks {
        Checks { check, first, counted_until: first, against: 0 }
    }

    /// Counts the checks that start before `end` and returns the first that turns `state`; `stretches` tell their results
    /// from now on, the last one without end. What is counted before a turn stays counted.
    pub fn count(&mut self, state: TargetState, stretches: &[Stretch], end: SimTime) -> Option<Turn> {
        for stretch in stretches {
            let until = stretch.until.min(end);
            let checks = self.starts_before(until);
            if checks > 0 {
                match self.missing(state, stretch.passes) {
                    Some(missing) if checks >= missing => {
                        return Some(self.turn(missing, stretch.passes));
                    }
                    Some(_) => self.against += u32::try_from(checks).unwrap_or(u32::MAX),
                    None => self.against = 0,
                }
            }
            self.counted_until = self.counted_until.max(until);
            if stretch.until >= end {
                break;
            }
        }
        None
    }

    /// A turn has come true: what follows is counted against the new state.
    pub fn take(&mut self, turn: Turn) {
        self.counted_until = turn.decided_at + SimDuration(1);
        self.against = 0;
    }

    /// How many more results of this kind turn `state`; `None` where they confirm it.
    fn missing(&self, state: TargetState, passes: bool) -> Option<u64> {
        let needed = match (state, passes) {
            (TargetState::Initial, true) => return Some(1), // LB-4
            (TargetState::Unhealthy, true) => self.check.healthy_threshold,
            (TargetState::Initial | TargetState::Healthy, false) => self.check.unhealthy_threshold,
            (TargetState::Healthy, true) | (TargetState::Unhealthy, false) => return None,
            (TargetState::Unused | TargetState::Draining, _) => return None,
        };
        Some(u64::from(needed.saturating_sub(self.against)).max(1))
    }

    fn turn(&self, missing: u64, passes: bool) -> Turn {
        let next = self.number_of_next();
        let decided_at = self.first + SimDuration(self.check.interval.0.saturating_mul(next + missing - 1));
        match passes {
            true => Turn { decided_at, known_at: decided_at, to: TargetState::Healthy },
            false => {
                Turn { decided_at, known_at: decided_at + self.check.timeout, to: TargetState::Unhealthy }
            }
        }
    }

    /// The number of the next check, from 0.
    fn number_of_next(&self) -> u64 {
        (self.counted_until.max(self.first) - self.first).0.div_ceil(self.check.interval.0.max(1))
    }

    /// How many checks start from `counted_until` on and before `until`.
    fn starts_before(&self, until: SimTime) -> u64 {
        if until <= self.first {
            return 0;
        }
        let all = match until {
            SimTime::NEVER => u64::MAX / 2,
            _ => (until - self.first).0.div_ceil(self.check.interval.0.max(1)),
        };
        all.saturating_sub(self.number_of_next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime(seconds * 1000)
    }

    /// LB-3's defaults: each 30 s, timeout 6 s, healthy after 5, unhealthy after 2; the first check at 10 s.
    fn checks() -> Checks {
        let (interval, timeout) = (SimDuration::from_secs(30), SimDuration::from_secs(6));
        let check = TargetCheck { interval, timeout, healthy_threshold: 5, unhealthy_threshold: 2 };
        Checks::starting(check, at(10))
    }

    /// Passing and failing in turn, beginning with `passes`, up to each of these seconds, and then for ever.
    fn stretches(mut passes: bool, edges: &[u64]) -> Vec<Stretch> {
        let mut until = edges.iter().map(|edge| at(*edge)).collect::<Vec<_>>();
        until.push(SimTime::NEVER);
        let stretch = |until| {
            let stretch = Stretch { until, passes };
            passes = !passes;
            stretch
        };
        until.into_iter().map(stretch).collect()
    }

    fn turn(checks: &mut Checks, state: TargetState, stretches: &[Stretch]) -> Option<(u64, TargetState)> {
        checks.count(state, stretches, SimTime::NEVER).map(|turn| (turn.known_at.0 / 1000, turn.to))
    }

    /// LB-4: ready at 35 s; of the checks at 10, 40, 70 … s the one of 40 s succeeds.
    #[test]
    fn a_new_target_is_healthy_at_its_first_success() {
        let found = turn(&mut checks(), TargetState::Initial, &stretches(false, &[35]));
        assert_eq!(found, Some((40, TargetState::Healthy)));
    }

    /// LB-5: the checks of 10 and 40 s fail; the second is known after its timeout, 40 + 6 = 46 s.
    #[test]
    fn a_new_target_that_never_answers_is_unhealthy_after_the_threshold() {
        let found = turn(&mut checks(), TargetState::Initial, &stretches(false, &[]));
        assert_eq!(found, Some((46, TargetState::Unhealthy)));
    }

    /// LB-5: works until 100 s and not after; the checks of 100 and 130 s fail, 130 + 6 = 136 s.
    #[test]
    fn a_healthy_target_is_unhealthy_after_so_many_failures_in_a_row() {
        let found = turn(&mut checks(), TargetState::Healthy, &stretches(true, &[100]));
        assert_eq!(found, Some((136, TargetState::Unhealthy)));
    }

    /// Broken from 95 to 125 s: of the checks only that of 100 s fails, one of two.
    #[test]
    fn a_single_failure_does_not_count_against_a_target_that_answers_again() {
        assert_eq!(turn(&mut checks(), TargetState::Healthy, &stretches(true, &[95, 125])), None);
    }

    /// LB-3: works again from 200 s on; the successes are those of 220, 250, 280, 310 and 340 s.
    #[test]
    fn an_unhealthy_target_needs_the_healthy_threshold() {
        let found = turn(&mut checks(), TargetState::Unhealthy, &stretches(false, &[200]));
        assert_eq!(found, Some((340, TargetState::Healthy)));
    }

    /// A failure at 100 s, counted before the target is found to be broken for good: the next one, of 130 s, decides.
    #[test]
    fn what_was_counted_before_counts_on() {
        let mut checks = checks();
        assert_eq!(checks.count(TargetState::Healthy, &stretches(true, &[95]), at(110)), None);
        assert_eq!((checks.against, checks.counted_until), (1, at(110)));
        let found = turn(&mut checks, TargetState::Healthy, &stretches(false, &[]));
        assert_eq!(found, Some((136, TargetState::Unhealthy)));
    }

    /// The turn of 136 s was decided by the check of 130 s: of those that follow, 160 to 280 s are five successes.
    #[test]
    fn after_a_turn_counting_begins_anew() {
        let mut checks = checks();
        let broken = checks.count(TargetState::Healthy, &stretches(true, &[100]), SimTime::NEVER);
        checks.take(broken.unwrap());
        let found = turn(&mut checks, TargetState::Unhealthy, &stretches(true, &[]));
        assert_eq!(found, Some((280, TargetState::Healthy)));
    }
}
