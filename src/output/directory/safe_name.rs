//! Names from users as names of files.

use crate::output::manifest::hexadecimal;
use sha2::{Digest, Sha256};

/// Longest mapped name in bytes: short enough for every file system with what is added to it.
const LONGEST: usize = 100;

/// A name that is one harmless path component on every system (F53): letters, digits, `.`, `_` and `-`, not hidden,
/// not a device of Windows. A name that had to be changed ends in a hash of the original, so that two different
/// scenarios never share a directory.
pub fn safe_file_name(name: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut mapped: String = name.chars().map(|c| if safe(c) { c } else { '-' }).collect();
    while mapped.starts_with(['.', '-']) {
        mapped.remove(0);
    }
    while mapped.len() > LONGEST {
        mapped.pop();
    }
    let mapped = mapped.trim_end_matches(['.', '-']);
    if mapped == name && !mapped.is_empty() && !is_reserved(mapped) {
        return mapped.to_string();
    }
    let hash = hexadecimal(&Sha256::digest(name.as_bytes())[..4]);
    match mapped {
        "" => format!("scenario-{hash}"),
        mapped if is_reserved(mapped) => format!("scenario-{}-{hash}", mapped.replace('.', "-")),
        mapped => format!("{mapped}-{hash}"),
    }
}

/// Devices of Windows, with or without an extension, and the endings that this program gives its own directories.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || numbered("COM")
        || numbered("LPT")
        || name.ends_with(".partial")
        || name.ends_with(".previous")
        || name.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["shop-zone-loss", "v1.2_b", "größe", "网站"] {
            assert_eq!(safe_file_name(name), name);
        }
    }

    #[test]
    fn dangerous_names_become_one_plain_component() {
        let long = "x".repeat(300);
        let wide = "网".repeat(300);
        for name in [
            "../../outside",
            "/etc/passwd",
            ".",
            "..",
            "",
            " ",
            "a\0b",
            "CON",
            "con.txt",
            "LPT1",
            "C:\\x",
            ".hidden",
            "x.partial",
            "a/b",
            "end.",
            "\u{202e}x",
            &long,
            &wide,
        ] {
            let mapped = safe_file_name(name);
            assert!(!mapped.is_empty() && mapped.len() <= LONGEST + 20, "{name:?} became {mapped:?}");
            assert!(!mapped.contains(['/', '\\', '\0', ':', ' ']), "{name:?} became {mapped:?}");
            assert!(
                !mapped.starts_with('.') && !mapped.ends_with('.') && !is_reserved(&mapped),
                "{mapped:?}"
            );
        }
    }

    #[test]
    fn different_names_stay_different() {
        assert_ne!(safe_file_name("a/b"), safe_file_name("a:b"));
        assert_ne!(safe_file_name("a/b"), safe_file_name("a-b"));
        assert_ne!(safe_file_name(&"x".repeat(300)), safe_file_name(&"x".repeat(301)));
    }
}
