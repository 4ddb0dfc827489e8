//! All that can become true.
//!
//! A change carries what is needed to write it and what it replaced. The enum is closed: adding a variant makes
//! every observer say what it does with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::auto_scaling_group::processes::Processes;
use super::auto_scaling_group::refresh::{InstanceRefresh, RefreshEnd};
use super::auto_scaling_group::schedule::ScheduledAction;
use super::auto_scaling_group::warm_pool::WarmPool;
use super::auto_scaling_group::{
    AutoScalingGroup, DesiredCapacityCause, GroupSettings, Lifecycle, TerminationCause,
};
use super::capacity_provider::{CapacityProvider, Measured};
use super::container::{ContainerExit, ContainerStatus, HealthStatus};
use super::demand::ServiceMinute;
use super::instance::{ContainerInstance, InstanceStatus};
use super::reason::{PlacementFailure, Refusal, StopCause};
use super::scaling::{MetricAlarm, ScalableTarget};
use super::service::{
    Deployment, DeploymentFailure, RebalancingPhase, RolloutState, Service, ServiceSettings, ServiceStatus,
};
use super::service_event::ServiceEvent;
use super::spot_fallback::FallbackPhase;
use super::target_group::{TargetGroup, TargetState};
use super::task::{Capacity, CapacityChoice, Host, Impairment, Origin, TaskStatus};
use super::task_definition::TaskDefinition;
use super::task_set::TaskSet;
use super::traffic_shift::{ShiftStrategy, TrafficShift};
use super::{
    AutoScalingGroupId, CallerId, CapacityPoolId, CapacityProviderId, DeploymentNumber, InstanceId, PoolId,
    Resources, ServiceId, TaskDefinitionId, TaskGroupId, TaskId, ZoneId,
};
use crate::kernel::time::SimTime;

