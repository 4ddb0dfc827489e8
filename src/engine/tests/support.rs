//! Setups by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use super::story::Run;
use crate::aws;
use crate::engine::api::Request;
use crate::engine::setup::{
    ArrivalRow, Arrivals, CallerBehaviour, ContainerBehaviour, End, OnRefusal, OnStop, PoolBehaviour,
    Renewal, Start, TaskBehaviour, TaskTarget, TimelineAction, TimelineEntry, World,
};
use crate::engine::{RunError, Setup};
use crate::kernel::dist::Distribution;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::host_traits::{HostTraits, TaskNeeds};
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::parameters::{ParameterValues, Parameters, TieBreak};
use crate::model::placement::PlacementRule;
use crate::model::service::{Deployment, SchedulingStrategy, Service, ServiceSettings};
use crate::model::target_group::{ServiceLoadBalancer, TargetCheck, TargetGroup};
use crate::model::task::{Capacity, CapacityChoice};
use crate::model::task_definition::{
    ContainerDefinition, CpuArchitecture, HealthCheck, NetworkMode, OperatingSystem, TaskDefinition,
    TaskDefinitionStatus,
};
use crate::model::task_set::DeploymentController;
use crate::model::{
    Change, Cluster, DeploymentNumber, PoolId, Resources, ServiceId, TargetGroupId, TaskDefinitionId,
};

/// Always this many seconds.
pub(super) fn always(seconds: f64) -> Distribution {
    Distribution::constant(seconds * 1000.0).unwrap()
}

/// Exponential with this mean in seconds.
pub(super) fn exponential(mean_seconds: f64) -> Distribution {
    Distribution::exponential(mean_seconds * 1000.0).unwrap()
}

/// A setup under construction.
pub(super) struct Case {
    pub setup: Setup,
    pub values: ParameterValues,
}

impl Case {
    /// An empty cluster of one hour with the default parameters, ties to the first instance, a cold start.
    pub fn new() -> Case {
        let setup = Setup {
            name: "case".to_owned(),
            seed: 1,
            cluster: Cluster::new("c", Parameters::default()),
            world: World::default(),
            timeline: Vec::new(),
            end: End::At(SimTime(3_600_000)),
            warm_up: SimDuration::ZERO,
            start: Start::Cold,
            standing: None,
            task_retirement_wait: SimDuration::ZERO,
        };
        let values = ParameterValues { tie_break: TieBreak::LowestInstanceId, ..ParameterValues::default() };
        Case { setup, values }
    }

    /// The same without any delay: tasks run and stop in no time, the scheduler looks at once.
    pub fn instant() -> Case {
        let mut case = Case::new();
        let none = || always(0.0);
        case.values = ParameterValues {
            scheduler_wake: SimDuration::ZERO,
            no_check_healthy_delay: SimDuration::ZERO,
            lost_instance_detect: SimDuration::ZERO,
            eni_attach: none(),
            trunk_attach: none(),
            fargate_provisioning: none(),
            fargate_pull_base: none(),
            ec2_pull_base: none(),
            ec2_pull_cached: none(),
            default_image_size_mb: 0.0,
            container_start: none(),
            agent_dispatch: none(),
            exit_after_signal: none(),
            deprovisioning: none(),
            ..case.values
        };
        case
    }

