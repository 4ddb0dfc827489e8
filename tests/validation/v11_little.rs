//! V11: Little's law as an identity of the sample path, exactly, state by state.

use std::collections::BTreeMap;

use ecsim::engine::Simulation;
use ecsim::kernel::time::SimTime;
use ecsim::model::task::TaskStatus;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;
use ecsim::scenario::plan::{Plan, Source};

/// Integrates the number of tasks in each status, and adds up each task's time in it, independently.
#[derive(Default)]
struct Little {
    counts: BTreeMap<TaskStatus, u64>,
    since: SimTime,
    integrals: BTreeMap<TaskStatus, u128>,
    entered: BTreeMap<String, (TaskStatus, SimTime)>,
    /// Every stay: status and length in milliseconds.
    stays: Vec<(TaskStatus, u64)>,
}

impl Little {
    fn enters(&mut self, task: String, status: TaskStatus, at: SimTime) {
        if let Some((from, entered)) = self.entered.insert(task, (status, at)) {
            *self.counts.entry(from).or_default() -= 1;
            self.stays.push((from, at.0 - entered.0));
        }
        *self.counts.entry(status).or_default() += 1;
    }

    fn sums(&self) -> BTreeMap<TaskStatus, u128> {
        let mut sums = BTreeMap::new();
        for (status, length) in &self.stays {
            *sums.entry(*status).or_default() += u128::from(*length);
        }
        sums
    }
}

impl Observer for Little {
    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        match change {
            Change::TaskCreated(new) => self.enters(cluster.task_name(new.task), new.first_status, at),
            Change::TaskStatusChanged { task, to, .. } => self.enters(cluster.task_name(*task), *to, at),
            _ => {}
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, _: &Cluster) {
        assert_eq!(from, self.since, "no time is skipped");
        for (status, count) in &self.counts {
            *self.integrals.entry(*status).or_default() += u128::from(*count) * u128::from(to.0 - from.0);
        }
        self.since = to;
    }

    fn end(&mut self, at: SimTime, _: &Cluster) {
        for (status, entered) in std::mem::take(&mut self.entered).into_values() {
            self.stays.push((status, at.0 - entered.0));
        }
    }
}

fn quickstart(replication: u64) -> Little {
    let setup = Plan::load(&Source::BuiltIn, &[], None).unwrap().base_setup().unwrap();
    Simulation::new(&setup, replication, Little::default(), ()).run().unwrap().observer
}

#[test]
fn v11_area_under_each_state_is_the_sum_of_the_stays_in_it() {
    for replication in 0..5 {
        let little = quickstart(replication);
        let nonzero = |sums: BTreeMap<TaskStatus, u128>| -> Vec<_> {
            sums.into_iter().filter(|(_, sum)| *sum > 0).collect()
        };
        let (areas, sums) = (nonzero(little.integrals.clone()), nonzero(little.sums()));
        assert_eq!(areas, sums);
        assert!(areas.len() >= 5, "the quickstart passes through most states: {areas:?}");
    }
}

#[test]
fn v11_a_twin_that_drops_one_stay_is_rejected() {
    let mut little = quickstart(0);
    let dropped = little.stays.iter().position(|(_, length)| *length > 0).unwrap();
    let (status, _) = little.stays.swap_remove(dropped);
    assert_ne!(little.sums()[&status], little.integrals[&status]);
}
