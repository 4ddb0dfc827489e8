//! Service auto scaling: the scalable target of a service and its policies (AAS).

use super::auto_scaling_group::cron::Cron;
use super::demand::ServiceMinute;
use crate::kernel::time::{SimDuration, SimTime};

/// What RegisterScalableTarget and PutScalingPolicy set for a service (AAS-1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScalableTarget {
    /// The fewest tasks that scaling leaves.
    pub min: u32,
    /// The most tasks that scaling asks for.
    pub max: u32,
    /// What is suspended (AAS-18).
    pub suspended: Suspended,
    /// Its policies, in the order in which they were put.
    pub policies: Vec<ScalingPolicy>,
    /// Its scheduled actions, by name.
    pub scheduled: Vec<ScalingSchedule>,
}

/// A scheduled action: other bounds at set times (AAS-16).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScalingSchedule {
    /// Its name.
    pub name: String,
    /// When.
    pub times: Times,
    /// Not before.
    pub start: Option<SimTime>,
    /// Not after.
    pub end: Option<SimTime>,
    /// The minimum from then on, where given.
    pub min: Option<u32>,
    /// The maximum from then on, where given.
    pub max: Option<u32>,
}

/// When a scheduled action comes (AAS-16).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Times {
    /// Once.
    At(SimTime),
    /// Each time that so long is over, from the start on.
    Rate(SimDuration),
    /// As cron says, in UTC.
    Cron(Cron),
}

impl ScalingSchedule {
    /// The first time after `now` at which it comes; time zero is `zero_unix_ms`.
    #[must_use]
    pub fn next_after(&self, now: SimTime, zero_unix_ms: i64) -> Option<SimTime> {
        let from = self.start.map_or(now, |start| now.max(SimTime(start.0.saturating_sub(1))));
        let next = match &self.times {
            Times::At(at) => Some(*at).filter(|at| *at > from),
            Times::Rate(every) => {
                let start = self.start.unwrap_or(SimTime::ZERO);
                let past = if from < start { 0 } else { (from - start).0 / every.0.max(1) + 1 };
                Some(start + SimDuration(past.max(u64::from(self.start.is_none())) * every.0))
            }
            Times::Cron(cron) => {
                let next = cron.next_after(zero_unix_ms + from.0 as i64)?;
                Some(SimTime(u64::try_from(next - zero_unix_ms).ok()?))
            }
        };
        next.filter(|at| self.end.is_none_or(|end| *at <= end))
    }
}

/// What of the scaling of a service is suspended (AAS-18).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Suspended {
    /// DynamicScalingInSuspended.
    pub scale_in: bool,
    /// DynamicScalingOutSuspended.
    pub scale_out: bool,
    /// ScheduledScalingSuspended.
    pub schedule: bool,
}

/// A scaling policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScalingPolicy {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: PolicyKind,
    /// The last scale-out: when, and the running tasks it was computed from.
    pub last_scale_out: Option<(SimTime, u32)>,
    /// The last scale-in.
    pub last_scale_in: Option<SimTime>,
}

/// What a scaling policy does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyKind {
    /// Keeps a metric at a target (AAS-5 to AAS-10).
    Tracking(TargetTracking),
    /// Takes a step when an alarm asks it to (AAS-13 to AAS-15).
    Step(StepScaling),
}

impl ScalingPolicy {
    /// Its target tracking, if it is that.
    #[must_use]
    pub fn tracking(&self) -> Option<&TargetTracking> {
        match &self.kind {
            PolicyKind::Tracking(tracking) => Some(tracking),
            PolicyKind::Step(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn tracking_mut(&mut self) -> Option<&mut TargetTracking> {
        match &mut self.kind {
            PolicyKind::Tracking(tracking) => Some(tracking),
            PolicyKind::Step(_) => None,
        }
    }
}

/// Target tracking (AAS-5 to AAS-10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetTracking {
    /// What it watches.
    pub metric: ScalingMetric,
    /// The target in millionths of the metric's unit.
    pub target_millionths: u64,
    /// How long what a scale-out added counts as on its way (AAS-8).
    pub scale_out_cooldown: SimDuration,
    /// How long after a scale-in the next one may come (AAS-8).
    pub scale_in_cooldown: SimDuration,
    /// DisableScaleIn.
    pub never_scales_in: bool,
    /// What its alarms have seen.
    pub alarms: TrackingAlarms,
}

/// Step scaling (AAS-13 to AAS-15).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepScaling {
    /// What the numbers of its steps mean.
    pub adjustment: AdjustmentType,
    /// The steps, in the order of their bounds, without gap or overlap.
    pub steps: Vec<Step>,
    /// The least change by a percentage.
    pub min_magnitude: u32,
    /// How long what it added counts as on its way, and how long after a scale-in the next one waits.
    pub cooldown: SimDuration,
}

/// What the number of a step means (AAS-14).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdjustmentType {
    /// So many tasks more or less.
    ChangeInCapacity,
    /// So many tasks.
    ExactCapacity,
    /// So many percent more or less.
    PercentChangeInCapacity,
}

