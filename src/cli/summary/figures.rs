//! The key metrics: a table of services, one of runs, one of capacity.

use crate::experiment::statistics::Summary;
use crate::model::{Cluster, PoolId};
use crate::observe::metrics::MetricName;
use crate::output::sweep_plots::quantity_of;
use crate::output::terminal::{Column, estimate, table};

/// Metrics and their headings, fit for a line of a terminal.
const OF_SERVICES: [(&str, &str); 5] = [
    ("availability", "available"),
    ("served_share", "served"),
    ("cpu_utilization", "CPU (%)"),
    ("time_to_replace_s.p95", "replaced in (p95)"),
    ("cost_usd_per_hour", "cost per hour"),
];
const OF_RUNS: [(&str, &str); 5] = [
    ("requests", "requests"),
    ("refused", "refused"),
    ("waited_share", "waited"),
    ("wait_placement_s.p95", "wait (p95)"),
    ("cost_usd_per_hour", "cost per hour"),
];
const OF_CAPACITY: [(&str, &str); 4] = [
    ("instances", "instances"),
    ("cpu_reserved_share", "CPU reserved"),
    ("cost_usd_per_hour", "cost per hour"),
    ("idle_cost_usd", "idle cost in all"),
];
/// So many rows are read; the others stand in `summary.csv`.
const MOST_ROWS: usize = 15;

/// The three tables, as far as there is something in them.
pub(super) fn text(cluster: &Cluster, names: &[MetricName], summaries: &[Summary]) -> String {
    let services: Vec<&str> = cluster.services.iter().map(|service| service.name.as_str()).collect();
    let runs: Vec<&str> = cluster.callers.iter().map(|caller| caller.name.as_str()).collect();
    let pools = (0..cluster.pools.len()).map(|index| PoolId(index as u16));
    let mut capacity: Vec<&str> = pools.map(|pool| cluster.pool_name(pool)).collect();
    capacity.push(&cluster.name);
    let figures = Figures { names, summaries };
    figures.table("service", &services, &OF_SERVICES, Pick::First)
        + &figures.table("run", &runs, &OF_RUNS, Pick::First)
        + &figures.table("capacity", &capacity, &OF_CAPACITY, Pick::Last)
}

struct Figures<'a> {
    names: &'a [MetricName],
    summaries: &'a [Summary],
}

/// Which metric is meant where a service and a pool have the same name: capacity stands last.
#[derive(Clone, Copy)]
enum Pick {
    First,
    Last,
}

impl Figures<'_> {
    fn table(&self, heading: &str, of: &[&str], metrics: &[(&str, &str)], pick: Pick) -> String {
        let shown: Vec<&(&str, &str)> = metrics
            .iter()
            .filter(|(metric, _)| of.iter().any(|of| self.find(metric, of, pick).is_some()))
            .collect();
        if of.is_empty() || shown.is_empty() {
            return String::new();
        }
        let mut columns = vec![Column::Text(heading)];
        columns.extend(shown.iter().map(|(_, heading)| Column::Number(heading)));
        let row = |of: &&str| {
            let cell = |(metric, _): &&(&str, &str)| {
                self.find(metric, of, pick).map_or_else(String::new, |(name, summary)| {
                    estimate(summary.mean, summary.shown_interval(), quantity_of(name))
                })
            };
            std::iter::once((*of).to_owned()).chain(shown.iter().map(cell)).collect()
        };
        let is_used = |of: &&&str| {
            let means = shown.iter().filter_map(|(metric, _)| self.find(metric, of, pick)?.1.mean);
            metrics != OF_CAPACITY || means.into_iter().any(|mean| mean > 0.0)
        };
        let of: Vec<&&str> = of.iter().filter(is_used).collect();
        let rows: Vec<Vec<String>> = of.iter().take(MOST_ROWS).map(|of| row(of)).collect();
        let more = match of.len().saturating_sub(MOST_ROWS) {
            0 => String::new(),
            more => format!(" {more} more are in summary.csv.\n"),
        };
        format!("\n{}{more}", table(&columns, &rows))
    }

    /// The metric of an entity; nothing where it had no value.
    fn find(&self, metric: &str, of: &str, pick: Pick) -> Option<(&MetricName, &Summary)> {
        let is_it = |name: &MetricName| name.metric == metric && name.of == of;
        let at = match pick {
            Pick::First => self.names.iter().position(is_it),
            Pick::Last => self.names.iter().rposition(is_it),
        }?;
        self.summaries[at].mean.map(|_| (&self.names[at], &self.summaries[at]))
    }
}
