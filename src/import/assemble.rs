//! From what was gathered to one scenario, guesses beside the values and what was left out at its end.

mod capacity;
mod checked;
mod definitions;
mod names;
mod prices;
mod scaling;
mod services;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::gathered::{Gathered, short_name, text_at};
use super::pick::Shape;
use super::yaml::Item;
use crate::aws::CreateCluster;
use crate::scenario::problem::{Origin, plain_line};
use crate::scenario::tree::Node;
use names::Revisions;

/// What a user wants of an import beside the files.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The name of the scenario; without it that of the cluster.
    pub name: Option<String>,
    /// Which cluster, where the files tell of several.
    pub cluster: Option<String>,
    /// What the scenario was made with: `ecsim import aws`.
    pub made_with: String,
    /// Whether text stands for numbers, as CloudFormation has it.
    pub lenient: bool,
    /// The region, where the files do not say it.
    pub region: Option<String>,
}

/// The scenario and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The scenario as text.
    pub yaml: String,
    /// Its name.
    pub name: String,
    /// What was left out, one line each.
    pub left_out: Vec<String>,
    /// How many guesses stand beside values.
    pub guesses: usize,
    /// What the ordinary reader warns of.
    pub warnings: Vec<String>,
}

/// How a guess begins.
pub(super) const GUESS: &str = "guess: ";

/// A comment that says that a value is a guess, and why.
pub(crate) fn guess(text: impl std::fmt::Display) -> String {
    format!("{GUESS}{text}")
}

/// Where an item of the scenario comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct From {
    origin: Origin,
    path: String,
    /// How many of its fields were left out because they were refused.
    trimmed: u32,
}

/// A list of the scenario with the origin of each of its items.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    items: Vec<Item>,
    from: Vec<From>,
}

impl List {
    fn push(&mut self, item: Item, origin: Origin, path: impl Into<String>) {
        self.items.push(item);
        self.from.push(From { origin, path: path.into(), trimmed: 0 });
    }
}

/// Makes the scenario.
///
/// # Errors
/// One text for the user: nothing usable was found, or several clusters and none was chosen.
pub fn assemble(gathered: &mut Gathered, wishes: &Wishes) -> Result<Imported, String> {
    if gathered.is_empty() {
        return Err("none of the files tells of a cluster, a service or a task definition".to_owned());
    }
    let cluster = choose_cluster(gathered, wishes)?;
    let mut assembler = Assembler {
        region: wishes.region.clone().unwrap_or_else(|| names::region_of(gathered)),
        cluster,
        lenient: wishes.lenient,
        revisions: Revisions::default(),
        refused: BTreeSet::new(),
        lists: BTreeMap::new(),
        instance_names: BTreeMap::new(),
        instance_count: 0,
        timeline: List::default(),
        gathered,
    };
    assembler.task_definitions();
    assembler.target_groups();
    assembler.auto_scaling_groups();
    assembler.capacity_providers();
    assembler.container_instances();
    assembler.services();
    assembler.standing_tasks();
    assembler.fall_back_on_instances();
    assembler.scaling();
    let draft = assembler.draft(wishes);
    checked::check(draft, assembler.gathered, wishes)
}

/// What is put together.
pub(super) struct Assembler<'g> {
    gathered: &'g mut Gathered,
    lenient: bool,
    region: String,
    cluster: String,
    revisions: Revisions,
    /// Task definitions that were refused, by family and revision.
    refused: BTreeSet<(String, Option<u64>)>,
    /// The lists under `aws`, by key.
    lists: BTreeMap<&'static str, List>,
    /// Names of container instances, by ARN and by id.
    instance_names: BTreeMap<String, String>,
    /// How many instances there are at time zero.
    instance_count: usize,
    timeline: List,
}

/// The scenario before it was checked.
pub(super) struct Draft {
    name: String,
    root: Item,
    from: BTreeMap<&'static str, Vec<From>>,
}

