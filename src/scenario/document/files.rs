//! `file:` entries: a list under `aws` may name JSON or YAML files, as used with the AWS CLI, in place of items.

use super::{Document, Parsed, Problem, Subject, Value, parse_bytes, read_bounded};
use crate::scenario::limits::{MAX_FILE_BYTES, MAX_FILE_ENTRIES, MAX_TOTAL_BYTES};
use crate::scenario::problem::text::{grouped, ticked};
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
    }

    /// What the file holds, or an invalid value and a problem at the entry.
    fn take_in(&mut self, entry: &FileEntry) -> Vec<Node> {
        match self.read_file(entry) {
            Ok(Parsed { root, problems }) => {
                self.problems.extend(problems);
                unwrapped(root, entry.in_list)
            }
            Err(problems) => {
                self.problems.extend(problems);
                vec![Node { value: Value::Invalid, ..entry.node }]
            }
        }
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

/// What a document is about: of `aws ecs describe-…` output the part under its wrapper, all items of it in a list;
/// any other document is itself.
fn unwrapped(root: Node, in_list: bool) -> Vec<Node> {
    let entries = root.entries().unwrap_or(&[]);
    let is_beside = |key: &str| BESIDE_WRAPPERS.contains(&key);
    let mut inner = entries.iter().filter(|(key, _)| !is_beside(&key.text));
    let (Some((key, node)), None) = (inner.next(), inner.next()) else { return vec![root] };
    if !WRAPPERS.contains(&key.text.as_str()) {
        return vec![root];
    }
    match &node.value {
        Value::Mapping(_) => vec![node.clone()],
        Value::List(items) if !items.is_empty() && items.iter().all(|item| item.entries().is_some()) => {
            match items.as_slice() {
                [only] => vec![only.clone()],
                _ if in_list => items.clone(),
                _ => vec![root],
            }
        }
        _ => vec![root],
    }
}
