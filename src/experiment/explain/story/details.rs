//! What is known beside the text of an entry: the part of the JSON that differs from kind to kind.

use serde::{Serialize, Serializer};

use crate::kernel::time::SimTime;
use crate::model::Resources;

/// How many names an entry lists.
const MOST_NAMES: usize = 12;

/// What is known beside the text. What does not apply is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    /// How a place was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The limits of a service and where it stands in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Until when something waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Stop code and stopped reason as ECS gives them (LIF-11, LIF-12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The tasks that it is about, the first dozen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_tasks: u64,
    /// How the tasks that are to stop were chosen, the first dozen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An instant, as people and as machines write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub SimTime);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape {
            at: String,
            seconds: f64,
        }
        Shape { at: self.0.to_string(), seconds: self.0.as_secs_f64() }.serialize(serializer)
    }
}

/// How a place was looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Placement {
    /// How many instances were considered; nothing on Fargate.
    pub considered: Option<usize>,
    /// How many fell at which filter, in the order of the filters (PLC-2).
    pub filters: Vec<Filter>,
    /// What each strategy kept, in their order (PLC-3).
    pub strategies: Vec<Step>,
    /// Among how many equals the choice was made (PLC-9).
    pub equals: Option<usize>,
    /// The instance that was chosen.
    pub chosen: Option<String>,
    /// The zone of the choice.
    pub zone: Option<String>,
    /// The tasks that a spread over zones counted before the choice (PLC-5).
    pub counted: Vec<ZoneCount>,
    /// The instance that came closest (PLC-21).
    pub closest: Option<Closest>,
}

/// Instances that fell at one filter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filter {
    /// The reason code of table 5a.
    pub reason: &'static str,
    /// How many.
    pub instances: usize,
}

/// One strategy of the chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// As the API writes it.
    pub strategy: String,
    /// The number of the best, where the strategy has one.
    pub best: Option<u64>,
    /// What that number counts.
    pub unit: &'static str,
    /// How many instances are left.
    pub left: usize,
}

/// The tasks of a group in one zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneCount {
    /// The zone.
    pub zone: String,
    /// Tasks that are told to run.
    pub tasks: u32,
    /// Of those, the ones of older revisions.
    pub of_older_revisions: u32,
}

/// The closest instance and what it lacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closest {
    /// Its name.
    pub instance: String,
    /// The reason code of the requirement it fails.
    pub reason: &'static str,
    /// What it has left.
    pub free: Amounts,
    /// What the task wants.
    pub wanted: Amounts,
    /// Fixed ports that the task wants and that are taken.
    pub ports: Vec<TakenPort>,
}

/// Resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// CPU units.
    pub cpu: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// GPUs.
    pub gpus: u32,
}

impl From<Resources> for Amounts {
    fn from(resources: Resources) -> Self {
        Amounts { cpu: resources.cpu, memory_mib: resources.memory_mib, gpus: resources.gpus }
    }
}

/// A port that is taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TakenPort {
    /// `8080/tcp`.
    pub port: String,
    /// The task that holds it; nothing for what the system keeps.
    pub held_by: Option<String>,
}

/// Stop code and reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stop {
    /// LIF-11.
    pub code: &'static str,
    /// Table 2a.
    pub reason: String,
}

/// A service in its limits (DEP-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Tasks it is to keep.
    pub desired: u32,
    /// Tasks told to run.
    pub active: u32,
    /// Of those, before RUNNING.
    pub pending: u32,
    /// Of those, healthy.
    pub healthy: u32,
    /// Told to stop, and not past STOPPING.
    pub stopping: u32,
    /// Tasks it lacks.
    pub lacking: u32,
    /// Tasks that are to go.
    pub to_go: u32,
    /// Healthy tasks that must stay now.
    pub must_stay_healthy: u32,
    /// Tasks there may be.
    pub at_most: u32,
}

impl Details {
    /// No more names than are listed.
    pub(super) fn trim(&mut self) {
        self.more_tasks += self.tasks.len().saturating_sub(MOST_NAMES) as u64;
        self.tasks.truncate(MOST_NAMES);
        self.choices.truncate(MOST_NAMES);
    }
}
