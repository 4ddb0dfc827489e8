//! One file of a result: whole under its name, or not there.

use super::Written;
use crate::output::disk::{self, DiskFile};
use crate::output::error::EnvironmentError;
use crate::output::manifest::{WrittenFile, hexadecimal};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The end of the names of files that are not whole.
const TEMPORARY: &str = ".ecsim-tmp";

/// A file being written under a temporary name; [`ResultFile::commit`] gives it its own. Dropped without that, it
/// leaves nothing behind.
pub struct ResultFile {
    name: String,
    path: PathBuf,
    temporary: PathBuf,
    file: Option<BufWriter<DiskFile>>,
    digest: Sha256,
    bytes: u64,
    written: Written,
}

impl ResultFile {
    pub(super) fn create(directory: &Path, name: &str, written: Written) -> Result<Self, EnvironmentError> {
        let path = directory.join(name);
        let folder = path.parent().unwrap_or(directory);
        disk::request()
            .and_then(|()| fs::create_dir_all(folder))
            .map_err(EnvironmentError::on("create", folder))?;
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder.join(format!(".{last}{TEMPORARY}"));
        let file = File::create(&temporary).map_err(EnvironmentError::on("create", &temporary))?;
        Ok(ResultFile {
            name: name.to_string(),
            path,
            temporary,
            file: Some(BufWriter::new(DiskFile(file))),
            digest: Sha256::new(),
            bytes: 0,
            written,
        })
    }

    /// Writes the rest, brings it to the disk, and gives the file its name.
    ///
    /// # Errors
    /// If the disk refuses; then no file of that name appears.
    pub fn commit(mut self) -> Result<(), EnvironmentError> {
        if let Some(buffered) = self.file.take() {
            let synced =
                buffered.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync());
            let renamed =
                synced.and_then(|()| disk::request()).and_then(|()| fs::rename(&self.temporary, &self.path));
            renamed.map_err(|source| {
                let _ = fs::remove_file(&self.temporary);
                EnvironmentError::on("write", &self.path)(source)
            })?;
        }
        let entry = WrittenFile { sha256: hexadecimal(&self.digest.finalize_reset()), bytes: self.bytes };
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        written.insert(self.name.clone(), entry);
        Ok(())
    }
}

impl Write for ResultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = self.file.as_mut().ok_or_else(|| io::Error::other("the file is closed"))?;
        let count = file.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for ResultFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
