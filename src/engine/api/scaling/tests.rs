//! RegisterScalableTarget and PutScalingPolicy, one behaviour at a time.

use serde_json::{Value, json};

use super::*;
use crate::engine::api::tests::{ask, changes, make_true, refusal, shop, with};
use crate::engine::api::{Answer, Request};

/// The shop with a service `s`, without load balancers, and a DAEMON service `d`.
fn shop_with_services() -> Cluster {
    let mut cluster = shop();
    for service in [
        json!({ "serviceName": "s", "taskDefinition": "web:1", "desiredCount": 4 }),
        json!({ "serviceName": "d", "taskDefinition": "web:1", "schedulingStrategy": "DAEMON" }),
    ] {
        let made = ask(&cluster, Request::CreateService, service);
        make_true(&mut cluster, made);
    }
    cluster
}

fn registered(cluster: &Cluster, fields: Value) -> Result<Answer, ApiError> {
    let target = json!({ "ResourceId": "service/shop/s", "MinCapacity": 2, "MaxCapacity": 20 });
    ask(cluster, Request::RegisterScalableTarget, with(target, fields))
}

fn scalable() -> Cluster {
    let mut cluster = shop_with_services();
    let made = registered(&cluster, json!({}));
    make_true(&mut cluster, made);
    cluster
}

