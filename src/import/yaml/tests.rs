//! What is written is read back as it was.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Item;
use crate::scenario::document::Document;

/// What the reader of scenarios makes of a text.
fn read(text: &str) -> Value {
    Document::from_text("test", text).unwrap_or_else(|rejected| panic!("{rejected}\n{text}")).root().to_json()
}

#[test]
fn a_short_mapping_stands_in_one_line_and_a_long_one_in_many() {
    let item =
        Item::of(json!({ "a": { "b": 1, "c": ["x", "y z"] }, "long": ["x".repeat(70), "y".repeat(70)] }));
    let lines =
        format!("a: {{ b: 1, c: [x, \"y z\"] }}\nlong:\n  - {}\n  - {}\n", "x".repeat(70), "y".repeat(70));
    assert_eq!(item.to_yaml(), lines);
}

#[test]
fn one_short_note_stands_behind_its_value_and_others_above() {
    let guess = Item::of(json!("24h")).noted("guess");
    let group = Item::of(json!({ "Name": "a" })).noted("first").noted("second");
    let item = Item::mapping([("duration", guess), ("groups", Item::list(vec![group]))]);
    assert_eq!(item.to_yaml(), "duration: 24h  # guess\ngroups:\n  # first\n  # second\n  - { Name: a }\n");
}

#[test]
fn a_note_on_the_first_entry_of_a_list_item_stands_above_the_dash() {
    let first = Item::of(json!("web")).noted("a").noted("b");
    let item = Item::list(vec![Item::mapping([("name", first), ("count", Item::of(json!(2)).noted("c"))])]);
    assert_eq!(item.to_yaml(), "# a\n# b\n- name: web\n  count: 2  # c\n");
}

#[test]
fn text_that_could_be_something_else_is_quoted() {
    for text in [
        "yes",
        "1e3",
        "",
        "a: b",
        "- x",
        "24h",
        "0x",
        "12e",
        "web:2",
        "a:1b",
        "#no",
        "~",
        "2026-01-01",
        "\u{2028}",
        "\u{7f}",
        "\"",
        "'",
        "\u{1f600}",
    ] {
        let item = Item::of(json!({ "key": text }));
        assert_eq!(read(&item.to_yaml()), json!({ "key": text }), "{text:?}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let scalars = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    scalars.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z0-9 :#-]{1,30}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Comments at random places, from the numbers of a value's parts.
fn sprinkle(item: &mut Item, seed: &mut u64) {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    if *seed >> 61 == 0 {
        item.notes = vec!["a note: # of - its { own".to_owned(); (*seed >> 40 & 1) as usize + 1];
    }
    match &mut item.value {
        super::Content::Scalar(_) => {}
        super::Content::List(items) => items.iter_mut().for_each(|inner| sprinkle(inner, seed)),
        super::Content::Mapping(entries) => entries.iter_mut().for_each(|(_, inner)| sprinkle(inner, seed)),
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(value in values(), seed in any::<u64>()) {
        let root = json!({ "root": value });
        let mut item = Item::of(root.clone());
        sprinkle(&mut item, &mut { seed });
        prop_assert_eq!(read(&item.to_yaml()), root);
    }
}
