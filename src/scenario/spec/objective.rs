//! Objectives: what "good" means.

use crate::scenario::limits::MAX_NUMBER;
use crate::scenario::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bound on a metric or a direction in which it is better: exactly one of `atLeast`, `atMost` and `goal`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objective {
    /// The metric, such as `availability`, `cost_usd_per_hour` or `wait_placement_s.p95`.
    pub metric: String,
    /// The entity: a service, run, capacity provider or cluster. Default: the cluster.
    pub of: Option<String>,
    /// Which value over the replications counts. Default `mean`.
    #[serde(default)]
    pub stat: Statistic,
    /// The value must not be below this. No metric is negative.
    #[schemars(range(min = 0, max = MAX_NUMBER))]
    pub at_least: Option<f64>,
    /// The value must not be above this. No metric is negative.
    #[schemars(range(min = 0, max = MAX_NUMBER))]
    pub at_most: Option<f64>,
    /// The direction in which the value is better.
    pub goal: Option<Goal>,
    /// With a bound: the share of replications that must keep it one by one, in place of `stat`.
    pub in_share_of_replications: Option<Share>,
}

/// Which value over the replications counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Statistic {
    /// The mean.
    #[default]
    Mean,
    /// The 95th percentile in the bad direction.
    P95,
    /// The worst.
    Worst,
}

/// The direction in which a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    /// Less is better.
    Minimize,
    /// More is better.
    Maximize,
}

/// What an objective asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Not below.
    AtLeast(f64),
    /// Not above.
    AtMost(f64),
    /// As good as possible.
    Goal(Goal),
}

impl Objective {
    /// What it asks for.
    ///
    /// # Errors
    /// One sentence, if it asks for nothing or for two things, or if a goal has a share of replications.
    pub fn target(&self) -> Result<Target, String> {
        match (self.at_least, self.at_most, self.goal) {
            (Some(bound), None, None) => Ok(Target::AtLeast(bound)),
            (None, Some(bound), None) => Ok(Target::AtMost(bound)),
            (None, None, Some(_)) if self.in_share_of_replications.is_some() => {
                Err("inShareOfReplications goes with atLeast or atMost, not with goal".into())
            }
            (None, None, Some(goal)) => Ok(Target::Goal(goal)),
            _ => Err("an objective takes exactly one of atLeast, atMost and goal".into()),
        }
    }
}
