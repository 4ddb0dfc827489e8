//! RegisterTaskDefinition: what ECS checks, and the revision that comes out.

use std::collections::BTreeSet;

use super::ApiError;
use crate::aws::container_definition::{ContainerCondition, HealthCheck};
use crate::aws::task_definition::{
    Compatibility, CpuArchitecture as AwsArchitecture, NetworkMode as AwsNetworkMode, OperatingSystemFamily,
};
use crate::aws::{ContainerDefinition as AwsContainer, RegisterTaskDefinition};
use crate::catalog::fargate;
use crate::kernel::time::SimDuration;
use crate::model::task_definition::{
    ContainerDefinition, CpuArchitecture, NetworkMode, OperatingSystem, TaskDefinition, TaskDefinitionStatus,
};
use crate::model::{Cluster, Resources};

const CLIENT: &str = "ClientException";
/// RES-5.
const MAX_CONTAINERS: usize = 10;
/// CON-12: Docker 20.10 and later take no less.
const SMALLEST_MEMORY_MIB: u32 = 6;

/// The next revision of the family.
///
/// # Errors
/// `ClientException` with the field and the rule.
pub fn register(cluster: &Cluster, input: &RegisterTaskDefinition) -> Result<TaskDefinition, ApiError> {
    check_family(&input.family)?;
    check_containers(input)?;
    check_dependencies(&input.container_definitions)?;
    let needs_fargate = input.requires_compatibilities.iter().flatten().any(|c| *c == Compatibility::Fargate);
    if input.placement_constraints.iter().flatten().next().is_some() {
        if needs_fargate {
            let message = "placement constraints are not supported on Fargate (SIZ-7)";
            return Err(ApiError::new(CLIENT, "placementConstraints", message));
        }
        return Err(ApiError::not_modelled("placementConstraints", "a memberOf constraint"));
    }
    let reserved = reservation(input)?;
    if needs_fargate {
        check_fargate(input)?;
    }
    let network_mode = match input.network_mode {
        Some(AwsNetworkMode::Awsvpc) => NetworkMode::Awsvpc,
        Some(AwsNetworkMode::Host) => NetworkMode::Host,
        Some(AwsNetworkMode::None) => NetworkMode::None,
        Some(AwsNetworkMode::Bridge) | None => NetworkMode::Bridge,
    };
    let (architecture, operating_system) = platform(input);
    let revisions = cluster.task_definitions.iter().filter(|known| known.family == input.family);
    let sizes = input.cpu.zip(input.memory);
    Ok(TaskDefinition {
        family: input.family.clone(),
        revision: revisions.count() as u32 + 1,
        status: TaskDefinitionStatus::Active,
        network_mode,
        containers: input.container_definitions.iter().map(|c| container(cluster, c)).collect(),
        reserved,
        fits_fargate: network_mode == NetworkMode::Awsvpc
            && sizes.is_some_and(|(cpu, memory)| fargate::is_valid(cpu.units, memory.mib)),
        architecture,
        operating_system,
        extra_storage_gib: input
            .ephemeral_storage
            .map_or(0, |storage| storage.size_in_gib.saturating_sub(fargate::EPHEMERAL_STORAGE_INCLUDED_GIB)),
    })
}

fn check_family(family: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if family.is_empty() || family.len() > 255 || !family.chars().all(allowed) {
        let message = "a family is 1 to 255 letters, digits, hyphens and underscores";
        return Err(ApiError::new(CLIENT, "family", message));
    }
    Ok(())
}

/// RES-5, CON-1, CON-5, CON-12 and LIF-15, container by container.
fn check_containers(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    let containers = &input.container_definitions;
    if containers.is_empty() || containers.len() > MAX_CONTAINERS {
        let message =
            format!("{} containers found; a task definition holds 1 to 10 (RES-5)", containers.len());
        return Err(ApiError::new(CLIENT, "containerDefinitions", message));
    }
    if !containers.iter().any(|container| container.essential.unwrap_or(true)) {
        let message = "no container is essential; at least one must be (CON-1)";
        return Err(ApiError::new(CLIENT, "containerDefinitions", message));
    }
    let mut names = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let field = |name: &str| format!("containerDefinitions[{index}].{name}");
        if container.name.is_empty() || !names.insert(&container.name) {
            let message = format!("the container name {:?} is empty or stands twice", container.name);
            return Err(ApiError::new(CLIENT, field("name"), message));
        }
        check_memory(container, input.memory.is_some(), &field)?;
        if let Some(check) = &container.health_check {
            check_health_check(check, &field)?;
        }
    }
    Ok(())
}

