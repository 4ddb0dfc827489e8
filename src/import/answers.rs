//! Which answer or request of the AWS CLI a file holds, by the keys at its top.

use super::gathered::{Gathered, Verdict, text_at};
use crate::scenario::tree::{Node, Value};

/// Keys that the AWS CLI prints beside what an answer is about.
const BESIDE: [&str; 6] = ["failures", "nextToken", "NextToken", "ResponseMetadata", "tags", "NextMarker"];

/// Answers that are understood and say nothing that a simulation needs: the key, and why.
const SAYS_NOTHING: &[(&str, &str)] = &[
    ("clusterArns", "names of clusters; describe-clusters says what they are"),
    ("serviceArns", "names of services; describe-services says what they are"),
    ("taskArns", "names of tasks; describe-tasks says what they are"),
    (
        "containerInstanceArns",
        "names of container instances; describe-container-instances says what they are",
    ),
    ("taskDefinitionArns", "names of task definitions; describe-task-definition says what they are"),
    ("families", "names of task definition families; describe-task-definition says what they are"),
    ("attributes", "attributes; describe-container-instances has those of each instance"),
    (
        "protectedTasks",
        "protection from scale-in: a scenario begins with no task protected (UpdateTaskProtection on the timeline protects them)",
    ),
    ("serviceDeployments", "history of deployments; describe-services has the one under way"),
    ("serviceRevisions", "history of revisions; describe-services has the one in force"),
    ("taskSets", "task sets of a service that somebody else deploys: they are not imported, the service is"),
    ("taskSet", "a task set of a service that somebody else deploys: it is not imported, the service is"),
    ("tags", "tags matter to nothing here"),
    ("Tags", "tags matter to nothing here"),
    ("Activities", "history of an Auto Scaling group"),
    ("InstanceRefreshes", "history of an Auto Scaling group"),
    ("InstanceRefreshId", "the id of an instance refresh"),
    ("LoadBalancerTargetGroups", "target groups of an Auto Scaling group: ECS registers its tasks itself"),
    ("TrafficSources", "traffic sources of an Auto Scaling group: ECS registers its tasks itself"),
    ("Processes", "a list of process names, the same for everybody"),
    ("TerminationPolicyTypes", "a list of policy names, the same for everybody"),
    ("Granularities", "a list of metric names, the same for everybody"),
    ("MaxNumberOfAutoScalingGroups", "limits of the account, which groups here do not reach"),
    (
        "ScheduledUpdateGroupActions",
        "scheduled actions of an Auto Scaling group: PutScheduledUpdateGroupAction on the timeline does the same",
    ),
    (
        "AutoScalingInstances",
        "instances of Auto Scaling groups; describe-auto-scaling-groups has them with their groups",
    ),
    ("Alarms", "the answer to a request that put a policy; describe-scaling-policies has the policy"),
    ("PolicyARN", "the answer to a request that put a policy; describe-scaling-policies has the policy"),
];

/// Requests that change, ask or delete and are no state: a key that tells them, and what to do with them.
const REQUESTS: &[(&str, &str)] = &[
    ("LifecycleHookName", "a request about a lifecycle hook"),
    ("LoadBalancerNames", "a request about the load balancers of an Auto Scaling group"),
    ("TargetGroupARNs", "a request about the target groups of an Auto Scaling group"),
    ("NotificationTypes", "a request about notifications"),
    ("TopicARN", "a request about notifications"),
    ("Metrics", "a request about metrics of an Auto Scaling group"),
    ("Granularity", "a request about metrics of an Auto Scaling group"),
    ("InstanceIds", "a request about instances of an Auto Scaling group"),
    ("DesiredConfiguration", "a StartInstanceRefresh request: put it on the timeline"),
    ("ScalingProcesses", "a request about processes of an Auto Scaling group: put it on the timeline"),
    (
        "PolicyName",
        "a request about a policy of an Auto Scaling group; ECS scales groups by capacity providers",
    ),
    ("AutoScalingGroupNames", "a question about Auto Scaling groups"),
    ("LaunchConfigurationName", "a request about a launch configuration"),
    ("LaunchConfigurationNames", "a question about launch configurations"),
    ("ResourceId", "a request about a scalable target that registers nothing"),
    ("Filters", "a question with filters"),
    ("resourceArn", "a request about tags"),
    ("principalArn", "a request about an account setting of somebody"),
    ("familyPrefix", "a question about task definitions"),
    ("containerInstance", "a request about a container instance"),
    ("AutoScalingGroupName", "a question or request about an Auto Scaling group"),
];

