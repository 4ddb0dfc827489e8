//! Decisions about capacity: which provider a task uses (CAP), how large a group should be (CAS), what it launches and
//! terminates (ASG).

pub mod cluster_scaling;
pub mod datapoint;
pub mod fallback;
pub mod managed_instances;
pub mod need;
pub mod purchase;
pub mod repack;
pub mod scale_in;
pub mod strategy;
pub mod zones;

pub use self::strategy::{largest_surplus, next_choice, targets};
