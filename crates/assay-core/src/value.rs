//! Single values, compared exactly.

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::BigDecimal;

/// A value of a column, or a bound to compare one with. Integers and decimals never pass through a float.
///
/// The order is total: floats by `total_cmp` (with -0.0 equal to 0.0 by construction, see [`Value::float`]).
#[derive(Debug, Clone)]
pub enum Value {
    /// Truth.
    Bool(bool),
    /// Any integer of up to 64 bits, signed or not.
    Int(i128),
    /// An exact decimal.
    Decimal(BigDecimal),
    /// A float of any width.
    Float(f64),
    /// Text.
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds of wall-clock time since 1970-01-01T00:00:00, zone unknown.
    Naive(i128),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Instant(i128),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Nanoseconds.
    Duration(i128),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Value {
    /// A float with -0.0 folded into 0.0, so that equality is numeric.
    pub fn float(value: f64) -> Self {
        Value::Float(if value == 0.0 { 0.0 } else { value })
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Bool(_) => 0,
            Value::Int(_) => 1,
            Value::Decimal(_) => 2,
            Value::Float(_) => 3,
            Value::Text(_) => 4,
            Value::Date(_) => 5,
            Value::Naive(_) => 6,
            Value::Instant(_) => 7,
            Value::Time(_) => 8,
            Value::Duration(_) => 9,
            Value::Binary(_) => 10,
        }
    }
}

impl Ord for Value {
    /// Within a kind by value; kinds apart in a fixed order. Text is compared by its UTF-8 bytes.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
            (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Time(a), Value::Time(b)) => a.cmp(b),
            (Value::Binary(a), Value::Binary(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b))
            | (Value::Naive(a), Value::Naive(b))
            | (Value::Instant(a), Value::Instant(b))
            | (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl fmt::Display for Value {
    /// As people and results read it: dates `2026-11-20`, instants RFC 3339 in UTC, bytes in hex.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(v) => write!(f, "{v}"),
            Value::Int(v) => write!(f, "{v}"),
            Value::Decimal(v) => f.write_str(&v.to_plain_string()),
            Value::Float(v) => f.write_str(&crate::text::format_float(*v)),
            Value::Text(v) => f.write_str(v),
            Value::Date(v) => f.write_str(&crate::text::format_date(*v)),
            Value::Naive(v) => f.write_str(&crate::text::format_timestamp(*v, false)),
            Value::Instant(v) => f.write_str(&crate::text::format_timestamp(*v, true)),
            Value::Time(v) => f.write_str(&crate::text::format_time(*v)),
            Value::Duration(v) => write!(f, "{}s", crate::text::format_float(*v as f64 / 1e9)),
            Value::Binary(v) => v.iter().try_for_each(|b| write!(f, "{b:02x}")),
        }
    }
}
