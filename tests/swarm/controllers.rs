//! Services that somebody else than ECS deploys: task sets and CodeDeploy (DEP-40 to DEP-43).

use serde_json::{Map, Value, json};

use super::definitions::Family;
use super::draw::Draw;
use super::features::Features;
use super::services;
use super::timeline::{Cast, call, some};

const SETS: [&str; 3] = ["blue", "green", "red"];

/// Makes some of the services such; what stands at time zero for them, as `aws.deployments`.
pub fn assign(
    draw: &mut Draw,
    features: Features,
    families: &[Family],
    cast: &[(String, usize)],
    inputs: &mut [Value],
) -> Value {
    let mut requests = Vec::new();
    if !features.controllers {
        return json!(requests);
    }
    for ((name, family), input) in cast.iter().zip(inputs) {
        let Some(input) = input.as_object_mut() else { continue };
        if input.contains_key("schedulingStrategy") || !draw.percent(60) {
            continue;
        }
        let family = &families[*family];
        if input.contains_key("loadBalancers") && draw.percent(60) {
            requests.extend(by_code_deploy(draw, name, input));
            continue;
        }
        for key in [
            "taskDefinition",
            "launchType",
            "capacityProviderStrategy",
            "networkConfiguration",
            "loadBalancers",
            "deploymentConfiguration",
            "serviceConnectConfiguration",
        ] {
            input.remove(key);
        }
        input.insert("deploymentController".into(), json!({ "type": "EXTERNAL" }));
        for set in &SETS[..draw.between(1, 2) as usize] {
            requests.push(json!({ "CreateTaskSet": task_set(draw, features, name, family, set) }));
        }
        if draw.percent(80) {
            requests.push(
                json!({ "UpdateServicePrimaryTaskSet": { "service": name, "primaryTaskSet": "blue" } }),
            );
        }
    }
    json!(requests)
}

fn task_set(draw: &mut Draw, features: Features, service: &str, family: &Family, set: &str) -> Value {
    let mut input = Map::new();
    input.insert("service".into(), json!(service));
    input.insert("externalId".into(), json!(set));
    input.insert("taskDefinition".into(), json!(family.reference(draw)));
    services::capacity(draw, features, family, &mut input);
    services::network(draw, features, family, &mut input);
    if family.takes_targets(features) && draw.percent(50) {
        input.insert("loadBalancers".into(), services::load_balancers(draw, family));
    }
    if draw.percent(70) {
        input.insert("scale".into(), scale(draw));
    }
    Value::Object(input)
}

fn scale(draw: &mut Draw) -> Value {
    json!({ "value": draw.one_of(&[0.0, 12.5, 25.0, 33.3, 50.0, 100.0]), "unit": "PERCENT" })
}

fn by_code_deploy(draw: &mut Draw, name: &str, input: &mut Map<String, Value>) -> Option<Value> {
    input.remove("deploymentConfiguration");
    input.insert("deploymentController".into(), json!({ "type": "CODE_DEPLOY" }));
    let balancers = input.get_mut("loadBalancers")?.as_array_mut()?;
    balancers.truncate(1);
    let balancer = balancers.first_mut()?.as_object_mut()?;
    balancer.remove("advancedConfiguration");
    let kind = balancer["targetGroupArn"].as_str()?.split('-').next()?;
    let pair = json!([{ "name": format!("{kind}-1") }, { "name": format!("{kind}-2") }]);
    let mut events = vec!["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"];
    events.retain(|_| draw.percent(60));
    Some(json!({ "CreateDeploymentGroup": {
        "deploymentGroupName": name,
        "ecsServices": [{ "serviceName": name }],
        "loadBalancerInfo": { "targetGroupPairInfoList": [{ "targetGroups": pair }] },
        "blueGreenDeploymentConfiguration": { "terminateBlueInstancesOnDeploymentSuccess":
            { "action": "TERMINATE", "terminationWaitTimeInMinutes": draw.between(0, 5) } },
        "alarmConfiguration": { "enabled": draw.percent(50), "alarms": [{ "name": "errors" }] },
        "autoRollbackConfiguration": { "enabled": draw.percent(70), "events": events },
    } }))
}

/// A request about the task sets of a service, or to CodeDeploy about it; refused where it does not suit.
pub fn request(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, family) = some(draw, cast.services)?;
    let family = &cast.families[*family];
    let set = draw.one_of(&SETS);
    match draw.between(0, 5) {
        0 => {
            let mut input = task_set(draw, features, service, family, set);
            if draw.percent(40) {
                // Refused where the family does not fit the capacity.
                let other = some(draw, cast.families)?;
                input["taskDefinition"] = json!(other.reference(draw));
            }
            call("CreateTaskSet", input)
        }
        1 => call("UpdateTaskSet", json!({ "service": service, "taskSet": set, "scale": scale(draw) })),
        2 => call("UpdateServicePrimaryTaskSet", json!({ "service": service, "primaryTaskSet": set })),
        3 => call("DeleteTaskSet", json!({ "service": service, "taskSet": set, "force": draw.percent(70) })),
        4 => call("CreateDeployment", deployment(draw, service, family)),
        _ => call("StopDeployment", json!({ "deploymentId": service })),
    }
}

fn deployment(draw: &mut Draw, service: &str, family: &Family) -> Value {
    let definition = format!("{}:{}", family.name, draw.between(1, 3));
    let mut input = json!({ "deploymentGroupName": service, "revision": { "appSpecContent": { "content": {
        "version": 0.0,
        "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service",
            "Properties": { "TaskDefinition": definition } } }],
        "Hooks": if draw.percent(40) { json!([{ "AfterInstall": "check" }]) } else { json!([]) },
    } } } });
    if draw.percent(40) {
        // A Network Load Balancer takes the first only, and the request is refused there.
        let name =
            draw.one_of(&["ECSAllAtOnce", "ECSCanary10Percent5Minutes", "ECSLinear10PercentEvery1Minutes"]);
        input["deploymentConfigName"] = json!(format!("CodeDeployDefault.{name}"));
    }
    input
}
