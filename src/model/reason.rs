//! Why something was refused, in ECS's words; why it was stopped is in [`stop`](super::stop).

use std::fmt;
use std::sync::Arc;

use super::InstanceId;

/// Why no instance, and no Fargate zone, could take a task (table 5a). The digest counts them: new ones come last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// No container instance is ACTIVE in the cluster.
    NoInstances,
    /// The agent of every instance is disconnected.
    Agent,
    /// A required attribute is missing everywhere.
    Attribute,
    /// A placement constraint excludes every instance.
    Constraint,
    /// A fixed host port that the task needs is taken on every instance (CON-18).
    Ports,
    /// Not enough CPU units left on any instance.
    Cpu,
    /// Not enough memory left on any instance.
    Memory,
    /// Not enough GPUs left on any instance.
    Gpu,
    /// No Fargate capacity in any zone.
    Fargate,
    /// Others stand before it in the callers' line: the caller's doing, not a reason of ECS.
    Turn,
    /// Every network interface for tasks is taken on every instance (CON-20).
    Eni,
    /// Every instance is outside the zones of the task's subnets (CON-21).
    Location,
    /// StartTask names an instance that never was (PLC-15).
    Missing,
    /// StartTask names an instance that is deregistered (PLC-15).
    Inactive,
    /// As many tasks wait in PROVISIONING as may in a cluster (CAS-12, QUO-6).
    ProvisioningLimit,
    /// The account's rate of launches or calls is used up (QUO-9, QUO-10, QUO-12, QUO-13).
    Throttled,
    /// The account's Fargate vCPUs are all in use (QUO-11).
    Vcpus,
}

impl Refusal {
    /// Whether it says that there is no capacity to be had, and not that a rate, a quota or a line holds the request back.
    #[must_use]
    pub fn tells_of_capacity(self) -> bool {
        !matches!(self, Refusal::Turn | Refusal::ProvisioningLimit | Refusal::Throttled | Refusal::Vcpus)
    }

    /// The reason as the ECS API prints it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NoInstances => "NO ACTIVE INSTANCES",
            Refusal::Agent => "AGENT",
            Refusal::Missing => "MISSING",
            Refusal::Inactive => "INACTIVE",
            Refusal::Location => "LOCATION",
            Refusal::Attribute => "ATTRIBUTE",
            Refusal::Constraint => "MemberOf placement constraint unsatisfied",
            Refusal::Ports => "RESOURCE:PORTS",
            Refusal::Cpu => "RESOURCE:CPU",
            Refusal::Memory => "RESOURCE:MEMORY",
            Refusal::Gpu => "RESOURCE:GPU",
            Refusal::Eni => "RESOURCE:ENI",
            Refusal::Fargate => "RESOURCE:FARGATE",
            Refusal::Turn => "waits its turn",
            Refusal::ProvisioningLimit => "ClientException: tasks provisioning capacity limit exceeded",
            Refusal::Throttled => "ThrottlingException",
            Refusal::Vcpus => "You've reached the limit on the number of vCPUs you can run concurrently",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why no container instance could take a task, in full (PLC-21).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlacementFailure {
    /// What the closest instance fails first.
    pub reason: Refusal,
    /// How many instances were looked at.
    pub considered: u32,
    /// How many fell at which requirement: the first that each of them fails.
    pub fell: Box<[(Refusal, u32)]>,
    /// The closest instance.
    pub closest: Option<InstanceId>,
}

/// A refusal, and where container instances were looked at, how each of them fell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The reason code.
    pub reason: Refusal,
    /// In full.
    pub why: Option<Arc<PlacementFailure>>,
}

impl From<Refusal> for Refused {
    fn from(reason: Refusal) -> Refused {
        Refused { reason, why: None }
    }
}

pub use super::stop::{FailureKind, StartFailure, StopCause, StopCode};
