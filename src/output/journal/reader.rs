//! Reading trials back from a journal.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};

use super::line::{record_of, whole};
use super::{Journal, Record};
use crate::output::error::EnvironmentError;

/// Reads the trials of a journal: near one another where they were written near one another.
pub struct Reader<'a> {
    journal: &'a Journal,
    file: RefCell<BufReader<File>>,
}

impl<'a> Reader<'a> {
    /// Opens the journal once more.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(journal: &'a Journal) -> Result<Reader<'a>, EnvironmentError> {
        let file = File::open(&journal.path).map_err(EnvironmentError::on("read", &journal.path))?;
        Ok(Reader { journal, file: RefCell::new(BufReader::with_capacity(1 << 16, file)) })
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &'a Journal {
        self.journal
    }

    /// A trial of the shard; none if it is missing.
    ///
    /// # Errors
    /// If it cannot be read again.
    pub fn record(&self, job: u64) -> Result<Option<Record>, EnvironmentError> {
        let of = self.journal.head.shard.of;
        let Some(at) = self.journal.places.get((job / of) as usize).and_then(|at| at.checked_sub(1)) else {
            return Ok(None);
        };
        let path = &self.journal.path;
        let mut file = self.file.borrow_mut();
        let mut text = Vec::new();
        let distance = file.stream_position().map(|now| at as i64 - now as i64);
        let read =
            distance.and_then(|by| file.seek_relative(by)).and_then(|()| file.read_until(b'\n', &mut text));
        read.map_err(EnvironmentError::on("read", path))?;
        let record = whole(&text).and_then(record_of);
        let changed = || EnvironmentError::refusal("read", path, "it was changed while it was read");
        record.map(Some).ok_or_else(changed)
    }
}
