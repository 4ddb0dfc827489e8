use std::fs;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Small {
    ecsim: u32,
    name: Option<String>,
    aws: Option<Aws>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Aws {
    #[serde(default)]
    task_definitions: Vec<Definition>,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
#[schemars(transform = described)]
struct Definition {
    family: String,
    cpu: Option<Cpu>,
}

/// A rule that the schema does not know.
#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(try_from = "String")]
struct Cpu(u32);

impl TryFrom<String> for Cpu {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Cpu).map_err(|_| format!("{text} is no CPU size"))
    }
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Service {
    service_name: String,
    desired_count: u32,
}

fn described(schema: &mut schemars::Schema) {
    schema.insert("x-ignored".into(), serde_json::json!(["status", "revision"]));
}

const SHOP: &str = "ecsim: 1\naws:\n  services:\n    - { serviceName: web, desiredCount: 12 }\n";

fn small(document: &Document) -> Result<(Small, Vec<Problem>), Vec<Problem>> {
    document.deserialize(&Schema::of::<Small>())
}

fn lines(document: &Document, problems: &[Problem]) -> String {
    render(problems, document.sources(), Style::Plain)
}

/// What is printed about a text that must be refused.
fn refusal(text: &[u8]) -> String {
    match Document::from_bytes("t.yaml", text, None) {
        Err(rejected) => rejected.to_string(),
        Ok(document) => lines(&document, &small(&document).expect_err("should be refused")),
    }
}

#[test]
fn a_right_text_becomes_a_value() {
    let (value, warnings) = small(&Document::from_text("shop", SHOP).unwrap()).unwrap();
    assert_eq!(value.aws.unwrap().services, [Service { service_name: "web".into(), desired_count: 12 }]);
    assert_eq!(warnings, []);
}

#[test]
fn f01_an_empty_scenario_is_named_empty() {
    assert_eq!(refusal(b""), "t.yaml: scenario is empty");
    assert_eq!(refusal(b"# nothing\n"), "t.yaml:1:1: scenario is empty");
}

#[test]
fn f02_a_hundred_megabytes_are_refused_without_reading_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("big.yaml");
    // A sparse file: its length is known to the file system, its bytes are nowhere.
    fs::File::create(&path).unwrap().set_len(100 * 1024 * 1024).unwrap();
    let begun = Instant::now();
    let rejected = Document::load(&path).unwrap_err();
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert_eq!(rejected.blame, Blame::Input);
    // 100 MiB = 104,857,600; 4 MiB = 4,194,304.
    assert!(rejected.problems[0].message.contains("104,857,600 bytes"));
    assert!(rejected.problems[0].message.contains("4,194,304"));
}

#[cfg(unix)]
#[test]
fn f02_an_endless_file_is_read_only_up_to_the_limit() {
    let rejected = Document::load(FilePath::new("/dev/zero")).unwrap_err();
    assert_eq!(rejected.problems[0].message, "has more than 4,194,304 bytes, and no more are read");
}

#[test]
fn four_megabytes_of_anything_are_answered_in_time() {
    let size = MAX_FILE_BYTES - 16;
    let repeat = |text: &str| text.repeat(size / text.len());
    let texts = [
        " ".repeat(size),
        format!("a: {}", "x".repeat(size - 16)),
        format!("a: \"{}\"", "x".repeat(size - 16)),
        repeat("- \n"),
        repeat("a: 1\n"),
        repeat("[],"),
        repeat("'"),
        repeat("&a "),
        repeat("# c\n"),
        repeat("? a\n"),
        repeat("a b "),
        repeat("|\n"),
        format!("a: |\n{}", repeat(" x\n\n")),
        format!("[{}]", "1,".repeat(size / 2)),
        (0..size / 12).map(|n| format!("k{n:07}: 1\n")).collect::<String>(),
        format!("aws: {{services: [{}]}}", "{x: 1},".repeat(size / 7 - 8)),
        repeat("--- \n"),
        repeat("\u{feff}"),
        repeat("%TAG ! tag:x\n"),
    ];
    for text in texts {
        let begun = Instant::now();
        refusal(text.as_bytes());
        // The contract's second is for a release build; tests are built with little optimisation.
        let start: String = text.chars().take(12).collect();
        assert!(begun.elapsed() < Duration::from_secs(4), "{start:?} took {:?}", begun.elapsed());
    }
}

