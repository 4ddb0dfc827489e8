//! Quotas that act in time: rates of launches and of API calls as token buckets, and Fargate vCPUs (QUO).

use super::api::Request;
use super::launch::Launch;
use super::setup::CallerBehaviour;
use super::simulation::Simulation;
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::PoolId;
use crate::model::instance::PoolKind;
use crate::model::parameters::Parameters;
use crate::model::reason::{Refusal, Refused};
use crate::model::task::{Capacity, CapacityChoice};
use crate::observe::Observer;
use crate::policy::explain::ExplanationSink;

/// Thousandths of a token, so that a bucket is exact at every millisecond.
const TOKEN: u64 = 1000;

/// A token bucket that starts full.
#[derive(Clone, Copy, Debug, Default)]
struct TokenBucket {
    /// What it lacks of being full, in thousandths of a token, at `at`.
    missing: u64,
    at: SimTime,
}

/// How deep a bucket is, and how many tokens come back a second.
#[derive(Clone, Copy, Debug)]
struct Rate {
    bucket: u32,
    per_s: u32,
}

impl Rate {
    fn is_unlimited(self) -> bool {
        self.bucket == u32::MAX || self.per_s == u32::MAX
    }
}

impl TokenBucket {
    /// When the next token is there: now, or later.
    fn next(&mut self, now: SimTime, rate: Rate) -> SimTime {
        if rate.is_unlimited() {
            return now;
        }
        let back = (now - self.at).0.saturating_mul(u64::from(rate.per_s));
        (self.missing, self.at) = (self.missing.saturating_sub(back), now);
        let depth = u64::from(rate.bucket) * TOKEN;
        let lacks = (self.missing + TOKEN).saturating_sub(depth);
        now + SimDuration(lacks.div_ceil(u64::from(rate.per_s)))
    }

    /// Takes a token that is there.
    fn take(&mut self, rate: Rate) {
        if !rate.is_unlimited() {
            self.missing += TOKEN;
        }
    }
}

/// The account's buckets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quotas {
    fargate: TokenBucket,
    fargate_spot: TokenBucket,
    run_task_fargate: TokenBucket,
    cluster_calls: TokenBucket,
    service_calls: TokenBucket,
    protection_calls: TokenBucket,
}

/// What a call is counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Calls {
    /// RunTask on Fargate, which counts as a cluster call too (QUO-12).
    RunTaskFargate,
    /// QUO-13.
    Cluster,
    /// QUO-14.
    Service,
    /// QUO-21.
    Protection,
}

impl Quotas {
    fn calls(&mut self, of: Calls, parameters: &Parameters) -> (&mut TokenBucket, Rate) {
        let rate = |bucket: &u32, per_s: &u32| Rate { bucket: *bucket, per_s: *per_s };
        match of {
            Calls::RunTaskFargate => {
                let both = parameters.run_task_fargate_calls_per_s();
                (&mut self.run_task_fargate, rate(both, both))
            }
            Calls::Cluster => {
                let rate = rate(parameters.cluster_calls_bucket(), parameters.cluster_calls_per_s());
                (&mut self.cluster_calls, rate)
            }
            Calls::Service => {
                let rate = rate(parameters.service_calls_bucket(), parameters.service_calls_per_s());
                (&mut self.service_calls, rate)
            }
            Calls::Protection => {
                let bucket = parameters.task_protection_calls_bucket();
                (&mut self.protection_calls, rate(bucket, parameters.task_protection_calls_per_s()))
            }
        }
    }
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// QUO-9, QUO-10, QUO-11: whether the account may launch this task on Fargate now.
    pub(super) fn within_quotas(&mut self, launch: &Launch<'_>) -> Result<(), Refused> {
        let Some(pool) =
            launch.choice.1.capacity.fargate_pool().filter(|_| !launch.settled && launch.standing.is_none())
        else {
            return Ok(());
        };
        if self.next_fargate_launch(pool) > self.now {
            return Err(Refusal::Throttled.into());
        }
        let parameters = &self.cluster.parameters;
        let vcpus = match self.is_spot(pool) {
            true => parameters.fargate_spot_vcpus(),
            false => parameters.fargate_vcpus(),
        };
        // A vCPU is 1,024 CPU units.
        let used = u128::from(self.cluster.pool_totals[pool.index()].reserved.cpu);
        match used + u128::from(launch.reserved.cpu) > u128::from(*vcpus) * 1024 {
            true if *vcpus != u32::MAX => Err(Refusal::Vcpus.into()),
            _ => Ok(()),
        }
    }

    /// One more launch, if it is one on Fargate.
    pub(super) fn count_launch(&mut self, launch: &Launch<'_>) {
        if let Some(pool) =
            launch.choice.1.capacity.fargate_pool().filter(|_| !launch.settled && launch.standing.is_none())
        {
            let (bucket, rate) = self.fargate_bucket(pool);
            bucket.take(rate);
        }
    }

    /// When the account may launch the next task in this Fargate pool: now, or later.
    pub(super) fn next_fargate_launch(&mut self, pool: PoolId) -> SimTime {
        let now = self.now;
        let (bucket, rate) = self.fargate_bucket(pool);
        bucket.next(now, rate)
    }

    fn is_spot(&self, pool: PoolId) -> bool {
        self.cluster.pools[pool.index()].kind == PoolKind::FargateSpot
    }

    fn fargate_bucket(&mut self, pool: PoolId) -> (&mut TokenBucket, Rate) {
        let is_spot = self.is_spot(pool);
        let parameters = &self.cluster.parameters;
        let (bucket, per_s) = match is_spot {
            true => (parameters.fargate_spot_launch_bucket(), parameters.fargate_spot_launches_per_s()),
            false => (parameters.fargate_launch_bucket(), parameters.fargate_launches_per_s()),
        };
        let rate = Rate { bucket: *bucket, per_s: *per_s };
        match is_spot {
            true => (&mut self.quotas.fargate_spot, rate),
            false => (&mut self.quotas.fargate, rate),
        }
    }

