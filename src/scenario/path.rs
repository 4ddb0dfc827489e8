//! Paths into a scenario, as `--set`, sweep axes and objectives write them: `aws.services.web.desiredCount`.
//!
//! Segments stand between dots. A segment is a key of a mapping, or an item of a list by the item's own name, or
//! `[i]`, an item by its place from 0. A segment with a dot in it is quoted: `world.tasks."web:1.2".launch`.

use super::limits::MAX_PATH_SEGMENTS;
use super::problem::text::{alternatives, ticked};
use super::problem::{Origin, Problem, SourceId, Span};
use super::tree::{Key, Node, Value};
use crate::catalog::nearest_spelling as nearest;

#[cfg(test)]
mod tests;

/// The keys that name an item of a list, in the order in which they are looked for.
pub const IDENTITY_KEYS: [&str; 6] =
    ["family", "clusterName", "AutoScalingGroupName", "name", "serviceName", "Name"];

/// A path, read but not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    kind: SegmentKind,
    span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SegmentKind {
    Name(String),
    Index(usize),
}

/// What is wrong with a path, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// The bytes of the path's text that are wrong.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl PathError {
    fn new(span: Span, message: impl Into<String>) -> Self {
        PathError { span, message: message.into(), help: None }
    }

    fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// The same as a problem, of a path that begins at byte `base` of a source.
    pub fn into_problem(self, source: SourceId, base: usize) -> Problem {
        let span = Span { start: base + self.span.start, end: base + self.span.end };
        let problem = Problem::error(Origin { source, span }, "", self.message);
        Problem { help: self.help, ..problem }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let path = Path::read_prefix(text)?;
        if path.text.len() < text.len() {
            let span = Span { start: path.text.len(), end: text.len() };
            return Err(PathError::new(span, "a path ends before `=`").with_help(quote_help()));
        }
        Ok(path)
    }
}

fn quote_help() -> Option<String> {
    Some("put a name with `.`, `[`, `]` or `=` in it in quotes".to_owned())
}

impl Path {
    /// Reads a path up to the end of the text or to the first `=` outside quotes; [`Path::text`] tells how far.
    pub fn read_prefix(text: &str) -> Result<Path, PathError> {
        let mut reader = Reader { text, at: 0 };
        let mut segments = Vec::new();
        loop {
            segments.push(reader.segment()?);
            if segments.len() > MAX_PATH_SEGMENTS {
                let span = Span { start: 0, end: reader.at };
                return Err(PathError::new(span, format!("a path has at most {MAX_PATH_SEGMENTS} segments")));
            }
            match reader.peek() {
                None | Some('=') => break,
                Some('.') => reader.at += 1,
                // `services[2]` and `services.[2]` are the same.
                Some('[') => {}
                Some(_) => {
                    let span = Span { start: reader.at, end: text.len() };
                    return Err(
                        PathError::new(span, "expected `.` before the next segment").with_help(quote_help())
                    );
                }
            }
        }
        Ok(Path { text: text[..reader.at].to_owned(), segments })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value at this path.
    pub fn get<'n>(&self, root: &'n Node) -> Result<&'n Node, PathError> {
        let mut node = root;
        for segment in &self.segments {
            node = match segment.place(node)? {
                Place::Entry(index) => &node.entries().unwrap_or(&[])[index].1,
                Place::Item(index) => &node.items().unwrap_or(&[])[index],
                Place::Missing(name) => return Err(segment.missing_key(name, node)),
            };
        }
        Ok(node)
    }

    /// Puts a value at this path. Missing keys are made (the schema check tells misspelt ones); a missing item of a
    /// list is an error that names the nearest one.
    pub fn set(&self, root: &mut Node, value: Node) -> Result<(), PathError> {
        let existing = self.existing(root)?;
        let mut node = root;
        for segment in &self.segments[..existing] {
            node = match (segment.place(node)?, &mut node.value) {
                (Place::Entry(index), Value::Mapping(entries)) => &mut entries[index].1,
                (Place::Item(index), Value::List(items)) => &mut items[index],
                _ => return Err(PathError::new(segment.span, "there is nothing here to look into")),
            };
        }
        for segment in &self.segments[existing..] {
            let SegmentKind::Name(name) = &segment.kind else { break };
            node = push_entry(node, name, &value);
        }
        *node = value;
        Ok(())
    }

    /// How many segments lead to something that is there; the others must be keys to be made in a mapping.
    fn existing(&self, root: &Node) -> Result<usize, PathError> {
        let mut node = root;
        for (index, segment) in self.segments.iter().enumerate() {
            let place = if node.value == Value::Null { Place::Missing("") } else { segment.place(node)? };
            node = match place {
                Place::Entry(index) => &node.entries().unwrap_or(&[])[index].1,
                Place::Item(index) => &node.items().unwrap_or(&[])[index],
                Place::Missing(_) => {
                    let by_place =
                        self.segments[index..].iter().find(|rest| matches!(rest.kind, SegmentKind::Index(_)));
                    let nothing = |rest: &Segment| {
                        PathError::new(rest.span, "there is no list here to pick an item of")
                    };
                    return by_place.map_or(Ok(index), |rest| Err(nothing(rest)));
                }
            };
        }
        Ok(self.segments.len())
    }

    /// The place of the value at this path or, if it is not there, of the nearest mapping or list around it.
    pub fn nearest_origin(&self, root: &Node) -> Origin {
        let (mut node, mut origin) = (root, root.origin());
        for segment in &self.segments {
            node = match segment.place(node) {
                Ok(Place::Entry(index)) => &node.entries().unwrap_or(&[])[index].1,
                Ok(Place::Item(index)) => &node.items().unwrap_or(&[])[index],
                Ok(Place::Missing(_)) | Err(_) => break,
            };
            origin = node.origin();
        }
        origin
    }
}

