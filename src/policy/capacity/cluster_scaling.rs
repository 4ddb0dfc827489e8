//! Cluster auto scaling: the reservation of a capacity provider, its alarms, and the size its group should have
//! (CAS-1 to CAS-4h, CAS-8 to CAS-10, CAS-13, CAS-14).

use std::cmp::Ordering;

use super::need::{Need, demand_groups, need};
use super::scale_in::is_needed;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::{AutoScalingGroup, Lifecycle};
pub use crate::model::capacity_provider::{LOW_DATAPOINTS, PERIOD, datapoints_since};
use crate::model::capacity_provider::{ManagedScaling, Measured, ProviderPolicy, Reservation};
use crate::model::instance::InstanceStatus;
use crate::model::parameters::CasMode;
use crate::model::{AutoScalingGroupId, CapacityProviderId, Cluster, InstanceId};

/// What is to be done about a datapoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Nothing, until something changes that the metric reads.
    Rest(Rest),
    /// Nothing now; look again at this time.
    LookAgain(SimTime, Hold),
    /// The group should hold so many instances; look again a minute later.
    Resize(u32),
}

/// Why nothing is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// The metric is at its target.
    AtTarget,
    /// The group is to hold `wanted` instances or more already; they are on their way.
    OnTheWay {
        /// What the metric asks for.
        wanted: u32,
    },
    /// MaxSize keeps the group from the `wanted` instances (CAS-8).
    AtMaxSize {
        /// What the metric asks for.
        wanted: u32,
    },
    /// MinSize, or what is needed, is what the group holds (CAS-10, CAS-13).
    AtFloor {
        /// The fewest instances it may hold now.
        floor: u32,
    },
}

/// Why something is to be done only later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// This instance is younger than instanceWarmupPeriod (CAS-9).
    WarmUp(InstanceId),
    /// Fewer than 15 datapoints in a row were below the target: so many (CAS-10).
    LowDatapoints(u32),
    /// The last scale-out is less than 15 minutes ago (CAS-10).
    AfterScaleOut,
}

/// The metric as it stands (CAS-1 to CAS-4, CAS-7).
#[must_use]
pub fn reservation(cluster: &Cluster, provider: CapacityProviderId, scaling: &ManagedScaling) -> Reservation {
    let id = cluster.capacity_provider(provider).group;
    let (instances, busy) = counted_instances(cluster, id);
    let needed = match need(&demand_groups(cluster, id), *cluster.parameters.group_combine()) {
        Need::None => busy,
        Need::Instances(need) => instances + step(cluster, id, scaling, need),
        Need::Incompatible => return Reservation::AtTarget { target: scaling.target_capacity },
    };
    match (needed, instances) {
        (0, 0) => Reservation::Idle,
        (_, 0) => Reservation::FromZero,
        (needed, instances) => Reservation::Ratio { needed, instances },
    }
}

/// N, the instances in service that are registered, and how many of them are needed (CAS-1, CAS-3). One that somebody set
/// DRAINING is still of the group, and counts until it is terminated.
#[must_use]
pub fn counted_instances(cluster: &Cluster, group: AutoScalingGroupId) -> (u32, u32) {
    let pool = cluster.auto_scaling_group(group).pool;
    let (mut instances, mut needed) = (0, 0);
    for id in &cluster.pools[pool.index()].instances {
        let instance = &cluster.instances[*id];
        let registered = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        if instance.lifecycle == Lifecycle::InService && registered {
            instances += 1;
            needed += u32::from(is_needed(cluster, *id));
        }
    }
    (instances, needed)
}

