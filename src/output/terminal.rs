//! The summary on a terminal: few lines, tidy columns, every estimate with its interval.
//!
//! These helpers make text; only the command line prints it.

use super::escape::visible_text;
use super::number::{Quantity, decimals_for, duration, grouped, share, significant, usd};
use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width, presets,
};

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

/// An estimate with its 95 % interval: `12.3 ± 0.4` where the interval is even, `99.95 % (99.91 to 99.98)` where
/// it is not (shares), the bare value where there is no interval.
pub fn estimate(mean: Option<f64>, interval: Option<(f64, f64)>, quantity: Quantity) -> String {
    let (Some(mean), Some((low, high))) = (mean, interval) else {
        return value(mean, quantity);
    };
    match quantity {
        Quantity::Share => {
            let bare = |end: f64| share(end).trim_end_matches(" %").to_owned();
            format!("{} ({} to {})", share(mean), bare(low), bare(high))
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
    let decimals = decimals_for(half_width, 2).min(decimals_for(mean, MOST_DIGITS));
    format!("{} ± {}", grouped(mean, decimals), at_least_shown(half_width, decimals, ""))
}

/// More digits of a mean than these nobody reads, however narrow its interval.
const MOST_DIGITS: usize = 4;

/// A half width that is never rounded to nothing: `0.41`, `<0.01`.
fn at_least_shown(half_width: f64, decimals: usize, sign: &str) -> String {
    let smallest = libm::pow(10.0, -(decimals as f64));
    match half_width > 0.0 && half_width < smallest / 2.0 {
        true => format!("<{sign}{}", grouped(smallest, decimals)),
        false => format!("{sign}{}", grouped(half_width, decimals)),
    }
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
    let decimals =
        if small { decimals_for(half_width, 2).min(decimals_for(mean, MOST_DIGITS)).max(2) } else { 2 };
    let sign = if mean < 0.0 { "-" } else { "" };
    format!("{sign}${} ± {}", grouped(mean.abs(), decimals), at_least_shown(half_width, decimals, "$"))
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

/// One line on an objective: `✓ met     availability of web at least 99.9 %: 99.95 % (99.91 to 99.98)`.
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

/// Everything fits a terminal of so many columns.
pub const WIDTH: usize = 100;

/// Text in lines of at most [`WIDTH`] columns, made harmless (F52); all lines but the first begin with `indent`
/// blanks. A word that is too long stands on a line of its own.
pub fn paragraph(text: &str, indent: usize) -> String {
    paragraph_within(text, indent, WIDTH)
}

/// As [`paragraph`], in lines of at most `width` columns.
pub fn paragraph_within(text: &str, indent: usize, width: usize) -> String {
    let most = width;
    let mut lines = String::new();
    let mut column = 0;
    for (index, word) in visible_text(text).split(' ').enumerate() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > most {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    lines + "\n"
}

/// A table for the terminal: a heading, a thin rule, columns two blanks apart, every cell made harmless (F52). It is
/// no wider than [`WIDTH`]: texts are broken, numbers only where they alone would be too wide.
/// Lines have no trailing blanks; the text ends with a line end.
pub fn table(columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(rule_under_heading());
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH as u16);
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
    let numbers = number_widths(columns, rows);
    if numbers.iter().map(|(_, width)| width).sum::<usize>() + ROOM_FOR_TEXT <= WIDTH {
        for (at, width) in numbers {
            if let Some(column) = table.column_mut(at) {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width as u16)));
            }
        }
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Columns of names and sentences need so much.
const ROOM_FOR_TEXT: usize = 24;

/// The columns of numbers with the width at which no number is broken; a heading may be, between its words.
fn number_widths(columns: &[Column<'_>], rows: &[Vec<String>]) -> Vec<(usize, usize)> {
    let width = |text: &str| visible_text(text).chars().count();
    let of = |(at, column): (usize, &Column<'_>)| {
        let Column::Number(heading) = column else { return None };
        let words = heading.split(' ').map(width);
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
        Some((at, words.chain(cells).max().unwrap_or(0) + 2))
    };
    columns.iter().enumerate().filter_map(of).collect()
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
    fn a_narrow_interval_neither_stretches_its_mean_nor_vanishes() {
        // four digits of 9.003762 are 9.004; half of 0.001 is more than the half width
        assert_eq!(plus_minus(9.003_762, 0.000_02), "9.004 ± <0.001");
        assert_eq!(estimate(Some(13.68), Some((13.679, 13.681)), Quantity::Usd), "$13.68 ± <$0.01");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "a-service-name-of-no-fewer-than-sixty-characters-and-a-few-more-besides ".repeat(3);
        let rows = [vec![long.clone(), "1,234.5 ± 0.1".into(), long.clone()]];
        let columns = [Column::Text("service"), Column::Number("tasks"), Column::Text("why")];
        let text = table(&columns, &rows) + &paragraph(&long, 4);
        assert!(text.contains("1,234.5 ± 0.1"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn shares_show_their_uneven_interval() {
        let shown = estimate(Some(0.9995), Some((0.9991, 0.9998)), Quantity::Share);
        assert_eq!(shown, "99.95 % (99.91 to 99.98)");
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
