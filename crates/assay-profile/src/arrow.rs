//! Arrow arrays as columns of Polars: the only border between the two.
//!
//! Both libraries keep numbers as Arrow lays them out. The buffer of a float64, float32, int32, int64, uint32 or uint64
//! array is handed over as it is (Polars owns a reference to it, nothing is copied), and Polars widens it to float64.
//! The validity bits, one eighth of a byte for each row, are copied. Types that Polars is built without (8 and 16 bits,
//! decimals) are widened to float64 here. Everything is safe code: the owner of a buffer is an ordinary Rust value.
//!
//! Text, truth, dates, times and bytes never come here: they are counted as categories on the Arrow arrays themselves.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::*;
use polars::prelude::{
    ChunkCast, ChunkedArray, Float32Type as PolarsFloat32, Float64Chunked, Float64Type as PolarsFloat64,
    Int32Type as PolarsInt32, Int64Type as PolarsInt64, PolarsNumericType, PolarsResult, UInt32Type as PolarsUInt32,
    UInt64Type as PolarsUInt64,
};
use polars_arrow::array::PrimitiveArray as PolarsArray;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;

use crate::cells::scaled;

/// Whether a column of this (plain) type has numbers.
pub(crate) fn is_number(ty: &DataType) -> bool {
    ty.is_integer() || ty.is_floating() || ty.is_decimal()
}

/// The column as float64, every value rounded to its nearest; `None` for a type without numbers. The chunks are of one
/// plain type.
pub(crate) fn floats(ty: &DataType, chunks: &[ArrayRef]) -> Option<PolarsResult<Float64Chunked>> {
    macro_rules! widened {
        ($t:ty, $widen:expr) => {
            copied::<$t>(chunks, $widen)
        };
    }
    Some(match ty {
        DataType::Float64 => shared::<Float64Type, PolarsFloat64>(chunks),
        DataType::Float32 => shared::<Float32Type, PolarsFloat32>(chunks).and_then(cast),
        DataType::Int64 => shared::<Int64Type, PolarsInt64>(chunks).and_then(cast),
        DataType::Int32 => shared::<Int32Type, PolarsInt32>(chunks).and_then(cast),
        DataType::UInt64 => shared::<UInt64Type, PolarsUInt64>(chunks).and_then(cast),
        DataType::UInt32 => shared::<UInt32Type, PolarsUInt32>(chunks).and_then(cast),
        DataType::Int8 => widened!(Int8Type, f64::from),
        DataType::Int16 => widened!(Int16Type, f64::from),
        DataType::UInt8 => widened!(UInt8Type, f64::from),
        DataType::UInt16 => widened!(UInt16Type, f64::from),
        DataType::Float16 => widened!(Float16Type, |v| v.to_f64()),
        DataType::Decimal32(_, scale) => widened!(Decimal32Type, |v| scaled(&v, *scale)),
        DataType::Decimal64(_, scale) => widened!(Decimal64Type, |v| scaled(&v, *scale)),
        DataType::Decimal128(_, scale) => widened!(Decimal128Type, |v| scaled(&v, *scale)),
        DataType::Decimal256(_, scale) => widened!(Decimal256Type, |v| scaled(&v, *scale)),
        _ => return None,
    })
}

fn cast<T: PolarsNumericType>(column: ChunkedArray<T>) -> PolarsResult<Float64Chunked> {
    Ok(column.cast(&polars::prelude::DataType::Float64)?.f64()?.clone())
}

/// The chunks in Polars' hands, without a copy of their values.
fn shared<A, T>(chunks: &[ArrayRef]) -> PolarsResult<ChunkedArray<T>>
where
    A: ArrowPrimitiveType,
    A::Native: NativeType,
    T: PolarsNumericType<Native = A::Native>,
{
    let chunks: PolarsResult<Vec<_>> = chunks
        .iter()
        .map(|chunk| {
            let chunk: &PrimitiveArray<A> = chunk.as_primitive();
            let values = Buffer::from_owner(chunk.values().clone());
            PolarsArray::try_new(A::Native::PRIMITIVE.into(), values, validity(chunk))
        })
        .collect();
    Ok(ChunkedArray::from_chunk_iter("".into(), chunks?))
}

/// The chunks as new arrays of float64.
fn copied<A: ArrowPrimitiveType>(
    chunks: &[ArrayRef],
    widen: impl Fn(A::Native) -> f64,
) -> PolarsResult<Float64Chunked> {
    let chunks: PolarsResult<Vec<_>> = chunks
        .iter()
        .map(|chunk| {
            let chunk: &PrimitiveArray<A> = chunk.as_primitive();
            let values: Vec<f64> = chunk.values().iter().map(|value| widen(*value)).collect();
            PolarsArray::try_new(f64::PRIMITIVE.into(), values.into(), validity(chunk))
        })
        .collect();
    Ok(ChunkedArray::from_chunk_iter("".into(), chunks?))
}

fn validity(array: &dyn Array) -> Option<Bitmap> {
    let bits = array.nulls()?.inner();
    Some(Bitmap::from_u8_vec(bits.sliced().to_vec(), bits.len()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Float64Array, Int8Array, Int64Array};

    use super::*;

    fn read(array: ArrayRef) -> Vec<Option<f64>> {
        let column = floats(array.data_type(), std::slice::from_ref(&array)).expect("numbers").expect("a column");
        column.iter().collect()
    }

    #[test]
    fn floats_are_shared_and_not_copied() {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, 3.0]));
        let column = floats(array.data_type(), std::slice::from_ref(&array)).expect("numbers").expect("a column");
        let chunk = column.downcast_iter().next().expect("a chunk");
        assert_eq!(chunk.values().as_slice().as_ptr(), array.as_primitive::<Float64Type>().values().as_ptr());
    }

    #[test]
    fn slices_keep_their_nulls() {
        let array = Int64Array::from(vec![Some(1), None, Some(3), None, Some(5), Some(6), None, None, Some(9), None]);
        assert_eq!(read(Arc::new(array.slice(1, 8))), [None, Some(3.), None, Some(5.), Some(6.), None, None, Some(9.)]);
    }

    #[test]
    fn every_width_and_decimals_become_the_nearest_float() {
        assert_eq!(read(Arc::new(Int8Array::from(vec![-128, 127]))), [Some(-128.0), Some(127.0)]);
        let decimals = Decimal128Array::from(vec![Some(10), None, Some(-12345)]);
        let decimals = decimals.with_precision_and_scale(9, 2).expect("it fits");
        assert_eq!(read(Arc::new(decimals)), [Some(0.1), None, Some(-123.45)]);
        assert_eq!(read(Arc::new(Int64Array::from(vec![i64::MAX]))), [Some(i64::MAX as f64)]);
    }
}
