//! Services, their target groups and their scaling.

use serde_json::{Value, json};

use super::super::{ExportedFile, Setting, inputs, pruned, text, without};
use crate::model::Cluster;
use crate::model::service::{Deployment, RolloutState, SchedulingStrategy, Service, ServiceStatus};
use crate::model::task::Capacity;
use crate::model::task_set::DeploymentController;

/// RES-11.
pub(super) fn status(service: &Service) -> &'static str {
    match service.status {
        ServiceStatus::Active => "ACTIVE",
        ServiceStatus::Draining => "DRAINING",
        ServiceStatus::Inactive => "INACTIVE",
    }
}

/// Services that are there.
pub(super) fn services(aws: &Value, cluster: &Cluster, setting: &Setting) -> Vec<Value> {
    let given = inputs(aws, "services");
    let there = cluster.services.iter().filter(|service| service.status != ServiceStatus::Inactive);
    let of_service = |service: &Service| {
        let input = given.iter().find(|one| text(one, "serviceName") == service.name);
        shape(cluster, setting, service, &input.cloned().unwrap_or_else(|| json!({})))
    };
    there.map(of_service).collect()
}

fn shape(cluster: &Cluster, setting: &Setting, service: &Service, input: &Value) -> Value {
    let settings = &service.settings;
    let definition =
        settings.task_definition.map(|id| setting.definition_arn(&cluster.task_definition(id).name()));
    let mut configuration = input.get("deploymentConfiguration").cloned().unwrap_or_else(|| json!({}));
    configuration["maximumPercent"] = json!(settings.maximum_percent);
    configuration["minimumHealthyPercent"] = json!(settings.minimum_healthy_percent);
    let mut shape = json!({
        "serviceArn": setting.arn("service", &service.name),
        "serviceName": service.name,
        "clusterArn": setting.cluster_arn(),
        "status": status(service),
        "desiredCount": settings.desired_count,
        "runningCount": service.counts.running,
        "pendingCount": service.counts.pending,
        "taskDefinition": definition,
        "deploymentConfiguration": configuration,
        "deploymentController": { "type": settings.controller.name() },
        "schedulingStrategy": match settings.scheduling {
            SchedulingStrategy::Replica => "REPLICA",
            SchedulingStrategy::Daemon => "DAEMON",
        },
        "healthCheckGracePeriodSeconds": settings.grace_period.0 / 1000,
        "events": [],
    });
    if settings.controller != DeploymentController::External {
        let newest = service.primary().map(|primary| primary.number);
        let all = service.deployments.iter().rev();
        shape["deployments"] =
            all.map(|one| deployment(cluster, setting, one, Some(one.number) == newest)).collect();
    }
    const AS_GIVEN: [&str; 4] =
        ["placementConstraints", "placementStrategy", "networkConfiguration", "availabilityZoneRebalancing"];
    for key in AS_GIVEN {
        if let Some(value) = input.get(key) {
            shape[key] = value.clone();
        }
    }
    if let Some(balancers) = input.get("loadBalancers").and_then(Value::as_array) {
        shape["loadBalancers"] = balancers.iter().map(|one| balancer(setting, one)).collect();
    }
    capacity(cluster, service, &mut shape);
    pruned(shape)
}

fn balancer(setting: &Setting, input: &Value) -> Value {
    let mut shape = input.clone();
    let arn = |value: &Value| json!(setting.target_group_arn(value.as_str().unwrap_or_default()));
    if let Some(group) = shape.get_mut("targetGroupArn") {
        *group = arn(group);
    }
    let advanced = shape.get_mut("advancedConfiguration");
    if let Some(group) = advanced.and_then(|of| of.get_mut("alternateTargetGroupArn")) {
        *group = arn(group);
    }
    shape
}

/// The launch type, or the strategy in force.
fn capacity(cluster: &Cluster, service: &Service, shape: &mut Value) {
    let choices = &service.settings.capacity;
    match choices.first().map(|choice| choice.capacity) {
        Some(Capacity::Ec2) => shape["launchType"] = json!("EC2"),
        Some(Capacity::Fargate(_)) => shape["launchType"] = json!("FARGATE"),
        Some(Capacity::Provider(_) | Capacity::AutoScaling(_)) => {
            let items = choices.iter().map(|choice| {
                let provider = cluster.provider_name(choice.capacity);
                json!({ "capacityProvider": provider, "weight": choice.weight, "base": choice.base })
            });
            shape["capacityProviderStrategy"] = items.collect();
        }
        None => {}
    }
}

