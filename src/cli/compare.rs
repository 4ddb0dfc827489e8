//! `ecsim compare`: two scenarios on the same random numbers, replication by replication.

mod told;

use crate::output::report::ReportFacts;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::progress::Progress;
use super::run::{counted, failure_of};
use super::summary::parameters_in_force;
use crate::engine::Setup;
use crate::experiment::direction::Direction;
use crate::experiment::objectives::judged_metrics;
use crate::experiment::replicate::{ArmError, Replicating, replicate};
use crate::experiment::statistics::{Compared, Margin, Shown};
use crate::experiment::{Trial, TrialKey};
use crate::observe::metrics::{MetricName, metric_names};
use crate::output::comparison::{ComparedMetric, draw_comparison, write_comparison};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::manifest::{Manifest, Wall};
use crate::output::result_tables::{TrialRow, TrialsTable, aligned, estimate};
use crate::scenario::plan::Plan;
use told::Told;

/// Say whether B is worse than A: paired differences on the same random numbers.
#[derive(Debug, Clone, clap::Args)]
pub struct CompareArgs {
    /// The scenario as it is: side A.
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The scenario as it may become: side B. Without it, A with what `--set` changes.
    #[arg(value_name = "B", required_unless_present = "set")]
    pub after: Option<PathBuf>,
    /// Change a value of side B, such as `aws.services.web.desiredCount=6`. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Change a value of both sides. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set_both: Vec<String>,
    /// The root seed of both sides, in place of A's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Another root seed for side B: for trying the comparison itself. Pairs then have nothing in common.
    #[arg(long, value_name = "SEED")]
    pub seed_b: Option<u64>,
    /// How many replications of each side, in place of A's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replications: Option<u32>,
    /// A change that is too small to matter, as a share of the value [default: 2%].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub margin: Option<f64>,
    /// Judge by this metric, such as `availability:web`, in place of the objectives. May be repeated.
    #[arg(long, value_name = "METRIC:OF")]
    pub metric: Vec<String>,
    /// Exit with 1 if B is worse, with 3 if that cannot be told yet.
    #[arg(long)]
    pub require: bool,
    /// A CSV file of instance types that adds to the known ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// Where the results go [default: results/A-against-B].
    #[arg(long, value_name = "DIRECTORY")]
    pub out: Option<PathBuf>,
    /// How many threads [default: one for each core].
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
    /// Print nothing but errors.
    #[arg(long)]
    pub quiet: bool,
    /// Print the comparison as JSON.
    #[arg(long)]
    pub json: bool,
    /// Draw no plots.
    #[arg(long)]
    pub no_plots: bool,
    /// Recount everything from outside while simulating; a difference is a bug (exit code 5).
    #[arg(long)]
    pub check: bool,
}

/// Reads `2%` or `0.02`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let share = number.trim().parse::<f64>().ok().map(|number| number * scale);
    share
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "give a share such as 2% or 0.02".to_owned())
}

/// Compares.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a metric that one side lacks, a full disk, a bug.
pub fn run(args: &CompareArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let (before, after) = args.plans()?;
    let setups = [setup(&before)?, setup(&after)?];
    let names = setups.each_ref().map(|setup| metric_names(&setup.cluster));
    let judged = judged(args, &before, &setups[0], &names)?;
    let labels = if before.name == after.name {
        ["A".to_owned(), "B".to_owned()]
    } else {
        [before.name.clone(), after.name.clone()]
    };
    let directory = ResultDirectory::begin(args.destination(&before, &after))?;
    let count = u64::from(before.replications);
    let progress = Mutex::new(Progress::begin(2 * count, "trials", args.quiet));
    let how = Replicating { threads: args.threads, check: args.check };
    let done = || progress.lock().unwrap_or_else(PoisonError::into_inner).advance();
    let trials = replicate(&[(0, &setups[0]), (0, &setups[1])], 0..count, how, done);
    let trials = trials.map_err(|error| failure_of_arm(&[&setups[0], &setups[1]], &error))?;
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    write_trials(&directory, &labels, &names, &setups, &trials)?;
    let metrics = compared(&names, &trials, &judged, args.margin);
    write_comparison(&directory, &metrics)?;
    let told =
        Told { before: &before, after: &after, set: &args.set, metrics: &metrics, replications: count };
    if !args.no_plots {
        draw_comparison(&directory, &told.headline(), &told.circumstances(setups[0].seed), &metrics)?;
    }
    let mut manifest = manifest(args, (&before, &after), &setups, &trials, started);
    if !args.no_plots {
        let sides = format!("{} against {}", labels[1], labels[0]);
        let facts = ReportFacts {
            kind: "compare".to_owned(),
            question: before.question.clone(),
            answer: Some(told.headline()),
            verdict: Some(told.verdict_word().to_owned()),
            facts: super::report::circumstances(count as usize, ("compared", &sides), setups[0].seed),
            ..ReportFacts::default()
        };
        super::report::write(&directory, &mut manifest, &facts)?;
    }
    let place = directory.finish(&manifest)?;
    if !args.quiet {
        let text = if args.json { told.json(&place) } else { told.text(&place, started.0.elapsed()) };
        out.write_all(text.as_bytes())?;
    }
    Ok(match told.verdict() {
        Shown::Worse if args.require => 1,
        Shown::Inconclusive if args.require => 3,
        _ => 0,
    })
}

