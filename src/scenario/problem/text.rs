//! Input quoted in messages: never longer than a line, never able to move the cursor.

use crate::scenario::limits::MAX_QUOTED_CHARACTERS;

/// Whether a character may change how a terminal shows what is around it: control characters, line and paragraph
/// separators, direction marks and overrides, invisible joiners.
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every unsafe character spelt out (`\n`, `\u{1b}`).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unsafe(letter) {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

/// At most `characters` characters, with `…` where something was cut.
pub fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A piece of input in double quotes, cut to [`MAX_QUOTED_CHARACTERS`] and escaped.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escape(&cut(text, MAX_QUOTED_CHARACTERS)))
}

/// A key or known word in backticks, cut and escaped.
pub fn ticked(text: &str) -> String {
    format!("`{}`", escape(&cut(text, MAX_QUOTED_CHARACTERS)))
}

/// Words in backticks as a list for people: "`a`, `b` or `c`"; more than `most` are cut to "… and N more".
pub fn alternatives<'a>(words: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let words: Vec<String> = words.into_iter().map(ticked).collect();
    if words.len() > most {
        return format!("{} and {} more", words[..most].join(", "), words.len() - most);
    }
    joined(&words, "or")
}

/// "a, b or c".
pub fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// A number with its thousands set apart: 10,000.
pub fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 { format!("-{out}") } else { out }
}
