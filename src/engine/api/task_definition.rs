//! RegisterTaskDefinition: what ECS checks, and the revision that comes out.

mod capabilities;
mod containers;
mod dependencies;
pub mod fargate;

use super::placement::{MAX_CONSTRAINTS, member_of};
use super::{ApiError, is_name};
use crate::aws::common::{PlacementConstraintType, ResourceType};
use crate::aws::container_definition::{
    ContainerCondition, ContainerDependency, ContainerRestartPolicy, HealthCheck as AwsHealthCheck,
};
use crate::aws::task_definition::{
    Compatibility, CpuArchitecture as AwsArchitecture, NetworkMode as AwsNetworkMode, OperatingSystemFamily,
};
use crate::aws::{ContainerDefinition as AwsContainer, RegisterTaskDefinition};
use crate::catalog::fargate::EPHEMERAL_STORAGE_INCLUDED_GIB;
use crate::kernel::time::SimDuration;
use crate::model::placement::PlacementConstraint;
use crate::model::task_definition::{
    Condition, ContainerDefinition, CpuArchitecture, Dependency, HealthCheck, NetworkMode, OperatingSystem,
    RestartPolicy, TaskDefinition, TaskDefinitionStatus,
};
use crate::model::{Cluster, Resources};

const CLIENT: &str = "ClientException";
/// RES-5.
const MAX_BYTES: usize = 64 * 1024;
/// SIZ-2.
const CPU_UNITS_ON_EC2: std::ops::RangeInclusive<u32> = 128..=196_608;

/// The next revision of the family.
///
/// # Errors
/// `ClientException` with the field and the rule.
pub fn register(cluster: &Cluster, input: &RegisterTaskDefinition) -> Result<TaskDefinition, ApiError> {
    check_family(&input.family)?;
    check_bytes(input)?;
    // First, so that a cycle longer than RES-5 allows is told as a cycle too.
    dependencies::check(&input.container_definitions)?;
    containers::check(input)?;
    fargate::check_storage(input.ephemeral_storage)?;
    let on_fargate = fargate::check(input);
    let fits_fargate = on_fargate.is_ok();
    if requires(input, Compatibility::Fargate) {
        on_fargate?;
    } else {
        check_cpu_on_ec2(input.cpu.map(|cpu| cpu.units), "cpu")?;
    }
    let constraints = constraints_of(cluster, input)?;
    check_network(input)?;
    let reserved = reservation(input, fits_fargate)?;
    let (architecture, operating_system) = platform(input);
    let containers = &input.container_definitions;
    let revisions = cluster.task_definitions.iter().filter(|known| known.family == input.family);
    Ok(TaskDefinition {
        family: input.family.clone(),
        revision: revisions.count() as u32 + 1,
        status: TaskDefinitionStatus::Active,
        network_mode: network_mode(input),
        containers: containers.iter().map(|c| container(cluster, c, containers)).collect(),
        reserved,
        host_ports: containers::host_ports(input),
        constraints,
        needs: capabilities::needs(input),
        memory_limit_mib: input
            .memory
            .filter(|_| operating_system == OperatingSystem::Linux)
            .map(|memory| memory.mib),
        has_cpu_ceiling: input.cpu.is_some() && operating_system == OperatingSystem::Linux,
        fits_fargate,
        architecture,
        operating_system,
        extra_storage_gib: input
            .ephemeral_storage
            .map_or(0, |storage| storage.size_in_gib.saturating_sub(EPHEMERAL_STORAGE_INCLUDED_GIB)),
    })
}

/// What a definition asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(input: &RegisterTaskDefinition) -> Vec<(String, &'static str)> {
    let mut ignored = Vec::new();
    for (index, container) in input.container_definitions.iter().enumerate() {
        if container.port_mappings.iter().flatten().any(|mapping| mapping.container_port_range.is_some()) {
            let field = format!("containerDefinitions[{index}].portMappings");
            ignored.push((field, "a range of ports takes none of the host yet (CON-18 is for single ports)"));
        }
    }
    ignored
}

fn requires(input: &RegisterTaskDefinition, what: Compatibility) -> bool {
    input.requires_compatibilities.iter().flatten().any(|found| *found == what)
}

fn check_family(family: &str) -> Result<(), ApiError> {
    if is_name(family) {
        return Ok(());
    }
    let message = "a family is 1 to 255 letters, digits, hyphens and underscores";
    Err(ApiError::new(CLIENT, "family", message))
}

