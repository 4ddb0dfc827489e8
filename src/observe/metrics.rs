//! The metrics of a trial: exact, time-weighted, blind to the warm-up.
//!
//! Time integrals and costs cover [warm-up, end]; counts and durations cover what began in it.

pub mod cost;
pub mod meters;
pub mod names;
mod owners;

use self::cost::{CostMeter, Window};
use self::meters::Integral;
use self::owners::{CallerMeter, ServiceMeter};
use super::Observer;
use super::tally::{Spread, Tally};
use crate::kernel::time::SimTime;
use crate::model::task::{Host, Origin};
use crate::model::{Change, Cluster, PoolId, TaskId};

pub use names::{MetricName, metric_names};

/// What the meters need to know beside the cluster.
#[derive(Clone, Debug, Default)]
pub struct MetricOptions {
    /// Metrics leave out what is before.
    pub warm_up_ends: SimTime,
    /// The planned end, [`SimTime::NEVER`] if it is open.
    pub ends: SimTime,
    /// Whether services were running at time zero: their first deployment is then no deployment.
    pub settled: bool,
    /// By service: the healthy tasks it needs, and whether tasks serve until they exit.
    pub services: Vec<(Option<u32>, bool)>,
}

/// The meters of a trial.
pub struct Metrics {
    options: MetricOptions,
    services: Vec<ServiceMeter>,
    callers: Vec<CallerMeter>,
    pools: Vec<PoolMeter>,
    cluster: PoolMeter,
    cost: CostMeter,
    end: SimTime,
}

/// Capacity and reservation of a pool: what tasks reserve over what ACTIVE and DRAINING instances registered (AAS-19).
#[derive(Clone, Debug)]
struct PoolMeter {
    instances: Integral,
    registered: [Integral; 2],
    reserved: [Integral; 2],
    peak_share: [Option<f64>; 2],
}

impl PoolMeter {
    fn new(from: SimTime) -> PoolMeter {
        let zero = Integral::from(from);
        PoolMeter { instances: zero, registered: [zero; 2], reserved: [zero; 2], peak_share: [None; 2] }
    }

    fn set(&mut self, now: SimTime, totals: &[crate::model::views::PoolTotals], warm_up_ends: SimTime) {
        let sum = |part: fn(&crate::model::views::PoolTotals) -> u64| totals.iter().map(part).sum::<u64>();
        self.instances.set(now, sum(|totals| u64::from(totals.instances)));
        let registered = [sum(|totals| totals.registered.cpu), sum(|totals| totals.registered.memory_mib)];
        let reserved = [sum(|totals| totals.reserved.cpu), sum(|totals| totals.reserved.memory_mib)];
        for dimension in 0..2 {
            let grows = reserved[dimension] > self.reserved[dimension].value();
            let shrinks = registered[dimension] < self.registered[dimension].value();
            self.registered[dimension].set(now, registered[dimension]);
            self.reserved[dimension].set(now, reserved[dimension]);
            if (grows || shrinks) && registered[dimension] > 0 && now >= warm_up_ends {
                let share = reserved[dimension] as f64 / registered[dimension] as f64;
                let peak = self.peak_share[dimension].get_or_insert(share);
                *peak = peak.max(share);
            }
        }
    }

    fn share(&mut self, dimension: usize, end: SimTime) -> Option<f64> {
        let registered = self.registered[dimension].total(end);
        (registered > 0).then(|| self.reserved[dimension].total(end) as f64 / registered as f64)
    }
}

impl Metrics {
    /// Meters for the services, callers and pools of `cluster`.
    #[must_use]
    pub fn new(cluster: &Cluster, options: MetricOptions) -> Metrics {
        let from = options.warm_up_ends;
        let window = Window { from, to: options.ends };
        let mut metrics = Metrics {
            services: Vec::new(),
            callers: Vec::new(),
            pools: vec![PoolMeter::new(from); cluster.pools.len()],
            cluster: PoolMeter::new(from),
            cost: CostMeter::new(cluster.pools.len(), window),
            end: SimTime::ZERO,
            options,
        };
        metrics.make_room(cluster);
        metrics
    }

    fn make_room(&mut self, cluster: &Cluster) {
        while self.services.len() < cluster.services.len() {
            let (needs, serves_while_stopping) =
                self.options.services.get(self.services.len()).copied().unwrap_or_default();
            self.services.push(ServiceMeter::new(self.options.warm_up_ends, needs, serves_while_stopping));
        }
        while self.callers.len() < cluster.callers.len() {
            self.callers.push(CallerMeter::new(self.options.warm_up_ends));
        }
    }

    fn read_pools(&mut self, now: SimTime, cluster: &Cluster, pool: PoolId) {
        let from = self.options.warm_up_ends;
        let totals = &cluster.pool_totals[pool.index()];
        self.pools[pool.index()].set(now, std::slice::from_ref(totals), from);
        if cluster.pools[pool.index()].kind.has_instances() {
            let of_instances = cluster.instance_pools();
            self.cluster.set(now, &cluster.pool_totals[..of_instances], from);
        }
    }

