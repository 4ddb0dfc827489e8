//! `ecsim sensitivity`: how much of the answer rests on numbers that AWS does not document.

mod told;

use crate::output::report::ReportFacts;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::compare::failure_of_arm;
use super::progress::Progress;
use super::summary::parameters_in_force;
use crate::catalog::model_parameters::{ModelParameter, model_parameters};
use crate::engine::Setup;
use crate::experiment::Trial;
use crate::experiment::direction::Direction;
use crate::experiment::objectives::judged_metrics;
use crate::experiment::replicate::{Replicating, replicate};
use crate::experiment::statistics::{Compared, Margin};
use crate::observe::metrics::{MetricName, metric_names};
use crate::output::directory::{ResultDirectory, safe_file_name};
use crate::output::manifest::{Manifest, Wall};
use crate::output::result_tables::estimate;
use crate::scenario::plan::Plan;
use told::Told;

/// More replications than these are not made unless asked for: effects are paired.
const FEW: u32 = 10;

/// Move each undocumented parameter that the run reads over its range, and show how much the answer moves.
#[derive(Debug, Clone, clap::Args)]
pub struct SensitivityArgs {
    /// Which scenario, and how; replications: at most 10 unless told.
    #[command(flatten)]
    pub common: ScenarioArgs,
    /// Look at this metric, such as `availability:web`, in place of the objectives. May be repeated.
    #[arg(long, value_name = "METRIC:OF")]
    pub metric: Vec<String>,
}

/// A parameter with another value, and what became of the metrics.
pub(super) struct Moved {
    /// The parameter.
    pub parameter: &'static ModelParameter,
    /// The other value.
    pub value: String,
    /// Whether it is the lower of two.
    pub is_low: bool,
    /// By metric: with it against without it.
    pub effects: Vec<Compared>,
}

/// Moves each parameter.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a metric that it has not, a full disk, a bug.
pub fn run(args: &SensitivityArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let plan = args.common.plan()?;
    let replications =
        if args.common.replications.is_some() { plan.replications } else { plan.replications.min(FEW) };
    let setup = setup_of(&plan)?;
    let names = metric_names(&setup.cluster);
    let metrics = metrics(args, &plan, &setup, &names)?;
    let directory = ResultDirectory::begin(args.common.out.clone().unwrap_or_else(|| {
        PathBuf::from("results").join(safe_file_name(&format!("{}-sensitivity", plan.name)))
    }))?;
    let how = Replicating { threads: args.common.threads, check: args.common.check };
    let count = 0..u64::from(replications);
    let base = replicate(&[(0, &setup)], count.clone(), how, || ())
        .map_err(|error| failure_of_arm(&[&setup], &error))?;
    let read: Vec<&str> = base[0].iter().flat_map(|trial| trial.parameters_read.iter().copied()).collect();
    let tried = alternatives(args, &plan, &read)?;
    let progress = Mutex::new(Progress::begin(count.end * tried.len() as u64, "trials", args.common.quiet));
    let done = || progress.lock().unwrap_or_else(PoisonError::into_inner).advance();
    let mut moved = Vec::with_capacity(tried.len());
    // A handful at a time, so that all cores have work and few trials are held.
    for some in tried.chunks(8) {
        let arms: Vec<(usize, &Setup)> = some.iter().map(|(_, _, _, setup)| (0, setup)).collect();
        let setups: Vec<&Setup> = some.iter().map(|(_, _, _, setup)| setup).collect();
        let found =
            replicate(&arms, count.clone(), how, done).map_err(|error| failure_of_arm(&setups, &error))?;
        for ((parameter, value, is_low, _), trials) in some.iter().zip(found) {
            let effects =
                metrics.iter().map(|metric| effect(&names[*metric], *metric, &base[0], &trials)).collect();
            moved.push(Moved { parameter, value: value.clone(), is_low: *is_low, effects });
        }
    }
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    let names: Vec<MetricName> = metrics.iter().map(|metric| names[*metric].clone()).collect();
    let read_count = model_parameters().iter().filter(|parameter| read.contains(&parameter.name)).count();
    let told = Told { plan: &plan, names: &names, moved: &moved, replications, read: read_count };
    told.write_table(&directory)?;
    if !args.common.no_plots {
        told.draw(&directory, setup.seed)?;
    }
    let mut manifest = manifest(args, &plan, &setup, &read, replications, started);
    if !args.common.no_plots {
        let length = format!("{} values of {read_count} parameters", tried.len());
        let facts = ReportFacts {
            kind: "sensitivity".to_owned(),
            question: plan.question.clone(),
            facts: super::report::circumstances(replications as usize, ("tried", &length), setup.seed),
            warnings: plan.warnings.clone(),
            ..ReportFacts::default()
        };
        super::report::write(&directory, &mut manifest, &facts)?;
    }
    let place = directory.finish(&manifest)?;
    if !args.common.quiet {
        let text = if args.common.json { told.json(&place) } else { told.text(&place, started.0.elapsed()) };
        out.write_all(text.as_bytes())?;
    }
    Ok(0)
}

