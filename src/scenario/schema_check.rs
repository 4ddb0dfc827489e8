//! A tree against a JSON Schema, with every mistake told at its place and in the user's words.
//!
//! The schema comes from our own serde types (`schemars`), so only what schemars writes for them is understood:
//! `type`, `properties`, `required`, `additionalProperties`, `propertyNames`, `items`, `prefixItems`, `enum`, `const`,
//! `oneOf`, `anyOf`, `allOf`, `if` (of a key's fixed value) with `then`, `$ref`, bounds of numbers, lists and texts, integer `format`s. Some keywords are ours:
//! - `x-ignored: [names]` on a mapping: these keys are accepted with a warning and dropped;
//! - `x-format: name`: a function of [`Schema::with_format`] judges the value (durations, sizes);
//! - `x-words: [words]`: text that is right whatever the format says; without a format, the only right text;
//! - `x-keys: path`: the keys of this mapping are paths into the scenario;
//! - `x-expects: text`: what to say after "expected".

mod branches;
mod describe;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::limits::{MAX_CHECK_STEPS, MAX_PROBLEMS_KEPT};
use super::path::Path;
use super::problem::text::{alternatives, grouped, ticked};
use super::problem::{Origin, Problem, Severity};
use super::tree::{Node, Step, Value, path_text};
use crate::catalog::nearest_spelling as nearest;
use describe::{Bounds, expectation, found};

/// Judges a value that the schema gives a format name; the error is a sentence.
pub type FormatCheck = fn(&Node) -> Result<(), String>;

/// A JSON Schema with the functions behind its formats.
#[derive(Debug, Clone)]
pub struct Schema {
    root: Json,
    formats: BTreeMap<String, Format>,
}

#[derive(Debug, Clone)]
struct Format {
    expects: String,
    check: FormatCheck,
}

impl Schema {
    /// A schema as `schemars` writes it.
    pub fn new(root: impl Into<Json>) -> Self {
        Schema { root: root.into(), formats: BTreeMap::new() }
    }

    /// The schema of a type, as its `schemars` implementation gives it.
    pub fn of<T: schemars::JsonSchema>() -> Self {
        Schema::new(schemars::schema_for!(T))
    }

    /// Gives `x-format: name` a meaning: `expects` follows "expected" ("a duration such as 90s") and `check` judges.
    #[must_use]
    pub fn with_format(mut self, name: &str, expects: &str, check: FormatCheck) -> Self {
        self.formats.insert(name.to_owned(), Format { expects: expects.to_owned(), check });
        self
    }

    /// The schema itself, as `ecsim schema` prints it.
    pub fn json(&self) -> &Json {
        &self.root
    }

    /// The schema that a `$ref` such as `#/$defs/Service` means.
    fn target(&self, reference: &str) -> Option<&Json> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    fn format(&self, schema: &Json) -> Option<&Format> {
        self.formats.get(schema.get("x-format")?.as_str()?)
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Errors and warnings, in the order of the schema's walk.
    pub problems: Vec<Problem>,
    /// Paths of the keys that `x-ignored` accepts; they are dropped before deserializing.
    pub ignored: BTreeSet<String>,
}

impl Report {
    /// Whether nothing refuses the value.
    pub fn is_accepted(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }
}

/// Checks a whole tree.
pub fn check(node: &Node, schema: &Schema) -> Report {
    check_within(node, schema, MAX_CHECK_STEPS)
}

fn check_within(node: &Node, schema: &Schema, steps: usize) -> Report {
    let mut checker = Checker { schema, steps_left: steps };
    let mut findings = Findings::default();
    checker.check(node, &schema.root, &mut Vec::new(), &mut findings);
    if checker.steps_left == 0 {
        findings.add(Problem::error(node.origin(), "", "the scenario is too large to check"));
    }
    findings.report
}

#[derive(Debug, Default)]
struct Findings {
    report: Report,
    errors: usize,
}

impl Findings {
    fn add(&mut self, problem: Problem) {
        self.errors += usize::from(problem.severity == Severity::Error);
        if self.report.problems.len() < MAX_PROBLEMS_KEPT {
            self.report.problems.push(problem);
        }
    }

    fn absorb(&mut self, other: Findings) {
        self.errors += other.errors;
        let room = MAX_PROBLEMS_KEPT.saturating_sub(self.report.problems.len());
        self.report.problems.extend(other.report.problems.into_iter().take(room));
        self.report.ignored.extend(other.report.ignored);
    }
}

struct Checker<'s> {
    schema: &'s Schema,
    steps_left: usize,
}

