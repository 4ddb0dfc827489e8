//! `explain`: one replication again, with a recorder that keeps the story of one thing: what happened, and why.
//!
//! The recorder is an observer and an explanation sink at once. It keeps only what concerns its subject, folds what
//! repeats, and changes no trajectory: the digest is that of a normal run.

mod causes;
mod draining;
mod hearing;
mod instance;
mod placing;
mod provider;
mod recorder;
mod service;
mod stages;
mod state;
pub mod story;
pub mod subject;
mod task;
mod words;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use self::recorder::{Listener, Recorder, Watcher};
use self::story::Story;
use self::subject::Subject;
use super::trial::{TrialError, text_of};
use crate::engine::setup::End;
use crate::engine::{Setup, Simulation};
use crate::kernel::time::SimTime;
use crate::observe::digest::Digest;

/// A story, and of which run it is.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What happened to the subject.
    pub story: Story,
    /// The digest of the run; that of a normal run to its end where `at` was not given.
    pub digest: String,
    /// When the run, or what was watched of it, ended.
    pub end: SimTime,
}

/// Simulates a replication and tells the story of `subject`: the whole of it, or what matters at the instant `at`.
///
/// # Errors
/// As a trial: the scenario lets time stand still, or the core has a bug.
pub fn explain(
    setup: &Setup,
    replication: u64,
    subject: &Subject,
    at: Option<SimTime>,
) -> Result<Explained, TrialError> {
    catch_unwind(AssertUnwindSafe(|| explain_unguarded(setup, replication, subject, at)))
        .unwrap_or_else(|panic| Err(TrialError::Bug(text_of(&*panic))))
}

fn explain_unguarded(
    setup: &Setup,
    replication: u64,
    subject: &Subject,
    at: Option<SimTime>,
) -> Result<Explained, TrialError> {
    let shortened = at.and_then(|at| shortened(setup, at));
    let setup = shortened.as_ref().unwrap_or(setup);
    let recorder = Rc::new(RefCell::new(Recorder::new(subject.clone(), setup.start, at)));
    let observer = (Digest::new(), Watcher(Rc::clone(&recorder)));
    let outcome = Simulation::new(setup, replication, observer, Listener(Rc::clone(&recorder))).run()?;
    let story = recorder.borrow_mut().take_story();
    Ok(Explained {
        story,
        digest: outcome.observer.0.hex(),
        end: at.map_or(outcome.end, |at| at.min(outcome.end)),
    })
}

/// What comes after the instant asked for need not be simulated.
fn shortened(setup: &Setup, at: SimTime) -> Option<Setup> {
    match setup.end {
        End::At(end) if at < end => Some(Setup { end: End::At(at), ..setup.clone() }),
        End::At(_) | End::UntilDone => None,
    }
}
