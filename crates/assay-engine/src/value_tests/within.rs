//! Values within bounds, compared in the column's own representation: exact for integers, decimals and times.

use std::ops::RangeInclusive;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::*;
use assay_core::measurement::MetricError;
use assay_core::metric::{Bound, Bounds};
use assay_core::value::Value;
use bigdecimal::{BigDecimal, RoundingMode};
use num_bigint::BigInt;

use super::{ColumnTest, each_text};
use crate::arrow_types::nanos_per;
use crate::error::unsupported;

pub(super) fn compile(bounds: &Bounds, ty: &DataType) -> Result<Box<dyn ColumnTest>, MetricError> {
    Ok(match ty {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Box::new(Floats::new(bounds)?),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Box::new(Texts { bounds: bounds.clone() }),
        DataType::Decimal256(..) => Box::new(Wide { range: big_range(bounds, ty)? }),
        _ => Box::new(Whole { range: range(bounds, ty)? }),
    })
}

/// Values that are whole numbers in their representation: integers, decimals up to 128 bits, dates, times.
struct Whole {
    /// `None`: no value fits.
    range: Option<RangeInclusive<i128>>,
}

/// The inclusive range of representations that lie within the bounds.
fn range(bounds: &Bounds, ty: &DataType) -> Result<Option<RangeInclusive<i128>>, MetricError> {
    let lower = bounds.lower.as_ref().map(|b| end(b, ty, true)).transpose()?.unwrap_or(i128::MIN);
    let upper = bounds.upper.as_ref().map(|b| end(b, ty, false)).transpose()?.unwrap_or(i128::MAX);
    Ok((lower <= upper).then_some(lower..=upper))
}

/// The first (or last) representation within a bound.
fn end(bound: &Bound, ty: &DataType, lower: bool) -> Result<i128, MetricError> {
    let round = if lower { RoundingMode::Ceiling } else { RoundingMode::Floor };
    let exact: BigDecimal = match (&bound.value, ty) {
        (Value::Int(v), _)
            if !matches!(ty, DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..)) =>
        {
            (*v).into()
        }
        (Value::Int(v), DataType::Decimal32(_, s) | DataType::Decimal64(_, s) | DataType::Decimal128(_, s)) => {
            scaled(&BigDecimal::from(*v), *s)
        }
        (Value::Decimal(v), DataType::Decimal32(_, s) | DataType::Decimal64(_, s) | DataType::Decimal128(_, s)) => {
            scaled(v, *s)
        }
        (Value::Decimal(v), t) if t.is_integer() => v.clone(),
        (Value::Bool(v), DataType::Boolean) => i128::from(*v).into(),
        (Value::Date(v), DataType::Date32) => i128::from(*v).into(),
        (Value::Date(v), DataType::Date64) => (i128::from(*v) * 86_400_000).into(),
        (Value::Naive(v), DataType::Timestamp(unit, None))
        | (Value::Instant(v), DataType::Timestamp(unit, Some(_))) => units(*v, unit),
        (Value::Time(v), DataType::Time32(unit) | DataType::Time64(unit)) => units(i128::from(*v), unit),
        (Value::Duration(v), DataType::Duration(unit)) => units(*v, unit),
        (value, ty) => return Err(unsupported(format!("`{value}` cannot be compared with a column of type {ty}"))),
    };
    let rounded = exact.with_scale_round(0, round);
    let step = i32::from(!bound.inclusive && rounded == exact);
    let at = if lower { rounded + BigDecimal::from(step) } else { rounded - BigDecimal::from(step) };
    let (digits, _) = at.into_bigint_and_exponent();
    // beyond 128 bits every (or no) value lies within
    Ok(i128::try_from(&digits).unwrap_or(if digits.sign() == num_bigint::Sign::Minus { i128::MIN } else { i128::MAX }))
}

fn scaled(value: &BigDecimal, scale: i8) -> BigDecimal {
    let (digits, exponent) = value.as_bigint_and_exponent();
    BigDecimal::new(digits, exponent - i64::from(scale))
}

fn units(nanos: i128, unit: &TimeUnit) -> BigDecimal {
    // powers of ten: a shift of the decimal point
    let places = match nanos_per(unit) {
        1_000_000_000 => 9,
        1_000_000 => 6,
        1_000 => 3,
        _ => 0,
    };
    BigDecimal::new(BigInt::from(nanos), places)
}

