//! Requests of CodeDeploy, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};

fn code_deploy(request: CodeDeployRequest) -> Request {
    Request::CodeDeploy(Box::new(request))
}

/// The shop with two target groups, a task definition `api` with a port, in two revisions, and the service `s` of CODE_DEPLOY.
fn shop_with_service() -> Cluster {
    let mut cluster = shop();
    for name in ["blue", "green", "other"] {
        let made = ask(&cluster, Request::CreateTargetGroup, json!({ "Name": name }));
        make_true(&mut cluster, made);
    }
    for _ in 0..2 {
        let definition = json!({ "family": "api", "containerDefinitions": [
            { "name": "app", "cpu": 256, "memory": 512, "portMappings": [{ "containerPort": 80 }] }] });
        let made = ask(&cluster, Request::RegisterTaskDefinition, definition);
        make_true(&mut cluster, made);
    }
    let made = ask(&cluster, Request::CreateService, service(json!({})));
    make_true(&mut cluster, made);
    cluster
}

fn service(fields: Value) -> Value {
    let base = json!({ "serviceName": "s", "taskDefinition": "api:1", "desiredCount": 4,
        "deploymentController": { "type": "CODE_DEPLOY" },
        "loadBalancers": [{ "targetGroupArn": "blue", "containerName": "app", "containerPort": 80 }] });
    with(base, fields)
}

fn group(cluster: &Cluster, fields: Value) -> Result<Answer, ApiError> {
    let base = json!({ "deploymentGroupName": "g", "ecsServices": [{ "serviceName": "s" }],
        "loadBalancerInfo": { "targetGroupPairInfoList": [{ "targetGroups": [{ "name": "blue" }, { "name": "green" }] }] } });
    let request = |input| code_deploy(CodeDeployRequest::CreateDeploymentGroup(input));
    ask(cluster, request, with(base, fields))
}

/// With its group, and its first deployment COMPLETED.
fn shop_with_group(fields: Value) -> Cluster {
    let mut cluster = shop_with_service();
    let made = group(&cluster, fields);
    make_true(&mut cluster, made);
    let (service, deployment) = (ServiceId(0), DeploymentNumber(1));
    let (from, to) = (RolloutState::InProgress, RolloutState::Completed);
    let done = Change::RolloutStateChanged { service, deployment, from, to, failure: None };
    cluster.apply(SimTime::ZERO, &done);
    cluster
}

fn content(definition: &str, hooks: Value) -> Value {
    json!({ "version": 0.0, "Hooks": hooks, "Resources": [{ "TargetService": { "Type": "AWS::ECS::Service",
        "Properties": { "TaskDefinition": definition,
            "LoadBalancerInfo": { "ContainerName": "app", "ContainerPort": 80 } } } }] })
}

fn deploy(cluster: &Cluster, content: Value, fields: Value) -> Result<Answer, ApiError> {
    let base =
        json!({ "deploymentGroupName": "g", "revision": { "appSpecContent": { "content": content } } });
    let request = |input| code_deploy(CodeDeployRequest::CreateDeployment(input));
    ask(cluster, request, with(base, fields))
}

/// DEP-42, DEP-43.
#[test]
fn a_service_of_code_deploy_takes_one_target_group_and_no_circuit_breaker() {
    let refused = |fields| refusal(ask(&shop_with_service(), Request::CreateService, service(fields)));
    let fresh = |fields: Value| refused(with(json!({ "serviceName": "t" }), fields));
    assert_eq!(fresh(json!({ "loadBalancers": [] })), "InvalidParameterException at loadBalancers");
    assert_eq!(
        fresh(json!({ "schedulingStrategy": "DAEMON" })),
        "InvalidParameterException at schedulingStrategy"
    );
    let breaker = json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": false } });
    assert_eq!(
        fresh(json!({ "deploymentConfiguration": breaker })),
        "InvalidParameterException at deploymentConfiguration.deploymentCircuitBreaker"
    );
}

/// The group pairs the target groups; the deployment registers with the other one, by the group's configuration, with the
/// functions of the AppSpec, as JSON in a string or as a mapping.
#[test]
fn a_deployment_goes_as_its_group_and_app_spec_say() {
    let cluster = shop_with_group(json!({
        "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent15Minutes",
        "blueGreenDeploymentConfiguration":
            { "terminateBlueInstancesOnDeploymentSuccess": { "terminationWaitTimeInMinutes": 5 } },
    }));
    let spec = content("api:2", json!([{ "AfterInstall": "f" }, { "BeforeAllowTraffic": "g" }]));
    for content in [json!(spec.to_string()), spec] {
        let made = changes(deploy(&cluster, content, json!({})));
        let Change::DeploymentStarted { deployment, .. } = &made[1] else { panic!("{made:?}") };
        let shift = deployment.shift.as_deref().unwrap();
        let minutes = |minutes: u64| SimDuration::from_secs(minutes * 60);
        let canary = ShiftStrategy::Canary { canary_tenths: 100, canary_bake: minutes(15) };
        assert_eq!((shift.strategy, shift.bake_time, shift.by_code_deploy), (canary, minutes(5), true));
        let stages: Vec<_> = shift.hooks.iter().map(|hook| (hook.stages[0], hook.timeout)).collect();
        let hour = SimDuration::from_secs(3600);
        assert_eq!(stages, [(Stage::PostScaleUp, hour), (Stage::PreProductionTrafficShift, hour)]);
        let [balancer] = deployment.load_balancers[..] else { panic!("one target group") };
        assert_eq!(cluster.target_group(balancer.target_group).name, "green");
    }
}

