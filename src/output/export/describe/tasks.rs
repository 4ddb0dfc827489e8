//! Tasks as DescribeTasks tells of them.

use serde_json::{Value, json};

use super::super::{Setting, pruned};
use crate::model::Cluster;
use crate::model::task::{DesiredStatus, Host, Origin, Task, TaskStatus};

/// All tasks that are not STOPPED, in the order of their creation.
pub(super) fn tasks(cluster: &Cluster, setting: &Setting) -> Vec<Value> {
    let all = cluster.tasks.iter().filter(|(_, task)| task.last_status != TaskStatus::Stopped);
    let mut all: Vec<(String, &Task)> = all.map(|(id, task)| (cluster.task_name(id), task)).collect();
    all.sort_by(|(a_name, a), (b_name, b)| {
        let key = |task: &Task| (task.created_at, task.ordinal, task.attempt);
        key(a).cmp(&key(b)).then_with(|| a_name.cmp(b_name))
    });
    all.into_iter().map(|(name, task)| of_task(cluster, setting, &name, task)).collect()
}

fn of_task(cluster: &Cluster, setting: &Setting, name: &str, task: &Task) -> Value {
    let definition = cluster.task_definition(task.task_definition);
    let zone = cluster.zone_of(task.host).map(|zone| cluster.zones[zone.index()].name.clone());
    let instance = match task.host {
        Host::Instance(instance) => Some(setting.arn("container-instance", &cluster.instance_name(instance))),
        Host::Fargate(_) | Host::Unplaced(_) => None,
    };
    let containers: Vec<Value> = definition
        .containers
        .iter()
        .zip(&task.containers)
        .map(|(of, container)| {
            pruned(json!({
                "name": of.name,
                "lastStatus": container.last_status.name(),
                "healthStatus": container.health.name(),
                "exitCode": container.exit.map(|exit| exit.code),
            }))
        })
        .collect();
    let mut shape = pruned(json!({
        "taskArn": setting.arn("task", name),
        "clusterArn": setting.cluster_arn(),
        "taskDefinitionArn": setting.definition_arn(&definition.name()),
        "containerInstanceArn": instance,
        "group": cluster.group(task.group).name,
        "startedBy": match task.origin {
            Origin::Service { deployment, .. } => Some(format!("ecs-svc/{}", deployment.0)),
            Origin::Caller { .. } => None,
        },
        "launchType": if task.capacity.is_on_instances() { "EC2" } else { "FARGATE" },
        "capacityProviderName": cluster.provider_name(task.capacity),
        "availabilityZone": zone,
        "cpu": task.reserved.cpu.to_string(),
        "memory": task.reserved.memory_mib.to_string(),
        "lastStatus": task.last_status.name(),
        "desiredStatus": match task.desired_status {
            DesiredStatus::Running => "RUNNING",
            DesiredStatus::Stopped => "STOPPED",
        },
        "healthStatus": task.health.name(),
        "connectivity": "CONNECTED",
        "createdAt": setting.date(task.created_at),
        "startedAt": task.started_at.map(|at| setting.date(at)),
        "containers": containers,
        "version": 1,
    }));
    let own_size = matches!(task.origin, Origin::Caller { .. }) && task.reserved != definition.reserved;
    shape["overrides"] = json!({ "containerOverrides": [] });
    if own_size {
        shape["overrides"]["cpu"] = json!(task.reserved.cpu.to_string());
        shape["overrides"]["memory"] = json!(task.reserved.memory_mib.to_string());
    }
    shape["attachments"] = json!([]);
    shape["tags"] = json!([]);
    shape
}
