//! Requests for blue/green, linear and canary deployments, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};
use crate::model::service::RolloutState;
use crate::model::{Change, Cluster, DeploymentNumber, ServiceId};

/// Two revisions of `web` with port 80, two target groups for them, and one for addresses.
fn paired() -> Cluster {
    let mut cluster = shop();
    for _ in 0..2 {
        let definition = json!({ "family": "api", "networkMode": "bridge", "containerDefinitions": [
            { "name": "app", "image": "i", "memory": 128, "portMappings": [{ "containerPort": 80 }] }] });
        let made = ask(&cluster, Request::RegisterTaskDefinition, definition);
        make_true(&mut cluster, made);
    }
    for (name, kind) in [("blue", "instance"), ("green", "instance"), ("far", "ip")] {
        let group = json!({ "Name": name, "TargetType": kind });
        let made = ask(&cluster, Request::CreateTargetGroup, group);
        make_true(&mut cluster, made);
    }
    cluster
}

fn balancer(alternate: Option<&str>) -> Value {
    let first = json!({ "targetGroupArn": "blue", "containerName": "app", "containerPort": 80 });
    match alternate {
        Some(name) => with(first, json!({ "advancedConfiguration": { "alternateTargetGroupArn": name } })),
        None => first,
    }
}

fn service(configuration: &Value, fields: Value) -> Value {
    let service = json!({
        "serviceName": "s", "taskDefinition": "api:1", "desiredCount": 2,
        "deploymentConfiguration": configuration, "loadBalancers": [balancer(Some("green"))],
    });
    with(service, fields)
}

fn created(configuration: &Value, fields: Value) -> Result<Answer, ApiError> {
    ask(&paired(), Request::CreateService, service(configuration, fields))
}

fn rules_of(configuration: &Value) -> DeploymentRules {
    match &changes(created(configuration, json!({})))[0] {
        Change::ServiceCreated(service) => service.settings.deployment_rules.clone(),
        other => panic!("{other:?}"),
    }
}

/// DEP-32: 10 % each six minutes. DEP-33: 5 % for ten minutes. DEP-31: the bake time is given.
#[test]
fn the_defaults_of_the_strategies_are_those_of_the_rule_book() {
    let strategy = |name: &str| rules_of(&json!({ "strategy": name, "bakeTimeInMinutes": 0 })).strategy;
    let (six, ten) = (SimDuration::from_secs(360), SimDuration::from_secs(600));
    assert_eq!(strategy("BLUE_GREEN"), Some(ShiftStrategy::BlueGreen));
    assert_eq!(strategy("LINEAR"), Some(ShiftStrategy::Linear { step_tenths: 100, step_bake: six }));
    assert_eq!(strategy("CANARY"), Some(ShiftStrategy::Canary { canary_tenths: 50, canary_bake: ten }));
    assert_eq!(strategy("ROLLING"), None);
}

/// DEP-31 to DEP-33: percentages have one digit; LINEAR begins at 3.0, CANARY at 0.1.
#[test]
fn what_ecs_would_refuse_of_a_strategy_is_refused_at_its_field() {
    let linear =
        |percent: f64| json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": percent } });
    let canary =
        |percent: f64| json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": percent } });
    let (step, part) = ("linearConfiguration.stepPercent", "canaryConfiguration.canaryPercent");
    for (configuration, field) in [
        (json!({ "strategy": "BLUE_GREEN" }), "bakeTimeInMinutes"),
        (linear(2.9), step),
        (linear(100.1), step),
        (linear(33.33), step),
        (canary(0.05), part),
        (canary(0.0), part),
        (json!({ "strategy": "CANARY", "linearConfiguration": {} }), "linearConfiguration"),
        (json!({ "canaryConfiguration": {} }), "canaryConfiguration"),
    ] {
        let refused = refusal(created(&configuration, json!({})));
        let expected = format!("InvalidParameterException at deploymentConfiguration.{field}");
        assert_eq!(refused, expected, "{configuration}");
    }
    assert!(created(&linear(33.3), json!({})).is_ok());
    assert!(created(&canary(0.1), json!({})).is_ok());
}

