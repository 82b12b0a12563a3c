//! The labels of another table by the id they belong to, held in memory while the live table is read.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use assay_core::drift::category::{Category, CategoryKind, mix};
use assay_core::drift::live::CategorySet;
use assay_core::measurement::MetricError;
use hashbrown::HashMap;

use super::coder::{Coder, NAN, NULL};
use super::numbers::{Picked, numbers};
use crate::arrow_types::value_at;
use crate::block::Block;
use crate::error::arrow;
use crate::options::Budget;
use crate::rows::validity;
use crate::scan::{Place, Worker};

/// An id in 128 bits: equal ids of every type and encoding have equal ones (see `Category`), and that two different
/// ones of 10^9 share one has a chance of about 10^-20.
pub(crate) type Key = [u64; 2];

/// A label: the bits of a number, or the index of a class.
const NO_VALUE: u64 = u64::MAX;
const CONTRADICTION: u64 = u64::MAX - 1;

/// Bytes that an entry takes with its share of the table's empty ones.
const ENTRY: usize = 48;
const AT_ONCE: usize = 4_096;

/// Classes that labels may have.
pub(crate) const MOST_CLASSES: usize = 10_000;

/// What is known of an id's label.
pub(crate) enum Found {
    Nothing,
    Null,
    Conflict,
    /// The bits of a number, or the index of a class.
    Label(u64),
}

/// Labels by id.
pub(crate) struct LabelMap {
    labels: HashMap<Key, u64>,
    /// The classes of a classification.
    pub(crate) classes: Vec<Category>,
}

/// A worker that gathers the labels of its blocks.
pub(crate) struct Gather {
    /// Places of key and label.
    at: (usize, usize),
    classes: Option<Coder>,
    labels: HashMap<Key, u64>,
    budget: Budget,
    /// Entries that the budget was asked for.
    room: usize,
    table: String,
    keys: Vec<Option<Key>>,
    codes: Vec<u32>,
    buffer: Vec<f64>,
}

impl Gather {
    pub(crate) fn new(at: (usize, usize), classes: bool, budget: Budget, table: &str) -> Self {
        let classes = classes.then(|| Coder::new(&CategorySet::default()));
        Gather {
            at,
            classes,
            labels: HashMap::new(),
            budget,
            room: 0,
            table: table.into(),
            keys: Vec::new(),
            codes: Vec::new(),
            buffer: Vec::new(),
        }
    }

    fn add(&mut self, key: Key, label: u64) -> Result<(), MetricError> {
        if self.labels.len() == self.room && !self.labels.contains_key(&key) {
            if !self.budget.take(AT_ONCE * ENTRY) {
                return Err(too_large(&self.table, self.labels.len()));
            }
            self.room += AT_ONCE;
        }
        self.labels.entry(key).and_modify(|known| *known = joined(*known, label)).or_insert(label);
        Ok(())
    }

    /// The labels of all workers.
    pub(crate) fn finish(workers: Vec<Gather>) -> Result<LabelMap, MetricError> {
        let mut all: Option<Gather> = None;
        for mut worker in workers {
            let Some(all) = &mut all else {
                all = Some(worker);
                continue;
            };
            // classes have the number by which each worker met them first
            let classes = match (&mut all.classes, &worker.classes) {
                (Some(all), Some(theirs)) => {
                    Some(theirs.unseen.iter().map(|(_, class)| u64::from(all.class(class))).collect::<Vec<_>>())
                }
                _ => None,
            };
            // what was room for is handed over with the entries; equal keys need it only once
            worker.budget.give(worker.room * ENTRY);
            for (key, label) in worker.labels.drain() {
                let label = match &classes {
                    Some(classes) if label < CONTRADICTION => classes[label as usize],
                    _ => label,
                };
                all.add(key, label)?;
            }
        }
        let (labels, classes) = all.map_or_else(Default::default, |all| (all.labels, all.classes));
        let classes: Vec<Category> =
            classes.map_or_else(Vec::new, |coder| coder.unseen.into_iter().map(|(_, class)| class).collect());
        Ok(LabelMap { labels, classes })
    }
}

