//! Values in a set.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::MetricError;
use assay_core::value::Value;
use hashbrown::HashSet;

use super::{ColumnTest, each_text};
use crate::arrow_types::value_at;
use crate::error::unsupported;

/// `inside`: whether values of the set pass, or those outside.
pub(super) fn compile(values: &[Value], ty: &DataType, inside: bool) -> Result<Box<dyn ColumnTest>, MetricError> {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = values.iter().map(|v| match v {
                Value::Text(text) => Ok(text.clone()),
                other => Err(unsupported(format!("`{other}` cannot be compared with text"))),
            });
            Ok(Box::new(Texts { set: texts.collect::<Result<_, _>>()?, inside }))
        }
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let numbers = values.iter().map(|v| match v {
                Value::Int(n) => Ok(i64::try_from(*n).ok()),
                other => Err(unsupported(format!("`{other}` cannot be compared with an integer column"))),
            });
            // a number beyond 64 bits is in no column of 64 bits
            let mut set: Vec<i64> = numbers.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
            set.sort_unstable();
            Ok(Box::new(Integers { set, inside }))
        }
        _ => {
            let mut set = values.to_vec();
            set.sort();
            Ok(Box::new(Others { set, inside }))
        }
    }
}

struct Texts {
    set: HashSet<String>,
    inside: bool,
}

impl ColumnTest for Texts {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        each_text(array, |s| self.set.contains(s) == self.inside).ok_or_else(|| unsupported("the column is not text"))
    }
}

struct Integers {
    set: Vec<i64>,
    inside: bool,
}

impl ColumnTest for Integers {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        macro_rules! by {
            ($t:ty) => {{
                let v = array.as_primitive::<$t>().values();
                BooleanBuffer::collect_bool(v.len(), |i| {
                    self.set.binary_search(&i64::from(v[i])).is_ok() == self.inside
                })
            }};
        }
        Ok(match array.data_type() {
            DataType::Int8 => by!(arrow::datatypes::Int8Type),
            DataType::Int16 => by!(arrow::datatypes::Int16Type),
            DataType::Int32 => by!(arrow::datatypes::Int32Type),
            DataType::Int64 => by!(arrow::datatypes::Int64Type),
            other => return Err(unsupported(format!("a column of type {other} is not of integers"))),
        })
    }
}

/// The rarer types, value by value.
struct Others {
    set: Vec<Value>,
    inside: bool,
}

impl ColumnTest for Others {
    fn holds(&self, array: &ArrayRef) -> Result<BooleanBuffer, MetricError> {
        let found = |i: usize| value_at(array, i).is_some_and(|v| self.set.binary_search(&v).is_ok());
        Ok(BooleanBuffer::collect_bool(array.len(), |i| found(i) == self.inside))
    }
}
