//! The bill by the hour (CST): what each hour of each capacity cost, and who paid it.
//!
//! A bill is closed when its instance or task ends, and may be for many hours. An hour that it fills is not visited: its
//! price is noted where it begins to hold and where it ends, and only the ragged ends are summed.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::metrics::cost::bill::{Part, Window, instance_parts, task_parts};
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::Market;
use crate::model::instance::PoolKind;
use crate::model::task::{Host, Origin, Task};
use crate::model::{CallerId, Cluster, InstanceId, PoolId, ServiceId};

/// Most bills have one price.
type Parts = SmallVec<[Part; 1]>;

const HOUR_MS: u64 = 3_600_000;

/// Who pays a part of a bill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Payer {
    /// The tasks of a service.
    Service(ServiceId),
    /// The tasks of a caller of RunTask.
    Caller(CallerId),
    /// Nobody: what instances cost beyond what tasks reserve of them.
    Idle,
}

/// What one capacity cost one payer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Line {
    /// The capacity provider or fixed group.
    pub pool: PoolId,
    /// On demand or Spot.
    pub market: Market,
    /// Who pays.
    pub payer: Payer,
}

/// Amounts by the hour, in nano-dollars an hour × milliseconds.
#[derive(Clone, Debug, Default)]
struct Hours {
    /// What is due for less than the whole of an hour.
    ragged: Vec<i128>,
    /// By how much the price that holds for whole hours changes with this one.
    change: Vec<i128>,
}

impl Hours {
    fn add(&mut self, part: Part, sign: i128) {
        if part.to <= part.from || part.rate == 0 {
            return;
        }
        let rate = sign * i128::from(part.rate);
        let (first, last) = (part.from.0.div_ceil(HOUR_MS) as usize, (part.to.0 / HOUR_MS) as usize);
        let length = last.max(first) + 1;
        if self.ragged.len() < length {
            self.ragged.resize(length, 0);
            self.change.resize(length, 0);
        }
        if first > last {
            self.ragged[last] += rate * i128::from(part.to.0 - part.from.0);
            return;
        }
        if let Some(before) = first.checked_sub(1) {
            self.ragged[before] += rate * i128::from(first as u64 * HOUR_MS - part.from.0);
        }
        self.change[first] += rate;
        self.change[last] -= rate;
        self.ragged[last] += rate * i128::from(part.to.0 - last as u64 * HOUR_MS);
    }

    fn amounts(&self) -> impl Iterator<Item = (usize, i128)> + '_ {
        let mut rate = 0;
        self.ragged.iter().zip(&self.change).enumerate().map(move |(hour, (ragged, change))| {
            rate += change;
            (hour, ragged + rate * i128::from(HOUR_MS))
        })
    }
}

/// Bills by the hour, of everything that has ended.
#[derive(Clone, Debug, Default)]
pub struct HourlyBill {
    lines: BTreeMap<Line, Hours>,
}

impl HourlyBill {
    /// Adds the bill of an instance, to nobody's account until tasks pay of it, and returns its sum.
    pub fn instance(
        &mut self,
        cluster: &Cluster,
        id: InstanceId,
        end: Option<SimTime>,
        window: Window,
    ) -> u128 {
        let instance = &cluster.instances[id];
        let line = Line { pool: instance.pool, market: instance.market, payer: Payer::Idle };
        let parts: Parts = instance_parts(instance, end, window).collect();
        self.add(line, &parts, 1);
        parts.iter().map(|part| part.amount()).sum()
    }

    /// Adds the bill of a task, and returns its sum; what it pays of its instance is no longer idle.
    pub fn task(&mut self, cluster: &Cluster, task: &Task, end: Option<SimTime>, window: Window) -> u128 {
        let Some(pool) = cluster.pool_of(task) else { return 0 };
        let payer = match task.origin {
            Origin::Service { service, .. } => Payer::Service(service),
            Origin::Caller { caller } => Payer::Caller(caller),
        };
        let market = match (task.host, cluster.pools[pool.index()].kind) {
            (Host::Instance(id), _) => cluster.instances[id].market,
            (_, PoolKind::FargateSpot) => Market::Spot,
            _ => Market::OnDemand,
        };
        let parts: Parts = task_parts(cluster, task, end, window).collect();
        self.add(Line { pool, market, payer }, &parts, 1);
        if let Host::Instance(_) = task.host {
            self.add(Line { pool, market, payer: Payer::Idle }, &parts, -1);
        }
        parts.iter().map(|part| part.amount()).sum()
    }

    fn add(&mut self, line: Line, parts: &[Part], sign: i128) {
        let hours = self.lines.entry(line).or_default();
        parts.iter().for_each(|part| hours.add(*part, sign));
    }

    /// What was paid: the beginning of the hour, the line, and the amount in nano-dollars an hour × milliseconds; by hour,
    /// then by line.
    #[must_use]
    pub fn rows(&self) -> Vec<(SimTime, Line, u128)> {
        let of_line = |(line, hours): (&Line, &Hours)| {
            let at = |hour| SimTime(hour as u64 * HOUR_MS);
            let due = hours.amounts().filter(|(_, amount)| *amount > 0);
            due.map(|(hour, amount)| (at(hour), *line, amount.unsigned_abs())).collect::<Vec<_>>()
        };
        let mut rows: Vec<_> = self.lines.iter().flat_map(of_line).collect();
        rows.sort_by_key(|(at, line, _)| (*at, *line));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(parts: &[(u64, u64, u64)]) -> Vec<i128> {
        let mut hours = Hours::default();
        for (rate, from, to) in parts {
            hours.add(Part { rate: *rate, from: SimTime(*from), to: SimTime(*to) }, 1);
        }
        hours.amounts().map(|(_, amount)| amount).collect()
    }

    #[test]
    fn a_bill_over_several_hours_is_cut_at_the_full_hours() {
        // 10 an hour from 0:30 to 3:15: 0.5, 1, 1 and 0.25 hours of it
        let quarter = 10 * 900_000;
        assert_eq!(amounts(&[(10, 1_800_000, 11_700_000)]), [2 * quarter, 4 * quarter, 4 * quarter, quarter]);
    }

    #[test]
    fn a_bill_within_an_hour_stays_in_it() {
        // 7 an hour from 1:10 to 1:20: 600,000 ms of it
        assert_eq!(amounts(&[(7, 4_200_000, 4_800_000)])[..2], [0, 4_200_000]);
    }

    #[test]
    fn a_bill_of_whole_hours_has_no_ragged_ends() {
        assert_eq!(amounts(&[(3, 3_600_000, 10_800_000)]), [0, 3 * 3_600_000, 3 * 3_600_000, 0]);
    }

    #[test]
    fn bills_that_follow_each_other_add_up() {
        // 4 until 1:30, then 6 until 2:00: the second hour has half of each
        let sums = amounts(&[(4, 0, 5_400_000), (6, 5_400_000, 7_200_000)]);
        assert_eq!(sums, [4 * 3_600_000, 5 * 3_600_000, 0]);
    }
}
