//! Task definitions as people wrote them, through the door.

use std::path::{Path, PathBuf};

use schemars::schema_for;
use serde_json::Value;

use crate::aws::RegisterTaskDefinition;
use crate::engine::api::task_definition::register;
use crate::engine::api::tests::shop;

const FOLDER: &str = "../shared/data/task-definitions";

/// Files that can be read and that AWS refuses, by the start of their name, with the field at fault.
const REFUSED: &[(&str, &str)] = &[
    // CON-17: host port 80 for container port 5601 with awsvpc
    (
        "aws-containers-task-definitions--kibana-kibana-ec2",
        "containerDefinitions[0].portMappings[0].hostPort",
    ),
    // CON-12: memory and memoryReservation are both 256
    ("php-nginx-ecs-docker--task-definition", "containerDefinitions[0].memory"),
];

#[test]
#[expect(clippy::disallowed_macros, reason = "a table for the reader of a test's output")]
fn every_real_task_definition_is_accepted_or_refused_for_a_known_reason() {
    if !Path::new(FOLDER).is_dir() {
        eprintln!("skipped: no real files at {FOLDER}");
        return;
    }
    let mut refused = Vec::new();
    for path in json_files() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("the file is readable");
        let value = without_what_describe_adds(serde_json::from_str(&text).expect("the file is JSON"));
        // Four files hold text where a number belongs: the reader of files names their place.
        let Ok(input) = serde_json::from_value::<RegisterTaskDefinition>(value) else { continue };
        match register(&shop(), &input) {
            Ok(definition) => eprintln!("{name:<100} accepted {:?}", definition.reserved),
            Err(error) => {
                eprintln!("{name:<100} {}: {}: {}", error.exception, error.field, error.message);
                refused.push((name, error.field));
            }
        }
    }
    assert_eq!(refused.len(), REFUSED.len(), "{refused:#?}");
    for ((name, field), (known_name, known_field)) in refused.iter().zip(REFUSED) {
        assert!(name.starts_with(known_name) && field == known_field, "{name}: {field}");
    }
}

fn json_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder is readable");
    let paths = entries.map(|entry| entry.expect("the entry is readable").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    paths.sort();
    paths
}

/// The input inside a describe answer, by the marks of its schema.
fn without_what_describe_adds(mut value: Value) -> Value {
    let schema = schema_for!(RegisterTaskDefinition).to_value();
    for wrapper in schema["x-wrapped-in"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(inner) = value.get_mut(wrapper) {
            value = inner.take();
        }
    }
    if let Some(object) = value.as_object_mut() {
        for key in schema["x-ignored"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            object.shift_remove(key);
        }
    }
    value
}