    fn read_owner(&mut self, now: SimTime, cluster: &Cluster, task: TaskId) {
        match cluster.tasks[task].origin {
            Origin::Service { service, .. } => {
                self.services[service.index()].read(now, cluster.service(service));
            }
            Origin::Caller { caller } => self.callers[caller.index()].read(now, cluster.caller(caller)),
        }
    }
}

impl Observer for Metrics {
    fn begin(&mut self, cluster: &Cluster) {
        for pool in 0..cluster.pools.len() {
            self.read_pools(SimTime::ZERO, cluster, PoolId(pool as u16));
        }
        for (meter, service) in self.services.iter_mut().zip(&cluster.services) {
            meter.read(SimTime::ZERO, service);
        }
    }

    fn observe(&mut self, now: SimTime, change: &Change, cluster: &Cluster) {
        let Metrics { services, callers, cost, .. } = self;
        cost.observe(now, change, cluster, |task, bill| match task.origin {
            Origin::Service { service, .. } => services[service.index()].tasks.cost += bill,
            Origin::Caller { caller } => callers[caller.index()].tasks.cost += bill,
        });
        let counts = now >= self.options.warm_up_ends;
        match change {
            Change::TaskCreated(new) => {
                if !new.settled {
                    self.with_tasks(new.origin, |tasks| tasks.created(counts));
                }
                if !new.settled && !matches!(new.host, Host::Unplaced(_)) {
                    self.with_tasks(new.origin, |tasks| tasks.placed(new.requested_at, now));
                }
                self.read_owner(now, cluster, new.task);
                self.read_pool_of(now, cluster, new.task);
            }
            Change::TaskStatusChanged { task, to, .. } => {
                let found = &cluster.tasks[*task];
                self.with_tasks(found.origin, |tasks| tasks.status_changed(found, *to, now, counts));
                self.read_owner(now, cluster, *task);
                if *to == crate::model::task::TaskStatus::Stopped {
                    self.read_pool_of(now, cluster, *task);
                }
            }
            Change::TaskPlaced { task, .. } => {
                let found = &cluster.tasks[*task];
                self.with_tasks(found.origin, |tasks| tasks.placed(found.requested_at, now));
                self.read_owner(now, cluster, *task);
                self.read_pool_of(now, cluster, *task);
            }
            Change::TaskHealthChanged { task, healthy } => {
                if let Some(service) = cluster.tasks[*task].service() {
                    self.services[service.index()].health_changed(now, *healthy);
                }
                self.read_owner(now, cluster, *task);
            }
            Change::TaskHostLost { task } | Change::TaskEndedUnheard { task } => {
                let found = &cluster.tasks[*task];
                if let Some(service) = found.service().filter(|_| found.is_active() && found.healthy) {
                    self.services[service.index()].health_changed(now, false);
                }
                self.read_owner(now, cluster, *task);
            }
            Change::TaskStopOrdered { task, cause } => {
                let found = &cluster.tasks[*task];
                if let Some(service) = found.service() {
                    self.services[service.index()].stop_ordered(now, found.serves(), *cause);
                }
                self.read_owner(now, cluster, *task);
            }
            Change::InstanceStatusChanged { instance, .. } => {
                let pool = cluster.instances[*instance].pool;
                self.read_pools(now, cluster, pool);
            }
            Change::MinutesMeasured { service, first, count, minute } => {
                let from = self.options.warm_up_ends.0.div_ceil(60_000);
                let counted = (first + count).saturating_sub(from.max(*first));
                self.services[service.index()].asked(counted, *minute);
            }
            Change::ServiceCreated(_) => {
                self.make_room(cluster);
                if let (Some(meter), Some(service)) = (self.services.last_mut(), cluster.services.last()) {
                    meter.read(now, service);
                }
            }
            Change::ServiceUpdated { service, .. } | Change::ServiceStatusChanged { service, .. } => {
                self.services[service.index()].read(now, cluster.service(*service));
            }
            Change::RolloutStateChanged { service, deployment, to, .. } => {
                let found = cluster.service(*service).deployment(*deployment);
                if let Some(found) = found.filter(|found| {
                    let was_there =
                        self.options.settled && found.number.0 == 1 && found.created_at == SimTime::ZERO;
                    found.created_at >= self.options.warm_up_ends && !was_there
                }) {
                    self.services[service.index()].rollout_changed(found, *to, now);
                }
            }
            Change::CallerNamed { .. } => self.make_room(cluster),
            Change::TaskRequested { caller, .. } => {
                self.callers[caller.index()].requests += u64::from(counts);
            }
            Change::TaskRequestRefused { caller, then, .. } => {
                self.callers[caller.index()].refused_by(*then, counts);
                self.callers[caller.index()].read(now, cluster.caller(*caller));
            }
            Change::TaskRequestAbandoned { caller, .. } => {
                self.callers[caller.index()].refused += u64::from(counts);
                self.callers[caller.index()].read(now, cluster.caller(*caller));
            }
            Change::TaskDefinitionRegistered(_)
            | Change::InstanceRegistered(_)
            | Change::AutoScalingGroupCreated(_)
            | Change::AutoScalingGroupUpdated { .. }
            | Change::CapacityProviderCreated(_)
            | Change::CapacityProviderUpdated { .. }
            | Change::DefaultCapacityChanged(_)
            | Change::ProcessesSuspended { .. }
            | Change::ScheduledActionChanged { .. }
            | Change::InstanceRefreshChanged { .. }
            | Change::WarmPoolChanged { .. }
            | Change::InstanceLaunched(_)
            | Change::InstanceLifecycleChanged { .. }
            | Change::InstanceTerminationOrdered { .. }
            | Change::ScaleInProtectionChanged { .. }
            | Change::InstanceForgotten { .. }
            | Change::DesiredCapacityChanged { .. }
            | Change::ReservationMeasured { .. }
            | Change::ZoneOutageBegan { .. }
            | Change::ZoneOutageEnded { .. }
            | Change::DeploymentStarted { .. }
            | Change::DeploymentEnded { .. }
            | Change::SteadyStateChanged { .. }
            | Change::RebalancingChanged { .. }
            | Change::TaskForgotten { .. }
            | Change::ServicePlacementRefused { .. }
            | Change::AgentConnectionChanged { .. }
            | Change::InstanceAttributesChanged { .. }
            | Change::TaskProtectionChanged { .. }
            | Change::SpotCapacityChanged { .. }
            | Change::RebalanceRecommended { .. }
            | Change::SpotFallbackChanged { .. }
            | Change::InterruptionNoticed { .. }
            | Change::CapacityOutageChanged { .. }
            | Change::StartThrottleChanged { .. }
            | Change::ServiceEventWritten { .. }
            | Change::PullStopped { .. }
            | Change::TaskImpairmentChanged { .. }
            | Change::TargetGroupCreated(_)
            | Change::RollbackStarted { .. }
            | Change::FailuresCounted { .. }
            | Change::ScalingChanged { .. }
            | Change::MetricAlarmPut { .. }
            | Change::DesiredCountScaled { .. }
            | Change::BakeTimeStarted { .. }
            | Change::StageEntered { .. }
            | Change::TaskSetChanged { .. }
            | Change::DeploymentGroupCreated { .. }
            | Change::DeploymentConfigCreated { .. }
            | Change::AlarmChanged { .. }
            | Change::TargetStateChanged { .. }
            | Change::ContainerStatusChanged { .. }
            | Change::ContainerHealthChanged { .. }
            | Change::StopReasonGiven { .. }
            | Change::RequestFailed { .. } => {}
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.end = at;
        let Metrics { services, callers, cost, .. } = self;
        cost.end(at, cluster, |task, bill| match task.origin {
            Origin::Service { service, .. } => services[service.index()].tasks.cost += bill,
            Origin::Caller { caller } => callers[caller.index()].tasks.cost += bill,
        });
    }
}

impl Metrics {
    /// Adds to the tallies of the services and callers how their durations are spread, and what they paid.
    pub fn complete(&self, tallies: &mut [Tally], cluster: &Cluster) {
        let services = self.services.iter().map(|meter| (&meter.tasks, Some(&meter.time_to_replace)));
        let callers = self.callers.iter().map(|meter| (&meter.tasks, None));
        let owners = services.take(cluster.services.len()).chain(callers);
        let [services, callers] = &self.cost.paid_by_owner;
        let nothing = Vec::new();
        for (index, ((tasks, replace), tally)) in owners.zip(tallies).enumerate() {
            let spread = |metric, durations: &meters::Durations| Spread { metric, bins: durations.bins() };
            tally.spreads =
                vec![spread("wait_placement_s", &tasks.wait_placement), spread("start_s", &tasks.start)];
            tally.spreads.extend(replace.map(|durations| spread("time_to_replace_s", durations)));
            let caller = index.checked_sub(cluster.services.len());
            let paid = caller.map_or_else(|| services.get(index), |caller| callers.get(caller));
            tally.paid_usd = paid.unwrap_or(&nothing).iter().map(|bill| cost::usd(*bill)).collect();
        }
    }

    fn with_tasks(&mut self, origin: Origin, with: impl FnOnce(&mut owners::TaskMeter)) {
        match origin {
            Origin::Service { service, .. } => with(&mut self.services[service.index()].tasks),
            Origin::Caller { caller } => with(&mut self.callers[caller.index()].tasks),
        }
    }

    fn read_pool_of(&mut self, now: SimTime, cluster: &Cluster, task: TaskId) {
        if let Some(pool) = cluster.pool_of(&cluster.tasks[task]) {
            self.read_pools(now, cluster, pool);
        }
    }
}
