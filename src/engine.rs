//! The simulation: the loop, the events and the one door for requests.
//!
//! Invariant: the engine alone turns decisions and events into [`Change`](crate::model::Change)s, and whatever it
//! needs of chance comes from the stream of the entity concerned. Given a [`Setup`] it cannot fail for want of
//! anything: no file, no clock, no thread, no environment.

pub mod api;
pub mod event;
mod fate;
mod launch;
mod on_agent;
mod on_caller;
mod on_capacity;
mod on_container;
mod on_deployment;
mod on_fallback;
mod on_group;
mod on_hook;
mod on_host;
mod on_load;
mod on_managed;
mod on_memory;
mod on_overload;
mod on_policy;
mod on_rebalance;
mod on_replacement;
mod on_request;
mod on_room;
mod on_scaling_schedule;
mod on_schedule;
mod on_service;
mod on_spot;
mod on_target;
mod on_task;
mod on_task_set;
mod on_timeline;
mod on_traffic_shift;
mod on_warm_pool;
mod quotas;
mod rates;
mod settling;
pub mod setup;
pub mod simulation;
mod standing;

pub use setup::Setup;
pub use simulation::{Outcome, RunError, Simulation};

#[cfg(test)]
mod tests;
