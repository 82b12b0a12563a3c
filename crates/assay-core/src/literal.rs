//! Literals of a contract: text as written, read by the type of the column they are compared with.

use crate::problem::Span;
use crate::text::{self, TextOptions};
use crate::types::Type;
use crate::value::Value;

/// A scalar of a contract that stands for a value of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// The text as written.
    pub text: String,
    /// Whether it was quoted.
    pub quoted: bool,
    /// Where.
    pub span: Span,
}

impl Literal {
    /// Reads the literal as a value of `ty`. For text columns a plain number, bool or null is refused: YAML would
    /// have changed it (`01`), so it has to be quoted. The error is one sentence.
    pub fn read(&self, ty: &Type) -> Result<Value, String> {
        let text = self.text.as_str();
        if ty.is_text() {
            if !self.quoted && looks_typed(text) {
                return Err(format!("`{text}` is not text: quote it as '{text}' to compare it with a {ty} column"));
            }
            return Ok(Value::Text(text.into()));
        }
        text::parse(text, ty, &TextOptions::default()).map_err(|why| format!("`{text}` is not a {ty}: {why}"))
    }
}

/// Whether YAML's core schema reads this plain text as a number, a bool or null.
pub fn looks_typed(text: &str) -> bool {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
        return true;
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let radix = |prefix: &str, digits: fn(char) -> bool| {
        text.strip_prefix(prefix).is_some_and(|d| !d.is_empty() && d.chars().all(digits))
    };
    if radix("0x", |c| c.is_ascii_hexdigit()) || radix("0o", |c| ('0'..='7').contains(&c)) {
        return true;
    }
    body.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && body.contains(|c: char| c.is_ascii_digit())
        && body.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
        && body.parse::<f64>().is_ok()
}
