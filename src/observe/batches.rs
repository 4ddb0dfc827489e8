//! Batch means: the metrics of one long run, taken anew for each of its stretches.
//!
//! Where a run is long and its state comes back to itself again and again, the means of long enough stretches ("batches")
//! are nearly independent, and Student's interval holds over them as over replications (Law, chapter 9). Every stretch has
//! meters of its own that see the whole past, so that a stretch counts exactly what began in it.

use super::Observer;
use super::metrics::{MetricOptions, Metrics};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::{Change, Cluster};

/// Meters for stretches of equal length between the end of the warm-up and the end of the run.
pub struct Batches {
    meters: Vec<(SimTime, Metrics)>,
    /// How many stretches are over.
    over: usize,
}

impl Batches {
    /// So many stretches; the last one is longer by what does not divide evenly.
    #[must_use]
    pub fn new(cluster: &Cluster, options: &MetricOptions, count: u64) -> Batches {
        let (from, to) = (options.warm_up_ends, options.ends);
        let length = SimDuration((to - from).0 / count.max(1));
        let meter = |index: u64| {
            let starts = from + SimDuration(length.0 * index);
            let ends = if index + 1 == count { to } else { starts + length };
            let options = MetricOptions { warm_up_ends: starts, ends, ..options.clone() };
            (ends, Metrics::new(cluster, options))
        };
        Batches { meters: (0..count).map(meter).collect(), over: 0 }
    }

    /// The values of each stretch.
    #[must_use]
    pub fn values(&mut self, cluster: &Cluster) -> Vec<Vec<Option<f64>>> {
        self.meters.iter_mut().map(|(_, metrics)| metrics.values(cluster)).collect()
    }

    fn end_before(&mut self, to: SimTime, cluster: &Cluster) {
        while let Some((ends, metrics)) = self.meters.get_mut(self.over).filter(|(ends, _)| *ends < to) {
            metrics.end(*ends, cluster);
            self.over += 1;
        }
    }
}

impl Observer for Batches {
    fn begin(&mut self, cluster: &Cluster) {
        for (_, metrics) in &mut self.meters {
            metrics.begin(cluster);
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        for (_, metrics) in &mut self.meters[self.over..] {
            metrics.observe(at, change, cluster);
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        self.end_before(to, cluster);
        for (_, metrics) in &mut self.meters[self.over..] {
            metrics.time_moves(from, to, cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.end_before(at, cluster);
        for (_, metrics) in &mut self.meters[self.over..] {
            metrics.end(at, cluster);
        }
    }
}
