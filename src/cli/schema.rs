//! `ecsim schema`: the JSON Schema of what can be written.

use std::io::Write;

use super::Failure;
use crate::scenario::spec::{AwsInput, aws_input_schema, scenario_schema};

/// Print the JSON Schema of the scenario file, or of a bare AWS input.
#[derive(Debug, Clone, clap::Args)]
pub struct SchemaArgs {
    /// Of what.
    #[arg(value_enum, default_value = "scenario")]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SchemaOf {
    /// The scenario file.
    Scenario,
    /// RegisterTaskDefinition input.
    TaskDefinition,
    /// CreateService input.
    Service,
}

/// Prints the schema.
///
/// # Errors
/// If `out` cannot be written.
pub fn run(args: &SchemaArgs, out: &mut dyn Write) -> Result<u8, Failure> {
    let schema = match args.of {
        SchemaOf::Scenario => scenario_schema(),
        SchemaOf::TaskDefinition => aws_input_schema(AwsInput::TaskDefinition),
        SchemaOf::Service => aws_input_schema(AwsInput::Service),
    };
    writeln!(out, "{schema:#}")?;
    Ok(0)
}
