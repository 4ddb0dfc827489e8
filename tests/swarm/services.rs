//! Services and callers of RunTask.

use serde_json::{Map, Value, json};

use super::definitions::Family;
use super::draw::Draw;
use super::features::Features;

/// Where a service or a call runs: nothing said, a launch type or a strategy.
pub fn capacity(draw: &mut Draw, features: Features, family: &Family, into: &mut Map<String, Value>) {
    if !family.on_fargate {
        let suits = matches!(family.network_mode, Some("awsvpc" | "host"));
        if features.managed && suits && draw.percent(50) {
            into.insert(
                "capacityProviderStrategy".into(),
                json!([{ "capacityProvider": "managed", "weight": 1 }]),
            );
        } else if features.groups && draw.percent(60) {
            into.insert("capacityProviderStrategy".into(), super::groups::strategy(draw, features));
        } else if draw.percent(50) {
            into.insert("launchType".into(), json!("EC2"));
        }
    } else if features.ec2 && draw.percent(10) {
        into.insert("launchType".into(), json!("EC2"));
    } else if features.fargate && (!features.spot || draw.percent(50)) && draw.percent(50) {
        into.insert("launchType".into(), json!("FARGATE"));
    } else {
        into.insert("capacityProviderStrategy".into(), strategy(draw, features));
    }
}

/// A strategy over the Fargate providers that the seed has (CAP-1, CAP-2).
pub fn strategy(draw: &mut Draw, features: Features) -> Value {
    let mut items = Vec::new();
    let base_at = draw.between(0, 1);
    let weights = [draw.between(1, 4), draw.between(0, 4)];
    let first = u64::from(draw.percent(50));
    for place in 0..2 {
        let number = (place + first) % 2;
        let (name, used) = [("FARGATE", features.fargate), ("FARGATE_SPOT", features.spot)][number as usize];
        if used {
            let mut item = Map::new();
            item.insert("capacityProvider".into(), json!(name));
            item.insert("weight".into(), json!(weights[items.len()]));
            if place == base_at && draw.percent(50) {
                item.insert("base".into(), json!(draw.between(0, 3)));
            }
            items.push(Value::Object(item));
        }
    }
    Value::Array(items)
}

/// Subnets, for tasks that have an interface (CON-21).
pub fn network(draw: &mut Draw, features: Features, family: &Family, into: &mut Map<String, Value>) {
    if features.subnets && family.network_mode == Some("awsvpc") && draw.percent(60) {
        into.insert("networkConfiguration".into(), network_configuration(draw));
    }
}

/// Some of the three subnets that a scenario with subnets has.
pub fn network_configuration(draw: &mut Draw) -> Value {
    let mut subnets: Vec<String> =
        (0..3).filter(|_| draw.percent(50)).map(|index| format!("subnet-{index}")).collect();
    if subnets.is_empty() {
        subnets.push("subnet-0".to_owned());
    }
    json!({ "awsvpcConfiguration": { "subnets": subnets, "securityGroups": ["sg-1"] } })
}

/// Preferences and rules among instances.
pub fn placement(draw: &mut Draw, features: Features, into: &mut Map<String, Value>) {
    if features.strategies && draw.percent(60) {
        into.insert("placementStrategy".into(), strategies(draw));
    }
    let mut constraints = Vec::new();
    if features.distinct_instance && draw.percent(50) {
        constraints.push(json!({ "type": "distinctInstance" }));
    }
    if features.queries && draw.percent(60) {
        constraints.push(member_of(draw));
    }
    if !constraints.is_empty() {
        into.insert("placementConstraints".into(), Value::Array(constraints));
    }
}

