//! Text in messages of SARIF, where square brackets make links and braces make placeholders.

use crate::formats::text::printable;

/// The text as a message that shows it literally. Brackets and backslashes get a backslash, which viewers take away; the
/// braces of what would be a placeholder (`{0}`) are doubled, as the specification has it.
pub(super) fn message(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = &*text;
    while let Some(char) = rest.chars().next() {
        if let Some(digits) = placeholder(rest) {
            out.push_str(&format!("{{{{{digits}}}}}"));
            rest = &rest[digits.len() + 2..];
            continue;
        }
        if matches!(char, '\\' | '[' | ']') {
            out.push('\\');
        }
        out.push(char);
        rest = &rest[char.len_utf8()..];
    }
    out
}

/// The digits of a placeholder that the text begins with.
fn placeholder(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('{')?.split_once('}')?.0;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn data_make_neither_links_nor_placeholders() {
        assert_eq!(message("[x](https://x.example) {0}"), r"\[x\](https://x.example) {{0}}");
        assert_eq!(message(r"\[x\](y) a{2,3} {} {a} {"), r"\\\[x\\\](y) a{2,3} {} {a} {");
        assert_eq!(message("\u{1b}[2J"), r"\\u{{1b}\[2J".replace("{{1b}", "{1b}"));
        assert_eq!(message("東京"), "東京");
    }
}
