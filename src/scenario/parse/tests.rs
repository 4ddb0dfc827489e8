use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::scenario::problem::{Position, Sources};

fn read(text: &str) -> Result<Parsed, Vec<Problem>> {
    parse(text, SourceId(0), 0, Subject::Scenario, &mut Budget::default())
}

/// The tree as JSON text, of a text without problems.
fn json(text: &str) -> String {
    let parsed = read(text).unwrap();
    assert_eq!(parsed.problems, [], "{text}");
    parsed.root.to_json().to_string()
}

/// The first problem of a text, with line and column.
fn refused(text: &str) -> (Problem, Position) {
    let problems = match read(text) {
        Ok(parsed) => parsed.problems,
        Err(problems) => problems,
    };
    let mut sources = Sources::default();
    sources.add("t.yaml", text);
    let problem = problems.into_iter().next().expect("the text should be refused");
    let at = sources.position(Origin { source: problem.source, span: problem.span });
    (problem, at.unwrap_or(Position { line: 1, column: 1 }))
}

/// F03 and F04 allow a second for a release build; the same holds here.
fn within_a_second<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    result
}

#[test]
fn yaml_and_json_give_the_same_tree() {
    let yaml = "name: shop\nzones: [a, b]\nnested:\n  - cpu: 256\n    on: no\n  - null\n";
    let text = r#"{"name": "shop", "zones": ["a", "b"], "nested": [{"cpu": 256, "on": "no"}, null]}"#;
    assert_eq!(json(yaml), json(text));
    assert_eq!(json(yaml), r#"{"name":"shop","zones":["a","b"],"nested":[{"cpu":256,"on":"no"},null]}"#);
}

#[test]
fn json_indented_with_tabs_is_accepted() {
    assert_eq!(
        json("{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t],\n\t\"b\": \"x\\/y\"\n}\n"),
        r#"{"a":[1,2],"b":"x/y"}"#
    );
}

#[test]
fn values_and_keys_know_where_they_are_written() {
    let text = "a: 1\nb:\n  c: [x, yy]\nd: 2\n";
    let root = read(text).unwrap().root;
    let slice = |span: Span| &text[span.start..span.end];
    let b = root.entry("b").unwrap();
    assert_eq!(slice(root.key("b").unwrap().span), "b");
    assert_eq!(slice(b.span), "c: [x, yy]");
    assert_eq!(slice(b.entry("c").unwrap().span), "[x, yy]");
    assert_eq!(slice(b.entry("c").unwrap().items().unwrap()[1].span), "yy");
    assert_eq!(slice(root.span), text.trim_end());
}

#[test]
fn f01_nothing_and_only_comments_are_an_empty_scenario() {
    for text in ["", "   \n\n", "# only\n# comments", "---\n", "\u{feff}"] {
        assert_eq!(refused(text).0.message, "scenario is empty", "{text:?}");
    }
}

#[test]
fn f03_an_alias_bomb_ends_at_the_budget_of_values() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let below = level - 1;
        let aliases = vec![format!("*a{below}"); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let (problem, at) = within_a_second(|| refused(&bomb));
    assert!(problem.message.contains("more than 250,000 values"), "{problem:?}");
    assert!(at.line <= 9);
}

#[test]
fn f03_many_aliases_of_a_small_value_end_at_the_budget_of_aliases() {
    let text = format!("a: &a 1\nb: [{}]\n", "*a, ".repeat(MAX_ALIASES + 1));
    let (problem, _) = within_a_second(|| refused(&text));
    assert_eq!(problem.message, "more than 10,000 aliases");
}

#[test]
fn f04_a_hundred_thousand_brackets_end_at_the_depth_limit() {
    for bracket in ["[", "{a: ", "- "] {
        let text = bracket.repeat(100_000);
        let (problem, _) = within_a_second(|| refused(&text));
        assert!(problem.message.contains("nested deeper than 64 levels"), "{bracket}: {problem:?}");
    }
}

#[test]
fn sixty_four_levels_are_accepted_and_sixty_five_are_not() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(64)).is_ok());
    assert!(read(&nested(65)).is_err());
}

#[test]
fn aliases_cannot_build_a_deeper_tree_than_brackets() {
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    // 1 (mapping) + 30 + 40 levels is more than 64.
    let text = format!("a: &a {deep}\nb: {}*a{}\n", "[".repeat(30), "]".repeat(30));
    assert!(refused(&text).0.message.contains("nested deeper"));
}

#[test]
fn f05_a_key_given_twice_names_both_lines() {
    let (problem, at) = refused("a: 1\nb:\n  x: 1\n  y: 2\n  x: 3\n");
    assert_eq!(problem.message, "`x` is given twice: first on line 3, again on line 5");
    assert_eq!(problem.path, "b.x");
    assert_eq!(at, Position { line: 5, column: 3 });
}

#[test]
fn f05_a_key_spelt_with_and_without_quotes_is_the_same_key() {
    assert!(refused("{\"a\": 1, a: 2, 'a': 3}").0.message.contains("given twice"));
}

