//! The style and the script that stand in every page, and the policy that lets these two run and nothing else.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::assets;
use crate::Templates;

/// Elements for the head of a page, as markup.
#[derive(Debug, Serialize)]
pub(super) struct Inline {
    /// `<meta http-equiv="Content-Security-Policy" ..>`.
    pub policy: String,
    /// `<style>..</style>`.
    pub style: String,
    /// `<script>..</script>`.
    pub script: String,
}

impl Inline {
    /// Of the user's files where there are some.
    pub fn new(templates: &Templates, further_style: &str) -> io::Result<Self> {
        let given = |name: &str, built_in: &'static str| templates.0.get(name).map_or(built_in, String::as_str);
        let style = small(given(assets::STYLE, assets::STYLE_TEXT)) + &small(further_style);
        let script = small(given(assets::SCRIPT, assets::SCRIPT_TEXT));
        ends_early(assets::STYLE, &style, &["</style"])?;
        ends_early(assets::SCRIPT, &script, &["</script", "<!--"])?;
        let policy = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
             script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">",
            hash(&style),
            hash(&script)
        );
        let style = format!("<style>{style}</style>");
        let script = format!("<script>{script}</script>");
        Ok(Inline { policy, style, script })
    }
}

/// Text that would end its element, and let what follows stand in the page as markup.
fn ends_early(name: &str, text: &str, marks: &[&str]) -> io::Result<()> {
    let lower = text.to_ascii_lowercase();
    let Some(mark) = marks.iter().find(|mark| lower.contains(*mark)) else { return Ok(()) };
    let line = lower.lines().position(|line| line.contains(mark)).unwrap_or_default() + 1;
    let text = format!("{name}:{line}: `{mark}` would end the element it stands in; write it in another way");
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// Without indentation, empty lines and carriage returns (which a browser would drop before it hashes).
pub(crate) fn small(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A source of a content security policy: `sha256-` and the hash in Base64.
pub(super) fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Base64 of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn an_empty_text_has_the_hash_that_everybody_knows() {
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
