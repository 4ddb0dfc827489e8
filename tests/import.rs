//! From real clusters to scenarios and back: tasks at time zero, importers, exporters.

#[path = "import/round_trip.rs"]
mod round_trip;
#[path = "import/standing.rs"]
mod standing;
