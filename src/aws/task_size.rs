//! Task-level cpu and memory, which the API takes as text in two spellings each.

use super::decimal::{Decimal, split_unit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Task-level cpu in CPU units (1024 units are one vCPU), written `256`, `"256"`, `"1 vCPU"` or `".25 vcpu"` (SIZ-1,
/// SIZ-2). Which values are allowed depends on the launch type and is not checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskCpu {
    /// CPU units.
    pub units: u32,
}

/// Task-level memory in MiB, written `512`, `"512"`, `"1 GB"` or `"0.5GB"` (SIZ-1, SIZ-2). AWS's GB is 1024 MiB here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskMemory {
    /// Mebibytes.
    pub mib: u32,
}

impl TaskCpu {
    /// Reads either spelling.
    ///
    /// # Errors
    /// One sentence that names the text and the spellings.
    pub fn parse(text: &str) -> Result<Self, String> {
        let units = parse_scaled(text, "vcpu", 1024).ok_or_else(|| {
            format!("\"{text}\" is no task cpu: write CPU units (\"256\") or \"0.25 vCPU\"")
        })?;
        Ok(Self { units })
    }
}

impl TaskMemory {
    /// Reads either spelling.
    ///
    /// # Errors
    /// One sentence that names the text and the spellings.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mib = parse_scaled(text, "gb", 1024)
            .ok_or_else(|| format!("\"{text}\" is no task memory: write MiB (\"512\") or \"0.5 GB\""))?;
        Ok(Self { mib })
    }
}

/// A bare whole number, or a decimal followed by `unit` (in any case), times `factor`.
fn parse_scaled(text: &str, unit: &str, factor: u64) -> Option<u32> {
    let (number, found_unit) = split_unit(text);
    let factor = match found_unit {
        "" => 1,
        found if found.eq_ignore_ascii_case(unit) => factor,
        _ => return None,
    };
    let value = Decimal::parse(number).ok()?.times(factor)?;
    u32::try_from(value).ok()
}

/// Takes text or a whole number and gives both to `parse` as text.
struct TextOrNumber<T> {
    expecting: &'static str,
    parse: fn(&str) -> Result<T, String>,
}

impl<T> Visitor<'_> for TextOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        (self.parse)(&number.to_string()).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let number =
            u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))?;
        self.visit_u64(number)
    }
}

impl<'de> Deserialize<'de> for TaskCpu {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber {
            expecting: "CPU units or text such as \"1 vCPU\"",
            parse: Self::parse,
        })
    }
}

impl<'de> Deserialize<'de> for TaskMemory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(TextOrNumber { expecting: "MiB or text such as \"1 GB\"", parse: Self::parse })
    }
}

impl Serialize for TaskCpu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.units)
    }
}

impl Serialize for TaskMemory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.mib)
    }
}

impl JsonSchema for TaskCpu {
    fn schema_name() -> Cow<'static, str> {
        "TaskCpu".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Task-level cpu: CPU units (\"256\", 1024 are one vCPU) or \"0.25 vCPU\".",
            "type": ["string", "integer"],
            "minimum": 0,
            "x-format": "taskCpu",
            "examples": ["256", "1 vCPU"],
        })
    }
}

impl JsonSchema for TaskMemory {
    fn schema_name() -> Cow<'static, str> {
        "TaskMemory".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Task-level memory: MiB (\"512\") or \"0.5 GB\", where AWS's GB is 1024 MiB.",
            "type": ["string", "integer"],
            "minimum": 0,
            "x-format": "taskMemory",
            "examples": ["512", "1 GB"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_read_in_units_and_in_vcpus() {
        // .25 vCPU = 0.25 * 1024 = 256 units
        for text in ["256", ".25 vCPU", "0.25 vcpu", "0.25vCPU", " 256 "] {
            assert_eq!(TaskCpu::parse(text), Ok(TaskCpu { units: 256 }), "{text}");
        }
    }

    #[test]
    fn memory_is_read_in_mib_and_in_gb_of_1024_mib() {
        // 0.5 GB = 0.5 * 1024 = 512 MiB
        for text in ["512", "0.5GB", ".5 gb", "0.5 GB"] {
            assert_eq!(TaskMemory::parse(text), Ok(TaskMemory { mib: 512 }), "{text}");
        }
    }

    #[test]
    fn a_json_number_is_read_like_its_text() {
        let cpu: TaskCpu = serde_json::from_str("1024").unwrap();
        assert_eq!(cpu, serde_json::from_str("\"1 vCPU\"").unwrap());
        assert!(serde_json::from_str::<TaskCpu>("-1").is_err());
    }

    #[test]
    fn other_units_negative_and_half_units_are_refused() {
        for text in ["1 GB", "-1", "0.5", "", "vCPU", "99999999999", "0.0001 vCPU"] {
            assert!(TaskCpu::parse(text).is_err(), "{text}");
        }
        assert!(TaskMemory::parse("1 vCPU").is_err());
    }

    #[test]
    fn sizes_are_written_as_the_cli_prints_them() {
        assert_eq!(serde_json::to_string(&TaskCpu { units: 256 }).unwrap(), "\"256\"");
        assert_eq!(serde_json::to_string(&TaskMemory { mib: 512 }).unwrap(), "\"512\"");
    }
}
