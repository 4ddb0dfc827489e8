//! What became of each file, in words.

use std::path::Path;

use crate::import::assemble::Imported;
use crate::import::{FileReport, Gathered, Verdict};
use crate::output::escape::visible_text;

/// So many files, left-out things and warnings are listed; the scenario lists more of them at its end.
const MAX_LISTED: usize = 30;

/// A line a file.
pub fn files(files: &[FileReport]) -> String {
    let line = |file: &FileReport| match &file.verdict {
        Verdict::Taken(what) => format!("taken    {}: {}", file.name, what.join(", ")),
        Verdict::Nothing(why) => format!("nothing  {}: {why}", file.name),
        Verdict::Refused(why) => format!("refused  {}: {why}", file.name),
    };
    listed(files.iter().map(line))
}

/// Files, what was left out, guesses and warnings.
pub fn all(gathered: &Gathered, made: &Imported, to: Option<&Path>) -> String {
    let mut text = String::from("Files\n");
    text.push_str(&files(&gathered.files));
    if !made.left_out.is_empty() {
        text.push_str("Left out\n");
        text.push_str(&listed(made.left_out.iter().cloned()));
    }
    if !made.warnings.is_empty() {
        text.push_str("Warnings about the scenario\n");
        text.push_str(&listed(made.warnings.iter().cloned()));
    }
    text + &end(made.guesses, &made.name, to)
}

/// Where it was written, and how much of it is guesswork.
pub fn end(guesses: usize, name: &str, to: Option<&Path>) -> String {
    let guesses = match guesses {
        0 => "no guesses".to_owned(),
        1 => "1 guess, with a comment beside it".to_owned(),
        count => format!("{count} guesses, each with a comment beside it"),
    };
    match to {
        Some(path) => {
            let path = visible_text(&path.display().to_string());
            format!("Written to {path}, {guesses}. Next: ecsim run {path}\n")
        }
        None => format!("{}: {guesses}.\n", visible_text(name)),
    }
}

/// Lines, indented; of many the first.
pub fn listed(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(MAX_LISTED);
    let mut text: String =
        lines.take(MAX_LISTED).map(|line| format!("  {}\n", visible_text(&line))).collect();
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}
