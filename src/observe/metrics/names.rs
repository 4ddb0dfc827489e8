//! The names of the metrics and their values at the end of a trial, in one fixed order.

use super::Metrics;
use super::cost::usd;
use super::meters::Integral;
use super::owners::{CallerMeter, ServiceMeter, TaskMeter};
use crate::kernel::time::SimTime;
use crate::model::reason::{FailureKind, StopCode};
use crate::model::{Cluster, PoolId};

/// A metric of an entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MetricName {
    /// The metric and its statistic, such as `time_to_replace_s.p95`.
    pub metric: String,
    /// The service, run, capacity provider, other pool or cluster.
    pub of: String,
    /// Its unit.
    pub unit: &'static str,
}

impl MetricName {
    /// The name of its column: `metric.stat:of`.
    #[must_use]
    pub fn column(&self) -> String {
        format!("{}:{}", self.metric, self.of)
    }
}

/// The names of all metrics of a cluster, in the order of [`Metrics::values`].
#[must_use]
pub fn metric_names(cluster: &Cluster) -> Vec<MetricName> {
    let mut metrics = Metrics::new(cluster, super::MetricOptions::default());
    metrics.listed(cluster).into_iter().map(|(name, _)| name).collect()
}

type Listed = Vec<(MetricName, Option<f64>)>;

impl Metrics {
    /// The values at the end, for the services, callers and pools that `cluster` had at time zero.
    #[must_use]
    pub fn values(&mut self, cluster: &Cluster) -> Vec<Option<f64>> {
        self.listed(cluster).into_iter().map(|(_, value)| value).collect()
    }

    fn listed(&mut self, cluster: &Cluster) -> Listed {
        let from = self.options.warm_up_ends;
        let window_ms = self.end.since(from).0 as f64;
        let mut list = Listed::new();
        for (meter, service) in self.services.iter_mut().zip(&cluster.services) {
            let mut list = List { list: &mut list, of: &service.name, window_ms, end: self.end };
            list.service(meter);
            if service.load.is_some() {
                list.load(meter);
            }
        }
        for (meter, caller) in self.callers.iter_mut().zip(&cluster.callers) {
            List { list: &mut list, of: &caller.name, window_ms, end: self.end }.caller(meter);
        }
        for (index, pool) in cluster.pools.iter().enumerate() {
            let costs = (self.cost.by_pool[index], self.cost.paid_by_pool[index]);
            let mut list = List {
                list: &mut list,
                of: cluster.pool_name(PoolId(index as u16)),
                window_ms,
                end: self.end,
            };
            list.pool(&mut self.pools[index], pool.kind.has_instances());
            list.cost(costs.0, pool.kind.has_instances().then_some(costs));
        }
        let costs = (self.cost.by_pool.iter().sum(), self.cost.paid_by_pool.iter().sum());
        let mut all = List { list: &mut list, of: &cluster.name, window_ms, end: self.end };
        if cluster.instance_pools() > 0 {
            all.pool(&mut self.cluster, true);
        }
        all.cost(costs.0, Some(costs));
        list
    }
}

struct List<'a> {
    list: &'a mut Listed,
    of: &'a str,
    window_ms: f64,
    end: SimTime,
}

