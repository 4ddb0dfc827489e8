//! YAML (and so JSON) text to a tree, within bounds that hold for any input.

mod advice;
pub mod scalar;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput};

use super::limits::{MAX_ALIASES, MAX_DEPTH, MAX_KEY_CHARACTERS, MAX_NODES, MAX_PROBLEMS_KEPT};
use super::problem::text::{grouped, ticked};
use super::problem::{Origin, Problem, SourceId, Span};
use super::tree::{Key, Node, Step, Value, path_text};
use advice::advice;

/// What a text is, for messages, and whether it may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The scenario itself: "scenario is empty".
    Scenario,
    /// A document named by a `file:` entry.
    File,
    /// A value on the command line; empty means null.
    Value,
    /// A CloudFormation template, whose tags are functions: `!Ref Name` is read as `{ Ref: Name }`, `!Sub x` as
    /// `{ "Fn::Sub": x }`. Also a compose file, which may merge mappings with `<<`: that key is left to who reads it.
    Template,
}

/// What is left of a scenario's bounds; shared by all its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Values that may still be made.
    pub nodes: usize,
    /// Aliases that may still be followed.
    pub aliases: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { nodes: MAX_NODES, aliases: MAX_ALIASES }
    }
}

/// A text that could be read to its end. With errors among `problems` it must be refused, but its other parts can
/// still be checked, so that all mistakes are told at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The tree; values already reported are [`Value::Invalid`].
    pub root: Node,
    /// Duplicate keys, tags, numbers that are none.
    pub problems: Vec<Problem>,
}

/// Reads one document. `text` is the part of the source that begins at byte `base`.
/// The error holds everything found up to the place where reading could not go on.
pub fn parse(
    text: &str,
    source: SourceId,
    base: usize,
    subject: Subject,
    budget: &mut Budget,
) -> Result<Parsed, Vec<Problem>> {
    let mut builder = Builder::new(source, base, subject, budget);
    match builder.run(text).map(|()| builder.root.take()) {
        Ok(root) => finish(root, builder, subject, base + text.len()),
        Err(problem) => {
            builder.problems.push(problem);
            Err(builder.problems)
        }
    }
}

fn finish(
    root: Option<Node>,
    builder: Builder<'_>,
    subject: Subject,
    end: usize,
) -> Result<Parsed, Vec<Problem>> {
    let start = Span { start: builder.base, end: builder.base };
    let root = root.unwrap_or(Node { value: Value::Null, span: start, source: builder.source });
    let name = match subject {
        Subject::Scenario => "scenario",
        Subject::File => "file",
        Subject::Template => "template",
        Subject::Value => return Ok(Parsed { root, problems: builder.problems }),
    };
    if root.value == Value::Null {
        let origin =
            Origin { source: builder.source, span: Span { start: builder.base, end: end.min(start.start) } };
        return Err(vec![Problem::error(origin, "", format!("{name} is empty"))]);
    }
    Ok(Parsed { root, problems: builder.problems })
}

/// A list or mapping that is still being read.
struct Frame {
    content: Content,
    start: usize,
    anchor: usize,
    /// Budget left when it began: tells how many values it holds.
    nodes_left: usize,
    /// Levels of its deepest child.
    height: usize,
    tag: Tag,
}

/// What a tag makes of a value.
#[derive(Clone)]
enum Tag {
    None,
    /// It has been reported.
    Refused,
    /// The key of the function that it stands for.
    Function(String),
}

enum Content {
    List(Vec<Node>),
    /// The lines of the keys stand beside the entries, for the message about a key given twice.
    Mapping {
        entries: Vec<(Key, Node)>,
        lines: Vec<u32>,
        pending: Option<Key>,
    },
}

/// A finished value that aliases may repeat.
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

struct Builder<'b> {
    source: SourceId,
    base: usize,
    subject: Subject,
    budget: &'b mut Budget,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Anchored>,
    documents: usize,
    root: Option<Node>,
    problems: Vec<Problem>,
}

impl<'b> Builder<'b> {
    fn new(source: SourceId, base: usize, subject: Subject, budget: &'b mut Budget) -> Self {
        let (stack, anchors, problems) = (Vec::new(), BTreeMap::new(), Vec::new());
        Builder { source, base, subject, budget, stack, anchors, documents: 0, root: None, problems }
    }

