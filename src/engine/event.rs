//! All that may happen.

use crate::model::change::CapacityPlace;
use crate::model::container::HealthStatus;
use crate::model::{AutoScalingGroupId, CallerId, CapacityProviderId, InstanceId, ServiceId, TaskId, ZoneId};

/// Something that may happen at a planned time and can be cancelled until then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A container instance fails (FAIL-4).
    InstanceFails(InstanceId),
    /// A failed instance's repair is over.
    InstanceReturns(InstanceId),
    /// ECS notices that an instance is gone (INS-5).
    InstanceIsNoticed(InstanceId),
    /// The trunk interface of an instance that registers is there (LAT-10).
    TrunkIsAttached(InstanceId),
    /// The machine of an instance that its group launched runs (ASG-3, CST-8).
    InstanceRuns(InstanceId),
    /// The agent of a new instance registers it (INS-11, LAT-9).
    AgentRegisters(InstanceId),
    /// An Auto Scaling group finds an instance unhealthy (ASG-4).
    GroupFindsUnhealthy(InstanceId),
    /// Managed draining waits no longer (CAS-15).
    DrainEnds(InstanceId),
    /// An instance that EC2 shut down is gone (LAT-13).
    InstanceIsTerminated(InstanceId),
    /// A group whose launch failed tries again (ASG-11).
    GroupTriesAgain(AutoScalingGroupId),
    /// The lifecycle hooks that hold an instance have ended, for better or worse (ASG-3).
    HooksEnd(InstanceId),
    /// An instance has reached the MaxInstanceLifetime of its group.
    LifetimeEnds(InstanceId),
    /// A new instance counts as healthy in the instance refresh of its group.
    InstanceIsWarm(InstanceId),
    /// An instance refresh has waited at a checkpoint, or long enough for the end of protections.
    RefreshGoesOn(AutoScalingGroupId),
    /// A scheduled action of a group is due.
    ScheduledActionIsDue(AutoScalingGroupId),
    /// EC2 gives a Spot instance its interruption notice (SPT-1).
    SpotNoticeComes(InstanceId),
    /// EC2 recommends to rebalance a Spot instance (ASG-10).
    RebalanceIsRecommended(InstanceId),
    /// A Spot instance with a notice is set to DRAINING (SPT-2).
    SpotDrains(InstanceId),
    /// The two minutes of an interruption notice are over (SPT-2).
    SpotEnds(InstanceId),
    /// EC2 takes back a part of a Spot pool (FAIL-6).
    SpotPoolIsReclaimed(u32),
    /// A Spot pool can hold more or less than before: which pool, and which step of its trace.
    SpotCapacityChanges(u32, u32),
    /// A zone fails by its own failure law (FAIL-5).
    ZoneFails(ZoneId),
    /// A zone's outage ends; whether the zone's own failure law goes on from here.
    ZoneReturns(ZoneId, bool),
    /// AWS takes a Fargate Spot task's capacity back (SPT-5).
    SpotIsReclaimed(TaskId),
    /// ECS notices that a Fargate host is gone.
    FargateHostIsNoticed(TaskId),
    /// The work of a task's current status is done.
    TaskAdvances(TaskId),
    /// A container's creation and start are over (LAT-6).
    ContainerStarts(TaskId, u8),
    /// A container exits, by itself or after the stop signal.
    ContainerExits(TaskId, u8),
    /// A container's health check says something else (CON-6).
    ContainerHealthChanges(TaskId, u8, HealthStatus),
    /// Those that wait for a container have waited for its startTimeout (LIF-16).
    PatienceEnds(TaskId, u8),
    /// Failing health checks of a task count from now on (SVC-15).
    GraceEnds(TaskId),
    /// The agent of a container instance has its connection again (INS-4).
    AgentReconnects(InstanceId),
    /// Capacity to launch is there again (FAIL-7).
    CapacityReturns(CapacityPlace),
    /// The notice of a Fargate task's retirement is over (FAIL-8).
    RetirementBegins(TaskId),
    /// A load balancer says something else of one of a task's targets (LB-4, LB-5).
    TargetTurns(TaskId, u8),
    /// The deregistration delay of a task is over (LB-7).
    TargetsAreDrained(TaskId),
    /// A task becomes healthy (SVC-12).
    TaskBecomesHealthy(TaskId),
    /// A task's protection from scale-in expires (SVC-20).
    ProtectionExpires(TaskId),
    /// An entry of the timeline is due.
    TimelineIsDue(u32),
    /// A caller calls RunTask.
    CallerArrives(CallerId),
    /// A refused request is made again.
    CallerRetries(u32),
    /// A waiting request's patience is over.
    CallerLosesPatience(u32),
    /// A stopped task is submitted again by its caller.
    CallerResubmits(u32),
    /// The metrics of a minute of a service are published, and its scaling policies look at them (AAS-3, LAT-11).
    MinuteIsPublished(ServiceId),
    /// A scheduled action of a service's scaling is due (AAS-16).
    ScalingScheduleIsDue(ServiceId),
    /// A CloudWatch alarm of the timeline ends (DEP-25).
    AlarmEnds(u16),
    /// The bake time of a service's deployment is over (DEP-26).
    DeploymentIsDue(ServiceId),
    /// Targets that fail their checks and get requests all the same begin or cease to work (LB-6).
    WorkingTargetsChange(ServiceId),
    /// A service at rest may be out of balance over zones (AZR-7).
    RebalancingIsDue(ServiceId),
    /// The scheduler looks at a service: completion, then stops.
    ServiceIsLookedAt(ServiceId),
    /// The scheduler launches the tasks a DAEMON service lacks.
    DaemonStarts(ServiceId),
    /// The tasks that wait in PROVISIONING try again to be placed (INS-11, CAS-12).
    WaitingTasksMove,
    /// The scheduler launches the tasks a REPLICA service lacks.
    ServiceStarts(ServiceId),
    /// The callers that wait in line try again.
    LineMoves,
    /// ECS launches managed instances for the tasks that wait (MI-6).
    ManagedInstancesAreLaunched(CapacityProviderId),
    /// A managed instance has held no task for long enough (MI-4).
    ManagedInstanceIsIdle(InstanceId),
    /// A service has waited long enough for Spot, or long enough without it.
    FallbackIsDue(ServiceId),
    /// A policy that ECS does not offer looks for an instance to empty.
    RepackingIsDue(CapacityProviderId),
    /// ECS measures the reservation of a capacity provider (CAS-1).
    ReservationIsMeasured(CapacityProviderId),
}