fn setup_of(plan: &Plan) -> Result<Setup, Failure> {
    plan.base_setup().map_err(|rejected| super::validate::failure_of(&rejected))
}

/// The metrics to look at, by their places among the names.
fn metrics(
    args: &SensitivityArgs,
    plan: &Plan,
    setup: &Setup,
    names: &[MetricName],
) -> Result<Vec<usize>, Failure> {
    let mut found = Vec::new();
    for asked in &args.metric {
        let Some(metric) = names.iter().position(|name| name.column() == *asked) else {
            let columns: Vec<String> = names.iter().map(MetricName::column).collect();
            let near = crate::catalog::nearest_spelling(asked, columns.iter().map(String::as_str));
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(Failure::Input(format!("--metric {asked}: the scenario has no such metric{hint}")));
        };
        found.push(metric);
    }
    if found.is_empty() {
        found = judged_metrics(&plan.objectives, names, &setup.cluster.name);
    }
    Ok(found)
}

type Alternative = (&'static ModelParameter, String, bool, Setup);

/// The other values of each parameter that was read, as setups.
fn alternatives(args: &SensitivityArgs, plan: &Plan, read: &[&str]) -> Result<Vec<Alternative>, Failure> {
    let mut found = Vec::new();
    for parameter in model_parameters().iter().filter(|parameter| read.contains(&parameter.name)) {
        let given = plan.scenario.model.0.get(parameter.name);
        let in_force = given.map(|given| given.as_str().map_or_else(|| given.to_string(), str::to_owned));
        let values = parameter.alternatives();
        for (at, value) in values.iter().enumerate() {
            if in_force.as_deref() == Some(value) {
                continue;
            }
            let mut common = ScenarioArgs { quiet: true, ..args.common.clone() };
            common.set.push(format!("model.{}={value}", parameter.name));
            let is_low = at == 0 && values.len() > 1;
            found.push((parameter, value.clone(), is_low, setup_of(&common.plan()?)?));
        }
    }
    Ok(found)
}

fn effect(name: &MetricName, metric: usize, base: &[Trial], moved: &[Trial]) -> Compared {
    let values = |trials: &[Trial]| trials.iter().map(|trial| trial.values[metric]).collect::<Vec<_>>();
    let (before, after) = (values(base), values(moved));
    let summaries = (estimate(name, before.iter().copied()), estimate(name, after.iter().copied()));
    Compared::of((&before, &after), summaries, (name.unit, Direction::of(name)), Margin::usual(name.unit))
}

fn manifest(
    args: &SensitivityArgs,
    plan: &Plan,
    setup: &Setup,
    read: &[&str],
    replications: u32,
    started: (Instant, jiff::Timestamp),
) -> Manifest {
    Manifest {
        scenario: plan.name.clone(),
        scenario_sha256: plan.fingerprint.clone(),
        seed: setup.seed,
        parameters: parameters_in_force(&|name| plan.scenario.model.0.get(name).cloned(), read),
        facts: vec![
            ("replications".to_owned(), replications.into()),
            ("digest_version".to_owned(), crate::observe::digest::DIGEST_VERSION.into()),
        ],
        wall: Wall::since(started, args.common.threads),
    }
}
