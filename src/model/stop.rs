//! Why a task stops: cause, stop code and reason text (LIF-11, LIF-12, table 2a).

use super::container::{Container, ContainerStatus};
use super::target_group::Target;
use super::task::{Host, Origin, Task};
use super::{Cluster, TaskId};

/// The stop code of a task (LIF-11).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StopCode {
    /// The task ended before RUNNING.
    TaskFailedToStart,
    /// An essential container exited.
    EssentialContainerExited,
    /// Somebody called StopTask.
    UserInitiated,
    /// Scale-in, deployment, draining or failed health checks.
    ServiceSchedulerInitiated,
    /// Spot capacity was reclaimed.
    SpotInterruption,
    /// The host was stopped or terminated.
    TerminationNotice,
    /// The platform under the task failed or was retired.
    InfrastructureHealth,
}

impl StopCode {
    /// All codes, in the order of their columns.
    pub const ALL: [StopCode; 7] = [
        StopCode::TaskFailedToStart,
        StopCode::EssentialContainerExited,
        StopCode::UserInitiated,
        StopCode::ServiceSchedulerInitiated,
        StopCode::SpotInterruption,
        StopCode::TerminationNotice,
        StopCode::InfrastructureHealth,
    ];

    /// The code as the ECS API prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StopCode::TaskFailedToStart => "TaskFailedToStart",
            StopCode::EssentialContainerExited => "EssentialContainerExited",
            StopCode::UserInitiated => "UserInitiated",
            StopCode::ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
            StopCode::SpotInterruption => "SpotInterruption",
            StopCode::TerminationNotice => "TerminationNotice",
            StopCode::InfrastructureHealth => "InfrastructureHealth",
        }
    }
}

/// Why a task stops: the event behind its stop code and reason text (LIF-12, table 2a).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StopCause {
    /// A standalone task's essential container ended its work with exit code 0.
    Completed,
    /// An essential container exited on its own.
    EssentialContainerExited {
        /// Its exit code.
        exit_code: i32,
    },
    /// An essential container was killed for using more memory than its limit (CON-14).
    OutOfMemory,
    /// The task could not reach RUNNING.
    FailedToStart(StartFailure),
    /// An essential container failed its health check (SVC-14).
    HealthCheckFailed,
    /// A load balancer found the task unhealthy (LB-10).
    TargetCheckFailed,
    /// StopTask.
    UserInitiated,
    /// The service's desired count fell, or the service was deleted.
    ScaleIn,
    /// A deployment replaces the task.
    Deployment,
    /// The service replaces the task because its instance drains (INS-6).
    Draining,
    /// Its instance was deregistered by force: it runs on, and ECS counts it as stopped (INS-10).
    HostDeregistered,
    /// AWS takes Fargate Spot capacity back (SPT-5).
    SpotInterruption,
    /// The container instance under the task failed or was terminated.
    HostLost,
    /// EC2 took the Spot instance under the task back (SPT-2, SPT-4).
    HostReclaimed,
    /// The Fargate host under the task failed.
    FargateHostLost,
    /// Fargate retired the task to patch its platform (FAIL-8).
    TaskRetired,
    /// A policy that ECS does not offer moved the task to other capacity.
    Moved,
}

/// What kept a task from RUNNING (FAIL-2, LIF-16, LIF-17, CON-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StartFailure {
    /// The image could not be pulled.
    CannotPullContainer,
    /// The container could not be created.
    CannotCreateContainer,
    /// The container could not be started.
    CannotStartContainer,
    /// The container runtime took longer than the agent waits.
    ContainerRuntimeTimeout,
    /// Network interface, secrets or volumes could not be prepared.
    ResourceInitialization,
    /// No capacity appeared while it waited for some in PROVISIONING (CAS-12).
    NoCapacity,
    /// A container waits for one that can no longer do what is waited for (CON-4).
    DependencyFailed {
        /// The position of the container that waits.
        container: u8,
        /// The position of the one it waits for.
        on: u8,
    },
    /// A container was waited for longer than its startTimeout (LIF-16).
    StartTimeout {
        /// The position of the container that waits.
        container: u8,
        /// The position of the one it waits for.
        on: u8,
    },
}

impl StartFailure {
    /// The kinds that a scenario can ask for by name.
    pub const NAMED: [StartFailure; 5] = [
        StartFailure::CannotPullContainer,
        StartFailure::CannotCreateContainer,
        StartFailure::CannotStartContainer,
        StartFailure::ContainerRuntimeTimeout,
        StartFailure::ResourceInitialization,
    ];

