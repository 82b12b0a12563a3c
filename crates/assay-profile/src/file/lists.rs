//! Cells of the table: numbers, texts and lists of them, to Arrow and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Decimal128Type, Field};

/// Digits of a decimal that holds sums.
const PRECISION: u8 = 38;
/// The first number that such a decimal cannot hold.
const TOO_WIDE: u128 = 10_u128.pow(38);

/// One number for each row.
pub(super) fn numbers<T: ArrowPrimitiveType>(values: impl Iterator<Item = Option<T::Native>>) -> ArrayRef {
    Arc::new(values.collect::<Vec<_>>().into_iter().collect::<PrimitiveArray<T>>())
}

pub(super) fn truths(values: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.collect::<BooleanArray>())
}

pub(super) fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// A list of numbers for each row.
pub(super) fn lists<T: ArrowPrimitiveType>(rows: impl Iterator<Item = Option<Vec<T::Native>>>) -> ArrayRef {
    let (values, lengths, valid) = flat(rows);
    list(Arc::new(PrimitiveArray::<T>::from_iter_values(values)), lengths, valid)
}

/// A list of sums for each row; `None` where one of them has more than 38 digits.
pub(super) fn sums(rows: impl Iterator<Item = Option<Vec<i128>>>) -> Option<ArrayRef> {
    let (values, lengths, valid) = flat(rows);
    if values.iter().any(|value| value.unsigned_abs() >= TOO_WIDE) {
        return None;
    }
    let values = PrimitiveArray::<Decimal128Type>::from_iter_values(values);
    Some(list(Arc::new(values.with_data_type(DataType::Decimal128(PRECISION, 0))), lengths, valid))
}

/// A list of texts for each row.
pub(super) fn text_lists<'a>(rows: impl Iterator<Item = Option<Vec<&'a str>>>) -> ArrayRef {
    let (values, lengths, valid) = flat(rows);
    list(Arc::new(StringArray::from_iter_values(values)), lengths, valid)
}

fn flat<T>(rows: impl Iterator<Item = Option<Vec<T>>>) -> (Vec<T>, Vec<usize>, Vec<bool>) {
    let (mut values, mut lengths, mut valid) = (vec![], vec![], vec![]);
    for row in rows {
        valid.push(row.is_some());
        let row = row.unwrap_or_default();
        lengths.push(row.len());
        values.extend(row);
    }
    (values, lengths, valid)
}

fn list(values: ArrayRef, lengths: Vec<usize>, valid: Vec<bool>) -> ArrayRef {
    let field = Arc::new(Field::new("item", values.data_type().clone(), false));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, Some(NullBuffer::from(valid))))
}

/// A row of the table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub batch: &'a RecordBatch,
    pub at: usize,
}

impl<'a> Row<'a> {
    fn column(self, name: &str, is: impl Fn(&DataType) -> bool) -> Result<&'a ArrayRef, String> {
        let column = self.batch.column_by_name(name).ok_or_else(|| format!("it lacks the column `{name}`"))?;
        match column.data_type() {
            ty if is(ty) => Ok(column),
            ty => Err(format!("its column `{name}` has the type {ty}")),
        }
    }

    pub fn number<T: ArrowPrimitiveType>(self, name: &str) -> Result<Option<T::Native>, String> {
        let column = self.column(name, |ty| *ty == T::DATA_TYPE)?.as_primitive::<T>();
        Ok(column.is_valid(self.at).then(|| column.value(self.at)))
    }

    pub fn truth(self, name: &str) -> Result<Option<bool>, String> {
        let column = self.column(name, |ty| *ty == DataType::Boolean)?.as_boolean();
        Ok(column.is_valid(self.at).then(|| column.value(self.at)))
    }

    pub fn text(self, name: &str) -> Result<Option<&'a str>, String> {
        let column = self.column(name, |ty| *ty == DataType::Utf8)?.as_string::<i32>();
        Ok(column.is_valid(self.at).then(|| column.value(self.at)))
    }

    /// The list of a row; elements may not be null.
    fn list(self, name: &str, item: &DataType) -> Result<Option<ArrayRef>, String> {
        let is = |ty: &DataType| matches!(ty, DataType::List(field) if field.data_type() == item);
        let column = self.column(name, is)?.as_list::<i32>();
        if column.is_null(self.at) {
            return Ok(None);
        }
        let list = column.value(self.at);
        match list.null_count() {
            0 => Ok(Some(list)),
            _ => Err(format!("a list of its column `{name}` has gaps")),
        }
    }

    pub fn numbers<T: ArrowPrimitiveType>(self, name: &str) -> Result<Option<Vec<T::Native>>, String> {
        Ok(self.list(name, &T::DATA_TYPE)?.map(|list| list.as_primitive::<T>().values().to_vec()))
    }

    pub fn sums(self, name: &str) -> Result<Option<Vec<i128>>, String> {
        let list = self.list(name, &DataType::Decimal128(PRECISION, 0))?;
        Ok(list.map(|list| list.as_primitive::<Decimal128Type>().values().to_vec()))
    }

    pub fn texts(self, name: &str) -> Result<Option<Vec<String>>, String> {
        let list = self.list(name, &DataType::Utf8)?;
        Ok(list.map(|list| list.as_string::<i32>().iter().flatten().map(str::to_owned).collect()))
    }
}
