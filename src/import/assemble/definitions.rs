//! Task definitions, without anything that a simulation does not read, numbered as the scenario numbers them.

use serde_json::{Value, json};

use super::names::split_revision;
use super::{Assembler, as_text, checked, guess};
use crate::aws::RegisterTaskDefinition;
use crate::import::gathered::text_at;
use crate::import::yaml::{Content, Item};
use crate::scenario::path::Path;
use crate::scenario::problem::Origin;
use crate::scenario::tree::Node;

/// Fields of a container that are read only to refuse them on Fargate: the cluster runs them, so AWS has not.
const ONLY_REFUSED: [&str; 3] = ["dnsServers", "extraHosts", "linuxParameters"];
const LIST: &str = "taskDefinitions";

impl Assembler<'_> {
    pub(super) fn task_definitions(&mut self) {
        let shape = self.shape::<RegisterTaskDefinition>();
        let mut found: Vec<(String, Option<u64>, Node)> = Vec::new();
        for node in self.gathered.task_definitions.clone() {
            let (named, from_arn) =
                text_at(&node, "taskDefinitionArn").map(split_revision).unwrap_or_default();
            let family = text_at(&node, "family").map_or(named, str::to_owned);
            let revision =
                node.entry("revision").and_then(Node::integer).and_then(|number| u64::try_from(number).ok());
            found.push((family, revision.or(from_arn), node));
        }
        // The same revision told twice is one; without a number the order of the files is that of registration.
        found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
        found.dedup_by(|b, a| a.0 == b.0 && a.1.is_some() && a.1 == b.1);
        for (family, revision, node) in found {
            let path = format!("taskDefinition {family}");
            let mut item = self.pick(&shape, &node, "RegisterTaskDefinition", &path);
            if family.is_empty() {
                self.gathered.leave_out(
                    node.origin(),
                    "family",
                    "a task definition without a family is left out",
                );
                continue;
            }
            item.set("family", Item::of(json!(family)));
            self.clean_containers(&mut item);
            self.add_definition(item, &family, revision, &|field| origin_in(&node, field), path);
        }
    }

    /// Adds a task definition if it would be registered.
    pub(super) fn add_definition(
        &mut self,
        item: Item,
        family: &str,
        revision: Option<u64>,
        origin: &dyn Fn(&str) -> Origin,
        path: String,
    ) {
        if let Err(reasons) = checked::definition(&item) {
            for (field, reason) in reasons {
                let at = if field.is_empty() { path.clone() } else { format!("{path}.{field}") };
                self.gathered.leave_out(
                    origin(&field),
                    at,
                    format!("{reason}; the task definition is left out"),
                );
            }
            self.refused.insert((family.to_owned(), revision));
            return;
        }
        let list = self.list(LIST);
        let number = 1 + list
            .items
            .iter()
            .filter(|item| item.get("family").and_then(Item::text) == Some(family))
            .count();
        let item = match revision {
            Some(revision) if revision != number as u64 => {
                item.noted(format!("{family}:{revision} of the cluster is {family}:{number} here"))
            }
            _ => item,
        };
        let item = self.with_guesses(LIST, family, item);
        self.list(LIST).push(item, origin(""), path);
        self.revisions.add(family, revision, number);
    }

    /// Images without registries, whose names hold account ids; probes without their commands.
    fn clean_containers(&mut self, item: &mut Item) {
        let Some(containers) = item.get_mut("containerDefinitions") else { return };
        let Content::List(containers) = &mut containers.value else { return };
        for container in containers {
            for key in ONLY_REFUSED {
                container.remove(key);
            }
            if let Some(image) = container.get("image").and_then(Item::text).map(bare_image) {
                container.set("image", Item::of(json!(image)));
            }
            let Some(check) = container.get_mut("healthCheck") else { continue };
            let kind = check.get("command").map(Item::items).and_then(<[Item]>::first).and_then(Item::text);
            match kind {
                Some("NONE") => check.set("command", Item::of(json!(["NONE"]))),
                Some(kind) if kind.starts_with("CMD") => {
                    let kind = kind.to_owned();
                    check.set("command", Item::of(json!([kind, "probe"])));
                }
                _ if check.get("command").is_some() => {
                    check.set("command", Item::of(json!(["CMD-SHELL", "probe"])))
                }
                _ => {}
            }
        }
    }

    /// What the scenario calls a task definition; one that is in no file is put together from what is known of its tasks.
    pub(super) fn definition_named(
        &mut self,
        named: &str,
        like: &[Node],
        network: Network,
        origin: Origin,
    ) -> Option<String> {
        if let Some(known) = self.revisions.of(named) {
            return Some(known.to_owned());
        }
        let (family, revision) = split_revision(named);
        let is_refused = |revision: Option<u64>| self.refused.contains(&(family.clone(), revision));
        if family.is_empty() || is_refused(revision) || is_refused(None) {
            return None;
        }
        let task = like.iter().find(|task| {
            text_at(task, "taskDefinitionArn").map(split_revision) == Some((family.clone(), revision))
        });
        let item = definition_like(&family, revision, task, network);
        self.add_definition(item, &family, revision, &|_| origin, format!("taskDefinition {named}"));
        self.revisions.of(named).map(str::to_owned)
    }
}

