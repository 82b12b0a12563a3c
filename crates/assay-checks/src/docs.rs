//! The documentation of a check is the header of its source file.

use crate::registry::CheckSpec;

/// The sections that every check's header has, in this order.
pub const SECTIONS: &[&str] =
    &["What it checks", "Why it matters", "Parameters", "Example", "How it is measured", "Limits"];

/// The header of a check's source file, as Markdown.
pub fn docs(spec: &CheckSpec) -> String {
    let lines = spec.source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut text = String::new();
    for line in lines {
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}
