//! The cells of a column as keys that count, and the canonical text of each, as [`Category::of`] gives it.
//!
//! Texts and bytes are borrowed from their arrays; a text is written only for distinct values.

use std::borrow::Cow;
use std::fmt::Display;
use std::hash::Hash;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::compute::cast;
use arrow::datatypes::*;
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::value::Value;
use bigdecimal::BigDecimal;
use num_bigint::BigInt;

/// What takes the cells of a column, whatever their type.
pub(crate) trait Receiver {
    /// What it makes of them.
    type Out;
    /// `rows` in order, `None` for missing; equal keys are equal categories, whose text `show` writes.
    fn receive<'a, K: Hash + Eq + Copy + 'a>(
        self,
        kind: CategoryKind,
        rows: impl Iterator<Item = Option<K>>,
        show: impl Fn(K) -> Cow<'a, str>,
    ) -> Self::Out;
}

/// Whether values of this plain type are categories.
pub(crate) fn has_categories(ty: &DataType) -> bool {
    crate::arrow::is_number(ty)
        || ty.is_temporal() && !matches!(ty, DataType::Interval(_))
        || matches!(ty, DataType::Null | DataType::Boolean | DataType::FixedSizeBinary(_))
        || is_text(ty)
        || matches!(ty, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Whether a plain type is text.
pub(crate) fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The type without its encoding.
pub(crate) fn plain_type(ty: &DataType) -> &DataType {
    match ty {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::RunEndEncoded(_, value) => plain_type(value.data_type()),
        other => other,
    }
}

/// The chunks without their encoding; what is plain is not copied.
pub(crate) fn plain_chunks(chunks: &[ArrayRef]) -> Result<Vec<ArrayRef>, String> {
    let plain = |chunk: &ArrayRef| match plain_type(chunk.data_type()) {
        ty if ty == chunk.data_type() => Ok(chunk.clone()),
        ty => cast(chunk, ty).map_err(|error| error.to_string()),
    };
    chunks.iter().map(plain).collect()
}

/// Hands the cells of a column of one plain type to a receiver; `None` for a type without categories.
pub(crate) fn receive<R: Receiver>(ty: &DataType, chunks: &[ArrayRef], receiver: R) -> Option<R::Out> {
    use CategoryKind::*;
    macro_rules! native {
        ($kind:expr, $t:ty, $show:expr) => {
            receiver.receive($kind, natives::<$t>(chunks), move |v| Cow::Owned(($show)(v)))
        };
    }
    macro_rules! integer {
        ($t:ty) => {
            native!(Number, $t, |v| Category::integer(i128::from(v)).text)
        };
    }
    macro_rules! float {
        ($t:ty, $widen:expr) => {{
            let bits = natives::<$t>(chunks).map(|cell| cell.map($widen).and_then(canonical));
            receiver.receive(Number, bits, |bits| Cow::Owned(number_text(f64::from_bits(bits))))
        }};
    }
    macro_rules! decimal {
        ($t:ty, $scale:expr, $big:expr) => {
            native!(Number, $t, |v| text(Value::Decimal(BigDecimal::new(($big)(v), i64::from(*$scale)))))
        };
    }
    macro_rules! borrowed {
        ($kind:expr, $as:expr, $show:expr) => {
            receiver.receive($kind, chunks.iter().flat_map($as), $show)
        };
    }
    macro_rules! ticks {
        ($unit:expr, $value:expr, $s:ty, $ms:ty, $us:ty, $ns:ty) => {
            match $unit {
                TimeUnit::Second => native!(Time, $s, |v| text($value(i128::from(v) * 1_000_000_000))),
                TimeUnit::Millisecond => native!(Time, $ms, |v| text($value(i128::from(v) * 1_000_000))),
                TimeUnit::Microsecond => native!(Time, $us, |v| text($value(i128::from(v) * 1_000))),
                TimeUnit::Nanosecond => native!(Time, $ns, |v| text($value(i128::from(v)))),
            }
        };
    }
    // a time of day in any unit has fewer than 2^63 nanoseconds; what a damaged column holds beyond is shown cut
    let time = |nanos: i128| Value::Time(nanos as i64);
    Some(match ty {
        DataType::Null => {
            let rows = chunks.iter().flat_map(|chunk| std::iter::repeat_n(None::<bool>, chunk.len()));
            receiver.receive(Text, rows, |_| Cow::Borrowed(""))
        }
        DataType::Boolean => borrowed!(Bool, |chunk: &ArrayRef| chunk.as_boolean().iter(), |v| Cow::Borrowed(if v {
            "true"
        } else {
            "false"
        })),
        DataType::Int8 => integer!(Int8Type),
        DataType::Int16 => integer!(Int16Type),
        DataType::Int32 => integer!(Int32Type),
        DataType::Int64 => integer!(Int64Type),
        DataType::UInt8 => integer!(UInt8Type),
        DataType::UInt16 => integer!(UInt16Type),
        DataType::UInt32 => integer!(UInt32Type),
        DataType::UInt64 => integer!(UInt64Type),
        DataType::Float16 => float!(Float16Type, |v| v.to_f64()),
        DataType::Float32 => float!(Float32Type, f64::from),
        DataType::Float64 => float!(Float64Type, |v| v),
        DataType::Decimal32(_, scale) => decimal!(Decimal32Type, scale, BigInt::from),
        DataType::Decimal64(_, scale) => decimal!(Decimal64Type, scale, BigInt::from),
        DataType::Decimal128(_, scale) => decimal!(Decimal128Type, scale, BigInt::from),
        DataType::Decimal256(_, scale) => {
            decimal!(Decimal256Type, scale, |v: arrow::datatypes::i256| BigInt::from_signed_bytes_le(&v.to_le_bytes()))
        }
        DataType::Utf8 => borrowed!(Text, |chunk: &'_ ArrayRef| chunk.as_string::<i32>().iter(), Cow::Borrowed),
        DataType::LargeUtf8 => borrowed!(Text, |chunk: &'_ ArrayRef| chunk.as_string::<i64>().iter(), Cow::Borrowed),
        DataType::Utf8View => borrowed!(Text, |chunk: &'_ ArrayRef| chunk.as_string_view().iter(), Cow::Borrowed),
        DataType::Binary => borrowed!(Binary, |chunk: &'_ ArrayRef| chunk.as_binary::<i32>().iter(), hex),
        DataType::LargeBinary => borrowed!(Binary, |chunk: &'_ ArrayRef| chunk.as_binary::<i64>().iter(), hex),
        DataType::BinaryView => borrowed!(Binary, |chunk: &'_ ArrayRef| chunk.as_binary_view().iter(), hex),
        DataType::FixedSizeBinary(_) => {
            borrowed!(Binary, |chunk: &'_ ArrayRef| chunk.as_fixed_size_binary().iter(), hex)
        }
        DataType::Date32 => native!(Time, Date32Type, |v| text(Value::Date(v))),
        DataType::Date64 => {
            // days beyond 32 bits, some six million years away, are shown as the last one
            let days = |ms: i64| ms.div_euclid(86_400_000).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            let rows = natives::<Date64Type>(chunks).map(|cell| cell.map(days));
            receiver.receive(Time, rows, |days| Cow::Owned(text(Value::Date(days))))
        }
        DataType::Timestamp(unit, Some(_)) => ticks!(
            unit,
            Value::Instant,
            TimestampSecondType,
            TimestampMillisecondType,
            TimestampMicrosecondType,
            TimestampNanosecondType
        ),
        DataType::Timestamp(unit, None) => ticks!(
            unit,
            Value::Naive,
            TimestampSecondType,
            TimestampMillisecondType,
            TimestampMicrosecondType,
            TimestampNanosecondType
        ),
        DataType::Duration(unit) => ticks!(
            unit,
            Value::Duration,
            DurationSecondType,
            DurationMillisecondType,
            DurationMicrosecondType,
            DurationNanosecondType
        ),
        DataType::Time32(TimeUnit::Second) => {
            native!(Time, Time32SecondType, |v| text(time(i128::from(v) * 1_000_000_000)))
        }
        DataType::Time32(_) => native!(Time, Time32MillisecondType, |v| text(time(i128::from(v) * 1_000_000))),
        DataType::Time64(TimeUnit::Microsecond) => {
            native!(Time, Time64MicrosecondType, |v| text(time(i128::from(v) * 1_000)))
        }
        DataType::Time64(_) => native!(Time, Time64NanosecondType, |v| text(time(i128::from(v)))),
        _ => return None,
    })
}

/// The float nearest to a decimal: reading its text rounds once, a division would round twice.
pub(crate) fn scaled(unscaled: &impl Display, scale: i8) -> f64 {
    format!("{unscaled}e{}", -i32::from(scale)).parse().expect("it is written as a float is")
}

fn natives<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> impl Iterator<Item = Option<T::Native>> {
    chunks.iter().flat_map(|chunk| chunk.as_primitive::<T>().iter())
}

/// The bits of a number that is not missing; both zeros are one.
fn canonical(value: f64) -> Option<u64> {
    (!value.is_nan()).then(|| (value + 0.0).to_bits())
}

fn number_text(value: f64) -> String {
    Category::number(value).map(|category| category.text).unwrap_or_default()
}

fn text(value: Value) -> String {
    Category::of(&value).map(|category| category.text).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> Cow<'_, str> {
    Cow::Owned(text(Value::Binary(bytes.into())))
}
