//! The last things that happened before a failure.

use std::collections::VecDeque;

use ecsim::kernel::time::SimTime;
use ecsim::model::{Change, Cluster};
use ecsim::observe::Observer;

const KEPT: usize = 40;

/// Keeps the last changes as text, up to the first failure.
#[derive(Default)]
pub struct Trace(pub VecDeque<String>);

impl Observer for Trace {
    fn observe(&mut self, at: SimTime, change: &Change, _: &Cluster) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(format!("{at} {change:?}"));
    }
}