/// A new, empty entry of a mapping; a section without content becomes one.
fn push_entry<'n>(node: &'n mut Node, name: &str, like: &Node) -> &'n mut Node {
    let key = Key { text: name.to_owned(), span: like.span, source: like.source };
    let empty = Node { value: Value::Null, span: like.span, source: like.source };
    if !matches!(node.value, Value::Mapping(_)) {
        node.value = Value::Mapping(Vec::new());
    }
    let Value::Mapping(entries) = &mut node.value else { unreachable!("made a mapping just above") };
    &mut entries.push_mut((key, empty)).1
}

/// Where a segment leads from a node.
enum Place<'s> {
    Entry(usize),
    Item(usize),
    Missing(&'s str),
}

impl Segment {
    fn place(&self, node: &Node) -> Result<Place<'_>, PathError> {
        match (&self.kind, &node.value) {
            (SegmentKind::Name(name), Value::Mapping(entries)) => {
                let found = entries.iter().position(|(key, _)| key.text == *name);
                Ok(found.map_or(Place::Missing(name), Place::Entry))
            }
            (SegmentKind::Name(name), Value::List(items)) => self.named_item(name, items).map(Place::Item),
            (SegmentKind::Index(index), Value::List(items)) if *index < items.len() => {
                Ok(Place::Item(*index))
            }
            (SegmentKind::Index(index), Value::List(items)) => {
                let count = items.len();
                Err(PathError::new(
                    self.span,
                    format!("no item [{index}]: the list has {count}, counted from 0"),
                ))
            }
            (SegmentKind::Index(_), Value::Mapping(_)) => {
                Err(PathError::new(self.span, "`[…]` picks an item of a list, and here is a mapping"))
            }
            (_, Value::Null) => Err(PathError::new(self.span, "there is nothing here to look into")),
            _ => Err(PathError::new(self.span, format!("{} has no parts to look into", node.kind()))),
        }
    }

    fn named_item(&self, name: &str, items: &[Node]) -> Result<usize, PathError> {
        let named = |wanted: &str| -> Vec<usize> {
            (0..items.len()).filter(|&index| identity(&items[index]) == Some(wanted)).collect()
        };
        match named(name).as_slice() {
            [only] => return Ok(*only),
            [] => {}
            [first, ..] => {
                let message = format!("several items are named {}", ticked(name));
                let by_place = format!("pick one by its place, such as `[{first}]`");
                let help = match items[*first].entry("family") {
                    Some(_) => format!("write `{name}:1` for its first revision, or {by_place}"),
                    None => by_place,
                };
                return Err(PathError::new(self.span, message).with_help(Some(help)));
            }
        }
        // `web:2` is the second task definition of family `web`: revisions are counted in the order of registration.
        if let Some((family, revision)) = name.rsplit_once(':')
            && let Ok(revision @ 1..) = revision.parse::<usize>()
            && let Some(index) = named(family).get(revision - 1)
            && items[*index].entry("family").is_some()
        {
            return Ok(*index);
        }
        Err(self.missing_item(name, items))
    }

    fn missing_item(&self, name: &str, items: &[Node]) -> PathError {
        let names: Vec<&str> = items.iter().filter_map(identity).collect();
        let error = PathError::new(self.span, format!("no item of this list is named {}", ticked(name)));
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {}?", ticked(near)),
            None if names.is_empty() => "pick an item by its place, such as `[0]`".to_owned(),
            None => format!("there are {}", alternatives(names, 10)),
        };
        error.with_help(Some(help))
    }

    fn missing_key(&self, name: &str, node: &Node) -> PathError {
        let keys = || node.entries().unwrap_or(&[]).iter().map(|(key, _)| key.text.as_str());
        let error = PathError::new(self.span, format!("no key {} here", ticked(name)));
        let help = match nearest(name, keys()) {
            Some(near) => Some(format!("did you mean {}?", ticked(near))),
            None if keys().next().is_some() => Some(format!("there are {}", alternatives(keys(), 10))),
            None => None,
        };
        error.with_help(help)
    }
}