impl Event {
    /// The rank within one instant, ten times the number of its rule: infrastructure (ORD-1), what agents and tasks
    /// report (ORD-2), load balancers (ORD-3), alarms (ORD-4), scaling (ORD-5), requests (ORD-6), deployments (ORD-7), stops (ORD-8), starts (ORD-9), metrics of providers
    /// (ORD-10), and last what ECS launches as Managed Instances. Within ORD-9, DAEMON services come first,
    /// then what waits in PROVISIONING (INS-11), then the other services, then standalone tasks.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Event::InstanceFails(_)
            | Event::InstanceReturns(_)
            | Event::InstanceIsNoticed(_)
            | Event::TrunkIsAttached(_)
            | Event::InstanceRuns(_)
            | Event::AgentRegisters(_)
            | Event::GroupFindsUnhealthy(_)
            | Event::DrainEnds(_)
            | Event::InstanceIsTerminated(_)
            | Event::GroupTriesAgain(_)
            | Event::HooksEnd(_)
            | Event::LifetimeEnds(_)
            | Event::InstanceIsWarm(_)
            | Event::RefreshGoesOn(_)
            | Event::SpotNoticeComes(_)
            | Event::RebalanceIsRecommended(_)
            | Event::SpotDrains(_)
            | Event::SpotEnds(_)
            | Event::SpotPoolIsReclaimed(_)
            | Event::SpotCapacityChanges(..)
            | Event::ZoneFails(_)
            | Event::ZoneReturns(..)
            | Event::SpotIsReclaimed(_)
            | Event::FargateHostIsNoticed(_)
            | Event::AgentReconnects(_)
            | Event::CapacityReturns(_)
            | Event::RetirementBegins(_)
            | Event::ManagedInstanceIsIdle(_) => 10,
            Event::TaskAdvances(_)
            | Event::ContainerStarts(..)
            | Event::ContainerExits(..)
            | Event::ContainerHealthChanges(..)
            | Event::PatienceEnds(..)
            | Event::GraceEnds(_)
            | Event::ProtectionExpires(_)
            | Event::TaskBecomesHealthy(_) => 20,
            Event::TargetTurns(..) | Event::TargetsAreDrained(_) | Event::WorkingTargetsChange(_) => 30,
            Event::AlarmEnds(_) => 40,
            Event::MinuteIsPublished(_) => 50,
            Event::TimelineIsDue(_)
            | Event::ScheduledActionIsDue(_)
            | Event::ScalingScheduleIsDue(_)
            | Event::CallerArrives(_)
            | Event::CallerRetries(_)
            | Event::CallerLosesPatience(_)
            | Event::CallerResubmits(_)
            | Event::RepackingIsDue(_)
            | Event::FallbackIsDue(_) => 60,
            Event::RebalancingIsDue(_) | Event::DeploymentIsDue(_) => 70,
            Event::ServiceIsLookedAt(_) => 80,
            Event::DaemonStarts(_) => 90,
            Event::WaitingTasksMove => 91,
            Event::ServiceStarts(_) => 92,
            Event::LineMoves => 93,
            Event::ReservationIsMeasured(_) => 100,
            Event::ManagedInstancesAreLaunched(_) => 101,
        }
    }
}

