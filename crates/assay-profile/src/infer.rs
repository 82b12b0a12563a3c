//! The types of columns that are text in their files (CSV, JSON lines), decided once, from every cell, when a baseline
//! is made, and frozen in it.
//!
//! The caller reads the columns as text with the source's null markers already null, asks [`infer`] for each, then
//! reads the source again with these types declared, so that the engine parses live rows and training rows alike.
//! A type is taken only when every cell is a value of it: nothing is cast away.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use assay_core::text::numbers::{int_range, parse_float, parse_int};
use assay_core::text::times::{StampReader, TimeFormat};
use assay_core::text::{TextOptions, read_bool};
use assay_core::types::Type;

use crate::cells::{plain_chunks, plain_type};
use crate::error::ProfileError;

/// The type of a text column: the first of int64, float64, bool, date, timestamp (`timestamp[UTC]` where every cell has
/// an offset) that all its cells are values of, else string. A column without values is string.
///
/// Numbers written with a leading zero (`02134`) or a leading plus are codes, integers that 64 bits do not hold are
/// ids: a column with one of them is string. A column of `nan` and `inf` alone is not a number.
///
/// # Errors
/// Arrays that are not text; a format or zone in the options that cannot be read makes no column a time.
pub fn infer(name: &str, chunks: &[ArrayRef], options: &TextOptions) -> Result<Type, ProfileError> {
    let not_text = |ty: &DataType| ProfileError::NotText { column: name.to_owned(), dtype: ty.to_string() };
    let mut possible = Possible::new(options);
    for chunk in chunks {
        let ty = plain_type(chunk.data_type());
        let plain = plain_chunks(std::slice::from_ref(chunk)).map_err(|_| not_text(ty))?;
        let cells: &mut dyn Iterator<Item = Option<&str>> = match ty {
            DataType::Null => continue,
            DataType::Utf8 => &mut plain[0].as_string::<i32>().iter(),
            DataType::LargeUtf8 => &mut plain[0].as_string::<i64>().iter(),
            DataType::Utf8View => &mut plain[0].as_string_view().iter(),
            other => return Err(not_text(other)),
        };
        for cell in cells.flatten() {
            possible.narrow(cell);
            if possible.is_string() {
                return Ok(Type::String);
            }
        }
    }
    Ok(possible.decide())
}

/// Types that all cells so far are values of.
struct Possible<'a> {
    options: &'a TextOptions,
    format: Option<TimeFormat>,
    naive_stamps: Option<StampReader>,
    zoned_stamps: Option<StampReader>,
    values: bool,
    digits: bool,
    int: bool,
    float: bool,
    bool: bool,
    date: bool,
    naive: bool,
    zoned: bool,
}

impl<'a> Possible<'a> {
    fn new(options: &'a TextOptions) -> Self {
        let format = TimeFormat::new(options.format.as_deref()).ok();
        // without a zone, texts with an offset are no naive times and texts without one no instants
        let bare = TextOptions { timezone: None, ..options.clone() };
        let naive_stamps = StampReader::new(&Type::Timestamp, &bare).ok();
        let offsets = matches!(format, Some(TimeFormat::Iso));
        let zoned_stamps =
            StampReader::new(&Type::Timestamp, &TextOptions { timezone: Some("UTC".into()), ..bare }).ok();
        Possible {
            options,
            date: format.is_some(),
            naive: naive_stamps.is_some(),
            zoned: zoned_stamps.is_some() && offsets,
            format,
            naive_stamps,
            zoned_stamps,
            values: false,
            digits: false,
            int: true,
            float: true,
            bool: true,
        }
    }

