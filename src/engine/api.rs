//! The one door from outside: an ECS API request becomes changes, or the API's own error.

pub mod attributes;
pub mod auto_scaling_group;
pub mod capacity_provider;
pub mod code_deploy;
pub mod container_instance;
pub mod deployment;
pub mod network;
pub mod placement;
pub mod query;
pub mod scaling;
pub mod service;
pub mod target_group;
pub mod task;
pub mod task_definition;
pub mod task_protection;
pub mod task_set;

use thiserror::Error;

use self::auto_scaling_group::AutoScalingRequest;
use self::code_deploy::CodeDeployRequest;
use self::task_set::TaskSetRequest;
use super::setup::CallerBehaviour;
use crate::aws;
use crate::kernel::time::SimTime;
use crate::model::reason::Refusal;
use crate::model::{Change, Cluster, InstanceId, TaskId};

/// A request that the door knows.
#[derive(Clone, Debug)]
pub enum Request {
    /// RegisterTaskDefinition.
    RegisterTaskDefinition(Box<aws::RegisterTaskDefinition>),
    /// CreateTargetGroup of Elastic Load Balancing.
    CreateTargetGroup(Box<aws::CreateTargetGroup>),
    /// CreateService.
    CreateService(Box<aws::CreateService>),
    /// UpdateService.
    UpdateService(Box<aws::UpdateService>),
    /// DeleteService.
    DeleteService(Box<aws::DeleteService>),
    /// StopServiceDeployment.
    StopServiceDeployment(Box<aws::StopServiceDeployment>),
    /// RunTask.
    RunTask(Box<aws::RunTask>),
    /// StartTask.
    StartTask(Box<aws::StartTask>),
    /// StopTask.
    StopTask(Box<aws::StopTask>),
    /// UpdateContainerInstancesState.
    UpdateContainerInstancesState(Box<aws::UpdateContainerInstancesState>),
    /// RegisterContainerInstance.
    RegisterContainerInstance(Box<aws::RegisterContainerInstance>),
    /// DeregisterContainerInstance.
    DeregisterContainerInstance(Box<aws::DeregisterContainerInstance>),
    /// PutAttributes.
    PutAttributes(Box<aws::PutAttributes>),
    /// DeleteAttributes.
    DeleteAttributes(Box<aws::DeleteAttributes>),
    /// UpdateTaskProtection.
    UpdateTaskProtection(Box<aws::UpdateTaskProtection>),
    /// UpdateCapacityProvider.
    UpdateCapacityProvider(Box<aws::UpdateCapacityProvider>),
    /// PutClusterCapacityProviders.
    PutClusterCapacityProviders(Box<aws::PutClusterCapacityProviders>),
    /// RegisterScalableTarget of Application Auto Scaling.
    RegisterScalableTarget(Box<aws::RegisterScalableTarget>),
    /// PutScalingPolicy of Application Auto Scaling.
    PutScalingPolicy(Box<aws::PutScalingPolicy>),
    /// PutScheduledAction of Application Auto Scaling.
    PutScheduledAction(Box<aws::PutScheduledAction>),
    /// PutMetricAlarm of CloudWatch.
    PutMetricAlarm(Box<aws::PutMetricAlarm>),
    /// A request of EC2 Auto Scaling.
    AutoScaling(Box<AutoScalingRequest>),
    /// A request about task sets.
    TaskSet(Box<TaskSetRequest>),
    /// A request of CodeDeploy.
    CodeDeploy(Box<CodeDeployRequest>),
}

