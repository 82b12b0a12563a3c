//! Values on their way to the database and back.

use std::borrow::Cow;
use std::error::Error;

use ::postgres::Row;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use assay_core::verdict::Outcome;

use super::error::Problem;
use crate::error::Trouble;
use crate::frames::{self, Frame};
use crate::text;

/// Stands before a character that is not kept as it is.
const ESCAPE: char = '\u{10}';

/// A text. PostgreSQL keeps every character but NUL, which is written as an escape and `0`, the escape itself twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl ToSql for Text<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        written(self.0).as_ref().to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <&str as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// A text that may be missing.
pub(super) fn maybe(text: Option<&String>) -> Option<Text<'_>> {
    text.map(|text| Text(text))
}

/// Texts, as one parameter.
pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Text<'a>> {
    texts.into_iter().map(Text).collect()
}

fn written(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return text.into();
    }
    text.replace(ESCAPE, "\u{10}\u{10}").replace('\0', "\u{10}0").into()
}

/// The text that was written; `None`: nobody wrote this.
fn read(kept: String) -> Option<String> {
    if !kept.contains(ESCAPE) {
        return Some(kept);
    }
    let mut text = String::with_capacity(kept.len());
    let mut rest = kept.chars();
    while let Some(character) = rest.next() {
        text.push(match character {
            ESCAPE => match rest.next()? {
                ESCAPE => ESCAPE,
                '0' => '\0',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// The cells of a row, from the first on.
pub(super) struct Cells<'a> {
    row: &'a Row,
    next: usize,
    what: &'static str,
}

impl<'a> Cells<'a> {
    /// The cells of a row of something: `the run`, `the incident`.
    pub(super) fn of(row: &'a Row, what: &'static str) -> Self {
        Cells { row, next: 0, what }
    }

    /// The next cell as it is.
    pub(super) fn get<T: FromSql<'a>>(&mut self) -> Result<T, Problem> {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// Passes over some cells.
    pub(super) fn skip(&mut self, cells: usize) {
        self.next += cells;
    }

    /// The next cell, a text.
    pub(super) fn text(&mut self) -> Result<String, Problem> {
        let kept = self.get()?;
        read(kept).ok_or_else(|| self.damaged("a text has an escape that nobody writes"))
    }

    /// The next cell, a text that may be missing.
    pub(super) fn maybe_text(&mut self) -> Result<Option<String>, Problem> {
        let kept: Option<String> = self.get()?;
        kept.map(|kept| read(kept).ok_or_else(|| self.damaged("a text has an escape that nobody writes"))).transpose()
    }

    /// The next cell, one of a few words.
    pub(super) fn word<T>(&mut self, named: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        let word = self.text()?;
        named(&word).ok_or_else(|| self.damaged(&format!("`{word}` is none of the words that stand there")))
    }

    /// The next cell, an outcome.
    pub(super) fn outcome(&mut self) -> Result<Outcome, Problem> {
        self.word(text::read_outcome)
    }

    /// The next cell, an outcome that may be missing.
    pub(super) fn maybe_outcome(&mut self) -> Result<Option<Outcome>, Problem> {
        let Some(word) = self.maybe_text()? else { return Ok(None) };
        text::read_outcome(&word).map(Some).ok_or_else(|| self.damaged(&format!("`{word}` is no outcome")))
    }

    /// The next cell, a count.
    pub(super) fn count(&mut self) -> Result<u64, Problem> {
        let kept: i64 = self.get()?;
        u64::try_from(kept).map_err(|_| self.damaged(&format!("{kept} is no count")))
    }

    /// The next cell, a small count.
    pub(super) fn small(&mut self) -> Result<u32, Problem> {
        let kept: i64 = self.get()?;
        u32::try_from(kept).map_err(|_| self.damaged(&format!("{kept} is no count of 32 bits")))
    }

    /// The next cell, a SHA-256.
    pub(super) fn hash(&mut self) -> Result<[u8; 32], Problem> {
        let kept: &[u8] = self.get()?;
        kept.try_into().map_err(|_| self.damaged("a hash has not 32 bytes"))
    }

    /// The next three cells, size, checksum and frame, which belong to this owner.
    pub(super) fn unpacked(&mut self, owner: &[&str]) -> Result<Vec<u8>, Problem> {
        let (size, checksum, bytes) = (self.get()?, self.get()?, self.get()?);
        Ok(frames::unpack(&Frame { size, checksum, bytes }, owner)?)
    }

    /// The next cell, JSON that this program wrote.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Problem> {
        let kept = self.text()?;
        serde_json::from_str(&kept).map_err(|why| self.damaged(&why.to_string()))
    }

    /// What is said of a row that cannot be as it is. The first cell of every row says which one it is.
    pub(super) fn damaged(&self, why: &str) -> Problem {
        let name = match self.row.try_get::<_, i64>(0) {
            Ok(number) => number.to_string(),
            Err(_) => self.row.try_get::<_, String>(0).unwrap_or_default(),
        };
        Trouble::Damaged { place: format!("{} {name}", self.what), why: why.into() }.into()
    }
}

/// JSON of a value of this crate's own making.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts and lists are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_has_a_nul_on_the_way() {
        for text in ["", "plain", "\0", "\u{10}", "\u{10}0", "\u{10}\0\u{10}0\0\0", "a\0b\u{10}\u{10}c🙂"] {
            let kept = written(text).into_owned();
            assert!(!kept.contains('\0'));
            assert_eq!(read(kept).as_deref(), Some(text));
        }
        assert_eq!(read("\u{10}x".into()), None);
        assert_eq!(read("\u{10}".into()), None);
    }
}
