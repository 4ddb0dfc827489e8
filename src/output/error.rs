//! What the machine refuses: disk, permission, a directory in use. Exit code 4.

use std::io;
use std::path::{Path, PathBuf};

/// A file or directory could not be used; the message names it.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {source}", path.display())]
pub struct EnvironmentError {
    /// What was tried, as a verb: "write", "create".
    pub action: &'static str,
    /// The file or directory it was tried on.
    pub path: PathBuf,
    /// The reason given by the system.
    pub source: io::Error,
}

impl EnvironmentError {
    /// For `map_err`: says what was tried on which path.
    pub fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EnvironmentError {
        move |source| EnvironmentError { action, path: path.to_path_buf(), source }
    }

    /// A refusal of our own, in words.
    pub fn refusal(action: &'static str, path: &Path, reason: impl Into<String>) -> EnvironmentError {
        EnvironmentError { action, path: path.to_path_buf(), source: io::Error::other(reason.into()) }
    }
}
