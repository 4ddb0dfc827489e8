//! The scenario file: parse, check, build.

pub mod document;
pub mod limits;
pub mod nearest;
pub mod parse;
pub mod path;
pub mod problem;
pub mod schema_check;
pub mod tree;
