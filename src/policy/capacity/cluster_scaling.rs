//! Cluster auto scaling: the reservation of a capacity provider, its alarms, and the size its group should have
//! (CAS-1 to CAS-4, CAS-8 to CAS-10, CAS-13).

use std::cmp::Ordering;

use super::need::{Need, need};
use super::scale_in::is_busy;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::{AutoScalingGroup, Lifecycle};
use crate::model::capacity_provider::{ManagedScaling, Measured, Reservation};
use crate::model::instance::InstanceStatus;
use crate::model::{CapacityProviderId, Cluster};

/// Between two datapoints of the metric (CAS-1).
pub const PERIOD: SimDuration = SimDuration::from_secs(60);

/// What is to be done about a datapoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Nothing, until something changes that the metric reads.
    Rest,
    /// Nothing now; look again at this time.
    LookAgain(SimTime),
    /// The group should hold so many instances; look again a minute later.
    Resize(u32),
}

/// The metric as it stands (CAS-1 to CAS-4, CAS-7).
#[must_use]
pub fn reservation(cluster: &Cluster, provider: CapacityProviderId, scaling: &ManagedScaling) -> Reservation {
    let id = cluster.capacity_provider(provider).group;
    let group = cluster.auto_scaling_group(id);
    let in_service = cluster.pools[group.pool.index()].instances.iter().copied().filter(|id| {
        let instance = &cluster.instances[*id];
        instance.lifecycle == Lifecycle::InService && instance.status == InstanceStatus::Active
    });
    let (mut instances, mut busy) = (0, 0);
    for id in in_service {
        instances += 1;
        busy += u32::from(is_busy(cluster, id));
    }
    let needed = match need(cluster, id) {
        Need::None => busy,
        Need::Instances(need) => {
            instances + need.clamp(scaling.minimum_step, scaling.maximum_step.max(scaling.minimum_step))
        }
        Need::Incompatible => return Reservation::AtTarget { target: scaling.target_capacity },
    };
    match (needed, instances) {
        (0, 0) => Reservation::Idle,
        (_, 0) => Reservation::FromZero,
        (needed, instances) => Reservation::Ratio { needed, instances },
    }
}

/// The datapoint of now, with what the alarms have seen so far.
#[must_use]
pub fn measure(
    cluster: &Cluster,
    now: SimTime,
    provider: CapacityProviderId,
    scaling: &ManagedScaling,
) -> Measured {
    let reservation = reservation(cluster, provider, scaling);
    let against = match reservation {
        // CAS-14: an empty cluster is left alone whatever the target.
        Reservation::Idle => Ordering::Equal,
        other => other.compare(scaling.target_capacity),
    };
    let before = cluster.capacity_provider(provider).measured;
    Measured {
        reservation: Some(reservation),
        low_since: (against == Ordering::Less).then(|| before.low_since.unwrap_or(now)),
        high: against == Ordering::Greater,
    }
}

/// What the alarms ask for, given the datapoint of now.
#[must_use]
pub fn decide(cluster: &Cluster, now: SimTime, provider: CapacityProviderId) -> Decision {
    let found = cluster.capacity_provider(provider);
    let (Some(scaling), Some(reservation)) = (found.managed_scaling, found.measured.reservation) else {
        return Decision::Rest;
    };
    let group = cluster.auto_scaling_group(found.group);
    let wanted = wanted(reservation, scaling.target_capacity);
    if found.measured.high {
        return scale_out(cluster, now, group, &scaling, wanted);
    }
    match found.measured.low_since {
        Some(since) => scale_in(now, group, since, wanted),
        None => Decision::Rest,
    }
}

/// `ceil(100 × M / target)`, in whole numbers (CAS-8); from zero, one instance stands in for those there are (CAS-2).
fn wanted(reservation: Reservation, target: u32) -> u32 {
    let percent = match reservation {
        Reservation::Ratio { needed, .. } => 100 * u64::from(needed),
        Reservation::FromZero => 200,
        Reservation::Idle | Reservation::AtTarget { .. } => 0,
    };
    u32::try_from(percent.div_ceil(u64::from(target))).unwrap_or(u32::MAX)
}

/// CAS-8, CAS-9: up to MaxSize, unless an instance is still warming up.
fn scale_out(
    cluster: &Cluster,
    now: SimTime,
    group: &AutoScalingGroup,
    scaling: &ManagedScaling,
    wanted: u32,
) -> Decision {
    let wanted = wanted.min(group.settings.max_size);
    if wanted <= group.desired_capacity {
        return Decision::Rest;
    }
    let youngest =
        cluster.counting_instances(group.pool).filter_map(|id| cluster.instances[id].launched_at).max();
    match youngest.map(|launched_at| launched_at + scaling.instance_warmup) {
        Some(warm) if warm > now => Decision::LookAgain(warm),
        _ => Decision::Resize(wanted),
    }
}

/// CAS-10: the fifteenth datapoint in a row below the target, and fifteen minutes past the last scale-out; then by at
/// least one and by less than half a minute.
fn scale_in(now: SimTime, group: &AutoScalingGroup, low_since: SimTime, wanted: u32) -> Decision {
    let floor = wanted.max(group.settings.min_size);
    if floor >= group.desired_capacity {
        return Decision::Rest;
    }
    let fifteenth = low_since + SimDuration(14 * PERIOD.0);
    let after_scale_out = group.scaled_out_at.map_or(SimTime::ZERO, |at| at + SimDuration(15 * PERIOD.0));
    let may_begin = fifteenth.max(after_scale_out);
    if may_begin > now {
        return Decision::LookAgain(may_begin);
    }
    let less_than_half = (group.desired_capacity - 1) / 2;
    let by = (group.desired_capacity - floor).min(less_than_half.max(1));
    Decision::Resize(group.desired_capacity - by)
}
