//! Numbers as people read them. Tables for machines do not use this: see [`csv_table`](super::csv_table).

/// How a metric's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantity {
    /// A plain number: tasks, instances, requests.
    #[default]
    Count,
    /// A part of a whole, shown in per cent.
    Share,
    /// A time span in seconds.
    Seconds,
    /// US dollars.
    Usd,
}

/// `1234567.8` with 1 decimal is `1,234,567.8`; a rounded zero has no sign.
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) if digits.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, f)| (whole, Some(f)));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// Decimals needed to show `value` with `digits` significant digits: 4 for 0.01234 and 3 digits, 0 for 1234.
pub fn decimals_for(value: f64, digits: usize) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let mut magnitude = libm::floor(libm::log10(value.abs())) as i32;
    let unit = libm::pow(10.0, f64::from(magnitude + 1 - digits as i32));
    if libm::round(value.abs() / unit) * unit >= libm::pow(10.0, f64::from(magnitude + 1)) {
        magnitude += 1; // 9.996 rounds up to 10.0
    }
    (digits as i32 - 1 - magnitude).clamp(0, 15) as usize
}

/// `value` with `digits` significant digits, whole part never cut, trailing zeros removed: `0.0123`, `12,346`, `1.5`.
pub fn significant(value: f64, digits: usize) -> String {
    without_trailing_zeros(&grouped(value, decimals_for(value, digits)))
}

fn without_trailing_zeros(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    }
}

/// A share as a percentage, with as many digits as its distance from 0 and 1 needs: `12.3 %`, `99.95 %`, `99.9987 %`.
/// Exactly 1 is `100 %`; what is less than 1 is never rounded up to it.
pub fn share(value: f64) -> String {
    let from_the_end = value.abs().min((1.0 - value).abs());
    if from_the_end == 0.0 {
        return format!("{} %", grouped(value * 100.0, 0));
    }
    let decimals = decimals_for(from_the_end * 100.0, 2).clamp(1, 10);
    format!("{} %", without_trailing_zeros(&grouped(value * 100.0, decimals)))
}

/// US dollars: cents from 1 dollar on, three significant digits below.
pub fn usd(value: f64) -> String {
    let decimals = if value == 0.0 || value.abs() >= 1.0 { 2 } else { decimals_for(value, 3).max(2) };
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}${}", grouped(value.abs(), decimals))
}

/// A time span in its two largest units: `2 min 3 s`, `1 d 4 h`, `45.2 s`, `120 ms`.
pub fn duration(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let positive = seconds.abs();
    if positive == 0.0 {
        return "0 s".to_string();
    }
    if positive < 0.9995 {
        return format!("{sign}{} ms", significant(positive * 1000.0, 3));
    }
    if positive < 59.95 {
        return format!("{sign}{} s", significant(positive, 3));
    }
    let whole = libm::round(positive) as u64;
    let (major, minor, unit) = match whole {
        0..3600 => (whole / 60, whole % 60, ("min", "s")),
        3600..86_400 => (whole / 3600, whole % 3600 / 60, ("h", "min")),
        _ => (whole / 86_400, whole % 86_400 / 3600, ("d", "h")),
    };
    let major = format!("{sign}{} {}", grouped(major as f64, 0), unit.0);
    if minor == 0 { major } else { format!("{major} {minor} {}", unit.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(grouped(1_234_567.84, 1), "1,234,567.8");
        assert_eq!(grouped(-1234.0, 0), "-1,234");
        assert_eq!(grouped(999.0, 0), "999");
    }

    #[test]
    fn zero_has_no_sign_after_rounding() {
        assert_eq!(grouped(-0.004, 2), "0.00");
        assert_eq!(significant(-0.0, 3), "0");
    }

    #[test]
    fn significant_digits_never_cut_the_whole_part() {
        assert_eq!(significant(12_345.6, 3), "12,346");
        assert_eq!(significant(0.012_345, 3), "0.0123");
        assert_eq!(significant(1.5, 3), "1.5");
        assert_eq!(significant(9.996, 3), "10");
    }

    #[test]
    fn a_share_below_one_is_never_shown_as_one() {
        assert_eq!(share(0.999_987), "99.9987 %");
        assert_eq!(share(0.999_999_99), "99.999999 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.123_456), "12.3 %"); // two significant digits need one decimal at least
        assert_eq!(share(0.0), "0 %");
    }

    #[test]
    fn durations_use_their_two_largest_units() {
        assert_eq!(duration(123.0), "2 min 3 s");
        assert_eq!(duration(100_800.0), "1 d 4 h");
        assert_eq!(duration(45.23), "45.2 s");
        assert_eq!(duration(0.12), "120 ms");
        assert_eq!(duration(3600.0), "1 h");
        assert_eq!(duration(59.97), "1 min");
        assert_eq!(duration(0.0), "0 s");
        assert_eq!(duration(-90.0), "-1 min 30 s");
    }

    #[test]
    fn dollars_show_cents_and_small_prices_their_digits() {
        assert_eq!(usd(1234.5), "$1,234.50");
        assert_eq!(usd(0.004_045), "$0.00404"); // 0.004045 in binary lies just below the half
        assert_eq!(usd(-3.0), "-$3.00");
        assert_eq!(usd(0.0), "$0.00");
    }
}
