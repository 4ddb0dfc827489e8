//! Several setups ("arms"), each with the same replications: what comparisons, plans and sensitivities are made of.
//!
//! Replication r of every arm draws from the same streams (common random numbers): nothing but the replication and what a
//! draw is for enters a stream.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::parallel::each;
use super::trial::{Trial, TrialError, TrialKey, TrialOptions, simulate};
use crate::engine::Setup;

/// How arms are simulated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replicating {
    /// Threads; 0 is one for each core.
    pub threads: usize,
    /// Recount everything from outside.
    pub check: bool,
}

/// A trial that has no result: which arm, which replication, and why.
#[derive(Debug)]
pub struct ArmError {
    /// The arm.
    pub arm: usize,
    /// The replication.
    pub replication: u64,
    /// Why.
    pub error: TrialError,
}

impl From<rayon::ThreadPoolBuildError> for ArmError {
    fn from(error: rayon::ThreadPoolBuildError) -> Self {
        ArmError { arm: 0, replication: 0, error: error.into() }
    }
}

/// Simulates these replications of every arm; `done` hears of each trial as it ends. By arm, in the order of the
/// replications. Arms take turns, so that an interruption leaves pairs.
///
/// # Errors
/// The first trial without a result.
pub fn replicate(
    arms: &[(usize, &Setup)],
    replications: Range<u64>,
    how: Replicating,
    done: impl Fn() + Sync,
) -> Result<Vec<Vec<Trial>>, ArmError> {
    let count = (replications.end - replications.start) as usize;
    let slots: Vec<Vec<Mutex<Option<Trial>>>> =
        arms.iter().map(|_| (0..count).map(|_| Mutex::new(None)).collect()).collect();
    each(count * arms.len(), how.threads, |job| {
        let (arm, place) = (job % arms.len(), job / arms.len());
        let key = TrialKey { point: arms[arm].0, replication: replications.start + place as u64 };
        let options = TrialOptions { check: how.check, ..TrialOptions::default() };
        let (trial, _) = simulate(arms[arm].1, key, options, None::<()>).map_err(|error| ArmError {
            arm,
            replication: key.replication,
            error,
        })?;
        *slots[arm][place].lock().unwrap_or_else(PoisonError::into_inner) = Some(trial);
        done();
        Ok::<(), ArmError>(())
    })?;
    let taken = |slot: Mutex<Option<Trial>>| slot.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(slots.into_iter().map(|arm| arm.into_iter().filter_map(taken).collect()).collect())
}
