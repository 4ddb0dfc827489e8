//! Where one character of a text value stands in the file, however the value is written there.

use super::Span;

impl Span {
    /// The place of one character of `value`, counting from 0, which is written here in any notation of YAML or JSON:
    /// plain, in quotes with escapes, folded or as a block. The last character stands for the end; the whole place for
    /// what is not found.
    #[must_use]
    pub fn of_character(self, source: &str, value: &str, character: usize) -> Span {
        let Some(written) = source.get(self.start..self.end) else { return self };
        // Line breaks and indentation are folded, so only what is no space stands in both in equal number.
        let visible = |letter: &char| !letter.is_whitespace();
        let units: Vec<Unit> =
            units(written, value).into_iter().filter(|unit| visible(&unit.letter)).collect();
        let before = value.chars().take(character).filter(visible).count();
        let mut pairs = units.iter().zip(value.chars().filter(visible)).take(before + 1);
        if pairs.any(|(unit, letter)| unit.letter != letter) {
            return self;
        }
        let span = |unit: &Unit| Span { start: self.start + unit.start, end: self.start + unit.end };
        let last = before.checked_sub(1).and_then(|index| units.get(index)).map(span);
        match value.chars().nth(character) {
            Some(letter) if visible(&letter) => units.get(before).map_or(self, span),
            Some(_) => last.map_or(self, |last| Span { start: last.end, end: last.end + 1 }),
            None => last.unwrap_or(self),
        }
    }
}

/// A character as it is written: at these bytes.
struct Unit {
    letter: char,
    start: usize,
    end: usize,
}

fn units(written: &str, value: &str) -> Vec<Unit> {
    let opening = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let quote = opening.filter(|quote| {
        // A block may begin with a quote, which is then one of the value.
        let escaped = if *quote == '"' { "\"\\\"" } else { "'''" };
        !value.starts_with(*quote) || written.starts_with(escaped)
    });
    let end = quote.and_then(|quote| written.strip_suffix(quote)).map_or(written.len(), str::len);
    let mut units = Vec::new();
    let mut at = usize::from(quote.is_some());
    while let Some((rest, first)) = written.get(at..end).and_then(|rest| Some((rest, rest.chars().next()?))) {
        let (letter, length) = match (quote, first) {
            (Some('"'), '\\') => escaped(rest),
            (Some('\''), '\'') => (Some(first), 2),
            _ => (Some(first), first.len_utf8()),
        };
        units.extend(letter.map(|letter| Unit { letter, start: at, end: at + length }));
        at += length;
    }
    units
}

/// The character for which an escape stands, none for a line break that is taken out, and its length.
fn escaped(rest: &str) -> (Option<char>, usize) {
    let Some(kind) = rest[1..].chars().next() else { return (None, 1) };
    let code = |from: usize, digits: usize| {
        rest.get(from..from + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let by_code = |digits: usize| (code(2, digits).and_then(char::from_u32), 2 + digits);
    let letter = match kind {
        'x' => return by_code(2),
        'u' => {
            return match (code(2, 4), rest.get(6..8), code(8, 4)) {
                (Some(high @ 0xd800..0xdc00), Some("\\u"), Some(low @ 0xdc00..0xe000)) => {
                    (char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                _ => by_code(4),
            };
        }
        'U' => return by_code(8),
        '\n' | '\r' => return (None, 2),
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        itself => itself,
    };
    (Some(letter), 1 + kind.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is pointed at in `written`, which stands for `value`.
    fn pointed<'a>(written: &'a str, value: &str, character: usize) -> &'a str {
        let span = Span { start: 0, end: written.len() }.of_character(written, value, character);
        &written[span.start..span.end]
    }

    #[test]
    fn a_character_is_found_in_every_notation() {
        // the x is character 6 of `a 'b' x` and of what reads like it
        assert_eq!(pointed("a 'b' x", "a 'b' x", 6), "x");
        assert_eq!(pointed("\"a 'b' x\"", "a 'b' x", 6), "x");
        assert_eq!(pointed("'a ''b'' x'", "a 'b' x", 6), "x");
        assert_eq!(pointed(r#""a \"b\" x""#, r#"a "b" x"#, 6), "x");
        assert_eq!(pointed("a\n    'b'\n    x", "a 'b' x", 6), "x");
        assert_eq!(pointed("a\n  'b'\n  x\n", "a\n'b'\nx\n", 6), "x");
    }

    #[test]
    fn an_escape_is_one_character() {
        assert_eq!(pointed(r#""\u00fc\x41!""#, "üA!", 1), r"\x41");
        assert_eq!(pointed(r#""\ud83d\ude00!""#, "😀!", 0), r"\ud83d\ude00");
        assert_eq!(pointed(r#""\e!""#, "\u{1b}!", 0), r"\e");
        assert_eq!(pointed("\"a\\\n  b\"", "ab", 1), "b");
    }

    #[test]
    fn a_block_may_begin_with_a_quote_of_its_own() {
        assert_eq!(pointed("'b' x\n", "'b' x\n", 4), "x");
        assert_eq!(pointed("'''b'' x'", "'b' x", 4), "x");
    }

    #[test]
    fn the_end_is_the_last_character_and_what_is_not_found_is_everything() {
        assert_eq!(pointed("'a and'", "a and", 5), "d");
        assert_eq!(pointed("*alias", "a and", 3), "*alias");
        assert_eq!(pointed("''", "", 0), "''");
    }
}
