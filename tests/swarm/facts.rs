//! What was reached: a count for each named fact.

use std::collections::BTreeMap;

use ecsim::kernel::time::{SimDuration, SimTime};
use ecsim::model::change::{AfterRefusal, CapacityPlace};
use ecsim::model::container::{ContainerExit, ContainerStatus, ExitCause, HealthStatus};
use ecsim::model::instance::InstanceStatus;
use ecsim::model::service::{DeploymentFailure, RebalancingPhase, RolloutState, ServiceStatus};
use ecsim::model::service_event::ServiceEvent;
use ecsim::model::spot_fallback::FallbackPhase;
use ecsim::model::stop::{StartFailure, StopCause};
use ecsim::model::task::{Host, Impairment, Origin, TaskStatus};
use ecsim::model::traffic_shift::Stage;
use ecsim::model::{Change, Cluster, ServiceId, TaskId};
use ecsim::observe::Observer;
use ecsim::observe::stuck::all_stuck;

/// Kind and name.
pub type Fact = (&'static str, &'static str);

/// More changes than any scenario of this size makes: one that runs away.
const MOST_CHANGES: u64 = 5_000_000;

/// Counts facts, and tasks by itself.
#[derive(Default)]
pub struct Facts {
    pub counts: BTreeMap<Fact, u64>,
    pub created: u64,
    pub forgotten: u64,
    changes: u64,
    refused_at: BTreeMap<ServiceId, SimTime>,
}

impl Facts {
    fn note(&mut self, kind: &'static str, name: &'static str) {
        *self.counts.entry((kind, name)).or_insert(0) += 1;
    }

    /// Why a task stops, and for the failing of health checks and retirements what came first (SVC-14).
    fn on_stop_ordered(&mut self, id: TaskId, cause: StopCause, cluster: &Cluster) {
        self.note("stop code", cause.code().name());
        self.note("stop cause", cause_name(cause));
        let task = &cluster.tasks[id];
        if let (StopCause::Draining, Some(service)) = (cause, task.service()) {
            let service = cluster.service(service);
            let others_do = service.counts.active >= service.settings.desired_count;
            self.note(
                "draining",
                match task.last_status {
                    TaskStatus::Running if service.is_daemon() => "a daemon last",
                    TaskStatus::Running if service.is_deploying() => "during a deployment",
                    TaskStatus::Running if others_do => "start first",
                    TaskStatus::Running => "stop first",
                    _ => "a task that did not run yet",
                },
            );
            if task.protected_until.is_some() {
                self.note("draining", "a protected task");
            }
        }
        if matches!(cause, StopCause::HealthCheckFailed | StopCause::TaskRetired)
            && let Some(service) = task.service().map(|service| cluster.service(service))
        {
            let others_do = service.counts.active >= service.settings.desired_count;
            self.note("replacement", if others_do { "start first" } else { "stop first" });
        }
        let definitions = &cluster.task_definition(task.task_definition).containers;
        for (definition, container) in definitions.iter().zip(&task.containers) {
            let exit = container.exit.filter(|_| container.last_status == ContainerStatus::Stopped);
            if let (Some(policy), Some(exit), true) = (&definition.restart_policy, exit, definition.essential)
            {
                let ignored = policy.ignored_exit_codes.contains(&exit.code);
                self.note("restart policy", if ignored { "exit code ignored" } else { "too soon" });
            }
        }
    }

    fn on_container_status(
        &mut self,
        (task, container): (TaskId, u8),
        to: ContainerStatus,
        exit: Option<ContainerExit>,
        cluster: &Cluster,
    ) {
        self.note("container status", to.name());
        let now = &cluster.tasks[task].containers[usize::from(container)];
        if to == ContainerStatus::Running && now.restarts > 0 {
            self.note("restart policy", "restarted");
        }
        if let Some(exit) = exit {
            let name = match (exit.cause, exit.code) {
                (ExitCause::Itself, 0) => "by itself with 0",
                (ExitCause::Itself, _) => "by itself with another code",
                (ExitCause::OutOfMemory, _) => "out of memory",
                (ExitCause::Signal, 137) => "by SIGKILL",
                (ExitCause::Signal, _) => "by SIGTERM",
            };
            self.note("container exit", name);
        }
    }

