//! Data on a terminal: nothing in a table or a contract may move the cursor, change colours or reorder the line.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with control characters and invisible formatting characters (bidirectional overrides, zero-width marks,
/// separators, tags) written out as escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The line as one that no CI system takes for a command to itself, where it would: GitHub and Azure look for them in every
/// log, `::name::` at the beginning of a line and `##[name]` anywhere in it.
pub(super) fn inert(line: &str) -> Option<String> {
    let indent = line.len() - line.trim_start().len();
    let begins = line[indent..].starts_with("::");
    if !begins && !line.contains("##") {
        return None;
    }
    let mut inert = line.replace("##", "#\\u{23}");
    if begins {
        inert.replace_range(indent..=indent, "\\u{3a}");
    }
    Some(inert)
}

/// Control characters (category Cc), line and paragraph separators, and formatting characters (Cf) that show nothing.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}
