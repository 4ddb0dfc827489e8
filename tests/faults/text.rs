//! F01 to F13: the text of a scenario.

use crate::support::{GOOD, ecsim_on, good_but, run};

#[test]
fn f01_an_empty_file_is_said_to_be_empty() {
    run("").is_refused_with(&["empty"]);
    run("# nothing\n# here\n").is_refused_with(&["empty"]);
}

#[test]
fn f02_a_file_of_100_mb_is_refused_by_its_size() {
    run(vec![b' '; 100_000_000]).is_refused_with(&["bytes"]);
}

#[test]
fn f03_an_alias_bomb_is_refused_by_a_budget() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![alias; 9].join(", "));
    }
    run(text).is_refused_with(&["aliases expanded"]);
}

#[test]
fn f04_a_hundred_thousand_brackets_are_refused_by_depth() {
    run("[".repeat(100_000)).is_refused_with(&["64"]);
}

#[test]
fn f05_a_key_that_stands_twice_is_named_with_both_lines() {
    run(good_but("duration: 1h", "duration: 1h\nduration: 2h"))
        .is_refused_with(&["duration", ":4:", "line 3"]);
}

#[test]
fn f06_an_unknown_key_gets_its_nearest_spelling() {
    run(good_but("desiredCount", "desierdCount")).is_refused_with(&["desierdCount", "desiredCount"]);
}

#[test]
fn f07_the_wrong_kind_of_value_is_named_by_its_path() {
    run(good_but("desiredCount: 2", "desiredCount: many"))
        .is_refused_with(&["services[0].desiredCount", "many"]);
    run(good_but("experiment: { replications: 2 }", "experiment: [1]")).is_refused_with(&["experiment"]);
}

#[test]
fn f08_broken_yaml_is_placed() {
    run(good_but("  services:", "\tservices:")).is_refused_with(&["scenario.yaml:10:"]);
    run(good_but("name: good", "name: \"good")).is_refused_with(&["scenario.yaml:"]);
}

#[test]
fn f09_a_byte_that_is_no_text_is_named_by_its_offset() {
    let mut bytes = GOOD.as_bytes().to_vec();
    bytes[15] = 0xFF;
    run(bytes).is_refused_with(&["15"]);
}

#[test]
fn f10_a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = run(GOOD);
    let dressed = run(format!("\u{feff}{}", GOOD.trim_end().replace('\n', "\r\n")));
    plain.is_done();
    dressed.is_done();
    for file in ["summary.csv", "trials.csv", "tasks.csv"] {
        assert_eq!(plain.file("good", file), dressed.file("good", file), "{file}");
    }
}

#[test]
fn f11_explicit_tags_are_refused() {
    for tag in ["!!binary", "!include", "!anything"] {
        run(good_but("name: good", &format!("name: {tag} good"))).is_refused_with(&["tag"]);
    }
}

#[test]
fn f12_a_missing_or_newer_format_version_is_named() {
    run(good_but("ecsim: 1\n", "")).is_refused_with(&["ecsim"]);
    run(good_but("ecsim: 1", "ecsim: 2")).is_refused_with(&["2", "1"]);
}

#[test]
fn f13_a_path_that_is_no_file_is_answered_with_the_path() {
    let missing = ecsim_on(GOOD, &["run", "missing.yaml"]);
    assert!(
        matches!(missing.code, Some(2 | 4)) && missing.stderr.contains("missing.yaml"),
        "{}",
        missing.stderr
    );
    let directory = ecsim_on(GOOD, &["run", "."]);
    assert!(matches!(directory.code, Some(2 | 4)), "{}", directory.stderr);
    missing.does_not_panic();
    directory.does_not_panic();
}
