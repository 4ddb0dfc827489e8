//! `ecsim import trace`: what each kind becomes, and what is refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn ecsim(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecsim")).args(arguments).current_dir(directory).output().unwrap()
}

/// A directory with `trace.csv`, and what `ecsim import trace trace.csv --out s.yaml …` makes of it.
fn import(text: &str, arguments: &[&str]) -> (TempDir, Output) {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("trace.csv"), text).unwrap();
    let all: Vec<&str> = ["import", "trace", "trace.csv", "--out", "s.yaml"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let output = ecsim(directory.path(), &all);
    (directory, output)
}

fn made(text: &str, arguments: &[&str]) -> (TempDir, String) {
    let (directory, output) = import(text, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let yaml = fs::read_to_string(directory.path().join("s.yaml")).unwrap();
    (directory, yaml)
}

/// Runs the scenario and gives `summary.csv` of it.
fn run(directory: &TempDir) -> String {
    let output = ecsim(directory.path(), &["run", "s.yaml", "--out", "out", "--no-plots"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(directory.path().join("out/tasks.csv")).unwrap()
}

fn refused(text: &str, arguments: &[&str]) -> String {
    let (directory, output) = import(text, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is written");
    told
}

const CALLS: &str =
    "submit_s,duration_s,cpu_milli,memory_mib\n0,60,1000,1024\n30,60,2000,512\n600,5,500,256\n";

#[test]
fn calls_of_a_trace_come_at_their_times_with_their_sizes() {
    let (directory, yaml) = made(CALLS, &["--as", "arrivals"]);
    assert!(yaml.contains(
        "columns: { arrival: submit_s, duration: duration_s, cpu: cpu_milli, memory: memory_mib }"
    ));
    assert!(yaml.contains("cpu: milli") && yaml.contains("count: 2, instanceType: m5.large"), "{yaml}");
    // Of the three two run at a time: 3,072 CPU units, a tenth more 3,379, in two instances of 2,048.
    assert_eq!(run(&directory).lines().count(), 1 + 3);
}

#[test]
fn a_duration_may_be_the_time_between_two_columns() {
    let text = "creation_time,scheduled_time,deletion_time\n10,12,72\n20,,\n30,31,91\n";
    let (directory, output) = import(text, &["--as", "arrivals"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("2 calls") && told.contains("1 row has a blank cell"), "{told}");
    let yaml = fs::read_to_string(directory.path().join("s.yaml")).unwrap();
    assert!(yaml.contains("duration: { from: scheduled_time, to: deletion_time }"), "{yaml}");
}

#[test]
fn demand_by_the_minute_is_read_as_it_stands() {
    let rows: String = (0..120).map(|minute| format!("{minute},{}\n", 600 + 10 * (minute % 7))).collect();
    let (directory, yaml) = made(&format!("minute,requests\n{rows}"), &["--as", "demand"]);
    assert!(yaml.contains("file: trace.csv") && yaml.contains("unit: min"), "{yaml}");
    assert!(yaml.contains("duration: 119m"), "{yaml}");
    run(&directory);
}

#[test]
fn demand_with_dates_is_spread_over_minutes_in_a_file_beside_the_scenario() {
    let text = "timestamp,value\n2014-04-10 00:04:00,300\n2014-04-10 00:09:00,600\n2014-04-10 00:14:00,0\n";
    let (directory, yaml) = made(text, &["--as", "demand"]);
    assert!(yaml.contains("file: trace-demand.csv"), "{yaml}");
    let series = fs::read_to_string(directory.path().join("trace-demand.csv")).unwrap();
    // 300 in five minutes are 60 a minute, then 600 in five are 120.
    assert!(series.starts_with("minute,requests\n0,60\n1,60\n2,60\n3,60\n4,60\n5,120\n"), "{series}");
    assert_eq!(series.lines().count(), 1 + 15);
    run(&directory);
}

#[test]
fn spot_capacity_holds_the_instances_that_the_trace_allows() {
    let text = "trace,gap_seconds,start_tick,ticks,available\na,300,0,6,4\na,300,6,6,1\nb,300,0,6,2\n";
    let (directory, yaml) = made(text, &["--as", "spot-capacity", "--zone", "eu-west-1b"]);
    assert!(yaml.contains("m5.large/eu-west-1b") && yaml.contains("MaxSize: 4"), "{yaml}");
    run(&directory);
    let (_, other) = made(text, &["--as", "spot-capacity", "--trace", "b"]);
    assert!(other.contains("trace: b") && other.contains("MaxSize: 2"), "{other}");
}

#[test]
fn outages_come_at_their_times_from_the_first_on() {
    let text = "interval_since_previous_s,duration_s\n0,600\n7200,60\n1800,30\n";
    let (directory, yaml) = made(text, &["--as", "outages"]);
    for line in [r#"at: "0s""#, "at: 7200s", "at: 9000s"] {
        assert!(
            yaml.contains(line.trim_matches('"')) || yaml.contains(&line.replace('"', "")),
            "{line} in {yaml}"
        );
    }
    run(&directory);
}

#[test]
fn a_unit_that_the_column_name_contradicts_is_refused() {
    let told = refused(CALLS, &["--as", "arrivals", "--units", "duration=ms"]);
    assert!(
        told.contains("column \"duration_s\" is in s by its name, and --units duration=ms says otherwise"),
        "{told}"
    );
    let told = refused(CALLS, &["--as", "arrivals", "--units", "memory=GiB"]);
    assert!(told.contains("column \"memory_mib\" is in MiB by its name"), "{told}");
    made(CALLS, &["--as", "arrivals", "--units", "duration=ms", "--force-units"]);
}

#[test]
fn lengths_that_make_no_sense_are_told_with_what_they_would_be_in_other_units() {
    let rows: String = (0..20).map(|call| format!("{},86400\n", call * 86_400_000)).collect();
    let told = refused(&format!("time,duration\n{rows}"), &["--as", "arrivals"]);
    // 19 days in milliseconds, taken for seconds: 19 × 86,400,000 s = 52 years.
    assert!(told.contains("52.1 years if the column is in s; it would be in ms 19.0 days"), "{told}");
    let told = refused("minute,requests\n0,5\n1,1e12\n2,5\n", &["--as", "demand"]);
    assert!(told.contains("requests a second at the peak"), "{told}");
}

#[test]
fn more_calls_than_ecs_takes_are_a_wrong_unit() {
    let rows: String = (0..2_000).map(|call| format!("{call},5\n")).collect();
    let told = refused(&format!("time,duration\n{rows}"), &["--as", "arrivals", "--units", "arrival=ms"]);
    // 2,000 calls in 1.999 s.
    assert!(
        told.contains("1001 calls a second on average if the column is in ms; ECS takes 20 (QUO-12)"),
        "{told}"
    );
}

#[test]
fn broken_rows_missing_columns_and_unknown_words_are_refused_by_name() {
    let told = refused("submit_s,duration_s\n0,5\n10\n", &["--as", "arrivals"]);
    assert!(
        told.contains("`trace.csv` row 3: expected 2 cells, as the header has, found 1; is the file whole?"),
        "{told}"
    );
    let told = refused("submit_s,duration_s\n0,5\n10,soon\n", &["--as", "arrivals"]);
    assert!(
        told.contains("row 3: column \"duration_s\": expected a number or a date, found \"soon\""),
        "{told}"
    );
    let told = refused(CALLS, &["--as", "arrivals", "--columns", "duration=duration_m"]);
    assert!(told.contains("no column \"duration_m\"; did you mean \"duration_s\"?"), "{told}");
    let told = refused(CALLS, &["--as", "arrivals", "--columns", "time=submit_s"]);
    assert!(told.contains("a trace of arrivals has arrival, duration, from, to, cpu, memory"), "{told}");
    let told = refused(CALLS, &["--as", "demand"]);
    assert!(
        told.contains("no column of the usual names for time") && told.contains("--columns time=NAME"),
        "{told}"
    );
    let told = refused("submit_s,duration_s\n", &["--as", "arrivals"]);
    assert!(told.contains("0 rows have an arrival and a duration; a trace needs at least two"), "{told}");
}

#[test]
fn a_scenario_or_series_that_is_there_stays_as_it_is() {
    let (directory, _) = made(CALLS, &["--as", "arrivals"]);
    let again =
        ecsim(directory.path(), &["import", "trace", "trace.csv", "--as", "arrivals", "--out", "s.yaml"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("`s.yaml` is there already; --force replaces it")
    );
    let text = "timestamp,value\n2014-04-10 00:04:00,300\n2014-04-10 00:09:00,600\n";
    fs::write(directory.path().join("trace.csv"), text).unwrap();
    fs::write(directory.path().join("trace-demand.csv"), "mine").unwrap();
    let other =
        ecsim(directory.path(), &["import", "trace", "trace.csv", "--as", "demand", "--out", "t.yaml"]);
    assert_eq!(other.status.code(), Some(2));
    assert_eq!(fs::read_to_string(directory.path().join("trace-demand.csv")).unwrap(), "mine");
    assert!(!directory.path().join("t.yaml").exists());
}

/// What the real traces become; each runs for an hour.
#[test]
fn real_traces_become_scenarios_that_run() {
    let data = Path::new("../shared/data");
    if !data.exists() {
        println!("skipped: no real data at {}", data.display());
        return;
    }
    let data = data.canonicalize().unwrap();
    let directory = TempDir::new().unwrap();
    for (kind, file) in [
        ("arrivals", "traces/surf-lisa-2022-10-tasks.csv"),
        ("arrivals", "traces/openb-pods-default.csv"),
        ("arrivals", "traces/alibaba-dlrm-2025-instances.csv"),
        ("demand", "load/nab-elb-request-count.csv"),
        ("demand", "load/nab-tweets-amzn.csv"),
        ("demand", "load/worldcup98-per-minute.csv"),
        ("spot-capacity", "spot/spot-capacity-runs.csv"),
        ("outages", "failures/user-reported-outages-netflix.csv"),
    ] {
        let path = data.join(file);
        let path = path.to_str().unwrap();
        let output =
            ecsim(directory.path(), &["import", "trace", path, "--as", kind, "--out", "s.yaml", "--force"]);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        let out = file.replace(['/', '.'], "-");
        let short =
            ["run", "s.yaml", "--out", &out, "--no-plots", "--set", "duration=1h", "--replications", "1"];
        let output = ecsim(directory.path(), &short);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