/// CAS-4: the need, held between the steps; CAS-4h: until 2021 the minimum step, where zones or types are several.
fn step(cluster: &Cluster, group: AutoScalingGroupId, scaling: &ManagedScaling, need: u32) -> u32 {
    let settings = &cluster.auto_scaling_group(group).settings;
    let several = settings.zones.len() > 1 || settings.kinds.len() > 1;
    match cluster.parameters.cas_mode() {
        CasMode::LegacyMinStep if several => scaling.minimum_step,
        CasMode::LegacyMinStep | CasMode::Current => {
            need.clamp(scaling.minimum_step, scaling.maximum_step.max(scaling.minimum_step))
        }
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
        // CAS-14: an empty cluster is left alone whatever the target, but for the defect of 2019.
        Reservation::Idle if !cluster.parameters.cas_empty_bug() => Ordering::Equal,
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
        return Decision::Rest(Rest::AtTarget);
    };
    let group = cluster.auto_scaling_group(found.group);
    let wanted = wanted(cluster, provider, &scaling, reservation);
    if found.measured.high {
        return scale_out(cluster, now, group, &scaling, wanted);
    }
    match found.measured.low_since {
        Some(since) => scale_in(now, group, found.policy, since, wanted),
        None => Decision::Rest(Rest::AtTarget),
    }
}

/// `ceil(100 × M / target)`, in whole numbers (CAS-8); from zero, one instance stands in for those there are (CAS-2), unless
/// a policy that is not ECS's goes by what the waiting tasks need.
#[must_use]
pub fn wanted(
    cluster: &Cluster,
    provider: CapacityProviderId,
    scaling: &ManagedScaling,
    reservation: Reservation,
) -> u32 {
    let found = cluster.capacity_provider(provider);
    let (policy, target) = (found.policy, scaling.target_capacity);
    let percent = match reservation {
        Reservation::Ratio { needed, .. } => 100 * u64::from(needed),
        Reservation::FromZero if policy.from_zero_by_need => {
            match need(&demand_groups(cluster, found.group), *cluster.parameters.group_combine()) {
                Need::Instances(need) => 100 * u64::from(step(cluster, found.group, scaling, need)),
                Need::None | Need::Incompatible => 200,
            }
        }
        Reservation::FromZero => 200,
        Reservation::Idle => 100, // read by the defect of CAS-14 alone
        Reservation::AtTarget { .. } => 0,
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
    let allowed = wanted.min(group.settings.max_size);
    if allowed <= group.desired_capacity {
        return Decision::Rest(match wanted > group.desired_capacity {
            true => Rest::AtMaxSize { wanted },
            false => Rest::OnTheWay { wanted },
        });
    }
    let launched = |id: InstanceId| Some((cluster.instances[id].launched_at?, id));
    let youngest = cluster.counting_instances(group.pool).filter_map(launched).max_by_key(|(at, _)| *at);
    match youngest.map(|(launched_at, id)| (launched_at + scaling.instance_warmup, id)) {
        Some((warm, id)) if warm > now => Decision::LookAgain(warm, Hold::WarmUp(id)),
        _ => Decision::Resize(allowed),
    }
}

/// CAS-10: the fifteenth datapoint in a row below the target, and fifteen minutes past the last scale-out; then by at
/// least one and by less than half a minute.
fn scale_in(
    now: SimTime,
    group: &AutoScalingGroup,
    policy: ProviderPolicy,
    low_since: SimTime,
    wanted: u32,
) -> Decision {
    let floor = wanted.max(group.settings.min_size);
    if floor >= group.desired_capacity {
        return Decision::Rest(Rest::AtFloor { floor });
    }
    let alarm = low_since + policy.alarm_after();
    let minutes = SimDuration(u64::from(policy.low_datapoints) * PERIOD.0);
    let after_scale_out = group.scaled_out_at.map_or(SimTime::ZERO, |at| at + minutes);
    if alarm.max(after_scale_out) > now {
        let hold = match alarm >= after_scale_out {
            true => Hold::LowDatapoints(datapoints_since(low_since, now)),
            false => Hold::AfterScaleOut,
        };
        return Decision::LookAgain(alarm.max(after_scale_out), hold);
    }
    let less_than_half = (group.desired_capacity - 1) / 2;
    let by = (group.desired_capacity - floor).min(less_than_half.max(1));
    Decision::Resize(group.desired_capacity - by)
}
