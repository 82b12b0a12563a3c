//! Which rows belong to a duplicated group, for fetching them.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use assay_core::measurement::MetricError;
use assay_core::metric::NullParts;

use super::bitmap::Bitmaps;
use super::groups::RepeatedGroups;
use super::hashes::HashSet;
use crate::measures::keys::{Rows, Tested, mixed, words};
use crate::measures::spill::Held;

/// The keys that more than one row has.
#[derive(Debug)]
pub struct DuplicatedKeys {
    nulls: NullParts,
    repeating: Repeating,
    /// Whether null is such a key, where a column of words keeps no null.
    null_repeats: bool,
}

/// The keys in the form of the method that found them.
#[derive(Debug)]
pub(super) enum Repeating {
    Nothing,
    Bits(Bitmaps, #[expect(dead_code, reason = "given back to the budget when dropped")] Held),
    Words(HashSet),
    Values(RepeatedGroups),
    /// The budget refused them.
    NotHeld,
}

impl DuplicatedKeys {
    pub(super) fn new(nulls: NullParts, repeating: Repeating, null_repeats: bool) -> Self {
        DuplicatedKeys { nulls, repeating, null_repeats }
    }

    /// The rows of a block that belong to a duplicated group, as [`DuplicateLocal::update`](super::DuplicateLocal)
    /// takes it. An error where the keys did not fit the memory allowed; the counts are exact all the same.
    pub fn members(
        &self,
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
    ) -> Result<BooleanBuffer, MetricError> {
        let present = || Tested::of(columns, unparsed, selected, true);
        let mut scratch = Vec::new();
        let members = match &self.repeating {
            Repeating::NotHeld => {
                return Err(MetricError {
                    code: "out_of_memory",
                    text: "the duplicated keys do not fit the memory allowed, so their rows cannot be shown: allow more with --memory"
                        .into(),
                });
            }
            Repeating::Nothing => {
                return Ok(BooleanBuffer::new_unset(columns.first().map_or(0, |column| column.len())));
            }
            Repeating::Bits(bitmaps, _) => {
                word_column(columns, &mut scratch)?;
                present().filter(|row| bitmaps.is_repeated(scratch[row]))?
            }
            Repeating::Words(words) => {
                word_column(columns, &mut scratch)?;
                present().filter(|row| Ok(words.contains(mixed(scratch[row]))))?
            }
            Repeating::Values(groups) => {
                let rows = Rows::new(columns)?;
                rows.hash(&mut scratch);
                let mut bytes = Vec::new();
                Tested::of(columns, unparsed, selected, self.nulls == NullParts::Skip).filter(|row| {
                    rows.write(row, &mut bytes);
                    Ok(groups.contains(scratch[row], &bytes))
                })?
            }
        };
        match columns.first().and_then(|column| column.logical_nulls()) {
            Some(nulls) if self.null_repeats => {
                let null_rows = Tested::of(columns, unparsed, selected, false).filter(|row| Ok(nulls.is_null(row)))?;
                Ok(&members | &null_rows)
            }
            _ => Ok(members),
        }
    }
}

fn word_column(columns: &[ArrayRef], out: &mut Vec<u64>) -> Result<(), MetricError> {
    columns.first().map_or(Ok(()), |column| words(column.as_ref(), out))
}
