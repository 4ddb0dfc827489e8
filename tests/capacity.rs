//! Capacity that grows and shrinks: Auto Scaling groups, capacity providers and the loops between them (CAP, CAS, ASG),
//! and the quotas that act in time (QUO).

#[path = "capacity/bill.rs"]
mod bill;
#[path = "capacity/cluster_scaling.rs"]
mod cluster_scaling;
#[path = "capacity/event_log.rs"]
mod event_log;
#[path = "capacity/groups.rs"]
mod groups;
#[path = "capacity/hooks.rs"]
mod hooks;
#[path = "capacity/input.rs"]
mod input;
#[path = "capacity/leaving.rs"]
mod leaving;
#[path = "capacity/managed_instances.rs"]
mod managed_instances;
#[path = "capacity/policies.rs"]
mod policies;
#[path = "capacity/provider_calls.rs"]
mod provider_calls;
#[path = "capacity/providers.rs"]
mod providers;
#[path = "capacity/purchase.rs"]
mod purchase;
#[path = "capacity/quotas.rs"]
mod quotas;
#[path = "capacity/refresh.rs"]
mod refresh;
#[path = "capacity/schedule.rs"]
mod schedule;
#[path = "capacity/seen.rs"]
mod seen;
#[path = "capacity/spot.rs"]
mod spot;
#[path = "capacity/support.rs"]
mod support;
#[path = "capacity/termination.rs"]
mod termination;
#[path = "capacity/trace.rs"]
mod trace;
#[path = "capacity/waiting.rs"]
mod waiting;
#[path = "capacity/warm_pool.rs"]
mod warm_pool;
#[path = "capacity/zones.rs"]
mod zones;
