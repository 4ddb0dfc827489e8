//! Objectives: what was asked of a metric, and whether the replications show it.

use super::direction::{Direction, is_key};
use super::statistics::{mean, quantile_of_sorted};
use crate::observe::metrics::MetricName;
use crate::scenario::spec::{Goal, Objective, Statistic, Target};

/// An objective held against the values of its metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The objective in words: `availability of web at least 0.999`.
    pub text: String,
    /// The place of its metric among the names.
    pub metric: usize,
    /// The bound, where it has one.
    pub bound: Option<f64>,
    /// Whether it is met; nothing for a goal without a bound, or a metric without a value.
    pub met: Option<bool>,
    /// The value that was judged.
    pub found: Option<f64>,
    /// The share of replications that keep the bound one by one, where that was asked.
    pub share_keeping: Option<f64>,
}

/// The metric that an objective means: a duration without a statistic means its mean.
#[must_use]
pub fn metric_of(objective: &Objective, names: &[MetricName], cluster: &str) -> Option<usize> {
    let named = |metric: &str| {
        let is = |name: &MetricName, of: &str| name.of == of && name.metric == metric;
        match objective.of.as_deref() {
            Some(of) => names.iter().position(|name| is(name, of)),
            // The cluster stands last: a capacity provider may have its name.
            None => names.iter().rposition(|name| is(name, cluster)),
        }
    };
    named(&objective.metric).or_else(|| named(&format!("{}.mean", objective.metric)))
}

/// The metrics that a verdict goes by: those of the objectives, each once; where there are none with a direction, what
/// services and callers feel and the cost of the cluster.
#[must_use]
pub fn judged_metrics(objectives: &[Objective], names: &[MetricName], cluster: &str) -> Vec<usize> {
    let has_direction = |metric: &usize| Direction::of(&names[*metric]) != Direction::Neither;
    let asked = objectives.iter().filter_map(|objective| metric_of(objective, names, cluster));
    let mut found: Vec<usize> = Vec::new();
    for metric in asked.filter(has_direction) {
        if !found.contains(&metric) {
            found.push(metric);
        }
    }
    if found.is_empty() {
        found = (0..names.len()).filter(|metric| is_key(&names[*metric], cluster)).collect();
    }
    found
}

/// Judges an objective by the values of its metric over replications.
#[must_use]
pub fn judge(
    objective: &Objective,
    metric: usize,
    name: &MetricName,
    values: &[Option<f64>],
) -> Option<Judged> {
    let target = objective.target().ok()?;
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let found = statistic(objective.stat, target, &present);
    let keeps = |value: f64| match target {
        Target::AtLeast(bound) => value >= bound,
        Target::AtMost(bound) => value <= bound,
        Target::Goal(_) => true,
    };
    let asked_share = objective.in_share_of_replications.map(|share| share.0);
    let share_keeping = asked_share
        .filter(|_| !present.is_empty())
        .map(|_| present.iter().filter(|value| keeps(**value)).count() as f64 / present.len() as f64);
    let bound = match target {
        Target::AtLeast(bound) | Target::AtMost(bound) => Some(bound),
        Target::Goal(_) => None,
    };
    let met = bound.and(match (asked_share, share_keeping) {
        (Some(asked), Some(share)) => Some(share >= asked),
        _ => found.map(keeps),
    });
    Some(Judged { text: text_of(objective, target, name), metric, bound, met, found, share_keeping })
}

fn statistic(statistic: Statistic, target: Target, values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let more_is_better = matches!(target, Target::AtLeast(_) | Target::Goal(Goal::Maximize));
    match statistic {
        Statistic::Mean => mean(values),
        Statistic::P95 => quantile_of_sorted(&sorted, if more_is_better { 0.05 } else { 0.95 }),
        Statistic::Worst if more_is_better => sorted.first().copied(),
        Statistic::Worst => sorted.last().copied(),
    }
}

fn text_of(objective: &Objective, target: Target, name: &MetricName) -> String {
    let statistic = match objective.stat {
        Statistic::Mean => "",
        Statistic::P95 => " (95th percentile)",
        Statistic::Worst => " (worst replication)",
    };
    let wanted = match target {
        Target::AtLeast(bound) => format!("at least {bound}"),
        Target::AtMost(bound) => format!("at most {bound}"),
        Target::Goal(Goal::Minimize) => "as low as possible".to_owned(),
        Target::Goal(Goal::Maximize) => "as high as possible".to_owned(),
    };
    let share =
        objective.in_share_of_replications.map(|share| format!(" in {} % of replications", share.0 * 100.0));
    format!("{} of {}{statistic} {wanted}{}", name.metric, name.of, share.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(json: &str) -> Objective {
        serde_json::from_str(json).expect("a valid objective")
    }

    fn name() -> MetricName {
        MetricName { metric: "availability".to_owned(), of: "web".to_owned(), unit: "share" }
    }

    #[test]
    fn a_verdict_goes_by_each_metric_of_the_objectives_once_else_by_the_key_metrics() {
        let named =
            |metric: &str| MetricName { metric: metric.to_owned(), of: "web".to_owned(), unit: "share" };
        let names = [named("tasks_running"), named("full_strength"), named("availability")];
        let bound = objective(r#"{"metric":"full_strength","of":"web","atLeast":0.9}"#);
        let neither = objective(r#"{"metric":"tasks_running","of":"web","atLeast":3}"#);
        assert_eq!(judged_metrics(&[bound.clone(), bound], &names, "shop"), [1]);
        assert_eq!(judged_metrics(&[neither], &names, "shop"), [2]);
    }

    #[test]
    fn a_bound_is_held_against_the_mean() {
        let asked = objective(r#"{"metric":"availability","of":"web","atLeast":0.9}"#);
        // mean of 0.8 and 1.0 is 0.9
        let judged = judge(&asked, 0, &name(), &[Some(0.8), Some(1.0), None]).unwrap();
        assert_eq!((judged.met, judged.found), (Some(true), Some(0.9)));
        assert_eq!(judge(&asked, 0, &name(), &[Some(0.8), Some(0.9)]).unwrap().met, Some(false));
    }

    #[test]
    fn a_share_of_replications_counts_them_one_by_one() {
        let text = r#"{"metric":"availability","of":"web","atLeast":0.9,"inShareOfReplications":0.75}"#;
        let values = [Some(0.95), Some(0.95), Some(0.95), Some(0.1)];
        // 3 of 4 keep it; the mean would not
        let judged = judge(&objective(text), 0, &name(), &values).unwrap();
        assert_eq!((judged.met, judged.share_keeping), (Some(true), Some(0.75)));
    }

    #[test]
    fn the_worst_replication_is_the_lowest_where_more_is_better() {
        let text = r#"{"metric":"availability","of":"web","stat":"worst","atLeast":0.9}"#;
        assert_eq!(judge(&objective(text), 0, &name(), &[Some(0.95), Some(0.5)]).unwrap().found, Some(0.5));
    }

    #[test]
    fn a_metric_without_values_can_be_neither_met_nor_missed() {
        let asked = objective(r#"{"metric":"availability","of":"web","atLeast":0.9}"#);
        assert_eq!(judge(&asked, 0, &name(), &[None, None]).unwrap().met, None);
    }
}
