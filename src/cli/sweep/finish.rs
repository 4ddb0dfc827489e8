//! From journals to tables, plots and the manifest: the same bytes whoever wrote the journals and in whatever order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::told::Told;
use crate::cli::Failure;
use crate::cli::objective::{bound_words, standing_of};
use crate::cli::report::{circumstances, curves_of};
use crate::cli::run::counted;
use crate::cli::summary::parameters_in_force;
use crate::experiment::objectives::metric_of;
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;
use crate::output::directory::{MANIFEST, ResultDirectory};
use crate::output::escape::visible_text;
use crate::output::journal::{Head, JOURNAL, Journal, Reader, Record, Shard};
use crate::output::manifest::{Manifest, Wall};
#[cfg(feature = "parquet")]
use crate::output::parquet_table::ParquetTrials;
use crate::output::plot::{Goal, Standing};
use crate::output::report::ReportFacts;
use crate::output::result_tables::{FailuresTable, PointsTable, TrialRow, TrialsTable, aligned, estimate};
use crate::output::sweep_plots::{Curve, SweepPlots};
use crate::output::words::axis_words;
use crate::scenario::points::Points;
use crate::scenario::spec::{Goal as Direction, Objective, Target};

/// More points than these are not drawn or printed: their tables are the result.
const MOST_POINTS_SHOWN: usize = 2_000;

/// How the result is to be made.
pub(in crate::cli) struct Style {
    /// With plots.
    pub plots: bool,
    /// With the trials in Parquet too; refused early where the program has no Parquet.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "read where it is built"))]
    pub parquet: bool,
    /// Threads that worked on it, for the manifest.
    pub threads: usize,
    /// When it began.
    pub started: (Instant, jiff::Timestamp),
}

/// Refuses what this program was built without.
pub(in crate::cli) fn check_parquet(asked: bool) -> Result<(), Failure> {
    if asked && !cfg!(feature = "parquet") {
        let message = "--parquet: this program was built without it; build with `cargo build --release --features parquet`";
        return Err(Failure::Input(message.to_owned()));
    }
    Ok(())
}

/// A trial that stopped on a bug.
pub(in crate::cli) struct FailedTrial {
    message: String,
    count: usize,
}

/// Whether a complete result of this very sweep or shard stands there.
pub(in crate::cli) fn is_done(place: &Path, head: &Head) -> bool {
    let text = std::fs::read(place.join(MANIFEST)).unwrap_or_default();
    let found: Value = serde_json::from_slice(&text).unwrap_or_default();
    let facts = facts(head).into_iter().chain([
        ("ecsim".to_owned(), json!(head.ecsim)),
        ("scenario_sha256".to_owned(), json!(head.scenario_sha256)),
        ("seed".to_owned(), json!(head.seed)),
    ]);
    facts.into_iter().all(|(name, value)| found.get(&name) == Some(&value))
}

/// The first trial that stopped on a bug, if any.
pub(in crate::cli) fn failures(journals: &[&Journal]) -> Result<Option<FailedTrial>, Failure> {
    let mut first: Option<FailedTrial> = None;
    for journal in journals {
        for job in journal.failed() {
            match &mut first {
                Some(found) => found.count += 1,
                None => {
                    let record = Reader::of(journal)?.record(*job)?;
                    let message =
                        if let Some(Record::Failed(message)) = record { message } else { String::new() };
                    first = Some(FailedTrial { message, count: 1 });
                }
            }
        }
    }
    Ok(first)
}

/// Exit code 0, or the first bug in full.
pub(in crate::cli) fn verdict(failed: &Option<FailedTrial>) -> Result<u8, Failure> {
    match failed {
        None => Ok(0),
        Some(FailedTrial { message, count }) => Err(Failure::Internal(format!(
            "{} stopped on a bug and stands in failures.csv; the first:\n{message}",
            counted(*count, "trial")
        ))),
    }
}

