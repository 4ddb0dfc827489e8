//! `baseline.json`: what a suite of scenarios is held against.
//!
//! It keeps, for each scenario, the digests and metrics of every replication, with the margin and the direction of each
//! metric, which may be edited. Beside it, in `baseline/`, stand the first events of replication 0, so that a difference
//! can be shown where it begins.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory::safe_file_name;
use super::disk::{self, DiskFile};
use super::error::EnvironmentError;

/// The name of the file.
pub const BASELINE: &str = "baseline.json";

/// What a suite is held against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the program that made it.
    pub ecsim: String,
    /// The version of its digests.
    pub digest_version: u64,
    /// Why it was accepted each time, the latest last.
    pub because: Vec<Because>,
    /// By file name.
    pub scenarios: BTreeMap<String, Kept>,
}

/// Why a baseline was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// The date.
    pub date: String,
    /// The reason.
    pub reason: String,
}

/// A scenario as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// SHA-256 of the scenario with its files of data.
    pub scenario_sha256: String,
    /// The seed.
    pub seed: u64,
    /// By replication.
    pub digests: Vec<String>,
    /// By column (`metric:of`).
    pub metrics: BTreeMap<String, KeptMetric>,
}

/// A metric as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptMetric {
    /// Which way is better.
    pub better: Better,
    /// A change that is too small to matter, as a share of the value (of what is missing to 1, for a share of which more
    /// is better).
    pub margin: f64,
    /// The same in the unit of the metric: at least so much.
    pub least_margin: f64,
    /// By replication.
    pub values: Vec<Option<f64>>,
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More.
    Higher,
    /// Less.
    Lower,
}

impl Baseline {
    /// Reads the baseline of a suite; none where there is none.
    ///
    /// # Errors
    /// What is wrong with it, in one sentence.
    pub fn read(path: &Path) -> Result<Option<Baseline>, String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|error| format!("{}: not a baseline: {error}", path.display()))
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, path: &Path) -> Result<(), EnvironmentError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        write_whole(path, text.as_bytes())
    }
}

/// Where the trail of a scenario stands, beside its baseline.
#[must_use]
pub fn trail_path(baseline: &Path, scenario: &str) -> PathBuf {
    let folder = baseline.with_extension("");
    folder.join(format!("{}.txt", safe_file_name(scenario)))
}

/// Reads a trail; nothing where there is none.
#[must_use]
pub fn read_trail(baseline: &Path, scenario: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(trail_path(baseline, scenario)).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

/// Writes a trail.
///
/// # Errors
/// If the disk refuses.
pub fn write_trail(baseline: &Path, scenario: &str, lines: &[String]) -> Result<(), EnvironmentError> {
    let path = trail_path(baseline, scenario);
    if let Some(folder) = path.parent() {
        disk::request()
            .and_then(|()| fs::create_dir_all(folder))
            .map_err(EnvironmentError::on("create", folder))?;
    }
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    write_whole(&path, text.as_bytes())
}

/// Under another name first, so that the file of that name is always whole.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), EnvironmentError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.ecsim-tmp"));
    let written = disk::request().and_then(|()| fs::File::create(&temporary)).and_then(|file| {
        let mut file = DiskFile(file);
        file.write_all(bytes)?;
        file.sync()?;
        disk::request()?;
        fs::rename(&temporary, path)
    });
    written.map_err(|source| {
        let _ = fs::remove_file(&temporary);
        EnvironmentError::on("write", path)(source)
    })
}
