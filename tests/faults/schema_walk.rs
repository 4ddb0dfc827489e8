//! Every number-bearing value of the scenario's JSON Schema, each in the smallest document that holds it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Stands in a document for the value that a test puts there.
pub const HOLE: &str = "@HOLE@";

/// The syntaxes that carry numbers: their name in the schema, a value, and texts that are no value.
pub const UNITS: [(&str, &str, &[&str]); 8] = [
    ("duration", "90s", &["-1s", "99999999999999999999999s", "999999999999999999d", "1e300s", "infs", "nan"]),
    (
        "fractionalDuration",
        "90s",
        &["-1s", "99999999999999999999999s", "999999999999999999d", "1e300s", "infs"],
    ),
    (
        "size",
        "400 MB",
        &["-1 MB", "99999999999999999999999 MB", "999999999999999999 TB", "1e300 MB", "inf MB"],
    ),
    ("rate", "2/s", &["-1/s", "99999999999999999999999/s", "999999999999999999/s", "1e300/s", "inf/s"]),
    (
        "sizeRate",
        "50 MiB/h",
        &["-1 MiB/h", "99999999999999999999999 B/h", "4 PiB/ms", "9007199254740992 B/ms"],
    ),
    ("share", "35%", &["-1%", "101%", "99999999999999999999999%", "999999999999999999%", "1e300%", "nan"]),
    ("taskCpu", "1 vCPU", &["-1 vCPU", "-1", "99999999999999999999999", "999999999999 vCPU", "inf vCPU"]),
    ("taskMemory", "1 GB", &["-1 GB", "-1", "99999999999999999999999", "999999999999 GB", "inf GB"]),
];

/// A value of the schema that is a number or carries one.
#[derive(Clone)]
pub struct Leaf {
    /// Where the schema describes it, as a JSON pointer.
    pub pointer: String,
    /// Its path in the document.
    pub path: String,
    /// The smallest document with [`HOLE`] at that path, as JSON.
    pub document: String,
    /// A value that the schema accepts there.
    pub good: Value,
    /// The name of its syntax, if it is written with a unit.
    pub format: Option<String>,
}

/// The types that a subschema names.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn unit_of(schema: &Value) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    let name = schema["x-format"].as_str()?;
    UNITS.into_iter().find(|(known, _, _)| *known == name)
}

fn bears_number(schema: &Value) -> bool {
    unit_of(schema).is_some() || types(schema).iter().any(|kind| ["integer", "number"].contains(kind))
}

/// Every subschema that is a number or carries one, found without regard to how a document reaches it.
pub fn all_pointers(schema: &Value) -> BTreeSet<String> {
    fn visit(schema: &Value, pointer: String, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(keywords) => {
                if bears_number(schema) {
                    found.insert(pointer.clone());
                }
                // What stands under these is a value of the user's, not a schema.
                let schemas =
                    keywords.iter().filter(|(key, _)| !["default", "examples"].contains(&key.as_str()));
                schemas.for_each(|(key, part)| visit(part, format!("{pointer}/{key}"), found));
            }
            Value::Array(parts) => {
                parts.iter().enumerate().for_each(|(i, part)| visit(part, format!("{pointer}/{i}"), found));
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    visit(schema, String::new(), &mut found);
    found
}

/// Puts a value into the document at the place that the walk has come to.
type Around<'a> = &'a dyn Fn(Value) -> Value;

/// Where the walk is.
#[derive(Clone, Copy)]
struct At<'a> {
    pointer: &'a str,
    path: &'a str,
    around: Around<'a>,
    /// Entries that the mapping here needs beside what its own schema requires.
    beside: &'a Map<String, Value>,
}

/// Walks over all that a document can hold below a subschema.
pub struct Walk<'s> {
    root: &'s Value,
    /// Definitions that the walk is inside of: a distribution may hold distributions for ever.
    inside: Vec<&'s str>,
    leaves: Vec<Leaf>,
}

impl<'s> Walk<'s> {
    /// The leaves of the whole scenario.
    pub fn of_scenario(root: &'s Value) -> Vec<Leaf> {
        Walk::below(root, root, "", "", &|value| value)
    }

    /// The leaves below `schema`, which stands at `path` of the document that `around` makes.
    pub fn below(
        root: &'s Value,
        schema: &'s Value,
        pointer: &str,
        path: &str,
        around: Around<'_>,
    ) -> Vec<Leaf> {
        let mut walk = Walk { root, inside: Vec::new(), leaves: Vec::new() };
        walk.visit(schema, At { pointer, path, around, beside: &Map::new() });
        walk.leaves
    }