    fn on_container_health(&mut self, at: SimTime, task: TaskId, to: HealthStatus, cluster: &Cluster) {
        self.note("container health", to.name());
        let task = &cluster.tasks[task];
        let grace = task.service().map(|service| cluster.service(service).settings.grace_period);
        let in_grace = task.started_at.zip(grace).is_some_and(|(started, grace)| at < started + grace);
        if to == HealthStatus::Unhealthy && in_grace {
            self.note("health", "failing checks in the grace period");
        }
    }

    fn on_placement_refused(&mut self, at: SimTime, service: ServiceId, cluster: &Cluster) {
        if let Some(before) = self.refused_at.insert(service, at) {
            let parameters = &cluster.parameters;
            let (fast, slow) = (*parameters.place_retry_fast(), *parameters.place_retry_slow());
            if at - before == fast {
                self.note("placement", "tried again quickly");
            } else if at - before == slow {
                self.note("placement", "tried again slowly");
            }
        }
    }

    fn on_deployment(&mut self, service: ServiceId, cluster: &Cluster) {
        match cluster.service(service).deployments.len() {
            0 | 1 => self.note("deployment", "alone"),
            2 => self.note("deployment", "two at once"),
            _ => self.note("deployment", "three and more at once"),
        }
    }
}

impl Observer for Facts {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.changes += 1;
        assert!(self.changes < MOST_CHANGES, "the scenario runs away: {MOST_CHANGES} changes by {at}");
        match change {
            Change::TaskCreated(task) => {
                self.created += 1;
                self.note("task status", task.first_status.name());
                self.note(
                    "host",
                    match task.host {
                        Host::Instance(_) => "instance",
                        Host::Fargate(_) => "Fargate",
                        Host::Unplaced(_) => "none yet",
                    },
                );
                if task.settled {
                    self.note("task", "at rest at time zero");
                }
                if task.waited {
                    self.note("task", "waited for its place");
                }
                if let Origin::Service { service, .. } = task.origin
                    && cluster.service(service).is_daemon()
                {
                    self.note("task", "of a DAEMON service");
                }
                if task.attempt > 1 {
                    self.note("task", "submitted again");
                }
                let definition = cluster.task_definition(task.task_definition);
                if definition.containers.iter().any(|container| container.health_check.is_some()) {
                    self.note("container health", HealthStatus::Unknown.name());
                }
            }
            Change::TaskForgotten { .. } => {
                self.forgotten += 1;
                self.note("task", "forgotten");
            }
            Change::TaskStatusChanged { to, .. } => self.note("task status", to.name()),
            Change::TaskStopOrdered { task, cause } => self.on_stop_ordered(*task, *cause, cluster),
            Change::ContainerStatusChanged { task, container, to, exit, .. } => {
                self.on_container_status((*task, *container), *to, *exit, cluster);
            }
            Change::ContainerHealthChanged { task, to, .. } => {
                self.on_container_health(at, *task, *to, cluster);
            }
            Change::TaskImpairmentChanged { impairment, .. } => self.note(
                "impairment",
                match impairment {
                    Some(Impairment::Unhealthy) => "unhealthy",
                    Some(Impairment::TargetUnhealthy) => "unhealthy target",
                    Some(Impairment::Retirement) => "retirement announced",
                    Some(Impairment::Moved) => "moved by a policy",
                    None => "over",
                },
            ),
            Change::StopReasonGiven { .. } => self.note("task", "stopped for a reason given"),
            Change::TaskHostLost { .. } => self.note("host", "lost under a task"),
            Change::TaskEndedUnheard { .. } => self.note("agent", "does not tell of an end"),
            Change::TaskHealthChanged { healthy, .. } => {
                self.note("health", if *healthy { "a task became healthy" } else { "a task ceased to be" });
            }
            Change::StartThrottleChanged { until, .. } => {
                self.note("start throttle", until.map_or("reset", |until| throttle_step(until - at)));
            }
            Change::ServicePlacementRefused { service, reason, .. } => {
                self.note("service refused", reason.code());
                self.note("service event", "SERVICE_TASK_PLACEMENT_FAILURE");
                self.on_placement_refused(at, *service, cluster);
            }
            Change::ServiceEventWritten { event, .. } => self.note("service event", event_name(event)),
            Change::RebalancingChanged { phase, .. } => self.note(
                "rebalancing",
                match phase {
                    RebalancingPhase::Started => "started",
                    RebalancingPhase::Completed => "completed",
                    RebalancingPhase::Stopped => "stopped",
                },
            ),
            Change::SteadyStateChanged { steady, .. } => {
                self.note(
                    "service event",
                    if *steady { "SERVICE_STEADY_STATE" } else { "steady state left" },
                );
            }
            Change::ServiceStatusChanged { to, .. } => self.note(
                "service",
                match to {
                    ServiceStatus::Active => "ACTIVE",
                    ServiceStatus::Draining => "DRAINING",
                    ServiceStatus::Inactive => "INACTIVE",
                },
            ),
            Change::ServiceCreated(_) => self.note("service", "created later"),
            Change::ServiceUpdated { settings, .. } => {
                let (before, after) = &**settings;
                match after.desired_count.cmp(&before.desired_count) {
                    std::cmp::Ordering::Less => self.note("service", "scaled in"),
                    std::cmp::Ordering::Greater => self.note("service", "scaled out"),
                    std::cmp::Ordering::Equal => {}
                }
                if before.zones != after.zones {
                    self.note("service", "subnets changed");
                }
                if before.capacity != after.capacity {
                    self.note("service", "capacity changed");
                }
            }
            Change::DeploymentStarted { service, .. } => self.on_deployment(*service, cluster),
            Change::DeploymentEnded { .. } => self.note("deployment", "replaced"),
            Change::RolloutStateChanged { to, failure, .. } => self.note(
                "deployment",
                match (to, failure) {
                    (RolloutState::Completed, _) => "completed",
                    (RolloutState::InProgress, _) => "in progress again",
                    (RolloutState::Failed, Some(DeploymentFailure::Alarm)) => "failed by an alarm",
                    (RolloutState::Failed, Some(DeploymentFailure::Stopped)) => "stopped",
                    (RolloutState::Failed, Some(DeploymentFailure::HookFailed)) => "failed by a hook",
                    (RolloutState::Failed, Some(DeploymentFailure::HookTimedOut)) => {
                        "failed by a hook's timeout"
                    }
                    (RolloutState::Failed, Some(DeploymentFailure::StageTimedOut)) => "failed by time",
                    (RolloutState::Failed, _) => "failed by its circuit breaker",
                },
            ),
            Change::MinutesMeasured { count, minute, .. } => self.note(
                "demand",
                match (minute.unserved(), count) {
                    _ if minute.failed > 0 => "answered with errors",
                    (0, 1) => "served",
                    (0, _) => "served, several minutes alike",
                    _ => "not all served",
                },
            ),
            Change::ScalingChanged { .. } => self.note("scaling", "changed"),
            Change::MetricAlarmPut { .. } => self.note("alarm", "put later"),
            Change::DesiredCountScaled { service, policy, from, to, .. } => {
                self.note("scaling", if to > from { "out" } else { "in" });
                let target = cluster.service(*service).scaling.as_deref();
                let policy = target.and_then(|target| target.policies.get(usize::from(*policy)));
                if policy.is_some_and(|policy| policy.tracking().is_none()) {
                    self.note("scaling", if to > from { "a step out" } else { "a step in" });
                }
            }
            Change::RollbackStarted { .. } => self.note("deployment", "rolled back"),
            Change::FailuresCounted { failures, reached_running, .. } => self.note(
                "circuit breaker",
                match (failures, reached_running) {
                    (0, _) => "begins anew",
                    (_, false) => "counts a failed start",
                    (_, true) => "counts a failed health check",
                },
            ),
            Change::BakeTimeStarted { .. } => self.note("deployment", "bakes"),
            Change::StageEntered { shift, .. } => {
                self.note("stage", shift.stage.name());
                if shift.stage == Stage::ProductionTrafficShift && shift.source.is_some() {
                    self.note("shift", shift.strategy.name());
                }
                if !shift.running.is_empty() {
                    self.note("stage", "with hooks");
                }
            }
            Change::TaskSetChanged { task_set, .. } => {
                self.note("task set", task_set.status.name());
                self.note("task set", if task_set.steady { "STEADY_STATE" } else { "STABILIZING" });
            }
            Change::DeploymentGroupCreated { .. } => self.note("CodeDeploy", "a group"),
            Change::DeploymentConfigCreated { .. } => self.note("CodeDeploy", "a configuration"),
            Change::AlarmChanged { raised, .. } => {
                self.note("alarm", if *raised { "raised" } else { "over" });
            }
            Change::TargetGroupCreated(_) => self.note("target group", "created later"),
            Change::TargetStateChanged { to, .. } => self.note("target", to.name()),
            Change::TaskRequestRefused { caller, reason, then, .. } => {
                let by_name = cluster.caller(*caller).name.starts_with("StartTask/");
                self.note(if by_name { "StartTask refused" } else { "RunTask refused" }, reason.code());
                self.note(
                    "caller",
                    match then {
                        AfterRefusal::GiveUp => "gives up",
                        AfterRefusal::Wait => "waits",
                        AfterRefusal::WaitOn => "waits on",
                    },
                );
            }
            Change::TaskRequestAbandoned { .. } => self.note("caller", "abandons its request"),
            Change::TaskRequested { .. } => self.note("caller", "calls"),
            Change::RequestFailed { call, exception } => {
                self.note("request refused", call);
                self.note("exception", exception);
            }
            Change::AutoScalingGroupCreated(_) => self.note("group", "created later"),
            Change::AutoScalingGroupUpdated { .. } => self.note("group", "updated"),
            Change::CapacityProviderUpdated { .. } => self.note("capacity provider", "updated"),
            Change::DefaultCapacityChanged(_) => self.note("cluster", "with another default strategy"),
            Change::ProcessesSuspended { .. } => self.note("group", "with other suspended processes"),
            Change::ScheduledActionChanged { .. } => self.note("group", "with another schedule"),
            Change::InstanceRefreshChanged { .. } => self.note("group", "refreshed"),
            Change::WarmPoolChanged { .. } => self.note("group", "with another warm pool"),
            Change::CapacityProviderCreated(_) => self.note("capacity provider", "created later"),
            Change::InstanceLaunched(_) => self.note("group", "launches an instance"),
            Change::InstanceLifecycleChanged { to, .. } => self.note("lifecycle", to.name()),
            Change::InstanceTerminationOrdered { cause, .. } => self.note("termination", cause.name()),
            Change::ScaleInProtectionChanged { protected, .. } => {
                self.note("scale-in protection", if *protected { "on" } else { "off" });
            }
            Change::InstanceForgotten { .. } => self.note("instance", "forgotten"),
            Change::DesiredCapacityChanged { from, to, .. } => {
                self.note("desired capacity", if to > from { "grows" } else { "shrinks" });
            }
            Change::ReservationMeasured { .. } => self.note("capacity provider", "measured"),
            Change::TaskPlaced { .. } => self.note("task", "placed after a wait in PROVISIONING"),
            Change::TaskDefinitionRegistered(_) => self.note("task definition", "registered later"),
            Change::InstanceStatusChanged { from, to, .. } => self.note(
                "instance",
                match (from, to) {
                    (_, InstanceStatus::Lost) => "lost",
                    (InstanceStatus::Lost, InstanceStatus::Inactive) => "noticed to be lost",
                    (InstanceStatus::Registering, InstanceStatus::Inactive) => "registration broken off",
                    (_, InstanceStatus::Registering) => "registering",
                    (InstanceStatus::LostDraining, InstanceStatus::Inactive) => {
                        "noticed to be lost while DRAINING"
                    }
                    (_, InstanceStatus::LostDraining) => "lost while DRAINING",
                    (_, InstanceStatus::Deregistered | InstanceStatus::Inactive) => "deregistered",
                    (_, InstanceStatus::Draining) => "DRAINING",
                    (InstanceStatus::Draining, InstanceStatus::Active) => "ACTIVE again",
                    (InstanceStatus::Deregistered, InstanceStatus::Active) => "registered again",
                    (InstanceStatus::Unregistered, InstanceStatus::Active) => "registered",
                    (_, InstanceStatus::Active) => "back",
                    (_, InstanceStatus::Unregistered) => "unregistered",
                },
            ),
            Change::InstanceAttributesChanged { .. } => self.note("instance", "with other attributes"),
            Change::TaskProtectionChanged { until, .. } => {
                self.note("protection", if until.is_some() { "on" } else { "over" });
            }
            Change::AgentConnectionChanged { connected, .. } => {
                self.note("agent", if *connected { "connected again" } else { "disconnected" });
            }
            Change::CapacityOutageChanged { place, out } => self.note(
                "capacity",
                match (place, out) {
                    (CapacityPlace::Pool(_), true) => "of a provider out",
                    (CapacityPlace::Pool(_), false) => "of a provider back",
                    (CapacityPlace::Instances(_), true) => "of instances out",
                    (CapacityPlace::Instances(_), false) => "of instances back",
                    (CapacityPlace::Zone(_), true) => "of a zone out",
                    (CapacityPlace::Zone(_), false) => "of a zone back",
                },
            ),
            Change::SpotCapacityChanged { .. } => self.note("spot", "capacity changed"),
            Change::SpotFallbackChanged { phase, .. } => self.note(
                "spot fallback",
                match phase {
                    FallbackPhase::OnSpot => "on Spot",
                    FallbackPhase::Short(_) => "short",
                    FallbackPhase::Fallen(_) => "fallen back",
                    FallbackPhase::Trying(_) => "trying",
                },
            ),
            Change::RebalanceRecommended { .. } => self.note("spot", "rebalance recommended"),
            Change::InterruptionNoticed { .. } => self.note("spot", "noticed"),
            Change::ZoneOutageBegan { .. } => self.note("zone", "out"),
            Change::ZoneOutageEnded { .. } => self.note("zone", "back"),
            Change::PullStopped { .. } => self.note("task", "images pulled"),
            Change::CallerNamed { .. } => self.note("caller", "of the timeline"),
            Change::InstanceRegistered(_) => self.note("instance", "registered later"),
        }
    }

    fn end(&mut self, _: SimTime, cluster: &Cluster) {
        let waits = |service: &ecsim::model::service::Service| {
            service.counts.draining > 0 && service.counts.pending == 0 && !service.is_daemon()
        };
        if cluster.services.iter().any(waits) {
            self.note("draining", "still at the end");
        }
        for stuck in all_stuck(cluster) {
            self.note(stuck.what, "stuck at the end");
        }
    }
}