/// A step: how far beyond the threshold of its alarm the metric is, and what then (AAS-13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The lower bound in millionths; none is minus infinity.
    pub lower: Option<i64>,
    /// The upper bound in millionths; none is infinity.
    pub upper: Option<i64>,
    /// The number.
    pub adjustment: i32,
}

impl Step {
    /// AAS-13: from the threshold up the lower bound belongs to it, below the threshold the upper one.
    #[must_use]
    pub fn holds(&self, beyond: i64) -> bool {
        match beyond >= 0 {
            true => {
                self.lower.is_none_or(|lower| lower <= beyond)
                    && self.upper.is_none_or(|upper| beyond < upper)
            }
            false => {
                self.lower.is_none_or(|lower| lower < beyond)
                    && self.upper.is_none_or(|upper| beyond <= upper)
            }
        }
    }
}

impl StepScaling {
    /// What becomes of `capacity` where the metric is so far beyond the threshold; `None` where no step is for that (AAS-14).
    #[must_use]
    pub fn result(&self, capacity: u32, beyond: i64) -> Option<u32> {
        let step = self.steps.iter().find(|step| step.holds(beyond))?;
        let (before, number) = (i64::from(capacity), i64::from(step.adjustment));
        let after = match self.adjustment {
            AdjustmentType::ChangeInCapacity => before + number,
            AdjustmentType::ExactCapacity => number,
            AdjustmentType::PercentChangeInCapacity => {
                let part = before * number;
                // Towards zero, but at least one, and at least the least magnitude.
                let change =
                    if part == 0 { 0 } else { (part.abs() / 100).max(1).max(i64::from(self.min_magnitude)) };
                before + change * part.signum()
            }
        };
        u32::try_from(after.max(0)).ok()
    }
}

/// A CloudWatch alarm over a metric of a service (PutMetricAlarm).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetricAlarm {
    /// Its name.
    pub name: String,
    /// What it watches.
    pub metric: ScalingMetric,
    /// Against what, in millionths.
    pub threshold_millionths: u64,
    /// When a datapoint breaches.
    pub comparison: Comparison,
    /// So many of the last `periods` datapoints must breach.
    pub datapoints: u32,
    /// Over so many minutes it looks.
    pub periods: u32,
    /// Whether a missing datapoint breaches; `None`: it is left out.
    pub missing_breaches: Option<bool>,
    /// The policies that it calls, by name.
    pub policies: Vec<String>,
    /// The last datapoints, the newest as the lowest bit: whether each breached.
    pub breaches: u64,
}

/// When a datapoint breaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Comparison {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

impl MetricAlarm {
    /// Whether a value breaches; `None` where it is left out.
    #[must_use]
    pub fn is_breach(&self, value: Option<u64>) -> Option<bool> {
        let Some(value) = value else { return self.missing_breaches };
        let threshold = self.threshold_millionths;
        Some(match self.comparison {
            Comparison::GreaterThanOrEqualToThreshold => value >= threshold,
            Comparison::GreaterThanThreshold => value > threshold,
            Comparison::LessThanThreshold => value < threshold,
            Comparison::LessThanOrEqualToThreshold => value <= threshold,
        })
    }

    /// The datapoints after `count` more of this value.
    #[must_use]
    pub fn after(&self, value: Option<u64>, count: u64) -> u64 {
        let Some(breach) = self.is_breach(value) else { return self.breaches };
        let window = if self.periods >= 64 { u64::MAX } else { (1 << self.periods) - 1 };
        let shift = count.min(64) as u32;
        let new = if !breach {
            0
        } else if shift >= 64 {
            u64::MAX
        } else {
            (1 << shift) - 1
        };
        (self.breaches.checked_shl(shift).unwrap_or(0) | new) & window
    }

    /// Whether it is in ALARM.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.breaches.count_ones() >= self.datapoints
    }
}

/// A metric that a policy can watch (AAS-4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScalingMetric {
    /// ECSServiceAverageCPUUtilization, in percent.
    CpuUtilization,
    /// ECSServiceAverageMemoryUtilization, in percent.
    MemoryUtilization,
    /// ALBRequestCountPerTarget, requests a minute.
    RequestCountPerTarget,
    /// HTTPCode_Target_5XX_Count: requests a minute that its tasks answered with an error.
    TargetErrors,
}

