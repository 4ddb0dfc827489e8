//! EC2 Auto Scaling groups (ASG): what they are told to hold, and what they launch.

pub mod cron;
pub mod hooks;
pub mod processes;
pub mod refresh;
pub mod schedule;
pub mod warm_pool;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::hooks::LifecycleHook;
use self::processes::Processes;
use self::refresh::InstanceRefresh;
use self::schedule::ScheduledAction;
use self::warm_pool::WarmPool;
use super::host_traits::HostTraits;
use super::instance::{ContainerInstance, InstanceStatus};
use super::{AutoScalingGroupId, CapacityProviderId, InstanceId, PoolId, Resources, ZoneId};
use crate::kernel::time::{SimDuration, SimTime};

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct AutoScalingGroup {
    /// Its name; its instances are `name-1`, `name-2`, … in the order of their launch.
    pub name: String,
    /// Where its instances are.
    pub pool: PoolId,
    /// The capacity provider over it, if there is one.
    pub provider: Option<CapacityProviderId>,
    /// What its owner set.
    pub settings: GroupSettings,
    /// How many instances it is to hold.
    pub desired_capacity: u32,
    /// Instances it ever launched.
    pub launches: u32,
    /// When its desired capacity last grew.
    pub scaled_out_at: Option<SimTime>,
    /// When its desired capacity last changed.
    pub resized_at: Option<SimTime>,
    /// What SuspendProcesses holds back.
    pub suspended: Processes,
    /// What PutScheduledUpdateGroupAction planned, by name.
    pub scheduled: BTreeMap<String, ScheduledAction>,
    /// The instance refresh that is under way.
    pub refresh: Option<Box<InstanceRefresh>>,
    /// Its warm pool.
    pub warm_pool: Option<WarmPool>,
}

/// What the owner of a group sets (CreateAutoScalingGroup, UpdateAutoScalingGroup).
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSettings {
    /// The fewest instances.
    pub min_size: u32,
    /// The most instances.
    pub max_size: u32,
    /// The zones it launches in.
    pub zones: Vec<ZoneId>,
    /// What it launches, in order of preference; the first alone without a mixed instances policy.
    pub kinds: Arc<[InstanceKind]>,
    /// Whether new instances are protected from scale-in (CAS-11).
    pub protects_new_instances: bool,
    /// The version of what it launches: one more with each change of it.
    pub version: u32,
    /// What it does when the zone with the fewest instances cannot launch (ASG-1).
    pub zone_distribution: ZoneDistribution,
    /// How long after it entered service an instance's health does not count (ASG-4).
    pub health_check_grace: SimDuration,
    /// Which instance goes first at scale-in, after the balance of zones (ASG-5).
    pub termination_policies: Vec<TerminationPolicy>,
    /// After which an instance is replaced.
    pub max_instance_lifetime: Option<SimDuration>,
    /// What it waits for at launch and termination (ASG-3).
    pub hooks: Arc<[LifecycleHook]>,
    /// How long after a change of the desired capacity SetDesiredCapacity is refused that honours it.
    pub cooldown: SimDuration,
    /// How long after InService a new instance counts in an instance refresh, where that is said.
    pub default_warmup: Option<SimDuration>,
    /// MinHealthyPercentage and MaxHealthyPercentage of its maintenance policy.
    pub maintenance: Option<(u32, u32)>,
    /// What of it is bought on demand and what as Spot (ASG-6).
    pub distribution: InstancesDistribution,
    /// Whether a rebalance recommendation is answered by a replacement (ASG-10).
    pub capacity_rebalance: bool,
}

/// What a group does when the zone with the fewest of its instances cannot launch (ASG-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ZoneDistribution {
    /// It launches in another zone.
    #[default]
    BalancedBestEffort,
    /// It keeps trying in that zone.
    BalancedOnly,
}

/// Which instance of the fullest zone goes first (ASG-5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminationPolicy {
    /// The oldest version of what the group launches, then the one nearest its next full hour.
    Default,
    /// What keeps to the allocation strategies of mixed groups; nothing in a group of one type.
    AllocationStrategy,
    /// The oldest version of what the group launches.
    OldestLaunchTemplate,
    /// The oldest launch configuration; groups of this model have none, so all are equal.
    OldestLaunchConfiguration,
    /// The one nearest its next full hour since its launch.
    ClosestToNextInstanceHour,
    /// The one launched last.
    NewestInstance,
    /// The one launched first.
    OldestInstance,
}