/// SVC-10 with its defaults: 10 s, doubled up to 27 minutes.
pub const THROTTLE_STEPS: [&str; 9] =
    ["10 s", "20 s", "40 s", "80 s", "160 s", "320 s", "640 s", "1280 s", "1620 s"];

fn throttle_step(delay: SimDuration) -> &'static str {
    let seconds = format!("{} s", delay.0 / 1000);
    THROTTLE_STEPS.iter().find(|step| **step == seconds).copied().unwrap_or("another (by a parameter)")
}

fn event_name(event: &ServiceEvent) -> &'static str {
    match event {
        ServiceEvent::TasksStarted { .. } => "tasks started",
        ServiceEvent::ScaleInBlocked { .. } => "scale-in blocked",
        ServiceEvent::TargetRegistered { .. } => "target registered",
        ServiceEvent::TargetDeregistered { .. } => "target deregistered",
        ServiceEvent::DrainingConnections { .. } => "draining connections",
        ServiceEvent::TargetUnhealthy { .. } => "target unhealthy",
        other => other.event_name().map_or("DeploymentStuck", |(name, _)| name),
    }
}

/// The cause with its reason (table 2a), without numbers.
pub fn cause_name(cause: StopCause) -> &'static str {
    match cause {
        StopCause::Completed => "Completed",
        StopCause::EssentialContainerExited { .. } => "EssentialContainerExited",
        StopCause::OutOfMemory => "OutOfMemory",
        StopCause::FailedToStart(StartFailure::DependencyFailed { .. }) => "FailedToStart: DependencyFailed",
        StopCause::FailedToStart(StartFailure::StartTimeout { .. }) => "FailedToStart: StartTimeout",
        StopCause::FailedToStart(failure) => failure.name(),
        StopCause::HealthCheckFailed => "HealthCheckFailed",
        StopCause::TargetCheckFailed => "TargetCheckFailed",
        StopCause::UserInitiated => "UserInitiated",
        StopCause::ScaleIn => "ScaleIn",
        StopCause::Deployment => "Deployment",
        StopCause::Draining => "Draining",
        StopCause::HostDeregistered => "HostDeregistered",
        StopCause::SpotInterruption => "SpotInterruption",
        StopCause::HostLost => "HostLost",
        StopCause::HostReclaimed => "HostReclaimed",
        StopCause::FargateHostLost => "FargateHostLost",
        StopCause::TaskRetired => "TaskRetired",
        StopCause::Moved => "Moved",
    }
}

/// The statuses that a task can have.
pub const TASK_STATUSES: [TaskStatus; 8] = [
    TaskStatus::Provisioning,
    TaskStatus::Pending,
    TaskStatus::Activating,
    TaskStatus::Running,
    TaskStatus::Deactivating,
    TaskStatus::Stopping,
    TaskStatus::Deprovisioning,
    TaskStatus::Stopped,
];
