//! The time lines of a run: one replication as it went, with the band of all of them.

use super::directory::ResultDirectory;
use super::error::EnvironmentError;
use super::number::Quantity;
use super::plot::{Chart, LineShape, Mark, MarkKind, Panel, Series, TimeLines};
use crate::experiment::Trial;
use crate::experiment::statistics::quantile_of_sorted;
use crate::kernel::time::SimTime;
use crate::model::Cluster;
use crate::model::instance::PoolKind;
use crate::observe::sampler::{PoolSample, Samples, ServiceSample};

/// What a run's plots are drawn from.
pub struct RunPlots<'a> {
    /// The scenario's name and circumstances: replications, seed.
    pub subtitle: String,
    /// Names of services and pools.
    pub cluster: &'a Cluster,
    /// All replications; the first one is shown as it went.
    pub trials: &'a [Trial],
    /// The end of the warm-up.
    pub warm_up_ends: SimTime,
}

/// Only so many services and pools get a panel of their own.
const MOST_PANELS: usize = 8;
const BAND_MEANING: &str = "90 % of replications (pointwise)";

impl RunPlots<'_> {
    /// Writes `plots/services` and `plots/capacity`, as far as there is something to show.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &ResultDirectory) -> Result<(), EnvironmentError> {
        let Some(shown) = self.trials.first() else { return Ok(()) };
        let services: Vec<Panel> = (0..self.cluster.services.len())
            .take(MOST_PANELS)
            .map(|service| self.service_panel(service))
            .collect();
        if !services.is_empty() {
            let title = "Tasks of each service: desired, running and healthy";
            self.chart(title, shown, services, self.cluster.services.len()).write(directory, "services")?;
        }
        let pools = self.pools();
        if !pools.is_empty() {
            let panels = vec![
                self.pool_panel(&pools, "Instances (on Fargate: tasks)", Quantity::Count, |sample| {
                    Some(f64::from(sample.instances))
                }),
                self.pool_panel(&self.fixed(&pools), "Reserved share of CPU", Quantity::Share, |sample| {
                    sample.cpu_reserved_share
                }),
                self.pool_panel(&self.fixed(&pools), "Reserved share of memory", Quantity::Share, |sample| {
                    sample.memory_reserved_share
                }),
                self.pool_panel(&pools, "Cost so far (USD)", Quantity::Usd, |sample| Some(sample.cost_usd)),
            ];
            let panels = panels.into_iter().filter(|panel| !panel.series.is_empty()).collect();
            self.chart(
                "Capacity: what is there, how much of it is reserved, what it costs",
                shown,
                panels,
                pools.len(),
            )
            .write(directory, "capacity")?;
        }
        Ok(())
    }

    fn chart(&self, title: &str, shown: &Trial, panels: Vec<Panel>, entities: usize) -> TimeLines {
        let left_out = entities.saturating_sub(MOST_PANELS);
        let note = match left_out {
            0 => format!("Lines: replication {}.", shown.key.replication),
            n => format!("Lines: replication {}. {n} more are in the tables.", shown.key.replication),
        };
        TimeLines {
            title: title.to_owned(),
            subtitle: self.subtitle.clone(),
            from_s: 0.0,
            to_s: shown.end.as_secs_f64(),
            panels,
            marks: self.marks(shown),
            band_meaning: if self.trials.len() > 1 { BAND_MEANING.to_owned() } else { String::new() },
            note,
        }
    }

    fn marks(&self, shown: &Trial) -> Vec<Mark> {
        let warm_up = (self.warm_up_ends > SimTime::ZERO).then(|| Mark {
            from_s: 0.0,
            to_s: self.warm_up_ends.as_secs_f64(),
            label: "warm-up".to_owned(),
            kind: MarkKind::WarmUp,
        });
        let befell = shown.marks.iter().map(|mark| Mark {
            from_s: mark.from.as_secs_f64(),
            to_s: mark.to.as_secs_f64(),
            label: mark.label.clone(),
            kind: if mark.is_fault { MarkKind::Fault } else { MarkKind::Request },
        });
        warm_up.into_iter().chain(befell).collect()
    }

    fn service_panel(&self, service: usize) -> Panel {
        let line = |name: &str, of: fn(&ServiceSample) -> u32, banded: bool| {
            let values = |samples: &Samples, index: usize| {
                samples.services.get(service)?.get(index).map(|sample| f64::from(of(sample)))
            };
            self.series(name, LineShape::Steps, banded, values)
        };
        Panel {
            heading: format!("{} (tasks)", self.cluster.services[service].name),
            quantity: Quantity::Count,
            series: vec![
                line("healthy", |sample| sample.healthy, true),
                line("running", |sample| sample.running, false),
                line("desired", |sample| sample.desired, false),
            ],
        }
    }

    /// Pools that ever hold something.
    fn pools(&self) -> Vec<usize> {
        let used = |pool: &usize| {
            self.trials.iter().filter_map(|trial| trial.samples.as_ref()).any(|samples| {
                samples.pools.get(*pool).is_some_and(|line| line.iter().any(|sample| sample.instances > 0))
            })
        };
        (0..self.cluster.pools.len()).filter(used).take(MOST_PANELS).collect()
    }

    fn fixed(&self, pools: &[usize]) -> Vec<usize> {
        pools.iter().copied().filter(|pool| self.cluster.pools[*pool].kind == PoolKind::Fixed).collect()
    }

    fn pool_panel(
        &self,
        pools: &[usize],
        heading: &str,
        quantity: Quantity,
        of: fn(&PoolSample) -> Option<f64>,
    ) -> Panel {
        let series = pools.iter().map(|pool| {
            let shape = if quantity == Quantity::Usd { LineShape::Straight } else { LineShape::Steps };
            self.series(&self.cluster.pools[*pool].name, shape, true, |samples: &Samples, index| {
                samples.pools.get(*pool)?.get(index).and_then(of)
            })
        });
        Panel { heading: heading.to_owned(), quantity, series: series.collect() }
    }

    /// The line of the first replication, and the middle 90 % of all of them at each instant.
    fn series(
        &self,
        name: &str,
        shape: LineShape,
        banded: bool,
        value: impl Fn(&Samples, usize) -> Option<f64>,
    ) -> Series {
        let all: Vec<&Samples> = self.trials.iter().filter_map(|trial| trial.samples.as_ref()).collect();
        let times = all.first().map_or(&[][..], |samples| &samples.times[..]);
        let points = times.iter().enumerate().map(|(index, at)| {
            (at.as_secs_f64(), all.first().and_then(|samples| value(samples, index)).unwrap_or(f64::NAN))
        });
        let band = (banded && all.len() > 1).then(|| {
            let at = |index| {
                let mut values: Vec<f64> = all.iter().filter_map(|samples| value(samples, index)).collect();
                values.sort_by(f64::total_cmp);
                let end = |q| quantile_of_sorted(&values, q).unwrap_or(f64::NAN);
                (end(0.05), end(0.95))
            };
            (0..times.len()).map(at).collect()
        });
        Series { name: name.to_owned(), points: points.collect(), band, shape }
    }
}
