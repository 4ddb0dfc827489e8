//! The messages that ECS writes into a service's event list (table 6a).

use super::deployment::DeploymentFailure;
use super::reason::Refusal;
use super::task::Host;
use super::{Cluster, DeploymentNumber, InstanceId, ServiceId, TargetGroupId, ZoneId};

/// One message about a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ServiceEvent {
    /// The service is at rest with all it should have (SVC-7).
    SteadyState,
    /// Tasks were started: the launches from `first` on.
    TasksStarted {
        /// The ordinal of the first.
        first: u64,
        /// How many.
        count: u32,
    },
    /// Running tasks were told to stop.
    TasksStopped {
        /// Their ordinals.
        ordinals: Box<[u64]>,
    },
    /// Tasks of a DAEMON service stop because their instances no longer satisfy its constraints (PLC-12).
    DaemonConstraintViolated {
        /// Their ordinals.
        ordinals: Box<[u64]>,
    },
    /// The zones do not hold their shares, and tasks are moved (AZR-4, AZR-5).
    RebalancingStarted {
        /// Tasks by zone.
        tasks: Box<[(ZoneId, u32)]>,
    },
    /// The zones hold their shares again (AZR-4).
    RebalancingCompleted {
        /// Tasks by zone.
        tasks: Box<[(ZoneId, u32)]>,
    },
    /// Rebalancing was given up (AZR-3, AZR-6).
    RebalancingStopped,
    /// Tasks were started in a zone that holds too few (AZR-5).
    RebalancingTasksStarted {
        /// The zone.
        zone: ZoneId,
        /// The ordinal of the first.
        first: u64,
        /// How many.
        count: u32,
    },
    /// Tasks were told to stop in a zone that holds too many (AZR-5).
    RebalancingTasksStopped {
        /// The zone.
        zone: ZoneId,
        /// Their ordinals.
        ordinals: Box<[u64]>,
    },
    /// No place was found in a zone that holds too few (AZR-6).
    RebalancingPlacementFailed {
        /// The zone.
        zone: ZoneId,
        /// The reason code.
        reason: Refusal,
    },
    /// A task is registered with its target group (LB-1).
    TargetRegistered {
        /// The target group.
        target_group: TargetGroupId,
    },
    /// A task is registered with its target group no longer (LB-7).
    TargetDeregistered {
        /// The target group.
        target_group: TargetGroupId,
    },
    /// Tasks get no new requests, and stop when those they have are answered (LB-8).
    DrainingConnections {
        /// How many.
        count: u32,
    },
    /// A load balancer finds a task unhealthy, and its grace period is over (SVC-16).
    TargetUnhealthy {
        /// Its ordinal.
        ordinal: u64,
        /// Where it runs.
        host: Host,
        /// The target group.
        target_group: TargetGroupId,
    },
    /// No place was found for a task (PLC-13).
    PlacementFailed {
        /// The reason code.
        reason: Refusal,
        /// The container instance that came closest (PLC-21).
        closest: Option<InstanceId>,
    },
    /// Tasks end again and again before RUNNING (SVC-10).
    StartImpaired,
    /// More launches are wanted than the launch rate allows (SVC-8).
    OperationsThrottled,
    /// More tasks are protected than the service is to keep (SVC-20).
    ScaleInBlocked {
        /// How many are protected.
        protected: u32,
    },
    /// The limits of the deployment leave no room to stop or start a task (DEP-6).
    DeploymentStuck,
    /// A deployment began.
    DeploymentInProgress {
        /// Which.
        deployment: DeploymentNumber,
    },
    /// A deployment came to its end (DEP-8).
    DeploymentCompleted {
        /// Which.
        deployment: DeploymentNumber,
    },
    /// A deployment was given up (DEP-9).
    DeploymentFailed {
        /// Which.
        deployment: DeploymentNumber,
    },
    /// Auto scaling changed the desired count (AAS-5, AAS-6).
    DesiredCountUpdated {
        /// What it is now.
        to: u32,
    },
    /// A task set has come to its steady state (DEP-41).
    TaskSetSteadyState {
        /// Which.
        task_set: DeploymentNumber,
    },
    /// The last completed deployment comes back (DEP-24).
    RollingBack {
        /// That one.
        to: DeploymentNumber,
    },
}