#[test]
fn a_group_is_for_one_service_of_code_deploy_and_two_target_groups_of_its() {
    let cluster = shop_with_service();
    let pair = |names: [&str; 2]| {
        let groups = names.map(|name| json!({ "name": name }));
        json!({ "loadBalancerInfo": { "targetGroupPairInfoList": [{ "targetGroups": groups }] } })
    };
    let pairs = "InvalidTargetGroupPairException at loadBalancerInfo.targetGroupPairInfoList[0].targetGroups";
    for (fields, expected) in [
        (json!({ "ecsServices": [] }), "InvalidECSServiceException at ecsServices".to_owned()),
        (
            json!({ "ecsServices": [{ "serviceName": "t" }] }),
            "ServiceNotFoundException at ecsServices[0].serviceName".to_owned(),
        ),
        (
            json!({ "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnze" }),
            "DeploymentConfigDoesNotExistException at deploymentConfigName".to_owned(),
        ),
        (pair(["other", "green"]), pairs.to_owned()),
        (pair(["blue", "blue"]), pairs.to_owned()),
        (pair(["blue", "none"]), format!("{pairs}[1].name")),
    ] {
        assert_eq!(refusal(group(&cluster, fields)), expected);
    }
}

#[test]
fn what_an_app_spec_cannot_be_is_refused() {
    let cluster = shop_with_group(json!({}));
    let at = "revision.appSpecContent.content";
    let refused = |content| refusal(deploy(&cluster, content, json!({})));
    assert_eq!(refused(json!("version: 0.0")), format!("InvalidRevisionException at {at}"));
    assert_eq!(refused(json!({ "Resources": [] })), format!("InvalidRevisionException at {at}"));
    assert_eq!(refused(content("api:9", json!([]))), format!("ClientException at {at}"));
    let without = deploy(&cluster, json!(null), json!({ "revision": { "revisionType": "S3" } }));
    assert_eq!(refusal(without), "InvalidRevisionException at revision.appSpecContent");
}

#[test]
fn a_deployment_group_must_be_there() {
    let missing = deploy(&shop_with_service(), content("api:2", json!([])), json!({}));
    assert_eq!(refusal(missing), "DeploymentGroupDoesNotExistException at deploymentGroupName");
}

/// Three steps of 40, 80 and 100 %, and names that are there once.
#[test]
fn a_configuration_of_ones_own_names_a_way_of_traffic() {
    let mut cluster = shop_with_service();
    let config = |cluster: &Cluster, name: &str, routing: Value| {
        let request = |input: Box<CreateDeploymentConfig>| {
            code_deploy(CodeDeployRequest::CreateDeploymentConfig(*input))
        };
        ask(cluster, request, json!({ "deploymentConfigName": name, "trafficRoutingConfig": routing }))
    };
    let linear = json!({ "type": "TimeBasedLinear",
        "timeBasedLinear": { "linearPercentage": 40, "linearInterval": 2 } });
    let made = config(&cluster, "quick", linear.clone());
    make_true(&mut cluster, made);
    assert_eq!(config_of(&cluster, "quick").map(ShiftStrategy::steps), Ok(3));
    assert_eq!(
        refusal(config(&cluster, "quick", linear)),
        "DeploymentConfigAlreadyExistsException at deploymentConfigName"
    );
    for routing in [
        json!({ "type": "TimeBasedLinear" }),
        json!({ "type": "TimeBasedCanary", "timeBasedCanary": { "canaryPercentage": 100, "canaryInterval": 1 } }),
    ] {
        let refused = refusal(config(&cluster, "odd", routing));
        assert!(refused.starts_with("InvalidTrafficRoutingConfigurationException"), "{refused}");
    }
}

/// DEP-42: without a rollback on request what there is stays; it can be asked for.
#[test]
fn a_stopped_deployment_goes_back_if_that_is_asked_for() {
    let mut cluster = shop_with_group(json!({}));
    let made = deploy(&cluster, content("api:2", json!([])), json!({}));
    make_true(&mut cluster, made);
    let stop = |named: &str, fields: Value| {
        let request = |input: Box<StopDeployment>| code_deploy(CodeDeployRequest::StopDeployment(*input));
        ask(&cluster, request, with(json!({ "deploymentId": named }), fields))
    };
    for named in ["g", "s", "s/2"] {
        assert_eq!(changes(stop(named, json!({}))).len(), 1, "{named}: FAILED, and no more");
        let back = changes(stop(named, json!({ "autoRollbackEnabled": true })));
        assert!(matches!(back[2], Change::RollbackStarted { .. }), "{named}: {back:?}");
    }
    assert_eq!(refusal(stop("t", json!({}))), "DeploymentDoesNotExistException at deploymentId");
}

#[test]
fn update_service_leaves_revisions_to_code_deploy() {
    let cluster = shop_with_group(json!({}));
    let update = |fields| ask(&cluster, Request::UpdateService, with(json!({ "service": "s" }), fields));
    let refused = refusal(update(json!({ "taskDefinition": "api:2" })));
    assert_eq!(refused, "InvalidParameterException at taskDefinition");
    assert_eq!(changes(update(json!({ "desiredCount": 9 }))).len(), 1, "no deployment begins");
}
