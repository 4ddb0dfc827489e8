//! Quantities with units, as text: `90s`, `1h30m`, `400 MB`, `30/h`, `35%`.
//!
//! The numbers are read exactly. A bare number is refused wherever its unit would be a guess, except 0.

use crate::aws::decimal::{Decimal, split_unit};

mod quantity;
pub use quantity::{DurationMs, Milliseconds, RatePerSecond, Share, Size, SizeRate};

pub use super::limits::{MAX_DURATION_MS, MAX_RATE_PER_SECOND, MAX_SIZE_BYTES};

/// Units of time with their milliseconds.
const TIME_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 7 * 86_400_000),
];

/// Units of size with their bytes: powers of 1000, and of 1024 with an `i`.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

const DURATION_FORM: &str = "write a number with ms, s, m, h, d or w, such as 90s or 1h30m";
const SIZE_FORM: &str = "write a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 400 MB";

/// The parts of a duration such as `1h30m`: numbers and the milliseconds of their units.
fn duration_parts(text: &str) -> Result<Vec<(Decimal, u64)>, String> {
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Vec::new());
    }
    refuse_sign(text, rest)?;
    let mut parts = Vec::new();
    while parts.is_empty() || !rest.is_empty() {
        let (number, tail) = split_unit(rest);
        let unit_end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, after) = tail.split_at(unit_end);
        let factor =
            factor_of(unit, TIME_UNITS).ok_or_else(|| unit_problem(text, number, unit, DURATION_FORM))?;
        let decimal = Decimal::parse(number).map_err(|why| format!("\"{text}\" {why}: {DURATION_FORM}"))?;
        if parts.last().is_some_and(|&(_, larger)| factor >= larger) {
            return Err(format!(
                "\"{text}\" has its units out of order: write the larger first, each once, as 1h30m"
            ));
        }
        if decimal.exceeds(factor, MAX_DURATION_MS) {
            return Err(too_long(text));
        }
        parts.push((decimal, factor));
        rest = after.trim_start();
    }
    Ok(parts)
}

/// Reads a duration to the millisecond.
///
/// # Errors
/// One sentence: no unit, an unknown unit, a sign, more than a thousand years, or finer than a millisecond.
pub fn parse_duration_ms(text: &str) -> Result<u64, String> {
    let mut total = 0;
    for (number, factor) in duration_parts(text)? {
        total += number.times(factor).ok_or_else(|| {
            format!("\"{text}\" is finer than a millisecond, the smallest step of time here")
        })?;
    }
    if total > MAX_DURATION_MS { Err(too_long(text)) } else { Ok(total) }
}

/// Reads a duration as milliseconds with a fraction: for parameters of distributions, of which only draws are rounded.
///
/// # Errors
/// As [`parse_duration_ms`], but a fraction of a millisecond is kept.
pub fn parse_fractional_ms(text: &str) -> Result<f64, String> {
    let total = duration_parts(text)?.iter().map(|(number, factor)| number.times_as_f64(*factor)).sum();
    if total > MAX_DURATION_MS as f64 { Err(too_long(text)) } else { Ok(total) }
}

/// Reads a size in bytes. `400 MB` is 400,000,000; `400 MiB` is 419,430,400.
///
/// # Errors
/// One sentence: no unit, an unknown unit, a sign, more than 8 PiB, or not a whole number of bytes.
pub fn parse_size_bytes(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(0);
    }
    refuse_sign(text, trimmed)?;
    let (number, unit) = split_unit(trimmed);
    let factor = factor_of(unit, SIZE_UNITS).ok_or_else(|| unit_problem(text, number, unit, SIZE_FORM))?;
    let decimal = Decimal::parse(number).map_err(|why| format!("\"{text}\" {why}: {SIZE_FORM}"))?;
    if decimal.exceeds(factor, MAX_SIZE_BYTES) {
        return Err(format!("\"{text}\" is more than 8 PiB"));
    }
    decimal.times(factor).ok_or_else(|| format!("\"{text}\" is not a whole number of bytes"))
}

/// Reads a rate of events such as `2/s`, `30/min` or `120/h`, as events a second.
///
/// # Errors
/// One sentence: no number, no `/`, an unknown unit of time, or more than a million a second.
pub fn parse_rate_per_second(text: &str) -> Result<f64, String> {
    let form = "write events per unit of time, such as 2/s, 30/min or 120/h";
    let (number, unit) =
        text.split_once('/').ok_or_else(|| format!("\"{text}\" has no unit of time: {form}"))?;
    refuse_sign(text, number.trim())?;
    let per_ms = factor_of(unit.trim(), TIME_UNITS)
        .ok_or_else(|| format!("\"{text}\" has no unit of time after the \"/\": {form}"))?;
    let decimal = Decimal::parse(number.trim()).map_err(|why| format!("\"{text}\" {why}: {form}"))?;
    let rate = decimal.times_as_f64(1000) / per_ms as f64;
    if rate > MAX_RATE_PER_SECOND as f64 {
        return Err(format!("\"{text}\" is more than a million a second, the highest rate"));
    }
    Ok(rate)
}

/// Reads a growth of memory such as `50 MiB/h`, as bytes an hour.
///
/// # Errors
/// One sentence: no size, no `/`, an unknown unit, or more than 8 PiB an hour.
pub fn parse_bytes_per_hour(text: &str) -> Result<f64, String> {
    let form = "write a size per unit of time, such as 50 MiB/h";
    let (size, unit) =
        text.split_once('/').ok_or_else(|| format!("\"{text}\" has no unit of time: {form}"))?;
    let per_ms = factor_of(unit.trim(), TIME_UNITS)
        .ok_or_else(|| format!("\"{text}\" has no unit of time after the \"/\": {form}"))?;
    let growth = parse_size_bytes(size)? as f64 * 3_600_000.0 / per_ms as f64;
    if growth > MAX_SIZE_BYTES as f64 {
        Err(format!("\"{text}\" is more than 8 PiB an hour"))
    } else {
        Ok(growth)
    }
}

/// Reads a share such as `35%` or `0.35`, as a number from 0 to 1.
///
/// # Errors
/// One sentence: no number, or outside 0 to 1.
pub fn parse_share(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    let problem = || format!("\"{text}\" is no share: write 0.35 or 35%, from 0 to 1");
    let (number, divisor) =
        trimmed.strip_suffix('%').map_or((trimmed, 1.0), |number| (number.trim_end(), 100.0));
    let share = Decimal::parse(number).map_err(|_| problem())?.times_as_f64(1) / divisor;
    if share > 1.0 { Err(problem()) } else { Ok(share) }
}

fn factor_of(unit: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find(|(name, _)| *name == unit).map(|&(_, factor)| factor)
}

fn refuse_sign(text: &str, trimmed: &str) -> Result<(), String> {
    if trimmed.starts_with('-') { Err(format!("\"{text}\" is negative")) } else { Ok(()) }
}

fn unit_problem(text: &str, number: &str, unit: &str, form: &str) -> String {
    match (number, unit) {
        ("", _) => format!("\"{text}\" does not start with a number: {form}"),
        (_, "") => format!("\"{text}\" has no unit: {form}"),
        (_, unit) => format!("\"{text}\" has the unknown unit \"{unit}\": {form}"),
    }
}

fn too_long(text: &str) -> String {
    let longest = MAX_DURATION_MS / 86_400_000;
    format!("\"{text}\" is longer than a thousand years; the longest duration is {longest}d")
}

#[cfg(test)]
mod tests;
