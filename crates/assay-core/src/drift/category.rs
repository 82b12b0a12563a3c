//! Categories: typed values that compare across encodings.

use serde::{Deserialize, Serialize};

use crate::value::Value;

/// What a category's text is the text of. Categories of different kinds are different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CategoryKind {
    /// Truth.
    Bool,
    /// Any number: 1, 1.0 and the decimal 1.00 are one category, because a column that gains nulls often turns from
    /// integers to floats.
    Number,
    /// Text, by its bytes.
    Text,
    /// Dates, timestamps, times of day, durations, as they are shown.
    Time,
    /// Bytes, as hex.
    Binary,
}

/// The value of a categorical column, in one canonical text. Ordered by kind, then by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Category {
    /// What it is.
    pub kind: CategoryKind,
    /// Its canonical text.
    pub text: String,
}

impl Category {
    /// The category of a text.
    pub fn text(text: impl Into<String>) -> Self {
        Category { kind: CategoryKind::Text, text: text.into() }
    }

    /// The category of a number; `None` for NaN, which is missing. Equal numbers of different types give equal
    /// categories.
    pub fn number(value: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let text = match value {
            v if v.is_nan() => return None,
            v if v.fract() == 0.0 && v.abs() <= EXACT => format!("{}", v as i64),
            v => crate::text::format_float(v),
        };
        Some(Category { kind: CategoryKind::Number, text })
    }

    /// The category of an integer.
    pub fn integer(value: i128) -> Self {
        Category { kind: CategoryKind::Number, text: value.to_string() }
    }

    /// The category of a value; `None` for NaN, which is missing.
    pub fn of(value: &Value) -> Option<Self> {
        let (kind, text) = match value {
            Value::Bool(v) => (CategoryKind::Bool, v.to_string()),
            Value::Int(v) => return Some(Category::integer(*v)),
            Value::Float(v) => return Category::number(*v),
            Value::Decimal(v) => (CategoryKind::Number, v.normalized().to_plain_string()),
            Value::Text(v) => (CategoryKind::Text, v.clone()),
            Value::Date(_) | Value::Naive(_) | Value::Instant(_) | Value::Time(_) | Value::Duration(_) => {
                (CategoryKind::Time, value.to_string())
            }
            Value::Binary(_) => (CategoryKind::Binary, value.to_string()),
        };
        Some(Category { kind, text })
    }

    /// 64 bits that are the same for equal categories on every machine and in every version of the baseline format
    /// (FNV-1a over kind and text, finished by the 64-bit mixer of MurmurHash3).
    pub fn hash64(&self) -> u64 {
        hash64(self.kind, self.text.as_bytes())
    }
}

/// [`Category::hash64`] without building the category.
pub fn hash64(kind: CategoryKind, text: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ (kind as u64);
    for &byte in text {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(hash)
}

/// The finisher of MurmurHash3: every input bit changes every output bit.
pub fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use bigdecimal::BigDecimal;

    use super::*;

    #[test]
    fn equal_numbers_of_different_types_are_one_category() {
        let decimal: BigDecimal = "1.00".parse().expect("a decimal");
        let one = Category::of(&Value::Int(1));
        assert_eq!(one, Category::of(&Value::Float(1.0)));
        assert_eq!(one, Category::of(&Value::Decimal(decimal)));
        assert_ne!(one, Category::of(&Value::Text("1".into())));
        let half: BigDecimal = "0.50".parse().expect("a decimal");
        assert_eq!(Category::of(&Value::Float(0.5)), Category::of(&Value::Decimal(half)));
        assert_eq!(Category::number(-0.0), Category::number(0.0));
        assert_eq!(Category::number(f64::NAN), None);
    }

    #[test]
    fn hashes_tell_kinds_apart() {
        assert_ne!(Category::text("1").hash64(), Category::integer(1).hash64());
    }
}
