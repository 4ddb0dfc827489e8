//! Tasks and their life cycle (LIF).

use smallvec::SmallVec;

use super::container::{Container, ContainerStatus, HealthStatus};
use super::reason::StopCause;
use super::target_group::{Target, TargetState};
use super::{
    CallerId, DeploymentNumber, InstanceId, PoolId, Resources, ServiceId, TaskDefinitionId, TaskGroupId,
    ZoneId,
};
use crate::kernel::time::SimTime;

/// The containers of a task; most tasks have one.
pub type Containers = SmallVec<[Container; 1]>;

/// One task: an instantiation of a task definition on one host (RES-6).
#[derive(Clone, Debug)]
pub struct Task {
    /// Who launched it.
    pub origin: Origin,
    /// The n-th launch of its service, or the n-th arrival of its caller: `web#17`.
    pub ordinal: u64,
    /// 1, or more for a task that its caller submitted again.
    pub attempt: u32,
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// Its group (RES-8).
    pub group: TaskGroupId,
    /// Where it was asked to run.
    pub capacity: Capacity,
    /// Which item of its service's or call's capacity list that is.
    pub choice: u16,
    /// Where it does run.
    pub host: Host,
    /// What it holds there.
    pub reserved: Resources,
    /// Whether its service or call asks for an instance without another task of its group (PLC-11): what cluster auto
    /// scaling counts by while it waits (CAS-6).
    pub distinct_instance: bool,
    /// The last status that ECS knows.
    pub last_status: TaskStatus,
    /// RUNNING, until it is told to stop (LIF-2).
    pub desired_status: DesiredStatus,
    /// Healthy by SVC-12, as far as ECS knows.
    pub healthy: bool,
    /// Its host is gone, whether or not ECS has noticed (INS-5).
    pub lost: bool,
    /// It ended behind a cut-off agent, whether or not ECS has heard of it (INS-4).
    pub ended_unheard: bool,
    /// When it was first asked for.
    pub requested_at: SimTime,
    /// When it was created.
    pub created_at: SimTime,
    /// When it got its place: at its creation, for ECS creates no task it cannot place (PLC-13), unless it waits for
    /// capacity of a provider with managed scaling (CAS-12).
    pub placed_at: Option<SimTime>,
    /// Its containers, in the order of their definitions.
    pub containers: Containers,
    /// The worst health of its essential containers (CON-8).
    pub health: HealthStatus,
    /// Why its service wants another task in its place, if it does.
    pub impairment: Option<Impairment>,
    /// It sits on an instance that ECS says is DRAINING (INS-6).
    pub draining: bool,
    /// Itself as a target of load balancers, one entry for each target group of its service (LB-1).
    pub targets: Box<[Target]>,
    /// Its health follows from health checks (SVC-12).
    pub checked: bool,
    /// Until when scale-in and deployments leave it alone (SVC-20); `None` without protection.
    pub protected_until: Option<SimTime>,
    /// When the pull of its images began: the start of Fargate's bill (CST-2).
    pub pull_started_at: Option<SimTime>,
    /// When the pull of its images ended.
    pub pull_stopped_at: Option<SimTime>,
    /// First RUNNING (LIF-20).
    pub started_at: Option<SimTime>,
    /// When it was told to stop.
    pub stopping_at: Option<SimTime>,
    /// When its last essential container ended.
    pub execution_stopped_at: Option<SimTime>,
    /// STOPPED.
    pub stopped_at: Option<SimTime>,
    /// Why it stops.
    pub stop: Option<StopCause>,
    /// What the caller of StopTask gave as the reason (LIF-12).
    pub stop_reason: Option<Box<str>>,
    pub(super) place_in_service: u32,
    pub(super) place_on_instance: u32,
}

impl Task {
    /// The service it belongs to, if any.
    #[must_use]
    pub fn service(&self) -> Option<ServiceId> {
        match self.origin {
            Origin::Service { service, .. } => Some(service),
            Origin::Caller { .. } => None,
        }
    }

