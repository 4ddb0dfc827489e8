//! `ecsim rules`: the rule book with the state of each rule, and the model parameters.

use std::io::Write;

use serde_json::{Value, json};

use crate::catalog::model_parameters::{ModelParameter, ParameterKind, model_parameters};
use crate::catalog::nearest_spelling;
use crate::catalog::not_ecs::{NOT_ECS, NotEcs};
use crate::catalog::rules::{Rule, SECTIONS, State, rules};
use crate::cli::{Failure, table};

/// What ECS does, rule by rule, and what of it is simulated.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RulesArgs {
    /// Print one JSON array.
    #[arg(long)]
    pub json: bool,
    /// Only rules in this state.
    #[arg(long, value_enum)]
    pub state: Option<StateArg>,
    /// Print the model parameters (of the chosen rules) and not the rules.
    #[arg(long)]
    pub parameters: bool,
    /// Rule ids or prefixes of sections: SVC-9, DEP.
    #[arg(value_name = "ID|PREFIX")]
    pub chosen: Vec<String>,
}

/// A state of a rule as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StateArg {
    /// Obeyed by the code, held by a test.
    Implemented,
    /// Left out for a reason.
    NotModelled,
    /// Belongs in and is not there.
    NotYet,
    /// No rule: what a scenario can say and ECS does not do.
    NotEcs,
}

impl StateArg {
    /// The state of rules that is meant, if any.
    fn of_rules(self) -> Option<State> {
        match self {
            StateArg::Implemented => Some(State::Implemented),
            StateArg::NotModelled => Some(State::NotModelled),
            StateArg::NotYet => Some(State::NotYet),
            StateArg::NotEcs => None,
        }
    }
}

/// Prints the rules, or the model parameters, that `args` chooses.
///
/// # Errors
/// [`Failure::Input`] for an id that no rule has, [`Failure::Environment`] if `out` cannot be written.
pub fn run(args: &RulesArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let chosen = choose(args)?;
    if args.parameters {
        let named = |parameter: &&ModelParameter| chosen.iter().any(|rule| rule.id == parameter.rule);
        let parameters: Vec<_> = model_parameters().iter().filter(named).collect();
        print_parameters(&parameters, args.json, out)?;
    } else {
        let no_rules = match args.state {
            Some(StateArg::NotEcs) => &NOT_ECS[..],
            None if args.chosen.is_empty() => &NOT_ECS[..],
            _ => &[],
        };
        print_rules(&chosen, no_rules, args.json, out)?;
    }
    Ok(0)
}

fn choose(args: &RulesArgs) -> Result<Vec<&'static Rule>, Failure> {
    let wanted: Vec<String> = args.chosen.iter().map(|typed| canonical(typed)).collect::<Result<_, _>>()?;
    let fits = |rule: &&Rule| {
        let by_name =
            wanted.is_empty() || wanted.iter().any(|name| name == rule.id || name == rule.section());
        by_name && args.state.is_none_or(|state| state.of_rules() == Some(rule.state))
    };
    Ok(rules().iter().filter(fits).collect())
}

/// The id or prefix that `typed` means, whatever its letter case.
fn canonical(typed: &str) -> Result<String, Failure> {
    let names = || SECTIONS.iter().map(|(prefix, _)| *prefix).chain(rules().iter().map(|rule| rule.id));
    if let Some(name) = names().find(|name| name.eq_ignore_ascii_case(typed)) {
        return Ok(name.to_string());
    }
    let hint = nearest_spelling(typed, names()).map(|name| format!("; did you mean {name}?"));
    let prefixes = SECTIONS.map(|(prefix, _)| prefix).join(", ");
    let hint = hint.unwrap_or_else(|| format!("; sections are {prefixes}"));
    let typed = crate::output::escape::visible_text(typed);
    Err(Failure::Input(format!("there is no rule or section `{typed}`{hint}")))
}

fn print_rules(
    chosen: &[&Rule],
    no_rules: &[NotEcs],
    as_json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if as_json {
        let rules = chosen.iter().map(|rule| rule_json(rule));
        return print_json(rules.chain(no_rules.iter().map(not_ecs_json)).collect(), out);
    }
    if !chosen.is_empty() || no_rules.is_empty() {
        print_rule_table(chosen, out)?;
    }
    if !no_rules.is_empty() {
        print_not_ecs(no_rules, out)?;
    }
    Ok(())
}

fn print_not_ecs(no_rules: &[NotEcs], out: &mut dyn Write) -> Result<(), Failure> {
    let mut table = table::wrapped(["in a scenario", "what it does", "what ECS does"]);
    for one in no_rules {
        table.add_row([one.path, one.says, one.instead]);
    }
    writeln!(out, "\nNot ECS: what a scenario can switch on to compare with\n{}", table.trim_fmt())?;
    Ok(())
}

fn not_ecs_json(one: &NotEcs) -> Value {
    json!({ "id": one.path, "says": one.says, "instead": one.instead, "state": "not ECS" })
}

