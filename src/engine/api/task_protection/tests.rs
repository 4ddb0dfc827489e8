use serde_json::json;

use super::super::Request;
use super::super::container_instance::tests::fixed;
use super::super::tests::{ask, changes, refusal};

#[test]
fn protection_is_asked_for_1_to_2880_minutes_and_1_to_10_tasks() {
    // SVC-20; whether the tasks are there is a matter of each
    let cluster = fixed(1);
    let update = |minutes: u32, tasks: usize| {
        let tasks: Vec<String> = (0..tasks).map(|n| format!("web#{n}")).collect();
        let value = json!({ "tasks": tasks, "protectionEnabled": true, "expiresInMinutes": minutes });
        ask(&cluster, Request::UpdateTaskProtection, value)
    };
    for (minutes, tasks, field) in
        [(0, 1, "expiresInMinutes"), (2881, 1, "expiresInMinutes"), (1, 0, "tasks"), (1, 11, "tasks")]
    {
        assert_eq!(refusal(update(minutes, tasks)), format!("InvalidParameterException at {field}"));
    }
    assert_eq!((changes(update(1, 1)).len(), changes(update(2880, 10)).len()), (1, 10));
}
