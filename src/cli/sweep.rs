//! `ecsim sweep`: every point × replication on all cores, by way of a journal.

pub(super) mod finish;
mod hand;
mod setups;
mod shard;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::interruption;
use super::progress::Progress;
use super::run::counted;
use crate::experiment::TrialOptions;
use crate::experiment::parallel::each_with;
use crate::output::directory::ResultDirectory;
use crate::output::error::EnvironmentError;
use crate::output::escape::visible_text;
use crate::output::journal::{Head, JOURNAL, Journal, JournalError, Shard};
use crate::scenario::plan::Plan;
use hand::Hand;
use setups::portions;
pub(super) use setups::setup_of;

/// Simulate every point of a scenario's sweep on all cores and draw the curves.
#[derive(Debug, Clone, clap::Args)]
pub struct SweepArgs {
    /// Which scenario, and how.
    #[command(flatten)]
    pub common: ScenarioArgs,
    /// Go on where an interrupted sweep stopped; where there is none, begin.
    #[arg(long)]
    pub resume: bool,
    /// Throw away what an interrupted sweep has done, and begin anew.
    #[arg(long, conflicts_with = "resume")]
    pub restart: bool,
    /// Only a part of the trials: the I-th of N, from 0, such as 3/40; `auto` or `auto/N` takes I (and N) from the
    /// variables of an array job (AWS Batch, Kubernetes, Slurm, HyperQueue). `ecsim merge` makes one result of all parts.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Write trials.parquet beside trials.csv (needs the cargo feature `parquet`).
    #[arg(long, conflicts_with = "shard")]
    pub parquet: bool,
}

/// Runs the sweep.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a journal of another sweep, a full disk, a bug.
pub fn run(args: &SweepArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let shard = args.shard.as_deref().map(|text| shard::parse(text, &shard::environment)).transpose();
    let shard = shard.map_err(Failure::Input)?;
    finish::check_parquet(args.parquet)?;
    let plan = args.common.plan()?;
    if plan.points.axes().is_empty() {
        return Err(Failure::Input(format!(
            "{}: experiment.sweep has no axis; write one such as `aws.services.web.desiredCount: [2, 3, 4]`, or use `ecsim run`",
            visible_text(&plan.name)
        )));
    }
    let head = head_of(&plan, shard.unwrap_or(Shard::WHOLE))?;
    let place = destination(args, &plan, shard);
    if args.resume && finish::is_done(&place, &head) {
        if !args.common.quiet {
            let trials = head.shard.count(plan.points.count() as u64 * u64::from(plan.replications));
            out.write_all(shard_words(args, &head, trials, &place, "Nothing to do").as_bytes())?;
        }
        return Ok(0);
    }
    let replications = u64::from(plan.replications);
    let own = |point: usize| {
        let first = point as u64 * replications;
        (first..first + replications.min(head.shard.of)).any(|job| job % head.shard.of == head.shard.index)
    };
    plan.check_points(own).map_err(|rejected| super::validate::failure_of(&rejected))?;
    let kept: &[&str] = if args.restart { &[] } else { &[JOURNAL] };
    let directory = ResultDirectory::begin_keeping(&place, kept)?;
    let jobs = plan.points.count() as u64 * replications;
    let mut journal = journal_of(args, &directory, &head, jobs)?;
    let resumed = journal.done();
    let resume = interruption::resumable(&resume_words(args, &place));
    simulate(args, &plan, &mut journal)?;
    drop(resume);
    let failed = finish::failures(&[&journal])?;
    let finished = if shard.is_some() {
        finish::shard(directory, &journal, args.common.threads, started)?
    } else {
        let style = finish::Style {
            plots: !args.common.no_plots,
            parquet: args.parquet,
            threads: args.common.threads,
            started,
        };
        let told = finish::whole(directory, &[&journal], &style)?;
        if !args.common.quiet {
            let text = if args.common.json { told.json() } else { told.text(started.0.elapsed(), resumed) };
            out.write_all(text.as_bytes())?;
        }
        told.place
    };
    if shard.is_some() && !args.common.quiet {
        out.write_all(shard_words(args, &head, journal.wanted(), &finished, "Done").as_bytes())?;
    }
    finish::verdict(&failed)
}

/// What is said of a shard, or of a sweep that is complete already.
fn shard_words(args: &SweepArgs, head: &Head, trials: u64, place: &Path, what: &str) -> String {
    let Shard { index, of } = head.shard;
    if args.common.json {
        let shard = format!("{index}/{of}");
        let value =
            serde_json::json!({ "shard": shard, "trials": trials, "directory": place.display().to_string() });
        return format!("{value:#}\n");
    }
    let (trials, place) = (counted(trials as usize, "trial"), visible_text(&place.display().to_string()));
    let shard = if of > 1 { format!("shard {index}/{of}, ") } else { String::new() };
    format!("{what}: {shard}{trials} in {place}\n")
}

