//! Arrow's types and values as Assay's.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::*;
use assay_core::engine::Cell;
use assay_core::types::Type;
use assay_core::value::Value;
use bigdecimal::BigDecimal;
use num_bigint::BigInt;

/// The type checks see for an Arrow type.
pub(crate) fn observed(field: &Field) -> Type {
    match field.metadata().get("ARROW:extension:name").map(String::as_str) {
        Some("arrow.uuid") => return Type::Uuid,
        Some("arrow.json") => return Type::Json,
        _ => {}
    }
    of(field.data_type())
}

fn of(ty: &DataType) -> Type {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::String,
        DataType::Dictionary(_, value) => of(value),
        DataType::RunEndEncoded(_, value) => of(value.data_type()),
        DataType::Boolean => Type::Bool,
        DataType::Int8 => Type::Int(8),
        DataType::Int16 => Type::Int(16),
        DataType::Int32 => Type::Int(32),
        DataType::Int64 => Type::Int(64),
        DataType::UInt8 => Type::UInt(8),
        DataType::UInt16 => Type::UInt(16),
        DataType::UInt32 => Type::UInt(32),
        DataType::UInt64 => Type::UInt(64),
        DataType::Float16 => Type::Float(16),
        DataType::Float32 => Type::Float(32),
        DataType::Float64 => Type::Float(64),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            // a negative scale has no text form in contracts; it is refused as a value type
            u8::try_from(*s).map_or(Type::Any, |s| Type::Decimal(*p, s))
        }
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Timestamp(_, None) => Type::Timestamp,
        DataType::Timestamp(_, Some(zone)) => Type::TimestampZoned(zone.to_string()),
        DataType::Time32(_) | DataType::Time64(_) => Type::Time,
        DataType::Duration(_) => Type::Duration,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Type::Binary(None),
        DataType::FixedSizeBinary(n) => Type::Binary(u32::try_from(*n).ok()),
        DataType::List(f)
        | DataType::LargeList(f)
        | DataType::FixedSizeList(f, _)
        | DataType::ListView(f)
        | DataType::LargeListView(f) => Type::List(Box::new(observed(f))),
        DataType::Struct(_) => Type::Struct,
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                Type::Map(Box::new(observed(&fields[0])), Box::new(observed(&fields[1])))
            }
            _ => Type::Any,
        },
        DataType::Null => Type::Null,
        DataType::Interval(_) | DataType::Union(..) => Type::Any,
    }
}

/// The type that blocks of a table are spoken of with: text is `Utf8` whatever the encoding.
pub(crate) fn plain(ty: &DataType) -> DataType {
    match ty {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, value) => plain(value.data_type()),
        other => other.clone(),
    }
}

/// The Arrow type that partition values and other single values of a type are held in.
pub(crate) fn arrow_of(ty: &Type) -> DataType {
    match ty.for_text() {
        Type::Bool => DataType::Boolean,
        Type::Int(8) => DataType::Int8,
        Type::Int(16) => DataType::Int16,
        Type::Int(32) => DataType::Int32,
        Type::Int(_) => DataType::Int64,
        Type::UInt(8) => DataType::UInt8,
        Type::UInt(16) => DataType::UInt16,
        Type::UInt(32) => DataType::UInt32,
        Type::UInt(_) => DataType::UInt64,
        Type::Float(16 | 32) => DataType::Float32,
        Type::Float(_) => DataType::Float64,
        Type::Decimal(p, s) if p <= 38 => DataType::Decimal128(p, s as i8),
        Type::Decimal(p, s) => DataType::Decimal256(p, s as i8),
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Nanosecond, None),
        Type::TimestampZoned(zone) => DataType::Timestamp(TimeUnit::Nanosecond, Some(zone.into())),
        Type::Time => DataType::Time64(TimeUnit::Nanosecond),
        _ => DataType::Utf8,
    }
}

