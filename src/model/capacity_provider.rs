//! Capacity providers over Auto Scaling groups (CAP), and what cluster auto scaling remembers of them (CAS).

use super::AutoScalingGroupId;
use super::managed_instances::ManagedInstances;
use crate::kernel::time::{SimDuration, SimTime};

/// A capacity provider over an Auto Scaling group. `FARGATE` and `FARGATE_SPOT` are pools without one.
#[derive(Clone, Debug)]
pub struct CapacityProvider {
    /// Its name, as strategies use it.
    pub name: String,
    /// The group behind it.
    pub group: AutoScalingGroupId,
    /// Where ECS itself launches instances for tasks that wait: how (MI-1). The group is then nobody's.
    pub managed_instances: Option<ManagedInstances>,
    /// Whether ECS sets the group's desired capacity, and how (CAP-12).
    pub managed_scaling: Option<ManagedScaling>,
    /// Whether scale-in leaves instances with tasks alone (CAS-11).
    pub termination_protection: bool,
    /// Whether instances are drained before they are terminated (CAS-15).
    pub managed_draining: bool,
    /// How its group scales where that is not ECS's way.
    pub policy: ProviderPolicy,
    /// What was last measured, and the alarms over it.
    pub measured: Measured,
}

impl CapacityProvider {
    /// The alarm that calls for fewer instances: so many datapoints in a row, the latest among them, are below the target;
    /// 15 in ECS (CAS-10).
    #[must_use]
    pub fn scale_in_alarm(&self, now: SimTime) -> AlarmState {
        let is_low = |since| datapoints_since(since, now) >= self.policy.low_datapoints;
        let measured = &self.measured;
        measured
            .reservation
            .map_or(AlarmState::InsufficientData, |_| AlarmState::of(measured.low_since.is_some_and(is_low)))
    }
}

/// What ECS does not offer for a capacity provider, and a scenario may switch on to compare (`policies`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProviderPolicy {
    /// So many datapoints in a row below the target are the scale-in alarm, and so many minutes after a scale-out there is
    /// no scale-in (CAS-10: 15).
    pub low_datapoints: u32,
    /// Whether a group without instances grows to what the waiting tasks need, instead of as if it had one (CAS-2).
    pub from_zero_by_need: bool,
    /// Whether an instance is set to DRAINING as soon as EC2 recommends to rebalance it (SPT-1).
    pub drains_at_recommendation: bool,
    /// Whether now and then an instance is emptied whose tasks fit on the others, and how.
    pub repack: Option<Repack>,
}

/// When instances are emptied whose tasks fit on the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repack {
    /// From one look to the next.
    pub every: SimDuration,
    /// What an instance must hold less than, in percent of its CPU units and of its memory.
    pub below_percent: u32,
}

impl Default for ProviderPolicy {
    fn default() -> ProviderPolicy {
        ProviderPolicy {
            low_datapoints: LOW_DATAPOINTS,
            from_zero_by_need: false,
            drains_at_recommendation: false,
            repack: None,
        }
    }
}

impl ProviderPolicy {
    /// From the first datapoint below the target to the one that makes the alarm.
    #[must_use]
    pub fn alarm_after(&self) -> SimDuration {
        SimDuration(u64::from(self.low_datapoints - 1) * PERIOD.0)
    }
}

/// How ECS scales a group (CAP-12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ManagedScaling {
    /// The wanted reservation, in percent.
    pub target_capacity: u32,
    /// The fewest instances that a scale-out adds (CAS-4).
    pub minimum_step: u32,
    /// The most (CAS-4).
    pub maximum_step: u32,
    /// How long a new instance keeps further scale-outs away (CAS-9).
    pub instance_warmup: SimDuration,
}

/// The metric CapacityProviderReservation as ECS publishes it each minute (CAS-1), with the state of its two alarms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Measured {
    /// The latest datapoint; none before the first.
    pub reservation: Option<Reservation>,
    /// When the datapoints first were below the target in an unbroken row; none while they are not (CAS-10).
    pub low_since: Option<SimTime>,
    /// Whether the latest datapoint is above the target (CAS-8).
    pub high: bool,
}

/// Between two datapoints of the metric (CAS-1).
pub const PERIOD: SimDuration = SimDuration::from_secs(60);
/// So many datapoints in a row below the target are the scale-in alarm (CAS-10).
pub const LOW_DATAPOINTS: u32 = 15;

/// How many datapoints there were from `since` to `now`, both included: one a minute (CAS-1).
#[must_use]
pub fn datapoints_since(since: SimTime, now: SimTime) -> u32 {
    ((now.0.saturating_sub(since.0)) / PERIOD.0 + 1) as u32
}

