//! Rows whose values are not among the rows of another table.
//!
//! The other table's keys are held as a set: a bitmap where they are whole numbers close together, 64-bit words, or
//! values by their bytes. All three are exact. Columns of different types meet in one that holds the values of both.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use assay_core::measurement::{MetricError, Tally};

use self::words::WordSet;
use super::duplicates::bitmap::Bitmaps;
use super::duplicates::groups::Groups;
use super::keys::{Rows, Tested, is_word, plain_type, words};
use super::spill::Held;
use crate::options::Budget;

mod meeting;
mod words;

/// A set of so many words is worth a bitmap even if they lie far apart.
const SMALL: u64 = 1 << 18;
/// Rows whose keys are looked up together, so that memory is waited for together.
const BATCH: usize = 64;

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct OrphanPlan {
    /// Arrow types of the columns whose values should be there.
    pub columns: Vec<DataType>,
    /// Arrow types of the other table's columns, in the same order.
    pub other: Vec<DataType>,
    /// Smallest and largest value of the other table's only column, where footers know them, from
    /// [`word_range`](super::duplicates::word_range).
    pub range: Option<(i128, i128)>,
    /// Rows of the other table, where known.
    pub rows: Option<u64>,
}

/// Collects the other table's keys; shared by the threads that read it.
#[derive(Debug)]
pub struct KeySetBuilder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// For each column the type both sides are turned to; `None`: their canonical forms are comparable as they are.
    meet: Vec<Option<DataType>>,
    budget: Budget,
    /// Where footers tell that a bitmap will do.
    bitmap: Option<(Bitmaps, Held)>,
    one_word: bool,
}

/// What one thread collects.
#[derive(Debug)]
pub struct KeySetLocal {
    shared: Arc<Shared>,
    words: WordSet,
    values: Groups,
    held: Held,
    scratch: Vec<u64>,
    bytes: Vec<u8>,
}

/// The other table's keys.
#[derive(Debug)]
pub struct KeySet {
    meet: Vec<Option<DataType>>,
    set: Set,
    _held: Held,
}

#[derive(Debug)]
enum Set {
    Bits(Bitmaps),
    Words(WordSet),
    Values(Groups),
}

impl KeySetBuilder {
    /// An error where the types of two columns have no values in common.
    pub fn new(plan: &OrphanPlan, budget: Budget) -> Result<Self, MetricError> {
        let pairs = plan.columns.iter().zip(&plan.other);
        let meet: Vec<_> = pairs.map(|(a, b)| meeting::of(plain_type(a), plain_type(b))).collect::<Result<_, _>>()?;
        let one_word = match (meet.as_slice(), plan.columns.as_slice()) {
            ([None], [ty]) | ([Some(ty)], _) => is_word(ty),
            _ => false,
        };
        let mut held = Held::nothing(&budget);
        let range = plan.range.filter(|_| one_word && meet == [None]);
        let bytes = range.zip(plan.rows).and_then(|(range, rows)| Bitmaps::bytes(range, rows.max(SMALL)));
        let bitmap =
            range.zip(bytes).filter(|(_, bytes)| held.more(*bytes)).map(|(range, _)| (Bitmaps::new(range), held));
        Ok(KeySetBuilder { shared: Arc::new(Shared { meet, budget, bitmap, one_word }) })
    }

    /// What a thread collects with.
    pub fn local(&self) -> KeySetLocal {
        KeySetLocal {
            shared: Arc::clone(&self.shared),
            words: WordSet::default(),
            values: Groups::default(),
            held: Held::nothing(&self.shared.budget),
            scratch: vec![],
            bytes: vec![],
        }
    }