fn compare<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, range: &RangeInclusive<i128>) -> BooleanBuffer
where
    T::Native: TryFrom<i128> + PartialOrd + Limits,
{
    let values = array.values();
    // an end beyond the type's own range is no end, or leaves nothing
    let lower = match T::Native::try_from(*range.start()) {
        Ok(lower) => lower,
        Err(_) if *range.start() < 0 => T::Native::LOWEST,
        Err(_) => return none(values.len()),
    };
    let upper = match T::Native::try_from(*range.end()) {
        Ok(upper) => upper,
        Err(_) if *range.end() > 0 => T::Native::HIGHEST,
        Err(_) => return none(values.len()),
    };
    BooleanBuffer::collect_bool(values.len(), |i| (values[i] >= lower) & (values[i] <= upper))
}

fn none(rows: usize) -> BooleanBuffer {
    BooleanBuffer::new_unset(rows)
}

/// The two limits of an integer type.
trait Limits {
    const LOWEST: Self;
    const HIGHEST: Self;
}

macro_rules! limits {
    ($($t:ty),*) => { $(impl Limits for $t { const LOWEST: Self = <$t>::MIN; const HIGHEST: Self = <$t>::MAX; })* };
}
limits!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

impl ColumnTest for Whole {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let Some(range) = &self.range else { return Ok(none(array.len())) };
        macro_rules! by {
            ($($pattern:pat => $t:ty),* $(,)?) => {
                match array.data_type() {
                    $($pattern => Ok(compare::<$t>(array.as_primitive(), range)),)*
                    DataType::Boolean => {
                        let a = array.as_boolean();
                        Ok(BooleanBuffer::collect_bool(a.len(), |i| range.contains(&i128::from(a.value(i)))))
                    }
                    other => Err(unsupported(format!("a column of type {other} has no order"))),
                }
            };
        }
        by! {
            DataType::Int8 => Int8Type, DataType::Int16 => Int16Type, DataType::Int32 => Int32Type, DataType::Int64 => Int64Type,
            DataType::UInt8 => UInt8Type, DataType::UInt16 => UInt16Type, DataType::UInt32 => UInt32Type, DataType::UInt64 => UInt64Type,
            DataType::Decimal32(..) => Decimal32Type, DataType::Decimal64(..) => Decimal64Type, DataType::Decimal128(..) => Decimal128Type,
            DataType::Date32 => Date32Type, DataType::Date64 => Date64Type,
            DataType::Timestamp(TimeUnit::Second, _) => TimestampSecondType,
            DataType::Timestamp(TimeUnit::Millisecond, _) => TimestampMillisecondType,
            DataType::Timestamp(TimeUnit::Microsecond, _) => TimestampMicrosecondType,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => TimestampNanosecondType,
            DataType::Time32(TimeUnit::Second) => Time32SecondType, DataType::Time32(_) => Time32MillisecondType,
            DataType::Time64(TimeUnit::Microsecond) => Time64MicrosecondType, DataType::Time64(_) => Time64NanosecondType,
            DataType::Duration(TimeUnit::Second) => DurationSecondType,
            DataType::Duration(TimeUnit::Millisecond) => DurationMillisecondType,
            DataType::Duration(TimeUnit::Microsecond) => DurationMicrosecondType,
            DataType::Duration(TimeUnit::Nanosecond) => DurationNanosecondType,
        }
    }
}

/// Decimals of more than 38 digits.
struct Wide {
    range: (Option<i256>, Option<i256>),
}

