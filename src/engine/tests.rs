//! What the engine does, rule by rule, on setups made by hand; every invariant is recounted at every instant.

mod agents;
mod callers;
mod chaos;
mod constraints;
mod containers;
mod daemons;
mod deployments;
mod draining;
mod health;
mod hosts;
mod life_cycle;
mod load_balancers;
mod money_and_time;
mod placement;
mod placement_policies;
mod protection;
mod rebalancing;
mod registration;
mod resources;
mod room;
mod services;
mod several_deployments;
mod starts;
mod story;
mod support;
mod told;
