//! `ecsim import trace`: each kind is played, a wrong unit is noticed, and nothing is written where something is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ecsim::experiment::{Trial, TrialKey, TrialOptions, simulate};
use ecsim::scenario::plan::{Plan, Source};
use tempfile::TempDir;

fn ecsim(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecsim")).args(arguments).current_dir(directory).output().unwrap()
}

/// Imports a trace of this text from a folder beside the one of the scenario; what was written, and what was told.
fn import(text: &str, arguments: &[&str]) -> (TempDir, Output) {
    let directory = TempDir::new().unwrap();
    fs::create_dir_all(directory.path().join("data")).unwrap();
    fs::create_dir_all(directory.path().join("made")).unwrap();
    fs::write(directory.path().join("data/trace.csv"), text).unwrap();
    let mut all = vec!["import", "trace", "data/trace.csv", "--out", "made/scenario.yaml", "--as"];
    all.extend(arguments);
    let output = ecsim(&all, directory.path());
    (directory, output)
}

fn made(text: &str, arguments: &[&str]) -> (TempDir, String, String) {
    let (directory, output) = import(text, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let yaml = fs::read_to_string(directory.path().join("made/scenario.yaml")).unwrap();
    (directory, yaml, told)
}

fn refused(text: &str, arguments: &[&str]) -> String {
    let (directory, output) = import(text, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(output.stdout, b"");
    assert_eq!(fs::read_dir(directory.path().join("made")).unwrap().count(), 0, "nothing is written");
    assert_eq!(fs::read_dir(directory.path().join("data")).unwrap().count(), 1, "nothing is written");
    told
}

fn run(scenario: &Path, overrides: &[&str]) -> Trial {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    let plan = Plan::load(&Source::File(scenario.to_owned()), &overrides, None)
        .unwrap_or_else(|rejected| panic!("{rejected}"));
    let options = TrialOptions { check: true, ..TrialOptions::default() };
    let key = TrialKey { point: 0, replication: 0 };
    simulate(&plan.base_setup().unwrap(), key, options, None::<()>).unwrap().0
}

const ARRIVALS: &str =
    "arrival,duration,cpu_milli,memory_mib\n0,60,500,1000\n30,60,2000,4000\n60,60,500,1000\n,1,1,1\n";

#[test]
fn arrivals_become_a_caller_on_as_many_instances_as_the_peak_needs() {
    let (directory, yaml, told) = made(ARRIVALS, &["arrivals"]);
    // An m5.large has 2 vCPU: the task of two fills one, four of half a vCPU share one. From 30 s to 60 s there are one of
    // each: 1 + 1/4, so two instances.
    let count = yaml.split_once("# guess: 2 tasks at once at the peak of the trace").unwrap().1;
    assert!(count.lines().nth(1).unwrap().ends_with("count: 2"), "{yaml}");
    assert!(yaml.contains("csv: \"../data/trace.csv\""), "the path is that from the scenario: {yaml}");
    assert!(yaml.contains("duration: untilDone") && yaml.contains("onRefusal: { wait: fifo }"), "{yaml}");
    assert!(yaml.contains("units: { arrival: s, duration: s, cpu: milli, memory: MiB }"), "{yaml}");
    assert!(told.contains("1 row with a blank cell that is needed, left out"), "{told}");
    let trial = run(&directory.path().join("made/scenario.yaml"), &[]);
    assert!(trial.end.0 >= 120_000, "the third task comes after a minute and runs for one");
}

#[test]
fn two_times_in_place_of_a_duration_are_taken() {
    let text = "submit,began,ended\n0,5,65\n10,15,14\n20,30,90\n";
    let (_, yaml, told) =
        made(text, &["arrivals", "--columns", "arrival=submit,from=began,to=ended", "--units", "to=s"]);
    assert!(yaml.contains("duration: { from: began, to: ended }"), "{yaml}");
    assert!(told.contains("1 row that ends before it begins, left out"), "{told}");
}

#[test]
fn a_task_that_the_guessed_type_cannot_hold_gets_a_larger_one() {
    let (_, yaml, _) = made("arrival,duration,vcpu,memory_gib\n0,60,8,16\n", &["arrivals"]);
    assert!(
        yaml.contains("instanceType: m5.2xlarge  # guess: it holds the largest task, 8192 CPU units"),
        "{yaml}"
    );
    let told = refused("arrival,duration,vcpu,memory_gib\n0,60,8,99999\n", &["arrivals"]);
    assert!(told.contains("more than any instance type that could be guessed"), "{told}");
}

#[test]
fn demand_by_the_minute_is_named_as_it_is() {
    // 600 and 1,200 requests a minute are 10 and 20 a second, on average 15: 15 / (0.6 · 10) = 2.5, so three tasks of
    // 15 / (0.6 · 3) = 8.33 requests a second.
    let (directory, yaml, _) = made("minute,requests\n0,600\n1,1200\n", &["demand"]);
    assert!(yaml.contains("desiredCount: 3") && yaml.contains("perTask: 8.33"), "{yaml}");
    assert!(
        yaml.contains("csv: { file: \"../data/trace.csv\", time: minute, value: requests, unit: min }"),
        "{yaml}"
    );
    assert_eq!(fs::read_dir(directory.path().join("made")).unwrap().count(), 1);
}

#[test]
fn demand_in_another_form_is_written_by_the_minute_beside_the_scenario() {
    let text = "timestamp,value\n2014-04-10 00:04:00,50\n2014-04-10 00:09:00,100\n2014-04-10 00:14:00,50\n";
    let (directory, yaml, told) = made(text, &["demand"]);
    assert!(yaml.contains("file: scenario-trace.csv"), "{yaml}");
    let beside = fs::read_to_string(directory.path().join("made/scenario-trace.csv")).unwrap();
    // 50 requests in five minutes are 10 a minute.
    assert!(beside.starts_with("minute,requests\n0,10\n1,10\n2,10\n3,10\n4,10\n5,20\n"), "{beside}");
    assert!(told.contains("made/scenario-trace.csv: the trace in the scenario's form"), "{told}");
    let again =
        ["import", "trace", "data/trace.csv", "--as", "demand", "--out", "made/scenario.yaml", "--force"];
    let output = ecsim(&again, directory.path());
    assert_eq!(output.status.code(), Some(2), "what is written beside is never written over");
}

#[test]
fn demand_in_another_form_needs_a_place() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("load.csv"), "time,rps\n0,5\n60,7\n").unwrap();
    let output = ecsim(&["import", "trace", "load.csv", "--as", "demand"], directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("name the scenario's place with --out FILE"));
}

