//! Time, queue, arena, random streams and distributions: the part that knows no ECS.
//!
//! Invariant: nothing here reads a clock, a thread, a file or a random-state map, so the same calls give the
//! same bytes on every machine.

pub mod arena;
pub mod dist;
pub mod queue;
pub mod streams;
pub mod time;
