//! What the features of a task definition need of a container instance (`requiresAttributes`, PLC-2).
//!
//! Which feature needs which attribute is nowhere documented as a list; the names are those that the agent registers,
//! and the pairs those that RegisterTaskDefinition answers with.

use serde_json::Value;

use crate::aws::container_definition::ContainerDefinition;
use crate::aws::task_definition::{
    CpuArchitecture as AwsArchitecture, NetworkMode, OperatingSystemFamily, RegisterTaskDefinition,
};
use crate::model::host_traits::{Platforms, TaskNeeds};
use crate::model::task_definition::{CpuArchitecture, OperatingSystem};

/// What a task of this definition needs of its instance. A platform that is not named is no requirement: on
/// instances, unlike Fargate, `runtimePlatform` has no default.
pub(super) fn needs(input: &RegisterTaskDefinition) -> TaskNeeds {
    TaskNeeds { platforms: platforms(input), capabilities: capabilities(input) }
}

fn platforms(input: &RegisterTaskDefinition) -> Platforms {
    let platform = input.runtime_platform.clone().unwrap_or_default();
    let architecture = platform.cpu_architecture.map(|architecture| match architecture {
        AwsArchitecture::X8664 => Platforms::of_architecture(CpuArchitecture::X86_64),
        AwsArchitecture::Arm64 => Platforms::of_architecture(CpuArchitecture::Arm64),
    });
    let system = platform.operating_system_family.map(|family| match family {
        OperatingSystemFamily::Linux => Platforms::of_system(OperatingSystem::Linux),
        _ => Platforms::of_system(OperatingSystem::Windows),
    });
    architecture.unwrap_or_default().and(system.unwrap_or_default())
}

fn capabilities(input: &RegisterTaskDefinition) -> Vec<String> {
    let on_host = input.network_mode == Some(NetworkMode::Host);
    let of_volumes = |key: &str| input.volumes.iter().flatten().any(|volume| !volume[key].is_null());
    let features = [
        (input.network_mode == Some(NetworkMode::Awsvpc), "ecs.capability.task-eni"),
        (input.cpu.is_some() || input.memory.is_some(), "ecs.capability.task-cpu-mem-limit"),
        (input.task_role_arn.is_some() && !on_host, "com.amazonaws.ecs.capability.task-iam-role"),
        (input.task_role_arn.is_some() && on_host, "com.amazonaws.ecs.capability.task-iam-role-network-host"),
        (input.pid_mode.is_some() || input.ipc_mode.is_some(), "ecs.capability.pid-ipc-namespace-sharing"),
        (of_volumes("efsVolumeConfiguration"), "ecs.capability.efs"),
        (of_volumes("fsxWindowsFileServerVolumeConfiguration"), "ecs.capability.fsxWindowsFileServer"),
        (input.proxy_configuration.is_some(), "ecs.capability.aws-appmesh"),
        (input.enable_fault_injection == Some(Value::Bool(true)), "ecs.capability.fault-injection"),
    ];
    let asked = features.into_iter().filter(|(asked, _)| *asked);
    let mut all: Vec<String> = asked.map(|(_, name)| name.to_owned()).collect();
    let has_role = input.execution_role_arn.is_some();
    input.container_definitions.iter().for_each(|container| of_container(container, has_role, &mut all));
    all.sort();
    all.dedup();
    all
}

fn of_container(container: &ContainerDefinition, has_execution_role: bool, all: &mut Vec<String>) {
    let log_driver = text(container.log_configuration.as_ref(), "logDriver");
    let router = text(container.firelens_configuration.as_ref(), "type");
    let from_ecr = container.image.as_ref().is_some_and(|image| image.contains(".dkr.ecr."));
    let has_range = container.port_mappings.iter().flatten().any(|port| port.container_port_range.is_some());
    let secrets = || container.secrets.iter().filter_map(Value::as_array).flatten();
    let is_in_secrets_manager = |secret: &Value| {
        text(Some(secret), "valueFrom").is_some_and(|from| from.contains(":secretsmanager:"))
    };
    let features = [
        (container.health_check.is_some(), "ecs.capability.container-health-check"),
        (container.depends_on.iter().flatten().next().is_some(), "ecs.capability.container-ordering"),
        (
            container.restart_policy.as_ref().is_some_and(|policy| policy.enabled),
            "ecs.capability.container-restart-policy",
        ),
        (container.privileged == Some(true), "com.amazonaws.ecs.capability.privileged-container"),
        (
            container.repository_credentials.is_some(),
            "ecs.capability.private-registry-authentication.secretsmanager",
        ),
        (container.environment_files.is_some(), "ecs.capability.env-files.s3"),
        (has_range, "ecs.capability.network.container-port-range"),
        (from_ecr, "com.amazonaws.ecs.capability.ecr-auth"),
        (from_ecr && has_execution_role, "ecs.capability.execution-role-ecr-pull"),
        (log_driver == Some("awslogs") && has_execution_role, "ecs.capability.execution-role-awslogs"),
        (secrets().any(is_in_secrets_manager), "ecs.capability.secrets.asm.environment-variables"),
        (
            secrets().any(|secret| !is_in_secrets_manager(secret)),
            "ecs.capability.secrets.ssm.environment-variables",
        ),
    ];
    all.extend(features.into_iter().filter(|(asked, _)| *asked).map(|(_, name)| name.to_owned()));
    all.extend(log_driver.map(|driver| format!("com.amazonaws.ecs.capability.logging-driver.{driver}")));
    all.extend(router.map(|router| format!("ecs.capability.firelens.{router}")));
}

fn text<'v>(value: Option<&'v Value>, key: &str) -> Option<&'v str> {
    value.and_then(|value| value[key].as_str())
}
