//! Task definitions: `family:revision`, a template of containers (RES-4, RES-5).

use super::Resources;
use super::host_port::HostPort;
use super::host_traits::TaskNeeds;
use super::placement::PlacementConstraint;
use crate::kernel::time::SimDuration;

/// One registered revision of a family. A revision never changes (RES-4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskDefinition {
    /// The family name.
    pub family: String,
    /// The revision, counting from 1 in each family.
    pub revision: u32,
    /// Whether it can be used for new services and tasks.
    pub status: TaskDefinitionStatus,
    /// How its tasks are attached to the network (CON-19).
    pub network_mode: NetworkMode,
    /// Its containers, 1 to 10.
    pub containers: Vec<ContainerDefinition>,
    /// What one task reserves when it is placed (CON-13).
    pub reserved: Resources,
    /// The fixed ports that a task takes of its container instance, ascending; none in awsvpc mode (CON-17).
    pub host_ports: Vec<HostPort>,
    /// What it asks of the instance wherever it is used (PLC-10).
    pub constraints: Vec<PlacementConstraint>,
    /// What else it needs of a container instance (PLC-2).
    pub needs: TaskNeeds,
    /// Task-level memory in MiB, which caps all containers together (CON-14).
    pub memory_limit_mib: Option<u32>,
    /// Whether it has task-level cpu, which no container can exceed; Windows ignores it (CON-15, SIZ-2).
    pub has_cpu_ceiling: bool,
    /// Whether task-level cpu and memory are a pair that Fargate offers (SIZ-1).
    pub fits_fargate: bool,
    /// The processor architecture its images need.
    pub architecture: CpuArchitecture,
    /// The operating system its images need.
    pub operating_system: OperatingSystem,
    /// Fargate ephemeral storage above the 20 GiB that are included (SIZ-3), in GiB.
    pub extra_storage_gib: u32,
}

impl TaskDefinition {
    /// `family:revision`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }

    /// Whether each of its tasks takes a network interface of its container instance (CON-20).
    #[must_use]
    pub fn takes_interface(&self) -> bool {
        self.network_mode == NetworkMode::Awsvpc
    }

    /// Whether another container waits for the one at `index` with a condition of this kind.
    pub fn is_awaited(&self, index: usize, of_kind: impl Fn(Condition) -> bool) -> bool {
        let all = self.containers.iter().flat_map(|container| &container.depends_on);
        all.into_iter().any(|dependency| dependency.on == index && of_kind(dependency.condition))
    }

    /// Whether an essential container defines a health check, so that tasks can be HEALTHY (CON-8).
    #[must_use]
    pub fn has_health_check(&self) -> bool {
        self.containers.iter().any(ContainerDefinition::counts_for_health)
    }

    /// The position of its first essential container: the one whose work a standalone task is there for.
    #[must_use]
    pub fn main_container(&self) -> usize {
        self.containers.iter().position(|container| container.essential).unwrap_or(0)
    }

    /// The hard memory limit of a container in MiB: its own, or the task's (CON-14).
    #[must_use]
    pub fn memory_limit_mib(&self, index: usize) -> Option<u32> {
        let own = self.containers[index].memory_mib;
        own.into_iter().chain(self.memory_limit_mib).min()
    }
}

/// Whether a revision can still be used (RES-4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskDefinitionStatus {
    /// New services, tasks and updates can use it.
    Active,
    /// Deregistered: only what uses it already goes on.
    Inactive,
}

/// How a task is attached to the network (CON-19).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkMode {
    /// Docker's bridge on the host.
    Bridge,
    /// The host's own network.
    Host,
    /// An elastic network interface of the task's own.
    Awsvpc,
    /// No network.
    None,
}

/// A processor architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuArchitecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Arm64,
}

/// An operating system family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperatingSystem {
    /// Linux.
    Linux,
    /// Windows Server.
    Windows,
}

/// One container of a task definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContainerDefinition {
    /// Its name, unique in the task definition.
    pub name: String,
    /// Whether the task stops when it exits (CON-1).
    pub essential: bool,
    /// CPU units it asks for; 0 when none are given.
    pub cpu: u32,
    /// Hard memory limit in MiB, if any.
    pub memory_mib: Option<u32>,
    /// Soft limit in MiB, which is what it reserves when given (CON-12).
    pub memory_reservation_mib: Option<u32>,
    /// How long after the stop signal it is killed (LIF-15).
    pub stop_timeout: SimDuration,
    /// How long those that depend on it wait for it (LIF-16).
    pub start_timeout: Option<SimDuration>,
    /// The ports of its mappings, ascending (CON-17): where a target group can find it (LB-1).
    pub container_ports: Vec<u16>,
    /// Its health check, if it defines one (CON-5).
    pub health_check: Option<HealthCheck>,
    /// Whether the agent starts it again in place when it exits (CON-11).
    pub restart_policy: Option<RestartPolicy>,
    /// What it waits for before it starts (CON-2).
    pub depends_on: Vec<Dependency>,
}

impl ContainerDefinition {
    /// Whether the task's health rests on it (CON-8).
    #[must_use]
    pub fn counts_for_health(&self) -> bool {
        self.essential && self.health_check.is_some()
    }
}

/// A container health check (CON-5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HealthCheck {
    /// Time between probes.
    pub interval: SimDuration,
    /// After how long a probe without an answer has failed.
    pub timeout: SimDuration,
    /// Failures in a row that make it UNHEALTHY.
    pub retries: u32,
    /// How long after the start failures do not count.
    pub start_period: SimDuration,
}

/// A container restart policy (CON-11).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RestartPolicy {
    /// Exit codes after which it stays down.
    pub ignored_exit_codes: Vec<i32>,
    /// How long it must have run for a restart.
    pub attempt_period: SimDuration,
}

/// One entry of `dependsOn` (CON-2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// The position of the container that is waited for.
    pub on: usize,
    /// What of it.
    pub condition: Condition,
}

/// What a container waits for in another (CON-2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// That it has started.
    Start,
    /// That it has exited, with whatever code.
    Complete,
    /// That it has exited with 0.
    Success,
    /// That it has passed its health check.
    Healthy,
}