/// How grave EventBridge calls a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventType {
    /// For information.
    Info,
    /// Something needs attention.
    Warn,
    /// Something failed.
    Error,
}

impl EventType {
    /// The type as EventBridge prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventType::Info => "INFO",
            EventType::Warn => "WARN",
            EventType::Error => "ERROR",
        }
    }
}

impl ServiceEvent {
    /// A number for its kind, for digests.
    #[must_use]
    pub fn number(&self) -> u64 {
        match self {
            ServiceEvent::SteadyState => 1,
            ServiceEvent::TasksStarted { .. } => 2,
            ServiceEvent::TasksStopped { .. } => 3,
            ServiceEvent::PlacementFailed { .. } => 4,
            ServiceEvent::StartImpaired => 5,
            ServiceEvent::OperationsThrottled => 6,
            ServiceEvent::DeploymentStuck => 7,
            ServiceEvent::DeploymentInProgress { .. } => 8,
            ServiceEvent::DeploymentCompleted { .. } => 9,
            ServiceEvent::DeploymentFailed { .. } => 10,
            ServiceEvent::DaemonConstraintViolated { .. } => 11,
            ServiceEvent::RebalancingStarted { .. } => 12,
            ServiceEvent::RebalancingCompleted { .. } => 13,
            ServiceEvent::RebalancingStopped => 14,
            ServiceEvent::RebalancingTasksStarted { .. } => 15,
            ServiceEvent::RebalancingTasksStopped { .. } => 16,
            ServiceEvent::RebalancingPlacementFailed { .. } => 17,
            ServiceEvent::ScaleInBlocked { .. } => 18,
            ServiceEvent::RollingBack { .. } => 23,
            ServiceEvent::DesiredCountUpdated { .. } => 24,
            ServiceEvent::TaskSetSteadyState { .. } => 25,
            ServiceEvent::TargetRegistered { .. } => 19,
            ServiceEvent::TargetDeregistered { .. } => 20,
            ServiceEvent::DrainingConnections { .. } => 21,
            ServiceEvent::TargetUnhealthy { .. } => 22,
        }
    }

    /// The name and type of the event that EventBridge carries; `None` for messages of the service's list alone.
    #[must_use]
    pub fn event_name(&self) -> Option<(&'static str, EventType)> {
        match self {
            ServiceEvent::SteadyState => Some(("SERVICE_STEADY_STATE", EventType::Info)),
            ServiceEvent::TasksStopped { .. } | ServiceEvent::RebalancingTasksStopped { .. } => {
                Some(("TASKS_STOPPED", EventType::Info))
            }
            ServiceEvent::RebalancingStarted { .. } => Some(("SERVICE_REBALANCING_STARTED", EventType::Info)),
            ServiceEvent::RebalancingCompleted { .. } => {
                Some(("SERVICE_REBALANCING_COMPLETED", EventType::Info))
            }
            ServiceEvent::RebalancingStopped => Some(("SERVICE_REBALANCING_STOPPED", EventType::Info)),
            ServiceEvent::RebalancingTasksStarted { .. } => Some(("TASKS_STARTED", EventType::Info)),
            ServiceEvent::PlacementFailed { .. } | ServiceEvent::RebalancingPlacementFailed { .. } => {
                Some(("SERVICE_TASK_PLACEMENT_FAILURE", EventType::Error))
            }
            ServiceEvent::DaemonConstraintViolated { .. } => {
                Some(("SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED", EventType::Error))
            }
            ServiceEvent::StartImpaired => Some(("SERVICE_TASK_START_IMPAIRED", EventType::Warn)),
            ServiceEvent::OperationsThrottled => Some(("ECS_OPERATION_THROTTLED", EventType::Error)),
            ServiceEvent::DeploymentInProgress { .. } => {
                Some(("SERVICE_DEPLOYMENT_IN_PROGRESS", EventType::Info))
            }
            ServiceEvent::DeploymentCompleted { .. } => {
                Some(("SERVICE_DEPLOYMENT_COMPLETED", EventType::Info))
            }
            ServiceEvent::DeploymentFailed { .. } => Some(("SERVICE_DEPLOYMENT_FAILED", EventType::Error)),
            ServiceEvent::TaskSetSteadyState { .. } => Some(("TASKSET_STEADY_STATE", EventType::Info)),
            ServiceEvent::DesiredCountUpdated { .. } => {
                Some(("SERVICE_DESIRED_COUNT_UPDATED", EventType::Info))
            }
            ServiceEvent::TasksStarted { .. }
            | ServiceEvent::RollingBack { .. }
            | ServiceEvent::DeploymentStuck
            | ServiceEvent::TargetRegistered { .. }
            | ServiceEvent::TargetDeregistered { .. }
            | ServiceEvent::DrainingConnections { .. }
            | ServiceEvent::TargetUnhealthy { .. }
            | ServiceEvent::ScaleInBlocked { .. } => None,
        }
    }

