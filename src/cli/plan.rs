//! `ecsim plan`: the cheapest point of a sweep that keeps every objective.

mod told;

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::compare::{failure_of_arm, share};
use super::progress::Progress;
use super::summary::parameters_in_force;
use super::sweep::setup_of;
use crate::engine::Setup;
use crate::experiment::Trial;
use crate::experiment::objectives::metric_of;
use crate::experiment::replicate::{Replicating, replicate};
use crate::experiment::selection::{Answer, FIRST, Promise, Question, Selection};
use crate::observe::metrics::{MetricName, metric_names};
use crate::output::directory::ResultDirectory;
use crate::output::escape::visible_text;
use crate::output::manifest::{Manifest, Wall};
use crate::output::result_tables::{TrialRow, TrialsTable, aligned};
use crate::scenario::plan::Plan;
use crate::scenario::spec::{Goal, Objective, Target};
use told::Told;

/// More points than these are not planned over: sweep a part of them first.
const MOST_POINTS: usize = 10_000;

/// Find the cheapest point of a sweep that keeps every objective, with as few trials as that takes.
#[derive(Debug, Clone, clap::Args)]
pub struct PlanArgs {
    /// Which scenario, and how.
    #[command(flatten)]
    pub common: ScenarioArgs,
    /// The probability with which the answer is to be right.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = share)]
    pub confidence: f64,
    /// Costs that differ by less are equal, as a share.
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = share)]
    pub indifference: f64,
    /// Most trials [default: a third of points × replications, at least ten for each point].
    #[arg(long, value_name = "TRIALS")]
    pub budget: Option<u64>,
}

/// What is asked of the metrics.
pub(super) struct Asked {
    /// All metrics of all points.
    pub names: Vec<MetricName>,
    /// The objectives with a bound, and the place of their metric.
    pub bounds: Vec<(Objective, usize)>,
    /// The place of the metric that is to be as low (or as high) as possible.
    pub cost: usize,
    /// Whether it is to be low.
    pub less_is_better: bool,
}

/// Plans.
///
/// # Errors
/// [`Failure`]: a wrong scenario, no objective, a full disk, a bug.
pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let plan = args.common.plan()?;
    let count = plan.points.count();
    let refuse = |text: &str| Failure::Input(format!("{}: {text}", visible_text(&plan.name)));
    if plan.points.axes().is_empty() {
        return Err(refuse("experiment.sweep has no axis: there is nothing to choose from"));
    }
    if count > MOST_POINTS {
        return Err(refuse(&format!(
            "{count} points; `ecsim plan` takes at most {MOST_POINTS}: sweep more coarsely"
        )));
    }
    let setups = (0..count).map(|point| setup_of(&plan, point)).collect::<Result<Vec<Setup>, Failure>>()?;
    let asked = asked(&plan, &setups)?;
    let all = count as u64 * u64::from(plan.replications);
    let budget = args.budget.unwrap_or((all / 3).max(count as u64 * 2 * FIRST));
    if budget < count as u64 * FIRST {
        let least = count as u64 * FIRST;
        return Err(Failure::Input(format!(
            "--budget {budget}: {count} points need at least {least} trials"
        )));
    }
    let question = Question {
        promises: asked
            .bounds
            .iter()
            .filter_map(|(bound, metric)| Promise::of(bound, asked.names[*metric].unit))
            .collect(),
        confidence: args.confidence,
        indifference: args.indifference,
        less_is_better: asked.less_is_better,
        budget,
        agree_from: u64::from(plan.replications).min(10),
    };
    let directory = ResultDirectory::begin(args.common.out.clone().unwrap_or_else(|| {
        std::path::PathBuf::from("results")
            .join(crate::output::directory::safe_file_name(&format!("{}-plan", plan.name)))
    }))?;
    let mut selection = Selection::new(question, count);
    let mut trials: Vec<Vec<Trial>> = vec![Vec::new(); count];
    let progress = Mutex::new(Progress::begin(budget, "trials at most", args.common.quiet));
    let answer = loop {
        let wanted = match selection.step() {
            Ok(wanted) => wanted,
            Err(answer) => break answer,
        };
        simulate(args, &setups, &asked, &wanted, &mut selection, &mut trials, &progress)?;
    };
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    write_trials(&directory, &plan, &asked.names, &setups, &trials)?;
    let told =
        Told { plan: &plan, asked: &asked, selection: &selection, answer: &answer, trials: &trials, all };
    told.write_table(&directory)?;
    if !args.common.no_plots {
        told.draw(&directory, setups[0].seed)?;
    }
    let mut manifest = manifest(args, &plan, &setups[0], &selection, &trials, started);
    if !args.common.no_plots {
        super::report::write(&directory, &mut manifest, &told.facts(setups[0].seed))?;
    }
    let place = directory.finish(&manifest)?;
    if !args.common.quiet {
        let text = if args.common.json { told.json(&place) } else { told.text(&place, started.0.elapsed()) };
        out.write_all(text.as_bytes())?;
    }
    Ok(match answer {
        Answer::Found(_) => 0,
        Answer::Nobody => 1,
        Answer::NotYet(_) => 3,
    })
}

