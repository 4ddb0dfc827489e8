//! The plots of a run: time lines of one replication with the band of all of them; why tasks stopped, how long they
//! waited, and what it costs, over all replications.

mod amounts;
mod demand;
mod providers;
mod rollouts;
mod spreads;

use super::directory::ResultDirectory;
use super::error::EnvironmentError;
use super::number::{Quantity, duration};
use super::plot::{Chart, EventRow, LineShape, Mark, MarkKind, Panel, Series, TimeLines};
use super::words::kind_words;
use crate::experiment::Trial;
use crate::experiment::statistics::{Summary, quantile_of_sorted};
use crate::kernel::time::SimTime;
use crate::model::reason::FailureKind;
use crate::model::{Cluster, PoolId};
use crate::observe::marks::{Mishap, Whom};
use crate::observe::metrics::MetricName;
use crate::observe::sampler::{PoolSample, Samples, ServiceSample};

/// What a run's plots are drawn from.
pub struct RunPlots<'a> {
    /// The scenario's name and circumstances: replications, seed.
    pub subtitle: String,
    /// Names of services and pools.
    pub cluster: &'a Cluster,
    /// All replications; the first one is shown as it went.
    pub trials: &'a [Trial],
    /// The metrics.
    pub names: &'a [MetricName],
    /// Their estimates.
    pub summaries: &'a [Summary],
    /// The end of the warm-up.
    pub warm_up_ends: SimTime,
}

/// So many services share a page, and so many pages are drawn.
const PANELS_ON_A_PAGE: usize = 12;
const MOST_PAGES: usize = 4;
/// Only so many pools get a line of their own.
const MOST_POOLS: usize = 8;
/// More requests than this are not written above the panels; the rows of events hold them all.
const MOST_REQUESTS: usize = 6;
const BAND_MEANING: &str = "95 % of replications, at each moment";
const INTERVAL_MEANING: &str = "95 % interval of the mean";

