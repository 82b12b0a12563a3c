//! Arrow arrays of any writer as cells of declared columns, which are read as those of JSON lines are.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use assay_core::measurement::MetricError;

use crate::arrow_types::value_at;
use crate::error::arrow;
use crate::sources::jsonl::{Token, cell};
use crate::sources::text_columns::{BlockBuilder, Cell, Span};
use crate::sources::whole::{Declared, NotRead};

/// Bytes of text of one column of a batch, at most: entries of dictionaries may stand for many rows.
const MOST_TEXT: usize = 64 << 20;

/// Whether values of a type can be read to some column: those that stand in one cell.
pub(super) fn is_plain(ty: &DataType) -> bool {
    match ty {
        DataType::Dictionary(_, value) => !matches!(**value, DataType::Dictionary(..)) && is_plain(value),
        DataType::Null | DataType::Boolean => true,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_) => true,
        DataType::Timestamp(..) => true,
        other => other.is_numeric(),
    }
}

/// Reads an array as a declared column; gives the rows that do not parse, which are null.
pub(super) fn read(column: &Declared, array: &ArrayRef) -> Result<(ArrayRef, Vec<usize>), NotRead> {
    let target = column.text.field().data_type().clone();
    let array = &unpacked(array)?;
    if text_len(array) > MOST_TEXT {
        let most = MOST_TEXT >> 20;
        let text = format!("the texts of `{}` take more than {most} MiB: send fewer rows", column.text.name);
        return Err(NotRead::TooMuch(text));
    }
    if is_same(array.data_type(), &target) {
        return Ok((cast(array, &target).map_err(arrow)?, Vec::new()));
    }
    // values are written out as JSON would have them, so that both formats mean the same
    let is_text = is_string(array.data_type()) || matches!(array.data_type(), DataType::Dictionary(..));
    let text = if is_text { column.text.clone() } else { column.text.typed() };
    let mut builder = BlockBuilder::new(std::iter::once(&text), false)?;
    let mut written = Vec::new();
    let pieces = pieces(array, &mut written);
    let cells = pieces.into_iter().map(|piece| match piece {
        Piece::Absent => Cell::Absent,
        Piece::None => Cell::Bad(None),
        Piece::Truth(value) => cell(column.takes, Token::Truth(value)),
        Piece::Text(bytes) => cell(column.takes, Token::String(Span { bytes, escaped: false })),
        Piece::Time(at) => cell(column.takes, Token::String(Span { bytes: &written[at], escaped: false })),
        Piece::Number(at) => cell(column.takes, Token::Number(&written[at])),
    });
    builder.extend(&[cells.collect()], array.len(), &|raw, text| text.extend_from_slice(raw));
    let block = builder.finish()?;
    let bad = block.unparsed[0].iter().flat_map(|unparsed| unparsed.set_indices()).collect();
    Ok((block.batch.column(0).clone(), bad))
}

/// Dictionaries of text stay, for their entries may be long; all others become plain.
fn unpacked(array: &ArrayRef) -> Result<ArrayRef, MetricError> {
    match array.data_type() {
        DataType::Dictionary(_, value) if !is_string(value) => cast(array, value).map_err(arrow),
        _ => Ok(array.clone()),
    }
}

fn is_string(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether values can be taken as they are.
fn is_same(ty: &DataType, target: &DataType) -> bool {
    match (ty, target) {
        (DataType::Timestamp(TimeUnit::Nanosecond, a), DataType::Timestamp(_, b)) => a.is_some() == b.is_some(),
        // their digits are counted when they are read
        (DataType::Decimal128(..) | DataType::Decimal256(..) | DataType::Time64(_), _) => false,
        (ty, target) => ty == target,
    }
}

/// A value on its way into a cell.
enum Piece<'a> {
    Absent,
    /// A value that cannot be written out.
    None,
    Truth(bool),
    Text(&'a [u8]),
    Time(Range<usize>),
    Number(Range<usize>),
}

/// The values of an array; `written` holds those that are no text.
fn pieces<'a>(array: &'a ArrayRef, written: &mut Vec<u8>) -> Vec<Piece<'a>> {
    if let DataType::Dictionary(..) = array.data_type() {
        let dictionary = array.as_any_dictionary();
        let entries = texts(dictionary.values());
        let keys = dictionary.normalized_keys();
        let entry = |(row, key): (usize, usize)| match array.is_null(row) {
            true => Piece::Absent,
            false => entries.get(key).copied().flatten().map_or(Piece::Absent, Piece::Text),
        };
        return keys.into_iter().enumerate().map(entry).collect();
    }
    if is_string(array.data_type()) {
        return texts(array).into_iter().map(|text| text.map_or(Piece::Absent, Piece::Text)).collect();
    }
    let is_number = array.data_type().is_numeric();
    let mut piece = |row: usize| {
        if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
            return Piece::Absent;
        }
        let value = match value_at(array, row) {
            Some(assay_core::value::Value::Bool(value)) => return Piece::Truth(value),
            Some(value) => value.to_string(),
            None => return Piece::None,
        };
        let start = written.len();
        written.extend_from_slice(value.as_bytes());
        if is_number { Piece::Number(start..written.len()) } else { Piece::Time(start..written.len()) }
    };
    (0..array.len()).map(&mut piece).collect()
}

/// The texts of an array of strings.
fn texts(array: &ArrayRef) -> Vec<Option<&[u8]>> {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(|text| text.map(str::as_bytes)).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(|text| text.map(str::as_bytes)).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(|text| text.map(str::as_bytes)).collect(),
        _ => Vec::new(),
    }
}

/// Bytes that the texts of an array take, each for itself.
fn text_len(array: &ArrayRef) -> usize {
    let len = |text: &Option<&[u8]>| text.map_or(0, <[u8]>::len);
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let lens: Vec<usize> = texts(dictionary.values()).iter().map(len).collect();
            let keys = dictionary.normalized_keys();
            let valid = keys.iter().enumerate().filter(|(row, _)| array.is_valid(*row));
            valid.map(|(_, key)| lens.get(*key).copied().unwrap_or(0)).fold(0, usize::saturating_add)
        }
        ty if is_string(ty) => texts(array).iter().map(len).fold(0, usize::saturating_add),
        _ => 0,
    }
}
