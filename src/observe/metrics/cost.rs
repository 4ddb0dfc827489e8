//! What it costs (CST): instances by the time they run, Fargate by the task, shares of instances by reservation.
//! ECS itself costs nothing (CST-1).
//!
//! Money is kept in nano-dollars an hour × milliseconds and divided once, at the end.

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::auto_scaling_group::Lifecycle;
use crate::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use crate::model::prices::{share_of_instance, share_of_price};
use crate::model::task::{Host, Origin, Task, TaskStatus};
use crate::model::task_definition::OperatingSystem;
use crate::model::{Change, Cluster, InstanceId, PoolId, TaskId};

/// Nano-dollars an hour × milliseconds: one dollar is 3.6e15 of them.
const PER_USD: f64 = 3.6e15;

/// The metered window: bills are cut to it.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The end of the warm-up.
    pub from: SimTime,
    /// The end of the simulation, as far as it is known.
    pub to: SimTime,
}

/// CST-2, CST-8: the shortest bill, of an instance and of a Fargate task on Linux.
const SHORTEST_BILL: SimDuration = SimDuration::from_secs(60);
/// CST-2: the shortest bill of a Fargate task on Windows.
const SHORTEST_BILL_ON_WINDOWS: SimDuration = SimDuration::from_secs(300);

/// The bill of an instance of `rate` nano-dollars an hour from `start` to `end` (`None`: it goes on at the window's
/// end): by the second, rounded up, at least 60 s (CST-8), cut to the window.
#[must_use]
pub fn billed(rate: u64, start: SimTime, end: Option<SimTime>, window: Window) -> u128 {
    billed_at_least(SHORTEST_BILL, rate, start, end, window)
}

fn billed_at_least(
    shortest: SimDuration,
    rate: u64,
    start: SimTime,
    end: Option<SimTime>,
    window: Window,
) -> u128 {
    let (from, to) = billed_span(shortest, start, end, window);
    u128::from(rate) * u128::from(to.since(from).0)
}

/// The time that a bill is for, within the window.
fn billed_span(
    shortest: SimDuration,
    start: SimTime,
    end: Option<SimTime>,
    window: Window,
) -> (SimTime, SimTime) {
    let until = match end {
        None => window.to,
        Some(end) => start + SimDuration((end - start).0.div_ceil(1000).saturating_mul(1000).max(shortest.0)),
    };
    (start.max(window.from), until.min(window.to))
}

/// The bill of an instance until `end` (`None`: it goes on at the window's end): at its price, or at the prices that its
/// Spot pool has from time to time (CST-8, CST-10).
#[must_use]
pub fn instance_bill(instance: &ContainerInstance, end: Option<SimTime>, window: Window) -> u128 {
    let start = instance.bill_started_at();
    match &instance.spot.price_series {
        None => billed(instance.price_nano_usd_per_hour, start, end, window),
        Some(series) => {
            let (from, to) = billed_span(SHORTEST_BILL, start, end, window);
            sum(series.parts_between(from, to))
        }
    }
}

fn sum(parts: impl Iterator<Item = (u64, SimDuration)>) -> u128 {
    parts.map(|(price, length)| u128::from(price) * u128::from(length.0)).sum()
}

/// What an instance has cost by the millisecond from the start of its bill to `now`, where its price changes with time.
#[must_use]
pub fn cost_so_far(instance: &ContainerInstance, now: SimTime) -> u128 {
    let series = instance.spot.price_series.as_ref();
    series.map_or(0, |series| sum(series.parts_between(instance.bill_started_at(), now)))
}

/// The dollars of a sum of bills.
#[must_use]
pub fn usd(bill: u128) -> f64 {
    bill as f64 / PER_USD
}

/// The hourly price of a task in nano-dollars: its Fargate size, or its share of its instance.
#[must_use]
pub fn task_rate(cluster: &Cluster, task: &Task) -> u64 {
    match task.host {
        Host::Instance(instance) => {
            share_of_instance(&cluster.instances[instance], task.reserved, &cluster.parameters)
        }
        Host::Unplaced(_) => 0,
        Host::Fargate(_) => {
            let kind =
                cluster.pool_of(task).map_or(PoolKind::Fargate, |pool| cluster.pools[pool.index()].kind);
            let definition = cluster.task_definition(task.task_definition);
            cluster.prices.fargate_rate(definition, task.reserved, kind, &cluster.parameters)
        }
    }
}

