//! The types of the quantities: what the fields of a scenario hold.

use super::{
    MAX_SIZE_BYTES, parse_bytes_per_hour, parse_duration_ms, parse_fractional_ms, parse_rate_per_second,
    parse_share, parse_size_bytes,
};
use crate::scenario::shape::{self, NoFields, Scalar, Shape};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// The largest growth of memory in MiB an hour: [`MAX_SIZE_BYTES`] an hour.
const MAX_GROWTH_MIB: u64 = MAX_SIZE_BYTES >> 20;

/// Makes a newtype over one number that is written as text with a unit.
macro_rules! quantity {
    (
        $(#[$doc:meta])* $name:ident($inner:ty), $field:literal,
        parse: $parse:path, number: $number:expr, write: $write:expr,
        expected: $expected:literal, schema: $schema:tt
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(#[doc = $field] pub $inner);

        impl Shape for $name {
            type Fields = NoFields;
            const EXPECTED: &'static str = $expected;

            fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String> {
                let number: fn(f64) -> Option<$inner> = $number;
                let value = match scalar {
                    Scalar::Text(text) => return $parse(text).map(Self),
                    Scalar::Whole(0) => Some(Default::default()),
                    Scalar::Whole(whole) => number(whole as f64),
                    Scalar::Number(fraction) => number(fraction),
                };
                value.map(Self).ok_or_else(|| format!("expected {}, found {scalar}", Self::EXPECTED))
            }

            fn from_fields(fields: NoFields) -> Result<Self, String> {
                match fields {}
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                shape::deserialize(deserializer)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn($inner) -> String = $write;
                serializer.serialize_str(&write(self.0))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// A bare number has no unit, so it says nothing.
fn no_bare_number<T>(_: f64) -> Option<T> {
    None
}

quantity! {
    /// A span of simulated time, to the millisecond.
    DurationMs(u64), "Milliseconds.",
    parse: parse_duration_ms, number: no_bare_number, write: |ms| format!("{ms}ms"),
    expected: "a duration such as 90s or 1h30m",
    schema: { "type": ["string", "integer"], "minimum": 0, "maximum": 0, "x-format": "duration", "examples": ["90s", "1h30m", "24h"] }
}

quantity! {
    /// A parameter of a distribution of times: milliseconds with a fraction.
    Milliseconds(f64), "Milliseconds.",
    parse: parse_fractional_ms, number: no_bare_number, write: |ms| format!("{ms}ms"),
    expected: "a duration such as 90s or 1h30m",
    schema: { "type": ["string", "integer"], "minimum": 0, "maximum": 0, "x-format": "fractionalDuration", "examples": ["90s", "1h30m", "24h"] }
}

quantity! {
    /// An amount of data.
    Size(u64), "Bytes.",
    parse: parse_size_bytes, number: no_bare_number, write: |bytes| format!("{bytes} B"),
    expected: "a size such as 400 MB or 2 GiB",
    schema: { "type": ["string", "integer"], "minimum": 0, "maximum": 0, "x-format": "size", "examples": ["400 MB", "2 GiB"] }
}

quantity! {
    /// A rate of events.
    RatePerSecond(f64), "Events a second.",
    parse: parse_rate_per_second, number: no_bare_number, write: |rate| format!("{rate}/s"),
    expected: "a rate such as 2/s or 120/h",
    schema: { "type": ["string", "integer"], "minimum": 0, "maximum": 0, "x-format": "rate", "examples": ["2/s", "120/h"] }
}

quantity! {
    /// A growth of memory; a bare number is MiB an hour.
    SizeRate(f64), "Bytes an hour.",
    parse: parse_bytes_per_hour,
    number: |mib| (0.0..=MAX_GROWTH_MIB as f64).contains(&mib).then_some(mib * 1_048_576.0),
    write: |bytes| format!("{bytes} B/h"),
    expected: "MiB an hour, or text such as 50 MiB/h",
    schema: { "type": ["number", "string"], "minimum": 0, "maximum": MAX_GROWTH_MIB, "x-format": "sizeRate", "examples": [50, "50 MiB/h"] }
}

quantity! {
    /// A share of a whole.
    Share(f64), "From 0 to 1.",
    parse: parse_share,
    number: |share| (0.0..=1.0).contains(&share).then_some(share),
    write: |share| share.to_string(),
    expected: "a share such as 0.35 or 35%, from 0 to 1",
    schema: { "type": ["number", "string"], "minimum": 0, "maximum": 1, "x-format": "share", "examples": [0.35, "35%"] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn a_bare_zero_is_a_duration_and_another_bare_number_is_none() {
        assert_eq!(read("0"), Ok(DurationMs(0)));
        let error = read::<DurationMs>("90").unwrap_err();
        assert!(error.starts_with("expected a duration such as 90s or 1h30m, found 90"), "{error}");
    }

    #[test]
    fn a_share_is_a_number_or_text() {
        assert_eq!(read("0.35"), Ok(Share(0.35)));
        assert_eq!(read("1"), Ok(Share(1.0)));
        assert_eq!(read("\"35%\""), Ok(Share(0.35)));
        assert!(read::<Share>("1.5").is_err() && read::<Share>("-0.1").is_err());
    }

    #[test]
    fn bare_growth_is_mib_an_hour() {
        assert_eq!(read::<SizeRate>("50"), read("\"50 MiB/h\""));
        assert!(read::<SizeRate>("-1").is_err());
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let text =
            serde_json::to_string(&(DurationMs(5_400_000), Size(7), Milliseconds(0.5), Share(0.35))).unwrap();
        assert_eq!(text, r#"["5400000ms","7 B","0.5ms","0.35"]"#);
        assert_eq!(read(&text), Ok((DurationMs(5_400_000), Size(7), Milliseconds(0.5), Share(0.35))));
    }

    #[test]
    fn an_object_or_a_list_is_no_quantity() {
        assert!(read::<DurationMs>("{}").unwrap_err().contains("found an object"));
        assert!(read::<DurationMs>("[]").unwrap_err().contains("found a list"));
    }
}