fn big_range(bounds: &Bounds, ty: &DataType) -> Result<(Option<i256>, Option<i256>), MetricError> {
    let DataType::Decimal256(_, scale) = ty else { return Err(unsupported(format!("{ty} is not a wide decimal"))) };
    let one = |bound: &Bound, lower: bool| -> Result<i256, MetricError> {
        let value = match &bound.value {
            Value::Int(v) => BigDecimal::from(*v),
            Value::Decimal(v) => v.clone(),
            other => return Err(unsupported(format!("`{other}` cannot be compared with a column of type {ty}"))),
        };
        let exact = scaled(&value, *scale);
        let rounded = exact.with_scale_round(0, if lower { RoundingMode::Ceiling } else { RoundingMode::Floor });
        let step = BigDecimal::from(i32::from(!bound.inclusive && rounded == exact));
        let at = if lower { rounded + step } else { rounded - step };
        let (digits, _) = at.into_bigint_and_exponent();
        let text = digits.to_string();
        Ok(i256::from_string(&text).unwrap_or(if text.starts_with('-') { i256::MIN } else { i256::MAX }))
    };
    let lower = bounds.lower.as_ref().map(|b| one(b, true)).transpose()?;
    let upper = bounds.upper.as_ref().map(|b| one(b, false)).transpose()?;
    Ok((lower, upper))
}

impl ColumnTest for Wide {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let values = array.as_primitive::<Decimal256Type>().values();
        let (lower, upper) = &self.range;
        Ok(BooleanBuffer::collect_bool(values.len(), |i| {
            lower.is_none_or(|l| values[i] >= l) && upper.is_none_or(|u| values[i] <= u)
        }))
    }
}

/// Floats. NaN is outside every bound.
struct Floats {
    lower: f64,
    upper: f64,
    lower_inclusive: bool,
    upper_inclusive: bool,
}

impl Floats {
    fn new(bounds: &Bounds) -> Result<Self, MetricError> {
        let value = |b: &Option<Bound>, open: f64| match b.as_ref().map(|b| &b.value) {
            None => Ok(open),
            Some(Value::Float(v)) => Ok(*v),
            Some(Value::Int(v)) => Ok(*v as f64),
            Some(other) => Err(unsupported(format!("`{other}` cannot be compared with a float column"))),
        };
        Ok(Floats {
            lower: value(&bounds.lower, f64::NEG_INFINITY)?,
            upper: value(&bounds.upper, f64::INFINITY)?,
            lower_inclusive: bounds.lower.as_ref().is_none_or(|b| b.inclusive),
            upper_inclusive: bounds.upper.as_ref().is_none_or(|b| b.inclusive),
        })
    }

    fn test(&self, rows: usize, at: impl Fn(usize) -> f64) -> BooleanBuffer {
        let (lower, upper) = (self.lower, self.upper);
        match (self.lower_inclusive, self.upper_inclusive) {
            (true, true) => BooleanBuffer::collect_bool(rows, |i| (at(i) >= lower) & (at(i) <= upper)),
            (true, false) => BooleanBuffer::collect_bool(rows, |i| (at(i) >= lower) & (at(i) < upper)),
            (false, true) => BooleanBuffer::collect_bool(rows, |i| (at(i) > lower) & (at(i) <= upper)),
            (false, false) => BooleanBuffer::collect_bool(rows, |i| (at(i) > lower) & (at(i) < upper)),
        }
    }
}

impl ColumnTest for Floats {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        Ok(match array.data_type() {
            DataType::Float64 => {
                let v = array.as_primitive::<Float64Type>().values();
                self.test(v.len(), |i| v[i])
            }
            DataType::Float32 => {
                let v = array.as_primitive::<Float32Type>().values();
                self.test(v.len(), |i| f64::from(v[i]))
            }
            DataType::Float16 => {
                let v = array.as_primitive::<Float16Type>().values();
                self.test(v.len(), |i| v[i].to_f64())
            }
            other => return Err(unsupported(format!("a column of type {other} is not of floats"))),
        })
    }
}

/// Text, by UTF-8 bytes, which is the order of code points.
struct Texts {
    bounds: Bounds,
}

impl ColumnTest for Texts {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let text = |b: &Option<Bound>| match b {
            None => Ok(None),
            Some(Bound { value: Value::Text(text), inclusive }) => Ok(Some((text.clone(), *inclusive))),
            Some(Bound { value, .. }) => Err(unsupported(format!("`{value}` cannot be compared with text"))),
        };
        let (lower, upper) = (text(&self.bounds.lower)?, text(&self.bounds.upper)?);
        each_text(array, |s| {
            lower.as_ref().is_none_or(|(l, inclusive)| s > l.as_str() || (*inclusive && s == l))
                && upper.as_ref().is_none_or(|(u, inclusive)| s < u.as_str() || (*inclusive && s == u))
        })
        .ok_or_else(|| unsupported("the column is not text"))
    }
}