/// A constraint that holds on some instances or at some times (PLC-12).
pub fn member_of(draw: &mut Draw) -> Value {
    let expression = draw.one_of(&[
        "attribute:rack == left",
        "attribute:rack !exists or attribute:ecs.os-type =~ lin.*",
        "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
        "agentConnected == true",
        "agentVersion >= 1.50 and registeredAt <= 2026-01-05",
        "ec2InstanceId =~ '.*-1'",
        "runningTasksCount < 3",
        "not(task:group == service:service-0)",
        "task:group == service:service-0 or runningTasksCount == 0",
        "attribute:rack == nowhere",
    ]);
    json!({ "type": "memberOf", "expression": expression })
}

pub fn strategies(draw: &mut Draw) -> Value {
    let all = [
        json!({ "type": "random" }),
        json!({ "type": "binpack", "field": "cpu" }),
        json!({ "type": "binpack", "field": "memory" }),
        json!({ "type": "spread", "field": "instanceId" }),
        json!({ "type": "spread", "field": "attribute:ecs.availability-zone" }),
        json!({ "type": "spread", "field": "attribute:rack" }),
    ];
    let count = draw.between(1, 2);
    (0..count).map(|_| draw.one_of(&all)).collect()
}

pub fn deployment_configuration(draw: &mut Draw, features: Features) -> Value {
    let (minimum, maximum) = match features.stalls && draw.percent(60) {
        true => draw.one_of(&[(100, 100), (100, 100), (100, 101), (99, 100)]),
        false => (draw.one_of(&[0, 0, 25, 50, 75, 100]), draw.one_of(&[100, 110, 125, 150, 200, 200, 300])),
    };
    let mut input = json!({ "minimumHealthyPercent": minimum, "maximumPercent": maximum });
    if features.breakers && draw.percent(60) {
        input["deploymentCircuitBreaker"] = breaker(draw);
    }
    if features.deployment_alarms && draw.percent(50) {
        input["alarms"] = json!({ "alarmNames": ["errors", "latency"], "enable": draw.percent(90), "rollback": draw.percent(60) });
        if draw.percent(50) {
            input["bakeTimeInMinutes"] = json!(draw.between(0, 10));
        }
    }
    if features.early_success && draw.percent(50) {
        input["earlySuccessCriteria"] = json!({
            "enable": true,
            "healthyPercent": draw.between(minimum, 100),
            "sourceServiceRevisionCleanup": draw.one_of(&["BLOCKING", "DEFERRED"]),
        });
    }
    input
}

fn breaker(draw: &mut Draw) -> Value {
    let mut input = json!({ "enable": draw.percent(90), "rollback": draw.percent(60) });
    if draw.percent(50) {
        input["resetOnHealthyTask"] = json!(draw.percent(50));
    }
    if draw.percent(60) {
        let kind = draw.one_of(&["COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"]);
        input["thresholdConfiguration"] = json!({ "type": kind, "value": draw.between(1, 5) });
    }
    input
}

/// The target groups of a scenario: two for each kind of target.
pub fn target_groups(draw: &mut Draw, features: Features) -> Value {
    if !features.load_balancers {
        return json!([]);
    }
    let group = |draw: &mut Draw, name: &str, kind: &str| {
        let delay = draw.one_of(&[0, 5, 30, 60, 300]).to_string();
        let interval = draw.between(8, 40);
        json!({
            "Name": name, "TargetType": kind, "Protocol": draw.one_of(&["HTTP", "TCP"]),
            "HealthCheckIntervalSeconds": interval, "HealthCheckTimeoutSeconds": draw.between(2, 7),
            "HealthyThresholdCount": draw.between(2, 5), "UnhealthyThresholdCount": draw.between(2, 4),
            "Attributes": [{ "Key": "deregistration_delay.timeout_seconds", "Value": delay }],
        })
    };
    let all = [("instance-1", "instance"), ("instance-2", "instance"), ("ip-1", "ip"), ("ip-2", "ip")];
    all.iter().map(|(name, kind)| group(draw, name, kind)).collect()
}

