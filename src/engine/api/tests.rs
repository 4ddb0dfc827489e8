//! The door as a whole, and what the tests of its requests share.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::model::instance::PoolKind;
use crate::model::parameters::Parameters;
use crate::model::task::Capacity;
use crate::model::{Change, Cluster};

/// A cluster named shop with both Fargate providers and three task definitions: `web` for instances (revisions 1
/// and 2), `far` for Fargate, `win` for Windows on Fargate.
pub(super) fn shop() -> Cluster {
    let mut cluster = Cluster::new("shop", Parameters::default());
    cluster.intern_pool("fixed", PoolKind::Fixed);
    cluster.intern_pool("FARGATE", PoolKind::Fargate);
    cluster.intern_pool("FARGATE_SPOT", PoolKind::FargateSpot);
    for definition in [web(), web(), far(), win()] {
        let answer = ask(&cluster, Request::RegisterTaskDefinition, definition);
        make_true(&mut cluster, answer);
    }
    cluster
}

fn web() -> Value {
    json!({ "family": "web", "containerDefinitions": [{ "name": "app", "cpu": 256, "memory": 512 }] })
}

fn far() -> Value {
    json!({ "family": "far", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{ "name": "app" }] })
}

fn win() -> Value {
    json!({ "family": "win", "networkMode": "awsvpc", "cpu": "1024", "memory": "2048",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{ "name": "app" }],
        "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" } })
}

/// The input that this JSON is in a file.
pub(super) fn input<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the shape is right")
}

/// The door's answer at time zero.
pub(super) fn ask<T: DeserializeOwned>(
    cluster: &Cluster,
    request: impl Fn(Box<T>) -> Request,
    value: Value,
) -> Result<Answer, ApiError> {
    answer(cluster, SimTime::ZERO, &request(Box::new(input(value))))
}

/// Applies what the door answered.
pub(super) fn make_true(cluster: &mut Cluster, answer: Result<Answer, ApiError>) {
    changes(answer).iter().for_each(|change| cluster.apply(SimTime::ZERO, change));
}

/// The changes that the door answered.
pub(super) fn changes(answer: Result<Answer, ApiError>) -> Vec<Change> {
    match answer.expect("ECS takes the request") {
        Answer::Changes(changes) => changes,
        Answer::RunTask { .. }
        | Answer::StartTask { .. }
        | Answer::StopTask(..)
        | Answer::TerminateInstance { .. } => {
            panic!("the answer is changes")
        }
    }
}

/// The refusal as `exception at field`.
pub(super) fn refusal(answer: Result<Answer, ApiError>) -> String {
    let error = answer.expect_err("ECS refuses the request");
    assert!(error.message.len() > 15, "{error} says too little");
    format!("{} at {}", error.exception, error.field)
}

/// `value` with the entries of `other`.
pub(super) fn with(mut value: Value, other: Value) -> Value {
    let entries = other.as_object().expect("an object").clone();
    value.as_object_mut().expect("an object").extend(entries);
    value
}

#[test]
fn a_request_for_another_cluster_is_refused_and_the_own_name_or_arn_is_taken() {
    // RES-1
    let cluster = shop();
    for (named, taken) in [("shop", true), ("arn:aws:ecs:eu-west-1:1:cluster/shop", true), ("other", false)] {
        let value = json!({ "serviceName": "s", "taskDefinition": "web", "cluster": named });
        match ask(&cluster, Request::CreateService, value) {
            Ok(_) => assert!(taken, "{named}"),
            error => {
                assert!(!taken, "{named}");
                assert_eq!(refusal(error), "ClusterNotFoundException at cluster");
            }
        }
    }
}

#[test]
fn what_is_accepted_and_not_acted_on_is_told() {
    let definition = with(
        web(),
        json!({ "networkMode": "awsvpc", "containerDefinitions": [
            { "name": "app", "memory": 64, "portMappings": [{ "containerPortRange": "80-90" }] },
        ] }),
    );
    let told =
        |request: Request| ignored(&shop(), &request).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert_eq!(
        told(Request::RegisterTaskDefinition(Box::new(input(definition)))),
        ["containerDefinitions[0].portMappings"]
    );
    let update = json!({ "service": "web", "deploymentConfiguration": { "bakeTimeInMinutes": 5 } });
    assert_eq!(
        told(Request::UpdateService(Box::new(input(update)))),
        ["deploymentConfiguration.bakeTimeInMinutes"]
    );
    let call = json!({ "taskDefinition": "far", "overrides": { "ephemeralStorage": { "sizeInGiB": 30 } } });
    assert_eq!(told(Request::RunTask(Box::new(input(call)))), ["overrides.ephemeralStorage"]);
    assert_eq!(told(Request::RegisterTaskDefinition(Box::new(input(far())))), Vec::<String>::new());
}

#[test]
fn the_test_cluster_has_what_its_description_says() {
    let cluster = shop();
    let names: Vec<String> = cluster.task_definitions.iter().map(|definition| definition.name()).collect();
    assert_eq!(names, ["web:1", "web:2", "far:1", "win:1"]);
    assert_eq!(
        cluster.pool_named("FARGATE").map(Capacity::Fargate),
        Some(Capacity::Fargate(crate::model::PoolId(1)))
    );
}
