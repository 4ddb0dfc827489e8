//! A cluster driven by hand, so that a checker can be shown what an engine would never do.

use std::collections::BTreeMap;

use super::{Invariants, Violation};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::change::NewTask;
use crate::model::container::ContainerStatus;
use crate::model::host_traits::{HostTraits, TaskNeeds};
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::parameters::Parameters;
use crate::model::placement::PlacementRule;
use crate::model::reason::StopCause;
use crate::model::service::{Deployment, SchedulingStrategy, Service, ServiceSettings};
use crate::model::task::{Capacity, CapacityChoice, Host, Origin, TaskStatus};
use crate::model::task_definition::{
    ContainerDefinition, CpuArchitecture, NetworkMode, OperatingSystem, TaskDefinition, TaskDefinitionStatus,
};
use crate::model::task_set::DeploymentController;
use crate::model::{
    CallerId, Change, Cluster, DeploymentNumber, Resources, ServiceId, TaskDefinitionId, TaskGroupId, TaskId,
};
use crate::observe::Observer;

/// What each task of these tests reserves.
pub(super) const TASK: Resources = Resources::new(256, 512);

/// A task definition with one container.
fn definition() -> TaskDefinition {
    let app = ContainerDefinition {
        container_ports: Vec::new(),
        name: "app".to_owned(),
        essential: true,
        cpu: 256,
        memory_mib: Some(512),
        memory_reservation_mib: None,
        stop_timeout: SimDuration::from_secs(30),
        start_timeout: None,
        health_check: None,
        restart_policy: None,
        depends_on: Vec::new(),
    };
    TaskDefinition {
        family: "web".to_owned(),
        revision: 1,
        status: TaskDefinitionStatus::Active,
        network_mode: NetworkMode::Bridge,
        containers: vec![app],
        reserved: TASK,
        memory_limit_mib: None,
        host_ports: Vec::new(),
        constraints: Vec::new(),
        needs: TaskNeeds::default(),
        has_cpu_ceiling: false,
        fits_fargate: false,
        architecture: CpuArchitecture::X86_64,
        operating_system: OperatingSystem::Linux,
        extra_storage_gib: 0,
    }
}

/// A cluster, its clock and whoever watches.
pub(super) struct Hand<O = Invariants> {
    pub cluster: Cluster,
    pub now: SimTime,
    pub observer: O,
    ordinals: u64,
}

impl Hand {
    /// `count` instances of 1024 CPU units and 2048 MiB, watched by all invariants.
    pub fn with_instances(count: u32) -> Hand {
        let mut hand = Hand::watched_by(Invariants::new());
        (1..=count).for_each(|ordinal| hand.register(ordinal));
        hand
    }

    /// Ends the simulation.
    pub fn verdict(mut self) -> Result<(), Violation> {
        self.observer.end(self.now, &self.cluster);
        self.observer.verdict()
    }
}

impl<O: Observer> Hand<O> {
    pub fn watched_by(mut observer: O) -> Hand<O> {
        let mut cluster = Cluster::new("c", Parameters::default());
        cluster.intern_pool("host", PoolKind::Fixed);
        cluster.intern_zone("a");
        cluster.task_definitions.push(definition());
        observer.begin(&cluster);
        Hand { cluster, now: SimTime::ZERO, observer, ordinals: 0 }
    }

    /// Makes a change true and shows it.
    pub fn make(&mut self, change: &Change) {
        self.cluster.apply(self.now, change);
        self.observer.observe(self.now, change, &self.cluster);
    }

    pub fn advance(&mut self, ms: u64) {
        let to = self.now + SimDuration(ms);
        self.observer.time_moves(self.now, to, &self.cluster);
        self.now = to;
    }

    pub fn register(&mut self, ordinal: u32) {
        let registered = Resources::new(1024, 2048);
        let instance = ContainerInstance {
            ordinal,
            pool: self.cluster.intern_pool("host", PoolKind::Fixed),
            zone: self.cluster.intern_zone("a"),
            instance_type: None,
            own_name: None,
            registered,
            free: registered,
            status: InstanceStatus::Active,
            agent_connected: true,
            agent_version: vec![1, 100, 0],
            host_ports: Vec::new(),
            traits: HostTraits::default(),
            registered_at: self.now,
            incarnation: 0,
            lifecycle: Default::default(),
            market: Default::default(),
            spot: Default::default(),
            launched_at: None,
            launch_version: 0,
            in_service_at: None,
            billed_since: Some(SimTime::ZERO),
            protected_from_scale_in: false,
            termination: None,
            price_nano_usd_per_hour: 0,
            attributes: BTreeMap::new(),
            tasks: Vec::new(),
        };
        self.make(&Change::InstanceRegistered(Box::new(instance)));
    }

