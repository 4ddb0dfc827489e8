//! Names of the scenario for what AWS calls by ARN: regions, revisions of task definitions.

use std::collections::BTreeMap;

use crate::import::gathered::{Gathered, short_name, text_at};
use crate::scenario::tree::Node;

/// From `family:revision` of the cluster to the number that the scenario gives it.
#[derive(Clone, Debug, Default)]
pub struct Revisions {
    known: BTreeMap<String, String>,
    latest: BTreeMap<String, String>,
}

impl Revisions {
    /// Notes that `revision` of a family is the `number`-th of the scenario.
    pub fn add(&mut self, family: &str, revision: Option<u64>, number: usize) {
        let name = format!("{family}:{number}");
        if let Some(revision) = revision {
            self.known.insert(format!("{family}:{revision}"), name.clone());
        }
        self.latest.insert(family.to_owned(), name);
    }

    /// What the scenario calls the task definition of this name or ARN.
    #[must_use]
    pub fn of(&self, named: &str) -> Option<&str> {
        let name = short_name(named);
        self.known.get(name).or_else(|| self.latest.get(name)).map(String::as_str)
    }

    /// The families, each with its latest revision.
    pub fn latest(&self) -> impl Iterator<Item = (&str, &str)> {
        self.latest.iter().map(|(family, name)| (family.as_str(), name.as_str()))
    }
}

/// The family and the revision that a name or ARN says.
pub fn split_revision(named: &str) -> (String, Option<u64>) {
    let name = short_name(named);
    match name.rsplit_once(':') {
        Some((family, revision)) if revision.parse::<u64>().is_ok() => {
            (family.to_owned(), revision.parse().ok())
        }
        _ => (name.to_owned(), None),
    }
}

/// The region that most ARNs and zones name; us-east-1 where none does.
pub fn region_of(gathered: &Gathered) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let lists = [
        &gathered.services,
        &gathered.clusters,
        &gathered.task_definitions,
        &gathered.container_instances,
        &gathered.capacity_providers,
    ];
    let nodes = lists.into_iter().flatten().chain(gathered.tasks.iter().flatten());
    let keys = [
        "serviceArn",
        "clusterArn",
        "taskDefinitionArn",
        "containerInstanceArn",
        "capacityProviderArn",
        "taskArn",
    ];
    for node in nodes {
        for arn in keys.iter().filter_map(|key| text_at(node, key)) {
            if let Some(region) = arn.split(':').nth(3).filter(|region| is_region(region)) {
                *counts.entry(region.to_owned()).or_default() += 1;
            }
        }
    }
    let zones = gathered.auto_scaling_groups.iter().flat_map(|group| texts_at(group, "AvailabilityZones"));
    for zone in zones {
        let region = zone.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        if is_region(region) {
            *counts.entry(region.to_owned()).or_default() += 1;
        }
    }
    let most = counts.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    most.map_or_else(|| "us-east-1".to_owned(), |(region, _)| region.clone())
}

/// `us-east-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()))
        && parts.last().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()))
}

/// The texts of a list at a key.
pub fn texts_at<'n>(node: &'n Node, key: &str) -> Vec<&'n str> {
    node.entry(key).and_then(Node::items).into_iter().flatten().filter_map(Node::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_found_by_arn_by_name_and_by_family() {
        let mut revisions = Revisions::default();
        revisions.add("web", Some(17), 1);
        revisions.add("web", Some(19), 2);
        assert_eq!(revisions.of("arn:aws:ecs:us-east-1:123456789012:task-definition/web:17"), Some("web:1"));
        assert_eq!(revisions.of("web:19"), Some("web:2"));
        assert_eq!(revisions.of("web"), Some("web:2"));
        assert_eq!(revisions.of("web:18"), None);
    }

    #[test]
    fn names_of_regions_are_told_from_zones_and_from_nothing() {
        assert!(is_region("us-east-1") && is_region("us-gov-west-1"));
        assert!(!is_region("us-east-1a") && !is_region("") && !is_region("us--1"));
    }
}
