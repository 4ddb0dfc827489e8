//! Auto Scaling groups, the capacity providers over them, and what the world and their owner do to them.

use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::features::Features;
use super::timeline::{Cast, call, fault, some};

/// The capacity providers of the seed, each over a group of its own.
pub fn providers(features: Features) -> &'static [&'static str] {
    match (features.groups, features.two_groups) {
        (false, _) => &[],
        (true, false) => &["provider-0"],
        (true, true) => &["provider-0", "provider-1"],
    }
}

fn group_of(provider: &str) -> String {
    provider.replace("provider", "asg")
}

/// A strategy over them (CAP-1, CAP-2).
pub fn strategy(draw: &mut Draw, features: Features) -> Value {
    let providers = providers(features);
    let first = draw.between(0, providers.len() as u64 - 1) as usize;
    let count = draw.between(1, providers.len() as u64) as usize;
    let mut items = Vec::new();
    for place in 0..count {
        let name = providers[(first + place) % providers.len()];
        let weight = if place == 0 { draw.between(1, 4) } else { draw.between(0, 4) };
        let mut item = json!({ "capacityProvider": name, "weight": weight });
        if place == 0 && draw.percent(40) {
            item["base"] = json!(draw.between(0, 3));
        }
        items.push(item);
    }
    Value::Array(items)
}

/// The sections `autoScalingGroups` and `capacityProviders`.
pub fn sections(draw: &mut Draw, features: Features, zones: &[String]) -> (Value, Value) {
    let (mut groups, mut entries) = (Vec::new(), Vec::new());
    for provider in providers(features) {
        let protects = draw.percent(40);
        groups.push(group(draw, features, &group_of(provider), zones, protects));
        entries.push(capacity_provider(draw, provider, protects));
    }
    if features.groups && features.sure_group {
        let sure = json!({ "AutoScalingGroupName": "sure-asg", "InstanceType": "m5.large", "MinSize": 0, "MaxSize": 5,
            "AvailabilityZones": [zones[0]] });
        groups.push(sure);
        entries.push(capacity_provider_over(draw, "sure", "sure-asg", false));
    }
    if features.managed {
        entries.push(managed(draw));
    }
    (Value::Array(groups), Value::Array(entries))
}

/// Managed Instances in some of the three subnets.
fn managed(draw: &mut Draw) -> Value {
    let mut template = json!({ "networkConfiguration": { "subnets": ["subnet-0", "subnet-1", "subnet-2"] } });
    if draw.percent(40) {
        template["networkConfiguration"]["subnets"] = json!(["subnet-0"]);
    }
    if draw.percent(50) {
        template["instanceRequirements"] = draw.one_of(&[
            json!({ "allowedInstanceTypes": ["m5.large", "c5*"] }),
            json!({ "vCpuCount": { "min": 2, "max": 4 }, "burstablePerformance": "included" }),
            json!({ "acceleratorCount": { "min": 1 } }),
        ]);
    }
    if draw.percent(50) {
        template["capacityOptionType"] = json!(draw.one_of(&["ON_DEMAND", "SPOT", "RESERVED"]));
    }
    let mut provider = json!({ "instanceLaunchTemplate": template });
    if draw.percent(60) {
        let after = draw.one_of(&[-1, 0, 60, 600]);
        provider["infrastructureOptimization"] = json!({ "scaleInAfter": after });
    }
    json!({ "name": "managed", "managedInstancesProvider": provider })
}