impl<'s> Checker<'s> {
    fn check<'n>(&mut self, node: &'n Node, schema: &'s Json, at: &mut Vec<Step<'n>>, out: &mut Findings) {
        self.steps_left = self.steps_left.saturating_sub(1);
        // What has been reported while reading is not reported again.
        if self.steps_left == 0 || node.value == Value::Invalid {
            return;
        }
        if *schema == Json::Bool(false) {
            out.add(Problem::error(node.origin(), path_text(at), "nothing may stand here"));
        }
        let Some(keywords) = schema.as_object() else { return };
        if let Some(target) =
            keywords.get("$ref").and_then(Json::as_str).and_then(|name| self.schema.target(name))
        {
            self.check(node, target, at, out);
        }
        for part in keywords.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            self.check(node, part, at, out);
        }
        if let (Some(condition), Some(then)) = (keywords.get("if"), keywords.get("then"))
            && describe::meets(node, condition)
        {
            self.check(node, then, at, out);
        }
        if keywords.contains_key("anyOf") || keywords.contains_key("oneOf") {
            self.check_branches(node, schema, at, out);
        }
        if !self.has_right_form(node, schema, at, out) {
            return;
        }
        match &node.value {
            Value::Integer(_) | Value::Float(_) => self.check_number(node, schema, at, out),
            Value::Text(text) => {
                self.check_length(node, schema, "minLength", "maxLength", text.chars().count(), at, out)
            }
            Value::List(items) => self.check_list(node, items, schema, at, out),
            Value::Mapping(_) => self.check_mapping(node, schema, at, out),
            Value::Null | Value::Bool(_) | Value::Invalid => {}
        }
    }

    /// Judges type, fixed values and format; without the right form nothing else of the value is worth a message.
    fn has_right_form<'n>(&self, node: &'n Node, schema: &Json, at: &[Step<'n>], out: &mut Findings) -> bool {
        let fixed = describe::fixed_values(schema);
        let is_fixed = fixed.is_empty() || fixed.iter().any(|value| describe::equals(node, value));
        if !describe::admits(schema, node) || !is_fixed {
            out.add(self.mismatch(node, schema, at));
            return false;
        }
        let words = describe::words(schema);
        let text = node.text();
        if text.is_some_and(|text| words.contains(&text)) {
            return true;
        }
        let is_scalar = !matches!(node.value, Value::List(_) | Value::Mapping(_) | Value::Null);
        match self.schema.format(schema) {
            Some(format) if is_scalar => {
                let Err(sentence) = (format.check)(node) else { return true };
                let is_meant = text.is_some_and(|text| nearest(text, words).is_some());
                out.add(if is_meant {
                    self.mismatch(node, schema, at)
                } else {
                    let problem = Problem::error(node.origin(), path_text(at), sentence);
                    problem.with_mismatch(&format.expects, &found(node))
                });
                false
            }
            // A format that nobody judges allows more than the words.
            None if text.is_some() && !words.is_empty() && schema.get("x-format").is_none() => {
                out.add(self.mismatch(node, schema, at));
                false
            }
            _ => true,
        }
    }

    fn mismatch(&self, node: &Node, schema: &Json, at: &[Step<'_>]) -> Problem {
        let problem =
            Problem::mismatch(node.origin(), path_text(at), &expectation(self.schema, schema), &found(node));
        Problem { help: describe::advice(self.schema, schema, node), ..problem }
    }

    fn check_number(&self, node: &Node, schema: &Json, at: &[Step<'_>], out: &mut Findings) {
        if !Bounds::of(schema).hold(node) {
            let expected = expectation(self.schema, schema);
            out.add(Problem::mismatch(node.origin(), path_text(at), &expected, &found(node)));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one shape for texts, lists and mappings")]
    fn check_length(
        &self,
        node: &Node,
        schema: &Json,
        least: &str,
        most: &str,
        count: usize,
        at: &[Step<'_>],
        out: &mut Findings,
    ) {
        let limit =
            |name: &str| schema.get(name).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
        let (least, most) = (limit(least), limit(most));
        if least.is_some_and(|least| count < least) || most.is_some_and(|most| count > most) {
            let (one, many) = match node.value {
                Value::Text(_) => ("character", "characters"),
                Value::List(_) => ("item", "items"),
                _ => ("key", "keys"),
            };
            let range = describe::count_range(least, most, one, many);
            let found = format!("{} {}", grouped(count as i128), if count == 1 { one } else { many });
            out.add(Problem::mismatch(node.origin(), path_text(at), &range, &found));
        }
    }

    fn check_list<'n>(
        &mut self,
        node: &'n Node,
        items: &'n [Node],
        schema: &'s Json,
        at: &mut Vec<Step<'n>>,
        out: &mut Findings,
    ) {
        self.check_length(node, schema, "minItems", "maxItems", items.len(), at, out);
        let first = schema.get("prefixItems").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                at.push(Step::Index(index));
                self.check(item, schema, at, out);
                at.pop();
            }
        }
    }

    fn check_mapping<'n>(
        &mut self,
        node: &'n Node,
        schema: &'s Json,
        at: &mut Vec<Step<'n>>,
        out: &mut Findings,
    ) {
        let entries = node.entries().unwrap_or(&[]);
        self.check_length(node, schema, "minProperties", "maxProperties", entries.len(), at, out);
        let shape = Shape::of(schema);
        let (mut meant, mut ignored) = (BTreeSet::new(), Vec::new());
        for (key, value) in entries {
            at.push(Step::Key(&key.text));
            if let Some(schema) = shape.property(&key.text) {
                self.check(value, schema, at, out);
            } else if shape.ignored.contains(&key.text.as_str()) {
                ignored.push(key);
                out.report.ignored.insert(path_text(at));
            } else if shape.closed {
                meant.extend(self.unknown_key(key.origin(), &key.text, &shape, at, out));
            } else {
                self.check_key_name(key.origin(), &key.text, &shape, at, out);
                if let Some(schema) = shape.others {
                    self.check(value, schema, at, out);
                }
            }
            at.pop();
        }
        if let Some(warning) = describe::ignored_keys(&ignored, at) {
            out.add(warning);
        }
        for name in shape.required {
            // A misspelt key is one mistake, not two.
            if node.entry(name).is_none() && !meant.contains(name) {
                let message = format!("the key {} is missing", ticked(name));
                out.add(Problem::error(node.origin(), path_text(at), message));
            }
        }
    }

    /// Reports an unknown key and returns the one that is likely meant.
    fn unknown_key(
        &self,
        origin: Origin,
        key: &str,
        shape: &Shape<'s>,
        at: &[Step<'_>],
        out: &mut Findings,
    ) -> Option<&'s str> {
        let near = nearest(key, shape.names());
        let help = match near {
            Some(near) => Some(format!("did you mean {}?", ticked(near))),
            None if shape.names().next().is_some() => {
                Some(format!("the keys here are {}", alternatives(shape.names(), 12)))
            }
            None => None,
        };
        let problem = Problem::error(origin, path_text(at), format!("unknown key {}", ticked(key)));
        out.add(Problem { help, ..problem });
        near
    }

    fn check_key_name(
        &mut self,
        origin: Origin,
        key: &str,
        shape: &Shape<'s>,
        at: &[Step<'_>],
        out: &mut Findings,
    ) {
        if let (true, Err(error)) = (shape.keys_are_paths, key.parse::<Path>()) {
            let problem =
                Problem::error(origin, path_text(at), format!("{} is no path: {error}", ticked(key)));
            out.add(Problem { help: error.help, ..problem });
        }
        let Some(schema) = shape.key_names else { return };
        let word = Node { value: Value::Text(key.to_owned()), span: origin.span, source: origin.source };
        let mut findings = Findings::default();
        self.check(&word, schema, &mut Vec::new(), &mut findings);
        for problem in findings.report.problems {
            out.add(Problem { path: path_text(at), ..problem });
        }
    }
}

/// The keywords of a mapping.
struct Shape<'s> {
    properties: Option<&'s serde_json::Map<String, Json>>,
    required: Vec<&'s str>,
    ignored: Vec<&'s str>,
    others: Option<&'s Json>,
    key_names: Option<&'s Json>,
    keys_are_paths: bool,
    closed: bool,
}

impl<'s> Shape<'s> {
    fn of(schema: &'s Json) -> Self {
        let strings = |name: &str| -> Vec<&'s str> {
            schema.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
        };
        let others = schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties"));
        Shape {
            properties: schema.get("properties").and_then(Json::as_object),
            required: strings("required"),
            ignored: strings("x-ignored"),
            others,
            key_names: schema.get("propertyNames"),
            keys_are_paths: schema.get("x-keys").is_some_and(|kind| kind == "path"),
            closed: others == Some(&Json::Bool(false)),
        }
    }

    fn property(&self, key: &str) -> Option<&'s Json> {
        self.properties?.get(key)
    }

    fn names(&self) -> impl Iterator<Item = &'s str> {
        self.properties.into_iter().flatten().map(|(name, _)| name.as_str())
    }
}
