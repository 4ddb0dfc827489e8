//! Identifiers. Tasks and instances live in arenas; what is never forgotten is numbered in order of birth.

use super::instance::ContainerInstance;
use super::task::Task;
use crate::kernel::arena::Id;

/// A task that ECS has not forgotten yet (LIF-13).
pub type TaskId = Id<Task>;
/// A container instance.
pub type InstanceId = Id<ContainerInstance>;

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident($of:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub $of);

        impl $name {
            /// The position in the list that holds these entities.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

numbered! {
    /// A service of the cluster, in order of creation.
    ServiceId(u32);
    /// A registered task definition revision, in order of registration.
    TaskDefinitionId(u32);
    /// A task group (RES-8), in order of first mention.
    TaskGroupId(u32);
    /// An Availability Zone, in order of first mention.
    ZoneId(u16);
    /// A pool of capacity: a fixed group of container instances, an Auto Scaling group, or a Fargate capacity provider.
    PoolId(u16);
    /// An Auto Scaling group, in order of creation.
    AutoScalingGroupId(u16);
    /// A pool of EC2 capacity: an instance type in a zone (ASG-8).
    CapacityPoolId(u32);
    /// A capacity provider over an Auto Scaling group, in order of creation.
    CapacityProviderId(u16);
    /// A target group of a load balancer, in order of creation.
    TargetGroupId(u16);
    /// Somebody who calls RunTask: an entry of `world.runs`, or the timeline.
    CallerId(u32);
    /// A deployment of one service, counting from 1.
    DeploymentNumber(u32);
}