fn group(draw: &mut Draw, features: Features, name: &str, zones: &[String], protects: bool) -> Value {
    let minimum = draw.one_of(&[0, 0, 0, 1, 2]);
    let maximum = minimum + draw.between(1, 6);
    let mut group = json!({
        "AutoScalingGroupName": name, "MinSize": minimum, "MaxSize": maximum,
        "NewInstancesProtectedFromScaleIn": protects,
    });
    let of: Vec<&String> = zones.iter().filter(|_| draw.percent(80)).collect();
    group["AvailabilityZones"] = if of.is_empty() { json!([zones[0]]) } else { json!(of) };
    if draw.percent(50) {
        group["DesiredCapacity"] = json!(draw.between(minimum, maximum));
    }
    let types = ["m5.large", "c5.large", "t3.medium", "r5.large"];
    if features.ec2_spot {
        let count = draw.between(1, 3) as usize;
        let overrides: Vec<Value> =
            types.iter().skip(1).take(count).map(|kind| json!({ "InstanceType": kind })).collect();
        let strategies = ["lowest-price", "diversified", "capacity-optimized", "price-capacity-optimized"];
        let strategies = match draw.percent(50) {
            true => draw.one_of(&strategies[2..]),
            false => draw.one_of(&strategies[..1]),
        };
        group["MixedInstancesPolicy"] = json!({
            "LaunchTemplate": { "Overrides": overrides },
            "InstancesDistribution": {
                "OnDemandBaseCapacity": draw.between(0, 2),
                "OnDemandPercentageAboveBaseCapacity": draw.one_of(&[0, 0, 25, 50, 75]),
                "OnDemandAllocationStrategy": draw.one_of(&["prioritized", "lowest-price"]),
                "SpotAllocationStrategy": strategies,
            },
        });
        group["CapacityRebalance"] = json!(draw.percent(50));
    } else {
        group["InstanceType"] = json!(draw.one_of(&types));
    }
    if features.hooks {
        let hooks = ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"];
        let mut list = Vec::new();
        for (index, transition) in hooks.iter().enumerate() {
            list.push(json!({
                "LifecycleHookName": format!("hook-{index}"), "LifecycleTransition": transition,
                "HeartbeatTimeout": draw.between(30, 300), "DefaultResult": draw.one_of(&["ABANDON", "CONTINUE"]),
            }));
        }
        group["LifecycleHookSpecificationList"] = Value::Array(list);
    }
    if draw.percent(30) {
        let strategy = draw.one_of(&["balanced-only", "balanced-best-effort"]);
        group["AvailabilityZoneDistribution"] = json!({ "CapacityDistributionStrategy": strategy });
    }
    if draw.percent(25) {
        let policies = [
            "OldestInstance",
            "NewestInstance",
            "ClosestToNextInstanceHour",
            "Default",
            "AllocationStrategy",
        ];
        group["TerminationPolicies"] = json!([draw.one_of(&policies)]);
    }
    if draw.percent(25) {
        group["HealthCheckGracePeriod"] = json!(draw.between(0, 400));
    }
    if draw.percent(20) {
        let most = draw.one_of(&[100, 150, 200]);
        let policy = json!({ "MinHealthyPercentage": most - 100, "MaxHealthyPercentage": most });
        group["InstanceMaintenancePolicy"] = policy;
    }
    group
}

fn capacity_provider(draw: &mut Draw, name: &str, protects: bool) -> Value {
    capacity_provider_over(draw, name, &group_of(name), protects)
}

fn capacity_provider_over(draw: &mut Draw, name: &str, group: &str, protects: bool) -> Value {
    let mut over = json!({ "autoScalingGroupArn": group });
    if protects || draw.percent(75) {
        over["managedScaling"] = managed_scaling(draw);
    }
    over["managedTerminationProtection"] = json!(if protects { "ENABLED" } else { "DISABLED" });
    over["managedDraining"] = json!(draw.one_of(&["ENABLED", "ENABLED", "DISABLED"]));
    json!({ "name": name, "autoScalingGroupProvider": over })
}

fn managed_scaling(draw: &mut Draw) -> Value {
    let mut scaling = json!({ "status": "ENABLED" });
    if draw.percent(50) {
        scaling["targetCapacity"] = json!(draw.one_of(&[100, 90, 60, 34]));
    }
    if draw.percent(30) {
        scaling["minimumScalingStepSize"] = json!(draw.between(1, 2));
        scaling["maximumScalingStepSize"] = json!(draw.between(2, 4));
    }
    if draw.percent(50) {
        scaling["instanceWarmupPeriod"] = json!(draw.one_of(&[0, 60, 300]));
    }
    scaling
}

/// Entries of `world.groups`.
pub fn world(draw: &mut Draw, features: Features, into: &mut Map<String, Value>) {
    for provider in providers(features) {
        let mut entry = Map::new();
        if draw.percent(50) {
            entry.insert("launch".into(), draw.time(90));
        }
        if features.instance_failures && draw.percent(60) {
            let mean = format!("{}s", draw.one_of(&[900, 2400]));
            entry.insert("failure".into(), json!({ "every": { "exponential": { "mean": mean } } }));
        }
        if features.hooks {
            let mut hooks = Map::new();
            for name in ["hook-0", "hook-1"] {
                if draw.percent(60) {
                    let hook = json!({
                        "completesAfter": draw.time(40), "result": draw.one_of(&["CONTINUE", "CONTINUE", "ABANDON"]),
                        "heartbeats": draw.percent(30),
                    });
                    hooks.insert(name.into(), hook);
                }
            }
            entry.insert("hooks".into(), Value::Object(hooks));
        }
        if features.ec2_spot {
            entry.insert("spotDraining".into(), json!(draw.percent(50)));
        }
        into.insert(group_of(provider), Value::Object(entry));
    }
}