    /// The message as the service's event list shows it.
    #[must_use]
    pub fn message(&self, cluster: &Cluster, service: ServiceId) -> String {
        let name = &cluster.service(service).name;
        let listed = |ordinals: &mut dyn Iterator<Item = u64>| {
            ordinals.map(|ordinal| format!("(task {name}#{ordinal})")).collect::<Vec<_>>().join(" ")
        };
        let says = match self {
            ServiceEvent::SteadyState => "has reached a steady state.".to_owned(),
            ServiceEvent::TasksStarted { first, count } => {
                let list = listed(&mut (*first..first + u64::from(*count)));
                format!("has started {count} tasks: {list}.") // also of one, as ECS does
            }
            ServiceEvent::TasksStopped { ordinals } => {
                let list = listed(&mut ordinals.iter().copied());
                format!("has stopped {} running tasks: {list}.", ordinals.len())
            }
            ServiceEvent::RebalancingStarted { tasks } => {
                format!("is not AZ balanced with {}. AZ Rebalancing in progress.", by_zone(cluster, tasks))
            }
            ServiceEvent::RebalancingCompleted { tasks } => {
                format!("is AZ balanced with {}.", by_zone(cluster, tasks))
            }
            ServiceEvent::RebalancingStopped => "has stopped AZ Rebalancing.".to_owned(),
            ServiceEvent::RebalancingTasksStarted { zone, first, count } => {
                let list = listed(&mut (*first..first + u64::from(*count)));
                let zone = &cluster.zones[zone.index()].name;
                format!("has started {count} tasks in {zone} to AZ Rebalance: {list}.")
            }
            ServiceEvent::RebalancingTasksStopped { zone, ordinals } => {
                let list = listed(&mut ordinals.iter().copied());
                let zone = &cluster.zones[zone.index()].name;
                format!("has stopped {} running tasks in {zone} due to AZ rebalancing: {list}.", ordinals.len())
            }
            ServiceEvent::RebalancingPlacementFailed { zone, .. } => format!(
                "is unable to place a task in {} because no container instance met all of its requirements.",
                cluster.zones[zone.index()].name
            ),
            ServiceEvent::DaemonConstraintViolated { ordinals } => {
                let list = listed(&mut ordinals.iter().copied());
                format!("has tasks on container instances that no longer satisfy its placement constraints: {list}.")
            }
            ServiceEvent::PlacementFailed { reason: Refusal::Fargate, .. } => {
                "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or \
                 in a different availability zone."
                    .to_owned()
            }
            // SVC-21
            ServiceEvent::PlacementFailed { reason: Refusal::ProvisioningLimit, .. } => {
                "was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded."
                    .to_owned()
            }
            ServiceEvent::PlacementFailed { reason: reason @ Refusal::Vcpus, .. } => {
                format!("was unable to place a task. Reason: {}.", reason.code())
            }
            ServiceEvent::PlacementFailed { reason, closest } => format!(
                "was unable to place a task because no container instance met all of its requirements. Reason: {}.",
                placement_reason(*reason, closest.map(|id| cluster.instance_name(id)))
            ),
            ServiceEvent::StartImpaired => "is unable to consistently start tasks successfully.".to_owned(),
            ServiceEvent::OperationsThrottled => {
                "operations are being throttled. Will try again later.".to_owned()
            }
            ServiceEvent::ScaleInBlocked { protected } => {
                format!("was unable to scale in: {protected} protected tasks are more than the desired count.")
            }
            ServiceEvent::TargetRegistered { target_group } => {
                format!("registered 1 targets in (target-group {})", cluster.target_group(*target_group).name)
            }
            ServiceEvent::TargetDeregistered { target_group } => {
                format!("deregistered 1 targets in (target-group {})", cluster.target_group(*target_group).name)
            }
            ServiceEvent::DrainingConnections { count } => {
                format!("has begun draining connections on {count} tasks.")
            }
            ServiceEvent::TargetUnhealthy { ordinal, host, target_group } => {
                let instance = match host {
                    Host::Instance(id) => format!(" (instance {})", cluster.instance_name(*id)),
                    Host::Fargate(_) | Host::Unplaced(_) => String::new(),
                };
                let group = &cluster.target_group(*target_group).name;
                format!(
                    "(task {name}#{ordinal}){instance} is unhealthy in (target-group {group}) due to (reason Health \
                     checks failed)"
                )
            }
            ServiceEvent::DeploymentStuck => {
                "was unable to stop or start tasks during a deployment because of the service deployment \
                 configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
                    .to_owned()
            }
            ServiceEvent::DeploymentInProgress { deployment } => {
                format!("(deployment ecs-svc/{}) deployment in progress.", deployment.0)
            }
            ServiceEvent::DeploymentCompleted { deployment } => {
                format!("(deployment ecs-svc/{}) deployment completed.", deployment.0)
            }
            ServiceEvent::DeploymentFailed { deployment } => {
                let found = cluster.service(service).deployment(*deployment);
                let why = match found.and_then(|found| found.failure) {
                    Some(DeploymentFailure::Alarm) => "alarm detected",
                    Some(DeploymentFailure::Stopped) => "it was stopped",
                    Some(DeploymentFailure::HookFailed) => "a lifecycle hook failed",
                    Some(DeploymentFailure::HookTimedOut) => "a lifecycle hook timed out",
                    Some(DeploymentFailure::StageTimedOut) => "a lifecycle stage timed out",
                    Some(DeploymentFailure::CircuitBreaker) | None => "tasks failed to start",
                };
                format!("(deployment ecs-svc/{}) deployment failed: {why}.", deployment.0)
            }
            ServiceEvent::DesiredCountUpdated { to } => format!("has updated its desired count to {to}."),
            ServiceEvent::TaskSetSteadyState { task_set } => {
                return format!("(service {name}, taskSet ecs-svc/{}) has reached a steady state.", task_set.0);
            }
            ServiceEvent::RollingBack { to } => format!("rolling back to (deployment ecs-svc/{}).", to.0),
        };
        format!("(service {name}) {says}")
    }
}

