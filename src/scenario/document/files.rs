//! `file:` entries: a list under `aws` may name JSON or YAML files, as used with the AWS CLI, in place of items.
//! And what the AWS CLI prints: under `aws` and in these files, the wrapper around what `describe-…` is about is taken
//! off, so that its output can be pasted as it is.

use std::path::Path as FilePath;

use super::reading::Unreadable;
use super::{
    Document, Parsed, Problem, Rejected, Subject, Value, not_utf8, parse_bytes, read_bounded, rejected,
};
use crate::catalog::csv_text::Mistake;
use crate::scenario::limits::{MAX_FILE_BYTES, MAX_FILE_ENTRIES, MAX_TOTAL_BYTES};
use crate::scenario::problem::text::{grouped, ticked};
use crate::scenario::problem::{Origin, SourceId, Span};
use crate::scenario::tree::{Node, Step, path_text};

/// The section whose lists and direct entries may name files.
const SECTION: &str = "aws";

/// Keys under which the AWS CLI prints what the file is about, as one mapping or a list of them.
const WRAPPERS: [&str; 8] = [
    "taskDefinition",
    "cluster",
    "clusters",
    "service",
    "services",
    "capacityProvider",
    "capacityProviders",
    "AutoScalingGroups",
];

/// Keys that the AWS CLI prints beside a wrapper.
const BESIDE_WRAPPERS: [&str; 5] = ["tags", "failures", "nextToken", "NextToken", "ResponseMetadata"];

/// What has been read through `file:` entries so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Taken {
    files: usize,
    bytes: usize,
}

/// A file of data: which source it is, so that mistakes can point into it.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// The source.
    pub source: SourceId,
    /// Its name without directories.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl DataFile {
    /// A mistake of the file as a problem of the value at `path`, which names the file.
    pub fn problem(&self, path: &str, mistake: Mistake) -> Problem {
        let span = Span { start: mistake.start, end: mistake.end };
        Problem::error(Origin { source: self.source, span }, path, mistake.message)
    }
}

impl Document {
    /// Replaces every `{ file: name }` in a list under `aws`, or directly under `aws`, by what the file holds; what
    /// goes wrong is kept as a problem at the entry. A file that holds several items becomes several items.
    pub(super) fn take_in_files(&mut self) {
        let found = file_entries(&self.root);
        let contents: Vec<Vec<Node>> = found.iter().map(|entry| self.take_in(entry)).collect();
        // From the back, so that the places of the entries before stay as they are.
        for (entry, nodes) in found.iter().zip(contents).rev() {
            replace(&mut self.root, &entry.places, nodes);
        }
        if let Value::Mapping(entries) = &mut self.root.value
            && let Some((_, section)) = entries.iter_mut().find(|(key, _)| key.text == SECTION)
        {
            unwrap_section(section);
        }
    }

    /// Takes the wrapper of `describe-…` output off a text that is a bare AWS input and no scenario.
    pub fn unwrap_bare_input(&mut self) {
        if let Some(Unwrapped::One(inner)) = unwrapped(&self.root) {
            self.root = inner.clone();
        }
    }

    /// What the file holds, or an invalid value and a problem at the entry.
    fn take_in(&mut self, entry: &FileEntry) -> Vec<Node> {
        match self.read_file(entry) {
            Ok(Parsed { root, problems }) => {
                self.problems.extend(problems);
                match unwrapped(&root) {
                    Some(Unwrapped::Many(items)) if entry.in_list => items.to_vec(),
                    // Directly under `aws` the wrapper goes with those of the section.
                    _ => vec![root],
                }
            }
            Err(problems) => {
                self.problems.extend(problems);
                vec![Node { value: Value::Invalid, ..entry.node }]
            }
        }
    }

    /// Takes in a CSV file of data that the scenario names at `path`, relative to the scenario.
    ///
    /// # Errors
    /// Why it cannot be read, at `path`.
    pub fn take_in_data(&mut self, path: &str, file: &str) -> Result<DataFile, Problem> {
        let Some(directory) = &self.directory else {
            let message = format!("{} cannot be read: this scenario is not in a directory", ticked(file));
            return Err(self.error_at(path, message));
        };
        let full = directory.join(file);
        let room = MAX_FILE_BYTES.min(MAX_TOTAL_BYTES.saturating_sub(self.taken.bytes));
        match read_bounded(&full, room) {
            Ok(bytes) => {
                self.taken.bytes += bytes.len();
                self.data_file(&full, &bytes)
            }
            Err(error) => {
                let shown = full.display().to_string();
                Err(self.error_at(path, format!("{}: {}", ticked(&shown), error.message)))
            }
        }
    }

    /// Takes in a file of data that the command line names.
    ///
    /// # Errors
    /// Why it cannot be read, as a refusal of its own.
    pub fn take_in_argument(&mut self, file: &FilePath) -> Result<DataFile, Rejected> {
        match read_bounded(file, MAX_FILE_BYTES) {
            Ok(bytes) => self.data_file(file, &bytes).map_err(|problem| self.reject(vec![problem])),
            Err(Unreadable { message, blame }) => Err(rejected(&file.display().to_string(), message, blame)),
        }
    }

