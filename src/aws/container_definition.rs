//! One container of a task definition.

use super::common::ResourceRequirement;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A container: what it reserves, when it starts, and what its end means for the task.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerDefinition {
    /// Unique within the task definition.
    pub name: String,
    /// The image. Its name is not checked; equal names are one image to the cache (INS-12).
    pub image: Option<String>,
    /// CPU units reserved (1024 are one vCPU); a relative share on Linux (CON-15). Default 0.
    pub cpu: Option<u32>,
    /// Hard limit in MiB; beyond it the container is killed with exit code 137 (CON-14).
    pub memory: Option<u32>,
    /// Soft limit in MiB, and what is reserved on the instance when set (CON-12).
    pub memory_reservation: Option<u32>,
    /// Ports that the container listens on (CON-17).
    pub port_mappings: Option<Vec<PortMapping>>,
    /// Whether the end of this container ends the task (CON-1). Default true.
    pub essential: Option<bool>,
    /// Restart the container in place when it exits (CON-11).
    pub restart_policy: Option<ContainerRestartPolicy>,
    /// Containers that must have come so far before this one starts (CON-2).
    pub depends_on: Option<Vec<ContainerDependency>>,
    /// Seconds to wait for a dependency before the task is given up.
    pub start_timeout: Option<u32>,
    /// Seconds from SIGTERM to SIGKILL. Default 30.
    pub stop_timeout: Option<u32>,
    /// The command that probes the container's health (CON-5).
    pub health_check: Option<HealthCheck>,
    /// GPUs (CON-16).
    pub resource_requirements: Option<Vec<ResourceRequirement>>,
    /// Full access to the host; refused on Fargate (SIZ-7).
    pub privileged: Option<bool>,
    /// Links to other containers in `bridge` mode; refused on Fargate (SIZ-7).
    pub links: Option<Vec<String>>,
    /// Name servers; refused on Fargate (SIZ-7).
    pub dns_servers: Option<Vec<String>>,
    /// Entries of `/etc/hosts`; refused on Fargate (SIZ-7).
    pub extra_hosts: Option<Vec<Value>>,
    /// Kernel settings, of which `maxSwap` is refused on Fargate (SIZ-7).
    pub linux_parameters: Option<Value>,
    /// Accepted, not modelled.
    pub repository_credentials: Option<Value>,
    /// Accepted, not modelled.
    pub entry_point: Option<Vec<String>>,
    /// Accepted, not modelled.
    pub command: Option<Vec<String>>,
    /// Accepted, not modelled.
    pub environment: Option<Value>,
    /// Accepted, not modelled.
    pub environment_files: Option<Value>,
    /// Accepted, not modelled.
    pub mount_points: Option<Value>,
    /// Accepted, not modelled.
    pub volumes_from: Option<Value>,
    /// Accepted, not modelled.
    pub secrets: Option<Value>,
    /// Accepted, not modelled.
    pub version_consistency: Option<Value>,
    /// Accepted, not modelled.
    pub hostname: Option<Value>,
    /// Accepted, not modelled.
    pub user: Option<Value>,
    /// Accepted, not modelled.
    pub working_directory: Option<Value>,
    /// Accepted, not modelled.
    pub disable_networking: Option<Value>,
    /// Accepted, not modelled.
    pub readonly_root_filesystem: Option<Value>,
    /// Accepted, not modelled.
    pub dns_search_domains: Option<Value>,
    /// Accepted, not modelled.
    pub docker_security_options: Option<Value>,
    /// Accepted, not modelled.
    pub interactive: Option<Value>,
    /// Accepted, not modelled.
    pub pseudo_terminal: Option<Value>,
    /// Accepted, not modelled.
    pub docker_labels: Option<Value>,
    /// Accepted, not modelled.
    pub ulimits: Option<Value>,
    /// Accepted, not modelled.
    pub log_configuration: Option<Value>,
    /// Accepted, not modelled.
    pub system_controls: Option<Value>,
    /// Accepted, not modelled.
    pub firelens_configuration: Option<Value>,
    /// Accepted, not modelled.
    pub credential_specs: Option<Value>,
}

/// A port of a container and what stands for it on the host (CON-17).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortMapping {
    /// The port inside the container.
    #[schemars(range(min = 0, max = 65_535))]
    pub container_port: Option<u32>,
    /// The port on the host: in `bridge` mode 0 or absent picks a free one, a number reserves it (CON-18).
    #[schemars(range(min = 0, max = 65_535))]
    pub host_port: Option<u32>,
    /// Default `tcp`.
    pub protocol: Option<TransportProtocol>,
    /// Accepted, not modelled.
    pub name: Option<Value>,
    /// Accepted, not modelled.
    pub app_protocol: Option<Value>,
    /// A range of ports instead of one: accepted, not modelled.
    pub container_port_range: Option<Value>,
}

/// The protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransportProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Restart a container in place instead of ending the task (CON-11).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerRestartPolicy {
    /// Whether exits lead to a restart at all.
    pub enabled: bool,
    /// Exit codes that do not.
    pub ignored_exit_codes: Option<Vec<i32>>,
    /// Seconds that a container must have run before it may be restarted again; AWS takes 60 to 1800. Default 300.
    pub restart_attempt_period: Option<u32>,
}

/// A container that must have come so far before this one starts (CON-2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerDependency {
    /// The other container.
    pub container_name: String,
    /// How far it must have come.
    pub condition: ContainerCondition,
}

/// How far a dependency must have come (CON-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContainerCondition {
    /// It has started.
    Start,
    /// It has exited, with any code.
    Complete,
    /// It has exited with 0.
    Success,
    /// Its health check has passed.
    Healthy,
}

/// The probe of a container's health (CON-5, CON-6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheck {
    /// What to run. Its outcome comes from `world`, not from the command.
    pub command: Vec<String>,
    /// Seconds between probes; AWS takes 5 to 300. Default 30.
    pub interval: Option<u32>,
    /// Seconds until a probe counts as failed; AWS takes 2 to 60. Default 5.
    pub timeout: Option<u32>,
    /// Failures in a row that make the container unhealthy; AWS takes 1 to 10. Default 3.
    pub retries: Option<u32>,
    /// Seconds after the start in which failures do not count; AWS takes 0 to 300. Default 0.
    pub start_period: Option<u32>,
}
