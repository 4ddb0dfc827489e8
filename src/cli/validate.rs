//! `ecsim validate`: is this file right, and if not, everything that is wrong with it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Failure, table};
use crate::aws::{CreateService, RegisterTaskDefinition};
use crate::engine::api;
use crate::model::Cluster;
use crate::model::parameters::Parameters;
use crate::scenario::document::{Blame, Document, Rejected};
use crate::scenario::limits::{Limit, limits};
use crate::scenario::plan::{Plan, Source, with_formats};
use crate::scenario::problem::text::grouped;
use crate::scenario::problem::{Problem, Style, plain_line, render};
use crate::scenario::schema_check::Schema;

/// Check scenarios, task definitions or services, and name everything that is wrong.
#[derive(Debug, Clone, clap::Args)]
pub struct ValidateArgs {
    /// Scenario files, or inputs of RegisterTaskDefinition or CreateService, as the AWS CLI takes or prints them.
    #[arg(value_name = "FILE", required_unless_present = "limits")]
    pub files: Vec<PathBuf>,
    /// A CSV file of instance types that adds to the known ones and overrides them (`docs/prices.md`).
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
    /// Print what a scenario may be at most.
    #[arg(long)]
    pub limits: bool,
    /// Print one JSON object for each file.
    #[arg(long)]
    pub json: bool,
}

/// The answer about one file.
struct Answer {
    what: &'static str,
    rejected: Option<Rejected>,
    warnings: Vec<String>,
}

/// Checks every file.
///
/// # Errors
/// If `out` cannot be written.
pub fn run(args: &ValidateArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    if args.limits {
        print_limits(args.json, out)?;
    }
    let mut code = 0;
    for file in &args.files {
        let answer = check(file, args.types.as_deref());
        if let Some(rejected) = &answer.rejected {
            code = code.max(if rejected.blame == Blame::Environment { 4 } else { 2 });
        }
        let text = if args.json { json_of(file, &answer) } else { text_of(file, &answer) };
        out.write_all(text.as_bytes())?;
    }
    Ok(code)
}

