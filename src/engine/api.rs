//! The one door from outside: an ECS API request becomes changes, or the API's own error.

use thiserror::Error;

use super::setup::CallerBehaviour;
use crate::aws;
use crate::model::{Change, Cluster, TaskId};

/// A request that the door knows.
#[derive(Clone, Debug)]
pub enum Request {
    /// RegisterTaskDefinition.
    RegisterTaskDefinition(Box<aws::RegisterTaskDefinition>),
    /// CreateService.
    CreateService(Box<aws::CreateService>),
    /// UpdateService.
    UpdateService(Box<aws::UpdateService>),
    /// DeleteService.
    DeleteService(Box<aws::DeleteService>),
    /// RunTask.
    RunTask(Box<aws::RunTask>),
    /// StopTask.
    StopTask(Box<aws::StopTask>),
}

impl Request {
    /// The name of the API action.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            Request::RegisterTaskDefinition(_) => "RegisterTaskDefinition",
            Request::CreateService(_) => "CreateService",
            Request::UpdateService(_) => "UpdateService",
            Request::DeleteService(_) => "DeleteService",
            Request::RunTask(_) => "RunTask",
            Request::StopTask(_) => "StopTask",
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
    /// This task is to stop.
    StopTask(TaskId),
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
}

/// Answers a request at the cluster's present state.
///
/// # Errors
/// The exception ECS would raise.
pub fn answer(cluster: &Cluster, now: crate::kernel::time::SimTime, request: &Request) -> Result<Answer, ApiError> {
    let _ = (cluster, now);
    Err(ApiError { exception: "ServerException", field: String::new(), message: request.call().to_owned() })
}
