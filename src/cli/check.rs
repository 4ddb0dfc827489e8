//! `ecsim check`: is anything worse than the baseline? A gate for continuous integration.

mod accept;
mod reports;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::compare::failure_of_arm;
use super::progress::Progress;
use super::run::failure_of;
use crate::engine::Setup;
use crate::experiment::direction::Direction;
use crate::experiment::objectives::judged_metrics;
use crate::experiment::replicate::{Replicating, replicate};
use crate::experiment::statistics::{Compared, Margin, Shown};
use crate::experiment::trail::{Parting, Trail, parting};
use crate::experiment::trial::simulate_with_events;
use crate::experiment::{Trial, TrialKey, TrialOptions};
use crate::observe::metrics::{MetricName, metric_names};
use crate::output::baseline::{BASELINE, Baseline, Better, Kept, read_trail};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::escape::visible_text;
use crate::output::manifest::{Manifest, Wall};
use crate::output::result_tables::estimate;
use crate::scenario::plan::Plan;

/// So many events of a scenario are kept to show where a difference begins.
const TRAIL: usize = 3_000;
/// So many events before a difference are shown.
const CONTEXT: usize = 5;

/// Hold a suite of scenarios against its baseline: 0 pass, 1 regression, 3 not known yet.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {
    /// A directory of scenarios, or one scenario.
    #[arg(value_name = "SUITE")]
    pub suite: PathBuf,
    /// Make what is simulated now the new baseline.
    #[arg(long, requires = "because")]
    pub accept: bool,
    /// Why the new baseline is right; it is kept with it.
    #[arg(long, value_name = "REASON", requires = "accept")]
    pub because: Option<String>,
    /// The baseline [default: SUITE/baseline.json, or NAME.baseline.json beside a single scenario].
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How many replications, in place of the scenarios' own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,
    /// Change a value of every scenario, such as a policy that is on trial. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A CSV file of instance types that adds to the known ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// Where check.md, check.xml (JUnit) and check.jsonl go [default: results/NAME-check].
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// How many threads [default: one for each core].
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
    /// Print nothing but errors.
    #[arg(long)]
    pub quiet: bool,
    /// Print one JSON object for each scenario.
    #[arg(long)]
    pub json: bool,
    /// Recount everything from outside while simulating; a difference is a bug (exit code 5).
    #[arg(long)]
    pub check: bool,
}

/// What is said of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Every digest is the same.
    Identical,
    /// Something changed, nothing for the worse.
    Pass,
    /// Not known yet.
    Inconclusive,
    /// Something is worse.
    Regression,
}

impl Outcome {
    pub(super) fn word(self) -> &'static str {
        match self {
            Outcome::Identical => "identical",
            Outcome::Pass => "pass",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Regression => "regression",
        }
    }
}

/// A scenario held against the baseline.
pub(super) struct Checked {
    /// Its file name.
    pub file: String,
    /// What is said of it.
    pub outcome: Outcome,
    /// What stands in the way of a comparison, if something does.
    pub note: Option<String>,
    /// By column: its unit, and what became of it.
    pub metrics: Vec<(MetricName, Compared)>,
    /// Where its events part from those of the baseline.
    pub parting: Option<Parting>,
}