    fn visit(&mut self, schema: &'s Value, at: At<'_>) {
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"))
            && !self.inside.contains(&name)
        {
            self.inside.push(name);
            let pointer = format!("/$defs/{name}");
            self.visit(&self.root["$defs"][name], At { pointer: &pointer, ..at });
            self.inside.pop();
        }
        for (i, part) in schema["allOf"].as_array().into_iter().flatten().enumerate() {
            let pointer = format!("{}/allOf/{i}", at.pointer);
            if part["if"].is_object() {
                // What the condition asks for stands beside what the mapping needs anyway.
                let mut beside = self.required(schema);
                for (key, condition) in part["if"]["properties"].as_object().into_iter().flatten() {
                    beside.insert(key.clone(), condition["const"].clone());
                }
                let pointer = format!("{pointer}/then");
                self.visit(&part["then"], At { pointer: &pointer, beside: &beside, ..at });
            } else {
                self.visit(part, At { pointer: &pointer, ..at });
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            for (i, branch) in schema[keyword].as_array().into_iter().flatten().enumerate() {
                let pointer = format!("{}/{keyword}/{i}", at.pointer);
                self.visit(branch, At { pointer: &pointer, ..at });
            }
        }
        if bears_number(schema) {
            let document = (at.around)(json!(HOLE)).to_string();
            let format = unit_of(schema).map(|(name, _, _)| name.to_owned());
            let (pointer, path) = (at.pointer.to_owned(), at.path.to_owned());
            self.leaves.push(Leaf { pointer, path, document, good: self.smallest(schema), format });
        }
        self.visit_parts(schema, at);
    }

    /// The entries of a mapping and the items of a list.
    fn visit_parts(&mut self, schema: &'s Value, at: At<'_>) {
        let none = Map::new();
        let dot = if at.path.is_empty() { "" } else { "." };
        let mut siblings = self.required(schema);
        siblings.extend(at.beside.clone());
        let others = schema.get("additionalProperties").map(|others| ("additionalProperties", "any", others));
        let named = schema["properties"].as_object().into_iter().flatten();
        let entries = named.map(|(key, part)| (format!("properties/{key}"), key.as_str(), part));
        let entries = entries.chain(others.map(|(keyword, key, part)| (keyword.to_owned(), key, part)));
        for (keyword, key, part) in entries.collect::<Vec<_>>() {
            let around = |value: Value| {
                let mut mapping = siblings.clone();
                mapping.insert(key.to_owned(), value);
                (at.around)(Value::Object(mapping))
            };
            let (pointer, path) = (format!("{}/{keyword}", at.pointer), format!("{}{dot}{key}", at.path));
            self.visit(part, At { pointer: &pointer, path: &path, around: &around, beside: &none });
        }
        if schema["items"].is_object() {
            let least = schema["minItems"].as_u64().unwrap_or(1).max(1) as usize;
            let padding = vec![self.smallest(&schema["items"]); least - 1];
            let around = |value: Value| {
                let items = std::iter::once(value).chain(padding.iter().cloned());
                (at.around)(items.collect())
            };
            let (pointer, path) = (format!("{}/items", at.pointer), format!("{}[0]", at.path));
            self.visit(
                &schema["items"],
                At { pointer: &pointer, path: &path, around: &around, beside: &none },
            );
        }
    }

    /// What a mapping must hold, whatever else it holds.
    fn required(&self, schema: &Value) -> Map<String, Value> {
        let mut entries = Map::new();
        if let Some(target) = self.target(schema) {
            entries.extend(self.required(target));
        }
        for part in schema["allOf"].as_array().into_iter().flatten().filter(|part| part["if"].is_null()) {
            entries.extend(self.required(part));
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            entries.insert(key.to_owned(), self.smallest(&schema["properties"][key]));
        }
        entries
    }

    fn target<'a>(&'a self, schema: &Value) -> Option<&'a Value> {
        self.root.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
    }

    /// A small value that the schema accepts.
    fn smallest(&self, schema: &Value) -> Value {
        if let Some(target) = self.target(schema) {
            return self.smallest(target);
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[keyword].as_array() {
                let branch = branches.iter().find(|branch| branch["type"] != "null");
                return branch.map_or(Value::Null, |branch| self.smallest(branch));
            }
        }
        if let Some((_, good, _)) = unit_of(schema) {
            return json!(good);
        }
        match types(schema).first() {
            Some(&"string") if schema["x-format"] == "date" => json!("2026-01-05T00:00:00Z"),
            Some(&"string") => json!("a"),
            Some(&("integer" | "number")) => {
                let least = schema["minimum"].as_f64().unwrap_or(1.0);
                let above = schema["exclusiveMinimum"].as_f64().map_or(least, |bound| bound + 1.0);
                if above.fract() == 0.0 { json!(above as i64) } else { json!(above) }
            }
            Some(&"boolean") => json!(true),
            Some(&"array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
                vec![self.smallest(&schema["items"]); least].into()
            }
            Some(&"object") => Value::Object(self.required(schema)),
            _ => json!({}),
        }
    }
}
