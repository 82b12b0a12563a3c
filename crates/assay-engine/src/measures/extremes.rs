//! Smallest and largest value of a column, NaN left out.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{cast, filter, max, max_string, max_string_view, min, min_string, min_string_view};
use arrow::datatypes::*;
use assay_core::measurement::{Extremes, MetricError};
use assay_core::value::Value;

use crate::arrow_types::value_at;
use crate::error::{arrow, unsupported};
use crate::rows::{and, validity};
use crate::table::nan_rows;

/// The extremes of the selected rows of a column.
pub(crate) fn of(array: &ArrayRef, selected: Option<&BooleanBuffer>) -> Result<Extremes, MetricError> {
    let rows = array.len();
    let plain = match array.data_type() {
        DataType::Dictionary(_, value) => cast(array, value).map_err(arrow)?,
        _ => array.clone(),
    };
    let not_nan = plain.data_type().is_floating().then(|| !&nan_rows(&plain));
    let counted = and(and(validity(&plain).as_ref(), selected).as_ref(), not_nan.as_ref());
    let tested = counted.as_ref().map_or(rows, BooleanBuffer::count_set_bits) as u64;
    let chosen = selected.map_or(rows, BooleanBuffer::count_set_bits) as u64;
    if tested == 0 {
        return Ok(Extremes { selected: chosen, ..Extremes::default() });
    }
    let kept = match (&not_nan, selected) {
        (None, None) => plain,
        _ => filter(
            &plain,
            &arrow::array::BooleanArray::new(counted.unwrap_or_else(|| BooleanBuffer::new_set(rows)), None),
        )
        .map_err(arrow)?,
    };
    let (min, max) = ends(&kept)?;
    Ok(Extremes { selected: chosen, tested, min, max })
}

fn ends(array: &ArrayRef) -> Result<(Option<Value>, Option<Value>), MetricError> {
    let text = |t: Option<&str>| t.map(|t| Value::Text(t.into()));
    macro_rules! by {
        ($($pattern:pat => $t:ty),* $(,)?) => {
            match array.data_type() {
                $($pattern => {
                    let a = array.as_primitive::<$t>();
                    let one = |v: Option<<$t as ArrowPrimitiveType>::Native>| {
                        // through an array of one, so that unit, zone and scale are read where they are kept
                        v.and_then(|v| value_at(&arrow::array::PrimitiveArray::<$t>::from_value(v, 1).with_data_type(array.data_type().clone()), 0))
                    };
                    (one(min(a)), one(max(a)))
                })*
                DataType::Utf8 => (text(min_string(array.as_string::<i32>())), text(max_string(array.as_string::<i32>()))),
                DataType::LargeUtf8 => (text(min_string(array.as_string::<i64>())), text(max_string(array.as_string::<i64>()))),
                DataType::Utf8View => (text(min_string_view(array.as_string_view())), text(max_string_view(array.as_string_view()))),
                other => return Err(unsupported(format!("a column of type {other} has no smallest value"))),
            }
        };
    }
    Ok(by! {
        DataType::Int8 => Int8Type, DataType::Int16 => Int16Type, DataType::Int32 => Int32Type, DataType::Int64 => Int64Type,
        DataType::UInt8 => UInt8Type, DataType::UInt16 => UInt16Type, DataType::UInt32 => UInt32Type, DataType::UInt64 => UInt64Type,
        DataType::Float16 => Float16Type, DataType::Float32 => Float32Type, DataType::Float64 => Float64Type,
        DataType::Decimal32(..) => Decimal32Type, DataType::Decimal64(..) => Decimal64Type,
        DataType::Decimal128(..) => Decimal128Type, DataType::Decimal256(..) => Decimal256Type,
        DataType::Date32 => Date32Type, DataType::Date64 => Date64Type,
        DataType::Timestamp(TimeUnit::Second, _) => TimestampSecondType,
        DataType::Timestamp(TimeUnit::Millisecond, _) => TimestampMillisecondType,
        DataType::Timestamp(TimeUnit::Microsecond, _) => TimestampMicrosecondType,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => TimestampNanosecondType,
        DataType::Time32(TimeUnit::Second) => Time32SecondType, DataType::Time32(_) => Time32MillisecondType,
        DataType::Time64(TimeUnit::Microsecond) => Time64MicrosecondType, DataType::Time64(_) => Time64NanosecondType,
    })
}
