//! `events.jsonl`: one JSON object a line, in the shapes in which ECS tells EventBridge.
//!
//! Keys stand in a fixed order. What AWS has and a simulation has not (account, ARNs) is left out: names stand where
//! AWS has ARNs, and what is ours has the prefix `ecsim:`.

mod shapes;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::directory::{ResultDirectory, ResultFile};
use super::error::EnvironmentError;
use crate::kernel::time::SimTime;
use crate::observe::events::{EventSink, Told};

/// The name of the log in the directory of results.
pub const EVENTS: &str = "events.jsonl";

/// Where and when a simulation is set.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSetting {
    /// The date of simulated zero.
    pub starts_at: Timestamp,
    /// The AWS region.
    pub region: String,
}

impl EventSetting {
    /// A simulated time as a date in UTC with milliseconds; nothing after the year 9999, which this form cannot say.
    fn date(&self, at: SimTime) -> Option<String> {
        let ms = i64::try_from(at.0).ok()?;
        let date = self.starts_at.checked_add(SignedDuration::from_millis(ms)).ok()?;
        Some(DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&date))
    }
}

/// The events of one replication, being written.
pub struct EventPart {
    replication: u64,
    setting: EventSetting,
    path: PathBuf,
    writer: BufWriter<File>,
    written: u64,
    error: Option<EnvironmentError>,
}

impl EventPart {
    /// A new part in `directory`.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(
        directory: &Path,
        replication: u64,
        setting: &EventSetting,
    ) -> Result<EventPart, EnvironmentError> {
        let path = directory.join(format!(".events-{replication}.part"));
        let file = File::create(&path).map_err(EnvironmentError::on("create", &path))?;
        let writer = BufWriter::with_capacity(1 << 16, file);
        Ok(EventPart { replication, setting: setting.clone(), path, writer, written: 0, error: None })
    }
}

impl EventSink for EventPart {
    fn event(&mut self, at: SimTime, told: &Told) {
        if self.error.is_some() {
            return;
        }
        let line = shapes::line(&self.setting, self.replication, self.written, at, told);
        self.written += 1;
        let written = writeln!(self.writer, "{line}");
        self.error = written.err().map(EnvironmentError::on("write", &self.path));
    }
}

/// The finished log, to which parts are added in the order of replications.
pub struct EventFile(ResultFile);

impl EventFile {
    /// A new log in `directory`.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn begin(directory: &ResultDirectory) -> Result<EventFile, EnvironmentError> {
        directory.create(EVENTS).map(EventFile)
    }

    /// Adds the part of the next replication and removes it.
    ///
    /// # Errors
    /// If the part could not be written, or cannot be added.
    pub fn append(&mut self, part: EventPart) -> Result<(), EnvironmentError> {
        if let Some(error) = part.error {
            return Err(error);
        }
        let path = part.path;
        let flushed = part.writer.into_inner().map_err(io::IntoInnerError::into_error);
        drop(flushed.map_err(EnvironmentError::on("write", &path))?);
        let mut reader = File::open(&path).map_err(EnvironmentError::on("read", &path))?;
        io::copy(&mut reader, &mut self.0).map_err(EnvironmentError::on("write", &path))?;
        std::fs::remove_file(&path).map_err(EnvironmentError::on("remove", &path))
    }

    /// Gives the log its final name.
    ///
    /// # Errors
    /// If the file cannot be completed.
    pub fn finish(self) -> Result<(), EnvironmentError> {
        self.0.commit()
    }
}