/// When the bill of a task begins: with the reservation on an instance; with the pull on Fargate, so that a task which
/// ends before its pull costs nothing (CST-2). Where the way to RUNNING is told in one piece, the pull is not told
/// apart and the bill begins with the task.
fn bill_starts(task: &Task) -> Option<SimTime> {
    match task.host {
        Host::Instance(_) => Some(task.placed_at.unwrap_or(task.created_at)),
        Host::Unplaced(_) => None,
        Host::Fargate(_) => task.pull_started_at.or(task.started_at.map(|_| task.created_at)),
    }
}

/// What a task pays until `end` (`None`: it goes on at the window's end): its Fargate bill (CST-2), or its share of its
/// instance for as long as it reserves it.
#[must_use]
pub fn task_bill(cluster: &Cluster, task: &Task, end: Option<SimTime>, window: Window) -> u128 {
    let Some(start) = bill_starts(task) else { return 0 };
    if let Host::Instance(id) = task.host
        && let instance = &cluster.instances[id]
        && let Some(series) = &instance.spot.price_series
    {
        let to = end.unwrap_or(window.to).min(window.to);
        let share = |price| share_of_price(price, instance, task.reserved, &cluster.parameters);
        let parts = series.parts_between(start.max(window.from), to);
        return sum(parts.map(|(price, length)| (share(price), length)));
    }
    let rate = task_rate(cluster, task);
    match (task.host, end) {
        (Host::Instance(_), Some(end)) => {
            u128::from(rate) * u128::from(end.min(window.to).since(start.max(window.from)).0)
        }
        (Host::Instance(_), None) => billed(rate, start, None, window),
        (Host::Unplaced(_), _) => 0,
        (Host::Fargate(_), _) => {
            let shortest = match cluster.task_definition(task.task_definition).operating_system {
                OperatingSystem::Linux => SHORTEST_BILL,
                OperatingSystem::Windows => SHORTEST_BILL_ON_WINDOWS,
            };
            billed_at_least(shortest, rate, start, end, window)
        }
    }
}

/// Whether the bill of an instance that is simply there ends: with its registration. That of an Auto Scaling group's ends
/// when EC2 shuts it down (CST-8).
pub(in crate::observe) fn ends_fixed_bill(
    cluster: &Cluster,
    instance: InstanceId,
    from: InstanceStatus,
    to: InstanceStatus,
) -> bool {
    let is_fixed = cluster.instances[instance].lifecycle == Lifecycle::Fixed;
    is_fixed && from.is_there() && !to.is_there()
}

/// Sums of bills by pool, with what tasks pay of them by owner.
#[derive(Clone, Debug)]
pub struct CostMeter {
    window: Window,
    /// By pool: what its instances or tasks cost.
    pub by_pool: Vec<u128>,
    /// By pool: what tasks pay of it.
    pub paid_by_pool: Vec<u128>,
    /// What tasks paid, by pool: of each service, and of each caller of RunTask.
    pub paid_by_owner: [Vec<Vec<u128>>; 2],
    /// By slot of the task: whether its share was paid when its instance was lost.
    paid: Vec<bool>,
}

impl CostMeter {
    /// Nothing billed yet.
    #[must_use]
    pub fn new(pools: usize, window: Window) -> CostMeter {
        let paid_by_owner = [Vec::new(), Vec::new()];
        CostMeter {
            window,
            by_pool: vec![0; pools],
            paid_by_pool: vec![0; pools],
            paid_by_owner,
            paid: Vec::new(),
        }
    }

    /// Sees a change; `pay` gets every task whose bill is closed, with its sum.
    pub fn observe(
        &mut self,
        now: SimTime,
        change: &Change,
        cluster: &Cluster,
        mut pay: impl FnMut(&Task, u128),
    ) {
        match change {
            Change::TaskCreated(new) => {
                if self.paid.len() <= new.task.slot() {
                    self.paid.resize(new.task.slot() + 1, false);
                }
                self.paid[new.task.slot()] = false;
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                self.close_task(now, *task, cluster, &mut pay);
            }
            Change::InstanceStatusChanged { instance, from, to }
                if ends_fixed_bill(cluster, *instance, *from, *to) =>
            {
                self.close_instance(now, *instance, cluster, &mut pay);
            }
            Change::InstanceLifecycleChanged { instance, to: Lifecycle::Terminating, .. }
                if cluster.instances[*instance].billed_since.is_some() =>
            {
                self.close_instance(now, *instance, cluster, &mut pay);
            }
            _ => {}
        }
    }