/// Entries of `world.spot`.
pub fn spot_world(draw: &mut Draw, features: Features, into: &mut Map<String, Value>) {
    if !features.groups || !features.ec2_spot {
        return;
    }
    for kind in ["c5.large", "t3.medium", "default"] {
        let mut pool = Map::new();
        if draw.percent(60) {
            let mean = draw.one_of(&[300, 1200, 5000]);
            pool.insert("interruption".into(), json!({ "every": draw.time(mean) }));
            if draw.percent(60) {
                pool.insert("rebalanceRecommendation".into(), draw.time(120));
            }
        }
        if kind != "default" {
            if draw.percent(30) {
                pool.insert("capacity".into(), json!(draw.between(0, 3)));
            }
            if draw.percent(20) {
                pool.insert("onDemandCapacity".into(), json!(draw.between(0, 3)));
            }
            if draw.percent(30) {
                let every = draw.time(900);
                pool.insert(
                    "reclaim".into(),
                    json!({ "every": every, "share": draw.between(1, 100) as f64 / 100.0 }),
                );
            }
        }
        into.insert(kind.into(), Value::Object(pool));
    }
}

fn one_group(draw: &mut Draw, features: Features) -> Option<String> {
    some(draw, providers(features)).map(|provider| group_of(provider))
}

/// A request about a group or its provider.
pub fn request(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let group = one_group(draw, features)?;
    let instance = format!("{group}-{}", draw.between(1, 6));
    match draw.between(0, 11) {
        0 => call(
            "SetDesiredCapacity",
            json!({ "AutoScalingGroupName": group, "DesiredCapacity": draw.between(0, 7),
                "HonorCooldown": draw.percent(30) }),
        ),
        1 => {
            let mut with = json!({ "AutoScalingGroupName": group });
            match draw.between(0, 3) {
                0 => with["MinSize"] = json!(draw.between(0, 3)),
                1 => with["MaxSize"] = json!(draw.between(3, 8)),
                2 => with["AvailabilityZones"] = json!([some(draw, cast.zones)?]),
                _ if features.ec2_spot => with["MaxInstanceLifetime"] = json!(86_400),
                _ => with["InstanceType"] = json!(draw.one_of(&["m5.large", "c5.large"])),
            }
            call("UpdateAutoScalingGroup", with)
        }
        2 => call(
            "SetInstanceProtection",
            json!({ "AutoScalingGroupName": group, "InstanceIds": [instance],
                "ProtectedFromScaleIn": draw.percent(60) }),
        ),
        3 => call(
            "TerminateInstanceInAutoScalingGroup",
            json!({ "InstanceId": instance, "ShouldDecrementDesiredCapacity": draw.percent(50) }),
        ),
        4 => {
            let minute = draw.between(1, 59);
            let with = json!({ "AutoScalingGroupName": group, "ScheduledActionName": "now and then",
                "Recurrence": format!("{minute} * * * *"), "DesiredCapacity": draw.between(0, 5) });
            call("PutScheduledUpdateGroupAction", with)
        }
        5 => {
            let name = if draw.percent(50) { "SuspendProcesses" } else { "ResumeProcesses" };
            let all = [
                "Launch",
                "Terminate",
                "HealthCheck",
                "ReplaceUnhealthy",
                "AZRebalance",
                "AlarmNotification",
            ];
            let with = json!({ "AutoScalingGroupName": group, "ScalingProcesses": [draw.one_of(&all)] });
            call(name, with)
        }
        6 | 7 => {
            let mut preferences = json!({
                "MinHealthyPercentage": draw.one_of(&[0, 50, 90]), "MaxHealthyPercentage": 100
            });
            if draw.percent(50) {
                preferences =
                    json!({ "MinHealthyPercentage": 100, "MaxHealthyPercentage": draw.one_of(&[110, 200]) });
            }
            preferences["InstanceWarmup"] = json!(draw.between(0, 200));
            preferences["ScaleInProtectedInstances"] = json!(draw.one_of(&["Refresh", "Ignore", "Wait"]));
            let with = json!({ "AutoScalingGroupName": group, "Preferences": preferences });
            call("StartInstanceRefresh", with)
        }
        8 => call("CancelInstanceRefresh", json!({ "AutoScalingGroupName": group })),
        9 if !features.ec2_spot => call(
            "PutWarmPool",
            json!({ "AutoScalingGroupName": group, "MinSize": draw.between(0, 2),
                "PoolState": draw.one_of(&["Stopped", "Running", "Hibernated"]) }),
        ),
        9 | 10 => call("DeleteWarmPool", json!({ "AutoScalingGroupName": group })),
        _ => {
            let provider = some(draw, providers(features))?;
            let mut over = json!({ "managedDraining": draw.one_of(&["ENABLED", "DISABLED"]) });
            if draw.percent(60) {
                over["managedScaling"] = managed_scaling(draw);
            }
            call("UpdateCapacityProvider", json!({ "name": provider, "autoScalingGroupProvider": over }))
        }
    }
}