/// Takes what a file holds.
pub fn take(gathered: &mut Gathered, stem: &str, root: &Node) -> Verdict {
    let Some(entries) = root.entries() else {
        return Verdict::Refused(format!(
            "found {}, and an answer of the AWS CLI is a mapping: `--query` or `--output` has changed its form",
            root.kind()
        ));
    };
    if let Some(failures) = root.entry("failures").and_then(Node::items).filter(|items| !items.is_empty()) {
        let reasons: Vec<&str> = failures.iter().filter_map(|failure| text_at(failure, "reason")).collect();
        let origin = root.entry("failures").map_or(root.origin(), Node::origin);
        let message = format!(
            "the AWS CLI found {} of what it was asked for not: {}",
            reasons.len(),
            reasons.join(", ")
        );
        gathered.leave_out(origin, "failures", message);
    }
    let mut taken = Vec::new();
    for (key, value) in entries.iter().filter(|(key, _)| !BESIDE.contains(&key.text.as_str())) {
        taken.extend(of_answer(gathered, stem, &key.text, value));
    }
    if taken.is_empty() {
        taken.extend(of_request(gathered, root));
    }
    if !taken.is_empty() {
        return Verdict::Taken(taken);
    }
    let has = |key: &str| root.entry(key).is_some();
    let nothing = SAYS_NOTHING.iter().find(|(key, _)| has(key) && !is_empty_answer(root, key));
    if let Some((_, why)) = nothing {
        return Verdict::Nothing((*why).to_owned());
    }
    if let Some(why) = of_change(root) {
        return Verdict::Nothing(why);
    }
    if let Some((_, why)) = REQUESTS.iter().find(|(key, _)| has(key)) {
        return Verdict::Nothing((*why).to_owned());
    }
    let empty = entries.iter().find(|(_, value)| value.items().is_some_and(<[Node]>::is_empty));
    if let Some((key, _)) = empty {
        return Verdict::Nothing(format!("`{}` is an empty list", key.text));
    }
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).take(8).collect();
    Verdict::Refused(match keys.is_empty() {
        true => "an empty mapping".to_owned(),
        false => format!(
            "no whole answer or request of the AWS CLI that is known here begins with the keys {}",
            keys.join(", ")
        ),
    })
}

fn is_empty_answer(root: &Node, key: &str) -> bool {
    root.entry(key).and_then(Node::items).is_some_and(<[Node]>::is_empty)
}

/// The mappings in a value that is one or a list of them.
fn objects(value: &Node) -> Vec<Node> {
    let all = match &value.value {
        Value::Mapping(_) => std::slice::from_ref(value),
        Value::List(items) => items,
        _ => &[],
    };
    all.iter().filter(|item| item.entries().is_some()).cloned().collect()
}

fn counted(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {}", plural(what))),
    }
}

fn plural(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{what}s"),
    }
}