    /// The error as ECS names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartFailure::CannotPullContainer => "CannotPullContainerError",
            StartFailure::CannotCreateContainer => "CannotCreateContainerError",
            StartFailure::CannotStartContainer => "CannotStartContainerError",
            StartFailure::ContainerRuntimeTimeout => "ContainerRuntimeTimeoutError",
            StartFailure::ResourceInitialization => "ResourceInitializationError",
            StartFailure::NoCapacity
            | StartFailure::DependencyFailed { .. }
            | StartFailure::StartTimeout { .. } => "TaskFailedToStart",
        }
    }

    fn text(self, cluster: &Cluster, task: &Task) -> String {
        let containers = &cluster.task_definition(task.task_definition).containers;
        let named = |index: u8| containers.get(usize::from(index)).map_or("", |found| found.name.as_str());
        let detail = match self {
            StartFailure::CannotPullContainer => "the image could not be pulled".to_owned(),
            StartFailure::CannotCreateContainer => "the container could not be created".to_owned(),
            StartFailure::CannotStartContainer => "the container could not be started".to_owned(),
            StartFailure::ContainerRuntimeTimeout => {
                "the container was not created and started in time".to_owned()
            }
            StartFailure::ResourceInitialization => {
                "the task's resources could not be initialized".to_owned()
            }
            StartFailure::NoCapacity => {
                "no capacity appeared for the task while it waited in PROVISIONING".to_owned()
            }
            StartFailure::DependencyFailed { container, on } => {
                let ended = task.containers.get(usize::from(on)).and_then(|found| found.exit);
                let code = ended
                    .map_or_else(|| "it ended".to_owned(), |exit| format!("it exited with {}", exit.code));
                format!("container {} waits for container {}: {code}", named(container), named(on))
            }
            StartFailure::StartTimeout { container, on } => {
                format!(
                    "container {} waited for container {} longer than its startTimeout",
                    named(container),
                    named(on)
                )
            }
        };
        format!("{}: {detail}", self.name())
    }
}

impl StopCause {
    /// The stop code that ECS reports.
    #[must_use]
    pub fn code(self) -> StopCode {
        match self {
            StopCause::Completed | StopCause::EssentialContainerExited { .. } | StopCause::OutOfMemory => {
                StopCode::EssentialContainerExited
            }
            StopCause::FailedToStart(_) => StopCode::TaskFailedToStart,
            StopCause::UserInitiated | StopCause::HostDeregistered | StopCause::Moved => {
                StopCode::UserInitiated
            }
            StopCause::ScaleIn
            | StopCause::Deployment
            | StopCause::Draining
            | StopCause::HealthCheckFailed
            | StopCause::TargetCheckFailed => StopCode::ServiceSchedulerInitiated,
            StopCause::SpotInterruption | StopCause::HostReclaimed => StopCode::SpotInterruption,
            StopCause::HostLost => StopCode::TerminationNotice,
            StopCause::FargateHostLost | StopCause::TaskRetired => StopCode::InfrastructureHealth,
        }
    }