/// Steps out and in, with an alarm for each.
fn stepping(draw: &mut Draw, name: &str) -> Vec<Value> {
    let kind = draw.one_of(&["ChangeInCapacity", "PercentChangeInCapacity"]);
    let number = if kind == "ChangeInCapacity" { draw.between(1, 3) } else { draw.between(10, 80) } as i64;
    let out = json!([
        { "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 15, "ScalingAdjustment": number },
        { "MetricIntervalLowerBound": 15, "ScalingAdjustment": 2 * number },
    ]);
    let back = json!([{ "MetricIntervalUpperBound": 0, "ScalingAdjustment": -number }]);
    let mut items = Vec::new();
    for (policy, steps, comparison, threshold) in [
        ("out", out, "GreaterThanOrEqualToThreshold", draw.between(50, 80)),
        ("in", back, "LessThanThreshold", draw.between(15, 40)),
    ] {
        items.push(json!({ "PutScalingPolicy": {
            "PolicyName": policy, "ResourceId": name, "PolicyType": "StepScaling",
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": kind, "StepAdjustments": steps, "Cooldown": draw.one_of(&[0, 60, 300]),
            },
        } }));
        items.push(json!({ "PutMetricAlarm": {
            "AlarmName": draw.one_of(&["errors", "latency"]).to_owned() + policy, "MetricName": "CPUUtilization",
            "Dimensions": [{ "Name": "ServiceName", "Value": name }], "Threshold": threshold,
            "ComparisonOperator": comparison, "EvaluationPeriods": draw.between(1, 3), "AlarmActions": [policy],
        } }));
    }
    items
}

/// Scalable targets and policies for those that are asked something.
pub fn scaling(draw: &mut Draw, features: Features, asked: &[String], services: &Value) -> Value {
    let mut items = Vec::new();
    for name in asked {
        if !features.scaling || !draw.percent(75) {
            continue;
        }
        let min = draw.between(0, 3);
        items.push(json!({ "RegisterScalableTarget": {
            "ResourceId": format!("service/swarm/{name}"), "MinCapacity": min, "MaxCapacity": min + draw.between(0, 8),
        } }));
        let balanced = services.as_array().into_iter().flatten().any(|service| {
            let shifts = service["deploymentConfiguration"].get("strategy").is_some()
                || service.get("deploymentController").is_some();
            service["serviceName"] == json!(name) && service.get("loadBalancers").is_some() && !shifts
        });
        let mut metrics = vec![("ECSServiceAverageCPUUtilization", draw.between(20, 80))];
        if balanced {
            metrics.push(("ALBRequestCountPerTarget", draw.between(100, 900)));
        }
        if draw.percent(35) {
            items.extend(stepping(draw, name));
            continue;
        }
        if draw.percent(25) {
            items.push(json!({ "PutScheduledAction": {
                "ScheduledActionName": "often", "ResourceId": name,
                "Schedule": draw.one_of(&["rate(7 minutes)", "cron(0/20 * * * ? *)", "at(2026-01-05T00:11:00)"]),
                "ScalableTargetAction": { "MinCapacity": draw.between(0, 6), "MaxCapacity": draw.between(6, 9) },
            } }));
        }
        for (metric, target) in metrics {
            let configuration = json!({
                "TargetValue": target,
                "PredefinedMetricSpecification": { "PredefinedMetricType": metric },
                "ScaleOutCooldown": draw.one_of(&[0, 60, 300]),
                "ScaleInCooldown": draw.one_of(&[0, 60, 300]),
                "DisableScaleIn": draw.percent(15),
            });
            items.push(json!({ "PutScalingPolicy": {
                "PolicyName": metric, "ResourceId": name, "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": configuration,
            } }));
        }
    }
    Value::Array(items)
}

