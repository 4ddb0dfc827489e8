//! The cluster as it stands at an instant of a replication.

use super::trial::planned_end;
use crate::engine::setup::{End, Setup};
use crate::engine::simulation::{RunError, Simulation};
use crate::kernel::time::SimTime;
use crate::model::Cluster;

/// The cluster after everything that happens at `at` or before; at the end, if `at` is later.
///
/// # Errors
/// Time stands still before (F23).
pub fn cluster_at(setup: &Setup, replication: u64, at: SimTime) -> Result<Cluster, RunError> {
    let until = Setup { end: End::At(at.min(planned_end(setup))), ..setup.clone() };
    Simulation::new(&until, replication, (), ()).run().map(|outcome| outcome.cluster)
}
