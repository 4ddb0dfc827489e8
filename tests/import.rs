//! From real clusters to scenarios and back: tasks at time zero, importers, exporters.

#![allow(clippy::disallowed_macros, reason = "a skipped test is printed")]

#[path = "import/bad_input.rs"]
mod bad_input;
#[path = "import/events.rs"]
mod events;
#[path = "import/fit.rs"]
mod fit;
#[path = "import/real_files.rs"]
mod real_files;
#[path = "import/round_trip.rs"]
mod round_trip;
#[path = "import/standing.rs"]
mod standing;
#[path = "import/trace.rs"]
mod trace;
