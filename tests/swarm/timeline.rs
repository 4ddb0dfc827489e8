//! Requests and faults of the timeline.

use serde_json::{Map, Value, json};

use super::controllers::request as by_others;
use super::definitions::{Family, task_definition};
use super::draw::Draw;
use super::features::Features;
use super::groups::{fault_of_group, request as group_request};
use super::requests::{delete_attributes, deregister, protect, put_attributes, register_again, set_state};
use super::services;

/// What an item of the timeline can name.
pub struct Cast<'a> {
    pub families: &'a [Family],
    /// Services with the index of their family.
    pub services: &'a [(String, usize)],
    pub runs: &'a [String],
    /// Groups of instances with their sizes.
    pub groups: &'a [(String, u64)],
    pub zones: &'a [String],
    pub seconds: u64,
}

type Kind = fn(&mut Draw, Features, &Cast<'_>) -> Option<Value>;

pub fn timeline(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Vec<Value> {
    let mut kinds: Vec<Kind> = Vec::new();
    for (on, some) in [
        (features.deployments, &[register, deploy, deploy, deploy, burst as Kind][..]),
        (features.deployments && features.breakers, &[stop_deployment]),
        (features.controllers, &[by_others, by_others, by_others, by_others]),
        (features.deployments && features.deployment_alarms, &[alarm, alarm, alarm]),
        (features.deployments && features.load_balancers, &[rebalance]),
        (features.resizes, &[resize, reconfigure]),
        (features.deletions, &[delete, create]),
        (features.run_and_stop, &[run_task, stop_task]),
        (features.start_tasks, &[start_task]),
        (features.container_faults, &[container_exit, start_failure, unhealthy]),
        (features.instance_faults, &[instance_failure, instance_termination]),
        (features.agent_faults, &[agent_disconnect]),
        (features.zone_faults, &[zone_outage]),
        (features.capacity_faults, &[capacity_outage]),
        (features.retirements, &[task_retirement]),
        (features.spot, &[spot_interruption]),
        (features.drains, &[set_state, set_state, set_state, deregister, register_again]),
        (features.protections, &[protect, protect]),
        (features.attributes, &[put_attributes, delete_attributes]),
        (features.groups && features.group_requests, &[group_request, group_request, group_request]),
        (features.groups && features.group_faults, &[fault_of_group, fault_of_group]),
    ] {
        if on {
            kinds.extend(some);
        }
    }
    let mut items = Vec::new();
    let count = if kinds.is_empty() { 0 } else { draw.between(0, 10) };
    for _ in 0..count {
        let kind = draw.one_of(&kinds);
        let Some(mut item) = kind(draw, features, cast) else { continue };
        let at = draw.between(0, cast.seconds);
        if let Some(times) = item.as_object_mut().and_then(|item| item.remove("burst")) {
            for n in 0..times.as_u64().unwrap_or(0) {
                item["at"] = json!(format!("{}s", at + n * 13));
                items.push(item.clone());
            }
            continue;
        }
        if draw.percent(15) {
            item["at"] = json!(format!("{at}s"));
            item["every"] = json!(format!("{}s", draw.between(1, 600)));
            item["count"] = json!(draw.between(1, 5));
        } else {
            item["at"] = if draw.percent(60) { json!(format!("{at}s")) } else { draw.time(at) };
        }
        items.push(item);
    }
    items
}

pub fn call(name: &str, with: Value) -> Option<Value> {
    Some(json!({ "call": name, "with": with }))
}

pub fn fault(name: &str, with: Value) -> Option<Value> {
    Some(json!({ "fault": name, "with": with }))
}

pub fn some<'a, T>(draw: &mut Draw, all: &'a [T]) -> Option<&'a T> {
    (!all.is_empty()).then(|| &all[draw.between(0, all.len() as u64 - 1) as usize])
}

fn register(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let family = some(draw, cast.families)?;
    call("RegisterTaskDefinition", task_definition(draw, features, family))
}

