//! Task definitions: `family:revision`, a template of containers (RES-4, RES-5).

use super::Resources;
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
    /// Time between health probes, where the container defines a health check (CON-5).
    pub health_check_interval: Option<SimDuration>,
}