    /// An instance of the group `pool` in `zone`; it is named `pool-n`.
    pub fn instance(&mut self, pool: &str, zone: &str, cpu: u32, memory_mib: u32) -> PoolId {
        let cluster = &mut self.setup.cluster;
        let (pool, zone) = (cluster.intern_pool(pool, PoolKind::Fixed), cluster.intern_zone(zone));
        let registered = Resources::new(cpu, memory_mib);
        let instance = ContainerInstance {
            ordinal: cluster.pools[pool.index()].instances.len() as u32 + 1,
            pool,
            zone,
            instance_type: None,
            own_name: None,
            registered,
            free: registered,
            status: InstanceStatus::Active,
            agent_connected: true,
            agent_version: vec![1, 100, 0],
            host_ports: Vec::new(),
            traits: HostTraits::default(),
            registered_at: SimTime::ZERO,
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
        cluster.apply(SimTime::ZERO, &Change::InstanceRegistered(Box::new(instance)));
        self.setup.world.pools.resize(cluster.pools.len(), PoolBehaviour::default());
        pool
    }

    /// Changes what the newest instance offers beside its size.
    pub fn traits(&mut self, shape: impl FnOnce(&mut HostTraits)) {
        let cluster = &mut self.setup.cluster;
        let newest = cluster.instance_in_slot(cluster.free_rows.len() - 1);
        let traits = &mut cluster.instances[newest].traits;
        shape(traits);
        let row = &mut cluster.free_rows[newest.slot()];
        (row.interfaces, row.platforms) = (traits.free_interfaces(), traits.platforms());
    }

    /// An instance with so many GPUs, and enough of the rest.
    pub fn instance_with_gpus(&mut self, pool: &str, zone: &str, gpus: u32) {
        self.instance(pool, zone, 1 << 14, 1 << 15);
        let cluster = &mut self.setup.cluster;
        let newest = cluster.instance_in_slot(cluster.free_rows.len() - 1);
        let instance = &mut cluster.instances[newest];
        (instance.registered.gpus, instance.free.gpus) = (gpus, gpus);
        cluster.largest_registered.gpus = cluster.largest_registered.gpus.max(gpus);
        cluster.free_rows[newest.slot()].gpus = gpus as u16;
        cluster.pool_totals[cluster.instances[newest].pool.index()].registered.gpus += u64::from(gpus);
    }

    /// FARGATE or FARGATE_SPOT in `zones`.
    pub fn fargate(&mut self, kind: PoolKind, zones: &[&str]) -> PoolId {
        zones.iter().for_each(|zone| {
            self.setup.cluster.intern_zone(zone);
        });
        let name = if kind == PoolKind::FargateSpot { "FARGATE_SPOT" } else { "FARGATE" };
        let pool = self.setup.cluster.intern_pool(name, kind);
        self.setup.world.pools.resize(self.setup.cluster.pools.len(), PoolBehaviour::default());
        pool
    }

    /// How the instances of a group fail.
    pub fn failing(&mut self, pool: PoolId, every: Distribution, repair: Option<Distribution>) {
        self.setup.world.pools[pool.index()].failure = Some(Renewal { every, repair });
    }

    /// A revision of `family` with one container `app`; `shape` may change it.
    pub fn definition(
        &mut self,
        family: &str,
        cpu: u32,
        memory_mib: u32,
        shape: impl FnOnce(&mut TaskDefinition),
    ) -> TaskDefinitionId {
        let known = self.setup.cluster.task_definitions.iter().filter(|known| known.family == family);
        let mut definition = TaskDefinition {
            family: family.to_owned(),
            revision: known.count() as u32 + 1,
            status: TaskDefinitionStatus::Active,
            network_mode: NetworkMode::Bridge,
            containers: vec![container("app", true)],
            reserved: Resources::new(cpu, memory_mib),
            memory_limit_mib: None,
            host_ports: Vec::new(),
            constraints: Vec::new(),
            needs: TaskNeeds::default(),
            has_cpu_ceiling: true,
            fits_fargate: true,
            architecture: CpuArchitecture::X86_64,
            operating_system: OperatingSystem::Linux,
            extra_storage_gib: 0,
        };
        shape(&mut definition);
        let id = TaskDefinitionId(self.setup.cluster.task_definitions.len() as u32);
        self.setup.cluster.apply(SimTime::ZERO, &Change::TaskDefinitionRegistered(Box::new(definition)));
        self.setup.world.tasks.push(Arc::new(TaskBehaviour::default()));
        id
    }

    /// How tasks of a definition behave.
    pub fn behaviour(&mut self, of: TaskDefinitionId, shape: impl FnOnce(&mut TaskBehaviour)) {
        shape(Arc::make_mut(&mut self.setup.world.tasks[of.index()]));
    }

    /// How a container of a definition behaves.
    pub fn container(&mut self, of: TaskDefinitionId, name: &str, behaviour: ContainerBehaviour) {
        self.behaviour(of, |tasks| {
            tasks.containers.insert(name.to_owned(), behaviour);
        });
    }

    /// A service on container instances; `shape` may change its settings.
    pub fn service(
        &mut self,
        name: &str,
        task_definition: TaskDefinitionId,
        desired_count: u32,
        shape: impl FnOnce(&mut ServiceSettings),
    ) -> ServiceId {
        let mut settings = ServiceSettings {
            load_balancers: Vec::new(),
            deployment_rules: Default::default(),
            has_mesh: false,
            task_definition: Some(task_definition),
            controller: DeploymentController::Ecs,
            scheduling: SchedulingStrategy::Replica,
            desired_count,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            grace_period: SimDuration::ZERO,
            capacity: vec![on(Capacity::Ec2)],
            zones: None,
            constraints: Vec::new(),
            strategies: Vec::new(),
            placement_rule: PlacementRule::Ecs,
            zone_rebalancing: false,
        };
        shape(&mut settings);
        let cluster = &mut self.setup.cluster;
        let id = ServiceId(cluster.services.len() as u32);
        let service = Service::new(name, settings);
        cluster.apply(SimTime::ZERO, &Change::ServiceCreated(Box::new(service)));
        let load_balancers = cluster.service(id).settings.load_balancers.clone();
        let deployment = Deployment::new(
            DeploymentNumber(1),
            task_definition,
            load_balancers,
            desired_count,
            SimTime::ZERO,
        );
        let started = Change::DeploymentStarted { service: id, deployment: Box::new(deployment) };
        cluster.apply(SimTime::ZERO, &started);
        id
    }

    /// A service `web` of so many tasks of `web:1`, settled, on one large instance, behind two target groups that take turns;
    /// `web:2` is there too.
    pub fn behind_two_target_groups(desired_count: u32, shape: impl FnOnce(&mut ServiceSettings)) -> Case {
        let mut case = Case::instant();
        case.setup.start = Start::Settled;
        case.instance("host", "a", 100_000, 100_000);
        let with_port = |task: &mut TaskDefinition| task.containers[0].container_ports = vec![80];
        let web = case.definition("web", 10, 10, with_port);
        case.definition("web", 10, 10, with_port);
        let blue = case.target_group(|group| group.deregistration_delay = SimDuration::ZERO);
        let green = case.target_group(|group| group.deregistration_delay = SimDuration::ZERO);
        case.service("web", web, desired_count, |settings| {
            settings.load_balancers =
                vec![ServiceLoadBalancer { alternate: Some(green.target_group), ..blue }];
            shape(settings);
        });
        case
    }

    /// A target group with ELB's defaults, whose first check comes at registration; what a service says of it for its
    /// first container.
    pub fn target_group(&mut self, shape: impl FnOnce(&mut TargetGroup)) -> ServiceLoadBalancer {
        self.values.target_registration = SimDuration::ZERO;
        self.values.first_check_spread = 0.0;
        let seconds = SimDuration::from_secs;
        let check = TargetCheck {
            interval: seconds(30),
            timeout: seconds(6),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
        };
        let cluster = &mut self.setup.cluster;
        let id = TargetGroupId(cluster.target_groups.len() as u16);
        let mut group = TargetGroup {
            name: format!("targets-{}", id.0 + 1),
            takes_addresses: false,
            check,
            deregistration_delay: seconds(300),
            is_network: false,
        };
        shape(&mut group);
        cluster.apply(SimTime::ZERO, &Change::TargetGroupCreated(Box::new(group)));
        ServiceLoadBalancer { target_group: id, alternate: None, container: 0, container_port: 80 }
    }

    /// A caller of RunTask at these seconds, for tasks that work so many seconds; `shape` may change it.
    pub fn caller(
        &mut self,
        name: &str,
        task_definition: TaskDefinitionId,
        calls: &[(f64, f64)],
        shape: impl FnOnce(&mut CallerBehaviour),
    ) {
        let row = |&(at, work): &(f64, f64)| ArrivalRow {
            at: SimTime((at * 1000.0) as u64),
            duration: Some(SimDuration((work * 1000.0) as u64)),
            cpu: None,
            memory_mib: None,
            gpus: None,
        };
        let mut behaviour = CallerBehaviour {
            task_definition,
            count: 1,
            capacity: vec![on(Capacity::Ec2)],
            zones: None,
            constraints: Vec::new(),
            strategies: Vec::new(),
            placement_rule: PlacementRule::Ecs,
            arrivals: Arrivals::Rows(calls.iter().map(row).collect()),
            limit: None,
            duration: None,
            cpu: None,
            memory_mib: None,
            on_refusal: OnRefusal::Fail,
            on_stop: OnStop::Nothing,
        };
        shape(&mut behaviour);
        let group = self.setup.cluster.intern_group(&format!("family:{name}"));
        self.setup.cluster.intern_caller(name, group);
        self.setup.world.callers.push(Some(behaviour));
    }

    /// Something at a set second.
    pub fn at(&mut self, seconds: f64, action: TimelineAction) {
        self.setup.timeline.push(TimelineEntry { at: always(seconds), action });
    }

    /// A request at a set second, with the input that this JSON is.
    pub fn request<T: serde::de::DeserializeOwned>(
        &mut self,
        seconds: f64,
        request: impl FnOnce(Box<T>) -> Request,
        input: serde_json::Value,
    ) {
        let input = serde_json::from_value(input).expect("the shape is right");
        self.at(seconds, TimelineAction::Request(Arc::new(request(Box::new(input)))));
    }

    /// UpdateContainerInstancesState of one instance at a set second.
    pub fn set_state(&mut self, seconds: f64, instance: &str, status: &str) {
        let input = serde_json::json!({ "containerInstances": [instance], "status": status });
        self.request(seconds, Request::UpdateContainerInstancesState, input);
    }

    /// UpdateService at a set second.
    pub fn update(&mut self, seconds: f64, shape: impl FnOnce(&mut aws::UpdateService)) {
        let mut input = aws::UpdateService { service: "web".to_owned(), ..aws::UpdateService::default() };
        shape(&mut input);
        self.at(seconds, TimelineAction::Request(Arc::new(Request::UpdateService(Box::new(input)))));
    }

    /// A zone outage at a set second.
    pub fn outage(&mut self, seconds: f64, zone: &str, length: f64) {
        let zone = self.setup.cluster.zone_named(zone).unwrap();
        self.at(seconds, TimelineAction::ZoneOutage { zone, length: always(length) });
    }

    pub fn ends_at(&mut self, seconds: u64) {
        self.setup.end = End::At(SimTime(seconds * 1000));
    }

    /// Replication 0, with every invariant held.
    pub fn run(self) -> Run {
        self.replication(0)
    }

    pub fn replication(mut self, replication: u64) -> Run {
        self.finish();
        match Run::of(&self.setup, replication) {
            Ok(run) => run,
            Err(error) => panic!("{error}"),
        }
    }

    pub fn error(mut self) -> RunError {
        self.finish();
        Run::of(&self.setup, 0).err().expect("an error")
    }

    pub fn finish(&mut self) {
        self.setup.cluster.parameters = Arc::new(Parameters::new(self.values.clone()));
    }
}

pub(super) fn on(capacity: Capacity) -> CapacityChoice {
    CapacityChoice { capacity, base: 0, weight: 1 }
}

pub(super) fn container(name: &str, essential: bool) -> ContainerDefinition {
    ContainerDefinition {
        container_ports: Vec::new(),
        name: name.to_owned(),
        essential,
        cpu: 0,
        memory_mib: Some(8),
        memory_reservation_mib: None,
        stop_timeout: SimDuration::from_secs(30),
        start_timeout: None,
        health_check: None,
        restart_policy: None,
        depends_on: Vec::new(),
    }
}

/// A health check with this interval in seconds, and ECS's defaults.
pub(super) fn health_check(interval: u64) -> HealthCheck {
    let seconds = SimDuration::from_secs;
    HealthCheck {
        interval: seconds(interval),
        timeout: seconds(5),
        retries: 3,
        start_period: SimDuration::ZERO,
    }
}

/// A container that crashes after so many seconds of RUNNING.
pub(super) fn crashing(law: Distribution) -> ContainerBehaviour {
    ContainerBehaviour { crash: Some((law, 137)), ..ContainerBehaviour::default() }
}

/// UpdateService with a forced deployment.
pub(super) fn force_deployment(service: &str) -> TimelineAction {
    let input = aws::UpdateService {
        service: service.to_owned(),
        force_new_deployment: Some(true),
        ..aws::UpdateService::default()
    };
    TimelineAction::Request(Arc::new(Request::UpdateService(Box::new(input))))
}

/// The first essential container of `count` tasks exits with 1.
pub(super) fn exit_of(target: TaskTarget, count: u32) -> TimelineAction {
    TimelineAction::ContainerExit { target, count, container: None, exit_code: 1 }
}