#[test]
fn spot_capacity_by_time_is_written_as_ticks() {
    let (directory, yaml, _) =
        made("time,available\n0,3\n600,1\n1200,2\n", &["spot-capacity", "--zone", "us-east-1c"]);
    assert!(yaml.contains("MaxSize: 3") && yaml.contains("m5.large/us-east-1c"), "{yaml}");
    let beside = fs::read_to_string(directory.path().join("made/scenario-trace.csv")).unwrap();
    assert_eq!(beside, "gap_seconds,start_tick,ticks,available\n1,0,600,3\n1,600,600,1\n1,1200,600,2\n");
    run(&directory.path().join("made/scenario.yaml"), &[]);
}

#[test]
fn outages_that_overlap_are_one_and_intervals_add_up() {
    // 0 to 60, 30 to 90 (overlapping), 190 to 200.
    let (directory, yaml, told) = made("interval_s,duration_s\n5,60\n30,60\n160,10\n", &["outages"]);
    assert!(yaml.contains("- { at: 0s, fault: zoneOutage, with: { zone: us-east-1a, for: 90s } }"), "{yaml}");
    assert!(
        yaml.contains("- { at: 190s, fault: zoneOutage, with: { zone: us-east-1a, for: 10s } }"),
        "{yaml}"
    );
    assert!(told.contains("1 outage that began before the one before had ended"), "{told}");
    run(&directory.path().join("made/scenario.yaml"), &[]);
}

#[test]
fn more_than_a_thousand_outages_are_cut_and_counted() {
    let rows: String = (0..1_200).map(|n| format!("{},10\n", n * 100)).collect();
    let (_, yaml, told) = made(&format!("start,duration\n{rows}"), &["outages"]);
    assert_eq!(yaml.matches("zoneOutage").count(), 1_000);
    assert!(told.contains("200 outages beyond the first 1,000, left out"), "{told}");
}