/// What an answer holds at one of its keys.
fn of_answer(gathered: &mut Gathered, stem: &str, key: &str, value: &Node) -> Option<String> {
    let found = objects(value);
    let count = found.len();
    // An empty list of tasks is an answer too: there are none.
    if key == "tasks" && value.items().is_some_and(|items| items.len() == count) {
        gathered.tasks.get_or_insert_default().extend(found);
        return counted(count, "task");
    }
    if count == 0 {
        return None;
    }
    let what = match key {
        "cluster" | "clusters" => {
            gathered.clusters.extend(found);
            "cluster"
        }
        "service" | "services" => {
            gathered.services.extend(found);
            "service"
        }
        "taskDefinition" | "taskDefinitions" => {
            gathered.task_definitions.extend(found);
            "task definition"
        }
        "containerInstance" | "containerInstances" => {
            gathered.container_instances.extend(found);
            "container instance"
        }
        "capacityProvider" | "capacityProviders" => {
            let own = found.into_iter().filter(|one| one.entry("name").is_some());
            gathered.capacity_providers.extend(own);
            "capacity provider"
        }
        "AutoScalingGroups" => {
            gathered.auto_scaling_groups.extend(found);
            "Auto Scaling group"
        }
        "LifecycleHooks" => {
            gathered.lifecycle_hooks.extend(found);
            "lifecycle hook"
        }
        "LaunchConfigurations" => {
            for one in &found {
                let (name, kind) = (text_at(one, "LaunchConfigurationName"), text_at(one, "InstanceType"));
                gathered
                    .launch_types
                    .extend(name.zip(kind).map(|(name, kind)| (name.to_owned(), kind.to_owned())));
            }
            "launch configuration"
        }
        "LaunchTemplateVersions" => {
            for one in &found {
                let kind = one.entry("LaunchTemplateData").and_then(|data| text_at(data, "InstanceType"));
                for name in ["LaunchTemplateId", "LaunchTemplateName"].map(|key| text_at(one, key)) {
                    gathered
                        .launch_types
                        .extend(name.zip(kind).map(|(name, kind)| (name.to_owned(), kind.to_owned())));
                }
            }
            "launch template version"
        }
        "ScalableTargets" => {
            gathered.scalable_targets.extend(found);
            "scalable target"
        }
        // Auto Scaling of EC2 has policies under the same key.
        "ScalingPolicies" => {
            let of_ecs: Vec<Node> =
                found.into_iter().filter(|one| one.entry("ResourceId").is_some()).collect();
            let count_of_ecs = of_ecs.len();
            gathered.scaling_policies.extend(of_ecs);
            if count_of_ecs == 0 {
                let message = "policies of Auto Scaling groups are not modelled: ECS scales groups by capacity providers";
                gathered.leave_out(value.origin(), key, message);
                return Some(format!("{count} scaling policies of groups, left out"));
            }
            return counted(count_of_ecs, "scaling policy");
        }
        "ScheduledActions" => {
            gathered.scheduled_actions.extend(found);
            "scheduled action"
        }
        "MetricAlarms" => {
            let of_ecs = |one: &Node| text_at(one, "Namespace") == Some("AWS/ECS");
            gathered.metric_alarms.extend(found.into_iter().filter(of_ecs));
            "alarm"
        }
        "TargetGroups" => {
            gathered.target_groups.extend(found);
            "target group"
        }
        "Attributes" => {
            gathered.target_group_attributes.push((stem.to_owned(), value.clone()));
            return Some("attributes of a target group".to_owned());
        }
        "Subnets" => {
            for one in &found {
                let (id, zone) = (text_at(one, "SubnetId"), text_at(one, "AvailabilityZone"));
                gathered.subnets.extend(id.zip(zone).map(|(id, zone)| (id.to_owned(), zone.to_owned())));
            }
            "subnet"
        }
        "settings" | "setting" => {
            for one in &found {
                let (name, value) = (text_at(one, "name"), text_at(one, "value"));
                gathered
                    .account_settings
                    .extend(name.zip(value).map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            "account setting"
        }
        _ => return None,
    };
    counted(count, what)
}

/// Requests that create something stand for it.
fn of_request(gathered: &mut Gathered, root: &Node) -> Option<String> {
    let has = |key: &str| root.entry(key).is_some();
    let (list, what) = if has("containerDefinitions") {
        (&mut gathered.task_definitions, "task definition")
    } else if is_service(root) {
        (&mut gathered.services, "service")
    } else if has("clusterName") {
        (&mut gathered.clusters, "cluster")
    } else if has("autoScalingGroupProvider") || has("managedInstancesProvider") {
        (&mut gathered.capacity_providers, "capacity provider")
    } else if has("AutoScalingGroupName") && has("MinSize") && has("MaxSize") {
        (&mut gathered.auto_scaling_groups, "Auto Scaling group")
    } else if has("ResourceId") && (has("MinCapacity") || has("MaxCapacity")) && !has("ScheduledActionName") {
        (&mut gathered.scalable_targets, "scalable target")
    } else if has("ResourceId") && has("PolicyName") && has("PolicyType") {
        (&mut gathered.scaling_policies, "scaling policy")
    } else {
        let setting = (text_at(root, "name"), text_at(root, "value"));
        let (Some(name), Some(value)) = setting else { return None };
        gathered.account_settings.insert(name.to_owned(), value.to_owned());
        return Some("1 account setting".to_owned());
    };
    list.push(root.clone());
    counted(1, what)
}

/// A CreateService input, also one that leaves its names to the tool that makes it.
fn is_service(root: &Node) -> bool {
    const OF_SERVICES: [&str; 8] = [
        "deploymentConfiguration",
        "desiredCount",
        "launchType",
        "schedulingStrategy",
        "placementStrategy",
        "networkConfiguration",
        "loadBalancers",
        "healthCheckGracePeriodSeconds",
    ];
    let has = |key: &str| root.entry(key).is_some();
    if has("service") || has("status") || has("taskArn") || has("taskDefinition") && !has("desiredCount") {
        return has("serviceName") && !has("status");
    }
    has("serviceName") || OF_SERVICES.iter().filter(|key| has(key)).count() >= 2
}

/// Requests that change what is there, or ask for it.
fn of_change(root: &Node) -> Option<String> {
    let has = |key: &str| root.entry(key).is_some();
    let is_text = |key: &str| root.entry(key).is_some_and(|value| value.text().is_some());
    let texts = |key: &str| root.entry(key).is_some_and(|value| value.items().is_some());
    let timeline = |call: &str| {
        Some(format!("an {call} request, which is a change and no state: put it on the timeline"))
    };
    match () {
        () if has("rolloutState") && !has("serviceName") => None,
        () if is_text("service") && (has("taskDefinition") || has("desiredCount")) => {
            timeline("UpdateService")
        }
        () if is_text("service") => Some("a question or request about a service".to_owned()),
        () if texts("services") || texts("tasks") => Some("a question with names".to_owned()),
        () if is_text("taskDefinition") && has("cluster") => Some(
            "a RunTask or StartTask request, which is a change and no state: put it on the timeline"
                .to_owned(),
        ),
        () if is_text("taskDefinition") => Some("a question about a task definition".to_owned()),
        () if is_text("cluster") => Some("a question or request about a cluster".to_owned()),
        () if is_text("name") && root.entries().is_some_and(|all| all.len() == 1 || has("principalArn")) => {
            Some("a request about an account setting".to_owned())
        }
        () => None,
    }
}