impl TerminationPolicy {
    /// Every policy.
    pub const ALL: [TerminationPolicy; 7] = [
        TerminationPolicy::Default,
        TerminationPolicy::AllocationStrategy,
        TerminationPolicy::OldestLaunchTemplate,
        TerminationPolicy::OldestLaunchConfiguration,
        TerminationPolicy::ClosestToNextInstanceHour,
        TerminationPolicy::NewestInstance,
        TerminationPolicy::OldestInstance,
    ];

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TerminationPolicy::Default => "Default",
            TerminationPolicy::AllocationStrategy => "AllocationStrategy",
            TerminationPolicy::OldestLaunchTemplate => "OldestLaunchTemplate",
            TerminationPolicy::OldestLaunchConfiguration => "OldestLaunchConfiguration",
            TerminationPolicy::ClosestToNextInstanceHour => "ClosestToNextInstanceHour",
            TerminationPolicy::NewestInstance => "NewestInstance",
            TerminationPolicy::OldestInstance => "OldestInstance",
        }
    }
}

/// What a group buys on demand and what as Spot, and of which kinds (ASG-6 to ASG-8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstancesDistribution {
    /// Instances that are on demand before shares count.
    pub on_demand_base_capacity: u32,
    /// The share on demand above that, in percent, rounded up.
    pub on_demand_percentage_above_base_capacity: u32,
    /// Which kind comes first on demand (ASG-7).
    pub on_demand_allocation: OnDemandAllocation,
    /// Which pool comes first as Spot (ASG-8).
    pub spot_allocation: SpotAllocation,
}

impl Default for InstancesDistribution {
    fn default() -> Self {
        InstancesDistribution {
            on_demand_base_capacity: 0,
            on_demand_percentage_above_base_capacity: 100,
            on_demand_allocation: OnDemandAllocation::Prioritized,
            spot_allocation: SpotAllocation::LowestPrice { pools: 2 },
        }
    }
}

impl InstancesDistribution {
    /// Whether a group of some size can hold Spot instances.
    #[must_use]
    pub fn buys_spot(&self) -> bool {
        self.on_demand_percentage_above_base_capacity < 100
    }
}

/// The order of kinds on demand (ASG-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnDemandAllocation {
    /// As the list of overrides has them.
    Prioritized,
    /// The cheapest first.
    LowestPrice,
}

/// The order of Spot pools (ASG-8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpotAllocation {
    /// The cheapest few in each zone, evenly.
    LowestPrice {
        /// How many.
        pools: u32,
    },
    /// The one with most capacity left.
    CapacityOptimized,
    /// Of those with much capacity left, the first of the list.
    CapacityOptimizedPrioritized,
    /// Of those with much capacity left, the cheapest.
    PriceCapacityOptimized,
}

/// A kind of instance that a group launches: its type, and what it will register.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceKind {
    /// The instance type.
    pub instance_type: Option<Arc<str>>,
    /// What it registers (INS-2).
    pub registered: Resources,
    /// Its platform, its network interfaces and what its agent can do.
    pub traits: HostTraits,
    /// The version of its agent (CQL-3).
    pub agent_version: Vec<u64>,
    /// On-demand price in nano-dollars an hour (CST-9).
    pub on_demand_nano_usd_per_hour: u64,
    /// Its attributes but for those of its zone.
    pub attributes: BTreeMap<String, String>,
}

/// How an instance is paid for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Market {
    /// By the list price, for as long as it is wanted.
    #[default]
    OnDemand,
    /// By the Spot price, until AWS takes it back (SPT-1).
    Spot,
}

impl Market {
    /// The market as it stands in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Market::OnDemand => "on-demand",
            Market::Spot => "spot",
        }
    }
}

