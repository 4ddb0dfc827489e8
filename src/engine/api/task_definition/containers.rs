//! What ECS checks of each container.

use std::collections::BTreeSet;

use super::{AwsContainer, AwsNetworkMode, CLIENT};
use crate::aws::RegisterTaskDefinition;
use crate::aws::container_definition::{ContainerRestartPolicy, HealthCheck, PortMapping, TransportProtocol};
use crate::engine::api::{ApiError, is_name};
use crate::model::host_port::{HostPort, Protocol};

/// RES-5, QUO-17.
const MAX_CONTAINERS: usize = 10;
/// CON-12: Docker 20.10 and later take no less.
const SMALLEST_MEMORY_MIB: u32 = 6;
/// CON-11.
const MAX_IGNORED_EXIT_CODES: usize = 50;
const HIGHEST_PORT: u32 = 65_535;

/// Makes a path into one container of the request.
type Field<'a> = &'a dyn Fn(&str) -> String;

/// RES-5 and CON-1, then container by container.
pub(super) fn check(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    let containers = &input.container_definitions;
    if containers.is_empty() || containers.len() > MAX_CONTAINERS {
        let message =
            format!("{} containers found; a task definition holds 1 to 10 (RES-5)", containers.len());
        return Err(ApiError::new(CLIENT, "containerDefinitions", message));
    }
    let mut names = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let field = |name: &str| format!("containerDefinitions[{index}].{name}");
        check_name(&container.name, names.insert(&container.name), &field)?;
        check_memory(container, input.memory.is_some(), &field)?;
        check_ports(container, input.network_mode, &field)?;
        if let Some(check) = &container.health_check {
            check_health_check(check, &field)?;
        }
        if let Some(policy) = &container.restart_policy {
            check_restart_policy(policy, &field)?;
        }
    }
    if !containers.iter().any(|container| container.essential.unwrap_or(true)) {
        let message = "no container is essential; at least one must be (CON-1)";
        return Err(ApiError::new(CLIENT, "containerDefinitions", message));
    }
    Ok(())
}

fn check_name(name: &str, is_new: bool, field: Field<'_>) -> Result<(), ApiError> {
    if !is_name(name) {
        let message =
            format!("{name:?} is no container name: 1 to 255 letters, digits, hyphens and underscores");
        return Err(ApiError::new(CLIENT, field("name"), message));
    }
    if !is_new {
        let message = format!("a second container named {name:?}; names are unique in a task definition");
        return Err(ApiError::new(CLIENT, field("name"), message));
    }
    Ok(())
}

/// CON-12.
fn check_memory(container: &AwsContainer, task_has_memory: bool, field: Field<'_>) -> Result<(), ApiError> {
    let (hard, soft) = (container.memory.filter(|m| *m > 0), container.memory_reservation.filter(|m| *m > 0));
    if hard.is_none() && soft.is_none() && !task_has_memory {
        let message = "neither memory nor memoryReservation is given, and the task has no memory: one is required \
                       (CON-12)";
        return Err(ApiError::new(CLIENT, field("memory"), message));
    }
    if let (Some(hard), Some(soft)) = (hard, soft)
        && hard <= soft
    {
        let message = format!("memory {hard} must be greater than memoryReservation {soft} (CON-12)");
        return Err(ApiError::new(CLIENT, field("memory"), message));
    }
    for (name, value) in [("memory", hard), ("memoryReservation", soft)] {
        if let Some(mib) = value.filter(|mib| *mib < SMALLEST_MEMORY_MIB) {
            let message = format!("{mib} MiB is below the minimum of 6 MiB (CON-12)");
            return Err(ApiError::new(CLIENT, field(name), message));
        }
    }
    Ok(())
}