#[test]
fn times_in_the_wrong_unit_are_noticed_with_the_right_one() {
    // Milliseconds of 1.7 days, read as seconds: 146,880,000 s are 4.7 years.
    let text = "arrival,duration\n0,60\n146880000,60\n";
    let told = refused(text, &["arrivals"]);
    let expected = "read in s, it tells of a trace of 4.7 years, which cannot be right; in ms the trace would span 41 hours: \
                    --units arrival=ms. --force-units takes it as it is";
    assert!(told.contains(expected), "{told}");
    let (_, yaml, _) = made(text, &["arrivals", "--units", "arrival=ms"]);
    assert!(yaml.contains("arrival: ms"), "{yaml}");
    made(text, &["arrivals", "--force-units"]);
    let rows: String = (0..20).map(|n| format!("{n},60\n")).collect();
    let told = refused(&format!("arrival_ms,duration\n{rows}"), &["arrivals"]);
    assert!(told.contains("it tells of all within 19 ms"), "{told}");
    let told = refused(&format!("time,value\n{rows}"), &["demand", "--units", "time=ms"]);
    assert!(told.contains("in min the trace would span 19 minutes: --units time=min"), "{told}");
}

#[test]
fn a_unit_that_the_name_of_the_column_contradicts_is_refused() {
    let text = "submit_s,duration_s,memory_mib\n0,60,512\n600,60,512\n";
    let told = refused(text, &["arrivals", "--units", "duration=ms"]);
    let expected = "column \"duration_s\" is in s by its name, and --units duration=ms says otherwise. --force-units takes it in ms";
    assert!(told.contains(expected), "{told}");
    assert!(
        refused(text, &["arrivals", "--units", "memory=GiB"])
            .contains("\"memory_mib\" is in MiB by its name")
    );
    made(text, &["arrivals", "--units", "duration=s"]);
}

#[test]
fn durations_in_the_wrong_unit_are_noticed() {
    // 4,000,000 ms are 67 minutes; read as seconds, 46 days.
    let told = refused("arrival,duration\n0,4000000\n60,4000000\n", &["arrivals"]);
    assert!(told.contains("a median duration of 46 days"), "{told}");
    assert!(told.contains("in ms the median would be 67 minutes: --units duration=ms"), "{told}");
    let told = refused("start,duration\n0,4000000\n60,4000000\n", &["outages"]);
    assert!(told.contains("--units duration=ms"), "{told}");
}

#[test]
fn cpu_in_the_wrong_unit_is_noticed() {
    // 4,096 vCPU; in units, 4.
    let told = refused("arrival,duration,cpu\n0,60,4096\n", &["arrivals", "--units", "cpu=vCPU"]);
    let expected = "a task of 4096 vCPU, which cannot be right; in milli the largest task would have 4.1 vCPU: --units cpu=milli";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn half_a_file_is_refused_where_it_breaks_off() {
    let told = refused(&ARRIVALS[..ARRIVALS.len() - 13], &["arrivals"]);
    assert!(
        told.contains("row 4: expected 4 cells, as the header has, found 3; is the file whole?"),
        "{told}"
    );
}

#[test]
fn a_missing_column_key_or_unit_is_refused_with_what_there_is() {
    let told = refused("when,duration\n0,1\n", &["arrivals"]);
    assert!(told.contains("no column for arrival under a usual name (arrival, arrival_s"), "{told}");
    assert!(told.contains("name it with --columns arrival=COLUMN (it has when, duration)"), "{told}");
    let told = refused("when,duration\n0,1\n", &["arrivals", "--columns", "arrival=whne"]);
    assert!(told.contains("no column \"whne\"; did you mean \"when\"?"), "{told}");
    let told = refused("arrival,duration\n0,1\n", &["arrivals", "--columns", "durations=duration"]);
    assert!(told.contains("arrivals have no \"durations\"; did you mean \"duration\"?"), "{told}");
    let told = refused("arrival,duration\n0,1\n", &["arrivals", "--units", "arrival=sec"]);
    assert!(told.contains("--units arrival=sec: it takes ms, s, min, h or d"), "{told}");
}

#[test]
fn arguments_that_say_nothing_of_the_kind_are_refused() {
    assert!(
        refused(ARRIVALS, &["arrivals", "--zone", "us-east-1a"]).contains("--zone goes with --as outages")
    );
    assert!(
        refused(ARRIVALS, &["arrivals", "--trace", "a"]).contains("--trace goes with --as spot-capacity")
    );
    let told = refused("start,duration\n0,1\n", &["outages", "--zone", "here"]);
    assert!(told.contains("--zone here: write an Availability Zone such as us-east-1a"), "{told}");
    let told = refused("time,available\n0,1\n", &["spot-capacity", "--trace", "a"]);
    assert!(told.contains("no column for trace"), "{told}");
}

#[test]
fn rows_that_are_no_series_are_refused() {
    assert!(
        refused("time,value\n0,1\n0,2\n", &["demand"])
            .contains("row 3: column \"time\": expected a time after")
    );
    assert!(refused("time,value\n0,1\n", &["demand"]).contains("has 1 row; a series takes two"));
    let told = refused("time,value\n2014-04-10,1\nsoon,2\n", &["demand"]);
    assert!(
        told.contains("row 3: column \"time\": expected a number, or a date such as 2014-04-10 00:04:00"),
        "{told}"
    );
    assert!(refused("arrival,duration\n", &["arrivals"]).contains("has no row that can be played"));
    // What the scenario's own reader refuses leaves nothing behind either: a hole before the second run of ticks.
    let told = refused("gap_seconds,start_tick,ticks,available\n60,0,5,1\n60,9,5,1\n", &["spot-capacity"]);
    assert!(told.starts_with("the scenario that would be made of it is refused:"), "{told}");
    assert!(told.contains("hole before this row"), "{told}");
}

#[test]
fn the_help_lists_the_usual_names() {
    let output = ecsim(&["import", "trace", "--help"], Path::new("."));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("interval_since_previous_s") && told.contains("memory_mib"), "{told}");
}

