//! `ecsim run`: all replications of one scenario.

mod precision;
mod warm_up;

use std::io::Write;
use std::time::Instant;

use super::Failure;
use super::arguments::{Record, ScenarioArgs, sample_every};
use super::progress::Progress;
use super::summary::{self, Summarized};
use crate::engine::Setup;
use crate::experiment::parallel::in_order;
use crate::experiment::statistics::Summary;
use crate::experiment::trial::{planned_end, simulate_batches, simulate_with_events};
use crate::experiment::{Trial, TrialError, TrialKey, TrialOptions};
use crate::kernel::time::SimTime;
use crate::observe::metrics::metric_names;
use crate::output::directory::ResultDirectory;
use crate::output::escape::visible_text;
use crate::output::event_log::EventSetting;
use crate::output::number::significant;
use crate::output::result_tables::{PointsTable, TrialRow, TrialsTable, estimate, write_summary};
use crate::output::row_tables::{RowParts, RowTables};
use crate::output::run_plots::RunPlots;
use crate::scenario::plan::Plan;
use precision::{LEAST, Precision};

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
    /// Replications until the half width of each interval is at most this share of its mean (of shares that are to be
    /// high: of what is missing to 1), for the objectives' metrics; exit with 3 if that takes more than --most.
    #[arg(long, value_name = "SHARE", value_parser = precision::wanted, conflicts_with_all = ["replication", "batches"])]
    pub rel: Option<f64>,
    /// Most replications with --rel.
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "rel")]
    pub most: u64,
    /// Intervals from so many stretches of one long replication (batch means) in place of replications.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000), conflicts_with_all = ["replication", "replications"])]
    pub batches: Option<u64>,
    /// Say how long the start-up phase is that a warm-up should leave out (MSER-5).
    #[arg(long)]
    pub suggest_warm_up: bool,
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
    let mut replications: Vec<u64> = match (args.replication, args.batches, args.rel) {
        (Some(one), ..) => vec![one],
        (None, Some(_), _) => vec![0],
        (None, None, Some(_)) => (0..u64::from(plan.replications).max(LEAST).min(args.most)).collect(),
        (None, None, None) => (0..u64::from(plan.replications)).collect(),
    };
    if args.batches.is_some() && planned_end(&setup) == SimTime::NEVER {
        return Err(Failure::Input(
            "--batches: a run until it is done has no stretches; give it a duration".to_owned(),
        ));
    }
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
    let first_recorded = replications.iter().copied().find(|replication| records(*replication));
    let mut rows =
        (args.record != Record::None).then(|| RowTables::begin(&directory, args.events)).transpose()?;
    let mut trials: Vec<Trial> = Vec::with_capacity(replications.len());
    let plots = !args.common.no_plots;
    let precision = args.rel.map(|rel| Precision::of(&plan, &setup, &names, rel, args.most));
    let keeps_samples = plots || args.suggest_warm_up;
    loop {
        let is_first_stage = trials.is_empty();
        let mut progress = Progress::begin(replications.len() as u64, "replications", args.common.quiet);
        in_order(
            replications.len(),
            args.common.threads,
            |index| {
                let key = TrialKey { point: args.point.unwrap_or(0), replication: replications[index] };
                let recorded = records(key.replication);
                let options = TrialOptions {
                    sample_every: (keeps_samples || recorded).then_some(every),
                    marks: plots && index == 0,
                    tally: true,
                    check: args.common.check,
                    fail: false,
                    history: recorded && first_recorded == Some(key.replication),
                };
                one_trial(&setup, key, options, recorded.then(|| directory.path()), setting.as_ref())
            },
            |_, result: Result<(Trial, Option<RowParts>), Failure>| {
                let (mut trial, parts) = result?;
                table.add(&TrialRow::from(&trial), &labels, &trial.values)?;
                if let (Some(rows), Some(parts)) = (&mut rows, parts) {
                    rows.append(parts)?;
                }
                // The bands of plots are those of the first stage: later ones can be thousands of replications.
                if !keeps_samples || !is_first_stage {
                    trial.samples = None;
                }
                trials.push(trial);
                progress.advance();
                Ok::<(), Failure>(())
            },
        )?;
        progress.finish();
        let Some(lacking) = precision.as_ref().and_then(|precision| precision.lacking(&trials)) else {
            break;
        };
        let (done, next) = (
            trials.len() as u64,
            precision.as_ref().map_or(0, |precision| precision.next(trials.len() as u64, &lacking)),
        );
        if next <= done {
            break;
        }
        replications = (done..next).collect();
    }
    table.finish()?;
    if let Some(rows) = rows {
        rows.finish()?;
    }
    let batches = args.batches.map(|count| batches(&setup, &trials[0], count)).transpose()?;
    let estimated = batches.as_deref().unwrap_or(&trials);
    let summaries: Vec<Summary> = names
        .iter()
        .enumerate()
        .map(|(index, name)| estimate(name, estimated.iter().map(|trial| trial.values[index])))
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
    let mut manifest = summary::manifest(&plan, &setup, &trials, (started, started_at), args.common.threads);
    let summarized = Summarized::of(&plan, &setup, &names, &summaries, (estimated, &trials));
    if plots {
        super::report::write(&directory, &mut manifest, &summarized.facts())?;
    }
    let finished = directory.finish(&manifest)?;
    if !args.common.quiet {
        let text = if args.common.json {
            summarized.json(&finished)
        } else {
            summarized.text(&finished, started.elapsed())
        };
        out.write_all(text.as_bytes())?;
        if args.suggest_warm_up && !args.common.json {
            out.write_all(warm_up::text(&setup.cluster, &trials, every, setup.warm_up).as_bytes())?;
        }
    }
    if args.require && summarized.misses_an_objective() {
        return Ok(1);
    }
    let lacking = precision.as_ref().and_then(|precision| precision.lacking(&trials));
    if let Some(lacking) = lacking {
        let column = visible_text(&names[lacking.metric].column());
        let (found, wanted) = (significant(lacking.half_width, 3), significant(lacking.wanted, 3));
        // Whoever closed standard error still gets the exit code.
        let _ = writeln!(
            std::io::stderr(),
            "--rel: {column} is ± {found} after {} replications, ± {wanted} was asked; about {} would do (--most)",
            trials.len(),
            lacking.replications
        );
        return Ok(3);
    }
    Ok(0)
}

/// The stretches of the only replication, as trials of their own.
fn batches(setup: &Setup, whole: &Trial, count: u64) -> Result<Vec<Trial>, Failure> {
    let key = TrialKey { point: whole.key.point, replication: 0 };
    let values = simulate_batches(setup, count).map_err(|error| failure_of(setup, key, &error))?;
    let part = |(replication, values)| Trial {
        key: TrialKey { replication: replication as u64, ..key },
        values,
        samples: None,
        tallies: Vec::new(),
        ..whole.clone()
    };
    Ok(values.into_iter().enumerate().map(part).collect())
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
    if let (Some(parts), Some(history)) = (&mut parts, &trial.history) {
        parts.history(history);
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
