//! The state of services and pools on a fixed grid of time: what time lines are drawn from.

use super::Observer;
use super::metrics::cost::{cost_so_far, task_rate, usd};
use super::metrics::meters::Integral;
use super::response::Response;
use super::rollouts::{RolloutStep, step_of};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::{Lifecycle, Market};
use crate::model::capacity_provider::{AlarmState, Reservation};
use crate::model::cpu_share;
use crate::model::demand::ServiceMinute;
use crate::model::instance::{ContainerInstance, InstanceStatus};
use crate::model::service::{Service, ServiceStatus};
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, Cluster, PoolId, TaskId};

/// A service at one instant, after all events of it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ServiceSample {
    /// Desired count.
    pub desired: u32,
    /// Tasks with last status RUNNING.
    pub running: u32,
    /// Healthy tasks (SVC-12).
    pub healthy: u32,
    /// Tasks from PROVISIONING to ACTIVATING.
    pub pending: u32,
    /// The last minute that was published, of a service with demand.
    pub minute: Option<ServiceMinute>,
    /// How long a request took in that minute with the tasks of now, in the mean.
    pub response: Option<Response>,
    /// Its tasks by revision, and the limits of a deployment.
    pub revisions: Option<RolloutStep>,
}

/// A pool at one instant.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PoolSample {
    /// ACTIVE and DRAINING instances; for Fargate, tasks.
    pub instances: u32,
    /// Of those, the ones that are DRAINING.
    pub draining: u32,
    /// Instances launched and not registered yet, without those of a warm pool.
    pub pending: u32,
    /// Instances in the warm pool of the group (CAS-17).
    pub warm: u32,
    /// Of the ACTIVE and DRAINING instances, the ones that are Spot.
    pub spot: u32,
    /// What the Auto Scaling group is to hold, for the pool of one.
    pub desired: Option<u32>,
    /// The most that it may hold.
    pub max_size: Option<u32>,
    /// Tasks that wait in PROVISIONING for an instance (CAS-12); nothing where none can wait.
    pub waiting_tasks: Option<u32>,
    /// CapacityProviderReservation in percent, once it is measured (CAS-1).
    pub reservation: Option<f64>,
    /// The target of managed scaling, in percent.
    pub target_capacity: Option<u32>,
    /// The alarms of managed scaling: for scale-out and for scale-in (CAS-8, CAS-10).
    pub alarms: Option<[AlarmState; 2]>,
    /// Reserved share of registered CPU; nothing where nothing is registered.
    pub cpu_reserved_share: Option<f64>,
    /// Reserved share of registered memory.
    pub memory_reserved_share: Option<f64>,
    /// What it has cost so far at its present prices by the millisecond, without the rounding of bills.
    pub cost_usd: f64,
}

/// Samples of one trial.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// The instants.
    pub times: Vec<SimTime>,
    /// By service, in the order of the instants; services made later begin with empty samples.
    pub services: Vec<Vec<ServiceSample>>,
    /// By pool.
    pub pools: Vec<Vec<PoolSample>>,
}

/// Takes a sample at 0 and then every `every`.
pub struct Sampler {
    every: SimDuration,
    next: SimTime,
    samples: Samples,
    cost_rates: Vec<Integral>,
    /// By pool: what instances with prices of a series have cost whose bill is over.
    closed_series: Vec<u128>,
    /// By slot of the task: what it adds to its Fargate pool's rate.
    task_rates: Vec<u64>,
}

impl Sampler {
    /// A sampler for this grid; `every` is at least a millisecond.
    #[must_use]
    pub fn new(every: SimDuration) -> Sampler {
        let every = SimDuration(every.0.max(1));
        let samples = Samples::default();
        Sampler {
            every,
            next: SimTime::ZERO,
            samples,
            cost_rates: Vec::new(),
            closed_series: Vec::new(),
            task_rates: Vec::new(),
        }
    }

    /// What was sampled.
    #[must_use]
    pub fn into_samples(self) -> Samples {
        self.samples
    }

