//! What a schema asks for and what was found instead, in words.

use serde_json::Value as Json;

use super::Schema;
use super::branches::leaves;
use crate::catalog::nearest_spelling as nearest;
use crate::scenario::problem::Problem;
use crate::scenario::problem::text::{grouped, joined, quoted, ticked};
use crate::scenario::tree::{Key, Node, Step, Value, path_text};

/// Most alternatives named after "expected".
const MOST_ALTERNATIVES: usize = 12;

/// Whether the schema's `type` allows this kind of value.
pub(super) fn admits(schema: &Json, node: &Node) -> bool {
    let kind_fits = |kind: &Json| {
        let kinds: &[&str] = match node.value {
            Value::Null => &["null"],
            Value::Bool(_) => &["boolean"],
            Value::Integer(_) => &["integer", "number"],
            Value::Float(_) => &["number"],
            Value::Text(_) => &["string"],
            Value::List(_) => &["array"],
            Value::Mapping(_) => &["object"],
            Value::Invalid => return true,
        };
        kind.as_str().is_some_and(|kind| kinds.contains(&kind))
    };
    match schema.get("type") {
        None => true,
        Some(Json::Array(kinds)) => kinds.iter().any(kind_fits),
        Some(kind) => kind_fits(kind),
    }
}

/// The values of `const` or `enum`; none where any value may stand.
pub(super) fn fixed_values(schema: &Json) -> &[Json] {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => std::slice::from_ref(value),
        (None, Some(Json::Array(values))) => values,
        _ => &[],
    }
}

/// The texts that `x-words` allows.
pub(super) fn words(schema: &Json) -> Vec<&str> {
    schema.get("x-words").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// Whether a node is this scalar.
pub(super) fn equals(node: &Node, value: &Json) -> bool {
    match (&node.value, value) {
        (Value::Invalid, _) | (Value::Null, Json::Null) => true,
        (Value::Text(text), Json::String(word)) => text == word,
        (Value::Bool(flag), Json::Bool(wanted)) => flag == wanted,
        (Value::Integer(number), Json::Number(wanted)) => {
            wanted.as_i128().is_some_and(|wanted| wanted == *number)
                || wanted.as_f64().is_some_and(|wanted| wanted == *number as f64)
        }
        (Value::Float(number), Json::Number(wanted)) => wanted.as_f64() == Some(*number),
        _ => false,
    }
}

/// Whether a mapping has the keys that an `if` requires, each with its fixed value: all that our conditions say.
pub(super) fn meets(node: &Node, condition: &Json) -> bool {
    let Some(properties) = condition.get("properties").and_then(Json::as_object) else { return false };
    properties.iter().all(|(key, wanted)| {
        let fixed = fixed_values(wanted);
        node.entry(key).is_some_and(|found| {
            found.value != Value::Invalid && fixed.iter().any(|value| equals(found, value))
        })
    })
}

/// What was found, cut and escaped: `text "abc"`, `-3`, `a list of 2 items`.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => format!("text {}", quoted(text)),
        Value::List(items) if items.is_empty() => "an empty list".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Mapping(entries) if entries.is_empty() => "an empty mapping".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Invalid => "an invalid value".to_owned(),
    }
}

