//! The cluster: everything that is true at one instant.

use rustc_hash::FxHashMap;

use super::auto_scaling_group::AutoScalingGroup;
use super::capacity_provider::CapacityProvider;
use super::instance::{ContainerInstance, Pool, Zone};
use super::parameters::Parameters;
use super::placement::BinpackField;
use super::service::{Service, TaskCounts};
use super::target_group::TargetGroup;
use super::task::{Capacity, Host, Origin, Task};
use super::task_definition::{TaskDefinition, TaskDefinitionStatus};
use super::views::{FreeOrder, FreeRow, OpenRows, PoolTotals, TaskGroup};
use super::{
    AutoScalingGroupId, CallerId, CapacityProviderId, InstanceId, PoolId, Resources, ServiceId,
    TargetGroupId, TaskDefinitionId, TaskGroupId, TaskId, ZoneId,
};
use crate::kernel::arena::Arena;

/// A cluster and its parts (RES-1), with the views that [`Cluster::apply`] keeps in step.
#[derive(Clone)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// The date of simulated zero in Unix milliseconds (CQL-5).
    pub zero_unix_ms: i64,
    /// The undocumented numbers in force.
    pub parameters: std::sync::Arc<Parameters>,
    /// Fargate's prices.
    pub prices: super::prices::Prices,
    /// The default capacity provider strategy; empty if the cluster has none (RES-10).
    pub default_capacity: Vec<super::task::CapacityChoice>,
    /// The capacity providers associated with the cluster, where it lists them; else all there are (CAP-1, CAP-11).
    pub associated_providers: Option<Vec<String>>,
    /// Availability Zones in order of first mention.
    pub zones: Vec<Zone>,
    /// The zone of each subnet of which that is known (CON-21).
    pub subnets: std::collections::BTreeMap<String, ZoneId>,
    /// Pools of capacity: fixed groups and Auto Scaling groups, then FARGATE and FARGATE_SPOT where used.
    pub pools: Vec<Pool>,
    /// Auto Scaling groups.
    pub auto_scaling_groups: Vec<AutoScalingGroup>,
    /// Pools of EC2 capacity that their instances come from, as far as anything is known of them.
    pub capacity_pools: Vec<super::capacity_pool::CapacityPool>,
    /// Capacity providers over them.
    pub capacity_providers: Vec<CapacityProvider>,
    /// Task definition revisions in order of registration.
    pub task_definitions: Vec<TaskDefinition>,
    /// Target groups of load balancers.
    pub target_groups: Vec<TargetGroup>,
    /// The CloudWatch alarms that are in ALARM, by name (DEP-25).
    pub raised_alarms: std::collections::BTreeSet<String>,
    /// The ways of traffic that CreateDeploymentConfig named (DEP-42).
    pub deployment_configs: Vec<(String, super::traffic_shift::ShiftStrategy)>,
    /// Services in order of creation, deleted ones included.
    pub services: Vec<Service>,
    /// Callers of RunTask.
    pub callers: Vec<Caller>,
    /// Task groups.
    pub groups: Vec<TaskGroup>,
    /// Container instances.
    pub instances: Arena<ContainerInstance>,
    /// Tasks that ECS has not forgotten.
    pub tasks: Arena<Task>,

    /// Free resources by instance slot: what placement scans.
    pub free_rows: Vec<FreeRow>,
    /// How many of them take tasks, by zone and pool.
    pub open_rows: OpenRows,
    /// They in order of what is free, for each resource by which somebody packs.
    pub free_orders: Vec<FreeOrder>,
    /// The most CPU units, memory and GPUs that an instance of the cluster ever registered, each for itself.
    pub largest_registered: Resources,
    /// Registered and reserved by pool.
    pub pool_totals: Vec<PoolTotals>,
    /// Grows whenever something that a refusal rests on may have become better.
    pub capacity_version: u64,
    /// Requests of the timeline that were refused: when, the call, the exception.
    pub refused_requests: Vec<(crate::kernel::time::SimTime, &'static str, &'static str)>,
    /// Tasks ever created: no task is counted twice, none is lost (V11).
    pub tasks_created: u64,
    /// Tasks that are not STOPPED.
    pub tasks_present: u64,
    /// Tasks that wait in PROVISIONING for capacity (CAS-12, QUO-6).
    pub tasks_unplaced: u32,
    pub(super) newest: Option<InstanceId>,
    pub(super) group_by_name: FxHashMap<String, TaskGroupId>,
}

