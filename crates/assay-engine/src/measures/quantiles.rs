//! Quantiles by linear interpolation between neighbours (Hyndman and Fan's type 7), exact.
//!
//! Values are kept as whole numbers that sort like them. The two neighbours of each level are found by counting the
//! values into 65,536 equal ranges and looking only at the range that holds the wanted rank, until what is left fits
//! memory. Nothing is sorted, and what was written to disk is read a few times at most.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::types::{Decimal128Type, Decimal256Type};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, ToByteSlice};
use assay_core::measurement::{MetricError, Quantiles};

use super::keys::{Tested, is_word, overflow, plain_type, words};
use super::spill::{Extent, Held, SpillDir, SpillFile};
use crate::options::Budget;

/// Ranges that values are counted into at a time.
const RANGES: usize = 1 << 16;
/// Keys of the first chunk, which is small enough not to be counted, and of the largest.
const FIRST_CHUNK: usize = if cfg!(test) { 1 << 4 } else { 1 << 10 };
const LAST_CHUNK: usize = 1 << 17;
/// Keys that may be selected from without asking, and the most that are, rather than counted into ranges once more.
const FREE_KEYS: usize = if cfg!(test) { 1 << 4 } else { 1 << 13 };
const MOST_KEYS: u64 = 1 << 20;
/// Keys that are read back from disk at a time.
const PIECE: usize = 1 << 13;

/// A whole number that sorts like the value it stands for.
trait Key: Copy + Ord + std::fmt::Debug {
    /// `(self - low) >> shift`, for `low <= self` and a result below [`RANGES`].
    fn range_from(self, low: Self, shift: u32) -> usize;
    /// The smallest shift that keeps `self - low` below [`RANGES`].
    fn shift_from(self, low: Self) -> u32;
    /// `self + (range << shift)`.
    fn start_of(self, range: usize, shift: u32) -> Self;
    /// The last number of a range that begins here.
    fn end_of(self, shift: u32) -> Self;
    /// From as many bytes as it has.
    fn of_bytes(bytes: &[u8]) -> Self;
}

macro_rules! key {
    ($t:ty) => {
        impl Key for $t {
            fn range_from(self, low: Self, shift: u32) -> usize {
                ((self - low) >> shift) as usize
            }
            fn shift_from(self, low: Self) -> u32 {
                (<$t>::BITS - (self - low).leading_zeros()).saturating_sub(RANGES.ilog2())
            }
            fn start_of(self, range: usize, shift: u32) -> Self {
                self + ((range as $t) << shift)
            }
            fn end_of(self, shift: u32) -> Self {
                self.saturating_add((1 << shift) - 1)
            }
            fn of_bytes(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, <$t>::from_ne_bytes)
            }
        }
    };
}
key!(u64);
key!(u128);

/// What the keys of a column stand for.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Float,
    Unsigned,
    Signed { scale: i8 },
    Wide { scale: i8 },
}

/// Collects the values of a numeric column; shared by the threads of a scan.
#[derive(Debug)]
pub struct QuantileCounter {
    kind: Kind,
    ty: DataType,
    levels: Vec<u32>,
    budget: Budget,
    disk: Arc<Disk>,
}

#[derive(Debug)]
struct Disk {
    file: SpillFile,
    extents: Mutex<Vec<Extent>>,
}

/// What one thread collects.
#[derive(Debug)]
pub struct QuantileLocal {
    kind: Kind,
    ty: DataType,
    disk: Arc<Disk>,
    selected: u64,
    tested: u64,
    nan: u64,
    scratch: Vec<u64>,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Words(Chunks<u64>),
    Wide(Chunks<u128>),
}

