//! The command line: one file per verb.
//!
//! Invariant: only this layer prints, and only this layer decides on exit codes.

pub mod arguments;
pub mod check;
pub mod compare;
pub mod explain;
pub mod export;
pub mod fit;
pub mod import;
pub mod interruption;
pub mod merge;
mod new_directory;
mod objective;
pub mod plan;
mod progress;
pub mod report;
pub mod rules;
pub mod run;
pub mod schema;
pub mod sensitivity;
pub mod summary;
pub mod sweep;
pub mod table;
pub mod types;
pub mod validate;

use std::io::Write;

use clap::{Parser, Subcommand};

/// Rehearse an Amazon ECS cluster before it sails: a seeded discrete-event simulator.
#[derive(Debug, Parser)]
#[command(name = "ecsim", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Simulate all replications of one scenario (without a name: the built-in quickstart).
    Run(run::RunArgs),
    /// Simulate every point of a scenario's sweep on all cores and draw the curves.
    Sweep(sweep::SweepArgs),
    /// Say whether one scenario is worse than another: paired differences on the same random numbers.
    Compare(compare::CompareArgs),
    /// Find the cheapest point of a sweep that keeps every objective, with as few trials as that takes.
    Plan(plan::PlanArgs),
    /// Hold a suite of scenarios against its baseline: a gate for continuous integration.
    Check(check::CheckArgs),
    /// Say how much of the answer rests on numbers that AWS does not document.
    Sensitivity(sensitivity::SensitivityArgs),
    /// Make one result of the shards of a sweep.
    Merge(merge::MergeArgs),
    /// Tell the story of one task, service, deployment or instance: what happened, and why.
    Explain(explain::ExplainArgs),
    /// Make a scenario of what the AWS CLI prints, a CloudFormation template, a compose file or a trace.
    Import(import::ImportArgs),
    /// Say which distribution the numbers of a CSV column come from, in the words of a scenario.
    Fit(fit::FitArgs),
    /// Write files of the AWS CLI: what a scenario says as requests, or its cluster at a time as describe answers.
    Export(export::ExportArgs),
    /// Make the page of a result again, from its directory.
    Report(report::ReportArgs),
    /// Check scenarios, task definitions or services, and name everything that is wrong.
    Validate(validate::ValidateArgs),
    /// Print the JSON Schema of the scenario file.
    Schema(schema::SchemaArgs),
    /// Print the rules of ECS with their state, and the model parameters.
    Rules(rules::RulesArgs),
    /// Print the instance types and Fargate sizes with their prices.
    Types(types::TypesArgs),
}

/// Why a verb ended without its answer; the text is for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The command line or an input file is wrong: exit code 2.
    Input(String),
    /// A disk or a permission: exit code 4.
    Environment(String),
    /// Whoever reads the output has had enough: exit code 0.
    ClosedPipe,
    /// A bug of the simulator: exit code 5.
    Internal(String),
}

impl Failure {
    /// The exit code (design, section 4).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::ClosedPipe => 0,
            Failure::Input(_) => 2,
            Failure::Environment(_) => 4,
            Failure::Internal(_) => 5,
        }
    }

    /// What to print on standard error; empty for a closed pipe.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Failure::ClosedPipe => "",
            Failure::Input(text) | Failure::Environment(text) | Failure::Internal(text) => text,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Environment(format!("cannot write the answer: {error}")),
        }
    }
}

impl From<crate::output::EnvironmentError> for Failure {
    fn from(error: crate::output::EnvironmentError) -> Self {
        Self::Environment(crate::output::escape::visible_text(&error.to_string()))
    }
}

/// Does what was asked and returns the exit code.
///
/// # Errors
/// [`Failure`], with the text for the user.
pub fn execute(cli: &Cli, out: &mut dyn Write) -> Result<u8, Failure> {
    match &cli.verb {
        Verb::Run(args) => run::run(args, out),
        Verb::Sweep(args) => sweep::run(args, out),
        Verb::Compare(args) => compare::run(args, out),
        Verb::Plan(args) => plan::run(args, out),
        Verb::Sensitivity(args) => sensitivity::run(args, out),
        Verb::Check(args) => check::run(args, out),
        Verb::Merge(args) => merge::run(args, out),
        Verb::Explain(args) => explain::run(args, out),
        Verb::Import(args) => import::run(args, out),
        Verb::Fit(args) => fit::run(args, out),
        Verb::Export(args) => export::run(args, out),
        Verb::Report(args) => report::run(args, out),
        Verb::Validate(args) => validate::run(args, out),
        Verb::Schema(args) => schema::run(args, out),
        Verb::Rules(args) => rules::run(args, out),
        Verb::Types(args) => types::run(args, out),
    }
}