/// DEP-35.
#[test]
fn hooks_that_could_never_run_are_refused() {
    let hook = |fields: Value| {
        let whole = with(json!({ "hookTargetArn": "check", "lifecycleStages": ["POST_SCALE_UP"] }), fields);
        json!({ "strategy": "CANARY", "lifecycleHooks": [whole] })
    };
    let many = json!({ "strategy": "CANARY",
        "lifecycleHooks": vec![json!({ "hookTargetArn": "check", "lifecycleStages": ["POST_SCALE_UP"] }); 11] });
    let pause = json!({ "targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"] });
    for (configuration, field) in [
        (hook(json!({ "hookTargetArn": null })), "lifecycleHooks[0].hookTargetArn"),
        (hook(json!({ "lifecycleStages": [] })), "lifecycleHooks[0].lifecycleStages"),
        (hook(pause), "lifecycleHooks[0].lifecycleStages"),
        (many, "lifecycleHooks"),
    ] {
        let refused = refusal(created(&configuration, json!({})));
        let expected = format!("InvalidParameterException at deploymentConfiguration.{field}");
        assert_eq!(refused, expected, "{configuration}");
    }
    let rules =
        rules_of(&hook(json!({ "targetType": "PAUSE", "timeoutConfiguration": { "action": "CONTINUE" } })));
    let [found] = &rules.hooks[..] else { panic!("{rules:?}") };
    assert_eq!((found.is_pause, found.continues_after_timeout), (true, true));
    assert_eq!(found.timeout, SimDuration::from_secs(1440 * 60));
}

/// DEP-30, DEP-37.
#[test]
fn a_strategy_that_moves_traffic_needs_something_that_can() {
    let canary = json!({ "strategy": "CANARY" });
    let blue_green = json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1 });
    let alternate = "loadBalancers[0].advancedConfiguration.alternateTargetGroupArn";
    let alone = json!({ "loadBalancers": [balancer(None)] });
    let none = json!({ "loadBalancers": [] });
    for (configuration, fields, field) in [
        (&canary, alone, alternate),
        (&canary, json!({ "loadBalancers": [balancer(Some("blue"))] }), alternate),
        (&canary, json!({ "loadBalancers": [balancer(Some("far"))] }), alternate),
        (&canary, json!({ "loadBalancers": [balancer(Some("gren"))] }), alternate),
        (&canary, none.clone(), "deploymentConfiguration.strategy"),
    ] {
        let refused = refusal(created(configuration, fields));
        assert_eq!(refused, format!("InvalidParameterException at {field}"));
    }
    assert!(created(&blue_green, none).is_ok(), "a headless service swaps its tasks");
    let mesh = json!({ "loadBalancers": [], "serviceConnectConfiguration": { "enabled": true } });
    assert!(created(&canary, mesh).is_ok());
}

fn with_service(configuration: &Value) -> Cluster {
    let mut cluster = paired();
    let made = ask(&cluster, Request::CreateService, service(configuration, json!({})));
    make_true(&mut cluster, made);
    let (service, deployment) = (ServiceId(0), DeploymentNumber(1));
    let (from, to) = (RolloutState::InProgress, RolloutState::Completed);
    let done = Change::RolloutStateChanged { service, deployment, from, to, failure: None };
    cluster.apply(crate::kernel::time::SimTime::ZERO, &done);
    cluster
}

/// DEP-30: the revisions take turns: blue, green, blue.
#[test]
fn each_new_revision_registers_with_the_other_target_group() {
    let mut cluster = with_service(&json!({ "strategy": "CANARY" }));
    for group in ["green", "blue"] {
        let update = json!({ "service": "s", "forceNewDeployment": true });
        let answer = ask(&cluster, Request::UpdateService, update);
        make_true(&mut cluster, answer);
        let newest = cluster.services[0].primary().unwrap();
        let [balancer] = newest.load_balancers[..] else { panic!("one target group") };
        assert_eq!(cluster.target_group(balancer.target_group).name, group);
        assert!(newest.shift.is_some());
    }
}

/// AAS-4, DEP-37: whichever of the two comes second.
#[test]
fn target_tracking_by_requests_does_not_go_with_shifts_of_traffic() {
    let register = json!({ "ResourceId": "service/shop/s", "MinCapacity": 1, "MaxCapacity": 9 });
    let policy = json!({ "PolicyName": "p", "ResourceId": "service/shop/s", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": { "TargetValue": 100,
            "PredefinedMetricSpecification": { "PredefinedMetricType": "ALBRequestCountPerTarget" } } });
    let mut shifting = with_service(&json!({ "strategy": "CANARY" }));
    let made = ask(&shifting, Request::RegisterScalableTarget, register.clone());
    make_true(&mut shifting, made);
    let refused = refusal(ask(&shifting, Request::PutScalingPolicy, policy.clone()));
    assert!(refused.starts_with("ValidationException at TargetTracking"), "{refused}");
    let mut rolling = with_service(&json!({}));
    let made = ask(&rolling, Request::RegisterScalableTarget, register);
    make_true(&mut rolling, made);
    let made = ask(&rolling, Request::PutScalingPolicy, policy);
    make_true(&mut rolling, made);
    let switch = json!({ "service": "s", "deploymentConfiguration": { "strategy": "CANARY" } });
    let refused = refusal(ask(&rolling, Request::UpdateService, switch));
    assert_eq!(refused, "InvalidParameterException at deploymentConfiguration.strategy");
}
