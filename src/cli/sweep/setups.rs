//! The setups of the points that are being simulated.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cli::{Failure, validate};
use crate::engine::Setup;
use crate::observe::metrics::{MetricName, metric_names};
use crate::scenario::plan::Plan;

/// So many points are kept. Work goes through them in order, so that a few are enough.
const KEPT: usize = 64;

type Slot = Arc<OnceLock<Result<Arc<Prepared>, Failure>>>;

/// A point ready to be simulated.
pub(super) struct Prepared {
    pub setup: Setup,
    pub names: Vec<MetricName>,
    /// The number of `names` in the journal, once that is known.
    pub names_number: OnceLock<usize>,
}

/// Builds each point's setup once while its replications are simulated, and forgets it afterwards.
pub(super) struct Setups<'p> {
    plan: &'p Plan,
    kept: Mutex<BTreeMap<usize, Slot>>,
}

impl Setups<'_> {
    pub(super) fn of(plan: &Plan) -> Setups<'_> {
        Setups { plan, kept: Mutex::default() }
    }

    /// The setup of a point; who comes while it is built waits for it.
    pub(super) fn get(&self, point: usize) -> Result<Arc<Prepared>, Failure> {
        let slot = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() > KEPT {
                kept.pop_first();
            }
            Arc::clone(kept.entry(point).or_default())
        };
        let prepared = |setup: Setup| {
            let names = metric_names(&setup.cluster);
            Arc::new(Prepared { setup, names, names_number: OnceLock::new() })
        };
        slot.get_or_init(|| setup_of(self.plan, point).map(prepared)).clone()
    }
}

/// The simulation of a point, mistakes told in full.
pub(in crate::cli) fn setup_of(plan: &Plan, point: usize) -> Result<Setup, Failure> {
    plan.setup(point).map_err(|rejected| validate::failure_of(&rejected))
}
