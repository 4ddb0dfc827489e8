//! What Fargate takes.

use super::{AwsContainer, AwsNetworkMode, CLIENT, platform};
use crate::aws::RegisterTaskDefinition;
use crate::aws::common::EphemeralStorage;
use crate::catalog::fargate::{self, FargatePlatform};
use crate::engine::api::ApiError;
use crate::model::task_definition::{CpuArchitecture, OperatingSystem};

/// LIF-15 and LIF-16.
const TIMEOUT_SECONDS: std::ops::RangeInclusive<u32> = 2..=120;

/// Whether tasks of the definition can run on Fargate, and what keeps them from it.
pub(super) fn check(input: &RegisterTaskDefinition) -> Result<(), ApiError> {
    if input.network_mode != Some(AwsNetworkMode::Awsvpc) {
        let message = "Fargate only supports network mode 'awsvpc' (CON-19)";
        return Err(ApiError::new(CLIENT, "networkMode", message));
    }
    let (Some(cpu), Some(memory)) = (input.cpu, input.memory) else {
        let missing = if input.cpu.is_none() { "cpu" } else { "memory" };
        let message = "Fargate requires that 'cpu' and 'memory' be defined at the task level (SIZ-1)";
        return Err(ApiError::new(CLIENT, missing, message));
    };
    check_size(cpu.units, memory.mib)?;
    check_platform(input, cpu.units)?;
    if input.placement_constraints.iter().flatten().next().is_some() {
        let message = "placement constraints are not supported on Fargate (SIZ-7)";
        return Err(ApiError::new(CLIENT, "placementConstraints", message));
    }
    if input.ipc_mode.is_some() {
        return Err(ApiError::new(CLIENT, "ipcMode", "ipcMode is not supported on Fargate (SIZ-7)"));
    }
    for (index, container) in input.container_definitions.iter().enumerate() {
        check_container(container, &|name| format!("containerDefinitions[{index}].{name}"))?;
    }
    Ok(())
}

/// SIZ-1: the pair is in table 4a.
///
/// # Errors
/// `ClientException` that lists the memory sizes for the cpu.
pub fn check_size(cpu: u32, memory_mib: u32) -> Result<(), ApiError> {
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

/// SIZ-3, for definitions and for overrides.
///
/// # Errors
/// `ClientException` outside 21 to 200 GiB.
pub fn check_storage(storage: Option<EphemeralStorage>) -> Result<(), ApiError> {
    match storage.filter(|storage| !(21..=200).contains(&storage.size_in_gib)) {
        None => Ok(()),
        Some(storage) => {
            let message = format!("{} GiB is outside 21 to 200 GiB (SIZ-3)", storage.size_in_gib);
            Err(ApiError::new(CLIENT, "ephemeralStorage.sizeInGiB", message))
        }
    }
}

/// SIZ-4: what Windows on Fargate does not have.
fn check_platform(input: &RegisterTaskDefinition, cpu: u32) -> Result<(), ApiError> {
    let (architecture, system) = platform(input);
    if system == OperatingSystem::Linux {
        return Ok(());
    }
    let restarts = |container: &AwsContainer| container.restart_policy.as_ref().is_some_and(|p| p.enabled);
    let wrong = if architecture == CpuArchitecture::Arm64 {
        Some(("runtimePlatform.cpuArchitecture", "Windows on Fargate is X86_64 only".to_owned()))
    } else if !FargatePlatform::Windows.takes_cpu_units(cpu) {
        Some(("cpu", format!("Windows on Fargate has 1024, 2048 and 4096 CPU units; found {cpu}")))
    } else if input.ephemeral_storage.is_some() {
        Some(("ephemeralStorage", "Windows on Fargate has 20 GiB of storage and no more".to_owned()))
    } else if input.container_definitions.iter().any(restarts) {
        Some(("containerDefinitions", "Windows on Fargate knows no restartPolicy".to_owned()))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, what)| Err(ApiError::new(CLIENT, field, format!("{what} (SIZ-4)"))))
}

/// SIZ-7, LIF-15 and LIF-16.
fn check_container(container: &AwsContainer, field: &dyn Fn(&str) -> String) -> Result<(), ApiError> {
    let swaps =
        |parameters: &serde_json::Value| parameters.get("maxSwap").is_some_and(|swap| !swap.is_null());
    let refused = [
        ("privileged", container.privileged == Some(true)),
        ("links", container.links.as_ref().is_some_and(|links| !links.is_empty())),
        ("dnsServers", container.dns_servers.as_ref().is_some_and(|servers| !servers.is_empty())),
        ("extraHosts", container.extra_hosts.as_ref().is_some_and(|hosts| !hosts.is_empty())),
        ("linuxParameters.maxSwap", container.linux_parameters.as_ref().is_some_and(swaps)),
        ("resourceRequirements", super::gpus(std::slice::from_ref(container))? > 0),
    ];
    if let Some((name, _)) = refused.iter().find(|(_, present)| *present) {
        let message = format!("{name} is not supported on Fargate (SIZ-7)");
        return Err(ApiError::new(CLIENT, field(name), message));
    }
    let timeouts = [
        ("stopTimeout", container.stop_timeout, "LIF-15"),
        ("startTimeout", container.start_timeout, "LIF-16"),
    ];
    for (name, timeout, rule) in timeouts {
        if let Some(timeout) = timeout.filter(|seconds| !TIMEOUT_SECONDS.contains(seconds)) {
            let message = format!("{timeout} is outside 2 to 120 seconds on Fargate ({rule})");
            return Err(ApiError::new(CLIENT, field(name), message));
        }
    }
    Ok(())
}
