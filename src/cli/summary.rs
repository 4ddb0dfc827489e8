//! What a run or sweep says at its end: objectives, what happened, the metrics, where the files are.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::run::counted;
use crate::catalog::model_parameters::model_parameters;
use crate::engine::Setup;
use crate::engine::setup::End;
use crate::experiment::Trial;
use crate::experiment::objectives::{Judged, judge, metric_of};
use crate::experiment::statistics::Summary;
use crate::observe::metrics::MetricName;
use crate::output::escape::visible_text;
use crate::output::manifest::{Manifest, ParameterInForce, Wall};
use crate::output::sweep_plots::{Curve, quantity_of};
use crate::output::terminal::{Column, Verdict, estimate, objective_line, table, value};
use crate::scenario::plan::Plan;

/// Metrics that a person looks at first, in this order; the rest is in `summary.csv`.
const SHOWN: &[&str] = &[
    "availability",
    "full_strength",
    "time_to_replace_s.mean",
    "time_to_replace_s.p95",
    "unreplaced",
    "deployment_s.mean",
    "requests",
    "refused",
    "waited_share",
    "wait_placement_s.mean",
    "wait_placement_s.p95",
    "wait_placement_s.max",
    "start_s.mean",
    "tasks_running",
    "tasks_started",
    "never_placed",
    "instances",
    "cpu_reserved_share",
    "memory_reserved_share",
    "cost_usd",
    "cost_usd_per_hour",
    "idle_cost_usd",
];

/// A run, ready to be told.
pub struct Summarized<'a> {
    plan: &'a Plan,
    setup: &'a Setup,
    names: &'a [MetricName],
    summaries: &'a [Summary],
    trials: &'a [Trial],
    judged: Vec<Judged>,
}

impl<'a> Summarized<'a> {
    /// Judges the objectives.
    #[must_use]
    pub fn of(
        plan: &'a Plan,
        setup: &'a Setup,
        names: &'a [MetricName],
        summaries: &'a [Summary],
        trials: &'a [Trial],
    ) -> Self {
        let judged = plan.objectives.iter().filter_map(|objective| {
            let metric = metric_of(objective, names, &setup.cluster.name)?;
            let values: Vec<Option<f64>> = trials.iter().map(|trial| trial.values[metric]).collect();
            judge(objective, metric, &names[metric], &values)
        });
        let judged = judged.collect();
        Summarized { plan, setup, names, summaries, trials, judged }
    }

    /// Whether an objective with a bound is missed or cannot be judged.
    #[must_use]
    pub fn misses_an_objective(&self) -> bool {
        self.judged.iter().any(|judged| judged.bound.is_some() && judged.met != Some(true))
    }

    /// The summary for people.
    #[must_use]
    pub fn text(&self, directory: &Path, took: Duration) -> String {
        let mut text = self.heading(took);
        text += &self.objectives();
        text += &self.what_happened();
        text += &self.metrics();
        for line in &self.plan.notes {
            text += &format!("note: {}\n", visible_text(line));
        }
        text + &format!("\nFiles: {}\n", visible_text(&directory.display().to_string()))
    }

    fn heading(&self, took: Duration) -> String {
        let title = self.plan.question.as_ref().map_or_else(String::new, |question| format!(": {question}"));
        let length = match (self.setup.end, self.trials.first()) {
            (End::UntilDone, Some(trial)) => format!("until done ({})", trial.end),
            (End::At(end), _) => end.to_string(),
            (End::UntilDone, None) => "until done".to_owned(),
        };
        let events: u64 = self.trials.iter().map(|trial| trial.events).sum();
        format!(
            "\n{}{}\n{} of {length}, seed {}; {} events in {:.1} s\n",
            visible_text(&self.plan.name),
            visible_text(&title),
            counted(self.trials.len(), "replication"),
            self.setup.seed,
            crate::output::number::grouped(events as f64, 0),
            took.as_secs_f64()
        )
    }