impl RunPlots<'_> {
    /// Writes what there is something to show of.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &ResultDirectory) -> Result<(), EnvironmentError> {
        let Some(shown) = self.trials.first() else { return Ok(()) };
        self.write_services(directory, shown)?;
        self.write_capacity(directory, shown)?;
        self.write_providers(directory, shown)?;
        self.write_demand(directory, shown)?;
        self.write_rollouts(directory, shown)?;
        if let Some(stops) = self.stops() {
            stops.write(directory, "stops")?;
        }
        if let Some(cost) = self.cost() {
            cost.write(directory, "cost")?;
        }
        for (spread, file) in self.spreads() {
            spread.write(directory, file)?;
        }
        Ok(())
    }

    fn write_services(&self, directory: &ResultDirectory, shown: &Trial) -> Result<(), EnvironmentError> {
        let services: Vec<usize> = (0..self.cluster.services.len()).collect();
        let pages = services.chunks(PANELS_ON_A_PAGE).count();
        let left_out = services.len().saturating_sub(MOST_PAGES * PANELS_ON_A_PAGE);
        for (page, on_it) in services.chunks(PANELS_ON_A_PAGE).take(MOST_PAGES).enumerate() {
            let mut chart = self.chart(self.services_title(shown), shown);
            chart.panels = on_it.iter().map(|service| self.service_panel(*service, shown)).collect();
            chart.marks.extend(self.requests(shown, Some(on_it)));
            if pages > 1 {
                chart.subtitle += &format!(" – page {} of {}", page + 1, pages.min(MOST_PAGES));
            }
            if left_out > 0 {
                chart.note += &format!(" {left_out} more services are in services.csv.");
            }
            let file = if page == 0 { "services".to_owned() } else { format!("services-{}", page + 1) };
            chart.write(directory, &file)?;
        }
        Ok(())
    }

    fn write_capacity(&self, directory: &ResultDirectory, shown: &Trial) -> Result<(), EnvironmentError> {
        let pools = self.pools();
        if pools.is_empty() {
            return Ok(());
        }
        let fixed: Vec<usize> =
            pools.iter().copied().filter(|pool| self.cluster.pools[*pool].kind.has_instances()).collect();
        let mut first =
            self.pool_panel(&pools, "Instances (on Fargate: tasks), number", Quantity::Count, |sample| {
                Some(f64::from(sample.instances))
            });
        first.events = event_rows(shown, |_| true, false);
        let panels = vec![
            first,
            self.pool_panel(&fixed, "Reserved share of CPU (%)", Quantity::Share, |sample| {
                sample.cpu_reserved_share
            }),
            self.pool_panel(&fixed, "Reserved share of memory (%)", Quantity::Share, |sample| {
                sample.memory_reserved_share
            }),
            self.pool_panel(&pools, "Cost so far (USD)", Quantity::Usd, |sample| Some(sample.cost_usd)),
        ];
        let title =
            format!("Capacity through {}: what is there, how much is reserved, what it costs", length(shown));
        let mut chart = self.chart(title, shown);
        chart.panels = panels.into_iter().filter(|panel| !panel.series.is_empty()).collect();
        chart.marks.extend(self.requests(shown, None));
        let left_out = self.cluster.pools.len().saturating_sub(MOST_POOLS);
        if left_out > 0 {
            chart.note += &format!(" {left_out} more pools are in capacity.csv.");
        }
        chart.write(directory, "capacity")
    }

    /// A chart without panels, with what befell all of the cluster.
    fn chart(&self, title: String, shown: &Trial) -> TimeLines {
        TimeLines {
            title,
            subtitle: self.subtitle.clone(),
            from_s: 0.0,
            to_s: shown.end.as_secs_f64(),
            panels: Vec::new(),
            marks: self.marks(shown),
            band_meaning: if self.trials.len() > 1 { BAND_MEANING.to_owned() } else { String::new() },
            note: format!("Lines and events: replication {}.{}", shown.key.replication, sampling(shown)),
        }
    }

    /// What is to be seen: the length, losses, deployments, outages.
    fn services_title(&self, shown: &Trial) -> String {
        let count = |is: fn(&Mishap) -> bool| shown.marks.iter().filter(|mark| is(&mark.what)).count();
        let of_services = shown.marks.iter().filter(|mark| matches!(mark.of, Whom::Service(_)));
        let lost = of_services.filter(|mark| matches!(mark.what, Mishap::TaskLoss(_))).count();
        let deployed = count(|what| matches!(what, Mishap::Deployment(_)));
        let outages = count(|what| matches!(what, Mishap::ZoneOutage(_)));
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let mut seen = vec![match lost {
            0 => "no task lost".to_owned(),
            lost => format!("{} lost", plural(lost, "task")),
        }];
        if deployed > 0 {
            seen.push(plural(deployed, "deployment"));
        }
        if outages > 0 {
            seen.push(plural(outages, "zone outage"));
        }
        format!("Tasks of each service through {}: {}", length(shown), seen.join(", "))
    }

    fn marks(&self, shown: &Trial) -> Vec<Mark> {
        let warm_up = (self.warm_up_ends > SimTime::ZERO).then(|| Mark {
            from_s: 0.0,
            to_s: self.warm_up_ends.as_secs_f64(),
            label: "warm-up".to_owned(),
            kind: MarkKind::WarmUp,
            panel: None,
        });
        let outages = shown.marks.iter().filter_map(|mark| match &mark.what {
            Mishap::ZoneOutage(zone) => Some(Mark {
                from_s: mark.from.as_secs_f64(),
                to_s: mark.to.as_secs_f64(),
                label: format!("outage of {zone}"),
                kind: MarkKind::Fault,
                panel: None,
            }),
            Mishap::InstanceLoss
            | Mishap::TaskLoss(_)
            | Mishap::Deployment(_)
            | Mishap::DesiredCount(..)
            | Mishap::DesiredCapacity(..)
            | Mishap::ScaleOutAlarm
            | Mishap::ScaleInAlarm => None,
        });
        warm_up.into_iter().chain(outages).collect()
    }

    /// Deployments and changes of desired counts, each in the panel of its service, or in all without panels of
    /// services; nothing if they are many.
    fn requests(&self, shown: &Trial, services: Option<&[usize]>) -> Vec<Mark> {
        let request = |mark: &crate::observe::marks::Mark| {
            let Whom::Service(service) = mark.of else { return None };
            let panel = services.map(|on_it| on_it.iter().position(|index| *index == service.index()));
            if panel == Some(None) {
                return None;
            }
            let name = self.cluster.services.get(service.index()).map_or("", |service| service.name.as_str());
            let label = match &mark.what {
                Mishap::Deployment(to) => format!("deployment of {name} to {to}"),
                Mishap::DesiredCount(before, now) => format!("desired count of {name}: {before} → {now}"),
                Mishap::ZoneOutage(_)
                | Mishap::InstanceLoss
                | Mishap::TaskLoss(_)
                | Mishap::DesiredCapacity(..)
                | Mishap::ScaleOutAlarm
                | Mishap::ScaleInAlarm => return None,
            };
            let at = mark.from.as_secs_f64();
            Some(Mark { from_s: at, to_s: at, label, kind: MarkKind::Request, panel: panel.flatten() })
        };
        let requests: Vec<Mark> = shown.marks.iter().filter_map(request).collect();
        if requests.len() > MOST_REQUESTS { Vec::new() } else { requests }
    }

    fn service_panel(&self, service: usize, shown: &Trial) -> Panel {
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
            events: event_rows(
                shown,
                |whom| matches!(whom, Whom::Service(id) if id.index() == service),
                true,
            ),
        }
    }

    /// Pools that ever hold something.
    fn pools(&self) -> Vec<usize> {
        let used = |pool: &usize| {
            self.trials.iter().filter_map(|trial| trial.samples.as_ref()).any(|samples| {
                samples.pools.get(*pool).is_some_and(|line| line.iter().any(|sample| sample.instances > 0))
            })
        };
        (0..self.cluster.pools.len()).filter(used).take(MOST_POOLS).collect()
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
            self.series(
                self.cluster.pool_name(PoolId(*pool as u16)),
                shape,
                true,
                |samples: &Samples, index| samples.pools.get(*pool)?.get(index).and_then(of),
            )
        });
        Panel { heading: heading.to_owned(), quantity, series: series.collect(), events: Vec::new() }
    }

    /// The line of the first replication, and the middle 95 % of all of them at each instant.
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
                (end(0.025), end(0.975))
            };
            (0..times.len()).map(at).collect()
        });
        Series { name: name.to_owned(), points: points.collect(), band, shape }
    }
}

