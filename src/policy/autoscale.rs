//! Service auto scaling: what the policies of a service make of its last minute (AAS-1 to AAS-15).

use crate::kernel::time::SimTime;
use crate::model::demand::ServiceMinute;
use crate::model::scaling::{PolicyKind, ScalableTarget, ScalingPolicy, StepScaling, TargetTracking};
use crate::model::service::Service;
use crate::model::{Cluster, ServiceId};

/// A new desired count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scaling {
    /// The policy whose proposal it is.
    pub policy: usize,
    /// The desired count from now on.
    pub to: u32,
    /// The running tasks it was computed from.
    pub from_running: u32,
}

/// The thresholds of a policy's alarms: the target, and where scale-in begins (AAS-6).
#[must_use]
pub fn thresholds(cluster: &Cluster, tracking: &TargetTracking) -> (u64, u64) {
    let share = *cluster.parameters.low_alarm_share();
    (tracking.target_millionths, (tracking.target_millionths as f64 * share) as u64)
}

/// What the policies ask for now, after the datapoint of `minute` was counted; they are asked again each minute while an alarm
/// stands (AAS-9). It is the largest of what any of them adds, else, where all that can scale in want to, the largest of what they
/// leave (AAS-11).
#[must_use]
pub fn decide(cluster: &Cluster, id: ServiceId, minute: &ServiceMinute, now: SimTime) -> Option<Scaling> {
    let service = cluster.service(id);
    let target = service.scaling.as_deref()?;
    let desired = service.settings.desired_count;
    if let Some(scaling) = scale_out(cluster, service, target, minute, now) {
        return (scaling.to > desired).then_some(scaling);
    }
    scale_in(cluster, service, target, minute, now).filter(|scaling| scaling.to < desired)
}

fn scale_out(
    cluster: &Cluster,
    service: &Service,
    target: &ScalableTarget,
    minute: &ServiceMinute,
    now: SimTime,
) -> Option<Scaling> {
    let desired = service.settings.desired_count;
    if target.suspended.scale_out || desired > target.max {
        return None; // AAS-1: beyond its bounds nothing is added
    }
    let running = service.counts.running;
    let mut best: Option<Scaling> = None;
    for (index, policy) in target.policies.iter().enumerate() {
        let proposal = match &policy.kind {
            PolicyKind::Tracking(tracking) => {
                let base = base_of(policy, tracking.scale_out_cooldown, running, now);
                proposal_out(cluster, tracking, (running, base), minute)
            }
            PolicyKind::Step(step) => {
                let base = base_of(policy, step.cooldown, running, now);
                step_of(service, policy, step, base, minute).filter(|to| *to > base).map(|to| (to, base))
            }
        };
        let Some((to, from_running)) = proposal else { continue };
        if best.is_none_or(|best| to > best.to) {
            best = Some(Scaling { policy: index, to, from_running });
        }
    }
    // AAS-1: what is below the minimum goes there first.
    best.map(|best| Scaling { to: best.to.max(desired).clamp(target.min, target.max), ..best })
}

/// AAS-8, AAS-15: what was added in the cooldown counts as on its way: a further step is computed from the tasks of the first, so
/// that only an excess over it is added.
fn base_of(
    policy: &ScalingPolicy,
    cooldown: crate::kernel::time::SimDuration,
    running: u32,
    now: SimTime,
) -> u32 {
    match policy.last_scale_out {
        Some((at, from)) if now < at + cooldown => from.min(running),
        Some(_) | None => running,
    }
}

/// AAS-5, AAS-10: `ceil(running × metric / target)`, and what it was computed from.
fn proposal_out(
    cluster: &Cluster,
    tracking: &TargetTracking,
    (running, base): (u32, u32),
    minute: &ServiceMinute,
) -> Option<(u32, u32)> {
    if running == 0 && minute.requests > 0 {
        return Some((1, 0)); // AAS-10: the least amount, and on from there
    }
    if tracking.alarms.above < *cluster.parameters.high_n() {
        return None;
    }
    let value = tracking.metric.of(minute)?;
    Some((proportional(base, value, tracking.target_millionths), base))
}

/// AAS-13, AAS-14: what a step policy makes of `base` tasks, where an alarm that calls it is in ALARM; of several the largest.
fn step_of(
    service: &Service,
    policy: &ScalingPolicy,
    step: &StepScaling,
    base: u32,
    minute: &ServiceMinute,
) -> Option<u32> {
    let calls = service
        .metric_alarms
        .iter()
        .filter(|alarm| alarm.is_raised() && alarm.policies.contains(&policy.name));
    let results = calls.filter_map(|alarm| {
        let value = alarm.metric.of(minute)?;
        let beyond = i64::try_from(value).ok()? - i64::try_from(alarm.threshold_millionths).ok()?;
        step.result(base, beyond)
    });
    results.max()
}