/// Something that became true of the cluster.
#[derive(Clone, Debug)]
pub enum Change {
    /// RegisterTaskDefinition made a revision.
    TaskDefinitionRegistered(Box<TaskDefinition>),
    /// A container instance is there from time zero.
    InstanceRegistered(Box<ContainerInstance>),
    /// A container instance came, went, or was noticed to be gone.
    InstanceStatusChanged {
        /// Which.
        instance: InstanceId,
        /// Its status before.
        from: InstanceStatus,
        /// Its status now.
        to: InstanceStatus,
    },
    /// CreateAutoScalingGroup made a group.
    AutoScalingGroupCreated(Box<AutoScalingGroup>),
    /// UpdateAutoScalingGroup changed what its owner set.
    AutoScalingGroupUpdated {
        /// Which.
        group: AutoScalingGroupId,
        /// The settings before and now.
        settings: Box<(GroupSettings, GroupSettings)>,
    },
    /// CreateCapacityProvider made a provider over a group.
    CapacityProviderCreated(Box<CapacityProvider>),
    /// UpdateCapacityProvider changed how a provider works.
    CapacityProviderUpdated {
        /// Which.
        provider: CapacityProviderId,
        /// As it is now.
        now: Box<CapacityProvider>,
    },
    /// PutClusterCapacityProviders set the default of services and tasks that name no capacity.
    DefaultCapacityChanged(Box<[CapacityChoice]>),
    /// SuspendProcesses or ResumeProcesses.
    ProcessesSuspended {
        /// Of which group.
        group: AutoScalingGroupId,
        /// All that are suspended now.
        suspended: Processes,
    },
    /// PutScheduledUpdateGroupAction, DeleteScheduledAction, or the only time of an action has come.
    ScheduledActionChanged {
        /// Of which group.
        group: AutoScalingGroupId,
        /// The name of the action.
        name: Box<str>,
        /// As it is now; none: it is no more.
        action: Option<Box<ScheduledAction>>,
    },
    /// An instance refresh began, waits at a checkpoint or goes on, or is over.
    InstanceRefreshChanged {
        /// Of which group.
        group: AutoScalingGroupId,
        /// As it is now, or how it ended.
        refresh: Result<Box<InstanceRefresh>, RefreshEnd>,
    },
    /// PutWarmPool or DeleteWarmPool.
    WarmPoolChanged {
        /// Of which group.
        group: AutoScalingGroupId,
        /// As it is now.
        warm_pool: Option<WarmPool>,
    },
    /// An Auto Scaling group launched an instance, which is not registered yet (ASG-3).
    InstanceLaunched(Box<ContainerInstance>),
    /// An instance moved on in its life with its Auto Scaling group (ASG-3).
    InstanceLifecycleChanged {
        /// Which.
        instance: InstanceId,
        /// Where it was.
        from: Lifecycle,
        /// Where it is now.
        to: Lifecycle,
    },
    /// An Auto Scaling group, its health checks or its owner decided that an instance is to go.
    InstanceTerminationOrdered {
        /// Which.
        instance: InstanceId,
        /// Why.
        cause: TerminationCause,
    },
    /// An instance is protected from the scale-in of its group, or no longer (CAS-11).
    ScaleInProtectionChanged {
        /// Which.
        instance: InstanceId,
        /// Whether it is now.
        protected: bool,
    },
    /// Nobody asks for a terminated instance any more.
    InstanceForgotten {
        /// Which.
        instance: InstanceId,
    },
    /// The desired capacity of an Auto Scaling group changed.
    DesiredCapacityChanged {
        /// Of which group.
        group: AutoScalingGroupId,
        /// Before.
        from: u32,
        /// Now.
        to: u32,
        /// Who changed it.
        by: DesiredCapacityCause,
    },
    /// ECS measured the reservation of a capacity provider (CAS-1).
    ReservationMeasured {
        /// Of which provider.
        provider: CapacityProviderId,
        /// What it found, and the alarms over it.
        measured: Measured,
    },
    /// PutAttributes or DeleteAttributes changed the custom attributes of a container instance.
    InstanceAttributesChanged {
        /// Which.
        instance: InstanceId,
        /// All its attributes from now on, the built-in ones included.
        attributes: BTreeMap<String, String>,
    },
    /// The agent of a container instance lost or regained its connection (INS-4).
    AgentConnectionChanged {
        /// Which.
        instance: InstanceId,
        /// Whether it is connected now.
        connected: bool,
    },
    /// Capacity to launch tasks ran out somewhere, or came back (FAIL-7).
    CapacityOutageChanged {
        /// Where.
        place: CapacityPlace,
        /// Whether there is none now.
        out: bool,
    },
    /// How much Spot capacity there is somewhere changed.
    SpotCapacityChanged {
        /// Where.
        place: CapacityPlace,
        /// How many instances or tasks it can hold now; none: as many as are asked for.
        capacity: Option<u32>,
    },
    /// EC2 recommends to rebalance a Spot instance, whose risk has grown (ASG-10, SPT-1).
    RebalanceRecommended {
        /// Which.
        instance: InstanceId,
    },
    /// A service falls back from Spot, or goes back to it; not ECS's doing (`policies.spotFallback`).
    SpotFallbackChanged {
        /// Which service.
        service: ServiceId,
        /// Where it stands from now on.
        phase: FallbackPhase,
    },
    /// EC2 gave a Spot instance its interruption notice (SPT-1).
    InterruptionNoticed {
        /// Which.
        instance: InstanceId,
        /// When it ends.
        ends_at: SimTime,
    },
    /// An outage of a zone began.
    ZoneOutageBegan {
        /// Which.
        zone: ZoneId,
    },
    /// An outage of a zone ended.
    ZoneOutageEnded {
        /// Which.
        zone: ZoneId,
    },
    /// CreateTargetGroup made a target group.
    TargetGroupCreated(Box<TargetGroup>),
    /// A load balancer says something else of a task: it registered, its checks turned, or it leaves (LB-2).
    TargetStateChanged {
        /// Which task.
        task: TaskId,
        /// Which of its targets.
        target: u8,
        /// The state before.
        from: TargetState,
        /// The state now.
        to: TargetState,
    },
    /// CreateService made a service.
    ServiceCreated(Box<Service>),
    /// UpdateService changed what the user set.
    ServiceUpdated {
        /// Which.
        service: ServiceId,
        /// The settings before and now.
        settings: Box<(ServiceSettings, ServiceSettings)>,
    },
    /// A service was deleted, or its deletion came to its end.
    ServiceStatusChanged {
        /// Which.
        service: ServiceId,
        /// Its status before.
        from: ServiceStatus,
        /// Its status now.
        to: ServiceStatus,
    },
    /// A deployment began and is the PRIMARY one now.
    DeploymentStarted {
        /// Of which service.
        service: ServiceId,
        /// The deployment.
        deployment: Box<Deployment>,
    },
    /// A deployment completed or failed.
    RolloutStateChanged {
        /// Of which service.
        service: ServiceId,
        /// Which deployment.
        deployment: DeploymentNumber,
        /// Its state before.
        from: RolloutState,
        /// Its state now.
        to: RolloutState,
        /// Why it was given up, if it was.
        failure: Option<DeploymentFailure>,
    },
    /// The last completed deployment comes back in the place of a failed one (DEP-24).
    RollbackStarted {
        /// Of which service.
        service: ServiceId,
        /// As it begins again, with the tasks that it still has.
        deployment: Box<Deployment>,
    },
    /// The circuit breaker of a deployment counted a failed task, or begins anew (DEP-22, DEP-23).
    FailuresCounted {
        /// Of which service.
        service: ServiceId,
        /// Of which of its deployments.
        deployment: DeploymentNumber,
        /// How many there are now.
        failures: u32,
        /// Whether one of its tasks has reached RUNNING.
        reached_running: bool,
    },
    /// The bake time of a deployment began (DEP-26).
    BakeTimeStarted {
        /// Of which service.
        service: ServiceId,
        /// Which deployment.
        deployment: DeploymentNumber,
        /// When it is over.
        until: SimTime,
    },
    /// A blue/green, linear or canary deployment entered a stage, or a step of its traffic (DEP-30).
    StageEntered {
        /// Of which service.
        service: ServiceId,
        /// Which deployment.
        deployment: DeploymentNumber,
        /// Where it stands from now on.
        shift: Box<TrafficShift>,
    },
    /// A task set was scaled, became PRIMARY or ceased to be, was deleted, or came to STEADY_STATE or left it (DEP-41).
    TaskSetChanged {
        /// Of which service.
        service: ServiceId,
        /// Which.
        deployment: DeploymentNumber,
        /// As it is now.
        task_set: Box<TaskSet>,
    },
    /// CodeDeploy's CreateDeploymentGroup made a group for a service (DEP-42).
    DeploymentGroupCreated {
        /// Which service.
        service: ServiceId,
        /// The name of the group.
        name: Box<str>,
    },
    /// CodeDeploy's CreateDeploymentConfig named a way in which traffic moves (DEP-42).
    DeploymentConfigCreated {
        /// The name.
        name: Box<str>,
        /// The way.
        strategy: ShiftStrategy,
    },
    /// Minutes of a service with demand were published; those told together are alike (AAS-3).
    MinutesMeasured {
        /// Which service.
        service: ServiceId,
        /// The first minute, counted from time zero.
        first: u64,
        /// How many.
        count: u64,
        /// What each of them was.
        minute: ServiceMinute,
    },
    /// RegisterScalableTarget or PutScalingPolicy changed the scaling of a service.
    ScalingChanged {
        /// Which service.
        service: ServiceId,
        /// As it is now.
        target: Box<ScalableTarget>,
    },
    /// PutMetricAlarm made an alarm over a metric of a service, or another one of the same name.
    MetricAlarmPut {
        /// Which service.
        service: ServiceId,
        /// The alarm.
        alarm: Box<MetricAlarm>,
    },
    /// A scaling policy asked for another desired count; the update of the service follows at once (AAS-5, AAS-6).
    DesiredCountScaled {
        /// Which service.
        service: ServiceId,
        /// Which of its policies.
        policy: u8,
        /// The desired count before.
        from: u32,
        /// The desired count from now on.
        to: u32,
        /// The running tasks it was computed from (AAS-2).
        from_running: u32,
    },
    /// A CloudWatch alarm went into ALARM, or left it.
    AlarmChanged {
        /// Its name.
        name: Box<str>,
        /// Whether it is in ALARM now.
        raised: bool,
    },
    /// An older deployment has no task left (status INACTIVE).
    DeploymentEnded {
        /// Of which service.
        service: ServiceId,
        /// Which deployment.
        deployment: DeploymentNumber,
    },
    /// A task of a deployment ended before RUNNING, or one reached it: its throttle moves (SVC-10).
    StartThrottleChanged {
        /// Of which service.
        service: ServiceId,
        /// Of which of its deployments.
        deployment: DeploymentNumber,
        /// Failures in a row.
        failed_starts: u32,
        /// No launch before this time.
        until: Option<SimTime>,
    },
    /// Something that ECS writes into the service's event list (table 6a).
    ServiceEventWritten {
        /// Of which service.
        service: ServiceId,
        /// What it says.
        event: ServiceEvent,
    },
    /// Rebalancing of a service over zones began, came to its end, or was given up (AZR-3, AZR-5, AZR-6).
    RebalancingChanged {
        /// Of which service.
        service: ServiceId,
        /// Which of these.
        phase: RebalancingPhase,
        /// Its tasks by zone.
        tasks: Box<[(ZoneId, u32)]>,
    },
    /// A service reached its steady state, or left it (SVC-7).
    SteadyStateChanged {
        /// Which.
        service: ServiceId,
        /// Whether it is steady now.
        steady: bool,
    },
    /// A task was created and has its place, or waits for one (CAS-12).
    TaskCreated(NewTask),
    /// A task that waited in PROVISIONING for capacity has its instance (CAS-12).
    TaskPlaced {
        /// Which.
        task: TaskId,
        /// Where.
        instance: InstanceId,
    },
    /// The last status of a task moved on.
    TaskStatusChanged {
        /// Which.
        task: TaskId,
        /// The status before.
        from: TaskStatus,
        /// The status now.
        to: TaskStatus,
    },
    /// A container of a task moved on: it started, exited, or was started again in place.
    ContainerStatusChanged {
        /// Of which task.
        task: TaskId,
        /// Its position in the task definition.
        container: u8,
        /// The status before.
        from: ContainerStatus,
        /// The status now.
        to: ContainerStatus,
        /// How it ended, for one that has run.
        exit: Option<ContainerExit>,
    },
    /// The health check of a container says something else (CON-6).
    ContainerHealthChanged {
        /// Of which task.
        task: TaskId,
        /// Its position in the task definition.
        container: u8,
        /// Its health before.
        from: HealthStatus,
        /// Its health now.
        to: HealthStatus,
    },
    /// The images of a task are there.
    PullStopped {
        /// Of which task.
        task: TaskId,
    },
    /// A service wants another task in the place of this one, or no longer (SVC-14, FAIL-8).
    TaskImpairmentChanged {
        /// Which.
        task: TaskId,
        /// Why, if it does.
        impairment: Option<Impairment>,
    },
    /// UpdateTaskProtection protected a task from scale-in, or its protection ended (SVC-20).
    TaskProtectionChanged {
        /// Which.
        task: TaskId,
        /// When the protection ends; none: it has ended.
        until: Option<SimTime>,
    },
    /// A task became healthy or ceased to be (SVC-12).
    TaskHealthChanged {
        /// Which.
        task: TaskId,
        /// Whether it is healthy now.
        healthy: bool,
    },
    /// The host under a task is gone in reality; ECS notices later (INS-5).
    TaskHostLost {
        /// Which.
        task: TaskId,
    },
    /// The essential container of a task ended while its agent was cut off; ECS hears of it later (INS-4).
    TaskEndedUnheard {
        /// Which.
        task: TaskId,
    },
    /// A caller of StopTask said why; the order follows at once (LIF-12).
    StopReasonGiven {
        /// The task.
        task: TaskId,
        /// The caller's words.
        reason: Box<str>,
    },
    /// A task's desired status became STOPPED.
    TaskStopOrdered {
        /// Which.
        task: TaskId,
        /// Why.
        cause: StopCause,
    },
    /// ECS forgot a stopped task (LIF-13).
    TaskForgotten {
        /// Which.
        task: TaskId,
    },
    /// A service could not place a task (PLC-13).
    ServicePlacementRefused {
        /// Which.
        service: ServiceId,
        /// The reason code.
        reason: Refusal,
        /// How each container instance fell, where any was looked at (PLC-21).
        why: Option<Arc<PlacementFailure>>,
    },
    /// Somebody who called RunTask for the first time.
    CallerNamed {
        /// Who.
        name: String,
        /// The group of their tasks.
        group: String,
    },
    /// A caller called RunTask for a new task.
    TaskRequested {
        /// Who.
        caller: CallerId,
        /// The n-th arrival of that caller.
        ordinal: u64,
    },
    /// RunTask found no place for a caller's task.
    TaskRequestRefused {
        /// Who.
        caller: CallerId,
        /// The n-th arrival of that caller.
        ordinal: u64,
        /// The reason code.
        reason: Refusal,
        /// How each container instance fell, where any was looked at (PLC-21).
        why: Option<Arc<PlacementFailure>>,
        /// What the caller does about it.
        then: AfterRefusal,
    },
    /// A caller's wait ended without a task.
    TaskRequestAbandoned {
        /// Who.
        caller: CallerId,
        /// The n-th arrival of that caller.
        ordinal: u64,
    },
    /// A request of the timeline was refused with one of the API's errors, or a part of it with a failure entry.
    RequestFailed {
        /// The call, such as `UpdateService`.
        call: &'static str,
        /// The exception, such as `ServiceNotFoundException`, or the reason of the failure entry, such as `MISSING`.
        exception: &'static str,
    },
}