fn real(file: &str) -> Option<PathBuf> {
    let path = fs::canonicalize(Path::new("../shared/data").join(file)).ok();
    if path.is_none() {
        println!("skipped: no real data at ../shared/data/{file}");
    }
    path
}

/// Imports a real trace, loads what was written and runs it.
fn plays(file: &str, arguments: &[&str], overrides: &[&str]) -> Option<(String, Trial)> {
    let path = real(file)?;
    let directory = TempDir::new().unwrap();
    let path = path.display().to_string();
    let mut all = vec!["import", "trace", &path, "--out", "made.yaml", "--as"];
    all.extend(arguments);
    let output = ecsim(&all, directory.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let scenario = directory.path().join("made.yaml");
    let trial = run(&scenario, overrides);
    Some((told, trial))
}

#[test]
fn the_arrivals_of_surf_lisa_are_played() {
    let file = "traces/surf-lisa-2022-10-tasks.csv";
    let Some((told, trial)) = plays(file, &["arrivals"], &["world.runs[0].arrivals.first=300"]) else {
        return;
    };
    assert!(told.contains("58,339 tasks over 26 days, at most 225 at once, median duration 55 s"), "{told}");
    assert_eq!(trial.end.0, 86_400_000);
}

#[test]
fn the_pods_of_openb_are_played_with_their_sizes() {
    let file = "traces/openb-pods-cpu100.csv";
    let Some((told, _)) = plays(file, &["arrivals"], &["world.runs[0].arrivals.first=100"]) else { return };
    // 883 of 7,853 were never scheduled.
    assert!(told.contains("6,970 tasks") && told.contains("883 rows with a blank cell"), "{told}");
}

#[test]
fn the_demand_of_nasa_and_of_a_load_balancer_is_played() {
    let file = "load/nasa-http-1995-07-per-minute.csv";
    let Some((told, _)) = plays(file, &["demand"], &["duration=3h"]) else { return };
    assert!(told.contains("39,692 rows over 28 days, a step of 60 s: on average 0.794"), "{told}");
    let Some((told, _)) = plays("load/nab-elb-request-count.csv", &["demand"], &["duration=3h"]) else {
        return;
    };
    assert!(told.contains("4,032 rows over 14 days, a step of 5 minutes"), "{told}");
}

#[test]
fn a_real_trace_of_spot_capacity_is_played() {
    let name = "aws-02-15-2023/us-east-1c_v100_1/1-node";
    let arguments = ["spot-capacity", "--trace", name];
    let Some((told, _)) = plays("spot/spot-capacity-runs.csv", &arguments, &["duration=3h"]) else { return };
    // 343 drops and 0.4665 on average, as the table of the traces says.
    assert!(told.contains("343 falls of capacity, at most 1 instance, on average 0.47"), "{told}");
}

#[test]
fn the_outages_of_netflix_are_played() {
    let file = "failures/user-reported-outages-netflix.csv";
    let Some((told, _)) = plays(file, &["outages"], &["duration=2d"]) else { return };
    assert!(told.contains("3,388 outages over 395 days, median duration 40 minutes; 895 faults"), "{told}");
}
