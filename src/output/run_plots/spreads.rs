//! How waits, starts and replacements are spread, over the tasks of all replications.

use std::collections::BTreeMap;

use super::RunPlots;
use crate::output::number::{Quantity, duration, grouped, share};
use crate::output::plot::{Distribution, DistributionSeries};

/// Metric, file, and what it is called.
const SPREADS: [(&str, &str, &str); 3] = [
    ("wait_placement_s", "waiting", "Wait for a place"),
    ("start_s", "starting", "From its place to RUNNING"),
    ("time_to_replace_s", "replacement", "Time to replace a lost task"),
];
const MOST_SERIES: usize = 12;
const MOST_STEPS: usize = 600;

/// Durations of one service or run, all replications together.
struct Pooled {
    of: String,
    bins: BTreeMap<u64, u64>,
    count: u64,
}

impl RunPlots<'_> {
    /// The distributions that have something to tell, with the names of their files.
    pub(super) fn spreads(&self) -> Vec<(Distribution, &'static str)> {
        let drawn = |(metric, file, name)| Some((self.spread(metric, name)?, file));
        SPREADS.into_iter().filter_map(drawn).collect()
    }

    fn spread(&self, metric: &str, name: &str) -> Option<Distribution> {
        let mut pooled = self.pooled(metric);
        let longest = pooled.iter().map(|one| one.quantile_s(1.0)).fold(0.0, f64::max);
        if longest == 0.0 {
            return None; // none, or nobody waited
        }
        let title = title(name, &pooled, longest);
        let mut whose = "tasks";
        if pooled.iter().all(|one| one.quantile_s(0.95) == 0.0) {
            pooled.iter_mut().for_each(Pooled::leave_out_zeros); // nothing else would be seen
            pooled.retain(|one| one.count > 0);
            whose = "those that waited";
        }
        let left_out = pooled.len().saturating_sub(MOST_SERIES);
        if left_out > 0 {
            pooled.sort_by(|a, b| b.quantile_s(0.95).total_cmp(&a.quantile_s(0.95)));
            pooled.truncate(MOST_SERIES);
        }
        let beyond = Beyond::of(&pooled, longest);
        let mut note = String::from("All replications together.");
        if let Some(beyond) = &beyond {
            note += &format!(
                " {} of {} took longer than the axis shows, the longest {}.",
                grouped(beyond.count as f64, 0),
                grouped(pooled.iter().map(|one| one.count).sum::<u64>() as f64, 0),
                duration(longest)
            );
        }
        if left_out > 0 {
            note += &format!(" {left_out} with a shorter 95th percentile are in summary.csv.");
        }
        Some(Distribution {
            title,
            subtitle: self.subtitle.clone(),
            x_label: format!("{} (simulated time)", name.to_lowercase().replace("running", "RUNNING")),
            quantity: Quantity::Seconds,
            y_label: format!("Share of {whose} that took at most so long (%)"),
            series: pooled.iter().map(Pooled::series).collect(),
            goal: None,
            levels: vec![(0.5, "p50".to_owned()), (0.95, "p95".to_owned())],
            longest: beyond.map(|beyond| beyond.axis_ends),
            note,
        })
    }

    fn pooled(&self, metric: &str) -> Vec<Pooled> {
        let mut all: Vec<Pooled> = Vec::new();
        for tally in self.trials.iter().flat_map(|trial| &trial.tallies) {
            let Some(spread) = tally.spreads.iter().find(|spread| spread.metric == metric) else { continue };
            if spread.bins.is_empty() {
                continue;
            }
            let place = all.iter().position(|one| one.of == tally.of).unwrap_or_else(|| {
                all.push(Pooled { of: tally.of.clone(), bins: BTreeMap::new(), count: 0 });
                all.len() - 1
            });
            for (ms, count) in &spread.bins {
                *all[place].bins.entry(*ms).or_default() += count;
                all[place].count += count;
            }
        }
        all
    }
}

/// A few very long durations would squeeze all others to the left.
struct Beyond {
    axis_ends: f64,
    count: u64,
}

impl Beyond {
    fn of(pooled: &[Pooled], longest: f64) -> Option<Beyond> {
        let axis_ends = 1.25 * pooled.iter().map(|one| one.quantile_s(0.99)).fold(0.0, f64::max);
        let count = || pooled.iter().map(|one| one.longer_than(axis_ends)).sum();
        (axis_ends > 0.0 && longest > 2.0 * axis_ends).then(|| Beyond { axis_ends, count: count() })
    }
}

fn title(name: &str, pooled: &[Pooled], longest: f64) -> String {
    let worst = pooled.iter().max_by(|a, b| a.quantile_s(0.95).total_cmp(&b.quantile_s(0.95)));
    let Some(worst) = worst else { return name.to_owned() };
    let p95 = worst.quantile_s(0.95);
    if p95 == 0.0 {
        let waited: u64 = pooled.iter().map(|one| one.longer_than(0.0)).sum();
        let all: u64 = pooled.iter().map(|one| one.count).sum();
        let part = share(waited as f64 / all as f64);
        return format!("{name}: only {part} of the tasks wait at all, the longest {}", duration(longest));
    }
    match pooled.len() {
        1 => format!("{name}: {}, 95 % within {}", worst.of, duration(p95)),
        _ => format!("{name}: 95 % within {} at worst, for {}", duration(p95), worst.of),
    }
}

impl Pooled {
    fn quantile_s(&self, share: f64) -> f64 {
        let wanted = (libm::ceil(share * self.count as f64) as u64).max(1);
        let mut seen = 0;
        for (ms, count) in &self.bins {
            seen += count;
            if seen >= wanted {
                return *ms as f64 / 1000.0;
            }
        }
        0.0
    }

    fn leave_out_zeros(&mut self) {
        self.count -= self.bins.remove(&0).unwrap_or(0);
    }

    fn longer_than(&self, seconds: f64) -> u64 {
        self.bins.iter().filter(|(ms, _)| **ms as f64 / 1000.0 > seconds).map(|(_, count)| count).sum()
    }

    /// The steps, thinned evenly in their share if they are many; the slowest are all kept.
    fn series(&self) -> DistributionSeries {
        let mut steps: Vec<(f64, f64)> = Vec::new();
        let mut seen = 0;
        for (index, (ms, count)) in self.bins.iter().enumerate() {
            seen += count;
            let step = (*ms as f64 / 1000.0, seen as f64 / self.count as f64);
            let is_tail = index + MOST_STEPS / 4 >= self.bins.len();
            let is_next = steps.last().is_none_or(|last| step.1 - last.1 >= 1.0 / MOST_STEPS as f64);
            if is_tail || is_next {
                steps.push(step);
            }
        }
        let detail = format!(
            "p50 {}, p95 {}, n = {}",
            duration(self.quantile_s(0.5)),
            duration(self.quantile_s(0.95)),
            grouped(self.count as f64, 0)
        );
        DistributionSeries { name: self.of.clone(), detail, steps }
    }
}
