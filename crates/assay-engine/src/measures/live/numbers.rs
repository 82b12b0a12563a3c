//! Columns as numbers: any integer, float, decimal or truth as `f64`, rounded to nearest, with what is missing set apart.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::*;
use assay_core::drift::state::Cells;
use assay_core::measurement::MetricError;

use crate::error::arrow;
use crate::rows::validity;

/// Which rows of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Picked<'a> {
    /// All, so many.
    All(usize),
    /// These, ascending.
    Rows(&'a [u32]),
}

impl Picked<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Picked::All(rows) => *rows,
            Picked::Rows(rows) => rows.len(),
        }
    }

    /// Calls `f` with each row.
    pub(crate) fn each(&self, mut f: impl FnMut(usize)) {
        match self {
            Picked::All(rows) => (0..*rows).for_each(f),
            Picked::Rows(rows) => rows.iter().for_each(|row| f(*row as usize)),
        }
    }
}

/// The numbers of a block. Values of rows without one are arbitrary.
pub(crate) struct Numbers<'a> {
    pub(crate) values: &'a [f64],
    /// Rows with a value; `None`: all.
    pub(crate) valid: Option<BooleanBuffer>,
    /// Whether some value may be NaN.
    pub(crate) nan: bool,
}

/// Whether columns of this type are numbers.
pub(crate) fn is_number(ty: &DataType) -> bool {
    ty.is_numeric() || matches!(ty, DataType::Boolean | DataType::Null)
}

/// The numbers of a column; `buffer` holds them where they have to be converted.
pub(crate) fn numbers<'a>(array: &'a ArrayRef, buffer: &'a mut Vec<f64>) -> Result<Numbers<'a>, MetricError> {
    if let DataType::Float64 = array.data_type() {
        let values: &[f64] = array.as_primitive::<Float64Type>().values();
        return Ok(Numbers { values, valid: validity(array), nan: any_nan(values) });
    }
    buffer.clear();
    convert(array, buffer)?;
    let float = matches!(array.data_type(), DataType::Float32 | DataType::Float16);
    let nan = float && any_nan(buffer);
    Ok(Numbers { values: buffer, valid: validity(array), nan })
}

fn any_nan(values: &[f64]) -> bool {
    // without an early end this is a few instructions for several values
    values.chunks(512).any(|some| some.iter().fold(false, |nan, x| nan | x.is_nan()))
}

fn convert(array: &ArrayRef, out: &mut Vec<f64>) -> Result<(), MetricError> {
    macro_rules! plain {
        ($t:ty) => {
            out.extend(array.as_primitive::<$t>().values().iter().map(|v| *v as f64))
        };
    }
    macro_rules! decimal {
        ($t:ty, $scale:expr) => {
            out.extend(array.as_primitive::<$t>().values().iter().map(|v| of_decimal(i128::from(*v), $scale)))
        };
    }
    match array.data_type() {
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float16 => out.extend(array.as_primitive::<Float16Type>().values().iter().map(|v| v.to_f64())),
        DataType::Float32 => plain!(Float32Type),
        DataType::Float64 => plain!(Float64Type),
        DataType::Decimal32(_, scale) => decimal!(Decimal32Type, *scale),
        DataType::Decimal64(_, scale) => decimal!(Decimal64Type, *scale),
        DataType::Decimal128(_, scale) => decimal!(Decimal128Type, *scale),
        DataType::Decimal256(_, scale) => {
            let values = array.as_primitive::<Decimal256Type>().values();
            out.extend(values.iter().map(|v| match v.to_i128() {
                Some(small) => of_decimal(small, *scale),
                None => read(&format!("{v}e{}", -i32::from(*scale))),
            }));
        }
        DataType::Boolean => out.extend(array.as_boolean().values().iter().map(|v| f64::from(u8::from(v)))),
        DataType::Null => out.resize(array.len(), 0.0),
        DataType::Dictionary(_, value) if is_number(value) => {
            convert(&cast(array, value).map_err(arrow)?, out)?;
        }
        other => {
            return Err(MetricError { code: "type_changed", text: format!("values of type {other} are not numbers") });
        }
    }
    Ok(())
}

/// `unscaled / 10^scale`, rounded once.
fn of_decimal(unscaled: i128, scale: i8) -> f64 {
    const EXACT: u128 = 1 << 53;
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];
    match usize::try_from(scale).ok().and_then(|scale| POWERS.get(scale)) {
        // both are doubles without rounding, so that the quotient is rounded once
        Some(power) if unscaled.unsigned_abs() <= EXACT => unscaled as f64 / power,
        _ => read(&format!("{unscaled}e{}", -i32::from(scale))),
    }
}

fn read(text: &str) -> f64 {
    text.parse().expect("digits and an exponent are a number")
}

