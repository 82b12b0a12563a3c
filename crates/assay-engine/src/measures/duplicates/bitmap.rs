//! Whole numbers that lie close together: one bit for "seen", one for "seen again".

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arrow::datatypes::{DataType, TimeUnit};
use assay_core::measurement::MetricError;
use assay_core::value::Value;

use crate::measures::keys::plain_type;

/// A range of at most so many times the number of rows is worth a bitmap.
const ROOM_PER_ROW: i128 = 32;
/// Words of a page of "seen again".
const PAGE: usize = 4096;

/// The two bitmaps, shared by all threads.
#[derive(Debug)]
pub(crate) struct Bitmaps {
    min: u64,
    span: u64,
    seen: Vec<AtomicU64>,
    /// Made when something repeats there: for a column without duplicates it costs nothing.
    again: Vec<OnceLock<Box<[AtomicU64]>>>,
}

/// The canonical words of the smallest and largest value that footers tell, as [`DuplicatePlan`](super::DuplicatePlan)
/// takes them; `None`: the type is not one that a bitmap is for.
pub fn word_range(ty: &DataType, min: &Value, max: &Value) -> Option<(i128, i128)> {
    let word = |value: &Value| -> Option<i128> {
        let nanos_per = |unit: &TimeUnit| match unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Nanosecond => 1,
        };
        Some(match (plain_type(ty), value) {
            (ty, Value::Int(v)) if ty.is_integer() => *v,
            (DataType::Date32 | DataType::Date64, Value::Date(days)) => i128::from(*days),
            (DataType::Timestamp(unit, _), Value::Naive(nanos) | Value::Instant(nanos)) => {
                nanos.div_euclid(nanos_per(unit))
            }
            (DataType::Duration(unit), Value::Duration(nanos)) => nanos.div_euclid(nanos_per(unit)),
            (DataType::Time32(unit) | DataType::Time64(unit), Value::Time(nanos)) => {
                i128::from(*nanos).div_euclid(nanos_per(unit))
            }
            (DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale), Value::Decimal(v)) => unscaled(v, *scale)?,
            (DataType::Decimal128(precision, scale), Value::Decimal(v)) if *precision <= 18 => unscaled(v, *scale)?,
            _ => return None,
        })
    };
    Some((word(min)?, word(max)?))
}

fn unscaled(value: &bigdecimal::BigDecimal, scale: i8) -> Option<i128> {
    let (digits, _) = value.with_scale(i64::from(scale)).into_bigint_and_exponent();
    i128::try_from(digits).ok()
}

impl Bitmaps {
    /// The bytes that bitmaps for the range would take; `None`: it is too wide for so many rows.
    pub(crate) fn bytes((min, max): (i128, i128), rows: u64) -> Option<usize> {
        let span = max.checked_sub(min)?;
        let fits = (0..=ROOM_PER_ROW * i128::from(rows)).contains(&span);
        let in_words =
            min >= i128::from(i64::MIN) && max <= i128::from(u64::MAX) && (min >= 0 || max <= i128::from(i64::MAX));
        (fits && in_words).then(|| usize::try_from(span).ok()).flatten().map(|span| (span / 64 + 1) * 16)
    }

    /// Empty bitmaps for a range that [`Bitmaps::bytes`] accepts.
    pub(crate) fn new((min, max): (i128, i128)) -> Self {
        let span = (max - min) as u64;
        let n_words = (span / 64 + 1) as usize;
        Bitmaps {
            min: min as u64,
            span,
            seen: zeros(n_words).into_vec(),
            again: (0..n_words.div_ceil(PAGE)).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Marks the words; answers how many had been seen before. Neighbours in one word of the bitmap are marked at once.
    pub(crate) fn mark(&self, words: impl Iterator<Item = u64>) -> Result<u64, MetricError> {
        let mut repeats = 0;
        let (mut at, mut bits) = (0, 0);
        for word in words {
            let offset = word.wrapping_sub(self.min);
            if offset > self.span {
                return Err(outside());
            }
            let bit = 1 << (offset % 64);
            let place = (offset / 64) as usize;
            if place != at || bits & bit != 0 {
                repeats += self.mark_bits(at, bits);
                (at, bits) = (place, 0);
            }
            bits |= bit;
        }
        Ok(repeats + self.mark_bits(at, bits))
    }

    fn mark_bits(&self, at: usize, bits: u64) -> u64 {
        let again = self.seen[at].fetch_or(bits, Relaxed) & bits;
        if again != 0 {
            let page = self.again[at / PAGE].get_or_init(|| zeros(PAGE.min(self.seen.len() - at / PAGE * PAGE)));
            page[at % PAGE].fetch_or(again, Relaxed);
        }
        u64::from(again.count_ones())
    }

    /// How many values were seen more than once.
    pub(crate) fn groups(&self) -> u64 {
        let pages = self.again.iter().filter_map(OnceLock::get);
        pages.flatten().map(|bits| u64::from(bits.load(Relaxed).count_ones())).sum()
    }

    /// Whether a value was seen more than once.
    pub(crate) fn is_repeated(&self, word: u64) -> Result<bool, MetricError> {
        let offset = word.wrapping_sub(self.min);
        if offset > self.span {
            return Err(outside());
        }
        let at = (offset / 64) as usize;
        Ok(self.again[at / PAGE].get().is_some_and(|page| page[at % PAGE].load(Relaxed) >> (offset % 64) & 1 == 1))
    }

    /// Whether a value was seen.
    pub(crate) fn is_seen(&self, word: u64) -> bool {
        let offset = word.wrapping_sub(self.min);
        offset <= self.span && self.seen[(offset / 64) as usize].load(Relaxed) >> (offset % 64) & 1 == 1
    }

    /// Lets go of "seen"; answers the bytes still held.
    pub(crate) fn keep_repeats(&mut self) -> usize {
        self.seen = Vec::new();
        self.again.iter().filter_map(OnceLock::get).map(|page| page.len() * 8).sum()
    }
}

fn zeros(n_words: usize) -> Box<[AtomicU64]> {
    (0..n_words).map(|_| AtomicU64::new(0)).collect()
}

fn outside() -> MetricError {
    MetricError {
        code: "unreadable",
        text: "a value lies outside the smallest and largest that the file's footer states: the file is damaged, or use --no-footers".into(),
    }
}
