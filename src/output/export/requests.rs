//! A scenario, or a point of its sweep, as inputs of the AWS CLI: requests that create it, and requests that bring what is there to
//! the same settings.

use serde_json::{Value, json};

use super::describe::with_resource;
use super::{ExportedFile, Setting, inputs, text, without};
use crate::scenario::spec::Scenario;

/// A request, its file and its command.
struct Request {
    file: String,
    command: &'static str,
    input: Value,
    /// What the reader must know before it is made.
    remark: Option<String>,
}

/// What a scenario leaves out of Managed Instances.
const OF_MANAGED_INSTANCES: &str = "Needs infrastructureRoleArn and, in instanceLaunchTemplate, ec2InstanceProfileArn: roles of the account.";

/// Keys that the scenario format has and no request of AWS.
const GROUP_KEYS_OF_OURS: [&str; 2] = ["InstanceType", "Instances"];

/// The files: `create/` and `update/`, each with its requests and a script that makes them in order.
#[must_use]
pub fn requests(scenario: &Scenario, setting: &Setting) -> Vec<ExportedFile> {
    let aws = serde_json::to_value(&scenario.aws).unwrap_or_default();
    let mut files = written("create", &creating(&aws, setting), setting);
    files.extend(written("update", &updating(&aws, setting), setting));
    files
}

fn written(folder: &str, requests: &[Request], setting: &Setting) -> Vec<ExportedFile> {
    let mut script = format!(
        "#!/bin/sh\n# Requests that {folder} what the scenario says of the cluster {}. Read them before you make them.\nset -eu\n\
         cd \"$(dirname \"$0\")\"\n",
        setting.cluster
    );
    let mut files = Vec::new();
    for request in requests {
        if let Some(remark) = &request.remark {
            script.push_str(&format!("# {remark}\n"));
        }
        script.push_str(&format!(
            "aws {} --region {} --cli-input-json file://{}\n",
            request.command,
            setting.region,
            super::safe(&request.file)
        ));
        let mut file = ExportedFile::json(request.file.clone(), &request.input);
        file.name = format!("{folder}/{}", file.name);
        files.push(file);
    }
    files.push(ExportedFile { name: format!("{folder}/requests.sh"), text: script });
    files
}

fn request(file: String, command: &'static str, input: Value) -> Request {
    Request { file, command, input, remark: None }
}

fn creating(aws: &Value, setting: &Setting) -> Vec<Request> {
    let mut all = Vec::new();
    let mut numbers: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for input in inputs(aws, "taskDefinitions") {
        let family = text(&input, "family").to_owned();
        let number = numbers.entry(family.clone()).or_default();
        *number += 1;
        all.push(request(
            format!("register-task-definition-{family}-{number}.json"),
            "ecs register-task-definition",
            input,
        ));
    }
    for input in inputs(aws, "autoScalingGroups") {
        all.push(create_group(&input));
    }
    for input in inputs(aws, "capacityProviders") {
        let name = text(&input, "name").to_owned();
        let remark = match input.get("autoScalingGroupProvider") {
            Some(_) => {
                "autoScalingGroupArn takes the ARN of the group, which is known once the group is there."
            }
            None => OF_MANAGED_INSTANCES,
        };
        let remark = Some(remark.to_owned());
        let request =
            request(format!("create-capacity-provider-{name}.json"), "ecs create-capacity-provider", input);
        all.push(Request { remark, ..request });
    }
    let mut cluster = super::pruned(aws.get("cluster").cloned().unwrap_or_default());
    cluster["clusterName"] = json!(setting.cluster);
    all.push(request("create-cluster.json".to_owned(), "ecs create-cluster", cluster));
    for input in inputs(aws, "loadBalancers") {
        let name = text(&input, "Name").to_owned();
        let bare = without(&input, &["Attributes"]);
        let remark =
            Some("VpcId is the network's; the ARN that this answers goes into the services.".to_owned());
        let create = request(format!("create-target-group-{name}.json"), "elbv2 create-target-group", bare);
        all.push(Request { remark, ..create });
        if let Some(attributes) = input.get("Attributes") {
            let input =
                json!({ "TargetGroupArn": setting.target_group_arn(&name), "Attributes": attributes });
            let file = format!("modify-target-group-attributes-{name}.json");
            all.push(request(file, "elbv2 modify-target-group-attributes", input));
        }
    }
    for mut input in inputs(aws, "services") {
        let name = text(&input, "serviceName").to_owned();
        input["cluster"] = json!(setting.cluster);
        all.push(request(format!("create-service-{name}.json"), "ecs create-service", input));
    }
    all.extend(scaling(aws, setting));
    all
}

