//! What a word without quotes means: the core schema of YAML 1.2, except that every number is finite and exact or refused.

use crate::scenario::problem::text::{cut, escape};
use crate::scenario::tree::Value;

/// Why a word that is written like a number is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadNumber {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: &'static str,
}

const QUOTE_IT: &str = "put it in quotes if it is meant as text";

/// Largest whole number up to which every whole `f64` is exact: 2^53.
const EXACT_FLOATS: f64 = 9_007_199_254_740_992.0;

/// The value of a word without quotes. `no`, `on` and dates are text; `0x10` and `0o17` are numbers; a decimal without
/// a fraction (`1e3`, `2.0`) is a whole number.
pub fn resolve(word: &str) -> Result<Value, BadNumber> {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Err(not_finite(word)),
        ".nan" | ".NaN" | ".NAN" if unsigned == word => return Err(not_finite(word)),
        _ => {}
    }
    if let Some(digits) = word.strip_prefix("0x").filter(|digits| is_all(digits, |b| b.is_ascii_hexdigit())) {
        return integer(word, i128::from_str_radix(digits, 16).ok());
    }
    if let Some(digits) =
        word.strip_prefix("0o").filter(|digits| is_all(digits, |b| matches!(b, b'0'..=b'7')))
    {
        return integer(word, i128::from_str_radix(digits, 8).ok());
    }
    if is_all(unsigned, |b| b.is_ascii_digit()) {
        return integer(word, word.parse().ok());
    }
    if is_decimal(unsigned) { decimal(word) } else { Ok(Value::Text(word.to_owned())) }
}

fn is_all(digits: &str, allowed: fn(&u8) -> bool) -> bool {
    !digits.is_empty() && digits.as_bytes().iter().all(allowed)
}

/// Whether a word without its sign has the form of a decimal: `1.5`, `.5`, `1.`, `1e3`, `1.5E-3`.
fn is_decimal(word: &str) -> bool {
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_right = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    exponent_is_right && !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction)
}

fn integer(word: &str, number: Option<i128>) -> Result<Value, BadNumber> {
    let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match number.filter(|number| range.contains(number)) {
        Some(number) => Ok(Value::Integer(number)),
        None => {
            Err(BadNumber { message: format!("{} does not fit into 64 bits", shown(word)), help: QUOTE_IT })
        }
    }
}

fn decimal(word: &str) -> Result<Value, BadNumber> {
    let number: f64 = word.parse().unwrap_or(f64::NAN);
    if !number.is_finite() {
        let message = format!("{} is too large for a 64-bit decimal number", shown(word));
        return Err(BadNumber { message, help: QUOTE_IT });
    }
    let mantissa = word.split(['e', 'E']).next().unwrap_or(word);
    if number == 0.0 && mantissa.bytes().any(|digit| matches!(digit, b'1'..=b'9')) {
        let message = format!("{} is too near to 0 for a 64-bit decimal number", shown(word));
        return Err(BadNumber { message, help: "write 0, or a larger number" });
    }
    if number.fract() == 0.0 && number.abs() <= EXACT_FLOATS {
        return Ok(Value::Integer(number as i128));
    }
    Ok(Value::Float(number))
}

fn not_finite(word: &str) -> BadNumber {
    BadNumber {
        message: format!("{word} is not a finite number"),
        help: "every number of a scenario is finite",
    }
}

fn shown(word: &str) -> String {
    escape(&cut(word, 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str) -> Value {
        Value::Text(word.into())
    }

    #[test]
    fn words_that_older_yaml_took_for_booleans_are_text() {
        for word in
            ["no", "on", "yes", "off", "y", "2026-01-05", "12:30", "1_000", "0b1", "-", "e3", ".", "1e", "+"]
        {
            assert_eq!(resolve(word), Ok(text(word)), "{word}");
        }
    }

    #[test]
    fn whole_numbers_are_exact_in_every_notation() {
        for (word, number) in [("0", 0), ("-17", -17), ("+5", 5), ("007", 7), ("0x1F", 31), ("0o17", 15)] {
            assert_eq!(resolve(word), Ok(Value::Integer(number)), "{word}");
        }
        // 2^64 - 1 and -2^63 are the ends of what 64 bits hold.
        assert_eq!(resolve("18446744073709551615"), Ok(Value::Integer(i128::from(u64::MAX))));
        assert_eq!(resolve("-9223372036854775808"), Ok(Value::Integer(i128::from(i64::MIN))));
    }

    #[test]
    fn a_decimal_without_a_fraction_is_a_whole_number() {
        assert_eq!(resolve("1e3"), Ok(Value::Integer(1_000)));
        assert_eq!(resolve("2.0"), Ok(Value::Integer(2)));
        assert_eq!(resolve("2.5"), Ok(Value::Float(2.5)));
        assert_eq!(resolve("-.5"), Ok(Value::Float(-0.5)));
    }

    #[test]
    fn numbers_past_64_bits_are_refused_and_never_turned_into_decimals() {
        for word in
            ["18446744073709551616", "-9223372036854775809", "99999999999999999999999", "0x1ffffffffffffffff"]
        {
            let bad = resolve(word).unwrap_err();
            assert!(bad.message.contains("does not fit into 64 bits"), "{bad:?}");
        }
        assert!(resolve(&"9".repeat(100_000)).is_err());
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        for word in [".nan", ".NaN", ".inf", "-.inf", "+.INF", "1e999", "-1e999", "1e-999"] {
            assert!(resolve(word).is_err(), "{word}");
        }
        assert_eq!(resolve("0e-999"), Ok(Value::Integer(0)));
    }
}
