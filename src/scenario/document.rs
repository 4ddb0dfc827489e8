//! A scenario as read: its files, its tree, and the way from there to typed values.

mod files;
mod foreign;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::engine::api::ApiError;

use super::limits::MAX_FILE_BYTES;
use super::parse::{Budget, Parsed, Subject, parse};
use super::path::{Path, PathError};
use super::problem::{Origin, Problem, SourceId, Sources, Span, Style, plain_line, render};
use super::schema_check::{Schema, check};
use super::tree::{Node, Step, Value, path_text};
pub use files::DataFile;
pub use foreign::read_foreign;
pub use reading::Blame;
use reading::{Unreadable, read_bounded, too_large};

/// A scenario that could be read, `file:` entries included. It may still hold mistakes: [`Document::deserialize`]
/// tells them all together.
#[derive(Debug, Clone)]
pub struct Document {
    sources: Sources,
    root: Node,
    directory: Option<PathBuf>,
    /// Mistakes that did not keep the rest from being read.
    problems: Vec<Problem>,
    budget: Budget,
    taken: files::Taken,
    /// The files of data that were taken in: their names and texts as sources.
    data: Vec<SourceId>,
}

/// A scenario that could not be read to its end.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// What the problems point into.
    pub sources: Sources,
    /// Everything found until reading had to stop.
    pub problems: Vec<Problem>,
    /// Decides between exit codes 2 and 4.
    pub blame: Blame,
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(render(&self.problems, &self.sources, Style::Plain).trim_end())
    }
}

impl std::error::Error for Rejected {}

impl Document {
    /// Reads a scenario file and the files that it names, relative to its own directory.
    pub fn load(path: &FilePath) -> Result<Document, Rejected> {
        let name = path.display().to_string();
        let directory = path.parent().unwrap_or(FilePath::new("")).to_owned();
        match read_bounded(path, MAX_FILE_BYTES) {
            Ok(bytes) => Document::from_bytes(&name, &bytes, Some(directory)),
            Err(Unreadable { message, blame }) => Err(rejected(&name, message, blame)),
        }
    }

    /// Reads a scenario that is no file, such as the built-in quickstart. It cannot name files.
    pub fn from_text(name: &str, text: &str) -> Result<Document, Rejected> {
        Document::from_bytes(name, text.as_bytes(), None)
    }

    /// Reads a scenario from bytes; the files that it names are looked for in `directory`.
    pub fn from_bytes(name: &str, bytes: &[u8], directory: Option<PathBuf>) -> Result<Document, Rejected> {
        if bytes.len() > MAX_FILE_BYTES {
            let Unreadable { message, blame } = too_large(MAX_FILE_BYTES, Some(bytes.len() as u64));
            return Err(rejected(name, message, blame));
        }
        let mut sources = Sources::default();
        let mut budget = Budget::default();
        match parse_bytes(name, bytes, Subject::Scenario, &mut sources, &mut budget) {
            Ok(Parsed { root, problems }) => {
                let taken = files::Taken::default();
                let mut document =
                    Document { sources, root, directory, problems, budget, taken, data: Vec::new() };
                document.take_in_files();
                Ok(document)
            }
            Err(problems) => Err(Rejected { sources, problems, blame: Blame::Input }),
        }
    }

    /// The files and arguments this was read from, for [`render`].
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The tree, `file:` entries replaced by what they name.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Mistakes found while reading that did not keep the rest from being read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The files of data that were taken in, as texts.
    pub fn data_texts(&self) -> impl Iterator<Item = &str> {
        self.data.iter().map(|source| self.sources.text(*source))
    }

    /// The directory that file names in the scenario are relative to; none if it was not read from a file.
    pub fn directory(&self) -> Option<&FilePath> {
        self.directory.as_deref()
    }

