//! The ordinary reader has the last word: what it refuses is left out with its reason, until it accepts the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, From, GUESS, Imported, Wishes, left_out_lines};
use crate::import::gathered::Gathered;
use crate::import::yaml::{Content, Item, as_comment};
use crate::scenario::document::Rejected;
use crate::scenario::plan::{Plan, Source};
use crate::scenario::problem::Problem;
use crate::scenario::problem::text::escape;

/// Each round leaves something out, so that there is an end; so many things are left out before the rest is given up.
const MAX_ROUNDS: usize = 500;
/// What was left out is listed at the end of the scenario up to here.
const MAX_LISTED: usize = 100;

/// Whether a task definition would be registered.
///
/// # Errors
/// Field and reason of everything that keeps it from that.
pub fn definition(item: &Item) -> Result<(), Vec<(String, String)>> {
    let mut item = item.clone();
    item.notes.clear();
    let aws = Item::mapping([("taskDefinitions", Item::list(vec![item]))]);
    let head = "ecsim: 1\nname: definition\nduration: 1h\n";
    let text = format!("{head}{}", Item::mapping([("aws", aws)]).to_yaml());
    let Err(rejected) = load(&text) else { return Ok(()) };
    let own = |problem: &Problem| {
        let field = problem.path.strip_prefix("aws.taskDefinitions[0]").unwrap_or(&problem.path);
        (field.trim_start_matches('.').to_owned(), problem.message.clone())
    };
    Err(rejected.problems.iter().filter(|problem| problem.is_error()).map(own).collect())
}

fn load(text: &str) -> Result<Plan, Rejected> {
    Plan::load(&Source::Text("import".to_owned(), text.to_owned()), &[], None)
}

/// Leaves out what is refused and writes the rest.
///
/// # Errors
/// What the reader refuses and cannot be left out.
pub(super) fn check(mut draft: Draft, gathered: &mut Gathered, wishes: &Wishes) -> Result<Imported, String> {
    for _ in 0..MAX_ROUNDS {
        let rejected = match load(&draft.root.to_yaml()) {
            Ok(_) if is_bare(&draft) && !gathered.left_out.is_empty() => {
                return Err(format!("nothing is left of it:\n{}", left_out_lines(gathered).join("\n")));
            }
            Ok(plan) => return Ok(written(draft, gathered, wishes, &plan)),
            Err(rejected) => rejected,
        };
        let mut gone: BTreeMap<&'static str, BTreeSet<usize>> = BTreeMap::new();
        let mut removed = false;
        for problem in rejected.problems.iter().filter(|problem| problem.is_error()) {
            match place_of(&problem.path) {
                Some(Place::InList(list, index)) => {
                    let From { origin, path, .. } =
                        draft.from.get(list).and_then(|from| from.get(index)).cloned().unwrap_or_default();
                    let field = field_of(&problem.path);
                    let trimmed = trim(&mut draft, list, index, field);
                    removed |= trimmed;
                    let what = if trimmed { "the field" } else { "all of it" };
                    let at = if field.is_empty() { path } else { format!("{path}: {field}") };
                    gathered.leave_out(origin, at, format!("{}; {what} is left out", problem.message));
                    if !trimmed {
                        gone.entry(list).or_default().insert(index);
                    }
                }
                Some(Place::OfCluster(key)) => {
                    let cluster = draft.root.get_mut("aws").and_then(|aws| aws.get_mut("cluster"));
                    removed |= cluster.is_some_and(|cluster| cluster.remove(&key).is_some());
                    let origin = gathered
                        .clusters
                        .first()
                        .map(crate::scenario::tree::Node::origin)
                        .unwrap_or_default();
                    gathered.leave_out(
                        origin,
                        format!("cluster: {key}"),
                        format!("{}; it is left out", problem.message),
                    );
                }
                None => {}
            }
        }
        for (list, indices) in gone {
            removed = true;
            for index in indices.into_iter().rev() {
                remove(&mut draft, list, index);
            }
        }
        if !removed {
            let first = rejected.problems.iter().find(|problem| problem.is_error());
            let told =
                first.map_or_else(String::new, |problem| format!("{}: {}", problem.path, problem.message));
            return Err(format!("what was found makes no scenario: {}", escape(&told)));
        }
    }
    Err(format!("more than {MAX_ROUNDS} things would have to be left out"))
}