fn deploy(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, family) = some(draw, cast.services)?;
    let mut with = json!({ "service": service });
    match draw.between(0, 4) {
        0 | 1 => with["forceNewDeployment"] = json!(true),
        2 => with["taskDefinition"] = json!(cast.families[*family].name),
        // A revision that may not be there yet, now and then of a family that does not fit.
        _ => {
            let other = draw.between(0, cast.families.len() as u64 - 1) as usize;
            let family = if draw.percent(70) { *family } else { other };
            with["taskDefinition"] = json!(format!("{}:{}", cast.families[family].name, draw.between(1, 4)));
        }
    }
    if draw.percent(25) {
        with["desiredCount"] = json!(draw.between(0, 8));
    }
    if draw.percent(25) {
        with["deploymentConfiguration"] = services::deployment_configuration(draw, features);
    }
    call("UpdateService", with)
}

/// DEP-10.
fn stop_deployment(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    let named = if draw.percent(80) { service.clone() } else { format!("{service}/{}", draw.between(1, 3)) };
    let stop_type = draw.one_of(&["ROLLBACK", "ROLLBACK", "ABORT"]);
    call("StopServiceDeployment", json!({ "serviceDeploymentArn": named, "stopType": stop_type }))
}

/// DEP-25.
fn alarm(draw: &mut Draw, _: Features, _: &Cast<'_>) -> Option<Value> {
    let name = draw.one_of(&["errors", "latency"]);
    fault("alarm", json!({ "name": name, "for": draw.time(300) }))
}

/// DEP-13: other target groups, or none.
fn rebalance(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, family) = some(draw, cast.services)?;
    let family = &cast.families[*family];
    let balancers = match family.takes_targets(features) && draw.percent(60) {
        true => services::load_balancers(draw, family),
        false => json!([]),
    };
    call("UpdateService", json!({ "service": service, "loadBalancers": balancers }))
}

/// Deployments on each other's heels (DEP-11).
fn burst(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    call("UpdateService", json!({ "service": service, "forceNewDeployment": true })).map(|mut item| {
        item["burst"] = json!(draw.between(2, 4));
        item
    })
}

fn resize(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    call("UpdateService", json!({ "service": service, "desiredCount": draw.between(0, 8) }))
}

fn reconfigure(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, family) = some(draw, cast.services)?;
    let mut with = json!({ "service": service });
    let on_fargate = cast.families[*family].on_fargate;
    match draw.between(0, 4 + u64::from(features.subnets)) {
        0 if features.traffic_shifts && draw.percent(60) => {
            let moves = draw.percent(60);
            let back = draw.percent(30);
            let shift = services::traffic_shift(draw, moves);
            with["deploymentConfiguration"] = if back { json!({ "strategy": "ROLLING" }) } else { shift };
        }
        0 => with["deploymentConfiguration"] = services::deployment_configuration(draw, features),
        // Refused where the tasks have no interface of their own.
        5 => with["networkConfiguration"] = services::network_configuration(draw),
        1 => with["healthCheckGracePeriodSeconds"] = json!(draw.between(0, 300)),
        2 if on_fargate || features.fargate || features.spot => {
            with["capacityProviderStrategy"] = services::strategy(draw, features);
            with["forceNewDeployment"] = json!(draw.percent(70));
        }
        2 if features.groups => {
            with["capacityProviderStrategy"] = super::groups::strategy(draw, features);
            with["forceNewDeployment"] = json!(draw.percent(70));
        }
        2 | 3 => with["placementStrategy"] = services::strategies(draw),
        _ => {
            with["placementConstraints"] = draw.one_of(&[json!([]), json!([{ "type": "distinctInstance" }])])
        }
    }
    call("UpdateService", with)
}

fn delete(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    call("DeleteService", json!({ "service": service, "force": draw.percent(80) }))
}

/// A new service, now and then under the name of one that is or was there.
fn create(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let (old, _) = some(draw, cast.services)?;
    let name = if draw.percent(50) { old.clone() } else { format!("late-{}", draw.between(0, 2)) };
    let family = some(draw, cast.families)?;
    call("CreateService", services::service(draw, features, &name, family))
}

fn run_task(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let family = some(draw, cast.families)?;
    let mut with = Map::new();
    let known = family.reference(draw);
    // Now and then a revision that nobody registers.
    let name = if draw.percent(90) { known } else { format!("{}:99", family.name) };
    with.insert("taskDefinition".into(), json!(name));
    with.insert("count".into(), json!(draw.between(1, 10)));
    services::capacity(draw, features, family, &mut with);
    if !family.on_fargate {
        services::placement(draw, features, &mut with);
    }
    services::network(draw, features, family, &mut with);
    if draw.percent(20) {
        with.insert("overrides".into(), json!({ "cpu": "1 vCPU", "memory": "4 GB" }));
    }
    if draw.percent(30) {
        with.insert("group".into(), json!(draw.one_of(&["batch", "once"])));
    }
    call("RunTask", Value::Object(with))
}