/// Where capacity to launch can run out (FAIL-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapacityPlace {
    /// A Fargate capacity provider.
    Pool(PoolId),
    /// Whatever is launched in an Availability Zone.
    Zone(ZoneId),
    /// EC2 instances of a type in an Availability Zone (ASG-11).
    Instances(CapacityPoolId),
}

/// What a caller does after RunTask refused a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterRefusal {
    /// Nothing: the request is over.
    GiveUp,
    /// Waits and will ask again.
    Wait,
    /// Goes on waiting: it was refused before.
    WaitOn,
}

/// A task at its creation.
#[derive(Clone, Copy, Debug)]
pub struct NewTask {
    /// Its identifier, which the arena gives out next.
    pub task: TaskId,
    /// Who launched it.
    pub origin: Origin,
    /// The n-th launch of its service, or arrival of its caller.
    pub ordinal: u64,
    /// 1, or more for a task that its caller submitted again.
    pub attempt: u32,
    /// What it runs.
    pub task_definition: TaskDefinitionId,
    /// Its group.
    pub group: TaskGroupId,
    /// Where it was asked to run.
    pub capacity: Capacity,
    /// Which item of the capacity list that is.
    pub choice: u16,
    /// Where it runs.
    pub host: Host,
    /// What it holds there.
    pub reserved: Resources,
    /// Whether its service or call asks for `distinctInstance` (PLC-11).
    pub distinct_instance: bool,
    /// The status it begins in (LIF-10); RUNNING for a task that is there at time zero.
    pub first_status: TaskStatus,
    /// When it was first asked for.
    pub requested_at: SimTime,
    /// Now.
    pub created_at: SimTime,
    /// Whether its caller had to wait for a place.
    pub waited: bool,
    /// Whether it was running and healthy before time zero (`start: settled`).
    pub settled: bool,
}
