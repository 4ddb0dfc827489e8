use proptest::prelude::*;

use super::*;
use crate::scenario::parse::{Budget, Subject, parse};

const SHOP: &str = r#"
aws:
  services:
    - { serviceName: web, desiredCount: 12 }
    - { serviceName: api.internal, desiredCount: 3 }
  taskDefinitions:
    - { family: web, cpu: "256" }
    - { family: nightly, cpu: "512" }
    - { family: web, cpu: "1024" }
world:
  tasks:
    web:1: { imageSize: 400 MB }
  times: [1s, 2s]
model:
"#;

fn tree(text: &str) -> Node {
    parse(text, SourceId(0), 0, Subject::Value, &mut Budget::default()).unwrap().root
}

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

fn get(text: &str) -> Result<String, PathError> {
    path(text).get(&tree(SHOP)).map(|node| node.to_json().to_string())
}

fn set(at: &str, value: &str) -> Result<Node, PathError> {
    let mut root = tree(SHOP);
    path(at).set(&mut root, tree(value)).map(|()| root)
}

#[test]
fn items_are_picked_by_their_own_name_or_place() {
    assert_eq!(get("aws.services.web.desiredCount").unwrap(), "12");
    assert_eq!(get("aws.services[1].desiredCount").unwrap(), "3");
    assert_eq!(get("aws.services.[1].desiredCount").unwrap(), "3");
    assert_eq!(get("world.times[1]").unwrap(), "\"2s\"");
    assert_eq!(get("aws.taskDefinitions.nightly.cpu").unwrap(), "\"512\"");
}

#[test]
fn a_segment_with_a_dot_is_quoted() {
    assert_eq!(get("aws.services.\"api.internal\".desiredCount").unwrap(), "3");
    assert_eq!(get("aws.services.'api.internal'.desiredCount").unwrap(), "3");
}

#[test]
fn a_revision_picks_one_task_definition_of_a_family() {
    assert_eq!(get("aws.taskDefinitions.web:1.cpu").unwrap(), "\"256\"");
    assert_eq!(get("aws.taskDefinitions.web:2.cpu").unwrap(), "\"1024\"");
    let error = get("aws.taskDefinitions.web.cpu").unwrap_err();
    assert_eq!(error.message, "several items are named `web`");
    assert!(get("aws.taskDefinitions.web:3.cpu").is_err());
}

#[test]
fn a_missing_item_names_the_nearest_one_and_its_place_in_the_path() {
    let text = "aws.services.wbe.desiredCount";
    let error = get(text).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `web`?"));
    assert_eq!(&text[error.span.start..error.span.end], "wbe");
    assert!(set(text, "1").is_err());
}

#[test]
fn a_missing_key_names_the_nearest_one() {
    assert_eq!(get("aws.service").unwrap_err().help.as_deref(), Some("did you mean `services`?"));
}

#[test]
fn set_replaces_a_value() {
    let root = set("aws.services.web.desiredCount", "15").unwrap();
    assert_eq!(path("aws.services[0].desiredCount").get(&root).unwrap().integer(), Some(15));
}

#[test]
fn set_makes_missing_keys_even_below_an_empty_section() {
    let root = set("model.scheduler_wake", "0s").unwrap();
    assert_eq!(path("model.scheduler_wake").get(&root).unwrap().text(), Some("0s"));
    let root = set("experiment.replications", "3").unwrap();
    assert_eq!(path("experiment.replications").get(&root).unwrap().integer(), Some(3));
}

#[test]
fn set_through_a_number_is_an_error() {
    let error = set("aws.services.web.desiredCount.x", "1").unwrap_err();
    assert_eq!(error.message, "a whole number has no parts to look into");
}

#[test]
fn a_set_that_fails_changes_nothing() {
    for at in ["model.x[0].y", "model[0]", "aws.new.x[1]", "aws.services.gone.x"] {
        let mut root = tree(SHOP);
        assert!(path(at).set(&mut root, tree("1")).is_err(), "{at}");
        assert_eq!(root, tree(SHOP), "{at}");
    }
}

#[test]
fn a_missing_value_is_placed_at_what_is_around_it() {
    let root = tree(SHOP);
    let web = path("aws.services.web").get(&root).unwrap().origin();
    assert_eq!(path("aws.services.web.launchType").nearest_origin(&root), web);
    assert_eq!(path("aws.services.web").nearest_origin(&root), web);
}

#[test]
fn wrong_paths_say_where_they_are_wrong() {
    for (text, wrong) in [
        ("a..b", ""),
        ("a[x]", "[x]"),
        ("a[-1]", "[-1]"),
        ("a.\"b", "\"b"),
        ("a]b", "]b"),
        ("a[0", "[0"),
        ("", ""),
    ] {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!(&text[error.span.start..error.span.end], wrong, "{text}: {error}");
    }
    assert!("a=b".parse::<Path>().is_err());
    assert_eq!(Path::read_prefix("a.'b=c'=d=e").unwrap().text(), "a.'b=c'");
}

#[test]
fn places_past_the_end_tell_the_length() {
    let error = get("world.times[2]").unwrap_err();
    assert_eq!(error.message, "no item [2]: the list has 2, counted from 0");
    assert!("a[99999999999999999999999]".parse::<Path>().is_err());
}

proptest! {
    #[test]
    fn no_path_panics(text in r#"(\PC|[.\[\]"'=0-9a-z]){0,40}"#) {
        let mut root = tree(SHOP);
        match Path::read_prefix(&text) {
            Ok(path) => {
                let _ = path.get(&root);
                let _ = path.set(&mut root, tree("1"));
            }
            Err(error) => {
                prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            }
        }
    }

    #[test]
    fn what_was_set_is_read_back(keys in prop::collection::vec("[a-z.]{1,5}", 1..6)) {
        let text = keys.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(".");
        let mut root = tree("{}");
        path(&text).set(&mut root, tree("7")).unwrap();
        prop_assert_eq!(path(&text).get(&root).unwrap().integer(), Some(7));
    }
}