    /// Checks the format version, such as `ecsim: 1`: present, and not newer than this program reads.
    pub fn require_version(&self, key: &str, newest: u32) -> Result<(), Problem> {
        let Some(node) = self.root.entry(key) else {
            let message = format!("the format version is missing; this program reads version {newest}");
            let problem = Problem::error(self.root.origin(), "", message);
            return Err(problem.with_help(format!("begin the scenario with `{key}: {newest}`")));
        };
        match node.integer() {
            Some(version) if (1..=i128::from(newest)).contains(&version) => Ok(()),
            Some(version) if version > i128::from(newest) => {
                let message = format!(
                    "the scenario has format version {version}, and this program reads up to version {newest}"
                );
                Err(Problem::error(node.origin(), key, message).with_help("use a newer ecsim"))
            }
            _ => {
                let message = format!("expected a format version from 1 to {newest}");
                Err(Problem::error(node.origin(), key, message).with_help(format!("write `{key}: {newest}`")))
            }
        }
    }

    /// Carries out `--set path=value`; the value is any YAML. On an error the tree is as it was.
    pub fn apply_set(&mut self, argument: &str) -> Result<(), Vec<Problem>> {
        let source = self.sources.add("--set", argument);
        if argument.len() > MAX_FILE_BYTES {
            return Err(vec![Problem::error(
                Origin { source, span: Span::default() },
                "",
                "the value is too long",
            )]);
        }
        let path = Path::read_prefix(argument).map_err(|error| vec![error.into_problem(source, 0)])?;
        let after = path.text().len();
        let Some(text) = argument[after..].strip_prefix('=') else {
            let span = Span { start: 0, end: argument.len() };
            let problem = Problem::error(Origin { source, span }, "", "expected `path=value`");
            return Err(vec![problem.with_help("such as `aws.services.web.desiredCount=15`")]);
        };
        let Parsed { root, problems } = parse(text, source, after + 1, Subject::Value, &mut self.budget)?;
        if !problems.is_empty() {
            return Err(problems);
        }
        self.set(&path, root).map_err(|error| vec![error.into_problem(source, 0)])
    }

    /// Reads a value from text that is not part of a file, such as a command-line argument called `name`.
    pub fn read_value(&mut self, name: &str, text: &str) -> Result<Node, Vec<Problem>> {
        let source = self.sources.add(name, text);
        let Parsed { root, problems } = parse(text, source, 0, Subject::Value, &mut self.budget)?;
        if problems.is_empty() { Ok(root) } else { Err(problems) }
    }

    /// The value at a path.
    pub fn get(&self, path: &Path) -> Result<&Node, PathError> {
        path.get(&self.root)
    }

    /// Puts a value at a path, as a sweep does for each of its points. On an error the tree is as it was.
    pub fn set(&mut self, path: &Path, value: Node) -> Result<(), PathError> {
        path.set(&mut self.root, value)?;
        self.take_in_files();
        Ok(())
    }

    /// A mistake that only the meaning of the scenario shows, at a path such as `aws.services[2].taskDefinition`; if
    /// nothing stands there, at what is around it.
    pub fn error_at(&self, path: &str, message: impl Into<String>) -> Problem {
        Problem::error(self.origin_at(path), path, message)
    }

    /// What the API answers to the request at a path, pointing at the character at fault where it names one.
    pub fn api_error_at(&self, path: &str, error: &ApiError) -> Problem {
        let origin = self.origin_of_character(path, error.at_character);
        Problem::error(origin, path, format!("{}: {}", error.exception, error.message))
    }

    /// Something the user should know about the value at a path.
    pub fn warning_at(&self, path: &str, message: impl Into<String>) -> Problem {
        Problem::warning(self.origin_at(path), path, message)
    }

    /// The same for one character of the text at a path, counting from 0.
    pub fn warning_at_character(
        &self,
        path: &str,
        character: Option<usize>,
        message: impl Into<String>,
    ) -> Problem {
        Problem::warning(self.origin_of_character(path, character), path, message)
    }

    fn origin_of_character(&self, path: &str, character: Option<usize>) -> Origin {
        let mut origin = self.origin_at(path);
        let node = path.parse::<Path>().ok().and_then(|path| path.get(&self.root).ok());
        if let (Some(at), Some(value)) = (character, node.and_then(Node::text)) {
            origin.span = origin.span.of_character(self.sources.text(origin.source), value, at);
        }
        origin
    }

