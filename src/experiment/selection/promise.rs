//! A bound that must be kept, and what replications show of it.

use crate::experiment::statistics::comparison::quantile_ranks;
use crate::experiment::statistics::{
    Interval, clopper_pearson, mean, share_interval, standard_deviation, student_interval,
};
use crate::scenario::spec::{Objective, Statistic, Target};

/// A bound on a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// The bound.
    pub bound: f64,
    /// Whether values must be at least the bound; else at most.
    pub at_least: bool,
    /// Which value over the replications counts.
    pub statistic: Statistic,
    /// The share of replications that must keep it one by one, in place of the statistic.
    pub in_share: Option<f64>,
    /// Whether values are shares from 0 to 1.
    pub is_share: bool,
    /// An interval narrower than this to each side that holds the bound is decided by its middle.
    pub tolerance: f64,
}

/// What is shown of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Kept.
    Kept,
    /// Not known yet.
    Unclear,
    /// Missed.
    Missed,
}

impl Promise {
    /// The promise of an objective with a bound, for a metric with this unit.
    #[must_use]
    pub fn of(objective: &Objective, unit: &str) -> Option<Promise> {
        let (bound, at_least) = match objective.target().ok()? {
            Target::AtLeast(bound) => (bound, true),
            Target::AtMost(bound) => (bound, false),
            Target::Goal(_) => return None,
        };
        let is_share = unit == "share";
        // 2 % of the bound; of a share that is to be high, of what it leaves open.
        let basis = if is_share && at_least { 1.0 - bound } else { bound };
        let tolerance = 0.02 * basis;
        let in_share = objective.in_share_of_replications.map(|share| share.0);
        Some(Promise { bound, at_least, statistic: objective.stat, in_share, is_share, tolerance })
    }

    /// What the values show at a confidence level; values that all agree are taken as they are from `agree_from` on.
    #[must_use]
    pub fn standing(&self, values: &[Option<f64>], level: f64, agree_from: u64) -> Standing {
        let present: Vec<f64> = values.iter().flatten().copied().collect();
        // Where nothing was ever to be measured (nothing was replaced, say), nothing was broken.
        if present.is_empty() && values.len() as u64 >= agree_from {
            return Standing::Kept;
        }
        self.judged(&present, level, agree_from)
    }

    fn judged(&self, values: &[f64], level: f64, agree_from: u64) -> Standing {
        let n = values.len() as u64;
        if n < 2 {
            return Standing::Unclear;
        }
        let keeping = values.iter().filter(|value| self.keeps(**value)).count() as u64;
        if let Some(share) = self.in_share {
            let (low, high) = clopper_pearson(keeping, n, level);
            return if low >= share {
                Standing::Kept
            } else if high < share {
                Standing::Missed
            } else {
                Standing::Unclear
            };
        }
        let interval = match self.statistic {
            Statistic::Mean => self.interval_of_mean(values, level, agree_from),
            Statistic::P95 => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                let p = if self.at_least { 0.05 } else { 0.95 };
                quantile_ranks(n, p, level)
                    .map(|(low, high)| (sorted[low as usize - 1], sorted[high as usize - 1]))
            }
            Statistic::Worst if keeping < n => return Standing::Missed,
            Statistic::Worst if n >= agree_from => return Standing::Kept,
            Statistic::Worst => None,
        };
        interval.map_or(Standing::Unclear, |interval| self.of_interval(interval))
    }

    fn keeps(&self, value: f64) -> bool {
        if self.at_least { value >= self.bound } else { value <= self.bound }
    }

    fn interval_of_mean(&self, values: &[f64], level: f64, agree_from: u64) -> Option<Interval> {
        let (mean, sd, n) = (mean(values)?, standard_deviation(values)?, values.len() as u64);
        if sd == 0.0 {
            return (n >= agree_from).then_some((mean, mean));
        }
        Some(if self.is_share {
            share_interval(mean, sd, n, level)
        } else {
            student_interval(mean, sd, n, level)
        })
    }

    fn of_interval(&self, (low, high): Interval) -> Standing {
        match (self.keeps(low), self.keeps(high)) {
            (true, true) => Standing::Kept,
            (false, false) => Standing::Missed,
            _ if (high - low) / 2.0 > self.tolerance => Standing::Unclear,
            _ if self.keeps((low + high) / 2.0) => Standing::Kept,
            _ => Standing::Missed,
        }
    }
}
