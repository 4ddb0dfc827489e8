//! `ecsim run`: all replications of one scenario.

use std::io::Write;
use std::time::Instant;

use super::Failure;
use super::arguments::{Record, ScenarioArgs, sample_every};
use super::progress::Progress;
use super::summary::{self, Summarized};
use crate::engine::Setup;
use crate::experiment::parallel::in_order;
use crate::experiment::statistics::Summary;
use crate::experiment::trial::{planned_end, simulate_with_events};
use crate::experiment::{Trial, TrialError, TrialKey, TrialOptions};
use crate::kernel::time::SimTime;
use crate::observe::metrics::metric_names;
use crate::output::directory::ResultDirectory;
use crate::output::escape::visible_text;
use crate::output::event_log::EventSetting;
use crate::output::result_tables::{PointsTable, TrialRow, TrialsTable, estimate, write_summary};
use crate::output::row_tables::{RowParts, RowTables};
use crate::output::run_plots::RunPlots;
use crate::scenario::plan::Plan;

/// Simulate all replications of one scenario and show what came out.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgs {
    /// Which scenario, and how.
    #[command(flatten)]
    pub common: ScenarioArgs,
    /// Which replications leave row tables: first, all, none, or numbers such as 3,7.
    #[arg(long, default_value = "first")]
    pub record: Record,
    /// Write what ECS would tell EventBridge into events.jsonl, for the replications that leave row tables.
    #[arg(long)]
    pub events: bool,
    /// The time between samples, such as 5m [default: a 1440th of the run].
    #[arg(long, value_name = "DURATION")]
    pub sample: Option<String>,
    /// The point of the scenario's sweep to run, as numbered in trials.csv; without it the scenario as it is written.
    #[arg(long, value_name = "N")]
    pub point: Option<usize>,
    /// Only this replication, as numbered in trials.csv.
    #[arg(long, value_name = "N")]
    pub replication: Option<u64>,
    /// Exit with 1 if an objective is missed.
    #[arg(long)]
    pub require: bool,
}

/// Runs the scenario.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a full disk, a bug.
pub fn run(args: &RunArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = Instant::now();
    let started_at = jiff::Timestamp::now();
    let plan = args.common.plan()?;
    let setup = setup_of(&plan, args.point)?;
    let replications: Vec<u64> = match args.replication {
        Some(one) => vec![one],
        None => (0..u64::from(plan.replications)).collect(),
    };
    let every = sample_every(args.sample.as_deref(), planned_end(&setup))?;
    let setting = if args.events { Some(event_setting(&plan, args)?) } else { None };
    let directory = ResultDirectory::begin(args.common.directory(&plan))?;
    let names = metric_names(&setup.cluster);
    let labels = args.point.map(|point| plan.points.get(point).labels);
    let axes = if labels.is_some() { plan.points.axes().to_vec() } else { Vec::new() };
    let labels = labels.unwrap_or_default();
    let mut table = TrialsTable::begin(&directory, &axes, &names, setup.seed)?;
    let records = |replication| {
        args.record.includes(replication)
            || args.replication == Some(replication) && args.record == Record::First
    };
    let mut rows =
        (args.record != Record::None).then(|| RowTables::begin(&directory, args.events)).transpose()?;
    let mut progress = Progress::begin(replications.len() as u64, "replications", args.common.quiet);
    let mut trials: Vec<Trial> = Vec::with_capacity(replications.len());
    let plots = !args.common.no_plots;
    in_order(
        replications.len(),
        args.common.threads,
        |index| {
            let key = TrialKey { point: args.point.unwrap_or(0), replication: replications[index] };
            let recorded = records(key.replication);
            let options = TrialOptions {
                sample_every: (plots || recorded).then_some(every),
                marks: plots && index == 0,
                tally: true,
                check: args.common.check,
                fail: false,
            };
            one_trial(&setup, key, options, recorded.then(|| directory.path()), setting.as_ref())
        },
        |_, result: Result<(Trial, Option<RowParts>), Failure>| {
            let (mut trial, parts) = result?;
            table.add(&TrialRow::from(&trial), &labels, &trial.values)?;
            if let (Some(rows), Some(parts)) = (&mut rows, parts) {
                rows.append(parts)?;
            }
            if !plots {
                trial.samples = None;
            }
            trials.push(trial);
            progress.advance();
            Ok::<(), Failure>(())
        },
    )?;
    progress.finish();
    table.finish()?;
    if let Some(rows) = rows {
        rows.finish()?;
    }
    let summaries: Vec<Summary> = names
        .iter()
        .enumerate()
        .map(|(index, name)| estimate(name, trials.iter().map(|trial| trial.values[index])))
        .collect();
    write_summary(&directory, &names, &summaries)?;
    if !axes.is_empty() {
        let mut points = PointsTable::begin(&directory, &axes, &names)?;
        points.add(args.point.unwrap_or(0), &labels, &summaries)?;
        points.finish()?;
    }
    if plots {
        let subtitle =
            format!("{} – {} – seed {}", plan.name, counted(trials.len(), "replication"), setup.seed);
        let warm_up_ends = SimTime::ZERO + setup.warm_up;
        let (cluster, trials) = (&setup.cluster, &trials[..]);
        RunPlots { subtitle, cluster, trials, names: &names, summaries: &summaries, warm_up_ends }
            .write(&directory)?;
    }
    let manifest = summary::manifest(&plan, &setup, &trials, (started, started_at), args.common.threads);
    let finished = directory.finish(&manifest)?;
    let summarized = Summarized::of(&plan, &setup, &names, &summaries, &trials);
    if !args.common.quiet {
        let text = if args.common.json {
            summarized.json(&finished)
        } else {
            summarized.text(&finished, started.elapsed())
        };
        out.write_all(text.as_bytes())?;
    }
    Ok(u8::from(args.require && summarized.misses_an_objective()))
}

