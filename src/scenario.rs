//! The scenario file: parse, check, build.

pub mod limits;
pub mod nearest;
pub mod problem;
pub mod tree;