/// What the schema asks for, to follow "expected".
pub(super) fn expectation(schema: &Schema, part: &Json) -> String {
    let (mut words, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for leaf in leaves(schema, part) {
        if leaf.get("type") == Some(&Json::from("null")) {
            continue;
        }
        describe_leaf(schema, leaf, &mut words, &mut others);
    }
    words.append(&mut others);
    words.dedup();
    if words.len() > MOST_ALTERNATIVES {
        let more = words.len() - MOST_ALTERNATIVES;
        return format!("{} or one of {more} others", words[..MOST_ALTERNATIVES].join(", "));
    }
    if words.is_empty() { "nothing".to_owned() } else { joined(&words, "or") }
}

/// Fixed words go to `fixed`, kinds of values to `kinds`.
fn describe_leaf(schema: &Schema, leaf: &Json, fixed: &mut Vec<String>, kinds: &mut Vec<String>) {
    fixed.extend(words(leaf).into_iter().map(ticked));
    fixed.extend(fixed_values(leaf).iter().filter(|value| !value.is_null()).map(|value| match value {
        Json::String(word) => ticked(word),
        value => value.to_string(),
    }));
    if let Some(text) = leaf.get("x-expects").and_then(Json::as_str) {
        kinds.push(text.to_owned());
        return;
    }
    if !fixed_values(leaf).is_empty() {
        return;
    }
    let format = schema.format(leaf);
    kinds.extend(format.map(|format| format.expects.clone()));
    let types = match leaf.get("type") {
        Some(Json::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None if leaf.get("properties").is_some() => {
            kinds.push("a mapping".to_owned());
            return;
        }
        None if format.is_none() => {
            kinds.push("any value".to_owned());
            return;
        }
        None => return,
    };
    for kind in types {
        let is_scalar = !matches!(kind.as_str(), Some("object" | "array"));
        // A format speaks for all scalars, words alone for all texts.
        let is_said = (format.is_some() && is_scalar) || (kind == "string" && !words(leaf).is_empty());
        kinds.extend(describe_kind(kind, leaf).filter(|_| !is_said));
    }
}

fn describe_kind(kind: &Json, leaf: &Json) -> Option<String> {
    let bounds = Bounds::of(leaf);
    Some(match kind.as_str()? {
        "integer" => format!("a whole number{bounds}"),
        "number" => format!("a number{bounds}"),
        "string" => "text".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => "a list".to_owned(),
        "object" => match tag(leaf) {
            Some(tag) => format!("`{tag}: …`"),
            None => "a mapping".to_owned(),
        },
        _ => return None,
    })
}

/// The key of an externally tagged variant: a mapping's only property, if it is required and no other may stand there.
pub(super) fn tag(schema: &Json) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    let (name, _) = properties.iter().next().filter(|_| properties.len() == 1)?;
    let required = schema.get("required")?.as_array()?;
    let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
    (closed && required.iter().any(|key| key == name)).then_some(name)
}

/// The keys of which one names the form of a mapping, such as the distributions'.
pub(super) fn tags(schema: &Json) -> Vec<&str> {
    let is_one_of_many = schema.get("maxProperties").and_then(Json::as_u64) == Some(1);
    match schema.get("properties").and_then(Json::as_object) {
        Some(properties) if is_one_of_many => properties.keys().map(String::as_str).collect(),
        _ => tag(schema).into_iter().collect(),
    }
}

/// What to write instead of a value of the wrong form.
pub(super) fn advice(schema: &Schema, part: &Json, node: &Node) -> Option<String> {
    let leaves = leaves(schema, part);
    let wants = |kind: &str| {
        leaves.iter().any(|leaf| match leaf.get("type") {
            Some(Json::Array(kinds)) => kinds.iter().any(|one| one == kind),
            Some(one) => one == kind,
            None => false,
        })
    };
    let wants_number = wants("integer") || wants("number");
    match &node.value {
        Value::Text(text) => {
            let fixed = leaves.iter().flat_map(|leaf| fixed_values(leaf)).filter_map(Json::as_str);
            let words = leaves.iter().flat_map(|leaf| words(leaf));
            if let Some(near) = nearest(text, fixed.chain(words)) {
                return Some(format!("did you mean {}?", ticked(near)));
            }
            if let Some(near) = nearest(text, leaves.iter().flat_map(|leaf| tags(leaf))) {
                return Some(format!("write `{near}: …`"));
            }
            match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "enabled" if wants("boolean") => Some("write `true`".to_owned()),
                "no" | "off" | "n" | "disabled" if wants("boolean") => Some("write `false`".to_owned()),
                _ if wants_number && text.parse::<f64>().is_ok_and(f64::is_finite) => {
                    Some(format!("write {} without quotes", text.trim()))
                }
                _ => None,
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) if wants("string") => {
            Some(format!("put it in quotes: \"{}\"", found(node)))
        }
        Value::Null => Some("give it a value, or leave the key out".to_owned()),
        Value::Mapping(_) if wants("array") => Some("begin each item of the list with `- `".to_owned()),
        _ => None,
    }
}

/// The one warning about all keys of a mapping that describe output adds to the input it describes.
pub(super) fn ignored_keys(keys: &[&Key], at: &[Step<'_>]) -> Option<Problem> {
    let (first, rest) = keys.split_first()?;
    let names: Vec<String> = keys.iter().map(|key| ticked(&key.text)).collect();
    let (path, verb) = if rest.is_empty() {
        (path_text(&[at, &[Step::Key(&first.text)]].concat()), "is")
    } else {
        (path_text(at), "are")
    };
    let message = format!("{} {verb} printed by describe output and {verb} ignored", joined(&names, "and"));
    Some(Problem::warning(first.origin(), path, message))
}

/// "at least 1 item", "1 to 10 containers".
pub(super) fn count_range(least: Option<usize>, most: Option<usize>, one: &str, many: &str) -> String {
    let shown = |count: usize| grouped(count as i128);
    let noun = |count: usize| if count == 1 { one } else { many };
    match (least, most) {
        (Some(least), Some(most)) if least == most => format!("exactly {} {}", shown(least), noun(least)),
        (Some(least), Some(most)) => format!("{} to {} {many}", shown(least), shown(most)),
        (Some(least), None) => format!("at least {} {}", shown(least), noun(least)),
        (None, Some(most)) => format!("at most {} {}", shown(most), noun(most)),
        (None, None) => many.to_owned(),
    }
}

/// The range of a number: what the schema says, and what the integer type behind it can hold.
pub(super) struct Bounds {
    least: Option<Bound>,
    most: Option<Bound>,
}

#[derive(Clone, Copy)]
struct Bound {
    at: f64,
    exact: Option<i128>,
    inclusive: bool,
}

impl Bound {
    fn of(schema: &Json, inclusive: &str, exclusive: &str) -> Option<Bound> {
        let read = |name: &str, inclusive: bool| {
            let number = schema.get(name)?.as_number()?;
            Some(Bound { at: number.as_f64()?, exact: number.as_i128(), inclusive })
        };
        read(inclusive, true).or_else(|| read(exclusive, false))
    }

    fn whole(number: i128) -> Bound {
        Bound { at: number as f64, exact: Some(number), inclusive: true }
    }

    /// How a number lies to this bound.
    fn compare(self, node: &Node) -> std::cmp::Ordering {
        match (&node.value, self.exact) {
            (Value::Integer(number), Some(exact)) => number.cmp(&exact),
            (Value::Integer(number), None) => (*number as f64).total_cmp(&self.at),
            (Value::Float(number), _) => number.total_cmp(&self.at),
            _ => std::cmp::Ordering::Equal,
        }
    }
}

impl Bounds {
    pub(super) fn of(schema: &Json) -> Bounds {
        let kind = schema.get("format").and_then(Json::as_str).unwrap_or("");
        let (least, most): (Option<i128>, Option<i128>) = match kind {
            "uint8" => (Some(0), Some(u8::MAX.into())),
            "uint16" => (Some(0), Some(u16::MAX.into())),
            "uint32" => (Some(0), Some(u32::MAX.into())),
            "uint64" | "uint" => (Some(0), Some(u64::MAX.into())),
            "int8" => (Some(i8::MIN.into()), Some(i8::MAX.into())),
            "int16" => (Some(i16::MIN.into()), Some(i16::MAX.into())),
            "int32" => (Some(i32::MIN.into()), Some(i32::MAX.into())),
            "int64" | "int" => (Some(i64::MIN.into()), Some(i64::MAX.into())),
            _ => (None, None),
        };
        Bounds {
            least: Bound::of(schema, "minimum", "exclusiveMinimum").or(least.map(Bound::whole)),
            most: Bound::of(schema, "maximum", "exclusiveMaximum").or(most.map(Bound::whole)),
        }
    }

    pub(super) fn hold(&self, node: &Node) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let right = |bound: Option<Bound>, wrong| {
            bound.is_none_or(|bound| match bound.compare(node) {
                Equal => bound.inclusive,
                order => order != wrong,
            })
        };
        right(self.least, Less) && right(self.most, Greater)
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.exact {
            Some(number) => f.write_str(&grouped(number)),
            None => write!(f, "{}", self.at),
        }
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The ends of 64-bit types are no limits that a user meets.
        let least = self.least.filter(|bound| bound.exact != Some(i64::MIN.into()));
        let most = self.most.filter(|bound| !matches!(bound.exact, Some(n) if n >= i64::MAX.into()));
        match (least, most) {
            (Some(least), Some(most)) if least.inclusive && most.inclusive => {
                write!(f, " from {least} to {most}")
            }
            (Some(least), Some(most)) => {
                let (above, below) =
                    (comparison(least, "at least", "above"), comparison(most, "at most", "below"));
                write!(f, " {above} {least} and {below} {most}")
            }
            (Some(least), None) if least.inclusive => write!(f, " of at least {least}"),
            (Some(least), None) => write!(f, " above {least}"),
            (None, Some(most)) if most.inclusive => write!(f, " of at most {most}"),
            (None, Some(most)) => write!(f, " below {most}"),
            (None, None) => Ok(()),
        }
    }
}

fn comparison(bound: Bound, inclusive: &'static str, exclusive: &'static str) -> &'static str {
    if bound.inclusive { inclusive } else { exclusive }
}