/// One trial with its rows, failures told in full.
pub(super) fn one_trial(
    setup: &Setup,
    key: TrialKey,
    options: TrialOptions,
    rows_in: Option<&std::path::Path>,
    events: Option<&EventSetting>,
) -> Result<(Trial, Option<RowParts>), Failure> {
    let mut parts = rows_in.map(|path| RowParts::begin(path, key.replication, events)).transpose()?;
    let events = parts.as_mut().and_then(|parts| parts.events.take());
    let simulated = simulate_with_events(setup, key, options, parts, events);
    let (trial, mut parts, events) = simulated.map_err(|error| failure_of(setup, key, &error))?;
    if let Some(parts) = &mut parts {
        parts.events = events;
    }
    if let (Some(parts), Some(samples)) = (&mut parts, &trial.samples) {
        parts.samples(samples, &setup.cluster);
    }
    Ok((trial, parts))
}

/// The date of simulated zero and the region, as they stand at the point that is run.
fn event_setting(plan: &Plan, args: &RunArgs) -> Result<EventSetting, Failure> {
    if args.record == Record::None {
        let message = "--events writes the events of the replications that are recorded, and --record none \
                       records none; give --record first, all, or numbers such as 3,7";
        return Err(Failure::Input(message.to_owned()));
    }
    let at_point = args.point.map(|point| plan.scenario_at(point)).transpose();
    let at_point = at_point.map_err(|rejected| super::validate::failure_of(&rejected))?;
    let scenario = at_point.as_ref().unwrap_or(&plan.scenario);
    let starts_at = scenario
        .starts_at
        .parse()
        .map_err(|error| Failure::Input(format!("startsAt: {}: {error}", scenario.starts_at)))?;
    Ok(EventSetting { starts_at, region: scenario.world.region.clone() })
}

pub(super) fn failure_of(setup: &Setup, key: TrialKey, error: &TrialError) -> Failure {
    match error {
        TrialError::Scenario(error) => {
            Failure::Input(format!("{}: {}", visible_text(&setup.name), visible_text(&error.to_string())))
        }
        TrialError::Threads(_) => Failure::Environment(error.to_string()),
        TrialError::Invariant(_) | TrialError::Bug(_) => Failure::Internal(format!(
            "{error}\nThis is a bug of ecsim {}. It repeats with: ecsim run SCENARIO --seed {} --point {} --replication {}",
            env!("CARGO_PKG_VERSION"),
            setup.seed,
            key.point,
            key.replication
        )),
    }
}

impl From<rayon::ThreadPoolBuildError> for Failure {
    fn from(error: rayon::ThreadPoolBuildError) -> Self {
        Failure::Environment(format!("cannot start threads: {error}"))
    }
}

pub(super) fn setup_of(plan: &Plan, point: Option<usize>) -> Result<Setup, Failure> {
    let setup = match point {
        None => plan.base_setup(),
        Some(point) if point < plan.points.count() => plan.setup(point),
        Some(point) => {
            let count = plan.points.count();
            return Err(Failure::Input(format!("--point {point}: the scenario has {count} points, from 0")));
        }
    };
    setup.map_err(|rejected| super::validate::failure_of(&rejected))
}

/// `1 replication`, `20 replications`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
