//! What is wrong with a scenario, where, and how to say so.

mod character;
mod excerpt;
pub mod text;

use std::fmt::Write as _;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::limits::MAX_PROBLEMS_LISTED;
use excerpt::Excerpt;
use text::{cut, escape};

/// Which of the files (or command-line arguments) of a scenario: an index into [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceId(pub u32);

/// A range of bytes of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A place: which source, which bytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Origin {
    /// The source.
    pub source: SourceId,
    /// The bytes.
    pub span: Span,
}

/// Whether a problem refuses the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario is refused (exit 2).
    Error,
    /// The scenario runs, but the user should know.
    Warning,
}

/// One thing that is wrong, with all that a user needs to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// The source that holds the mistake.
    pub source: SourceId,
    /// Where in the source.
    pub span: Span,
    /// The path of the value, such as `aws.services[2].desiredCount`; empty for the whole file.
    pub path: String,
    /// The whole sentence, `expected` and `found` included.
    pub message: String,
    /// What was expected and what was found, where they can be said apart from the sentence.
    pub mismatch: Option<Box<Mismatch>>,
    /// What to write instead.
    pub help: Option<String>,
}

/// The two halves of "expected …, found …", for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What may stand there.
    pub expected: String,
    /// What stands there, cut and escaped.
    pub found: String,
}

impl Problem {
    /// An error that refuses the scenario.
    pub fn error(origin: Origin, path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem {
            severity: Severity::Error,
            source: origin.source,
            span: origin.span,
            path: path.into(),
            message: message.into(),
            mismatch: None,
            help: None,
        }
    }

    /// Something the user should know that does not refuse the scenario.
    pub fn warning(origin: Origin, path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(origin, path, message) }
    }

    /// An error of the form "expected …, found …".
    pub fn mismatch(origin: Origin, path: impl Into<String>, expected: &str, found: &str) -> Self {
        Problem::error(origin, path, format!("expected {expected}, found {found}"))
            .with_mismatch(expected, found)
    }

    /// The same problem with what was expected and found said apart from the sentence.
    pub fn with_mismatch(mut self, expected: &str, found: &str) -> Self {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        self.mismatch = Some(Box::new(Mismatch { expected, found }));
        self
    }

    /// The same problem with advice on what to write instead.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this refuses the scenario.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A place for people: both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The names and texts of everything a scenario was read from. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<(Arc<str>, Arc<str>)>,
}

impl Sources {
    /// Takes in a file's name and text. The text is empty for a file that could not be read as text.
    pub fn add(&mut self, name: &str, text: &str) -> SourceId {
        self.all.push((name.into(), text.into()));
        SourceId(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }

    /// The name shown to people.
    pub fn name(&self, id: SourceId) -> &str {
        self.all.get(id.0 as usize).map_or("", |(name, _)| name)
    }

    /// The whole text.
    pub fn text(&self, id: SourceId) -> &str {
        self.all.get(id.0 as usize).map_or("", |(_, text)| text)
    }

    /// Line and column of a place, or none in a source that could not be read as text.
    pub fn position(&self, origin: Origin) -> Option<Position> {
        let text = self.text(origin.source);
        if text.is_empty() {
            return None;
        }
        let before = &text[..floor_char_boundary(text, origin.span.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let skipped = usize::from(line_start == 0 && before.starts_with('\u{feff}'));
        Some(Position { line, column: before[line_start..].chars().count() + 1 - skipped })
    }
}

/// The last character boundary at or before `at`.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// One line each, for logs and editors: `file:line:column: path: message`.
    Plain,
    /// With a piece of the file and a pointer to the place.
    Graphical {
        /// Whether escape sequences for colours may be used: only on a terminal.
        color: bool,
        /// Columns of the terminal.
        width: usize,
    },
}

/// All problems in the order of the text, the first [`MAX_PROBLEMS_LISTED`] in full, then "and N more".
/// Errors come before warnings. Control characters of the input never reach the result.
pub fn render(problems: &[Problem], sources: &Sources, style: Style) -> String {
    let mut order: Vec<&Problem> = problems.iter().collect();
    order.sort_by_key(|problem| (problem.severity, problem.source, problem.span.start));
    let mut out = String::new();
    for (index, problem) in order.iter().take(MAX_PROBLEMS_LISTED).enumerate() {
        match style {
            Style::Plain => {
                out.push_str(&plain_line(problem, sources));
                out.push('\n');
            }
            Style::Graphical { color, width } => {
                out.push_str(if index > 0 { "\n" } else { "" });
                render_graphical(&mut out, problem, sources, color, width);
            }
        }
    }
    if let Some(more) = order.len().checked_sub(MAX_PROBLEMS_LISTED).filter(|&more| more > 0) {
        let _ = writeln!(out, "and {more} more");
    }
    out
}

/// One problem in one line: `file:line:column: path: message (help)`.
pub fn plain_line(problem: &Problem, sources: &Sources) -> String {
    let origin = Origin { source: problem.source, span: problem.span };
    let mut line = escape(sources.name(problem.source));
    if let Some(Position { line: row, column }) = sources.position(origin) {
        let _ = write!(line, ":{row}:{column}");
    }
    line.push_str(": ");
    if problem.severity == Severity::Warning {
        line.push_str("warning: ");
    }
    line.push_str(&sentence(problem));
    if let Some(help) = &problem.help {
        let _ = write!(line, " ({})", escape(help));
    }
    line
}

/// Longest path shown; a longer one is cut, as keys come from the user.
const LONGEST_PATH_SHOWN: usize = 240;

fn sentence(problem: &Problem) -> String {
    if problem.path.is_empty() {
        return escape(&problem.message);
    }
    format!("{}: {}", escape(&cut(&problem.path, LONGEST_PATH_SHOWN)), escape(&problem.message))
}

fn render_graphical(out: &mut String, problem: &Problem, sources: &Sources, color: bool, width: usize) {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.clamp(40, 200))
        .with_links(false)
        .without_syntax_highlighting();
    let origin = Origin { source: problem.source, span: problem.span };
    let excerpt = sources.position(origin).map(|at| Excerpt::around(sources, origin, at, width));
    // Without a place in a text the file is named in the sentence itself.
    let headline = match excerpt {
        Some(_) => sentence(problem),
        None => format!("{}: {}", escape(sources.name(problem.source)), sentence(problem)),
    };
    let report = excerpt::Report {
        headline,
        severity: problem.severity,
        help: problem.help.as_deref().map(escape),
        excerpt,
    };
    if handler.render_report(out, &report).is_err() {
        out.push_str(&plain_line(problem, sources));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests;
