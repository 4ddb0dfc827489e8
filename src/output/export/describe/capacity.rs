//! Auto Scaling groups with their launch templates, capacity providers, container instances, subnets.

use serde_json::{Value, json};

use super::super::{ExportedFile, Setting, inputs, pruned, text, without};
use super::{NAMES_A_CALL, in_parts};
use crate::model::auto_scaling_group::{AutoScalingGroup, Lifecycle};
use crate::model::instance::ContainerInstance;
use crate::model::{Cluster, InstanceId, Resources};

pub(super) fn files(aws: &Value, cluster: &Cluster, setting: &Setting) -> Vec<ExportedFile> {
    let mut files = Vec::new();
    let mut add = |name: &str, value: Value| files.push(ExportedFile::json(name, &value));
    let groups: Vec<Value> =
        owned_groups(cluster).map(|group| of_group(aws, cluster, setting, group)).collect();
    if !groups.is_empty() {
        let templates: Vec<Value> = owned_groups(cluster).filter_map(template).collect();
        add("describe-auto-scaling-groups.json", json!({ "AutoScalingGroups": groups }));
        let hooks = hooks(aws);
        if !hooks.is_empty() {
            add("describe-lifecycle-hooks.json", json!({ "LifecycleHooks": hooks }));
        }
        add("describe-launch-template-versions.json", json!({ "LaunchTemplateVersions": templates }));
    }
    let providers = providers(aws, setting);
    if !providers.is_empty() {
        add("describe-capacity-providers.json", json!({ "capacityProviders": providers, "failures": [] }));
    }
    if !cluster.subnets.is_empty() {
        let zone = |(id, zone): (&String, &crate::model::ZoneId)| json!({ "SubnetId": id, "AvailabilityZone": cluster.zones[zone.index()].name });
        add(
            "describe-subnets.json",
            json!({ "Subnets": cluster.subnets.iter().map(zone).collect::<Vec<_>>() }),
        );
    }
    let instances: Vec<Value> =
        registered(cluster).map(|(id, one)| of_instance(cluster, setting, id, one)).collect();
    files.extend(in_parts("describe-container-instances", "containerInstances", &instances, NAMES_A_CALL));
    files
}

/// Those that somebody owns: Managed Instances have none that is seen.
fn owned_groups(cluster: &Cluster) -> impl Iterator<Item = &AutoScalingGroup> {
    cluster.auto_scaling_groups.iter().filter(|group| {
        let provider = group.provider.map(|id| cluster.capacity_provider(id));
        provider.is_none_or(|provider| provider.managed_instances.is_none())
    })
}

fn of_group(aws: &Value, cluster: &Cluster, setting: &Setting, group: &AutoScalingGroup) -> Value {
    const STATE: [&str; 7] = [
        "InstanceType",
        "Instances",
        "AvailabilityZones",
        "MinSize",
        "MaxSize",
        "DesiredCapacity",
        "LifecycleHookSpecificationList", // described by an answer of its own
    ];
    let given = inputs(aws, "autoScalingGroups");
    let input = given.iter().find(|one| text(one, "AutoScalingGroupName") == group.name);
    let mut shape = input.map_or_else(|| json!({}), |input| without(input, &STATE));
    let settings = &group.settings;
    let zones: Vec<&str> =
        settings.zones.iter().map(|zone| cluster.zones[zone.index()].name.as_str()).collect();
    shape["AutoScalingGroupName"] = json!(group.name);
    shape["AutoScalingGroupARN"] = json!(setting.group_arn(&group.name));
    shape["MinSize"] = json!(settings.min_size);
    shape["MaxSize"] = json!(settings.max_size);
    shape["DesiredCapacity"] = json!(group.desired_capacity);
    shape["AvailabilityZones"] = json!(zones);
    if shape.get("MixedInstancesPolicy").is_none() {
        shape["LaunchTemplate"] = json!({ "LaunchTemplateName": group.name, "Version": "$Latest" });
    }
    let instances = cluster.pools[group.pool.index()].instances.iter();
    let there = instances.filter(|id| cluster.instances[**id].lifecycle != Lifecycle::Terminated);
    let of = |id: &InstanceId| {
        let one = &cluster.instances[*id];
        pruned(json!({
            "InstanceId": cluster.instance_name(*id),
            "InstanceType": one.instance_type.as_deref(),
            "AvailabilityZone": cluster.zones[one.zone.index()].name,
            "LifecycleState": one.lifecycle.name(),
            "HealthStatus": if one.status.is_lost() { "Unhealthy" } else { "Healthy" },
            "ProtectedFromScaleIn": one.protected_from_scale_in,
        }))
    };
    shape["Instances"] = there.map(of).collect();
    shape
}