/// The present values of some rows, close together, and the cells they are of (infinities are not counted here).
/// `buffer` holds them where some rows are left out. `is_nan`: `None` where no value can be.
pub(crate) fn dense<'a, T: Copy + Default>(
    values: &'a [T],
    valid: Option<&BooleanBuffer>,
    is_nan: Option<impl Fn(T) -> bool>,
    picked: Picked<'_>,
    buffer: &'a mut Vec<T>,
) -> (&'a [T], Cells) {
    match is_nan {
        None if valid.is_none() && matches!(picked, Picked::All(_)) => {
            (values, Cells { rows: values.len() as u64, ..Cells::default() })
        }
        None => kept(values, valid, |_| true, picked, buffer),
        Some(is_nan) => kept(values, valid, |x| !is_nan(x), picked, buffer),
    }
}

/// Copies what counts, without a branch for each value.
fn kept<'a, T: Copy + Default>(
    values: &[T],
    valid: Option<&BooleanBuffer>,
    counts: impl Fn(T) -> bool,
    picked: Picked<'_>,
    buffer: &'a mut Vec<T>,
) -> (&'a [T], Cells) {
    let rows = picked.len();
    let mut cells = Cells { rows: rows as u64, ..Cells::default() };
    // what an earlier block left there is overwritten or cut off
    if buffer.len() < rows {
        buffer.resize(rows, T::default());
    }
    let kept = &mut buffer[..rows];
    let mut n = 0;
    match (picked, valid) {
        (Picked::All(_), None) => {
            for x in values {
                kept[n] = *x;
                n += usize::from(counts(*x));
            }
        }
        (Picked::All(_), Some(valid)) => {
            // 64 rows at a time: a bit for each
            for (word, some) in valid.bit_chunks().iter_padded().zip(values.chunks(64)) {
                for (bit, x) in some.iter().enumerate() {
                    kept[n] = *x;
                    n += usize::from(((word >> bit) & 1 == 1) & counts(*x));
                }
            }
            cells.nulls = (rows - valid.count_set_bits()) as u64;
        }
        (Picked::Rows(some), valid) => {
            for row in some {
                let row = *row as usize;
                let present = valid.is_none_or(|valid| valid.value(row));
                kept[n] = values[row];
                n += usize::from(present & counts(values[row]));
                cells.nulls += u64::from(!present);
            }
        }
    }
    cells.nan = (rows - n) as u64 - cells.nulls;
    (&buffer[..n], cells)
}

impl Numbers<'_> {
    /// The number of a row, where it has one.
    pub(crate) fn get(&self, row: usize) -> Option<f64> {
        let present = self.valid.as_ref().is_none_or(|valid| valid.value(row));
        Some(self.values[row]).filter(|x| present && !x.is_nan())
    }

    /// The present numbers of some rows; see [`dense`].
    pub(crate) fn dense<'b>(&'b self, picked: Picked<'_>, buffer: &'b mut Vec<f64>) -> (&'b [f64], Cells) {
        dense(self.values, self.valid.as_ref(), self.nan.then_some(|x: f64| x.is_nan()), picked, buffer)
    }
}

/// The values of a column of integers that fit 64 bits with a sign; `None` for other types.
pub(crate) fn integers<'a>(array: &'a ArrayRef, buffer: &'a mut Vec<i64>) -> Option<&'a [i64]> {
    macro_rules! widened {
        ($t:ty) => {{
            buffer.clear();
            buffer.extend(array.as_primitive::<$t>().values().iter().map(|v| i64::from(*v)));
            Some(&buffer[..])
        }};
    }
    match array.data_type() {
        DataType::Int64 => Some(array.as_primitive::<Int64Type>().values()),
        DataType::Int32 => widened!(Int32Type),
        DataType::Int16 => widened!(Int16Type),
        DataType::Int8 => widened!(Int8Type),
        DataType::UInt32 => widened!(UInt32Type),
        DataType::UInt16 => widened!(UInt16Type),
        DataType::UInt8 => widened!(UInt8Type),
        _ => None,
    }
}

/// Counts the infinities among present values.
pub(crate) fn count_infinities(values: &[f64], cells: &mut Cells) {
    cells.minus_infinity += values.iter().filter(|x| **x == f64::NEG_INFINITY).count() as u64;
    cells.plus_infinity += values.iter().filter(|x| **x == f64::INFINITY).count() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_once() {
        assert_eq!(of_decimal(1, 1), 0.1);
        assert_eq!(of_decimal(-12_345, 2), -123.45);
        assert_eq!(of_decimal(7, -3), 7000.0);
        // 2^53 + 1 is no double: digit by digit rounding would divide a rounded number
        assert_eq!(of_decimal(9_007_199_254_740_993, 1), 900_719_925_474_099.3);
        assert_eq!(of_decimal(123_456_789_012_345_678_901_234_567, 20), 1_234_567.890_123_456_7);
    }
}
