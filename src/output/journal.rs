//! The journal of a sweep: finished trials, each on a line of its own that ends in its checksum.
//!
//! Trials are written as they finish, in any order, and tables are made from the journal alone. So it does not matter in
//! which order or on how many machines they were computed, or how often the work was interrupted. A line that is cut or
//! damaged is as good as not there: its trial is computed again. Lines have tab-separated cells:
//!
//! ```text
//! head   {…}                                    what this is the journal of
//! names  0  [["availability","web","share"],…]  metrics that the trials naming 0 have
//! read   ["scheduler_wake",…]                   model parameters that a trial read and none before it
//! trial  JOB  NAMES  READ  DIGEST  v,v,,v       job = point × replications + replication
//! failed JOB  "…"                               a trial that stopped on a bug, with its message
//! ```
//!
//! READ is how many parameters the `read` lines before it name: a trial that stands behind a lost `names` or `read` line is
//! not trusted either.

mod head;
mod line;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk::{self, DiskFile};
use super::error::EnvironmentError;
use crate::observe::metrics::MetricName;
pub use head::Head;
pub use line::line_of;
use line::{line, names_of, whole};
pub use reader::Reader;

/// The name of the file.
pub const JOURNAL: &str = "journal.tsv";
/// At most this much work is lost when the power fails; a process that dies loses only the trials it was at.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// Part `index` of `of` of a sweep's trials: those whose number modulo `of` is `index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u64,
    /// How many parts.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { index: 0, of: 1 };

    /// How many of `jobs` jobs belong to it.
    #[must_use]
    pub fn count(self, jobs: u64) -> u64 {
        jobs.saturating_sub(self.index).div_ceil(self.of)
    }

    /// The job at a place of the shard.
    #[must_use]
    pub fn job(self, place: u64) -> u64 {
        self.index + place * self.of
    }
}

/// A finished trial as the journal keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Simulated.
    Done {
        /// The hash of all that became true.
        digest: String,
        /// The values of the metrics.
        values: Vec<Option<f64>>,
        /// Which list of metrics.
        names: usize,
    },
    /// Stopped on a bug, with its message.
    Failed(String),
}

/// A journal on the disk, and where in it each trial is.
#[derive(Debug)]
pub struct Journal {
    head: Head,
    path: PathBuf,
    file: DiskFile,
    /// Where each trial of the shard begins, plus 1; 0 where it is missing.
    places: Vec<u64>,
    done: u64,
    names: Vec<Vec<MetricName>>,
    failed: Vec<u64>,
    /// Model parameters that some trial has read.
    read: BTreeSet<String>,
    /// Lines that are damaged, or stand behind a lost one that they need, from 1: they are left out.
    damaged: Vec<u64>,
    length: u64,
    synced: Instant,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refuses.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// It has not even a head: whoever wrote it died at once.
    #[error("`{}` is empty", .0.display())]
    Empty(PathBuf),
    /// It is of another sweep, or not a journal.
    #[error("{0}")]
    Other(String),
}