fn policy(fields: Value) -> Value {
    let metric = json!({ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" });
    let configuration = json!({ "TargetValue": 60.0, "PredefinedMetricSpecification": metric });
    json!({ "PolicyName": "cpu", "ResourceId": "service/shop/s", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": with(configuration, fields) })
}

fn put(cluster: &Cluster, input: Value) -> Result<Answer, ApiError> {
    ask(cluster, Request::PutScalingPolicy, input)
}

fn target_of(answer: Result<Answer, ApiError>) -> ScalableTarget {
    match &changes(answer)[0] {
        Change::ScalingChanged { target, .. } => (**target).clone(),
        other => panic!("{other:?}"),
    }
}

/// AAS-1, AAS-18: what is not named stays as it was.
#[test]
fn a_target_that_is_registered_again_keeps_what_is_not_named() {
    let cluster = scalable();
    let suspended = json!({ "ResourceId": "s", "MaxCapacity": 30, "SuspendedState": { "DynamicScalingInSuspended": true } });
    let target = target_of(ask(&cluster, Request::RegisterScalableTarget, suspended));
    assert_eq!((target.min, target.max), (2, 30));
    assert_eq!(target.suspended, Suspended { scale_in: true, ..Suspended::default() });
}

#[test]
fn what_cannot_be_scaled_is_refused() {
    let cluster = shop_with_services();
    for (fields, at) in [
        (json!({ "ResourceId": "service/shop/t" }), "ResourceId"),
        (json!({ "ResourceId": "service/other/s" }), "ResourceId"),
        (json!({ "ResourceId": "service/shop/d" }), "ResourceId"),
        (json!({ "MinCapacity": 21 }), "MaxCapacity"),
        (json!({ "ServiceNamespace": "ec2" }), "ServiceNamespace"),
        (json!({ "ScalableDimension": "ec2:spot" }), "ScalableDimension"),
        (json!({ "MaxCapacity": null }), "MaxCapacity"),
    ] {
        assert_eq!(
            refusal(registered(&cluster, fields.clone())),
            format!("ValidationException at {at}"),
            "{fields}"
        );
    }
}

/// AAS-4, AAS-8: the cooldowns are 300 s, the target is kept to the millionth.
#[test]
fn a_target_tracking_policy_has_the_cooldowns_of_ecs() {
    let target = target_of(put(&scalable(), policy(json!({ "ScaleInCooldown": 60 }))));
    let [policy] = &target.policies[..] else { panic!("one policy") };
    let policy = policy.tracking().unwrap();
    assert_eq!(policy.target_millionths, 60_000_000);
    assert_eq!(policy.scale_out_cooldown, SimDuration::from_secs(300));
    assert_eq!(policy.scale_in_cooldown, SimDuration::from_secs(60));
}

/// AAS-4: a policy of the same name is replaced; another one of the same metric is refused.
#[test]
fn there_is_one_policy_a_metric() {
    let mut cluster = scalable();
    let first = put(&cluster, policy(json!({})));
    make_true(&mut cluster, first);
    assert_eq!(target_of(put(&cluster, policy(json!({ "TargetValue": 40.0 })))).policies.len(), 1);
    let second = with(policy(json!({})), json!({ "PolicyName": "again" }));
    let field = "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType";
    assert_eq!(refusal(put(&cluster, second)), format!("ValidationException at {field}"));
}

#[test]
fn a_policy_that_could_not_act_is_refused() {
    let cluster = scalable();
    let of = |name: &str| format!("TargetTrackingScalingPolicyConfiguration.{name}");
    let metric = |kind: &str| json!({ "PredefinedMetricSpecification": { "PredefinedMetricType": kind } });
    let kind = of("PredefinedMetricSpecification.PredefinedMetricType");
    for (input, refused) in [
        (policy(json!({ "TargetValue": 0.0 })), format!("ValidationException at {}", of("TargetValue"))),
        (
            policy(json!({ "PredefinedMetricSpecification": null })),
            format!("ValidationException at {}", of("PredefinedMetricSpecification")),
        ),
        (policy(metric("ALBRequestCountPerTarget")), format!("ValidationException at {kind}")),
        (
            policy(metric("ECSServiceAverageMemoryUtilizationHighResolution")),
            format!("NotModelled at {kind}"),
        ),
        (
            with(policy(json!({})), json!({ "PolicyType": "PredictiveScaling" })),
            "NotModelled at PolicyType".to_owned(),
        ),
        (
            with(policy(json!({})), json!({ "TargetTrackingScalingPolicyConfiguration": null })),
            "ValidationException at TargetTrackingScalingPolicyConfiguration".to_owned(),
        ),
    ] {
        assert_eq!(refusal(put(&cluster, input.clone())), refused, "{input}");
    }
    let unregistered = put(&shop_with_services(), policy(json!({})));
    assert_eq!(refusal(unregistered), "ObjectNotFoundException at ResourceId");
}

fn step_policy(steps: Value) -> Value {
    json!({ "PolicyName": "out", "ResourceId": "s", "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": { "AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps } })
}

/// AAS-13: in any order, but without gap or overlap.
#[test]
fn steps_leave_no_gap_and_no_overlap() {
    let step = |lower: Value, upper: Value| json!({ "MetricIntervalLowerBound": lower, "MetricIntervalUpperBound": upper, "ScalingAdjustment": 1 });
    let none = || Value::Null;
    let good = json!([step(json!(10), none()), step(json!(0), json!(10))]);
    assert!(put(&scalable(), step_policy(good)).is_ok());
    for wrong in [
        json!([]),
        json!([step(json!(0), json!(5)), step(json!(10), none())]),
        json!([step(json!(0), json!(15)), step(json!(10), none())]),
        json!([step(json!(0), none()), step(json!(10), none())]),
        json!([step(none(), json!(0)), step(none(), json!(10))]),
        json!([step(json!(5), json!(5))]),
    ] {
        let refused = refusal(put(&scalable(), step_policy(wrong.clone())));
        assert_eq!(
            refused, "ValidationException at StepScalingPolicyConfiguration.StepAdjustments",
            "{wrong}"
        );
    }
}

fn alarm(fields: Value) -> Value {
    let alarm = json!({ "AlarmName": "high", "MetricName": "CPUUtilization", "Threshold": 70.0,
        "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3,
        "Dimensions": [{ "Name": "ServiceName", "Value": "s" }] });
    with(alarm, fields)
}

/// AAS-13, DEP-25.
#[test]
fn an_alarm_watches_a_metric_of_a_service_and_calls_its_policies() {
    let mut cluster = scalable();
    let steps = json!([{ "MetricIntervalLowerBound": 0, "ScalingAdjustment": 1 }]);
    let made = put(&cluster, step_policy(steps));
    make_true(&mut cluster, made);
    let answer = ask(&cluster, Request::PutMetricAlarm, alarm(json!({ "AlarmActions": ["out"] })));
    let Change::MetricAlarmPut { alarm: made, .. } = &changes(answer)[0] else { panic!("an alarm") };
    assert_eq!((made.periods, made.datapoints, made.threshold_millionths), (3, 3, 70_000_000));
    for (fields, refused) in [
        (json!({ "Dimensions": [] }), "ValidationException at Dimensions"),
        (
            json!({ "Dimensions": [{ "Name": "ServiceName", "Value": "t" }] }),
            "ValidationException at Dimensions",
        ),
        (json!({ "MetricName": null }), "ValidationException at MetricName"),
        (json!({ "MetricName": "RunningTaskCount" }), "NotModelled at MetricName"),
        (json!({ "Threshold": null }), "ValidationException at Threshold"),
        (json!({ "DatapointsToAlarm": 4 }), "ValidationException at DatapointsToAlarm"),
        (json!({ "Period": 300 }), "NotModelled at Period"),
        (json!({ "AlarmActions": ["in"] }), "ValidationException at AlarmActions[0]"),
    ] {
        let answer = ask(&cluster, Request::PutMetricAlarm, alarm(fields.clone()));
        assert_eq!(refusal(answer), refused, "{fields}");
    }
}

/// AAS-16.
#[test]
fn a_scheduled_action_needs_a_schedule_and_bounds() {
    let action = |fields: Value| {
        let action = json!({ "ScheduledActionName": "noon", "ResourceId": "s", "Schedule": "cron(0 12 * * ? *)",
            "ScalableTargetAction": { "MinCapacity": 6 } });
        ask(&scalable(), Request::PutScheduledAction, with(action, fields))
    };
    assert_eq!(target_of(action(json!({}))).scheduled.len(), 1);
    for (fields, refused) in [
        (json!({ "ScalableTargetAction": {} }), "ValidationException at ScalableTargetAction"),
        (
            json!({ "ScalableTargetAction": { "MinCapacity": 21 } }),
            "ValidationException at ScalableTargetAction",
        ),
        (json!({ "Schedule": "noon" }), "ValidationException at Schedule"),
        (json!({ "Timezone": "Europe/Paris" }), "NotModelled at Timezone"),
        (json!({ "StartTime": "soon" }), "ValidationException at StartTime"),
    ] {
        assert_eq!(refusal(action(fields.clone())), refused, "{fields}");
    }
}

/// AAS-16: a service outside the bounds of its new target is brought to the nearer one.
#[test]
fn new_bounds_pull_the_desired_count_into_them() {
    let changes = changes(registered(&shop_with_services(), json!({ "MinCapacity": 6 })));
    let Change::ServiceUpdated { settings, .. } = &changes[1] else { panic!("{changes:?}") };
    assert_eq!((settings.0.desired_count, settings.1.desired_count), (4, 6));
}
