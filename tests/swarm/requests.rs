//! Requests of the timeline about container instances and the protection of tasks.

use serde_json::{Value, json};

use super::draw::Draw;
use super::features::Features;
use super::timeline::{Cast, call, some};

/// An instance, now and then one that is not there.
fn instance(draw: &mut Draw, cast: &Cast<'_>) -> Option<String> {
    let (group, size) = some(draw, cast.groups)?;
    let last = if draw.percent(95) { *size } else { size + 1 };
    Some(format!("{group}-{}", draw.between(1, last)))
}

pub fn set_state(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let count = draw.between(1, 3);
    let instances: Option<Vec<String>> = (0..count).map(|_| instance(draw, cast)).collect();
    let status = if draw.percent(70) { "DRAINING" } else { "ACTIVE" };
    let with = json!({ "containerInstances": instances?, "status": status });
    call("UpdateContainerInstancesState", with)
}

pub fn deregister(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let with = json!({ "containerInstance": instance(draw, cast)?, "force": draw.percent(65) });
    call("DeregisterContainerInstance", with)
}

pub fn register_again(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    call("RegisterContainerInstance", json!({ "containerInstanceArn": instance(draw, cast)? }))
}

fn attributes(draw: &mut Draw, cast: &Cast<'_>) -> Option<Vec<Value>> {
    let count = draw.between(1, 3);
    let one = |_| {
        let name = draw.one_of(&["rack", "disk", "ecs.os-type"]);
        let value = draw.one_of(&[json!("left"), json!("ssd"), json!(null)]);
        Some(json!({ "name": name, "value": value, "targetId": instance(draw, cast)? }))
    };
    (0..count).map(one).collect()
}

pub fn put_attributes(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    call("PutAttributes", json!({ "attributes": attributes(draw, cast)? }))
}

pub fn delete_attributes(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    call("DeleteAttributes", json!({ "attributes": attributes(draw, cast)? }))
}

/// Tasks of a service, now and then of a run, from the first launches.
pub fn protect(draw: &mut Draw, _: Features, cast: &Cast<'_>) -> Option<Value> {
    let (service, _) = some(draw, cast.services)?;
    let owner = match some(draw, cast.runs) {
        Some(run) if draw.percent(15) => run,
        _ => service,
    };
    let first = draw.one_of(&[1, 1, 4]);
    let tasks: Vec<String> = (first..first + draw.between(1, 10)).map(|n| format!("{owner}#{n}")).collect();
    let mut with = json!({ "tasks": tasks, "protectionEnabled": draw.percent(85) });
    if draw.percent(85) {
        with["expiresInMinutes"] = json!(draw.between(1, 40));
    }
    call("UpdateTaskProtection", with)
}
