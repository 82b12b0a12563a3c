//! Key values of rows in one canonical form, whatever the encoding of a block.
//!
//! Two cells are the same value exactly if their canonical forms are equal: -0.0 is 0.0, every NaN is the same, text
//! is the same as a plain array, a view or a dictionary. Values of at most 64 bits are one word, which allows sorting
//! instead of hashing; everything else has canonical bytes and a hash of them.

use arrow::array::types::{Decimal128Type, Decimal256Type, IntervalMonthDayNanoType};
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, IntervalMonthDayNano};
use assay_core::measurement::MetricError;

use self::words::{entries, signed};
pub(crate) use self::words::{is_word, mixed, plain_type, words};

mod words;

/// Which rows of a block take part.
pub(crate) struct Tested {
    /// Rows in the block.
    rows: usize,
    /// Rows the filter selects.
    pub(crate) selected: u64,
    /// Rows that are tested.
    pub(crate) count: u64,
    /// The same as a mask; `None`: all.
    pub(crate) mask: Option<BooleanBuffer>,
}

impl Tested {
    /// Selected rows whose parts all parsed and, where `skip_nulls`, are all present.
    pub(crate) fn of(
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
        skip_nulls: bool,
    ) -> Self {
        let rows = columns.first().map_or(0, |column| column.len());
        let mut mask = selected.cloned();
        let mut keep =
            |rows: BooleanBuffer| mask = Some(mask.as_ref().map_or_else(|| rows.clone(), |mask| mask & &rows));
        for bad in unparsed.iter().flatten() {
            keep(!bad);
        }
        for nulls in columns.iter().filter(|_| skip_nulls).filter_map(|column| column.logical_nulls()) {
            keep(nulls.into_inner());
        }
        let count = |mask: Option<&BooleanBuffer>| mask.map_or(rows, BooleanBuffer::count_set_bits) as u64;
        Tested { rows, selected: count(selected), count: count(mask.as_ref()), mask }
    }

    /// Calls `visit` with every tested row in order.
    pub(crate) fn each<E>(&self, mut visit: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        match &self.mask {
            None => (0..self.rows).try_for_each(visit),
            Some(mask) => mask.set_indices().try_for_each(&mut visit),
        }
    }

    /// The tested rows for which `holds`.
    pub(crate) fn filter<E>(&self, mut holds: impl FnMut(usize) -> Result<bool, E>) -> Result<BooleanBuffer, E> {
        let mut bits = arrow::array::BooleanBufferBuilder::new(self.rows);
        bits.append_n(self.rows, false);
        self.each(|row| {
            if holds(row)? {
                bits.set_bit(row, true);
            }
            Ok(())
        })?;
        Ok(bits.finish())
    }
}

fn unsupported(ty: &DataType) -> MetricError {
    MetricError { code: "unsupported", text: format!("values of the type {ty} cannot be compared") }
}

pub(crate) fn overflow(text: String) -> MetricError {
    MetricError { code: "overflow", text }
}

/// The key columns of a block.
pub(crate) struct Rows<'a> {
    columns: Vec<KeyColumn<'a>>,
    n_rows: usize,
}

struct KeyColumn<'a> {
    cells: Cells<'a>,
    nulls: Option<NullBuffer>,
}

