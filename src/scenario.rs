//! The scenario file: parse, check, build.

pub mod distribution_spec;
pub mod formats;
pub mod shape;
pub mod spec;
pub mod units;
