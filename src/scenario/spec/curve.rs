//! Values that change with time: a daily curve, steps, or a table.

use crate::scenario::distribution_spec::{Number, TimeUnit};
use crate::scenario::shape::{self, Scalar, Shape};
use crate::scenario::units::{DurationMs, RatePerSecond};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::borrow::Cow;

/// A value by time: a bare value, or an object with one key that says how it changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve<V> {
    /// Always the same.
    Constant(V),
    /// A wave with a period of a day.
    Daily(DailyCurve<V>),
    /// Constant between times.
    Steps(Vec<CurveStep<V>>),
    /// Steps from a CSV file.
    Csv(TableCurve),
}

/// A wave with a period of a day: a cosine between `low` and `high`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Daily{V}Curve")]
pub struct DailyCurve<V> {
    /// The value twelve hours from the peak.
    pub low: V,
    /// The value at the peak.
    pub high: V,
    /// The time of day of the peak, such as 20h.
    pub peak_at: DurationMs,
}

/// A value from a time on.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "{V}CurveStep")]
pub struct CurveStep<V> {
    /// The time from which it holds.
    pub from: DurationMs,
    /// The value, until the next step.
    pub value: V,
}

/// Steps from a CSV file, relative to the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableCurve {
    /// The file.
    #[schemars(extend("x-format" = "file"))]
    pub file: String,
    /// The column of times.
    pub time: String,
    /// The column of values.
    pub value: String,
    /// The unit of the times. Default `s`.
    #[serde(default)]
    pub unit: TimeUnit,
}

/// The long form: one key.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CurveForm<V> {
    /// See [`Curve::Daily`].
    Daily(DailyCurve<V>),
    /// See [`Curve::Steps`].
    Steps(Vec<CurveStep<V>>),
    /// See [`Curve::Csv`].
    Csv(TableCurve),
}

/// What a curve may be of.
pub trait CurveValue: Shape + DeserializeOwned + JsonSchema {
    /// The name of the curve's schema.
    const CURVE: &'static str;
}

impl CurveValue for Number {
    const CURVE: &'static str = "NumberCurve";
}

impl CurveValue for RatePerSecond {
    const CURVE: &'static str = "RateCurve";
}

impl<V: CurveValue> Shape for Curve<V> {
    type Fields = CurveForm<V>;
    const EXPECTED: &'static str = "a value, or one of daily, steps and csv";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        V::from_scalar(scalar).map(Self::Constant)
    }

    fn from_fields(form: CurveForm<V>) -> Result<Self, String> {
        Ok(match form {
            CurveForm::Daily(curve) => Self::Daily(curve),
            CurveForm::Steps(steps) => Self::Steps(steps),
            CurveForm::Csv(table) => Self::Csv(table),
        })
    }
}

impl<'de, V: CurveValue> Deserialize<'de> for Curve<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl<V: Serialize> Serialize for Curve<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = match self {
            Self::Constant(value) => return value.serialize(serializer),
            Self::Daily(DailyCurve { low, high, peak_at }) => {
                CurveForm::Daily(DailyCurve { low, high, peak_at: *peak_at })
            }
            Self::Steps(steps) => CurveForm::Steps(
                steps.iter().map(|step| CurveStep { from: step.from, value: &step.value }).collect(),
            ),
            Self::Csv(table) => CurveForm::Csv(table.clone()),
        };
        form.serialize(serializer)
    }
}

impl<V: CurveValue> JsonSchema for Curve<V> {
    fn schema_name() -> Cow<'static, str> {
        V::CURVE.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<V>();
        let mut types = schema.get("type").cloned().unwrap_or_default();
        match &mut types {
            serde_json::Value::Array(types) => types.push(json!("object")),
            single => types = json!([single.take(), "object"]),
        }
        schema.insert("type".into(), types);
        schema.insert("description".into(), json!("A constant, or how it changes with time."));
        schema.insert("x-expects".into(), json!(Self::EXPECTED));
        schema.insert(
            "properties".into(),
            json!({
                "daily": generator.subschema_for::<DailyCurve<V>>(),
                "steps": {
                    "description": "Constant between times; before the first step it is 0.",
                    "type": "array",
                    "items": generator.subschema_for::<CurveStep<V>>(),
                    "minItems": 1,
                },
                "csv": generator.subschema_for::<TableCurve>(),
            }),
        );
        schema.insert("additionalProperties".into(), json!(false));
        schema.insert("minProperties".into(), json!(1));
        schema.insert("maxProperties".into(), json!(1));
        schema.remove("examples");
        schema
    }
}
