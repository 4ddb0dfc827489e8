//! Laws and values as a scenario writes them.

use serde_json::json;

use super::{FitArgs, UnitName};
use crate::experiment::statistics::fit::Law;
use crate::import::yaml::Item;
use crate::output::number::decimals_for;
use crate::scenario::distribution_spec::TimeUnit;

/// Digits of a parameter: more than any sample knows.
const DIGITS: usize = 4;

/// A number with four significant digits, without separators and trailing zeros.
pub(super) fn number(value: f64) -> String {
    let decimals = decimals_for(value, DIGITS);
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A value with the unit in which people would say it: `8.1s`, `1.5h`, `12`.
pub(super) fn amount(value: f64, unit: UnitName) -> String {
    let Some(unit) = unit.time() else { return number(value) };
    let ms = value * unit.ms() as f64;
    let (suffix, of) = match ms {
        0.0 => ("s", TimeUnit::S),
        ..1000.0 => ("ms", TimeUnit::Ms),
        1000.0..300_000.0 => ("s", TimeUnit::S),
        300_000.0..7_200_000.0 => ("m", TimeUnit::Min),
        7_200_000.0..172_800_000.0 => ("h", TimeUnit::H),
        _ => ("d", TimeUnit::D),
    };
    format!("{}{suffix}", number(ms / of.ms() as f64))
}

/// A law as the value of a field, without the braces around it: `lognormal: { median: 8.1s, p95: 22s }`.
pub(super) fn law(law: &Law, unit: UnitName) -> String {
    let amount = |value: f64| amount(value, unit);
    match *law {
        Law::Constant { value } => format!("constant: {}", amount(value)),
        Law::Uniform { low, high } => format!("uniform: [{}, {}]", amount(low), amount(high)),
        Law::Exponential { mean } => format!("exponential: {{ mean: {} }}", amount(mean)),
        Law::Lognormal { mu, .. } => {
            let (median, p95) = (amount(libm::exp(mu)), amount(law.quantile(0.95)));
            format!("lognormal: {{ median: {median}, p95: {p95} }}")
        }
        Law::Weibull { shape, scale } => {
            format!("weibull: {{ shape: {}, scale: {} }}", number(shape), amount(scale))
        }
        Law::Gamma { shape, mean } => {
            format!("gamma: {{ shape: {}, mean: {} }}", number(shape), amount(mean))
        }
    }
}

/// Resampling the column: `empirical: { csv: starts.csv, column: start_ms, unit: ms }`.
pub(super) fn empirical(args: &FitArgs) -> String {
    // Only what was chosen may be drawn again, and a scenario cannot choose rows.
    let file = match &args.out {
        _ if args.chosen.is_empty() => args.csv.clone(),
        Some(directory) => directory.join(super::files::VALUES),
        None => std::path::Path::new("DIRECTORY").join(super::files::VALUES),
    };
    let unit = match args.unit {
        UnitName::S | UnitName::Number => String::new(),
        unit => format!(", unit: {}", unit.word()),
    };
    let file = file.display().to_string();
    format!("empirical: {{ csv: {}, column: {}{unit} }}", text(&file), text(&args.column))
}

fn text(text: &str) -> String {
    let quoted = Item::of(json!(text)).to_yaml().trim_end().to_owned();
    // Within braces a path such as ../a/b.csv needs no quotes, and most paths begin so.
    let is_path = text.starts_with(['.', '/'])
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
    if is_path { text.to_owned() } else { quoted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_four_digits_and_the_unit_that_people_say() {
        let said = |seconds: f64| amount(seconds, UnitName::S);
        assert_eq!([0.0123456, 8.1, 250.0, 299.99].map(said), ["12.35ms", "8.1s", "250s", "300s"]);
        assert_eq!([1920.0, 9000.0, 432_000.0].map(said), ["32m", "2.5h", "5d"]);
        assert_eq!(amount(90.0, UnitName::Min), "90m");
        assert_eq!(amount(123_456.0, UnitName::Number), "123456");
    }

    #[test]
    fn laws_are_written_as_scenarios_read_them() {
        let written = |of: Law| law(&of, UnitName::S);
        assert_eq!(written(Law::Constant { value: 3.0 }), "constant: 3s");
        assert_eq!(written(Law::Uniform { low: 1.0, high: 5.0 }), "uniform: [1s, 5s]");
        // The p95 of a lognormal with sigma 1 is the median times e^1.6449 = 5.180.
        let lognormal = Law::Lognormal { mu: libm::log(2.0), sigma: 1.0 };
        assert_eq!(written(lognormal), "lognormal: { median: 2s, p95: 10.36s }");
        assert_eq!(
            law(&Law::Gamma { shape: 4.0, mean: 20.0 }, UnitName::Number),
            "gamma: { shape: 4, mean: 20 }"
        );
    }
}