    /// All keys. `locals` are all that [`KeySetBuilder::local`] gave.
    pub fn finish(self, locals: Vec<KeySetLocal>) -> Result<KeySet, MetricError> {
        let mut held = Held::nothing(&self.shared.budget);
        let (mut all_words, mut all_values) = (Vec::new(), Vec::new());
        for local in locals {
            held.absorb(local.held);
            all_words.push(local.words);
            all_values.push(local.values);
        }
        let still_used = || MetricError { code: "engine", text: "keys are still being collected".into() };
        let Shared { meet, bitmap, one_word, .. } = Arc::into_inner(self.shared).ok_or_else(still_used)?;
        let set = match bitmap {
            Some((bitmap, bitmap_held)) => {
                held.absorb(bitmap_held);
                Set::Bits(bitmap)
            }
            None if one_word => words_or_bits(all_words, &mut held)?,
            None => Set::Values(all_of(all_values, Groups::len, |all, values| {
                values.iter().for_each(|(hash, value, rows)| _ = all.add(hash, value, rows));
            })),
        };
        Ok(KeySet { meet, set, _held: held })
    }
}

/// What all threads collected, in the set of the one that collected most.
fn all_of<S: Default>(mut sets: Vec<S>, len: impl Fn(&S) -> usize, add: impl Fn(&mut S, S)) -> S {
    sets.sort_by_key(len);
    let mut all = sets.pop().unwrap_or_default();
    sets.into_iter().for_each(|set| add(&mut all, set));
    all
}

fn words_or_bits(sets: Vec<WordSet>, held: &mut Held) -> Result<Set, MetricError> {
    let words = all_of(sets, WordSet::len, |all, words| words.iter().for_each(|word| all.insert(word)));
    let signed = || words.iter().map(|word| i128::from(word.cast_signed()));
    let range = signed().min().zip(signed().max());
    let bytes = range.and_then(|range| Bitmaps::bytes(range, SMALL.max(words.len() as u64)));
    match range.zip(bytes) {
        Some((range, bytes)) if held.more(bytes) => {
            let bitmap = Bitmaps::new(range);
            bitmap.mark(words.iter())?;
            Ok(Set::Bits(bitmap))
        }
        _ => Ok(Set::Words(words)),
    }
}

impl KeySetLocal {
    /// Adds the keys of a block of the other table; rows with a part that is null or did not parse have none.
    pub fn update(&mut self, columns: &[ArrayRef], unparsed: &[Option<BooleanBuffer>]) -> Result<(), MetricError> {
        let columns = met(columns, &self.shared.meet)?;
        // what has no counterpart in the common type became null, and equals nothing on the other side
        let tested = Tested::of(&columns, unparsed, None, true);
        if !self.shared.one_word {
            return self.add_values(&columns, &tested);
        }
        let Some(column) = columns.first() else { return Ok(()) };
        words(column.as_ref(), &mut self.scratch)?;
        let scratch = &self.scratch;
        if let Some((bitmap, _)) = &self.shared.bitmap {
            return match &tested.mask {
                None => bitmap.mark(scratch.iter().copied()).map(drop),
                Some(mask) => bitmap.mark(mask.set_indices().map(|row| scratch[row])).map(drop),
            };
        }
        tested.each(|row| {
            if self.words.is_full() {
                granted(&mut self.held, self.words.grown_memory())?;
            }
            self.words.insert(scratch[row]);
            Ok(())
        })?;
        granted(&mut self.held, self.words.memory())
    }

    fn add_values(&mut self, columns: &[ArrayRef], tested: &Tested) -> Result<(), MetricError> {
        let rows = Rows::new(columns)?;
        rows.hash(&mut self.scratch);
        let (values, bytes, held) = (&mut self.values, &mut self.bytes, &mut self.held);
        rows.each_value(&self.scratch, tested, |hash, row, count| {
            rows.write(row, bytes);
            if values.add(hash, bytes, count) { granted(held, values.memory()) } else { Ok(()) }
        })
    }
}

fn granted(held: &mut Held, bytes: usize) -> Result<(), MetricError> {
    if held.resize(bytes) {
        return Ok(());
    }
    let text = "the keys of the other table do not fit the memory allowed: allow more with --memory";
    Err(MetricError { code: "out_of_memory", text: text.into() })
}