    fn run(&mut self, text: &str) -> Result<(), Problem> {
        let options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
            simple_key_max_lookahead: MAX_KEY_CHARACTERS,
            emit_comments: false,
        };
        let parser: Parser<'_, StrInput<'_>> = Parser::new_from_str_with_options(text, options);
        for next in parser {
            let (event, span) = next.map_err(|error| self.syntax_error(&error, text))?;
            let start = span.start.byte_offset().unwrap_or(0) + self.base;
            let end = span.end.byte_offset().unwrap_or(0) + self.base;
            if let Some(tag) = event.tag().filter(|_| self.subject != Subject::Template) {
                let at = span
                    .tag_start()
                    .and_then(|mark| mark.byte_offset())
                    .map_or(start, |byte| byte + self.base);
                self.refuse_tag(&tag.original(), at);
            }
            self.event(event, Span { start, end }, span.start.line())?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span, line: usize) -> Result<(), Problem> {
        if event.is_node() {
            self.take_node(span)?;
        }
        let tag = match event.tag() {
            None => Tag::None,
            Some(tag) if self.subject == Subject::Template => Tag::Function(function_key(&tag.original())),
            Some(_) => Tag::Refused,
        };
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(
                        self.problem(span, "a second document begins here, and a scenario is one document")
                    );
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                return self.scalar(&text, style, anchor, span, line, tag);
            }
            Event::SequenceStart(_, anchor, _) => {
                return self.open(Content::List(Vec::new()), anchor, span, tag);
            }
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Mapping { entries: Vec::new(), lines: Vec::new(), pending: None };
                return self.open(content, anchor, span, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(id) => return self.alias(id, span),
            _ => {}
        }
        Ok(())
    }

    fn take_node(&mut self, span: Span) -> Result<(), Problem> {
        match self.budget.nodes.checked_sub(1) {
            Some(left) => self.budget.nodes = left,
            None => return Err(self.too_many_values(span)),
        }
        Ok(())
    }

    fn too_many_values(&self, span: Span) -> Problem {
        let limit = grouped(MAX_NODES as i128);
        self.problem(span, format!("more than {limit} values, aliases expanded"))
            .with_help("put long lists into a CSV file")
    }

    fn too_deep(&self, span: Span) -> Problem {
        self.problem(span, format!("nested deeper than {MAX_DEPTH} levels"))
    }

    fn open(&mut self, content: Content, anchor: usize, span: Span, tag: Tag) -> Result<(), Problem> {
        if self.at_key() {
            return Err(self
                .problem(span, "a key is a word or text, not a list or mapping")
                .with_help("a value that begins with `{` or `[` is text only in quotes"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        let nodes_left = self.budget.nodes;
        self.stack.push(Frame { content, start: span.start, anchor, nodes_left, height: 0, tag });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Problem> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let (value, last) = match frame.content {
            Content::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (Value::List(items), last)
            }
            Content::Mapping { mut entries, lines, .. } => {
                self.refuse_duplicates(&mut entries, &lines);
                let last = entries.last().map(|(key, node)| node.span.end.max(key.span.end));
                (Value::Mapping(entries), last)
            }
        };
        // A block ends where its last entry ends, not where the next line begins; a closing bracket has a width.
        let end = if span.end > span.start { span.end } else { last.unwrap_or(span.end) };
        let span = Span { start: frame.start, end: end.max(frame.start) };
        let node = self.tagged(Node { value, span, source: self.source }, frame.tag);
        let size = frame.nodes_left - self.budget.nodes + 1;
        self.attach(node, frame.anchor, size, frame.height + 1)
    }

    /// Whether the next value is a mapping's key.
    fn at_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { content: Content::Mapping { pending: None, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        span: Span,
        line: usize,
        tag: Tag,
    ) -> Result<(), Problem> {
        if self.at_key() {
            return self.key(text, style, span, line);
        }
        let value = match style {
            _ if matches!(tag, Tag::Refused) => Value::Invalid,
            ScalarStyle::Plain => match scalar::resolve(text) {
                Ok(value) => value,
                Err(bad) => {
                    let problem = self.problem(span, bad.message).with_help(bad.help);
                    self.keep(problem);
                    Value::Invalid
                }
            },
            _ => Value::Text(text.to_owned()),
        };
        let node = self.tagged(Node { value, span, source: self.source }, tag);
        self.attach(node, anchor, 1, 0)
    }

    /// What a value with a tag stands for.
    fn tagged(&self, node: Node, tag: Tag) -> Node {
        let Node { span, source, .. } = node;
        match tag {
            Tag::None => node,
            Tag::Refused => Node { value: Value::Invalid, ..node },
            Tag::Function(text) => {
                Node { value: Value::Mapping(vec![(Key { text, span, source }, node)]), span, source }
            }
        }
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span, line: usize) -> Result<(), Problem> {
        if text.chars().nth(MAX_KEY_CHARACTERS).is_some() {
            return Err(self.problem(span, format!("a key longer than {MAX_KEY_CHARACTERS} characters")));
        }
        if text.is_empty() && style == ScalarStyle::Plain {
            let problem = self.problem(span, "a key is missing before `:`");
            self.keep(problem);
        }
        if text == "<<" && style == ScalarStyle::Plain && self.subject != Subject::Template {
            let problem = self.problem(span, "`<<` merges mappings only in YAML 1.1; scenarios are YAML 1.2");
            self.keep(problem.with_help("repeat the keys, or use an alias for the whole value"));
        }
        let key = Key { text: text.to_owned(), span, source: self.source };
        if let Some(Frame { content: Content::Mapping { lines, pending, .. }, .. }) = self.stack.last_mut() {
            lines.push(u32::try_from(line).unwrap_or(u32::MAX));
            *pending = Some(key);
        }
        Ok(())
    }

    /// Reports keys given twice and keeps the first of each. Sorting instead of a map of all keys seen so far keeps
    /// the memory of a giant mapping within bounds.
    fn refuse_duplicates(&mut self, entries: &mut Vec<(Key, Node)>, lines: &[u32]) {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&a, &b| entries[a].0.text.cmp(&entries[b].0.text).then(a.cmp(&b)));
        let mut again = BTreeSet::new();
        for same in order.chunk_by(|&a, &b| entries[a].0.text == entries[b].0.text) {
            for &index in &same[1..] {
                let key = &entries[index].0;
                let (name, first, line) = (ticked(&key.text), lines[same[0]], lines[index]);
                let message = format!("{name} is given twice: first on line {first}, again on line {line}");
                let mut problem = self.problem(key.span, message).with_help("keep one of the two");
                let step = path_text(&[Step::Key(&key.text)]);
                problem.path =
                    if problem.path.is_empty() { step } else { format!("{}.{step}", problem.path) };
                self.keep(problem);
                again.insert(index);
            }
        }
        let mut index = 0;
        entries.retain(|_| {
            index += 1;
            !again.contains(&(index - 1))
        });
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Problem> {
        if self.at_key() {
            return Err(self.problem(span, "an alias cannot be a key"));
        }
        match self.budget.aliases.checked_sub(1) {
            Some(left) => self.budget.aliases = left,
            None => {
                return Err(self.problem(span, format!("more than {} aliases", grouped(MAX_ALIASES as i128))));
            }
        }
        let Some(Anchored { size, height, .. }) = self.anchors.get(&id) else {
            return Err(self.problem(span, "an alias inside the value that it repeats"));
        };
        let (size, height) = (*size, *height);
        if self.stack.len() + height > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        match self.budget.nodes.checked_sub(size) {
            Some(left) => self.budget.nodes = left,
            None => return Err(self.too_many_values(span)),
        }
        let node = self.anchors[&id].node.clone();
        self.attach(node, 0, size, height)
    }

    /// Puts a finished value where it belongs and remembers it if it has an anchor.
    fn attach(&mut self, node: Node, anchor: usize, size: usize, height: usize) -> Result<(), Problem> {
        if anchor > 0 {
            // The copy costs as much as the values themselves.
            match self.budget.nodes.checked_sub(size) {
                Some(left) => self.budget.nodes = left,
                None => return Err(self.too_many_values(node.span)),
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.height = frame.height.max(height);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Mapping { entries, pending, .. } => {
                if let Some(key) = pending.take() {
                    entries.push((key, node));
                }
            }
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tag: &str, start: usize) {
        if self.problems.len() < MAX_PROBLEMS_KEPT {
            let message = format!("tags such as {} are not used in scenarios", ticked(tag));
            let problem = self.problem(Span { start, end: start + tag.len() }, message);
            self.keep(problem.with_help("leave the tag out; quotes make text of a number"));
        }
    }

    fn keep(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS_KEPT {
            self.problems.push(problem);
        }
    }

    /// A problem at the place that is being read, with its path.
    fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        let mut steps = Vec::with_capacity(self.stack.len());
        for frame in &self.stack {
            match &frame.content {
                Content::List(items) => steps.push(Step::Index(items.len())),
                Content::Mapping { pending: Some(pending), .. } => steps.push(Step::Key(&pending.text)),
                Content::Mapping { pending: None, .. } => {}
            }
        }
        Problem::error(Origin { source: self.source, span }, path_text(&steps), message)
    }

    fn syntax_error(&self, error: &ScanError, text: &str) -> Problem {
        let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len()) + self.base;
        let span = Span { start: at, end: at + 1 };
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(span);
        }
        let problem = self.problem(span, format!("this is not YAML: {}", error.info()));
        match advice(error.kind()) {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    }
}

/// The long form of a function of CloudFormation: `Fn::Sub` of `!Sub`; `Ref` and `Condition` have no prefix.
fn function_key(tag: &str) -> String {
    match tag.trim_start_matches('!') {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    }
}
