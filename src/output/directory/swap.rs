//! The places of a result and the order of renames that keeps a whole one in view.

use super::{INCOMPLETE, MANIFEST};
use crate::output::disk;
use crate::output::error::EnvironmentError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a result is and passes through, all side by side in one parent directory.
pub(super) struct Place {
    /// The finished result.
    pub destination: PathBuf,
    /// The result in the making.
    pub partial: PathBuf,
    /// The earlier result, for the moment between two renames.
    pub previous: PathBuf,
    /// The lock of the run in progress.
    pub lock: PathBuf,
}

impl Place {
    /// Resolves `path` and creates its parent directories.
    pub(super) fn of(path: &Path) -> Result<Place, EnvironmentError> {
        let absolute = std::path::absolute(path).map_err(EnvironmentError::on("use", path))?;
        // A link to a directory stays a link: the result goes where it points.
        let destination = if absolute.exists() {
            absolute.canonicalize().map_err(EnvironmentError::on("use", path))?
        } else {
            absolute
        };
        let (Some(parent), Some(name)) = (destination.parent(), destination.file_name()) else {
            return Err(EnvironmentError::refusal("use", path, "a result needs a directory of its own"));
        };
        if destination.exists() && !destination.is_dir() {
            return Err(EnvironmentError::refusal("write to", path, "it is a file, not a directory"));
        }
        fs::create_dir_all(parent).map_err(EnvironmentError::on("create", parent))?;
        let name = name.to_string_lossy();
        Ok(Place {
            partial: parent.join(format!("{name}.partial")),
            previous: parent.join(format!("{name}.previous")),
            lock: parent.join(format!(".{name}.lock")),
            destination,
        })
    }

    /// Ends what a run that died while swapping had begun.
    pub(super) fn recover(&self) -> Result<(), EnvironmentError> {
        if !self.previous.is_dir() {
            return Ok(());
        }
        if self.destination.exists() {
            return self.retire_previous();
        }
        let next = if is_complete(&self.partial) { &self.partial } else { &self.previous };
        fs::rename(next, &self.destination).map_err(EnvironmentError::on("restore", &self.destination))?;
        if self.previous.is_dir() { self.retire_previous() } else { Ok(()) }
    }

    /// Refuses directories with files that no run has made: they are somebody's.
    pub(super) fn check_ours(&self) -> Result<(), EnvironmentError> {
        for (path, mark) in [(&self.destination, MANIFEST), (&self.partial, INCOMPLETE)] {
            if path.join(mark).is_file() || is_complete(path) || files_below(path)?.is_empty() {
                continue;
            }
            let reason = format!("it has files in it but no {mark}; name another directory");
            return Err(EnvironmentError::refusal("write to", path, reason));
        }
        Ok(())
    }

    /// Puts the partial directory in its place. The earlier result leaves its place only one rename before.
    pub(super) fn swap_in(&self) -> Result<(), EnvironmentError> {
        sync_directory(&self.partial)?;
        if self.destination.exists() {
            disk::request()
                .and_then(|()| fs::rename(&self.destination, &self.previous))
                .map_err(EnvironmentError::on("set aside", &self.destination))?;
        }
        if let Err(source) = disk::request().and_then(|()| fs::rename(&self.partial, &self.destination)) {
            let _ = fs::rename(&self.previous, &self.destination);
            return Err(EnvironmentError::on("create", &self.destination)(source));
        }
        if let Some(parent) = self.destination.parent() {
            sync_directory(parent)?;
        }
        self.retire_previous()
    }

    /// Deletes the files of the earlier run that its manifest lists; the others move over to the new result.
    fn retire_previous(&self) -> Result<(), EnvironmentError> {
        let listed = listed_files(&self.previous);
        for name in files_below(&self.previous)? {
            let old = self.previous.join(&name);
            if listed.contains(&name) {
                fs::remove_file(&old).map_err(EnvironmentError::on("remove", &old))?;
            } else {
                carry_over(&old, &self.destination.join(&name))?;
            }
        }
        clear(&self.previous)
    }
}

/// Removes a directory with all that is in it; what is not there is removed already.
pub(super) fn clear(directory: &Path) -> Result<(), EnvironmentError> {
    if !directory.exists() {
        return Ok(());
    }
    fs::remove_dir_all(directory).map_err(EnvironmentError::on("remove", directory))?;
    Ok(())
}

fn is_complete(directory: &Path) -> bool {
    directory.join(MANIFEST).is_file() && !directory.join(INCOMPLETE).exists()
}

/// Moves a file that is not of a run, under a free name.
fn carry_over(from: &Path, to: &Path) -> Result<(), EnvironmentError> {
    let taken = |path: &Path| path.symlink_metadata().is_ok();
    let mut target = to.to_path_buf();
    for number in 1_u32.. {
        if !taken(&target) {
            break;
        }
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        target = to.with_file_name(format!("{name}.kept-{number}"));
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(EnvironmentError::on("create", folder))?;
    }
    fs::rename(from, &target).map_err(EnvironmentError::on("keep", from))
}

/// The files that the manifest of a directory lists, and the manifest itself.
fn listed_files(directory: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read(directory.join(MANIFEST)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let files = manifest.get("files").and_then(|files| files.as_object());
    let mut listed: BTreeSet<PathBuf> =
        files.into_iter().flat_map(|files| files.keys()).map(PathBuf::from).collect();
    listed.insert(PathBuf::from(MANIFEST));
    listed
}

/// Every file below a directory, by its path from there, in order. Links are not followed.
pub(super) fn files_below(directory: &Path) -> Result<Vec<PathBuf>, EnvironmentError> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = directory.join(&folder);
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(&path).map_err(EnvironmentError::on("read", &path))? {
            let entry = entry.map_err(EnvironmentError::on("read", &path))?;
            let kind = entry.file_type().map_err(EnvironmentError::on("read", &path))?;
            let name = folder.join(entry.file_name());
            if kind.is_dir() { folders.push(name) } else { found.push(name) }
        }
    }
    found.sort();
    Ok(found)
}

/// Makes the renames in a directory last through a power failure, where the system offers that.
fn sync_directory(directory: &Path) -> Result<(), EnvironmentError> {
    if cfg!(unix) {
        let synced = fs::File::open(directory).and_then(|opened| opened.sync_all());
        synced.map_err(EnvironmentError::on("write", directory))?;
    }
    Ok(())
}
