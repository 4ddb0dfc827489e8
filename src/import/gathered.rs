//! What importers have found, in the shapes of the AWS API, and what became of each file.

use std::collections::BTreeMap;

use crate::scenario::problem::{Origin, Problem, Sources};
use crate::scenario::tree::Node;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was understood, and these things were found in it.
    Taken(Vec<String>),
    /// It was understood, and says nothing that a scenario needs; why.
    Nothing(String),
    /// It was not understood; why.
    Refused(String),
}

/// A file and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// Everything that was found. A list holds objects of one kind, as describe answers or requests spell them.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The texts of all files.
    pub sources: Sources,
    /// One entry a file, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// Problems that are told beside the scenario: what was left out, and where it stood.
    pub left_out: Vec<Problem>,
    /// Clusters.
    pub clusters: Vec<Node>,
    /// Task definitions.
    pub task_definitions: Vec<Node>,
    /// Services.
    pub services: Vec<Node>,
    /// Container instances.
    pub container_instances: Vec<Node>,
    /// Tasks; absent where no file tells of tasks.
    pub tasks: Option<Vec<Node>>,
    /// Capacity providers.
    pub capacity_providers: Vec<Node>,
    /// Auto Scaling groups.
    pub auto_scaling_groups: Vec<Node>,
    /// Lifecycle hooks of Auto Scaling groups.
    pub lifecycle_hooks: Vec<Node>,
    /// Instance types of launch templates (by id and name) and launch configurations.
    pub launch_types: BTreeMap<String, String>,
    /// Targets of Application Auto Scaling.
    pub scalable_targets: Vec<Node>,
    /// Their policies.
    pub scaling_policies: Vec<Node>,
    /// Their scheduled actions.
    pub scheduled_actions: Vec<Node>,
    /// CloudWatch alarms on services.
    pub metric_alarms: Vec<Node>,
    /// Target groups.
    pub target_groups: Vec<Node>,
    /// Attributes of target groups, by the name of the file or the group.
    pub target_group_attributes: Vec<(String, Node)>,
    /// Zones of subnets.
    pub subnets: BTreeMap<String, String>,
    /// Account settings.
    pub account_settings: BTreeMap<String, String>,
    /// Guesses of an importer of its own, by the list and name of the thing that they are about.
    pub guesses: BTreeMap<(&'static str, String), Vec<String>>,
}

impl Gathered {
    /// Tells that something was left out.
    pub fn leave_out(&mut self, origin: Origin, path: impl Into<String>, message: impl Into<String>) {
        self.left_out.push(Problem::warning(origin, path, message));
    }

    /// Whether nothing was found that a scenario can be made of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
            && self.task_definitions.is_empty()
            && self.services.is_empty()
            && self.container_instances.is_empty()
            && self.capacity_providers.is_empty()
            && self.auto_scaling_groups.is_empty()
            && self.target_groups.is_empty()
            && self.scalable_targets.is_empty()
            && self.tasks.as_ref().is_none_or(Vec::is_empty)
    }
}

/// The last part of an ARN, or the name itself.
#[must_use]
pub fn short_name(text: &str) -> &str {
    if !text.starts_with("arn:") {
        return text;
    }
    let resource = text.splitn(6, ':').nth(5).unwrap_or(text);
    // `targetgroup/name/id`, `autoScalingGroup:id:autoScalingGroupName/name`.
    let parts: Vec<&str> = resource.split('/').collect();
    match parts[..] {
        ["targetgroup", name, _] => name,
        [.., last] => last,
        [] => resource,
    }
}

/// The text at a key of a mapping, if there is some.
#[must_use]
pub fn text_at<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.entry(key)?.text().filter(|text| !text.is_empty())
}