/// The bounds and the cost: of the scenario's goal, else the cluster's cost per hour.
fn asked(plan: &Plan, setups: &[Setup]) -> Result<Asked, Failure> {
    let mut names = metric_names(&setups[0].cluster);
    for setup in &setups[1..] {
        let own = metric_names(&setup.cluster);
        if own != names {
            let news: Vec<MetricName> = own.into_iter().filter(|name| !names.contains(name)).collect();
            names.extend(news);
        }
    }
    let cluster = &setups[0].cluster.name;
    let refuse = |text: &str| Failure::Input(format!("{}: {text}", visible_text(&plan.name)));
    let found = |objective: &Objective| metric_of(objective, &names, cluster);
    let is_goal = |objective: &&Objective| matches!(objective.target(), Ok(Target::Goal(_)));
    let bounds: Vec<(Objective, usize)> = plan
        .objectives
        .iter()
        .filter(|objective| !is_goal(objective))
        .filter_map(|objective| Some((objective.clone(), found(objective)?)))
        .collect();
    if bounds.is_empty() {
        return Err(refuse(
            "experiment.objectives has no bound; write one such as { metric: availability, of: web, atLeast: 0.999 }",
        ));
    }
    let goals: Vec<&Objective> = plan.objectives.iter().filter(is_goal).collect();
    let (cost, less_is_better) = match goals[..] {
        [] => {
            let of_cluster = |name: &MetricName| name.metric == "cost_usd_per_hour" && name.of == *cluster;
            (names.iter().rposition(of_cluster), true)
        }
        [goal] => (found(goal), goal.target() == Ok(Target::Goal(Goal::Minimize))),
        _ => {
            return Err(refuse(
                "experiment.objectives has more than one goal; a plan minimises or maximises one metric",
            ));
        }
    };
    let cost = cost.ok_or_else(|| refuse("there is no cost to compare by"))?;
    Ok(Asked { names, bounds, cost, less_is_better })
}

fn simulate(
    args: &PlanArgs,
    setups: &[Setup],
    asked: &Asked,
    wanted: &[(usize, u64)],
    selection: &mut Selection,
    trials: &mut [Vec<Trial>],
    progress: &Mutex<Progress>,
) -> Result<(), Failure> {
    let how = Replicating { threads: args.common.threads, check: args.common.check };
    let done = || progress.lock().unwrap_or_else(PoisonError::into_inner).advance();
    // Those that begin at the same replication and want as many go together, so that all cores have work.
    let mut groups: std::collections::BTreeMap<(u64, u64), Vec<usize>> = std::collections::BTreeMap::new();
    for (point, more) in wanted {
        groups.entry((trials[*point].len() as u64, *more)).or_default().push(*point);
    }
    for ((from, more), points) in groups {
        let arms: Vec<(usize, &Setup)> = points.iter().map(|point| (*point, &setups[*point])).collect();
        let arms_only: Vec<&Setup> = arms.iter().map(|arm| arm.1).collect();
        let found = replicate(&arms, from..from + more, how, done);
        let found = found.map_err(|error| failure_of_arm(&arms_only, &error))?;
        for (point, new) in points.into_iter().zip(found) {
            let own = metric_names(&setups[point].cluster);
            let row = |trial: &Trial| {
                let values = aligned(&asked.names, &own, &trial.values);
                (asked.bounds.iter().map(|(_, metric)| values[*metric]).collect(), values[asked.cost])
            };
            selection.add(point, new.iter().map(row));
            trials[point].extend(new);
        }
    }
    Ok(())
}

fn write_trials(
    directory: &ResultDirectory,
    plan: &Plan,
    names: &[MetricName],
    setups: &[Setup],
    trials: &[Vec<Trial>],
) -> Result<(), Failure> {
    let mut table = TrialsTable::begin(directory, plan.points.axes(), names, setups[0].seed)?;
    for (point, of_point) in trials.iter().enumerate() {
        let labels = plan.points.get(point).labels;
        let own = metric_names(&setups[point].cluster);
        for trial in of_point {
            table.add(&TrialRow::from(trial), &labels, &aligned(names, &own, &trial.values))?;
        }
    }
    Ok(table.finish()?)
}

fn manifest(
    args: &PlanArgs,
    plan: &Plan,
    setup: &Setup,
    selection: &Selection,
    trials: &[Vec<Trial>],
    started: (Instant, jiff::Timestamp),
) -> Manifest {
    let read: Vec<&str> =
        trials.iter().flatten().flat_map(|trial| trial.parameters_read.iter().copied()).collect();
    let fact = |name: &str, value: serde_json::Value| (name.to_owned(), value);
    Manifest {
        scenario: plan.name.clone(),
        scenario_sha256: plan.fingerprint.clone(),
        seed: setup.seed,
        parameters: parameters_in_force(&|name| plan.scenario.model.0.get(name).cloned(), &read),
        facts: vec![
            fact("points", plan.points.count().into()),
            fact("trials", selection.spent().into()),
            fact("budget", selection.question.budget.into()),
            fact("confidence", args.confidence.into()),
            fact("indifference", args.indifference.into()),
            fact("digest_version", crate::observe::digest::DIGEST_VERSION.into()),
        ],
        wall: Wall::since(started, args.common.threads),
    }
}
