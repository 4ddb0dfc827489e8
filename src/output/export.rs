//! `ecsim export aws`: what a scenario says and a simulation shows, as files of the AWS CLI.

pub mod describe;
pub mod requests;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::kernel::time::SimTime;

/// The account of everything that is exported: there is none.
pub const ACCOUNT: &str = "000000000000";

/// A file of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl ExportedFile {
    fn json(name: impl Into<String>, value: &Value) -> ExportedFile {
        ExportedFile { name: safe(&name.into()), text: format!("{value:#}\n") }
    }
}

/// A name that every file system takes.
fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

/// Where and when the cluster is.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The region.
    pub region: String,
    /// The cluster's name.
    pub cluster: String,
    /// The date of simulated zero.
    pub starts_at: Timestamp,
}

impl Setting {
    fn arn(&self, kind: &str, name: &str) -> String {
        format!("arn:aws:ecs:{}:{ACCOUNT}:{kind}/{}/{name}", self.region, self.cluster)
    }

    fn cluster_arn(&self) -> String {
        format!("arn:aws:ecs:{}:{ACCOUNT}:cluster/{}", self.region, self.cluster)
    }

    fn definition_arn(&self, name: &str) -> String {
        format!("arn:aws:ecs:{}:{ACCOUNT}:task-definition/{name}", self.region)
    }

    fn target_group_arn(&self, name: &str) -> String {
        format!("arn:aws:elasticloadbalancing:{}:{ACCOUNT}:targetgroup/{name}/0000000000000000", self.region)
    }

    fn group_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:autoscaling:{}:{ACCOUNT}:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{name}",
            self.region
        )
    }

    /// A simulated time as a date; null after the year 9999.
    fn date(&self, at: SimTime) -> Value {
        let ms = i64::try_from(at.0).ok();
        let date = ms.and_then(|ms| self.starts_at.checked_add(SignedDuration::from_millis(ms)).ok());
        date.map_or(Value::Null, |date| {
            DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&date).into()
        })
    }
}

/// The same without what says nothing: null, and empty lists and mappings.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (key, pruned(value)));
            Value::Object(entries.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(pruned).collect()),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The items of a list of the `aws` section, pruned.
fn inputs(aws: &Value, list: &str) -> Vec<Value> {
    let items = aws.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    items.into_iter().map(pruned).collect()
}

/// The text at a key.
fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Takes keys out of an object.
fn without(value: &Value, keys: &[&str]) -> Value {
    let mut value = value.clone();
    if let Value::Object(entries) = &mut value {
        entries.retain(|key, _| !keys.contains(&key.as_str()));
    }
    value
}
