//! How a CSV file is written, and where its records and cells end.
//!
//! A quote is one only at the start of a cell. Inside quotes it is doubled, or escaped; what follows the closing
//! quote up to the delimiter belongs to the cell as it is. Empty lines are no records, and lines that start with the
//! comment character are none either.

#[cfg(test)]
mod tests;

use assay_core::contract::CsvOptions;
use memchr::{memchr, memchr2, memchr3};

use crate::sources::text_blocks::Cutter;
use crate::sources::text_columns::Span;

/// The characters that mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<u8>,
}

impl Dialect {
    /// The error says which character cannot be used.
    pub(super) fn new(options: &CsvOptions) -> Result<Self, String> {
        let CsvOptions { delimiter, quote, escape, comment, .. } = *options;
        // an escape that is the quote itself is the doubled quote
        let dialect = Dialect { delimiter, quote, escape: escape.filter(|e| quote.is_some_and(|q| q != *e)), comment };
        let mut used = Vec::new();
        for byte in [Some(delimiter), quote, dialect.escape, comment].into_iter().flatten() {
            if !byte.is_ascii() || matches!(byte, b'\n' | b'\r') {
                return Err(format!(
                    "delimiter, quote, escape and comment are single ASCII characters, not `{}`",
                    byte.escape_ascii()
                ));
            }
            if used.contains(&byte) {
                return Err(format!(
                    "delimiter, quote, escape and comment must differ: `{}` is used twice",
                    byte.escape_ascii()
                ));
            }
            used.push(byte);
        }
        Ok(dialect)
    }

    /// The text of a cell that has to be put together: the raw cell, from its opening quote on.
    pub(super) fn unescape(&self, raw: &[u8], text: &mut Vec<u8>) {
        let mut inside = true;
        let mut at = 1;
        while at < raw.len() {
            let byte = raw[at];
            if inside && Some(byte) == self.escape && at + 1 < raw.len() {
                text.push(raw[at + 1]);
                at += 2;
            } else if inside && Some(byte) == self.quote {
                let doubled = raw.get(at + 1) == Some(&byte);
                if doubled {
                    text.push(byte);
                }
                inside = doubled;
                at += 1 + usize::from(doubled);
            } else {
                text.push(byte);
                at += 1;
            }
        }
    }
}

/// Cells of the records of a text, from the first to the last.
pub(super) struct Records<'a> {
    dialect: Dialect,
    text: &'a [u8],
    at: usize,
}

/// A quote that is opened and never closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenQuote;

impl<'a> Records<'a> {
    /// The records of `text` from `at` on, where one starts.
    pub(super) fn new(dialect: Dialect, text: &'a [u8], at: usize) -> Self {
        Records { dialect, text, at }
    }

    /// The place up to which the text is read.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Goes to the next record; its place, or `None` at the end.
    #[inline]
    pub(super) fn advance(&mut self) -> Option<usize> {
        loop {
            match self.text.get(self.at)? {
                b'\n' | b'\r' => self.at += 1,
                byte if Some(*byte) == self.dialect.comment => {
                    self.at = memchr2(b'\n', b'\r', &self.text[self.at..]).map_or(self.text.len(), |n| self.at + n);
                }
                _ => return Some(self.at),
            }
        }
    }

    /// Reads the record here, cell by cell; gives the number of cells.
    #[inline]
    pub(super) fn record(&mut self, mut each: impl FnMut(usize, Span<'a>)) -> Result<usize, OpenQuote> {
        let mut n_cells = 0;
        loop {
            let quoted = self.dialect.quote.is_some() && self.text.get(self.at).copied() == self.dialect.quote;
            let cell = if quoted { self.quoted()? } else { self.plain() };
            each(n_cells, cell);
            n_cells += 1;
            match self.text.get(self.at) {
                Some(byte) if *byte == self.dialect.delimiter => self.at += 1,
                Some(_) => {
                    self.at += 1;
                    return Ok(n_cells);
                }
                None => return Ok(n_cells),
            }
        }
    }

    #[inline]
    fn plain(&mut self) -> Span<'a> {
        let start = self.at;
        self.at = cell_end(self.text, start, self.dialect.delimiter);
        Span { bytes: &self.text[start..self.at], escaped: false }
    }

    #[inline]
    fn quoted(&mut self) -> Result<Span<'a>, OpenQuote> {
        let Dialect { quote, escape, delimiter, .. } = self.dialect;
        let quote = quote.ok_or(OpenQuote)?;
        let text = self.text;
        let start = self.at;
        let mut escaped = false;
        let mut at = start + 1;
        let close = loop {
            let found = match escape {
                None => memchr(quote, &text[at..]),
                Some(escape) => memchr2(quote, escape, &text[at..]),
            };
            let found = at + found.ok_or(OpenQuote)?;
            let next = text.get(found + 1);
            if text[found] == quote && next != Some(&quote) {
                break found;
            }
            // a doubled quote, or an escape with what it escapes
            next.ok_or(OpenQuote)?;
            escaped = true;
            at = found + 2;
        };
        self.at = close + 1;
        let at_end = text.get(self.at).is_none_or(|b| *b == delimiter || matches!(b, b'\n' | b'\r'));
        if at_end && !escaped {
            return Ok(Span { bytes: &text[start + 1..close], escaped: false });
        }
        self.at = cell_end(text, self.at, delimiter);
        Ok(Span { bytes: &text[start..self.at], escaped: true })
    }
}

