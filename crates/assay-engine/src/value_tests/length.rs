//! Length of text in Unicode scalar values, of binary in bytes.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;

use super::{ColumnTest, each_text};
use crate::error::unsupported;

pub(super) fn compile(min: Option<u64>, max: Option<u64>, ty: &DataType) -> Result<Box<dyn ColumnTest>, MetricError> {
    match ty {
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Ok(Box::new(Length { min: min.unwrap_or(0), max: max.unwrap_or(u64::MAX) })),
        other => Err(unsupported(format!("a column of type {other} has no length"))),
    }
}

struct Length {
    min: u64,
    max: u64,
}

impl Length {
    fn text(&self, text: &str) -> bool {
        let bytes = text.len() as u64;
        // a scalar value takes one to four bytes, so most texts are decided by their size
        if bytes <= self.max && bytes.div_ceil(4) >= self.min {
            return true;
        }
        let n = text.chars().count() as u64;
        n >= self.min && n <= self.max
    }

    fn bytes(&self, n: usize) -> bool {
        let n = n as u64;
        n >= self.min && n <= self.max
    }
}

impl ColumnTest for Length {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        if let Some(holds) = each_text(array, |s| self.text(s)) {
            return Ok(holds);
        }
        let rows = array.len();
        Ok(match array.data_type() {
            DataType::Binary => {
                let a = array.as_binary::<i32>();
                BooleanBuffer::collect_bool(rows, |i| self.bytes(a.value(i).len()))
            }
            DataType::LargeBinary => {
                let a = array.as_binary::<i64>();
                BooleanBuffer::collect_bool(rows, |i| self.bytes(a.value(i).len()))
            }
            DataType::BinaryView => {
                let a = array.as_binary_view();
                BooleanBuffer::collect_bool(rows, |i| self.bytes(a.value(i).len()))
            }
            DataType::FixedSizeBinary(n) => {
                let fits = self.bytes(usize::try_from(*n).unwrap_or(0));
                if fits { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) }
            }
            other => return Err(unsupported(format!("a column of type {other} has no length"))),
        })
    }
}