fn deployment(cluster: &Cluster, setting: &Setting, of: &Deployment, is_newest: bool) -> Value {
    json!({
        "id": format!("ecs-svc/{}", of.number.0),
        "status": if is_newest { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": setting.definition_arn(&cluster.task_definition(of.task_definition).name()),
        "desiredCount": of.desired_count,
        "pendingCount": of.counts.pending,
        "runningCount": of.counts.running,
        "failedTasks": of.failures,
        "createdAt": setting.date(of.created_at),
        "rolloutState": match of.rollout_state {
            RolloutState::InProgress => "IN_PROGRESS",
            RolloutState::Completed => "COMPLETED",
            RolloutState::Failed => "FAILED",
        },
    })
}

/// Target groups, and a file for the attributes of each.
pub(super) fn target_groups(aws: &Value, setting: &Setting) -> Vec<ExportedFile> {
    let mut files = Vec::new();
    let mut groups = Vec::new();
    for input in inputs(aws, "loadBalancers") {
        let name = text(&input, "Name").to_owned();
        if let Some(attributes) = input.get("Attributes") {
            let file = format!("describe-target-group-attributes-{name}.json");
            files.push(ExportedFile::json(file, &json!({ "Attributes": attributes })));
        }
        let mut shape = without(&input, &["Name", "Attributes"]);
        shape["TargetGroupName"] = json!(name);
        shape["TargetGroupArn"] = json!(setting.target_group_arn(&name));
        groups.push(shape);
    }
    if !groups.is_empty() {
        files
            .insert(0, ExportedFile::json("describe-target-groups.json", &json!({ "TargetGroups": groups })));
    }
    files
}

/// Scalable targets with their bounds of now, policies, scheduled actions and alarms.
pub(super) fn scaling(aws: &Value, cluster: &Cluster, setting: &Setting) -> Vec<ExportedFile> {
    let requests = inputs(aws, "scalingPolicies");
    let of = |call: &str| -> Vec<Value> {
        let inputs = requests.iter().filter_map(|one| one.get(call)).cloned();
        inputs.map(|input| with_resource(setting, input)).collect()
    };
    let mut targets = of("RegisterScalableTarget");
    for target in &mut targets {
        let name = text(target, "ResourceId").rsplit('/').next().unwrap_or_default().to_owned();
        let service = cluster.services.iter().find(|service| service.name == name);
        if let Some(bounds) = service.and_then(|service| service.scaling.as_deref()) {
            target["MinCapacity"] = json!(bounds.min);
            target["MaxCapacity"] = json!(bounds.max);
        }
    }
    let alarms = requests.iter().filter_map(|one| one.get("PutMetricAlarm")).cloned();
    let alarms = alarms.map(|mut alarm| {
        alarm["Namespace"] = json!("AWS/ECS");
        alarm
    });
    let lists = [
        ("describe-scalable-targets.json", "ScalableTargets", targets),
        ("describe-scaling-policies.json", "ScalingPolicies", of("PutScalingPolicy")),
        ("describe-scheduled-actions.json", "ScheduledActions", of("PutScheduledAction")),
        ("describe-alarms.json", "MetricAlarms", alarms.collect()),
    ];
    let lists = lists.into_iter().filter(|(_, _, items)| !items.is_empty());
    lists.map(|(file, key, items)| ExportedFile::json(file, &json!({ key: items }))).collect()
}

/// Application Auto Scaling names a service with its cluster.
pub(in crate::output::export) fn with_resource(setting: &Setting, mut input: Value) -> Value {
    let name = text(&input, "ResourceId").rsplit('/').next().unwrap_or_default().to_owned();
    input["ServiceNamespace"] = json!("ecs");
    input["ResourceId"] = json!(format!("service/{}/{name}", setting.cluster));
    input["ScalableDimension"] = json!("ecs:service:DesiredCount");
    input
}
