//! The setups of the points that are being simulated, and how trials are dealt out to threads.

use std::ops::Range;
use std::rc::Rc;

use crate::cli::{Failure, validate};
use crate::engine::Setup;
use crate::observe::metrics::{MetricName, metric_names};
use crate::scenario::plan::Plan;

/// Most trials that a thread takes at once.
const MOST_AT_ONCE: usize = 32;

/// A point ready to be simulated.
pub(super) struct Prepared {
    point: usize,
    pub setup: Setup,
    pub names: Vec<MetricName>,
}

/// The point that a thread is at. Threads share no setup: what simulations count references of would go back and forth
/// between their cores.
#[derive(Default)]
pub(super) struct AtPoint(Option<Rc<Prepared>>);

impl AtPoint {
    /// The setup of a point, built once while the thread stays at it.
    pub(super) fn get(&mut self, plan: &Plan, point: usize) -> Result<Rc<Prepared>, Failure> {
        if let Some(here) = self.0.as_ref().filter(|here| here.point == point) {
            return Ok(Rc::clone(here));
        }
        let setup = setup_of(plan, point)?;
        let names = metric_names(&setup.cluster);
        Ok(Rc::clone(self.0.insert(Rc::new(Prepared { point, setup, names }))))
    }
}

/// Parts of a list of trials that one thread does in one go: of one point each, and small against the whole, so that all
/// threads end together.
pub(super) fn portions(jobs: &[u64], replications: u64, threads: usize) -> Vec<Range<usize>> {
    let most = (jobs.len() / (threads.max(1) * 64)).clamp(1, MOST_AT_ONCE);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, job) in jobs.iter().enumerate() {
        match found.last_mut() {
            Some(last) if last.len() < most && jobs[last.start] / replications == job / replications => {
                last.end += 1
            }
            _ => found.push(at..at + 1),
        }
    }
    found
}

/// The simulation of a point, mistakes told in full.
pub(in crate::cli) fn setup_of(plan: &Plan, point: usize) -> Result<Setup, Failure> {
    plan.setup(point).map_err(|rejected| validate::failure_of(&rejected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_of_one_point_each_and_leave_nothing_out() {
        let jobs: Vec<u64> = (0..10_000).filter(|job| job % 7 != 3).collect();
        let found = portions(&jobs, 100, 2);
        assert_eq!(found.iter().map(Range::len).sum::<usize>(), jobs.len());
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(
            found.iter().all(|part| jobs[part.start] / 100 == jobs[part.end - 1] / 100 && part.len() <= 32)
        );
        // 8,571 trials on 2 threads: at most 8,571 / 128 = 66, so 32
        assert!(found.iter().any(|part| part.len() == 32));
    }

    #[test]
    fn few_trials_are_dealt_out_one_by_one() {
        assert_eq!(portions(&[0, 1, 2, 3], 4, 2), [0..1, 1..2, 2..3, 3..4]);
    }
}
