//! The facts that the suite must reach: a generator that misses one has a hole.

use super::facts::{Fact, TASK_STATUSES, THROTTLE_STEPS, cause_name};
use ecsim::model::container::{ContainerStatus, HealthStatus};
use ecsim::model::reason::Refusal;
use ecsim::model::stop::{StartFailure, StopCause, StopCode};

/// Every fact that can be reached in this version.
pub fn required() -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(StopCode::ALL.map(|code| ("stop code", code.name())));
    facts.extend(causes().map(|cause| ("stop cause", cause_name(cause))));
    facts.extend(TASK_STATUSES.map(|status| ("task status", status.name())));
    facts.extend(THROTTLE_STEPS.map(|step| ("start throttle", step)));
    facts.extend(
        [ContainerStatus::Running, ContainerStatus::Stopped]
            .map(|status| ("container status", status.name())),
    );
    facts.extend(
        [HealthStatus::Healthy, HealthStatus::Unknown, HealthStatus::Unhealthy]
            .map(|health| ("container health", health.name())),
    );
    let on_instances = [
        Refusal::NoInstances,
        Refusal::Agent,
        Refusal::Constraint,
        Refusal::Ports,
        Refusal::Cpu,
        Refusal::Memory,
        Refusal::Gpu,
        Refusal::Eni,
        Refusal::Location,
        Refusal::Attribute,
        Refusal::Fargate,
    ];
    facts.extend(on_instances.map(|reason| ("service refused", reason.code())));
    facts.extend(on_instances.map(|reason| ("RunTask refused", reason.code())));
    facts.push(("RunTask refused", Refusal::Turn.code()));
    let on_named = [
        Refusal::Missing,
        Refusal::Inactive,
        Refusal::Agent,
        Refusal::Location,
        Refusal::Attribute,
        Refusal::Ports,
        Refusal::Cpu,
        Refusal::Memory,
        Refusal::Gpu,
        Refusal::Eni,
    ];
    facts.extend(on_named.map(|reason| ("StartTask refused", reason.code())));
    facts.extend(OTHERS.iter().flat_map(|(kind, names)| names.iter().map(|name| (*kind, *name))));
    facts
}

fn causes() -> [StopCause; 23] {
    let (container, on) = (0, 1);
    [
        StopCause::Completed,
        StopCause::EssentialContainerExited { exit_code: 1 },
        StopCause::OutOfMemory,
        StopCause::FailedToStart(StartFailure::NAMED[0]),
        StopCause::FailedToStart(StartFailure::NAMED[1]),
        StopCause::FailedToStart(StartFailure::NAMED[2]),
        StopCause::FailedToStart(StartFailure::NAMED[3]),
        StopCause::FailedToStart(StartFailure::NAMED[4]),
        StopCause::FailedToStart(StartFailure::DependencyFailed { container, on }),
        StopCause::FailedToStart(StartFailure::StartTimeout { container, on }),
        StopCause::HealthCheckFailed,
        StopCause::TargetCheckFailed,
        StopCause::UserInitiated,
        StopCause::ScaleIn,
        StopCause::Deployment,
        StopCause::Draining,
        StopCause::HostDeregistered,
        StopCause::SpotInterruption,
        StopCause::HostLost,
        StopCause::FargateHostLost,
        StopCause::TaskRetired,
        StopCause::HostReclaimed,
        StopCause::Moved,
    ]
}

