//! The explanation sink: where a policy tells why it decided as it did.
//!
//! Every policy takes one. Normal runs pass `()`, which is nothing and costs nothing.

use crate::model::reason::Refusal;
use crate::model::{InstanceId, ZoneId};

/// One step of a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// So many instances were looked at.
    Considered {
        /// How many.
        instances: usize,
    },
    /// So many fell at this filter.
    Filtered {
        /// The reason of the first requirement each of them failed.
        reason: Refusal,
        /// How many.
        instances: usize,
    },
    /// A strategy kept the best of those that were left (PLC-3).
    Narrowed {
        /// The strategy, as the API writes it.
        strategy: String,
        /// How many are equally good.
        left: usize,
    },
    /// The instance that was chosen.
    Chose {
        /// Which.
        instance: InstanceId,
        /// Among how many equals.
        among: usize,
    },
    /// The Fargate zone that was chosen (SIZ-6).
    ChoseZone {
        /// Which.
        zone: ZoneId,
    },
}

/// Takes notes, or does not.
pub trait ExplanationSink {
    /// Whether notes are wanted; where they are not, none is made.
    const WANTED: bool;

    /// Takes a note.
    fn note(&mut self, note: Note);
}

/// No explanations.
impl ExplanationSink for () {
    const WANTED: bool = false;

    fn note(&mut self, _: Note) {}
}

/// Keeps every note.
impl ExplanationSink for Vec<Note> {
    const WANTED: bool = true;

    fn note(&mut self, note: Note) {
        self.push(note);
    }
}