impl Assembler<'_> {
    fn list(&mut self, key: &'static str) -> &mut List {
        self.lists.entry(key).or_default()
    }

    fn shape<T: schemars::JsonSchema>(&self) -> Shape {
        match self.lenient {
            true => Shape::of::<T>().lenient(),
            false => Shape::of::<T>(),
        }
    }

    /// The fields of an object that are read; the unknown ones are told as left out.
    fn pick(&mut self, shape: &Shape, node: &Node, call: &str, path: &str) -> Item {
        let (item, unknown) = shape.pick(node);
        for field in unknown {
            let message = format!("{call} has no such field; it is left out");
            self.gathered.leave_out(field.origin, format!("{path}.{}", field.path), message);
        }
        item
    }

    /// Guesses that the importer has made itself about one thing.
    fn with_guesses(&self, kind: &'static str, name: &str, item: Item) -> Item {
        let notes = self.gathered.guesses.get(&(kind, name.to_owned()));
        notes.into_iter().flatten().fold(item, |item, note| item.noted(guess(note)))
    }

    /// Whether something of the cluster is meant: what names no cluster is.
    fn is_of_cluster(&self, node: &Node) -> bool {
        let named = text_at(node, "clusterArn").or_else(|| text_at(node, "cluster"));
        named.is_none_or(|named| short_name(named) == self.cluster)
    }

    fn draft(&mut self, wishes: &Wishes) -> Draft {
        let name = wishes.name.clone().unwrap_or_else(|| self.cluster.clone());
        let world = self.world(); // it looks at the lists
        let mut aws = Item::mapping::<&str>([]);
        let mut from = BTreeMap::new();
        let order = [
            "taskDefinitions",
            "autoScalingGroups",
            "capacityProviders",
            "cluster",
            "containerInstances",
            "loadBalancers",
            "services",
            "tasks",
            "scalingPolicies",
        ];
        for key in order {
            if key == "cluster" {
                aws.set(key, self.cluster_item());
                continue;
            }
            if let Some(list) = self.lists.remove(key) {
                let is_answer = key == "tasks"; // no tasks is something else than nothing said of tasks
                if !list.items.is_empty() || is_answer {
                    aws.set(key, Item::list(list.items));
                    from.insert(key, list.from);
                }
            }
        }
        if let Some(settings) = self.account_settings() {
            aws.set("accountSettings", settings);
        }
        let length = Item::of(json!("24h")).noted(guess("the files do not say how far to look ahead"));
        let mut root = Item::mapping([
            ("ecsim", Item::of(json!(1))),
            ("name", Item::of(json!(name))),
            ("duration", length),
            ("aws", aws),
            ("world", world),
        ]);
        let timeline = std::mem::take(&mut self.timeline);
        if !timeline.items.is_empty() {
            root.set("timeline", Item::list(timeline.items));
            from.insert("timeline", timeline.from);
        }
        root.set(
            "experiment",
            Item::of(json!({ "replications": 10 })).noted("more of them make narrower intervals"),
        );
        Draft { name, root, from }
    }

    fn cluster_item(&mut self) -> Item {
        let shape = self.shape::<CreateCluster>();
        let known = self
            .gathered
            .clusters
            .iter()
            .find(|node| text_at(node, "clusterName").is_none_or(|name| name == self.cluster));
        let mut item = match known.cloned() {
            Some(node) => self.pick_cluster(&shape, &node),
            None => Item::mapping::<&str>([]),
        };
        item.remove("clusterName");
        let mut named = Item::mapping([("clusterName", Item::of(json!(self.cluster)))]);
        for key in ["capacityProviders", "defaultCapacityProviderStrategy"] {
            if let Some(value) = item.remove(key) {
                named.set(key, value);
            }
        }
        named
    }

    /// A describe answer has keys that no request has, and none of them matters.
    fn pick_cluster(&mut self, shape: &Shape, node: &Node) -> Item {
        shape.pick(node).0
    }

    fn account_settings(&self) -> Option<Item> {
        const READ: [&str; 2] = ["awsvpcTrunking", "fargateTaskRetirementWaitPeriod"];
        let settings = self.gathered.account_settings.iter();
        let read: Vec<(String, Item)> = settings
            .filter(|(name, _)| READ.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), Item::of(json!(value))))
            .collect();
        (!read.is_empty()).then(|| Item::mapping(read))
    }

    fn world(&self) -> Item {
        let region = Item::of(json!(self.region))
            .noted("The files do not say how tasks behave: sizes of images, start-up times, crashes and demand are the defaults")
            .noted("of the world; see docs/scenarios.md for `world`. Task definitions are numbered from 1 in each family.");
        let mut world = Item::mapping([("region", region)]);
        let used = self.used_subnets();
        if !used.is_empty() {
            let zones = used.into_iter().map(|(id, zone)| (id, Item::of(json!(zone))));
            world.set("subnets", Item::mapping(zones));
        }
        if let Some(prices) = self.prices() {
            world.set("prices", prices);
        }
        world
    }

    /// The zones of subnets that the scenario names.
    fn used_subnets(&self) -> BTreeMap<String, String> {
        let mut named = BTreeSet::new();
        for key in ["services", "autoScalingGroups"] {
            for item in self.lists.get(key).map_or(&[][..], |list| &list.items) {
                let mut item = item.clone();
                item.for_each_text(&mut |text| {
                    named.extend(text.split(',').map(|part| part.trim().to_owned()));
                });
            }
        }
        let subnets = self.gathered.subnets.iter();
        subnets.filter(|(id, _)| named.contains(*id)).map(|(id, zone)| (id.clone(), zone.clone())).collect()
    }
}

/// The cluster that is meant.
fn choose_cluster(gathered: &Gathered, wishes: &Wishes) -> Result<String, String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    names.extend(gathered.clusters.iter().filter_map(|node| text_at(node, "clusterName")));
    let others = [&gathered.services, &gathered.container_instances];
    let others = others.into_iter().flatten().chain(gathered.tasks.iter().flatten());
    names.extend(
        others
            .filter_map(|node| text_at(node, "clusterArn").or_else(|| text_at(node, "cluster")))
            .map(short_name),
    );
    if let Some(wanted) = &wishes.cluster {
        let wanted = short_name(wanted);
        if !names.is_empty() && !names.contains(wanted) {
            let all: Vec<&str> = names.into_iter().collect();
            return Err(format!("the files tell of no cluster {wanted:?}, but of {}", all.join(", ")));
        }
        return Ok(wanted.to_owned());
    }
    match names.len() {
        0 => Ok("default".to_owned()),
        1 => Ok(names.into_iter().next().unwrap_or("default").to_owned()),
        _ => {
            let all: Vec<&str> = names.into_iter().collect();
            Err(format!(
                "the files tell of {} clusters: choose one with --cluster: {}",
                all.len(),
                all.join(", ")
            ))
        }
    }
}

/// What was left out, in words, once each.
pub(super) fn left_out_lines(gathered: &Gathered) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let lines = gathered
        .left_out
        .iter()
        .map(|problem| plain_line(problem, &gathered.sources).replacen("warning: ", "", 1));
    lines.filter(|line| seen.insert(line.clone())).collect()
}

/// A value in a mapping under a path of keys.
pub(super) fn deep<'i>(item: &'i Item, path: &[&str]) -> Option<&'i Item> {
    path.iter().try_fold(item, |item, key| item.get(key))
}

/// Text of a value.
pub(super) fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
