//! What a plan says: the answer, what binds it, who came close, and the table and plots behind it.

use crate::cli::report::curves_of;
use crate::output::report::ReportFacts;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::Asked;
use crate::cli::Failure;
use crate::cli::objective::bound_words;
use crate::cli::run::counted;
use crate::cli::summary::{files, title};
use crate::experiment::Trial;
use crate::experiment::selection::{Answer, Fate, Selection, Standing};
use crate::experiment::statistics::Summary;
use crate::output::directory::ResultDirectory;
use crate::output::number::grouped;
use crate::output::plot::{Goal, Standing as Worth};
use crate::output::result_tables::estimate as estimate_of;
use crate::output::sweep_plots::{Curve, SweepPlots, quantity_of};
use crate::output::terminal::{Column, estimate, paragraph, table, value};
use crate::output::words::{axis_words, metric_of_words, metric_words};
use crate::scenario::plan::Plan;

/// So many of those that come next are shown.
const MOST_ROWS: usize = 12;

/// A plan, ready to be told.
pub(super) struct Told<'a> {
    pub plan: &'a Plan,
    pub asked: &'a Asked,
    pub selection: &'a Selection,
    pub answer: &'a Answer,
    pub trials: &'a [Vec<Trial>],
    /// The trials of the full sweep.
    pub all: u64,
}