/// Where an instance is in its life with its Auto Scaling group (ASG-3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Lifecycle {
    /// Of no Auto Scaling group: simply there.
    #[default]
    Fixed,
    /// Launched; EC2 starts the machine, which is not billed yet (CST-8).
    Pending,
    /// The machine runs and a launch hook is waited for.
    PendingWait,
    /// The machine runs and counts as capacity of its group, registered with ECS or about to be.
    InService,
    /// To be terminated; a termination hook is waited for: that of managed draining (CAS-15), or the owner's.
    TerminatingWait,
    /// EC2 shuts the machine down; it is not billed any more.
    Terminating,
    /// Gone.
    Terminated,
    /// Launched for the warm pool of its group; EC2 starts the machine (CAS-17).
    WarmedPending,
    /// In the warm pool, its machine stopped and not billed (CAS-17).
    WarmedStopped,
    /// In the warm pool, its machine running and billed (CAS-17).
    WarmedRunning,
    /// In the warm pool, its machine hibernated and not billed (CAS-17).
    WarmedHibernated,
}

impl Lifecycle {
    /// Whether it counts towards its group's desired capacity.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Lifecycle::Pending | Lifecycle::PendingWait | Lifecycle::InService)
    }

    /// Whether it waits in the warm pool of its group (CAS-17).
    #[must_use]
    pub fn is_warm(self) -> bool {
        matches!(self, Lifecycle::WarmedStopped | Lifecycle::WarmedRunning | Lifecycle::WarmedHibernated)
    }

    /// Whether the machine is on its way out or gone.
    #[must_use]
    pub fn is_leaving(self) -> bool {
        matches!(self, Lifecycle::TerminatingWait | Lifecycle::Terminating | Lifecycle::Terminated)
    }

    /// The state as Auto Scaling prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lifecycle::Fixed => "Fixed",
            Lifecycle::Pending => "Pending",
            Lifecycle::PendingWait => "Pending:Wait",
            Lifecycle::InService => "InService",
            Lifecycle::TerminatingWait => "Terminating:Wait",
            Lifecycle::Terminating => "Terminating",
            Lifecycle::Terminated => "Terminated",
            Lifecycle::WarmedPending => "Warmed:Pending",
            Lifecycle::WarmedStopped => "Warmed:Stopped",
            Lifecycle::WarmedRunning => "Warmed:Running",
            Lifecycle::WarmedHibernated => "Warmed:Hibernated",
        }
    }
}

/// Why an instance is terminated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TerminationCause {
    /// Its group holds more than it is to hold (ASG-5).
    ScaleIn,
    /// EC2 or its zone failed under it, and its group replaces it (ASG-4).
    Unhealthy,
    /// Somebody terminated it (FAIL-4).
    Terminated,
    /// Its zone holds too many of its group (ASG-2).
    ZoneRebalancing,
    /// A launch hook ended with ABANDON (ASG-3).
    LaunchAbandoned,
    /// It reached MaxInstanceLifetime.
    MaxLifetime,
    /// An instance refresh replaces it.
    InstanceRefresh,
    /// EC2 takes its Spot capacity back (SPT-1).
    SpotInterruption,
    /// Its replacement for a rebalance recommendation is in service (ASG-10).
    Rebalance,
}

impl TerminationCause {
    /// The cause as it stands in `instances.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TerminationCause::ScaleIn => "scale-in",
            TerminationCause::Unhealthy => "unhealthy",
            TerminationCause::Terminated => "terminated by its owner",
            TerminationCause::ZoneRebalancing => "zone rebalancing",
            TerminationCause::LaunchAbandoned => "launch abandoned",
            TerminationCause::MaxLifetime => "maximum lifetime",
            TerminationCause::InstanceRefresh => "instance refresh",
            TerminationCause::SpotInterruption => "Spot interruption",
            TerminationCause::Rebalance => "capacity rebalance",
        }
    }
}

/// Who changed the desired capacity of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DesiredCapacityCause {
    /// ECS cluster auto scaling (CAS-8, CAS-10).
    ManagedScaling,
    /// A request of the timeline.
    Request,
    /// A scheduled action of the group.
    ScheduledAction,
    /// Managed Instances came or went; nobody asked for a size (MI-6).
    ManagedInstances,
}

