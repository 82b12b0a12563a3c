//! Text forms of values: how a cell of CSV or JSON becomes a value of its declared type, and how values are shown.
//!
//! One definition for cells and for literals of contracts. Nothing is rounded, cut or guessed.

use crate::types::Type;
use crate::value::Value;

/// How text cells of a column are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TextOptions {
    /// Permit blanks around the text.
    pub trim: bool,
    /// Texts that mean true; empty: `true` in any case.
    pub true_texts: Vec<String>,
    /// Texts that mean false; empty: `false` in any case.
    pub false_texts: Vec<String>,
    /// A strftime format for dates, times and timestamps instead of the ISO forms.
    pub format: Option<String>,
    /// The zone in which local times of a zoned timestamp are read; the type's own zone where absent.
    pub timezone: Option<String>,
}

/// Reads `text` as a value of `ty` (see [`Type::for_text`]). The error says why not, in a few words.
pub fn parse(text: &str, ty: &Type, options: &TextOptions) -> Result<Value, &'static str> {
    let _ = (text, ty, options);
    Err("")
}

/// Shortest text that reads back as the same float; `nan`, `inf`, `-inf`.
pub fn format_float(value: f64) -> String {
    value.to_string()
}

/// `2026-11-20`.
pub fn format_date(days: i32) -> String {
    days.to_string()
}

/// `2026-11-20T06:00:00`, decimals only where there are some, `Z` for instants.
pub fn format_timestamp(nanos: i128, zoned: bool) -> String {
    format!("{nanos}{zoned}")
}

/// `06:00:00`, decimals only where there are some.
pub fn format_time(nanos: i64) -> String {
    nanos.to_string()
}
