//! Sweeps: axes are paths into the file, in the order in which they stand.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// What is varied. Every combination of the axes is a point; the axes under `zip` move together as one more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// Axes that vary independently, in the order of the file.
    pub axes: Vec<Axis>,
    /// Axes that move together.
    pub zip: Vec<Axis>,
}

/// Values for one place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The path, such as `aws.services.web.desiredCount`.
    pub path: String,
    /// The values, one a point.
    pub values: Vec<AxisValue>,
}

/// A value of an axis: any YAML, or `{ label, value }` to name it in tables and plots.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisValue {
    /// The name, if it has one.
    pub label: Option<String>,
    /// What is put at the path.
    pub value: Value,
}

impl From<Value> for AxisValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(mut object) if object.len() == 2 && object.contains_key("value") => {
                match (object.remove("label"), object.remove("value")) {
                    (Some(Value::String(label)), Some(value)) => Self { label: Some(label), value },
                    (label, value) => {
                        object.extend(label.map(|label| ("label".to_owned(), label)));
                        object.extend(value.map(|value| ("value".to_owned(), value)));
                        Self { label: None, value: Value::Object(object) }
                    }
                }
            }
            value => Self { label: None, value },
        }
    }
}

impl<'de> Deserialize<'de> for AxisValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for AxisValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.label {
            None => self.value.serialize(serializer),
            Some(label) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("label", label)?;
                map.serialize_entry("value", &self.value)?;
                map.end()
            }
        }
    }
}

/// Axes as a map from path to values, in the order of the file.
struct Axes(Vec<Axis>);

struct SweepVisitor;

impl<'de> Visitor<'de> for SweepVisitor {
    type Value = Sweep;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from paths to lists of values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sweep, A::Error> {
        let mut sweep = Sweep::default();
        while let Some(path) = map.next_key::<String>()? {
            if path == "zip" {
                sweep.zip = map.next_value::<Axes>()?.0;
            } else {
                sweep.axes.push(Axis { path, values: map.next_value()? });
            }
        }
        Ok(sweep)
    }
}

struct AxesVisitor;

impl<'de> Visitor<'de> for AxesVisitor {
    type Value = Axes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from paths to lists of values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Axes, A::Error> {
        let mut axes = Vec::new();
        while let Some((path, values)) = map.next_entry()? {
            axes.push(Axis { path, values });
        }
        Ok(Axes(axes))
    }
}

impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SweepVisitor)
    }
}

impl<'de> Deserialize<'de> for Axes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AxesVisitor)
    }
}

struct AxesRef<'a>(&'a [Axis]);

impl Serialize for AxesRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|axis| (&axis.path, &axis.values)))
    }
}

impl Serialize for Sweep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for axis in &self.axes {
            map.serialize_entry(&axis.path, &axis.values)?;
        }
        if !self.zip.is_empty() {
            map.serialize_entry("zip", &AxesRef(&self.zip))?;
        }
        map.end()
    }
}

impl JsonSchema for Sweep {
    fn schema_name() -> Cow<'static, str> {
        "Sweep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let values = json_schema!({
            "description": "Values for this path: any YAML, or { label, value } to name one in tables and plots.",
            "type": "array",
            "minItems": 1,
            "maxItems": 100_000,
        });
        json_schema!({
            "description": "What is varied: paths into this file with lists of values; every combination is a point.",
            "type": "object",
            "propertyNames": { "type": "string", "x-format": "path" },
            "properties": {
                "zip": {
                    "description": "Paths whose values move together: the first of each, the second of each, …",
                    "type": "object",
                    "propertyNames": { "type": "string", "x-format": "path" },
                    "additionalProperties": values,
                },
            },
            "additionalProperties": values,
        })
    }
}