/// Where a field of an object stands, or what is around it.
fn origin_in(node: &Node, field: &str) -> Origin {
    field.parse::<Path>().map_or(node.origin(), |path| path.nearest_origin(node))
}

/// The image without the registry in front of it.
fn bare_image(image: &str) -> String {
    match image.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) => rest.to_owned(),
        _ => image.to_owned(),
    }
}

/// What is known of the network of tasks whose definition is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// They run on Fargate.
    Fargate,
    /// Each has an interface of its own.
    Awsvpc,
    /// Nothing.
    Unknown,
}

fn definition_like(family: &str, revision: Option<u64>, task: Option<&Node>, network: Network) -> Item {
    let revision = revision.map_or_else(String::new, |revision| format!(":{revision}"));
    let wish = format!("`aws ecs describe-task-definition --task-definition {family}{revision}` tells");
    let size = |node: Option<&Node>, key: &str| {
        let text = node.and_then(|node| node.entry(key)).map(|value| as_text(&value.to_json()));
        text.and_then(|text| text.trim().parse::<u32>().ok()).filter(|size| *size > 0)
    };
    let (cpu, memory) = (size(task, "cpu"), size(task, "memory"));
    let mut definition = json!({ "family": family });
    let containers = task.and_then(|task| task.entry("containers")).and_then(Node::items).unwrap_or_default();
    let mut names: Vec<&str> = containers.iter().filter_map(|container| text_at(container, "name")).collect();
    if names.is_empty() {
        names.push("app");
    }
    let is_fargate =
        network == Network::Fargate || task.and_then(|task| text_at(task, "launchType")) == Some("FARGATE");
    let (cpu_units, mib) = cpu.zip(memory).unwrap_or((256, 512));
    if is_fargate {
        definition["cpu"] = json!(cpu_units.to_string());
    }
    definition["memory"] = json!(mib.to_string());
    if is_fargate || network == Network::Awsvpc {
        definition["networkMode"] = json!("awsvpc");
    }
    let mut all: Vec<Value> = names.iter().map(|name| json!({ "name": name, "image": name })).collect();
    if is_fargate {
        definition["requiresCompatibilities"] = json!(["FARGATE"]);
    } else {
        all[0]["cpu"] = json!(cpu_units); // a container may have less than a task must have
    }
    definition["containerDefinitions"] = all.into();
    let why = match (task, cpu.zip(memory)) {
        (Some(_), Some(_)) => "is in no file; names and sizes are those of one of its tasks",
        _ => "is in no file; 256 CPU units and 512 MiB stand for it",
    };
    Item::of(definition).noted(guess(format!("{family}{revision} {why} ({wish})")))
}

#[cfg(test)]
mod tests {
    use super::bare_image;

    #[test]
    fn an_image_loses_its_registry_and_nothing_else() {
        assert_eq!(bare_image("123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1.4"), "shop/web:1.4");
        assert_eq!(bare_image("localhost:5000/web"), "web");
        assert_eq!(bare_image("nginx:latest"), "nginx:latest");
        assert_eq!(bare_image("grafana/grafana"), "grafana/grafana");
    }
}
