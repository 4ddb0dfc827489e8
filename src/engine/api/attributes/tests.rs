use serde_json::{Value, json};

use super::super::container_instance::tests::fixed;
use super::super::tests::{ask, make_true, refusal};
use super::super::{Answer, ApiError, Request};
use super::*;

fn put(cluster: &Cluster, attributes: Value) -> Result<Answer, ApiError> {
    ask(cluster, Request::PutAttributes, json!({ "attributes": attributes }))
}

fn on_first(name: &str, value: Option<&str>) -> Value {
    json!({ "name": name, "value": value, "targetId": "fixed-1", "targetType": "container-instance" })
}

fn held(cluster: &Cluster) -> Vec<(&str, &str)> {
    let id = cluster.instance_named("fixed-1").unwrap();
    cluster.instances[id].attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn attributes_are_put_replaced_and_deleted_and_refusals_are_void_after_each() {
    let mut cluster = fixed(1);
    let before = cluster.capacity_version;
    let two = put(&cluster, json!([on_first("disk", Some("ssd")), on_first("fast", None)]));
    make_true(&mut cluster, two);
    assert_eq!(held(&cluster), [("disk", "ssd"), ("fast", "")]);
    let other = put(&cluster, json!([on_first("disk", Some("hdd"))]));
    make_true(&mut cluster, other);
    // with another value than it has it stays, without one it goes
    for (name, value) in [("disk", Some("ssd")), ("fast", None)] {
        let value = json!({ "attributes": [on_first(name, value)] });
        let gone = ask(&cluster, Request::DeleteAttributes, value);
        make_true(&mut cluster, gone);
    }
    assert_eq!(held(&cluster), [("disk", "hdd")]);
    assert_eq!(cluster.capacity_version, before + 3);
}

#[test]
fn names_and_values_are_held_to_their_characters_and_lengths() {
    let cluster = fixed(1);
    let long = "x".repeat(129);
    for (name, value, field) in [
        ("", None, "name"),
        (long.as_str(), None, "name"),
        ("a b", None, "name"),
        ("ecs.os-type", Some("linux"), "name"),
        ("a", Some(""), "value"),
        ("a", Some(long.as_str()), "value"),
        ("a", Some(" b"), "value"),
        ("a", Some("b?"), "value"),
    ] {
        let wrong = refusal(put(&cluster, json!([on_first(name, value)])));
        assert_eq!(
            wrong,
            format!("InvalidParameterException at attributes[0].{field}"),
            "{name:?} {value:?}"
        );
    }
    assert!(put(&cluster, json!([on_first("A_b-c/d.e\\f", Some("me@x: y z"))])).is_ok());
}

#[test]
fn an_instance_has_at_most_ten_custom_attributes() {
    let mut cluster = fixed(1);
    let all: Vec<Value> = (0..10).map(|n| on_first(&format!("a{n}"), None)).collect();
    let ten = put(&cluster, json!(all));
    make_true(&mut cluster, ten);
    let one_more = refusal(put(&cluster, json!([on_first("b", None)])));
    assert_eq!(one_more, "AttributeLimitExceededException at attributes[0]");
}

#[test]
fn a_target_must_be_there() {
    let cluster = fixed(1);
    for target in [json!({ "name": "a", "targetId": "fixed-2" }), json!({ "name": "a" })] {
        let wrong = refusal(put(&cluster, json!([target])));
        assert_eq!(wrong, "TargetNotFoundException at attributes[0].targetId");
    }
    assert_eq!(refusal(put(&cluster, json!([]))), "InvalidParameterException at attributes");
}