    /// The place of the value at a path, or of what is around it; for messages that name a second line
    /// ([`Sources::position`]).
    pub fn origin_at(&self, path: &str) -> Origin {
        path.parse::<Path>().map_or(self.root.origin(), |path| path.nearest_origin(&self.root))
    }

    /// The refusal of this scenario for these problems, to hand on or print. What two checks found alike is told once.
    pub fn reject(&self, mut problems: Vec<Problem>) -> Rejected {
        let mut told = BTreeSet::new();
        problems.retain(|problem| {
            told.insert((problem.source, problem.span, plain_line(problem, &self.sources)))
        });
        Rejected { sources: self.sources.clone(), problems, blame: Blame::Input }
    }

    /// Checks the tree against the schema and turns it into a value. The list beside the value holds the warnings;
    /// the error holds every problem of the scenario, warnings included.
    pub fn deserialize<T: DeserializeOwned>(
        &self,
        schema: &Schema,
    ) -> Result<(T, Vec<Problem>), Vec<Problem>> {
        let report = check(&self.root, schema);
        let mut problems = self.problems.clone();
        problems.extend(report.problems);
        if problems.iter().any(Problem::is_error) {
            return Err(problems);
        }
        match serde_path_to_error::deserialize(self.without_ignored(&report.ignored)) {
            Ok(value) => Ok((value, problems)),
            Err(error) => {
                problems.push(self.leftover(&error));
                Err(problems)
            }
        }
    }

    fn without_ignored(&self, ignored: &BTreeSet<String>) -> serde_json::Value {
        if ignored.is_empty() {
            return self.root.to_json();
        }
        self.root.to_json_where(&mut Vec::new(), &|at, key| {
            let mut steps = at.to_vec();
            steps.push(Step::Key(key));
            !ignored.contains(&path_text(&steps))
        })
    }

    /// What only serde refused, at the place it had come to.
    fn leftover(&self, error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
        let (mut node, mut steps) = (&self.root, Vec::new());
        for segment in error.path() {
            let next = match segment {
                Segment::Seq { index } => node.items().and_then(|items| items.get(*index)),
                Segment::Map { key } | Segment::Enum { variant: key } => node.entry(key),
                Segment::Unknown => None,
            };
            let Some(next) = next else { break };
            match segment {
                Segment::Seq { index } => steps.push(Step::Index(*index)),
                Segment::Map { key } | Segment::Enum { variant: key } => steps.push(Step::Key(key)),
                Segment::Unknown => {}
            }
            node = next;
        }
        Problem::error(node.origin(), path_text(&steps), error.inner().to_string())
    }
}

fn rejected(name: &str, message: impl Into<String>, blame: Blame) -> Rejected {
    let mut sources = Sources::default();
    let source = sources.add(name, "");
    let problem = Problem::error(Origin { source, span: Span::default() }, "", message);
    Rejected { sources, problems: vec![problem], blame }
}

/// Takes in a source and reads it. Of bytes that are not UTF-8 the part before the first wrong one is kept for show.
fn parse_bytes(
    name: &str,
    bytes: &[u8],
    subject: Subject,
    sources: &mut Sources,
    budget: &mut Budget,
) -> Result<Parsed, Vec<Problem>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let source = sources.add(name, text);
            parse(text, source, 0, subject, budget)
        }
        Err(error) => Err(vec![not_utf8(name, bytes, &error, sources)]),
    }
}

/// Where bytes are not UTF-8; the part before is kept for show.
fn not_utf8(name: &str, bytes: &[u8], error: &std::str::Utf8Error, sources: &mut Sources) -> Problem {
    let offset = error.valid_up_to();
    let source = sources.add(name, std::str::from_utf8(&bytes[..offset]).unwrap_or(""));
    let origin = Origin { source, span: Span { start: offset, end: offset } };
    let message = format!("the byte {:#04x} at offset {offset} is not UTF-8", bytes[offset]);
    let help = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "this looks like UTF-16: save the file as UTF-8"
    } else {
        "save the file as UTF-8"
    };
    Problem::error(origin, "", message).with_help(help)
}