/// The columns in the types where both tables meet.
fn met(columns: &[ArrayRef], meet: &[Option<DataType>]) -> Result<Vec<ArrayRef>, MetricError> {
    let failed = |error: arrow::error::ArrowError| MetricError { code: "engine", text: error.to_string() };
    let met = columns.iter().zip(meet).map(|(column, ty)| match ty {
        // a value that does not fit becomes null
        Some(ty) => cast(column, ty).map_err(failed),
        None => Ok(Arc::clone(column)),
    });
    met.collect()
}

impl KeySet {
    /// Counts the rows of a block: tested are those without a null or unparsed part, failing those that are not there.
    pub fn tally(
        &self,
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
    ) -> Result<Tally, MetricError> {
        let parsed = Tested::of(columns, unparsed, selected, false);
        let tested = Tested::of(columns, unparsed, selected, true);
        Ok(Tally {
            selected: tested.selected,
            tested: tested.count,
            failing: self.orphans(columns, &tested)?.count_set_bits() as u64,
            nulls: parsed.count - tested.count,
            unparsed: parsed.selected - parsed.count,
            ..Tally::default()
        })
    }

    /// The failing rows of a block.
    pub fn members(
        &self,
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
    ) -> Result<BooleanBuffer, MetricError> {
        self.orphans(columns, &Tested::of(columns, unparsed, selected, true))
    }

    fn orphans(&self, columns: &[ArrayRef], tested: &Tested) -> Result<BooleanBuffer, MetricError> {
        let met = met(columns, &self.meet)?;
        let mut orphans = match &self.set {
            Set::Bits(bitmap) => lonely_words(&met, |word| bitmap.is_seen(word))?,
            Set::Words(set) => lonely_words(&met, |word| set.contains(word))?,
            Set::Values(values) => lonely_values(&met, values)?,
        };
        for unfit in
            met.iter().zip(&self.meet).filter(|(_, ty)| ty.is_some()).filter_map(|(column, _)| column.logical_nulls())
        {
            orphans = &orphans | &!unfit.inner();
        }
        Ok(tested.mask.as_ref().map_or_else(|| orphans.clone(), |mask| mask & &orphans))
    }
}

fn lonely_words(columns: &[ArrayRef], is_there: impl Fn(u64) -> bool) -> Result<BooleanBuffer, MetricError> {
    let mut scratch = Vec::new();
    columns.first().map_or(Ok(()), |column| words(column.as_ref(), &mut scratch))?;
    Ok(BooleanBuffer::collect_bool(scratch.len(), |row| !is_there(scratch[row])))
}

fn lonely_values(columns: &[ArrayRef], values: &Groups) -> Result<BooleanBuffer, MetricError> {
    let rows = Rows::new(columns)?;
    let (mut hashes, mut bytes) = (Vec::new(), Vec::new());
    rows.hash(&mut hashes);
    let mut is_lonely = |row: usize| {
        rows.write(row, &mut bytes);
        values.count(hashes[row], &bytes) == 0
    };
    if let Some((keys, n_entries)) = rows.dictionary() {
        let mut known = vec![None; n_entries + 1];
        let entry_is_lonely = |row: usize| *known[keys[row] as usize].get_or_insert_with(|| is_lonely(row));
        return Ok(BooleanBuffer::collect_bool(keys.len(), entry_is_lonely));
    }
    let look_ahead = |row: usize| {
        let ahead = hashes[row..].iter().take(BATCH);
        std::hint::black_box(ahead.fold(0, |all, hash| all ^ values.look(*hash)));
    };
    Ok(BooleanBuffer::collect_bool(hashes.len(), |row| {
        if row % BATCH == 0 {
            look_ahead(row);
        }
        is_lonely(row)
    }))
}

#[cfg(test)]
mod tests;