/// `3 tasks in us-east-1a, 2 tasks in us-east-1b, and 1 tasks in us-east-1c`, as ECS puts it.
fn by_zone(cluster: &Cluster, tasks: &[(ZoneId, u32)]) -> String {
    let parts: Vec<String> =
        tasks.iter().map(|(zone, n)| format!("{n} tasks in {}", cluster.zones[zone.index()].name)).collect();
    match &parts[..] {
        [] => "no tasks".to_owned(),
        [one] => one.clone(),
        [all @ .., last] => format!("{}, and {last}", all.join(", ")),
    }
}

fn placement_reason(reason: Refusal, closest: Option<String>) -> String {
    let closest = match closest {
        Some(name) => format!("The closest matching container-instance {name}"),
        None => "The closest matching container instance".to_owned(),
    };
    match reason {
        Refusal::NoInstances => "No Container Instances were found in your cluster".to_owned(),
        Refusal::Missing | Refusal::Inactive => "The container instance is not there".to_owned(),
        Refusal::Attribute => format!("{closest} is missing an attribute required by your task"),
        Refusal::Constraint => "MemberOf placement constraint unsatisfied".to_owned(),
        Refusal::Ports => format!("{closest} is already using a port required by your task"),
        Refusal::Cpu => format!("{closest} has insufficient CPU units available"),
        Refusal::Memory => format!("{closest} has insufficient memory available"),
        Refusal::Gpu => format!("{closest} has insufficient GPUs available"),
        Refusal::Agent | Refusal::Location | Refusal::Eni => {
            format!("{closest} encountered error \"{}\"", reason.code())
        }
        Refusal::Fargate => "Capacity is unavailable at this time".to_owned(),
        Refusal::Turn => "Other requests stand before it".to_owned(),
        Refusal::ProvisioningLimit | Refusal::Throttled | Refusal::Vcpus => reason.code().to_owned(),
    }
}
