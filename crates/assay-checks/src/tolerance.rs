//! How many rows may fail: `5` rows, or `0.1%` of the tested rows.

use std::borrow::Cow;

use assay_core::literal::Literal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::percent::{Percent, as_percentage};

/// How many rows may fail, inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tolerance {
    /// So many rows.
    Rows(u64),
    /// This share of the tested rows.
    Share(Percent),
}

impl Tolerance {
    /// No row may fail.
    pub const NONE: Tolerance = Tolerance::Rows(0);

    /// Digits are rows, `N%` is a share, anything else is an error (one sentence, hint after `\nhint: `).
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.ends_with('%') {
            return Percent::parse(text).map(Tolerance::Share);
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(Tolerance::Rows).map_err(|_| format!("more rows than can be counted: `{text}`"));
        }
        let hint = as_percentage(text).map_or(String::new(), |meant| format!("\nhint: a share is written `{meant}`"));
        Err(format!("a tolerance is a number of rows as in `5` or a share as in `0.1%`, not `{text}`{hint}"))
    }

    /// Whether so many failing rows of so many tested ones are allowed. Exact.
    pub fn allows(&self, failing: u64, tested: u64) -> bool {
        match self {
            Tolerance::Rows(rows) => failing <= *rows,
            Tolerance::Share(share) => share.compare(failing, tested).is_le(),
        }
    }

    /// Whether this allows less than `other`; `None` where rows and shares cannot be compared. Nothing is nothing,
    /// in rows and as a share.
    pub fn is_tighter(&self, other: &Tolerance) -> Option<bool> {
        match (self, other) {
            (_, other) if other.is_none() => Some(false),
            (this, _) if this.is_none() => Some(true),
            (Tolerance::Rows(a), Tolerance::Rows(b)) => Some(a < b),
            (Tolerance::Share(a), Tolerance::Share(b)) => Some(a < b),
            (Tolerance::Rows(_), Tolerance::Share(_)) | (Tolerance::Share(_), Tolerance::Rows(_)) => None,
        }
    }

    fn is_none(&self) -> bool {
        self.allows(0, 1) && !self.allows(1, u64::MAX)
    }

    /// As written.
    pub fn text(&self) -> String {
        match self {
            Tolerance::Rows(rows) => rows.to_string(),
            Tolerance::Share(share) => share.text().into(),
        }
    }

    /// `none allowed`, `at most 0.1% allowed`.
    pub fn words(&self) -> String {
        match self {
            Tolerance::Rows(0) => "none allowed".into(),
            Tolerance::Rows(_) | Tolerance::Share(_) => format!("at most {} allowed", self.text()),
        }
    }

    /// The share, where it is one.
    pub fn share(&self) -> Option<&Percent> {
        match self {
            Tolerance::Rows(_) => None,
            Tolerance::Share(share) => Some(share),
        }
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tolerance::parse(&Literal::deserialize(deserializer)?.text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Tolerance {
    fn schema_name() -> Cow<'static, str> {
        "Tolerance".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "how many rows may fail: `5` rows, or `0.1%` of the tested rows",
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$|^[0-9]+$"}],
        })
    }
}