/// What the journal is the journal of.
fn head_of(plan: &Plan, shard: Shard) -> Result<Head, Failure> {
    let first = setup_of(plan, 0)?;
    Ok(Head {
        ecsim: env!("CARGO_PKG_VERSION").to_owned(),
        digest_version: crate::observe::digest::DIGEST_VERSION,
        scenario: plan.name.clone(),
        scenario_sha256: plan.fingerprint.clone(),
        seed: first.seed,
        replications: plan.replications,
        shard,
        question: plan.question.clone(),
        cluster: first.cluster.name.clone(),
        sweep: plan.scenario.experiment.sweep.clone(),
        objectives: plan.objectives.clone(),
        model: plan.scenario.model.0.clone().into_iter().collect(),
        notes: plan.notes.clone(),
    })
}

/// Where the result goes; a shard without a place of its own goes beside the others.
fn destination(args: &SweepArgs, plan: &Plan, shard: Option<Shard>) -> PathBuf {
    match (shard, &args.common.out) {
        (Some(Shard { index, of }), None) => {
            let folder = format!("{}.shards", args.common.directory(plan).display());
            PathBuf::from(folder).join(format!("{index}-of-{of}"))
        }
        _ => args.common.directory(plan),
    }
}

fn journal_of(
    args: &SweepArgs,
    directory: &ResultDirectory,
    head: &Head,
    jobs: u64,
) -> Result<Journal, Failure> {
    let path = directory.path().join(JOURNAL);
    if !path.exists() {
        return Ok(Journal::create(directory.path(), head.clone(), jobs)?);
    }
    let journal = Journal::resume(directory.path(), head, jobs);
    if matches!(journal, Err(JournalError::Empty(_))) {
        return Ok(Journal::create(directory.path(), head.clone(), jobs)?);
    }
    if !args.resume {
        let done = journal.as_ref().map_or(0, Journal::done);
        if done > 0 || matches!(journal, Err(JournalError::Other(_))) {
            return Err(Failure::Input(format!(
                "{}: an interrupted sweep is here, with {} done; --resume goes on with it, --restart throws it away",
                visible_text(&directory.destination().display().to_string()),
                counted(done as usize, "trial"),
            )));
        }
        drop(journal);
        return Ok(Journal::create(directory.path(), head.clone(), jobs)?);
    }
    let journal = journal.map_err(|error| match error {
        JournalError::Environment(error) => Failure::from(error),
        JournalError::Empty(_) => Failure::Internal("an empty journal is begun anew".to_owned()),
        JournalError::Other(text) => {
            Failure::Input(format!("--resume: {}; --restart throws the journal away", visible_text(&text)))
        }
    })?;
    if let [first, ..] = journal.damaged() {
        let lines = counted(journal.damaged().len(), "damaged line");
        let path = visible_text(&path.display().to_string());
        // A courtesy: whoever closed standard error does not want it.
        let _ = writeln!(
            std::io::stderr(),
            "{path}: {lines}, the first is line {first}; their trials are simulated again"
        );
    }
    Ok(journal)
}

fn resume_words(args: &SweepArgs, place: &Path) -> String {
    let scenario = args.common.scenario.as_ref().map_or_else(String::new, |path| path.display().to_string());
    let shard = args.shard.as_ref().map_or_else(String::new, |shard| format!(" --shard {shard}"));
    visible_text(&format!(
        "finished trials are kept; go on with: ecsim sweep {scenario}{shard} --out {} --resume (and the other options of this one)",
        place.display()
    ))
}

/// Simulates what the journal lacks, on all threads.
fn simulate(args: &SweepArgs, plan: &Plan, journal: &mut Journal) -> Result<(), Failure> {
    let shard = journal.head().shard;
    let missing: Vec<u64> =
        (0..journal.wanted()).filter(|place| !journal.has(*place)).map(|place| shard.job(place)).collect();
    let mut progress = Progress::begin(journal.wanted(), "trials", args.common.quiet);
    progress.skip(journal.done());
    let shared = Mutex::new((journal, progress));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if args.common.threads == 0 { cores } else { args.common.threads };
    let portions = portions(&missing, u64::from(plan.replications), threads);
    let options = TrialOptions { check: args.common.check, ..TrialOptions::default() };
    let hand = || Hand::new(plan, &shared, options);
    each_with(portions.len(), threads, hand, |hand, portion| hand.work(&missing[portions[portion].clone()]))?;
    let (journal, progress) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    progress.finish();
    journal.sync().map_err(|error: EnvironmentError| error.into())
}
