//! Trials, sweeps and statistics.
