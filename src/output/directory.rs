//! A results directory owned by one run.
//!
//! A run writes into `<name>.partial`, beside the final place, where a file `INCOMPLETE` stands until the run is whole.
//! Only [`ResultDirectory::finish`] writes `manifest.json` and puts the directory in its place, so a result under its
//! final name is always complete, and the one of an earlier run stays untouched until then. Files that are not of a
//! run (a note somebody put there) are carried over, never deleted.

mod file;
mod lock;
mod safe_name;
mod swap;

pub use file::ResultFile;
pub use safe_name::safe_file_name;

use super::csv_table::Table;
use super::disk;
use super::error::EnvironmentError;
use super::journal::JOURNAL;
use super::manifest::{Manifest, WrittenFile};
use lock::Lock;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the last file written: where it stands, the result is complete.
pub const MANIFEST: &str = "manifest.json";
/// The name of the file that marks a directory whose run has not finished.
pub const INCOMPLETE: &str = "INCOMPLETE";

/// What has been written so far, shared with the files still open.
type Written = Arc<Mutex<BTreeMap<String, WrittenFile>>>;

/// The directory of one run, locked against a second one.
pub struct ResultDirectory {
    place: swap::Place,
    written: Written,
    _lock: Lock,
}

impl ResultDirectory {
    /// Claims `path` for a new run. What an unfinished run left in the partial directory is removed, but for the journal of
    /// an interrupted sweep, which may be hours of work.
    ///
    /// # Errors
    /// If the path is a file, cannot be written, holds files but no result, or belongs to a run in progress (F37, F44); if
    /// an interrupted sweep is there.
    pub fn begin(path: impl AsRef<Path>) -> Result<ResultDirectory, EnvironmentError> {
        let directory = ResultDirectory::claim(path.as_ref())?;
        if directory.path().join(JOURNAL).exists() {
            let reason = "an interrupted sweep is there; go on with it (`ecsim sweep --resume`), throw it away \
                          (`--restart`), or name another directory (`--out`)";
            return Err(EnvironmentError::refusal("write to", directory.destination(), reason));
        }
        swap::clear(&directory.place.partial)?;
        directory.mark_incomplete()?;
        Ok(directory)
    }

    /// Claims `path` for a run that may go on where an unfinished one stopped: of its files, these are kept in
    /// [`Self::path`].
    ///
    /// # Errors
    /// As [`ResultDirectory::begin`].
    pub fn begin_keeping(path: impl AsRef<Path>, kept: &[&str]) -> Result<ResultDirectory, EnvironmentError> {
        let directory = ResultDirectory::claim(path.as_ref())?;
        for name in swap::files_below(directory.path())? {
            let path = directory.path().join(&name);
            if !kept.iter().any(|kept| name == Path::new(kept)) {
                fs::remove_file(&path).map_err(EnvironmentError::on("remove", &path))?;
            }
        }
        directory.mark_incomplete()?;
        Ok(directory)
    }

    /// Where the files are while the run goes on.
    pub fn path(&self) -> &Path {
        &self.place.partial
    }

    /// Where the result will be when the run has finished.
    pub fn destination(&self) -> &Path {
        &self.place.destination
    }

    /// Opens a file of the result. `name` may have folders (`plots/cost.svg`); the file appears under that name only
    /// when [`ResultFile::commit`] is called.
    ///
    /// # Errors
    /// If the name would lead outside the directory, or the file cannot be created.
    pub fn create(&self, name: &str) -> Result<ResultFile, EnvironmentError> {
        check_inside(self.path(), name)?;
        ResultFile::create(self.path(), name, Arc::clone(&self.written))
    }

    /// Writes a whole file of the result.
    ///
    /// # Errors
    /// As [`ResultDirectory::create`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), EnvironmentError> {
        let mut file = self.create(name)?;
        file.write_all(bytes).map_err(EnvironmentError::on("write", &self.path().join(name)))?;
        file.commit()
    }

    /// Opens a table of the result; end it with `table.finish()?.commit()?`.
    ///
    /// # Errors
    /// As [`ResultDirectory::create`].
    pub fn table(
        &self,
        name: &str,
        columns: &[impl AsRef<str>],
    ) -> Result<Table<ResultFile>, EnvironmentError> {
        Table::create(self.create(name)?, self.path().join(name), columns)
    }

    /// Removes a file that was needed only while the run went on; one that is not there is removed already.
    ///
    /// # Errors
    /// If the name would lead outside the directory, or the file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), EnvironmentError> {
        check_inside(self.path(), name)?;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        let path = self.path().join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(EnvironmentError::on("remove", &path)(source))
            }
            _ => Ok(()),
        }
    }

    /// Writes the manifest and puts the result in its place, in one step for a reader. Returns where it is.
    ///
    /// # Errors
    /// If the disk refuses; then the earlier result is still in its place.
    pub fn finish(self, manifest: &Manifest) -> Result<PathBuf, EnvironmentError> {
        let written = self.all_files()?;
        self.write(MANIFEST, manifest.to_json(&written).as_bytes())?;
        let marker = self.path().join(INCOMPLETE);
        fs::remove_file(&marker).map_err(EnvironmentError::on("remove", &marker))?;
        self.place.swap_in()?;
        Ok(self.place.destination.clone())
    }

    /// What this run wrote, and what is there from the part of it before an interruption.
    fn all_files(&self) -> Result<BTreeMap<String, WrittenFile>, EnvironmentError> {
        let mut files = self.written.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for path in swap::files_below(self.path())? {
            let name: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            let name = name.join("/");
            if name == INCOMPLETE || name == MANIFEST || files.contains_key(&name) {
                continue;
            }
            let path = self.path().join(path);
            files.insert(name, WrittenFile::read(&path).map_err(EnvironmentError::on("read", &path))?);
        }
        Ok(files)
    }

    fn claim(path: &Path) -> Result<ResultDirectory, EnvironmentError> {
        let place = swap::Place::of(path)?;
        let lock = Lock::acquire(&place.lock, &place.destination)?;
        place.recover()?;
        place.check_ours()?;
        Ok(ResultDirectory { place, written: Written::default(), _lock: lock })
    }

    fn mark_incomplete(&self) -> Result<(), EnvironmentError> {
        fs::create_dir_all(self.path()).map_err(EnvironmentError::on("create", self.path()))?;
        let marker = self.path().join(INCOMPLETE);
        let text = "This run has not finished: the files here are not a result.\n";
        disk::request()
            .and_then(|()| fs::write(&marker, text))
            .map_err(EnvironmentError::on("write", &marker))
    }
}

/// Only plain names, so that nothing is written outside (F53).
fn check_inside(directory: &Path, name: &str) -> Result<(), EnvironmentError> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if plain && !name.is_empty() && !name.contains(['\0', '\\']) {
        return Ok(());
    }
    Err(EnvironmentError::refusal("write", directory, format!("the file name {name:?} leads outside")))
}

#[cfg(test)]
mod tests;
