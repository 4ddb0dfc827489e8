//! Names from users are shown, not obeyed.

use std::fmt::Write as _;

/// The text with every character that could steer a terminal or mislead a reader written out, as `\u{1b}`:
/// control characters, line ends, and the marks that turn the direction of writing (F52).
pub fn visible_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_steering(character) {
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, bidirectional controls, line separators, invisible tags and non-characters (which XML forbids).
fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_as_text() {
        assert_eq!(visible_text("\x1b[2Jweb\x07"), r"\u{1b}[2Jweb\u{7}");
    }

    #[test]
    fn right_to_left_override_and_line_ends_are_shown_as_text() {
        assert_eq!(visible_text("a\u{202e}b\nc"), r"a\u{202e}b\nc");
    }

    #[test]
    fn ordinary_names_of_any_language_stay() {
        assert_eq!(visible_text("größe 网站 \"web\""), "größe 网站 \"web\"");
    }
}
