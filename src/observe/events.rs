//! What ECS tells EventBridge and its event lists, as data: state changes of tasks and container instances, service
//! actions, deployments, and API calls, answered or refused.
//!
//! One record is one event. How it is written is up to the sink.

mod log;
mod records;

pub use log::EventLog;

use std::sync::Arc;

use crate::kernel::time::SimTime;
use crate::model::Resources;
use crate::model::task_definition::TaskDefinition;

/// Takes events in the order in which they happen.
pub trait EventSink {
    /// Something was told at `at`.
    fn event(&mut self, at: SimTime, told: &Told);
}

/// Events for nobody.
impl EventSink for () {
    fn event(&mut self, _: SimTime, _: &Told) {}
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// `ECS Task State Change`.
    Task(Box<TaskState>),
    /// `ECS Container Instance State Change`.
    Instance(Box<InstanceState>),
    /// `ECS Service Action`, and the messages of a service's event list that EventBridge does not carry.
    Service(ServiceAction),
    /// `ECS Deployment State Change`.
    Deployment(DeploymentState),
    /// `ELB Target State Change`, which is ours: a load balancer says something else of a task (LB-2).
    Target {
        /// The task: `web#17`.
        task: String,
        /// The target group.
        target_group: String,
        /// Its state there.
        state: &'static str,
    },
    /// `AWS API Call via CloudTrail`: RegisterTaskDefinition made this revision.
    TaskDefinition(Box<TaskDefinition>),
    /// `AWS API Call via CloudTrail`: CreateService, UpdateService or DeleteService was accepted.
    ServiceRequest(Box<ServiceState>),
    /// `AWS API Call via CloudTrail`: a request of the timeline that was refused.
    RequestRefused {
        /// The call, such as `UpdateService`.
        call: &'static str,
        /// The exception, such as `ServiceNotFoundException`.
        exception: &'static str,
    },
    /// `AWS API Call via CloudTrail`: RunTask found no place for a task (PLC-13).
    RunTaskFailed {
        /// The task that was asked for: `nightly#3`.
        request: String,
        /// Its task group.
        group: String,
        /// The reason code of the failure.
        reason: &'static str,
    },
}

/// A task after a change of its own status, of what is wanted of it, or of one of its containers.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskState {
    /// `web#17`.
    pub task: String,
    /// The cluster.
    pub cluster: String,
    /// Its task group (RES-8).
    pub group: String,
    /// `ecs-svc/<number>` of the deployment that launched it; nothing for a standalone task (RES-9).
    pub started_by: Option<String>,
    /// `family:revision`.
    pub task_definition: String,
    /// EC2 or FARGATE.
    pub launch_type: &'static str,
    /// Its capacity provider, if any.
    pub capacity_provider: Option<String>,
    /// Its instance, if any.
    pub instance: Option<String>,
    /// Its zone, once it has a place.
    pub zone: Option<String>,
    /// What it reserves.
    pub reserved: Resources,
    /// LIF-1.
    pub last_status: &'static str,
    /// LIF-2.
    pub desired_status: &'static str,
    /// In the order of their definitions.
    pub containers: Vec<ContainerState>,
    /// CON-8.
    pub health: &'static str,
    /// Its times (LIF-20).
    pub times: TaskTimes,
    /// Stop code and reason, once it was told to stop (LIF-12).
    pub stop: Option<(&'static str, String)>,
    /// Counts the events of the task from 1.
    pub version: u32,
}

/// When a task took its steps (LIF-20).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskTimes {
    /// Created.
    pub created: SimTime,
    /// The pull of its images began.
    pub pull_started: Option<SimTime>,
    /// The pull of its images ended.
    pub pull_stopped: Option<SimTime>,
    /// First RUNNING.
    pub started: Option<SimTime>,
    /// Told to stop.
    pub stopping: Option<SimTime>,
    /// Its last essential container ended.
    pub execution_stopped: Option<SimTime>,
    /// STOPPED.
    pub stopped: Option<SimTime>,
}

/// A container of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerState {
    /// Its name in the task definition.
    pub name: String,
    /// PENDING, RUNNING or STOPPED.
    pub last_status: &'static str,
    /// How it ended, for one that has.
    pub exit_code: Option<i32>,
    /// CON-7.
    pub health: &'static str,
}

/// A container instance after a change of what it holds, of its status or of its agent's connection.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// `ec2-1`.
    pub instance: String,
    /// The cluster.
    pub cluster: String,
    /// Its zone.
    pub zone: String,
    /// Its instance type, if it has one.
    pub instance_type: Option<Arc<str>>,
    /// Its custom attributes, in the order of their names; one without a value has an empty one.
    pub custom_attributes: Vec<(String, String)>,
    /// REGISTERING, ACTIVE, DRAINING or INACTIVE.
    pub status: &'static str,
    /// Whether its agent is connected.
    pub agent_connected: bool,
    /// What it registered (INS-2).
    pub registered: Resources,
    /// What is left of it.
    pub remaining: Resources,
    /// How many awsvpc tasks it holds at most, where that is known (CON-20).
    pub awsvpc_task_limit: Option<u32>,
    /// Tasks on it with desired status RUNNING (RES-12).
    pub running_tasks: u32,
    /// Tasks on it with last status PENDING (RES-12).
    pub pending_tasks: u32,
    /// When it last became ACTIVE.
    pub registered_at: SimTime,
    /// Counts the events of the instance from 1.
    pub version: u32,
}

/// A service as the answer to a request shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceState {
    /// The call that was answered: CreateService, UpdateService or DeleteService.
    pub call: &'static str,
    /// Its name.
    pub service: String,
    /// The cluster.
    pub cluster: String,
    /// ACTIVE, DRAINING or INACTIVE (RES-11).
    pub status: &'static str,
    /// Its deployment controller, where that is not ECS.
    pub deployment_controller: Option<&'static str>,
    /// `family:revision` that it is to run; none where its task sets have their own.
    pub task_definition: Option<String>,
    /// REPLICA or DAEMON (SVC-4).
    pub scheduling_strategy: &'static str,
    /// How many tasks it is to keep (SVC-3).
    pub desired_count: u32,
    /// Share of the desired count that stays healthy (DEP-1).
    pub minimum_healthy_percent: u32,
    /// Bound on its tasks (DEP-1).
    pub maximum_percent: u32,
    /// How long after RUNNING failing health checks are ignored (SVC-15), in whole seconds.
    pub grace_period_s: u64,
}

/// A message about a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceAction {
    /// The service.
    pub service: String,
    /// The cluster.
    pub cluster: String,
    /// INFO, WARN or ERROR.
    pub event_type: &'static str,
    /// The name EventBridge gives it; nothing for messages of the service's event list alone.
    pub event_name: Option<&'static str>,
    /// The message of the service's event list.
    pub message: String,
    /// The reason code of a placement failure.
    pub reason: Option<&'static str>,
}

/// A deployment that began, completed or failed.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentState {
    /// The service.
    pub service: String,
    /// INFO or ERROR.
    pub event_type: &'static str,
    /// The name EventBridge gives it.
    pub event_name: &'static str,
    /// `ecs-svc/<number>`.
    pub deployment: String,
    /// The message of the service's event list.
    pub message: String,
}
