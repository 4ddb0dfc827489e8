//! From an object of a file to the fields of it that a simulation reads.
//!
//! The types of [`crate::aws`] say which those are: what their documentation calls "Accepted, not modelled" stays behind, and so
//! does what only a describe answer has (`x-ignored`). A field that the API does not know is left out and told.

use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value};

use super::yaml::Item;
use crate::scenario::problem::Origin;
use crate::scenario::tree::{Node, Step, Value as Tree, path_text};

/// How fields marked in this way in [`crate::aws`] begin: nothing reads them.
const NOT_READ: [&str; 2] = ["Accepted, not modelled", "Not modelled"];

/// The form of one kind of object.
pub struct Shape {
    root: Value,
    /// Whether text stands for numbers and switches too, as CloudFormation has it.
    lenient: bool,
}

/// A field that no request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stands.
    pub origin: Origin,
    /// Its path in the object.
    pub path: String,
}

impl Shape {
    /// The form of a request.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Shape {
        Shape { root: schema_for!(T).to_value(), lenient: false }
    }

    /// The same where text may stand for numbers.
    #[must_use]
    pub fn lenient(self) -> Shape {
        Shape { lenient: true, ..self }
    }

    /// The fields of the object that are read, without those that say nothing; beside them the fields that are unknown.
    #[must_use]
    pub fn pick(&self, node: &Node) -> (Item, Vec<Unknown>) {
        let (mut unknown, mut steps) = (Vec::new(), Vec::new());
        let picked = self.value(node, &self.root, &mut steps, &mut unknown);
        (Item::of(picked.unwrap_or_else(|| Value::Object(Map::new()))), unknown)
    }

    /// The schema behind references and options.
    fn resolve<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        loop {
            if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
                let name = name.trim_start_matches("#/$defs/");
                let Some(next) = self.root.get("$defs").and_then(|all| all.get(name)) else { return schema };
                schema = next;
                continue;
            }
            let options = schema.get("anyOf").and_then(Value::as_array);
            let is_null = |option: &&Value| option.get("type").and_then(Value::as_str) == Some("null");
            match options
                .map(|all| all.iter().filter(|option| !is_null(option)).collect::<Vec<_>>())
                .as_deref()
            {
                Some([only]) => schema = only,
                _ => return schema,
            }
        }
    }

    fn value<'n>(
        &self,
        node: &'n Node,
        schema: &Value,
        steps: &mut Vec<Step<'n>>,
        unknown: &mut Vec<Unknown>,
    ) -> Option<Value> {
        let schema = self.resolve(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        match (&node.value, properties) {
            (Tree::Mapping(entries), Some(properties)) => {
                let ignored = schema.get("x-ignored").and_then(Value::as_array);
                let is_ignored = |key: &str| ignored.is_some_and(|all| all.iter().any(|name| name == key));
                let mut object = Map::new();
                for (key, value) in entries {
                    steps.push(Step::Key(&key.text));
                    match properties.get(&key.text) {
                        None if is_ignored(&key.text) => {}
                        None => unknown.push(Unknown { origin: key.origin(), path: path_text(steps) }),
                        Some(field) if is_read(field) => {
                            if let Some(value) = self.value(value, field, steps, unknown) {
                                object.insert(key.text.clone(), value);
                            }
                        }
                        Some(_) => {}
                    }
                    steps.pop();
                }
                (!object.is_empty()).then_some(Value::Object(object))
            }
            (Tree::List(items), _) => {
                let form = schema.get("items").unwrap_or(&Value::Null);
                let mut list = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    steps.push(Step::Index(index));
                    list.extend(self.value(item, form, steps, unknown));
                    steps.pop();
                }
                (!list.is_empty()).then_some(Value::Array(list))
            }
            (Tree::Text(text), _) if text.is_empty() => None,
            (Tree::Text(text), _) if self.lenient => Some(number_of(text, schema)),
            _ => Some(node.to_json()).filter(|value| !value.is_null()),
        }
    }
}

fn is_read(field: &Value) -> bool {
    let said = field.get("description").and_then(Value::as_str).unwrap_or_default();
    !NOT_READ.iter().any(|begin| said.starts_with(begin))
}

/// The number or switch that a text stands for where one belongs.
fn number_of(text: &str, schema: &Value) -> Value {
    let wants = |kind: &str| match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    if wants("integer")
        && let Ok(number) = text.trim().parse::<i64>()
    {
        return number.into();
    }
    if wants("number")
        && let Ok(number) = text.trim().parse::<f64>()
    {
        return number.into();
    }
    match text {
        "true" | "True" if wants("boolean") => true.into(),
        "false" | "False" if wants("boolean") => false.into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{CreateService, RegisterTaskDefinition};
    use crate::scenario::document::Document;
    use serde_json::json;

    fn picked(shape: &Shape, text: &str) -> (String, Vec<String>) {
        let document = Document::from_text("test", text).unwrap();
        let (item, unknown) = shape.pick(document.root());
        (item.to_yaml(), unknown.into_iter().map(|unknown| unknown.path).collect())
    }

    #[test]
    fn secrets_commands_and_environment_stay_behind() {
        let definition = json!({ "family": "web", "taskRoleArn": "arn:aws:iam::123456789012:role/x", "status": "ACTIVE",
            "containerDefinitions": [{ "name": "app", "cpu": 256, "command": ["--password", "hunter2"], "mountPoints": [],
                "environment": [{ "name": "KEY", "value": "hunter2" }], "secrets": [{ "name": "S", "valueFrom": "arn" }],
                "logConfiguration": { "options": { "token": "hunter2" } }, "dockerLabels": { "a": "hunter2" } }] });
        let (text, unknown) = picked(&Shape::of::<RegisterTaskDefinition>(), &definition.to_string());
        assert_eq!(text, "family: web\ncontainerDefinitions: [{ name: app, cpu: 256 }]\n");
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_field_that_the_api_does_not_know_is_named_by_its_path() {
        let (text, unknown) = picked(
            &Shape::of::<CreateService>(),
            r#"{"serviceName": "web", "loadBalancers": [{"containerName": "app", "colour": 1}], "desiredCuont": 2}"#,
        );
        assert_eq!(text, "serviceName: web\nloadBalancers: [{ containerName: app }]\n");
        assert_eq!(unknown, ["loadBalancers[0].colour", "desiredCuont"]);
    }

    #[test]
    fn text_stands_for_numbers_only_where_that_is_asked_for() {
        let text = r#"{"serviceName": "7", "desiredCount": "2", "deploymentConfiguration": {"alarms": {"enable": "true"}}}"#;
        let strict = picked(&Shape::of::<CreateService>(), text).0;
        assert!(strict.contains(r#"desiredCount: "2""#) && strict.contains(r#"enable: "true""#), "{strict}");
        let lenient = picked(&Shape::of::<CreateService>().lenient(), text).0;
        assert!(lenient.contains("desiredCount: 2") && lenient.contains("enable: true"), "{lenient}");
        assert!(lenient.contains(r#"serviceName: "7""#), "{lenient}");
    }
}
