//! The independent checker of `events.jsonl` and `tasks.csv` accepts what is written, and refuses logs broken by hand,
//! each for the right reason.

#[path = "checker/broken_capacity.rs"]
mod broken_capacity;
#[path = "checker/broken_conservation.rs"]
mod broken_conservation;
#[path = "checker/broken_limits.rs"]
mod broken_limits;
#[path = "checker/broken_order.rs"]
mod broken_order;
#[path = "checker/checks.rs"]
mod checks;
#[path = "checker/support.rs"]
mod support;

use std::fs;
use std::path::Path;

use checks::{Check, check};
use support::{Log, recorded};

/// Every breach in a run of this scenario as it is shipped, or of one point of its sweep.
fn breaches(scenario: &Path, arguments: &[&str]) -> Vec<String> {
    let files = recorded(scenario, arguments);
    let report = check(&files);
    assert!(report.looked_at[&Check::Shape] > 50, "{} tells something", scenario.display());
    report.breaches.iter().map(ToString::to_string).collect()
}

#[test]
fn every_shipped_scenario_is_accepted() {
    let mut seen = 0;
    for entry in fs::read_dir("scenarios").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "yaml") {
            continue; // a trace beside the scenario that reads it
        }
        assert_eq!(breaches(&path, &["--replications", "2"]), Vec::<String>::new(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 23, "the scenarios are there");
}

/// DEP-1, DEP-3, DEP-4: minimum and maximum 100/200, 100/110, 50/100, 100/100 percent.
#[test]
fn every_pair_of_deployment_limits_is_accepted() {
    for point in ["0", "1", "2", "3"] {
        let found =
            breaches(Path::new("scenarios/rolling-limits.yaml"), &["--point", point, "--replications", "2"]);
        assert_eq!(found, Vec::<String>::new(), "point {point}");
    }
}

/// INS-4, CON-11, DEP-11, FAIL-1 to FAIL-8: crashes, restarts in place, cut-off agents, outages and overlapping
/// deployments.
#[test]
fn three_rough_hours_are_accepted() {
    let found = breaches(Path::new("tests/checker/rough.yaml"), &["--replications", "10"]);
    assert_eq!(found, Vec::<String>::new());
}

/// LIF-21: what a task reserves is free from its stop order on.
#[test]
fn resources_that_are_free_at_the_stop_order_are_accepted() {
    let set = ["--set", "model.release_resources_at=desired_stopped"];
    let found = breaches(Path::new("tests/checker/rough.yaml"), &set);
    assert_eq!(found, Vec::<String>::new());
}

/// INS-6: minimum and maximum 100/200, 100/110, 50/100, 100/100 percent while a host drains.
#[test]
fn every_pair_of_limits_is_accepted_while_an_instance_drains() {
    for point in ["0", "1", "2", "3"] {
        let found = breaches(Path::new("scenarios/drain.yaml"), &["--point", point, "--replications", "2"]);
        assert_eq!(found, Vec::<String>::new(), "point {point}");
    }
}

/// LIF-20, CON-11: the container exits at 10 min and is started again; the task is told to stop at 20 min 1 s.
#[test]
fn a_container_started_again_in_place_has_not_stopped_executing() {
    let scenario = "ecsim: 1
name: again
duration: 30m
aws:
  taskDefinitions:
    - family: web
      containerDefinitions: [{ name: app, cpu: 256, memory: 512, restartPolicy: { enabled: true, restartAttemptPeriod: 60 } }]
  containerInstances: [{ name: ec2, count: 1, instanceType: m5.large, zones: [a] }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1 }]
timeline:
  - { at: 10m, fault: containerExit, with: { service: web } }
  - { at: 20m, call: UpdateService, with: { service: web, desiredCount: 0 } }
";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("again.yaml");
    fs::write(&path, scenario).unwrap();
    let files = recorded(&path, &["--replications", "1"]);
    assert_eq!(check(&files).breaches, []);
    let told = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["detail"].clone();
    let of_task = || files.events.lines().map(told).filter(|told| told["taskArn"] == "web#1");
    let exits = of_task().filter(|told| told["containers"][0]["lastStatus"] == "STOPPED").count();
    assert!(exits >= 2, "it exited, and ended");
    let order = of_task().find(|told| told["desiredStatus"] == "STOPPED").unwrap();
    assert_eq!(order.get("executionStoppedAt"), None);
}

#[test]
fn the_log_that_is_broken_below_is_whole_and_every_check_has_something_to_look_at() {
    let report = Log::base().report();
    assert_eq!(report.breaches, []);
    let idle = Check::ALL.iter().filter(|check| !report.looked_at.contains_key(check));
    assert_eq!(idle.collect::<Vec<_>>(), Vec::<&Check>::new());
}

#[test]
fn a_breach_names_the_line_the_task_what_was_found_and_the_rule() {
    let mut log = Log::base();
    let line = log.first(|told| told["lastStatus"] == "PENDING" && told["group"] == "service:web");
    let task = log.task_at(line);
    log.events[line]["detail"]["lastStatus"] = "PROVISIONING".into();
    let first = log.report().breaches[0].to_string();
    let right = "right would be PENDING first (LIF-10)";
    assert_eq!(first, format!("events.jsonl:{}: {task}: found PROVISIONING; {right}", line + 1));
}