/// Checks, or accepts.
///
/// # Errors
/// [`Failure`]: no scenario, a wrong one, a baseline that cannot be read, a full disk, a bug.
pub fn run(args: &CheckArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let files = scenarios(&args.suite)?;
    let path = args.baseline();
    let known = Baseline::read(&path).map_err(|message| Failure::Input(visible_text(&message)))?;
    if known.is_none() && !args.accept {
        return Err(Failure::Input(format!(
            "{}: there is no baseline; make one with `ecsim check {} --accept --because \"first baseline\"`",
            visible_text(&path.display().to_string()),
            visible_text(&args.suite.display().to_string())
        )));
    }
    let known = known.unwrap_or_default();
    let plans = files.iter().map(|file| args.plan(file)).collect::<Result<Vec<Plan>, Failure>>()?;
    let total = plans.iter().map(|plan| u64::from(plan.replications)).sum();
    let progress = Mutex::new(Progress::begin(total, "trials", args.quiet));
    let done = || progress.lock().unwrap_or_else(PoisonError::into_inner).advance();
    let mut now: Vec<Now> = Vec::new();
    for (file, plan) in files.iter().zip(&plans) {
        now.push(simulate(args, file, plan, &done)?);
    }
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    if args.accept {
        return accept::accept(args, &path, known, &now, out);
    }
    let mut checked = Vec::new();
    for each in &now {
        checked.push(held_against(each, known.scenarios.get(&each.file), &path)?);
    }
    let gone = known.scenarios.keys().filter(|file| !now.iter().any(|each| each.file == **file));
    checked.extend(gone.map(|file| Checked {
        file: file.clone(),
        outcome: Outcome::Inconclusive,
        note: Some("it is in the baseline and not in the suite".to_owned()),
        metrics: Vec::new(),
        parting: None,
    }));
    let directory = ResultDirectory::begin(args.destination())?;
    reports::write(&directory, &checked)?;
    let place = directory.finish(&manifest(args, &checked, started))?;
    if !args.quiet {
        let text = if args.json { reports::json_lines(&checked) } else { reports::text(&checked, &place) };
        out.write_all(text.as_bytes())?;
    }
    Ok(match checked.iter().map(|each| each.outcome).max() {
        Some(Outcome::Regression) => 1,
        Some(Outcome::Inconclusive) => 3,
        _ => 0,
    })
}

impl CheckArgs {
    fn baseline(&self) -> PathBuf {
        self.baseline.clone().unwrap_or_else(|| {
            if self.suite.is_dir() {
                self.suite.join(BASELINE)
            } else {
                self.suite.with_extension("baseline.json")
            }
        })
    }

    fn destination(&self) -> PathBuf {
        let absolute = std::path::absolute(&self.suite).unwrap_or_else(|_| self.suite.clone());
        let name = absolute.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.out
            .clone()
            .unwrap_or_else(|| PathBuf::from("results").join(safe_file_name(&format!("{name}-check"))))
    }

    fn plan(&self, file: &Path) -> Result<Plan, Failure> {
        let (scenario, replications) = (Some(file.to_owned()), self.replications);
        let (set, types, quiet) = (self.set.clone(), self.types.clone(), true);
        ScenarioArgs { scenario, set, types, replications, quiet, ..ScenarioArgs::default() }.plan()
    }
}

