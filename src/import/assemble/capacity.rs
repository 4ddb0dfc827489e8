//! Auto Scaling groups, capacity providers and container instances, with the instances that are there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::names::texts_at;
use super::{Assembler, deep, guess};
use crate::aws::auto_scaling_group::LifecycleHookSpecification;
use crate::aws::{CreateAutoScalingGroup, CreateCapacityProvider};
use crate::catalog::instance_types::InstanceTypes;
use crate::import::gathered::{short_name, text_at};
use crate::import::pick::Shape;
use crate::import::yaml::Item;
use crate::scenario::problem::Origin;
use crate::scenario::tree::Node;

/// The type that stands for one that no file tells.
const GUESSED_TYPE: &str = "m5.large";
/// As many custom attributes an instance has at most (RES-12).
const MAX_ATTRIBUTES: usize = 10;
const GROUPS: &str = "autoScalingGroups";

/// What is known of a container instance.
#[derive(Clone, Debug, Default)]
struct Known {
    arn: String,
    id: String,
    instance_type: Option<String>,
    zone: Option<String>,
    provider: Option<String>,
    registered: Option<(u64, u64, u64)>,
    attributes: BTreeMap<String, Value>,
    agent_version: Option<String>,
    is_draining: bool,
    origin: Origin,
}