impl ScalingMetric {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ScalingMetric::CpuUtilization => "ECSServiceAverageCPUUtilization",
            ScalingMetric::MemoryUtilization => "ECSServiceAverageMemoryUtilization",
            ScalingMetric::RequestCountPerTarget => "ALBRequestCountPerTarget",
            ScalingMetric::TargetErrors => "HTTPCode_Target_5XX_Count",
        }
    }

    /// Its value in a minute, in millionths; `None` where there was nothing to measure (AAS-10).
    #[must_use]
    pub fn of(self, minute: &ServiceMinute) -> Option<u64> {
        match self {
            ScalingMetric::CpuUtilization => minute.cpu_millionths,
            ScalingMetric::MemoryUtilization => minute.memory_millionths,
            ScalingMetric::RequestCountPerTarget => minute.per_target_millionths,
            ScalingMetric::TargetErrors => Some(minute.failed * 1_000_000),
        }
    }
}

/// The two alarms of a target tracking policy: datapoints in a row on their side (AAS-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrackingAlarms {
    /// Datapoints in a row above the target.
    pub above: u32,
    /// Datapoints in a row below the low threshold.
    pub below: u32,
}

impl TrackingAlarms {
    /// With `count` more datapoints of one value; a missing one ends both rows (AAS-10). Counts stop at `most`, beyond which
    /// nothing changes.
    #[must_use]
    pub fn with(self, value: Option<u64>, thresholds: (u64, u64), count: u32, most: u32) -> TrackingAlarms {
        let (high, low) = thresholds;
        let row = |is_on: bool, before: u32| if is_on { before.saturating_add(count).min(most) } else { 0 };
        TrackingAlarms {
            above: row(value.is_some_and(|value| value > high), self.above),
            below: row(value.is_some_and(|value| value < low), self.below),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(adjustment: AdjustmentType, number: i32) -> StepScaling {
        let step = Step { lower: None, upper: None, adjustment: number };
        StepScaling { adjustment, steps: vec![step], min_magnitude: 0, cooldown: SimDuration::ZERO }
    }

    /// AAS-14: 13 + 20 % are 2.6 → +2; 3 + 20 % are 0.6 → +1; 25 - 15 % are -3.75 → -3; 3 - 10 % are -0.3 → -1.
    #[test]
    fn percentages_are_rounded_towards_zero_but_never_to_nothing() {
        let percent =
            |capacity, number| by(AdjustmentType::PercentChangeInCapacity, number).result(capacity, 0);
        assert_eq!(
            [percent(13, 20), percent(3, 20), percent(25, -15), percent(3, -10)],
            [Some(15), Some(4), Some(22), Some(2)]
        );
        let least = StepScaling { min_magnitude: 5, ..by(AdjustmentType::PercentChangeInCapacity, 20) };
        assert_eq!(least.result(13, 0), Some(18));
        assert_eq!(by(AdjustmentType::ChangeInCapacity, -9).result(4, 0), Some(0));
        assert_eq!(by(AdjustmentType::ExactCapacity, 7).result(4, 0), Some(7));
    }

    /// AAS-13: [0, 10) and [10, infinity) above the threshold; (-infinity, -10] and (-10, 0) below it.
    #[test]
    fn a_bound_belongs_to_the_step_away_from_the_threshold() {
        let step = |lower, upper, adjustment| Step { lower, upper, adjustment };
        let steps = vec![
            step(None, Some(-10), -2),
            step(Some(-10), Some(0), -1),
            step(Some(0), Some(10), 1),
            step(Some(10), None, 2),
        ];
        let scaling = StepScaling { steps, ..by(AdjustmentType::ChangeInCapacity, 0) };
        let result = |beyond| scaling.result(5, beyond);
        assert_eq!([result(0), result(9), result(10)], [Some(6), Some(6), Some(7)]);
        assert_eq!([result(-1), result(-10), result(-11)], [Some(4), Some(3), Some(3)]);
    }

    /// Two of three: one breach is none; of 60 minutes alike the last three count.
    #[test]
    fn an_alarm_looks_at_its_last_datapoints() {
        let mut alarm = MetricAlarm {
            name: String::new(),
            metric: ScalingMetric::CpuUtilization,
            threshold_millionths: 70,
            comparison: Comparison::GreaterThanThreshold,
            datapoints: 2,
            periods: 3,
            missing_breaches: Some(false),
            policies: Vec::new(),
            breaches: 0,
        };
        let mut see = |value, count| {
            alarm.breaches = alarm.after(value, count);
            alarm.is_raised()
        };
        assert_eq!(
            [see(Some(71), 1), see(Some(70), 1), see(Some(80), 1), see(None, 1)],
            [false, false, true, false]
        );
        assert_eq!([see(Some(90), 60), see(Some(10), 1), see(Some(10), 1)], [true, true, false]);
    }
}