/// On instances by name, some of which never were or are gone.
fn start_task(draw: &mut Draw, features: Features, cast: &Cast<'_>) -> Option<Value> {
    let family = some(draw, cast.families)?;
    let mut with = Map::new();
    let known = family.reference(draw);
    let name = if draw.percent(90) { known } else { format!("{}:99", family.name) };
    with.insert("taskDefinition".into(), json!(name));
    let mut named = Vec::new();
    for _ in 0..draw.between(1, 10) {
        let (group, size) = some(draw, cast.groups)?;
        let beyond = u64::from(draw.percent(10));
        named.push(json!(format!("{group}-{}", draw.between(1, size + beyond))));
    }
    with.insert("containerInstances".into(), Value::Array(named));
    services::network(draw, features, family, &mut with);
    if draw.percent(30) {
        with.insert("group".into(), json!(draw.one_of(&["batch", "once"])));
    }
    call("StartTask", Value::Object(with))
}

/// The name of a task that may be there, and the owner is.
fn task_name(draw: &mut Draw, cast: &Cast<'_>) -> Option<String> {
    let services = cast.services.iter().map(|(name, _)| name);
    let owners: Vec<&String> = services.chain(cast.runs).collect();
    let owner = some(draw, &owners)?;
    Some(format!("{owner}#{}", draw.between(1, 6)))
}

fn stop_task(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    call("StopTask", json!({ "task": task_name(draw, cast)? }))
}

/// A task by name, or some of a service.
fn target(draw: &mut Draw, cast: &Cast<'_>) -> Option<Value> {
    match some(draw, cast.services) {
        Some((service, _)) if draw.percent(70) => {
            Some(json!({ "service": service, "count": draw.between(1, 4) }))
        }
        _ => task_name(draw, cast).map(|task| json!({ "task": task })),
    }
}

fn container_exit(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let mut with = target(draw, cast)?;
    if draw.percent(50) {
        with["exitCode"] = json!(draw.one_of(&[0, 1, 137]));
    }
    if draw.percent(30) {
        with["container"] = json!("c0");
    }
    fault("containerExit", with)
}

fn start_failure(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    fault("startFailure", json!({ "service": service, "for": draw.time(300) }))
}

fn unhealthy(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let mut with = target(draw, cast)?;
    if draw.percent(70) {
        with["for"] = draw.time(200);
    }
    fault("unhealthy", with)
}

fn instances(draw: &mut Draw, cast: &Cast<'_>) -> Option<Value> {
    let (group, size) = some(draw, cast.groups)?;
    Some(match draw.percent(50) {
        true => json!({ "group": group, "count": draw.between(1, 3) }),
        false => json!({ "instance": format!("{group}-{}", draw.between(1, *size)) }),
    })
}

fn instance_failure(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    fault("instanceFailure", instances(draw, cast)?)
}

fn instance_termination(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    fault("instanceTermination", instances(draw, cast)?)
}

fn agent_disconnect(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (group, size) = some(draw, cast.groups)?;
    let instance = format!("{group}-{}", draw.between(1, *size));
    fault("agentDisconnect", json!({ "instance": instance, "for": draw.time(300) }))
}

fn zone_outage(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let zone = some(draw, cast.zones)?;
    fault("zoneOutage", json!({ "zone": zone, "for": draw.time(200) }))
}

fn capacity_outage(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let lasting = draw.time(300);
    let zone = some(draw, cast.zones)?;
    let pool = draw.one_of(&["FARGATE", "FARGATE_SPOT"]);
    fault(
        "capacityOutage",
        match draw.percent(40) {
            true => json!({ "zone": zone, "for": lasting }),
            false => json!({ "pool": pool, "for": lasting }),
        },
    )
}

fn task_retirement(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    fault("taskRetirement", json!({ "service": service }))
}

fn spot_interruption(draw: &mut Draw, _: Features, _: &Cast<'_>) -> Option<Value> {
    fault("spotInterruption", json!({ "pool": "FARGATE_SPOT", "count": draw.between(1, 4) }))
}
