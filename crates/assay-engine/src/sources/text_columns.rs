//! From text cells to typed Arrow arrays, with a bitmap of the cells that did not parse.
//!
//! A cell that is one of the source's `null_values` is null before anything is parsed (after trimming, where blanks
//! are permitted). Timestamps are held in nanoseconds, so instants outside 1677-09-21 to 2262-04-11 do not parse;
//! 16-bit floats are held in 32 bits.

mod values;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanBufferBuilder, NullBufferBuilder, RecordBatch, RecordBatchOptions,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::*;
use assay_core::contract::{ColumnSpec, Source};
use assay_core::engine::ObservedColumn;
use assay_core::measurement::MetricError;
use assay_core::text::times::{StampReader, TimeFormat};
use assay_core::text::{TextOptions, numbers};
use assay_core::types::Type;

use crate::arrow_types::arrow_of;
use crate::block::Block;
use crate::error;
use values::{Numbers, Strings, Truths, Values};

/// Rows of a block.
pub(super) const BLOCK_ROWS: usize = 64 << 10;
/// Rows split before their columns are parsed: few enough for text and cells to stay in the cache.
pub(super) const BATCH_ROWS: usize = 2 << 10;

/// A piece of a file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<'a> {
    /// The text, in UTF-8.
    pub(super) bytes: &'a [u8],
    /// Whether the format's escapes have to be undone first.
    pub(super) escaped: bool,
}