/// The load balancers of a service of this family.
pub fn load_balancers(draw: &mut Draw, family: &Family) -> Value {
    let kind = if family.network_mode == Some("awsvpc") { "ip" } else { "instance" };
    let balancer = |number: u64| {
        json!({
            "targetGroupArn": format!("{kind}-{number}"),
            "containerName": super::definitions::container_name(family.main),
            "containerPort": super::definitions::SERVED,
        })
    };
    (1..=draw.one_of(&[1, 1, 2])).map(balancer).collect()
}

pub fn service(draw: &mut Draw, features: Features, name: &str, family: &Family) -> Value {
    let mut input = Map::new();
    input.insert("serviceName".into(), json!(name));
    input.insert("taskDefinition".into(), json!(family.reference(draw)));
    input.insert("desiredCount".into(), json!(draw.one_of(&[0, 1, 1, 2, 2, 3, 4, 5, 8])));
    capacity(draw, features, family, &mut input);
    if draw.percent(70) {
        input.insert("deploymentConfiguration".into(), deployment_configuration(draw, features));
    }
    if !family.on_fargate {
        placement(draw, features, &mut input);
    }
    network(draw, features, family, &mut input);
    if family.takes_targets(features) && draw.percent(70) {
        input.insert("loadBalancers".into(), load_balancers(draw, family));
    }
    if features.traffic_shifts && draw.percent(70) {
        shift_traffic(draw, &mut input);
    }
    if features.daemons && !family.on_fargate && draw.percent(50) {
        make_daemon(draw, &mut input);
    }
    if features.grace_periods && draw.percent(60) {
        input.insert("healthCheckGracePeriodSeconds".into(), json!(draw.between(0, 300)));
    }
    Value::Object(input)
}

/// DEP-30: blue/green, linear or canary, with what moves the traffic.
fn shift_traffic(draw: &mut Draw, input: &mut Map<String, Value>) {
    let mut moves = false;
    if let Some(balancers) = input.get_mut("loadBalancers").and_then(Value::as_array_mut) {
        balancers.truncate(1);
        for balancer in balancers {
            let first = balancer["targetGroupArn"].as_str().unwrap_or_default();
            let other = format!("{}-2", first.trim_end_matches("-1"));
            balancer["advancedConfiguration"] = json!({ "alternateTargetGroupArn": other });
            moves = true;
        }
    } else if draw.percent(60) {
        input.insert("serviceConnectConfiguration".into(), json!({ "enabled": true }));
        moves = true;
    }
    let configuration = input.entry("deploymentConfiguration").or_insert_with(|| json!({}));
    let shift = traffic_shift(draw, moves);
    for (key, value) in shift.as_object().into_iter().flatten() {
        configuration[key] = value.clone();
    }
}

/// How traffic moves, and hooks on the way (DEP-31 to DEP-35).
pub fn traffic_shift(draw: &mut Draw, moves: bool) -> Value {
    let strategy = if moves { draw.one_of(&["BLUE_GREEN", "LINEAR", "CANARY"]) } else { "BLUE_GREEN" };
    let mut input = json!({ "strategy": strategy, "bakeTimeInMinutes": draw.between(0, 4) });
    match strategy {
        "LINEAR" => {
            let step = draw.one_of(&[10.0, 30.0, 33.3, 50.0, 100.0]);
            input["linearConfiguration"] =
                json!({ "stepPercent": step, "stepBakeTimeInMinutes": draw.between(0, 2) });
        }
        "CANARY" => {
            let part = draw.one_of(&[0.1, 5.0, 25.0, 100.0]);
            input["canaryConfiguration"] =
                json!({ "canaryPercent": part, "canaryBakeTimeInMinutes": draw.between(0, 3) });
        }
        _ => {}
    }
    let hook = |draw: &mut Draw| {
        let pauses = draw.percent(30);
        let stages: &[&str] = match pauses {
            true => &["PRE_SCALE_UP", "POST_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT"],
            false => {
                &["RECONCILE_SERVICE", "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_SCALE_UP"]
            }
        };
        let stages = [draw.one_of(stages), draw.one_of(stages)];
        json!({
            "targetType": if pauses { "PAUSE" } else { "AWS_LAMBDA" },
            "hookTargetArn": "check",
            "lifecycleStages": stages,
            "timeoutConfiguration": {
                "timeoutInMinutes": draw.between(1, 10),
                "action": draw.one_of(&["ROLLBACK", "CONTINUE"]),
            },
        })
    };
    if draw.percent(60) {
        input["lifecycleHooks"] = (0..draw.between(1, 2)).map(|_| hook(draw)).collect();
    }
    input
}

