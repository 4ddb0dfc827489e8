//! `ecsim merge`: one result of all shards of a sweep, the same bytes as if it had been done in one piece.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Failure;
use super::sweep::finish;
use crate::output::directory::{MANIFEST, ResultDirectory, safe_file_name};
use crate::output::escape::visible_text;
use crate::output::journal::{JOURNAL, Journal, JournalError};

/// Make one result of the shards of a sweep.
#[derive(Debug, Clone, clap::Args)]
pub struct MergeArgs {
    /// The directories that `ecsim sweep --shard` has made, all of one sweep.
    #[arg(value_name = "DIRECTORY", required = true)]
    pub directories: Vec<PathBuf>,
    /// Where the result goes [default: results/NAME].
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// Print nothing but errors.
    #[arg(long)]
    pub quiet: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
    /// Draw no plots.
    #[arg(long)]
    pub no_plots: bool,
    /// Write trials.parquet beside trials.csv (needs the cargo feature `parquet`).
    #[arg(long)]
    pub parquet: bool,
}

/// Merges the shards.
///
/// # Errors
/// [`Failure`]: a shard that is missing, there twice, unfinished or of another sweep; a full disk.
pub fn run(args: &MergeArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    finish::check_parquet(args.parquet)?;
    let journals = args
        .directories
        .iter()
        .map(|directory| read(directory))
        .collect::<Result<Vec<Journal>, Failure>>()?;
    let journals = in_order(&journals)?;
    let head = journals[0].head();
    let place =
        args.out.clone().unwrap_or_else(|| PathBuf::from("results").join(safe_file_name(&head.scenario)));
    let directory = ResultDirectory::begin(place)?;
    let finished = finish::whole(
        directory,
        &journals,
        &finish::Style { plots: !args.no_plots, parquet: args.parquet, threads: 1, started },
    )?;
    if !args.quiet {
        let text = if args.json { finished.json() } else { finished.text(started.0.elapsed(), 0) };
        out.write_all(text.as_bytes())?;
    }
    finish::verdict(&finish::failures(&journals)?)
}

fn read(directory: &Path) -> Result<Journal, Failure> {
    let shown = visible_text(&directory.display().to_string());
    let path = directory.join(JOURNAL);
    if !path.is_file() || !directory.join(MANIFEST).is_file() {
        let what =
            if directory.is_dir() { "it holds no finished shard" } else { "there is no such directory" };
        return Err(Failure::Input(format!("{shown}: {what}; `ecsim sweep --shard I/N` makes one")));
    }
    let jobs = |head: &crate::output::journal::Head| {
        let points = finish::points_of(head).map_or(0, |points| points.count());
        points as u64 * u64::from(head.replications)
    };
    let journal = Journal::open(&path, jobs).map_err(|error| match error {
        JournalError::Environment(error) => Failure::from(error),
        JournalError::Empty(_) => {
            Failure::Input(format!("{shown}: its journal is empty; do the shard again"))
        }
        JournalError::Other(text) => Failure::Input(visible_text(&text)),
    })?;
    if journal.done() < journal.wanted() {
        let (done, wanted) = (journal.done(), journal.wanted());
        return Err(Failure::Input(format!(
            "{shown}: {done} of {wanted} trials are whole; do the shard again with `ecsim sweep --shard`"
        )));
    }
    Ok(journal)
}

/// The journals in the order of their shards: all of one sweep, none missing, none twice.
fn in_order(journals: &[Journal]) -> Result<Vec<&Journal>, Failure> {
    let shown = |journal: &Journal| visible_text(&journal.path().display().to_string());
    let first = &journals[0];
    for journal in journals {
        if let Some(difference) = first.head().difference(journal.head()) {
            let (there, here) = (shown(first), shown(journal));
            return Err(Failure::Input(format!("{there} and {here} are of different sweeps: {difference}")));
        }
        let (own, others) = (first.head().shard.of, journal.head().shard.of);
        if own != others {
            let (there, here) = (shown(first), shown(journal));
            return Err(Failure::Input(format!("{there} is one of {own} shards, {here} one of {others}")));
        }
    }
    let of = first.head().shard.of;
    let mut found: Vec<Option<&Journal>> = vec![None; of as usize];
    for journal in journals {
        let index = journal.head().shard.index;
        if let Some(other) = found[index as usize].replace(journal) {
            return Err(Failure::Input(format!(
                "shard {index}/{of} is there twice: {} and {}",
                shown(other),
                shown(journal)
            )));
        }
    }
    let missing: Vec<String> = (0..of)
        .filter(|index| found[*index as usize].is_none())
        .map(|index| format!("{index}/{of}"))
        .collect();
    if !missing.is_empty() {
        let few = missing.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
        let more =
            if missing.len() > 20 { format!(" and {} more", missing.len() - 20) } else { String::new() };
        return Err(Failure::Input(format!("shards are missing: {few}{more}")));
    }
    Ok(found.into_iter().flatten().collect())
}
