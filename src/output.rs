//! Tables, plots, summary and manifest.
//!
//! Everything here turns finished numbers into bytes: it decides how they look, never what they are. Names from
//! users are data and are escaped for each format in one place per format.

pub mod baseline;
pub mod comparison;
pub mod csv_table;
pub mod directory;
pub mod disk;
pub mod error;
pub mod escape;
pub mod event_log;
pub mod export;
pub mod happenings;
pub mod journal;
pub mod manifest;
pub mod number;
#[cfg(feature = "parquet")]
pub mod parquet_table;
pub mod plot;
pub mod report;
pub mod result_tables;
pub mod row_tables;
pub mod run_plots;
pub mod story;
pub mod sweep_plots;
pub mod terminal;
pub mod words;

pub use csv_table::Table;
pub use directory::ResultDirectory;
pub use error::EnvironmentError;
pub use manifest::Manifest;
