//! One run per directory. The system drops the lock of a process that died, so a stale one is simply taken over (F44).

use crate::output::error::EnvironmentError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Held while a run owns its directory; the file holds the process id for whoever finds it locked.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// `result` is what a refusal names.
    pub(super) fn acquire(path: &Path, result: &Path) -> Result<Lock, EnvironmentError> {
        let on = |action| EnvironmentError::on(action, path);
        // The holder removes the file when it ends; a file opened just before that is locked by nobody else but gone.
        for _ in 0..100 {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(path)
                .map_err(on("create"))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held_by_another(path, result)),
                Err(TryLockError::Error(source)) => return Err(on("lock")(source)),
            }
            let id = std::process::id().to_string();
            file.set_len(0).and_then(|()| file.write_all(id.as_bytes())).map_err(on("write"))?;
            if fs::read_to_string(path).is_ok_and(|found| found == id) {
                return Ok(Lock { path: path.to_path_buf(), _file: file });
            }
        }
        Err(EnvironmentError::refusal("lock", path, "other processes keep taking it"))
    }
}

fn held_by_another(path: &Path, result: &Path) -> EnvironmentError {
    let holder = fs::read_to_string(path).unwrap_or_default();
    let holder = if holder.is_empty() { "another process".to_string() } else { format!("process {holder}") };
    EnvironmentError::refusal("write to", result, format!("{holder} is writing it now"))
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