/// Each with the name of its group.
fn hooks(aws: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for group in inputs(aws, "autoScalingGroups") {
        let listed = group.get("LifecycleHookSpecificationList").and_then(Value::as_array);
        for hook in listed.into_iter().flatten() {
            let mut hook = hook.clone();
            hook["AutoScalingGroupName"] = json!(text(&group, "AutoScalingGroupName"));
            all.push(hook);
        }
    }
    all
}

fn template(group: &AutoScalingGroup) -> Option<Value> {
    let kind = group.settings.kinds.first()?.instance_type.as_deref()?;
    let version = group.settings.version.max(1);
    Some(json!({ "LaunchTemplateName": group.name, "VersionNumber": version, "DefaultVersion": true,
        "LaunchTemplateData": { "InstanceType": kind } }))
}

fn providers(aws: &Value, setting: &Setting) -> Vec<Value> {
    let described = |mut input: Value| {
        let group =
            input.get_mut("autoScalingGroupProvider").and_then(|of| of.get_mut("autoScalingGroupArn"));
        if let Some(group) = group {
            *group = json!(setting.group_arn(group.as_str().unwrap_or_default()));
        }
        input["status"] = json!("ACTIVE");
        input
    };
    inputs(aws, "capacityProviders").into_iter().map(described).collect()
}

/// Instances that ECS knows, by pool in the order of their launch.
fn registered(cluster: &Cluster) -> impl Iterator<Item = (InstanceId, &ContainerInstance)> {
    let known =
        |one: &ContainerInstance| ["ACTIVE", "DRAINING"].contains(&one.status.name()) && one.was_registered();
    let mut all: Vec<_> = cluster.instances.iter().filter(|(_, one)| known(one)).collect();
    all.sort_by_key(|(_, one)| (one.pool, one.ordinal));
    all.into_iter()
}

fn of_instance(cluster: &Cluster, setting: &Setting, id: InstanceId, one: &ContainerInstance) -> Value {
    let name = cluster.instance_name(id);
    let of_attribute = |(name, value): (&String, &String)| {
        pruned(json!({ "name": name, "value": Some(value).filter(|value| !value.is_empty()) }))
    };
    let tasks = || one.tasks.iter().map(|task| &cluster.tasks[*task]);
    let version: Vec<String> = one.agent_version.iter().map(u64::to_string).collect();
    let group = cluster.pools[one.pool.index()].group.map(|group| cluster.auto_scaling_group(group));
    let provider =
        group.and_then(|group| group.provider).map(|id| cluster.capacity_provider(id).name.clone());
    pruned(json!({
        "containerInstanceArn": setting.arn("container-instance", &name),
        "ec2InstanceId": name,
        "capacityProviderName": provider,
        "version": 1,
        "versionInfo": { "agentVersion": version.join(".") },
        "registeredResources": resources(one.registered, one.registered.gpus > 0),
        "remainingResources": resources(one.free, one.registered.gpus > 0),
        "status": one.status.name(),
        "agentConnected": one.status.is_there() && one.agent_connected,
        "runningTasksCount": tasks().filter(|task| task.is_active()).count(),
        "pendingTasksCount": tasks().filter(|task| task.last_status.name() == "PENDING").count(),
        "attributes": one.attributes.iter().map(of_attribute).collect::<Vec<_>>(),
        "registeredAt": setting.date(one.registered_at),
    }))
}

fn resources(of: Resources, has_gpus: bool) -> Value {
    let whole = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value });
    let mut all = vec![whole("CPU", of.cpu), whole("MEMORY", of.memory_mib)];
    if has_gpus {
        let ids: Vec<String> = (0..of.gpus).map(|index| format!("GPU-{index}")).collect();
        let mut gpus = whole("GPU", 0);
        gpus["type"] = json!("STRINGSET");
        gpus["stringSetValue"] = json!(ids);
        all.push(gpus);
    }
    all.into()
}