/// How often the lines are sampled.
fn sampling(shown: &Trial) -> String {
    let times = shown.samples.as_ref().map_or(&[][..], |samples| &samples.times[..]);
    let [first, second, ..] = times else { return String::new() };
    let every = duration((*second - *first).as_secs_f64());
    format!(" Lines have one value every {every}: what is shorter may not show (`--sample`).")
}

fn length(shown: &Trial) -> String {
    span(shown.end.as_secs_f64())
}

/// A length of simulated time: whole hours up to three days as hours.
fn span(seconds: f64) -> String {
    let hours = seconds / 3600.0;
    if hours == libm::trunc(hours) && (1.0..=72.0).contains(&hours) {
        return format!("{hours} h");
    }
    duration(seconds)
}

/// A row for each kind of loss that there was, one for deployments, one for desired counts where they are wanted.
fn event_rows(shown: &Trial, of: impl Fn(Whom) -> bool, with_requests: bool) -> Vec<EventRow> {
    let row = |name: String, kind, shape, is: &dyn Fn(&Mishap) -> bool| {
        let found = shown.marks.iter().filter(|mark| of(mark.of) && is(&mark.what));
        let times_s: Vec<f64> = found.map(|mark| mark.from.as_secs_f64()).collect();
        (!times_s.is_empty()).then_some(EventRow { name, times_s, kind, shape, steps: Vec::new() })
    };
    let mut rows = Vec::new();
    for (shape, kind) in FailureKind::ALL.into_iter().enumerate() {
        let name = format!("task lost: {}", kind_words(kind.name()));
        rows.extend(row(name, MarkKind::Fault, shape, &|what| *what == Mishap::TaskLoss(kind)));
    }
    rows.extend(row("instance lost".to_owned(), MarkKind::Fault, 3, &|what| *what == Mishap::InstanceLoss));
    if with_requests {
        let request = MarkKind::Request;
        let deployed = |what: &Mishap| matches!(what, Mishap::Deployment(_));
        rows.extend(row("deployment begun".to_owned(), request, 0, &deployed));
        let set = |what: &Mishap| matches!(what, Mishap::DesiredCount(..));
        rows.extend(row("desired count set".to_owned(), request, 1, &set));
    }
    rows
}