impl QuantileCounter {
    /// For levels in millionths. An error for columns that are not integers, floats or decimals.
    pub fn new(ty: &DataType, levels: Vec<u32>, budget: Budget, spill: &SpillDir) -> Result<Self, MetricError> {
        let ty = plain_type(ty).clone();
        let kind = match &ty {
            ty if ty.is_floating() => Kind::Float,
            ty if ty.is_unsigned_integer() => Kind::Unsigned,
            ty if ty.is_signed_integer() => Kind::Signed { scale: 0 },
            DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) => Kind::Signed { scale: *scale },
            DataType::Decimal128(_, scale) if is_word(&ty) => Kind::Signed { scale: *scale },
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => Kind::Wide { scale: *scale },
            other => {
                return Err(MetricError {
                    code: "unsupported",
                    text: format!("quantiles are for numbers, not for {other}"),
                });
            }
        };
        let disk = Disk { file: SpillFile::new(spill), extents: Mutex::default() };
        Ok(QuantileCounter { kind, ty, levels, budget, disk: Arc::new(disk) })
    }

    /// What a thread collects with.
    pub fn local(&self) -> QuantileLocal {
        let keys = match self.kind {
            Kind::Wide { .. } => Keys::Wide(Chunks::new(&self.budget)),
            Kind::Float | Kind::Unsigned | Kind::Signed { .. } => Keys::Words(Chunks::new(&self.budget)),
        };
        let disk = Arc::clone(&self.disk);
        QuantileLocal {
            kind: self.kind,
            ty: self.ty.clone(),
            disk,
            selected: 0,
            tested: 0,
            nan: 0,
            scratch: vec![],
            keys,
        }
    }

    /// The quantiles of what the threads collected.
    pub fn finish(self, locals: Vec<QuantileLocal>) -> Result<Quantiles, MetricError> {
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        let mut quantiles = Quantiles { selected: 0, tested: 0, nan: 0, values: None };
        for local in locals {
            quantiles.selected += local.selected;
            quantiles.tested += local.tested;
            quantiles.nan += local.nan;
            match local.keys {
                Keys::Words(chunks) => narrow.push(chunks),
                Keys::Wide(chunks) => wide.push(chunks),
            }
        }
        if quantiles.tested > 0 {
            let of_narrow = |key: u64| narrow_value(key, self.kind);
            let of_wide = |key: u128| wide_value(key, self.kind);
            quantiles.values = Some(match self.kind {
                Kind::Wide { .. } => interpolate(&Ranked::new(&wide, &self.disk, &self.budget), &self.levels, of_wide)?,
                _ => interpolate(&Ranked::new(&narrow, &self.disk, &self.budget), &self.levels, of_narrow)?,
            });
        }
        Ok(quantiles)
    }
}

const SIGN: u64 = 1 << 63;

/// From the canonical word of a value.
fn narrow_key(word: u64, kind: Kind) -> u64 {
    match kind {
        Kind::Unsigned => word,
        Kind::Float if word & SIGN != 0 => !word,
        Kind::Float | Kind::Signed { .. } | Kind::Wide { .. } => word ^ SIGN,
    }
}

fn narrow_value(key: u64, kind: Kind) -> f64 {
    match kind {
        Kind::Unsigned => key as f64,
        Kind::Float if key & SIGN == 0 => f64::from_bits(!key),
        Kind::Float => f64::from_bits(key ^ SIGN),
        Kind::Signed { scale } | Kind::Wide { scale } => scaled((key ^ SIGN).cast_signed().into(), scale),
    }
}

fn wide_value(key: u128, kind: Kind) -> f64 {
    let scale = if let Kind::Wide { scale } = kind { scale } else { 0 };
    scaled((key ^ 1 << 127).cast_signed(), scale)
}

/// The float nearest to a decimal: reading its text rounds once, a division would round twice.
fn scaled(unscaled: i128, scale: i8) -> f64 {
    format!("{unscaled}e{}", -i32::from(scale)).parse().expect("it is written as a float is")
}

