//! One trial: a point and a replication, simulated and measured.

use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;

use crate::engine::setup::{End, Start};
use crate::engine::{RunError, Setup, Simulation};
use crate::kernel::time::{SimDuration, SimTime};
use crate::observe::batches::Batches;
use crate::observe::digest::Digest;
use crate::observe::events::{EventLog, EventSink, Told};
use crate::observe::history::{Historian, History};
use crate::observe::invariants::{Invariants, Violation};
use crate::observe::marks::{Mark, Marks};
use crate::observe::metrics::{MetricOptions, Metrics};
use crate::observe::recorder::{Recorder, RowSink};
use crate::observe::rollouts::{Rollout, Rollouts};
use crate::observe::sampler::{Sampler, Samples};
use crate::observe::stuck::{Stuck, all_stuck};
use crate::observe::tally::{Tallies, Tally};

/// Which trial.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TrialKey {
    /// The point of the sweep, from 0.
    pub point: usize,
    /// The replication, from 0.
    pub replication: u64,
}

/// What is wanted of a trial beside its metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrialOptions {
    /// Samples of services and pools on this grid.
    pub sample_every: Option<SimDuration>,
    /// What befell the cluster, for marks in a time line.
    pub marks: bool,
    /// What happened to each service and run, counted.
    pub tally: bool,
    /// Recount everything from outside.
    pub check: bool,
    /// Stop on a bug at once: for tests of what becomes of the other trials (F48).
    pub fail: bool,
    /// What happened, row by row.
    pub history: bool,
}

/// A simulated trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Which.
    pub key: TrialKey,
    /// The hash of all that became true.
    pub digest: String,
    /// The metrics in the order of [`metric_names`](crate::observe::metrics::metric_names).
    pub values: Vec<Option<f64>>,
    /// Samples, if wanted.
    pub samples: Option<Samples>,
    /// What befell the cluster, if wanted.
    pub marks: Vec<Mark>,
    /// What happened, row by row, if it was wanted.
    pub history: Option<Box<History>>,
    /// Its deployments as they went, where marks are asked for.
    pub rollouts: Vec<Rollout>,
    /// What happened to each service and run, if wanted; else empty.
    pub tallies: Vec<Tally>,
    /// When it ended.
    pub end: SimTime,
    /// Events that happened.
    pub events: u64,
    /// Tasks that were created.
    pub tasks: u64,
    /// Requests of the timeline that were refused: the call and the exception.
    pub refused_requests: Vec<(SimTime, &'static str, &'static str)>,
    /// Deployments and drains that can move neither way at the end, and why (F31).
    pub stuck: Vec<Stuck>,
    /// Model parameters that were read.
    pub parameters_read: Vec<&'static str>,
}

/// Why a trial has no result.
#[derive(Debug, Error)]
pub enum TrialError {
    /// The scenario lets time stand still (F23).
    #[error("{0}")]
    Scenario(#[from] RunError),
    /// An invariant broke: a bug.
    #[error("an invariant broke {0}")]
    Invariant(Box<Violation>),
    /// The core panicked: a bug.
    #[error("the simulation stopped with: {0}")]
    Bug(String),
    /// No threads could be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl TrialError {
    /// Whether the program is at fault, and not the scenario or the machine.
    #[must_use]
    pub fn is_bug(&self) -> bool {
        matches!(self, TrialError::Invariant(_) | TrialError::Bug(_))
    }
}

/// Simulates one trial; rows go to `sink` if there is one.
///
/// # Errors
/// [`TrialError`]; a bug of the core is caught and told with its text.
pub fn simulate<R: RowSink>(
    setup: &Setup,
    key: TrialKey,
    options: TrialOptions,
    sink: Option<R>,
) -> Result<(Trial, Option<R>), TrialError> {
    simulate_with_events(setup, key, options, sink, None::<Untold>).map(|(trial, rows, _)| (trial, rows))
}

/// Nobody listens.
struct Untold;

impl EventSink for Untold {
    fn event(&mut self, _: SimTime, _: &Told) {}
}

/// A trial with what is left of its two sinks.
pub type TrialWithEvents<R, E> = (Trial, Option<R>, Option<E>);

/// Simulates one trial; rows go to `sink` and events to `events`, if there is one.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_with_events<R: RowSink, E: EventSink>(
    setup: &Setup,
    key: TrialKey,
    options: TrialOptions,
    sink: Option<R>,
    events: Option<E>,
) -> Result<TrialWithEvents<R, E>, TrialError> {
    catch_unwind(AssertUnwindSafe(|| simulate_unguarded(setup, key, options, sink, events)))
        .unwrap_or_else(|panic| Err(TrialError::Bug(text_of(&*panic))))
}

