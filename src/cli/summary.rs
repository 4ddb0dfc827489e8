//! What a run or sweep says at its end: objectives, what happened, the metrics, where the files are.
//! Nothing is wider than a terminal of 100 columns, and names from users are shown, not obeyed.

mod figures;
mod happened;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::objective::{bound_words, verdict};
use super::run::counted;
use crate::catalog::model_parameters::{ModelParameter, model_parameters};
use crate::engine::Setup;
use crate::engine::setup::End;
use crate::experiment::Trial;
use crate::experiment::objectives::{Judged, judge, metric_of};
use crate::experiment::statistics::series::lag_one_autocorrelation;
use crate::experiment::statistics::{Summary, clopper_pearson};
use crate::observe::metrics::MetricName;
use crate::observe::stuck::Stuck;
use crate::output::escape::visible_text;
use crate::output::manifest::{Manifest, ParameterInForce, Wall};
use crate::output::report::{ReportFacts, ReportObjective};
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Verdict, estimate, objective_line, paragraph, value};
use crate::scenario::plan::Plan;
use crate::scenario::spec::Objective;

/// Outages below which an interval of an availability is not to be trusted.
const FEW_OUTAGES: f64 = 100.0;

/// A run, ready to be told.
pub struct Summarized<'a> {
    plan: &'a Plan,
    setup: &'a Setup,
    names: &'a [MetricName],
    summaries: &'a [Summary],
    /// What the estimates are made of: the replications, or the stretches of the only one.
    estimated: &'a [Trial],
    trials: &'a [Trial],
    judged: Vec<(&'a Objective, Judged)>,
}

impl<'a> Summarized<'a> {
    /// Judges the objectives.
    #[must_use]
    pub fn of(
        plan: &'a Plan,
        setup: &'a Setup,
        names: &'a [MetricName],
        summaries: &'a [Summary],
        (estimated, trials): (&'a [Trial], &'a [Trial]),
    ) -> Self {
        let judged = plan.objectives.iter().filter_map(|objective| {
            let metric = metric_of(objective, names, &setup.cluster.name)?;
            let values: Vec<Option<f64>> = estimated.iter().map(|trial| trial.values[metric]).collect();
            Some((objective, judge(objective, metric, &names[metric], &values)?))
        });
        let judged = judged.collect();
        Summarized { plan, setup, names, summaries, estimated, trials, judged }
    }

    /// Whether an objective with a bound is missed or cannot be judged.
    #[must_use]
    pub fn misses_an_objective(&self) -> bool {
        self.judged.iter().any(|(_, judged)| judged.bound.is_some() && judged.met != Some(true))
    }

    /// The summary for people.
    #[must_use]
    pub fn text(&self, directory: &Path, took: Duration) -> String {
        let mut text = self.heading(took);
        text += &self.objectives();
        text += &happened::text(self.trials);
        for Stuck { service, what, why } in self.stuck() {
            text +=
                &paragraph(&format!("the {what} of {} is {}", visible_text(service), visible_text(why)), 2);
        }
        text += "\nKey figures (mean and 95 % interval)\n";
        text += figures::text(&self.setup.cluster, self.names, self.summaries).trim_start_matches('\n');
        text += &self.doubts();
        text + &notes(&self.plan.notes) + &files(directory)
    }

    /// Into how many stretches the only replication was cut, if it was.
    fn stretches(&self) -> Option<usize> {
        (!std::ptr::eq(self.estimated, self.trials)).then_some(self.estimated.len())
    }

    /// On how little an availability rests, and whether stretches are too short to be taken for independent.
    fn doubts(&self) -> String {
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate().filter(|(_, name)| name.metric == "availability") {
            let column = |metric: &str| {
                self.names.iter().position(|other| other.of == name.of && other.metric == metric)
            };
            let Some(outages) = column("outages") else { continue };
            let count: f64 = self.estimated.iter().filter_map(|trial| trial.values[outages]).sum();
            let differs = self.summaries[at].sd.is_some_and(|sd| sd > 0.0);
            if count > 0.0 && differs {
                let counted = counted(count as usize, "outage");
                let doubt = if count < FEW_OUTAGES {
                    format!(
                        "; below {FEW_OUTAGES} its interval may be too narrow: more replications, or a longer run, would tell"
                    )
                } else {
                    String::new()
                };
                text += &paragraph(
                    &format!("  The availability of {} rests on {counted} in all{doubt}.", name.of),
                    2,
                );
            }
        }
        if let Some(count) = self.stretches() {
            let depends = |at: &usize| {
                let values: Vec<f64> = self.estimated.iter().filter_map(|trial| trial.values[*at]).collect();
                lag_one_autocorrelation(&values).is_some_and(|found| found > 2.0 / (count as f64).sqrt())
            };
            let found: Vec<String> =
                (0..self.names.len()).filter(depends).map(|at| self.names[at].column()).collect();
            if !found.is_empty() {
                let shown = found.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
                let more = found.len().saturating_sub(5);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                text += &paragraph(
                    &format!(
                        "  Neighbouring stretches resemble each other in {shown}{more}: their intervals are too narrow; take fewer, longer stretches."
                    ),
                    2,
                );
            }
        }
        text
    }

