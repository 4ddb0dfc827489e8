//! Logs that lose, invent or contradict something.

use serde_json::json;

use crate::checks::{Check, check};
use crate::support::{Log, refused};

fn names_web_1(told: &serde_json::Value) -> bool {
    told["taskArn"] == "web#1"
}

#[test]
fn a_log_with_half_a_line_is_refused() {
    let mut files = Log::base().files();
    let cut = files.events.len() - 20;
    files.events.truncate(cut);
    let breaches = check(&files).breaches;
    assert!(breaches.iter().any(|breach| breach.check == Check::Shape), "{breaches:?}");
}

#[test]
fn a_log_without_one_of_its_lines_is_refused() {
    refused(&[Check::Clock, Check::Version], |log| {
        let task = log.task(|told| told["lastStatus"] == "ACTIVATING");
        let line = log.line_of(&task, "ACTIVATING");
        log.events.remove(line);
    });
}

#[test]
fn a_log_whose_time_runs_back_is_refused() {
    refused(&[Check::Clock], |log| {
        let line = log.first(|told| told["eventName"] == "TASKS_STOPPED");
        let before = log.events[0].clone();
        for key in ["time", "ecsim:at_ms"] {
            log.events[line][key] = before[key].clone();
        }
        log.events[line]["detail"]["createdAt"] = before["time"].clone();
    });
}

#[test]
fn a_date_that_disagrees_with_its_milliseconds_is_refused() {
    refused(&[Check::Clock], |log| {
        let line = log.first(|told| told["registeredResources"].is_array() && told["version"] == 2);
        log.events[line]["time"] = "2026-01-05T00:00:00.001Z".into();
    });
}

#[test]
fn a_version_that_leaps_is_refused() {
    refused(&[Check::Version], |log| {
        let task = log.task(|told| told["stoppedAt"].is_string());
        let line = log.line_of(&task, "STOPPED");
        log.events[line]["detail"]["version"] = 99.into();
    });
}

#[test]
fn a_task_of_a_deployment_that_never_began_is_refused() {
    refused(&[Check::Created], |log| {
        // One that is there to the end: its stop reason would name the deployment.
        let last = log.rows.last().unwrap()[1].clone();
        log.all_of(&last).for_each(|told| told["startedBy"] = "ecs-svc/9".into());
    });
}

#[test]
fn a_task_without_a_row_is_refused() {
    refused(&[Check::Rows], |log| {
        log.rows.remove(3);
    });
}

#[test]
fn a_row_without_a_task_is_refused() {
    refused(&[Check::Rows], |log| {
        let mut row = log.rows[1].clone();
        row[1] = "web#999".to_owned();
        log.rows.push(row);
    });
}

#[test]
fn a_task_with_two_rows_is_refused() {
    refused(&[Check::Rows], |log| log.rows.push(log.rows[1].clone()));
}

#[test]
fn a_row_with_another_stopped_reason_is_refused() {
    refused(&[Check::Rows], |log| {
        let cell = log.cell("web#1", "stopped_reason");
        assert_ne!(cell, "Task stopped by user");
        "Task stopped by user".clone_into(cell);
    });
}

#[test]
fn a_row_that_ends_a_millisecond_later_is_refused() {
    refused(&[Check::Rows], |log| {
        let cell = log.cell("web#1", "stopped_s");
        let end: f64 = cell.parse().unwrap();
        *cell = format!("{:.3}", end + 0.001);
    });
}

#[test]
fn a_row_on_another_instance_is_refused() {
    refused(&[Check::Rows], |log| {
        let cell = log.cell("web#1", "instance");
        *cell = if cell == "ec2-1" { "ec2-2" } else { "ec2-1" }.to_owned();
    });
}

#[test]
fn a_task_that_changes_its_group_is_refused() {
    refused(&[Check::Fixed], |log| {
        let line = log.line_of("import#1", "ACTIVATING");
        log.events[line]["detail"]["group"] = "family:other".into();
    });
}

#[test]
fn a_message_about_another_task_is_refused() {
    refused(&[Check::Messages], |log| {
        let line = log
            .first(|told| told["message"].as_str().is_some_and(|text| text.contains("has started 1 tasks")));
        let message = log.events[line]["detail"]["message"].as_str().unwrap().to_owned();
        let other = message.split_once("(task").unwrap().0.to_owned() + "(task web#1).";
        log.events[line]["detail"]["message"] = other.into();
    });
}

#[test]
fn a_start_that_its_service_does_not_mention_is_refused() {
    refused(&[Check::Messages], |log| {
        let line =
            log.first(|told| told["message"].as_str().is_some_and(|text| text.contains("has started")));
        log.events.remove(line);
        log.renumber();
    });
}

#[test]
fn an_event_of_an_unknown_kind_is_refused() {
    refused(&[Check::Shape, Check::Clock], |log| {
        let line = log.first(|told| told["eventName"] == "SERVICE_STEADY_STATE");
        log.events[line]["detail-type"] = "ECS Weather Change".into();
    });
}

#[test]
fn a_task_without_a_cpu_reservation_is_refused() {
    let mut log = Log::base();
    let line = log.first(names_web_1);
    log.events[line]["detail"]["cpu"] = json!(null);
    let first = &log.report().breaches[0];
    assert_eq!((first.check, first.line), (Check::Shape, line + 1));
}