impl QuantileLocal {
    /// Collects the values of a block. The masks are as blocks have them.
    pub fn update(
        &mut self,
        column: &ArrayRef,
        unparsed: Option<&BooleanBuffer>,
        selected: Option<&BooleanBuffer>,
    ) -> Result<(), MetricError> {
        let tested = Tested::of(std::slice::from_ref(column), &[unparsed.cloned()], selected, true);
        self.selected += tested.selected;
        self.tested += tested.count;
        let (kind, disk) = (self.kind, &self.disk);
        match &mut self.keys {
            Keys::Words(chunks) => {
                words(column.as_ref(), &mut self.scratch)?;
                let nan = if matches!(kind, Kind::Float) { f64::NAN.to_bits() } else { 0 };
                let mut n_nan = 0;
                tested.each(|row| {
                    let word = self.scratch[row];
                    if nan != 0 && word == nan {
                        n_nan += 1;
                        return Ok(());
                    }
                    chunks.push(narrow_key(word, kind), disk)
                })?;
                self.nan += n_nan;
                self.tested -= n_nan;
                Ok(())
            }
            Keys::Wide(chunks) => {
                let plain = arrow::compute::cast(column, &self.ty);
                let plain = plain.map_err(|error| MetricError { code: "engine", text: error.to_string() })?;
                tested.each(|row| chunks.push(wide_at(plain.as_ref(), row)?.cast_unsigned() ^ 1 << 127, disk))
            }
        }
    }
}

fn wide_at(array: &dyn Array, row: usize) -> Result<i128, MetricError> {
    if let Some(array) = array.as_primitive_opt::<Decimal128Type>() {
        return Ok(array.value(row));
    }
    let value = array.as_primitive::<Decimal256Type>().value(row);
    value.to_i128().ok_or_else(|| {
        overflow(format!("the unscaled value {value} needs more than 128 bits: quantiles do not reach so far"))
    })
}

/// One thread's keys.
#[derive(Debug)]
struct Chunks<K> {
    full: Vec<Vec<K>>,
    open: Vec<K>,
    held: Held,
}

impl<K: Key> Chunks<K>
where
    [K]: ToByteSlice,
{
    fn new(budget: &Budget) -> Self {
        Chunks { full: Vec::new(), open: Vec::new(), held: Held::nothing(budget) }
    }

    #[inline]
    fn push(&mut self, key: K, disk: &Disk) -> Result<(), MetricError> {
        if self.open.len() == self.open.capacity() {
            self.grow(disk)?;
        }
        self.open.push(key);
        Ok(())
    }

    #[cold]
    fn grow(&mut self, disk: &Disk) -> Result<(), MetricError> {
        let capacity = (self.open.capacity() * 2).clamp(FIRST_CHUNK, LAST_CHUNK);
        if capacity > FIRST_CHUNK && !self.held.more(capacity * size_of::<K>()) {
            let chunks = self.full.iter().chain([&self.open]);
            let extent = disk.file.append(chunks.map(|chunk| chunk.as_slice().to_byte_slice()))?;
            disk.extents.lock().unwrap_or_else(PoisonError::into_inner).push(extent);
            self.full = Vec::new();
            self.open.clear();
            self.open.shrink_to(FIRST_CHUNK);
            self.held.release();
            return Ok(());
        }
        let full = std::mem::replace(&mut self.open, Vec::with_capacity(capacity));
        self.full.push(full);
        Ok(())
    }
}

/// All keys of a column, to be asked for those at given ranks.
struct Ranked<'a, K> {
    chunks: &'a [Chunks<K>],
    disk: &'a Disk,
    budget: &'a Budget,
}

/// The keys from `low` to `high`, of which there are `count`, after `before` smaller ones.
#[derive(Debug, Clone, Copy)]
struct Span<K> {
    low: K,
    high: K,
    before: u64,
    count: u64,
}

impl<'a, K: Key> Ranked<'a, K> {
    fn new(chunks: &'a [Chunks<K>], disk: &'a Disk, budget: &'a Budget) -> Self {
        Ranked { chunks, disk, budget }
    }

