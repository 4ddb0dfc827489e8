//! Real traces and task definitions, where they are at hand (`../shared/data`).
#![allow(clippy::disallowed_macros, reason = "a skipped test and a figure to quote are printed")]

#[path = "real_input/demand.rs"]
mod demand;
#[path = "real_input/placement.rs"]
mod placement;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecsim::experiment::{TrialKey, TrialOptions, simulate};
use ecsim::observe::metrics::metric_names;
use ecsim::scenario::plan::{Plan, Source};

fn data(place: &str) -> Option<PathBuf> {
    let path = Path::new("../shared/data").join(place);
    if !path.exists() {
        println!("skipped: {} is not at hand", path.display());
    }
    path.canonicalize().ok()
}

/// The metrics of replication 0 by column, and the notes of the plan.
fn metrics(text: &str) -> (BTreeMap<String, f64>, Vec<String>) {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("scenario.yaml");
    std::fs::write(&file, text).unwrap();
    let plan = Plan::load(&Source::File(file), &[], None).unwrap_or_else(|error| panic!("{error}"));
    let setup = plan.base_setup().unwrap();
    let key = TrialKey { point: 0, replication: 0 };
    let (trial, _) = simulate(&setup, key, TrialOptions::default(), None::<()>).unwrap();
    let names = metric_names(&setup.cluster).into_iter().map(|name| name.column());
    let values = names.zip(trial.values).filter_map(|(name, value)| Some((name, value?)));
    (values.collect(), plan.notes)
}

fn openb(traces: &Path, nodes: &str, arrivals: &str, refusal: &str) -> String {
    let traces = traces.display();
    format!(
        "ecsim: 1
name: openb
duration: untilDone
aws:
  taskDefinitions: [{{ family: pod, containerDefinitions: [{{ name: pod, cpu: 1, memory: 6 }}] }}]
  containerInstances:
    - name: nodes
      csv: '{traces}/openb-nodes.csv'
      columns: {{ name: sn, cpu: cpu_milli, memory: memory_mib, gpu: gpu }}
      units: {{ cpu: milli, memory: MiB }}
{nodes}
world:
  tasks: {{ pod: {{ launch: 0s, containers: {{ pod: {{ exitAfterSignal: 0s }} }} }} }}
  runs:
    - name: pods
      taskDefinition: pod
      arrivals:
        csv: '{traces}/openb-pods-cpu100.csv'
        columns:
          arrival: creation_time
          duration: {{ from: scheduled_time, to: deletion_time }}
          cpu: cpu_milli
          memory: memory_mib
        units: {{ cpu: milli, memory: MiB }}
{arrivals}
      placementStrategy: [{{ type: binpack, field: memory }}]
{refusal}
"
    )
}

#[test]
fn the_openb_trace_as_it_is_never_fills_its_cluster() {
    let Some(traces) = data("traces") else { return };
    let (metrics, notes) = metrics(&openb(&traces, "", "", ""));
    // 7,853 rows, of which 883 were never scheduled
    assert_eq!(metrics["requests:pods"], 6970.0);
    assert!(notes.iter().any(|note| note.contains("883 rows")), "{notes:?}");
    assert_eq!((metrics["refused:pods"], metrics["tasks_started:pods"]), (0.0, 6970.0));
    assert_eq!(metrics["tasks_stopped.EssentialContainerExited:pods"], 6970.0);
    assert_eq!(metrics["wait_placement_s.max:pods"], 0.0);
}

#[test]
fn the_openb_trace_loaded_to_ninety_percent_makes_tasks_wait() {
    let Some(traces) = data("traces") else { return };
    // Σ cpu × min(duration, 1 h) over the 6,965 rows that fit, over 11,403,264 CPU units × 12,901,761 s, is
    // 0.00063415; divided by 0.90 it is the scale of time
    let arrivals =
        "        timeScale: 0.00070461245\n        durationCap: 1h\n        leaveOutUnplaceable: true";
    let text = openb(&traces, "      first: 200", arrivals, "      onRefusal: { wait: fifo }");
    let (metrics, notes) = metrics(&text);
    assert!(notes.iter().any(|note| note.contains("5 rows") && note.contains("fit on none")), "{notes:?}");
    assert_eq!((metrics["requests:pods"], metrics["tasks_started:pods"]), (6965.0, 6965.0));
    assert!(metrics["waited_share:pods"] > 0.0);
    for name in ["waited_share", "wait_placement_s.mean", "wait_placement_s.p95", "wait_placement_s.max"] {
        println!("openb loaded: {name} = {}", metrics[&format!("{name}:pods")]);
    }
    for name in
        ["cpu_reserved_share:nodes", "cpu_reserved_share.max:nodes", "memory_reserved_share.max:nodes"]
    {
        println!("openb loaded: {name} = {}", metrics[name]);
    }
}

