//! Which way a metric is better.

pub use super::statistics::Direction;
use crate::observe::metrics::MetricName;

/// Metrics of which more is better.
const HIGHER: [&str; 4] = ["availability", "full_strength", "served_share", "success_share"];
/// Metrics of which less is better, statistics left out.
const LOWER: [&str; 20] = [
    "outages",
    "shortfall_task_s",
    "time_to_replace_s",
    "unreplaced",
    "deployment_s",
    "deployments_failed",
    "never_placed",
    "wait_placement_s",
    "start_s",
    "tasks_waiting",
    "requests_unserved",
    "requests_failed",
    "refused",
    "waited_share",
    "failures",
    "cost_usd",
    "cost_usd_per_hour",
    "idle_cost_usd",
    "response_time_ms",
    "saturated",
];

impl Direction {
    /// The direction of a metric by its name.
    #[must_use]
    pub fn of(name: &MetricName) -> Direction {
        let base = name.metric.split('.').next().unwrap_or_default();
        if HIGHER.contains(&base) {
            Direction::Higher
        } else if LOWER.contains(&base) {
            Direction::Lower
        } else {
            Direction::Neither
        }
    }

    /// As a word of tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
            Direction::Neither => "",
        }
    }
}

/// The metrics that a comparison judges where no objective says which: what services and callers feel, and the cost of
/// the cluster.
const KEY: [&str; 8] = [
    "availability",
    "served_share",
    "shortfall_task_s",
    "time_to_replace_s.p95",
    "deployment_s.mean",
    "wait_placement_s.mean",
    "wait_placement_s.p95",
    "never_placed",
];

/// Whether a metric is judged where no objective says which are.
#[must_use]
pub fn is_key(name: &MetricName, cluster: &str) -> bool {
    KEY.contains(&name.metric.as_str()) || name.metric == "cost_usd_per_hour" && name.of == cluster
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direction(metric: &str) -> Direction {
        Direction::of(&MetricName { metric: metric.to_owned(), of: "web".to_owned(), unit: "s" })
    }

    #[test]
    fn a_statistic_has_the_direction_of_its_metric() {
        assert_eq!(direction("time_to_replace_s.p95"), Direction::Lower);
        assert_eq!(direction("availability"), Direction::Higher);
        assert_eq!(direction("tasks_stopped.SpotInterruption"), Direction::Neither);
    }

    #[test]
    fn every_key_metric_has_a_direction() {
        assert!(KEY.iter().all(|metric| direction(metric) != Direction::Neither));
    }
}