    /// Deployments and drains that can move neither way at the end of the first replication (DEP-6, INS-6).
    fn stuck(&self) -> &[Stuck] {
        self.trials.first().map_or(&[], |trial| &trial.stuck)
    }

    fn length(&self) -> String {
        match (self.setup.end, self.trials.first()) {
            (End::UntilDone, Some(trial)) => format!("until done ({})", trial.end),
            (End::At(end), _) => crate::output::number::duration(end.as_secs_f64()),
            (End::UntilDone, None) => "until done".to_owned(),
        }
    }

    fn heading(&self, took: Duration) -> String {
        let length = self.length();
        let events: u64 = self.trials.iter().map(|trial| trial.events).sum();
        let stretches = self.stretches().map_or_else(String::new, |count| format!(" in {count} stretches"));
        let circumstances = format!(
            "{} of {length}{stretches}, seed {}; {} events in {:.1} s",
            counted(self.trials.len(), "replication"),
            self.setup.seed,
            crate::output::number::grouped(events as f64, 0),
            took.as_secs_f64()
        );
        title(&self.plan.name, self.plan.question.as_deref()) + &paragraph(&circumstances, 0)
    }

    fn objectives(&self) -> String {
        if self.judged.is_empty() {
            return String::new();
        }
        let answers: Vec<Option<Verdict>> =
            self.judged.iter().map(|(_, judged)| verdict(judged, &self.summaries[judged.metric])).collect();
        let count = |verdict| answers.iter().filter(|answer| **answer == Some(verdict)).count();
        let (met, missed, open) = (count(Verdict::Met), count(Verdict::Missed), count(Verdict::CannotTell));
        let mut text = format!("\nObjectives: {met} met, {missed} missed");
        text += &if open > 0 { format!(", {open} cannot tell\n") } else { "\n".to_owned() };
        for ((objective, judged), answer) in self.judged.iter().zip(answers) {
            let asked = self.asked(objective, judged);
            let found = self.found(judged);
            text += &match answer {
                None => paragraph(&format!("· {asked}: {found}"), 15),
                Some(answer) => paragraph(&objective_line(answer, &asked, &found), 15),
            };
            if answer == Some(Verdict::CannotTell) && judged.found.is_some() {
                text += &paragraph(
                    &format!(
                        "{:15}the bound lies within the interval: more replications would tell (taken as {})",
                        "",
                        if judged.met == Some(true) { "met, by its mean" } else { "missed, by its mean" }
                    ),
                    15,
                );
            }
        }
        text
    }

    /// The objective with its bound in the unit of its metric.
    fn asked(&self, objective: &Objective, judged: &Judged) -> String {
        let name = &self.names[judged.metric];
        let bound = objective.target().ok().and_then(|target| bound_words(target, name));
        let written = judged.bound.map(|bound| bound.to_string()).unwrap_or_default();
        let words = |(_, words): (f64, String)| {
            let raw = ["at least", "at most"].map(|side| format!("{side} {written}"));
            raw.iter().fold(judged.text.clone(), |text, raw| text.replace(raw, &words))
        };
        bound.map_or_else(|| judged.text.clone(), words)
    }

    fn found(&self, judged: &Judged) -> String {
        let quantity = quantity_of(&self.names[judged.metric]);
        let summary = &self.summaries[judged.metric];
        let mean = estimate(summary.mean, summary.shown_interval(), quantity);
        match judged.share_keeping {
            Some(share) => {
                let values = self.estimated.iter().map(|trial| trial.values[judged.metric]);
                let n = values.flatten().count() as u64;
                let keeping = (share * n as f64).round() as u64;
                let (low, high) = clopper_pearson(keeping, n, 0.95);
                let ends = [low, high].map(|end| format!("{:.1}", end * 100.0));
                format!("kept in {keeping} of {n} replications ({} to {} %); mean {mean}", ends[0], ends[1])
            }
            None if judged.found == summary.mean => mean,
            None => format!("{}; mean {mean}", value(judged.found, quantity)),
        }
    }

    /// What the page says at its top.
    #[must_use]
    pub fn facts(&self) -> ReportFacts {
        let objective = |(objective, judged): &(&Objective, Judged)| ReportObjective {
            text: self.asked(objective, judged),
            estimate: self.found(judged),
            verdict: match verdict(judged, &self.summaries[judged.metric]) {
                Some(Verdict::Met) => "met",
                Some(Verdict::Missed) => "missed",
                Some(Verdict::CannotTell) => "unknown",
                None => "goal",
            }
            .to_owned(),
        };
        let objectives = self.judged.iter().map(objective).collect();
        let facts = super::report::of_run(objectives, self.names, self.summaries, &self.setup.cluster.name);
        let end = self.trials.first().map(|trial| trial.end);
        let doubts = self.doubts();
        let notes = self.plan.notes.iter().cloned();
        ReportFacts {
            question: self.plan.question.clone(),
            facts: super::report::circumstances(
                self.trials.len(),
                ("simulated time", &self.length()),
                self.setup.seed,
            ),
            starts_at: Some(self.plan.scenario.starts_at.clone()),
            end_s: end.map(|end| end.as_secs_f64()),
            warm_up_s: Some(self.setup.warm_up.0 as f64 / 1000.0),
            warnings: self.plan.warnings.clone(),
            notes: notes.chain(Some(one_line(&doubts)).filter(|text| !text.is_empty())).collect(),
            ..facts
        }
    }

