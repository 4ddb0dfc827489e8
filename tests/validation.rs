//! Cases with known answers (V01, V02, V04, V11 to V14), each with a twin that is 5 % wrong and must fail.
//!
//! `ECSIM_FULL=1` runs the full length of each case; without it a tenth, with 1.5 % as the limit of the width.

#![allow(clippy::disallowed_macros, reason = "a statistical test prints what it found")]

#[path = "validation/support.rs"]
mod support;

#[path = "validation/v01_v02_loss.rs"]
mod v01_v02_loss;
#[path = "validation/v04_transient.rs"]
mod v04_transient;
#[path = "validation/v11_little.rs"]
mod v11_little;
#[path = "validation/v12_packing.rs"]
mod v12_packing;
#[path = "validation/v13_rolling.rs"]
mod v13_rolling;
#[path = "validation/v14_zones.rs"]
mod v14_zones;

/// Whether the full length is wanted.
pub fn full() -> bool {
    std::env::var_os("ECSIM_FULL").is_some()
}
