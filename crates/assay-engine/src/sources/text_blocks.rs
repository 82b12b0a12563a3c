//! Text files cut into blocks of whole records, in file order.
//!
//! Cutting is all that must happen in order; it looks at few bytes (quotes, and the line ends about a cut), so that
//! the threads that parse are kept busy. Where a block ends depends on the text alone, not on threads or reads.

use std::sync::Arc;

use assay_core::measurement::MetricError;
use encoding_rs::Encoding;

use super::FileEntry;
use super::decompress::TextFile;
use crate::error::unreadable;

/// Bytes of text after which a block ends with the record.
pub(super) const BLOCK: usize = 8 << 20;
/// Read beyond that at first; the record at the cut usually ends in it.
const AHEAD: usize = 64 << 10;
/// A longer record is taken for a mistake: an open quote, a binary file.
const LONGEST: usize = 64 << 20;

/// Finds where records end.
pub(super) trait Cutter: Send {
    /// Forgets where it was: another text follows, which starts with a record.
    fn restart(&mut self);
    /// A record's end at `target` or soon after, always the same for the same text. `None`: more text is needed; the
    /// next call is given the same text with more at its end, and the same target.
    fn cut(&mut self, text: &[u8], target: usize) -> Option<usize>;
}

/// Some whole records of a file.
pub(super) struct TextBlock {
    /// Index of the file.
    pub(super) file: usize,
    /// The number of the first line, from 1.
    pub(super) line: u64,
    /// Bytes of the file's text before this.
    pub(super) offset: u64,
    /// The records.
    pub(super) text: Vec<u8>,
    /// Bytes of storage this stands for.
    pub(super) bytes: u64,
}

/// Reads files one after the other.
pub(super) struct TextBlocks<C> {
    files: Arc<[FileEntry]>,
    encoding: Option<&'static Encoding>,
    skip_lines: u64,
    cutter: C,
    block: usize,
    at: usize,
    open: Option<Open>,
}

/// The file that is being read.
struct Open {
    file: TextFile,
    line: u64,
    offset: u64,
    pending: Vec<u8>,
}

impl<C: Cutter> TextBlocks<C> {
    /// Reads these files in blocks of about `block` bytes, without the first `skip_lines` lines of each.
    pub(super) fn new(
        files: Arc<[FileEntry]>,
        encoding: Option<&'static Encoding>,
        skip_lines: u64,
        cutter: C,
        block: usize,
    ) -> Self {
        TextBlocks { files, encoding, skip_lines, cutter, block, at: 0, open: None }
    }

    /// The next block; `None` after the last. Files without text give no block. Nothing follows an error.
    pub(super) fn next(&mut self) -> Option<Result<TextBlock, MetricError>> {
        let next = self.try_next();
        if next.is_err() {
            self.at = self.files.len();
            self.open = None;
        }
        next.transpose()
    }

    fn try_next(&mut self) -> Result<Option<TextBlock>, MetricError> {
        while self.at < self.files.len() {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.open_file()?,
            };
            let block = self.cut_block(&mut open)?;
            if block.text.is_empty() {
                self.at += 1;
                continue;
            }
            self.open = Some(open);
            return Ok(Some(block));
        }
        Ok(None)
    }

    fn open_file(&self) -> Result<Open, MetricError> {
        let file = TextFile::open(&self.files[self.at], self.encoding)?;
        let offset = file.skipped;
        let mut open = Open { file, line: 1, offset, pending: Vec::new() };
        let mut left = self.skip_lines;
        while left > 0 {
            let more = open.file.fill(&mut open.pending, AHEAD)?;
            let mut at = 0;
            while left > 0
                && let Some(length) = line_end(&open.pending[at..])
            {
                if more && at + length == open.pending.len() {
                    // the `\r` there may be half of a line end
                    break;
                }
                at += length;
                left -= 1;
                open.line += 1;
            }
            if !more && left > 0 {
                (at, left) = (open.pending.len(), 0);
            } else if left > 0 && at == 0 {
                at = open.pending.len() - 1;
            }
            open.offset += at as u64;
            open.pending.drain(..at);
        }
        Ok(open)
    }

    fn cut_block(&mut self, open: &mut Open) -> Result<TextBlock, MetricError> {
        self.cutter.restart();
        let mut wanted = self.block + AHEAD;
        let end = loop {
            let more = open.file.fill(&mut open.pending, wanted)?;
            // a text no longer than a block is not cut
            if !more && open.pending.len() <= self.block {
                break open.pending.len();
            }
            match self.cutter.cut(&open.pending, self.block) {
                Some(end) => break end,
                None if !more => break open.pending.len(),
                None if open.pending.len() > self.block + LONGEST => return Err(self.too_long(open)),
                None => wanted = open.pending.len() + (open.pending.len() / 4).max(AHEAD),
            }
        };
        let rest = open.pending[end..].to_vec();
        let mut text = std::mem::replace(&mut open.pending, rest);
        text.truncate(end);
        let block = TextBlock { file: self.at, line: open.line, offset: open.offset, bytes: open.file.bytes(), text };
        open.line += count_lines(&block.text);
        open.offset += block.text.len() as u64;
        Ok(block)
    }

    fn too_long(&mut self, open: &Open) -> MetricError {
        let mut start = 0;
        loop {
            self.cutter.restart();
            match self.cutter.cut(&open.pending[start..], 1) {
                Some(length) => start += length,
                None => break,
            }
        }
        let line = open.line + count_lines(&open.pending[..start]);
        let shown = &self.files[self.at].shown;
        unreadable(
            shown,
            format!(
                "line {line}: the record that starts here is longer than {} MiB: is a quote left open?",
                LONGEST >> 20
            ),
        )
    }
}

/// Number of line ends: `\n`, `\r\n` or a `\r` alone.
pub(super) fn count_lines(text: &[u8]) -> u64 {
    let mut n = memchr::memchr_iter(b'\n', text).count();
    if memchr::memchr(b'\r', text).is_some() {
        n += memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    }
    n as u64
}

/// The place after the first line end.
fn line_end(text: &[u8]) -> Option<usize> {
    let at = memchr::memchr2(b'\n', b'\r', text)?;
    Some(if text[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 })
}

/// Checks that a block is UTF-8; `next` says what to do where it is not.
pub(super) fn check_utf8(block: &TextBlock, shown: &str, next: &str) -> Result<(), MetricError> {
    match std::str::from_utf8(&block.text) {
        Ok(_) => Ok(()),
        Err(e) => {
            let at = block.offset + e.valid_up_to() as u64;
            let line = block.line + count_lines(&block.text[..e.valid_up_to()]);
            Err(unreadable(shown, format!("line {line}: byte {at} is not valid UTF-8: {next}")))
        }
    }
}
