//! `check`: the gate.

use crate::support::GOOD;
use crate::work::Work;

/// A suite of one scenario with 20 replications, accepted.
fn accepted() -> Work {
    let work = Work::with("");
    work.write("suite/good.yaml", GOOD.replace("replications: 2", "replications: 20"));
    work.run("check suite --accept --because first").exits_with(0).says("1 scenario accepted");
    work
}

#[test]
fn equal_digests_are_identical() {
    let work = accepted();
    work.run("check suite").exits_with(0).says("1 identical");
}

#[test]
fn a_regression_is_exit_1_with_the_first_event_that_differs() {
    let work = accepted();
    let run = work.run("check suite --set model.no_check_healthy_delay=400s");
    run.exits_with(1).says("1 regression").says("the first event that differs is number");
    let junit = std::fs::read_to_string(work.path("results/suite-check/check.xml")).unwrap();
    assert!(
        junit.contains("<failure message=\"regression\">") && junit.contains("failures=\"1\""),
        "{junit}"
    );
    let markdown = std::fs::read_to_string(work.path("results/suite-check/check.md")).unwrap();
    assert!(markdown.contains("| good.yaml | regression | "), "{markdown}");
    let line = std::fs::read_to_string(work.path("results/suite-check/check.jsonl")).unwrap();
    let told: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(told["outcome"], "regression");
    assert_ne!(told["first_difference"]["was"], told["first_difference"]["is"]);
}

#[test]
fn a_change_within_the_margins_passes() {
    let work = accepted();
    work.run("check suite --set model.scheduler_wake=1100ms").exits_with(0).says("1 pass");
}

#[test]
fn a_scenario_that_the_baseline_does_not_know_is_exit_3() {
    let work = accepted();
    work.write("suite/new.yaml", GOOD);
    work.run("check suite").exits_with(3).says("it is not in the baseline yet");
    std::fs::remove_file(work.path("suite/good.yaml")).unwrap();
    work.run("check suite").exits_with(3).says("it is in the baseline and not in the suite");
}

#[test]
fn accepting_keeps_the_reasons_and_the_margins() {
    let work = accepted();
    let path = work.path("suite/baseline.json");
    let text = std::fs::read_to_string(&path).unwrap();
    work.write("suite/baseline.json", text.replace("\"margin\": 0.02", "\"margin\": 0.5"));
    let mut command = work.command("check suite --accept --set model.scheduler_wake=2s --because");
    let status = command.arg("the scheduler is slower now").output().unwrap().status;
    assert!(status.success());
    let baseline: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(baseline["because"][0]["reason"], "first");
    assert_eq!(baseline["because"][1]["reason"], "the scheduler is slower now");
    assert_eq!(baseline["scenarios"]["good.yaml"]["metrics"]["time_to_replace_s.p95:web"]["margin"], 0.5);
}

#[test]
fn without_a_baseline_or_a_reason_it_says_what_to_do() {
    let work = Work::with("");
    work.write("suite/good.yaml", GOOD);
    work.run("check suite").exits_with(2).complains("--accept --because");
    work.run("check suite --accept").exits_with(2).complains("--because");
    work.write("suite/baseline.json", "{ \"half\": ");
    work.run("check suite").exits_with(2).complains("not a baseline");
    work.run("check nowhere").exits_with(2).complains("no directory of scenarios");
}