    fn objectives(&self) -> String {
        if self.judged.is_empty() {
            return String::new();
        }
        let mut text = String::from("\nObjectives\n");
        for judged in &self.judged {
            let quantity = quantity_of(&self.names[judged.metric]);
            let summary = &self.summaries[judged.metric];
            let mean = estimate(summary.mean, summary.ci95_low.zip(summary.ci95_high), quantity);
            let found = match judged.share_keeping {
                Some(share) => format!("kept in {:.0} % of replications; mean {mean}", share * 100.0),
                None if judged.found == summary.mean => mean,
                None => format!("{}; mean {mean}", value(judged.found, quantity)),
            };
            text += &match (judged.bound, judged.met) {
                (None, _) => format!("· {}: {found}\n", visible_text(&judged.text)),
                (Some(_), Some(true)) => objective_line(Verdict::Met, &judged.text, &found) + "\n",
                (Some(_), Some(false)) => objective_line(Verdict::Missed, &judged.text, &found) + "\n",
                (Some(_), None) => objective_line(Verdict::CannotTell, &judged.text, &found) + "\n",
            };
        }
        text
    }

    /// Launches, failures and stops of each service and run, as means over the replications.
    fn what_happened(&self) -> String {
        let of_tasks: Vec<&str> = self
            .names
            .iter()
            .filter(|name| name.metric == "tasks_started")
            .map(|name| name.of.as_str())
            .collect();
        let mut rows = Vec::new();
        for of in of_tasks {
            let mean = |metric: &str| {
                let place = self.names.iter().position(|name| name.of == of && name.metric == metric)?;
                self.summaries[place].mean
            };
            let parts = |prefix: &str| {
                let all = self.names.iter().zip(self.summaries).filter(|(name, _)| name.of == of);
                let some = all.filter_map(|(name, summary)| {
                    let kind = name.metric.strip_prefix(prefix)?;
                    let mean = summary.mean.filter(|mean| *mean > 0.0)?;
                    Some(format!("{} {kind}", crate::output::number::significant(mean, 3)))
                });
                let joined = some.collect::<Vec<_>>().join(", ");
                if joined.is_empty() { "none".to_owned() } else { joined }
            };
            let started = value(mean("tasks_started"), crate::output::number::Quantity::Count);
            rows.push(vec![of.to_owned(), started, parts("failures."), parts("tasks_stopped.")]);
        }
        if rows.is_empty() {
            return String::new();
        }
        let columns = [
            Column::Text("service or run"),
            Column::Number("tasks started"),
            Column::Text("lost to"),
            Column::Text("stopped as"),
        ];
        let mut text = format!("\nWhat happened (mean of a replication)\n{}", table(&columns, &rows));
        if let Some(trial) = self.trials.first() {
            for (at, call, exception) in trial.refused_requests.iter().take(10) {
                text += &format!("{call} at {at} was refused: {exception}\n");
            }
            for (service, why) in &trial.stuck {
                text += &format!("the deployment of {} is {why}\n", visible_text(service));
            }
        }
        text
    }

    fn metrics(&self) -> String {
        let mut rows = Vec::new();
        for shown in SHOWN {
            for (name, summary) in self.names.iter().zip(self.summaries).filter(|(n, _)| n.metric == *shown) {
                let says_nothing = summary.mean.is_none()
                    || summary.mean == Some(0.0)
                        && !["availability", "refused", "never_placed"].contains(shown);
                if !says_nothing {
                    let interval = summary.ci95_low.zip(summary.ci95_high);
                    rows.push(vec![
                        name.metric.clone(),
                        name.of.clone(),
                        estimate(summary.mean, interval, quantity_of(name)),
                    ]);
                }
            }
        }
        let columns = [Column::Text("metric"), Column::Text("of"), Column::Number("mean (95 % interval)")];
        format!("\n{}\n", table(&columns, &rows))
    }

