//! A cluster, drawn, and what happens to it between two decisions.

use std::collections::BTreeMap;

use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::change::NewTask;
use ecsim::model::host_port::{HostPort, Protocol};
use ecsim::model::host_traits::{HostTraits, Platforms, TaskNeeds};
use ecsim::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use ecsim::model::parameters::{ParameterValues, Parameters, ReleaseResourcesAt, RunTaskDefault, TieBreak};
use ecsim::model::placement::BinpackField;
use ecsim::model::reason::StopCause;
use ecsim::model::task::{Capacity, Host, Origin, TaskStatus};
use ecsim::model::task_definition::{
    ContainerDefinition, CpuArchitecture, NetworkMode, OperatingSystem, TaskDefinition, TaskDefinitionStatus,
};
use ecsim::model::{
    CallerId, Change, Cluster, InstanceId, PoolId, Resources, TaskDefinitionId, TaskGroupId, TaskId, ZoneId,
};

use super::draw::Draw;
use super::expression;
use super::request::{Asked, Constraint};

pub const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];
pub const GROUPS: [&str; 3] = ["service:web", "service:api", "family:job"];
const POOLS: [&str; 2] = ["big", "small"];
const CAPABILITIES: [&str; 2] = ["ecs.capability.container-ordering", "ecs.capability.task-eni"];
const STATUSES: [InstanceStatus; 7] = [
    InstanceStatus::Active,
    InstanceStatus::Draining,
    InstanceStatus::Lost,
    InstanceStatus::LostDraining,
    InstanceStatus::Inactive,
    InstanceStatus::Registering,
    InstanceStatus::Deregistered,
];
const DAY_MS: u64 = 86_400_000;

/// A task definition, and what the reference knows of it.
#[derive(Clone, Debug)]
pub struct Definition {
    pub id: TaskDefinitionId,
    pub awsvpc: bool,
    pub architecture: Option<CpuArchitecture>,
    pub system: Option<OperatingSystem>,
    pub capabilities: Vec<String>,
    pub constraints: Vec<Constraint>,
}

pub struct World {
    pub cluster: Cluster,
    pub definitions: Vec<Definition>,
    pub tie_break: TieBreak,
    pub runtask_default: RunTaskDefault,
    pub release: ReleaseResourcesAt,
    groups: Vec<TaskGroupId>,
    callers: Vec<CallerId>,
    tasks: Vec<TaskId>,
    now: SimTime,
}

impl World {
    pub fn drawn(draw: &mut Draw) -> World {
        let tie_break = draw.one_of(&[TieBreak::SeededRandom, TieBreak::LowestInstanceId]);
        let runtask_default = draw.one_of(&[RunTaskDefault::Random, RunTaskDefault::SpreadZones]);
        let release = draw.one_of(&[ReleaseResourcesAt::LastStopped, ReleaseResourcesAt::DesiredStopped]);
        let values = ParameterValues {
            tie_break,
            runtask_default,
            release_resources_at: release,
            ..ParameterValues::default()
        };
        let mut cluster = Cluster::new("drawn", Parameters::new(values));
        ZONES.iter().for_each(|zone| _ = cluster.intern_zone(zone));
        POOLS.iter().for_each(|pool| _ = cluster.intern_pool(pool, PoolKind::Fixed));
        let groups: Vec<TaskGroupId> = GROUPS.iter().map(|group| cluster.intern_group(group)).collect();
        let callers =
            groups.iter().map(|group| cluster.intern_caller(&format!("of {}", group.0), *group)).collect();
        let now = SimTime(10 * DAY_MS);
        let mut world = World {
            cluster,
            definitions: Vec::new(),
            tie_break,
            runtask_default,
            release,
            groups,
            callers,
            tasks: Vec::new(),
            now,
        };
        for revision in 1..=draw.between(1, 3) {
            world.register(draw, revision as u32);
        }
        let orders = |draw: &mut Draw, cluster: &mut Cluster| {
            for field in [BinpackField::Cpu, BinpackField::Memory] {
                if draw.percent(40) {
                    cluster.keep_order_by(field);
                }
            }
        };
        orders(draw, &mut world.cluster);
        let (count, alike) = (draw.one_of(&[1, 2, 3, 4, 5, 6, 8, 12, 16]), draw.percent(40));
        let model = instance(draw, 1);
        for ordinal in 1..=count {
            let instance = match alike {
                true => ContainerInstance { ordinal, zone: a_zone(draw), ..model.clone() },
                false => instance(draw, ordinal),
            };
            let mut instance = Box::new(instance);
            let zone = ZONES[instance.zone.index()].to_owned();
            instance.attributes.insert("ecs.availability-zone".to_owned(), zone);
            world.apply(&Change::InstanceRegistered(instance));
        }
        orders(draw, &mut world.cluster);
        world
    }

