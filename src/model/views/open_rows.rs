//! How many instances take tasks where, and how many tasks of a group each of them has: the lower limits by which placement
//! knows the best without looking at all.

use super::increment;
use crate::model::{PoolId, ZoneId};

/// How many instances take tasks now (INS-4), by zone, and by pool and zone. Lists are shorter where the rest is 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpenRows {
    /// By zone.
    pub by_zone: Vec<u32>,
    /// By pool, then by zone.
    pub by_pool: Vec<Vec<u32>>,
}

impl OpenRows {
    /// Those in a zone, or those of a pool in the zone.
    #[must_use]
    pub fn in_zone(&self, pool: Option<PoolId>, zone: ZoneId) -> u32 {
        let by_zone = match pool {
            None => Some(&self.by_zone),
            Some(pool) => self.by_pool.get(pool.index()),
        };
        by_zone.and_then(|counts| counts.get(zone.index())).copied().unwrap_or(0)
    }

    pub(in crate::model) fn open(&mut self, pool: PoolId, zone: ZoneId) {
        if self.by_pool.len() <= pool.index() {
            self.by_pool.resize(pool.index() + 1, Vec::new());
        }
        increment(&mut self.by_pool[pool.index()], zone.index());
        increment(&mut self.by_zone, zone.index());
    }

    pub(in crate::model) fn close(&mut self, pool: PoolId, zone: ZoneId) {
        self.by_pool[pool.index()][zone.index()] -= 1;
        self.by_zone[zone.index()] -= 1;
    }
}

/// For a group and a zone: on how many of the instances that take tasks the group has exactly one task, two, and so on.
/// Those that have none are the rest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Levels {
    /// At index `n` the instances with `n + 1` tasks of the group; ends with zeros.
    pub instances_with: Vec<u32>,
    /// The sum of these.
    pub occupied: u32,
}

impl Levels {
    /// The least number of tasks of the group on one of `open_rows` instances that take tasks; there is at least one.
    #[must_use]
    pub fn least(&self, open_rows: u32) -> u32 {
        if open_rows > self.occupied {
            return 0;
        }
        let least = self.instances_with.iter().position(|instances| *instances > 0);
        least.map_or(0, |index| index as u32 + 1)
    }

    /// An instance with `level` tasks of the group is there.
    pub(super) fn add(&mut self, level: u32) {
        if let Some(index) = level.checked_sub(1) {
            increment(&mut self.instances_with, index as usize);
            self.occupied += 1;
        }
    }

    /// An instance with `level` tasks of the group is there no more.
    pub(super) fn remove(&mut self, level: u32) {
        if let Some(index) = level.checked_sub(1) {
            self.instances_with[index as usize] -= 1;
            self.occupied -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_level_is_zero_while_an_instance_has_no_task_of_the_group() {
        let mut levels = Levels::default();
        levels.add(2);
        levels.add(3);
        assert_eq!((levels.least(3), levels.least(2)), (0, 2)); // 3 instances, 2 of them occupied: one is free
        levels.remove(2);
        levels.add(0);
        assert_eq!((levels.least(2), levels.least(1)), (0, 3));
    }

    #[test]
    fn rows_of_a_pool_are_counted_beside_those_of_all() {
        let mut rows = OpenRows::default();
        rows.open(PoolId(1), ZoneId(2));
        rows.open(PoolId(0), ZoneId(2));
        rows.close(PoolId(0), ZoneId(2));
        assert_eq!((rows.in_zone(None, ZoneId(2)), rows.in_zone(None, ZoneId(0))), (1, 0));
        let of = |pool| rows.in_zone(Some(PoolId(pool)), ZoneId(2));
        assert_eq!((of(0), of(1), of(7)), (0, 1, 0));
    }
}
