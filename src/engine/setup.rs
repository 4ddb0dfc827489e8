//! What a simulation is made from: the cluster after the requests of time zero, and how the world behaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::dist::Distribution;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::hooks::HookResult;
use crate::model::change::CapacityPlace;
use crate::model::placement::{PlacementConstraint, PlacementRule, PlacementStrategy};
use crate::model::stop::StartFailure;
use crate::model::task::{CapacityChoice, Host};
use crate::model::traffic_shift::{HookEnd, Stage};
use crate::model::{Cluster, ServiceId, TaskDefinitionId, ZoneId};

/// One point of an experiment, ready to be simulated with any replication number.
#[derive(Clone)]
pub struct Setup {
    /// The scenario's name.
    pub name: String,
    /// The root seed.
    pub seed: u64,
    /// The cluster after the requests of time zero: services and instances, no task yet.
    pub cluster: Cluster,
    /// How the world behaves.
    pub world: World,
    /// Requests and faults at set times.
    pub timeline: Vec<TimelineEntry>,
    /// When it ends.
    pub end: End,
    /// What metrics leave out at the beginning.
    pub warm_up: SimDuration,
    /// Whether services are running at time zero.
    pub start: Start,
    /// The tasks at time zero, where it is said which there are; `start` places none then.
    pub standing: Option<Standing>,
    /// From the notice of a Fargate task retirement to the retirement (FAIL-8).
    pub task_retirement_wait: SimDuration,
}

impl Setup {
    /// Lets `rule` choose the instances of every service and caller, in place of what the scenario says.
    pub fn place_all_by(&mut self, rule: &PlacementRule) {
        let services = self.cluster.services.iter_mut().map(|service| &mut service.settings.placement_rule);
        let callers = self.world.callers.iter_mut().flatten().map(|caller| &mut caller.placement_rule);
        services.chain(callers).for_each(|of_one| *of_one = rule.clone());
    }
}

/// When a simulation ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// At this instant.
    At(SimTime),
    /// When all arrivals are exhausted and no standalone task is alive or waiting.
    UntilDone,
}

/// In which state services begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// Every service has its tasks running and healthy, as far as they fit.
    Settled,
    /// Everything begins at zero, with all delays.
    Cold,
}

/// The tasks that are there at time zero.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// By service.
    pub services: Vec<StandingService>,
    /// Standalone tasks.
    pub standalone: Vec<StandingRun>,
}

/// A service and its tasks at time zero.
#[derive(Clone, Debug)]
pub struct StandingService {
    /// Which service.
    pub service: ServiceId,
    /// The revisions that it has tasks of, the oldest first; the last is the service's own. The cluster holds the service with the
    /// first of them.
    pub revisions: Vec<(TaskDefinitionId, Vec<StandingTask>)>,
}

/// A task of a service at time zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingTask {
    /// Where it is.
    pub host: Host,
    /// Which item of the service's capacity list it came by.
    pub choice: usize,
    /// RUNNING and healthy, or else on its way up.
    pub is_up: bool,
}

/// Standalone tasks of one kind at time zero.
#[derive(Clone, Debug)]
pub struct StandingRun {
    /// The name of their caller.
    pub caller: String,
    /// Their task group.
    pub group: String,
    /// What they are.
    pub behaviour: Arc<CallerBehaviour>,
    /// Where each is.
    pub tasks: Vec<StandingTask>,
}

/// Behaviour that AWS's configuration does not say. Lists run parallel to those of the cluster.
#[derive(Clone, Default)]
pub struct World {
    /// By task definition at time zero.
    pub tasks: Vec<Arc<TaskBehaviour>>,
    /// By family, for revisions registered later.
    pub families: BTreeMap<String, Arc<TaskBehaviour>>,
    /// By pool.
    pub pools: Vec<PoolBehaviour>,
    /// Laws of Spot instances, by `type/zone`, type, capacity provider, group or `default`.
    pub spot: BTreeMap<String, SpotWorld>,
    /// Spot pools that are reclaimed as a whole, or whose capacity follows a trace.
    pub spot_supplies: Vec<SpotSupply>,
    /// Failure laws by zone.
    pub zones: Vec<Option<Renewal>>,
    /// Names of the alarms that the timeline raises.
    pub alarms: Vec<String>,
    /// By service at time zero.
    pub services: Vec<ServiceBehaviour>,
    /// By caller; callers that only the timeline uses have none.
    pub callers: Vec<Option<CallerBehaviour>>,
}

