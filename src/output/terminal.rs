//! The summary on a terminal: few lines, tidy columns, every estimate with its interval.
//!
//! These helpers make text; only the command line prints it.

use super::escape::visible_text;
use super::number::{Quantity, decimals_for, duration, grouped, share, significant, usd};
use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle, presets};

/// One value in its unit: `12,346`, `99.95 %`, `2 min 3 s`, `$1,234.50`; a missing one is a dash.
pub fn value(value: Option<f64>, quantity: Quantity) -> String {
    match value.filter(|value| value.is_finite()) {
        None => "–".to_string(),
        Some(value) => match quantity {
            Quantity::Count => significant(value, 4),
            Quantity::Share => share(value),
            Quantity::Seconds => duration(value),
            Quantity::Usd => usd(value),
        },
    }
}

/// An estimate with its 95 % interval: `12.3 ± 0.4` where the interval is even, `99.95 % (99.91 % to 99.98 %)` where
/// it is not (shares), the bare value where there is no interval.
pub fn estimate(mean: Option<f64>, interval: Option<(f64, f64)>, quantity: Quantity) -> String {
    let (Some(mean), Some((low, high))) = (mean, interval) else {
        return value(mean, quantity);
    };
    match quantity {
        Quantity::Share => {
            format!(
                "{} ({} to {})",
                value(Some(mean), quantity),
                value(Some(low), quantity),
                value(Some(high), quantity)
            )
        }
        Quantity::Count => plus_minus(mean, (high - low) / 2.0),
        Quantity::Seconds => seconds_plus_minus(mean, (high - low) / 2.0),
        Quantity::Usd => usd_plus_minus(mean, (high - low) / 2.0),
    }
}

/// `12.34 ± 0.41`: both with the decimals that two significant digits of the half width need.
pub fn plus_minus(mean: f64, half_width: f64) -> String {
    if half_width == 0.0 {
        return format!("{} ± 0", significant(mean, 4));
    }
    let decimals = decimals_for(half_width, 2);
    format!("{} ± {}", grouped(mean, decimals), grouped(half_width, decimals))
}

/// `2 min 3 s ± 5 s`: below a minute in seconds with matched decimals.
fn seconds_plus_minus(mean: f64, half_width: f64) -> String {
    if mean.abs() < 60.0 {
        return format!("{} s", plus_minus(mean, half_width));
    }
    format!("{} ± {}", duration(mean), duration(half_width))
}

fn usd_plus_minus(mean: f64, half_width: f64) -> String {
    let small = mean.abs().max(half_width) < 1.0;
    let decimals = if small { decimals_for(half_width, 2).max(2) } else { 2 };
    let sign = if mean < 0.0 { "-" } else { "" };
    format!("{sign}${} ± ${}", grouped(mean.abs(), decimals), grouped(half_width, decimals))
}

/// The answer about an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Shown to hold.
    Met,
    /// Shown not to hold.
    Missed,
    /// The interval holds both answers: more replications are needed.
    CannotTell,
}

/// One line on an objective: `✓ met     availability of web at least 99.9 %: 99.95 % (99.91 % to 99.98 %)`.
pub fn objective_line(verdict: Verdict, objective: &str, found: &str) -> String {
    let answer = match verdict {
        Verdict::Met => "✓ met        ",
        Verdict::Missed => "✗ missed     ",
        Verdict::CannotTell => "? cannot tell",
    };
    format!("{answer}  {}: {found}", visible_text(objective))
}

/// A column of a terminal table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column<'t> {
    /// Names and sentences, from the left.
    Text(&'t str),
    /// Numbers, to the right.
    Number(&'t str),
}

/// A table for the terminal: a heading, a thin rule, columns two blanks apart, every cell made harmless (F52).
/// Lines have no trailing blanks; the text ends with a line end.
pub fn table(columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(rule_under_heading());
    table.force_no_tty();
    let aligned = |text: &str, column: &Column<'_>| {
        let alignment = match column {
            Column::Text(_) => CellAlignment::Left,
            Column::Number(_) => CellAlignment::Right,
        };
        Cell::new(visible_text(text)).set_alignment(alignment)
    };
    table.set_header(columns.iter().map(|column| match column {
        Column::Text(heading) | Column::Number(heading) => aligned(heading, column),
    }));
    for row in rows {
        table.add_row(row.iter().zip(columns).map(|(cell, column)| aligned(cell, column)));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn rule_under_heading() -> TableStyle {
    presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_half_width_share_their_decimals() {
        assert_eq!(plus_minus(12.3456, 0.4123), "12.35 ± 0.41");
        assert_eq!(plus_minus(12_345.6, 123.4), "12,346 ± 123");
        assert_eq!(plus_minus(3.0, 0.0), "3 ± 0");
    }

    #[test]
    fn shares_show_their_uneven_interval() {
        let shown = estimate(Some(0.9995), Some((0.9991, 0.9998)), Quantity::Share);
        assert_eq!(shown, "99.95 % (99.91 % to 99.98 %)");
    }

    #[test]
    fn durations_and_dollars_show_their_half_width() {
        assert_eq!(estimate(Some(123.0), Some((118.0, 128.0)), Quantity::Seconds), "2 min 3 s ± 5 s");
        assert_eq!(estimate(Some(12.34), Some((12.0, 12.68)), Quantity::Seconds), "12.34 ± 0.34 s");
        assert_eq!(estimate(Some(1234.5), Some((1200.0, 1269.0)), Quantity::Usd), "$1,234.50 ± $34.50");
    }

    #[test]
    fn what_is_not_known_is_a_dash_and_one_value_has_no_interval() {
        assert_eq!(estimate(None, None, Quantity::Share), "–");
        assert_eq!(estimate(Some(5.0), None, Quantity::Count), "5");
    }

    #[test]
    fn an_objective_says_its_answer_first() {
        assert_eq!(
            objective_line(Verdict::Missed, "availability of web\x1b[2J at least 99.9 %", "99.5 %"),
            "✗ missed       availability of web\\u{1b}[2J at least 99.9 %: 99.5 %"
        );
    }

    #[test]
    fn a_table_is_aligned_and_harmless() {
        let text = table(
            &[Column::Text("service"), Column::Number("tasks")],
            &[vec!["web\x1b[31m".into(), "1,234".into()], vec!["api".into(), "5".into()]],
        );
        let lines: Vec<&str> = text.lines().collect();
        assert!(!text.contains('\x1b'));
        assert!(lines[1].chars().all(|c| c == '─'));
        assert!(lines[2].ends_with("1,234") && lines[3].ends_with("    5"), "{text}");
        assert_eq!(lines.len(), 4);
    }
}
