//! A directory of files that is there as a whole or not at all.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::output::escape::visible_text;

/// Nothing is ever mixed with what somebody else has put there.
///
/// # Errors
/// If the place is a file, or a directory that holds something.
pub(super) fn check_free(directory: &Path) -> Result<(), Failure> {
    let shown = visible_text(&directory.display().to_string());
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::Input(format!("`{shown}` is a file; --out takes a directory")));
    }
    let holds_something = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    match holds_something {
        true => Err(Failure::Input(format!(
            "`{shown}` holds files already; --out takes an empty or new directory"
        ))),
        false => Ok(()),
    }
}

/// All files, by name and content, into a directory beside the place, which then takes the place.
///
/// # Errors
/// If the disk refuses; then nothing is left there.
pub(super) fn write_all<'f>(
    directory: &Path,
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> Result<(), Failure> {
    let shown = visible_text(&directory.display().to_string());
    let mut part = directory.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = std::fs::remove_dir_all(&part);
    let written = || -> std::io::Result<()> {
        std::fs::create_dir_all(&part)?;
        for (name, content) in files {
            let path = part.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, content)?;
        }
        if directory.exists() {
            std::fs::remove_dir(directory)?;
        }
        std::fs::rename(&part, directory)
    };
    written().map_err(|error| {
        let _ = std::fs::remove_dir_all(&part);
        Failure::Environment(format!("cannot write `{shown}`: {error}"))
    })
}
