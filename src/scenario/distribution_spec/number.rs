//! Plain numbers in distributions.

use crate::scenario::limits::MAX_NUMBER;
use crate::scenario::shape::{self, NoFields, Scalar, Shape};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// A finite number from 0 to [`MAX_NUMBER`]: a size, a count, a weight, a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl Number {
    /// The weight of what has none.
    pub(super) fn one() -> Self {
        Self(1.0)
    }
}

impl Shape for Number {
    type Fields = NoFields;
    const EXPECTED: &'static str = "a number from 0 to 2^53";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Whole(number) if number <= MAX_NUMBER => Ok(Self(number as f64)),
            Scalar::Number(number) if (0.0..=MAX_NUMBER as f64).contains(&number) => Ok(Self(number)),
            _ => Err(format!("expected {}, found {scalar}", Self::EXPECTED)),
        }
    }

    fn from_fields(fields: NoFields) -> Result<Self, String> {
        match fields {}
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": MAX_NUMBER })
    }
}
