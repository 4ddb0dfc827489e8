//! All that may happen.

use crate::model::{CallerId, InstanceId, ServiceId, TaskId, ZoneId};

/// Something that may happen at a planned time and can be cancelled until then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A container instance fails (FAIL-4).
    InstanceFails(InstanceId),
    /// A failed instance's repair is over.
    InstanceReturns(InstanceId),
    /// ECS notices that an instance is gone (INS-5).
    InstanceIsNoticed(InstanceId),
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
    /// An essential container of a task exits on its own.
    ContainerExits(TaskId),
    /// A task becomes healthy (SVC-12).
    TaskBecomesHealthy(TaskId),
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
    /// The scheduler looks at a service: completion, then stops.
    ServiceIsLookedAt(ServiceId),
    /// The scheduler launches the tasks a service lacks.
    ServiceStarts(ServiceId),
    /// The callers that wait in line try again.
    LineMoves,
}

impl Event {
    /// The rank within one instant: ORD-1 to ORD-10 of the rule book.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Event::InstanceFails(_)
            | Event::InstanceReturns(_)
            | Event::InstanceIsNoticed(_)
            | Event::ZoneFails(_)
            | Event::ZoneReturns(..)
            | Event::SpotIsReclaimed(_)
            | Event::FargateHostIsNoticed(_) => 1,
            Event::TaskAdvances(_) | Event::ContainerExits(_) | Event::TaskBecomesHealthy(_) => 2,
            Event::TimelineIsDue(_)
            | Event::CallerArrives(_)
            | Event::CallerRetries(_)
            | Event::CallerLosesPatience(_)
            | Event::CallerResubmits(_) => 6,
            Event::ServiceIsLookedAt(_) => 8,
            Event::ServiceStarts(_) | Event::LineMoves => 9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small_enough_to_be_copied_around() {
        assert!(size_of::<Event>() <= 16, "{}", size_of::<Event>());
    }
}