/// CON-17: the ports of a container's mappings, ascending.
pub(super) fn container_ports(input: &AwsContainer) -> Vec<u16> {
    let mapped = input.port_mappings.iter().flatten().filter_map(|mapping| mapping.container_port);
    let mut ports: Vec<u16> = mapped.filter_map(|port| u16::try_from(port).ok()).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// CON-17: the fixed ports that a task takes of its container instance, ascending. In host mode each container port
/// is one of the host; a bridge maps the fixed host ports, and a dynamic one (0 or absent) takes any that is left.
pub(super) fn host_ports(input: &RegisterTaskDefinition) -> Vec<HostPort> {
    let mappings =
        input.container_definitions.iter().flat_map(|container| container.port_mappings.iter().flatten());
    let fixed = |mapping: &PortMapping| {
        let port = match input.network_mode {
            Some(AwsNetworkMode::Awsvpc | AwsNetworkMode::None) => None,
            Some(AwsNetworkMode::Host) => mapping.container_port.or(mapping.host_port),
            Some(AwsNetworkMode::Bridge) | None => mapping.host_port,
        };
        let number = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0)?;
        let protocol = match mapping.protocol {
            Some(TransportProtocol::Udp) => Protocol::Udp,
            Some(TransportProtocol::Tcp) | None => Protocol::Tcp,
        };
        Some(HostPort { number, protocol })
    };
    let mut ports: Vec<HostPort> = mappings.filter_map(fixed).collect();
    ports.sort();
    ports.dedup();
    ports
}

/// CON-17, as far as one container can break it.
fn check_ports(
    container: &AwsContainer,
    mode: Option<AwsNetworkMode>,
    field: Field<'_>,
) -> Result<(), ApiError> {
    for (index, mapping) in container.port_mappings.iter().flatten().enumerate() {
        let field = |name: &str| field(&format!("portMappings[{index}].{name}"));
        for (name, port) in [("containerPort", mapping.container_port), ("hostPort", mapping.host_port)] {
            if let Some(port) = port.filter(|port| *port > HIGHEST_PORT) {
                let message = format!("{port} is no port; ports go up to 65535");
                return Err(ApiError::new(CLIENT, field(name), message));
            }
        }
        let mode = match mode {
            Some(AwsNetworkMode::None) => {
                let message = "a task without a network (networkMode none) maps no port (CON-17)";
                return Err(ApiError::new(CLIENT, field("containerPort"), message));
            }
            Some(AwsNetworkMode::Awsvpc) => "awsvpc",
            Some(AwsNetworkMode::Host) => "host",
            Some(AwsNetworkMode::Bridge) | None => continue,
        };
        // A host port of 0 stands for none.
        if let (Some(host), Some(container)) =
            (mapping.host_port.filter(|port| *port > 0), mapping.container_port)
            && host != container
        {
            let message = format!(
                "When networkMode={mode}, the host ports and container ports in port mappings must match: found \
                 {host} and {container}; leave hostPort out (CON-17)"
            );
            return Err(ApiError::new(CLIENT, field("hostPort"), message));
        }
    }
    Ok(())
}

/// CON-5.
fn check_health_check(check: &HealthCheck, field: Field<'_>) -> Result<(), ApiError> {
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

/// The ranges of CON-11.
fn check_restart_policy(policy: &ContainerRestartPolicy, field: Field<'_>) -> Result<(), ApiError> {
    if let Some(period) = policy.restart_attempt_period.filter(|seconds| !(60..=1800).contains(seconds)) {
        let message = format!("{period} is outside 60 to 1800 seconds");
        return Err(ApiError::new(CLIENT, field("restartPolicy.restartAttemptPeriod"), message));
    }
    let codes = policy.ignored_exit_codes.as_ref().map_or(0, Vec::len);
    if codes > MAX_IGNORED_EXIT_CODES {
        let message = format!("{codes} exit codes found; at most 50 can be ignored");
        return Err(ApiError::new(CLIENT, field("restartPolicy.ignoredExitCodes"), message));
    }
    Ok(())
}
