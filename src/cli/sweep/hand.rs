//! A thread at work on a sweep. What all threads share is asked for seldom: small trials take less time than a lock that
//! another thread holds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::setups::AtPoint;
use crate::cli::progress::Progress;
use crate::cli::run::one_trial;
use crate::cli::{Failure, interruption};
use crate::experiment::{TrialKey, TrialOptions};
use crate::output::journal::{Journal, Record, line_of};
use crate::scenario::plan::Plan;

/// A thread keeps finished trials to itself for at most so long.
const KEPT_FOR: Duration = Duration::from_millis(100);

/// What all threads share.
pub(super) type Shared<'j> = Mutex<(&'j mut Journal, Progress)>;

/// A thread.
pub(super) struct Hand<'a, 'j> {
    plan: &'a Plan,
    shared: &'a Shared<'j>,
    options: TrialOptions,
    at: AtPoint,
    /// The number of the point's metrics in the journal, with the point.
    names: Option<(usize, usize)>,
    /// The parameters that the last trial read, and how many the journal knew then.
    read: (Vec<&'static str>, usize),
    lines: Vec<(u64, String, bool)>,
    since: Instant,
}

impl<'a, 'j> Hand<'a, 'j> {
    pub(super) fn new(plan: &'a Plan, shared: &'a Shared<'j>, options: TrialOptions) -> Hand<'a, 'j> {
        let (at, read, lines) = (AtPoint::default(), (Vec::new(), 0), Vec::new());
        Hand { plan, shared, options, at, names: None, read, lines, since: Instant::now() }
    }

    fn lock(&self) -> MutexGuard<'a, (&'j mut Journal, Progress)> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Simulates these trials; when it returns, they are in the journal.
    ///
    /// # Errors
    /// A scenario that lets time stand still, a full disk. A bug of one trial is recorded: the others are worth having.
    pub(super) fn work(&mut self, jobs: &[u64]) -> Result<(), Failure> {
        self.since = Instant::now();
        for &job in jobs {
            let record = self.simulate(job)?;
            let line = line_of(job, &record, self.read.1);
            self.lines.push((job, line, matches!(record, Record::Failed(_))));
            if self.since.elapsed() >= KEPT_FOR {
                self.hand_over()?;
            }
        }
        self.hand_over()
    }

    fn simulate(&mut self, job: u64) -> Result<Record, Failure> {
        let replications = u64::from(self.plan.replications);
        let key = TrialKey { point: (job / replications) as usize, replication: job % replications };
        let point = self.at.get(self.plan, key.point)?;
        let options = TrialOptions { fail: interruption::fails_in_test(job), ..self.options };
        let trial = match one_trial(&point.setup, key, options, None, None) {
            Ok((trial, _)) => trial,
            Err(Failure::Internal(message)) => return Ok(Record::Failed(message)),
            Err(failure) => return Err(failure),
        };
        if self.read.0 != trial.parameters_read {
            let mut shared = self.lock();
            shared.0.add_parameters_read(&trial.parameters_read)?;
            self.read = (trial.parameters_read, shared.0.read_so_far());
        }
        let names = match self.names.filter(|(of, _)| *of == key.point) {
            Some((_, number)) => number,
            None => {
                let number = self.lock().0.number_of(&point.names)?;
                self.names = Some((key.point, number));
                number
            }
        };
        Ok(Record::Done { digest: trial.digest, values: trial.values, names })
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let mut shared = self.lock();
        shared.0.add_lines(&self.lines)?;
        for _ in 0..self.lines.len() {
            shared.1.advance();
        }
        drop(shared);
        self.lines.clear();
        self.since = Instant::now();
        Ok(())
    }
}
