//! Resources of a template in the shapes of the API.

use serde_json::{Value as Json, json};

use super::functions::{Template, UNKNOWN};
use super::lower_camel;
use crate::import::gathered::{Gathered, text_at};
use crate::scenario::tree::{Key, Node, Value};

/// Takes a resource, if it is one that a cluster is made of; what it is.
pub fn take(
    gathered: &mut Gathered,
    template: &Template<'_>,
    id: &str,
    kind: &str,
    resource: &Node,
) -> Option<&'static str> {
    let empty = Node { value: Value::Mapping(Vec::new()), ..resource.clone() };
    let properties = template.resolve(resource.entry("Properties").unwrap_or(&empty));
    let properties = known(gathered, id, !TAKEN.contains(&kind), properties);
    let name = template.name(id);
    Some(match kind {
        "AWS::ECS::Cluster" => {
            gathered.clusters.push(with(lower_camel(&properties), "clusterName", json!(name)));
            "cluster"
        }
        "AWS::ECS::Service" => {
            let service = renamed(lower_camel(&properties), "placementStrategies", "placementStrategy");
            // The one cluster of the scenario is meant, whatever the name under which another stack has it.
            let service = without(service, "cluster");
            gathered.services.push(with(service, "serviceName", json!(name)));
            "service"
        }
        "AWS::ECS::TaskDefinition" => {
            gathered.task_definitions.push(with(lower_camel(&properties), "family", json!(name)));
            "task definition"
        }
        "AWS::ECS::CapacityProvider" => {
            gathered.capacity_providers.push(with(lower_camel(&properties), "name", json!(name)));
            "capacity provider"
        }
        "AWS::ECS::ClusterCapacityProviderAssociations" => {
            let mut cluster = lower_camel(&properties);
            let named = text_at(&cluster, "cluster").map(str::to_owned);
            cluster = without(cluster, "cluster");
            let there =
                gathered.clusters.iter_mut().find(|one| text_at(one, "clusterName") == named.as_deref());
            match there {
                Some(there) => *there = merged(there.clone(), cluster),
                None => gathered.clusters.push(match named {
                    Some(named) => with(cluster, "clusterName", json!(named)),
                    None => cluster,
                }),
            }
            "association of capacity providers"
        }
        "AWS::AutoScaling::AutoScalingGroup" => {
            let group = renamed(properties, "Cooldown", "DefaultCooldown");
            let group = joined(group, "VPCZoneIdentifier");
            gathered.auto_scaling_groups.push(with(group, "AutoScalingGroupName", json!(name)));
            "Auto Scaling group"
        }
        "AWS::AutoScaling::LaunchConfiguration" => {
            note_type(
                gathered,
                id,
                text_at(&properties, "LaunchConfigurationName"),
                text_at(&properties, "InstanceType"),
            );
            "launch configuration"
        }
        "AWS::EC2::LaunchTemplate" => {
            let kind = properties.entry("LaunchTemplateData").and_then(|data| text_at(data, "InstanceType"));
            note_type(gathered, id, text_at(&properties, "LaunchTemplateName"), kind);
            "launch template"
        }
        "AWS::EC2::Subnet" => {
            if let Some(zone) = text_at(&properties, "AvailabilityZone") {
                gathered.subnets.insert(name.to_owned(), zone.to_owned());
            }
            "subnet"
        }
        "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            let attributes = properties.entry("TargetGroupAttributes").cloned();
            gathered.target_group_attributes.extend(attributes.map(|node| (name.to_owned(), node)));
            let group = without(properties, "TargetGroupAttributes");
            gathered.target_groups.push(with(group, "Name", json!(name)));
            "target group"
        }
        "AWS::ApplicationAutoScaling::ScalableTarget" => {
            gathered.scalable_targets.push(properties);
            "scalable target"
        }
        "AWS::ApplicationAutoScaling::ScalingPolicy" => {
            let target = text_at(&properties, "ScalingTargetId").map(str::to_owned);
            let policy = without(properties, "ScalingTargetId");
            let policy = match target {
                Some(resource) => with(policy, "ResourceId", json!(resource)),
                None => policy,
            };
            let policy = match text_at(&policy, "PolicyName") {
                Some(_) => policy,
                None => with(policy, "PolicyName", json!(id)),
            };
            gathered.scaling_policies.push(policy);
            "scaling policy"
        }
        "AWS::CloudWatch::Alarm" => {
            let alarm = match text_at(&properties, "AlarmName") {
                Some(_) => properties,
                None => with(properties, "AlarmName", json!(id)),
            };
            if text_at(&alarm, "Namespace") == Some("AWS/ECS") {
                gathered.metric_alarms.push(alarm);
            }
            "alarm"
        }
        "AWS::Events::Rule" => {
            let has_tasks = resource.to_json().to_string().contains("EcsParameters");
            if has_tasks {
                let message = "tasks that EventBridge runs on a schedule are not imported: an entry of world.runs with `at` or `every` does the same";
                gathered.leave_out(resource.origin(), id, message);
            }
            return None;
        }
        _ => return None,
    })
}

