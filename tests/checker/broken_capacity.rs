//! Logs in which instances hold what they cannot.

use crate::checks::Check;
use crate::support::{Log, refused};

/// The CPU units among the registered or remaining resources.
fn cpu_of(told: &mut serde_json::Value, which: &str) -> i64 {
    told[which][0]["integerValue"].as_i64().unwrap()
}

/// An instance that holds four tasks at some time: 2048 CPU units.
fn full_instance(log: &Log) -> String {
    let line = log.first(|told| told["remainingResources"][0]["integerValue"] == 0);
    log.events[line]["resources"][0].as_str().unwrap().to_owned()
}

#[test]
fn an_instance_that_holds_more_than_it_registered_is_refused() {
    refused(&[Check::Room], |log| {
        let instance = full_instance(log);
        // 2048 − 1 registered, and 1 less remaining on each of its lines, so that the sums agree.
        for told in log.all_of(&instance) {
            for which in ["registeredResources", "remainingResources"] {
                let less = cpu_of(told, which) - 1;
                told[which][0]["integerValue"] = less.into();
            }
        }
    });
}

/// CON-20: the tasks are in awsvpc mode now, and four of them on an instance with interfaces for three.
#[test]
fn an_instance_with_more_awsvpc_tasks_than_interfaces_is_refused() {
    // Such tasks begin in PROVISIONING, and these do not.
    refused(&[Check::Room, Check::FirstStatus], |log| {
        let instance = full_instance(log);
        let definitions = log
            .events
            .iter_mut()
            .filter(|event| event["detail"]["responseElements"]["taskDefinition"]["networkMode"].is_string());
        for event in definitions {
            event["detail"]["responseElements"]["taskDefinition"]["networkMode"] = "awsvpc".into();
        }
        log.all_of(&instance).for_each(|told| told["ecsim:awsvpcTaskLimit"] = 3.into());
    });
}

#[test]
fn remaining_resources_that_do_not_add_up_are_refused() {
    refused(&[Check::Remaining], |log| {
        let instance = full_instance(log);
        let told = log.all_of(&instance).nth(2).unwrap();
        let more = cpu_of(told, "remainingResources") + 1;
        told["remainingResources"][0]["integerValue"] = more.into();
    });
}

#[test]
fn a_count_of_running_tasks_that_is_wrong_is_refused() {
    refused(&[Check::Remaining], |log| {
        let instance = full_instance(log);
        let told = log.all_of(&instance).nth(2).unwrap();
        told["runningTasksCount"] = (told["runningTasksCount"].as_i64().unwrap() + 1).into();
    });
}

#[test]
fn a_task_on_an_instance_that_is_unknown_is_refused() {
    // Its own instance has then more left than it says.
    refused(&[Check::Placement, Check::Room, Check::Remaining], |log| {
        log.all_of("import#1").for_each(|told| told["containerInstanceArn"] = "ec2-9".into());
        "ec2-9".clone_into(log.cell("import#1", "instance"));
    });
}

#[test]
fn a_task_placed_while_the_agent_is_cut_off_is_refused() {
    refused(&[Check::Placement], |log| {
        let line = log.line_of("import#1", "PENDING");
        let instance = log.events[line]["detail"]["containerInstanceArn"].clone();
        let before = log.events[..line].iter().rposition(|event| event["resources"][0] == instance).unwrap();
        log.events[before]["detail"]["agentConnected"] = false.into();
    });
}

#[test]
fn a_task_placed_on_an_instance_that_is_inactive_is_refused() {
    refused(&[Check::Placement], |log| {
        let line = log.line_of("import#1", "PENDING");
        let instance = log.events[line]["detail"]["containerInstanceArn"].clone();
        let before = log.events[..line].iter().rposition(|event| event["resources"][0] == instance).unwrap();
        log.events[before]["detail"]["status"] = "INACTIVE".into();
    });
}

#[test]
fn a_task_in_another_zone_than_its_instance_is_refused() {
    refused(&[Check::Placement], |log| {
        log.all_of("import#1").for_each(|told| told["availabilityZone"] = "us-east-1f".into());
        "us-east-1f".clone_into(log.cell("import#1", "zone"));
    });
}

#[test]
fn a_task_that_reserves_more_than_its_definition_is_refused() {
    refused(&[Check::Size], |log| {
        log.all_of("worker#1").for_each(|told| told["cpu"] = "1024".into());
    });
}

#[test]
fn a_task_that_keeps_its_room_after_its_end_is_refused() {
    refused(&[Check::Remaining, Check::Rows], |log| {
        let line = log.line_of("import#1", "STOPPED");
        log.events.remove(line);
        log.renumber();
    });
}