/// The result of a shard: its journal.
pub(in crate::cli) fn shard(
    directory: ResultDirectory,
    journal: &Journal,
    threads: usize,
    started: (Instant, jiff::Timestamp),
) -> Result<PathBuf, Failure> {
    let manifest = manifest(
        journal.head(),
        journal.parameters_read(),
        &Style { plots: false, parquet: false, threads, started },
    );
    Ok(directory.finish(&manifest)?)
}

/// A finished sweep.
pub(in crate::cli) struct Finished {
    told: Told,
    pub(in crate::cli) place: PathBuf,
}

impl Finished {
    /// For people.
    pub(in crate::cli) fn text(&self, took: std::time::Duration, resumed: u64) -> String {
        self.told.text(&self.place, took, resumed)
    }

    /// For programs.
    pub(in crate::cli) fn json(&self) -> String {
        self.told.json(&self.place)
    }
}

/// All shards of a sweep as one.
struct Trials<'j> {
    head: &'j Head,
    shards: Vec<Reader<'j>>,
    points: Points,
    names: Vec<MetricName>,
}

impl<'j> Trials<'j> {
    /// `journals` stand in the order of their shards.
    fn of(journals: &[&'j Journal]) -> Result<Trials<'j>, Failure> {
        let [first, ..] = journals else {
            return Err(Failure::Internal("a sweep without a journal".to_owned()));
        };
        let head = first.head();
        let points = points_of(head)?;
        let shards = journals.iter().map(|journal| Reader::of(journal)).collect::<Result<Vec<_>, _>>()?;
        let mut trials = Trials { head, shards, points, names: Vec::new() };
        trials.names = trials.all_names()?;
        Ok(trials)
    }

    fn record(&self, job: u64) -> Result<(Record, &'j Journal), Failure> {
        let reader = &self.shards[(job % self.shards.len() as u64) as usize];
        match reader.record(job)? {
            Some(record) => Ok((record, reader.journal())),
            None => Err(Failure::Internal(format!("trial {job} is missing in its journal"))),
        }
    }

    /// The metrics of all points: those of the first, then what later ones have besides.
    fn all_names(&self) -> Result<Vec<MetricName>, Failure> {
        let mut all: Vec<MetricName> = Vec::new();
        // Mostly all points have the same metrics, and then there is one list.
        let lists: Vec<&[MetricName]> =
            self.shards.iter().flat_map(|shard| shard.journal().all_names()).collect();
        if lists.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(lists.first().map(|names| names.to_vec()).unwrap_or_default());
        }
        let mut known = std::collections::BTreeSet::new();
        let mut seen: Vec<&[MetricName]> = Vec::new();
        for job in 0..self.points.count() as u64 * u64::from(self.head.replications) {
            if let (Record::Done { names, .. }, journal) = self.record(job)? {
                let own = journal.names(names);
                if !seen.contains(&own) {
                    seen.push(own);
                    all.extend(own.iter().filter(|name| known.insert((*name).clone())).cloned());
                }
            }
        }
        Ok(all)
    }
}

/// The points of a sweep that a journal describes.
pub(in crate::cli) fn points_of(head: &Head) -> Result<Points, Failure> {
    let wrong = |mistakes: Vec<(String, String)>| {
        let mistakes: Vec<String> =
            mistakes.into_iter().map(|(axis, message)| format!("{axis}: {message}")).collect();
        Failure::Input(visible_text(&format!("the sweep of the journal: {}", mistakes.join("; "))))
    };
    Points::of(&head.sweep, head.seed).map_err(wrong)
}

/// Makes the result from whole journals, in the order of their shards.
pub(in crate::cli) fn whole(
    directory: ResultDirectory,
    journals: &[&Journal],
    style: &Style,
) -> Result<Finished, Failure> {
    let trials = Trials::of(journals)?;
    let (head, names) = (trials.head, &trials.names);
    let replications = head.replications as usize;
    let axes = trials.points.axes().to_vec();
    let mut table = TrialsTable::begin(&directory, &axes, names, head.seed)?;
    #[cfg(feature = "parquet")]
    let mut columns =
        style.parquet.then(|| ParquetTrials::begin(&directory, &axes, names, head.seed)).transpose()?;
    let mut of_points = PointsTable::begin(&directory, &axes, names)?;
    let mut failures = FailuresTable::default();
    let curves = curves(head, names);
    let shown = trials.points.count() <= MOST_POINTS_SHOWN;
    let mut points: Vec<(Vec<String>, Vec<Summary>)> = Vec::new();
    let mut standings: Vec<Vec<Option<Standing>>> = Vec::new();
    for number in 0..trials.points.count() {
        let labels = trials.points.get(number).labels;
        let mut rows: Vec<Vec<Option<f64>>> = Vec::with_capacity(replications);
        for replication in 0..replications {
            let job = (number * replications + replication) as u64;
            let (digest, values) = match trials.record(job)? {
                (Record::Done { digest, values, names: own }, journal) => {
                    (digest, aligned(names, journal.names(own), &values))
                }
                (Record::Failed(message), _) => {
                    failures.add(&directory, number, replication, head.seed, &message)?;
                    (String::new(), vec![None; names.len()])
                }
            };
            let row = TrialRow { point: number, replication: replication as u64, digest: &digest };
            table.add(&row, &labels, &values)?;
            #[cfg(feature = "parquet")]
            if let Some(columns) = &mut columns {
                columns.add(&row, &labels, &values)?;
            }
            rows.push(values);
        }
        let estimates = estimates(names, &rows);
        of_points.add(number, &labels, &estimates)?;
        if shown {
            standings.push(curves.iter().map(|asked| asked.standing(names, &rows, &estimates)).collect());
            points.push((labels, estimates));
        }
    }
    table.finish()?;
    #[cfg(feature = "parquet")]
    columns.map_or(Ok(()), ParquetTrials::finish)?;
    of_points.finish()?;
    failures.finish()?;
    let read = trials.shards.iter().flat_map(|shard| shard.journal().parameters_read());
    let whole = Head { shard: Shard::WHOLE, ..head.clone() };
    let mut manifest = manifest(&whole, read, style);
    let cost = cost_metric(head, names);
    let curves: Vec<Curve> = curves.into_iter().map(|asked| asked.curve).collect();
    if style.plots && shown {
        let facts = report_facts(head, (names, &axes), trials.points.count(), &curves, cost);
        let answer = answer_of(&axes, &points, &curves, cost);
        let facts = ReportFacts { answer, ..facts };
        crate::cli::report::write(&directory, &mut manifest, &facts)?;
    }
    if style.plots && shown {
        let each = counted(replications, "replication");
        let subtitle = format!("{} – {each} at each point – seed {}", head.scenario, head.seed);
        let (points, standings) = (&points[..], &standings[..]);
        let plots = SweepPlots { subtitle, axes: &axes, points, standings, names, chosen: None };
        let drawn: Vec<String> = head.sweep.ranges.iter().map(|range| range.path.clone()).collect();
        if drawn.is_empty() {
            plots.write(&directory, &curves, cost)?;
        } else {
            plots.write_drawn(&directory, &curves, &drawn, cost)?;
        }
    }
    directory.remove(JOURNAL)?;
    let place = directory.finish(&manifest)?;
    let count = trials.points.count();
    let told = Told { head: head.clone(), axes, names: trials.names, count, points, curves };
    Ok(Finished { told, place })
}

/// How many points keep every objective by their means, and the cheapest of them; nothing without objectives.
fn answer_of(
    axes: &[String],
    points: &[(Vec<String>, Vec<Summary>)],
    curves: &[Curve],
    cost: Option<usize>,
) -> Option<String> {
    let bounds: Vec<(usize, f64, bool)> = curves
        .iter()
        .filter_map(|curve| Some((curve.metric, curve.goal.as_ref()?.value, curve.higher_is_better?)))
        .collect();
    let keeps = |summaries: &[Summary]| {
        bounds.iter().all(|(metric, bound, at_least)| {
            summaries[*metric]
                .mean
                .is_some_and(|mean| if *at_least { mean >= *bound } else { mean <= *bound })
        })
    };
    if bounds.is_empty() {
        return None;
    }
    let kept: Vec<&(Vec<String>, Vec<Summary>)> =
        points.iter().filter(|(_, summaries)| keeps(summaries)).collect();
    let count = format!("{} of {} points keep every objective by their means", kept.len(), points.len());
    let price = |(_, summaries): &&&(Vec<String>, Vec<Summary>)| cost.and_then(|cost| summaries[cost].mean);
    let priced = kept.iter().filter(|point| price(point).is_some());
    let cheapest = priced.min_by(|a, b| price(a).unwrap_or(0.0).total_cmp(&price(b).unwrap_or(0.0)));
    let Some((labels, _)) = cheapest else { return Some(format!("{count}.")) };
    let values: Vec<String> =
        axes.iter().zip(labels).map(|(axis, label)| format!("{} = {label}", axis_words(axis))).collect();
    Some(format!("{count}; the cheapest of them: {}.", values.join(", ")))
}

/// What the page of a sweep says at its top, and what it draws.
fn report_facts(
    head: &Head,
    (names, axes): (&[MetricName], &[String]),
    points: usize,
    curves: &[Curve],
    cost: Option<usize>,
) -> ReportFacts {
    let facts =
        circumstances(head.replications as usize, ("sweep over", &format!("{points} points")), head.seed);
    let curve = |curve: &Curve| {
        let limit = curve.goal.as_ref().map(|goal| (goal.value, goal.label.clone()));
        curves_of(&names[curve.metric], limit, curve.higher_is_better)
    };
    ReportFacts {
        kind: "sweep".to_owned(),
        question: head.question.clone(),
        facts,
        axes: axes.to_vec(),
        curves: curves.iter().map(curve).collect(),
        cost: cost.map(|cost| names[cost].column()),
        notes: head.notes.clone(),
        ..ReportFacts::default()
    }
}

fn estimates(names: &[MetricName], values: &[Vec<Option<f64>>]) -> Vec<Summary> {
    let column = |index: usize| values.iter().map(move |row| row[index]);
    names.iter().enumerate().map(|(index, name)| estimate(name, column(index))).collect()
}

fn facts(head: &Head) -> Vec<(String, Value)> {
    let points = points_of(head).map_or(0, |points| points.count());
    let mut facts = vec![
        ("points".to_owned(), json!(points)),
        ("replications".to_owned(), json!(head.replications)),
        ("digest_version".to_owned(), json!(head.digest_version)),
        ("notes".to_owned(), json!(head.notes)),
    ];
    if head.shard.of > 1 {
        facts.push(("shard".to_owned(), json!(format!("{}/{}", head.shard.index, head.shard.of))));
    }
    facts
}

fn manifest<'r>(head: &Head, read: impl IntoIterator<Item = &'r String>, style: &Style) -> Manifest {
    let read: Vec<&str> = read.into_iter().map(String::as_str).collect();
    Manifest {
        scenario: head.scenario.clone(),
        scenario_sha256: head.scenario_sha256.clone(),
        seed: head.seed,
        parameters: parameters_in_force(&|name| head.model.get(name).cloned(), &read),
        facts: facts(head),
        wall: Wall::since(style.started, style.threads),
    }
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
fn curves<'p>(head: &'p Head, names: &[MetricName]) -> Vec<Asked<'p>> {
    let cluster = &head.cluster;
    let asked = head.objectives.iter().filter_map(|objective| {
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
fn cost_metric(head: &Head, names: &[MetricName]) -> Option<usize> {
    let cluster = &head.cluster;
    let asked = head.objectives.iter().find_map(|objective| {
        let metric = metric_of(objective, names, cluster)?;
        let is_low = objective.target().ok()? == Target::Goal(Direction::Minimize);
        (is_low && names[metric].unit == "USD").then_some(metric)
    });
    let of_cluster = |name: &MetricName| name.metric == "cost_usd_per_hour" && name.of == *cluster;
    asked.or_else(|| names.iter().rposition(of_cluster))
}
