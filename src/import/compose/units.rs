//! How compose files write sizes, times and variables.

use crate::scenario::tree::{Node, Value};

/// CPU units of a number of CPUs: `0.5`, `"0.25"`.
pub fn cpu_units(node: &Node) -> Option<u32> {
    let cpus = match &node.value {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        Value::Text(text) => substituted(text).trim().parse().ok()?,
        _ => return None,
    };
    (cpus > 0.0 && cpus < 1000.0).then(|| (cpus * 1024.0).ceil() as u32)
}

/// Whole MiB, rounded up, of a number of bytes or a size such as `512M`, `1g`, `300kb`.
pub fn mebibytes(node: &Node) -> Option<u32> {
    let bytes = match &node.value {
        Value::Integer(number) => u64::try_from(*number).ok()? as f64,
        Value::Text(text) => {
            let text = substituted(text).trim().to_ascii_lowercase();
            let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            let factor = match text[digits.len()..].trim_end_matches('b').trim_end_matches('i') {
                "" => 1.0,
                "k" => 1024.0,
                "m" => 1_048_576.0,
                "g" => 1_073_741_824.0,
                _ => return None,
            };
            digits.trim().parse::<f64>().ok()? * factor
        }
        _ => return None,
    };
    let mib = (bytes / 1_048_576.0).ceil();
    (1.0..1e9).contains(&mib).then_some(mib as u32)
}

/// Whole seconds, rounded up, of a time such as `1m30s`, `90s`, `500ms`.
pub fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut ms = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let unit = rest[digits..]
            .find(|letter: char| letter.is_ascii_digit())
            .map_or(rest.len(), |end| digits + end);
        let factor = match &rest[digits..unit] {
            "us" => 0.001,
            "ms" => 1.0,
            "s" => 1000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            _ => return None,
        };
        ms += rest[..digits].parse::<f64>().ok()? * factor;
        rest = &rest[unit..];
    }
    (ms > 0.0 && ms < 1e12).then(|| (ms / 1000.0).ceil() as u64)
}

/// The text with its variables replaced by their defaults; one without a default leaves its name.
pub fn substituted(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        made.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let Some(end) = after.find('}') else {
            rest = &rest[start..];
            break;
        };
        let inner = &after[..end];
        let default = inner.split_once(":-").or_else(|| inner.split_once('-')).map(|(_, default)| default);
        made.push_str(default.unwrap_or_else(|| inner.split([':', '?', '+']).next().unwrap_or(inner)));
        rest = &after[end + 1..];
    }
    made.push_str(rest);
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::problem::SourceId;

    fn text(value: &str) -> Node {
        Node::synthetic(Value::Text(value.to_owned()), SourceId(0))
    }

    #[test]
    fn sizes_come_in_bytes_and_in_binary_multiples() {
        for (given, mib) in
            [("512M", 512), ("1g", 1024), ("1.5gb", 1536), ("300kb", 1), ("52428800", 50), ("64MiB", 64)]
        {
            assert_eq!(mebibytes(&text(given)), Some(mib), "{given}");
        }
        assert_eq!(mebibytes(&text("much")), None);
    }

    #[test]
    fn a_cpu_has_1024_units() {
        assert_eq!(cpu_units(&text("0.5")), Some(512));
        assert_eq!(cpu_units(&Node::synthetic(Value::Integer(2), SourceId(0))), Some(2048));
        assert_eq!(cpu_units(&text("-1")), None);
    }

    #[test]
    fn times_are_rounded_up_to_seconds() {
        for (given, s) in [("1m30s", 90), ("500ms", 1), ("10s", 10), ("1h", 3600)] {
            assert_eq!(seconds(given), Some(s), "{given}");
        }
        assert_eq!(seconds("soon"), None);
    }

    #[test]
    fn variables_stand_for_their_defaults() {
        assert_eq!(substituted("web:${TAG:-1.4}"), "web:1.4");
        assert_eq!(substituted("${NAME-x}/${OTHER}"), "x/OTHER");
        assert_eq!(substituted("plain ${open"), "plain ${open");
    }
}