#[test]
fn every_real_task_definition_is_accepted_or_refused_with_field_and_rule() {
    let Some(folder) = data("task-definitions") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let done =
        Command::new(env!("CARGO_BIN_EXE_ecsim")).args(["validate", "--json"]).args(&files).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let answers = String::from_utf8(done.stdout).unwrap();
    let mut refused = Vec::new();
    for line in answers.lines() {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        if answer["accepted"] != true {
            let problems = answer["problems"].as_array().unwrap();
            assert!(
                problems.iter().any(|problem| problem.as_str().unwrap().contains("containerDefinitions["))
            );
            let file = answer["file"].as_str().unwrap();
            refused.push(Path::new(file).file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert_eq!(answers.lines().count(), 73);
    assert_eq!(
        refused,
        [
            "aws-containers-task-definitions--kibana-kibana-ec2.json",
            "aws-microservices-deploy-options--apps-ecs-ec2-taskdefs-greeting.json",
            "aws-microservices-deploy-options--apps-ecs-ec2-taskdefs-name.json",
            "common-deployment-example--task-definition.json",
            "ecs-on-fargate-infrastructure--task-definition.json",
            "php-nginx-ecs-docker--task-definition.json",
        ]
    );
}

/// Five real definitions: on instances, with a health check, with several containers, and on Fargate.
#[test]
fn services_on_five_real_task_definitions_live_through_a_week_of_failures() {
    let Some(folder) = data("task-definitions") else { return };
    let mut chosen: Vec<(PathBuf, String, Vec<String>, bool)> = Vec::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "json"))
    {
        let accepted = Command::new(env!("CARGO_BIN_EXE_ecsim")).arg("validate").arg(&file).output().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let definition = json.get("taskDefinition").unwrap_or(&json);
        let Some(family) = definition["family"].as_str().map(str::to_owned) else { continue };
        let containers = definition["containerDefinitions"].as_array().cloned().unwrap_or_default();
        let names = containers.iter().filter(|c| c["essential"] != false).filter_map(|c| c["name"].as_str());
        let on_fargate = definition["requiresCompatibilities"].to_string().contains("FARGATE");
        let fargate_so_far = chosen.iter().filter(|(.., fargate)| *fargate).count();
        let wanted = if on_fargate { fargate_so_far < 2 } else { chosen.len() - fargate_so_far < 3 };
        if accepted.status.success() && wanted && !chosen.iter().any(|(_, known, ..)| *known == family) {
            chosen.push((file.clone(), family, names.map(str::to_owned).collect(), on_fargate));
        }
    }
    assert_eq!(chosen.len(), 5);
    let (mut definitions, mut services, mut tasks) = (String::new(), String::new(), String::new());
    for (number, (file, family, containers, on_fargate)) in chosen.iter().enumerate() {
        definitions += &format!("    - {{ file: '{}' }}\n", file.display());
        let launch = if *on_fargate { ", launchType: FARGATE" } else { "" };
        services += &format!(
            "    - {{ serviceName: s{number}, taskDefinition: '{family}', desiredCount: 4{launch} }}\n"
        );
        let container = &containers[0];
        tasks += &format!(
            "    '{family}': {{ containers: {{ '{container}': {{ crash: {{ every: {{ exponential: {{ mean: 1d }} }} }} }} }} }}\n"
        );
    }
    let (metrics, _) = metrics(&format!(
        "ecsim: 1
name: real
duration: 7d
aws:
  taskDefinitions:
{definitions}
  containerInstances: [{{ name: ec2, count: 6, instanceType: m5.4xlarge, zones: [a, b, c] }}]
  services:
{services}
world:
  tasks:
{tasks}
  groups: {{ ec2: {{ failure: {{ every: {{ exponential: {{ mean: 10d }} }}, repair: 10m }} }} }}
"
    ));
    for number in 0..5 {
        let of = |metric: &str| metrics[&format!("{metric}:s{number}")];
        println!(
            "week of {}: availability {:.5}, crashes {}",
            chosen[number].1,
            of("availability"),
            of("failures.containerExit")
        );
        // four tasks × seven days at one crash a day: 28 expected, standard deviation 5.3; five of it
        assert!((of("failures.containerExit") - 28.0).abs() < 27.0);
        assert!(of("availability") > 0.9 && of("availability") < 1.0);
    }
}