fn print_limits(as_json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    if as_json {
        let row = |limit: &Limit| json!({ "what": limit.what, "at_most": limit.at_most, "unit": limit.unit });
        writeln!(out, "{}", serde_json::Value::from(limits().iter().map(row).collect::<Vec<_>>()))?;
        return Ok(());
    }
    let mut table = table::dense(["what", "unit", "at most"], 2);
    for limit in limits() {
        table.add_row([limit.what, limit.unit, &grouped(limit.at_most.into())]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(())
}

fn check(file: &Path, types: Option<&Path>) -> Answer {
    let document = match Document::load(file) {
        Ok(document) => document,
        Err(rejected) => return Answer { what: "file", rejected: Some(rejected), warnings: Vec::new() },
    };
    let root = document.root();
    let mut bare = document.clone();
    bare.unwrap_bare_input();
    let has = |document: &Document, key: &str| document.root().entry(key).is_some();
    let is_scenario = ["ecsim", "aws", "world", "experiment"].iter().any(|key| root.entry(key).is_some());
    if !is_scenario && (has(&bare, "containerDefinitions") || has(&bare, "family")) {
        return answer_of("task definition", check_task_definition(&bare));
    }
    if !is_scenario && (has(&bare, "serviceName") || has(&bare, "desiredCount")) {
        return answer_of("service", check_service(&bare));
    }
    let plan = Plan::load_with(&Source::File(file.to_owned()), &[], None, types);
    let checked = plan.and_then(|plan| plan.check_points(|_| true).map(|()| plan.warnings));
    answer_of("scenario", checked)
}

fn answer_of(what: &'static str, checked: Result<Vec<String>, Rejected>) -> Answer {
    match checked {
        Ok(warnings) => Answer { what, rejected: None, warnings },
        Err(rejected) => Answer { what, rejected: Some(rejected), warnings: Vec::new() },
    }
}

fn check_task_definition(document: &Document) -> Result<Vec<String>, Rejected> {
    let schema = with_formats(Schema::of::<RegisterTaskDefinition>());
    let read = document.deserialize::<RegisterTaskDefinition>(&schema);
    let (input, mut warnings) = read.map_err(|problems| document.reject(problems))?;
    let cluster = Cluster::new("default", Parameters::default());
    if let Err(error) = api::task_definition::register(&cluster, &input) {
        return Err(reject(document, &error, warnings));
    }
    let ignored = api::task_definition::ignored(&input);
    warnings.extend(ignored.iter().map(|(field, sentence)| document.warning_at(field, *sentence)));
    Ok(lines(document, &warnings))
}

/// A service's own fields; the task definition it names stands elsewhere and is not looked for.
fn check_service(document: &Document) -> Result<Vec<String>, Rejected> {
    let schema = with_formats(Schema::of::<CreateService>());
    let read = document.deserialize::<CreateService>(&schema);
    let (input, mut warnings) = read.map_err(|problems| document.reject(problems))?;
    let named = input.cluster.as_deref().map_or("default", api::last_segment);
    let mut cluster = Cluster::new(named, Parameters::default());
    cluster.intern_pool("FARGATE", crate::model::instance::PoolKind::Fargate);
    cluster.intern_pool("FARGATE_SPOT", crate::model::instance::PoolKind::FargateSpot);
    let request = api::Request::CreateService(Box::new(input.clone()));
    match api::answer(&cluster, crate::kernel::time::SimTime::ZERO, &request) {
        Err(error) if error.field != "taskDefinition" => Err(reject(document, &error, warnings)),
        _ => {
            let ignored = api::service::ignored(&cluster, &input);
            warnings.extend(ignored.iter().map(|(field, sentence)| document.warning_at(field, *sentence)));
            Ok(lines(document, &warnings))
        }
    }
}

fn reject(document: &Document, error: &api::ApiError, mut problems: Vec<Problem>) -> Rejected {
    problems.push(document.api_error_at(&error.field, error));
    document.reject(problems)
}

fn lines(document: &Document, warnings: &[Problem]) -> Vec<String> {
    warnings.iter().map(|problem| plain_line(problem, document.sources())).collect()
}

fn text_of(file: &Path, answer: &Answer) -> String {
    let name = crate::output::escape::visible_text(&file.display().to_string());
    match &answer.rejected {
        None if answer.warnings.is_empty() => format!("{name}: accepted ({})\n", answer.what),
        None => {
            let warnings: String = answer.warnings.iter().map(|warning| format!("  {warning}\n")).collect();
            format!("{name}: accepted ({}), with warnings\n{warnings}", answer.what)
        }
        Some(rejected) => format!("{name}: refused ({})\n{}", answer.what, rendered(rejected)),
    }
}

fn json_of(file: &Path, answer: &Answer) -> String {
    let problems = answer.rejected.as_ref().map_or_else(Vec::new, |rejected| {
        rejected.problems.iter().map(|problem| plain_line(problem, &rejected.sources)).collect()
    });
    let value = json!({
        "file": file.display().to_string(),
        "what": answer.what,
        "accepted": answer.rejected.is_none(),
        "warnings": answer.warnings,
        "problems": problems,
    });
    format!("{value}\n")
}

fn rendered(rejected: &Rejected) -> String {
    let style = if std::io::stderr().is_terminal() {
        Style::Graphical { color: true, width: 110 }
    } else {
        Style::Plain
    };
    render(&rejected.problems, &rejected.sources, style)
}

/// A refused scenario as the failure of a verb.
#[must_use]
pub fn failure_of(rejected: &Rejected) -> Failure {
    let text = rendered(rejected);
    match rejected.blame {
        Blame::Input => Failure::Input(text),
        Blame::Environment => Failure::Environment(text),
    }
}