fn check_memory(
    container: &AwsContainer,
    task_has_memory: bool,
    field: &dyn Fn(&str) -> String,
) -> Result<(), ApiError> {
    let (hard, soft) = (container.memory.filter(|m| *m > 0), container.memory_reservation.filter(|m| *m > 0));
    if hard.is_none() && soft.is_none() && !task_has_memory {
        let message = "neither memory nor memoryReservation is given, and the task has no memory: one is required (CON-12)";
        return Err(ApiError::new(CLIENT, field("memory"), message));
    }
    if let (Some(hard), Some(soft)) = (hard, soft)
        && hard <= soft
    {
        let message = format!("memory {hard} must be greater than memoryReservation {soft} (CON-12)");
        return Err(ApiError::new(CLIENT, field("memory"), message));
    }
    for (name, value) in [("memory", hard), ("memoryReservation", soft)] {
        if value.is_some_and(|mib| mib < SMALLEST_MEMORY_MIB) {
            let message = format!("{} MiB is below the minimum of 6 MiB (CON-12)", value.unwrap_or_default());
            return Err(ApiError::new(CLIENT, field(name), message));
        }
    }
    Ok(())
}

fn check_health_check(check: &HealthCheck, field: &dyn Fn(&str) -> String) -> Result<(), ApiError> {
    let ranges = [
        ("interval", check.interval, 5, 300),
        ("timeout", check.timeout, 2, 60),
        ("retries", check.retries, 1, 10),
        ("startPeriod", check.start_period, 0, 300),
    ];
    for (name, value, low, high) in ranges {
        if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
            let message = format!("{value} is outside {low} to {high} (CON-5)");
            return Err(ApiError::new(CLIENT, field(&format!("healthCheck.{name}")), message));
        }
    }
    if check.command.is_empty() {
        let message = "a health check needs a command (CON-5)";
        return Err(ApiError::new(CLIENT, field("healthCheck.command"), message));
    }
    Ok(())
}

/// CON-2: dependencies exist, have a condition they can meet, and form no cycle.
fn check_dependencies(containers: &[AwsContainer]) -> Result<(), ApiError> {
    for (index, container) in containers.iter().enumerate() {
        for (n, dependency) in container.depends_on.iter().flatten().enumerate() {
            let field = format!("containerDefinitions[{index}].dependsOn[{n}]");
            let target = containers.iter().find(|other| other.name == dependency.container_name);
            let Some(target) = target else {
                let names = containers.iter().map(|other| other.name.as_str());
                let near = crate::catalog::nearest_spelling(&dependency.container_name, names);
                let hint = near.map(|near| format!(" (did you mean {near:?}?)")).unwrap_or_default();
                let message = format!("there is no container {:?}{hint}", dependency.container_name);
                return Err(ApiError::new(CLIENT, format!("{field}.containerName"), message));
            };
            let ends =
                matches!(dependency.condition, ContainerCondition::Complete | ContainerCondition::Success);
            if ends && target.essential.unwrap_or(true) {
                let message =
                    format!("{:?} is essential and so cannot be waited for to exit (CON-2)", target.name);
                return Err(ApiError::new(CLIENT, format!("{field}.condition"), message));
            }
            if dependency.condition == ContainerCondition::Healthy && target.health_check.is_none() {
                let message = format!("{:?} has no healthCheck to pass (CON-2)", target.name);
                return Err(ApiError::new(CLIENT, format!("{field}.condition"), message));
            }
        }
    }
    match cycle(containers) {
        None => Ok(()),
        Some(names) => {
            let message = format!("dependsOn goes in a circle: {} (CON-2)", names.join(" → "));
            Err(ApiError::new(CLIENT, "containerDefinitions", message))
        }
    }
}

/// The names along a cycle of dependsOn, the first one again at the end.
fn cycle(containers: &[AwsContainer]) -> Option<Vec<String>> {
    let after = |index: usize| {
        containers[index].depends_on.iter().flatten().filter_map(|dependency| {
            containers.iter().position(|other| other.name == dependency.container_name)
        })
    };
    let mut settled = vec![false; containers.len()];
    for start in 0..containers.len() {
        // Depth-first with the way so far; at most ten containers, so recursion is not needed.
        let mut way = vec![(start, after(start).collect::<Vec<_>>())];
        while let Some((node, left)) = way.last_mut() {
            match left.pop() {
                None => {
                    settled[*node] = true;
                    way.pop();
                }
                Some(next) if settled[next] => {}
                Some(next) => {
                    if let Some(from) = way.iter().position(|(node, _)| *node == next) {
                        let mut names: Vec<String> =
                            way[from..].iter().map(|(node, _)| containers[*node].name.clone()).collect();
                        names.push(containers[next].name.clone());
                        return Some(names);
                    }
                    way.push((next, after(next).collect()));
                }
            }
        }
    }
    None
}

/// CON-13: the task's size if given, else the sum over its containers.
fn reservation(input: &RegisterTaskDefinition) -> Result<Resources, ApiError> {
    let containers = &input.container_definitions;
    let cpu_sum: u64 = containers.iter().map(|c| u64::from(c.cpu.unwrap_or(0))).sum();
    let reserves = |c: &AwsContainer| c.memory_reservation.filter(|m| *m > 0).or(c.memory).unwrap_or(0);
    let memory_sum: u64 = containers.iter().map(|c| u64::from(reserves(c))).sum();
    let sums = [
        ("cpu", input.cpu.map(|cpu| cpu.units), cpu_sum),
        ("memory", input.memory.map(|m| m.mib), memory_sum),
    ];
    for (name, given, sum) in sums {
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
        cpu: input.cpu.map_or_else(|| too_large(cpu_sum), |cpu| Ok(cpu.units))?,
        memory_mib: input.memory.map_or_else(|| too_large(memory_sum), |memory| Ok(memory.mib))?,
        gpus: gpus(containers)?,
    })
}

