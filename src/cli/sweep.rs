//! `ecsim sweep`: every point × replication on all cores.

use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

use super::Failure;
use super::arguments::ScenarioArgs;
use super::objective::{bound_words, standing_of};
use super::progress::Progress;
use super::run::{counted, one_trial};
use super::summary;
use crate::engine::Setup;
use crate::experiment::objectives::metric_of;
use crate::experiment::parallel::in_order;
use crate::experiment::statistics::Summary;
use crate::experiment::{Trial, TrialKey, TrialOptions};
use crate::observe::metrics::{MetricName, metric_names};
use crate::output::directory::ResultDirectory;
use crate::output::plot::{Goal, Standing};
use crate::output::result_tables::{TrialsTable, aligned, estimate, write_points};
use crate::output::sweep_plots::{Curve, SweepPlots};
use crate::scenario::plan::Plan;
use crate::scenario::spec::{Goal as Direction, Objective, Target};

/// Simulate every point of a scenario's sweep on all cores and draw the curves.
#[derive(Debug, Clone, clap::Args)]
pub struct SweepArgs {
    /// Which scenario, and how.
    #[command(flatten)]
    pub common: ScenarioArgs,
}

/// A point while its replications come in.
struct Open {
    labels: Vec<String>,
    values: Vec<Vec<Option<f64>>>,
}

/// Runs the sweep.
///
/// # Errors
/// [`Failure`]: a wrong scenario, a full disk, a bug.
pub fn run(args: &SweepArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let started = (Instant::now(), jiff::Timestamp::now());
    let plan = args.common.plan()?;
    if plan.axes.is_empty() {
        return Err(Failure::Input(format!(
            "{}: experiment.sweep has no axis; write one such as `aws.services.web.desiredCount: [2, 3, 4]`, or use `ecsim run`",
            crate::output::escape::visible_text(&plan.name)
        )));
    }
    let setups: Vec<OnceLock<Setup>> = plan.points.iter().map(|_| OnceLock::new()).collect();
    let first = setup_of(&plan, 0)?;
    let names = all_names(&plan)?;
    let directory = ResultDirectory::begin(args.common.directory(&plan))?;
    let mut table = TrialsTable::begin(&directory, &plan.axes, &names, first.seed)?;
    let replications = plan.replications as usize;
    let count = plan.points.len() * replications;
    let mut progress = Progress::begin(count as u64, "trials", args.common.quiet);
    let mut points: Vec<(Vec<String>, Vec<Summary>)> = Vec::with_capacity(plan.points.len());
    let mut open: Option<Open> = None;
    let mut trials: Vec<Trial> = Vec::new();
    let curves = curves(&plan, &first, &names);
    let mut standings: Vec<Vec<Option<Standing>>> = Vec::with_capacity(plan.points.len());
    in_order(
        count,
        args.common.threads,
        |job| {
            let key = TrialKey { point: job / replications, replication: (job % replications) as u64 };
            let setup = match setups[key.point].get() {
                Some(setup) => setup,
                None => {
                    let built = setup_of(&plan, key.point)?;
                    setups[key.point].get_or_init(|| built)
                }
            };
            let options = TrialOptions { check: args.common.check, ..TrialOptions::default() };
            let (trial, _) = one_trial(setup, key, options, None, None)?;
            Ok((metric_names(&setup.cluster), trial))
        },
        |job, result: Result<(Vec<MetricName>, Trial), Failure>| {
            let (own, trial) = result?;
            let labels = &plan.points[trial.key.point].labels;
            let values = aligned(&names, &own, &trial.values);
            table.add(&trial, labels, &values)?;
            let point = open.get_or_insert_with(|| Open { labels: labels.clone(), values: Vec::new() });
            point.values.push(values);
            if (job + 1) % replications == 0
                && let Some(done) = open.take()
            {
                let estimates = estimates(&names, &done.values);
                let of_curve = |asked: &Asked| asked.standing(&names, &done.values, &estimates);
                standings.push(curves.iter().map(of_curve).collect());
                points.push((done.labels, estimates));
            }
            if trials.is_empty() {
                trials.push(trial);
            }
            progress.advance();
            Ok::<(), Failure>(())
        },
    )?;
    progress.finish();
    table.finish()?;
    write_points(&directory, &plan.axes, &names, &points)?;
    let cost = cost_metric(&plan, &first, &names);
    let curves: Vec<Curve> = curves.into_iter().map(|asked| asked.curve).collect();
    if !args.common.no_plots {
        let subtitle = format!(
            "{} – {} at each point – seed {}",
            plan.name,
            counted(replications, "replication"),
            first.seed
        );
        let (axes, points, standings) = (&plan.axes[..], &points[..], &standings[..]);
        SweepPlots { subtitle, axes, points, standings, names: &names }.write(&directory, &curves, cost)?;
    }
    let manifest = summary::manifest(&plan, &first, &trials, started, args.common.threads);
    let finished = directory.finish(&manifest)?;
    if !args.common.quiet {
        let text = if args.common.json {
            summary::sweep_json(&plan, &names, &points, &curves, &finished)
        } else {
            summary::sweep_text(&plan, &names, &points, &curves, &finished, started.0.elapsed())
        };
        out.write_all(text.as_bytes())?;
    }
    Ok(0)
}