impl Assembler<'_> {
    /// The container instances of the cluster that are registered.
    fn known_instances(&mut self) -> Vec<Known> {
        let nodes = self.gathered.container_instances.clone();
        let mut all = Vec::new();
        for node in &nodes {
            if !self.is_of_cluster(node) {
                continue;
            }
            let arn = text_at(node, "containerInstanceArn").unwrap_or_default().to_owned();
            let id = text_at(node, "ec2InstanceId").unwrap_or_else(|| short_name(&arn)).to_owned();
            let status = text_at(node, "status").unwrap_or("ACTIVE");
            let at = format!("containerInstance {id}");
            if !["ACTIVE", "DRAINING"].contains(&status) {
                self.gathered.leave_out(node.origin(), at, format!("it is {status} and is left out"));
                continue;
            }
            if node.entry("agentConnected").is_some_and(|flag| flag.to_json() == json!(false)) {
                let message = "its agent is not connected; in the scenario it is";
                self.gathered.leave_out(node.origin(), at, message);
            }
            all.push(Known {
                origin: node.origin(),
                is_draining: status == "DRAINING",
                provider: text_at(node, "capacityProviderName").map(str::to_owned),
                agent_version: node
                    .entry("versionInfo")
                    .and_then(|info| text_at(info, "agentVersion"))
                    .map(|version| version.trim_start_matches('v').to_owned()),
                registered: registered(node),
                zone: attribute(node, "ecs.availability-zone"),
                instance_type: attribute(node, "ecs.instance-type"),
                attributes: custom_attributes(node),
                arn,
                id,
            });
        }
        all
    }

    pub(super) fn auto_scaling_groups(&mut self) {
        let instances = self.known_instances();
        let by_id: BTreeMap<&str, &Known> =
            instances.iter().map(|known| (known.id.as_str(), known)).collect();
        let providers: BTreeMap<String, String> = self
            .gathered
            .capacity_providers
            .iter()
            .filter_map(|node| {
                let group = node
                    .entry("autoScalingGroupProvider")
                    .and_then(|of| text_at(of, "autoScalingGroupArn"))?;
                Some((short_name(group).to_owned(), text_at(node, "name")?.to_owned()))
            })
            .collect();
        let all_count = instances.is_empty() && providers.is_empty();
        let shape = self.shape::<CreateAutoScalingGroup>();
        for node in self.gathered.auto_scaling_groups.clone() {
            let name = text_at(&node, "AutoScalingGroupName").unwrap_or_default().to_owned();
            let there: Vec<&Node> =
                node.entry("Instances").and_then(Node::items).unwrap_or_default().iter().collect();
            let has_ours =
                there.iter().any(|one| text_at(one, "InstanceId").is_some_and(|id| by_id.contains_key(id)));
            let at = format!("AutoScalingGroup {name}");
            if !all_count && !has_ours && !providers.contains_key(&name) {
                let message = "no capacity provider and no container instance of the cluster is of this group; it is left out";
                self.gathered.leave_out(node.origin(), at, message);
                continue;
            }
            let mut item = self.pick(&shape, &node, "CreateAutoScalingGroup", &at);
            item.remove("Instances");
            item.remove("LaunchTemplate");
            self.drop_unknown_types(&mut item, &at, node.origin());
            self.say_type(&mut item, &node, &there);
            self.known_type(&mut item);
            self.say_zones(&mut item, &node);
            for (key, size) in [("MinSize", 1), ("MaxSize", 4)] {
                if item.get(key).is_none() {
                    item.set(key, Item::of(json!(size)).noted(guess("the file does not say it")));
                }
            }
            self.say_hooks(&mut item, &name);
            if !there.is_empty() || has_ours {
                let listed = self.instances_in_group(&name, &there, &by_id, &at);
                self.instance_count += listed.len();
                item.set("Instances", Item::list(listed));
            }
            let item = self.with_guesses(GROUPS, &name, item);
            self.list(GROUPS).push(item, node.origin(), at);
        }
        self.groups_of_providers(&instances);
    }

    /// What a group launches: as its policy says, its template, or the instances it has.
    fn say_type(&mut self, item: &mut Item, node: &Node, there: &[&Node]) {
        let overrides = deep(item, &["MixedInstancesPolicy", "LaunchTemplate", "Overrides"]);
        let has_types =
            overrides.is_some_and(|all| all.items().iter().any(|one| one.get("InstanceType").is_some()));
        if has_types {
            return;
        }
        let policy = item.remove("MixedInstancesPolicy").is_some();
        if item.get("InstanceType").is_some() {
            return;
        }
        let mixed = node
            .entry("MixedInstancesPolicy")
            .and_then(|policy| policy.entry("LaunchTemplate"))
            .and_then(|template| template.entry("LaunchTemplateSpecification"));
        let names = [node.entry("LaunchTemplate"), mixed].into_iter().flatten().flat_map(|template| {
            ["LaunchTemplateId", "LaunchTemplateName"].map(|key| text_at(template, key))
        });
        let named = names.flatten().chain(text_at(node, "LaunchConfigurationName"));
        let of_template = named.filter_map(|name| self.gathered.launch_types.get(name)).next().cloned();
        let kinds = there.iter().filter_map(|one| text_at(one, "InstanceType"));
        let item_of_type = match (of_template, most_frequent(kinds)) {
            (Some(kind), _) => Item::of(json!(kind)),
            (None, Some(kind)) => Item::of(json!(kind)).noted(guess("the type of the instances it has")),
            (None, None) => {
                let why = match policy {
                    true => "its mixed instances policy names no types",
                    false => {
                        "its launch template is not among the files (`aws ec2 describe-launch-template-versions` tells)"
                    }
                };
                Item::of(json!(GUESSED_TYPE)).noted(guess(why))
            }
        };
        item.set("InstanceType", item_of_type);
    }

    /// Hooks are described by an answer of their own.
    fn say_hooks(&self, item: &mut Item, group: &str) {
        let shape = Shape::of::<LifecycleHookSpecification>();
        let of_group = |hook: &&Node| text_at(hook, "AutoScalingGroupName") == Some(group);
        let hooks = self.gathered.lifecycle_hooks.iter().filter(of_group);
        // The answer has fields beside those of the request, none of which says more.
        let hooks: Vec<Item> = hooks.map(|hook| shape.pick(hook).0).collect();
        if !hooks.is_empty() {
            item.set("LifecycleHookSpecificationList", Item::list(hooks));
        }
    }

    fn say_zones(&mut self, item: &mut Item, node: &Node) {
        let subnets = item.remove("VPCZoneIdentifier");
        if !texts_at(node, "AvailabilityZones").is_empty() {
            return;
        }
        let subnets = subnets.and_then(|item| item.text().map(str::to_owned)).unwrap_or_default();
        let known: BTreeSet<&String> =
            subnets.split(',').filter_map(|id| self.gathered.subnets.get(id.trim())).collect();
        let zones = match known.is_empty() {
            false => Item::of(json!(known)),
            true => {
                let why =
                    "the zones of its subnets are not among the files (`aws ec2 describe-subnets` tells)";
                Item::of(json!(self.three_zones())).noted(guess(why))
            }
        };
        item.set("AvailabilityZones", zones);
    }

    pub(super) fn three_zones(&self) -> [String; 3] {
        ["a", "b", "c"].map(|letter| format!("{}{letter}", self.region))
    }

    /// The instances of a group that are in service and, where container instances are told of, registered.
    fn instances_in_group(
        &mut self,
        group: &str,
        there: &[&Node],
        by_id: &BTreeMap<&str, &Known>,
        at: &str,
    ) -> Vec<Item> {
        let mut listed = Vec::new();
        for node in there {
            let id = text_at(node, "InstanceId").unwrap_or_default();
            let state = text_at(node, "LifecycleState").unwrap_or("InService");
            let known = by_id.get(id).copied();
            let at = format!("{at}: {id}");
            if state != "InService" {
                self.gathered.leave_out(
                    node.origin(),
                    at,
                    format!("it is {state}, not InService, and is left out"),
                );
                continue;
            }
            if known.is_none() && !by_id.is_empty() {
                let message = "it is no container instance of the cluster and is left out";
                self.gathered.leave_out(node.origin(), at, message);
                continue;
            }
            let zone = text_at(node, "AvailabilityZone").map(str::to_owned);
            let kind = text_at(node, "InstanceType").map(str::to_owned);
            let known = Known {
                id: id.to_owned(),
                zone: zone.or_else(|| known.and_then(|known| known.zone.clone())),
                instance_type: kind.or_else(|| known.and_then(|known| known.instance_type.clone())),
                ..known.cloned().unwrap_or_default()
            };
            let protected = node.entry("ProtectedFromScaleIn").map(Node::to_json) == Some(json!(true));
            listed.push(self.instance_of_group(&known, protected, group));
        }
        listed
    }

    fn instance_of_group(&mut self, known: &Known, protected: bool, group: &str) -> Item {
        self.note_instance(known, &known.id);
        let zone = known.zone.clone().unwrap_or_else(|| self.three_zones()[0].clone());
        let mut item = Item::of(json!({ "InstanceId": known.id, "AvailabilityZone": zone }));
        if known.zone.is_none() {
            item = item.noted(guess(format!("the zone of {} in {group}", known.id)));
        }
        if let Some(kind) = &known.instance_type {
            item.set("InstanceType", Item::of(json!(kind)));
        }
        if protected {
            item.set("ProtectedFromScaleIn", Item::of(json!(true)));
        }
        if let Some((cpu, memory, gpu)) = known.registered {
            item.set("Registered", size("Cpu", "Memory", "Gpu", (cpu, memory, gpu)));
        }
        if !known.attributes.is_empty() {
            item.set("Attributes", Item::of(json!(known.attributes)));
        }
        item
    }

    /// Names an instance, and drains it if it is draining.
    fn note_instance(&mut self, known: &Known, name: &str) {
        if !known.arn.is_empty() {
            self.instance_names.insert(short_name(&known.arn).to_owned(), name.to_owned());
        }
        self.instance_names.insert(known.id.clone(), name.to_owned());
        if known.is_draining {
            let call = json!({ "at": "0s", "call": "UpdateContainerInstancesState",
                "with": { "containerInstances": [name], "status": "DRAINING" } });
            self.timeline.push(Item::of(call), known.origin, format!("containerInstance {name}"));
        }
    }

    /// Providers of container instances whose group is in no file: a group is guessed around the instances.
    fn groups_of_providers(&mut self, instances: &[Known]) {
        for node in self.gathered.capacity_providers.clone() {
            let group =
                node.entry("autoScalingGroupProvider").and_then(|of| text_at(of, "autoScalingGroupArn"));
            let (Some(name), Some(group)) = (text_at(&node, "name"), group.map(short_name)) else { continue };
            let is_there = |item: &Item| item.get("AutoScalingGroupName").and_then(Item::text) == Some(group);
            if self.list(GROUPS).items.iter().any(is_there) {
                continue;
            }
            let of_provider = |known: &&Known| {
                known.provider.as_deref() == Some(name) && !self.instance_names.contains_key(&known.id)
            };
            let own: Vec<&Known> = instances.iter().filter(of_provider).collect();
            let count = own.len();
            let kind = most_frequent(own.iter().filter_map(|known| known.instance_type.as_deref()));
            let kind = match kind {
                Some(kind) => Item::of(json!(kind)).noted(guess("the type of its container instances")),
                None => Item::of(json!(GUESSED_TYPE)).noted(guess("no file tells its type")),
            };
            let zones: BTreeSet<&String> = own.iter().filter_map(|known| known.zone.as_ref()).collect();
            let zones = match zones.is_empty() {
                false => Item::of(json!(zones)),
                true => Item::of(json!(self.three_zones())).noted(guess("no file tells its zones")),
            };
            let listed: Vec<Item> =
                own.iter().map(|known| self.instance_of_group(known, false, group)).collect();
            self.instance_count += listed.len();
            let mut item = Item::mapping([
                ("AutoScalingGroupName", Item::of(json!(group))),
                ("InstanceType", kind),
                ("MinSize", Item::of(json!(0)).noted(guess("the group is in no file"))),
                ("MaxSize", Item::of(json!((2 * count).max(10))).noted(guess("the group is in no file"))),
                ("DesiredCapacity", Item::of(json!(count))),
                ("AvailabilityZones", zones),
            ]);
            if count > 0 {
                item.set("Instances", Item::list(listed));
            }
            self.list(GROUPS).push(item, node.origin(), format!("AutoScalingGroup {group}"));
        }
    }

    pub(super) fn capacity_providers(&mut self) {
        let shape = self.shape::<CreateCapacityProvider>();
        let of_cluster: BTreeSet<String> = self
            .gathered
            .clusters
            .iter()
            .filter(|node| text_at(node, "clusterName").is_none_or(|name| name == self.cluster))
            .flat_map(|node| texts_at(node, "capacityProviders"))
            .map(|name| short_name(name).to_owned())
            .collect();
        let mut seen = BTreeSet::new();
        for node in self.gathered.capacity_providers.clone() {
            let name = text_at(&node, "name").map(short_name).unwrap_or_default().to_owned();
            if name.starts_with("FARGATE") || !seen.insert(name.clone()) {
                continue;
            }
            let at = format!("capacityProvider {name}");
            if !of_cluster.is_empty() && !of_cluster.contains(&name) {
                self.gathered.leave_out(node.origin(), at, "the cluster does not use it; it is left out");
                continue;
            }
            let mut item = self.pick(&shape, &node, "CreateCapacityProvider", &at);
            item.remove("cluster");
            item.set("name", Item::of(json!(name)));
            if let Some(group) = item.get_mut("autoScalingGroupProvider") {
                let short = group
                    .get("autoScalingGroupArn")
                    .and_then(Item::text)
                    .map(|arn| short_name(arn).to_owned());
                if let Some(short) = short {
                    group.set("autoScalingGroupArn", Item::of(json!(short)));
                }
            }
            let item = self.with_guesses("capacityProviders", &name, item);
            self.list("capacityProviders").push(item, node.origin(), at);
        }
    }

    /// Those of no group: alike ones together, under their own names.
    pub(super) fn container_instances(&mut self) {
        let instances = self.known_instances();
        let mut alike: Vec<(Known, Vec<Known>)> = Vec::new();
        for known in instances.into_iter().filter(|known| !self.instance_names.contains_key(&known.id)) {
            let is_like = |other: &Known| {
                (&other.instance_type, other.registered, &other.attributes, &other.agent_version)
                    == (&known.instance_type, known.registered, &known.attributes, &known.agent_version)
            };
            match alike.iter_mut().find(|(first, _)| is_like(first)) {
                Some((_, all)) => all.push(known),
                None => alike.push((known.clone(), vec![known])),
            }
        }
        for (index, (like, all)) in alike.into_iter().enumerate() {
            let name = if index == 0 { "ec2".to_owned() } else { format!("ec2-{}", index + 1) };
            let mut item = Item::of(json!({ "name": name }));
            let is_known = |kind: &&String| InstanceTypes::built_in().get(kind).is_some();
            let unknown = like.instance_type.as_ref().filter(|kind| !is_known(kind));
            if let (Some(kind), Some(_)) = (unknown, like.registered) {
                let note = guess(format!(
                    "{kind} is not in the table of instance types: its size is what it has registered, its price unknown"
                ));
                item.set("usdPerHour", Item::of(json!(0)).noted(note));
            }
            match like.instance_type.as_ref().filter(is_known) {
                Some(kind) => item.set("instanceType", Item::of(json!(kind))),
                None if like.registered.is_none() => {
                    let kind = Item::of(json!(GUESSED_TYPE)).noted(guess("no file tells its type or size"));
                    item.set("instanceType", kind);
                }
                None => {}
            }
            if let Some((cpu, memory, gpu)) = like.registered {
                item.set("resources", size("cpu", "memory", "gpu", (cpu, memory, gpu)));
            }
            let zones: Vec<String> = all
                .iter()
                .map(|known| known.zone.clone().unwrap_or_else(|| self.three_zones()[0].clone()))
                .collect();
            let zones = match all.iter().all(|known| known.zone.is_some()) {
                true => Item::of(json!(zones)),
                false => Item::of(json!(zones)).noted(guess("no file tells the zone of each")),
            };
            item.set("names", Item::of(json!(all.iter().map(|known| &known.id).collect::<Vec<_>>())));
            item.set("zones", zones);
            if !like.attributes.is_empty() {
                item.set("attributes", Item::of(json!(like.attributes)));
            }
            if let Some(version) = like.agent_version.as_deref().filter(|version| is_version(version)) {
                item.set("agentVersion", Item::of(json!(version)));
            }
            all.iter().for_each(|known| self.note_instance(known, &known.id));
            self.instance_count += all.len();
            let origin = like.origin;
            self.list("containerInstances").push(item, origin, format!("containerInstance {}", like.id));
        }
    }
}

