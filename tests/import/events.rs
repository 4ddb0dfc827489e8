//! The details of events have the fields and types of real answers of the AWS CLI, whose shapes EventBridge sends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const REAL: &str = "../shared/data/aws-cli-json";
/// Where there are no stopped tasks among the real answers, the API's reference has these.
const OF_STOPPED_TASKS: [&str; 6] = [
    ".containers[].exitCode integer",
    ".executionStoppedAt string",
    ".stopCode string",
    ".stoppedAt string",
    ".stoppedReason string",
    ".stoppingAt string",
];
/// Events have these where answers have not (`clusterArn`, `updatedAt`), an ISO date where an old CLI printed a number, and a
/// field of our own under its own prefix.
const OF_INSTANCE_EVENTS: [&str; 4] =
    [".clusterArn string", ".ecsim:awsvpcTaskLimit integer", ".registeredAt string", ".updatedAt string"];

/// Each field below `value` with its type.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| fields(member, &format!("{path}.{key}"), found));
            return;
        }
        Value::Array(items) => {
            items.iter().for_each(|item| fields(item, &format!("{path}[]"), found));
            "list"
        }
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null => return,
    };
    found.insert(format!("{path} {kind}"));
}

/// The fields of all tasks and of all container instances in the real answers.
fn real() -> Option<[BTreeSet<String>; 2]> {
    let mut found = [BTreeSet::new(), BTreeSet::new()];
    for entry in fs::read_dir(REAL).ok()? {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let Ok(answer) = serde_json::from_str::<Value>(&text) else { continue };
        for (key, found) in ["tasks", "containerInstances"].iter().zip(&mut found) {
            let items = answer.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter(|item| item.is_object()).for_each(|item| fields(item, "", found));
        }
    }
    Some(found)
}

#[test]
fn details_of_events_are_shaped_as_real_answers_are() {
    let Some([tasks, instances]) = real() else {
        println!("skipped: no real data at {REAL}");
        return;
    };
    let directory = tempfile::TempDir::new().unwrap();
    let run = ["run", "--events", "--no-plots", "--replications", "1", "--quiet"];
    let output =
        Command::new(env!("CARGO_BIN_EXE_ecsim")).args(run).current_dir(directory.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let log =
        fs::read_to_string(directory.path().join(Path::new("results/quickstart/events.jsonl"))).unwrap();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let found = told.entry(event["detail-type"].as_str().unwrap().to_owned()).or_default();
        fields(&event["detail"], "", found);
    }
    for (kind, real, documented) in [
        ("ECS Task State Change", &tasks, &OF_STOPPED_TASKS[..]),
        ("ECS Container Instance State Change", &instances, &OF_INSTANCE_EVENTS[..]),
    ] {
        let strange: Vec<&String> = told[kind]
            .iter()
            .filter(|field| !real.contains(*field) && !documented.contains(&field.as_str()))
            .collect();
        assert!(strange.is_empty(), "{kind}: {strange:?}");
        assert!(told[kind].len() > 20, "{kind}");
    }
}