fn print_rule_table(chosen: &[&Rule], out: &mut dyn Write) -> Result<(), Failure> {
    let mut table = table::wrapped(["rule", "what it says", "parameter", "state"]);
    for rule in chosen {
        let parameters: Vec<_> =
            rule.parameters.iter().map(|named| format!("{} = {}", named.name, named.default)).collect();
        table.add_row([rule.id, rule.says, &parameters.join("\n"), &state_text(rule)]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    let of = |state| chosen.iter().filter(|rule| rule.state == state).count();
    let counts = State::ALL.map(|state| format!("{} {}", of(state), state.words()));
    writeln!(out, "{}: {}", table::counted(chosen.len(), "rule"), counts.join(", "))?;
    Ok(())
}

fn state_text(rule: &Rule) -> String {
    let mut lines = vec![rule.state.words().to_string()];
    lines.extend(rule.files.iter().map(ToString::to_string));
    if !rule.reason.is_empty() {
        lines.push(rule.reason.to_string());
    }
    lines.join("\n")
}

fn print_parameters(
    parameters: &[&ModelParameter],
    as_json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if as_json {
        return print_json(parameters.iter().map(|parameter| parameter_json(parameter)).collect(), out);
    }
    let mut table =
        table::wrapped(["parameter", "default (a guess)", "as well", "takes", "rule", "what it means"]);
    for parameter in parameters {
        let takes = takes(parameter.kind);
        let as_well = parameter.alternatives().join(" ");
        table.add_row([
            parameter.name,
            parameter.default,
            &as_well,
            takes.as_str(),
            parameter.rule,
            parameter.says,
        ]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    let count = table::counted(parameters.len(), "model parameter");
    writeln!(out, "{count}, set under `model:` in a scenario; a distribution takes a plain duration too")?;
    Ok(())
}

fn takes(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Choice(words) => words.join(" | "),
        _ => kind.name().to_string(),
    }
}

fn rule_json(rule: &Rule) -> Value {
    let parameters: Vec<_> =
        rule.parameters.iter().map(|named| json!({ "name": named.name, "default": named.default })).collect();
    json!({
        "id": rule.id,
        "says": rule.says,
        "basis": rule.basis,
        "parameters": parameters,
        "state": rule.state.words(),
        "where": rule.files,
        "test": rule.tests,
        "reason": rule.reason,
    })
}

fn parameter_json(parameter: &ModelParameter) -> Value {
    json!({
        "name": parameter.name,
        "kind": parameter.kind.name(),
        "takes": takes(parameter.kind),
        "default": parameter.default,
        "as_well": parameter.alternatives(),
        "rule": parameter.rule,
        "says": parameter.says,
    })
}

fn print_json(items: Vec<Value>, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "{:#}", Value::Array(items))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(args: RulesArgs) -> String {
        let mut out = Vec::new();
        assert_eq!(run(&args, &mut out), Ok(0));
        String::from_utf8(out).unwrap()
    }

    fn ids(args: RulesArgs) -> Vec<String> {
        let items: Vec<Value> = serde_json::from_str(&answer(RulesArgs { json: true, ..args })).unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_string()).collect()
    }

    fn choosing(names: &[&str]) -> RulesArgs {
        RulesArgs { chosen: names.iter().map(ToString::to_string).collect(), ..RulesArgs::default() }
    }

    #[test]
    fn an_id_chooses_one_rule_and_a_prefix_its_section() {
        assert_eq!(ids(choosing(&["svc-1"])), ["SVC-1"], "and not SVC-10");
        assert_eq!(ids(choosing(&["AZR", "CST-11"])).len(), 7 + 1);
        assert_eq!(ids(RulesArgs::default()).len(), rules().len() + NOT_ECS.len());
    }

    #[test]
    fn a_state_chooses_the_rules_in_it() {
        let args = RulesArgs { state: Some(StateArg::NotModelled), ..choosing(&["CST"]) };
        assert_eq!(ids(args), ["CST-11"]);
    }

    #[test]
    fn what_is_not_ecs_says_so_and_what_ecs_does_instead() {
        let args = RulesArgs { state: Some(StateArg::NotEcs), ..RulesArgs::default() };
        let text = answer(args);
        assert!(text.contains("Not ECS") && text.contains("policies.repack"), "{text}");
        assert!(text.contains("(CAP-8)") && !text.contains("SVC-1 "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_nearest() {
        let mut out = Vec::new();
        let Err(Failure::Input(answer)) = run(&choosing(&["CAS4h"]), &mut out) else { panic!("no refusal") };
        assert_eq!(answer, "there is no rule or section `CAS4h`; did you mean CAS-4h?");
        assert!(out.is_empty());
    }

    #[test]
    fn the_table_shows_what_a_rule_says_and_its_parameters() {
        let text = answer(choosing(&["SVC-2"]));
        assert!(text.contains("scheduler_wake = 1s"), "{text}");
        assert!(text.contains("1 rule: "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }

    #[test]
    fn parameters_are_listed_with_their_default_and_rule() {
        let args = RulesArgs { parameters: true, json: true, ..choosing(&["SVC-9"]) };
        let items: Vec<Value> = serde_json::from_str(&answer(args)).unwrap();
        let names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["place_retry_fast", "place_fast_window", "place_retry_slow"]);
        assert_eq!(items[2]["default"], "300s");
    }
}