    /// The stopped reason without what differs from task to task: names, numbers, details.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            StopCause::Completed | StopCause::EssentialContainerExited { .. } => {
                "Essential container in task exited"
            }
            StopCause::OutOfMemory => "OutOfMemoryError: Container killed due to memory usage",
            StopCause::FailedToStart(StartFailure::NoCapacity) => {
                "TaskFailedToStart: no capacity appeared while the task waited in PROVISIONING"
            }
            StopCause::FailedToStart(StartFailure::DependencyFailed { .. }) => {
                "TaskFailedToStart: a container waits for one that ended"
            }
            StopCause::FailedToStart(StartFailure::StartTimeout { .. }) => {
                "TaskFailedToStart: a container was waited for longer than its startTimeout"
            }
            StopCause::FailedToStart(failure) => failure.name(),
            StopCause::HealthCheckFailed => "Task failed container health checks",
            StopCause::TargetCheckFailed => "Task failed ELB health checks in (target-group …)",
            StopCause::UserInitiated => "Task stopped by user",
            StopCause::ScaleIn | StopCause::Deployment | StopCause::Draining => {
                "Scaling activity initiated by (deployment ecs-svc/…)"
            }
            StopCause::HostDeregistered => "Container instance deregistration forced by user",
            StopCause::SpotInterruption => "Your Spot Task was interrupted.",
            StopCause::HostLost | StopCause::HostReclaimed => "Host EC2 (instance …) terminated.",
            StopCause::FargateHostLost => "The Fargate host of the task failed.",
            StopCause::TaskRetired => "ECS is retiring this task to update the Fargate platform.",
            StopCause::Moved => "Moved to other capacity by a policy that ECS does not offer.",
        }
    }

    /// The kind under which a failure is counted; `None` for orders and completions.
    #[must_use]
    pub fn failure_kind(self) -> Option<FailureKind> {
        match self {
            StopCause::EssentialContainerExited { .. } => Some(FailureKind::ContainerExit),
            StopCause::OutOfMemory => Some(FailureKind::OutOfMemory),
            StopCause::FailedToStart(_) => Some(FailureKind::StartFailure),
            StopCause::HealthCheckFailed | StopCause::TargetCheckFailed => Some(FailureKind::HealthCheck),
            StopCause::SpotInterruption | StopCause::HostReclaimed => Some(FailureKind::SpotInterruption),
            StopCause::HostLost => Some(FailureKind::InstanceFailure),
            StopCause::FargateHostLost => Some(FailureKind::FargateHostFailure),
            StopCause::TaskRetired => Some(FailureKind::TaskRetirement),
            StopCause::Completed
            | StopCause::UserInitiated
            | StopCause::ScaleIn
            | StopCause::Deployment
            | StopCause::Draining
            | StopCause::HostDeregistered
            | StopCause::Moved => None,
        }
    }

    /// Whether the task was lost, and not ended by its own completion or on somebody's order.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.failure_kind().is_some()
    }

    /// Whether the service scheduler ordered the stop to get nearer to what the user wants, and wants no other of the same
    /// revision for it.
    #[must_use]
    pub fn is_planned(self) -> bool {
        matches!(self, StopCause::ScaleIn | StopCause::Deployment)
    }

    /// Whether the stop signal waits until the task has left its load balancers (LB-8). What has ended does not (LB-9), and
    /// what Fargate Spot takes back has no time for it (SPT-6).
    #[must_use]
    pub fn waits_for_deregistration(self) -> bool {
        match self {
            StopCause::HealthCheckFailed
            | StopCause::TargetCheckFailed
            | StopCause::UserInitiated
            | StopCause::ScaleIn
            | StopCause::Deployment
            | StopCause::Draining
            | StopCause::TaskRetired
            | StopCause::Moved => true,
            StopCause::Completed
            | StopCause::EssentialContainerExited { .. }
            | StopCause::OutOfMemory
            | StopCause::FailedToStart(_)
            | StopCause::HostDeregistered
            | StopCause::SpotInterruption
            | StopCause::HostLost
            | StopCause::HostReclaimed
            | StopCause::FargateHostLost => false,
        }
    }

    /// Whether the task had ended or broken down by itself, so that it serves nobody while it stops.
    #[must_use]
    pub fn ends_service(self) -> bool {
        match self {
            StopCause::Completed
            | StopCause::EssentialContainerExited { .. }
            | StopCause::OutOfMemory
            | StopCause::FailedToStart(_)
            | StopCause::HealthCheckFailed
            | StopCause::TargetCheckFailed => true,
            StopCause::UserInitiated
            | StopCause::ScaleIn
            | StopCause::Deployment
            | StopCause::Draining
            | StopCause::HostDeregistered
            | StopCause::SpotInterruption
            | StopCause::HostLost
            | StopCause::HostReclaimed
            | StopCause::FargateHostLost
            | StopCause::TaskRetired
            | StopCause::Moved => false,
        }
    }
}

impl Cluster {
    /// Whether a task's main container ended its work by itself with exit code 0, even on notice of a reclaim.
    #[must_use]
    pub fn is_completed(&self, id: TaskId) -> bool {
        let task = &self.tasks[id];
        let main = self.task_definition(task.task_definition).main_container();
        let exit = task.containers.get(main).and_then(|container| container.exit);
        exit.is_some_and(|exit| exit.is_success() && exit.cause == super::container::ExitCause::Itself)
    }

    /// The stopped reason of a task as ECS words it (table 2a), once it is told to stop.
    #[must_use]
    pub fn stopped_reason(&self, id: TaskId) -> Option<String> {
        let task = &self.tasks[id];
        task.stop.map(|cause| match cause {
            StopCause::FailedToStart(failure) => failure.text(self, task),
            StopCause::ScaleIn | StopCause::Deployment | StopCause::Draining => match task.origin {
                Origin::Service { deployment, .. } => {
                    format!("Scaling activity initiated by (deployment ecs-svc/{})", deployment.0)
                }
                Origin::Caller { .. } => "Scaling activity initiated".to_owned(),
            },
            StopCause::HostLost | StopCause::HostReclaimed => match task.host {
                Host::Instance(instance) => {
                    format!("Host EC2 (instance {}) terminated.", self.instance_name(instance))
                }
                Host::Fargate(_) | Host::Unplaced(_) => "Host EC2 terminated.".to_owned(),
            },
            StopCause::Completed
            | StopCause::EssentialContainerExited { .. }
            | StopCause::OutOfMemory
            | StopCause::HealthCheckFailed
            | StopCause::SpotInterruption
            | StopCause::FargateHostLost
            | StopCause::HostDeregistered
            | StopCause::TaskRetired
            | StopCause::Moved => cause.reason().to_owned(),
            StopCause::TargetCheckFailed => {
                let of = |target: &Target| &self.target_group(target.target_group).name;
                let groups: Vec<&str> = task.targets.iter().map(|target| of(target).as_str()).collect();
                format!("Task failed ELB health checks in (target-group {})", groups.join(", "))
            }
            StopCause::UserInitiated => {
                task.stop_reason.as_deref().unwrap_or_else(|| cause.reason()).to_owned()
            }
        })
    }
}

