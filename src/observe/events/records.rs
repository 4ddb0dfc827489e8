//! From the cluster to the records of events.

use super::{
    ContainerState, DeploymentState, InstanceState, ServiceAction, ServiceState, TaskState, TaskTimes,
};
use crate::model::container::ContainerStatus;
use crate::model::service::{SchedulingStrategy, ServiceStatus};
use crate::model::service_event::{EventType, ServiceEvent};
use crate::model::task::{DesiredStatus, Host, Origin, Task, TaskStatus};
use crate::model::task_set::DeploymentController;
use crate::model::{Cluster, DeploymentNumber, InstanceId, ServiceId, TaskId};

/// The id of a deployment as ECS prints it (RES-9).
fn deployment_id(number: DeploymentNumber) -> String {
    format!("ecs-svc/{}", number.0)
}

pub(super) fn task_state(cluster: &Cluster, id: TaskId, version: u32) -> TaskState {
    let task = &cluster.tasks[id];
    let instance = match task.host {
        Host::Instance(instance) => Some(cluster.instance_name(instance)),
        Host::Fargate(_) | Host::Unplaced(_) => None,
    };
    TaskState {
        task: cluster.task_name(id),
        cluster: cluster.name.clone(),
        group: cluster.group(task.group).name.clone(),
        started_by: match task.origin {
            Origin::Service { deployment, .. } => Some(deployment_id(deployment)),
            Origin::Caller { .. } => None,
        },
        task_definition: cluster.task_definition(task.task_definition).name(),
        launch_type: if task.capacity.is_on_instances() { "EC2" } else { "FARGATE" },
        capacity_provider: cluster.provider_name(task.capacity).map(str::to_owned),
        instance,
        zone: cluster.zone_of(task.host).map(|zone| cluster.zones[zone.index()].name.clone()),
        reserved: task.reserved,
        last_status: task.last_status.name(),
        desired_status: match task.desired_status {
            DesiredStatus::Running => "RUNNING",
            DesiredStatus::Stopped => "STOPPED",
        },
        containers: containers_of(cluster, task),
        health: task.health.name(),
        times: times_of(task),
        stop: task.stop.map(|cause| cause.code().name()).zip(cluster.stopped_reason(id)),
        version,
    }
}

fn containers_of(cluster: &Cluster, task: &Task) -> Vec<ContainerState> {
    let definitions = &cluster.task_definition(task.task_definition).containers;
    let all = definitions.iter().zip(&task.containers);
    all.map(|(definition, container)| ContainerState {
        name: definition.name.clone(),
        last_status: container.last_status.name(),
        // A container that was started again in place has not ended.
        exit_code: container
            .exit
            .filter(|_| container.last_status == ContainerStatus::Stopped)
            .map(|exit| exit.code),
        health: container.health.name(),
    })
    .collect()
}

fn times_of(task: &Task) -> TaskTimes {
    TaskTimes {
        created: task.created_at,
        pull_started: task.pull_started_at,
        pull_stopped: task.pull_stopped_at,
        started: task.started_at,
        stopping: task.stopping_at,
        // An essential container may start again in place as long as the task is to run (CON-11).
        execution_stopped: task.execution_stopped_at.filter(|_| !task.is_active()),
        stopped: task.stopped_at,
    }
}

pub(super) fn instance_state(cluster: &Cluster, id: InstanceId, version: u32) -> InstanceState {
    let instance = &cluster.instances[id];
    let tasks = || instance.tasks.iter().map(|task| &cluster.tasks[*task]);
    InstanceState {
        instance: cluster.instance_name(id),
        cluster: cluster.name.clone(),
        zone: cluster.zones[instance.zone.index()].name.clone(),
        instance_type: instance.instance_type.clone(),
        // INS-5: an instance that is gone unnoticed is one whose agent does not answer.
        custom_attributes: instance
            .attributes
            .iter()
            .filter(|(name, _)| !name.starts_with("ecs."))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        status: instance.status.name(),
        agent_connected: instance.status.is_there() && instance.agent_connected,
        registered: instance.registered,
        remaining: instance.free,
        awsvpc_task_limit: instance.traits.awsvpc_task_limit,
        running_tasks: tasks().filter(|task| task.is_active()).count() as u32,
        pending_tasks: tasks().filter(|task| task.last_status == TaskStatus::Pending).count() as u32,
        registered_at: instance.registered_at,
        version,
    }
}

