//! Instance-seconds as the metrics have them against those of `events.jsonl`, which the ECS of the simulation has told.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Runs a scenario once and gives the directory of its results.
fn recorded(scenario: &str, hours: u64) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecsim"))
        .args(["run", "--events", "--replications", "1", "--no-plots", "--quiet", "--out"])
        .arg(directory.path().join("result"))
        .args([scenario, "--set", "warmUp=0s", "--set", &format!("duration={hours}h")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    directory
}

fn table(path: &Path) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    (reader.headers().unwrap().clone(), reader.records().map(Result::unwrap).collect())
}

/// Registered milliseconds of each instance until `end`: while it is told ACTIVE or DRAINING with its agent connected, as
/// an instance that is lost is told without its agent until ECS has noticed (INS-5).
fn registered_ms(events: &str, end: u64) -> BTreeMap<String, u64> {
    let mut since: BTreeMap<String, u64> = BTreeMap::new();
    let mut sums = BTreeMap::new();
    let told = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for event in told.filter(|event| event["detail-type"] == "ECS Container Instance State Change") {
        let name = event["resources"][0].as_str().unwrap().to_owned();
        let (at, detail) = (event["ecsim:at_ms"].as_u64().unwrap(), &event["detail"]);
        let is_registered = matches!(detail["status"].as_str(), Some("ACTIVE" | "DRAINING"));
        if is_registered && detail["agentConnected"] == true {
            since.entry(name).or_insert(at);
        } else if let Some(from) = since.remove(&name) {
            *sums.entry(name).or_insert(0) += at - from;
        }
    }
    for (name, from) in since {
        *sums.entry(name).or_insert(0) += end - from;
    }
    sums
}

/// Compares the metric `instances` of a group's provider with the log; the scenario is run for `hours`,
/// without warm-up.
fn compare(scenario: &str, group: &str, provider: &str, hours: u64) {
    let directory = recorded(scenario, hours);
    let result = directory.path().join("result");
    let end = hours * 3_600_000;
    let events = std::fs::read_to_string(result.join("events.jsonl")).unwrap();
    let (columns, rows) = table(&result.join("instances.csv"));
    let column = |name: &str| columns.iter().position(|found| found == name).unwrap();
    let of_group: Vec<&str> = rows
        .iter()
        .filter(|row| &row[column("group")] == group)
        .map(|row| &row[column("instance")])
        .collect();
    let by_log: u64 = registered_ms(&events, end)
        .iter()
        .filter(|(name, _)| of_group.contains(&name.as_str()))
        .map(|(_, ms)| ms)
        .sum();
    let (columns, rows) = table(&result.join("trials.csv"));
    let metric = columns.iter().position(|name| name == format!("instances:{provider}")).unwrap();
    let by_metric = rows[0][metric].parse::<f64>().unwrap() * end as f64;
    assert!(of_group.len() > 5 && by_log > end / 10, "{} instances, {by_log} ms", of_group.len());
    // the metric is a mean of double precision: to the millisecond, not beyond
    assert!((by_metric - by_log as f64).abs() < 1.0, "{by_metric} {by_log}");
}

#[test]
fn instance_seconds_of_a_group_that_scales_agree_with_the_event_log() {
    compare("scenarios/from-zero.yaml", "batch-asg", "batch", 3);
}

#[test]
fn instance_seconds_of_a_group_whose_spot_is_taken_back_agree_with_the_event_log() {
    compare("scenarios/spot-instances.yaml", "web-asg", "web-ec2", 24);
}