#[test]
fn f05_to_f08_and_f14_to_f18_come_with_file_line_column_and_path() {
    for (text, expected) in [
        (
            "ecsim: 1\nname: a\nname: b\n",
            "t.yaml:3:1: name: `name` is given twice: first on line 2, again on line 3",
        ),
        ("ecsim: 1\nnmae: a\n", "t.yaml:2:1: nmae: unknown key `nmae` (did you mean `name`?)"),
        ("ecsim: 1\naws: []\n", "t.yaml:2:6: aws: expected a mapping, found an empty list"),
        ("ecsim: 1\nname: \"x\n", "t.yaml:2:7: name: this is not YAML"),
        ("ecsim: .nan\n", "t.yaml:1:8: ecsim: .nan is not a finite number"),
        ("ecsim: 1.5\n", "t.yaml:1:8: ecsim: expected a whole number from 0 to 4,294,967,295, found 1.5"),
        (
            "ecsim: 99999999999999999999999\n",
            "t.yaml:1:8: ecsim: 99999999999999999999999 does not fit into 64 bits",
        ),
        ("ecsim: 1\nname: !!str x\n", "t.yaml:2:"),
    ] {
        assert!(refusal(text.as_bytes()).starts_with(expected), "{}", refusal(text.as_bytes()));
    }
}

#[test]
fn f09_a_byte_that_is_not_utf_8_is_told_with_its_offset() {
    let text = refusal(b"ecsim: 1\nname: caf\xe9\n");
    // 9 bytes of the first line, 9 of "name: caf".
    assert!(text.starts_with("t.yaml:2:10: the byte 0xe9 at offset 18 is not UTF-8"), "{text}");
    assert!(refusal(b"\xff\xfee\0c\0").contains("UTF-16"));
}

#[test]
fn f10_byte_order_mark_and_windows_line_ends_give_the_same_value() {
    let windows = format!("\u{feff}{}", SHOP.replace('\n', "\r\n"));
    let plain = small(&Document::from_text("a", SHOP).unwrap()).unwrap();
    let other = small(&Document::from_text("b", windows.trim_end()).unwrap()).unwrap();
    assert_eq!(plain, other);
}

#[test]
fn f12_a_missing_or_newer_version_names_both() {
    let version = |text: &str| Document::from_text("t", text).unwrap().require_version("ecsim", 1);
    assert_eq!(version("ecsim: 1"), Ok(()));
    assert!(version("name: x").unwrap_err().message.contains("missing; this program reads version 1"));
    let newer = version("ecsim: 2").unwrap_err().message;
    assert_eq!(newer, "the scenario has format version 2, and this program reads up to version 1");
    assert!(version("ecsim: 0").is_err() && version("ecsim: one").is_err());
}

#[test]
fn f13_missing_files_and_directories_are_the_users_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Document::load(&directory.path().join("gone.yaml")).unwrap_err();
    assert_eq!((missing.blame, missing.problems[0].message.as_str()), (Blame::Input, "no such file"));
    assert!(missing.to_string().contains("gone.yaml"), "{missing}");
    let folder = Document::load(directory.path()).unwrap_err();
    assert_eq!(
        (folder.blame, folder.problems[0].message.as_str()),
        (Blame::Input, "is a directory, not a file")
    );
    assert_eq!(Document::load(FilePath::new("a\0b")).unwrap_err().blame, Blame::Input);
    assert_eq!(Document::load(FilePath::new(&"x".repeat(5_000))).unwrap_err().blame, Blame::Input);
}