/// The kinds whose properties are read; what is unknown in others takes nothing away.
const TAKEN: [&str; 11] = [
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::Subnet",
];

fn note_type(gathered: &mut Gathered, id: &str, name: Option<&str>, kind: Option<&str>) {
    for name in [Some(id), name].into_iter().flatten() {
        gathered.launch_types.extend(kind.map(|kind| (name.to_owned(), kind.to_owned())));
    }
}

/// The properties without what nobody knows; what of that is read is told.
fn known(gathered: &mut Gathered, id: &str, silent: bool, node: Node) -> Node {
    /// References to what the scenario holds once, or not at all: that they lead elsewhere takes nothing away.
    const OF_NO_MATTER: [&str; 16] = [
        "Tags",
        "Port",
        "KeyName",
        "ClusterName",
        "Cluster",
        "Role",
        "VpcId",
        "SecurityGroups",
        "Image",
        "ExecutionRoleArn",
        "TaskRoleArn",
        "RoleARN",
        "Environment",
        "LogConfiguration",
        "SecurityGroupIds",
        "UserData",
    ];
    fn prune(gathered: &mut Gathered, path: &str, silent: bool, node: Node) -> Option<Node> {
        let value = match node.value {
            Value::Text(ref text) if text.starts_with(UNKNOWN) => {
                if !silent {
                    let why = &text[UNKNOWN.len()..];
                    gathered.leave_out(node.origin(), path, format!("{why}; it is left out"));
                }
                return None;
            }
            Value::Mapping(entries) => Value::Mapping(
                entries
                    .into_iter()
                    .filter_map(|(key, value)| {
                        let silent = silent || OF_NO_MATTER.contains(&key.text.as_str());
                        let value = prune(gathered, &format!("{path}.{}", key.text), silent, value)?;
                        Some((key, value))
                    })
                    .collect(),
            ),
            Value::List(items) => {
                // Of several that nobody knows the first stands for all.
                let mut silent = silent;
                let known = items.into_iter().filter_map(|item| {
                    let pruned = prune(gathered, path, silent, item);
                    silent |= pruned.is_none();
                    pruned
                });
                Value::List(known.collect())
            }
            other => other,
        };
        Some(Node { value, ..node })
    }
    let empty = Node { value: Value::Mapping(Vec::new()), ..node.clone() };
    prune(gathered, id, silent, node).unwrap_or(empty)
}

fn with(mut node: Node, key: &str, value: Json) -> Node {
    node = without(node, key);
    let origin = node.origin();
    if let Value::Mapping(entries) = &mut node.value {
        let key = Key { text: key.to_owned(), span: origin.span, source: origin.source };
        entries.insert(0, (key, Node::from_json(&value, origin)));
    }
    node
}

fn without(mut node: Node, key: &str) -> Node {
    if let Value::Mapping(entries) = &mut node.value {
        entries.retain(|(name, _)| name.text != key);
    }
    node
}

fn renamed(mut node: Node, from: &str, to: &str) -> Node {
    if let Value::Mapping(entries) = &mut node.value {
        for (key, _) in entries.iter_mut().filter(|(key, _)| key.text == from) {
            key.text = to.to_owned();
        }
    }
    node
}

fn merged(mut into: Node, other: Node) -> Node {
    if let (Value::Mapping(entries), Value::Mapping(more)) = (&mut into.value, other.value) {
        entries.extend(more);
    }
    into
}

/// A list of subnets as the API takes it: one text with commas.
fn joined(mut node: Node, key: &str) -> Node {
    if let Value::Mapping(entries) = &mut node.value {
        for (_, value) in entries.iter_mut().filter(|(name, _)| name.text == key) {
            if let Some(items) = value.items() {
                let all: Vec<&str> = items.iter().filter_map(Node::text).collect();
                value.value = Value::Text(all.join(","));
            }
        }
    }
    node
}