/// What a group is in the middle of, as its instances show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupCounts {
    /// Launched and not in service yet.
    pub pending: u32,
    /// In service.
    pub in_service: u32,
    /// Waiting for a termination hook, or shutting down.
    pub terminating: u32,
}

impl super::Cluster {
    /// The next instance that a group would launch: of this kind, in this zone, at `now`; not registered yet.
    #[must_use]
    pub fn instance_of_group(
        &self,
        group: AutoScalingGroupId,
        kind: &InstanceKind,
        zone: ZoneId,
        now: SimTime,
    ) -> ContainerInstance {
        let group = self.auto_scaling_group(group);
        let ordinal = group.launches + 1;
        let mut attributes = kind.attributes.clone();
        let name = format!("{}-{ordinal}", group.name);
        attributes.extend(self.attributes_of_zone(zone, kind.traits.has_trunk.then_some(&name)));
        ContainerInstance {
            ordinal,
            pool: group.pool,
            zone,
            instance_type: kind.instance_type.clone(),
            own_name: None,
            registered: kind.registered,
            free: kind.registered,
            host_ports: Vec::new(),
            traits: kind.traits.clone(),
            status: InstanceStatus::Unregistered,
            agent_connected: false,
            agent_version: kind.agent_version.clone(),
            registered_at: now,
            lifecycle: Lifecycle::Pending,
            market: Market::OnDemand,
            spot: super::capacity_pool::SpotLife::default(),
            launched_at: Some(now),
            launch_version: group.settings.version,
            in_service_at: None,
            billed_since: None,
            protected_from_scale_in: group.settings.protects_new_instances,
            termination: None,
            incarnation: 0,
            price_nano_usd_per_hour: kind.on_demand_nano_usd_per_hour,
            attributes,
            tasks: Vec::new(),
        }
    }

    /// The built-in attributes that an instance has by where it is (table 5b): its zone, its subnet where only one is
    /// known there, and its trunk interface.
    #[must_use]
    pub fn attributes_of_zone(&self, zone: ZoneId, with_trunk: Option<&String>) -> Vec<(String, String)> {
        let zone_name = self.zones[zone.index()].name.clone();
        let mut known = vec![("ecs.availability-zone".to_owned(), zone_name)];
        let mut here = self.subnets.iter().filter(|(_, of)| **of == zone);
        if let (Some((subnet, _)), None) = (here.next(), here.next()) {
            known.push(("ecs.subnet-id".to_owned(), subnet.clone()));
        }
        known.extend(with_trunk.map(|name| ("ecs.awsvpc-trunk-id".to_owned(), format!("eni-{name}"))));
        known
    }

    /// The instance that was launched or registered last; none if it is forgotten.
    #[must_use]
    pub fn newest_instance(&self) -> Option<InstanceId> {
        self.newest.filter(|id| self.instances.get(*id).is_some())
    }

    /// The group of a pool.
    #[must_use]
    pub fn group_of_pool(&self, pool: PoolId) -> Option<AutoScalingGroupId> {
        self.pools[pool.index()].group
    }

    /// The instances of a group that count towards its desired capacity, in the order of their launch.
    pub fn counting_instances(&self, pool: PoolId) -> impl Iterator<Item = InstanceId> + '_ {
        let all = self.pools[pool.index()].instances.iter().copied();
        all.filter(|id| self.instances[*id].lifecycle.counts())
    }

    /// How many instances of a pool are in which part of their life.
    #[must_use]
    pub fn group_counts(&self, pool: PoolId) -> GroupCounts {
        let mut counts = GroupCounts::default();
        for id in &self.pools[pool.index()].instances {
            match self.instances[*id].lifecycle {
                Lifecycle::Pending | Lifecycle::PendingWait => counts.pending += 1,
                Lifecycle::InService | Lifecycle::Fixed => counts.in_service += 1,
                Lifecycle::TerminatingWait | Lifecycle::Terminating => counts.terminating += 1,
                Lifecycle::Terminated
                | Lifecycle::WarmedPending
                | Lifecycle::WarmedStopped
                | Lifecycle::WarmedRunning
                | Lifecycle::WarmedHibernated => {}
            }
        }
        counts
    }
}
