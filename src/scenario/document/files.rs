//! `file:` entries: a list under `aws` may name JSON or YAML files, as used with the AWS CLI, in place of items.

use super::{Document, Parsed, Problem, Subject, Value, parse_bytes, read_bounded};
use crate::scenario::limits::{MAX_FILE_BYTES, MAX_FILE_ENTRIES, MAX_TOTAL_BYTES};
use crate::scenario::path::Path;
use crate::scenario::problem::text::{grouped, ticked};
use crate::scenario::tree::{Node, Step, path_text};

/// The section whose lists may name files.
const SECTION: &str = "aws";

/// What has been read through `file:` entries so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Taken {
    files: usize,
    bytes: usize,
}

impl Document {
    /// Replaces every `{ file: name }` in a list under `aws` by what the file holds; what goes wrong is kept as a
    /// problem at the entry.
    pub(super) fn take_in_files(&mut self) {
        for path in file_entries(&self.root) {
            let Ok(path) = path.parse::<Path>() else { continue };
            let Ok(entry) = path.get(&self.root).cloned() else { continue };
            let taken = self.take_in(&entry, path.text());
            // The entry is there, so that putting a value in its place cannot fail.
            let _ = path.set(&mut self.root, taken);
        }
    }

    /// What the file holds, or an invalid value and a problem at the entry.
    fn take_in(&mut self, entry: &Node, at: &str) -> Node {
        let name = named_file(entry).unwrap_or_default();
        match self.read_file(entry, name, at) {
            Ok(Parsed { root, problems }) => {
                self.problems.extend(problems);
                described(root)
            }
            Err(problems) => {
                self.problems.extend(problems);
                Node { value: Value::Invalid, ..*entry }
            }
        }
    }

    fn read_file(&mut self, entry: &Node, name: &str, at: &str) -> Result<Parsed, Vec<Problem>> {
        let refuse = |message: String| vec![Problem::error(entry.origin(), format!("{at}.file"), message)];
        if self.taken.files >= MAX_FILE_ENTRIES {
            return Err(refuse(format!("more than {} files", grouped(MAX_FILE_ENTRIES as i128))));
        }
        let Some(directory) = &self.directory else {
            let problems =
                refuse(format!("{} cannot be read: this scenario is not in a directory", ticked(name)));
            return Err(problems);
        };
        let path = directory.join(name);
        let shown = path.display().to_string();
        let room = MAX_FILE_BYTES.min(MAX_TOTAL_BYTES - self.taken.bytes);
        let bytes = read_bounded(&path, room)
            .map_err(|error| refuse(format!("{}: {}", ticked(&shown), error.message)))?;
        self.taken.files += 1;
        self.taken.bytes += bytes.len();
        parse_bytes(&shown, &bytes, Subject::File, &mut self.sources, &mut self.budget)
    }
}

/// The paths of all entries to be replaced.
fn file_entries(root: &Node) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(section) = root.entry(SECTION) {
        collect(section, &mut vec![Step::Key(SECTION)], &mut found);
    }
    found
}

fn collect<'n>(node: &'n Node, at: &mut Vec<Step<'n>>, found: &mut Vec<String>) {
    let items =
        node.items().unwrap_or(&[]).iter().enumerate().map(|(index, item)| (Step::Index(index), item));
    let entries = node.entries().unwrap_or(&[]).iter().map(|(key, child)| (Step::Key(&key.text), child));
    for (step, child) in items.chain(entries) {
        at.push(step);
        match step {
            Step::Index(_) if named_file(child).is_some() => found.push(path_text(at)),
            _ => collect(child, at, found),
        }
        at.pop();
    }
}

/// The file that a list's item names, if it is a mapping with nothing but `file`.
fn named_file(item: &Node) -> Option<&str> {
    match item.entries()? {
        [(key, name)] if key.text == "file" => name.text(),
        _ => None,
    }
}

/// The task definition within the output of `aws ecs describe-task-definition`; any other document is itself.
fn described(root: Node) -> Node {
    match root.entry("taskDefinition") {
        Some(inner) if inner.entries().is_some() => inner.clone(),
        _ => root,
    }
}
