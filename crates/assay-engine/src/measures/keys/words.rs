//! Values of at most 64 bits as one word.

use arrow::array::types::*;
use arrow::array::{Array, ArrayRef, AsArray, RunArray};
use arrow::datatypes::{DataType, IntervalDayTime, IntervalUnit, TimeUnit};
use assay_core::measurement::MetricError;

use super::{overflow, unsupported};

/// A type without its encoding: dictionaries and runs are what they hold.
pub(crate) fn plain_type(ty: &DataType) -> &DataType {
    match ty {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        other => other,
    }
}

/// Whether values of the type have a canonical form of 64 bits.
pub(crate) fn is_word(ty: &DataType) -> bool {
    use DataType::*;
    match plain_type(ty) {
        Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => true,
        Float16 | Float32 | Float64 | Decimal32(..) | Decimal64(..) => true,
        Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..) | Duration(_) => true,
        Decimal128(precision, _) => *precision <= 18,
        Interval(unit) => !matches!(unit, IntervalUnit::MonthDayNano),
        _ => false,
    }
}

/// The canonical word of every row of a column whose type [`is_word`], replacing what `out` holds. Null rows have
/// some word.
pub(crate) fn words(array: &dyn Array, out: &mut Vec<u64>) -> Result<(), MetricError> {
    out.clear();
    macro_rules! each {
        ($t:ty, $word:expr) => {
            out.extend(array.as_primitive::<$t>().values().iter().map(|value| $word(*value)))
        };
    }
    match array.data_type() {
        DataType::Boolean => out.extend(array.as_boolean().values().iter().map(u64::from)),
        DataType::Int8 => each!(Int8Type, signed),
        DataType::Int16 => each!(Int16Type, signed),
        DataType::Int32 => each!(Int32Type, signed),
        DataType::Int64 => each!(Int64Type, signed),
        DataType::UInt8 => each!(UInt8Type, u64::from),
        DataType::UInt16 => each!(UInt16Type, u64::from),
        DataType::UInt32 => each!(UInt32Type, u64::from),
        DataType::UInt64 => each!(UInt64Type, u64::from),
        DataType::Float16 => each!(Float16Type, float),
        DataType::Float32 => each!(Float32Type, float),
        DataType::Float64 => each!(Float64Type, float),
        DataType::Decimal32(..) => each!(Decimal32Type, signed),
        DataType::Decimal64(..) => each!(Decimal64Type, signed),
        DataType::Decimal128(precision, scale) => {
            for (row, value) in array.as_primitive::<Decimal128Type>().values().iter().enumerate() {
                out.push(match i64::try_from(*value) {
                    Ok(value) => signed(value),
                    Err(_) if array.is_null(row) => 0,
                    Err(_) => {
                        return Err(overflow(format!(
                            "the unscaled value {value} does not fit decimal({precision},{scale})"
                        )));
                    }
                });
            }
        }
        DataType::Date32 => each!(Date32Type, signed),
        DataType::Date64 => each!(Date64Type, |v: i64| signed(v.div_euclid(86_400_000))),
        DataType::Time32(TimeUnit::Second) => each!(Time32SecondType, signed),
        DataType::Time32(_) => each!(Time32MillisecondType, signed),
        DataType::Time64(TimeUnit::Microsecond) => each!(Time64MicrosecondType, signed),
        DataType::Time64(_) => each!(Time64NanosecondType, signed),
        DataType::Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, signed),
        DataType::Timestamp(TimeUnit::Millisecond, _) => each!(TimestampMillisecondType, signed),
        DataType::Timestamp(TimeUnit::Microsecond, _) => each!(TimestampMicrosecondType, signed),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => each!(TimestampNanosecondType, signed),
        DataType::Duration(TimeUnit::Second) => each!(DurationSecondType, signed),
        DataType::Duration(TimeUnit::Millisecond) => each!(DurationMillisecondType, signed),
        DataType::Duration(TimeUnit::Microsecond) => each!(DurationMicrosecondType, signed),
        DataType::Duration(TimeUnit::Nanosecond) => each!(DurationNanosecondType, signed),
        DataType::Interval(IntervalUnit::YearMonth) => each!(IntervalYearMonthType, signed),
        DataType::Interval(IntervalUnit::DayTime) => {
            each!(IntervalDayTimeType, |v: IntervalDayTime| (v.days as u32 as u64) << 32 | v.milliseconds as u32 as u64)
        }
        other => {
            let (keys, values) = entries(array).ok_or_else(|| unsupported(other))?;
            let mut entries = Vec::new();
            words(values.as_ref(), &mut entries)?;
            out.extend(keys.iter().map(|key| entries.get(*key as usize).copied().unwrap_or(0)));
        }
    }
    Ok(())
}

pub(super) fn signed(value: impl Into<i64>) -> u64 {
    value.into().cast_unsigned()
}

fn float(value: impl Into<f64>) -> u64 {
    let value = value.into();
    // adding 0.0 turns -0.0 into 0.0
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// The entry of every row, and the entries, of a dictionary or of runs; null rows have some number, perhaps beyond
/// the entries.
pub(super) fn entries(array: &dyn Array) -> Option<(Vec<u32>, &ArrayRef)> {
    // more than 2^32 entries do not exist in memory
    macro_rules! keys {
        ($t:ty) => {
            array.as_dictionary::<$t>().keys().values().iter().map(|key| *key as u32).collect()
        };
    }
    macro_rules! runs {
        ($t:ty) => {{
            let runs = array.as_any().downcast_ref::<RunArray<$t>>()?;
            Some(((0..runs.len()).map(|row| runs.get_physical_index(row) as u32).collect(), runs.values()))
        }};
    }
    match array.data_type() {
        DataType::Dictionary(key, _) => {
            let keys = match key.as_ref() {
                DataType::Int8 => keys!(Int8Type),
                DataType::Int16 => keys!(Int16Type),
                DataType::Int32 => keys!(Int32Type),
                DataType::Int64 => keys!(Int64Type),
                DataType::UInt8 => keys!(UInt8Type),
                DataType::UInt16 => keys!(UInt16Type),
                DataType::UInt32 => keys!(UInt32Type),
                _ => keys!(UInt64Type),
            };
            Some((keys, array.as_any_dictionary().values()))
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs!(Int16Type),
            DataType::Int32 => runs!(Int32Type),
            _ => runs!(Int64Type),
        },
        _ => None,
    }
}

/// A one-to-one mixing of 64 bits, after which the top bits depend on all others.
pub(crate) fn mixed(word: u64) -> u64 {
    let word = (word ^ word >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}