    fn data_file(&mut self, file: &FilePath, bytes: &[u8]) -> Result<DataFile, Problem> {
        let name = file.display().to_string();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => return Err(not_utf8(&name, bytes, &error, &mut self.sources)),
        };
        let source = self.sources.add(&name, &text);
        self.data.push(source);
        let name = file.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
        Ok(DataFile { source, name, text })
    }

    fn read_file(&mut self, entry: &FileEntry) -> Result<Parsed, Vec<Problem>> {
        let refuse = |message: String| {
            vec![Problem::error(entry.node.origin(), format!("{}.file", entry.path), message)]
        };
        if self.taken.files >= MAX_FILE_ENTRIES {
            return Err(refuse(format!("more than {} files", grouped(MAX_FILE_ENTRIES as i128))));
        }
        let Some(directory) = &self.directory else {
            let name = ticked(&entry.name);
            return Err(refuse(format!("{name} cannot be read: this scenario is not in a directory")));
        };
        let path = directory.join(&entry.name);
        let shown = path.display().to_string();
        let room = MAX_FILE_BYTES.min(MAX_TOTAL_BYTES - self.taken.bytes);
        let bytes = read_bounded(&path, room)
            .map_err(|error| refuse(format!("{}: {}", ticked(&shown), error.message)))?;
        self.taken.files += 1;
        self.taken.bytes += bytes.len();
        parse_bytes(&shown, &bytes, Subject::File, &mut self.sources, &mut self.budget)
    }
}

/// A `{ file: name }` and where it stands.
struct FileEntry {
    node: Node,
    name: String,
    path: String,
    /// Its place in each mapping or list on the way to it.
    places: Vec<usize>,
    in_list: bool,
}

fn file_entries(root: &Node) -> Vec<FileEntry> {
    let mut found = Vec::new();
    let entries = root.entries().unwrap_or(&[]);
    if let Some(place) = entries.iter().position(|(key, _)| key.text == SECTION) {
        collect(&entries[place].1, &mut vec![Step::Key(SECTION)], &mut vec![place], &mut found);
    }
    found
}

fn collect<'n>(node: &'n Node, at: &mut Vec<Step<'n>>, places: &mut Vec<usize>, found: &mut Vec<FileEntry>) {
    let items =
        node.items().unwrap_or(&[]).iter().enumerate().map(|(index, item)| (Step::Index(index), item));
    let entries = node.entries().unwrap_or(&[]).iter().map(|(key, child)| (Step::Key(&key.text), child));
    for (place, (step, child)) in items.chain(entries).enumerate() {
        let in_list = matches!(step, Step::Index(_));
        let in_section = at.len() == 1;
        at.push(step);
        places.push(place);
        match named_file(child) {
            Some(name) if in_list || in_section => found.push(FileEntry {
                node: child.clone(),
                name: name.to_owned(),
                path: path_text(at),
                places: places.clone(),
                in_list,
            }),
            _ => collect(child, at, places, found),
        }
        at.pop();
        places.pop();
    }
}

/// The file that an entry names, if it is a mapping with nothing but `file`.
fn named_file(item: &Node) -> Option<&str> {
    match item.entries()? {
        [(key, name)] if key.text == "file" => name.text(),
        _ => None,
    }
}

fn replace(node: &mut Node, places: &[usize], mut nodes: Vec<Node>) {
    match (&mut node.value, places) {
        (Value::List(items), [last]) => drop(items.splice(last..=last, nodes)),
        (Value::Mapping(entries), [last]) => {
            if let Some(only) = nodes.pop() {
                entries[*last].1 = only;
            }
        }
        (Value::List(items), [first, rest @ ..]) => replace(&mut items[*first], rest, nodes),
        (Value::Mapping(entries), [first, rest @ ..]) => replace(&mut entries[*first].1, rest, nodes),
        _ => {}
    }
}

/// Takes the wrappers off all entries of the `aws` section and of its lists.
fn unwrap_section(section: &mut Node) {
    let Value::Mapping(entries) = &mut section.value else { return };
    for (key, node) in entries {
        match unwrapped(node) {
            Some(Unwrapped::One(inner)) if key.text == "cluster" => *node = inner.clone(),
            Some(Unwrapped::One(inner)) => node.value = Value::List(vec![inner.clone()]),
            Some(Unwrapped::Many(items)) => node.value = Value::List(items.to_vec()),
            None => {}
        }
        let Value::List(items) = &mut node.value else { continue };
        let is_wrapped = items.iter().any(|item| unwrapped(item).is_some());
        if is_wrapped {
            *items = items.iter().flat_map(items_within).collect();
        }
    }
}

fn items_within(item: &Node) -> Vec<Node> {
    match unwrapped(item) {
        Some(Unwrapped::One(inner)) => vec![inner.clone()],
        Some(Unwrapped::Many(items)) => items.to_vec(),
        None => vec![item.clone()],
    }
}

/// What stands under a wrapper.
enum Unwrapped<'n> {
    One(&'n Node),
    Many(&'n [Node]),
}

/// What the output of `aws ecs describe-…` is about; none if a value is no such output.
fn unwrapped(root: &Node) -> Option<Unwrapped<'_>> {
    let mut inner = root.entries()?.iter().filter(|(key, _)| !BESIDE_WRAPPERS.contains(&key.text.as_str()));
    let (Some((key, node)), None) = (inner.next(), inner.next()) else { return None };
    if !WRAPPERS.contains(&key.text.as_str()) {
        return None;
    }
    match &node.value {
        Value::Mapping(_) => Some(Unwrapped::One(node)),
        Value::List(items) if items.iter().all(|item| item.entries().is_some()) => match items.as_slice() {
            [] => None,
            [only] => Some(Unwrapped::One(only)),
            items => Some(Unwrapped::Many(items)),
        },
        _ => None,
    }
}
