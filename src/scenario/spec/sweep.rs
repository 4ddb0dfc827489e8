//! Sweeps: axes are paths into the file, in the order in which they stand.

use crate::scenario::limits::MAX_NUMBER;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// What is varied. Every combination of the axes is a point; the axes under `zip` move together as one more, so do the
/// entries of `list`, and so do all ranges, from which `sample` draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// Axes that vary independently, in the order of the file.
    pub axes: Vec<Axis>,
    /// Axes that move together.
    pub zip: Vec<Axis>,
    /// Points written out one by one: what each puts where.
    pub list: Vec<Vec<(String, AxisValue)>>,
    /// Axes that are drawn from.
    pub ranges: Vec<RangeAxis>,
    /// How the ranges are drawn from.
    pub sample: Option<Sample>,
}

/// A range for one place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAxis {
    /// The path.
    pub path: String,
    /// From where to where.
    pub range: Range,
}

/// `{ from: 2, to: 12 }`: whole numbers where both ends are, durations where both have a unit of time.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lowest value.
    pub from: Value,
    /// The highest value.
    pub to: Value,
    /// How values lie between them. Default `linear`.
    #[serde(default)]
    pub scale: Scale,
}

/// How the values of a range lie between its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in their logarithm: as many from 1 to 10 as from 10 to 100.
    Log,
}

/// How many points are drawn from the ranges, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sample {
    /// So many points of a Sobol sequence (Joe and Kuo 2008) with a random shift: low discrepancy in all dimensions,
    /// best with a power of two.
    Sobol(u32),
    /// So many points of a Latin hypercube (McKay, Beckman and Conover 1979): each range cut into as many slices, each
    /// slice used once.
    LatinHypercube(u32),
}

impl Sample {
    /// How many points.
    #[must_use]
    pub fn count(self) -> u32 {
        match self {
            Sample::Sobol(count) | Sample::LatinHypercube(count) => count,
        }
    }
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
            match path.as_str() {
                "zip" => sweep.zip = map.next_value::<Axes>()?.0,
                "sample" => sweep.sample = Some(map.next_value()?),
                "list" => {
                    sweep.list = map.next_value::<Vec<Entry>>()?.into_iter().map(|entry| entry.0).collect()
                }
                _ => match map.next_value::<Value>()? {
                    Value::Array(values) => {
                        sweep
                            .axes
                            .push(Axis { path, values: values.into_iter().map(AxisValue::from).collect() });
                    }
                    range => {
                        let range = serde_json::from_value(range).map_err(serde::de::Error::custom)?;
                        sweep.ranges.push(RangeAxis { path, range });
                    }
                },
            }
        }
        Ok(sweep)
    }
}

/// An entry of `list`: what is put where, in the order of the file.
struct Entry(Vec<(String, AxisValue)>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = serde_json::Map::deserialize(deserializer)?;
        Ok(Entry(map.into_iter().map(|(path, value)| (path, value.into())).collect()))
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

struct EntryRef<'a>(&'a [(String, AxisValue)]);

impl Serialize for EntryRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, value)| (path, value)))
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
        for axis in &self.ranges {
            map.serialize_entry(&axis.path, &axis.range)?;
        }
        if !self.zip.is_empty() {
            map.serialize_entry("zip", &AxesRef(&self.zip))?;
        }
        if !self.list.is_empty() {
            let entries: Vec<EntryRef<'_>> = self.list.iter().map(|entry| EntryRef(entry)).collect();
            map.serialize_entry("list", &entries)?;
        }
        if let Some(sample) = &self.sample {
            map.serialize_entry("sample", sample)?;
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
        let end = json_schema!({ "type": ["number", "string"], "minimum": 0, "maximum": MAX_NUMBER });
        let range = json_schema!({
            "description": "A range that `sample` draws from: numbers, or durations with a unit.",
            "type": "object",
            "required": ["from", "to"],
            "properties": { "from": end, "to": end, "scale": { "enum": ["linear", "log"] } },
            "additionalProperties": false,
        });
        let count = json_schema!({ "type": "integer", "minimum": 1, "maximum": 1_000_000 });
        json_schema!({
            "description": "What is varied: paths into this file with lists of values; every combination is a point.",
            "type": "object",
            "propertyNames": { "type": "string", "x-format": "path" },
            "properties": {
                "zip": {
                    "description": "Paths whose values move together: the first of each, the second of each, …",
                    "type": "object",
                    "propertyNames": { "type": "string", "x-format": "path" },
                    "additionalProperties": values.clone(),
                },
                "list": {
                    "description": "Points written out: a list of mappings from paths to values, each with the same paths.",
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 100_000,
                    "items": { "type": "object", "propertyNames": { "type": "string", "x-format": "path" } },
                },
                "sample": {
                    "description": "How many points are drawn from the ranges, and how.",
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "properties": { "sobol": count.clone(), "latinHypercube": count },
                    "additionalProperties": false,
                },
            },
            "additionalProperties": { "anyOf": [values, range] },
        })
    }
}
