//! Values as categories of a baseline: each value of a block becomes a small number, the same for equal values of
//! every type and encoding.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::*;
use assay_core::drift::category::{Category, CategoryKind, hash64};
use assay_core::drift::live::CategorySet;
use assay_core::measurement::MetricError;
use hashbrown::{HashMap, HashTable};

use super::numbers::Picked;
use crate::arrow_types::value_at;
use crate::error::arrow;
use crate::rows::validity;

/// The code of null.
pub(crate) const NULL: u32 = u32::MAX;
/// The code of NaN.
pub(crate) const NAN: u32 = u32::MAX - 1;

/// Codes of values that were seen before are remembered up to this many; then all are forgotten.
const REMEMBERED: usize = 1 << 16;

/// Gives codes: below `names` those of the categories kept by name, `names` itself for the tail, then one for each
/// unseen category, an index into [`Coder::unseen`].
#[derive(Debug)]
pub(crate) struct Coder {
    names: Vec<Category>,
    by_hash: HashTable<u32>,
    tail: Tail,
    /// Unseen categories with their hashes. Emptied by [`Coder::forget`].
    pub(crate) unseen: Vec<(u64, Category)>,
    /// Codes of words (see [`words`]) that came before.
    words: HashMap<u64, u32>,
    /// Codes of the small integers among them.
    small: Vec<u32>,
    texts: HashTable<u32>,
    dictionary: Option<Dictionary>,
}

/// The dictionary of the last block, kept alive so that its address stays its own, and the code of each entry.
#[derive(Debug)]
struct Dictionary {
    values: ArrayRef,
    codes: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX - 2;
const SMALL_FROM: i64 = -1024;
const SMALL: usize = 1 << 16;

impl Coder {
    pub(crate) fn new(set: &CategorySet) -> Self {
        let names = set.names.clone();
        let mut by_hash = HashTable::with_capacity(names.len());
        for (code, name) in names.iter().enumerate() {
            by_hash.insert_unique(name.hash64(), code as u32, |code| names[*code as usize].hash64());
        }
        Coder {
            names,
            by_hash,
            // where the tail could not be held, everything that has no name counts as unseen
            tail: Tail::new(if set.too_many { &[] } else { &set.tail }),
            unseen: Vec::new(),
            words: HashMap::new(),
            small: Vec::new(),
            texts: HashTable::new(),
            dictionary: None,
        }
    }

    /// The code of the first unseen category; the one before is the tail's.
    pub(crate) fn first_unseen(&self) -> u32 {
        self.names.len() as u32 + 1
    }

    /// Forgets unseen categories and codes where there are many. Codes given before are void then.
    pub(crate) fn forget(&mut self) {
        if self.unseen.len() + self.words.len() > REMEMBERED {
            self.unseen.clear();
            self.words.clear();
            self.texts.clear();
            self.small.clear();
            self.dictionary = None;
        }
    }

