//! The explanation sink: where a policy tells why it decided as it did.
//!
//! Every policy takes one. Normal runs pass `()`, which is nothing and costs nothing.

use crate::kernel::time::SimTime;
use crate::model::host_port::HostPort;
use crate::model::reason::Refusal;
use crate::model::task::Origin;
use crate::model::{
    CallerId, CapacityProviderId, DeploymentNumber, InstanceId, Resources, ServiceId, TaskId, ZoneId,
};
use crate::policy::capacity::datapoint::Datapoint;
use crate::policy::reconcile::look::Look;

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Where a task goes.
    Placement(Asked),
    /// What a service starts, stops and waits for.
    Service(ServiceId),
    /// What a caller's request waits for.
    Request(CallerId, u64),
    /// What a task waits for.
    Task(TaskId),
    /// How a capacity provider scales its group.
    Provider(CapacityProviderId),
}

/// A task that somebody wants, before it has a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who wants it.
    pub origin: Origin,
    /// The n-th launch of its service, or arrival of its caller.
    pub ordinal: u64,
    /// 1, or more for a task that its caller submitted again.
    pub attempt: u32,
}

/// One step of a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A place is looked for; the steps follow.
    Placing {
        /// For whom.
        asked: Asked,
        /// What the task reserves.
        demand: Resources,
    },
    /// So many instances were looked at.
    Considered {
        /// How many.
        instances: usize,
    },
    /// So many fell at this filter.
    Filtered {
        /// The reason of the first requirement each of them failed.
        reason: Refusal,
        /// How many.
        instances: usize,
    },
    /// No instance was left; this one came closest (PLC-21).
    Closest {
        /// Which.
        instance: InstanceId,
        /// The requirement it failed.
        reason: Refusal,
        /// What it has left.
        free: Resources,
        /// The fixed ports that the task wants and others hold.
        taken: Vec<HostPort>,
    },
    /// A strategy kept the best of those that were left (PLC-3).
    Narrowed {
        /// The strategy, as the API writes it.
        strategy: String,
        /// The number by which it judges, of the best; none where all are equal to it.
        best: Option<u64>,
        /// How many are equally good.
        left: usize,
    },
    /// The instance that was chosen.
    Chose {
        /// Which.
        instance: InstanceId,
        /// Among how many equals.
        among: usize,
    },
    /// The Fargate zone that was chosen (SIZ-6).
    ChoseZone {
        /// Which.
        zone: ZoneId,
        /// The tasks of the group in each zone with capacity.
        tasks: Vec<(ZoneId, u32)>,
    },
    /// No zone had Fargate capacity (FAIL-5, FAIL-7).
    NoFargate {
        /// Whether the whole capacity provider is without.
        everywhere: bool,
    },
    /// A service launches nothing, or nothing for one of its deployments, before this time.
    Waits {
        /// Which service.
        service: ServiceId,
        /// For which deployment it wants a task.
        deployment: DeploymentNumber,
        /// What it waits for.
        why: Wait,
        /// Until when.
        until: SimTime,
    },
    /// A refused caller asks again.
    AsksAgain {
        /// Who.
        caller: CallerId,
        /// The n-th arrival.
        ordinal: u64,
        /// When; nothing for one who waits in line.
        at: Option<SimTime>,
    },
    /// The agent keeps a task in PENDING until its host has room (LIF-21).
    WaitsForRoom {
        /// Which task.
        task: TaskId,
    },
    /// The metric of a capacity provider was measured (CAS-1).
    Measured(Box<Datapoint>),
    /// The scheduler looked at a service.
    Looked(Box<Look>),
    /// The scheduler chose a task to stop where any of several would do.
    ChoseStop(ChosenStop),
}

/// Why a service launches nothing for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// The last attempt found no place (SVC-9).
    PlacementRetry,
    /// Tasks of the deployment ended before RUNNING (SVC-10).
    StartThrottle,
    /// The launch rate is used up (SVC-8).
    LaunchRate,
    /// The launch rate of the account on Fargate is used up (QUO-9, QUO-10).
    AccountLaunchRate,
}

/// A task that was chosen to stop, as it stood then (PLC-16, PLC-17, PLC-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenStop {
    /// Which.
    pub task: TaskId,
    /// Among how many tasks.
    pub among: usize,
    /// Whether it was RUNNING.
    pub running: bool,
    /// Whether it was healthy.
    pub healthy: bool,
    /// How many tasks of the service its zone had, itself included.
    pub in_zone: u32,
    /// How many its instance had; nothing on Fargate.
    pub on_instance: Option<u32>,
    /// Whether the service packs, so that the instance with most room left is emptied.
    pub packs: bool,
}

/// Takes notes, or does not.
pub trait ExplanationSink {
    /// Whether notes are wanted at all; where they are not, none is made.
    const WANTED: bool;

    /// Whether notes about this are wanted.
    fn wants(&self, topic: Topic) -> bool {
        let _ = topic;
        Self::WANTED
    }

    /// Takes a note.
    fn note(&mut self, note: Note);
}

/// No explanations.
impl ExplanationSink for () {
    const WANTED: bool = false;

    fn note(&mut self, _: Note) {}
}

/// Keeps every note.
impl ExplanationSink for Vec<Note> {
    const WANTED: bool = true;

    fn note(&mut self, note: Note) {
        self.push(note);
    }
}
