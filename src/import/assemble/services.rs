//! Services and their target groups; and, where the files tell of none, one for each task definition, so that there is something
//! to see.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::definitions::Network;
use super::{Assembler, as_text, deep, guess};
use crate::aws::{CreateService, CreateTargetGroup};
use crate::import::gathered::{short_name, text_at};
use crate::import::yaml::{Content, Item};
use crate::scenario::problem::Origin;
use crate::scenario::tree::Node;

const SERVICES: &str = "services";
const TARGET_GROUPS: &str = "loadBalancers";
/// How many tasks of a task definition are shown at work where no file tells of a service.
const GUESSED_TASKS: u32 = 2;
/// Sizes of the machines that are guessed: type, CPU units, MiB that it registers.
const GUESSED_TYPES: [(&str, u64, u64); 5] = [
    ("m5.large", 2048, 7900),
    ("m5.xlarge", 4096, 15_800),
    ("m5.2xlarge", 8192, 31_700),
    ("m5.4xlarge", 16_384, 63_500),
    ("m5.12xlarge", 49_152, 190_000),
];

impl Assembler<'_> {
    pub(super) fn target_groups(&mut self) {
        let shape = self.shape::<CreateTargetGroup>();
        let used = self.used_target_groups();
        for node in self.gathered.target_groups.clone() {
            let named = text_at(&node, "Name").or_else(|| text_at(&node, "TargetGroupName"));
            let given = named
                .or_else(|| text_at(&node, "TargetGroupArn"))
                .map(short_name)
                .unwrap_or_default()
                .to_owned();
            let name = group_name(&given);
            if !used.is_empty() && !used.contains(&given) {
                continue; // of somebody else in the account
            }
            let at = format!("TargetGroup {name}");
            let mut item = self.pick(&shape, &without(&node, "TargetGroupName"), "CreateTargetGroup", &at);
            item.set("Name", Item::of(json!(name)));
            let attributes = self
                .gathered
                .target_group_attributes
                .iter()
                .find(|(stem, _)| stem.as_str() == given || stem.ends_with(&format!("-{given}")));
            let attributes = attributes.map(|(_, node)| node.to_json());
            if let Some(Value::Array(attributes)) = attributes {
                // Those that load balancing of tasks goes by (LB-7, LB-8); the others change nothing here.
                const READ: [&str; 2] =
                    ["deregistration_delay.timeout_seconds", "slow_start.duration_seconds"];
                let read = |one: &&Value| one["Key"].as_str().is_some_and(|key| READ.contains(&key));
                let text = |one: &Value| json!({ "Key": one["Key"], "Value": as_text(&one["Value"]) });
                let read: Vec<Value> = attributes.iter().filter(read).map(text).collect();
                if !read.is_empty() {
                    item.set("Attributes", Item::of(Value::Array(read)));
                }
            }
            let item = self.with_guesses(TARGET_GROUPS, &name, item);
            self.list(TARGET_GROUPS).push(item, node.origin(), at);
        }
    }

    /// The target groups that services of the cluster name.
    fn used_target_groups(&self) -> BTreeSet<String> {
        let services = self.gathered.services.iter().filter(|node| self.is_of_cluster(node));
        let balancers = services.filter_map(|node| node.entry("loadBalancers")?.items()).flatten();
        balancers
            .flat_map(|one| {
                let other =
                    one.entry("advancedConfiguration").and_then(|of| text_at(of, "alternateTargetGroupArn"));
                [text_at(one, "targetGroupArn"), other]
            })
            .flatten()
            .map(|arn| short_name(arn).to_owned())
            .collect()
    }

    pub(super) fn services(&mut self) {
        self.services_of_tasks();
        let shape = self.shape::<CreateService>();
        let tasks = self.gathered.tasks.clone().unwrap_or_default();
        let mut seen = BTreeSet::new();
        for node in self.gathered.services.clone() {
            if !self.is_of_cluster(&node) {
                continue;
            }
            let arn = text_at(&node, "serviceArn").map(short_name);
            let name = text_at(&node, "serviceName").or(arn).unwrap_or_default().to_owned();
            let status = text_at(&node, "status").unwrap_or("ACTIVE");
            let at = format!("service {name}");
            if status != "ACTIVE" {
                self.gathered.leave_out(node.origin(), at, format!("it is {status} and is left out"));
                continue;
            }
            let mut item = self.pick(&shape, &node, "CreateService", &at);
            let name = match name.is_empty() {
                false => name,
                true => {
                    let family =
                        item.get("taskDefinition").and_then(Item::text).map(short_name).unwrap_or("service");
                    let family = family.split(':').next().unwrap_or(family).to_owned();
                    item = item.noted(guess("the file does not name the service"));
                    family
                }
            };
            if !seen.insert(name.clone()) {
                continue; // told twice
            }
            item.remove("cluster");
            let mut named = Item::mapping([("serviceName", Item::of(json!(name)))]);
            named.notes = std::mem::take(&mut item.notes);
            item.remove("serviceName");
            if let Content::Mapping(entries) = item.value {
                entries.into_iter().for_each(|(key, value)| named.set(&key, value));
            }
            if let Some(item) = self.clean_service(named, &node, &name, &tasks) {
                let item = self.with_guesses(SERVICES, &name, item);
                self.list(SERVICES).push(item, node.origin(), at);
            }
        }
        if self.gathered.services.is_empty() {
            self.show_definitions();
        }
    }

    /// Services that only their tasks tell of: they want as many as they have.
    fn services_of_tasks(&mut self) {
        let known: BTreeSet<String> = self
            .gathered
            .services
            .iter()
            .filter_map(|node| {
                text_at(node, "serviceName").or_else(|| text_at(node, "serviceArn").map(short_name))
            })
            .map(str::to_owned)
            .collect();
        let mut found: Vec<(String, Vec<Node>)> = Vec::new();
        for task in self.gathered.tasks.iter().flatten().filter(|task| self.is_of_cluster(task)) {
            let service = text_at(task, "group").and_then(|group| group.strip_prefix("service:"));
            let Some(service) = service.filter(|service| !known.contains(*service)) else { continue };
            match found.iter_mut().find(|(name, _)| name == service) {
                Some((_, tasks)) => tasks.push(task.clone()),
                None => found.push((service.to_owned(), vec![task.clone()])),
            }
        }
        for (name, tasks) in found {
            let last = &tasks[tasks.len() - 1];
            let mut service = json!({ "serviceName": name, "desiredCount": tasks.len(),
                "taskDefinition": text_at(last, "taskDefinitionArn") });
            match (text_at(last, "capacityProviderName"), text_at(last, "launchType")) {
                (Some(provider), _) => {
                    service["capacityProviderStrategy"] =
                        json!([{ "capacityProvider": provider, "weight": 1 }]);
                }
                (None, Some(launch_type)) => service["launchType"] = json!(launch_type),
                (None, None) => {}
            }
            let why = "the service is in no file; it wants the tasks that it has (`aws ecs describe-services` tells)";
            self.gathered.guesses.entry((SERVICES, name)).or_default().push(why.to_owned());
            let node = Node::from_json(&service, last.origin());
            self.gathered.services.push(node);
        }
    }

    /// Names in place of ARNs, and without what a describe answer says for nothing.
    fn clean_service(&mut self, mut item: Item, node: &Node, name: &str, tasks: &[Node]) -> Option<Item> {
        let at = format!("service {name}");
        if let Some(named) = item.get("taskDefinition").and_then(Item::text).map(str::to_owned) {
            let own: Vec<Node> = tasks
                .iter()
                .filter(|task| text_at(task, "group") == Some(&format!("service:{name}")))
                .cloned()
                .collect();
            let Some(known) = self.definition_named(&named, &own, network_of(&item), node.origin()) else {
                let message =
                    format!("its task definition {} was left out, and so is the service", short_name(&named));
                self.gathered.leave_out(node.origin(), at, message);
                return None;
            };
            item.set("taskDefinition", Item::of(json!(known)));
        }
        let controller = item.get("deploymentController").and_then(|of| of.get("type")).and_then(Item::text);
        if item.get("taskDefinition").is_none() && controller != Some("EXTERNAL") {
            let made = self.definition_named(name, &[], network_of(&item), node.origin())?;
            item.set("taskDefinition", Item::of(json!(made)).noted(guess("the file does not say which")));
        }
        item.remove("platformVersion");
        if item.get("capacityProviderStrategy").is_some() {
            item.remove("launchType");
        }
        if item.get("schedulingStrategy").and_then(Item::text) == Some("DAEMON") {
            item.remove("desiredCount");
        } else {
            item.remove("schedulingStrategy");
            if item.get("desiredCount").is_none() && item.get("taskDefinition").is_some() {
                item.set("desiredCount", Item::of(json!(1)).noted(guess("the file does not say how many")));
            }
        }
        let is_ecs = |kind: &Item| kind.get("type").and_then(Item::text) == Some("ECS");
        if item.get("deploymentController").is_some_and(is_ecs) {
            item.remove("deploymentController");
        }
        if item.get("healthCheckGracePeriodSeconds").and_then(Item::count) == Some(0) {
            item.remove("healthCheckGracePeriodSeconds");
        }
        self.clean_deployments(&mut item);
        self.clean_network(&mut item, node, &at);
        self.clean_balancers(&mut item, node, name);
        Some(item)
    }

    fn clean_deployments(&mut self, item: &mut Item) {
        let Some(configuration) = item.get_mut("deploymentConfiguration") else { return };
        let off = |item: &Item| item.get("enable").is_none_or(|flag| *flag == Item::of(json!(false)));
        if configuration.get("alarms").is_some_and(off) {
            configuration.remove("alarms");
        }
        let is_rolling = configuration.get("strategy").and_then(Item::text) == Some("ROLLING");
        if is_rolling && configuration.get("bakeTimeInMinutes").and_then(Item::count) == Some(0) {
            configuration.remove("bakeTimeInMinutes");
        }
        if configuration.is_empty() {
            item.remove("deploymentConfiguration");
        }
    }

    /// Subnets matter where their zones are known.
    fn clean_network(&mut self, item: &mut Item, node: &Node, at: &str) {
        let Some(network) = item.remove("networkConfiguration") else { return };
        let subnets =
            deep(&network, &["awsvpcConfiguration", "subnets"]).map(Item::items).unwrap_or_default();
        let subnets: Vec<String> = subnets.iter().filter_map(Item::text).map(str::to_owned).collect();
        if !subnets.is_empty() && subnets.iter().all(|id| self.gathered.subnets.contains_key(id)) {
            item.set(
                "networkConfiguration",
                Item::of(json!({ "awsvpcConfiguration": { "subnets": subnets } })),
            );
        } else if !subnets.is_empty() {
            let origin = node.entry("networkConfiguration").map_or(node.origin(), Node::origin);
            let message = "the zones of its subnets are not among the files (`aws ec2 describe-subnets` tells); its tasks go to all zones";
            self.gathered.leave_out(origin, format!("{at}: networkConfiguration"), message);
        }
    }

    fn clean_balancers(&mut self, item: &mut Item, node: &Node, name: &str) {
        let Some(balancers) = item.get_mut("loadBalancers") else { return };
        let Content::List(balancers) = &mut balancers.value else { return };
        let mut groups = Vec::new();
        for balancer in balancers.iter_mut() {
            balancer.remove("loadBalancerName");
            for path in [vec!["targetGroupArn"], vec!["advancedConfiguration", "alternateTargetGroupArn"]] {
                let (key, holders) = path.split_last().expect("a path has a last key");
                let holder = holders.iter().try_fold(&mut *balancer, |item, key| item.get_mut(key));
                let Some(holder) = holder else { continue };
                if let Some(short) =
                    holder.get(key).and_then(Item::text).map(|arn| short_name(arn).to_owned())
                {
                    let short = group_name(&short);
                    holder.set(key, Item::of(json!(short)));
                    groups.push(short);
                }
            }
        }
        balancers.retain(|balancer| balancer.get("targetGroupArn").is_some());
        if balancers.is_empty() {
            item.remove("loadBalancers");
        }
        for group in groups {
            let is_there = |item: &Item| item.get("Name").and_then(Item::text) == Some(&group);
            if self.list(TARGET_GROUPS).items.iter().any(is_there) {
                continue;
            }
            let definition = item.get("taskDefinition").and_then(Item::text).unwrap_or_default().to_owned();
            let kind = if self.is_awsvpc(&definition) { "ip" } else { "instance" };
            let why = format!(
                "the target group of {name} is not among the files (`aws elbv2 describe-target-groups` tells); its checks are the defaults"
            );
            let made =
                Item::of(json!({ "Name": group, "Protocol": "HTTP", "TargetType": kind })).noted(guess(why));
            self.list(TARGET_GROUPS).push(made, node.origin(), format!("TargetGroup {group}"));
        }
    }

    /// The task definition that the scenario calls so.
    pub(super) fn definition_item(&self, name: &str) -> Option<&Item> {
        let (family, number) = name.rsplit_once(':')?;
        let number: usize = number.parse().ok()?;
        let all = &self.lists.get("taskDefinitions")?.items;
        let mut own = all.iter().filter(|item| item.get("family").and_then(Item::text) == Some(family));
        own.nth(number.checked_sub(1)?)
    }

    fn is_awsvpc(&self, definition: &str) -> bool {
        self.definition_item(definition)
            .and_then(|item| item.get("networkMode"))
            .and_then(Item::text)
            .is_some_and(|mode| mode == "awsvpc")
    }

    /// A service for each family: the files have task definitions only.
    fn show_definitions(&mut self) {
        let latest: Vec<(String, String)> =
            self.revisions.latest().map(|(family, name)| (family.to_owned(), name.to_owned())).collect();
        // With a cluster around them, that it runs no service is no gap in the files.
        if !self.gathered.clusters.is_empty() || self.gathered.tasks.is_some() {
            return;
        }
        for (family, name) in latest {
            let is_fargate = self
                .definition_item(&name)
                .and_then(|item| item.get("requiresCompatibilities"))
                .is_some_and(|all| all.items().iter().any(|one| one.text() == Some("FARGATE")));
            let mut item = Item::of(
                json!({ "serviceName": family, "taskDefinition": name, "desiredCount": GUESSED_TASKS }),
            );
            if is_fargate {
                item.set("launchType", Item::of(json!("FARGATE")));
            }
            let item =
                item.noted(guess("no file tells of a service; this one shows the task definition at work"));
            self.list(SERVICES).push(item, Origin::default(), format!("service {family}"));
        }
    }

    /// Services that want container instances where no file tells of any get some that hold their tasks.
    pub(super) fn fall_back_on_instances(&mut self) {
        let has_capacity = ["containerInstances", "autoScalingGroups", "capacityProviders"]
            .iter()
            .any(|key| self.lists.get(key).is_some_and(|list| !list.items.is_empty()));
        if has_capacity {
            return;
        }
        let (mut cpu, mut memory, mut apart, mut largest) = (0, 0, 0, (0, 0));
        let services = self.lists.get(SERVICES).map_or(&[][..], |list| &list.items);
        for item in services {
            let on_fargate = item.get("launchType").and_then(Item::text).is_some_and(|kind| kind != "EC2");
            if on_fargate || item.get("capacityProviderStrategy").is_some() {
                continue;
            }
            let Some(definition) =
                item.get("taskDefinition").and_then(Item::text).and_then(|name| self.definition_item(name))
            else {
                continue;
            };
            let count = item.get("desiredCount").and_then(Item::count).unwrap_or(1).max(1);
            let size = size_of(definition);
            (cpu, memory) = (cpu + count * size.0, memory + count * size.1);
            largest = (size.0.max(largest.0), size.1.max(largest.1));
            if has_host_port(definition) {
                apart = apart.max(count);
            }
        }
        if (cpu, memory, apart) == (0, 0, 0) {
            return;
        }
        let fits = |kind: &&(&str, u64, u64)| kind.1 >= largest.0 && kind.2 >= largest.1;
        let Some((kind, cpu_each, memory_each)) = GUESSED_TYPES.iter().find(fits) else { return };
        // Half as much again as the tasks need, so that a deployment has room.
        let needed = (cpu * 3).div_ceil(2 * cpu_each).max((memory * 3).div_ceil(2 * memory_each));
        let count = needed.max(apart + u64::from(apart > 0)).max(2);
        let item = Item::of(
            json!({ "name": "ec2", "count": count, "instanceType": kind, "zones": self.three_zones() }),
        );
        let item = item.noted(guess(
            "no file tells of container instances; these hold all tasks and half as many again",
        ));
        self.instance_count += count as usize;
        self.list("containerInstances").push(item, Origin::default(), "containerInstances");
    }
}