impl Journal {
    /// Begins a journal for `jobs` trials in a directory.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(directory: &Path, head: Head, jobs: u64) -> Result<Journal, EnvironmentError> {
        let path = directory.join(JOURNAL);
        let on = |error| EnvironmentError::on("create", &path)(error);
        disk::request().map_err(on)?;
        let file =
            OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&path).map_err(on)?;
        let mut journal = Journal::empty(head, path, file, jobs);
        let text = serde_json::to_string(&journal.head).unwrap_or_default();
        journal.append(&line(&["head", &text]))?;
        journal.sync()?;
        Ok(journal)
    }

    /// Opens a journal to go on with it. What stands behind its last whole line is cut off.
    ///
    /// # Errors
    /// If it is of another sweep than `head`, or cannot be read and written.
    pub fn resume(directory: &Path, head: &Head, jobs: u64) -> Result<Journal, JournalError> {
        let path = directory.join(JOURNAL);
        let mut journal = Journal::open(&path, |_| jobs)?;
        if let Some(difference) = journal.head.difference(head) {
            return Err(JournalError::Other(format!("`{}`: {difference}", path.display())));
        }
        if journal.head.shard != head.shard {
            let (there, here) = (journal.head.shard, head.shard);
            return Err(JournalError::Other(format!(
                "`{}`: the shard differs: {}/{} there, {}/{} here",
                path.display(),
                there.index,
                there.of,
                here.index,
                here.of
            )));
        }
        let on = |error| EnvironmentError::on("write", &path)(error);
        disk::request().map_err(on)?;
        journal.file.0.set_len(journal.length).map_err(on)?;
        journal.file.0.seek(SeekFrom::End(0)).map_err(on)?;
        Ok(journal)
    }

    /// Opens a journal and reads where everything is; `jobs` says how many trials its sweep has.
    ///
    /// # Errors
    /// If it cannot be read, or has no head.
    pub fn open(path: &Path, jobs: impl Fn(&Head) -> u64) -> Result<Journal, JournalError> {
        let on = |error| EnvironmentError::on("read", path)(error);
        let file =
            OpenOptions::new().read(true).write(true).open(path).or_else(|_| File::open(path)).map_err(on)?;
        let mut reader = BufReader::with_capacity(1 << 18, file.try_clone().map_err(on)?);
        let mut text = Vec::new();
        reader.read_until(b'\n', &mut text).map_err(on)?;
        let head = whole(&text).and_then(|content| content.strip_prefix("head\t").map(str::to_owned));
        let Some(head) = head.and_then(|head| serde_json::from_str::<Head>(&head).ok()) else {
            if text.last() != Some(&b'\n') {
                return Err(JournalError::Empty(path.to_owned()));
            }
            return Err(JournalError::Other(format!(
                "`{}`: the first line is no head of a journal",
                path.display()
            )));
        };
        let jobs = jobs(&head);
        let mut journal = Journal::empty(head, path.to_owned(), file, jobs);
        journal.length = text.len() as u64;
        let (mut at, mut number) = (journal.length, 1u64);
        loop {
            text.clear();
            let bytes = reader.read_until(b'\n', &mut text).map_err(on)? as u64;
            // A line without its end was being written when the process died.
            if bytes == 0 || text.last() != Some(&b'\n') {
                break;
            }
            number += 1;
            if !whole(&text).is_some_and(|content| journal.take(content, at)) {
                journal.damaged.push(number);
            }
            at += bytes;
            journal.length = at;
        }
        Ok(journal)
    }

    fn empty(head: Head, path: PathBuf, file: File, jobs: u64) -> Journal {
        let places = vec![0; head.shard.count(jobs) as usize];
        Journal {
            head,
            path,
            file: DiskFile(file),
            places,
            done: 0,
            names: Vec::new(),
            failed: Vec::new(),
            read: BTreeSet::new(),
            damaged: Vec::new(),
            length: 0,
            synced: Instant::now(),
        }
    }

    /// What it is the journal of.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many trials it has.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How many trials it is to have.
    #[must_use]
    pub fn wanted(&self) -> u64 {
        self.places.len() as u64
    }

    /// Whether the trial at a place of the shard is there.
    #[must_use]
    pub fn has(&self, place: u64) -> bool {
        self.places.get(place as usize).is_some_and(|at| *at > 0)
    }

    /// Lines that are damaged, or stand behind a lost one that they need: their trials are missing.
    #[must_use]
    pub fn damaged(&self) -> &[u64] {
        &self.damaged
    }

    /// A list of metrics by its number.
    #[must_use]
    pub fn names(&self, number: usize) -> &[MetricName] {
        self.names.get(number).map_or(&[], Vec::as_slice)
    }

    /// All lists of metrics.
    pub fn all_names(&self) -> impl Iterator<Item = &[MetricName]> {
        self.names.iter().map(Vec::as_slice)
    }

    /// The trials that stopped on a bug.
    #[must_use]
    pub fn failed(&self) -> &[u64] {
        &self.failed
    }

    /// The model parameters that its trials read.
    #[must_use]
    pub fn parameters_read(&self) -> &BTreeSet<String> {
        &self.read
    }

    /// Writes that a trial has read these model parameters, as far as that is news.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn add_parameters_read(&mut self, read: &[&str]) -> Result<(), EnvironmentError> {
        let news: Vec<&str> = read.iter().copied().filter(|name| !self.read.contains(*name)).collect();
        if !news.is_empty() {
            self.append(&line(&["read", &serde_json::to_string(&news).unwrap_or_default()]))?;
            self.read.extend(news.into_iter().map(str::to_owned));
        }
        Ok(())
    }

    /// The number of a list of metrics; a new one is written first.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn number_of(&mut self, names: &[MetricName]) -> Result<usize, EnvironmentError> {
        if let Some(known) = self.names.iter().position(|known| known == names) {
            return Ok(known);
        }
        let number = self.names.len();
        let cells: Vec<[&str; 3]> = names.iter().map(|name| [&*name.metric, &*name.of, name.unit]).collect();
        let text = serde_json::to_string(&cells).unwrap_or_default();
        self.append(&line(&["names", &number.to_string(), &text]))?;
        self.names.push(names.to_vec());
        Ok(number)
    }

    /// How many parameters its trials are known to read: what [`line_of`] needs.
    #[must_use]
    pub fn read_so_far(&self) -> usize {
        self.read.len()
    }

    /// Adds a finished trial of the shard.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn add(&mut self, job: u64, record: &Record) -> Result<(), EnvironmentError> {
        let line = line_of(job, record, self.read.len());
        self.add_lines(&[(job, line, matches!(record, Record::Failed(_)))])
    }

    /// Adds finished trials by their numbers, their lines, which can be made while others write, and whether they stopped
    /// on a bug.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn add_lines(&mut self, lines: &[(u64, String, bool)]) -> Result<(), EnvironmentError> {
        let mut at = self.length;
        self.append(&lines.iter().map(|(_, line, _)| line.as_str()).collect::<String>())?;
        for (job, line, failed) in lines {
            self.note(*job, at, *failed);
            at += line.len() as u64;
        }
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn sync(&mut self) -> Result<(), EnvironmentError> {
        self.synced = Instant::now();
        self.file.sync().map_err(EnvironmentError::on("write", &self.path))
    }

    fn append(&mut self, line: &str) -> Result<(), EnvironmentError> {
        self.file.write_all(line.as_bytes()).map_err(EnvironmentError::on("write", &self.path))?;
        self.length += line.len() as u64;
        Ok(())
    }

    fn note(&mut self, job: u64, at: u64, failed: bool) {
        let shard = self.head.shard;
        if job % shard.of == shard.index
            && let Some(place) = self.places.get_mut((job / shard.of) as usize)
            && *place == 0
        {
            *place = at + 1;
            self.done += 1;
            if failed {
                self.failed.push(job);
            }
        }
    }

    /// Takes in a whole line; whether it was understood.
    fn take(&mut self, content: &str, at: u64) -> bool {
        let (kind, rest) = content.split_once('\t').unwrap_or((content, ""));
        match kind {
            "trial" => {
                let mut cells = rest.split('\t');
                let mut number = || cells.next().and_then(|cell| cell.parse::<u64>().ok());
                let (Some(job), Some(names), Some(read)) = (number(), number(), number()) else {
                    return false;
                };
                if names >= self.names.len() as u64 || read > self.read.len() as u64 {
                    return false;
                }
                self.note(job, at, false);
            }
            "failed" => match rest.split('\t').next().and_then(|job| job.parse().ok()) {
                Some(job) => self.note(job, at, true),
                None => return false,
            },
            "names" => match names_of(rest) {
                Some((number, names)) if number == self.names.len() => self.names.push(names),
                _ => return false,
            },
            "read" => match serde_json::from_str::<Vec<String>>(rest) {
                Ok(read) => self.read.extend(read),
                Err(_) => return false,
            },
            _ => return false,
        }
        true
    }
}
