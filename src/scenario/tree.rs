//! A scenario as a tree in which every value and every key knows where it was written.

use super::problem::{Origin, SourceId, Span};

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What is there.
    pub value: Value,
    /// From its first to its last byte; of a mapping or list from its first entry to its last.
    pub span: Span,
    /// The file or command-line argument it was read from.
    pub source: SourceId,
}

/// The JSON data model, with integers kept exact.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`; `yes` and `no` are text (YAML 1.2).
    Bool(bool),
    /// A whole number from -2^63 to 2^64 - 1; `1e3` and `2.0` are whole numbers too.
    Integer(i128),
    /// A finite number with a fraction, or one too large to be exact.
    Float(f64),
    /// Text.
    Text(String),
    /// Items in order.
    List(Vec<Node>),
    /// Entries in the order of the file; keys are unique.
    Mapping(Vec<(Key, Node)>),
    /// A value that has been reported already: it answers every check, so that one mistake is one message.
    Invalid,
}

/// A mapping key and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key's text; a key written as a number is its text.
    pub text: String,
    /// Where it is written.
    pub span: Span,
    /// The file or command-line argument it was read from.
    pub source: SourceId,
}

impl Key {
    /// The key's place.
    pub fn origin(&self) -> Origin {
        Origin { source: self.source, span: self.span }
    }
}

impl Node {
    /// A value without a file behind it, such as one computed by a program: it points at the start of `source`.
    pub fn synthetic(value: Value, source: SourceId) -> Self {
        Node { value, span: Span { start: 0, end: 0 }, source }
    }

    /// A tree for data that has no places of its own, such as a value of a sweep: all of it points at `origin`.
    pub fn from_json(json: &serde_json::Value, origin: Origin) -> Self {
        use serde_json::Value as Json;
        let Origin { source, span } = origin;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match (number.as_i128(), number.as_f64()) {
                (Some(whole), _) => Value::Integer(whole),
                (None, Some(decimal)) => Value::Float(decimal),
                (None, None) => Value::Invalid,
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => {
                Value::List(items.iter().map(|item| Node::from_json(item, origin)).collect())
            }
            Json::Object(object) => {
                let key = |text: &String| Key { text: text.clone(), span, source };
                Value::Mapping(
                    object.iter().map(|(name, json)| (key(name), Node::from_json(json, origin))).collect(),
                )
            }
        };
        Node { value, span, source }
    }

    /// The value's place.
    pub fn origin(&self) -> Origin {
        Origin { source: self.source, span: self.span }
    }

    /// The entry of a mapping with this key.
    pub fn entry(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }

    /// The key of a mapping as it is written, with its place.
    pub fn key(&self, key: &str) -> Option<&Key> {
        self.entries()?.iter().find(|(name, _)| name.text == key).map(|(name, _)| name)
    }

    /// All entries if this is a mapping.
    pub fn entries(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// All items if this is a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text if this is text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number if this is a whole number.
    pub fn integer(&self) -> Option<i128> {
        match self.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// What kind of value this is, in the words of messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Invalid => "an invalid value",
        }
    }

    /// The same data without places. `Invalid` becomes null; it never gets past the check.
    pub fn to_json(&self) -> serde_json::Value {
        self.to_json_where(&mut Vec::new(), &|_, _| true)
    }

    /// The same data without places and without the keys that `keep` turns down, given the steps to the mapping.
    pub fn to_json_where<'a>(
        &'a self,
        at: &mut Vec<Step<'a>>,
        keep: &dyn Fn(&[Step<'a>], &str) -> bool,
    ) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null | Value::Invalid => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Integer(number) => integer_to_json(*number),
            Value::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    at.push(Step::Index(index));
                    list.push(item.to_json_where(at, keep));
                    at.pop();
                }
                Json::Array(list)
            }
            Value::Mapping(entries) => {
                let mut object = serde_json::Map::with_capacity(entries.len());
                for (key, node) in entries {
                    if !keep(at, &key.text) {
                        continue;
                    }
                    at.push(Step::Key(&key.text));
                    object.insert(key.text.clone(), node.to_json_where(at, keep));
                    at.pop();
                }
                Json::Object(object)
            }
        }
    }
}

fn integer_to_json(number: i128) -> serde_json::Value {
    let exact = i64::try_from(number).map(serde_json::Value::from);
    exact.or_else(|_| u64::try_from(number).map(serde_json::Value::from)).unwrap_or(serde_json::Value::Null)
}

/// One step down a tree: into a mapping or into a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step<'a> {
    /// Into the entry with this key.
    Key(&'a str),
    /// Into the item at this place, from 0.
    Index(usize),
}

/// Steps as people write them: `aws.services[2].desiredCount`; a key that is not plain is quoted.
pub fn path_text(steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                push_segment(&mut text, key);
            }
        }
    }
    text
}

fn push_segment(text: &mut String, key: &str) {
    if is_plain_segment(key) {
        text.push_str(key);
    } else {
        let quote = if key.contains('"') { '\'' } else { '"' };
        text.push(quote);
        text.push_str(key);
        text.push(quote);
    }
}

/// Whether a key can stand in a path without quotes.
pub fn is_plain_segment(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"', '\'', '=']) && key.trim() == key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(value: Value) -> Node {
        Node::synthetic(value, SourceId(0))
    }

    fn key(text: &str) -> Key {
        Key { text: text.into(), span: Span { start: 0, end: 0 }, source: SourceId(0) }
    }

    #[test]
    fn whole_numbers_reach_json_exactly() {
        // 2^64 - 1 does not fit an i64 and would lose its last digits as a float.
        let json = node(Value::Integer(i128::from(u64::MAX))).to_json();
        assert_eq!(json.to_string(), "18446744073709551615");
        assert_eq!(node(Value::Integer(i128::from(i64::MIN))).to_json().to_string(), "-9223372036854775808");
    }

    #[test]
    fn json_survives_the_way_to_a_tree_and_back() {
        let json = serde_json::json!({"a": [1, -2, 2.5, null, true, "x"], "b": {"c": u64::MAX}});
        let origin = Origin { source: SourceId(3), span: Span { start: 4, end: 9 } };
        let tree = Node::from_json(&json, origin);
        assert_eq!(tree.to_json(), json);
        assert_eq!(tree.entry("a").unwrap().items().unwrap()[2].origin(), origin);
    }

    #[test]
    fn a_path_quotes_a_key_with_a_dot() {
        let steps = [Step::Key("world"), Step::Key("a.b"), Step::Index(2), Step::Key("cpu")];
        assert_eq!(path_text(&steps), "world.\"a.b\"[2].cpu");
    }

    #[test]
    fn keys_turned_down_are_left_out_of_json() {
        let inner =
            node(Value::Mapping(vec![(key("a"), node(Value::Null)), (key("b"), node(Value::Bool(true)))]));
        let outer = node(Value::List(vec![inner]));
        let json = outer.to_json_where(&mut Vec::new(), &|at, key| !(at == [Step::Index(0)] && key == "a"));
        assert_eq!(json.to_string(), r#"[{"b":true}]"#);
    }
}
