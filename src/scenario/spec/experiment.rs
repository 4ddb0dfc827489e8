//! `experiment`: what you want to find out.

use super::objective::Objective;
use super::sweep::Sweep;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often the scenario runs, what is varied, and what "good" means.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Experiment {
    /// Independent runs of each point. Default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub replications: u32,
    /// What is varied; every combination is a point.
    pub sweep: Sweep,
    /// What "good" means; used by run, plan, check and the report.
    pub objectives: Vec<Objective>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self { replications: 1, sweep: Sweep::default(), objectives: Vec::new() }
    }
}