enum Place {
    InList(&'static str, usize),
    OfCluster(String),
}

/// The list and the item of it that a path of a problem leads into.
fn place_of(path: &str) -> Option<Place> {
    if let Some(rest) = path.strip_prefix("aws.cluster") {
        let key = rest.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default();
        let key = if key.is_empty() { "capacityProviders" } else { key };
        return Some(Place::OfCluster(key.to_owned()));
    }
    const LISTS: [&str; 8] = [
        "taskDefinitions",
        "autoScalingGroups",
        "capacityProviders",
        "containerInstances",
        "loadBalancers",
        "services",
        "tasks",
        "scalingPolicies",
    ];
    let of_aws = path.strip_prefix("aws.");
    let timeline = path.strip_prefix("timeline").map(|rest| ("timeline", rest));
    let (list, rest) =
        timeline.or_else(|| LISTS.iter().find_map(|list| Some((*list, of_aws?.strip_prefix(list)?))))?;
    let index = rest.strip_prefix('[')?.split(']').next()?.parse().ok()?;
    Some(Place::InList(list, index))
}

/// The path behind the item.
fn field_of(path: &str) -> &str {
    path.split_once(']').map_or("", |(_, rest)| rest.trim_start_matches('.'))
}

/// Whether there is nothing in it but the name of a cluster.
fn is_bare(draft: &Draft) -> bool {
    draft.from.values().all(Vec::is_empty)
}

/// Without these there is nothing left of an item.
const ESSENTIAL: [&str; 12] = [
    "serviceName",
    "service",
    "taskDefinition",
    "family",
    "containerDefinitions",
    "name",
    "AutoScalingGroupName",
    "InstanceType",
    "instanceType",
    "containerInstance",
    "RegisterScalableTarget",
    "PutScalingPolicy",
];
/// After so many fields an item is given up.
const MAX_TRIMMED: u32 = 4;

/// Takes the field at fault out of an item that is something without it.
fn trim(draft: &mut Draft, list: &'static str, index: usize, field: &str) -> bool {
    let field = field.split(['.', '[']).next().unwrap_or_default();
    if ESSENTIAL.contains(&field) || list == "timeline" {
        return false;
    }
    let Some(from) = draft.from.get_mut(list).and_then(|from| from.get_mut(index)) else { return false };
    if from.trimmed >= MAX_TRIMMED {
        return false;
    }
    from.trimmed += 1;
    let item = list_of(draft, list).and_then(|item| match &mut item.value {
        Content::List(items) => items.get_mut(index),
        Content::Scalar(_) | Content::Mapping(_) => None,
    });
    item.and_then(|item| item.remove(field)).is_some()
}

fn list_of<'d>(draft: &'d mut Draft, list: &str) -> Option<&'d mut Item> {
    let holder = match list {
        "timeline" => Some(&mut draft.root),
        _ => draft.root.get_mut("aws"),
    };
    holder.and_then(|holder| holder.get_mut(list))
}

fn remove(draft: &mut Draft, list: &'static str, index: usize) {
    let Some(item) = list_of(draft, list) else { return };
    if let Content::List(items) = &mut item.value
        && index < items.len()
    {
        items.remove(index);
    }
    if let Some(from) = draft.from.get_mut(list)
        && index < from.len()
    {
        from.remove(index);
    }
}

fn written(mut draft: Draft, gathered: &Gathered, wishes: &Wishes, plan: &Plan) -> Imported {
    let left_out = left_out_lines(gathered);
    draft.root.for_each_text(&mut |text| *text = without_account_ids(text));
    let body = draft.root.to_yaml();
    let guesses = body.matches(&format!("# {GUESS}")).count();
    let files: Vec<&str> = gathered.files.iter().map(|file| file.name.as_str()).collect();
    let files = match files.len() {
        1 => escape(files[0]),
        count => format!("{count} files"),
    };
    let name = &draft.name;
    let question = format!("What does {} do through a day?\n", escape(&without_account_ids(name)));
    let made = format!(
        "Made by `{}` of {files}. Comments that begin with \"guess\" stand beside values that the files do not say.",
        wishes.made_with
    );
    let mut text = as_comment(&[question, made]);
    text.push_str(&body);
    if !left_out.is_empty() {
        text.push_str("# Left out:\n");
        for line in left_out.iter().take(MAX_LISTED) {
            text.push_str(&format!("#   {}\n", without_account_ids(&escape(line))));
        }
        if left_out.len() > MAX_LISTED {
            text.push_str(&format!("#   and {} more\n", left_out.len() - MAX_LISTED));
        }
    }
    let left_out = left_out.iter().map(|line| without_account_ids(line)).collect();
    Imported { yaml: text, name: draft.name, left_out, guesses, warnings: plan.warnings.clone() }
}

/// Twelve digits that stand alone are an account id.
fn without_account_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    let flush = |out: &mut String, digits: &mut String| {
        match digits.len() {
            12 => out.push_str("000000000000"),
            _ => out.push_str(digits),
        }
        digits.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        flush(&mut out, &mut digits);
        out.push(letter);
    }
    flush(&mut out, &mut digits);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_are_an_account_and_thirteen_are_not() {
        assert_eq!(
            without_account_ids("arn:aws:iam::123456789012:role/x"),
            "arn:aws:iam::000000000000:role/x"
        );
        assert_eq!(without_account_ids("1234567890123 and 12"), "1234567890123 and 12");
    }

    #[test]
    fn a_problem_leads_to_the_item_that_is_at_fault() {
        assert!(matches!(place_of("aws.services[12].loadBalancers[0]"), Some(Place::InList("services", 12))));
        assert!(matches!(place_of("timeline[3].with"), Some(Place::InList("timeline", 3))));
        assert!(
            matches!(place_of("aws.cluster.capacityProviders[1]"), Some(Place::OfCluster(key)) if key == "capacityProviders")
        );
        assert!(place_of("world.region").is_none());
        assert_eq!(field_of("aws.services[12].loadBalancers[0].x"), "loadBalancers[0].x");
    }
}