    fn sample(&mut self, cluster: &Cluster) {
        let taken = self.samples.times.len();
        self.samples.times.push(self.next);
        self.samples.services.resize(cluster.services.len(), vec![ServiceSample::default(); taken]);
        self.samples.pools.resize(cluster.pools.len(), Vec::new());
        for (line, service) in self.samples.services.iter_mut().zip(&cluster.services) {
            let active = service.status == ServiceStatus::Active;
            line.push(ServiceSample {
                desired: if active { service.settings.desired_count } else { 0 },
                running: service.counts.running,
                healthy: service.counts.serving,
                pending: service.counts.pending,
                minute: service.last_minute,
                response: response_of(cluster, service),
                revisions: service.primary().map(|primary| step_of(self.next, service, primary.number)),
            });
        }
        let lines = self.samples.pools.iter_mut().zip(&cluster.pool_totals).zip(&mut self.cost_rates);
        for ((((line, totals), rate), pool), closed) in lines.zip(&cluster.pools).zip(&self.closed_series) {
            let instances = pool.instances.iter().map(|id| &cluster.instances[*id]);
            let open = instances.filter(|instance| instance.is_billed());
            let by_series = closed + open.map(|instance| cost_so_far(instance, self.next)).sum::<u128>();
            let group = pool.group.map(|group| cluster.auto_scaling_group(group));
            let provider = group.and_then(|group| group.provider).map(|id| cluster.capacity_provider(id));
            let managed = provider.is_some_and(|provider| provider.managed_instances.is_some());
            let owned = group.filter(|_| !managed); // nobody asks for a number of Managed Instances
            let scaled = provider.filter(|provider| provider.managed_scaling.is_some());
            let count = |is: fn(&ContainerInstance) -> bool| {
                pool.instances.iter().filter(|id| is(&cluster.instances[**id])).count() as u32
            };
            let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
            line.push(PoolSample {
                instances: totals.instances,
                draining: count(|instance| instance.status == InstanceStatus::Draining),
                pending: count(is_pending),
                warm: count(|instance| is_warm(instance.lifecycle)),
                spot: count(|instance| instance.market == Market::Spot && is_registered(instance)),
                desired: owned.map(|group| group.desired_capacity),
                max_size: owned.map(|group| group.settings.max_size),
                waiting_tasks: (managed || scaled.is_some()).then_some(pool.waiting_tasks.len() as u32),
                reservation: provider
                    .and_then(|provider| provider.measured.reservation)
                    .map(Reservation::percent),
                target_capacity: scaled
                    .and_then(|of| of.managed_scaling)
                    .map(|scaling| scaling.target_capacity),
                alarms: scaled.map(|of| [of.measured.scale_out_alarm(), of.scale_in_alarm(self.next)]),
                cpu_reserved_share: share(totals.reserved.cpu, totals.registered.cpu),
                memory_reserved_share: share(totals.reserved.memory_mib, totals.registered.memory_mib),
                cost_usd: usd(rate.total(self.next) + by_series),
            });
        }
        self.next = self.next + self.every;
    }

    fn read_instances(&mut self, now: SimTime, cluster: &Cluster, pool: PoolId) {
        let instances = cluster.pools[pool.index()].instances.iter().map(|id| &cluster.instances[*id]);
        let active =
            instances.filter(|instance| instance.is_billed() && instance.spot.price_series.is_none());
        let rate = active.map(|instance| instance.price_nano_usd_per_hour).sum();
        self.cost_rates[pool.index()].set(now, rate);
    }

    fn change_fargate_rate(&mut self, now: SimTime, cluster: &Cluster, id: TaskId, arrives: bool) {
        let task = &cluster.tasks[id];
        let (Host::Fargate(_), Some(pool)) = (task.host, cluster.pool_of(task)) else { return };
        if self.task_rates.len() <= id.slot() {
            self.task_rates.resize(id.slot() + 1, 0);
        }
        let rate = if arrives { task_rate(cluster, task) } else { 0 };
        let before = std::mem::replace(&mut self.task_rates[id.slot()], rate);
        self.cost_rates[pool.index()].shift(now, rate as i64 - before as i64);
    }
}

fn response_of(cluster: &Cluster, service: &Service) -> Option<Response> {
    let (load, minute) = (service.load.as_ref()?, service.last_minute?);
    let arrivals = minute.requests as f64 / 60.0;
    let rate = load.per_task_milli as f64 / 1000.0 * cpu_share::mean_factor(cluster, service);
    Some(Response::estimate(arrivals, rate, service.counts.serving))
}

fn is_registered(instance: &ContainerInstance) -> bool {
    matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining)
}

fn is_pending(instance: &ContainerInstance) -> bool {
    let not_yet = matches!(instance.status, InstanceStatus::Unregistered | InstanceStatus::Registering);
    not_yet && !is_warm(instance.lifecycle) && !instance.lifecycle.is_leaving()
}

fn is_warm(lifecycle: Lifecycle) -> bool {
    lifecycle.is_warm() || lifecycle == Lifecycle::WarmedPending
}

impl Observer for Sampler {
    fn begin(&mut self, cluster: &Cluster) {
        self.cost_rates = vec![Integral::from(SimTime::ZERO); cluster.pools.len()];
        self.closed_series = vec![0; cluster.pools.len()];
        for pool in 0..cluster.pools.len() {
            if cluster.pools[pool].kind.has_instances() {
                self.read_instances(SimTime::ZERO, cluster, PoolId(pool as u16));
            }
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        if let Change::InstanceLifecycleChanged { instance, from, to: Lifecycle::Terminating } = change
            && *from != Lifecycle::Pending
        {
            let instance = &cluster.instances[*instance];
            self.closed_series[instance.pool.index()] += cost_so_far(instance, at);
        }
        match change {
            Change::InstanceStatusChanged { instance, .. }
            | Change::InstanceLifecycleChanged { instance, .. } => {
                self.read_instances(at, cluster, cluster.instances[*instance].pool);
            }
            Change::TaskCreated(new) => {
                self.change_fargate_rate(at, cluster, new.task, new.first_status == TaskStatus::Running);
            }
            // CST-2: the bill begins with the pull, which a task may skip.
            Change::TaskStatusChanged { task, to: TaskStatus::Activating | TaskStatus::Running, .. } => {
                self.change_fargate_rate(at, cluster, *task, true);
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                self.change_fargate_rate(at, cluster, *task, false);
            }
            _ => {}
        }
    }

    fn time_moves(&mut self, _: SimTime, to: SimTime, cluster: &Cluster) {
        while self.next < to {
            self.sample(cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        while self.next <= at {
            self.sample(cluster);
        }
    }
}
