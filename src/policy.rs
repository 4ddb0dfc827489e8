//! Pure functions of the cluster that return decisions.
//!
//! Invariant: a policy reads `&Cluster` and returns what should be done; it writes nothing, holds no state, and
//! gets chance only as an argument. It knows the model and the kernel, not the engine and not the observers.

pub mod autoscale;
pub mod capacity;
pub mod containers;
pub mod daemon;
pub mod deployment;
pub mod explain;
pub mod health_check;
pub mod placement;
pub mod rebalance;
pub mod reconcile;
pub mod target_check;
pub mod traffic_shift;
