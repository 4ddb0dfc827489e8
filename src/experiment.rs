//! Trials, sweeps and statistics.

pub mod statistics;
