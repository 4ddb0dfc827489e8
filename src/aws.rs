//! The shapes of the AWS API inputs used here, field for field.
//!
//! Each type is one request of the API of ECS, EC2 or Application Auto Scaling, or Elastic Load Balancing, spelled as the API spells it, so that what the
//! AWS CLI reads and prints can be pasted in. Three habits hold everywhere:
//!
//! - A field that the simulator does not read is an `Option<Value>` marked "accepted, not modelled": it is
//!   neither checked nor lost.
//! - `null` means absent, as in what the CLI prints.
//! - Keys that only a describe answer has (`status`, `revision`, `runningCount`, …) are no fields. The JSON Schema
//!   lists them in `x-ignored` on the object, and the reader of files drops them with a warning. `x-wrapped-in`
//!   names the key under which a describe answer wraps the object.

pub mod application_auto_scaling;
pub mod auto_scaling_group;
pub mod capacity_provider;
pub mod cluster;
pub mod code_deploy;
pub mod common;
pub mod container_definition;
pub mod container_instance;
pub mod decimal;
pub mod deployment_configuration;
pub mod group_requests;
pub mod service;
pub mod target_group;
pub mod task;
pub mod task_definition;
pub mod task_set;
pub mod task_size;

#[cfg(test)]
mod real_files;

pub use application_auto_scaling::{
    PutMetricAlarm, PutScalingPolicy, PutScheduledAction, RegisterScalableTarget,
};
pub use auto_scaling_group::CreateAutoScalingGroup;
pub use capacity_provider::{CreateCapacityProvider, UpdateCapacityProvider};
pub use cluster::{CreateCluster, PutClusterCapacityProviders};
pub use container_definition::ContainerDefinition;
pub use container_instance::{
    DeleteAttributes, DeregisterContainerInstance, PutAttributes, RegisterContainerInstance,
    UpdateContainerInstancesState,
};
pub use service::{CreateService, DeleteService, StopServiceDeployment, UpdateService};
pub use target_group::CreateTargetGroup;
pub use task::{RunTask, StartTask, StopTask, UpdateTaskProtection};
pub use task_definition::RegisterTaskDefinition;
pub use task_size::{TaskCpu, TaskMemory};