const OTHERS: &[(&str, &[&str])] = &[
    ("alarm", &["raised", "over"]),
    ("circuit breaker", &["begins anew", "counts a failed start", "counts a failed health check"]),
    (
        "deployment",
        &[
            "bakes",
            "failed by an alarm",
            "failed by its circuit breaker",
            "failed by a hook",
            "failed by a hook's timeout",
            "rolled back",
            "stopped",
        ],
    ),
    (
        "stage",
        &[
            "RECONCILE_SERVICE",
            "SCALE_UP",
            "TEST_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT",
            "BAKE_TIME",
            "CLEAN_UP",
            "with hooks",
        ],
    ),
    ("shift", &["BLUE_GREEN", "LINEAR", "CANARY"]),
    ("task set", &["ACTIVE", "PRIMARY", "DRAINING", "STEADY_STATE", "STABILIZING"]),
    ("demand", &["answered with errors", "served", "served, several minutes alike", "not all served"]),
    ("scaling", &["out", "in", "a step out", "a step in", "changed"]),
    ("target", &["initial", "healthy", "unhealthy", "draining", "unused"]),
    ("agent", &["disconnected", "connected again", "does not tell of an end"]),
    ("caller", &["calls", "gives up", "waits", "waits on", "abandons its request", "of the timeline"]),
    ("capacity", &["of a provider out", "of a provider back", "of a zone out", "of a zone back"]),
    (
        "container exit",
        &["by itself with 0", "by itself with another code", "out of memory", "by SIGTERM", "by SIGKILL"],
    ),
    (
        "deployment",
        &["alone", "two at once", "three and more at once", "replaced", "completed", "stuck at the end"],
    ),
    (
        "draining",
        &[
            "a daemon last",
            "a protected task",
            "a task that did not run yet",
            "during a deployment",
            "start first",
            "still at the end",
            "stop first",
        ],
    ),
    (
        "exception",
        &[
            "ClientException",
            "DEPLOYMENT_BLOCKED",
            "INACTIVE",
            "InvalidParameterException",
            "MISSING",
            "PlatformTaskDefinitionIncompatibilityException",
            "ServiceNotActiveException",
            "ServiceNotFoundException",
            "TASK_NOT_VALID",
            "TargetNotFoundException",
        ],
    ),
    ("health", &["a task became healthy", "a task ceased to be", "failing checks in the grace period"]),
    ("host", &["instance", "Fargate", "lost under a task"]),
    ("impairment", &["unhealthy", "unhealthy target", "retirement announced", "over"]),
    (
        "instance",
        &[
            "lost",
            "noticed to be lost",
            "back",
            "DRAINING",
            "ACTIVE again",
            "lost while DRAINING",
            "noticed to be lost while DRAINING",
            "deregistered",
            "registered again",
            "with other attributes",
            "registering",
            "registration broken off",
        ],
    ),
    ("placement", &["tried again quickly", "tried again slowly"]),
    ("protection", &["on", "over"]),
    ("rebalancing", &["started", "completed", "stopped"]),
    ("replacement", &["start first", "stop first"]),
    (
        "request refused",
        &[
            "CreateService",
            "DeleteAttributes",
            "DeleteService",
            "DeregisterContainerInstance",
            "PutAttributes",
            "RegisterContainerInstance",
            "RunTask",
            "StartTask",
            "StopTask",
            "UpdateContainerInstancesState",
            "UpdateService",
            "UpdateTaskProtection",
        ],
    ),
    ("restart policy", &["restarted", "too soon", "exit code ignored"]),
    (
        "service",
        &[
            "created later",
            "scaled in",
            "scaled out",
            "capacity changed",
            "subnets changed",
            "DRAINING",
            "INACTIVE",
        ],
    ),
    (
        "service event",
        &[
            "SERVICE_STEADY_STATE",
            "steady state left",
            "tasks started",
            "TASKS_STOPPED",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED",
            "SERVICE_TASK_START_IMPAIRED",
            "ECS_OPERATION_THROTTLED",
            "DeploymentStuck",
            "scale-in blocked",
        ],
    ),
    ("start throttle", &["reset"]),
    (
        "task",
        &[
            "at rest at time zero",
            "waited for its place",
            "submitted again",
            "forgotten",
            "images pulled",
            "of a DAEMON service",
        ],
    ),
    ("task definition", &["registered later"]),
    ("zone", &["out", "back"]),
    (
        "group",
        &[
            "launches an instance",
            "refreshed",
            "updated",
            "with another schedule",
            "with another warm pool",
            "with other suspended processes",
        ],
    ),
    ("capacity provider", &["measured", "updated"]),
    ("desired capacity", &["grows", "shrinks"]),
    ("scale-in protection", &["on", "off"]),
    ("spot", &["noticed", "rebalance recommended"]),
    ("spot fallback", &["short", "fallen back", "trying", "on Spot"]),
    (
        "termination",
        &[
            "Spot interruption",
            "capacity rebalance",
            "instance refresh",
            "launch abandoned",
            "scale-in",
            "terminated by its owner",
            "unhealthy",
            "zone rebalancing",
        ],
    ),
];