enum Cells<'a> {
    /// So many words for each row.
    Words { words: Vec<u64>, per_row: usize },
    /// Text or bytes.
    Bytes(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
    /// Entries of a dictionary or of runs; the one after the last stands for null.
    Dictionary { keys: Vec<u32>, entries: Box<KeyColumn<'a>>, n_entries: usize },
    /// For each row a range of items.
    Items { ranges: Vec<(usize, usize)>, items: Box<KeyColumn<'a>> },
    /// The fields of a struct.
    Fields(Vec<KeyColumn<'a>>),
    /// Nothing but nulls.
    Nothing,
}

/// The cell hash of a null: any constant will do, for rows of equal hashes are compared by value.
const NULL: u64 = 0x9e37_79b9_7f4a_7c15;
const SEED: u64 = 0x243f_6a88_85a3_08d3;
const FIRST: u64 = 0xa409_3822_299f_31d1;
const SECOND: u64 = 0x082e_fa98_ec4e_6c89 | 1;

/// Folded multiplication: both halves of the 128-bit product, which mixes every bit of the input into all of the output.
fn fold(value: u64, by: u64) -> u64 {
    let product = u128::from(value) * u128::from(by);
    product as u64 ^ (product >> 64) as u64
}

/// A hash of bytes, sixteen at a time. Its quality decides the speed only: equal hashes are compared by value.
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = SEED ^ bytes.len() as u64;
    let (sixteens, rest) = bytes.as_chunks::<16>();
    for sixteen in sixteens {
        state = hash_sixteen(state, sixteen);
    }
    if !rest.is_empty() {
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        state = hash_sixteen(state, &last);
    }
    fold(state, SECOND)
}

fn hash_sixteen(state: u64, bytes: &[u8; 16]) -> u64 {
    let both = u128::from_le_bytes(*bytes);
    let product = u128::from(state ^ both as u64) * u128::from(FIRST ^ (both >> 64) as u64);
    product as u64 ^ (product >> 64) as u64
}

impl<'a> Rows<'a> {
    /// Prepares the columns of a block, or of a part of it.
    pub(crate) fn new(columns: &'a [ArrayRef]) -> Result<Self, MetricError> {
        let n_rows = columns.first().map_or(0, |column| column.len());
        Ok(Rows {
            columns: columns.iter().map(|column| KeyColumn::new(column.as_ref())).collect::<Result<_, _>>()?,
            n_rows,
        })
    }

    /// The hash of every row, replacing what `out` holds.
    pub(crate) fn hash(&self, out: &mut Vec<u64>) {
        out.clear();
        out.resize(self.n_rows, SEED);
        for column in &self.columns {
            column.each_hash(self.n_rows, |row, cell| out[row] = fold(out[row] ^ cell, FIRST));
        }
    }

    /// The canonical bytes of a row, replacing what `out` holds.
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.clear();
        for (at, column) in self.columns.iter().enumerate() {
            column.write(row, at + 1 == self.columns.len(), out);
        }
    }

    /// Where the only column is a dictionary of fewer entries than rows: the entry of every row, and how many entries
    /// there are (null is one more).
    pub(crate) fn dictionary(&self) -> Option<(&[u32], usize)> {
        match self.columns.as_slice() {
            [KeyColumn { cells: Cells::Dictionary { keys, n_entries, .. }, .. }] if *n_entries < self.n_rows => {
                Some((keys, *n_entries))
            }
            _ => None,
        }
    }

    /// Visits the values of the tested rows: hash, a row that has it, and how many rows more. `hashes` are those of
    /// [`Rows::hash`]. Where the only column is a dictionary, each entry is visited once.
    pub(crate) fn each_value<E>(
        &self,
        hashes: &[u64],
        tested: &Tested,
        mut visit: impl FnMut(u64, usize, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((keys, n_entries)) = self.dictionary() else {
            return tested.each(|row| visit(hashes[row], row, 1));
        };
        let mut counts = vec![(0, 0); n_entries + 1];
        tested.each(|row| {
            let (count, last_row) = &mut counts[keys[row] as usize];
            (*count, *last_row) = (*count + 1, row);
            Ok(())
        })?;
        counts.into_iter().filter(|entry| entry.0 > 0).try_for_each(|(count, row)| visit(hashes[row], row, count))
    }
}

impl<'a> KeyColumn<'a> {
    fn new(array: &'a dyn Array) -> Result<Self, MetricError> {
        let nulls = array.logical_nulls();
        let cells = match array.data_type() {
            ty if is_word(ty) => {
                let mut out = Vec::new();
                words(array, &mut out)?;
                Cells::Words { words: out, per_row: 1 }
            }
            DataType::Utf8 => bytes(array.as_string::<i32>(), |a, row| a.value(row).as_bytes()),
            DataType::LargeUtf8 => bytes(array.as_string::<i64>(), |a, row| a.value(row).as_bytes()),
            DataType::Utf8View => bytes(array.as_string_view(), |a, row| a.value(row).as_bytes()),
            DataType::Binary => bytes(array.as_binary::<i32>(), |a, row| a.value(row)),
            DataType::LargeBinary => bytes(array.as_binary::<i64>(), |a, row| a.value(row)),
            DataType::BinaryView => bytes(array.as_binary_view(), |a, row| a.value(row)),
            DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary(), |a, row| a.value(row)),
            DataType::Decimal128(..) => {
                wide(array.as_primitive::<Decimal128Type>().values().iter().map(|v| v.to_le_bytes()))
            }
            DataType::Decimal256(..) => {
                wide(array.as_primitive::<Decimal256Type>().values().iter().map(|v| v.to_le_bytes()))
            }
            DataType::Interval(_) => {
                let values = array.as_primitive::<IntervalMonthDayNanoType>().values();
                let parts = |v: &IntervalMonthDayNano| {
                    [(v.months as u32 as u64) << 32 | v.days as u32 as u64, signed(v.nanoseconds)]
                };
                Cells::Words { words: values.iter().flat_map(parts).collect(), per_row: 2 }
            }
            DataType::List(_) => list::<i32>(array)?,
            DataType::LargeList(_) => list::<i64>(array)?,
            DataType::ListView(_) => list_view::<i32>(array)?,
            DataType::LargeListView(_) => list_view::<i64>(array)?,
            DataType::FixedSizeList(..) => {
                let lists = array.as_fixed_size_list();
                let len = lists.value_length() as usize;
                items((0..lists.len()).map(|row| (row * len, (row + 1) * len)).collect(), lists.values().as_ref())?
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let ranges = map.value_offsets().windows(2).map(|w| (w[0] as usize, w[1] as usize)).collect();
                items(ranges, map.entries())?
            }
            DataType::Struct(_) => Cells::Fields(
                array.as_struct().columns().iter().map(|c| KeyColumn::new(c.as_ref())).collect::<Result<_, _>>()?,
            ),
            DataType::Null => Cells::Nothing,
            other => {
                let (mut keys, values) = entries(array).ok_or_else(|| unsupported(other))?;
                for row in nulls.iter().flat_map(|nulls| (0..nulls.len()).filter(|row| nulls.is_null(*row))) {
                    keys[row] = values.len() as u32;
                }
                Cells::Dictionary { keys, entries: Box::new(KeyColumn::new(values.as_ref())?), n_entries: values.len() }
            }
        };
        Ok(KeyColumn { cells, nulls })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    fn each_hash(&self, n_rows: usize, mut visit: impl FnMut(usize, u64)) {
        match (&self.cells, &self.nulls) {
            (Cells::Words { words, per_row: 1 }, None) => {
                words.iter().enumerate().for_each(|(row, word)| visit(row, *word))
            }
            (Cells::Dictionary { keys, entries, n_entries }, _) if *n_entries <= n_rows => {
                let mut scratch = Vec::new();
                let mut hashes: Vec<u64> =
                    (0..*n_entries).map(|entry| entries.cell_hash(entry, &mut scratch)).collect();
                hashes.push(NULL);
                keys.iter().enumerate().for_each(|(row, key)| visit(row, hashes[*key as usize]));
            }
            _ => {
                let mut scratch = Vec::new();
                for row in 0..n_rows {
                    visit(row, self.cell_hash(row, &mut scratch));
                }
            }
        }
    }

    fn cell_hash(&self, row: usize, scratch: &mut Vec<u8>) -> u64 {
        if self.is_null(row) {
            return NULL;
        }
        match &self.cells {
            Cells::Words { words, per_row: 1 } => words[row],
            Cells::Bytes(bytes) => hash_bytes(bytes(row)),
            Cells::Dictionary { keys, entries, .. } => entries.cell_hash(keys[row] as usize, scratch),
            Cells::Words { .. } | Cells::Items { .. } | Cells::Fields(_) | Cells::Nothing => {
                scratch.clear();
                self.write(row, true, scratch);
                hash_bytes(scratch)
            }
        }
    }

    /// Every form ends where it says itself; only the last text of a row can do without its length.
    fn write(&self, row: usize, last: bool, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return out.push(0);
        }
        match &self.cells {
            Cells::Dictionary { keys, entries, .. } => return entries.write(keys[row] as usize, last, out),
            _ => out.push(1),
        }
        match &self.cells {
            Cells::Words { words, per_row } => {
                words[row * per_row..(row + 1) * per_row]
                    .iter()
                    .for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
            }
            Cells::Bytes(bytes) => {
                let bytes = bytes(row);
                if !last {
                    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                }
                out.extend_from_slice(bytes);
            }
            Cells::Items { ranges, items } => {
                let (start, end) = ranges[row];
                out.extend_from_slice(&((end - start) as u64).to_le_bytes());
                (start..end).for_each(|item| items.write(item, false, out));
            }
            Cells::Fields(fields) => fields.iter().for_each(|field| field.write(row, false, out)),
            Cells::Dictionary { .. } | Cells::Nothing => {}
        }
    }
}

fn bytes<'a, A>(array: &'a A, value: impl Fn(&'a A, usize) -> &'a [u8] + 'a) -> Cells<'a> {
    Cells::Bytes(Box::new(move |row| value(array, row)))
}

fn wide<'a, const N: usize>(values: impl Iterator<Item = [u8; N]>) -> Cells<'a> {
    let mut words = Vec::new();
    for value in values {
        words.extend(value.as_chunks::<8>().0.iter().map(|eight| u64::from_le_bytes(*eight)));
    }
    Cells::Words { words, per_row: N / 8 }
}

fn list<O: OffsetSizeTrait>(array: &dyn Array) -> Result<Cells<'_>, MetricError> {
    let lists = array.as_list::<O>();
    items(
        lists.value_offsets().windows(2).map(|w| (w[0].as_usize(), w[1].as_usize())).collect(),
        lists.values().as_ref(),
    )
}

fn list_view<O: OffsetSizeTrait>(array: &dyn Array) -> Result<Cells<'_>, MetricError> {
    let lists = array.as_list_view::<O>();
    let ranges =
        lists.offsets().iter().zip(lists.sizes()).map(|(at, len)| (at.as_usize(), at.as_usize() + len.as_usize()));
    items(ranges.collect(), lists.values().as_ref())
}

fn items<'a>(ranges: Vec<(usize, usize)>, values: &'a dyn Array) -> Result<Cells<'a>, MetricError> {
    Ok(Cells::Items { ranges, items: Box::new(KeyColumn::new(values)?) })
}