impl List<'_> {
    fn put(&mut self, metric: &str, unit: &'static str, value: Option<f64>) {
        let name = MetricName { metric: metric.to_owned(), of: self.of.to_owned(), unit };
        self.list.push((name, value.filter(|value| value.is_finite())));
    }

    fn count(&mut self, metric: &str, value: u64) {
        self.put(metric, "count", Some(value as f64));
    }

    fn mean(&mut self, metric: &str, unit: &'static str, integral: &mut Integral) {
        let mean = (self.window_ms > 0.0).then(|| integral.total(self.end) as f64 / self.window_ms);
        self.put(metric, unit, mean);
    }

    fn peak(&mut self, metric: &str, unit: &'static str, integral: &Integral) {
        self.put(&format!("{metric}.max"), unit, (self.window_ms > 0.0).then_some(integral.peak() as f64));
    }

    fn durations(&mut self, metric: &str, durations: &super::meters::Durations) {
        for (stat, value) in ["mean", "p50", "p95", "p99", "max"].iter().zip(durations.statistics_s()) {
            self.put(&format!("{metric}.{stat}"), "s", value);
        }
    }

    fn service(&mut self, meter: &mut ServiceMeter) {
        self.mean("availability", "share", &mut meter.available);
        self.mean("full_strength", "share", &mut meter.full_strength);
        self.count("outages", meter.outages());
        let shortfall = meter.shortfall.total(self.end) as f64 / 1000.0;
        self.put("shortfall_task_s", "task-seconds", Some(shortfall));
        self.durations("time_to_replace_s", &meter.time_to_replace);
        self.count("unreplaced", meter.unreplaced());
        self.durations("deployment_s", &meter.deployments);
        self.count("deployments_failed", meter.deployments_failed);
        self.count("never_placed", u64::from(meter.lacking));
        self.tasks(&mut meter.tasks);
    }

    /// `served_share` is requests served over requests asked, `success_share` those served without an error.
    fn load(&mut self, meter: &ServiceMeter) {
        let asked = meter.requests;
        let share = (asked > 0).then(|| meter.served as f64 / asked as f64);
        self.put("served_share", "share", share);
        self.count("requests_asked", asked);
        self.count("requests_unserved", asked - meter.served);
        self.count("requests_failed", meter.failed);
        let share = (asked > 0).then(|| (meter.served - meter.failed) as f64 / asked as f64);
        self.put("success_share", "share", share);
        let (minutes, sum) = meter.cpu;
        let mean = (minutes > 0).then(|| sum as f64 / minutes as f64 / 1e6);
        self.put("cpu_utilization", "%", mean);
    }

    fn caller(&mut self, meter: &mut CallerMeter) {
        self.count("requests", meter.requests);
        self.count("refused", meter.refused);
        let waited = (meter.requests > 0).then(|| meter.waited as f64 / meter.requests as f64);
        self.put("waited_share", "share", waited);
        self.count("never_placed", meter.refused);
        self.tasks(&mut meter.tasks);
    }

    fn tasks(&mut self, meter: &mut TaskMeter) {
        self.durations("wait_placement_s", &meter.wait_placement);
        self.durations("start_s", &meter.start);
        self.mean("tasks_running", "tasks", &mut meter.running);
        self.peak("tasks_running", "tasks", &meter.running);
        self.mean("tasks_waiting", "tasks", &mut meter.waiting);
        self.peak("tasks_waiting", "tasks", &meter.waiting);
        self.count("tasks_started", meter.started);
        for code in StopCode::ALL {
            self.count(&format!("tasks_stopped.{}", code.name()), meter.stopped[code as usize]);
        }
        for kind in FailureKind::ALL {
            self.count(&format!("failures.{}", kind.name()), meter.failures[kind as usize]);
        }
        self.cost(meter.cost, None);
    }

    fn pool(&mut self, meter: &mut super::PoolMeter, has_instances: bool) {
        let end = self.end;
        if has_instances {
            self.mean("instances", "count", &mut meter.instances);
            self.peak("instances", "count", &meter.instances);
            for (dimension, metric) in ["cpu_reserved_share", "memory_reserved_share"].iter().enumerate() {
                let share = meter.share(dimension, end);
                self.put(metric, "share", share);
                self.put(&format!("{metric}.max"), "share", meter.peak_share[dimension]);
            }
        }
    }

    fn cost(&mut self, bill: u128, idle: Option<(u128, u128)>) {
        self.put("cost_usd", "USD", Some(usd(bill)));
        let hours = self.window_ms / 3_600_000.0;
        self.put("cost_usd_per_hour", "USD", (hours > 0.0).then(|| usd(bill) / hours));
        if let Some((whole, paid)) = idle {
            self.put("idle_cost_usd", "USD", Some(usd(whole.saturating_sub(paid))));
        }
    }
}