    /// The summary for programs.
    #[must_use]
    pub fn json(&self, directory: &Path) -> String {
        let objectives: Vec<Value> = self
            .judged
            .iter()
            .map(|judged| json!({ "objective": judged.text, "met": judged.met, "found": judged.found }))
            .collect();
        let stuck = self.trials.first().into_iter().flat_map(|trial| &trial.stuck);
        let stuck: Vec<Value> =
            stuck.map(|(service, why)| json!({ "service": service, "why": why })).collect();
        let value = json!({
            "scenario": self.plan.name,
            "seed": self.setup.seed,
            "replications": self.trials.len(),
            "objectives": objectives,
            "metrics": metrics_json(self.names, self.summaries),
            "stuck": stuck,
            "notes": self.plan.notes,
            "warnings": self.plan.warnings,
            "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }
}

fn metrics_json(names: &[MetricName], summaries: &[Summary]) -> Vec<Value> {
    let row = |(name, summary): (&MetricName, &Summary)| {
        json!({
            "metric": name.metric, "of": name.of, "unit": name.unit, "mean": summary.mean,
            "ci95_low": summary.ci95_low, "ci95_high": summary.ci95_high, "sd": summary.sd, "n": summary.n,
        })
    };
    names.iter().zip(summaries).map(row).collect()
}

/// The points of a sweep with the metrics that its curves show.
#[must_use]
pub fn sweep_text(
    plan: &Plan,
    names: &[MetricName],
    points: &[(Vec<String>, Vec<Summary>)],
    curves: &[Curve],
    directory: &Path,
    took: Duration,
) -> String {
    let title = plan.question.as_ref().map_or_else(String::new, |question| format!(": {question}"));
    let trials = points.len() * plan.replications as usize;
    let mut text = format!(
        "\n{}{}\n{} × {} = {} in {:.1} s\n\n",
        visible_text(&plan.name),
        visible_text(&title),
        counted(points.len(), "point"),
        counted(plan.replications as usize, "replication"),
        counted(trials, "trial"),
        took.as_secs_f64()
    );
    let shown: Vec<usize> = curves.iter().map(|curve| curve.metric).collect();
    let headings: Vec<String> =
        shown.iter().map(|metric| format!("{} of {}", names[*metric].metric, names[*metric].of)).collect();
    let mut columns: Vec<Column<'_>> = plan.axes.iter().map(|axis| Column::Text(axis)).collect();
    columns.extend(headings.iter().map(|heading| Column::Number(heading)));
    let rows: Vec<Vec<String>> = points
        .iter()
        .map(|(labels, summaries)| {
            let cells = shown.iter().map(|metric| {
                let summary = &summaries[*metric];
                estimate(summary.mean, summary.ci95_low.zip(summary.ci95_high), quantity_of(&names[*metric]))
            });
            labels.iter().cloned().chain(cells).collect()
        })
        .collect();
    text += &table(&columns, &rows);
    for line in &plan.notes {
        text += &format!("note: {}\n", visible_text(line));
    }
    text + &format!("\nFiles: {}\n", visible_text(&directory.display().to_string()))
}

/// The same for programs.
#[must_use]
pub fn sweep_json(
    plan: &Plan,
    names: &[MetricName],
    points: &[(Vec<String>, Vec<Summary>)],
    curves: &[Curve],
    directory: &Path,
) -> String {
    let points: Vec<Value> = points
        .iter()
        .map(|(labels, summaries)| {
            let at: serde_json::Map<String, Value> =
                plan.axes.iter().cloned().zip(labels.iter().map(|label| json!(label))).collect();
            json!({ "point": at, "metrics": metrics_json(names, summaries) })
        })
        .collect();
    let shown: Vec<String> = curves.iter().map(|curve| names[curve.metric].column()).collect();
    let value = json!({
        "scenario": plan.name, "replications": plan.replications, "shown": shown, "points": points,
        "directory": directory.display().to_string(),
    });
    format!("{value:#}\n")
}

/// What goes into `manifest.json`.
#[must_use]
pub fn manifest(
    plan: &Plan,
    setup: &Setup,
    trials: &[Trial],
    started: (Instant, jiff::Timestamp),
    threads: usize,
) -> Manifest {
    let read: Vec<&str> = trials.first().map(|trial| trial.parameters_read.clone()).unwrap_or_default();
    let parameters = model_parameters().iter().map(|parameter| {
        let given = plan.scenario.model.0.get(parameter.name).cloned();
        let value = given.unwrap_or_else(|| Value::String(parameter.default.to_owned()));
        let in_force = ParameterInForce { value, undocumented: true, read: read.contains(&parameter.name) };
        (parameter.name.to_owned(), in_force)
    });
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Manifest {
        scenario: plan.name.clone(),
        scenario_sha256: crate::output::manifest::sha256_of(plan.canonical.as_bytes()),
        seed: setup.seed,
        parameters: parameters.collect(),
        facts: vec![
            ("points".to_owned(), json!(plan.points.len())),
            ("replications".to_owned(), json!(plan.replications)),
            ("digest_version".to_owned(), json!(crate::observe::digest::DIGEST_VERSION)),
            ("notes".to_owned(), json!(plan.notes)),
        ],
        wall: Wall {
            started_at: started.1,
            elapsed_s: started.0.elapsed().as_secs_f64(),
            threads: if threads == 0 { cores } else { threads },
            command: std::env::args().collect(),
        },
    }
}