/// How tasks of a task definition behave.
#[derive(Clone, Debug, Default)]
pub struct TaskBehaviour {
    /// Replaces the whole way from creation to RUNNING.
    pub launch: Option<Distribution>,
    /// What is pulled, in MB, if said.
    pub image_size_mb: Option<f64>,
    /// From its start until a container's health checks can pass.
    pub ready: Option<Distribution>,
    /// The share of tasks that never reach RUNNING, and what keeps them (FAIL-2).
    pub start_failure: Option<(f64, StartFailure)>,
    /// Requests a second that one task serves at 100 % CPU, in thousandths; replaces what the service says.
    pub per_task_milli: Option<u64>,
    /// The share of the requests it serves that it answers with an error, in millionths.
    pub error_millionths: u32,
    /// It crashes where too much is asked of it.
    pub crash_under_load: Option<LoadCrash>,
    /// Whether its images have a SOCI index, so that Fargate loads them lazily (LAT-5).
    pub soci: bool,
    /// By container name; those not named crash never.
    pub containers: BTreeMap<String, ContainerBehaviour>,
}

/// Tasks that crash where too much is asked of their service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadCrash {
    /// From which CPUUtilization of a minute on, in millionths of a percent.
    pub above_millionths: u64,
    /// The probability that a running task does not bear such a minute.
    pub probability: f64,
    /// With which code it exits.
    pub exit_code: i32,
}

/// How a container behaves.
#[derive(Clone, Debug, Default)]
pub struct ContainerBehaviour {
    /// Creation and start; replaces LAT-6.
    pub start: Option<Distribution>,
    /// Time from its start to a crash, and the exit code.
    pub crash: Option<(Distribution, i32)>,
    /// Time from its start to the end of its work, and the exit code.
    pub exits: Option<(Distribution, i32)>,
    /// Time from its start until its health checks fail (FAIL-3).
    pub unhealthy_after: Option<Distribution>,
    /// What memory it uses (CON-14).
    pub memory: Option<MemoryUse>,
    /// From the stop signal to its exit; replaces LAT-14.
    pub exit_after_signal: Option<Distribution>,
}

/// Memory that grows while a container runs (CON-14).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct MemoryUse {
    /// What it uses from its start, in MiB.
    pub at_start_mib: f64,
    /// What is added in an hour, in MiB.
    pub growth_mib_per_hour: f64,
}

/// How a pool of capacity behaves.
#[derive(Clone, Debug, Default)]
pub struct PoolBehaviour {
    /// How its instances fail.
    pub failure: Option<Renewal>,
    /// From the request of an Auto Scaling group to the registered instance; replaces LAT-9.
    pub launch: Option<Distribution>,
    /// Time from RUNNING to a Spot interruption.
    pub interruption: Option<Distribution>,
    /// Who completes the lifecycle hooks of a group, by the name of the hook (ASG-3).
    pub hooks: BTreeMap<String, HookBehaviour>,
    /// Whether its agents have ECS_ENABLE_SPOT_INSTANCE_DRAINING (SPT-2).
    pub spot_draining: bool,
}

/// How a lifecycle hook is completed (ASG-3).
#[derive(Clone, Debug)]
pub struct HookBehaviour {
    /// The time from its begin to its completion.
    pub completes_after: Distribution,
    /// With what result.
    pub result: HookResult,
    /// Whether heartbeats keep it alive until then.
    pub heartbeats: bool,
}

/// The laws of single Spot instances.
#[derive(Clone, Debug, Default)]
pub struct SpotWorld {
    /// From the running machine to its interruption notice; replaces SPT-7.
    pub interruption: Option<Distribution>,
    /// How long before the notice a rebalance recommendation comes; none without it.
    pub recommendation: Option<Distribution>,
}

