//! The JSON Schema of distributions.
//!
//! One schema serves the bare value and the object with one key, without `anyOf`: each keyword speaks of one type
//! only, so a checker can say what is wrong instead of that no alternative fits.

use super::{DistributionSpec, Number, TimeUnit};
use crate::scenario::limits::MAX_NUMBER;
use crate::scenario::shape::Shape;
use crate::scenario::units::Milliseconds;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What a distribution may be over.
pub trait Quantity: Shape + DeserializeOwned + JsonSchema {
    /// Name of the distribution's schema.
    const DISTRIBUTION: &'static str;
    /// What may stand where a distribution is expected, for messages.
    const EXPECTED_DISTRIBUTION: &'static str;
    /// What follows a number of the kernel in a message.
    const UNIT_NOTE: &'static str;
    /// The value as the kernel takes it: milliseconds for times.
    fn as_f64(&self) -> f64;
    /// What one of a CSV column in this unit is in the kernel.
    fn csv_factor(unit: Option<TimeUnit>) -> f64;
}

impl Quantity for Milliseconds {
    const DISTRIBUTION: &'static str = "DurationDistribution";
    const UNIT_NOTE: &'static str = " (times in milliseconds)";
    const EXPECTED_DISTRIBUTION: &'static str =
        "a duration such as 90s, or a distribution such as { exponential: { mean: 90s } }";

    fn as_f64(&self) -> f64 {
        self.0
    }

    fn csv_factor(unit: Option<TimeUnit>) -> f64 {
        unit.unwrap_or_default().ms() as f64
    }
}

impl Quantity for Number {
    const DISTRIBUTION: &'static str = "NumberDistribution";
    const UNIT_NOTE: &'static str = "";
    const EXPECTED_DISTRIBUTION: &'static str =
        "a number, or a distribution such as { uniform: [256, 1024] }";

    fn as_f64(&self) -> f64 {
        self.0
    }

    fn csv_factor(_: Option<TimeUnit>) -> f64 {
        1.0
    }
}

impl<Q: Quantity> JsonSchema for DistributionSpec<Q> {
    fn schema_name() -> Cow<'static, str> {
        Q::DISTRIBUTION.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Q>();
        let own = generator.subschema_for::<Self>();
        let value = schema.clone();
        schema.insert("type".into(), with_object(schema.get("type")));
        schema.insert("description".into(), json!(format!("{}.", capitalized(Q::EXPECTED_DISTRIBUTION))));
        schema.insert("x-expects".into(), json!(Q::EXPECTED_DISTRIBUTION));
        schema.insert("properties".into(), forms(&value, &own, &generator.subschema_for::<TimeUnit>()));
        schema.insert("additionalProperties".into(), json!(false));
        schema.insert("minProperties".into(), json!(1));
        schema.insert("maxProperties".into(), json!(1));
        schema.remove("examples");
        schema
    }
}

/// The type of the bare value, or an object.
fn with_object(types: Option<&Value>) -> Value {
    let mut all = match types {
        Some(Value::Array(types)) => types.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    };
    all.push(json!("object"));
    Value::Array(all)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The forms of the object, one property each.
fn forms(value: &Schema, own: &Schema, unit: &Schema) -> Value {
    let number = json_schema!({ "type": "number", "minimum": 0, "maximum": MAX_NUMBER });
    let positive = json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_NUMBER });
    json!({
        "constant": constant(value),
        "uniform": {
            "description": "Every value between two is equally likely: [low, high] or { low, high }.",
            "type": ["array", "object"],
            "items": value, "minItems": 2, "maxItems": 2,
            "properties": { "low": value, "high": value },
            "required": ["low", "high"], "additionalProperties": false,
        },
        "exponential": object("Memoryless, with this mean.", json!({ "mean": value }), &["mean"]),
        "lognormal": object(
            "Skewed to the right: { median, p95 } or { mean, cv }, cv being the standard deviation over the mean.",
            json!({ "median": value, "p95": value, "mean": value, "cv": positive }),
            &[],
        ),
        "weibull": object(
            "With a hazard that rises (shape above 1) or falls; 63.2 % of the values are below scale.",
            json!({ "shape": positive, "scale": value }),
            &["shape", "scale"],
        ),
        "gamma": object(
            "A sum of exponential phases; the squared coefficient of variation is 1 / shape.",
            json!({ "shape": positive, "mean": value }),
            &["shape", "mean"],
        ),
        "empirical": object(
            "The values of a column of a CSV file (path relative to the scenario); unit: for times, default s.",
            json!({ "csv": { "type": "string", "x-format": "file" }, "column": { "type": "string" }, "unit": unit }),
            &["csv", "column"],
        ),
        "choice": {
            "description": "One of some values: a list of { value, weight }, or { values, weights }.",
            "type": ["array", "object"],
            "items": object("A value.", json!({ "value": value, "weight": number }), &["value"]),
            "minItems": 1,
            "properties": {
                "values": { "type": "array", "items": value, "minItems": 1 },
                "weights": { "type": "array", "items": number },
            },
            "required": ["values"], "additionalProperties": false,
        },
        "mixture": {
            "description": "One of some distributions.",
            "type": "array",
            "items": object("A component.", json!({ "weight": number, "of": own }), &["of"]),
            "minItems": 1,
        },
    })
}

/// The bare value written as a form.
fn constant(value: &Schema) -> Value {
    let mut constant = value.clone();
    constant.insert("description".into(), json!("Always the same value, as when it stands alone."));
    constant.to_value()
}

fn object(description: &str, properties: Value, required: &[&str]) -> Value {
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
