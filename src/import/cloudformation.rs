//! `ecsim import cloudformation`: the resources of templates that a cluster is made of.

mod functions;
mod resources;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::aws_cli::{Unreadable, files_of, told};
use super::gathered::{FileReport, Gathered, Verdict};
use crate::scenario::document::{Blame, read_foreign};
use crate::scenario::parse::Subject;
use crate::scenario::problem::plain_line;
use crate::scenario::tree::{Node, Value};
use functions::Template;

/// What templates are read with.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Values of parameters by name; they go over the defaults.
    pub values: BTreeMap<String, String>,
    /// The region that `AWS::Region` means.
    pub region: String,
}

/// Reads templates, and all `*.json`, `*.yaml`, `*.yml` and `*.template` files of directories.
///
/// # Errors
/// A path that is not there or cannot be read. A template that is wrong is no error but told by its report.
pub fn gather(paths: &[PathBuf], parameters: &Parameters) -> Result<Gathered, Unreadable> {
    let mut gathered = Gathered::default();
    for path in files_of(paths, &["json", "yaml", "yml", "template"])? {
        let name = path.display().to_string();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let verdict = match read_foreign(&path, Subject::Template, &mut gathered.sources) {
            Ok(root) => of_template(&mut gathered, &root, &stem, parameters),
            Err((problems, Blame::Environment)) => {
                let lines: Vec<String> =
                    problems.iter().map(|one| plain_line(one, &gathered.sources)).collect();
                return Err(Unreadable { message: lines.join("\n"), blame: Blame::Environment });
            }
            Err((problems, Blame::Input)) => Verdict::Refused(told(&gathered, &problems)),
        };
        gathered.files.push(FileReport { name, verdict });
    }
    Ok(gathered)
}

fn of_template(gathered: &mut Gathered, root: &Node, stem: &str, parameters: &Parameters) -> Verdict {
    let Some(listed) = root.entry("Resources").and_then(Node::entries) else {
        return Verdict::Refused("no CloudFormation template: it has no `Resources`".to_owned());
    };
    let template = Template::new(root, stem, parameters);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut others = 0;
    for (logical_id, resource) in listed {
        if !template.is_wanted(resource) {
            continue;
        }
        let kind = resource.entry("Type").and_then(Node::text).unwrap_or_default();
        match resources::take(gathered, &template, &logical_id.text, kind, resource) {
            Some(what) => *kinds.entry(what).or_default() += 1,
            None => others += 1,
        }
    }
    if kinds.is_empty() {
        return Verdict::Nothing(format!(
            "none of its {others} resources is of a cluster, a service or their scaling"
        ));
    }
    let words = kinds.into_iter().map(|(what, count)| match count {
        1 => format!("1 {what}"),
        _ if what.ends_with('y') => format!("{count} {}ies", &what[..what.len() - 1]),
        _ => format!("{count} {what}s"),
    });
    Verdict::Taken(words.collect())
}

/// The same mapping with its keys begun in lower case, as the API of ECS spells them.
fn lower_camel(node: &Node) -> Node {
    let value = match &node.value {
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|(key, value)| {
                    let mut key = key.clone();
                    let mut letters = key.text.chars();
                    if let Some(first) = letters.next() {
                        key.text = first.to_lowercase().chain(letters).collect();
                    }
                    (key, lower_camel(value))
                })
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(lower_camel).collect()),
        other => other.clone(),
    };
    Node { value, ..node.clone() }
}
