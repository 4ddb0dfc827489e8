//! Invariants, recounted from outside: always in tests, and with `--check` in any run.
//!
//! A broken one is a bug of the program. The first is kept, and the trial fails with it (exit code 5).

mod capacity;
mod conservation;
mod counts;
mod transitions;

use std::fmt;

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::{Change, Cluster};

/// The first invariant that broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When.
    pub at: SimTime,
    /// What was expected and what was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.at, self.what)
    }
}

/// All checkers. Transitions are looked at with each change, the rest whenever time moves.
#[derive(Clone, Debug, Default)]
pub struct Invariants {
    first: Option<Violation>,
}

impl Invariants {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Invariants {
        Invariants::default()
    }

    /// Whether all held.
    ///
    /// # Errors
    /// The first that broke.
    pub fn verdict(self) -> Result<(), Violation> {
        self.first.map_or(Ok(()), Err)
    }

    fn keep(&mut self, at: SimTime, found: Result<(), String>) {
        if let (None, Err(what)) = (&self.first, found) {
            self.first = Some(Violation { at, what });
        }
    }

    fn recount(&mut self, at: SimTime, cluster: &Cluster) {
        self.keep(at, capacity::check(cluster));
        self.keep(at, conservation::check(cluster));
        self.keep(at, counts::check(cluster));
    }
}

impl Observer for Invariants {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.keep(at, transitions::check(change, cluster));
    }

    fn time_moves(&mut self, from: SimTime, _: SimTime, cluster: &Cluster) {
        if self.first.is_none() {
            self.recount(from, cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.recount(at, cluster);
    }
}