/// The state of an alarm as CloudWatch names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmState {
    /// Its condition is not met.
    Ok,
    /// Its condition is met.
    Alarm,
    /// There is no datapoint yet.
    InsufficientData,
}

impl AlarmState {
    /// The state as CloudWatch prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlarmState::Ok => "OK",
            AlarmState::Alarm => "ALARM",
            AlarmState::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    fn of(is_met: bool) -> AlarmState {
        if is_met { AlarmState::Alarm } else { AlarmState::Ok }
    }
}

impl Measured {
    /// The alarm that calls for more instances: the latest datapoint is above the target (CAS-8).
    #[must_use]
    pub fn scale_out_alarm(&self) -> AlarmState {
        self.reservation.map_or(AlarmState::InsufficientData, |_| AlarmState::of(self.high))
    }
}

/// CapacityProviderReservation: `100 × needed / instances` (CAS-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reservation {
    /// `needed` (M) over `instances` (N), with at least one instance.
    Ratio {
        /// Instances needed for the tasks that run and those that wait.
        needed: u32,
        /// Instances there are.
        instances: u32,
    },
    /// Neither instances nor tasks: 100 (CAS-2).
    Idle,
    /// Tasks and no instance: 200 (CAS-2).
    FromZero,
    /// What waits fits no instance type of the group: the target itself, so that nothing moves (CAS-7).
    AtTarget {
        /// The target, in percent.
        target: u32,
    },
}

impl Reservation {
    /// The metric in percent, for people.
    #[must_use]
    pub fn percent(self) -> f64 {
        match self {
            Reservation::Ratio { needed, instances } => {
                100.0 * f64::from(needed) / f64::from(instances.max(1))
            }
            Reservation::Idle => 100.0,
            Reservation::FromZero => 200.0,
            Reservation::AtTarget { target } => f64::from(target),
        }
    }

    /// The metric against a target in percent, compared exactly.
    #[must_use]
    pub fn compare(self, target: u32) -> std::cmp::Ordering {
        match self {
            Reservation::Ratio { needed, instances } => {
                (100 * u64::from(needed)).cmp(&(u64::from(target) * u64::from(instances)))
            }
            Reservation::Idle => 100.cmp(&target),
            Reservation::FromZero => 200.cmp(&target),
            Reservation::AtTarget { .. } => std::cmp::Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn provider(measured: Measured, low_datapoints: u32) -> CapacityProvider {
        CapacityProvider {
            name: "ec2".to_owned(),
            group: AutoScalingGroupId(0),
            managed_instances: None,
            managed_scaling: None,
            termination_protection: false,
            managed_draining: true,
            policy: ProviderPolicy { low_datapoints, ..ProviderPolicy::default() },
            measured,
        }
    }

    #[test]
    fn the_scale_in_alarm_wants_fifteen_datapoints_and_the_scale_out_alarm_one() {
        let none = Measured::default();
        assert_eq!(none.scale_out_alarm(), AlarmState::InsufficientData);
        assert_eq!(provider(none, 15).scale_in_alarm(SimTime(0)), AlarmState::InsufficientData);
        let reservation = Some(Reservation::Ratio { needed: 1, instances: 2 });
        let low = Measured { reservation, low_since: Some(SimTime(60_000)), high: false };
        // datapoints at minute 1, 2, ..., 15: the fifteenth is 14 minutes after the first
        assert_eq!(provider(low, 15).scale_in_alarm(SimTime(15 * 60_000 - 1)), AlarmState::Ok);
        assert_eq!(provider(low, 15).scale_in_alarm(SimTime(15 * 60_000)), AlarmState::Alarm);
        assert_eq!(provider(low, 3).scale_in_alarm(SimTime(3 * 60_000)), AlarmState::Alarm);
        assert_eq!(low.scale_out_alarm(), AlarmState::Ok);
        let high = Measured { reservation, low_since: None, high: true };
        assert_eq!(high.scale_out_alarm(), AlarmState::Alarm);
        assert_eq!(provider(high, 15).scale_in_alarm(SimTime(u64::MAX)), AlarmState::Ok);
    }

    #[test]
    fn a_reservation_is_compared_without_rounding() {
        // 100 × 2 / 3 = 66.7 against 67, and 100 × 9 / 10 against 90
        assert_eq!(Reservation::Ratio { needed: 2, instances: 3 }.compare(67), Ordering::Less);
        assert_eq!(Reservation::Ratio { needed: 9, instances: 10 }.compare(90), Ordering::Equal);
        assert_eq!(Reservation::FromZero.compare(100), Ordering::Greater);
        assert_eq!(Reservation::AtTarget { target: 80 }.compare(80), Ordering::Equal);
    }
}