/// A pool of Spot capacity as a whole.
#[derive(Clone, Debug)]
pub struct SpotSupply {
    /// Its name: `m5.large/us-east-1a`, or FARGATE_SPOT.
    pub name: String,
    /// Which pool.
    pub place: CapacityPlace,
    /// Times between reclaims, and the probability that one who runs then is taken (FAIL-6).
    pub reclaim: Option<(Distribution, f64)>,
    /// How much it can hold from which time on, ascending.
    pub capacity_steps: Arc<[(SimTime, u32)]>,
}

/// A failure law: time to failure, and time to repair if there is repair.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// Time to failure.
    pub every: Distribution,
    /// Time to repair; without it what failed is gone for good.
    pub repair: Option<Distribution>,
}

/// How a service is judged.
#[derive(Clone, Debug, Default)]
pub struct ServiceBehaviour {
    /// Healthy tasks it needs to be available; by default those of minimumHealthyPercent, at least 1.
    pub needs: Option<u32>,
    /// Whether a task serves until it exits.
    pub serves_while_stopping: bool,
    /// How hooks of its deployments end; the first that fits decides (DEP-35).
    pub hooks: Arc<[HookScript]>,
}

/// How a hook of a deployment ends (DEP-35).
#[derive(Clone, Debug)]
pub struct HookScript {
    /// At which stage; `None` for all.
    pub stage: Option<Stage>,
    /// For deployments of which revision; `None` for all.
    pub task_definition: Option<TaskDefinitionId>,
    /// How long it takes.
    pub completes_after: Distribution,
    /// With what result; `None`: it stays IN_PROGRESS until its timeout.
    pub end: Option<HookEnd>,
}

/// A caller of RunTask.
#[derive(Clone, Debug)]
pub struct CallerBehaviour {
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// Tasks in one call, 1 to 10 (RES-7).
    pub count: u32,
    /// Where.
    pub capacity: Vec<CapacityChoice>,
    /// The zones of its subnets, to which its awsvpc tasks keep (CON-21); `None` where that is not said.
    pub zones: Option<Vec<ZoneId>>,
    /// Conditions on the instances.
    pub constraints: Vec<PlacementConstraint>,
    /// Order of preference.
    pub strategies: Vec<PlacementStrategy>,
    /// Who decides.
    pub placement_rule: PlacementRule,
    /// When it calls.
    pub arrivals: Arrivals,
    /// How often at most.
    pub limit: Option<u64>,
    /// How long a task's work takes, from RUNNING; without it a task runs until something stops it.
    pub duration: Option<Distribution>,
    /// RunTask override of cpu.
    pub cpu: Option<Distribution>,
    /// RunTask override of memory.
    pub memory_mib: Option<Distribution>,
    /// What it does about a refusal.
    pub on_refusal: OnRefusal,
    /// What it does when a task stops before its work is done, or at all.
    pub on_stop: OnStop,
}

/// When a caller calls.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// After independent intervals.
    Every(Distribution),
    /// At a rate per hour that varies in time, as a Poisson process.
    Rate(Rate),
    /// At these times, ascending; with their own sizes and durations where the trace has them.
    Rows(Arc<[ArrivalRow]>),
}

/// A rate per hour as a function of time.
#[derive(Clone, Debug)]
pub enum Rate {
    /// A cosine over the day between `low` and `high`, highest at `peak_at` (LAT: none; a model of callers).
    Daily {
        /// Lowest rate per hour.
        low: f64,
        /// Highest rate per hour.
        high: f64,
        /// Time of day of the highest rate.
        peak_at: SimDuration,
    },
    /// Constant from each instant to the next.
    Steps(Arc<[(SimTime, f64)]>),
}

/// One arrival of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrivalRow {
    /// When.
    pub at: SimTime,
    /// How long its work takes, if the trace says.
    pub duration: Option<SimDuration>,
    /// CPU units, if the trace says.
    pub cpu: Option<u32>,
    /// Memory in MiB, if the trace says.
    pub memory_mib: Option<u32>,
    /// GPUs, if the trace says.
    pub gpus: Option<u32>,
}

