//! Lengths of time: `30s 5m 2h 7d 2w`. `m` is minutes; days are of 24 hours.

use std::borrow::Cow;

use assay_core::literal::Literal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A length of time as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Length {
    /// As written.
    pub text: String,
    /// In seconds.
    pub seconds: i64,
}

impl Length {
    /// Reads digits and one unit. The error is one sentence, with a hint after `\nhint: ` where there is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(at);
        let seconds_each: i64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            "" if !digits.is_empty() => {
                return Err(format!(
                    "a length of time needs its unit, not `{text}`\nhint: `{text}m` is minutes, `{text}h` hours"
                ));
            }
            _ => return Err(format!("a length of time is digits and one of s, m, h, d, w, as in `90m`, not `{text}`")),
        };
        if digits.is_empty() {
            return Err(format!("a length of time starts with digits, as in `90m`, not `{text}`"));
        }
        // a thousand years keep every sum with a time of day within chrono's range
        let seconds =
            digits.parse::<i64>().ok().and_then(|n| n.checked_mul(seconds_each)).filter(|s| *s <= 31_557_600_000);
        seconds
            .map(|seconds| Length { text: text.into(), seconds })
            .ok_or_else(|| format!("a length of time is at most 1000 years, not `{text}`"))
    }
}

/// For people: `3d 4h`, `59m 30s`, `0s`.
pub fn show(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let mut rest = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for (unit, each) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let count = rest / each;
        rest %= each;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    if parts.is_empty() { "0s".into() } else { format!("{sign}{}", parts.join(" ")) }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Length::parse(&Literal::deserialize(deserializer)?.text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+[smhdw]$", "description": "a length of time, as in `90m` or `7d`"})
    }
}
