//! Exact readings of the quantities in the catalog: money and durations. No float takes part.

/// Nano-dollars in one US dollar; all money is counted in whole nano-dollars.
pub const NANO_USD_PER_USD: u64 = 1_000_000_000;

/// The value of `decimal` times `scale`, or `None` if `decimal` is no plain decimal number or the product is
/// not whole: `scaled("0.096", 1_000)` is 96.
pub fn scaled(decimal: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || decimal.ends_with('.') || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let denominator = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let product = digits.checked_mul(u128::from(scale))?;
    if product % denominator != 0 {
        return None;
    }
    u64::try_from(product / denominator).ok()
}

/// US dollars as text, such as `0.0416`, in nano-dollars.
pub fn nano_usd(text: &str) -> Option<u64> {
    scaled(text, NANO_USD_PER_USD)
}

/// A duration with its unit (`250ms`, `90s`, `1.5m`, `24h`, `14d`) in milliseconds.
pub(super) fn duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let ms_per_unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    scaled(number, ms_per_unit)
}

/// Nano-dollars as US dollars without trailing zeros: 41,600,000 is `0.0416`.
pub fn usd_text(nano_usd: u64) -> String {
    let digits = format!("{}.{:09}", nano_usd / NANO_USD_PER_USD, nano_usd % NANO_USD_PER_USD);
    digits.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_to_the_nano_dollar_and_not_beyond() {
        assert_eq!(nano_usd("0.0416"), Some(41_600_000));
        assert_eq!(nano_usd("98"), Some(98_000_000_000));
        assert_eq!(nano_usd("0.000000001"), Some(1));
        assert_eq!(nano_usd("0.0000000001"), None, "a tenth of a nano-dollar is not whole");
    }

    #[test]
    fn what_is_no_plain_decimal_has_no_value() {
        for text in ["", ".", "1.", ".5", "-1", "1e3", "0x1", "1,5", "NaN"] {
            assert_eq!(nano_usd(text), None, "{text}");
        }
        assert_eq!(scaled(&"9".repeat(60), 1), None, "too large");
        assert_eq!(scaled(&format!("0.{}", "0".repeat(60)), 1), None, "too long");
    }

    #[test]
    fn durations_carry_their_unit() {
        assert_eq!(duration_ms("250ms"), Some(250));
        assert_eq!(duration_ms("1.5m"), Some(90_000));
        assert_eq!(duration_ms("14d"), Some(14 * 24 * 3_600_000));
        assert_eq!(duration_ms("90"), None, "no unit");
        assert_eq!(duration_ms("90 parsecs"), None);
        assert_eq!(duration_ms("0.5ms"), None, "below the clock's millisecond");
    }

    #[test]
    fn money_is_shown_without_trailing_zeros() {
        assert_eq!(usd_text(41_600_000), "0.0416");
        assert_eq!(usd_text(2_000_000_000), "2");
        assert_eq!(usd_text(0), "0");
    }
}