    /// The codes of some rows, appended to `codes`.
    pub(crate) fn code(
        &mut self,
        array: &ArrayRef,
        picked: Picked<'_>,
        codes: &mut Vec<u32>,
    ) -> Result<(), MetricError> {
        match array.data_type() {
            DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
                self.dictionary(array, picked, codes)
            }
            DataType::Dictionary(_, value) => self.code(&cast(array, value).map_err(arrow)?, picked, codes),
            DataType::RunEndEncoded(_, value) => {
                self.code(&cast(array, value.data_type()).map_err(arrow)?, picked, codes)
            }
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                self.texts(array, picked, codes, |row| texts.value(row))
            }
            DataType::LargeUtf8 => {
                let texts = array.as_string::<i64>();
                self.texts(array, picked, codes, |row| texts.value(row))
            }
            DataType::Utf8View => {
                let texts = array.as_string_view();
                self.texts(array, picked, codes, |row| texts.value(row))
            }
            _ => self.others(array, picked, codes),
        }
    }

    fn dictionary(&mut self, array: &ArrayRef, picked: Picked<'_>, codes: &mut Vec<u32>) -> Result<(), MetricError> {
        let array = array.as_dictionary::<Int32Type>();
        let values = array.values();
        let known = self.dictionary.as_ref().is_some_and(|known| same_texts(&known.values, values));
        if !known {
            let mut of_entries = Vec::with_capacity(values.len());
            self.code(values, Picked::All(values.len()), &mut of_entries)?;
            self.dictionary = Some(Dictionary { values: values.clone(), codes: of_entries });
        }
        let of_entries = &self.dictionary.as_ref().expect("it was set above").codes[..];
        let keys = &array.keys().values()[..];
        // keys of null rows are arbitrary and may lie outside the dictionary
        match (picked, array.nulls().filter(|nulls| nulls.null_count() > 0)) {
            (Picked::All(_), None) => codes.extend(keys.iter().map(|key| of_entries[*key as usize])),
            (_, nulls) => picked.each(|row| {
                let valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
                codes.push(if valid { of_entries[keys[row] as usize] } else { NULL });
            }),
        }
        Ok(())
    }

    fn texts<'a>(
        &mut self,
        array: &ArrayRef,
        picked: Picked<'_>,
        codes: &mut Vec<u32>,
        text: impl Fn(usize) -> &'a str,
    ) -> Result<(), MetricError> {
        let nulls = array.nulls();
        picked.each(|row| {
            let valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
            codes.push(if valid { self.text(text(row)) } else { NULL });
        });
        Ok(())
    }

    fn text(&mut self, text: &str) -> u32 {
        let hash = hash64(CategoryKind::Text, text.as_bytes());
        let names = &self.names;
        let is = |category: &Category| category.kind == CategoryKind::Text && category.text == text;
        if let Some(code) = self.by_hash.find(hash, |code| is(&names[*code as usize])) {
            return *code;
        }
        if self.tail.holds(hash) {
            return self.names.len() as u32;
        }
        let first = self.first_unseen();
        let unseen = &self.unseen;
        if let Some(at) = self.texts.find(hash, |at| is(&unseen[*at as usize].1)) {
            return first + at;
        }
        let at = self.unseen.len() as u32;
        self.unseen.push((hash, Category::text(text)));
        let unseen = &self.unseen;
        self.texts.insert_unique(hash, at, |at| unseen[*at as usize].0);
        first + at
    }

    /// The place of a category among the unseen ones, for coders that know none.
    pub(crate) fn class(&mut self, class: &Category) -> u32 {
        let hash = class.hash64();
        let known = self.unseen.iter().position(|(known, category)| *known == hash && category == class);
        known.map_or_else(|| self.category(class.clone()) - self.first_unseen(), |at| at as u32)
    }

    /// The code of a category.
    fn category(&mut self, category: Category) -> u32 {
        if category.kind == CategoryKind::Text {
            return self.text(&category.text);
        }
        let hash = category.hash64();
        let names = &self.names;
        if let Some(code) = self.by_hash.find(hash, |code| names[*code as usize] == category) {
            return *code;
        }
        if self.tail.holds(hash) {
            return self.names.len() as u32;
        }
        self.unseen.push((hash, category));
        self.first_unseen() + self.unseen.len() as u32 - 1
    }

    fn others(&mut self, array: &ArrayRef, picked: Picked<'_>, codes: &mut Vec<u32>) -> Result<(), MetricError> {
        let valid = validity(array);
        let words = words(array);
        let mut bad = false;
        picked.each(|row| {
            if valid.as_ref().is_some_and(|valid| !valid.value(row)) {
                return codes.push(NULL);
            }
            let word = words.as_ref().and_then(|words| words.get(row));
            if let Some(code) = word.and_then(|word| self.remembered(word)) {
                return codes.push(code);
            }
            let Some(value) = value_at(array, row) else {
                bad = true;
                return codes.push(NULL);
            };
            let code = Category::of(&value).map_or(NAN, |category| self.category(category));
            if let Some(word) = word {
                self.remember(word, code);
            }
            codes.push(code);
        });
        if bad {
            let text = format!("values of type {} are no categories", array.data_type());
            return Err(MetricError { code: "type_changed", text });
        }
        Ok(())
    }

    #[inline]
    fn remembered(&self, word: Word) -> Option<u32> {
        match word {
            Word::Integer(x) => {
                let at = x.wrapping_sub(SMALL_FROM);
                match self.small.get(at as usize) {
                    Some(code) if at >= 0 => Some(*code).filter(|code| *code != UNKNOWN),
                    _ => self.words.get(&(x as u64)).copied(),
                }
            }
            Word::Bits(bits) => self.words.get(&bits).copied(),
        }
    }

    fn remember(&mut self, word: Word, code: u32) {
        match word {
            Word::Integer(x) if (SMALL_FROM..SMALL_FROM + SMALL as i64).contains(&x) => {
                if self.small.is_empty() {
                    self.small.resize(SMALL, UNKNOWN);
                }
                self.small[(x - SMALL_FROM) as usize] = code;
            }
            Word::Integer(x) => drop(self.words.insert(x as u64, code)),
            Word::Bits(bits) => drop(self.words.insert(bits, code)),
        }
    }
}

/// Whether two arrays of text are the same one, by address.
fn same_texts(a: &ArrayRef, b: &ArrayRef) -> bool {
    let (a, b): (&StringArray, &StringArray) = (a.as_string(), b.as_string());
    a.len() == b.len()
        && a.value_data().as_ptr() == b.value_data().as_ptr()
        && a.value_offsets().as_ptr() == b.value_offsets().as_ptr()
        && a.nulls().map(|nulls| nulls.buffer().as_ptr()) == b.nulls().map(|nulls| nulls.buffer().as_ptr())
}

/// A value of a column in 64 bits: different values of one column are different words.
#[derive(Debug, Clone, Copy)]
enum Word {
    Integer(i64),
    Bits(u64),
}