/// A fault of the machines of a group, or of what Spot pools can give.
pub fn fault_of_group(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let provider = some(draw, providers(features))?;
    let group = group_of(provider);
    match draw.between(0, 3) {
        0 if features.ec2_spot => {
            fault("spotInterruption", json!({ "pool": provider, "count": draw.between(1, 3) }))
        }
        0 | 1 => fault("instanceTermination", json!({ "group": group, "count": draw.between(1, 3) })),
        2 => fault("instanceFailure", json!({ "group": group, "count": draw.between(1, 2) })),
        _ => fault("capacityOutage", json!({ "zone": some(draw, cast.zones)?, "for": draw.time(300) })),
    }
}

/// Policies of capacity that ECS does not offer.
pub fn policies(draw: &mut Draw, features: Features, scenario: &mut Value) {
    if !features.capacity_policies {
        return;
    }
    let mut fallbacks = Map::new();
    for service in scenario["aws"]["services"].as_array().into_iter().flatten() {
        let uses = |name: &str| {
            let items = service["capacityProviderStrategy"].as_array();
            items
                .into_iter()
                .flatten()
                .any(|item| item["capacityProvider"].as_str().is_some_and(|used| used.starts_with(name)))
        };
        let to = match (uses("FARGATE_SPOT"), uses("provider")) {
            (true, _) => "FARGATE",
            // The other group buys on demand in these seeds.
            (_, true) if features.ec2_spot && features.sure_group => "sure",
            _ => continue,
        };
        let back = draw.one_of(&[json!("never"), json!("60s"), json!("10m")]);
        let name = service["serviceName"].as_str().unwrap_or_default().to_owned();
        fallbacks
            .insert(name, json!({ "to": to, "after": format!("{}s", draw.between(1, 400)), "back": back }));
    }
    let mut repack = Map::new();
    let mut scaling = Map::new();
    let mut drained = Vec::new();
    let all = scenario["aws"]["capacityProviders"].as_array().into_iter().flatten();
    for provider in all.filter(|provider| provider["managedInstancesProvider"].is_null()) {
        let name = provider["name"].as_str().unwrap_or_default().to_owned();
        if provider["autoScalingGroupProvider"]["managedDraining"] != "DISABLED" && draw.percent(60) {
            let percent = draw.between(1, 100);
            repack.insert(
                name.clone(),
                json!({ "every": draw.one_of(&["60s", "300s"]), "below": format!("{percent}%") }),
            );
        }
        if draw.percent(50) {
            let minutes = draw.between(1, 20);
            let from_zero = draw.one_of(&["ecs", "realNeed"]);
            scaling.insert(
                name.clone(),
                json!({ "scaleInAfter": format!("{minutes}m"), "fromZero": from_zero }),
            );
        }
        if draw.percent(50) {
            drained.push(name);
        }
    }
    scenario["policies"]["spotFallback"] = Value::Object(fallbacks);
    scenario["policies"]["repack"] = Value::Object(repack);
    scenario["policies"]["clusterScaling"] = Value::Object(scaling);
    scenario["policies"]["replaceAtRecommendation"] = json!(drained);
}
