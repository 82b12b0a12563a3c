//! Sums: exact for integers and decimals; for floats compensated per piece of work and added up in file order, so that
//! the last bit does not depend on threads.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::*;
use assay_core::measurement::{MetricError, Sum, Total};
use bigdecimal::BigDecimal;
use num_bigint::BigInt;

use crate::error::unsupported;
use crate::rows::{and, validity};
use crate::table::nan_rows;

/// A running sum of one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct SumState {
    selected: u64,
    tested: u64,
    nan: u64,
    exact: i128,
    /// What no longer fits 128 bits.
    carried: BigInt,
    scale: i64,
    /// Finished float sums by number of the work.
    floats: Vec<(u64, f64)>,
    open: Compensated,
    is_float: bool,
}

/// Neumaier's compensated summation.
#[derive(Debug, Clone, Copy, Default)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() { (self.sum - next) + value } else { (value - next) + self.sum };
        self.sum = next;
    }

    fn value(self) -> f64 {
        // with infinities the compensation is NaN and means nothing
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl SumState {
    /// Adds the selected rows of a column.
    pub(crate) fn update(&mut self, array: &ArrayRef, selected: Option<&BooleanBuffer>) -> Result<(), MetricError> {
        let rows = array.len();
        let valid = and(validity(array).as_ref(), selected);
        let counted = valid.as_ref().map_or(rows, BooleanBuffer::count_set_bits) as u64;
        self.selected += selected.map_or(rows, BooleanBuffer::count_set_bits) as u64;
        macro_rules! whole {
            ($t:ty) => {{
                let v = array.as_primitive::<$t>().values();
                self.whole(rows, valid.as_ref(), |i| i128::from(v[i]))
            }};
        }
        macro_rules! float {
            ($t:ty, $to:expr) => {{
                let v = array.as_primitive::<$t>().values();
                let nan = nan_rows(array);
                let nans = and(Some(&nan), valid.as_ref()).map_or(0, |n| n.count_set_bits()) as u64;
                self.nan += nans;
                self.tested += counted - nans;
                self.is_float = true;
                let keep = and(valid.as_ref(), Some(&!&nan));
                each(rows, keep.as_ref(), |i| self.open.add($to(v[i])));
                return Ok(());
            }};
        }
        self.tested += match array.data_type() {
            DataType::Float16 | DataType::Float32 | DataType::Float64 => 0,
            _ => counted,
        };
        match array.data_type() {
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => whole!(Int64Type),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::UInt64 => whole!(UInt64Type),
            DataType::Decimal32(_, s) => {
                self.scale = i64::from(*s);
                whole!(Decimal32Type);
            }
            DataType::Decimal64(_, s) => {
                self.scale = i64::from(*s);
                whole!(Decimal64Type);
            }
            DataType::Decimal128(_, s) => {
                self.scale = i64::from(*s);
                whole!(Decimal128Type);
            }
            DataType::Decimal256(_, s) => {
                self.scale = i64::from(*s);
                let v = array.as_primitive::<Decimal256Type>().values();
                each(rows, valid.as_ref(), |i| self.carried += BigInt::from_signed_bytes_be(&v[i].to_be_bytes()));
            }
            DataType::Float16 => float!(Float16Type, |v: <Float16Type as ArrowPrimitiveType>::Native| v.to_f64()),
            DataType::Float32 => float!(Float32Type, f64::from),
            DataType::Float64 => float!(Float64Type, |v: f64| v),
            other => return Err(unsupported(format!("a column of type {other} has no sum"))),
        }
        Ok(())
    }

    fn whole(&mut self, rows: usize, valid: Option<&BooleanBuffer>, at: impl Fn(usize) -> i128) {
        let (exact, carried) = (&mut self.exact, &mut self.carried);
        each(rows, valid, |i| match exact.checked_add(at(i)) {
            Some(sum) => *exact = sum,
            None => {
                *carried += *exact;
                *exact = at(i);
            }
        });
    }

    /// A piece of work ended: its float sum is kept under its number.
    pub(crate) fn end_of_work(&mut self, work: u64) {
        if self.is_float {
            self.floats.push((work, self.open.value()));
            self.open = Compensated::default();
        }
    }

    /// The sum over all threads.
    pub(crate) fn finish(states: Vec<SumState>) -> Sum {
        let mut all = SumState::default();
        for state in states {
            all.selected += state.selected;
            all.tested += state.tested;
            all.nan += state.nan;
            all.carried += state.carried + state.exact;
            all.scale = all.scale.max(state.scale);
            all.is_float |= state.is_float;
            all.floats.extend(state.floats);
        }
        all.floats.sort_unstable_by_key(|(work, _)| *work);
        let total = if all.is_float {
            let mut sum = Compensated::default();
            all.floats.iter().for_each(|(_, v)| sum.add(*v));
            Total::Float(sum.value())
        } else {
            Total::Exact(BigDecimal::new(all.carried, all.scale))
        };
        Sum { selected: all.selected, tested: all.tested, nan: all.nan, total }
    }
}

fn each(rows: usize, keep: Option<&BooleanBuffer>, mut f: impl FnMut(usize)) {
    match keep {
        None => (0..rows).for_each(f),
        Some(keep) => keep.set_indices().for_each(&mut f),
    }
}
