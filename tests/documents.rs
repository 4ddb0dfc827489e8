//! What the documents show is what the program takes: the newcomer's own service, and the scenarios of the lessons.

use std::fs;
use std::path::Path;

use ecsim::scenario::plan::{Plan, Source};

/// The first fenced block of a language.
fn block<'t>(text: &'t str, language: &str) -> &'t str {
    let fence = format!("```{language}\n");
    let from = text.find(&fence).unwrap_or_else(|| panic!("no {fence}")) + fence.len();
    &text[from..from + text[from..].find("```").expect("the block ends")]
}

#[test]
fn the_service_of_the_first_half_hour_is_read_and_two_tasks_are_too_few_for_it() {
    let text = fs::read_to_string("docs/getting-started.md").unwrap();
    let directory = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("api.json", block(&text, "json"));
    write("api.yaml", block(&text, "yaml"));
    let answer = std::process::Command::new(env!("CARGO_BIN_EXE_ecsim"))
        .args(["plan", "api.yaml", "--no-plots", "--quiet"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(answer.status.code(), Some(0), "{}", String::from_utf8_lossy(&answer.stderr));
    let plan = fs::read_to_string(directory.path().join("results/api-plan/plan.csv")).unwrap();
    let verdicts: Vec<&str> = plan.lines().skip(1).collect();
    assert!(plan.contains("api") && verdicts.len() == 3, "{plan}");
    let of =
        |count: &str| verdicts.iter().find(|row| row.split(',').any(|cell| cell == count)).copied().unwrap();
    assert!(of("2").contains("misses") && !of("3").contains("misses"), "{plan}");
}

#[test]
fn every_scenario_of_the_lessons_is_read() {
    let mut read = 0;
    for entry in fs::read_dir("docs/lessons/scenarios").unwrap() {
        let path = entry.unwrap().path();
        let plan = Plan::load(&Source::File(path.clone()), &[], None);
        plan.unwrap_or_else(|rejected| panic!("{}: {rejected}", path.display()));
        read += 1;
    }
    assert_eq!(read, 8);
}

#[test]
fn every_lesson_of_the_contents_is_there() {
    let contents = fs::read_to_string("docs/lessons/src/SUMMARY.md").unwrap();
    let links = contents.split("](").skip(1).map(|rest| &rest[..rest.find(')').unwrap()]);
    for link in links {
        assert!(Path::new("docs/lessons/src").join(link).exists(), "{link}");
    }
}