/// The stop cause of a task whose essential container has just ended.
#[must_use]
pub fn cause_of_exit(container: &Container, of_service: bool) -> Option<StopCause> {
    use super::container::ExitCause;
    let exit = container.exit.filter(|_| container.last_status == ContainerStatus::Stopped)?;
    Some(match exit.cause {
        ExitCause::OutOfMemory => StopCause::OutOfMemory,
        ExitCause::Itself if exit.is_success() && !of_service => StopCause::Completed,
        ExitCause::Itself | ExitCause::Signal => StopCause::EssentialContainerExited { exit_code: exit.code },
    })
}

/// The kinds under which lost tasks are counted in `failures`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FailureKind {
    /// An essential container crashed (FAIL-1).
    ContainerExit,
    /// The container instance went away (FAIL-4, FAIL-5).
    InstanceFailure,
    /// The Fargate zone went away (FAIL-5).
    FargateHostFailure,
    /// Spot capacity was reclaimed (FAIL-6).
    SpotInterruption,
    /// An essential container used too much memory (CON-14).
    OutOfMemory,
    /// The task never reached RUNNING (FAIL-2).
    StartFailure,
    /// Health checks failed (FAIL-3).
    HealthCheck,
    /// Fargate retired the task (FAIL-8).
    TaskRetirement,
}

impl FailureKind {
    /// All kinds, in the order of their columns.
    pub const ALL: [FailureKind; 8] = [
        FailureKind::ContainerExit,
        FailureKind::InstanceFailure,
        FailureKind::FargateHostFailure,
        FailureKind::SpotInterruption,
        FailureKind::OutOfMemory,
        FailureKind::StartFailure,
        FailureKind::HealthCheck,
        FailureKind::TaskRetirement,
    ];

    /// The kind as it stands in column names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::ContainerExit => "containerExit",
            FailureKind::InstanceFailure => "instanceFailure",
            FailureKind::FargateHostFailure => "fargateHostFailure",
            FailureKind::SpotInterruption => "spotInterruption",
            FailureKind::OutOfMemory => "outOfMemory",
            FailureKind::StartFailure => "startFailure",
            FailureKind::HealthCheck => "healthCheck",
            FailureKind::TaskRetirement => "taskRetirement",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LIF-11, LIF-12, table 2a.
    #[test]
    fn every_cause_has_its_stop_code_and_its_words() {
        let exited = StopCause::EssentialContainerExited { exit_code: 1 };
        for (cause, code, words) in [
            (StopCause::Completed, "EssentialContainerExited", "Essential container in task exited"),
            (exited, "EssentialContainerExited", "Essential container in task exited"),
            (StopCause::OutOfMemory, "EssentialContainerExited", "OutOfMemoryError: "),
            (
                StopCause::FailedToStart(StartFailure::CannotPullContainer),
                "TaskFailedToStart",
                "CannotPullContainerError",
            ),
            (
                StopCause::HealthCheckFailed,
                "ServiceSchedulerInitiated",
                "Task failed container health checks",
            ),
            (StopCause::UserInitiated, "UserInitiated", "Task stopped by user"),
            (StopCause::ScaleIn, "ServiceSchedulerInitiated", "Scaling activity initiated by"),
            (StopCause::Deployment, "ServiceSchedulerInitiated", "Scaling activity initiated by"),
            (StopCause::Draining, "ServiceSchedulerInitiated", "Scaling activity initiated by"),
            (StopCause::HostDeregistered, "UserInitiated", "Container instance deregistration forced"),
            (StopCause::SpotInterruption, "SpotInterruption", "Your Spot Task was interrupted."),
            (StopCause::HostLost, "TerminationNotice", "Host EC2 (instance "),
            (StopCause::FargateHostLost, "InfrastructureHealth", "The Fargate host"),
            (StopCause::TaskRetired, "InfrastructureHealth", "ECS is retiring this task"),
        ] {
            assert_eq!(cause.code().name(), code, "{cause:?}");
            assert!(cause.reason().starts_with(words), "{cause:?}: {}", cause.reason());
        }
    }
}
