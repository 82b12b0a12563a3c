//! Arrow arrays in the making, filled from texts.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, BooleanArray, BooleanBufferBuilder, PrimitiveArray, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;
use assay_core::text::{TextOptions, read_bool};

use crate::error;

/// Values of one Arrow type.
pub(super) trait Values: Send {
    /// Adds the value of a text; false, and nothing added, where it is none.
    fn push(&mut self, text: &[u8]) -> bool;
    /// Adds a truth value; false, and nothing added, unless this is a column of them.
    fn push_truth(&mut self, _value: bool) -> bool {
        false
    }
    fn push_null(&mut self);
    fn finish(&mut self, nulls: Option<NullBuffer>) -> Result<ArrayRef, MetricError>;
}

pub(super) struct Numbers<T: ArrowPrimitiveType, F> {
    pub(super) values: Vec<T::Native>,
    pub(super) parse: F,
    pub(super) ty: DataType,
}

impl<T: ArrowPrimitiveType, F: Fn(&[u8]) -> Option<T::Native> + Send> Values for Numbers<T, F> {
    #[inline]
    fn push(&mut self, text: &[u8]) -> bool {
        let value = (self.parse)(text);
        self.values.extend(value);
        value.is_some()
    }

    #[inline]
    fn push_null(&mut self) {
        self.values.push(T::Native::default());
    }

    fn finish(&mut self, nulls: Option<NullBuffer>) -> Result<ArrayRef, MetricError> {
        let array =
            PrimitiveArray::<T>::try_new(std::mem::take(&mut self.values).into(), nulls).map_err(error::arrow)?;
        Ok(Arc::new(array.with_data_type(self.ty.clone())))
    }
}

pub(super) struct Truths {
    pub(super) values: BooleanBufferBuilder,
    pub(super) options: TextOptions,
}

impl Values for Truths {
    #[inline]
    fn push(&mut self, text: &[u8]) -> bool {
        read_bool(text, &self.options).is_ok_and(|value| self.push_truth(value))
    }

    #[inline]
    fn push_truth(&mut self, value: bool) -> bool {
        self.values.append(value);
        true
    }

    fn push_null(&mut self) {
        self.values.append(false);
    }

    fn finish(&mut self, nulls: Option<NullBuffer>) -> Result<ArrayRef, MetricError> {
        Ok(Arc::new(BooleanArray::new(self.values.finish(), nulls)))
    }
}

/// Strings of a block. Blocks are cut from less than 2^31 bytes of text, so offsets fit.
#[derive(Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Values for Strings {
    #[inline]
    fn push(&mut self, text: &[u8]) -> bool {
        self.bytes.extend_from_slice(text);
        self.push_null();
        true
    }

    #[inline]
    fn push_null(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    fn finish(&mut self, nulls: Option<NullBuffer>) -> Result<ArrayRef, MetricError> {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Ok(Arc::new(StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes, nulls).map_err(error::arrow)?))
    }
}