#[cfg(unix)]
#[test]
fn f13_a_file_without_permission_is_the_machines_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("locked.yaml");
    fs::write(&path, SHOP).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    match Document::load(&path) {
        Err(rejected) => assert_eq!(rejected.blame, Blame::Environment),
        // The superuser may read everything.
        Ok(document) => assert!(fs::read(&path).is_ok() && document.root().entry("aws").is_some()),
    }
}

#[test]
fn files_of_a_list_are_taken_in_relative_to_the_scenario() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("defs")).unwrap();
    fs::write(directory.path().join("defs/web.json"), "{\n\t\"family\": \"web\", \"cpu\": \"256\"\n}")
        .unwrap();
    let path = directory.path().join("shop.yaml");
    fs::write(&path, "ecsim: 1\naws:\n  taskDefinitions:\n    - file: defs/web.json\n    - family: api\n")
        .unwrap();
    let mut document = Document::load(&path).unwrap();
    let (value, _) = small(&document).unwrap();
    assert_eq!(
        value.aws.unwrap().task_definitions[0],
        Definition { family: "web".into(), cpu: Some(Cpu(256)) }
    );
    // Paths reach into it, and a mistake in it is told in its own file.
    document.apply_set("aws.taskDefinitions.web.cpu='512'").unwrap();
    assert_eq!(small(&document).unwrap().0.aws.unwrap().task_definitions[0].cpu, Some(Cpu(512)));
    fs::write(directory.path().join("defs/web.json"), "{\n  \"famly\": \"web\"\n}").unwrap();
    let document = Document::load(&path).unwrap();
    let text = lines(&document, &small(&document).unwrap_err());
    assert!(text.contains("web.json:2:3: aws.taskDefinitions[0].famly: unknown key `famly`"), "{text}");
}

