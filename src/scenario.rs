//! The scenario file: parse, check, build.
//!
//! Invariant: whatever a file can get wrong is answered here, with its place in the text, before the first event;
//! what leaves this layer is a [`Setup`](crate::engine::Setup) that the engine can simulate.

pub mod build;
pub mod distribution_spec;
pub mod document;
pub mod formats;
pub mod limits;
pub mod parse;
pub mod path;
pub mod plan;
pub mod points;
pub mod problem;
pub mod schema_check;
pub mod shape;
pub mod spec;
pub mod tree;
pub mod units;
