//! A place that takes an AWS input itself or the name of a file that holds it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::marker::PhantomData;

/// The schema of such a place. It is no value: the file's content takes the place of `{ file: … }` in the tree
/// before anything is deserialized, so that paths reach into it.
pub struct FileOr<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for FileOr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("FileOr{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inline = generator.subschema_for::<T>();
        json_schema!({
            "x-file": true,
            "anyOf": [
                inline,
                {
                    "description": "A JSON or YAML file that holds it, as used with the AWS CLI.",
                    "type": "object",
                    "properties": {
                        "file": { "description": "Relative to the scenario.", "type": "string", "x-format": "file" },
                    },
                    "required": ["file"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
