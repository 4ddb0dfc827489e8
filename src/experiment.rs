//! Trials, sweeps and statistics.
//!
//! Invariant: a trial depends on (point, replication) alone, and results leave in plan order; threads decide how
//! long it takes and nothing else.

pub mod direction;
pub mod explain;
pub mod objectives;
pub mod parallel;
pub mod replicate;
pub mod selection;
pub mod state;
pub mod statistics;
pub mod trail;
pub mod trial;

pub use trial::{Trial, TrialError, TrialKey, TrialOptions, simulate};
