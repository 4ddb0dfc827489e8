//! Bars of a run: why tasks stopped, and who costs what on which kind of capacity.

use super::{INTERVAL_MEANING, RunPlots, span};
use crate::experiment::statistics::Summary;
use crate::kernel::time::SimTime;
use crate::model::instance::PoolKind;
use crate::observe::tally::Happening;
use crate::output::happenings::{Happened, happenings};
use crate::output::number::Quantity;
use crate::output::plot::{Bar, BarGroup, BarPart, Bars};
use crate::output::terminal::{estimate, value};

/// So many bars fill a page.
const MOST_BARS: usize = 60;
const MOST_OWNERS: usize = 24;

impl RunPlots<'_> {
    /// Stops by service or run, stop code and reason; nothing if no task stopped.
    pub(super) fn stops(&self) -> Option<Bars> {
        let stopped = |happened: &Happened| matches!(happened.what, Happening::Stopped(..));
        let all: Vec<Happened> = happenings(self.trials, None).into_iter().filter(stopped).collect();
        let total: f64 = all.iter().filter_map(|happened| happened.times.mean).sum();
        let mut groups: Vec<BarGroup> = Vec::new();
        for happened in all.iter().take(MOST_BARS) {
            let bar = Bar {
                name: happened.detail(),
                parts: vec![happened.times.mean.unwrap_or(0.0)],
                interval: interval_of(&happened.times),
                text: text_of(&happened.times, Quantity::Count),
            };
            match groups.last_mut() {
                Some(group) if group.name == happened.of => group.bars.push(bar),
                _ => groups.push(BarGroup { name: happened.of.clone(), bars: vec![bar] }),
            }
        }
        let left_out = all.len().saturating_sub(MOST_BARS);
        (!groups.is_empty()).then(|| Bars {
            title: format!(
                "Why tasks stopped: {} stops in {} on average",
                value(Some(total), Quantity::Count),
                self.metered()
            ),
            subtitle: self.subtitle.clone(),
            x_label: "stopped tasks in a replication (mean)".to_owned(),
            quantity: Quantity::Count,
            parts: vec![BarPart { name: "stopped tasks".to_owned(), is_idle: false }],
            groups,
            interval_meaning: INTERVAL_MEANING.to_owned(),
            note: match left_out {
                0 => String::new(),
                n => format!("{n} more reasons are in the summary with --json."),
            },
        })
    }

    /// What the cluster costs: in all, by service and run, and what nobody uses; each by kind of capacity.
    pub(super) fn cost(&self) -> Option<Bars> {
        let of_cluster = |metric: &str| {
            let found = |name: &crate::observe::metrics::MetricName| {
                name.of == self.cluster.name && name.metric == metric
            };
            self.names.iter().rposition(found).map(|index| self.summaries[index])
        };
        let whole = of_cluster("cost_usd")?;
        let total = whole.mean.filter(|total| *total > 0.0)?;
        let idle = of_cluster("idle_cost_usd").unwrap_or_default();
        let mut kinds: Vec<&str> = Vec::new();
        for (index, pool) in self.cluster.pools.iter().enumerate() {
            let pays = |tally: &crate::observe::tally::Tally| {
                tally.paid_usd.get(index).is_some_and(|paid| *paid > 0.0)
            };
            if self.trials.iter().flat_map(|trial| &trial.tallies).any(pays)
                && !kinds.contains(&kind_of(pool.kind))
            {
                kinds.push(kind_of(pool.kind));
            }
        }
        let mut owners = self.owners(&kinds);
        let all: Vec<f64> =
            (0..kinds.len()).map(|kind| owners.iter().map(|owner| owner.parts[kind]).sum()).collect();
        owners.sort_by(|a, b| b.parts.iter().sum::<f64>().total_cmp(&a.parts.iter().sum()));
        let rest = owners.split_off(owners.len().min(MOST_OWNERS));
        if !rest.is_empty() {
            let parts: Vec<f64> =
                (0..=kinds.len()).map(|part| rest.iter().map(|owner| owner.parts[part]).sum()).collect();
            let text = value(Some(parts.iter().sum()), Quantity::Usd);
            owners.push(Bar { name: format!("{} more", rest.len()), parts, interval: None, text });
        }
        let bar = |name: &str, parts: Vec<f64>, of: &Summary| Bar {
            name: name.to_owned(),
            parts,
            interval: interval_of(of),
            text: text_of(of, Quantity::Usd),
        };
        let idle_mean = idle.mean.unwrap_or(0.0).max(0.0);
        let nobody = kinds.iter().map(|_| 0.0).chain([idle_mean]).collect();
        let mut groups = vec![
            BarGroup {
                name: "Whole cluster".to_owned(),
                bars: vec![bar(&self.cluster.name, all.into_iter().chain([idle_mean]).collect(), &whole)],
            },
            BarGroup { name: "Used by services and runs".to_owned(), bars: owners },
        ];
        if idle_mean > 0.0 {
            let name = "Paid for, and reserved by no task".to_owned();
            groups.push(BarGroup { name, bars: vec![bar("idle", nobody, &idle)] });
        }
        groups.retain(|group| !group.bars.is_empty());
        let part = |name: &&str| BarPart { name: (*name).to_owned(), is_idle: false };
        let idle_part = BarPart { name: "idle EC2 capacity".to_owned(), is_idle: true };
        let share = value(Some(idle_mean / total), Quantity::Share);
        let has_idle = idle_mean > 0.0;
        Some(Bars {
            title: format!(
                "What it costs: {} for {}{}",
                value(Some(total), Quantity::Usd),
                self.metered(),
                if has_idle { format!(", {share} of it idle") } else { String::new() }
            ),
            subtitle: self.subtitle.clone(),
            x_label: format!("USD for {} (mean of a replication)", self.metered()),
            quantity: Quantity::Usd,
            parts: kinds.iter().map(part).chain([idle_part]).collect(),
            groups,
            interval_meaning: INTERVAL_MEANING.to_owned(),
            note: "A task on an instance pays the share of the instance that it reserves, by the second."
                .to_owned(),
        })
    }

    /// A bar for each service and run that pays anything, parts by kind and a last one for idleness.
    fn owners(&self, kinds: &[&str]) -> Vec<Bar> {
        let Some(first) = self.trials.first() else { return Vec::new() };
        let mut bars = Vec::new();
        for (index, tally) in first.tallies.iter().enumerate() {
            let paid = |kind: &str| -> Vec<f64> {
                let of_kind = |trial: &crate::experiment::Trial| {
                    let paid = trial.tallies.get(index).map_or(&[][..], |tally| &tally.paid_usd[..]);
                    let pools = self.cluster.pools.iter().zip(paid);
                    pools.filter(|(pool, _)| kind_of(pool.kind) == kind).map(|(_, paid)| paid).sum()
                };
                self.trials.iter().map(of_kind).collect()
            };
            let by_kind: Vec<Vec<f64>> = kinds.iter().map(|kind| paid(kind)).collect();
            let sums =
                (0..self.trials.len()).map(|at| Some(by_kind.iter().map(|paid| paid[at]).sum::<f64>()));
            let summary = Summary::of(sums);
            let mean = |paid: &Vec<f64>| paid.iter().sum::<f64>() / paid.len() as f64;
            if summary.mean.is_some_and(|mean| mean > 0.0) {
                bars.push(Bar {
                    name: tally.of.clone(),
                    parts: by_kind.iter().map(mean).chain([0.0]).collect(),
                    interval: interval_of(&summary),
                    text: text_of(&summary, Quantity::Usd),
                });
            }
        }
        bars
    }

    /// The length of the metered time in words.
    fn metered(&self) -> String {
        let end = self.trials.first().map_or(SimTime::ZERO, |trial| trial.end);
        span(end.since(self.warm_up_ends).0 as f64 / 1000.0)
    }
}

fn kind_of(kind: PoolKind) -> &'static str {
    match kind {
        PoolKind::Fixed => "EC2 on demand",
        // On demand and Spot, as its policy mixes them.
        PoolKind::AutoScaling => "EC2 in groups",
        PoolKind::Fargate => "Fargate",
        PoolKind::FargateSpot => "Fargate Spot",
    }
}

fn interval_of(summary: &Summary) -> Option<(f64, f64)> {
    summary.shown_interval()
}

fn text_of(summary: &Summary, quantity: Quantity) -> String {
    estimate(summary.mean, interval_of(summary), quantity)
}
