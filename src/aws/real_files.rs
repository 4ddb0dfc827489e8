//! Task and service definitions as people wrote them, read with these types.

use super::{CreateService, RegisterTaskDefinition};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

const DATA: &str = "../shared/data";

/// Files that AWS would refuse too, by the start of their name, and the field that is at fault.
/// AWS's own client refuses text where a number belongs.
const BAD_TASK_DEFINITIONS: &[(&str, &str)] = &[
    ("aws-microservices-deploy-options--apps-ecs-ec2-taskdefs-greeting", r#""cpu": "256""#),
    ("aws-microservices-deploy-options--apps-ecs-ec2-taskdefs-name", r#""cpu": "256""#),
    ("common-deployment-example--task-definition", r#""containerPort": "<container-port>""#),
    ("ecs-on-fargate-infrastructure--task-definition", r#""containerPort": "3000""#),
];
/// ecspresso keeps the service's name in a file of its own.
const BAD_SERVICES: &[(&str, &str)] = &[
    ("ecspresso--tests-ecs-service-def", "missing field `serviceName`"),
    ("ecspresso--tests-sv", "missing field `serviceName`"),
];

#[test]
fn every_real_task_definition_is_read_or_its_wrong_field_is_named() {
    expect_failures::<RegisterTaskDefinition>("task-definitions", BAD_TASK_DEFINITIONS);
}

#[test]
fn every_real_service_definition_is_read_or_its_wrong_field_is_named() {
    expect_failures::<CreateService>("service-definitions", BAD_SERVICES);
}

#[test]
fn what_describe_adds_is_listed_as_ignored_and_is_no_field() {
    let answer = serde_json::json!({ "taskDefinition": {
        "family": "web", "revision": 7, "status": "ACTIVE",
        "containerDefinitions": [{ "name": "app", "image": "web", "cpu": 0, "mountPoints": [] }],
    }, "tags": [] });
    assert!(serde_json::from_value::<RegisterTaskDefinition>(answer["taskDefinition"].clone()).is_err());
    let input = input_of_answer::<RegisterTaskDefinition>(answer);
    let read: RegisterTaskDefinition = serde_json::from_value(input).expect("only known fields are left");
    assert_eq!(read.family, "web");
}

/// Reads every file, prints a table, and compares the failures with the known ones.
fn expect_failures<T: JsonSchema + DeserializeOwned>(folder: &str, known: &[(&str, &str)]) {
    let folder = Path::new(DATA).join(folder);
    if !folder.is_dir() {
        eprintln_line(format_args!("skipped: no real files at {}", folder.display()));
        return;
    }
    let mut failures = Vec::new();
    for path in json_files(&folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("the file is readable");
        let value = serde_json::from_str(&text).expect("the file is JSON");
        let answer = read::<T>(&input_of_answer::<T>(value));
        eprintln_line(format_args!("{name:<100} {}", answer.as_ref().err().map_or("read", |e| e)));
        failures.extend(answer.err().map(|error| (name, error)));
    }
    assert_eq!(failures.len(), known.len(), "{failures:#?}");
    for ((name, error), (known_name, known_error)) in failures.iter().zip(known) {
        assert!(name.starts_with(known_name) && error.contains(known_error), "{name}: {error}");
    }
}

/// Reads the input and names the line at fault.
fn read<T: DeserializeOwned>(input: &Value) -> Result<(), String> {
    let text = format!("{input:#}");
    serde_json::from_str::<T>(&text).map(drop).map_err(|error| {
        let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
        format!("{} {error}", line.trim())
    })
}

/// Test output goes to the captured standard error of the test.
#[expect(clippy::disallowed_macros, reason = "a table for the reader of a test's output")]
fn eprintln_line(line: std::fmt::Arguments<'_>) {
    eprintln!("{line}");
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is readable");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("the entry is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
}

/// The input inside a describe answer: unwrapped, and without the keys that the schema lists as ignored.
fn input_of_answer<T: JsonSchema>(mut value: Value) -> Value {
    let schema = schema_for!(T).to_value();
    for wrapper in schema["x-wrapped-in"].as_array().into_iter().flatten() {
        if let Some(inner) = wrapper.as_str().and_then(|key| value.get_mut(key)) {
            value = inner.take();
        }
    }
    if let Some(object) = value.as_object_mut() {
        for key in schema["x-ignored"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            object.remove(key);
        }
    }
    value
}
