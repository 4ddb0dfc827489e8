//! Why something was refused or stopped, in ECS's words.

use std::fmt;

/// Why no instance, and no Fargate zone, could take a task (table 5a).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// No container instance is ACTIVE in the cluster.
    NoInstances,
    /// The agent of every instance is disconnected.
    Agent,
    /// A required attribute is missing everywhere.
    Attribute,
    /// A placement constraint excludes every instance.
    Constraint,
    /// Not enough CPU units left on any instance.
    Cpu,
    /// Not enough memory left on any instance.
    Memory,
    /// Not enough GPUs left on any instance.
    Gpu,
    /// No Fargate capacity in any zone.
    Fargate,
    /// Others stand before it in the callers' line: the caller's doing, not a reason of ECS.
    Turn,
}

impl Refusal {
    /// The reason as the ECS API prints it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NoInstances => "NO ACTIVE INSTANCES",
            Refusal::Agent => "AGENT",
            Refusal::Attribute => "ATTRIBUTE",
            Refusal::Constraint => "MemberOf placement constraint unsatisfied",
            Refusal::Cpu => "RESOURCE:CPU",
            Refusal::Memory => "RESOURCE:MEMORY",
            Refusal::Gpu => "RESOURCE:GPU",
            Refusal::Fargate => "RESOURCE:FARGATE",
            Refusal::Turn => "waits its turn",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

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
    /// StopTask.
    UserInitiated,
    /// The service's desired count fell, or the service was deleted.
    ScaleIn,
    /// A deployment replaces the task.
    Deployment,
    /// AWS takes Fargate Spot capacity back (SPT-5).
    SpotInterruption,
    /// The container instance under the task failed or was terminated.
    HostLost,
    /// The Fargate host under the task failed.
    FargateHostLost,
}

impl StopCause {
    /// The stop code that ECS reports.
    #[must_use]
    pub fn code(self) -> StopCode {
        match self {
            StopCause::Completed | StopCause::EssentialContainerExited { .. } => {
                StopCode::EssentialContainerExited
            }
            StopCause::UserInitiated => StopCode::UserInitiated,
            StopCause::ScaleIn | StopCause::Deployment => StopCode::ServiceSchedulerInitiated,
            StopCause::SpotInterruption => StopCode::SpotInterruption,
            StopCause::HostLost => StopCode::TerminationNotice,
            StopCause::FargateHostLost => StopCode::InfrastructureHealth,
        }
    }

    /// The stopped reason as ECS words it (table 2a).
    #[must_use]
    pub fn text(self, instance: Option<&str>, origin: super::task::Origin) -> String {
        match self {
            StopCause::Completed | StopCause::EssentialContainerExited { .. } => {
                "Essential container in task exited".to_owned()
            }
            StopCause::UserInitiated => "Task stopped by user".to_owned(),
            StopCause::ScaleIn | StopCause::Deployment => match origin {
                super::task::Origin::Service { deployment, .. } => {
                    format!("Scaling activity initiated by (deployment ecs-svc/{})", deployment.0)
                }
                super::task::Origin::Caller { .. } => "Scaling activity initiated".to_owned(),
            },
            StopCause::SpotInterruption => "Your Spot Task was interrupted.".to_owned(),
            StopCause::HostLost => {
                format!("Host EC2 (instance {}) terminated.", instance.unwrap_or("unknown"))
            }
            StopCause::FargateHostLost => "The Fargate host of the task failed.".to_owned(),
        }
    }

    /// Whether the task was lost, and not ended by its own completion or on somebody's order.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.failure_kind().is_some()
    }

    /// The kind under which a failure is counted; `None` for orders and completions.
    #[must_use]
    pub fn failure_kind(self) -> Option<FailureKind> {
        match self {
            StopCause::EssentialContainerExited { .. } => Some(FailureKind::ContainerExit),
            StopCause::SpotInterruption => Some(FailureKind::SpotInterruption),
            StopCause::HostLost => Some(FailureKind::InstanceFailure),
            StopCause::FargateHostLost => Some(FailureKind::FargateHostFailure),
            StopCause::Completed | StopCause::UserInitiated | StopCause::ScaleIn | StopCause::Deployment => {
                None
            }
        }
    }
}

/// The kinds under which lost tasks are counted in `failures`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FailureKind {
    /// An essential container crashed (FAIL-1).
    ContainerExit,
    /// The container instance went away (FAIL-4, FAIL-5).
    InstanceFailure,
    /// The Fargate zone went away (FAIL-5).
    FargateHostFailure,
    /// Spot capacity was reclaimed (FAIL-6).
    SpotInterruption,
}

impl FailureKind {
    /// All kinds, in the order of their columns.
    pub const ALL: [FailureKind; 4] = [
        FailureKind::ContainerExit,
        FailureKind::InstanceFailure,
        FailureKind::FargateHostFailure,
        FailureKind::SpotInterruption,
    ];

    /// The kind as it stands in column names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::ContainerExit => "containerExit",
            FailureKind::InstanceFailure => "instanceFailure",
            FailureKind::FargateHostFailure => "fargateHostFailure",
            FailureKind::SpotInterruption => "spotInterruption",
        }
    }
}
