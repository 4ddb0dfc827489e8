//! Files that are no scenarios, read by the same bounded reader, so that importers can point into them.

use std::path::Path;

use super::reading::{Unreadable, read_bounded};
use super::{Blame, parse_bytes};
use crate::scenario::limits::MAX_FILE_BYTES;
use crate::scenario::parse::{Budget, Parsed, Subject};
use crate::scenario::problem::{Origin, Problem, Sources, Span};
use crate::scenario::tree::Node;

/// Reads a JSON or YAML file. Its text is taken into `sources`; what is wrong with it points there.
///
/// # Errors
/// Everything found, and whose fault it is.
pub fn read_foreign(
    path: &Path,
    subject: Subject,
    sources: &mut Sources,
) -> Result<Node, (Vec<Problem>, Blame)> {
    let name = path.display().to_string();
    let bytes = read_bounded(path, MAX_FILE_BYTES).map_err(|Unreadable { message, blame }| {
        let source = sources.add(&name, "");
        let origin = Origin { source, span: Span::default() };
        (vec![Problem::error(origin, "", message)], blame)
    })?;
    let read = parse_bytes(&name, &bytes, subject, sources, &mut Budget::default());
    match read {
        Ok(Parsed { root, problems }) if problems.is_empty() => Ok(root),
        Ok(Parsed { problems, .. }) | Err(problems) => Err((problems, Blame::Input)),
    }
}
