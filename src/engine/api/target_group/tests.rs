//! CreateTargetGroup and the load balancers of services, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};
use crate::kernel::time::SimTime;

fn answered(fields: Value) -> Result<Answer, ApiError> {
    ask(&shop(), Request::CreateTargetGroup, with(json!({ "Name": "web-tg" }), fields))
}

fn created(fields: Value) -> TargetGroup {
    match &changes(answered(fields))[0] {
        Change::TargetGroupCreated(group) => (**group).clone(),
        other => panic!("{other:?}"),
    }
}

/// The shop with target groups `web-tg` of instances and `far-tg` of addresses, and a definition `api` that maps port 80.
fn shop_with_targets() -> Cluster {
    let mut cluster = shop();
    let api = json!({ "family": "api", "containerDefinitions": [
        { "name": "app", "memory": 64, "portMappings": [{ "containerPort": 80 }, { "containerPort": 8080 }] },
        { "name": "side", "memory": 64 },
    ] });
    let registered = ask(&cluster, Request::RegisterTaskDefinition, api);
    make_true(&mut cluster, registered);
    for group in [json!({ "Name": "web-tg" }), json!({ "Name": "far-tg", "TargetType": "ip" })] {
        let made = ask(&cluster, Request::CreateTargetGroup, group);
        make_true(&mut cluster, made);
    }
    cluster
}

fn balanced(balancers: Value) -> Result<Answer, ApiError> {
    let service = json!({ "serviceName": "s", "taskDefinition": "api", "loadBalancers": balancers });
    ask(&shop_with_targets(), Request::CreateService, service)
}

fn balancer(fields: Value) -> Value {
    with(json!({ "targetGroupArn": "web-tg", "containerName": "app", "containerPort": 80 }), fields)
}

/// LB-3, LB-7: HTTP checks each 30 s with a timeout of 6 s, 5 and 2 in a row, and 300 s to leave.
#[test]
fn a_target_group_without_settings_has_those_of_elb() {
    let group = created(json!({}));
    let seconds = SimDuration::from_secs;
    let check = TargetCheck {
        interval: seconds(30),
        timeout: seconds(6),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
    };
    assert_eq!((group.check, group.deregistration_delay), (check, seconds(300)));
    assert!(!group.takes_addresses);
}

/// LB-3: 10 s where checks do not speak HTTP.
#[test]
fn the_default_timeout_follows_what_checks_speak() {
    for (fields, timeout) in [
        (json!({ "Protocol": "TCP" }), 10),
        (json!({ "Protocol": "TCP", "HealthCheckProtocol": "HTTP" }), 6),
        (json!({ "Protocol": "HTTPS" }), 6),
        (json!({ "HealthCheckProtocol": "HTTPS" }), 10),
    ] {
        let found = created(fields.clone()).check.timeout;
        assert_eq!(found, SimDuration::from_secs(timeout), "{fields}");
    }
}

#[test]
fn the_deregistration_delay_is_an_attribute() {
    // LB-7
    let delay = |value: &str| json!([{ "Key": "deregistration_delay.timeout_seconds", "Value": value }]);
    let group = created(json!({ "Attributes": delay("15") }));
    assert_eq!(group.deregistration_delay, SimDuration::from_secs(15));
    for wrong in ["3601", "-1", "soon"] {
        let refused = refusal(answered(json!({ "Attributes": delay(wrong) })));
        assert_eq!(refused, "ValidationError at Attributes[0].Value", "{wrong}");
    }
}

#[test]
fn what_elb_would_refuse_is_refused_at_its_field() {
    for (fields, at) in [
        (json!({ "Name": "web_tg" }), "Name"),
        (json!({ "Name": "x".repeat(33) }), "Name"),
        (json!({ "TargetType": "lambda" }), "TargetType"),
        (json!({ "HealthCheckIntervalSeconds": 4 }), "HealthCheckIntervalSeconds"),
        (json!({ "HealthCheckIntervalSeconds": 5 }), "HealthCheckIntervalSeconds"), // the timeout is 6
        (json!({ "HealthCheckTimeoutSeconds": 30 }), "HealthCheckTimeoutSeconds"),
        (json!({ "HealthyThresholdCount": 1 }), "HealthyThresholdCount"),
        (json!({ "UnhealthyThresholdCount": 11 }), "UnhealthyThresholdCount"),
        (json!({ "Attributes": [{ "Key": "deregistration", "Value": "1" }] }), "Attributes[0].Key"),
        (
            json!({ "Attributes": [{ "Key": "slow_start.duration_seconds", "Value": "20" }] }),
            "Attributes[0].Value",
        ),
    ] {
        assert_eq!(refusal(answered(fields.clone())), format!("ValidationError at {at}"), "{fields}");
    }
}

