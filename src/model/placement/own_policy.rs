//! A placement policy of one's own, in place of ECS's strategies.

use std::fmt::Debug;

use super::PlacementStrategy;
use crate::model::{Cluster, InstanceId, Resources, TaskGroupId};

/// Chooses instances for tasks. `examples/own_placement_policy.rs` has one.
///
/// A policy holds no state of its own: all it may go by is the task, the cluster and `chance`, so that a replication gives
/// the same result whenever and on whatever thread it runs. It cannot refuse: what fits nowhere is refused before it is
/// asked (PLC-13).
pub trait PlacementPolicy: Debug + Send + Sync {
    /// What `ecsim explain` and messages call it.
    fn name(&self) -> &str;

    /// The instance that `task` goes to: one of `candidates`, which meet every requirement and constraint (PLC-2, PLC-10).
    /// There is at least one, and they stand in order of registration.
    ///
    /// `chance` draws a number below its argument from the stream of random numbers that belongs to the task.
    fn choose(
        &self,
        task: &TaskToPlace<'_>,
        candidates: &[InstanceId],
        cluster: &Cluster,
        chance: &mut dyn FnMut(u32) -> u32,
    ) -> InstanceId;
}

/// What a policy is told of the task.
#[derive(Clone, Copy, Debug)]
pub struct TaskToPlace<'a> {
    /// What it reserves.
    pub demand: Resources,
    /// Its group; [`Cluster::group`] says where the others of the group are (RES-8).
    pub group: TaskGroupId,
    /// The placement strategies of its service or call, which ECS would go by (PLC-3).
    pub strategies: &'a [PlacementStrategy],
    /// Whether a service asks, and not RunTask.
    pub for_service: bool,
}
