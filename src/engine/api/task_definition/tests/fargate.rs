//! What Fargate takes of a task definition.

use serde_json::{Value, json};

use super::{accepted, refused, refused_field};
use crate::engine::api::tests::with;

/// A definition for Fargate, 256 CPU units and 512 MiB.
fn fargate() -> Value {
    json!({ "family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
        "memory": "512", "containerDefinitions": [{ "name": "app" }] })
}

fn fargate_container(fields: Value) -> Value {
    with(fargate(), json!({ "containerDefinitions": [with(json!({ "name": "app" }), fields)] }))
}

#[test]
fn on_fargate_timeouts_are_two_to_120_seconds() {
    // LIF-15, LIF-16
    for name in ["stopTimeout", "startTimeout"] {
        for seconds in [1, 121] {
            let field = refused_field(fargate_container(json!({ name: seconds })));
            assert_eq!(field, format!("containerDefinitions[0].{name}"));
        }
        assert!(accepted(fargate_container(json!({ name: 120 }))).fits_fargate);
    }
}

#[test]
fn fargate_takes_the_pairs_of_its_table_and_lists_the_memory_sizes_for_a_cpu() {
    // SIZ-1: 256 units go with 512, 1024 and 2048 MiB
    let sized = |cpu: &str, memory: &str| with(fargate(), json!({ "cpu": cpu, "memory": memory }));
    assert!(accepted(sized("256", "2048")).fits_fargate);
    assert!(accepted(sized("32 vCPU", "244 GB")).fits_fargate);
    let (field, message) = refused(sized("256", "4096"));
    assert_eq!(field, "memory");
    assert!(message.starts_with("No Fargate configuration exists for given values"), "{message}");
    assert!(message.contains("512, 1024, 2048 MiB"), "{message}");
    let (field, message) = refused(sized("300", "512"));
    assert_eq!(field, "cpu");
    assert!(message.contains("256, 512, 1024"), "{message}");
}

#[test]
fn fargate_wants_both_sizes_at_the_task_level() {
    // SIZ-1
    for missing in ["cpu", "memory"] {
        let mut value = fargate_container(json!({ "cpu": 256, "memory": 512 }));
        value.as_object_mut().unwrap().shift_remove(missing);
        assert_eq!(refused_field(value), missing);
    }
}

#[test]
fn fargate_wants_awsvpc() {
    // CON-19
    for mode in [json!(null), json!("bridge"), json!("host")] {
        assert_eq!(refused_field(with(fargate(), json!({ "networkMode": mode }))), "networkMode");
    }
}

#[test]
fn storage_of_a_fargate_task_is_21_to_200_gib_and_20_are_included() {
    // SIZ-3: 50 − 20 = 30 are paid for
    let stored = |gib: u32| with(fargate(), json!({ "ephemeralStorage": { "sizeInGiB": gib } }));
    assert_eq!(accepted(stored(50)).extra_storage_gib, 30);
    assert_eq!(accepted(fargate()).extra_storage_gib, 0);
    assert_eq!(refused_field(stored(20)), "ephemeralStorage.sizeInGiB");
    assert_eq!(refused_field(stored(201)), "ephemeralStorage.sizeInGiB");
}

#[test]
fn windows_on_fargate_is_x86_with_one_to_four_vcpus_and_no_extras() {
    // SIZ-4
    let windows = |other: Value| {
        let sized = json!({ "cpu": "1024", "memory": "2048",
            "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" } });
        with(with(fargate(), sized), other)
    };
    assert!(accepted(windows(json!({}))).fits_fargate);
    assert_eq!(refused_field(windows(json!({ "cpu": "512" }))), "cpu");
    assert_eq!(refused_field(windows(json!({ "cpu": "8192", "memory": "16384" }))), "cpu");
    let storage = json!({ "ephemeralStorage": { "sizeInGiB": 30 } });
    assert_eq!(refused_field(windows(storage)), "ephemeralStorage");
    let arm = json!({ "runtimePlatform": { "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE",
        "cpuArchitecture": "ARM64" } });
    assert_eq!(refused_field(windows(arm)), "runtimePlatform.cpuArchitecture");
    let restarts =
        json!({ "containerDefinitions": [{ "name": "app", "restartPolicy": { "enabled": true } }] });
    assert_eq!(refused_field(windows(restarts)), "containerDefinitions");
}

#[test]
fn fargate_refuses_what_needs_a_host_of_ones_own() {
    // SIZ-7
    let refused_in_container = [
        ("privileged", json!({ "privileged": true })),
        ("links", json!({ "links": ["db"] })),
        ("dnsServers", json!({ "dnsServers": ["10.0.0.1"] })),
        ("extraHosts", json!({ "extraHosts": [{ "hostname": "h", "ipAddress": "10.0.0.1" }] })),
        ("linuxParameters.maxSwap", json!({ "linuxParameters": { "maxSwap": 1 } })),
        ("resourceRequirements", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] })),
    ];
    for (name, fields) in refused_in_container {
        assert_eq!(refused_field(fargate_container(fields)), format!("containerDefinitions[0].{name}"));
    }
    assert_eq!(refused_field(with(fargate(), json!({ "ipcMode": "task" }))), "ipcMode");
    let constraint = json!({ "placementConstraints": [{ "type": "memberOf", "expression": "x exists" }] });
    assert_eq!(refused_field(with(fargate(), constraint)), "placementConstraints");
    let harmless =
        json!({ "privileged": false, "links": [], "linuxParameters": { "initProcessEnabled": true } });
    assert!(accepted(fargate_container(harmless)).fits_fargate);
}

#[test]
fn a_definition_fits_fargate_even_where_it_does_not_require_it() {
    // SIZ-1, SIZ-7
    let silent = |other: Value| with(with(fargate(), json!({ "requiresCompatibilities": null })), other);
    assert!(accepted(silent(json!({}))).fits_fargate);
    assert!(!accepted(silent(json!({ "networkMode": "host" }))).fits_fargate);
    assert!(!accepted(silent(json!({ "cpu": "300" }))).fits_fargate);
    let privileged = json!({ "containerDefinitions": [{ "name": "app", "privileged": true }] });
    assert!(!accepted(silent(privileged)).fits_fargate);
}