    pub fn service(&mut self, desired_count: u32, minimum_healthy_percent: u32, maximum_percent: u32) {
        let settings = ServiceSettings {
            load_balancers: Vec::new(),
            deployment_rules: Default::default(),
            has_mesh: false,
            task_definition: Some(TaskDefinitionId(0)),
            controller: DeploymentController::Ecs,
            scheduling: SchedulingStrategy::Replica,
            desired_count,
            minimum_healthy_percent,
            maximum_percent,
            grace_period: SimDuration::ZERO,
            capacity: vec![CapacityChoice { capacity: Capacity::Ec2, base: 0, weight: 1 }],
            zones: None,
            constraints: Vec::new(),
            strategies: Vec::new(),
            placement_rule: PlacementRule::Ecs,
            zone_rebalancing: false,
        };
        let service = Service::new("web", settings);
        self.make(&Change::ServiceCreated(Box::new(service)));
        self.deployment(1);
    }

    pub fn deployment(&mut self, number: u32) {
        let deployment =
            Deployment::new(DeploymentNumber(number), TaskDefinitionId(0), Vec::new(), 0, self.now);
        self.make(&Change::DeploymentStarted { service: ServiceId(0), deployment: Box::new(deployment) });
    }

    /// A PENDING task of the service's deployment with this number, on the first instance with room.
    pub fn task_of_service(&mut self, deployment: u32) -> TaskId {
        let origin = Origin::Service { service: ServiceId(0), deployment: DeploymentNumber(deployment) };
        let group = self.cluster.services[0].group;
        self.task(origin, group)
    }

    /// A PENDING task of a caller.
    pub fn task_of_caller(&mut self) -> TaskId {
        if self.cluster.callers.is_empty() {
            let (name, group) = ("job".to_owned(), "family:job".to_owned());
            self.make(&Change::CallerNamed { name, group });
        }
        self.make(&Change::TaskRequested { caller: CallerId(0), ordinal: self.ordinals + 1 });
        self.task(Origin::Caller { caller: CallerId(0) }, self.cluster.callers[0].group)
    }

    fn task(&mut self, origin: Origin, group: TaskGroupId) -> TaskId {
        self.ordinals += 1;
        let task = self.cluster.tasks.next_id();
        let slot = self.cluster.free_rows.iter().position(|row| row.fits(TASK)).expect("room");
        self.make(&Change::TaskCreated(NewTask {
            task,
            origin,
            ordinal: self.ordinals,
            attempt: 1,
            task_definition: TaskDefinitionId(0),
            group,
            capacity: Capacity::Ec2,
            choice: 0,
            host: Host::Instance(self.cluster.instance_in_slot(slot)),
            reserved: TASK,
            distinct_instance: false,
            first_status: TaskStatus::Pending,
            requested_at: self.now,
            created_at: self.now,
            waited: false,
            settled: false,
        }));
        task
    }

    /// The task comes to a status, and its container to what goes with it.
    pub fn status(&mut self, task: TaskId, to: TaskStatus) {
        match to {
            TaskStatus::Running if self.cluster.tasks[task].stop.is_none() => {
                self.container(task, ContainerStatus::Running);
            }
            TaskStatus::Stopped => self.container(task, ContainerStatus::Stopped),
            _ => {}
        }
        let from = self.cluster.tasks[task].last_status;
        self.make(&Change::TaskStatusChanged { task, from, to });
    }

    fn container(&mut self, task: TaskId, to: ContainerStatus) {
        let from = self.cluster.tasks[task].containers[0].last_status;
        if from < to {
            self.make(&Change::ContainerStatusChanged { task, container: 0, from, to, exit: None });
        }
    }

    pub fn healthy(&mut self, task: TaskId, healthy: bool) {
        self.make(&Change::TaskHealthChanged { task, healthy });
    }

    pub fn order_stop(&mut self, task: TaskId, cause: StopCause) {
        self.make(&Change::TaskStopOrdered { task, cause });
    }
}