    fn narrow(&mut self, cell: &str) {
        let text = if self.options.trim { cell.as_bytes().trim_ascii() } else { cell.as_bytes() };
        self.values = true;
        if self.int || self.float {
            let is_code = is_code(text);
            let integer = parse_int(text, int_range(64));
            let unsized_integer = integer.is_err() && text.iter().all(|b| b.is_ascii_digit() || *b == b'-');
            self.int &= integer.is_ok() && !is_code;
            self.float &= !is_code && !unsized_integer && parse_float(text, 64).is_ok();
            self.digits |= text.iter().any(u8::is_ascii_digit);
        }
        self.bool = self.bool && read_bool(text, self.options).is_ok();
        self.date = self.date && self.format.as_ref().is_some_and(|format| format.date(text).is_ok());
        let naive = |reader: &Option<StampReader>| reader.as_ref().is_some_and(|reader| reader.read(text).is_ok());
        let is_naive = (self.naive || self.zoned) && naive(&self.naive_stamps);
        self.naive = self.naive && is_naive;
        self.zoned = self.zoned && !is_naive && naive(&self.zoned_stamps);
    }

    fn is_string(&self) -> bool {
        !(self.int || self.float || self.bool || self.date || self.naive || self.zoned)
    }

    fn decide(&self) -> Type {
        match self {
            _ if !self.values => Type::String,
            Possible { int: true, .. } => Type::Int(64),
            Possible { float: true, digits: true, .. } => Type::Float(64),
            Possible { bool: true, .. } => Type::Bool,
            Possible { date: true, .. } => Type::Date,
            Possible { naive: true, .. } => Type::Timestamp,
            Possible { zoned: true, .. } => Type::TimestampZoned("UTC".into()),
            _ => Type::String,
        }
    }
}

/// Whether a number is written as codes are: with a plus or with a zero before another digit.
fn is_code(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    matches!(digits, [b'+', ..] | [b'0', b'0'..=b'9', ..])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray, StringViewArray};

    use super::*;

    fn check(cells: &[Option<&str>], expected: &str) {
        let array: ArrayRef = Arc::new(StringArray::from(cells.to_vec()));
        let ty = infer("a", &[array], &TextOptions::default()).expect("text");
        assert_eq!(ty.to_string(), expected, "{cells:?}");
    }

    #[test]
    fn the_narrowest_type_that_all_cells_are_values_of_wins() {
        check(&[Some("1"), None, Some("-20")], "int64");
        check(&[Some("0"), Some("1.5"), Some("nan"), Some("1e3")], "float64");
        check(&[Some("true"), Some("FALSE")], "bool");
        check(&[Some("2026-11-20")], "date");
        check(&[Some("2026-11-20 06:00"), Some("2026-11-20T06:00:00.5")], "timestamp");
        check(&[Some("2026-11-20T06:00:00Z"), Some("2026-11-20T06:00:00+04:00")], "timestamp[UTC]");
        check(&[Some("1"), Some("one")], "string");
    }

    #[test]
    fn codes_ids_and_mixtures_stay_text() {
        check(&[Some("02134"), Some("10001")], "string");
        check(&[Some("+49"), Some("1")], "string");
        check(&[Some("0"), Some("0.25"), Some("-0.5")], "float64");
        check(&[Some("18446744073709551616"), Some("1")], "string");
        check(&[Some("nan"), Some("inf")], "string");
        check(&[Some("2026-11-20"), Some("2026-11-20T06:00")], "string");
        check(&[Some("2026-11-20T06:00Z"), Some("2026-11-20T06:00")], "string");
        check(&[Some("2026-02-30")], "string");
        check(&[Some("")], "string");
        check(&[Some("1"), Some("true")], "string");
    }

    #[test]
    fn columns_without_values_are_text() {
        check(&[], "string");
        check(&[None, None], "string");
    }

    #[test]
    fn options_of_the_source_are_followed_and_views_are_text() {
        let array: ArrayRef = Arc::new(StringViewArray::from(vec!["20.11.2026", "01.12.2026"]));
        let options = TextOptions { format: Some("%d.%m.%Y".into()), ..TextOptions::default() };
        assert_eq!(infer("a", &[array], &options), Ok(Type::Date));
        let array: ArrayRef = Arc::new(StringArray::from(vec![" Y", "N "]));
        let options = TextOptions {
            trim: true,
            true_texts: vec!["Y".into()],
            false_texts: vec!["N".into()],
            ..TextOptions::default()
        };
        assert_eq!(infer("a", &[array], &options), Ok(Type::Bool));
    }

    #[test]
    fn only_text_is_looked_at() {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        assert!(infer("a", &[array], &TextOptions::default()).is_err());
    }
}