fn simulate_unguarded<R: RowSink, E: EventSink>(
    setup: &Setup,
    key: TrialKey,
    options: TrialOptions,
    sink: Option<R>,
    events: Option<E>,
) -> Result<TrialWithEvents<R, E>, TrialError> {
    assert!(!options.fail, "a test asked for this");
    let ends = planned_end(setup);
    let meters = (Digest::new(), Metrics::new(&setup.cluster, metric_options(setup)));
    let lines = (
        options.sample_every.map(Sampler::new),
        options.marks.then(|| (Marks::default(), Rollouts::default())),
    );
    let rows = sink.map(|sink| Recorder::new(sink, ends));
    let checks = options.check.then(Invariants::new);
    let counts =
        options.tally.then(|| Tallies::new(SimTime::ZERO + setup.warm_up, setup.start == Start::Settled));
    let history = options.history.then(Historian::default);
    let observer = ((meters, lines), ((rows, events.map(EventLog::new)), (history, (counts, checks))));
    let outcome = Simulation::new(setup, key.replication, observer, ()).run()?;
    let (((digest, mut metrics), (sampler, marks)), ((rows, events), (history, (counts, checks)))) =
        outcome.observer;
    checks
        .map_or(Ok(()), Invariants::verdict)
        .map_err(|violation| TrialError::Invariant(Box::new(violation)))?;
    let (marks, rollouts) = marks.unwrap_or_default();
    let mut tallies = counts.map(|counts| counts.into_tallies(&outcome.cluster)).unwrap_or_default();
    metrics.complete(&mut tallies, &outcome.cluster);
    let trial = Trial {
        key,
        digest: digest.hex(),
        values: metrics.values(&setup.cluster),
        samples: sampler.map(Sampler::into_samples),
        stuck: all_stuck(&outcome.cluster),
        refused_requests: outcome.cluster.refused_requests.clone(),
        marks: marks.into_marks(outcome.end),
        history: history.map(|history| Box::new(history.into_history())),
        rollouts: rollouts.into_rollouts(outcome.end),
        tallies,
        end: outcome.end,
        events: outcome.events,
        tasks: outcome.cluster.tasks_created,
        parameters_read: outcome.cluster.parameters.names_read(),
    };
    Ok((trial, rows.map(Recorder::into_sink), events.map(EventLog::into_sink)))
}

/// Simulates replication 0 and takes its metrics for each of so many stretches of equal length: batch means.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_batches(setup: &Setup, count: u64) -> Result<Vec<Vec<Option<f64>>>, TrialError> {
    let simulated = catch_unwind(AssertUnwindSafe(|| {
        let batches = Batches::new(&setup.cluster, &metric_options(setup), count);
        let mut outcome = Simulation::new(setup, 0, batches, ()).run()?;
        Ok(outcome.observer.values(&setup.cluster))
    }));
    simulated.unwrap_or_else(|panic| Err(TrialError::Bug(text_of(&*panic))))
}

/// The end as far as it is known before the simulation.
#[must_use]
pub fn planned_end(setup: &Setup) -> SimTime {
    match setup.end {
        End::At(end) => end,
        End::UntilDone => SimTime::NEVER,
    }
}

/// How the metrics of a setup are to be taken.
#[must_use]
pub fn metric_options(setup: &Setup) -> MetricOptions {
    let services = setup.world.services.iter();
    MetricOptions {
        warm_up_ends: SimTime::ZERO + setup.warm_up,
        ends: planned_end(setup),
        settled: setup.start == Start::Settled,
        services: services.map(|service| (service.needs, service.serves_while_stopping)).collect(),
    }
}

pub(super) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "an unknown panic".to_owned())
}