/// The scenarios of a suite by name: the YAML files of a directory that say which format they have.
fn scenarios(suite: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = visible_text(&suite.display().to_string());
    if suite.is_file() {
        return Ok(vec![suite.to_owned()]);
    }
    let entries = std::fs::read_dir(suite).map_err(|error| {
        Failure::Input(format!("{shown}: no directory of scenarios and no scenario: {error}"))
    })?;
    let is_scenario = |path: &PathBuf| {
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let text = if is_yaml { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
        text.lines().any(|line| line.starts_with("ecsim:"))
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_scenario).collect();
    found.sort();
    if found.is_empty() {
        return Err(Failure::Input(format!(
            "{shown}: no scenario is in it (a .yaml file with a line `ecsim: 1`)"
        )));
    }
    Ok(found)
}

/// A scenario as it is now.
struct Now {
    file: String,
    sha256: String,
    seed: u64,
    names: Vec<MetricName>,
    /// The metrics that are judged where the baseline does not say which are.
    judged: Vec<usize>,
    trials: Vec<Trial>,
    trail: Trail,
}

fn simulate(args: &CheckArgs, file: &Path, plan: &Plan, done: &(dyn Fn() + Sync)) -> Result<Now, Failure> {
    let setup = plan.base_setup().map_err(|rejected| super::validate::failure_of(&rejected))?;
    let how = Replicating { threads: args.threads, check: args.check };
    let found = replicate(&[(0, &setup)], 0..u64::from(plan.replications), how, done);
    let trials = found.map_err(|error| failure_of_arm(&[&setup], &error))?.swap_remove(0);
    let names = metric_names(&setup.cluster);
    Ok(Now {
        file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: plan.fingerprint.clone(),
        seed: setup.seed,
        judged: judged_metrics(&plan.objectives, &names, &setup.cluster.name),
        names,
        trials,
        trail: trail(&setup)?,
    })
}

/// The events of replication 0.
fn trail(setup: &Setup) -> Result<Trail, Failure> {
    let key = TrialKey { point: 0, replication: 0 };
    let listener = Some(Trail::of_at_most(TRAIL));
    let simulated = simulate_with_events(setup, key, TrialOptions::default(), None::<()>, listener);
    let (_, _, trail) = simulated.map_err(|error| failure_of(setup, key, &error))?;
    Ok(trail.unwrap_or_default())
}

fn held_against(now: &Now, kept: Option<&Kept>, baseline: &Path) -> Result<Checked, Failure> {
    let bare = |outcome, note: &str| Checked {
        file: now.file.clone(),
        outcome,
        note: Some(note.to_owned()),
        metrics: Vec::new(),
        parting: None,
    };
    let Some(kept) = kept else {
        return Ok(bare(Outcome::Inconclusive, "it is not in the baseline yet; --accept takes it in"));
    };
    let digests = now.trials.iter().map(|trial| &trial.digest);
    if now.trials.len() == kept.digests.len() && digests.eq(&kept.digests) {
        return Ok(Checked { note: None, ..bare(Outcome::Identical, "") });
    }
    let mut notes = Vec::new();
    let mut metrics = Vec::new();
    for (column, was) in &kept.metrics {
        let Some(at) = now.names.iter().position(|name| name.column() == *column) else {
            notes.push(format!("{column} is in the baseline and gone now"));
            continue;
        };
        let name = &now.names[at];
        let after: Vec<Option<f64>> = now.trials.iter().map(|trial| trial.values[at]).collect();
        let direction = if was.better == Better::Higher { Direction::Higher } else { Direction::Lower };
        let summaries = (estimate(name, was.values.iter().copied()), estimate(name, after.iter().copied()));
        let margin = Margin { relative: was.margin, absolute: was.least_margin };
        metrics.push((
            name.clone(),
            Compared::of((&was.values, &after), summaries, (name.unit, direction), margin),
        ));
    }
    let worst =
        metrics.iter().filter(|(_, found)| has_values(found)).filter_map(|(_, found)| found.shown).max();
    let outcome = match worst {
        Some(Shown::Worse) => Outcome::Regression,
        Some(Shown::Inconclusive) => Outcome::Inconclusive,
        None if notes.is_empty() => {
            notes.push("it changed, and no metric that is judged has a value".to_owned());
            Outcome::Inconclusive
        }
        _ if !notes.is_empty() => Outcome::Inconclusive,
        _ => Outcome::Pass,
    };
    if now.seed != kept.seed {
        notes.push(format!(
            "the seed is {} now and was {}: pairs have nothing in common",
            now.seed, kept.seed
        ));
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    let parting = read_trail(baseline, &now.file).and_then(|was| parting(&was, now.trail.lines(), CONTEXT));
    Ok(Checked { file: now.file.clone(), outcome, note, metrics, parting })
}

/// Metrics that neither side has say nothing.
fn has_values(found: &Compared) -> bool {
    found.before.n > 0 || found.after.n > 0
}

fn manifest(args: &CheckArgs, checked: &[Checked], started: (Instant, jiff::Timestamp)) -> Manifest {
    let outcome = |each: &Checked| (each.file.clone(), serde_json::Value::from(each.outcome.word()));
    Manifest {
        scenario: args.suite.display().to_string(),
        scenario_sha256: String::new(),
        seed: 0,
        parameters: Vec::new(),
        facts: vec![("outcomes".to_owned(), checked.iter().map(outcome).collect())],
        wall: Wall::since(started, args.threads),
    }
}
