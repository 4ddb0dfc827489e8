//! Capacity that grows and shrinks: Auto Scaling groups, capacity providers and the loops between them (CAP, CAS, ASG).

#[path = "capacity/cluster_scaling.rs"]
mod cluster_scaling;
#[path = "capacity/support.rs"]
mod support;
#[path = "capacity/waiting.rs"]
mod waiting;
