//! Capacity that grows and shrinks: Auto Scaling groups, capacity providers and the loops between them (CAP, CAS, ASG).

#[path = "capacity/cluster_scaling.rs"]
mod cluster_scaling;
#[path = "capacity/purchase.rs"]
mod purchase;
#[path = "capacity/spot.rs"]
mod spot;
#[path = "capacity/support.rs"]
mod support;
#[path = "capacity/trace.rs"]
mod trace;
#[path = "capacity/waiting.rs"]
mod waiting;