/// What a caller does when RunTask finds no place. ECS itself only refuses (PLC-13).
#[derive(Clone, Debug)]
pub enum OnRefusal {
    /// Nothing.
    Fail,
    /// Asks again.
    Retry {
        /// Time between attempts.
        every: Distribution,
        /// Attempts after the first; unlimited if absent.
        limit: Option<u32>,
    },
    /// Stands in the cluster's one line, first come, first served.
    Wait {
        /// Places in the line for this caller; unlimited if absent.
        places: Option<u32>,
        /// Patience; unlimited if absent.
        timeout: Option<Distribution>,
    },
}

/// What a caller does when its task has stopped.
#[derive(Clone, Debug)]
pub enum OnStop {
    /// Nothing.
    Nothing,
    /// Submits it again.
    Resubmit {
        /// Time from STOPPED.
        after: Distribution,
        /// Whether a completed task is submitted again too.
        even_completed: bool,
    },
}

/// An entry of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When: constant, or drawn by replication.
    pub at: Distribution,
    /// What.
    pub action: TimelineAction,
}

/// The tasks that a fault strikes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TaskTarget {
    /// Running tasks of a service, drawn.
    Service(ServiceId),
    /// The task of this name, if it runs then.
    Task(String),
}

/// The Spot capacity that a fault takes back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpotTarget {
    /// Running Fargate tasks or instances of a pool, drawn.
    Pool(crate::model::PoolId),
    /// Running Spot instances of a type in a zone, drawn.
    Instances(crate::model::CapacityPoolId),
    /// The instance of a pool with this number, if it is there then.
    Instance(crate::model::PoolId, u32),
    /// The Fargate Spot task of this name, if it runs then.
    Task(String),
}

/// What a timeline entry does.
#[derive(Clone, Debug)]
pub enum TimelineAction {
    /// An ECS API request.
    Request(Arc<super::api::Request>),
    /// All instances and Fargate hosts of a zone fail for a while (FAIL-5).
    ZoneOutage {
        /// Which zone.
        zone: ZoneId,
        /// How long.
        length: Distribution,
    },
    /// Instances of a pool fail, each with its pool's repair (FAIL-4): `count` of those that are ACTIVE, drawn.
    InstanceFailure {
        /// Which pool.
        pool: crate::model::PoolId,
        /// One instance by its number in the pool, else some ACTIVE ones.
        ordinal: Option<u32>,
        /// How many.
        count: u32,
    },
    /// Instances of a pool are terminated by somebody, for good (FAIL-4).
    InstanceTermination {
        /// Which pool.
        pool: crate::model::PoolId,
        /// One instance by its number in the pool, else some ACTIVE ones.
        ordinal: Option<u32>,
        /// How many.
        count: u32,
    },
    /// The agent of an instance is cut off for a while (FAIL-4, INS-4).
    AgentDisconnect {
        /// Which pool.
        pool: crate::model::PoolId,
        /// The instance by its number in the pool.
        ordinal: u32,
        /// How long.
        length: Distribution,
    },
    /// A container of tasks exits (FAIL-1).
    ContainerExit {
        /// Which tasks.
        target: TaskTarget,
        /// How many tasks.
        count: u32,
        /// Which container; the first essential one where none is named.
        container: Option<String>,
        /// With what exit code.
        exit_code: i32,
    },
    /// Tasks of a service fail to start for a while (FAIL-2).
    StartFailure {
        /// Which service.
        service: ServiceId,
        /// How long.
        length: Distribution,
    },
    /// Health checks of tasks fail for a while (FAIL-3).
    Unhealthy {
        /// Which tasks.
        target: TaskTarget,
        /// How many tasks.
        count: u32,
        /// How long.
        length: Distribution,
    },
    /// Nothing can be launched somewhere for a while (FAIL-7).
    CapacityOutage {
        /// Where.
        place: CapacityPlace,
        /// How long.
        length: Distribution,
    },
    /// A CloudWatch alarm is in ALARM for a while (DEP-25).
    Alarm {
        /// Its place among the alarms of the world.
        alarm: u16,
        /// How long.
        length: Distribution,
    },
    /// AWS announces that it retires the Fargate tasks of a service (FAIL-8).
    TaskRetirement {
        /// Which service.
        service: ServiceId,
    },
    /// Spot capacity is reclaimed (FAIL-6).
    SpotInterruption {
        /// Where.
        target: SpotTarget,
        /// How many instances or tasks.
        count: u32,
    },
}
