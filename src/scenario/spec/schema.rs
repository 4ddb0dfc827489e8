//! The JSON Schemas of the file and of bare AWS inputs.
//!
//! Beside the standard keywords they use a few of ours, which other tools ignore:
//!
//! | keyword | on | says |
//! |---|---|---|
//! | `x-format` | text or a number | its syntax: `duration`, `fractionalDuration`, `size`, `rate`, `sizeRate`, `share`, `taskCpu`, `taskMemory`, `date`, `file` (a file's name), `path` (into the scenario) |
//! | `x-expects` | any | what may stand here, for messages |
//! | `x-ignored` | an object | keys that AWS's describe output adds: dropped with a warning |
//! | `x-wrapped-in` | an object | keys under which describe output wraps the object |
//! | `x-file` | `anyOf` | `{ file: … }` may stand here and is replaced by the file's content |

use super::Scenario;
use crate::aws::{CreateService, RegisterTaskDefinition};
use schemars::{Schema, schema_for};
use serde_json::{Value, json};

/// A bare AWS input that can be checked on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsInput {
    /// RegisterTaskDefinition.
    TaskDefinition,
    /// CreateService.
    Service,
}

/// The JSON Schema (2020-12) of a scenario file.
pub fn scenario_schema() -> Value {
    titled(schema_for!(Scenario), "ecsim scenario")
}

/// The JSON Schema (2020-12) of a bare AWS input.
pub fn aws_input_schema(input: AwsInput) -> Value {
    match input {
        AwsInput::TaskDefinition => titled(schema_for!(RegisterTaskDefinition), "RegisterTaskDefinition"),
        AwsInput::Service => titled(schema_for!(CreateService), "CreateService"),
    }
}

fn titled(mut schema: Schema, title: &str) -> Value {
    schema.insert("title".into(), json!(title));
    schema.to_value()
}