impl CompareArgs {
    /// Both scenarios; B has the replications and the seed of A.
    fn plans(&self) -> Result<(Plan, Plan), Failure> {
        let side = |scenario: &PathBuf, set: Vec<String>, seed, replications| {
            let scenario = Some(scenario.clone());
            let (types, quiet) = (self.types.clone(), self.quiet);
            ScenarioArgs { scenario, set, types, seed, replications, quiet, ..ScenarioArgs::default() }.plan()
        };
        let before = side(&self.before, self.set_both.clone(), self.seed, self.replications)?;
        let seed = self.seed_b.or(self.seed).unwrap_or(before.scenario.seed);
        let set = self.set_both.iter().chain(&self.set).cloned().collect();
        let after = self.after.as_ref().unwrap_or(&self.before);
        let after = side(after, set, Some(seed), Some(before.replications))?;
        Ok((before, after))
    }

    fn destination(&self, before: &Plan, after: &Plan) -> PathBuf {
        let name = if before.name == after.name {
            format!("{}-compared", before.name)
        } else {
            format!("{}-against-{}", before.name, after.name)
        };
        self.out.clone().unwrap_or_else(|| PathBuf::from("results").join(safe_file_name(&name)))
    }
}

fn setup(plan: &Plan) -> Result<Setup, Failure> {
    plan.base_setup().map_err(|rejected| super::validate::failure_of(&rejected))
}

/// The failure of a trial, told with how to repeat it.
pub(super) fn failure_of_arm(setups: &[&Setup], error: &ArmError) -> Failure {
    let key = TrialKey { point: 0, replication: error.replication };
    failure_of(setups[error.arm], key, &error.error)
}

/// The columns of the metrics that the verdict goes by.
fn judged(
    args: &CompareArgs,
    plan: &Plan,
    setup: &Setup,
    names: &[Vec<MetricName>; 2],
) -> Result<Vec<String>, Failure> {
    let both = |column: &String| names.iter().all(|names| names.iter().any(|name| name.column() == *column));
    if !args.metric.is_empty() {
        for asked in &args.metric {
            if !both(asked) {
                let columns: Vec<String> = names[0].iter().map(MetricName::column).collect();
                let near = crate::catalog::nearest_spelling(asked, columns.iter().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                return Err(Failure::Input(format!("--metric {asked}: not a metric of both sides{hint}")));
            }
        }
        return Ok(args.metric.clone());
    }
    let metrics = judged_metrics(&plan.objectives, &names[0], &setup.cluster.name);
    Ok(metrics.into_iter().map(|metric| names[0][metric].column()).filter(both).collect())
}

fn compared(
    names: &[Vec<MetricName>; 2],
    trials: &[Vec<Trial>],
    judged: &[String],
    margin: Option<f64>,
) -> Vec<ComparedMetric> {
    let of = |side: usize, metric: usize| {
        trials[side].iter().map(|trial| trial.values[metric]).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for (at, name) in names[0].iter().enumerate() {
        let Some(other) = names[1].iter().position(|other| other == name) else { continue };
        let (before, after) = (of(0, at), of(1, other));
        if before.iter().chain(&after).all(Option::is_none) {
            continue;
        }
        let direction = Direction::of(name);
        let usual = Margin::usual(name.unit);
        let margin = Margin { relative: margin.unwrap_or(usual.relative), ..usual };
        let summaries = (estimate(name, before.iter().copied()), estimate(name, after.iter().copied()));
        let compared = Compared::of((&before, &after), summaries, (name.unit, direction), margin);
        let is_judged = judged.contains(&name.column()) && direction != Direction::Neither;
        found.push(ComparedMetric { name: name.clone(), is_judged, found: compared });
    }
    found
}

fn write_trials(
    directory: &ResultDirectory,
    labels: &[String; 2],
    names: &[Vec<MetricName>; 2],
    setups: &[Setup; 2],
    trials: &[Vec<Trial>],
) -> Result<(), Failure> {
    let mut all = names[0].clone();
    all.extend(names[1].iter().filter(|name| !names[0].contains(name)).cloned());
    let mut table = TrialsTable::begin(directory, &["side".to_owned()], &all, setups[0].seed)?;
    for side in 0..2 {
        for trial in &trials[side] {
            let row = TrialRow { point: side, ..TrialRow::from(trial) };
            table.add(&row, &labels[side..=side], &aligned(&all, &names[side], &trial.values))?;
        }
    }
    Ok(table.finish()?)
}

fn manifest(
    args: &CompareArgs,
    (before, after): (&Plan, &Plan),
    setups: &[Setup; 2],
    trials: &[Vec<Trial>],
    started: (Instant, jiff::Timestamp),
) -> Manifest {
    let read: Vec<&str> =
        trials.iter().flatten().flat_map(|trial| trial.parameters_read.iter().copied()).collect();
    Manifest {
        scenario: before.name.clone(),
        scenario_sha256: before.fingerprint.clone(),
        seed: setups[0].seed,
        parameters: parameters_in_force(&|name| before.scenario.model.0.get(name).cloned(), &read),
        facts: vec![
            ("compared_with".to_owned(), serde_json::json!(after.name)),
            ("compared_with_sha256".to_owned(), serde_json::json!(after.fingerprint)),
            ("seed_b".to_owned(), serde_json::json!(setups[1].seed)),
            ("set".to_owned(), serde_json::json!(args.set)),
            ("replications".to_owned(), serde_json::json!(before.replications)),
            ("digest_version".to_owned(), serde_json::json!(crate::observe::digest::DIGEST_VERSION)),
        ],
        wall: Wall::since(started, args.threads),
    }
}

/// `1 pair`, `20 pairs`.
fn pairs(count: u64) -> String {
    counted(count as usize, "pair")
}