    /// The summary for programs.
    #[must_use]
    pub fn json(&self, directory: &Path) -> String {
        let objectives: Vec<Value> = self
            .judged
            .iter()
            .map(|(_, judged)| {
                let summary = &self.summaries[judged.metric];
                let shown = verdict(judged, summary).map(|verdict| match verdict {
                    Verdict::Met => "met",
                    Verdict::Missed => "missed",
                    Verdict::CannotTell => "cannot tell",
                });
                json!({
                    "objective": judged.text, "met": judged.met, "found": judged.found, "verdict": shown,
                    "bound": judged.bound, "mean": summary.mean,
                    "ci95_low": summary.ci95_low, "ci95_high": summary.ci95_high,
                })
            })
            .collect();
        let (happened, refused_requests) = happened::json(self.trials);
        let value = json!({
            "scenario": self.plan.name,
            "seed": self.setup.seed,
            "replications": self.trials.len(),
            "objectives": objectives,
            "happened": happened,
            "refused_requests": refused_requests,
            "metrics": metrics_json(self.names, self.summaries),
            "stuck": self.stuck().iter().map(|Stuck { service, what, why }| json!({ "service": service, "what": what, "why": why })).collect::<Vec<_>>(),
            "notes": self.plan.notes,
            "warnings": self.plan.warnings,
            "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }
}

/// Paragraphs as one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn metrics_json(names: &[MetricName], summaries: &[Summary]) -> Vec<Value> {
    let row = |(name, summary): (&MetricName, &Summary)| {
        json!({
            "metric": name.metric, "of": name.of, "unit": name.unit, "mean": summary.mean,
            "ci95_low": summary.ci95_low, "ci95_high": summary.ci95_high, "sd": summary.sd, "n": summary.n,
        })
    };
    names.iter().zip(summaries).map(row).collect()
}

/// Name and question.
pub(super) fn title(name: &str, question: Option<&str>) -> String {
    let question = question.map_or_else(String::new, |question| format!(": {question}"));
    format!("\n{}", paragraph(&format!("{name}{question}"), 0))
}

pub(super) fn notes(notes: &[String]) -> String {
    let notes: String = notes.iter().map(|line| paragraph(&format!("note: {line}"), 6)).collect();
    if notes.is_empty() { notes } else { format!("\n{notes}") }
}

/// The directory, and what lies in it.
pub(super) fn files(directory: &Path) -> String {
    let names_in = |folder: &Path, ending: &str| -> String {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
        names.sort();
        names.join(", ")
    };
    let mut text = format!("\nFiles: {}\n", visible_text(&directory.display().to_string()));
    let of_kinds = [
        ("page", names_in(directory, ".html")),
        ("tables", names_in(directory, ".csv")),
        ("plots", names_in(&directory.join("plots"), ".png")),
    ];
    for (what, names) in of_kinds {
        if !names.is_empty() {
            text += &paragraph(&format!("  {what:7}{names}"), 9);
        }
    }
    text
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
    let read: Vec<&str> = trials.iter().flat_map(|trial| trial.parameters_read.iter().copied()).collect();
    Manifest {
        scenario: plan.name.clone(),
        scenario_sha256: plan.fingerprint.clone(),
        seed: setup.seed,
        parameters: parameters_in_force(&|name| plan.scenario.model.0.get(name).cloned(), &read),
        facts: vec![
            ("points".to_owned(), json!(plan.points.count())),
            ("replications".to_owned(), json!(trials.len())),
            ("digest_version".to_owned(), json!(crate::observe::digest::DIGEST_VERSION)),
            ("notes".to_owned(), json!(plan.notes)),
        ],
        wall: Wall::since(started, threads),
    }
}

/// Every model parameter as it is in force: what the scenario gives, else its default; and which were read.
pub(super) fn parameters_in_force(
    given: &dyn Fn(&str) -> Option<Value>,
    read: &[&str],
) -> Vec<(String, ParameterInForce)> {
    let in_force = |parameter: &ModelParameter| {
        let value = given(parameter.name).unwrap_or_else(|| Value::String(parameter.default.to_owned()));
        let in_force = ParameterInForce { value, undocumented: true, read: read.contains(&parameter.name) };
        (parameter.name.to_owned(), in_force)
    };
    model_parameters().iter().map(in_force).collect()
}

#[cfg(test)]
mod tests;
