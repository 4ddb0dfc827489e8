use schemars::JsonSchema;

use super::*;
use crate::scenario::parse::{Budget, Subject, parse};
use crate::scenario::problem::SourceId;

/// A small scenario with every form that the real one has.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Shop {
    /// How many.
    #[schemars(range(max = 5000))]
    desired_count: u32,
    service_name: Option<String>,
    enabled: Option<bool>,
    #[schemars(range(min = 0.0, max = 1.0))]
    probability: Option<f64>,
    #[schemars(range(min = 1))]
    weight: Option<i64>,
    tiny: Option<u8>,
    market: Option<Market>,
    duration: Option<Distribution>,
    arrivals: Option<Arrivals>,
    #[schemars(length(min = 1, max = 3))]
    zones: Option<Vec<String>>,
    tasks: Option<BTreeMap<String, Task>>,
    pair: Option<(u32, String)>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Market {
    OnDemand,
    Spot,
}

#[derive(JsonSchema)]
#[schemars(transform = duration_text)]
#[expect(dead_code, reason = "only its schema is used")]
struct Time(String);

fn duration_text(schema: &mut schemars::Schema) {
    schema.insert("x-format".into(), "duration".into());
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Mean {
    mean: Time,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Ends {
    low: Time,
    high: Time,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Shape_ {
    Exponential(Mean),
    Uniform(Ends),
    Mixture(Vec<Distribution>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Distribution {
    Constant(Time),
    Shape(Shape_),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Arrivals {
    Csv(FromCsv),
    Every(Every),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct FromCsv {
    csv: String,
    count: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Every {
    every: Distribution,
    count: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = described)]
#[expect(dead_code, reason = "only its schema is used")]
struct Task {
    family: String,
    cpu: Option<u32>,
}

fn described(schema: &mut schemars::Schema) {
    schema.insert("x-ignored".into(), serde_json::json!(["status", "revision"]));
}

fn is_duration(node: &Node) -> Result<(), String> {
    match node.text() {
        Some(text) if text.ends_with('s') && text[..text.len() - 1].parse::<f64>().is_ok() => Ok(()),
        _ => Err("a duration needs a number and a unit, such as 90s".to_owned()),
    }
}

fn report(text: &str) -> Report {
    let schema = Schema::of::<Shop>().with_format("duration", "a duration such as 90s", is_duration);
    let parsed = parse(text, SourceId(0), 0, Subject::Scenario, &mut Budget::default()).unwrap();
    assert_eq!(parsed.problems, []);
    check(&parsed.root, &schema)
}

/// All problems as "path: message (help)".
fn told(text: &str) -> Vec<String> {
    let problems = report(&format!("desiredCount: 1\n{text}")).problems;
    let line = |problem: Problem| match problem.help {
        Some(help) => format!("{}: {} ({help})", problem.path, problem.message),
        None => format!("{}: {}", problem.path, problem.message),
    };
    problems.into_iter().map(line).collect()
}

/// The only problem of a text.
fn only(text: &str) -> String {
    let mut all = told(text);
    assert_eq!(all.len(), 1, "{text}: {all:#?}");
    all.remove(0)
}

#[test]
fn a_right_file_has_no_problems() {
    let text = "serviceName: web\nenabled: true\nprobability: 0.5\nweight: 3\nmarket: spot\nzones: [a]\npair: [1, x]\n\
                duration: {exponential: {mean: 3s}}\narrivals: {every: 3s}\ntasks: {web: {family: web}}\n";
    assert_eq!(told(text), [""; 0]);
}

#[test]
fn f06_an_unknown_key_finds_the_one_that_is_meant_and_is_one_problem() {
    let problems = report("desierdCount: 3\n").problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].message, "unknown key `desierdCount`");
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `desiredCount`?"));
}

#[test]
fn an_unknown_key_far_from_all_lists_the_known_ones() {
    assert_eq!(
        only("tasks: {web: {family: web, colour: red}}\n"),
        "tasks.web.colour: unknown key `colour` (the keys here are `family` or `cpu`)"
    );
}

#[test]
fn a_missing_key_is_told_at_its_mapping() {
    assert_eq!(only("tasks: {web: {cpu: 3}}\n"), "tasks.web: the key `family` is missing");
}

#[test]
fn f07_text_where_a_number_belongs_is_told_with_its_path() {
    assert_eq!(
        only("tasks: {web: {family: web, cpu: lots}}\n"),
        "tasks.web.cpu: expected a whole number from 0 to 4,294,967,295, found text \"lots\""
    );
    assert_eq!(
        only("weight: '12'\n"),
        "weight: expected a whole number of at least 1, found text \"12\" (write 12 without quotes)"
    );
}

#[test]
fn f07_a_list_where_a_mapping_belongs_and_the_reverse() {
    assert_eq!(only("tasks: [a]\n"), "tasks: expected a mapping, found a list");
    assert_eq!(
        only("zones: {a: 1}\n"),
        "zones: expected a list, found a mapping (begin each item of the list with `- `)"
    );
}

#[test]
fn numbers_and_words_of_yaml_1_1_get_advice() {
    assert_eq!(only("serviceName: 12\n"), "serviceName: expected text, found 12 (put it in quotes: \"12\")");
    assert_eq!(
        only("enabled: yes\n"),
        "enabled: expected `true` or `false`, found text \"yes\" (write `true`)"
    );
    assert_eq!(
        only("tasks: {web: }\n"),
        "tasks.web: expected a mapping, found nothing (give it a value, or leave the key out)"
    );
}

#[test]
fn f15_values_out_of_range_name_the_range() {
    assert_eq!(
        only("probability: 1.0000001\n"),
        "probability: expected a number from 0 to 1, found 1.0000001"
    );
    assert_eq!(only("weight: 0\n"), "weight: expected a whole number of at least 1, found 0");
    assert_eq!(only("tiny: -1\n"), "tiny: expected a whole number from 0 to 255, found -1");
    assert_eq!(only("tiny: 256\n"), "tiny: expected a whole number from 0 to 255, found 256");
}

#[test]
fn f16_a_giant_count_is_refused_by_the_documented_limit() {
    let problems = report("desiredCount: 1000000000000000000\n").problems;
    assert_eq!(problems[0].message, "expected a whole number from 0 to 5,000, found 1000000000000000000");
}

#[test]
fn f17_a_fraction_is_no_count_and_1e3_is_1000() {
    let problems = report("desiredCount: 2.5\n").problems;
    assert_eq!(problems[0].message, "expected a whole number from 0 to 5,000, found 2.5");
    assert_eq!(report("desiredCount: 1e3\n").problems, []);
}

#[test]
fn a_misspelt_word_of_an_enum_finds_its_word() {
    assert_eq!(
        only("market: onDemnad\n"),
        "market: expected `onDemand` or `spot`, found text \"onDemnad\" (did you mean `onDemand`?)"
    );
}

#[test]
fn a_misspelt_distribution_finds_its_name() {
    assert_eq!(
        only("duration: {exponental: {mean: 3s}}\n"),
        "duration.exponental: unknown key `exponental` (did you mean `exponential`?)"
    );
}

#[test]
fn a_mistake_within_a_distribution_is_told_where_it_is() {
    assert_eq!(
        only("duration: {exponential: {maen: 3s}}\n"),
        "duration.exponential.maen: unknown key `maen` (did you mean `mean`?)"
    );
    assert_eq!(
        only("duration: {mixture: [{uniform: {low: 1s, high: soon}}]}\n"),
        "duration.mixture[0].uniform.high: a duration needs a number and a unit, such as 90s"
    );
}

#[test]
fn a_bare_value_of_a_distribution_is_judged_by_its_format() {
    assert_eq!(only("duration: 3 apples\n"), "duration: a duration needs a number and a unit, such as 90s");
    assert_eq!(
        only("duration: [1]\n"),
        "duration: expected a duration such as 90s, `exponential: …`, `uniform: …` or `mixture: …`, found a list"
    );
    let named = only("duration: exponential\n");
    assert!(named.ends_with("(write `exponential: …`)"), "{named}");
}

#[test]
fn an_untagged_mapping_is_judged_by_the_form_that_knows_its_keys() {
    assert_eq!(
        only("arrivals: {every: 3s, cuont: 3}\n"),
        "arrivals.cuont: unknown key `cuont` (did you mean `count`?)"
    );
    assert_eq!(
        only("arrivals: {csv: 3}\n"),
        "arrivals.csv: expected text, found 3 (put it in quotes: \"3\")"
    );
}

#[test]
fn lists_have_their_lengths_and_places_their_own_forms() {
    assert_eq!(only("zones: []\n"), "zones: expected 1 to 3 items, found 0 items");
    assert_eq!(
        only("pair: [x, y]\n"),
        "pair[0]: expected a whole number from 0 to 4,294,967,295, found text \"x\""
    );
}

#[test]
fn keys_that_describe_output_adds_are_ignored_with_a_warning() {
    let report = report("desiredCount: 1\ntasks: {web: {family: web, status: ACTIVE}}\n");
    assert!(report.is_accepted());
    assert_eq!(report.problems[0].message, "`status` is printed by describe output and is ignored");
    assert_eq!(report.problems[0].severity, Severity::Warning);
    assert!(report.ignored.contains("tasks.web.status"));
}

#[test]
fn every_mistake_is_told_in_one_go() {
    assert_eq!(told("weight: 0\ntiny: x\nmarket: moon\nzones: [1, 2]\nwhat: 1\n").len(), 6);
}

#[test]
fn found_text_is_cut_and_escaped() {
    let text = only(&format!("weight: \"\\e[2J{}\"\n", "z".repeat(300)));
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    // 80 characters of the value are quoted; the three other "z" of the message are none.
    assert_eq!(text.matches('z').count(), 80 - "\u{1b}[2J".len());
}

/// Problems of a value by a schema given as JSON.
fn by_schema(schema: serde_json::Value, text: &str) -> Vec<String> {
    let schema = Schema::new(schema).with_format("duration", "a duration such as 90s", is_duration);
    let parsed = parse(text, SourceId(0), 0, Subject::Value, &mut Budget::default()).unwrap();
    let line = |problem: Problem| match problem.help {
        Some(help) => format!("{}: {} ({help})", problem.path, problem.message),
        None => format!("{}: {}", problem.path, problem.message),
    };
    check(&parsed.root, &schema).problems.into_iter().map(line).collect()
}

#[test]
fn words_are_right_beside_a_format_and_found_when_misspelt() {
    let schema = serde_json::json!({"type": "string", "x-format": "duration", "x-words": ["untilDone"]});
    assert_eq!(by_schema(schema.clone(), "untilDone"), [""; 0]);
    assert_eq!(by_schema(schema.clone(), "9s"), [""; 0]);
    assert_eq!(
        by_schema(schema.clone(), "untildon"),
        [
            ": expected `untilDone` or a duration such as 90s, found text \"untildon\" (did you mean `untilDone`?)"
        ]
    );
    assert_eq!(by_schema(schema, "9 apples"), [": a duration needs a number and a unit, such as 90s"]);
    let unjudged = serde_json::json!({"type": "string", "x-format": "colour", "x-words": ["none"]});
    assert_eq!(by_schema(unjudged, "red"), [""; 0]);
}

#[test]
fn words_without_a_format_are_the_only_right_text() {
    let schema = serde_json::json!({
        "type": ["string", "object"], "x-words": ["fail"],
        "properties": {"limit": {"type": "integer"}}, "additionalProperties": false,
    });
    assert_eq!(by_schema(schema.clone(), "fail"), [""; 0]);
    assert_eq!(by_schema(schema.clone(), "{limit: 3}"), [""; 0]);
    assert_eq!(by_schema(schema, "retry"), [": expected `fail` or a mapping, found text \"retry\""]);
}

#[test]
fn a_form_with_one_of_many_keys_is_judged_by_its_key() {
    let schema = serde_json::json!({
        "type": ["string", "object"], "x-format": "duration", "minProperties": 1, "maxProperties": 1,
        "properties": {
            "exponential": {"type": "object", "properties": {"mean": {"type": "string", "x-format": "duration"}}},
            "constant": {"type": "string"},
        },
        "additionalProperties": false,
    });
    assert_eq!(
        by_schema(schema.clone(), "{exponental: {mean: 3s}}"),
        ["exponental: unknown key `exponental` (did you mean `exponential`?)"]
    );
    assert_eq!(
        by_schema(schema.clone(), "{constant: 3s, exponential: {}}"),
        [": expected exactly 1 key, found 2 keys"]
    );
    assert_eq!(
        by_schema(schema.clone(), "[1]"),
        [": expected a duration such as 90s or a mapping, found a list"]
    );
    let told = by_schema(schema, "{exponential: {mean: x}}");
    assert_eq!(told, ["exponential.mean: a duration needs a number and a unit, such as 90s"]);
}

#[test]
fn a_place_for_a_value_or_a_file_is_judged_as_a_value() {
    let schema = serde_json::json!({"x-file": true, "anyOf": [
        {"type": "object", "properties": {"family": {}, "cpu": {}, "memory": {}}, "required": ["family", "cpu", "memory"],
         "additionalProperties": false},
        {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"], "additionalProperties": false},
    ]});
    let told = by_schema(schema.clone(), "{famly: web}");
    assert_eq!(told[0], "famly: unknown key `famly` (did you mean `family`?)");
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(
        by_schema(schema.clone(), "{file: 3}"),
        ["file: expected text, found 3 (put it in quotes: \"3\")"]
    );
    assert_eq!(by_schema(schema, "3"), [": expected a mapping or `file: …`, found 3"]);
}

#[test]
fn keys_that_are_paths_are_read_as_paths() {
    let schema =
        serde_json::json!({"type": "object", "x-keys": "path", "additionalProperties": {"type": "array"}});
    assert_eq!(by_schema(schema.clone(), "{aws.services.web.desiredCount: [1]}"), [""; 0]);
    let told = by_schema(schema, "{aws..x: [1]}");
    assert!(
        told[0].starts_with("\"aws..x\": `aws..x` is no path: expected a key or a name here"),
        "{told:?}"
    );
}

#[test]
fn forms_that_overlap_without_end_stop_at_the_step_limit() {
    // Both alternatives accept "a" and lead back here: 2^60 ways to read 60 levels, all wrong at the bottom.
    let schema = Schema::new(serde_json::json!({
        "$ref": "#/$defs/t",
        "$defs": {"t": {"anyOf": [
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}}},
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}}, "required": ["a"]},
        ]}},
    }));
    let text = format!("{}1{}", "{a: ".repeat(60), "}".repeat(60));
    let parsed = parse(&text, SourceId(0), 0, Subject::Scenario, &mut Budget::default()).unwrap();
    let report = check_within(&parsed.root, &schema, 10_000);
    assert!(report.problems.iter().any(|problem| problem.message == "the scenario is too large to check"));
}