impl Worker for Gather {
    fn block(&mut self, _at: Place, block: &Block) -> Result<(), MetricError> {
        let (key, label) = (block.batch.column(self.at.0), block.batch.column(self.at.1));
        let mut ids = std::mem::take(&mut self.keys);
        ids.clear();
        keys(key, &mut ids)?;
        if let Some(coder) = &mut self.classes {
            self.codes.clear();
            coder.code(label, Picked::All(block.rows()), &mut self.codes)?;
            too_many_classes(coder.unseen.len())?;
            let (first, codes) = (coder.first_unseen(), std::mem::take(&mut self.codes));
            for (id, code) in ids.iter().zip(&codes) {
                let Some(id) = id else { continue };
                self.add(*id, if matches!(*code, NULL | NAN) { NO_VALUE } else { u64::from(code - first) })?;
            }
            self.codes = codes;
        } else {
            let mut buffer = std::mem::take(&mut self.buffer);
            let numbers = numbers(label, &mut buffer)?;
            for (row, id) in ids.iter().enumerate() {
                let Some(id) = id else { continue };
                // + 0.0: -0.0 and 0.0 do not contradict each other
                self.add(*id, numbers.get(row).map_or(NO_VALUE, |label| (label + 0.0).to_bits()))?;
            }
            self.buffer = buffer;
        }
        self.keys = ids;
        Ok(())
    }
}

/// An error where there are more classes than any classifier has.
pub(crate) fn too_many_classes(classes: usize) -> Result<(), MetricError> {
    if classes <= MOST_CLASSES {
        return Ok(());
    }
    let text = format!("more than {MOST_CLASSES} classes: is this a regression (`task: regression`)?");
    Err(MetricError { code: "unsupported", text })
}

fn too_large(table: &str, entries: usize) -> MetricError {
    let text = format!(
        "{table}: its labels do not fit into the memory allowed (after {entries} ids of one thread); allow more with \
         `--memory`, or name a label table of fewer rows"
    );
    MetricError { code: "out_of_memory", text }
}

/// What two label rows of one id say together: a null says nothing, two different values contradict each other.
fn joined(a: u64, b: u64) -> u64 {
    match (a, b) {
        (NO_VALUE, other) | (other, NO_VALUE) => other,
        (a, b) if a == b => a,
        _ => CONTRADICTION,
    }
}

impl LabelMap {
    pub(crate) fn get(&self, key: &Key) -> Found {
        match self.labels.get(key) {
            None => Found::Nothing,
            Some(&NO_VALUE) => Found::Null,
            Some(&CONTRADICTION) => Found::Conflict,
            Some(&label) => Found::Label(label),
        }
    }
}

/// The ids of a block; `None` for null and NaN.
pub(crate) fn keys(array: &ArrayRef, out: &mut Vec<Option<Key>>) -> Result<(), MetricError> {
    let valid = validity(array);
    let is_valid = |row: usize| valid.as_ref().is_none_or(|valid| valid.value(row));
    let mut texts = |text: &dyn Fn(usize) -> Key| {
        out.extend((0..array.len()).map(|row| is_valid(row).then(|| text(row))));
    };
    let of_text = |text: &str| hashed(CategoryKind::Text, text.as_bytes());
    match array.data_type() {
        DataType::Utf8 => texts(&|row| of_text(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => texts(&|row| of_text(array.as_string::<i64>().value(row))),
        DataType::Utf8View => texts(&|row| of_text(array.as_string_view().value(row))),
        DataType::Dictionary(_, value) => return keys(&cast(array, value).map_err(arrow)?, out),
        _ => {
            for row in 0..array.len() {
                let category = value_at(array, row).and_then(|value| Category::of(&value));
                out.push(category.map(|category| hashed(category.kind, category.text.as_bytes())));
            }
        }
    }
    Ok(())
}

/// Two 64-bit hashes by folded multiplication, each word going into both under different constants.
fn hashed(kind: CategoryKind, text: &[u8]) -> Key {
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ ((product >> 64) as u64)
    };
    let mut a = 0x9e37_79b9_7f4a_7c15 ^ (kind as u64);
    let mut b = 0xc2b2_ae3d_27d4_eb4f ^ (text.len() as u64);
    for bytes in text.chunks(8) {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        a = fold(a ^ word, 0x2d35_8dcc_aa6c_78a5).wrapping_add(word);
        b = fold(b.rotate_left(17) ^ word, 0x8bb8_4b93_962e_acc9) ^ a.rotate_left(29);
    }
    [mix(a), mix(b ^ a.rotate_left(32))]
}
