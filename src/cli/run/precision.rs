//! `--rel`: replications until the estimates are as precise as was asked.

use crate::engine::Setup;
use crate::experiment::Trial;
use crate::experiment::direction::Direction;
use crate::experiment::objectives::judged_metrics;
use crate::experiment::statistics::Summary;
use crate::experiment::statistics::verdict::replications_of_half_width;
use crate::observe::metrics::MetricName;
use crate::output::result_tables::estimate;
use crate::scenario::plan::Plan;

/// Spreads are not believed before.
pub(super) const LEAST: u64 = 10;

/// Reads the half width that is asked for, as a share of the mean: above 0.
pub(super) fn wanted(text: &str) -> Result<f64, String> {
    crate::cli::compare::share(text)
        .ok()
        .filter(|share| *share > 0.0)
        .ok_or_else(|| "give a share above 0 such as 2% or 0.02".to_owned())
}

/// What is to become precise.
pub(super) struct Precision<'a> {
    names: &'a [MetricName],
    metrics: Vec<usize>,
    relative: f64,
    most: u64,
}

/// A metric that is not precise enough yet.
pub(super) struct Imprecise {
    pub metric: usize,
    pub half_width: f64,
    pub wanted: f64,
    pub replications: u64,
}

impl<'a> Precision<'a> {
    /// Of the objectives' metrics; without any, of what services and callers feel and of the cost.
    pub(super) fn of(plan: &Plan, setup: &Setup, names: &'a [MetricName], relative: f64, most: u64) -> Self {
        let cluster = &setup.cluster.name;
        let metrics = judged_metrics(&plan.objectives, names, cluster);
        Precision { names, metrics, relative, most }
    }

    /// The metric that is farthest from what was asked, and the replications it needs; none where all are there.
    pub(super) fn lacking(&self, trials: &[Trial]) -> Option<Imprecise> {
        let of = |metric: &usize| {
            let name = &self.names[*metric];
            let summary = estimate(name, trials.iter().map(|trial| trial.values[*metric]));
            imprecise(*metric, name, &summary, self.relative)
        };
        self.metrics.iter().filter_map(of).max_by_key(|found| found.replications)
    }

    /// How many replications there should be after the next stage: towards what is needed, at most twice what there is.
    pub(super) fn next(&self, done: u64, lacking: &Imprecise) -> u64 {
        lacking.replications.clamp(done + 1, done * 2).min(self.most)
    }
}

fn imprecise(metric: usize, name: &MetricName, summary: &Summary, relative: f64) -> Option<Imprecise> {
    let (mean, sd) = (summary.mean?, summary.sd?);
    let (low, high) = summary.shown_interval()?;
    // Of a share that is to be high it is what is missing that must be known: 99.9 % ± 1 % would say nothing.
    let basis = if name.unit == "share" && Direction::of(name) == Direction::Higher {
        1.0 - mean
    } else {
        mean.abs()
    };
    let (half_width, wanted) = ((high - low) / 2.0, relative * basis);
    let replications = || replications_of_half_width(wanted, sd);
    (half_width > wanted).then(|| Imprecise { metric, half_width, wanted, replications: replications() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(metric: &str, unit: &'static str) -> MetricName {
        MetricName { metric: metric.to_owned(), of: "web".to_owned(), unit }
    }

    #[test]
    fn a_wide_interval_says_how_many_replications_it_needs() {
        let summary = Summary::of([9.0, 11.0, 10.0, 10.0].map(Some));
        // mean 10, sd 0.8165, half width 3.182 × 0.8165 / 2 = 1.30
        assert!(imprecise(0, &name("start_s.mean", "s"), &summary, 0.2).is_none());
        let found = imprecise(0, &name("start_s.mean", "s"), &summary, 0.05).unwrap();
        // (t × 0.8165 / 0.5)²: 13 with t = 2.18 gives 12.7
        assert_eq!((found.wanted, found.replications), (0.5, 13));
    }

    #[test]
    fn a_high_share_is_as_precise_as_what_is_missing_to_one() {
        let summary = Summary::of_shares([0.999, 0.9992, 0.9988, 0.999].map(Some));
        let found = imprecise(0, &name("availability", "share"), &summary, 0.1).unwrap();
        assert!((found.wanted - 1e-4).abs() < 1e-9, "{}", found.wanted); // 10 % of 0.001
    }

    #[test]
    fn values_that_agree_are_precise() {
        let summary = Summary::of_shares([Some(1.0); 10]);
        assert!(imprecise(0, &name("availability", "share"), &summary, 0.01).is_none());
    }
}
