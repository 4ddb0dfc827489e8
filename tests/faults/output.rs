//! F43, F49 to F57: hostile names, and the same bytes whatever surrounds a run.

use std::process::{Command, Stdio};

use crate::support::{GOOD, ecsim_on, good_but, run};

/// The scenario with a task group of this name: a name that AWS leaves free.
fn with_group(group: &str) -> String {
    let quoted = serde_json::to_string(group).unwrap();
    good_but(
        "  tasks: {",
        &format!(
            "  runs: [{{ name: job, taskDefinition: web, arrivals: {{ at: [1m] }}, duration: 5m, group: {quoted} }}]\n  tasks: {{"
        ),
    )
}

/// The group of the task `job#1` in `tasks.csv`, as a CSV reader gets it.
fn group_in_table(group: &str) -> String {
    let outcome = run(with_group(group));
    outcome.is_done();
    let table = outcome.file("good", "tasks.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "group").unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let row = rows.iter().find(|row| row.iter().any(|cell| cell == "job#1")).unwrap();
    row[column].to_owned()
}

#[test]
fn f49_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe() {
    for start in ["=", "+", "-", "@", "\t", "\r"] {
        let group = format!("{start}1+1");
        assert_eq!(group_in_table(&group), format!("'{group}"));
    }
}

#[test]
fn f50_a_cell_with_separators_is_read_back_as_it_was() {
    for group in ["a,b", "a\"b", "a;b", "a\nb"] {
        assert_eq!(group_in_table(group), group);
    }
}

#[test]
fn f51_f52_markup_and_control_characters_are_text() {
    let title = "</title><script>alert(1)</script>\" onload=\"alert(1)\u{1b}[2J\u{202e}";
    let quoted = serde_json::to_string(title).unwrap();
    let text = good_but("desiredCount: 2 }", "desiredCount: 2 }")
        .replace("replications: 2 }", &format!("replications: 2, sweep: {{ aws.services.web.desiredCount: [{{ label: {quoted}, value: 1 }}, 2] }} }}"));
    let outcome = ecsim_on(text, &["sweep", "scenario.yaml"]);
    outcome.is_done();
    assert!(
        !outcome.stdout.contains('\u{1b}') && !outcome.stdout.contains('\u{202e}'),
        "{:?}",
        outcome.stdout
    );
    let plots = outcome.results().join("good/plots");
    let mut seen = 0;
    for entry in std::fs::read_dir(plots).unwrap().flatten() {
        if entry.path().extension().is_some_and(|ending| ending == "svg") {
            let svg = std::fs::read_to_string(entry.path()).unwrap();
            // Outside a tag a quote ends nothing; inside one it would.
            let in_a_tag = svg.split('<').any(|tag| tag.split('>').next().unwrap_or("").contains("onload"));
            assert!(!svg.contains("<script") && !in_a_tag, "{}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen > 0, "there are plots");
}

#[test]
fn f53_a_name_never_leads_out_of_the_results() {
    for name in ["../../outside", "/tmp/absolute", ".", "''", &"x".repeat(300), "\"a\\0b\"", "CON"] {
        let outcome = run(good_but("name: good", &format!("name: {name}")));
        assert!(matches!(outcome.code, Some(0 | 2)), "{name}: {}", outcome.stderr);
        outcome.does_not_panic();
        let names_in = |path: &std::path::Path| -> Vec<String> {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        let mut left = names_in(outcome.path());
        left.retain(|name| name != "scenario.yaml");
        let expected: &[&str] = if outcome.code == Some(0) { &["results"] } else { &[] };
        assert_eq!(left, expected, "{name}");
        let made = names_in(&outcome.results());
        assert_eq!(made.len(), expected.len(), "{name}: one directory of results: {made:?}");
        assert!(
            made.iter().all(|made| made.len() <= 255 && !made.starts_with('.') && made != "CON"),
            "{made:?}"
        );
        assert!(
            !outcome.path().join("../../outside").exists() && !std::path::Path::new("/tmp/absolute").exists()
        );
    }
}

#[test]
fn f43_a_reader_that_goes_away_makes_no_panic() {
    let directory = tempfile::tempdir().unwrap();
    let script = format!("'{}' rules | head -1", env!("CARGO_BIN_EXE_ecsim"));
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[test]
fn f54_f55_f57_threads_processes_directory_and_environment_change_no_byte() {
    let of = |threads: &str| {
        let outcome =
            ecsim_on(GOOD, &["run", "scenario.yaml", "--no-plots", "--quiet", "--threads", threads]);
        outcome.is_done();
        ["summary.csv", "trials.csv", "tasks.csv", "services.csv", "capacity.csv"]
            .map(|file| outcome.file("good", file))
    };
    let one = of("1");
    assert!(one == of("2") && one == of("3") && one == of("8"));
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    assert!(host.len() < 4 || one.iter().all(|table| !table.contains(host)));
}
