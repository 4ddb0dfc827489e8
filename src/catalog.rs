//! Instance types, Fargate sizes, prices, the rule book and the model parameters: data with date and source.
//!
//! This layer knows nothing of the others. Its data files lie beside the code and are part of the binary;
//! `docs/prices.md` says where each number comes from.

pub mod attributes;
pub mod csv_columns;
pub mod csv_text;
pub mod fargate;
pub mod instance_types;
pub mod model_parameters;
mod nearest;
pub mod not_ecs;
pub mod price_list;
pub mod rules;
pub mod units;

pub use nearest::nearest as nearest_spelling;