pub(super) fn service_state(cluster: &Cluster, id: ServiceId, call: &'static str) -> ServiceState {
    let service = cluster.service(id);
    let settings = &service.settings;
    ServiceState {
        call,
        service: service.name.clone(),
        cluster: cluster.name.clone(),
        status: match service.status {
            ServiceStatus::Active => "ACTIVE",
            ServiceStatus::Draining => "DRAINING",
            ServiceStatus::Inactive => "INACTIVE",
        },
        deployment_controller: match settings.controller {
            DeploymentController::Ecs => None,
            other => Some(other.name()),
        },
        task_definition: settings.task_definition.map(|id| cluster.task_definition(id).name()),
        scheduling_strategy: match settings.scheduling {
            SchedulingStrategy::Replica => "REPLICA",
            SchedulingStrategy::Daemon => "DAEMON",
        },
        desired_count: settings.desired_count,
        minimum_healthy_percent: settings.minimum_healthy_percent,
        maximum_percent: settings.maximum_percent,
        grace_period_s: settings.grace_period.0 / 1000,
    }
}

pub(super) fn service_action(cluster: &Cluster, id: ServiceId, event: &ServiceEvent) -> ServiceAction {
    let named = event.event_name();
    ServiceAction {
        service: cluster.service(id).name.clone(),
        cluster: cluster.name.clone(),
        event_type: named.map_or(EventType::Info, |(_, event_type)| event_type).name(),
        event_name: named.map(|(name, _)| name),
        message: event.message(cluster, id),
        reason: match event {
            ServiceEvent::PlacementFailed { reason, .. }
            | ServiceEvent::RebalancingPlacementFailed { reason, .. } => Some(reason.code()),
            ServiceEvent::SteadyState
            | ServiceEvent::TasksStarted { .. }
            | ServiceEvent::TasksStopped { .. }
            | ServiceEvent::DaemonConstraintViolated { .. }
            | ServiceEvent::RebalancingStarted { .. }
            | ServiceEvent::RebalancingCompleted { .. }
            | ServiceEvent::RebalancingStopped
            | ServiceEvent::RebalancingTasksStarted { .. }
            | ServiceEvent::RebalancingTasksStopped { .. }
            | ServiceEvent::TargetRegistered { .. }
            | ServiceEvent::TargetDeregistered { .. }
            | ServiceEvent::DrainingConnections { .. }
            | ServiceEvent::TargetUnhealthy { .. }
            | ServiceEvent::StartImpaired
            | ServiceEvent::OperationsThrottled
            | ServiceEvent::DeploymentStuck
            | ServiceEvent::ScaleInBlocked { .. }
            | ServiceEvent::DeploymentInProgress { .. }
            | ServiceEvent::DeploymentCompleted { .. }
            | ServiceEvent::RollingBack { .. }
            | ServiceEvent::DesiredCountUpdated { .. }
            | ServiceEvent::TaskSetSteadyState { .. }
            | ServiceEvent::DeploymentFailed { .. } => None,
        },
    }
}

pub(super) fn deployment_state(
    cluster: &Cluster,
    id: ServiceId,
    number: DeploymentNumber,
    event: &ServiceEvent,
) -> DeploymentState {
    let (event_name, event_type) = event.event_name().unwrap_or(("", EventType::Info));
    DeploymentState {
        service: cluster.service(id).name.clone(),
        event_type: event_type.name(),
        event_name,
        deployment: deployment_id(number),
        message: event.message(cluster, id),
    }
}
