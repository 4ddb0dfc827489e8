//! Application Auto Scaling of services: targets, policies, scheduled actions, alarms.

use std::collections::BTreeSet;

use serde_json::json;

use super::Assembler;
use crate::aws::{PutMetricAlarm, PutScalingPolicy, PutScheduledAction, RegisterScalableTarget};
use crate::import::gathered::{short_name, text_at};
use crate::import::pick::Shape;
use crate::import::yaml::{Content, Item};
use crate::scenario::tree::Node;

const LIST: &str = "scalingPolicies";

impl Assembler<'_> {
    pub(super) fn scaling(&mut self) {
        let services: BTreeSet<String> = self.lists.get("services").map_or_else(BTreeSet::new, |list| {
            list.items.iter().filter_map(|item| item.get("serviceName")?.text().map(str::to_owned)).collect()
        });
        let before = self.lists.get(LIST).map_or(0, |list| list.items.len());
        let targets = self.gathered.scalable_targets.clone();
        let shape = self.shape::<RegisterScalableTarget>();
        self.of_services("RegisterScalableTarget", &shape, targets, &services);
        let policies = self.gathered.scaling_policies.clone();
        let shape = self.shape::<PutScalingPolicy>();
        self.of_services("PutScalingPolicy", &shape, policies, &services);
        let actions = self.gathered.scheduled_actions.clone();
        let shape = self.shape::<PutScheduledAction>();
        self.of_services("PutScheduledAction", &shape, actions, &services);
        let alarms = self.gathered.metric_alarms.clone();
        let shape = self.shape::<PutMetricAlarm>();
        for node in alarms {
            self.alarm(&shape, &node, &services);
        }
        if let Some(first) = self.list(LIST).items.get_mut(before) {
            first.notes.push(
                "Demand is in no file: a policy that tracks a metric sees none until world.services.<name>.load says some.".to_owned(),
            );
        }
    }

    fn of_services(&mut self, call: &str, shape: &Shape, nodes: Vec<Node>, services: &BTreeSet<String>) {
        for node in nodes {
            let resource = text_at(&node, "ResourceId").unwrap_or_default();
            let parts: Vec<&str> = resource.split('/').collect();
            let (cluster, service) = match parts[..] {
                ["service", cluster, service] => (Some(cluster), service),
                ["service", service] => (None, service),
                _ => (None, resource),
            };
            if cluster.is_some_and(|cluster| cluster != self.cluster) && !services.contains(service) {
                continue;
            }
            let at = format!("{call} {service}");
            if !services.contains(service) {
                let message = "its service is not in the scenario; it is left out";
                self.gathered.leave_out(node.origin(), at, message);
                continue;
            }
            let service = service.to_owned();
            let mut item = self.pick(shape, &node, call, &at);
            item.set("ResourceId", Item::of(json!(service)));
            for key in ["ServiceNamespace", "ScalableDimension"] {
                item.remove(key);
            }
            let switches = item.get("SuspendedState").map(|state| state.to_yaml().contains("true"));
            if switches == Some(false) {
                item.remove("SuspendedState");
            }
            self.list(LIST).push(Item::mapping([(call, item)]), node.origin(), at);
        }
    }

    /// The alarms that target tracking has made for itself are its own.
    fn alarm(&mut self, shape: &Shape, node: &Node, services: &BTreeSet<String>) {
        let name = text_at(node, "AlarmName").unwrap_or_default();
        if name.starts_with("TargetTracking-") {
            return;
        }
        let dimensions = node.entry("Dimensions").and_then(Node::items).unwrap_or_default();
        let service = dimensions.iter().find(|one| text_at(one, "Name") == Some("ServiceName"));
        let service = service.and_then(|one| text_at(one, "Value")).unwrap_or_default();
        if !services.contains(service) {
            return;
        }
        let at = format!("PutMetricAlarm {name}");
        // Describe answers have keys of their own, none of which a request has.
        let (mut item, _) = shape.pick(node);
        if let Some(actions) = item.get_mut("AlarmActions")
            && let Content::List(actions) = &mut actions.value
        {
            for action in actions {
                let short = action.text().map(|arn| short_name(arn).to_owned()).unwrap_or_default();
                *action = Item::of(json!(short));
            }
        }
        item.remove("Statistic");
        self.list(LIST).push(Item::mapping([("PutMetricAlarm", item)]), node.origin(), at);
    }
}