#[test]
fn f08_a_tab_as_indentation_is_refused_with_its_line() {
    let (problem, at) = refused("a:\n\tb: 1\n");
    assert_eq!(at.line, 2, "{problem:?}");
    assert_eq!(problem.help.as_deref(), Some("indent with spaces, not tabs"));
}

#[test]
fn f08_an_unclosed_quote_is_refused_with_line_and_column() {
    let (problem, at) = refused("a: 1\nb: \"never closed\nc: 2\n");
    assert!(problem.message.contains("quote"), "{problem:?}");
    assert_eq!(problem.help.as_deref(), Some("a closing quote is missing"));
    assert_eq!(at, Position { line: 2, column: 4 });
}

#[test]
fn f10_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = "a: 1\nb:\n  - x\n  - y: two words\n";
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    assert_eq!(json(plain), json(&windows));
    assert_eq!(json(plain), json(plain.trim_end()));
}

#[test]
fn f11_explicit_tags_are_refused() {
    for text in [
        "a: !!binary aGk=",
        "a: !include b.yaml",
        "a: !anything {b: 1}",
        "a: !!str 1",
        "!x\n- 1",
        "a: ! b",
        "!!str a: 1",
    ] {
        let (problem, _) = refused(text);
        assert!(problem.message.starts_with("tags such as"), "{text}: {problem:?}");
    }
}

#[test]
fn f14_numbers_that_are_not_finite_are_refused_wherever_they_stand() {
    for text in ["a: .nan", "a: [1, .inf]", "a: {b: -.INF}", "- 1e400"] {
        let parsed = read(text).unwrap();
        assert_eq!(parsed.problems.len(), 1, "{text}");
    }
    assert_eq!(json("a: '.nan'"), r#"{"a":".nan"}"#);
}

#[test]
fn f18_a_number_past_64_bits_is_refused_with_its_path() {
    let (problem, _) = refused("a:\n  - 1\n  - 99999999999999999999999\n");
    assert_eq!(problem.path, "a[1]");
    assert_eq!(problem.message, "99999999999999999999999 does not fit into 64 bits");
}

#[test]
fn mistakes_that_allow_reading_on_are_all_told() {
    let parsed = read("a: .nan\na: 2\nb: !x 1\nc: 99999999999999999999999\n").unwrap();
    assert_eq!(parsed.problems.len(), 4);
}

#[test]
fn anchors_repeat_a_value() {
    assert_eq!(json("a: &x {k: [1, 2]}\nb: *x\n"), r#"{"a":{"k":[1,2]},"b":{"k":[1,2]}}"#);
}

#[test]
fn an_alias_within_its_own_value_is_refused() {
    assert!(refused("a: &x [1, *x]\n").0.message.contains("inside the value"));
}

#[test]
fn unknown_aliases_merge_keys_and_second_documents_are_refused() {
    assert!(refused("a: *x\n").0.help.is_some());
    assert!(refused("a: &x {b: 1}\nc:\n  <<: *x\n").0.message.contains("YAML 1.1"));
    assert!(refused("a: 1\n---\nb: 2\n").0.message.contains("second document"));
}

#[test]
fn keys_that_are_lists_or_mappings_are_refused() {
    assert!(refused("[a]: 1\n").0.message.contains("a key is a word"));
    assert!(refused("a: {{b}}\n").0.message.contains("a key is a word"));
}

#[test]
fn places_in_a_part_of_a_text_count_from_its_beginning() {
    let text = "a.b=[1, x]";
    let parsed = parse(&text[4..], SourceId(3), 4, Subject::Value, &mut Budget::default()).unwrap();
    let item = &parsed.root.items().unwrap()[1];
    assert_eq!((&text[item.span.start..item.span.end], item.source), ("x", SourceId(3)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_places_lie_within_it(text in r##"(\PC|[\[\]{}:,&*!|>'"#%@`?~.\- \t\n\r0-9a-c\x00\x{feff}]){0,200}"##) {
        let problems = match read(&text) {
            Ok(parsed) => parsed.problems,
            Err(problems) => problems,
        };
        for problem in problems {
            prop_assert!(problem.span.start <= text.len() + 1, "{problem:?}");
        }
    }

    #[test]
    fn any_json_reads_as_itself(value in json_values()) {
        let compact = value.to_string();
        prop_assert_eq!(&json_of(&compact), &value);
        prop_assert_eq!(&json_of(&serde_json::to_string_pretty(&value).unwrap()), &value);
    }
}

fn json_of(text: &str) -> serde_json::Value {
    let parsed = parse(text, SourceId(0), 0, Subject::Value, &mut Budget::default()).unwrap();
    assert_eq!(parsed.problems, [], "{text}");
    parsed.root.to_json()
}

fn json_values() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as Json;
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1_000_000i32..1_000_000).prop_map(|n| Json::from(f64::from(n) + 0.25)),
        "\\PC{0,20}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("\\PC{1,8}", inner, 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}
