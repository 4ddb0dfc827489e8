//! Container instances.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::auto_scaling_group::{Lifecycle, Market, TerminationCause};
use super::host_port::HostPort;
use super::host_traits::HostTraits;
use super::{AutoScalingGroupId, PoolId, Resources, TaskId, ZoneId};
use crate::kernel::time::SimTime;

/// An EC2 instance that is registered with the cluster.
#[derive(Clone, Debug)]
pub struct ContainerInstance {
    /// Its number in its group, counting from 1; people see it as `group-number`.
    pub ordinal: u32,
    /// The fixed group or Auto Scaling group it belongs to.
    pub pool: PoolId,
    /// Its Availability Zone.
    pub zone: ZoneId,
    /// Its instance type, if it has one.
    pub instance_type: Option<Arc<str>>,
    /// A name of its own (a node of a trace), else `group-number`.
    pub own_name: Option<String>,
    /// What it registered (INS-2).
    pub registered: Resources,
    /// What is not reserved by tasks.
    pub free: Resources,
    /// The fixed ports that tasks hold, beside those the system keeps for itself (CON-18, INS-3).
    pub host_ports: Vec<HostPort>,
    /// Its platform, its network interfaces and what its agent can do.
    pub traits: HostTraits,
    /// ACTIVE, DRAINING or gone.
    pub status: InstanceStatus,
    /// Whether its agent is connected; without it, nothing is placed here and states freeze (INS-4).
    pub agent_connected: bool,
    /// The version of its agent, number by number (CQL-3).
    pub agent_version: Vec<u64>,
    /// When it last registered.
    pub registered_at: SimTime,
    /// Where it is in its life with its Auto Scaling group (ASG-3).
    pub lifecycle: Lifecycle,
    /// How it is paid for.
    pub market: Market,
    /// What befell it as a Spot instance.
    pub spot: super::capacity_pool::SpotLife,
    /// When its group launched it; nothing for what was there before time zero.
    pub launched_at: Option<SimTime>,
    /// The version of what its group launched then; an instance refresh may skip those of the present one.
    pub launch_version: u32,
    /// When it entered service with its group.
    pub in_service_at: Option<SimTime>,
    /// Since when EC2 bills it (CST-8); none before its machine runs, and once it shuts down.
    pub billed_since: Option<SimTime>,
    /// Whether its group leaves it alone when it scales in (CAS-11).
    pub protected_from_scale_in: bool,
    /// Why it is being terminated, once it is.
    pub termination: Option<TerminationCause>,
    /// How often it has been lost before.
    pub incarnation: u32,
    /// What it costs in nano-dollars an hour, unless `spot` has a series of prices.
    pub price_nano_usd_per_hour: u64,
    /// Custom attributes and the built-in ones.
    pub attributes: BTreeMap<String, String>,
    /// The tasks that hold resources on it.
    pub tasks: Vec<TaskId>,
}

impl ContainerInstance {
    /// Whether EC2 bills it now (CST-8): while its machine runs, whatever ECS knows of it.
    #[must_use]
    pub fn is_billed(&self) -> bool {
        match self.lifecycle {
            Lifecycle::Fixed => self.status.is_there(),
            Lifecycle::PendingWait
            | Lifecycle::InService
            | Lifecycle::TerminatingWait
            | Lifecycle::WarmedRunning => true,
            Lifecycle::Pending
            | Lifecycle::Terminating
            | Lifecycle::Terminated
            | Lifecycle::WarmedPending
            | Lifecycle::WarmedStopped
            | Lifecycle::WarmedHibernated => false,
        }
    }

    /// Whether it is or was a container instance of the cluster.
    #[must_use]
    pub fn was_registered(&self) -> bool {
        self.status != InstanceStatus::Unregistered && self.status != InstanceStatus::Registering
    }

    /// When its present bill began (CST-8).
    #[must_use]
    pub fn bill_started_at(&self) -> SimTime {
        self.billed_since.unwrap_or(self.registered_at)
    }