fn scale_in(
    cluster: &Cluster,
    service: &Service,
    target: &ScalableTarget,
    minute: &ServiceMinute,
    now: SimTime,
) -> Option<Scaling> {
    let desired = service.settings.desired_count;
    // AAS-12: not while a deployment is in progress; AAS-1: not below its bounds.
    if target.suspended.scale_in || service.is_deploying() || desired < target.min {
        return None;
    }
    let running = service.counts.running;
    let mut best: Option<Scaling> = None;
    for (index, policy) in target.policies.iter().enumerate() {
        let to = match &policy.kind {
            PolicyKind::Tracking(tracking) if tracking.never_scales_in => continue,
            PolicyKind::Tracking(tracking) => {
                let value = tracking.metric.of(minute)?;
                let cooling = policy.last_scale_in.is_some_and(|at| now < at + tracking.scale_in_cooldown);
                if tracking.alarms.below < *cluster.parameters.low_n() || cooling {
                    return None; // AAS-11: only if all of them want to
                }
                proportional(running, value, tracking.target_millionths)
            }
            PolicyKind::Step(step) => {
                let cooling = policy.last_scale_in.is_some_and(|at| now < at + step.cooldown);
                let result = step_of(service, policy, step, running, minute).filter(|to| *to < running);
                match result.filter(|_| !cooling) {
                    Some(to) => to,
                    None => continue,
                }
            }
        };
        if best.is_none_or(|best| to > best.to) {
            best = Some(Scaling { policy: index, to, from_running: running });
        }
    }
    // AAS-1: what is above the maximum goes there first.
    best.map(|best| Scaling { to: best.to.min(desired).clamp(target.min, target.max), ..best })
}

/// AAS-5, AAS-6: in proportion, rounded up.
fn proportional(running: u32, value: u64, target: u64) -> u32 {
    let product = u128::from(running) * u128::from(value);
    u32::try_from(product.div_ceil(u128::from(target.max(1)))).unwrap_or(u32::MAX)
}

/// Whether another minute like this one, with the service as it is, would change nothing: no alarm is on its way, and those that
/// are on can do nothing.
#[must_use]
pub fn is_at_rest(cluster: &Cluster, id: ServiceId, minute: &ServiceMinute) -> bool {
    let service = cluster.service(id);
    let settled = service.metric_alarms.iter().all(|alarm| {
        let value = alarm.metric.of(minute);
        alarm.after(value, 1) == alarm.breaches
    });
    if !settled {
        return false;
    }
    let Some(target) = service.scaling.as_deref() else { return true };
    let (desired, running) = (service.settings.desired_count, service.counts.running);
    if running != desired || service.is_deploying() {
        return false;
    }
    if running == 0 && minute.requests > 0 && target.max > 0 {
        return false;
    }
    target.policies.iter().all(|policy| match &policy.kind {
        PolicyKind::Tracking(tracking) => {
            let value = tracking.metric.of(minute);
            let (high, low) = thresholds(cluster, tracking);
            let above = value.is_some_and(|value| value > high);
            let below = value.is_some_and(|value| value < low) && !tracking.never_scales_in;
            let in_rows = (tracking.alarms.above > 0) == above && (tracking.alarms.below > 0 || !below);
            let can_add = above && desired < target.max && !target.suspended.scale_out;
            let can_remove = below && desired > target.min && !target.suspended.scale_in;
            in_rows && !can_add && !can_remove
        }
        PolicyKind::Step(step) => {
            let to = step_of(service, policy, step, running, minute).unwrap_or(running);
            to.clamp(target.min, target.max) == desired
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AAS-E1: 6 × 97 / 60 = 9.7 → 10. AAS-E2: 9 × 40 / 60 = 6 exactly.
    #[test]
    fn the_proportional_count_is_rounded_up() {
        let millionths = |percent: u64| percent * 1_000_000;
        assert_eq!(proportional(6, millionths(97), millionths(60)), 10);
        assert_eq!(proportional(9, millionths(40), millionths(60)), 6);
        // Two thirds of 3 running are 2, though 66.666666 % is not written to the end.
        assert_eq!(proportional(3, 66_666_666, 100_000_000), 2);
    }
}