/// Somebody who calls RunTask, and the tasks of theirs.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name of the entry in `world.runs`.
    pub name: String,
    /// The group of its tasks.
    pub group: TaskGroupId,
    /// Its tasks by condition.
    pub counts: TaskCounts,
    /// How many of its tasks wait for a place.
    pub waiting: u32,
}

impl Cluster {
    /// An empty cluster.
    #[must_use]
    pub fn new(name: &str, parameters: Parameters) -> Cluster {
        Cluster {
            name: name.to_owned(),
            zero_unix_ms: 1_767_571_200_000, // 2026-01-05T00:00:00Z, a Monday
            parameters: std::sync::Arc::new(parameters),
            prices: super::prices::Prices::default(),
            default_capacity: Vec::new(),
            associated_providers: None,
            zones: Vec::new(),
            subnets: std::collections::BTreeMap::new(),
            pools: Vec::new(),
            auto_scaling_groups: Vec::new(),
            capacity_pools: Vec::new(),
            capacity_providers: Vec::new(),
            task_definitions: Vec::new(),
            target_groups: Vec::new(),
            raised_alarms: std::collections::BTreeSet::new(),
            deployment_configs: Vec::new(),
            services: Vec::new(),
            callers: Vec::new(),
            groups: Vec::new(),
            instances: Arena::new(),
            tasks: Arena::new(),
            free_rows: Vec::new(),
            open_rows: OpenRows::default(),
            free_orders: Vec::new(),
            largest_registered: Resources::default(),
            pool_totals: Vec::new(),
            capacity_version: 0,
            refused_requests: Vec::new(),
            tasks_created: 0,
            tasks_present: 0,
            tasks_unplaced: 0,
            newest: None,
            group_by_name: FxHashMap::default(),
        }
    }

    /// The service with this name that is not INACTIVE.
    #[must_use]
    pub fn service_named(&self, name: &str) -> Option<ServiceId> {
        let found = self.services.iter().position(|service| {
            service.name == name && service.status != super::service::ServiceStatus::Inactive
        })?;
        Some(ServiceId(found as u32))
    }

