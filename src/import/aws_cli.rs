//! `ecsim import aws`: any mix of files with what the AWS CLI prints.

use std::path::{Path, PathBuf};

use super::answers;
use super::gathered::{FileReport, Gathered, Verdict};
use crate::scenario::document::{Blame, read_foreign};
use crate::scenario::parse::Subject;
use crate::scenario::problem::{Problem, plain_line};

/// Commands that only read and that write the files which `ecsim import aws` takes.
pub const SCRIPT: &str = include_str!("aws_cli/collect.sh");

/// Most files of one import.
const MAX_FILES: usize = 20_000;

/// Why nothing was read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What to tell.
    pub message: String,
    /// Whose fault it is.
    pub blame: Blame,
}

/// Reads all files, and all `*.json` of each directory in the order of their names.
///
/// # Errors
/// A path that is not there or cannot be read. A file whose contents are wrong is no error but told by its report.
pub fn gather(paths: &[PathBuf]) -> Result<Gathered, Unreadable> {
    let mut gathered = Gathered::default();
    for path in files_of(paths, &["json"])? {
        let name = path.display().to_string();
        let verdict = match read_foreign(&path, Subject::File, &mut gathered.sources) {
            Ok(root) => answers::take(&mut gathered, &stem(&path), &root),
            Err((problems, Blame::Environment)) => return Err(unreadable(&gathered, &problems)),
            Err((problems, Blame::Input)) => Verdict::Refused(told(&gathered, &problems)),
        };
        gathered.files.push(FileReport { name, verdict });
    }
    Ok(gathered)
}

/// The files of a command line: those that are named, and of directories those with one of the extensions.
///
/// # Errors
/// A path that is not there, a directory without such files, or too many of them.
pub fn files_of(paths: &[PathBuf], extensions: &[&str]) -> Result<Vec<PathBuf>, Unreadable> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: std::io::Error| Unreadable {
            message: format!("cannot read `{}`: {error}", path.display()),
            blame: Blame::Environment,
        };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            let is_one = entry.extension().is_some_and(|found| extensions.iter().any(|one| found == *one));
            if is_one && entry.is_file() {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            let message = format!("`{}` holds no *.{} file", path.display(), extensions.join(", *."));
            return Err(Unreadable { message, blame: Blame::Input });
        }
        inside.sort();
        files.extend(inside);
    }
    if files.len() > MAX_FILES {
        let message = format!("{} files found; at most {MAX_FILES} are read", files.len());
        return Err(Unreadable { message, blame: Blame::Input });
    }
    Ok(files)
}

/// The name of a file without directory and extension.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The first problem with its place; a text that is broken once has many.
pub(super) fn told(gathered: &Gathered, problems: &[Problem]) -> String {
    let Some(first) = problems.first() else { return String::new() };
    let line = plain_line(first, &gathered.sources);
    // The report names the file already.
    let name = gathered.sources.name(first.source);
    line.strip_prefix(name)
        .map_or_else(|| line.clone(), |rest| rest.trim_start_matches([':', ' ']).to_owned())
}

fn unreadable(gathered: &Gathered, problems: &[Problem]) -> Unreadable {
    let lines: Vec<String> = problems.iter().map(|problem| plain_line(problem, &gathered.sources)).collect();
    Unreadable { message: lines.join("\n"), blame: Blame::Environment }
}
