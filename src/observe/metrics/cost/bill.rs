//! What a bill is (CST-2, CST-8, CST-10): the parts of it, each a price that holds for a time, and their sum.

use crate::kernel::time::{SimDuration, SimTime};
use crate::model::Cluster;
use crate::model::instance::{ContainerInstance, PoolKind};
use crate::model::prices::spot::PriceSeries;
use crate::model::prices::{share_of_instance, share_of_price};
use crate::model::task::{Host, Task};
use crate::model::task_definition::OperatingSystem;

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

/// The time that a bill is for, within the window: by the second, rounded up, at least the shortest bill (CST-2, CST-8).
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

/// A price that holds for a time: a piece of a bill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The price in nano-dollars an hour.
    pub rate: u64,
    /// From when it is to be paid.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
}

impl Part {
    /// What it comes to, in nano-dollars an hour × milliseconds.
    #[must_use]
    pub fn amount(self) -> u128 {
        u128::from(self.rate) * u128::from(self.to.since(self.from).0)
    }
}

/// A price, or the prices of a series, from one time to another.
fn priced(
    rate: u64,
    series: Option<&PriceSeries>,
    (from, to): (SimTime, SimTime),
) -> impl Iterator<Item = Part> {
    let constant = series.is_none().then_some(Part { rate, from, to });
    let changing = series.into_iter().flat_map(move |series| series.parts_between(from, to));
    let mut at = from;
    constant.into_iter().chain(changing.map(move |(rate, length)| {
        let part = Part { rate, from: at, to: at + length };
        at = part.to;
        part
    }))
}

/// The bill of an instance until `end` (`None`: it goes on at the window's end): at its price, or at the prices that its
/// Spot pool has from time to time (CST-8, CST-10).
pub fn instance_parts(
    instance: &ContainerInstance,
    end: Option<SimTime>,
    window: Window,
) -> impl Iterator<Item = Part> {
    let span = billed_span(SHORTEST_BILL, instance.bill_started_at(), end, window);
    priced(instance.price_nano_usd_per_hour, instance.spot.price_series.as_deref(), span)
}

/// The sum of an instance's bill.
#[must_use]
pub fn instance_bill(instance: &ContainerInstance, end: Option<SimTime>, window: Window) -> u128 {
    instance_parts(instance, end, window).map(Part::amount).sum()
}

/// What an instance has cost by the millisecond from the start of its bill to `now`, where its price changes with time.
#[must_use]
pub fn cost_so_far(instance: &ContainerInstance, now: SimTime) -> u128 {
    let span = (instance.bill_started_at(), now);
    let series = instance.spot.price_series.as_deref();
    series.map_or(0, |series| priced(0, Some(series), span).map(Part::amount).sum())
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
pub fn task_parts(
    cluster: &Cluster,
    task: &Task,
    end: Option<SimTime>,
    window: Window,
) -> impl Iterator<Item = Part> {
    let (instance, shortest) = match task.host {
        Host::Instance(id) => (Some(&cluster.instances[id]), SimDuration::ZERO),
        Host::Unplaced(_) => (None, SimDuration::ZERO),
        Host::Fargate(_) => match cluster.task_definition(task.task_definition).operating_system {
            OperatingSystem::Linux => (None, SHORTEST_BILL),
            OperatingSystem::Windows => (None, SHORTEST_BILL_ON_WINDOWS),
        },
    };
    let span = bill_starts(task).map(|start| match instance {
        Some(_) => (start.max(window.from), end.unwrap_or(window.to).min(window.to)),
        None => billed_span(shortest, start, end, window),
    });
    let rate = instance.map_or_else(|| task_rate(cluster, task), |one| one.price_nano_usd_per_hour);
    let series = instance.and_then(|one| one.spot.price_series.as_deref());
    let share = move |part: Part| match instance {
        Some(one) => {
            Part { rate: share_of_price(part.rate, one, task.reserved, &cluster.parameters), ..part }
        }
        None => part,
    };
    span.into_iter().flat_map(move |span| priced(rate, series, span)).map(share)
}

/// The sum of a task's bill.
#[must_use]
pub fn task_bill(cluster: &Cluster, task: &Task, end: Option<SimTime>, window: Window) -> u128 {
    task_parts(cluster, task, end, window).map(Part::amount).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Window = Window { from: SimTime::ZERO, to: SimTime(3_600_000_000) };

    fn billed(rate: u64, start: SimTime, end: Option<SimTime>, window: Window) -> u128 {
        let (from, to) = billed_span(SHORTEST_BILL, start, end, window);
        Part { rate, from, to }.amount()
    }

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
