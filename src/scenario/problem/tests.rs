use super::text::{alternatives, cut, escape, grouped, quoted};
use super::*;

const PLAIN_GRAPHIC: Style = Style::Graphical { color: false, width: 100 };

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add("shop.yaml", text);
    sources
}

fn at(start: usize, end: usize) -> Origin {
    Origin { source: SourceId(0), span: Span { start, end } }
}

#[test]
fn a_line_names_file_line_column_and_path() {
    let text = "a: 1\nb:\n  c: x\n";
    // "x" is byte 13: line 3, six characters in.
    let problem = Problem::mismatch(at(13, 14), "b.c", "a whole number", "text \"x\"");
    assert_eq!(
        plain_line(&problem, &sources(text)),
        "shop.yaml:3:6: b.c: expected a whole number, found text \"x\""
    );
}

#[test]
fn columns_count_characters_and_not_bytes() {
    // "ä" takes two bytes, so the value at byte 5 is the fifth character of its line.
    let position = sources("\u{e4}b: x").position(at(5, 6)).unwrap();
    assert_eq!(position, Position { line: 1, column: 5 });
}

#[test]
fn twenty_problems_are_listed_and_the_rest_counted() {
    let problems: Vec<Problem> = (0..33).map(|_| Problem::error(at(0, 1), "a", "wrong")).collect();
    let text = render(&problems, &sources("a: 1\n"), Style::Plain);
    // 20 lines and one that counts the other 33 - 20 = 13.
    assert_eq!(text.lines().count(), 21);
    assert!(text.ends_with("and 13 more\n"), "{text}");
}

#[test]
fn errors_come_in_the_order_of_the_text_and_before_warnings() {
    let text = "a: 1\nb: 2\n";
    let problems = [
        Problem::warning(at(0, 1), "", "w"),
        Problem::error(at(5, 6), "", "second"),
        Problem::error(at(0, 1), "", "first"),
    ];
    let listed = render(&problems, &sources(text), Style::Plain);
    assert_eq!(listed, "shop.yaml:1:1: first\nshop.yaml:2:1: second\nshop.yaml:1:1: warning: w\n");
}

#[test]
fn the_graphic_form_points_at_the_place() {
    let problem = Problem::error(at(8, 13), "b", "this is wrong").with_help("write `2`");
    let shown = render(&[problem], &sources("a: 1\nb: three\nc: 4\n"), PLAIN_GRAPHIC);
    assert!(shown.contains("shop.yaml:2:4"), "{shown}");
    assert!(shown.contains("b: this is wrong"), "{shown}");
    assert!(shown.contains("2 │ b: three"), "{shown}");
    assert!(shown.contains("3 │ c: 4"), "{shown}");
    assert!(shown.contains("help: write `2`"), "{shown}");
    let line = shown.lines().position(|line| line.contains("b: three")).unwrap();
    let column = |line: &str, sign: char| line.chars().position(|letter| letter == sign);
    let lines: Vec<&str> = shown.lines().collect();
    // The underline starts below the "t" of "three".
    assert_eq!(column(lines[line + 1], '─'), column(lines[line], 't'), "{shown}");
}

#[test]
fn colours_appear_only_when_asked_for() {
    let problem = Problem::error(at(0, 1), "", "wrong");
    let sources = sources("a: 1\n");
    assert!(!render(std::slice::from_ref(&problem), &sources, PLAIN_GRAPHIC).contains('\u{1b}'));
    let colored = render(&[problem], &sources, Style::Graphical { color: true, width: 100 });
    assert!(colored.contains('\u{1b}'));
}

#[test]
fn escape_sequences_of_the_input_reach_no_output() {
    let mut sources = Sources::default();
    sources.add("\u{1b}[2J.yaml", "a: \u{1b}]0;owned\u{7}\n\u{202e}b\n");
    let problem = Problem::error(at(3, 6), "\u{1b}[31m", "found \u{9b}31m\u{202e}").with_help("\u{7}");
    for style in [Style::Plain, PLAIN_GRAPHIC] {
        let shown = render(std::slice::from_ref(&problem), &sources, style);
        assert!(!shown.contains(|c: char| text::is_unsafe(c) && c != '\n'), "{shown:?}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_shown_as_a_window_around_the_mistake() {
    let text = format!("{}here{}", "x".repeat(500_000), "y".repeat(500_000));
    let problem = Problem::error(at(500_000, 500_004), "", "wrong");
    let shown = render(&[problem], &sources(&text), PLAIN_GRAPHIC);
    assert!(shown.len() < 2_000, "{} bytes", shown.len());
    assert!(shown.contains("xhereyyy"), "{shown}");
    assert!(shown.contains("shop.yaml:1:500001"), "{shown}");
}

#[test]
fn a_source_without_text_is_named_without_a_line() {
    let mut sources = Sources::default();
    sources.add("gone.yaml", "");
    let problem = Problem::error(at(0, 0), "", "no such file");
    assert_eq!(plain_line(&problem, &sources), "gone.yaml: no such file");
    assert!(render(&[problem], &sources, PLAIN_GRAPHIC).contains("gone.yaml: no such file"));
}

#[test]
fn quoted_input_is_cut_to_eighty_characters() {
    let long = quoted(&"z".repeat(200));
    // 80 letters, the sign of the cut and two quotes.
    assert_eq!(long.chars().count(), 83);
    assert_eq!(cut("abc", 3), "abc");
    assert_eq!(escape("a\u{0}b\n"), "a\\u{0}b\\n");
}

#[test]
fn numbers_and_alternatives_read_well() {
    assert_eq!(grouped(-1_234_567), "-1,234,567");
    assert_eq!(grouped(999), "999");
    assert_eq!(alternatives(["a", "b", "c"], 5), "`a`, `b` or `c`");
    assert_eq!(alternatives(["a", "b", "c"], 2), "`a`, `b` and 1 more");
}