fn setup_of(plan: &Plan, point: usize) -> Result<Setup, Failure> {
    plan.setup(point).map_err(|rejected| super::validate::failure_of(&rejected))
}

/// The metrics of all points: those of the first, then what other points have besides.
fn all_names(plan: &Plan) -> Result<Vec<MetricName>, Failure> {
    let mut all = metric_names(&setup_of(plan, 0)?.cluster);
    for point in 1..plan.points.len() {
        let own = metric_names(&setup_of(plan, point)?.cluster);
        if own != all {
            let known: std::collections::BTreeSet<MetricName> = all.iter().cloned().collect();
            all.extend(own.into_iter().filter(|name| !known.contains(name)));
        }
    }
    Ok(all)
}

fn estimates(names: &[MetricName], values: &[Vec<Option<f64>>]) -> Vec<Summary> {
    let column = |index: usize| values.iter().map(move |row| row[index]);
    names.iter().enumerate().map(|(index, name)| estimate(name, column(index))).collect()
}

/// A curve, and the objective behind it.
struct Asked<'a> {
    curve: Curve,
    objective: Option<&'a Objective>,
}

impl Asked<'_> {
    /// What the objective says of a point; nothing without a bound.
    fn standing(
        &self,
        names: &[MetricName],
        values: &[Vec<Option<f64>>],
        estimates: &[Summary],
    ) -> Option<Standing> {
        let metric = self.curve.metric;
        let column: Vec<Option<f64>> = values.iter().map(|row| row[metric]).collect();
        standing_of(self.objective?, metric, &names[metric], &column, &estimates[metric])
    }
}

/// What to draw: the metrics of the objectives; without any, availability of each service and the cost.
fn curves<'p>(plan: &'p Plan, setup: &Setup, names: &[MetricName]) -> Vec<Asked<'p>> {
    let cluster = &setup.cluster.name;
    let asked = plan.objectives.iter().filter_map(|objective| {
        let metric = metric_of(objective, names, cluster)?;
        let target = objective.target().ok()?;
        let higher_is_better = Some(matches!(target, Target::AtLeast(_) | Target::Goal(Direction::Maximize)));
        let goal = bound_words(target, &names[metric]).map(|(value, label)| Goal { value, label });
        Some(Asked { curve: Curve { metric, goal, higher_is_better }, objective: Some(objective) })
    });
    let mut curves: Vec<Asked<'_>> = asked.collect();
    if curves.is_empty() {
        let shown = |name: &&MetricName| {
            name.metric == "availability" || name.metric == "cost_usd_per_hour" && name.of == *cluster
        };
        let curve = |(metric, name): (usize, &MetricName)| {
            let higher_is_better = Some(name.metric == "availability");
            Asked { curve: Curve { metric, goal: None, higher_is_better }, objective: None }
        };
        curves = names.iter().enumerate().filter(|(_, name)| shown(name)).map(curve).collect();
    }
    curves.dedup_by_key(|asked| asked.curve.metric);
    curves
}

/// What the others are held against: a cost that is to be as low as possible, else that of the cluster.
fn cost_metric(plan: &Plan, setup: &Setup, names: &[MetricName]) -> Option<usize> {
    let cluster = &setup.cluster.name;
    let asked = plan.objectives.iter().find_map(|objective| {
        let metric = metric_of(objective, names, cluster)?;
        let is_low = objective.target().ok()? == Target::Goal(Direction::Minimize);
        (is_low && names[metric].unit == "USD").then_some(metric)
    });
    let of_cluster = |name: &MetricName| name.metric == "cost_usd_per_hour" && name.of == *cluster;
    asked.or_else(|| names.iter().rposition(of_cluster))
}
