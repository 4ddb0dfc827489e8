//! Constraints and spreads over custom attributes that no container instance ever has, told before the run (F30).

use std::collections::BTreeSet;

use super::Builder;
use crate::aws::common::{PlacementConstraint, PlacementStrategy};
use crate::aws::task_definition::TaskDefinitionPlacementConstraint;
use crate::engine::api;
use crate::engine::api::placement::character_of_attribute;
use crate::model::Cluster;
use crate::scenario::spec::{ApiCall, TimelineAction};

impl Builder<'_> {
    /// CQL-1, PLC-6: what nobody has equals nothing, and is one bucket.
    pub(super) fn warn_of_unknown_attributes(&mut self, cluster: &Cluster) {
        let scenario = self.scenario;
        let calls = scenario.timeline.iter().enumerate().filter_map(|(index, item)| match item.action() {
            Ok(TimelineAction::Call(call)) => Some((format!("timeline[{index}].with"), call)),
            Ok(TimelineAction::Fault(_)) | Err(_) => None,
        });
        let calls: Vec<(String, ApiCall)> = calls.collect();
        let put = calls.iter().flat_map(|(_, call)| match call {
            ApiCall::PutAttributes(input) => input.attributes.as_slice(),
            ApiCall::RegisterContainerInstance(input) => input.attributes.as_deref().unwrap_or_default(),
            _ => &[],
        });
        let of_instances = cluster.instances.iter().flat_map(|(_, instance)| instance.attributes.keys());
        let known = of_instances.map(String::as_str).chain(put.map(|attribute| attribute.name.as_str()));
        let known = Known(known.collect());
        for (index, input) in scenario.aws.task_definitions.iter().enumerate() {
            let path = format!("aws.taskDefinitions[{index}]");
            self.look_at_expressions(&known, &path, &of_definition(input.placement_constraints.as_deref()));
        }
        for (index, input) in scenario.aws.services.iter().enumerate() {
            let path = format!("aws.services[{index}]");
            self.look_at_expressions(&known, &path, &expressions(input.placement_constraints.as_deref()));
            self.look_at_spreads(&known, &path, input.placement_strategy.as_deref());
        }
        for (index, run) in scenario.world.runs.iter().enumerate() {
            let path = format!("world.runs[{index}]");
            self.look_at_expressions(&known, &path, &expressions(run.placement_constraints.as_deref()));
            self.look_at_spreads(&known, &path, run.placement_strategy.as_deref());
        }
        for (path, call) in &calls {
            let (expressions, strategies) = match call {
                ApiCall::RegisterTaskDefinition(input) => {
                    (of_definition(input.placement_constraints.as_deref()), None)
                }
                ApiCall::CreateService(input) => {
                    (expressions(input.placement_constraints.as_deref()), input.placement_strategy.as_deref())
                }
                ApiCall::UpdateService(input) => {
                    (expressions(input.placement_constraints.as_deref()), input.placement_strategy.as_deref())
                }
                ApiCall::RunTask(input) => {
                    (expressions(input.placement_constraints.as_deref()), input.placement_strategy.as_deref())
                }
                _ => (Vec::new(), None),
            };
            self.look_at_expressions(&known, path, &expressions);
            self.look_at_spreads(&known, path, strategies);
        }
    }

    fn look_at_expressions(&mut self, known: &Known<'_>, path: &str, expressions: &[&str]) {
        for (index, text) in expressions.iter().enumerate() {
            let Ok(expression) = api::query::parse(text, 0) else { continue };
            let asked: BTreeSet<&str> = expression.attributes().into_iter().collect();
            for name in asked.into_iter().filter(|name| is_custom(name) && !known.0.contains(name)) {
                let message = format!(
                    "no container instance has the attribute {name:?}, and nothing in the timeline gives it to one: it \
                     equals nothing and matches nothing (CQL-1){}",
                    known.hint(name)
                );
                let path = format!("{path}.placementConstraints[{index}].expression");
                let at = character_of_attribute(text, name);
                self.problems.push(self.document.warning_at_character(&path, at, message));
            }
        }
    }

    /// ECS's own attributes too: one that these instances lack keeps nothing apart.
    fn look_at_spreads(&mut self, known: &Known<'_>, path: &str, strategies: Option<&[PlacementStrategy]>) {
        for (index, strategy) in strategies.unwrap_or_default().iter().enumerate() {
            let field = strategy.field.as_deref().unwrap_or_default();
            let Some((kind, name)) = field.trim().split_once(':') else { continue };
            let is_zone = name.eq_ignore_ascii_case("ecs.availability-zone"); // which every instance has
            if !kind.eq_ignore_ascii_case("attribute") || is_zone || known.0.contains(name) {
                continue;
            }
            let message = format!(
                "no container instance has the attribute {name:?}: all of them count as one, so this spread keeps \
                 nothing apart (PLC-6){}",
                known.hint(name)
            );
            let path = format!("{path}.placementStrategy[{index}].field");
            let at = character_of_attribute(field, name);
            self.problems.push(self.document.warning_at_character(&path, at, message));
        }
    }
}

/// The attributes that instances have, or get from the timeline.
struct Known<'a>(BTreeSet<&'a str>);

impl Known<'_> {
    fn hint(&self, name: &str) -> String {
        let custom = self.0.iter().copied().filter(|name| is_custom(name));
        let near = crate::catalog::nearest_spelling(name, custom);
        near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
    }
}

fn is_custom(name: &str) -> bool {
    !name.starts_with("ecs.")
}

fn expressions(constraints: Option<&[PlacementConstraint]>) -> Vec<&str> {
    let all = constraints.unwrap_or_default().iter();
    all.map(|constraint| constraint.expression.as_deref().unwrap_or_default()).collect()
}

fn of_definition(constraints: Option<&[TaskDefinitionPlacementConstraint]>) -> Vec<&str> {
    let all = constraints.unwrap_or_default().iter();
    all.map(|constraint| constraint.expression.as_deref().unwrap_or_default()).collect()
}