    /// The task definition `family:revision`, or the latest ACTIVE revision of `family` (RES-4).
    #[must_use]
    pub fn task_definition_named(&self, name: &str) -> Option<TaskDefinitionId> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let found = match name.rsplit_once(':') {
            Some((family, revision)) => {
                let revision: u32 = revision.parse().ok()?;
                self.task_definitions.iter().position(|d| d.family == family && d.revision == revision)
            }
            None => self
                .task_definitions
                .iter()
                .rposition(|d| d.family == name && d.status == TaskDefinitionStatus::Active),
        };
        found.map(|index| TaskDefinitionId(index as u32))
    }

    /// The zone with this name.
    #[must_use]
    pub fn zone_named(&self, name: &str) -> Option<ZoneId> {
        self.zones.iter().position(|zone| zone.name == name).map(|index| ZoneId(index as u16))
    }

    /// The pool with this name.
    #[must_use]
    pub fn pool_named(&self, name: &str) -> Option<PoolId> {
        self.pools.iter().position(|pool| pool.name == name).map(|index| PoolId(index as u16))
    }

    /// The service.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.index()]
    }

    /// The target group.
    #[must_use]
    pub fn target_group(&self, id: TargetGroupId) -> &TargetGroup {
        &self.target_groups[id.index()]
    }

    /// The target group with this name.
    #[must_use]
    pub fn target_group_named(&self, name: &str) -> Option<TargetGroupId> {
        let found = self.target_groups.iter().position(|group| group.name == name)?;
        Some(TargetGroupId(found as u16))
    }

    /// The task definition.
    #[must_use]
    pub fn task_definition(&self, id: TaskDefinitionId) -> &TaskDefinition {
        &self.task_definitions[id.index()]
    }

    /// The task group.
    #[must_use]
    pub fn group(&self, id: TaskGroupId) -> &TaskGroup {
        &self.groups[id.index()]
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self, id: CallerId) -> &Caller {
        &self.callers[id.index()]
    }

    /// The name people see for a task: `web#17`.
    #[must_use]
    pub fn task_name(&self, id: TaskId) -> String {
        let task = &self.tasks[id];
        let of = match task.origin {
            Origin::Service { service, .. } => &self.service(service).name,
            Origin::Caller { caller } => &self.caller(caller).name,
        };
        match task.attempt {
            1 => format!("{of}#{}", task.ordinal),
            attempt => format!("{of}#{}.{attempt}", task.ordinal),
        }
    }

    /// The name people see for an instance: its own, or `group-number`.
    #[must_use]
    pub fn instance_name(&self, id: InstanceId) -> String {
        // The reason of a refusal may name an instance that its group has terminated since.
        let Some(instance) = self.instances.get(id) else { return "an instance that is gone".to_owned() };
        match &instance.own_name {
            Some(name) => name.clone(),
            None => format!("{}-{}", self.pools[instance.pool.index()].name, instance.ordinal),
        }
    }

    /// The instance in a slot of the free rows.
    ///
    /// # Panics
    /// If the slot is empty: a bug in the caller.
    #[must_use]
    pub fn instance_in_slot(&self, slot: usize) -> InstanceId {
        self.instances.id_in_slot(slot).expect("a free row belongs to an instance")
    }

    /// The instances in order of what they have free of a resource, if that order is kept.
    #[must_use]
    pub fn order_by(&self, field: BinpackField) -> Option<&FreeOrder> {
        self.free_orders.iter().find(|order| order.field() == field)
    }

    /// The zone in which a task runs; none while it has no place.
    #[must_use]
    pub fn zone_of(&self, host: Host) -> Option<ZoneId> {
        match host {
            Host::Instance(instance) => Some(self.instances[instance].zone),
            Host::Fargate(zone) => Some(zone),
            Host::Unplaced(_) => None,
        }
    }

    /// The Auto Scaling group.
    #[must_use]
    pub fn auto_scaling_group(&self, id: AutoScalingGroupId) -> &AutoScalingGroup {
        &self.auto_scaling_groups[id.index()]
    }

    /// The capacity provider.
    #[must_use]
    pub fn capacity_provider(&self, id: CapacityProviderId) -> &CapacityProvider {
        &self.capacity_providers[id.index()]
    }

    /// The capacity provider over the Auto Scaling group of a pool, if there is one.
    #[must_use]
    pub fn provider_of_pool(&self, pool: PoolId) -> Option<CapacityProviderId> {
        self.auto_scaling_group(self.pools[pool.index()].group?).provider
    }

    /// The capacity provider that a task was asked to use, by name; none for a launch type.
    #[must_use]
    pub fn provider_name(&self, capacity: Capacity) -> Option<&str> {
        match capacity {
            Capacity::Ec2 | Capacity::Fargate(_) => None,
            Capacity::Provider(pool) | Capacity::AutoScaling(pool) => Some(self.pool_name(pool)),
        }
    }

    /// The name under which a pool stands in tables: its capacity provider's, else its own.
    #[must_use]
    pub fn pool_name(&self, pool: PoolId) -> &str {
        self.provider_of_pool(pool)
            .map_or(&self.pools[pool.index()].name, |provider| &self.capacity_provider(provider).name)
    }

    /// The pool whose capacity a task uses.
    #[must_use]
    pub fn pool_of(&self, task: &Task) -> Option<PoolId> {
        match task.host {
            Host::Instance(instance) => Some(self.instances[instance].pool),
            Host::Fargate(_) => task.capacity.fargate_pool(),
            Host::Unplaced(pool) => Some(pool),
        }
    }

    /// How many pools are made of container instances; they come before the Fargate pools.
    #[must_use]
    pub fn instance_pools(&self) -> usize {
        self.pools.iter().take_while(|pool| pool.kind.has_instances()).count()
    }

    /// Whether ECS hears of what happens on the host of a task, and the host of what ECS wants (INS-4).
    #[must_use]
    pub fn host_is_connected(&self, host: Host) -> bool {
        match host {
            Host::Instance(instance) => self.instances[instance].agent_connected,
            Host::Fargate(_) | Host::Unplaced(_) => true,
        }
    }

    /// The container instance with this name.
    #[must_use]
    pub fn instance_named(&self, name: &str) -> Option<InstanceId> {
        self.instances.iter().map(|(id, _)| id).find(|id| self.instance_name(*id) == name)
    }

    /// Whether the host of a task still works.
    #[must_use]
    pub fn host_works(&self, host: Host) -> bool {
        match host {
            Host::Instance(instance) => self.instances[instance].status.is_there(),
            Host::Fargate(zone) => self.zones[zone.index()].outages == 0,
            Host::Unplaced(_) => false,
        }
    }
}
