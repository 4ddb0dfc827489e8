//! `aws.tasks`: the tasks that are there at time zero.

use crate::aws::common::LaunchType;
use crate::aws::task_size::{TaskCpu, TaskMemory};
use crate::scenario::units::DurationMs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tasks of one kind in one place at time zero: what DescribeTasks tells of them, in short. Constraints and strategies are not
/// asked: they are there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandingTasks {
    /// The service that they belong to; without one they are standalone tasks.
    pub service: Option<String>,
    /// `family:revision`, or `family` for the latest one. Default: that of the service. Tasks of another revision make the
    /// service one in the midst of a deployment: the revision of its own is the newer one.
    pub task_definition: Option<String>,
    /// How many. Default 1.
    #[schemars(range(min = 0, max = 100_000))]
    pub count: Option<u32>,
    /// The name of the container instance that they are on.
    pub container_instance: Option<String>,
    /// The zone that they are in, on Fargate.
    pub availability_zone: Option<String>,
    /// Of standalone tasks: EC2 or FARGATE. Default: EC2 on a container instance, FARGATE in a zone.
    pub launch_type: Option<LaunchType>,
    /// The capacity provider that they were launched with, where their service's strategy has several for their place.
    pub capacity_provider: Option<String>,
    /// Of standalone tasks: their task group (RES-8). Default `family:<family>`.
    pub group: Option<String>,
    /// `RUNNING` (default): running and healthy, with a life that begins fresh. `PENDING`: on its way up, from the beginning.
    pub last_status: Option<StandingStatus>,
    /// Of standalone tasks: what they reserve, where that is not what their definition says (CON-13).
    pub cpu: Option<TaskCpu>,
    /// Of standalone tasks: what they reserve, where that is not what their definition says (CON-13).
    pub memory: Option<TaskMemory>,
    /// Of standalone tasks: how long they still run. Default: until something stops them.
    pub runs_for: Option<DurationMs>,
}

/// How far a task is at time zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StandingStatus {
    /// On its way up.
    Pending,
    /// There.
    #[default]
    Running,
}
