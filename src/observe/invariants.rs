//! Invariants, recounted from outside: always in tests, and with `--check` in any run.
//!
//! Each checker sees every change and keeps a book of its own; none trusts a count that the cluster keeps. A broken
//! invariant is a bug of the program: the first is kept, and the trial fails with it (exit code 5).

mod capacity;
mod conservation;
mod containers;
mod deployment_limits;
mod little;
#[cfg(test)]
mod support;
mod transitions;
mod views;

use std::fmt;
use std::num::NonZeroU64;

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::{Change, Cluster};

/// The first invariant that broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When.
    pub at: SimTime,
    /// Which invariant.
    pub invariant: &'static str,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}: {}", self.at, self.invariant, self.what)
    }
}

/// How much is to be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvariantOptions {
    /// The whole cluster is recounted at every n-th instant, and at the end. What is checked change by change is
    /// checked at every change.
    pub recount_every: NonZeroU64,
}

impl Default for InvariantOptions {
    fn default() -> Self {
        InvariantOptions { recount_every: NonZeroU64::MIN }
    }
}

/// What a checker says: nothing, or what was expected and what was found.
type Finding = Result<(), String>;

/// One invariant. It only reads.
trait Checker {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The cluster at time zero.
    fn begin(&mut self, cluster: &Cluster) {
        let _ = cluster;
    }

    /// A change became true.
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) -> Finding {
        let _ = (at, change, cluster);
        Ok(())
    }

    /// All of an instant has happened: what the cluster keeps must be what a recount gives.
    fn recount(&mut self, cluster: &Cluster) -> Finding {
        let _ = cluster;
        Ok(())
    }

    /// The cluster stands unchanged between the two instants.
    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let _ = (from, to, cluster);
    }

    /// The simulation is over.
    fn end(&mut self, at: SimTime, cluster: &Cluster) -> Finding {
        let _ = (at, cluster);
        Ok(())
    }
}

/// All checkers, and the first violation.
pub struct Invariants {
    checkers: Vec<Box<dyn Checker>>,
    options: InvariantOptions,
    instants: u64,
    first: Option<Violation>,
}

impl Default for Invariants {
    fn default() -> Self {
        Invariants::new()
    }
}

impl Invariants {
    /// All invariants, recounted at every instant.
    #[must_use]
    pub fn new() -> Invariants {
        Invariants::all(InvariantOptions::default())
    }

    /// All invariants.
    #[must_use]
    pub fn all(options: InvariantOptions) -> Invariants {
        let checkers: Vec<Box<dyn Checker>> = vec![
            Box::new(transitions::Transitions::default()),
            Box::new(deployment_limits::DeploymentLimits),
            Box::new(capacity::Capacity),
            Box::new(conservation::Conservation::default()),
            Box::new(containers::Containers),
            Box::new(views::Views),
            Box::new(little::Little::default()),
        ];
        Invariants { checkers, options, instants: 0, first: None }
    }

    /// Whether all held.
    ///
    /// # Errors
    /// The first that broke.
    pub fn verdict(self) -> Result<(), Violation> {
        self.first.map_or(Ok(()), Err)
    }

    /// Asks every checker, until one has something to say.
    fn ask(&mut self, at: SimTime, mut question: impl FnMut(&mut dyn Checker) -> Finding) {
        if self.first.is_some() {
            return;
        }
        self.first = self.checkers.iter_mut().find_map(|checker| {
            let what = question(&mut **checker).err()?;
            Some(Violation { at, invariant: checker.name(), what })
        });
    }
}

impl Observer for Invariants {
    fn begin(&mut self, cluster: &Cluster) {
        self.checkers.iter_mut().for_each(|checker| checker.begin(cluster));
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.ask(at, |checker| checker.observe(at, change, cluster));
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        if self.instants.is_multiple_of(self.options.recount_every.get()) {
            self.ask(from, |checker| checker.recount(cluster));
        }
        self.instants += 1;
        self.checkers.iter_mut().for_each(|checker| checker.time_moves(from, to, cluster));
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.ask(at, |checker| checker.recount(cluster));
        self.ask(at, |checker| checker.end(at, cluster));
    }
}

#[cfg(test)]
mod tests {
    use super::support::Hand;
    use super::*;

    #[test]
    fn a_violation_names_the_time_the_invariant_and_what_was_found() {
        let mut hand = Hand::with_instances(1);
        hand.advance(5_250);
        hand.cluster.tasks_present = 1;
        hand.advance(1_000);
        let violation = hand.verdict().unwrap_err();
        let text = "at 00:00:05.250: conservation: 1 tasks are said to be present, and 0 are";
        assert_eq!(violation.to_string(), text);
    }

    #[test]
    fn only_the_first_violation_is_kept() {
        let mut hand = Hand::with_instances(1);
        hand.cluster.tasks_present = 1;
        hand.advance(1_000);
        hand.cluster.free_rows[0].cpu = 7;
        hand.advance(1_000);
        assert_eq!(hand.verdict().unwrap_err().invariant, "conservation");
    }

    #[test]
    fn a_fault_that_heals_between_two_recounts_is_seen_only_by_the_closer_look() {
        // instants 0, 1, 2: every third recount looks at instant 0 and at the end, the fault is there at 1
        let run = |every: u64| {
            let recount_every = NonZeroU64::new(every).unwrap();
            let mut hand = Hand::watched_by(Invariants::all(InvariantOptions { recount_every }));
            hand.advance(10);
            hand.cluster.tasks_present = 1;
            hand.advance(10);
            hand.cluster.tasks_present = 0;
            hand.advance(10);
            hand.verdict().is_ok()
        };
        assert!(!run(1));
        assert!(run(3));
    }
}
