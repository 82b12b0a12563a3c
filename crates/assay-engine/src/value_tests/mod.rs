//! Tests of single values, compiled for the Arrow type of their column: one file per test.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;
use assay_core::metric::ValueTest;

use crate::error::{arrow, unsupported};

mod length;
mod pattern;
mod present;
mod set;
mod within;

/// A test of the values of a column.
pub(crate) trait ColumnTest: Send + Sync {
    /// For each row whether the value passes. Of null rows the answer is arbitrary: the caller leaves them out.
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError>;
}

/// Compiles a test for columns of this type. `Present`, `Parses` and `NotNan` speak of validity and are handled by the
/// caller, but for `Present`'s markers and blanks: those become a test of "counts as missing".
pub(crate) fn compile(test: &ValueTest, ty: &DataType) -> Result<Box<dyn ColumnTest>, MetricError> {
    if let DataType::Dictionary(_, value) = ty {
        return compile(test, value);
    }
    let inner: Box<dyn ColumnTest> = match test {
        ValueTest::Within { bounds, .. } => within::compile(bounds, ty)?,
        ValueTest::In(values) => set::compile(values, ty, true)?,
        ValueTest::NotIn(values) => set::compile(values, ty, false)?,
        ValueTest::Matches(regex) => pattern::compile(regex, ty, true)?,
        ValueTest::NotMatches(regex) => pattern::compile(regex, ty, false)?,
        ValueTest::Length { min, max } => length::compile(*min, *max, ty)?,
        ValueTest::Present { markers, blank_is_missing } => present::compile(markers, *blank_is_missing, ty)?,
        ValueTest::Parses | ValueTest::NotNan => return Err(unsupported("this test speaks of no value")),
    };
    Ok(Box::new(PerEntry { inner }))
}

/// Runs a test once per entry of a dictionary instead of once per row.
struct PerEntry {
    inner: Box<dyn ColumnTest>,
}

impl ColumnTest for PerEntry {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let DataType::Dictionary(_, value) = array.data_type() else { return self.inner.holds(array) };
        let dictionary = array.as_any_dictionary();
        let entries = dictionary.values();
        if entries.len() > array.len() {
            // more entries than rows: looking at the rows is less work
            return self.inner.holds(&cast(array, value).map_err(arrow)?);
        }
        let verdicts = self.inner.holds(entries)?;
        let failing = entries.len() - verdicts.count_set_bits();
        if failing == 0 {
            return Ok(BooleanBuffer::new_set(array.len()));
        }
        if let Some(keys) = dictionary.keys().as_any().downcast_ref::<arrow::array::Int32Array>() {
            let keys = keys.values();
            // keys of null rows are arbitrary and may lie outside the dictionary
            return Ok(BooleanBuffer::collect_bool(array.len(), |i| {
                let key = keys[i] as usize;
                key < verdicts.len() && verdicts.value(key)
            }));
        }
        let keys = dictionary.normalized_keys();
        Ok(BooleanBuffer::collect_bool(array.len(), |i| keys[i] < verdicts.len() && verdicts.value(keys[i])))
    }
}

/// Calls `f` with each text of a column of text; `None` where the type is not text.
pub(crate) fn each_text(array: &ArrayRef, f: impl Fn(&str) -> bool) -> Option<BooleanBuffer> {
    // `value_unchecked`-like speed is not needed: the work per text outweighs the bounds check
    Some(match array.data_type() {
        DataType::Utf8 => {
            let a = array.as_string::<i32>();
            BooleanBuffer::collect_bool(a.len(), |i| f(a.value(i)))
        }
        DataType::LargeUtf8 => {
            let a = array.as_string::<i64>();
            BooleanBuffer::collect_bool(a.len(), |i| f(a.value(i)))
        }
        DataType::Utf8View => {
            let a = array.as_string_view();
            BooleanBuffer::collect_bool(a.len(), |i| f(a.value(i)))
        }
        _ => return None,
    })
}