impl Request {
    /// The name of the API action.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            Request::RegisterTaskDefinition(_) => "RegisterTaskDefinition",
            Request::CreateTargetGroup(_) => "CreateTargetGroup",
            Request::CreateService(_) => "CreateService",
            Request::UpdateService(_) => "UpdateService",
            Request::DeleteService(_) => "DeleteService",
            Request::StopServiceDeployment(_) => "StopServiceDeployment",
            Request::RunTask(_) => "RunTask",
            Request::StartTask(_) => "StartTask",
            Request::StopTask(_) => "StopTask",
            Request::UpdateContainerInstancesState(_) => "UpdateContainerInstancesState",
            Request::RegisterContainerInstance(_) => "RegisterContainerInstance",
            Request::DeregisterContainerInstance(_) => "DeregisterContainerInstance",
            Request::PutAttributes(_) => "PutAttributes",
            Request::DeleteAttributes(_) => "DeleteAttributes",
            Request::UpdateTaskProtection(_) => "UpdateTaskProtection",
            Request::UpdateCapacityProvider(_) => "UpdateCapacityProvider",
            Request::PutClusterCapacityProviders(_) => "PutClusterCapacityProviders",
            Request::RegisterScalableTarget(_) => "RegisterScalableTarget",
            Request::PutScalingPolicy(_) => "PutScalingPolicy",
            Request::PutScheduledAction(_) => "PutScheduledAction",
            Request::PutMetricAlarm(_) => "PutMetricAlarm",
            Request::AutoScaling(request) => request.call(),
            Request::TaskSet(request) => request.call(),
            Request::CodeDeploy(request) => request.call(),
        }
    }

    /// The cluster that the request names, if it names one.
    fn cluster(&self) -> Option<&str> {
        match self {
            Request::RegisterTaskDefinition(_)
            | Request::CreateTargetGroup(_)
            | Request::StopServiceDeployment(_)
            | Request::RegisterScalableTarget(_)
            | Request::PutScalingPolicy(_)
            | Request::PutScheduledAction(_)
            | Request::PutMetricAlarm(_) => None,
            Request::CreateService(input) => input.cluster.as_deref(),
            Request::UpdateService(input) => input.cluster.as_deref(),
            Request::DeleteService(input) => input.cluster.as_deref(),
            Request::RunTask(input) => input.cluster.as_deref(),
            Request::StartTask(input) => input.cluster.as_deref(),
            Request::StopTask(input) => input.cluster.as_deref(),
            Request::UpdateContainerInstancesState(input) => input.cluster.as_deref(),
            Request::RegisterContainerInstance(input) => input.cluster.as_deref(),
            Request::DeregisterContainerInstance(input) => input.cluster.as_deref(),
            Request::PutAttributes(input) => input.cluster.as_deref(),
            Request::DeleteAttributes(input) => input.cluster.as_deref(),
            Request::UpdateTaskProtection(input) => input.cluster.as_deref(),
            Request::UpdateCapacityProvider(input) => input.cluster.as_deref(),
            Request::PutClusterCapacityProviders(input) => input.cluster.as_deref(),
            Request::TaskSet(request) => request.cluster(),
            Request::AutoScaling(_) | Request::CodeDeploy(_) => None,
        }
    }
}

/// What the door answers to a request that ECS would take.
#[derive(Clone, Debug)]
pub enum Answer {
    /// What becomes true, in order.
    Changes(Vec<Change>),
    /// `count` tasks are to be placed now; the caller is a name for them.
    RunTask {
        /// The caller's name, under which the tasks are counted and numbered.
        caller: String,
        /// The task group (RES-8).
        group: String,
        /// What is to be run, and where.
        behaviour: Box<CallerBehaviour>,
    },
    /// One task on each of these instances is to be started now, as for RunTask; for one that is not there, the failure.
    StartTask {
        /// The caller's name, under which the tasks are counted and numbered.
        caller: String,
        /// The task group (RES-8).
        group: String,
        /// What is to be run.
        behaviour: Box<CallerBehaviour>,
        /// Where.
        instances: Vec<Result<InstanceId, Refusal>>,
    },
    /// This task is to stop, for the reason that the caller gives.
    StopTask(TaskId, Option<Box<str>>),
    /// This instance is to be terminated, and its group to hold one less or not.
    TerminateInstance {
        /// Which.
        instance: InstanceId,
        /// Whether its group is to hold one less.
        decrement: bool,
    },
}

/// What the door answers to a request that ECS would refuse.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{exception}: {message}")]
pub struct ApiError {
    /// The exception as AWS names it.
    pub exception: &'static str,
    /// The field at fault, as a path into the request, such as `containerDefinitions[0].memory`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The character of the field's text at fault, counting from 0, where a single one is.
    pub at_character: Option<usize>,
}

