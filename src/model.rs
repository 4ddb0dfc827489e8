//! The cluster and its parts as plain data; [`Cluster::apply`] is the only writer.
//!
//! Invariant: outside `apply.rs` nothing changes a cluster, so whoever has seen all [`Change`]s knows all.
//! This layer knows the kernel and nothing else: no AWS shapes, no policies, no events.

pub mod apply;
pub mod auto_scaling_group;
pub mod capacity_pool;
pub mod capacity_provider;
pub mod change;
pub mod cluster;
pub mod container;
pub mod cpu_share;
pub mod demand;
pub mod deployment;
pub mod host_port;
pub mod host_traits;
pub mod ids;
pub mod instance;
pub mod managed_instances;
pub mod parameters;
pub mod placement;
pub mod prices;
pub mod query;
pub mod reason;
pub mod resources;
pub mod scaling;
pub mod service;
pub mod service_event;
pub mod spot_fallback;
pub mod stop;
pub mod target_group;
pub mod task;
pub mod task_definition;
pub mod task_set;
pub mod traffic_shift;
pub mod views;

pub use change::Change;
pub use cluster::Cluster;
pub use ids::{
    AutoScalingGroupId, CallerId, CapacityPoolId, CapacityProviderId, DeploymentNumber, InstanceId, PoolId,
    ServiceId, TargetGroupId, TaskDefinitionId, TaskGroupId, TaskId, ZoneId,
};
pub use resources::Resources;
