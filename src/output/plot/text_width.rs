//! How wide a text is, so that labels do not overlap and names fit their column.
//!
//! Advance widths of DejaVu Sans 2.37 in thousandths of the font size. Verdana, which a browser without DejaVu takes,
//! is of the same build. Characters beyond ASCII count as a full em, which is wide enough for nearly all.

/// U+0020 to U+007E, regular.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775,
    752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390,
    337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// U+0020 to U+007E, bold.
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821,
    837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457,
    365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687,
    716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];

/// Width of a line of text in pixels.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let table = if bold { &BOLD } else { &REGULAR };
    let of = |c: char| match c {
        ' '..='~' => f64::from(table[c as usize - 0x20]),
        '\u{a0}'..='\u{24f}' | '–' => 700.0,
        _ => 1000.0,
    };
    text.chars().map(of).sum::<f64>() * size / 1000.0
}

/// The text in lines no wider than `width`, broken at blanks where there are any, inside a word where not.
/// Nothing is left out; there is always at least one line.
pub(super) fn wrapped(text: &str, width: f64, size: f64, bold: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        let joined = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if text_width(&joined, size, bold) <= width {
            *line = joined;
            continue;
        }
        let mut pieces = pieces_of(word, width, size, bold);
        if line.is_empty() {
            *line = pieces.remove(0);
        }
        lines.extend(pieces);
    }
    lines
}

/// A word cut after its own punctuation where that helps, else anywhere, into pieces that fit.
fn pieces_of(word: &str, width: f64, size: f64, bold: bool) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in word.chars() {
        piece.push(c);
        if piece.chars().count() == 1 || text_width(&piece, size, bold) <= width {
            continue;
        }
        let cut =
            piece[..piece.len() - c.len_utf8()].rfind(['-', '_', '.', '/', ':', '(', ',']).map(|at| at + 1);
        let cut = cut.filter(|&at| at * 3 > piece.len()).unwrap_or(piece.len() - c.len_utf8());
        let rest = piece.split_off(cut);
        pieces.push(std::mem::replace(&mut piece, rest));
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_is_the_sum_of_advances() {
        // w 818 + e 615 + b 635 = 2068 thousandths of 10 pixels
        assert!((text_width("web", 10.0, false) - 20.68).abs() < 1e-9);
    }

    #[test]
    fn wrapping_keeps_every_character_and_the_width() {
        for text in
            ["one two three four five six seven", &"x".repeat(300), "shop-frontend-blue_green.canary/v2"]
        {
            let lines = wrapped(text, 100.0, 12.0, false);
            let kept: String = lines.concat();
            assert_eq!(kept.replace(' ', ""), text.replace(' ', ""));
            assert!(lines.iter().all(|line| text_width(line, 12.0, false) <= 100.0), "{lines:?}");
        }
    }

    #[test]
    fn long_words_break_at_their_own_joints() {
        assert_eq!(wrapped("shop-frontend-service", 95.0, 12.0, false), ["shop-frontend-", "service"]);
    }

    #[test]
    fn an_empty_text_is_one_empty_line() {
        assert_eq!(wrapped("", 100.0, 12.0, false), [""]);
    }
}
