//! What the engine does, rule by rule, on setups made by hand; every invariant is recounted at every instant.

mod callers;
mod chaos;
mod deployments;
mod hosts;
mod life_cycle;
mod money_and_time;
mod placement;
mod services;
mod story;
mod support;
