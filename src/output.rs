//! Tables, plots, summary and manifest.