    /// Whether it is there for its service: told to run, and not STOPPED.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.desired_status == DesiredStatus::Running
    }

    /// Whether every container is at least started or has ended: the task is RUNNING then (LIF-6).
    #[must_use]
    pub fn all_containers_started(&self) -> bool {
        self.containers.iter().all(|container| container.last_status != ContainerStatus::Pending)
    }

    /// Whether it does its work in reality: healthy as far as ECS knows, and nothing has happened that ECS has not noticed
    /// (INS-4, INS-5).
    #[must_use]
    pub fn serves(&self) -> bool {
        self.healthy && !self.lost && !self.ended_unheard
    }

    /// Whether every load balancer finds it healthy (SVC-12).
    #[must_use]
    pub fn all_targets_healthy(&self) -> bool {
        self.targets.iter().all(|target| target.state == TargetState::Healthy)
    }

    /// Whether it is registered with a load balancer, and not on its way out of it.
    #[must_use]
    pub fn is_registered_target(&self) -> bool {
        self.targets.iter().any(|target| target.state.is_registered())
    }

    /// Whether it counts as healthy where instances drain: without checks from RUNNING on (SVC-13).
    #[must_use]
    pub fn is_healthy_for_draining(&self) -> bool {
        self.is_active() && (self.healthy || !self.checked && self.last_status == TaskStatus::Running)
    }

    /// Whether scale-in and deployments leave it alone (SVC-20); the draining of its instance does not.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.protected_until.is_some() && !self.draining
    }

    /// Whether no container runs or will run.
    #[must_use]
    pub fn all_containers_stopped(&self) -> bool {
        self.containers.iter().all(|container| container.last_status == ContainerStatus::Stopped)
    }
}

/// Why a service wants another task in the place of one that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Impairment {
    /// A policy that ECS does not offer moves it to other capacity (`policies.spotFallback`).
    Moved,
    /// Its health checks fail, and its grace period is over (SVC-14, SVC-15).
    Unhealthy,
    /// A load balancer finds it unhealthy, and its grace period is over (LB-10).
    TargetUnhealthy,
    /// AWS has announced that it will retire it (FAIL-8).
    Retirement,
}

/// Who launched a task (RES-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The service scheduler, for a deployment (RES-9).
    Service {
        /// The service.
        service: ServiceId,
        /// The deployment.
        deployment: DeploymentNumber,
    },
    /// A caller of RunTask.
    Caller {
        /// The caller.
        caller: CallerId,
    },
}

/// The launch type or capacity provider a task was asked to use (RES-10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// Launch type EC2: any container instance.
    Ec2,
    /// Launch type FARGATE, and the pool that stands for it.
    Fargate(PoolId),
    /// A capacity provider: FARGATE or FARGATE_SPOT.
    Provider(PoolId),
    /// A capacity provider over an Auto Scaling group: only its instances.
    AutoScaling(PoolId),
}

impl Capacity {
    /// Whether its tasks run on container instances.
    #[must_use]
    pub fn is_on_instances(self) -> bool {
        match self {
            Capacity::Ec2 | Capacity::AutoScaling(_) => true,
            Capacity::Fargate(_) | Capacity::Provider(_) => false,
        }
    }

    /// The Fargate pool it means, if it means Fargate.
    #[must_use]
    pub fn fargate_pool(self) -> Option<PoolId> {
        match self {
            Capacity::Ec2 | Capacity::AutoScaling(_) => None,
            Capacity::Fargate(pool) | Capacity::Provider(pool) => Some(pool),
        }
    }
}

/// One item of a capacity provider strategy, or the single launch type (CAP-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CapacityChoice {
    /// Where.
    pub capacity: Capacity,
    /// So many tasks first.
    pub base: u32,
    /// Its share of the rest.
    pub weight: u32,
}

/// Where a task runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// On a container instance.
    Instance(InstanceId),
    /// On a Fargate host of its own, in a zone (SIZ-6).
    Fargate(ZoneId),
    /// Nowhere yet: it waits in PROVISIONING for an instance of this pool (CAS-12).
    Unplaced(PoolId),
}

/// The last status of a task, in order; it never goes back (LIF-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaskStatus {
    /// ECS prepares a network interface or a Fargate host (LIF-3).
    Provisioning,
    /// Waits for the agent to act (LIF-4).
    Pending,
    /// Images are pulled and containers created (LIF-5).
    Activating,
    /// All containers that are due have started (LIF-6).
    Running,
    /// Leaves its load balancers (LIF-7).
    Deactivating,
    /// Its containers have the stop signal (LIF-8).
    Stopping,
    /// Its network interface is taken away (LIF-9).
    Deprovisioning,
    /// Ended.
    Stopped,
}

impl TaskStatus {
    /// The status as the ECS API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TaskStatus::Provisioning => "PROVISIONING",
            TaskStatus::Pending => "PENDING",
            TaskStatus::Activating => "ACTIVATING",
            TaskStatus::Running => "RUNNING",
            TaskStatus::Deactivating => "DEACTIVATING",
            TaskStatus::Stopping => "STOPPING",
            TaskStatus::Deprovisioning => "DEPROVISIONING",
            TaskStatus::Stopped => "STOPPED",
        }
    }
}

/// What ECS wants of a task (LIF-2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DesiredStatus {
    /// To run.
    Running,
    /// To stop; never back.
    Stopped,
}