/// A size, without GPUs where there are none.
fn size(cpu_key: &str, memory_key: &str, gpu_key: &str, (cpu, memory, gpu): (u64, u64, u64)) -> Item {
    let mut item = Item::mapping([(cpu_key, Item::of(json!(cpu))), (memory_key, Item::of(json!(memory)))]);
    if gpu > 0 {
        item.set(gpu_key, Item::of(json!(gpu)));
    }
    item
}

fn is_version(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.len() < 10 && part.chars().all(|c| c.is_ascii_digit()))
}

/// What an instance has registered: CPU units, MiB, GPUs.
fn registered(node: &Node) -> Option<(u64, u64, u64)> {
    let resources = node.entry("registeredResources")?.items()?;
    let of = |name: &str| resources.iter().find(|one| text_at(one, "name") == Some(name));
    let whole =
        |name: &str| of(name)?.entry("integerValue")?.integer().and_then(|value| u64::try_from(value).ok());
    let gpus = of("GPU").map_or(0, |one| texts_at(one, "stringSetValue").len() as u64);
    Some((whole("CPU")?, whole("MEMORY")?, gpus))
}

fn attribute(node: &Node, name: &str) -> Option<String> {
    let all = node.entry("attributes")?.items()?;
    let found = all.iter().find(|one| text_at(one, "name") == Some(name))?;
    text_at(found, "value").map(str::to_owned)
}

/// What ECS itself does not set.
fn custom_attributes(node: &Node) -> BTreeMap<String, Value> {
    let all = node.entry("attributes").and_then(Node::items).unwrap_or_default();
    let custom = all.iter().filter_map(|one| Some((text_at(one, "name")?, text_at(one, "value"))));
    let custom = custom.filter(|(name, _)| !name.starts_with("ecs.") && !name.starts_with("com.amazonaws."));
    custom.take(MAX_ATTRIBUTES).map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn most_frequent<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(text, _)| text.to_owned())
}