fn gpus(containers: &[AwsContainer]) -> Result<u32, ApiError> {
    let mut sum = 0u32;
    for (index, container) in containers.iter().enumerate() {
        for requirement in container.resource_requirements.iter().flatten() {
            if requirement.kind == crate::aws::common::ResourceType::Gpu {
                let count: u32 = requirement.value.trim().parse().map_err(|_| {
                    let field = format!("containerDefinitions[{index}].resourceRequirements");
                    let message = format!("{:?} is no number of GPUs (CON-16)", requirement.value);
                    ApiError::new(CLIENT, field, message)
                })?;
                sum = sum.saturating_add(count);
            }
        }
    }
    Ok(sum)
}

/// SIZ-1, SIZ-3, SIZ-7 and LIF-15 for definitions that require Fargate.
fn check_fargate(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    if input.network_mode != Some(AwsNetworkMode::Awsvpc) {
        let message = "Fargate only supports network mode 'awsvpc' (CON-19)";
        return Err(ApiError::new(CLIENT, "networkMode", message));
    }
    let (Some(cpu), Some(memory)) = (input.cpu, input.memory) else {
        let missing = if input.cpu.is_none() { "cpu" } else { "memory" };
        let message = "Fargate requires that 'cpu' and 'memory' be defined at the task level (SIZ-1)";
        return Err(ApiError::new(CLIENT, missing, message));
    };
    check_fargate_size(cpu.units, memory.mib)?;
    if let Some(storage) = input.ephemeral_storage.filter(|s| !(21..=200).contains(&s.size_in_gib)) {
        let message = format!("{} GiB is outside 21 to 200 GiB (SIZ-3)", storage.size_in_gib);
        return Err(ApiError::new(CLIENT, "ephemeralStorage.sizeInGiB", message));
    }
    for (index, container) in input.container_definitions.iter().enumerate() {
        let field = |name: &str| format!("containerDefinitions[{index}].{name}");
        let refused = [
            ("privileged", container.privileged == Some(true)),
            ("links", container.links.as_ref().is_some_and(|links| !links.is_empty())),
            ("dnsServers", container.dns_servers.as_ref().is_some_and(|servers| !servers.is_empty())),
            ("extraHosts", container.extra_hosts.as_ref().is_some_and(|hosts| !hosts.is_empty())),
            ("resourceRequirements", gpus(std::slice::from_ref(container))? > 0),
        ];
        if let Some((name, _)) = refused.iter().find(|(_, present)| *present) {
            return Err(ApiError::new(
                CLIENT,
                field(name),
                format!("{name} is not supported on Fargate (SIZ-7)"),
            ));
        }
        if let Some(timeout) = container.stop_timeout.filter(|seconds| !(2..=120).contains(seconds)) {
            let message = format!("{timeout} is outside 2 to 120 seconds on Fargate (LIF-15)");
            return Err(ApiError::new(CLIENT, field("stopTimeout"), message));
        }
    }
    Ok(())
}

/// SIZ-1: the pair is in table 4a.
///
/// # Errors
/// `ClientException` that lists the memory sizes for the cpu.
pub fn check_fargate_size(cpu: u32, memory_mib: u32) -> Result<(), ApiError> {
    if fargate::is_valid(cpu, memory_mib) {
        return Ok(());
    }
    let found = "No Fargate configuration exists for given values";
    match fargate::memory_options_mib(cpu) {
        None => {
            let sizes = fargate::CPU_UNITS.map(|units| units.to_string()).join(", ");
            let message = format!("{found}: {cpu} CPU units; Fargate has {sizes} (SIZ-1)");
            Err(ApiError::new(CLIENT, "cpu", message))
        }
        Some(options) => {
            let sizes: Vec<String> = options.iter().map(u32::to_string).collect();
            let message = format!(
                "{found}: {cpu} CPU units, {memory_mib} MiB; for {cpu} CPU units memory is one of {} MiB (SIZ-1)",
                sizes.join(", ")
            );
            Err(ApiError::new(CLIENT, "memory", message))
        }
    }
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

fn container(cluster: &Cluster, input: &AwsContainer) -> ContainerDefinition {
    let default_stop = *cluster.parameters.stop_timeout();
    ContainerDefinition {
        name: input.name.clone(),
        essential: input.essential.unwrap_or(true),
        cpu: input.cpu.unwrap_or(0),
        memory_mib: input.memory,
        memory_reservation_mib: input.memory_reservation,
        stop_timeout: input.stop_timeout.map_or(default_stop, |s| SimDuration::from_secs(u64::from(s))),
        health_check_interval: input
            .health_check
            .as_ref()
            .map(|check| SimDuration::from_secs(u64::from(check.interval.unwrap_or(30)))),
    }
}
