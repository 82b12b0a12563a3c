//! Numbers from text, exactly: integers in range, decimals never rounded, floats that do not overflow.

use std::ops::RangeInclusive;

use num_bigint::BigInt;

use super::Why;

const NOT_AN_INTEGER: Why = "not an integer";
const NOT_A_DECIMAL: Why = "not a decimal number";
const OUT_OF_RANGE: Why = "out of the type's range";

/// Values of a signed integer of so many bits.
pub fn int_range(bits: u8) -> RangeInclusive<i128> {
    let top = 1i128 << (bits.clamp(1, 64) - 1);
    -top..=top - 1
}

/// Values of an unsigned integer of so many bits.
pub fn uint_range(bits: u8) -> RangeInclusive<i128> {
    0..=(1i128 << bits.min(64)) - 1
}

/// `[+-]?[0-9]+` within a range.
pub fn parse_int(text: &[u8], range: RangeInclusive<i128>) -> Result<i128, Why> {
    let value = match parse_i64(text) {
        Some(value) => i128::from(value),
        None => parse_i128(text)?,
    };
    if range.contains(&value) { Ok(value) } else { Err(OUT_OF_RANGE) }
}

/// `[+-]?[0-9]+` of at most 18 digits, which cannot overflow; `None`: use [`parse_int`], which also knows why.
#[inline]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        value = value * 10 + i64::from(digit(*byte)?);
    }
    Some(if negative { -value } else { value })
}

fn parse_i128(text: &[u8]) -> Result<i128, Why> {
    let (negative, digits) = sign(text);
    if digits.is_empty() {
        return Err(NOT_AN_INTEGER);
    }
    let mut value = Some(0i128);
    for byte in digits {
        let digit = digit(*byte).ok_or(NOT_AN_INTEGER)?;
        value = value.and_then(|v| v.checked_mul(10)?.checked_add(digit.into()));
    }
    let value = value.ok_or(OUT_OF_RANGE)?;
    Ok(if negative { -value } else { value })
}

/// `[+-]?digits[.digits]` as an unscaled number with `scale` decimals. For precisions of at most 38.
#[inline]
pub fn parse_decimal(text: &[u8], precision: u8, scale: u8) -> Result<i128, Why> {
    let parts = split_decimal(text)?;
    let (fraction, zeros) = fit_decimal(&parts, precision, scale)?;
    // 18 digits fit 64 bits, whose multiplication is the cheaper one
    let n_digits = parts.whole.len() + fraction.len() + zeros;
    let value = if n_digits <= 18 {
        let value = digits_u64(fraction, digits_u64(parts.whole, 0));
        i128::from(value * 10u64.pow(zeros as u32))
    } else {
        let value = parts.whole.iter().chain(fraction).fold(0i128, |v, b| v * 10 + i128::from(b - b'0'));
        value * 10i128.pow(zeros as u32)
    };
    Ok(if parts.negative { -value } else { value })
}

/// Like [`parse_decimal`], for every precision.
pub fn parse_wide_decimal(text: &[u8], precision: u8, scale: u8) -> Result<BigInt, Why> {
    if precision <= 38 {
        return parse_decimal(text, precision, scale).map(BigInt::from);
    }
    let parts = split_decimal(text)?;
    let (fraction, zeros) = fit_decimal(&parts, precision, scale)?;
    let mut digits: Vec<u8> = Vec::with_capacity(2 + usize::from(precision));
    digits.extend(parts.negative.then_some(b'-'));
    // leading zeros do no harm, and without a digit there would be no number
    digits.push(b'0');
    digits.extend_from_slice(parts.whole);
    digits.extend_from_slice(fraction);
    digits.extend(std::iter::repeat_n(b'0', zeros));
    BigInt::parse_bytes(&digits, 10).ok_or(NOT_A_DECIMAL)
}

/// The digits of a decimal text.
pub struct DecimalParts<'a> {
    /// Whether a minus stands before it.
    pub negative: bool,
    /// Digits before the point, without leading zeros.
    pub whole: &'a [u8],
    /// Digits after the point.
    pub fraction: &'a [u8],
}

/// Takes `[+-]?digits[.digits]` apart.
#[inline]
pub fn split_decimal(text: &[u8]) -> Result<DecimalParts<'_>, Why> {
    let (negative, rest) = sign(text);
    let n_whole = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (whole, rest) = rest.split_at(n_whole);
    if whole.is_empty() {
        return Err(NOT_A_DECIMAL);
    }
    let fraction = match rest {
        [] => rest,
        [b'.', fraction @ ..] if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) => fraction,
        _ => return Err(NOT_A_DECIMAL),
    };
    let n_zeros = whole.iter().take_while(|b| **b == b'0').count();
    Ok(DecimalParts { negative, whole: &whole[n_zeros..], fraction })
}

/// The fraction digits that count, and how many zeros follow them up to the scale.
#[inline]
fn fit_decimal<'a>(parts: &DecimalParts<'a>, precision: u8, scale: u8) -> Result<(&'a [u8], usize), Why> {
    let scale = usize::from(scale);
    if parts.whole.len() + scale > usize::from(precision) {
        return Err("too many digits before the point");
    }
    let (kept, surplus) = parts.fraction.split_at(parts.fraction.len().min(scale));
    if surplus.iter().any(|b| *b != b'0') {
        return Err("too many decimals");
    }
    Ok((kept, scale - kept.len()))
}

/// A float of 16, 32 or 64 bits: digits, point, exponent, `nan`, `inf` or `infinity` in any case. Finite text that
/// overflows is refused. 16 bits: the range is checked, the precision is that of 32 bits.
#[inline]
pub fn parse_float(text: &[u8], bits: u8) -> Result<f64, Why> {
    const NOT_A_NUMBER: Why = "not a number";
    let text = std::str::from_utf8(text).map_err(|_| NOT_A_NUMBER)?;
    let value = match bits {
        64 => text.parse::<f64>().map_err(|_| NOT_A_NUMBER)?,
        _ => f64::from(text.parse::<f32>().map_err(|_| NOT_A_NUMBER)?),
    };
    // from 65520 on, the nearest number of 16 bits is infinity
    let overflows = value.is_infinite() || (bits == 16 && value.abs() >= 65520.0);
    if overflows && text.bytes().any(|b| b.is_ascii_digit()) {
        return Err(OUT_OF_RANGE);
    }
    Ok(value)
}

#[inline]
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

#[inline]
fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit <= 9).then_some(digit)
}

#[inline]
fn digits_u64(digits: &[u8], before: u64) -> u64 {
    digits.iter().fold(before, |value, byte| value * 10 + u64::from(byte - b'0'))
}
