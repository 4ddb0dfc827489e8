//! `ecsim`: a seeded discrete-event simulator of Amazon ECS clusters.

pub mod aws;
pub mod catalog;
pub mod cli;
pub mod engine;
pub mod experiment;
pub mod import;
pub mod kernel;
pub mod model;
pub mod observe;
pub mod output;
pub mod policy;
pub mod scenario;
