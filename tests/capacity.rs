//! Capacity that grows and shrinks: Auto Scaling groups, capacity providers and the loops between them (CAP, CAS, ASG),
//! and the quotas that act in time (QUO).

#[path = "capacity/cluster_scaling.rs"]
mod cluster_scaling;
#[path = "capacity/input.rs"]
mod input;
#[path = "capacity/leaving.rs"]
mod leaving;
#[path = "capacity/providers.rs"]
mod providers;
#[path = "capacity/quotas.rs"]
mod quotas;
#[path = "capacity/support.rs"]
mod support;
#[path = "capacity/waiting.rs"]
mod waiting;