    pub fn group(&self, index: usize) -> TaskGroupId {
        self.groups[index]
    }

    fn apply(&mut self, change: &Change) {
        self.cluster.apply(self.now, change);
    }

    fn register(&mut self, draw: &mut Draw, revision: u32) {
        let awsvpc = draw.percent(30);
        let architecture = draw.percent(15).then(|| an_architecture(draw));
        let system = draw.percent(10).then(|| a_system(draw));
        let mut platforms = Platforms::NONE;
        if let Some(architecture) = architecture {
            platforms = platforms.and(Platforms::of_architecture(architecture));
        }
        if let Some(system) = system {
            platforms = platforms.and(Platforms::of_system(system));
        }
        let capabilities: Vec<String> =
            CAPABILITIES.iter().filter(|_| draw.percent(10)).map(|name| (*name).to_owned()).collect();
        let constraints: Vec<Constraint> =
            if draw.percent(12) { vec![Constraint::member_of(draw)] } else { Vec::new() };
        let definition = TaskDefinition {
            has_cpu_ceiling: true,
            family: "job".to_owned(),
            revision,
            status: TaskDefinitionStatus::Active,
            network_mode: if awsvpc { NetworkMode::Awsvpc } else { NetworkMode::Bridge },
            containers: vec![container()],
            reserved: Resources::new(256, 256),
            host_ports: if awsvpc { Vec::new() } else { host_ports(draw) },
            constraints: constraints.iter().map(|constraint| constraint.read(&self.cluster)).collect(),
            needs: TaskNeeds { platforms, capabilities: capabilities.clone() },
            memory_limit_mib: None,
            fits_fargate: false,
            architecture: CpuArchitecture::X86_64,
            operating_system: OperatingSystem::Linux,
            extra_storage_gib: 0,
        };
        self.apply(&Change::TaskDefinitionRegistered(Box::new(definition)));
        let id = TaskDefinitionId(revision - 1);
        self.definitions.push(Definition { id, awsvpc, architecture, system, capabilities, constraints });
    }

    /// The task gets its place.
    pub fn place(&mut self, asked: &Asked, instance: InstanceId) {
        let task = self.cluster.tasks.next_id();
        self.apply(&Change::TaskCreated(NewTask {
            task,
            origin: Origin::Caller { caller: self.callers[asked.group.index()] },
            ordinal: self.cluster.tasks_created + 1,
            attempt: 1,
            task_definition: asked.definition.id,
            group: asked.group,
            capacity: Capacity::Ec2,
            choice: 0,
            host: Host::Instance(instance),
            reserved: asked.demand,
            distinct_instance: false,
            first_status: TaskStatus::Pending,
            requested_at: self.now,
            created_at: self.now,
            waited: false,
            settled: false,
        }));
        self.tasks.push(task);
    }

    /// Something happens that placement must take into account; the answer says what.
    pub fn something_happens(&mut self, draw: &mut Draw) -> String {
        self.now = SimTime(self.now.0 + draw.between(0, DAY_MS));
        match draw.between(0, 9) {
            0..=5 if !self.tasks.is_empty() => self.a_task_goes_on(draw),
            _ if self.cluster.instances.is_empty() => "nothing".to_owned(),
            6..=7 => {
                let (instance, name) = self.an_instance(draw);
                let from = self.cluster.instances[instance].status;
                let to = if draw.percent(65) { InstanceStatus::Active } else { draw.one_of(&STATUSES) };
                if from == to {
                    return format!("{name} stays {from:?}");
                }
                self.apply(&Change::InstanceStatusChanged { instance, from, to });
                format!("{name} was {from:?} and is {to:?}")
            }
            8 => {
                let (instance, name) = self.an_instance(draw);
                let connected = draw.percent(75);
                self.apply(&Change::AgentConnectionChanged { instance, connected });
                format!("{name} is {}connected", if connected { "" } else { "not " })
            }
            _ => {
                let (instance, name) = self.an_instance(draw);
                let mut attributes = custom_attributes(draw);
                let before = &self.cluster.instances[instance].attributes;
                let built_in = before.iter().filter(|(name, _)| name.starts_with("ecs."));
                attributes.extend(built_in.map(|(name, value)| (name.clone(), value.clone())));
                let told = format!("{name} has {attributes:?}");
                self.apply(&Change::InstanceAttributesChanged { instance, attributes });
                told
            }
        }
    }

    fn an_instance(&self, draw: &mut Draw) -> (InstanceId, String) {
        let last = self.cluster.instances.len() as u64 - 1;
        let id = self.cluster.instances.id_in_slot(draw.between(0, last) as usize).expect("instances stay");
        (id, self.cluster.instance_name(id))
    }