    fn close_instance(
        &mut self,
        now: SimTime,
        id: InstanceId,
        cluster: &Cluster,
        pay: &mut impl FnMut(&Task, u128),
    ) {
        let instance = &cluster.instances[id];
        let bill = instance_bill(instance, Some(now), self.window);
        self.by_pool[instance.pool.index()] += bill;
        instance.tasks.iter().for_each(|task| self.close_task(now, *task, cluster, pay));
    }

    fn close_task(&mut self, now: SimTime, id: TaskId, cluster: &Cluster, pay: &mut impl FnMut(&Task, u128)) {
        let task = &cluster.tasks[id];
        if !std::mem::replace(&mut self.paid[id.slot()], true) {
            self.charge(task, Some(now), cluster, pay);
        }
    }

    fn charge(
        &mut self,
        task: &Task,
        end: Option<SimTime>,
        cluster: &Cluster,
        pay: &mut impl FnMut(&Task, u128),
    ) {
        let Some(PoolId(pool)) = cluster.pool_of(task) else { return };
        let bill = task_bill(cluster, task, end, self.window);
        if let Host::Fargate(_) = task.host {
            self.by_pool[usize::from(pool)] += bill;
        }
        self.paid_by_pool[usize::from(pool)] += bill;
        let (list, owner) = match task.origin {
            Origin::Service { service, .. } => (0, service.index()),
            Origin::Caller { caller } => (1, caller.index()),
        };
        let owners = &mut self.paid_by_owner[list];
        if owners.len() <= owner {
            owners.resize(owner + 1, vec![0; self.by_pool.len()]);
        }
        owners[owner][usize::from(pool)] += bill;
        pay(task, bill);
    }

    /// Closes what still runs at the end of the simulation.
    pub fn end(&mut self, end: SimTime, cluster: &Cluster, mut pay: impl FnMut(&Task, u128)) {
        self.window.to = end;
        for (_, instance) in cluster.instances.iter() {
            if instance.is_billed() {
                self.by_pool[instance.pool.index()] += instance_bill(instance, None, self.window);
            }
        }
        for (id, task) in cluster.tasks.iter() {
            if task.last_status != TaskStatus::Stopped && !self.paid[id.slot()] {
                self.charge(task, None, cluster, &mut pay);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Window = Window { from: SimTime::ZERO, to: SimTime(3_600_000_000) };

    #[test]
    fn a_short_bill_is_for_a_minute() {
        // CST-E1: 45 s at 0.024685 USD an hour are billed as 60 s: 0.000411417 USD
        let bill = billed(24_685_000, SimTime(0), Some(SimTime(45_000)), ALL);
        assert!((usd(bill) - 0.000_411_416_667).abs() < 1e-12);
    }

    /// CST-E1, CST-13: the sums of the rule book, to the nano-dollar.
    #[test]
    fn the_bills_of_the_rule_book_are_exact_to_the_nano_dollar() {
        let whole_nano_usd = |bill: u128| (bill + 1_800_000) / 3_600_000;
        // 45 s are billed as 60 s: 24,685,000 / 60 = 411,416.67 nano-dollars, shown as 0.000411417 USD
        let short = billed(24_685_000, SimTime(5_000), Some(SimTime(50_000)), ALL);
        assert_eq!((short, whole_nano_usd(short)), (24_685_000 * 60_000, 411_417));
        // ten hours at 2 × 0.03238 + 8 × 0.00356 = 0.09324 USD: 0.9324 USD
        let long = billed(
            93_240_000,
            SimTime(0),
            Some(SimTime(36_000_000)),
            Window { from: SimTime(0), to: SimTime(36_000_000) },
        );
        assert_eq!(whole_nano_usd(long), 932_400_000);
    }

    #[test]
    fn a_long_bill_is_rounded_up_to_the_second() {
        // 61.001 s → 62 s at 3600 nano-dollars an hour = 62 nano-dollars
        assert_eq!(billed(3600, SimTime(0), Some(SimTime(61_001)), ALL), 3600 * 62_000);
    }

    #[test]
    fn a_bill_is_cut_to_the_window() {
        let window = Window { from: SimTime(100_000), to: SimTime(200_000) };
        assert_eq!(billed(10, SimTime(0), Some(SimTime(150_000)), window), 10 * 50_000);
        assert_eq!(billed(10, SimTime(150_000), None, window), 10 * 50_000);
    }
}