/// One task on every instance, as far as ECS lets it be so (SVC-4, DEP-2).
fn make_daemon(draw: &mut Draw, input: &mut Map<String, Value>) {
    input.insert("schedulingStrategy".into(), json!("DAEMON"));
    input.remove("desiredCount");
    input.remove("placementStrategy");
    input.remove("capacityProviderStrategy");
    input.remove("serviceConnectConfiguration");
    if input.contains_key("deploymentConfiguration") {
        let limits = json!({ "minimumHealthyPercent": draw.one_of(&[0, 50, 100]), "maximumPercent": 100 });
        input.insert("deploymentConfiguration".into(), limits);
    }
}

/// An entry of `world.runs`; with `ends` its tasks are done some day, whatever happens.
pub fn run(draw: &mut Draw, features: Features, name: &str, family: &Family, ends: bool) -> Value {
    let mut run = Map::new();
    run.insert("name".into(), json!(name));
    run.insert("taskDefinition".into(), json!(family.reference(draw)));
    let mut arrivals = match draw.between(0, 3) {
        0 => json!({ "every": draw.time(120) }),
        1 => json!({ "rate": format!("{}/h", draw.between(5, 60)) }),
        2 => json!({ "rate": { "steps": [
            { "from": "0s", "value": "60/h" },
            { "from": "10m", "value": format!("{}/h", draw.between(1, 30)) },
        ] } }),
        _ => json!({ "at": [format!("{}s", draw.between(0, 60)), format!("{}m", draw.between(1, 9)), "5m"] }),
    };
    let resubmits = !ends && draw.percent(40);
    if ends || resubmits || draw.percent(50) {
        arrivals["count"] = json!(draw.between(1, 12));
    }
    run.insert("arrivals".into(), arrivals);
    run.insert("duration".into(), draw.time(if ends { 60 } else { 300 }));
    if draw.percent(30) {
        run.insert("count".into(), json!(draw.between(1, 4)));
    }
    capacity(draw, features, family, &mut run);
    if !family.on_fargate {
        placement(draw, features, &mut run);
        if draw.percent(25) {
            let memory = json!({ "uniform": [256, 3000] });
            run.insert("overrides".into(), json!({ "cpu": 512, "memory": memory }));
        }
    }
    network(draw, features, family, &mut run);
    if draw.percent(20) {
        run.insert("group".into(), json!(draw.one_of(&["batch", "service:service-0"])));
    }
    run.insert("onRefusal".into(), on_refusal(draw, ends));
    if resubmits {
        let until = draw.one_of(&["completed", "never"]);
        run.insert("onStop".into(), json!({ "resubmitAfter": draw.time(60), "until": until }));
    }
    Value::Object(run)
}

fn on_refusal(draw: &mut Draw, ends: bool) -> Value {
    match draw.between(0, 3) {
        0 => json!("fail"),
        1 => {
            let mut retry = json!({ "retryEvery": draw.time(15) });
            if ends || draw.percent(60) {
                retry["limit"] = json!(draw.between(0, 6));
            }
            retry
        }
        _ => {
            let mut wait = json!({ "wait": "fifo" });
            if draw.percent(50) {
                wait["places"] = json!(draw.between(0, 5));
            }
            if ends || draw.percent(60) {
                wait["timeout"] = draw.time(90);
            }
            wait
        }
    }
}
