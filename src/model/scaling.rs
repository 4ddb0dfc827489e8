//! Service auto scaling: the scalable target of a service and its policies (AAS).

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
}

/// What of the scaling of a service is suspended (AAS-18).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Suspended {
    /// DynamicScalingInSuspended.
    pub scale_in: bool,
    /// DynamicScalingOutSuspended.
    pub scale_out: bool,
}

/// A target tracking policy (AAS-5 to AAS-10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScalingPolicy {
    /// Its name.
    pub name: String,
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
    /// The last scale-out: when, and the running tasks it was computed from.
    pub last_scale_out: Option<(SimTime, u32)>,
    /// The last scale-in.
    pub last_scale_in: Option<SimTime>,
}

/// A metric that a policy can watch (AAS-4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScalingMetric {
    /// ECSServiceAverageCPUUtilization, in percent.
    CpuUtilization,
    /// ALBRequestCountPerTarget, requests a minute.
    RequestCountPerTarget,
}

impl ScalingMetric {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ScalingMetric::CpuUtilization => "ECSServiceAverageCPUUtilization",
            ScalingMetric::RequestCountPerTarget => "ALBRequestCountPerTarget",
        }
    }

    /// Its value in a minute, in millionths; `None` where there was nothing to measure (AAS-10).
    #[must_use]
    pub fn of(self, minute: &ServiceMinute) -> Option<u64> {
        match self {
            ScalingMetric::CpuUtilization => minute.cpu_millionths,
            ScalingMetric::RequestCountPerTarget => minute.per_target_millionths,
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