/// RES-5, QUO-17, on the text as the API would receive it.
fn check_bytes(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    let bytes = serde_json::to_value(input).map_or(0, |value| without_nulls(value).to_string().len());
    if bytes > MAX_BYTES {
        let message = format!("the definition has {bytes} bytes; at most 65536 are allowed (RES-5)");
        return Err(ApiError::new(CLIENT, "containerDefinitions", message));
    }
    Ok(())
}

fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// SIZ-2, for definitions and for overrides.
pub(super) fn check_cpu_on_ec2(units: Option<u32>, field: &str) -> Result<(), ApiError> {
    match units.filter(|units| !CPU_UNITS_ON_EC2.contains(units)) {
        None => Ok(()),
        Some(units) => {
            let message = format!("{units} is outside 128 to 196608 CPU units (SIZ-2)");
            Err(ApiError::new(CLIENT, field, message))
        }
    }
}

/// PLC-10: in a task definition only memberOf.
pub(super) fn constraints_of(
    cluster: &Cluster,
    input: &RegisterTaskDefinition,
) -> Result<Vec<PlacementConstraint>, ApiError> {
    let constraints = input.placement_constraints.as_deref().unwrap_or_default();
    let distinct = |kind| kind == PlacementConstraintType::DistinctInstance;
    if let Some(index) = constraints.iter().position(|constraint| distinct(constraint.kind)) {
        let message = "a task definition can hold memberOf constraints only; distinctInstance belongs to services \
                       and RunTask (PLC-10)";
        return Err(ApiError::new(CLIENT, format!("placementConstraints[{index}].type"), message));
    }
    if constraints.len() > MAX_CONSTRAINTS {
        let message = format!("{} constraints found; a task has at most 10 (PLC-10)", constraints.len());
        return Err(ApiError::new(CLIENT, "placementConstraints", message));
    }
    let read = constraints.iter().enumerate();
    read.map(|(index, found)| member_of(cluster, found.expression.as_deref(), index, CLIENT)).collect()
}

/// CON-19 on Managed Instances, and links, which only a bridge has.
fn check_network(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    let mode = network_mode(input);
    let own = matches!(mode, NetworkMode::Awsvpc | NetworkMode::Host);
    if requires(input, Compatibility::ManagedInstances) && input.network_mode.is_some() && !own {
        let message = "Managed Instances support network modes awsvpc and host (CON-19)";
        return Err(ApiError::new(CLIENT, "networkMode", message));
    }
    let linked = |container: &AwsContainer| container.links.iter().flatten().next().is_some();
    let found = input.container_definitions.iter().position(linked).filter(|_| mode != NetworkMode::Bridge);
    found.map_or(Ok(()), |index| {
        let message = "links are supported with networkMode bridge only";
        Err(ApiError::new(CLIENT, format!("containerDefinitions[{index}].links"), message))
    })
}

fn network_mode(input: &RegisterTaskDefinition) -> NetworkMode {
    match input.network_mode {
        Some(AwsNetworkMode::Awsvpc) => NetworkMode::Awsvpc,
        Some(AwsNetworkMode::Host) => NetworkMode::Host,
        Some(AwsNetworkMode::None) => NetworkMode::None,
        Some(AwsNetworkMode::Bridge) | None => NetworkMode::Bridge,
    }
}

/// CON-13: the task's size if given, else the sum over its containers. Windows on an instance knows no task size
/// (SIZ-2).
fn reservation(input: &RegisterTaskDefinition, fits_fargate: bool) -> Result<Resources, ApiError> {
    let containers = &input.container_definitions;
    let counts = platform(input).1 == OperatingSystem::Linux || fits_fargate;
    let task_cpu = input.cpu.filter(|_| counts).map(|cpu| cpu.units);
    let task_memory = input.memory.filter(|_| counts).map(|memory| memory.mib);
    let cpu_sum: u64 = containers.iter().map(|c| u64::from(c.cpu.unwrap_or(0))).sum();
    let reserves = |c: &AwsContainer| c.memory_reservation.filter(|m| *m > 0).or(c.memory).unwrap_or(0);
    let memory_sum: u64 = containers.iter().map(|c| u64::from(reserves(c))).sum();
    for (name, given, sum) in [("cpu", task_cpu, cpu_sum), ("memory", task_memory, memory_sum)] {
        if let Some(given) = given.filter(|given| u64::from(*given) < sum) {
            let message =
                format!("the task's {name} {given} is less than the {sum} of its containers (CON-13)");
            return Err(ApiError::new(CLIENT, name, message));
        }
    }
    let too_large = |sum: u64| {
        u32::try_from(sum).map_err(|_| {
            ApiError::new(CLIENT, "containerDefinitions", "the sizes add up to more than any machine has")
        })
    };
    Ok(Resources {
        cpu: task_cpu.map_or_else(|| too_large(cpu_sum), Ok)?,
        memory_mib: task_memory.map_or_else(|| too_large(memory_sum), Ok)?,
        gpus: gpus(containers)?,
    })
}