impl Event {
    /// The task on whose host the event happens, so that ECS hears of it through the host's agent (INS-4).
    #[must_use]
    pub fn task_told_by_agent(self) -> Option<TaskId> {
        match self {
            Event::TaskAdvances(task) => Some(task),
            other => other.container().map(|(task, _)| task),
        }
    }

    /// The container that the event is about, if it is about one.
    #[must_use]
    pub fn container(self) -> Option<(TaskId, u8)> {
        match self {
            Event::ContainerStarts(task, container)
            | Event::ContainerExits(task, container)
            | Event::ContainerHealthChanges(task, container, _)
            | Event::PatienceEnds(task, container) => Some((task, container)),
            Event::InstanceFails(_)
            | Event::InstanceReturns(_)
            | Event::InstanceIsNoticed(_)
            | Event::TrunkIsAttached(_)
            | Event::InstanceRuns(_)
            | Event::AgentRegisters(_)
            | Event::GroupFindsUnhealthy(_)
            | Event::DrainEnds(_)
            | Event::InstanceIsTerminated(_)
            | Event::GroupTriesAgain(_)
            | Event::HooksEnd(_)
            | Event::LifetimeEnds(_)
            | Event::InstanceIsWarm(_)
            | Event::RefreshGoesOn(_)
            | Event::ScheduledActionIsDue(_)
            | Event::WaitingTasksMove
            | Event::ReservationIsMeasured(_)
            | Event::SpotNoticeComes(_)
            | Event::RebalanceIsRecommended(_)
            | Event::SpotDrains(_)
            | Event::SpotEnds(_)
            | Event::SpotPoolIsReclaimed(_)
            | Event::SpotCapacityChanges(..)
            | Event::ZoneFails(_)
            | Event::ZoneReturns(..)
            | Event::SpotIsReclaimed(_)
            | Event::FargateHostIsNoticed(_)
            | Event::TaskAdvances(_)
            | Event::GraceEnds(_)
            | Event::AgentReconnects(_)
            | Event::CapacityReturns(_)
            | Event::RetirementBegins(_)
            | Event::TargetTurns(..)
            | Event::TargetsAreDrained(_)
            | Event::TaskBecomesHealthy(_)
            | Event::ProtectionExpires(_)
            | Event::TimelineIsDue(_)
            | Event::CallerArrives(_)
            | Event::CallerRetries(_)
            | Event::CallerLosesPatience(_)
            | Event::CallerResubmits(_)
            | Event::RebalancingIsDue(_)
            | Event::AlarmEnds(_)
            | Event::MinuteIsPublished(_)
            | Event::ScalingScheduleIsDue(_)
            | Event::DeploymentIsDue(_)
            | Event::WorkingTargetsChange(_)
            | Event::RepackingIsDue(_)
            | Event::FallbackIsDue(_)
            | Event::ManagedInstancesAreLaunched(_)
            | Event::ManagedInstanceIsIdle(_)
            | Event::ServiceIsLookedAt(_)
            | Event::DaemonStarts(_)
            | Event::ServiceStarts(_)
            | Event::LineMoves => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ORD-1 to ORD-10: a failure, a task's next status, a load balancer's turn, an alarm, scaling, a request, a deployment's controller, stops,
    /// starts (daemons first), the metric of cluster auto scaling.
    #[test]
    fn events_of_an_instant_come_in_the_order_of_the_rule_book() {
        let arena = crate::kernel::arena::Arena::<crate::model::task::Task>::default();
        let task = arena.next_id();
        let (service, provider) = (ServiceId(0), CapacityProviderId(0));
        let in_order = [
            Event::ZoneFails(ZoneId(0)),
            Event::TaskAdvances(task),
            Event::TargetTurns(task, 0),
            Event::AlarmEnds(0),
            Event::MinuteIsPublished(service),
            Event::TimelineIsDue(0),
            Event::RebalancingIsDue(service),
            Event::ServiceIsLookedAt(service),
            Event::DaemonStarts(service),
            Event::ServiceStarts(service),
            Event::LineMoves,
            Event::ReservationIsMeasured(provider),
        ];
        assert!(in_order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
    }

    #[test]
    fn an_event_is_small_enough_to_be_copied_around() {
        assert!(size_of::<Event>() <= 16, "{}", size_of::<Event>());
    }
}