/// A name that a target group can have: 1 to 32 letters, digits and hyphens; of a longer one its end.
fn group_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let last: String = letters[letters.len().saturating_sub(32)..].iter().collect();
    match last.trim_matches('-') {
        "" => "group".to_owned(),
        name => name.to_owned(),
    }
}

/// What a service says of the network of its tasks.
fn network_of(service: &Item) -> Network {
    let strategy = service.get("capacityProviderStrategy").map(Item::to_yaml).unwrap_or_default();
    let on_fargate =
        service.get("launchType").and_then(Item::text) == Some("FARGATE") || strategy.contains("FARGATE");
    match (on_fargate, service.get("networkConfiguration").is_some()) {
        (true, _) => Network::Fargate,
        (false, true) => Network::Awsvpc,
        (false, false) => Network::Unknown,
    }
}

/// The object without one of its keys.
fn without(node: &Node, key: &str) -> Node {
    let mut node = node.clone();
    if let crate::scenario::tree::Value::Mapping(entries) = &mut node.value {
        entries.retain(|(name, _)| name.text != key);
    }
    node
}

/// CPU units and MiB that a task reserves.
pub(super) fn size_of(definition: &Item) -> (u64, u64) {
    let whole = |item: Option<&Item>| {
        let item = item?;
        item.count().or_else(|| item.text()?.parse().ok())
    };
    let containers = definition.get("containerDefinitions").map(Item::items).unwrap_or_default();
    let sum = |keys: &[&str]| -> u64 {
        containers.iter().map(|one| keys.iter().find_map(|key| whole(one.get(key))).unwrap_or(0)).sum()
    };
    let cpu = whole(definition.get("cpu")).unwrap_or_else(|| sum(&["cpu"]));
    let memory = whole(definition.get("memory")).unwrap_or_else(|| sum(&["memoryReservation", "memory"]));
    (cpu, memory)
}

fn has_host_port(definition: &Item) -> bool {
    let containers = definition.get("containerDefinitions").map(Item::items).unwrap_or_default();
    let is_host = definition.get("networkMode").and_then(Item::text) == Some("host");
    let mut ports =
        containers.iter().flat_map(|one| one.get("portMappings").map(Item::items).unwrap_or_default());
    ports.any(|port| is_host || port.get("hostPort").and_then(Item::count).is_some_and(|port| port > 0))
}