#[test]
fn two_target_groups_have_two_names() {
    let again = ask(&shop_with_targets(), Request::CreateTargetGroup, json!({ "Name": "web-tg" }));
    assert_eq!(refusal(again), "DuplicateTargetGroupName at Name");
}

#[test]
fn slow_start_is_told_to_be_without_effect() {
    let slow = json!([{ "Key": "slow_start.duration_seconds", "Value": "30" }]);
    let value = json!({ "Name": "web-tg", "Attributes": slow });
    let told = ignored(&serde_json::from_value(value).unwrap());
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "Attributes[0].Key");
}

/// LB-1: by name or by ARN; its first deployment has the same.
#[test]
fn a_service_registers_with_the_target_groups_it_names() {
    let arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web-tg/73e2d6bc24d8a067";
    for named in ["web-tg", arn] {
        let changes = changes(balanced(json!([balancer(json!({ "targetGroupArn": named }))])));
        let Change::ServiceCreated(service) = &changes[0] else { panic!("{changes:?}") };
        let Change::DeploymentStarted { deployment, .. } = &changes[1] else { panic!("{changes:?}") };
        let [found] = service.settings.load_balancers[..] else { panic!("one target group") };
        assert_eq!((found.container, found.container_port), (0, 80));
        assert_eq!(deployment.load_balancers, service.settings.load_balancers);
    }
}

/// LB-1, QUO-16.
#[test]
fn a_load_balancer_that_cannot_find_the_tasks_is_refused() {
    for (balancers, refused) in [
        (json!([balancer(json!({ "targetGroupArn": "web" }))]), "loadBalancers[0].targetGroupArn"),
        (json!([balancer(json!({ "targetGroupArn": "far-tg" }))]), "loadBalancers[0].targetGroupArn"),
        (json!([balancer(json!({ "containerName": "ap" }))]), "loadBalancers[0].containerName"),
        (json!([balancer(json!({ "containerPort": 81 }))]), "loadBalancers[0].containerPort"),
        (json!([balancer(json!({ "containerName": "side" }))]), "loadBalancers[0].containerPort"),
        (json!([{}]), "loadBalancers[0]"),
        (json!([balancer(json!({})), balancer(json!({}))]), "loadBalancers[1]"),
        (json!(vec![balancer(json!({})); 6]), "loadBalancers"),
    ] {
        let found = refusal(balanced(balancers.clone()));
        assert_eq!(found, format!("InvalidParameterException at {refused}"), "{balancers}");
    }
    let classic = json!([{ "loadBalancerName": "old", "containerName": "app", "containerPort": 80 }]);
    assert_eq!(refusal(balanced(classic)), "NotModelled at loadBalancers[0].loadBalancerName");
}

fn updated(fields: Value) -> Result<Answer, ApiError> {
    let mut cluster = shop_with_targets();
    let service =
        json!({ "serviceName": "s", "taskDefinition": "api", "loadBalancers": [balancer(json!({}))] });
    let made = ask(&cluster, Request::CreateService, service);
    make_true(&mut cluster, made);
    let update = with(json!({ "service": "s" }), fields);
    let request = Request::UpdateService(Box::new(serde_json::from_value(update).unwrap()));
    crate::engine::api::answer(&cluster, SimTime::ZERO, &request)
}

/// DEP-13: another port is another revision; the list itself is the new one.
#[test]
fn other_target_groups_start_a_deployment() {
    let changes = changes(updated(json!({ "loadBalancers": [balancer(json!({ "containerPort": 8080 }))] })));
    let Change::DeploymentStarted { deployment, .. } = &changes[1] else { panic!("{changes:?}") };
    assert_eq!(deployment.load_balancers[0].container_port, 8080);
}

/// `web:1` maps no port, so that the service's target group would find nothing.
#[test]
fn a_new_revision_must_have_the_ports_of_the_service() {
    let refused = refusal(updated(json!({ "taskDefinition": "web:1" })));
    assert_eq!(refused, "InvalidParameterException at taskDefinition");
}