/// A cell of a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    /// Text to parse.
    Text(Span<'a>),
    /// A truth value that is no text (JSON).
    Truth(bool),
    /// Text of another kind than the column's (a number for a string in JSON), which is null or does not parse.
    Misfit(Span<'a>),
    /// Does not parse, whatever it is: a cell of a ragged line.
    Bad(Option<Span<'a>>),
    /// Null.
    Absent,
}

/// Undoes a format's escapes, appending.
pub(super) type Unescape<'u> = &'u dyn Fn(&[u8], &mut Vec<u8>);

/// A column of a text source.
#[derive(Debug, Clone)]
pub(super) struct TextColumn {
    /// Its name in the source.
    pub(super) name: String,
    /// The type its cells are parsed to.
    pub(super) ty: Type,
    options: TextOptions,
    nulls: NullTexts,
}

/// Texts that mean null.
#[derive(Debug, Clone, Default)]
struct NullTexts {
    empty: bool,
    others: Vec<Vec<u8>>,
}

impl NullTexts {
    fn new(texts: &[String]) -> Self {
        let others = texts.iter().filter(|t| !t.is_empty()).map(|t| t.as_bytes().to_vec()).collect();
        NullTexts { empty: texts.iter().any(String::is_empty), others }
    }

    #[inline]
    fn holds(&self, text: &[u8]) -> bool {
        if text.is_empty() { self.empty } else { !self.others.is_empty() && self.others.iter().any(|t| t == text) }
    }
}

impl TextColumn {
    /// A column as declared, a string where it is not. Fails for types that have no text form.
    pub(super) fn new(name: &str, spec: Option<&ColumnSpec>, source: &Source) -> Result<Self, MetricError> {
        let ty = spec.and_then(|s| s.ty.as_ref()).map_or(Type::String, Type::for_text);
        let mut options = spec.map(|s| s.read.text.clone()).unwrap_or_default();
        if options.timezone.is_none() {
            options.timezone = spec.and_then(|s| s.read.timezone.clone()).or_else(|| source.timezone.clone());
        }
        let column = TextColumn { name: name.to_owned(), ty, options, nulls: NullTexts::new(&source.null_values) };
        column
            .builder(false)
            .map_err(|why| error::unsupported(format!("column `{name}` cannot be read as {}: {why}", column.ty)))?;
        Ok(column)
    }

    /// As checks see it.
    pub(super) fn observed(&self) -> ObservedColumn {
        ObservedColumn { name: self.name.clone(), ty: self.ty.clone(), nullable: None, partition: false }
    }

    /// The same where values are typed and not written in the column's format: times are read in ISO forms.
    pub(super) fn typed(&self) -> Self {
        let options = TextOptions { format: None, ..self.options.clone() };
        TextColumn { options, ..self.clone() }
    }

    /// Its field in Arrow.
    pub(super) fn field(&self) -> Field {
        Field::new(&self.name, arrow_of(&self.ty), true)
    }

    fn builder(&self, raw: bool) -> Result<Box<dyn ColumnBuilder>, &'static str> {
        let format = || TimeFormat::new(self.options.format.as_deref());
        Ok(match self.ty {
            Type::String => self.boxed(raw, Strings::default()),
            Type::Bool => {
                self.boxed(raw, Truths { values: BooleanBufferBuilder::new(0), options: self.options.clone() })
            }
            Type::Int(8) => self.numbers::<Int8Type>(raw, int),
            Type::Int(16) => self.numbers::<Int16Type>(raw, int),
            Type::Int(32) => self.numbers::<Int32Type>(raw, int),
            Type::Int(_) => self.numbers::<Int64Type>(raw, int),
            Type::UInt(8) => self.numbers::<UInt8Type>(raw, int),
            Type::UInt(16) => self.numbers::<UInt16Type>(raw, int),
            Type::UInt(32) => self.numbers::<UInt32Type>(raw, int),
            Type::UInt(_) => self.numbers::<UInt64Type>(raw, int),
            // exact: the value was read as a number of at most 32 bits
            Type::Float(bits @ (16 | 32)) => {
                self.numbers::<Float32Type>(raw, move |t| Some(numbers::parse_float(t, bits).ok()? as f32))
            }
            Type::Float(_) => self.numbers::<Float64Type>(raw, |t| numbers::parse_float(t, 64).ok()),
            Type::Decimal(p, s) if p <= 38 => {
                self.numbers::<Decimal128Type>(raw, move |t| numbers::parse_decimal(t, p, s).ok())
            }
            Type::Decimal(p, s) => self.numbers::<Decimal256Type>(raw, move |t| wide_decimal(t, p, s)),
            Type::Date => {
                let format = format()?;
                self.numbers::<Date32Type>(raw, move |t| format.date(t).ok())
            }
            Type::Time => {
                let format = format()?;
                self.numbers::<Time64NanosecondType>(raw, move |t| format.time(t).ok())
            }
            Type::Timestamp | Type::TimestampZoned(_) => {
                let reader = StampReader::new(&self.ty, &self.options)?;
                self.numbers::<TimestampNanosecondType>(raw, move |t| i64::try_from(reader.read(t).ok()?).ok())
            }
            Type::AnyDecimal => return Err("write its digits, as in `decimal(12,2)`"),
            _ => return Err("this type has no text form"),
        })
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        raw: bool,
        parse: impl Fn(&[u8]) -> Option<T::Native> + Send + 'static,
    ) -> Box<dyn ColumnBuilder> {
        self.boxed(raw, Numbers::<T, _> { values: Vec::new(), parse, ty: arrow_of(&self.ty) })
    }

    fn boxed(&self, raw: bool, values: impl Values + 'static) -> Box<dyn ColumnBuilder> {
        Box::new(Builder {
            trim: self.options.trim && self.ty != Type::String,
            nulls: self.nulls.clone(),
            values,
            validity: NullBufferBuilder::new(0),
            unparsed: Vec::new(),
            raw: raw.then(Raw::default),
            scratch: Vec::new(),
        })
    }
}

#[inline]
fn int<N: TryFrom<i64> + TryFrom<i128>>(text: &[u8]) -> Option<N> {
    match numbers::parse_i64(text) {
        Some(value) => N::try_from(value).ok(),
        None => N::try_from(numbers::parse_int(text, i128::MIN..=i128::MAX).ok()?).ok(),
    }
}

fn wide_decimal(text: &[u8], precision: u8, scale: u8) -> Option<i256> {
    let value = numbers::parse_wide_decimal(text, precision, scale).ok()?;
    let short = value.to_signed_bytes_le();
    let mut bytes = [if value.sign() == num_bigint::Sign::Minus { 0xFF } else { 0 }; 32];
    bytes.get_mut(..short.len())?.copy_from_slice(&short);
    Some(i256::from_le_bytes(bytes))
}

/// Columns of a block in the making.
pub(super) struct BlockBuilder {
    schema: SchemaRef,
    columns: Vec<Box<dyn ColumnBuilder>>,
    rows: usize,
}

impl BlockBuilder {
    /// A block of these columns.
    pub(super) fn new<'a>(columns: impl Iterator<Item = &'a TextColumn>, raw: bool) -> Result<Self, MetricError> {
        let columns: Vec<&TextColumn> = columns.collect();
        let schema = Arc::new(Schema::new(columns.iter().map(|c| c.field()).collect::<Vec<_>>()));
        let columns = columns.iter().map(|c| c.builder(raw).map_err(error::unsupported)).collect::<Result<_, _>>()?;
        Ok(BlockBuilder { schema, columns, rows: 0 })
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds rows, given by column: each has `rows` cells.
    pub(super) fn extend(&mut self, cells: &[Vec<Cell<'_>>], rows: usize, unescape: Unescape<'_>) {
        for (column, cells) in self.columns.iter_mut().zip(cells) {
            column.extend(cells, unescape);
        }
        self.rows += rows;
    }

    /// The rows as a block; the next one starts.
    pub(super) fn finish(&mut self) -> Result<Block, MetricError> {
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        let (mut arrays, mut unparsed, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        for column in &mut self.columns {
            let column = column.finish()?;
            arrays.push(column.array);
            unparsed.push(column.unparsed);
            raw.push(column.raw);
        }
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options).map_err(error::arrow)?;
        Ok(Block { batch, unparsed, raw })
    }
}

trait ColumnBuilder: Send {
    fn extend(&mut self, cells: &[Cell<'_>], unescape: Unescape<'_>);
    fn finish(&mut self) -> Result<Finished, MetricError>;
}

struct Finished {
    array: ArrayRef,
    unparsed: Option<BooleanBuffer>,
    raw: Option<ArrayRef>,
}

struct Builder<V> {
    trim: bool,
    nulls: NullTexts,
    values: V,
    validity: NullBufferBuilder,
    /// Rows that did not parse.
    unparsed: Vec<usize>,
    raw: Option<Raw>,
    scratch: Vec<u8>,
}

/// Text before parsing; null where the cell is null.
#[derive(Default)]
struct Raw {
    values: Strings,
    validity: Vec<bool>,
}

impl Raw {
    fn push(&mut self, text: Option<&[u8]>) {
        self.validity.push(text.is_some());
        self.values.push(text.unwrap_or_default());
    }
}

impl<V: Values> ColumnBuilder for Builder<V> {
    fn extend(&mut self, cells: &[Cell<'_>], unescape: Unescape<'_>) {
        for cell in cells {
            let (span, may_be_null, may_parse) = match cell {
                Cell::Text(span) => (span, true, true),
                Cell::Misfit(span) => (span, true, false),
                Cell::Bad(Some(span)) => (span, false, false),
                Cell::Bad(None) => {
                    self.push_bad(None);
                    continue;
                }
                Cell::Absent => {
                    self.push_null();
                    continue;
                }
                Cell::Truth(value) => {
                    self.push_truth(*value);
                    continue;
                }
            };
            let mut scratch = std::mem::take(&mut self.scratch);
            let whole = if span.escaped {
                scratch.clear();
                unescape(span.bytes, &mut scratch);
                &scratch
            } else {
                span.bytes
            };
            let text = if self.trim { whole.trim_ascii() } else { whole };
            if may_be_null && self.nulls.holds(text) {
                self.push_null();
            } else if may_parse && self.values.push(text) {
                self.validity.append_non_null();
                if let Some(raw) = &mut self.raw {
                    raw.push(Some(whole));
                }
            } else {
                self.push_bad(Some(whole));
            }
            self.scratch = scratch;
        }
    }

    fn finish(&mut self) -> Result<Finished, MetricError> {
        let rows = self.validity.len();
        let array = self.values.finish(self.validity.finish())?;
        let unparsed = (!self.unparsed.is_empty()).then(|| {
            let mut bits = BooleanBufferBuilder::new(rows);
            bits.append_n(rows, false);
            self.unparsed.drain(..).for_each(|row| bits.set_bit(row, true));
            bits.finish()
        });
        let raw = match &mut self.raw {
            None => None,
            Some(raw) => Some(raw.values.finish(Some(NullBuffer::from(std::mem::take(&mut raw.validity))))?),
        };
        Ok(Finished { array, unparsed, raw })
    }
}

impl<V: Values> Builder<V> {
    fn push_null(&mut self) {
        self.values.push_null();
        self.validity.append_null();
        if let Some(raw) = &mut self.raw {
            raw.push(None);
        }
    }

    fn push_bad(&mut self, text: Option<&[u8]>) {
        self.unparsed.push(self.validity.len());
        self.values.push_null();
        self.validity.append_null();
        if let Some(raw) = &mut self.raw {
            raw.push(text);
        }
    }

    fn push_truth(&mut self, value: bool) {
        let text: &[u8] = if value { b"true" } else { b"false" };
        if !self.values.push_truth(value) {
            self.push_bad(Some(text));
            return;
        }
        self.validity.append_non_null();
        if let Some(raw) = &mut self.raw {
            raw.push(Some(text));
        }
    }
}

/// For each declared column, the column of the source it means: by its exact name, else by a name that differs only
/// in case, if there is one such name.
pub(super) fn match_declared(names: &[String], declared: &[ColumnSpec]) -> Vec<Option<usize>> {
    let lower: Vec<String> = names.iter().map(|n| n.to_lowercase()).collect();
    declared
        .iter()
        .map(|spec| {
            names.iter().position(|n| *n == spec.name).or_else(|| {
                let wanted = spec.name.to_lowercase();
                let mut alike = (0..names.len()).filter(|at| lower[*at] == wanted);
                alike.next().filter(|_| alike.next().is_none())
            })
        })
        .collect()
}
