//! What a caller does when a call is refused or a task stops. All of it is the caller's doing, not ECS's.

use crate::scenario::distribution_spec::DurationDistribution;
use crate::scenario::shape::{self, Scalar, Shape};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::borrow::Cow;

/// What a caller does when RunTask is refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OnRefusal {
    /// Gives up, as ECS leaves it: `fail`.
    #[default]
    Fail,
    /// Calls again after a while: `{ retryEvery: 10s, limit: 30 }`.
    Retry {
        /// The time to the next call.
        every: DurationDistribution,
        /// Calls after the first at most; none: no limit.
        limit: Option<u64>,
    },
    /// Stands in line and calls when something changes: `{ wait: fifo, places: 100, timeout: 1h }`.
    Wait {
        /// Who is first. All waiting callers of a cluster stand in one line.
        order: WaitOrder,
        /// Places in the line; none: no limit.
        places: Option<u64>,
        /// How long a caller waits at most; none: no limit.
        timeout: Option<DurationDistribution>,
    },
}

/// Who is first in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WaitOrder {
    /// Who came first.
    Fifo,
}

/// The long forms of [`OnRefusal`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnRefusalFields {
    retry_every: Option<DurationDistribution>,
    limit: Option<u64>,
    wait: Option<WaitOrder>,
    places: Option<u64>,
    timeout: Option<DurationDistribution>,
}

impl Shape for OnRefusal {
    type Fields = OnRefusalFields;
    const EXPECTED: &'static str = "fail, { retryEvery, limit } or { wait: fifo, places, timeout }";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Text("fail") => Ok(Self::Fail),
            other => Err(format!("expected {}, found {other}", Self::EXPECTED)),
        }
    }

    fn from_fields(fields: OnRefusalFields) -> Result<Self, String> {
        match fields {
            OnRefusalFields { retry_every: Some(every), limit, wait: None, places: None, timeout: None } => {
                Ok(Self::Retry { every, limit })
            }
            OnRefusalFields { retry_every: None, limit: None, wait: Some(order), places, timeout } => {
                Ok(Self::Wait { order, places, timeout })
            }
            _ => Err(format!("onRefusal takes {}", Self::EXPECTED)),
        }
    }
}

impl<'de> Deserialize<'de> for OnRefusal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl Serialize for OnRefusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fail => serializer.serialize_str("fail"),
            Self::Retry { every, limit } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("retryEvery", every)?;
                limit.iter().try_for_each(|limit| map.serialize_entry("limit", limit))?;
                map.end()
            }
            Self::Wait { order, places, timeout } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("wait", order)?;
                places.iter().try_for_each(|places| map.serialize_entry("places", places))?;
                timeout.iter().try_for_each(|timeout| map.serialize_entry("timeout", timeout))?;
                map.end()
            }
        }
    }
}

impl JsonSchema for OnRefusal {
    fn schema_name() -> Cow<'static, str> {
        "OnRefusal".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = generator.subschema_for::<DurationDistribution>();
        // One object for both ways, so that a misspelt key is told as that; what goes together is told in reading.
        let count = |what: &str| json!({ "description": what, "type": "integer", "minimum": 0 });
        json_schema!({
            "description": "What the caller does when the call is refused.",
            "x-expects": Self::EXPECTED,
            "anyOf": [
                { "type": "string", "const": "fail", "description": "Gives up, as ECS leaves it." },
                {
                    "description": "Calls again after a while, or stands in the one line of the cluster's callers.",
                    "type": "object",
                    "properties": {
                        "retryEvery": time,
                        "limit": count("With retryEvery: calls after the first; none: no limit."),
                        "wait": generator.subschema_for::<WaitOrder>(),
                        "places": count("With wait: places in the line; none: no limit."),
                        "timeout": time,
                    },
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// What a caller does when a task stops.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OnStop {
    /// Nothing: `none`.
    #[default]
    None,
    /// Calls RunTask again for the same work: `{ resubmitAfter: 5s, until: completed }`.
    Resubmit {
        /// The time from STOPPED to the call.
        after: DurationDistribution,
        /// When it ends.
        until: ResubmitUntil,
    },
}

/// When resubmitting ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResubmitUntil {
    /// When the work has run to its end.
    #[default]
    Completed,
    /// Never: finished work is submitted again too.
    Never,
}

/// The long form of [`OnStop`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnStopFields {
    resubmit_after: DurationDistribution,
    #[serde(default)]
    until: ResubmitUntil,
}

impl Shape for OnStop {
    type Fields = OnStopFields;
    const EXPECTED: &'static str = "none or { resubmitAfter, until }";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Text("none") => Ok(Self::None),
            other => Err(format!("expected {}, found {other}", Self::EXPECTED)),
        }
    }

    fn from_fields(OnStopFields { resubmit_after, until }: OnStopFields) -> Result<Self, String> {
        Ok(Self::Resubmit { after: resubmit_after, until })
    }
}

impl<'de> Deserialize<'de> for OnStop {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl Serialize for OnStop {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Resubmit { after, until } => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("resubmitAfter", after)?;
                map.serialize_entry("until", until)?;
                map.end()
            }
        }
    }
}

impl JsonSchema for OnStop {
    fn schema_name() -> Cow<'static, str> {
        "OnStop".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What the caller does when a task stops.",
            "x-expects": Self::EXPECTED,
            "anyOf": [
                { "type": "string", "const": "none", "description": "Nothing." },
                {
                    "description": "Calls RunTask again for the same work, so long after STOPPED.",
                    "type": "object",
                    "properties": {
                        "resubmitAfter": generator.subschema_for::<DurationDistribution>(),
                        "until": generator.subschema_for::<ResubmitUntil>(),
                    },
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// Where a file says how long a task runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DurationColumn {
    /// In one column.
    Column(String),
    /// Between the times of two columns.
    Between {
        /// The earlier one.
        from: String,
        /// The later one.
        to: String,
    },
}

/// `{ from, to }`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FromTo {
    from: String,
    to: String,
}

impl Shape for DurationColumn {
    type Fields = FromTo;
    const EXPECTED: &'static str = "the name of a column, or { from, to }";

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
        match scalar {
            Scalar::Text(column) => Ok(Self::Column(column.into())),
            other => Err(format!("expected {}, found {other}", Self::EXPECTED)),
        }
    }

    fn from_fields(FromTo { from, to }: FromTo) -> Result<Self, String> {
        Ok(Self::Between { from, to })
    }
}

impl<'de> Deserialize<'de> for DurationColumn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::deserialize(deserializer)
    }
}

impl Serialize for DurationColumn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Column(column) => serializer.serialize_str(column),
            Self::Between { from, to } => FromTo { from: from.clone(), to: to.clone() }.serialize(serializer),
        }
    }
}

impl JsonSchema for DurationColumn {
    fn schema_name() -> Cow<'static, str> {
        "DurationColumn".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The name of a column, or { from, to } for the time between two.",
            "x-expects": Self::EXPECTED,
            "type": ["string", "object"],
            "properties": {
                "from": { "type": "string", "description": "The column of the earlier time." },
                "to": { "type": "string", "description": "The column of the later time." },
            },
            "required": ["from", "to"],
            "additionalProperties": false,
        })
    }
}