    /// QUO-12, QUO-13: when a caller's RunTask is taken: now, or later.
    pub(super) fn next_run_task(&mut self, behaviour: &CallerBehaviour) -> SimTime {
        self.next_call(calls_of_run_task(&behaviour.capacity))
    }

    /// A caller's RunTask was taken.
    pub(super) fn count_run_task(&mut self, behaviour: &CallerBehaviour) {
        self.count_call(calls_of_run_task(&behaviour.capacity));
    }

    /// Whether a request of the timeline is taken, which counts it; ThrottlingException where it is not.
    pub(super) fn take_call(&mut self, request: &Request) -> bool {
        let Some(calls) = self.calls_of(request) else { return true };
        let taken = self.next_call(calls) <= self.now;
        if taken {
            self.count_call(calls);
        }
        taken
    }

    fn next_call(&mut self, calls: &[Calls]) -> SimTime {
        let now = self.now;
        let when = calls.iter().map(|of| {
            let (bucket, rate) = self.quotas.calls(*of, &self.cluster.parameters);
            bucket.next(now, rate)
        });
        when.max().unwrap_or(now)
    }

    fn count_call(&mut self, calls: &[Calls]) {
        for of in calls {
            let (bucket, rate) = self.quotas.calls(*of, &self.cluster.parameters);
            bucket.take(rate);
        }
    }

    /// What a request of the timeline is counted by; none has no quota here.
    fn calls_of(&self, request: &Request) -> Option<&'static [Calls]> {
        match request {
            Request::RunTask(input) => {
                let strategy = input.capacity_provider_strategy.as_deref();
                let capacity = super::api::placement::capacity_of(&self.cluster, input.launch_type, strategy);
                Some(calls_of_run_task(&capacity.unwrap_or_default()))
            }
            Request::StartTask(_)
            | Request::StopTask(_)
            | Request::UpdateContainerInstancesState(_)
            | Request::RegisterContainerInstance(_)
            | Request::DeregisterContainerInstance(_) => Some(&[Calls::Cluster]),
            Request::CreateService(_)
            | Request::UpdateService(_)
            | Request::DeleteService(_)
            | Request::TaskSet(_)
            | Request::StopServiceDeployment(_) => Some(&[Calls::Service]),
            Request::UpdateTaskProtection(_) => Some(&[Calls::Protection]),
            Request::RegisterTaskDefinition(_)
            | Request::CreateTargetGroup(_)
            | Request::RegisterScalableTarget(_)
            | Request::PutScalingPolicy(_)
            | Request::PutScheduledAction(_)
            | Request::PutMetricAlarm(_)
            | Request::PutAttributes(_)
            | Request::DeleteAttributes(_)
            | Request::UpdateCapacityProvider(_)
            | Request::PutClusterCapacityProviders(_)
            | Request::CodeDeploy(_)
            | Request::AutoScaling(_) => None,
        }
    }
}

fn calls_of_run_task(capacity: &[CapacityChoice]) -> &'static [Calls] {
    let on_fargate =
        |choice: &CapacityChoice| matches!(choice.capacity, Capacity::Fargate(_) | Capacity::Provider(_));
    match capacity.iter().any(on_fargate) {
        true => &[Calls::RunTaskFargate, Calls::Cluster],
        false => &[Calls::Cluster],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// QUO-9: 100 at once, then one each 1,000 / 20 = 50 ms.
    #[test]
    fn a_bucket_gives_its_depth_at_once_and_its_rate_after() {
        let rate = Rate { bucket: 100, per_s: 20 };
        let mut bucket = TokenBucket::default();
        for _ in 0..100 {
            assert_eq!(bucket.next(SimTime(7), rate), SimTime(7));
            bucket.take(rate);
        }
        assert_eq!(bucket.next(SimTime(7), rate), SimTime(57));
        assert_eq!(bucket.next(SimTime(57), rate), SimTime(57));
    }

    /// QUO-21: 80 a second are 12.5 ms each: of an emptied bucket the first is there after 13, the second after 25.
    #[test]
    fn a_rate_that_divides_no_millisecond_is_kept_exactly() {
        let rate = Rate { bucket: 2, per_s: 80 };
        let mut bucket = TokenBucket::default();
        (0..2).for_each(|_| bucket.take(rate));
        assert_eq!(bucket.next(SimTime(0), rate), SimTime(13));
        assert_eq!(bucket.next(SimTime(13), rate), SimTime(13));
        bucket.take(rate);
        assert_eq!(bucket.next(SimTime(13), rate), SimTime(25));
    }

    /// A bucket does not fill beyond its depth: after an hour two are there, and no third.
    #[test]
    fn a_bucket_never_holds_more_than_its_depth() {
        let rate = Rate { bucket: 2, per_s: 1 };
        let (mut bucket, later) = (TokenBucket::default(), SimTime(3_600_000));
        for _ in 0..2 {
            assert_eq!(bucket.next(later, rate), later);
            bucket.take(rate);
        }
        assert_eq!(bucket.next(later, rate), later + SimDuration(1000));
    }

    #[test]
    fn what_is_unlimited_is_always_there() {
        let rate = Rate { bucket: u32::MAX, per_s: 1 };
        let mut bucket = TokenBucket::default();
        (0..1_000_000).for_each(|_| bucket.take(rate));
        assert_eq!(bucket.next(SimTime(0), rate), SimTime(0));
    }
}