impl ApiError {
    /// A refusal of `exception` for `field`.
    pub(crate) fn new(
        exception: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> ApiError {
        ApiError { exception, field: field.into(), message: message.into(), at_character: None }
    }

    /// What ECS would take and this version does not model.
    pub(crate) fn not_modelled(field: impl Into<String>, what: &str) -> ApiError {
        ApiError::new("NotModelled", field, format!("{what} is not modelled yet (see `ecsim rules`)"))
    }
}

/// Answers a request at the cluster's present state.
///
/// # Errors
/// The exception ECS would raise; `NotModelled` for what ECS would take and this version would only ignore.
pub fn answer(cluster: &Cluster, now: SimTime, request: &Request) -> Result<Answer, ApiError> {
    check_cluster(cluster, request.cluster())?;
    match request {
        Request::RegisterTaskDefinition(input) => {
            let definition = task_definition::register(cluster, input)?;
            Ok(Answer::Changes(vec![Change::TaskDefinitionRegistered(Box::new(definition))]))
        }
        Request::CreateTargetGroup(input) => target_group::create(cluster, input).map(Answer::Changes),
        Request::CreateService(input) => service::create(cluster, now, input).map(Answer::Changes),
        Request::UpdateService(input) => service::update(cluster, now, input).map(Answer::Changes),
        Request::DeleteService(input) => service::delete(cluster, input).map(Answer::Changes),
        Request::StopServiceDeployment(input) => deployment::stop(cluster, now, input).map(Answer::Changes),
        Request::RunTask(input) => task::run(cluster, input),
        Request::StartTask(input) => task::start(cluster, input),
        Request::StopTask(input) => {
            let reason = input.reason.as_deref().filter(|reason| !reason.is_empty()).map(Box::from);
            task::stop(cluster, &input.task).map(|task| Answer::StopTask(task, reason))
        }
        Request::UpdateContainerInstancesState(input) => {
            container_instance::update_state(cluster, input).map(Answer::Changes)
        }
        Request::RegisterContainerInstance(input) => {
            container_instance::register(cluster, input).map(Answer::Changes)
        }
        Request::DeregisterContainerInstance(input) => {
            container_instance::deregister(cluster, input).map(Answer::Changes)
        }
        Request::PutAttributes(input) => attributes::put(cluster, &input.attributes).map(Answer::Changes),
        Request::DeleteAttributes(input) => {
            attributes::delete(cluster, &input.attributes).map(Answer::Changes)
        }
        Request::UpdateTaskProtection(input) => {
            task_protection::update(cluster, now, input).map(Answer::Changes)
        }
        Request::UpdateCapacityProvider(input) => {
            capacity_provider::update(cluster, input).map(Answer::Changes)
        }
        Request::PutClusterCapacityProviders(input) => {
            capacity_provider::put_for_cluster(cluster, input).map(Answer::Changes)
        }
        Request::RegisterScalableTarget(input) => scaling::register(cluster, input).map(Answer::Changes),
        Request::PutScalingPolicy(input) => scaling::put_policy(cluster, input).map(Answer::Changes),
        Request::PutScheduledAction(input) => scaling::put_schedule(cluster, input).map(Answer::Changes),
        Request::PutMetricAlarm(input) => scaling::put_alarm(cluster, input).map(Answer::Changes),
        Request::AutoScaling(request) => auto_scaling_group::answer(cluster, now, request),
        Request::TaskSet(request) => task_set::answer(cluster, now, request).map(Answer::Changes),
        Request::CodeDeploy(request) => code_deploy::answer(cluster, now, request).map(Answer::Changes),
    }
}

/// What a request asks for and this version accepts without acting on it: field and sentence.
#[must_use]
pub fn ignored(cluster: &Cluster, request: &Request) -> Vec<(String, &'static str)> {
    let owned = |found: Vec<(&'static str, &'static str)>| {
        found.into_iter().map(|(field, sentence)| (field.to_owned(), sentence)).collect()
    };
    match request {
        Request::RegisterTaskDefinition(input) => task_definition::ignored(input),
        Request::CreateTargetGroup(input) => target_group::ignored(input),
        Request::CreateService(input) => owned(service::ignored(cluster, input)),
        Request::UpdateService(input) => owned(service::ignored_in_update(cluster, input)),
        Request::RunTask(input) => {
            owned(task::ignored(cluster, input.overrides.as_ref(), input.network_configuration.as_ref()))
        }
        Request::StartTask(input) => {
            owned(task::ignored(cluster, input.overrides.as_ref(), input.network_configuration.as_ref()))
        }
        Request::RegisterContainerInstance(input) => owned(container_instance::ignored(input)),
        Request::DeleteService(_)
        | Request::StopServiceDeployment(_)
        | Request::StopTask(_)
        | Request::UpdateContainerInstancesState(_)
        | Request::DeregisterContainerInstance(_)
        | Request::PutAttributes(_)
        | Request::DeleteAttributes(_)
        | Request::UpdateTaskProtection(_)
        | Request::UpdateCapacityProvider(_)
        | Request::PutClusterCapacityProviders(_)
        | Request::RegisterScalableTarget(_)
        | Request::PutScalingPolicy(_)
        | Request::PutScheduledAction(_)
        | Request::PutMetricAlarm(_)
        | Request::TaskSet(_)
        | Request::CodeDeploy(_)
        | Request::AutoScaling(_) => Vec::new(),
    }
}

/// RES-1: a scenario holds one cluster, so another name is a mistake.
fn check_cluster(cluster: &Cluster, named: Option<&str>) -> Result<(), ApiError> {
    match named.map(last_segment) {
        Some(name) if name != cluster.name => {
            let message = format!("Cluster not found: {name:?}; this one is named {:?}", cluster.name);
            Err(ApiError::new("ClusterNotFoundException", "cluster", message))
        }
        Some(_) | None => Ok(()),
    }
}

/// The name at the end of an ARN, or the name itself.
pub(crate) fn last_segment(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What families, containers and services may be called: 1 to 255 letters, digits, hyphens and underscores.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.len() <= 255 && name.chars().all(allowed)
}

#[cfg(test)]
mod tests;