/// CON-16.
fn gpus(containers: &[AwsContainer]) -> Result<u32, ApiError> {
    let mut sum = 0u32;
    for (index, container) in containers.iter().enumerate() {
        for (n, requirement) in container.resource_requirements.iter().flatten().enumerate() {
            if requirement.kind == ResourceType::Gpu {
                let count: u32 = requirement.value.trim().parse().map_err(|_| {
                    let field = format!("containerDefinitions[{index}].resourceRequirements[{n}].value");
                    let message = format!("{:?} is no number of GPUs (CON-16)", requirement.value);
                    ApiError::new(CLIENT, field, message)
                })?;
                sum = sum.saturating_add(count);
            }
        }
    }
    Ok(sum)
}

fn platform(input: &RegisterTaskDefinition) -> (CpuArchitecture, OperatingSystem) {
    let platform = input.runtime_platform.clone().unwrap_or_default();
    let architecture = match platform.cpu_architecture {
        Some(AwsArchitecture::Arm64) => CpuArchitecture::Arm64,
        Some(AwsArchitecture::X8664) | None => CpuArchitecture::X86_64,
    };
    let system = match platform.operating_system_family {
        None | Some(OperatingSystemFamily::Linux) => OperatingSystem::Linux,
        Some(_) => OperatingSystem::Windows,
    };
    (architecture, system)
}

fn container(cluster: &Cluster, input: &AwsContainer, siblings: &[AwsContainer]) -> ContainerDefinition {
    // LIF-15: the agent takes 0 for "not given".
    let stop_timeout = input.stop_timeout.filter(|seconds| *seconds > 0);
    let default_stop = || *cluster.parameters.stop_timeout();
    ContainerDefinition {
        name: input.name.clone(),
        essential: input.essential.unwrap_or(true),
        cpu: input.cpu.unwrap_or(0),
        memory_mib: input.memory.filter(|mib| *mib > 0),
        memory_reservation_mib: input.memory_reservation.filter(|mib| *mib > 0),
        stop_timeout: stop_timeout.map_or_else(default_stop, |s| SimDuration::from_secs(u64::from(s))),
        start_timeout: input.start_timeout.filter(|seconds| *seconds > 0).map(whole_seconds),
        container_ports: containers::container_ports(input),
        health_check: input.health_check.as_ref().map(health_check),
        restart_policy: input.restart_policy.as_ref().filter(|policy| policy.enabled).map(restart_policy),
        depends_on: input
            .depends_on
            .iter()
            .flatten()
            .filter_map(|found| dependency(siblings, found))
            .collect(),
    }
}

fn whole_seconds(seconds: u32) -> SimDuration {
    SimDuration::from_secs(u64::from(seconds))
}

/// CON-5, with its defaults.
fn health_check(input: &AwsHealthCheck) -> HealthCheck {
    HealthCheck {
        interval: whole_seconds(input.interval.unwrap_or(30)),
        timeout: whole_seconds(input.timeout.unwrap_or(5)),
        retries: input.retries.unwrap_or(3),
        start_period: whole_seconds(input.start_period.unwrap_or(0)),
    }
}

/// CON-11, with its defaults.
fn restart_policy(input: &ContainerRestartPolicy) -> RestartPolicy {
    RestartPolicy {
        ignored_exit_codes: input.ignored_exit_codes.clone().unwrap_or_default(),
        attempt_period: whole_seconds(input.restart_attempt_period.unwrap_or(300)),
    }
}

/// CON-2.
fn dependency(siblings: &[AwsContainer], input: &ContainerDependency) -> Option<Dependency> {
    let on = siblings.iter().position(|container| container.name == input.container_name)?;
    let condition = match input.condition {
        ContainerCondition::Start => Condition::Start,
        ContainerCondition::Complete => Condition::Complete,
        ContainerCondition::Success => Condition::Success,
        ContainerCondition::Healthy => Condition::Healthy,
    };
    Some(Dependency { on, condition })
}

#[cfg(test)]
mod tests;