    /// A task is told to stop; one that was told has STOPPED; one that has is forgotten.
    fn a_task_goes_on(&mut self, draw: &mut Draw) -> String {
        let index = draw.between(0, self.tasks.len() as u64 - 1) as usize;
        let id = self.tasks[index];
        let (name, task) = (self.cluster.task_name(id), &self.cluster.tasks[id]);
        let (from, told) = (task.last_status, !task.is_active());
        if from == TaskStatus::Stopped {
            self.tasks.swap_remove(index);
            self.apply(&Change::TaskForgotten { task: id });
            return format!("{name} is forgotten");
        }
        if !told && draw.percent(40) {
            let to = TaskStatus::Running;
            if from < to {
                self.apply(&Change::TaskStatusChanged { task: id, from, to });
            }
            return format!("{name} runs");
        }
        if !told {
            self.apply(&Change::TaskStopOrdered { task: id, cause: StopCause::UserInitiated });
            return format!("{name} is told to stop");
        }
        let to = if from < TaskStatus::Stopping && draw.percent(50) {
            TaskStatus::Stopping
        } else {
            TaskStatus::Stopped
        };
        self.apply(&Change::TaskStatusChanged { task: id, from, to });
        format!("{name} is {}", to.name())
    }
}

fn container() -> ContainerDefinition {
    ContainerDefinition {
        container_ports: Vec::new(),
        name: "app".to_owned(),
        essential: true,
        cpu: 0,
        memory_mib: None,
        memory_reservation_mib: None,
        stop_timeout: SimDuration::from_secs(30),
        start_timeout: None,
        health_check: None,
        restart_policy: None,
        depends_on: Vec::new(),
    }
}

fn host_ports(draw: &mut Draw) -> Vec<HostPort> {
    let port = |number, protocol| HostPort { number, protocol };
    match draw.between(0, 9) {
        0 => vec![port(80, Protocol::Tcp)],
        1 => vec![port(80, Protocol::Udp), port(8080, Protocol::Tcp)],
        2 => vec![port(8080, Protocol::Tcp)],
        3 => vec![draw.one_of(&[port(22, Protocol::Tcp), port(22, Protocol::Udp)])],
        // CON-18: 6 of the system, these, and at most 94 in all.
        4 => (9000..9093).map(|number| port(number, Protocol::Tcp)).collect(),
        _ => Vec::new(),
    }
}

fn instance(draw: &mut Draw, ordinal: u32) -> ContainerInstance {
    let registered = Resources {
        cpu: draw.one_of(&[512, 1024, 2048, 2048]),
        memory_mib: draw.one_of(&[512, 1024, 2048, 2048]),
        gpus: draw.one_of(&[0, 0, 1, 2]),
    };
    let mut attributes = custom_attributes(draw);
    attributes.insert("ecs.instance-type".to_owned(), expression::value_of(draw, "ecs.instance-type"));
    let operating_system = draw.percent(50).then(|| a_system(draw));
    if let Some(system) = operating_system {
        let name = if system == OperatingSystem::Linux { "linux" } else { "windows" };
        attributes.insert("ecs.os-type".to_owned(), name.to_owned());
    }
    let traits = HostTraits {
        architecture: draw.percent(50).then(|| an_architecture(draw)),
        operating_system,
        lacking_capabilities: CAPABILITIES
            .iter()
            .filter(|_| draw.percent(15))
            .map(|name| (*name).to_owned())
            .collect(),
        awsvpc_task_limit: draw.percent(60).then(|| draw.between(0, 3) as u32),
        awsvpc_tasks: 0,
        has_trunk: false,
        ..HostTraits::default()
    };
    ContainerInstance {
        ordinal,
        pool: PoolId(draw.between(0, 1) as u16),
        zone: a_zone(draw),
        instance_type: None,
        own_name: draw.percent(10).then(|| format!("own-{ordinal}")),
        registered,
        free: registered,
        host_ports: Vec::new(),
        traits,
        status: if draw.percent(93) { InstanceStatus::Active } else { draw.one_of(&STATUSES) },
        agent_connected: draw.percent(96),
        agent_version: draw.one_of(&[vec![1, 94, 0], vec![1, 9, 0], vec![2], vec![1, 100], vec![1, 94]]),
        registered_at: SimTime(draw.between(0, 72) * 3_600_000),
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
        attributes,
        tasks: Vec::new(),
    }
}

fn custom_attributes(draw: &mut Draw) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    for name in ["rack", "level", "note"] {
        if draw.percent(65) {
            attributes.insert(name.to_owned(), expression::value_of(draw, name));
        }
    }
    attributes
}

fn a_zone(draw: &mut Draw) -> ZoneId {
    ZoneId(draw.between(0, 2) as u16)
}

fn an_architecture(draw: &mut Draw) -> CpuArchitecture {
    draw.one_of(&[CpuArchitecture::X86_64, CpuArchitecture::Arm64])
}

fn a_system(draw: &mut Draw) -> OperatingSystem {
    draw.one_of(&[OperatingSystem::Linux, OperatingSystem::Windows])
}
