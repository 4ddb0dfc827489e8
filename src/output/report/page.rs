//! The page itself: a bundle of style and script, the data, and a policy that lets nothing else in.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Built by `report/build.mjs`.
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// The page. The policy names style and script by their hashes, so that nothing in the data can run; the data itself cannot end
/// its element.
#[must_use]
pub fn html(name: &str, data: &Value) -> String {
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data: blob:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    let title = escaped(name);
    let json = data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – ecsim</title>\n<style>{STYLE}</style></head>\n<body><div id=\"app\"></div>\n\
         <noscript>This page draws itself with JavaScript, which is switched off here. The tables beside it hold everything that it shows.</noscript>\n\
         <script type=\"application/json\" id=\"data\">{json}</script>\n<script>{SCRIPT}</script></body></html>\n"
    )
}

/// Text between tags.
fn escaped(text: &str) -> String {
    let shown = crate::output::escape::visible_text(text);
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// SHA-256 in base 64, as a content security policy names inline code.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text);
    let mut out = String::with_capacity(44);
    for chunk in digest.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            match place <= chunk.len() {
                true => out.push(DIGITS[(bits >> (18 - 6 * place) & 63) as usize] as char),
                false => out.push('='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The SHA-256 of nothing is e3b0c442…b855; its base 64 is known from every policy that allows an empty script.
    #[test]
    fn hashes_are_written_as_policies_want_them() {
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn no_name_ends_the_data_or_the_title() {
        let hostile = "</script><script>alert(1)</script>&\"";
        let page = html(hostile, &json!({ "name": hostile }));
        assert!(!page.contains("<script>alert"), "{}", &page[..600]);
        assert!(page.contains("&lt;/script&gt;"));
        let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(serde_json::from_str::<Value>(data).unwrap()["name"], hostile);
    }

    #[test]
    fn the_bundle_cannot_end_its_own_element() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
    }
}