    /// Whether its machine has failed under it, noticed by ECS or not (ASG-4).
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.status.is_lost() || self.status == InstanceStatus::Inactive
    }

    /// Whether it takes tasks: ACTIVE, with its agent connected (INS-4).
    #[must_use]
    pub fn takes_tasks(&self) -> bool {
        self.status == InstanceStatus::Active && self.agent_connected
    }
}

/// The status of a container instance (INS-1, INS-4): what ECS says of it, and whether that is still so. The digest counts
/// them: new ones come last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceStatus {
    /// Registered: takes tasks while its agent is connected.
    Active,
    /// Gone in reality; ECS has not noticed yet and says ACTIVE (INS-5). It takes no task.
    Lost,
    /// Deregistered since it is gone. A fixed instance with a repair time becomes ACTIVE again.
    Inactive,
    /// Its trunk interface is being made; it takes tasks once that is there (INS-1).
    Registering,
    /// Registered, and to be emptied: it takes nothing new, and its service tasks are replaced (INS-6).
    Draining,
    /// Gone in reality; ECS has not noticed yet and says DRAINING (INS-5).
    LostDraining,
    /// Deregistered by DeregisterContainerInstance: the machine runs on outside the cluster and may register again
    /// (INS-10).
    Deregistered,
    /// Launched by its Auto Scaling group; its agent has not registered it yet (INS-11).
    Unregistered,
}

impl InstanceStatus {
    /// Whether the instance is part of the cluster in reality, whatever ECS has noticed.
    #[must_use]
    pub fn is_there(self) -> bool {
        matches!(self, InstanceStatus::Active | InstanceStatus::Draining)
    }

    /// Whether it is gone and ECS has not noticed (INS-5).
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, InstanceStatus::Lost | InstanceStatus::LostDraining)
    }

    /// Whether ECS says DRAINING (INS-6).
    #[must_use]
    pub fn is_draining(self) -> bool {
        matches!(self, InstanceStatus::Draining | InstanceStatus::LostDraining)
    }

    /// The status as the ECS API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            InstanceStatus::Active | InstanceStatus::Lost => "ACTIVE",
            InstanceStatus::Draining | InstanceStatus::LostDraining => "DRAINING",
            InstanceStatus::Inactive | InstanceStatus::Deregistered | InstanceStatus::Unregistered => {
                "INACTIVE"
            }
            InstanceStatus::Registering => "REGISTERING",
        }
    }
}

/// A pool of capacity.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The group's name, or FARGATE, or FARGATE_SPOT.
    pub name: String,
    /// What it is made of.
    pub kind: PoolKind,
    /// Its instances, in order of their numbers.
    pub instances: Vec<super::InstanceId>,
    /// The Auto Scaling group that it is the pool of.
    pub group: Option<AutoScalingGroupId>,
    /// Tasks that wait in PROVISIONING for an instance of it, in order (CAS-12).
    pub waiting_tasks: Vec<TaskId>,
    /// How many shortages leave a Fargate pool without capacity (FAIL-7).
    pub shortages: u32,
    /// How many tasks FARGATE_SPOT can hold now; none: as many as are asked for.
    pub capacity: Option<u32>,
}

/// What a pool is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolKind {
    /// Container instances that are simply there.
    Fixed,
    /// Container instances that an Auto Scaling group launches and terminates.
    AutoScaling,
    /// Fargate on demand: elastic.
    Fargate,
    /// Fargate Spot: elastic, reclaimed at times.
    FargateSpot,
}

impl PoolKind {
    /// Whether it is made of container instances.
    #[must_use]
    pub fn has_instances(self) -> bool {
        matches!(self, PoolKind::Fixed | PoolKind::AutoScaling)
    }
}

/// An Availability Zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name, such as `us-east-1a`.
    pub name: String,
    /// How many outages hold it down; 0 is up.
    pub outages: u32,
    /// How many shortages leave Fargate without capacity here (FAIL-7).
    pub shortages: u32,
}