/// The place of the next delimiter or line end. Cells are short, so eight bytes are looked at at a time.
#[inline]
fn cell_end(text: &[u8], from: usize, delimiter: u8) -> usize {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let spread = |byte: u8| u64::from_le_bytes([byte; 8]);
    // the high bit of each byte that is not zero, exactly
    let nonzero = |word: u64| ((word & LOW) + LOW) | word;
    let mut at = from;
    while let Some(chunk) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        let none =
            nonzero(word ^ spread(delimiter)) & nonzero(word ^ spread(b'\n')) & nonzero(word ^ spread(b'\r')) & !LOW;
        if none != !LOW {
            return at + (none ^ !LOW).trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    text[at..].iter().position(|b| *b == delimiter || matches!(b, b'\n' | b'\r')).map_or(text.len(), |n| at + n)
}

/// Finds where records end, jumping from quote to quote.
pub(super) struct RecordCutter {
    dialect: Dialect,
    at: usize,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a record, or of an empty or a comment line. Only told apart where there are comments.
    LineStart,
    Outside,
    Inside,
    Comment,
}

impl RecordCutter {
    pub(super) fn new(dialect: Dialect) -> Self {
        RecordCutter { dialect, at: 0, place: Place::LineStart }
    }

    /// Whether a quote here starts a quoted cell.
    fn opens(&self, text: &[u8], at: usize) -> bool {
        at == 0 || text[at - 1] == self.dialect.delimiter || matches!(text[at - 1], b'\n' | b'\r')
    }

    /// Goes past a closing quote; `None`: the text ends before.
    fn close(&mut self, text: &[u8], quote: u8) -> Option<()> {
        loop {
            let rest = &text[self.at..];
            let found = match self.dialect.escape {
                None => memchr(quote, rest),
                Some(escape) => memchr2(quote, escape, rest),
            };
            let Some(found) = found else {
                self.at = text.len();
                return None;
            };
            self.at += found;
            let next = *text.get(self.at + 1)?;
            if text[self.at] == quote && next != quote {
                self.at += 1;
                self.place = Place::Outside;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Goes to the next quote or line end; where only quotes matter, to the next quote before `target`.
    fn next_stop(&mut self, text: &[u8], target: usize) -> Option<u8> {
        let rest = &text[self.at..];
        let found = match self.dialect.quote {
            Some(quote) if self.at < target && self.dialect.comment.is_none() => {
                let near = &rest[..rest.len().min(target - self.at)];
                match memchr(quote, near) {
                    None if near.len() < rest.len() => {
                        self.at = target;
                        return self.next_stop(text, target);
                    }
                    found => found,
                }
            }
            None if self.at < target && self.dialect.comment.is_none() => {
                self.at = target.min(text.len());
                return if self.at < text.len() { self.next_stop(text, target) } else { None };
            }
            Some(quote) => memchr3(quote, b'\n', b'\r', rest),
            None => memchr2(b'\n', b'\r', rest),
        };
        self.at = found.map_or(text.len(), |n| self.at + n);
        text.get(self.at).copied()
    }

    /// Goes past a line end; `None`: more text is needed to know.
    fn pass_line_end(&mut self, text: &[u8]) -> Option<()> {
        if text[self.at] == b'\r' {
            let next = *text.get(self.at + 1)?;
            self.at += usize::from(next == b'\n');
        }
        self.at += 1;
        self.place = Place::LineStart;
        Some(())
    }
}

impl Cutter for RecordCutter {
    fn restart(&mut self) {
        self.at = 0;
        self.place = Place::LineStart;
    }

    fn cut(&mut self, text: &[u8], target: usize) -> Option<usize> {
        loop {
            match self.place {
                Place::LineStart => {
                    let byte = *text.get(self.at)?;
                    self.place = if Some(byte) == self.dialect.comment { Place::Comment } else { Place::Outside };
                }
                Place::Inside => self.close(text, self.dialect.quote?)?,
                Place::Comment => {
                    self.at += memchr2(b'\n', b'\r', &text[self.at..]).unwrap_or(text.len() - self.at);
                    text.get(self.at)?;
                    self.pass_line_end(text)?;
                    if self.at >= target {
                        return Some(self.at);
                    }
                }
                Place::Outside => {
                    let stop = self.next_stop(text, target)?;
                    if Some(stop) == self.dialect.quote {
                        self.place = if self.opens(text, self.at) { Place::Inside } else { Place::Outside };
                        self.at += 1;
                    } else {
                        self.pass_line_end(text)?;
                        if self.at >= target {
                            return Some(self.at);
                        }
                    }
                }
            }
        }
    }
}
