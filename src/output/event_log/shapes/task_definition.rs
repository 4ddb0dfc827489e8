//! A task definition as RegisterTaskDefinition answers it.

use serde_json::{Value, json};

use super::Object;
use crate::kernel::time::SimDuration;
use crate::model::task_definition::{
    Condition, ContainerDefinition, HealthCheck, NetworkMode, RestartPolicy, TaskDefinition,
};

/// What of it decides what its tasks do. `cpu` and `memory` are what a task reserves, also where they are sums over
/// its containers (CON-13).
pub(super) fn shape(definition: &TaskDefinition) -> Value {
    let containers: Vec<Value> = definition.containers.iter().map(|one| container(definition, one)).collect();
    Object::new()
        .with("taskDefinitionArn", definition.name())
        .with("family", definition.family.as_str())
        .with("revision", definition.revision)
        .with("networkMode", network_mode(definition.network_mode))
        .with("cpu", definition.reserved.cpu.to_string())
        .with("memory", definition.reserved.memory_mib.to_string())
        .with("containerDefinitions", containers)
        .end()
}

fn container(task: &TaskDefinition, of: &ContainerDefinition) -> Value {
    let awaited = of.depends_on.iter().map(|dependency| {
        json!({
            "containerName": task.containers[dependency.on].name,
            "condition": condition(dependency.condition),
        })
    });
    let awaited: Vec<Value> = awaited.collect();
    Object::new()
        .with("name", of.name.as_str())
        .with("essential", of.essential)
        .with_some("dependsOn", Some(awaited).filter(|awaited| !awaited.is_empty()))
        .with_some("healthCheck", of.health_check.as_ref().map(health_check))
        .with_some("restartPolicy", of.restart_policy.as_ref().map(restart_policy))
        .with("stopTimeout", seconds(of.stop_timeout))
        .end()
}

fn health_check(check: &HealthCheck) -> Value {
    json!({
        "interval": seconds(check.interval),
        "timeout": seconds(check.timeout),
        "retries": check.retries,
        "startPeriod": seconds(check.start_period),
    })
}

fn restart_policy(policy: &RestartPolicy) -> Value {
    json!({
        "enabled": true,
        "ignoredExitCodes": policy.ignored_exit_codes,
        "restartAttemptPeriod": seconds(policy.attempt_period),
    })
}

fn seconds(length: SimDuration) -> u64 {
    length.0 / 1000
}

fn network_mode(mode: NetworkMode) -> &'static str {
    match mode {
        NetworkMode::Bridge => "bridge",
        NetworkMode::Host => "host",
        NetworkMode::Awsvpc => "awsvpc",
        NetworkMode::None => "none",
    }
}

fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Start => "START",
        Condition::Complete => "COMPLETE",
        Condition::Success => "SUCCESS",
        Condition::Healthy => "HEALTHY",
    }
}
