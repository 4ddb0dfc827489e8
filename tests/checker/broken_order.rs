//! Logs in which tasks and containers live backwards or stop for reasons that contradict themselves.

use serde_json::{Value, json};

use crate::checks::Check;
use crate::support::{Log, refused};

/// The line at which the first task ended, and the task.
fn first_end(log: &Log) -> (usize, String) {
    let line = log.first(|told| told["lastStatus"] == "STOPPED");
    (line, log.task_at(line))
}

fn is_start_of_api(told: &Value) -> bool {
    told["group"] == "service:api" && told["lastStatus"] == "PENDING"
}

#[test]
fn a_task_that_goes_back_a_status_is_refused() {
    refused(&[Check::LastStatus], |log| {
        let line = log.line_of("import#1", "ACTIVATING");
        // PENDING, ACTIVATING, PENDING, RUNNING
        log.events[line + 1]["detail"]["lastStatus"] = "PENDING".into();
    });
}

#[test]
fn a_task_that_stops_twice_is_refused() {
    refused(&[Check::LastStatus], |log| {
        let (line, _) = first_end(log);
        let again = log.events[line].clone();
        log.events.insert(line + 1, again);
        log.renumber();
    });
}

#[test]
fn a_status_that_ecs_does_not_have_is_refused() {
    refused(&[Check::LastStatus], |log| {
        let line = log.line_of("import#1", "ACTIVATING");
        log.events[line]["detail"]["lastStatus"] = "WARMING".into();
    });
}

#[test]
fn a_fargate_task_that_is_not_provisioned_is_refused() {
    refused(&[Check::FirstStatus], |log| {
        let line = log.first(|told| told["lastStatus"] == "PROVISIONING");
        log.events[line]["detail"]["lastStatus"] = "PENDING".into();
    });
}

#[test]
fn a_task_that_is_wanted_again_is_refused() {
    refused(&[Check::DesiredStatus, Check::Timestamps], |log| {
        let line = log.first(|told| told["lastStatus"] == "STOPPING" && told["launchType"] == "FARGATE");
        let told = log.events[line]["detail"].as_object_mut().unwrap();
        told.insert("desiredStatus".to_owned(), "RUNNING".into());
        ["stopCode", "stoppedReason", "stoppingAt"].iter().for_each(|key| drop(told.remove(*key)));
    });
}

#[test]
fn a_stop_code_that_does_not_fit_its_reason_is_refused() {
    refused(&[Check::StopReason], |log| {
        let stopped = log.all_of("import#1").filter(|told| told.get("stopCode").is_some());
        stopped.for_each(|told| told["stopCode"] = "UserInitiated".into());
        "UserInitiated".clone_into(log.cell("import#1", "stop_code"));
    });
}

#[test]
fn a_stop_by_another_deployment_is_refused() {
    refused(&[Check::StopReason], |log| {
        let task = log.task(|told| told["stopCode"] == "ServiceSchedulerInitiated");
        let reason = "Scaling activity initiated by (deployment ecs-svc/7)";
        let stopped = log.all_of(&task).filter(|told| told.get("stopCode").is_some());
        stopped.for_each(|told| told["stoppedReason"] = reason.into());
        reason.clone_into(log.cell(&task, "stopped_reason"));
    });
}

#[test]
fn a_stop_whose_reason_changes_is_refused() {
    refused(&[Check::StopReason, Check::Rows], |log| {
        let (line, _) = first_end(log);
        log.events[line]["detail"]["stopCode"] = "UserInitiated".into();
        log.events[line]["detail"]["stoppedReason"] = "Task stopped by user".into();
    });
}

#[test]
fn a_lost_instance_under_a_task_of_another_is_refused() {
    refused(&[Check::StopReason], |log| {
        let task = log.task(|told| told["stopCode"] == "TerminationNotice");
        let reason = "Host EC2 (instance ec2-9) terminated.";
        let stopped = log.all_of(&task).filter(|told| told.get("stopCode").is_some());
        stopped.for_each(|told| told["stoppedReason"] = reason.into());
        reason.clone_into(log.cell(&task, "stopped_reason"));
    });
}

#[test]
fn a_spot_interruption_of_an_on_demand_task_is_refused() {
    refused(&[Check::StopReason], |log| {
        let task = log.task(|told| told["stopCode"] == "SpotInterruption");
        log.all_of(&task).for_each(|told| told["capacityProviderName"] = "FARGATE".into());
        "FARGATE".clone_into(log.cell(&task, "capacity_provider"));
    });
}

