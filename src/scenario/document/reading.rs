//! Reading a file that may be anything at all.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::scenario::problem::text::grouped;

/// Whose fault it is that a file could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The user's input: exit code 2.
    Input,
    /// The machine's state, such as permissions or a failing disk: exit code 4.
    Environment,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) blame: Blame,
}

impl Unreadable {
    fn input(message: impl Into<String>) -> Self {
        Unreadable { message: message.into(), blame: Blame::Input }
    }
}

/// The bytes of a file of at most `limit` bytes; of a larger one no more than that is read.
pub(super) fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(Unreadable::input("is a directory, not a file"));
    }
    if metadata.len() > limit as u64 {
        return Err(too_large(limit, Some(metadata.len())));
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut bytes = Vec::new();
    // The length of a pipe or a file that grows is known only afterwards.
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() > limit { Err(too_large(limit, None)) } else { Ok(bytes) }
}

/// That a text is over the limit, and by how much if that is known.
pub(super) fn too_large(limit: usize, length: Option<u64>) -> Unreadable {
    let limit = grouped(limit as i128);
    Unreadable::input(match length {
        Some(length) => format!("has {} bytes, and at most {limit} are read", grouped(length.into())),
        None => format!("has more than {limit} bytes, and no more are read"),
    })
}

fn unreadable(error: &std::io::Error) -> Unreadable {
    match error.kind() {
        ErrorKind::NotFound => Unreadable::input("no such file"),
        ErrorKind::NotADirectory => Unreadable::input("no such file: a part of its path is not a directory"),
        ErrorKind::IsADirectory => Unreadable::input("is a directory, not a file"),
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
            Unreadable::input("is not a possible file name")
        }
        _ => Unreadable { message: format!("cannot be read: {error}"), blame: Blame::Environment },
    }
}
