//! Segments: rows divided by the values of some columns, the commonest values first.

use std::borrow::Cow;
use std::hash::Hash;

use arrow::array::ArrayRef;
use assay_core::drift::baseline::BaselineSegmentation;
use assay_core::drift::category::{Category, CategoryKind};
use hashbrown::HashMap;

use crate::cells::{Receiver, plain_chunks, plain_type, receive};
use crate::column::n_rows;
use crate::error::ProfileError;

/// The segment of each row: an index into [`BaselineSegmentation::segments`], or their number for `__other__`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentCodes {
    codes: Vec<u32>,
    n_segments: usize,
}

impl SegmentCodes {
    /// Segments, `__other__` among them.
    pub fn n_segments(&self) -> usize {
        self.n_segments
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.codes.len()
    }

    /// The segment of a row.
    pub fn segment(&self, row: usize) -> usize {
        self.codes[row] as usize
    }
}

/// Divides rows by the values of columns, each given by its name and its chunks. The `top` combinations of most rows
/// are segments; of equally many those whose values come first, null before all. NaN is null. Combinations of fewer
/// than `min_bin_count` rows are never named.
///
/// # Errors
/// Columns of different length, or of types without categories.
pub fn segment(
    by: &[(&str, &[ArrayRef])],
    top: usize,
    min_bin_count: u64,
) -> Result<(BaselineSegmentation, SegmentCodes), ProfileError> {
    let rows = by.first().map_or(0, |(_, chunks)| n_rows(chunks));
    let mut columns: Vec<Encoded> = Vec::with_capacity(by.len());
    for (name, chunks) in by {
        if n_rows(chunks) != rows {
            return Err(shape(name, rows, n_rows(chunks)));
        }
        columns.push(encoded(name, chunks)?);
    }
    // combinations are numbered column by column: no list of values is made for each row
    let mut combined: Vec<u32> = vec![0; rows];
    let mut combinations: Vec<Vec<u32>> = vec![vec![]];
    for column in &columns {
        let mut ids: HashMap<(u32, u32), u32> = HashMap::new();
        let mut next: Vec<Vec<u32>> = Vec::new();
        for (row, value) in combined.iter_mut().zip(&column.codes) {
            *row = *ids.entry((*row, *value)).or_insert_with(|| {
                let mut combination = combinations[*row as usize].clone();
                combination.push(*value);
                next.push(combination);
                (next.len() - 1) as u32
            });
        }
        combinations = next;
    }
    let mut counts = vec![0_u64; combinations.len()];
    combined.iter().for_each(|id| counts[*id as usize] += 1);
    let values = |id: usize| -> Vec<Option<Category>> {
        combinations[id].iter().zip(&columns).map(|(code, column)| column.values[*code as usize].clone()).collect()
    };
    let mut ranked: Vec<(u64, Vec<Option<Category>>, usize)> = (0..combinations.len())
        .filter(|id| counts[*id] > 0 && counts[*id] >= min_bin_count)
        .map(|id| (counts[id], values(id), id))
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.truncate(top);
    let mut segment_of = vec![ranked.len() as u32; combinations.len()];
    for (at, (_, _, id)) in ranked.iter().enumerate() {
        segment_of[*id] = at as u32;
    }
    combined.iter_mut().for_each(|id| *id = segment_of[*id as usize]);
    let codes = SegmentCodes { codes: combined, n_segments: ranked.len() + 1 };
    let by = by.iter().map(|(name, _)| (*name).to_owned()).collect();
    Ok((BaselineSegmentation { by, segments: ranked.into_iter().map(|(_, values, _)| values).collect() }, codes))
}

pub(crate) fn shape(column: &str, expected: usize, got: usize) -> ProfileError {
    ProfileError::Shape { column: column.to_owned(), expected: format!("{expected} rows"), got: format!("{got} rows") }
}

/// A column as numbers of its distinct values.
struct Encoded {
    codes: Vec<u32>,
    values: Vec<Option<Category>>,
}

fn encoded(name: &str, chunks: &[ArrayRef]) -> Result<Encoded, ProfileError> {
    let Some(first) = chunks.first() else { return Ok(Encoded { codes: vec![], values: vec![] }) };
    let ty = plain_type(first.data_type());
    let nested = || ProfileError::Nested { column: name.to_owned(), dtype: ty.to_string() };
    let plain = plain_chunks(chunks).map_err(|_| nested())?;
    receive(ty, &plain, Encode).ok_or_else(nested)
}

struct Encode;

impl Receiver for Encode {
    type Out = Encoded;

    fn receive<'a, K: Hash + Eq + Copy + 'a>(
        self,
        kind: CategoryKind,
        rows: impl Iterator<Item = Option<K>>,
        show: impl Fn(K) -> Cow<'a, str>,
    ) -> Encoded {
        let mut ids: HashMap<Option<K>, u32> = HashMap::new();
        let mut values = Vec::new();
        let codes = rows
            .map(|key| {
                *ids.entry(key).or_insert_with(|| {
                    values.push(key.map(|key| Category { kind, text: show(key).into_owned() }));
                    (values.len() - 1) as u32
                })
            })
            .collect();
        Encoded { codes, values }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    #[test]
    fn the_commonest_combinations_are_segments_and_the_rest_is_other() {
        let city: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), Some("a"), None, Some("b"), Some("a"), None]));
        let size: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 2, 1, 1, 3]));
        let (named, codes) = segment(&[("city", &[city]), ("size", &[size])], 2, 0).expect("two columns");
        let one = Some(Category::integer(1));
        assert_eq!(
            named.segments,
            [vec![Some(Category::text("a")), one.clone()], vec![Some(Category::text("b")), one]]
        );
        let segments: Vec<usize> = (0..codes.n_rows()).map(|row| codes.segment(row)).collect();
        assert_eq!((segments, codes.n_segments()), (vec![1, 0, 2, 1, 0, 2], 3));
    }

    #[test]
    fn rare_combinations_are_not_named_and_null_is_a_value() {
        let city: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), None, None, Some("a"), Some("a")]));
        let (named, _) = segment(&[("city", &[city.slice(0, 2), city.slice(2, 3)])], 10, 2).expect("a column");
        assert_eq!(named.segments, [vec![None], vec![Some(Category::text("a"))]]);
    }

    #[test]
    fn columns_of_different_length_are_refused() {
        let long: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let short = long.slice(0, 1);
        let error = segment(&[("a", &[long]), ("b", &[short])], 2, 0).expect_err("lengths differ");
        assert_eq!(error.to_string(), "column `b` has 1 rows, expected 2 rows");
    }
}