/// The name by which a path picks an item of a list: the first of [`IDENTITY_KEYS`] that it has.
pub fn identity(item: &Node) -> Option<&str> {
    IDENTITY_KEYS.iter().find_map(|key| item.entry(key)).and_then(Node::text)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn segment(&mut self) -> Result<Segment, PathError> {
        match self.peek() {
            Some('[') => self.index(),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => self.plain(),
        }
    }

    fn index(&mut self) -> Result<Segment, PathError> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        let length = rest.find(']').unwrap_or(rest.len());
        let span = Span { start, end: (start + length + 2).min(self.text.len()) };
        match rest[..length].parse() {
            Ok(index) if length < rest.len() && rest.as_bytes()[0].is_ascii_digit() => {
                self.at = span.end;
                Ok(Segment { kind: SegmentKind::Index(index), span })
            }
            _ => Err(PathError::new(span, "expected a place from 0 in brackets, such as `[2]`")
                .with_help(quote_help())),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Segment, PathError> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        let Some(length) = rest.find(quote) else {
            let span = Span { start, end: self.text.len() };
            return Err(PathError::new(span, format!("the quote {quote} is not closed")));
        };
        self.at = start + length + 2;
        let kind = SegmentKind::Name(rest[..length].to_owned());
        Ok(Segment { kind, span: Span { start, end: self.at } })
    }

    fn plain(&mut self) -> Result<Segment, PathError> {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(['.', '[', ']', '"', '\'', '=']).unwrap_or(rest.len());
        let name = rest[..length].trim();
        let span = Span { start, end: start + length };
        if name.is_empty() {
            return Err(PathError::new(span, "expected a key or a name here")
                .with_help(Some("a path looks like `aws.services.web.desiredCount`".to_owned())));
        }
        self.at = span.end;
        Ok(Segment { kind: SegmentKind::Name(name.to_owned()), span })
    }
}
