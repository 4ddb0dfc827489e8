//! What a journal is the journal of: everything that the tables need beside the trials.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Shard;
use crate::scenario::spec::{Objective, Sweep};

/// The first line of a journal. Journals whose heads are equal but for the shard belong to one sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the program.
    pub ecsim: String,
    /// The version of the digests.
    pub digest_version: u64,
    /// The scenario's name.
    pub scenario: String,
    /// SHA-256 of the scenario as it is run, with its files of data.
    pub scenario_sha256: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// Replications of each point.
    pub replications: u32,
    /// The part of the work that is kept here.
    pub shard: Shard,
    /// The question of the scenario.
    pub question: Option<String>,
    /// The cluster's name.
    pub cluster: String,
    /// What is varied.
    pub sweep: Sweep,
    /// What "good" means.
    pub objectives: Vec<Objective>,
    /// Model parameters that the scenario sets.
    pub model: Map<String, Value>,
    /// What was left out of data files.
    pub notes: Vec<String>,
}

impl Head {
    /// The first difference that keeps two journals from being of one sweep, in words: of this one and of `other`.
    #[must_use]
    pub fn difference(&self, other: &Head) -> Option<String> {
        let versions = (format!("ecsim {}", self.ecsim), format!("ecsim {}", other.ecsim));
        let pairs = [
            ("program", versions.0, versions.1),
            ("digest version", self.digest_version.to_string(), other.digest_version.to_string()),
            ("scenario", self.scenario.clone(), other.scenario.clone()),
            ("seed", self.seed.to_string(), other.seed.to_string()),
            ("replications", self.replications.to_string(), other.replications.to_string()),
            (
                "content of the scenario (SHA-256)",
                short(&self.scenario_sha256),
                short(&other.scenario_sha256),
            ),
        ];
        let different = pairs.into_iter().find(|(_, own, others)| own != others);
        different.map(|(what, own, others)| format!("the {what} differs: {own} there, {others} here"))
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}
