//! Cases with known answers (V01 to V17; V18 is arithmetic and tested where it is done), each with a twin that is 5 % wrong and must fail, and
//! the relations that need no number.
//!
//! `ECSIM_FULL=1` runs the full length of each case; without it a tenth, with 1.5 % as the limit of the width.

#![allow(clippy::disallowed_macros, reason = "a statistical test prints what it found")]

#[path = "validation/support.rs"]
mod support;

#[path = "validation/coverage.rs"]
mod coverage;
#[path = "validation/relations.rs"]
mod relations;
#[path = "validation/v01_v02_loss.rs"]
mod v01_v02_loss;
#[path = "validation/v03_line.rs"]
mod v03_line;
#[path = "validation/v04_transient.rs"]
mod v04_transient;
#[path = "validation/v05_bounded_line.rs"]
mod v05_bounded_line;
#[path = "validation/v06_replicas.rs"]
mod v06_replicas;
#[path = "validation/v07_machine_repair.rs"]
mod v07_machine_repair;
#[path = "validation/v08_availability.rs"]
mod v08_availability;
#[path = "validation/v09_spot_batch.rs"]
mod v09_spot_batch;
#[path = "validation/v10_spot_service.rs"]
mod v10_spot_service;
#[path = "validation/v11_little.rs"]
mod v11_little;
#[path = "validation/v12_packing.rs"]
mod v12_packing;
#[path = "validation/v13_rolling.rs"]
mod v13_rolling;
#[path = "validation/v14_zones.rs"]
mod v14_zones;
#[path = "validation/v15_sizes.rs"]
mod v15_sizes;
#[path = "validation/v16_unequal.rs"]
mod v16_unequal;
#[path = "validation/v17_start_up.rs"]
mod v17_start_up;
#[path = "validation/verdicts.rs"]
mod verdicts;

/// Whether the full length is wanted.
pub fn full() -> bool {
    std::env::var_os("ECSIM_FULL").is_some()
}
