//! What befell the cluster, for marks in time lines: outages, losses, deployments, requests.

use super::Observer;
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::TerminationCause;
use crate::model::capacity_provider::CapacityProvider;
use crate::model::reason::FailureKind;
use crate::model::{CapacityProviderId, Change, Cluster, PoolId, ServiceId, ZoneId};

/// Something that was so for a while, or happened at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Begin.
    pub from: SimTime,
    /// End; the same as the begin for what happens at once.
    pub to: SimTime,
    /// What it was.
    pub what: Mishap,
    /// Whom it befell.
    pub of: Whom,
}

/// What can befall a cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Mishap {
    /// A zone was down.
    ZoneOutage(String),
    /// An instance was lost on its own, not with its zone.
    InstanceLoss,
    /// A task was lost.
    TaskLoss(FailureKind),
    /// A deployment to this task definition began.
    Deployment(String),
    /// The desired count was set: before, now.
    DesiredCount(u32, u32),
    /// The desired capacity of an Auto Scaling group changed: before, now.
    DesiredCapacity(u32, u32),
    /// The alarm of managed scaling that calls for more instances was in ALARM (CAS-8).
    ScaleOutAlarm,
    /// The one that calls for fewer was (CAS-10).
    ScaleInAlarm,
}

/// Whom something befell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everything in it.
    Cluster,
    /// A service, or a task of it.
    Service(ServiceId),
    /// A pool, or an instance or standalone task of it.
    Pool(PoolId),
}

/// Collects marks.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    open: Vec<(ZoneId, usize)>,
    /// By capacity provider: since when its alarms are in ALARM, for scale-out and scale-in; the latter can lie ahead.
    alarms: Vec<[Option<SimTime>; 2]>,
    pools: Vec<PoolId>,
}

/// A plot of so many is full; later ones are left out.
const MOST_MARKS: usize = 50_000;

impl Marks {
    /// The marks in order of their begin; an outage that goes on ends at `end`.
    #[must_use]
    pub fn into_marks(mut self, end: SimTime) -> Vec<Mark> {
        self.open.iter().for_each(|(_, index)| self.marks[*index].to = end);
        for provider in 0..self.alarms.len() {
            self.alarms_become(provider, [None, None], end);
        }
        self.marks.sort_by_key(|mark| mark.from);
        self.marks
    }

    /// Where the mark is, if there was room for it.
    fn put(&mut self, at: SimTime, what: Mishap, of: Whom) -> Option<usize> {
        if self.marks.len() >= MOST_MARKS {
            return None;
        }
        self.marks.push(Mark { from: at, to: at, what, of });
        Some(self.marks.len() - 1)
    }

    /// From `at` on the alarms of a provider are in ALARM since `now`, or are not: what ends is marked.
    fn alarms_become(&mut self, provider: usize, now: [Option<SimTime>; 2], at: SimTime) {
        let before = std::mem::replace(&mut self.alarms[provider], now);
        let of = Whom::Pool(self.pools[provider]);
        for ((before, now), what) in
            before.into_iter().zip(now).zip([Mishap::ScaleOutAlarm, Mishap::ScaleInAlarm])
        {
            if let (Some(from), None) = (before, now)
                && from <= at
                && let Some(index) = self.put(from, what, of)
            {
                self.marks[index].to = at;
            }
        }
    }

    fn read_alarms(
        &mut self,
        at: SimTime,
        provider: CapacityProviderId,
        found: &CapacityProvider,
        pool: PoolId,
    ) {
        if self.alarms.len() <= provider.index() {
            self.alarms.resize(provider.index() + 1, [None; 2]);
            self.pools.resize(provider.index() + 1, pool);
        }
        self.pools[provider.index()] = pool;
        let high_since = self.alarms[provider.index()][0].unwrap_or(at);
        let (measured, after) = (found.measured, found.policy.alarm_after());
        let now = [measured.high.then_some(high_since), measured.low_since.map(|since| since + after)];
        self.alarms_become(provider.index(), now, at);
    }
}

/// Whether a group let an instance go by its own rules: no loss.
fn is_planned(cause: TerminationCause) -> bool {
    match cause {
        TerminationCause::ScaleIn
        | TerminationCause::ZoneRebalancing
        | TerminationCause::LaunchAbandoned
        | TerminationCause::MaxLifetime
        | TerminationCause::InstanceRefresh
        | TerminationCause::Rebalance => true,
        TerminationCause::Unhealthy | TerminationCause::Terminated | TerminationCause::SpotInterruption => {
            false
        }
    }
}

impl Observer for Marks {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::ZoneOutageBegan { zone } => {
                let what = Mishap::ZoneOutage(cluster.zones[zone.index()].name.clone());
                if let Some(index) = self.put(at, what, Whom::Cluster) {
                    self.open.push((*zone, index));
                }
            }
            Change::ZoneOutageEnded { zone } => {
                if let Some(found) = self.open.iter().position(|(open, _)| open == zone) {
                    let (_, index) = self.open.swap_remove(found);
                    self.marks[index].to = at;
                }
            }
            Change::InstanceStatusChanged { instance, from, to } if from.is_there() && to.is_lost() => {
                let found = &cluster.instances[*instance];
                let is_planned = found.termination.is_some_and(is_planned);
                if cluster.zones[found.zone.index()].outages == 0 && !is_planned {
                    self.put(at, Mishap::InstanceLoss, Whom::Pool(found.pool));
                }
            }
            Change::TaskStopOrdered { task, cause } => {
                let found = &cluster.tasks[*task];
                let of = found.service().map(Whom::Service).or(cluster.pool_of(found).map(Whom::Pool));
                if let Some(kind) = cause.failure_kind() {
                    self.put(at, Mishap::TaskLoss(kind), of.unwrap_or(Whom::Cluster));
                }
            }
            Change::DeploymentStarted { service, deployment } if deployment.number.0 > 1 => {
                let to = cluster.task_definition(deployment.task_definition).name();
                self.put(at, Mishap::Deployment(to), Whom::Service(*service));
            }
            Change::ServiceUpdated { service, settings } => {
                let (before, now) = (settings.0.desired_count, settings.1.desired_count);
                if before != now {
                    self.put(at, Mishap::DesiredCount(before, now), Whom::Service(*service));
                }
            }
            Change::DesiredCapacityChanged { group, from, to, .. } => {
                let pool = cluster.auto_scaling_group(*group).pool;
                self.put(at, Mishap::DesiredCapacity(*from, *to), Whom::Pool(pool));
            }
            Change::ReservationMeasured { provider, .. } => {
                let group = cluster.capacity_provider(*provider).group;
                let pool = cluster.auto_scaling_group(group).pool;
                self.read_alarms(at, *provider, cluster.capacity_provider(*provider), pool);
            }
            _ => {}
        }
    }
}
