//! The tasks that are there, each on its instance or in its zone (`aws.tasks`).

use std::collections::BTreeSet;

use serde_json::json;

use super::definitions::Network;
use super::{Assembler, guess};
use crate::import::gathered::{short_name, text_at};
use crate::import::yaml::Item;
use crate::scenario::problem::Origin;
use crate::scenario::tree::Node;

/// What a task is told by; alike ones in a row are one entry.
#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    item: Item,
    count: u64,
}

impl Default for Item {
    fn default() -> Self {
        Item::mapping::<&str>([])
    }
}

impl Assembler<'_> {
    pub(super) fn standing_tasks(&mut self) {
        let Some(tasks) = self.gathered.tasks.clone() else { return };
        self.list("tasks"); // none is an answer too
        self.instances_of_tasks();
        let services: BTreeSet<String> = self.lists.get("services").map_or_else(BTreeSet::new, |list| {
            list.items.iter().filter_map(|item| item.get("serviceName")?.text().map(str::to_owned)).collect()
        });
        let mut tasks: Vec<Node> = tasks.into_iter().filter(|node| self.is_of_cluster(node)).collect();
        // By service, the oldest first, as they were launched; dates of the CLI sort as text.
        tasks.sort_by_cached_key(|node| {
            let created = node.entry("createdAt").map(|at| at.to_json().to_string()).unwrap_or_default();
            (text_at(node, "group").unwrap_or_default().to_owned(), created)
        });
        let mut last: Option<(Entry, Node)> = None;
        let (mut stopped, mut standalone) = (0, 0);
        for node in tasks {
            let status = text_at(&node, "lastStatus").unwrap_or("RUNNING");
            let is_going = text_at(&node, "desiredStatus") == Some("STOPPED");
            if is_going || !["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"].contains(&status) {
                stopped += 1;
                continue;
            }
            let Some(item) = self.standing_task(&node, status, &services) else { continue };
            standalone += usize::from(item.get("service").is_none());
            match &mut last {
                Some((entry, _)) if entry.item == item => entry.count += 1,
                _ => {
                    if let Some((entry, of)) = last.replace((Entry { item, count: 1 }, node)) {
                        self.push_task(entry, &of);
                    }
                }
            }
        }
        if let Some((entry, of)) = last {
            self.push_task(entry, &of);
        }
        let list = self.list("tasks");
        if let Some(first) = list.items.first_mut() {
            let mut notes = vec![
                "What runs at time zero. How long tasks have run is forgotten: lives begin fresh.".to_owned(),
            ];
            if standalone > 0 {
                notes.push(guess("how long standalone tasks still run is not told: they run until something stops them (runsFor says otherwise)"));
            }
            if stopped > 0 {
                notes.push(format!("{stopped} tasks that were stopped or stopping are not here."));
            }
            first.notes.splice(0..0, notes);
        }
    }

    /// Container instances that only their tasks tell of.
    fn instances_of_tasks(&mut self) {
        let mut missing: Vec<(String, Option<String>, Origin)> = Vec::new();
        for task in self.gathered.tasks.iter().flatten().filter(|task| self.is_of_cluster(task)) {
            let Some(id) = text_at(task, "containerInstanceArn").map(short_name) else { continue };
            if !self.instance_names.contains_key(id) && missing.iter().all(|(known, ..)| known != id) {
                let zone = text_at(task, "availabilityZone").map(str::to_owned);
                missing.push((id.to_owned(), zone, task.origin()));
            }
        }
        let Some((_, _, origin)) = missing.first().cloned() else { return };
        let ids: Vec<&String> = missing.iter().map(|(id, ..)| id).collect();
        let zones: Vec<String> = missing
            .iter()
            .map(|(_, zone, _)| zone.clone().unwrap_or_else(|| self.three_zones()[0].clone()))
            .collect();
        let why = "these instances are in no file, only tasks on them (`aws ecs describe-container-instances` tells)";
        let item = json!({ "name": "unknown", "instanceType": "m5.large", "names": ids, "zones": zones });
        let item = Item::of(item).noted(guess(why));
        for (id, ..) in &missing {
            self.instance_names.insert(id.clone(), id.clone());
        }
        self.instance_count += missing.len();
        self.list("containerInstances").push(item, origin, "containerInstances unknown");
    }

    fn push_task(&mut self, entry: Entry, node: &Node) {
        let Entry { mut item, count } = entry;
        if count > 1 {
            item.set("count", Item::of(json!(count)));
        }
        let name = text_at(node, "taskArn").map(short_name).unwrap_or("task").to_owned();
        self.list("tasks").push(item, node.origin(), format!("task {name}"));
    }

    fn standing_task(&mut self, node: &Node, status: &str, services: &BTreeSet<String>) -> Option<Item> {
        let name = text_at(node, "taskArn").map(short_name).unwrap_or("task");
        let at = format!("task {name}");
        let group = text_at(node, "group").unwrap_or_default().to_owned();
        let service = group.strip_prefix("service:").map(str::to_owned);
        let mut item = Item::default();
        if let Some(service) = &service {
            if !services.contains(service) {
                let message = format!("its service {service} is not in the scenario; the task is left out");
                self.gathered.leave_out(node.origin(), at, message);
                return None;
            }
            item.set("service", Item::of(json!(service)));
        }
        let named = text_at(node, "taskDefinitionArn").unwrap_or_default().to_owned();
        let Some(definition) =
            self.definition_named(&named, std::slice::from_ref(node), Network::Unknown, node.origin())
        else {
            let message = format!(
                "its task definition {} is not in the scenario; the task is left out",
                short_name(&named)
            );
            self.gathered.leave_out(node.origin(), at, message);
            return None;
        };
        let own = service.as_ref().and_then(|service| self.definition_of_service(service));
        if own.as_deref() != Some(&definition) {
            item.set("taskDefinition", Item::of(json!(definition)));
        }
        match text_at(node, "containerInstanceArn").map(short_name) {
            Some(instance) => match self.instance_names.get(instance) {
                Some(known) => item.set("containerInstance", Item::of(json!(known))),
                None => {
                    let message = format!(
                        "its container instance {instance} is in no file (`aws ecs describe-container-instances` tells); the task is left out"
                    );
                    self.gathered.leave_out(node.origin(), at, message);
                    return None;
                }
            },
            None if text_at(node, "launchType") == Some("EC2") || !self.is_on_fargate(node) => {
                let message = "it has no place yet; its service asks for one again";
                self.gathered.leave_out(node.origin(), at, message);
                return None;
            }
            None => {
                let zone = text_at(node, "availabilityZone").map(str::to_owned);
                match zone {
                    Some(zone) => item.set("availabilityZone", Item::of(json!(zone))),
                    None => {
                        let zone = self.three_zones()[0].clone();
                        item.set(
                            "availabilityZone",
                            Item::of(json!(zone)).noted(guess("no file tells its zone")),
                        );
                    }
                }
                let provider = text_at(node, "capacityProviderName");
                if let (Some(provider), true) = (provider, service.is_some()) {
                    item.set("capacityProvider", Item::of(json!(provider)));
                }
            }
        }
        if service.is_none() {
            let family = definition.split(':').next().unwrap_or_default();
            if !group.is_empty() && group != format!("family:{family}") {
                item.set("group", Item::of(json!(group)));
            }
            let overrides = node.entry("overrides");
            for key in ["cpu", "memory"] {
                if let Some(size) = overrides.and_then(|of| text_at(of, key)) {
                    item.set(key, Item::of(json!(size)));
                }
            }
        }
        if status != "RUNNING" {
            item.set("lastStatus", Item::of(json!("PENDING")));
        }
        Some(item)
    }

    fn is_on_fargate(&self, node: &Node) -> bool {
        let provider = text_at(node, "capacityProviderName").unwrap_or_default();
        text_at(node, "launchType") == Some("FARGATE") || provider.starts_with("FARGATE")
    }

    fn definition_of_service(&self, service: &str) -> Option<String> {
        let all = &self.lists.get("services")?.items;
        let found = all.iter().find(|item| item.get("serviceName").and_then(Item::text) == Some(service))?;
        found.get("taskDefinition")?.text().map(str::to_owned)
    }
}