    fn each_piece(&self, mut visit: impl FnMut(&[K])) -> Result<(), MetricError> {
        for chunks in self.chunks {
            chunks.full.iter().chain([&chunks.open]).for_each(|chunk| visit(chunk));
        }
        let extents = self.disk.extents.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut bytes, mut keys) = (Vec::new(), Vec::new());
        for extent in extents {
            for from in (0..extent.len).step_by(PIECE * size_of::<K>()) {
                let len = (extent.len - from).min(PIECE * size_of::<K>());
                self.disk.file.read(extent, from, len, &mut bytes)?;
                keys.clear();
                keys.extend(bytes.chunks_exact(size_of::<K>()).map(K::of_bytes));
                visit(&keys);
            }
        }
        Ok(())
    }

    /// All keys; `None`: there are none.
    fn whole(&self) -> Result<Option<Span<K>>, MetricError> {
        let mut span: Option<Span<K>> = None;
        self.each_piece(|piece| {
            let Some(first) = piece.first() else { return };
            let (low, high) = piece.iter().fold((*first, *first), |(low, high), key| (low.min(*key), high.max(*key)));
            let old = span.unwrap_or(Span { low, high, before: 0, count: 0 });
            span = Some(Span {
                low: old.low.min(low),
                high: old.high.max(high),
                before: 0,
                count: old.count + piece.len() as u64,
            });
        })?;
        Ok(span)
    }

    /// Answers the keys at the ascending ranks, all of which lie in the span.
    fn select(&self, span: Span<K>, ranks: &[u64], answers: &mut Vec<K>) -> Result<(), MetricError> {
        if span.low == span.high {
            answers.extend(ranks.iter().map(|_| span.low));
            return Ok(());
        }
        let mut held = Held::nothing(self.budget);
        let n_keys = span.count as usize;
        if n_keys <= FREE_KEYS || (span.count <= MOST_KEYS && held.more(n_keys * size_of::<K>())) {
            return self.select_in_memory(span, ranks, answers);
        }
        let shift = span.high.shift_from(span.low);
        let mut counts = vec![0_u64; RANGES];
        self.each_piece(|piece| {
            for key in piece.iter().filter(|key| (span.low..=span.high).contains(key)) {
                counts[key.range_from(span.low, shift)] += 1;
            }
        })?;
        let (mut before, mut ranks, mut parts) = (span.before, ranks, Vec::new());
        for (range, count) in counts.into_iter().enumerate() {
            let (here, later) = ranks.split_at(ranks.partition_point(|rank| *rank < before + count));
            if !here.is_empty() {
                let low = span.low.start_of(range, shift);
                parts.push((Span { low, high: low.end_of(shift).min(span.high), before, count }, here));
            }
            before += count;
            ranks = later;
        }
        parts.into_iter().try_for_each(|(part, ranks)| self.select(part, ranks, answers))
    }

    fn select_in_memory(&self, span: Span<K>, ranks: &[u64], answers: &mut Vec<K>) -> Result<(), MetricError> {
        let mut keys = Vec::with_capacity(span.count as usize);
        self.each_piece(|piece| keys.extend(piece.iter().filter(|key| (span.low..=span.high).contains(key))))?;
        let mut from = 0;
        for rank in ranks {
            let at = (rank - span.before) as usize;
            // everything before `from` is in place and not larger
            let (_, key, _) = keys[from..].select_nth_unstable(at - from);
            answers.push(*key);
            from = at;
        }
        Ok(())
    }
}

/// The values at the levels. With n values the level p lies at (n - 1) p, counted from the smallest; between two
/// values on the straight line through them.
fn interpolate<K: Key>(
    keys: &Ranked<'_, K>,
    levels: &[u32],
    value: impl Fn(K) -> f64,
) -> Result<Vec<f64>, MetricError> {
    let Some(whole) = keys.whole()? else { return Ok(Vec::new()) };
    let last = whole.count - 1;
    let place = |level: &u32| {
        let millionths = u128::from(last) * u128::from((*level).min(1_000_000));
        ((millionths / 1_000_000) as u64, (millionths % 1_000_000) as f64 / 1e6)
    };
    let mut ranks: Vec<u64> =
        levels.iter().map(|level| place(level).0).flat_map(|rank| [rank, last.min(rank + 1)]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut answers = Vec::new();
    keys.select(whole, &ranks, &mut answers)?;
    let at = |rank: u64| ranks.binary_search(&rank).map_or(f64::NAN, |at| value(answers[at]));
    Ok(levels.iter().map(place).map(|(rank, part)| between(at(rank), at(last.min(rank + 1)), part)).collect())
}

fn between(low: f64, high: f64, part: f64) -> f64 {
    // infinities stand for themselves, and the step between two large values must not become infinite
    if part == 0.0 || low == high {
        low
    } else if (high - low).is_finite() {
        low + (high - low) * part
    } else {
        low * (1.0 - part) + high * part
    }
}

#[cfg(test)]
mod tests;
