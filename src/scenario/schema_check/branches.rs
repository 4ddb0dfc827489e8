//! `anyOf` and `oneOf`: which alternative the user meant, so that the message is about the real mistake.

use serde_json::Value as Json;

use super::describe::{admits, advice, fixed_values, tag};
use super::{Checker, Findings, Schema};
use crate::catalog::nearest_spelling as nearest;
use crate::scenario::problem::Problem;
use crate::scenario::problem::text::{alternatives, ticked};
use crate::scenario::tree::{Node, Step, Value, path_text};

/// How many references and alternatives are followed without going down in the tree.
const DEEPEST_ALTERNATIVES: usize = 16;

/// The alternatives of a schema, references followed and nested alternatives flattened; itself if it has none.
pub(super) fn leaves<'s>(schema: &'s Schema, part: &'s Json) -> Vec<&'s Json> {
    let mut found = Vec::new();
    collect(schema, part, DEEPEST_ALTERNATIVES, &mut found);
    found
}

fn collect<'s>(schema: &'s Schema, part: &'s Json, depth: usize, found: &mut Vec<&'s Json>) {
    // Our own words about a value say more than what it refers to.
    let speaks = part.get("x-expects").is_some() || part.get("x-format").is_some();
    if depth == 0 || speaks {
        found.push(part);
        return;
    }
    if let Some(target) = part.get("$ref").and_then(Json::as_str).and_then(|name| schema.target(name)) {
        return collect(schema, target, depth - 1, found);
    }
    match part.get("anyOf").or_else(|| part.get("oneOf")).and_then(Json::as_array) {
        Some(alternatives) => {
            for alternative in alternatives {
                collect(schema, alternative, depth - 1, found);
            }
        }
        None => found.push(part),
    }
}

/// One alternative that has the value's kind, and what is wrong with the value by it.
struct Trial<'s> {
    leaf: &'s Json,
    findings: Findings,
}

impl<'s> Checker<'s> {
    pub(super) fn check_branches<'n>(
        &mut self,
        node: &'n Node,
        schema: &'s Json,
        at: &mut Vec<Step<'n>>,
        out: &mut Findings,
    ) {
        let mut trials = Vec::new();
        let all = schema.get("anyOf").or_else(|| schema.get("oneOf"));
        let parts = all.and_then(Json::as_array).into_iter().flatten();
        let all: Vec<&'s Json> = parts.flat_map(|part| leaves(self.schema, part)).collect();
        for leaf in all {
            if !admits(leaf, node) {
                continue;
            }
            let mut findings = Findings::default();
            self.check(node, leaf, at, &mut findings);
            if findings.errors == 0 {
                out.absorb(findings);
                return;
            }
            trials.push(Trial { leaf, findings });
        }
        match &node.value {
            Value::Mapping(_) => self.judge_mapping(node, schema, trials, at, out),
            Value::Text(_) => self.judge_text(node, schema, trials, at, out),
            _ => match fewest_errors(trials) {
                Some(trial) => out.absorb(trial.findings),
                None => out.add(self.mismatch(node, schema, at)),
            },
        }
    }

    /// A mapping is judged by the alternative whose tag it has, else by the one that knows most of its keys.
    fn judge_mapping<'n>(
        &self,
        node: &'n Node,
        schema: &'s Json,
        trials: Vec<Trial<'s>>,
        at: &[Step<'n>],
        out: &mut Findings,
    ) {
        let entries = node.entries().unwrap_or(&[]);
        let has = |leaf: &Json, key: &str| leaf.get("properties").is_some_and(|all| all.get(key).is_some());
        let knows = |leaf: &Json| entries.iter().filter(|(key, _)| has(leaf, &key.text)).count();
        let most = trials.iter().map(|trial| knows(trial.leaf)).max().unwrap_or(0);
        let tags: Vec<&str> = trials.iter().filter_map(|trial| tag(trial.leaf)).collect();
        if most == 0 && !tags.is_empty() && tags.len() == trials.len() {
            out.add(self.unknown_tag(node, &tags, at));
            return;
        }
        // An alternative such as `{ file: … }` is meant only where its key stands.
        let is_meant = |leaf: &Json| tag(leaf).is_none_or(|tag| has_entry(node, tag));
        let best =
            trials.into_iter().filter(|trial| knows(trial.leaf) == most && is_meant(trial.leaf)).collect();
        match fewest_errors(best) {
            Some(trial) => out.absorb(trial.findings),
            None => out.add(self.mismatch(node, schema, at)),
        }
    }

    fn unknown_tag(&self, node: &Node, tags: &[&str], at: &[Step<'_>]) -> Problem {
        let expected = alternatives(tags.iter().copied(), 12);
        let Some((key, _)) = node.entries().and_then(<[_]>::first) else {
            let expected = format!("a mapping with one key: {expected}");
            return Problem::mismatch(node.origin(), path_text(at), &expected, "an empty mapping");
        };
        let mut steps = at.to_vec();
        steps.push(Step::Key(&key.text));
        let problem =
            Problem::error(key.origin(), path_text(&steps), format!("unknown key {}", ticked(&key.text)));
        let help = match nearest(&key.text, tags.iter().copied()) {
            Some(near) => format!("did you mean {}?", ticked(near)),
            None => format!("write {expected}"),
        };
        problem.with_mismatch(&expected, &ticked(&key.text)).with_help(help)
    }

    /// Text is judged by the one alternative that takes free text, if the others are fixed words far from it.
    fn judge_text<'n>(
        &self,
        node: &'n Node,
        schema: &'s Json,
        trials: Vec<Trial<'s>>,
        at: &[Step<'n>],
        out: &mut Findings,
    ) {
        let advice = advice(self.schema, schema, node);
        let free: Vec<Trial<'s>> =
            trials.into_iter().filter(|trial| fixed_values(trial.leaf).is_empty()).collect();
        match fewest_errors(free).filter(|_| advice.is_none()) {
            Some(trial) => out.absorb(trial.findings),
            None => out.add(self.mismatch(node, schema, at)),
        }
    }
}

fn has_entry(node: &Node, key: &str) -> bool {
    node.entry(key).is_some()
}

fn fewest_errors(trials: Vec<Trial<'_>>) -> Option<Trial<'_>> {
    trials.into_iter().min_by_key(|trial| trial.findings.errors)
}