/// The words of a column whose values fit.
enum Words {
    Integers(Vec<i64>),
    Bits(Vec<u64>),
    Wide(Vec<i128>),
}

impl Words {
    fn get(&self, row: usize) -> Option<Word> {
        match self {
            Words::Integers(all) => Some(Word::Integer(all[row])),
            Words::Bits(all) => Some(Word::Bits(all[row])),
            Words::Wide(all) => i64::try_from(all[row]).ok().map(Word::Integer),
        }
    }
}

fn words(array: &ArrayRef) -> Option<Words> {
    macro_rules! integers {
        ($t:ty) => {
            Words::Integers(array.as_primitive::<$t>().values().iter().map(|v| i64::from(*v)).collect())
        };
    }
    Some(match array.data_type() {
        DataType::Boolean => Words::Integers(array.as_boolean().values().iter().map(i64::from).collect()),
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::UInt8 => integers!(UInt8Type),
        DataType::UInt16 => integers!(UInt16Type),
        DataType::UInt32 => integers!(UInt32Type),
        DataType::UInt64 => Words::Bits(array.as_primitive::<UInt64Type>().values().to_vec()),
        DataType::Float64 => {
            Words::Bits(array.as_primitive::<Float64Type>().values().iter().map(|v| v.to_bits()).collect())
        }
        DataType::Float32 => {
            Words::Bits(array.as_primitive::<Float32Type>().values().iter().map(|v| v.to_bits().into()).collect())
        }
        DataType::Date32 => integers!(Date32Type),
        DataType::Date64 => integers!(Date64Type),
        DataType::Timestamp(TimeUnit::Second, _) => integers!(TimestampSecondType),
        DataType::Timestamp(TimeUnit::Millisecond, _) => integers!(TimestampMillisecondType),
        DataType::Timestamp(TimeUnit::Microsecond, _) => integers!(TimestampMicrosecondType),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => integers!(TimestampNanosecondType),
        DataType::Decimal32(..) => integers!(Decimal32Type),
        DataType::Decimal64(..) => integers!(Decimal64Type),
        DataType::Decimal128(..) => Words::Wide(array.as_primitive::<Decimal128Type>().values().to_vec()),
        _ => return None,
    })
}

/// Hashes of the categories not kept by name. They are spread evenly, so their upper bits say where each must lie.
#[derive(Debug)]
struct Tail {
    hashes: Vec<u64>,
    /// For each value of the upper bits the first hash that has it, and one entry more.
    starts: Vec<u32>,
    shift: u32,
}

impl Tail {
    fn new(hashes: &[u64]) -> Self {
        let bits = hashes.len().max(1).ilog2().min(24);
        let shift = 64 - bits.max(1);
        let starts = (0..=1u64 << bits.max(1))
            .map(|upper| hashes.partition_point(|hash| hash >> shift < upper) as u32)
            .collect();
        Tail { hashes: hashes.to_vec(), starts, shift }
    }

    fn holds(&self, hash: u64) -> bool {
        if self.hashes.is_empty() {
            return false;
        }
        let at = (hash >> self.shift) as usize;
        self.hashes[self.starts[at] as usize..self.starts[at + 1] as usize].contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};

    use super::*;

    #[test]
    fn equal_values_of_different_types_have_one_code() {
        let names = vec![Category::integer(1), Category::text("1"), Category::integer(70_000)];
        let mut coder = Coder::new(&CategorySet::new(names, vec![Category::integer(5).hash64()], false));
        let columns: [ArrayRef; 3] = [
            Arc::new(Int64Array::from(vec![Some(1), Some(70_000), Some(5), None, Some(8), Some(8)])),
            Arc::new(Float64Array::from(vec![1.0, 70_000.0, 5.0, f64::NAN, 8.0, -0.5])),
            Arc::new(StringArray::from(vec!["1", "5", "8", "8", "1", "1"])),
        ];
        let mut codes = Vec::new();
        for column in &columns {
            coder.code(column, Picked::All(6), &mut codes).expect("values");
            coder.code(column, Picked::Rows(&[0]), &mut codes).expect("values");
        }
        assert_eq!(codes[..7], [0, 2, 3, NULL, 4, 4, 0]);
        assert_eq!((codes[7..11].to_vec(), codes[13]), (vec![0, 2, 3, NAN], 0));
        assert_eq!(coder.unseen[codes[11] as usize - 4].1, Category::integer(8));
        assert_eq!(codes[14], 1);
        assert_eq!(codes[16], codes[17]);
        assert_eq!(coder.unseen[codes[16] as usize - 4].1, Category::text("8"));
    }

    #[test]
    fn the_tail_holds_what_it_was_made_of() {
        let mut hashes: Vec<u64> = (0..1000u64).map(assay_core::drift::category::mix).collect();
        hashes.sort_unstable();
        let tail = Tail::new(&hashes);
        assert!(hashes.iter().all(|hash| tail.holds(*hash)));
        assert!(!(1000..2000u64).map(assay_core::drift::category::mix).any(|hash| tail.holds(hash)));
    }
}
