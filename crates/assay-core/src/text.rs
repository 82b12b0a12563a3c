//! Text forms of values: how a cell of CSV or JSON becomes a value of its declared type, and how values are shown.
//!
//! One definition for cells and for literals of contracts. Nothing is rounded, cut or guessed. [`numbers`] and
//! [`times`] work on bytes, so that an engine's column kernels and [`parse`] cannot disagree.

pub mod numbers;
pub mod times;

mod show;
#[cfg(test)]
mod tests;

use bigdecimal::BigDecimal;
use num_bigint::BigInt;

pub use show::{format_date, format_float, format_time, format_timestamp};

use crate::types::Type;
use crate::value::Value;
use times::{StampReader, TimeFormat};

/// Why a text is not a value, in a few words.
pub type Why = &'static str;

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
    /// For a naive timestamp: the zone its wall-clock times belong to, which makes texts with an offset readable.
    pub timezone: Option<String>,
}

/// Reads `text` as a value of `ty` (see [`Type::for_text`]). The error says why not, in a few words.
///
/// A bare `decimal` takes any number of digits, for literals. Durations, binary and nested types have no text form.
pub fn parse(text: &str, ty: &Type, options: &TextOptions) -> Result<Value, Why> {
    let bytes = if options.trim { text.as_bytes().trim_ascii() } else { text.as_bytes() };
    let int = |range| numbers::parse_int(bytes, range).map(Value::Int);
    let float = |bits| numbers::parse_float(bytes, bits).map(Value::float);
    let format = || TimeFormat::new(options.format.as_deref());
    match ty {
        Type::String | Type::Uuid | Type::Json | Type::Any | Type::Null => Ok(Value::Text(text.into())),
        Type::Bool => read_bool(bytes, options).map(Value::Bool),
        Type::Int(bits) => int(numbers::int_range(*bits)),
        Type::UInt(bits) => int(numbers::uint_range(*bits)),
        Type::AnyInteger => int(numbers::int_range(64)),
        Type::Float(bits) => float(*bits),
        Type::AnyFloat => float(64),
        Type::Decimal(precision, scale) => {
            let unscaled = numbers::parse_wide_decimal(bytes, *precision, *scale)?;
            Ok(Value::Decimal(BigDecimal::new(unscaled, i64::from(*scale))))
        }
        Type::AnyDecimal => any_decimal(bytes).map(Value::Decimal),
        Type::Date => format()?.date(bytes).map(Value::Date),
        Type::Time => format()?.time(bytes).map(Value::Time),
        Type::Timestamp => StampReader::new(ty, options)?.read(bytes).map(Value::Naive),
        Type::TimestampZoned(_) => StampReader::new(ty, options)?.read(bytes).map(Value::Instant),
        Type::Duration | Type::Binary(_) | Type::List(_) | Type::Struct | Type::Map(..) => {
            Err("this type has no text form")
        }
    }
}

/// Reads `true` or `false`, or what the options name instead (compared exactly).
pub fn read_bool(text: &[u8], options: &TextOptions) -> Result<bool, Why> {
    let is = |names: &[String], usual: &str| {
        if names.is_empty() {
            text.eq_ignore_ascii_case(usual.as_bytes())
        } else {
            names.iter().any(|n| n.as_bytes() == text)
        }
    };
    if is(&options.true_texts, "true") {
        Ok(true)
    } else if is(&options.false_texts, "false") {
        Ok(false)
    } else {
        Err("not a truth value")
    }
}

fn any_decimal(text: &[u8]) -> Result<BigDecimal, Why> {
    let parts = numbers::split_decimal(text)?;
    let mut digits = String::with_capacity(text.len());
    digits.extend(parts.negative.then_some('-'));
    // leading zeros do no harm, and without a digit there would be no number
    digits.push('0');
    digits.extend(parts.whole.iter().chain(parts.fraction).map(|b| char::from(*b)));
    let unscaled: BigInt = digits.parse().map_err(|_| "not a decimal number")?;
    Ok(BigDecimal::new(unscaled, i64::try_from(parts.fraction.len()).map_err(|_| "too many decimals")?))
}