#[test]
fn a_failed_start_of_a_task_that_ran_is_refused() {
    refused(&[Check::StopReason], |log| {
        let (code, reason) = ("TaskFailedToStart", "CannotPullContainerError: the image could not be pulled");
        for told in log.all_of("import#1").filter(|told| told.get("stopCode").is_some()) {
            told["stopCode"] = code.into();
            told["stoppedReason"] = reason.into();
        }
        code.clone_into(log.cell("import#1", "stop_code"));
        reason.clone_into(log.cell("import#1", "stopped_reason"));
    });
}

#[test]
fn an_essential_container_that_did_not_exit_is_refused() {
    refused(&[Check::StopReason, Check::AllStarted], |log| {
        for told in log.all_of("import#1") {
            if told["containers"][0]["lastStatus"] == "STOPPED" {
                told["containers"] =
                    json!([{ "name": "import", "lastStatus": "RUNNING", "healthStatus": "UNKNOWN" }]);
            }
        }
    });
}

#[test]
fn a_start_before_the_images_are_there_is_refused() {
    refused(&[Check::Timestamps], |log| {
        let end = log.events.last().unwrap()["time"].clone();
        let line = log.line_of("import#1", "RUNNING");
        log.events[line]["detail"]["pullStoppedAt"] = end;
    });
}

#[test]
fn a_start_time_that_moves_is_refused() {
    refused(&[Check::Timestamps, Check::Rows], |log| {
        let (line, _) = first_end(log);
        let later = log.events[line]["detail"]["stoppingAt"].clone();
        log.events[line]["detail"]["startedAt"] = later;
    });
}

#[test]
fn a_stopped_task_without_an_end_is_refused() {
    refused(&[Check::Timestamps, Check::Rows], |log| {
        let (line, _) = first_end(log);
        log.events[line]["detail"].as_object_mut().unwrap().remove("stoppedAt");
    });
}

#[test]
fn a_container_that_lives_again_without_a_policy_is_refused() {
    refused(&[Check::ContainerOrder], |log| {
        // The line after the container exited: the stop order, at which it must be STOPPED still.
        let line = log
            .first(|told| told["stopCode"] == "SpotInterruption" && told["lastStatus"] == "DEPROVISIONING");
        let containers = &mut log.events[line]["detail"]["containers"];
        let name = containers[0]["name"].clone();
        *containers = json!([{ "name": name, "lastStatus": "RUNNING", "healthStatus": "UNKNOWN" }]);
    });
}

#[test]
fn a_container_that_is_not_in_the_definition_is_refused() {
    refused(&[Check::ContainerOrder], |log| {
        log.all_of("import#1").for_each(|told| told["containers"][0]["name"] = "other".into());
        let stopped = |told: &&mut Value| told.get("stopCode").is_some();
        let code = ("UserInitiated", "Task stopped by user");
        log.all_of("import#1").filter(stopped).for_each(|told| {
            told["stopCode"] = code.0.into();
            told["stoppedReason"] = code.1.into();
        });
        code.0.clone_into(log.cell("import#1", "stop_code"));
        code.1.clone_into(log.cell("import#1", "stopped_reason"));
    });
}

#[test]
fn a_container_that_does_not_wait_for_its_dependency_is_refused() {
    refused(&[Check::ContainerDependency], |log| {
        let task = log.task(is_start_of_api);
        // Between proxy RUNNING and app RUNNING stands one line: proxy HEALTHY.
        let healthy =
            log.first(|told| told["taskArn"] == *task && told["containers"][1]["healthStatus"] == "HEALTHY");
        log.events[healthy]["detail"]["containers"][1]["healthStatus"] = "UNKNOWN".into();
        log.events[healthy]["detail"]["healthStatus"] = "UNKNOWN".into();
    });
}

#[test]
fn a_running_task_with_a_container_that_waits_is_refused() {
    refused(&[Check::AllStarted], |log| {
        let task = log.task(is_start_of_api);
        let line = log.line_of(&task, "RUNNING");
        // On the line of app RUNNING, and on that of the task's.
        for line in [line - 1, line] {
            assert_eq!(log.task_at(line), task);
            log.events[line]["detail"]["containers"][0]["lastStatus"] = "PENDING".into();
        }
    });
}

#[test]
fn a_task_healthier_than_its_container_is_refused() {
    refused(&[Check::TaskHealth], |log| {
        let line = log.line_of("import#1", "ACTIVATING");
        log.events[line]["detail"]["healthStatus"] = "HEALTHY".into();
    });
}

#[test]
fn a_container_that_turns_healthy_after_its_end_is_refused() {
    refused(&[Check::TaskHealth], |log| {
        let (line, _) = first_end(log);
        log.events[line]["detail"]["containers"][0]["healthStatus"] = "HEALTHY".into();
    });
}