impl Told<'_> {
    /// The point's values, as they are named in tables.
    fn label(&self, point: usize) -> String {
        let labels = self.plan.points.get(point).labels;
        let named = self.plan.points.axes().iter().zip(labels);
        named.map(|(axis, label)| format!("{} = {label}", axis_words(axis))).collect::<Vec<_>>().join(", ")
    }

    fn bound(&self, at: usize) -> String {
        let (objective, metric) = &self.asked.bounds[at];
        let name = &self.asked.names[*metric];
        let words = objective.target().ok().and_then(|target| bound_words(target, name));
        let share = objective
            .in_share_of_replications
            .map(|share| format!(" in {} % of replications", share.0 * 100.0));
        let words = words.map(|(_, words)| words).unwrap_or_default();
        format!("{} {words}{}", metric_of_words(&name.metric, &name.of), share.unwrap_or_default())
    }

    fn summary(&self, point: usize, bound: usize) -> Summary {
        let name = &self.asked.names[self.asked.bounds[bound].1];
        estimate_of(name, self.selection.candidates[point].values.iter().map(|row| row[bound]))
    }

    fn found(&self, point: usize, bound: usize) -> String {
        let summary = self.summary(point, bound);
        let quantity = quantity_of(&self.asked.names[self.asked.bounds[bound].1]);
        estimate(summary.mean, summary.shown_interval(), quantity)
    }

    fn cost(&self, point: usize) -> String {
        let summary = self.selection.cost_summary(point);
        estimate(summary.mean, summary.shown_interval(), quantity_of(&self.asked.names[self.asked.cost]))
    }

    /// The answer in a sentence.
    pub(super) fn headline(&self) -> String {
        match self.answer {
            Answer::Found(point) => {
                let least = if self.asked.less_is_better { "cheapest" } else { "best" };
                format!(
                    "The {least} that keeps every objective: {}, at {}",
                    self.label(*point),
                    self.cost(*point)
                )
            }
            Answer::Nobody => "No point keeps every objective".to_owned(),
            Answer::NotYet(None) => "Not known yet: no point is shown to keep every objective".to_owned(),
            Answer::NotYet(Some(point)) => {
                format!(
                    "Not known yet; the cheapest that is shown to keep every objective: {}, at {}",
                    self.label(*point),
                    self.cost(*point)
                )
            }
        }
    }

    /// Points from the cheapest on.
    fn by_cost(&self) -> Vec<usize> {
        let mut points: Vec<usize> = (0..self.selection.candidates.len()).collect();
        points.sort_by(|a, b| self.selection.cost(*a).total_cmp(&self.selection.cost(*b)).then(a.cmp(b)));
        points
    }

    /// What keeps the answer from being cheaper: the next cheaper point and what it misses.
    fn binding(&self) -> Option<String> {
        let Answer::Found(best) = self.answer else { return None };
        let order = self.by_cost();
        let place = order.iter().position(|point| point == best)?;
        let cheaper =
            order[..place].iter().rev().find_map(|point| match self.selection.candidates[*point].fate {
                Fate::Misses(bound) => Some((*point, bound)),
                _ => None,
            });
        Some(match cheaper {
            Some((point, bound)) => format!(
                "What binds: {}. The next cheaper, {}, has {}.",
                self.bound(bound),
                self.label(point),
                self.found(point, bound)
            ),
            None => "Nothing binds: no point is cheaper.".to_owned(),
        })
    }

    /// Where none qualifies: the point that misses its worst objective by least, as a share of its tolerance.
    fn closest(&self) -> Option<String> {
        if *self.answer != Answer::Nobody {
            return None;
        }
        let distance = |point: usize| {
            let of = |bound: usize| {
                let promise = &self.selection.question.promises[bound];
                let mean = self.summary(point, bound).mean.unwrap_or(promise.bound);
                let by = if promise.at_least { promise.bound - mean } else { mean - promise.bound };
                by.max(0.0) / promise.tolerance.max(1e-12)
            };
            (0..self.asked.bounds.len()).map(of).fold(0.0, f64::max)
        };
        let points = (0..self.selection.candidates.len()).map(|point| (distance(point), point));
        let (_, point) = points.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
        let found: Vec<String> = (0..self.asked.bounds.len())
            .map(|bound| format!("{}: {}", self.bound(bound), self.found(point, bound)))
            .collect();
        Some(format!("What comes closest: {} ({})", self.label(point), found.join("; ")))
    }

    fn fate(&self, point: usize) -> String {
        match (&self.selection.candidates[point].fate, self.answer) {
            (_, Answer::Found(best)) if *best == point => "the answer".to_owned(),
            (Fate::Open, _) => "not known yet".to_owned(),
            (Fate::Keeps, _) => "keeps them all".to_owned(),
            (Fate::Misses(bound), _) => {
                format!(
                    "misses {}",
                    metric_words(&self.asked.names[self.asked.bounds[*bound].1].metric).to_lowercase()
                )
            }
            (Fate::Costlier(_, true), _) => "keeps them all, not cheaper".to_owned(),
            (Fate::Costlier(_, false), _) => "not cheaper".to_owned(),
        }
    }

    /// For people.
    pub(super) fn text(&self, directory: &Path, took: Duration) -> String {
        let mut text = title(&self.plan.name, self.plan.question.as_deref());
        text += &format!("\n{}", paragraph(&format!("{}.", self.headline()), 0));
        if let Answer::Found(best) | Answer::NotYet(Some(best)) = self.answer {
            for bound in 0..self.asked.bounds.len() {
                text += &paragraph(&format!("  {}: {}", self.bound(bound), self.found(*best, bound)), 4);
            }
        }
        for line in self.binding().into_iter().chain(self.closest()) {
            text += &paragraph(&line, 0);
        }
        let (spent, budget) = (self.selection.spent(), self.selection.question.budget);
        text += &paragraph(
            &format!(
                "{} trials of at most {}; every point with every replication would be {}; {:.1} s",
                grouped(spent as f64, 0),
                grouped(budget as f64, 0),
                grouped(self.all as f64, 0),
                took.as_secs_f64()
            ),
            0,
        );
        if matches!(self.answer, Answer::NotYet(_)) {
            text += &paragraph(&format!("More would tell: --budget {}", budget * 3), 0);
        }
        let short = |axis: &String| axis.rsplit('.').next().unwrap_or(axis).to_owned();
        let axes: Vec<String> = self.plan.points.axes().iter().map(short).collect();
        let bounds: Vec<String> = (0..self.asked.bounds.len())
            .map(|bound| {
                let name = &self.asked.names[self.asked.bounds[bound].1];
                metric_words(&name.metric)
            })
            .collect();
        let cost = metric_words(&self.asked.names[self.asked.cost].metric);
        let mut columns: Vec<Column<'_>> = axes.iter().map(|axis| Column::Text(axis)).collect();
        columns.push(Column::Number(&cost));
        columns.extend(bounds.iter().map(|bound| Column::Number(bound)));
        columns.extend([Column::Number("trials"), Column::Text("verdict")]);
        let order = self.by_cost();
        let row = |point: usize| {
            let mut cells = self.plan.points.get(point).labels;
            let mean =
                |summary: Summary, metric: usize| value(summary.mean, quantity_of(&self.asked.names[metric]));
            cells.push(mean(self.selection.cost_summary(point), self.asked.cost));
            let bounds = self.asked.bounds.iter().enumerate();
            cells.extend(bounds.map(|(bound, (_, metric))| mean(self.summary(point, bound), *metric)));
            cells.push(self.selection.candidates[point].costs.len().to_string());
            cells.push(self.fate(point));
            cells
        };
        let shown = self.shown(&order);
        let rows: Vec<Vec<String>> = shown.iter().map(|point| row(*point)).collect();
        text += &format!("\n{}", table(&columns, &rows));
        if shown.len() < order.len() {
            text += &format!(" {} more are in plan.csv.\n", counted(order.len() - shown.len(), "point"));
        }
        text + &files(directory)
    }

    /// The neighbourhood of the answer: half of the rows cheaper, half costlier.
    fn shown(&self, order: &[usize]) -> Vec<usize> {
        let middle = match self.answer {
            Answer::Found(best) | Answer::NotYet(Some(best)) => {
                order.iter().position(|point| point == best).unwrap_or(0)
            }
            _ => order.len(),
        };
        let from = middle.saturating_sub(MOST_ROWS / 2).min(order.len().saturating_sub(MOST_ROWS));
        order[from..].iter().copied().take(MOST_ROWS).collect()
    }

    /// For programs.
    pub(super) fn json(&self, directory: &Path) -> String {
        let answer = match self.answer {
            Answer::Found(point) => json!({ "found": point }),
            Answer::Nobody => json!({ "found": null, "known": true }),
            Answer::NotYet(point) => json!({ "found": null, "known": false, "best_so_far": point }),
        };
        let point = |point: usize| {
            let axes = self.plan.points.axes().iter().cloned();
            let at: serde_json::Map<String, Value> =
                axes.zip(self.plan.points.get(point).labels.into_iter().map(Value::from)).collect();
            json!({
                "point": point, "at": at, "cost": self.selection.cost_summary(point).mean,
                "trials": self.selection.candidates[point].costs.len(), "verdict": self.fate(point),
            })
        };
        let value = json!({
            "scenario": self.plan.name, "answer": answer, "headline": self.headline(), "binding": self.binding(),
            "closest": self.closest(), "trials": self.selection.spent(), "of": self.all,
            "points": self.by_cost().into_iter().map(point).collect::<Vec<_>>(),
            "directory": directory.display().to_string(),
        });
        format!("{value:#}\n")
    }

    /// Writes `plan.csv`: a row for each point, the cheapest first.
    pub(super) fn write_table(&self, directory: &ResultDirectory) -> Result<(), Failure> {
        let mut columns = vec!["point".to_owned()];
        columns.extend(self.plan.points.axes().iter().cloned());
        columns.extend(["replications", "verdict"].map(str::to_owned));
        let cost = self.asked.names[self.asked.cost].column();
        let bounds =
            (0..self.asked.bounds.len()).map(|bound| self.asked.names[self.asked.bounds[bound].1].column());
        for column in std::iter::once(cost).chain(bounds.clone()) {
            columns.extend(["mean", "ci95_low", "ci95_high"].map(|part| format!("{column}:{part}")));
        }
        columns.extend(bounds.enumerate().map(|(at, column)| format!("objective {}: {column}", at + 1)));
        let mut table = directory.table("plan.csv", &columns)?;
        for point in self.by_cost() {
            let labels = self.plan.points.get(point).labels;
            let row = labels.iter().fold(table.row().int(point as i128), |row, label| row.text(label));
            let row = row.int(self.selection.candidates[point].costs.len() as i128).text(&self.fate(point));
            let bounds = (0..self.asked.bounds.len()).map(|bound| self.summary(point, bound));
            let summaries = std::iter::once(self.selection.cost_summary(point)).chain(bounds);
            let row = summaries.fold(row, |row, summary| {
                row.opt_real(summary.mean).opt_real(summary.ci95_low).opt_real(summary.ci95_high)
            });
            let standings = self.selection.standings(point);
            standings.into_iter().fold(row, |row, standing| row.text(standing_word(standing))).end()?;
        }
        Ok(table.finish()?.commit()?)
    }

    /// What the page says at its top, and what it draws.
    pub(super) fn facts(&self, seed: u64) -> ReportFacts {
        let (verdict, chosen) = match self.answer {
            Answer::Found(point) => ("yes", Some(*point as u64)),
            Answer::Nobody => ("no", None),
            Answer::NotYet(_) => ("unknown", None),
        };
        let trials: usize = self.trials.iter().map(Vec::len).sum();
        let points = self.selection.candidates.len();
        let curve = |(at, (objective, metric)): (usize, &(crate::scenario::spec::Objective, usize))| {
            let name = &self.asked.names[*metric];
            let limit = objective.target().ok().and_then(|target| bound_words(target, name));
            curves_of(name, limit, Some(self.selection.question.promises[at].at_least))
        };
        ReportFacts {
            kind: "plan".to_owned(),
            question: self.plan.question.clone(),
            answer: Some(self.headline()),
            verdict: Some(verdict.to_owned()),
            facts: vec![
                ("trials".to_owned(), format!("{trials} of {}", self.all)),
                ("points".to_owned(), points.to_string()),
                ("seed".to_owned(), seed.to_string()),
            ],
            axes: self.plan.points.axes().to_vec(),
            curves: self.asked.bounds.iter().enumerate().map(curve).collect(),
            cost: Some(self.asked.names[self.asked.cost].column()),
            chosen,
            warnings: self.plan.warnings.clone(),
            notes: self.plan.notes.clone(),
            ..ReportFacts::default()
        }
    }

    /// The plots: each promise against the cost, with the frontier.
    pub(super) fn draw(&self, directory: &ResultDirectory, seed: u64) -> Result<(), Failure> {
        let metrics: Vec<usize> =
            std::iter::once(self.asked.cost).chain(self.asked.bounds.iter().map(|bound| bound.1)).collect();
        let names: Vec<_> = metrics.iter().map(|metric| self.asked.names[*metric].clone()).collect();
        let count = self.selection.candidates.len();
        let point = |point: usize| {
            let bounds = (0..self.asked.bounds.len()).map(|bound| self.summary(point, bound));
            let summaries = std::iter::once(self.selection.cost_summary(point)).chain(bounds).collect();
            (self.plan.points.get(point).labels, summaries)
        };
        let points: Vec<(Vec<String>, Vec<Summary>)> = (0..count).map(point).collect();
        let worth = |standing: Standing| match standing {
            Standing::Kept => Worth::Meets,
            Standing::Unclear => Worth::Unclear,
            Standing::Missed => Worth::Misses,
        };
        let standings: Vec<Vec<Option<Worth>>> = (0..count)
            .map(|point| self.selection.standings(point).into_iter().map(|each| Some(worth(each))).collect())
            .collect();
        let curve = |(at, (objective, _)): (usize, &(crate::scenario::spec::Objective, usize))| {
            let goal = objective.target().ok().and_then(|target| bound_words(target, &names[at + 1]));
            let goal = goal.map(|(value, label)| Goal { value, label });
            let higher_is_better = Some(self.selection.question.promises[at].at_least);
            Curve { metric: at + 1, goal, higher_is_better }
        };
        let curves: Vec<Curve> = self.asked.bounds.iter().enumerate().map(curve).collect();
        let chosen = if let Answer::Found(point) = self.answer { Some(*point) } else { None };
        let trials: usize = self.trials.iter().map(Vec::len).sum();
        let subtitle = format!("{} – {} – seed {seed}", self.plan.name, counted(trials, "trial"));
        let axes = self.plan.points.axes();
        let plots = SweepPlots {
            subtitle,
            axes,
            points: &points,
            standings: &standings,
            names: &names,
            chosen: Some(chosen),
        };
        Ok(plots.write_trade_offs(directory, &curves, 0)?)
    }
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Kept => "kept",
        Standing::Unclear => "not known yet",
        Standing::Missed => "missed",
    }
}
