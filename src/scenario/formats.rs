//! The syntaxes that the schema names in `x-format`, for the checker of trees.

use super::shape::Scalar;
use super::units::{
    parse_bytes_per_hour, parse_duration_ms, parse_fractional_ms, parse_rate_per_second, parse_share,
    parse_size_bytes,
};
use crate::aws::{TaskCpu, TaskMemory};

/// A syntax: its name in the schema, what to say after "expected", and its judge.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name in `x-format`.
    pub name: &'static str,
    /// What may stand there, such as "a duration such as 90s or 1h30m".
    pub expects: &'static str,
    /// Judges text; the error is one sentence. Numbers are the business of the schema's bounds.
    pub judge: fn(&str) -> Result<(), String>,
}

/// All syntaxes of units and sizes.
pub const FORMATS: &[Format] = &[
    Format {
        name: "duration",
        expects: "a duration such as 90s or 1h30m",
        judge: |text| parse_duration_ms(text).map(drop),
    },
    Format {
        name: "fractionalDuration",
        expects: "a duration such as 90s or 1h30m",
        judge: |text| parse_fractional_ms(text).map(drop),
    },
    Format {
        name: "size",
        expects: "a size such as 400 MB or 2 GiB",
        judge: |text| parse_size_bytes(text).map(drop),
    },
    Format {
        name: "rate",
        expects: "a rate such as 2/s or 120/h",
        judge: |text| parse_rate_per_second(text).map(drop),
    },
    Format {
        name: "sizeRate",
        expects: "MiB an hour, or text such as 50 MiB/h",
        judge: |text| parse_bytes_per_hour(text).map(drop),
    },
    Format {
        name: "share",
        expects: "a share such as 0.35 or 35%, from 0 to 1",
        judge: |text| parse_share(text).map(drop),
    },
    Format {
        name: "taskCpu",
        expects: "CPU units such as 256, or text such as 0.25 vCPU",
        judge: |text| TaskCpu::parse(text).map(drop),
    },
    Format {
        name: "taskMemory",
        expects: "MiB such as 512, or text such as 0.5 GB",
        judge: |text| TaskMemory::parse(text).map(drop),
    },
];

/// Judges a value by the syntax of this name; a name without a syntax here, such as `file`, accepts everything.
///
/// # Errors
/// One sentence.
pub fn judge(name: &str, scalar: Scalar<'_>) -> Result<(), String> {
    match (FORMATS.iter().find(|format| format.name == name), scalar) {
        (Some(format), Scalar::Text(text)) => (format.judge)(text),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_judged_by_the_syntax_of_the_name() {
        assert_eq!(judge("duration", Scalar::Text("1h30m")), Ok(()));
        assert!(judge("duration", Scalar::Text("0.5ms")).is_err());
        assert_eq!(judge("fractionalDuration", Scalar::Text("0.5ms")), Ok(()));
        assert!(judge("size", Scalar::Text("400")).unwrap_err().contains("no unit"));
        assert_eq!(judge("file", Scalar::Text("anything")), Ok(()));
    }

    #[test]
    fn every_syntax_of_the_schema_is_known_here_or_is_a_name() {
        let schema = crate::scenario::spec::scenario_schema().to_string();
        let used = schema.split("\"x-format\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        let unknown: Vec<_> = used
            .filter(|name| !["file", "path", "date"].contains(name))
            .filter(|name| !FORMATS.iter().any(|format| format.name == *name))
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
