//! The one gate to the disk: every request that can fail for want of room or permission passes here.
//!
//! A test that wants to see each of them fail sets `ECSIM_TEST_FULL_DISK_AT` to the number of the first request that
//! finds the disk full, counted from 1; all later ones find it full too.

use std::fs::File;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

const TEST_VARIABLE: &str = "ECSIM_TEST_FULL_DISK_AT";

static FULL_AT: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var(TEST_VARIABLE).ok()?.parse().ok());
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Lets a request pass.
///
/// # Errors
/// The disk is full: only in the test that asked for it.
pub fn request() -> io::Result<()> {
    match *FULL_AT {
        Some(full_at) if REQUESTS.fetch_add(1, Ordering::Relaxed) + 1 >= full_at => {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        _ => Ok(()),
    }
}

/// A file whose writes pass the gate.
#[derive(Debug)]
pub struct DiskFile(pub File);

impl DiskFile {
    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn sync(&self) -> io::Result<()> {
        request()?;
        self.0.sync_data()
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        request()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