#[test]
fn a_file_that_is_missing_or_no_yaml_is_told_with_all_other_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bad.json"), "{").unwrap();
    fs::write(directory.path().join("empty.json"), "").unwrap();
    let path = directory.path().join("shop.yaml");
    let entries = "[{file: gone.json}, {file: bad.json}, {file: empty.json}, {file: .}]";
    fs::write(&path, format!("ecsim: x\naws:\n  taskDefinitions: {entries}\n")).unwrap();
    let document = Document::load(&path).unwrap();
    let text = lines(&document, &small(&document).unwrap_err());
    assert!(text.contains("shop.yaml:3:21: aws.taskDefinitions[0].file: `"), "{text}");
    assert!(text.contains("gone.json`: no such file"), "{text}");
    assert!(text.contains("bad.json:1:"), "{text}");
    assert!(text.contains("empty.json: file is empty"), "{text}");
    assert!(text.contains("is a directory"), "{text}");
    assert!(text.contains("shop.yaml:1:8: ecsim: expected a whole number"), "{text}");
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn the_output_of_describe_task_definition_is_taken_as_the_task_definition() {
    let directory = tempfile::tempdir().unwrap();
    let described = r#"{"taskDefinition": {"family": "web", "status": "ACTIVE"}, "tags": []}"#;
    fs::write(directory.path().join("web.json"), described).unwrap();
    let text = b"ecsim: 1\naws: {taskDefinitions: [{file: web.json}]}\n";
    let document = Document::from_bytes("t", text, Some(directory.path().to_owned())).unwrap();
    let (value, warnings) = small(&document).unwrap();
    assert_eq!(value.aws.unwrap().task_definitions[0].family, "web");
    assert_eq!(warnings[0].message, "`status` is printed by describe output and is ignored");
}

#[test]
fn a_file_with_several_services_becomes_several_items() {
    let directory = tempfile::tempdir().unwrap();
    let item = |name: &str| format!(r#"{{"serviceName": "{name}", "desiredCount": 1}}"#);
    let described = format!(r#"{{"services": [{}, {}], "failures": []}}"#, item("b"), item("c"));
    fs::write(directory.path().join("two.json"), described).unwrap();
    let text = format!("ecsim: 1\naws: {{services: [{}, {{file: two.json}}, {}]}}\n", item("a"), item("d"));
    let document = Document::from_bytes("t", text.as_bytes(), Some(directory.path().to_owned())).unwrap();
    let services = small(&document).unwrap().0.aws.unwrap().services;
    let names: Vec<&str> = services.iter().map(|service| service.service_name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn pasted_describe_output_is_taken_in_place_of_items_or_of_the_whole_list() {
    let described = r#"{"services": [{"serviceName": "a", "desiredCount": 1}], "failures": []}"#;
    for services in [format!("[{described}]"), described.to_owned()] {
        let document =
            Document::from_text("t", &format!("ecsim: 1\naws: {{services: {services}}}\n")).unwrap();
        assert_eq!(small(&document).unwrap().0.aws.unwrap().services[0].service_name, "a");
    }
    let mut bare = Document::from_text("t", r#"{"taskDefinition": {"family": "web"}, "tags": []}"#).unwrap();
    bare.unwrap_bare_input();
    assert_eq!(bare.root().entry("family").and_then(Node::text), Some("web"));
}

#[test]
fn maps_whose_only_key_is_file_are_left_alone_outside_lists() {
    let text = "ecsim: 1\naws: {taskDefinitions: [{family: web, dockerLabels: {file: a.json}}]}\n";
    let document = Document::from_text("t", text).unwrap();
    assert_eq!(document.problems(), []);
    let label = document.get(&"aws.taskDefinitions.web.dockerLabels.file".parse().unwrap()).unwrap();
    assert_eq!(label.text(), Some("a.json"));
}

#[test]
fn a_text_without_a_directory_names_no_files() {
    let document = Document::from_text("t", "ecsim: 1\naws: {taskDefinitions: [{file: a.json}]}\n").unwrap();
    assert!(lines(&document, &small(&document).unwrap_err()).contains("not in a directory"));
}

#[test]
fn ignored_keys_are_dropped_with_a_warning() {
    let text = "ecsim: 1\naws: {taskDefinitions: [{family: web, revision: 3, status: ACTIVE}]}\n";
    let (value, warnings) = small(&Document::from_text("t", text).unwrap()).unwrap();
    assert_eq!(value.aws.unwrap().task_definitions.len(), 1);
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].message, "`revision` and `status` are printed by describe output and are ignored");
}

#[test]
fn what_only_serde_refuses_still_has_line_and_column() {
    let text = "ecsim: 1\naws:\n  taskDefinitions:\n    - { family: web, cpu: lots }\n";
    let expected = "t.yaml:4:27: aws.taskDefinitions[0].cpu: lots is no CPU size";
    assert_eq!(refusal(text.as_bytes()).trim_end(), expected);
}

#[test]
fn mistakes_of_meaning_are_told_at_their_place() {
    let document = Document::from_text("shop", SHOP).unwrap();
    let problem = document.error_at("aws.services[0].taskDefinition", "no such task definition");
    let text = document.reject(vec![problem]).to_string();
    assert_eq!(text, "shop:4:7: aws.services[0].taskDefinition: no such task definition");
    assert_eq!(document.origin_at("aws.services.web").span.start, SHOP.find('{').unwrap());
}

#[test]
fn set_changes_the_value_and_its_mistakes_point_into_the_argument() {
    let mut document = Document::from_text("shop", SHOP).unwrap();
    document.apply_set("aws.services.web.desiredCount=15").unwrap();
    assert_eq!(small(&document).unwrap().0.aws.unwrap().services[0].desired_count, 15);
    document.apply_set("aws.services.web.desiredCount=many").unwrap();
    let text = lines(&document, &small(&document).unwrap_err());
    assert!(text.starts_with("--set:1:31: aws.services[0].desiredCount: expected a whole number"), "{text}");
}

#[test]
fn a_set_that_cannot_be_carried_out_says_why() {
    let mut document = Document::from_text("shop", SHOP).unwrap();
    for (argument, expected) in [
        (
            "aws.services.wbe.desiredCount=1",
            "--set:1:14: no item of this list is named `wbe` (did you mean `web`?)",
        ),
        ("aws.services", "--set:1:1: expected `path=value`"),
        ("=3", "--set:1:1: expected a key or a name here"),
        ("name=[1", "--set:1:"),
        ("name=.nan", "--set:1:6: .nan is not a finite number"),
    ] {
        let problems = document.apply_set(argument).unwrap_err();
        let text = lines(&document, &problems);
        assert!(text.starts_with(expected), "{text}");
    }
    assert_eq!(document.root(), Document::from_text("shop", SHOP).unwrap().root());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        refusal_or_not(&bytes);
    }

    #[test]
    fn no_damaged_scenario_panics(at in 0..SHOP.len(), byte in any::<u8>(), cut in 0..SHOP.len()) {
        let mut bytes = SHOP.as_bytes().to_vec();
        bytes[at] = byte;
        refusal_or_not(&bytes);
        refusal_or_not(&bytes[..cut]);
    }

    #[test]
    fn the_check_accepts_exactly_what_serde_accepts(json in near_scenarios()) {
        let document = Document::from_text("t", &json.to_string()).unwrap();
        let accepted = check(document.root(), &Schema::of::<Near>()).is_accepted();
        let read = serde_json::from_value::<Near>(json.clone());
        prop_assert_eq!(accepted, read.is_ok(), "{}: {:?}", json, read);
    }

    #[test]
    fn no_set_panics(argument in "(\\PC|[a-z.=\\[\\]\"0-3]){0,60}") {
        let mut document = Document::from_text("shop", SHOP).unwrap();
        if let Err(problems) = document.apply_set(&argument) {
            render(&problems, document.sources(), Style::Graphical { color: false, width: 80 });
        }
        refusal_or_not(SHOP.as_bytes());
    }
}

/// Every form of type that the scenario's types use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read, never looked at")]
struct Near {
    a: u32,
    b: Option<Box<Near>>,
    #[serde(default)]
    c: Vec<Form>,
    d: Option<std::collections::BTreeMap<String, i64>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only read, never looked at")]
enum Form {
    A,
    B(f64),
    C { a: bool, b: Option<String> },
    D(u8, String),
}

/// JSON in which few keys and values come up often, so that about half of the small ones are right.
fn near_scenarios() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value as Json, json};
    let leaf = prop_oneof![
        Just(json!(1)),
        Just(json!(-1)),
        Just(json!(256)),
        Just(json!(2.5)),
        Just(json!("a")),
        Just(json!("x")),
        Just(json!(true)),
        Just(Json::Null),
        Just(json!(5_000_000_000_u64)),
        Just(json!({"b": 1.5})),
        Just(json!({"c": {"a": true}})),
        Just(json!({"d": [1, "x"]})),
    ];
    let inner = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[abcd]", inner, 0..4)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[bcd]", inner, 0..3).prop_map(|entries| {
        let mut object: serde_json::Map<String, Json> = entries.into_iter().collect();
        object.insert("a".into(), json!(1));
        Json::Object(object)
    })
}

/// Goes the whole way, printing included.
fn refusal_or_not(bytes: &[u8]) {
    let style = Style::Graphical { color: true, width: 80 };
    match Document::from_bytes("t.yaml", bytes, None) {
        Err(rejected) => drop(render(&rejected.problems, &rejected.sources, style)),
        Ok(document) => {
            if let Err(problems) = small(&document) {
                render(&problems, document.sources(), style);
            }
        }
    }
}
