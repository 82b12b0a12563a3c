//! Shares: written with `%`, compared as exact integers, shown so that rounding never hides a difference.

use std::borrow::Cow;
use std::cmp::Ordering;

use assay_core::literal::Literal;
use num_bigint::BigUint;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A share as written: `99.5%`. Between 0% and 100%.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Percent {
    text: String,
    /// The percentage times 10^`decimals`.
    digits: BigUint,
    decimals: u32,
}

impl Percent {
    /// 100%.
    pub fn all() -> Self {
        Percent { text: "100%".into(), digits: BigUint::from(100u8), decimals: 0 }
    }

    /// Reads `99.5%`. The error is one sentence, with a hint after `\nhint: ` where there is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(number) = text.strip_suffix('%') else {
            return Err(match as_percentage(text) {
                Some(meant) => format!("a share is written with `%`, not `{text}`\nhint: write `{meant}`"),
                None => format!("a share is written like `99.5%`, not `{text}`"),
            });
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.len() <= 40 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(format!("a share is written like `99.5%`, not `{text}`"));
        }
        let fraction = fraction.trim_end_matches('0');
        let decimals = u32::try_from(fraction.len()).map_err(|_| "too many decimals".to_owned())?;
        let unscaled = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10).ok_or("not a number")?;
        if unscaled > BigUint::from(100u8) * BigUint::from(10u8).pow(decimals) {
            return Err(format!("a share is at most 100%, not `{text}`"));
        }
        Ok(Percent { text: text.into(), digits: unscaled, decimals })
    }

    /// How `part` of `whole` compares with this share: exactly, `part * 10^k * 100 <=> p * whole`.
    pub fn compare(&self, part: u64, whole: u64) -> Ordering {
        let left = BigUint::from(part) * BigUint::from(10u8).pow(self.decimals) * 100u8;
        left.cmp(&(&self.digits * whole))
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialOrd for Percent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let scaled = |p: &Percent, by: u32| &p.digits * BigUint::from(10u8).pow(by);
        Some(scaled(self, other.decimals).cmp(&scaled(other, self.decimals)))
    }
}

/// What a number without `%` was meant to be: `0.05` is `5%`, `99` is `99%`.
pub fn as_percentage(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && part.len() <= 20;
    if !plain(whole) || !plain(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if fraction.is_empty() || !matches!(whole, "" | "0" | "1") {
        return Percent::parse(&format!("{text}%")).ok().map(|p| p.text);
    }
    let fraction = format!("{fraction:0<2}");
    let integer = format!("{whole}{}", &fraction[..2]);
    let rest = fraction[2..].trim_end_matches('0');
    let integer = integer.trim_start_matches('0');
    let integer = if integer.is_empty() { "0" } else { integer };
    let meant = if rest.is_empty() { format!("{integer}%") } else { format!("{integer}.{rest}%") };
    Percent::parse(&meant).ok().map(|p| p.text)
}

/// `part` of `whole` as a percentage for people: two decimals, and more where fewer would land on or across 0%, 100%
/// or one of the shares in `near` (99.999% is never shown as 100.00%).
pub fn show(part: u64, whole: u64, near: &[&Percent]) -> String {
    if whole == 0 {
        return "0%".into();
    }
    let ends = [Percent { text: String::new(), digits: BigUint::from(0u8), decimals: 0 }, Percent::all()];
    let faithful = |shown: &Percent| {
        ends.iter().chain(near.iter().copied()).all(|limit| {
            let exact = limit.compare(part, whole);
            shown.partial_cmp(limit) == Some(exact)
        })
    };
    let mut shown = rounded(part, whole, 2);
    for decimals in 3..=60 {
        if faithful(&shown) {
            break;
        }
        shown = rounded(part, whole, decimals);
    }
    shown.text
}

fn rounded(part: u64, whole: u64, decimals: u32) -> Percent {
    let scaled = BigUint::from(part) * 100u8 * BigUint::from(10u8).pow(decimals);
    let half = BigUint::from(whole) / 2u8;
    let digits = (scaled + half) / whole;
    let mut text = digits.to_string();
    let decimals_len = decimals as usize;
    if text.len() <= decimals_len {
        text = format!("{text:0>width$}", width = decimals_len + 1);
    }
    text.insert(text.len() - decimals_len, '.');
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Percent { text: format!("{text}%"), digits, decimals }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Percent::parse(&Literal::deserialize(deserializer)?.text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$", "description": "a share, as in `99.5%`"})
    }
}