/// Nanoseconds per unit.
pub(crate) fn nanos_per(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// The value of a row; `None` for null and for types without single values (lists, structs, maps, intervals).
pub(crate) fn value_at(array: &dyn Array, row: usize) -> Option<Value> {
    if array.is_null(row) {
        return None;
    }
    macro_rules! int {
        ($t:ty) => {
            Value::Int(array.as_primitive::<$t>().value(row).into())
        };
    }
    macro_rules! time {
        ($s:ty, $ms:ty, $us:ty, $ns:ty, $unit:expr) => {{
            let raw: i128 = match $unit {
                TimeUnit::Second => array.as_primitive::<$s>().value(row).into(),
                TimeUnit::Millisecond => array.as_primitive::<$ms>().value(row).into(),
                TimeUnit::Microsecond => array.as_primitive::<$us>().value(row).into(),
                TimeUnit::Nanosecond => array.as_primitive::<$ns>().value(row).into(),
            };
            raw * nanos_per($unit)
        }};
    }
    Some(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => int!(Int8Type),
        DataType::Int16 => int!(Int16Type),
        DataType::Int32 => int!(Int32Type),
        DataType::Int64 => int!(Int64Type),
        DataType::UInt8 => int!(UInt8Type),
        DataType::UInt16 => int!(UInt16Type),
        DataType::UInt32 => int!(UInt32Type),
        DataType::UInt64 => int!(UInt64Type),
        DataType::Float16 => Value::float(array.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => Value::float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Value::float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal32(_, s) => decimal(array.as_primitive::<Decimal32Type>().value(row).into(), *s),
        DataType::Decimal64(_, s) => decimal(array.as_primitive::<Decimal64Type>().value(row).into(), *s),
        DataType::Decimal128(_, s) => decimal(array.as_primitive::<Decimal128Type>().value(row).into(), *s),
        DataType::Decimal256(_, s) => {
            let bytes = array.as_primitive::<Decimal256Type>().value(row).to_be_bytes();
            decimal(BigInt::from_signed_bytes_be(&bytes), *s)
        }
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Value::Text(array.as_string::<i64>().value(row).into()),
        DataType::Utf8View => Value::Text(array.as_string_view().value(row).into()),
        DataType::Date32 => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Date64 => {
            Value::Date(i32::try_from(array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000)).ok()?)
        }
        DataType::Timestamp(unit, zone) => {
            let nanos = time!(
                TimestampSecondType,
                TimestampMillisecondType,
                TimestampMicrosecondType,
                TimestampNanosecondType,
                unit
            );
            if zone.is_some() { Value::Instant(nanos) } else { Value::Naive(nanos) }
        }
        DataType::Time32(TimeUnit::Second) => {
            Value::Time(i64::from(array.as_primitive::<Time32SecondType>().value(row)) * 1_000_000_000)
        }
        DataType::Time32(_) => {
            Value::Time(i64::from(array.as_primitive::<Time32MillisecondType>().value(row)) * 1_000_000)
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            Value::Time(array.as_primitive::<Time64MicrosecondType>().value(row) * 1_000)
        }
        DataType::Time64(_) => Value::Time(array.as_primitive::<Time64NanosecondType>().value(row)),
        DataType::Duration(unit) => Value::Duration(time!(
            DurationSecondType,
            DurationMillisecondType,
            DurationMicrosecondType,
            DurationNanosecondType,
            unit
        )),
        DataType::Binary => Value::Binary(array.as_binary::<i32>().value(row).into()),
        DataType::LargeBinary => Value::Binary(array.as_binary::<i64>().value(row).into()),
        DataType::BinaryView => Value::Binary(array.as_binary_view().value(row).into()),
        DataType::FixedSizeBinary(_) => Value::Binary(array.as_fixed_size_binary().value(row).into()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.normalized_keys().get(row).copied()?;
            return value_at(dictionary.values().as_ref(), key);
        }
        _ => return None,
    })
}

fn decimal(unscaled: BigInt, scale: i8) -> Value {
    Value::Decimal(BigDecimal::new(unscaled, scale.into()))
}

/// A cell as it is shown. Lists, structs and the like are shown in Arrow's own notation.
pub(crate) fn cell_at(array: &ArrayRef, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    if let DataType::Float32 = array.data_type() {
        // the shortest text of the narrow float: 1.2, not 1.2000000476837158
        let narrow = array.as_primitive::<Float32Type>().value(row);
        return Cell::Float(narrow.to_string().parse().unwrap_or(f64::from(narrow)));
    }
    match value_at(array, row) {
        Some(Value::Bool(v)) => Cell::Bool(v),
        Some(Value::Float(v)) => Cell::Float(v),
        Some(value) => Cell::Text(value.to_string()),
        None => match arrow::util::display::array_value_to_string(array, row) {
            Ok(text) => Cell::Text(text),
            Err(_) => Cell::Null,
        },
    }
}
