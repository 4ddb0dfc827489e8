//! Logs in which the service scheduler does too much, or too little.

use serde_json::Value;

use crate::checks::Check;
use crate::support::{Log, refused};

/// Sets a limit on every line that tells the settings of `web`: desired 4, minimum 50 %, maximum 150 %.
fn limit(log: &mut Log, name: &str, percent: u64) {
    for told in log.all_of("web").filter(|told| told["responseElements"]["service"].is_object()) {
        told["responseElements"]["service"]["deploymentConfiguration"][name] = percent.into();
    }
}

fn is_steady_state(event: &Value, service: &str) -> bool {
    event["detail"]["eventName"] == "SERVICE_STEADY_STATE" && event["resources"][0] == service
}

#[test]
fn one_healthy_task_too_few_is_refused() {
    // The log stops 2 of 4 healthy tasks at once: ceil(4 × 50 / 100) = 2 are left, ceil(4 × 75 / 100) = 3 are due.
    refused(&[Check::MinimumHealthyPercent], |log| limit(log, "minimumHealthyPercent", 75));
}

#[test]
fn one_start_too_many_is_refused() {
    // 2 kept + 2 that stop + 2 new = 6 = floor(4 × 150 / 100); floor(4 × 149 / 100) = 5.
    refused(&[Check::MaximumPercent], |log| limit(log, "maximumPercent", 149));
}

#[test]
fn a_healthy_task_stopped_at_rest_is_refused() {
    // api keeps 3, minimum 100 %. When its desired count falls to 2, one of 3 is stopped. Had it not fallen, 3 were due.
    refused(&[Check::MinimumHealthyPercent, Check::Replacement], |log| {
        let falls = |event: &Value| {
            let service = &event["detail"]["responseElements"]["service"];
            event["detail"]["eventName"] == "UpdateService" && service["serviceName"] == "api"
        };
        let line = log.events.iter().rposition(falls).unwrap();
        assert_eq!(log.events[line]["detail"]["responseElements"]["service"]["desiredCount"], 2);
        log.events[line]["detail"]["responseElements"]["service"]["desiredCount"] = 3.into();
    });
}

#[test]
fn a_steady_state_while_a_task_is_missing_is_refused() {
    refused(&[Check::SteadyState], |log| {
        let crash = log
            .first(|told| told["stopCode"] == "EssentialContainerExited" && told["group"] == "service:web");
        let mut steady = log.events.iter().find(|event| is_steady_state(event, "web")).unwrap().clone();
        for key in ["time", "ecsim:at_ms"] {
            steady[key] = log.events[crash][key].clone();
        }
        steady["detail"]["createdAt"] = steady["time"].clone();
        log.events.insert(crash + 1, steady);
        log.renumber();
    });
}

#[test]
fn a_steady_state_with_a_task_on_a_draining_instance_is_refused() {
    // The instance of a task says DRAINING before the first steady state: then nobody moves its tasks, and another comes.
    refused(&[Check::SteadyState, Check::Replacement, Check::Placement], |log| {
        let steady = log.events.iter().position(|event| is_steady_state(event, "web")).unwrap();
        let task = log.task(|told| told["group"] == "service:web");
        let host = log.events[log.line_of(&task, "RUNNING")]["detail"]["containerInstanceArn"].clone();
        let told_before = log.events[..steady].iter().rposition(|event| {
            event["resources"][0] == host && event["detail-type"] == "ECS Container Instance State Change"
        });
        log.events[told_before.unwrap()]["detail"]["status"] = "DRAINING".into();
    });
}

#[test]
fn a_steady_state_during_a_deployment_is_refused() {
    refused(&[Check::SteadyState], |log| {
        let begins = log.first(|told| told["deploymentId"] == "ecs-svc/2");
        let mut steady = log.events.iter().find(|event| is_steady_state(event, "web")).unwrap().clone();
        for key in ["time", "ecsim:at_ms"] {
            steady[key] = log.events[begins][key].clone();
        }
        steady["detail"]["createdAt"] = steady["time"].clone();
        log.events.insert(begins + 1, steady);
        log.renumber();
    });
}

#[test]
fn a_stopped_task_that_nobody_replaces_is_refused() {
    refused(&[Check::Replacement], |log| {
        // The Spot task that was reclaimed has a successor: out with it, its messages, and its row.
        let successor =
            log.task(|told| told["group"] == "service:worker" && told["lastStatus"] == "PROVISIONING");
        let begins = log.line_of(&successor, "PROVISIONING");
        let mentions = |event: &Value| {
            event["detail"]["message"]
                .as_str()
                .is_some_and(|text| text.contains(&format!("(task {successor})")))
        };
        let mut kept = Vec::new();
        for (index, event) in log.events.drain(..).enumerate() {
            let steady = index > begins && is_steady_state(&event, "worker");
            if event["resources"][0] != *successor && !mentions(&event) && !steady {
                kept.push(event);
            }
        }
        log.events = kept;
        log.rows.retain(|row| row[1] != successor);
        log.renumber();
    });
}

#[test]
fn a_desired_count_that_nobody_follows_is_refused() {
    refused(&[Check::Replacement, Check::SteadyState], |log| {
        for told in log.all_of("worker").filter(|told| told["responseElements"]["service"].is_object()) {
            told["responseElements"]["service"]["desiredCount"] = 3.into();
        }
    });
}

#[test]
fn a_replacement_that_comes_late_is_refused() {
    refused(&[Check::Replacement], |log| {
        let start =
            log.first(|told| told["group"] == "service:worker" && told["lastStatus"] == "PROVISIONING");
        // A second late: the start and its message, next to it.
        let late = log.events[start]["ecsim:at_ms"].as_i64().unwrap() + 500;
        let date = "2026-01-05T00:30:01.500Z";
        assert_eq!(late, 1_801_500, "30 min after the beginning, 1 s to wake, and 500 ms");
        for line in [start, start + 1] {
            log.events[line]["ecsim:at_ms"] = late.into();
            log.events[line]["time"] = date.into();
        }
        log.events[start + 1]["detail"]["createdAt"] = date.into();
        let task = log.task_at(start);
        log.all_of(&task).for_each(|told| told["createdAt"] = date.into());
        "1801.5".clone_into(log.cell(&task, "created_s"));
        "1801.5".clone_into(log.cell(&task, "placed_s"));
    });
}