fn create_group(input: &Value) -> Request {
    let name = text(input, "AutoScalingGroupName").to_owned();
    let kind = text(input, "InstanceType");
    let mut bare = without(input, &GROUP_KEYS_OF_OURS);
    let mut remark = None;
    let has_template = bare.get("LaunchTemplate").is_some() || bare.get("MixedInstancesPolicy").is_some();
    if !has_template {
        bare["LaunchTemplate"] = json!({ "LaunchTemplateName": name, "Version": "$Latest" });
        remark = Some(format!("Needs a launch template named {name} whose instance type is {kind}."));
    }
    let create = request(
        format!("create-auto-scaling-group-{name}.json"),
        "autoscaling create-auto-scaling-group",
        bare,
    );
    Request { remark, ..create }
}

fn scaling(aws: &Value, setting: &Setting) -> Vec<Request> {
    let mut all = Vec::new();
    for item in inputs(aws, "scalingPolicies") {
        let Some((call, input)) = item.as_object().and_then(|one| one.iter().next()) else { continue };
        let service = text(input, "ResourceId").rsplit('/').next().unwrap_or_default().to_owned();
        let resourced = |input: &Value| with_resource(setting, input.clone());
        let made = match call.as_str() {
            "RegisterScalableTarget" => request(
                format!("register-scalable-target-{service}.json"),
                "application-autoscaling register-scalable-target",
                resourced(input),
            ),
            "PutScalingPolicy" => request(
                format!("put-scaling-policy-{service}-{}.json", text(input, "PolicyName")),
                "application-autoscaling put-scaling-policy",
                resourced(input),
            ),
            "PutScheduledAction" => request(
                format!("put-scheduled-action-{service}-{}.json", text(input, "ScheduledActionName")),
                "application-autoscaling put-scheduled-action",
                resourced(input),
            ),
            _ => {
                let name = text(input, "AlarmName").to_owned();
                let mut input = input.clone();
                input["Namespace"] = json!("AWS/ECS");
                let made =
                    request(format!("put-metric-alarm-{name}.json"), "cloudwatch put-metric-alarm", input);
                let remark = Some(
                    "AlarmActions takes the ARNs of the policies, which put-scaling-policy answers."
                        .to_owned(),
                );
                Request { remark, ..made }
            }
        };
        all.push(made);
    }
    all
}

/// What of a service UpdateService takes.
const UPDATED_OF_SERVICE: [&str; 12] = [
    "desiredCount",
    "taskDefinition",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "healthCheckGracePeriodSeconds",
    "deploymentController",
    "loadBalancers",
];

fn updating(aws: &Value, setting: &Setting) -> Vec<Request> {
    let mut all = Vec::new();
    for input in inputs(aws, "autoScalingGroups") {
        let name = text(&input, "AutoScalingGroupName").to_owned();
        let kind = text(&input, "InstanceType").to_owned();
        const NOT_UPDATED: [&str; 4] =
            ["InstanceType", "Instances", "LifecycleHookSpecificationList", "Tags"];
        let update = request(
            format!("update-auto-scaling-group-{name}.json"),
            "autoscaling update-auto-scaling-group",
            without(&input, &NOT_UPDATED),
        );
        let remark = (!kind.is_empty()).then(|| format!("The launch template of {name} says {kind}."));
        all.push(Request { remark, ..update });
    }
    for input in inputs(aws, "capacityProviders") {
        let name = text(&input, "name").to_owned();
        let mut input = without(&input, &["tags"]);
        if let Some(provider) = input.get_mut("autoScalingGroupProvider") {
            *provider = without(provider, &["autoScalingGroupArn"]);
        }
        let remark = input.get("managedInstancesProvider").map(|_| OF_MANAGED_INSTANCES.to_owned());
        let file = format!("update-capacity-provider-{name}.json");
        all.push(Request { remark, ..request(file, "ecs update-capacity-provider", input) });
    }
    for input in inputs(aws, "services") {
        let name = text(&input, "serviceName").to_owned();
        let mut update = json!({ "cluster": setting.cluster, "service": name });
        for key in UPDATED_OF_SERVICE {
            if let Some(value) = input.get(key) {
                update[key] = value.clone();
            }
        }
        all.push(request(format!("update-service-{name}.json"), "ecs update-service", update));
    }
    all.extend(scaling(aws, setting));
    all
}
