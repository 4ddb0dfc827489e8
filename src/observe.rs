//! Observers: they see each change and write elsewhere.
//!
//! Invariant: an observer gets `&Cluster` after the change is true and can give nothing back; switching one on or
//! off changes no trajectory.

pub mod batches;
pub mod digest;
pub mod events;
pub mod history;
pub mod hourly_bill;
pub mod invariants;
pub mod marks;
pub mod metrics;
pub mod recorder;
pub mod response;
pub mod rollouts;
pub mod sampler;
pub mod stuck;
pub mod tally;

use crate::kernel::time::SimTime;
use crate::model::{Change, Cluster};

/// Someone who watches a simulation.
pub trait Observer {
    /// The cluster at time zero, before anything happens.
    fn begin(&mut self, cluster: &Cluster) {
        let _ = cluster;
    }

    /// A change became true at `at`; `cluster` is the cluster after it.
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster);

    /// Nothing more happens at `from`: the clock moves on to `to`, and `cluster` stands unchanged between them.
    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        let _ = (from, to, cluster);
    }

    /// The simulation is over.
    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        let _ = (at, cluster);
    }
}

/// Nobody watches.
impl Observer for () {
    fn observe(&mut self, _: SimTime, _: &Change, _: &Cluster) {}
}

/// Both watch, the first one first.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn begin(&mut self, cluster: &Cluster) {
        self.0.begin(cluster);
        self.1.begin(cluster);
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.0.observe(at, change, cluster);
        self.1.observe(at, change, cluster);
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        self.0.time_moves(from, to, cluster);
        self.1.time_moves(from, to, cluster);
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.0.end(at, cluster);
        self.1.end(at, cluster);
    }
}

/// Watches if there is someone.
impl<O: Observer> Observer for Option<O> {
    fn begin(&mut self, cluster: &Cluster) {
        if let Some(observer) = self {
            observer.begin(cluster);
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        if let Some(observer) = self {
            observer.observe(at, change, cluster);
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        if let Some(observer) = self {
            observer.time_moves(from, to, cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        if let Some(observer) = self {
            observer.end(at, cluster);
        }
    }
}
