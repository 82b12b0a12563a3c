//! Text files as streams of UTF-8: gzip and zstd are told by their first bytes, not by the file's name, byte order
//! marks are dropped and other encodings are decoded.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assay_core::measurement::MetricError;
use encoding_rs::{Decoder, DecoderResult, Encoding};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::FileEntry;
use crate::error::{io as io_error, unreadable};

/// Read from the operating system at once where a decoder sits in between.
const BUFFER: usize = 256 << 10;
/// Bytes at both ends of a file that mark its contents.
const MARKED: u64 = 64 << 10;

/// First bytes of files that somebody may have taken for text, and what to do about it.
const NOT_TEXT: &[(&[u8], &str)] = &[
    (b"PAR1", "is a Parquet file: say `format: parquet`"),
    (b"ARROW1", "is an Arrow file: say `format: arrow`"),
    (b"PK\x03\x04", "is a zip archive: unpack it, or use gzip or zstd"),
    (b"BZh", "is compressed with bzip2: use gzip or zstd"),
    (b"\xFD7zXZ", "is compressed with xz: use gzip or zstd"),
];

/// A file read as text.
pub(super) struct TextFile {
    shown: String,
    size: u64,
    stream: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    reported: u64,
    /// Bytes before the text: the byte order mark.
    pub(super) skipped: u64,
    at_end: bool,
}

impl TextFile {
    /// Opens a file; `encoding` is a label of the WHATWG list, `None` stands for UTF-8 (which is not checked here).
    pub(super) fn open(entry: &FileEntry, encoding: Option<&'static Encoding>) -> Result<Self, MetricError> {
        let failed = |e: io::Error| io_error(&entry.shown, &e);
        let file = File::open(&entry.path).map_err(failed)?;
        let taken = Arc::new(AtomicU64::new(0));
        let mut raw = BufReader::with_capacity(BUFFER, Counted { file, taken: taken.clone() });
        let start = raw.fill_buf().map_err(failed)?;
        if let Some((_, why)) = NOT_TEXT.iter().find(|(magic, _)| start.starts_with(magic)) {
            return Err(unreadable(&entry.shown, why));
        }
        let stream: Box<dyn Read + Send> = if start.starts_with(b"\x1F\x8B") {
            Box::new(MultiGzDecoder::new(raw))
        } else if start.starts_with(b"\x28\xB5\x2F\xFD") {
            Box::new(zstd::stream::read::Decoder::with_buffer(raw).map_err(failed)?)
        } else {
            Box::new(raw)
        };
        let mut file = TextFile {
            shown: entry.shown.clone(),
            size: entry.size,
            stream,
            taken,
            reported: 0,
            skipped: 0,
            at_end: false,
        };
        match encoding.filter(|e| *e != encoding_rs::UTF_8) {
            Some(encoding) => file.stream = Box::new(Decoded::new(file.stream, encoding)),
            None => file.drop_mark()?,
        }
        Ok(file)
    }

    fn drop_mark(&mut self) -> Result<(), MetricError> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        let mut start = Vec::with_capacity(MARK.len());
        self.fill(&mut start, MARK.len())?;
        if start == MARK {
            self.skipped = MARK.len() as u64;
        } else {
            let rest = std::mem::replace(&mut self.stream, Box::new(io::empty()));
            self.stream = Box::new(io::Cursor::new(start).chain(rest));
            self.at_end = false;
        }
        Ok(())
    }

    /// Appends text to `buffer` until it holds `wanted` bytes or the file ends; false at the end.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, MetricError> {
        let mut filled = buffer.len();
        buffer.resize(wanted.max(filled), 0);
        while filled < wanted && !self.at_end {
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    self.check_size()?;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(io_error(&self.shown, &e)),
            }
        }
        buffer.truncate(filled);
        Ok(!self.at_end)
    }

    /// Every check reads one snapshot, so a file that grows or shrinks meanwhile is an error.
    fn check_size(&self) -> Result<(), MetricError> {
        let taken = self.taken.load(Ordering::Relaxed);
        if taken == self.size {
            return Ok(());
        }
        Err(unreadable(
            &self.shown,
            format!("changed while it was read: run again ({} bytes when listed, now {taken})", self.size),
        ))
    }

    /// Bytes of storage read since this was asked last.
    pub(super) fn bytes(&mut self) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        taken - std::mem::replace(&mut self.reported, taken)
    }
}

/// A hash of a file's size, first and last 64 KiB, which tells whether it changed at next to no cost.
pub(super) fn mark(entry: &FileEntry) -> Result<Vec<u8>, MetricError> {
    let failed = |e: io::Error| io_error(&entry.shown, &e);
    let mut file = File::open(&entry.path).map_err(failed)?;
    let mut hash = Sha256::new();
    hash.update(entry.size.to_le_bytes());
    for start in [0, entry.size.saturating_sub(MARKED)] {
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        (&mut file).take(MARKED).read_to_end(&mut part).map_err(failed)?;
        hash.update(&part);
    }
    Ok(hash.finalize().to_vec())
}

/// Counts the bytes that leave the storage.
struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Text of another encoding as UTF-8. A byte order mark decides, whatever was declared.
struct Decoded {
    stream: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is not decoded yet.
    left: std::ops::Range<usize>,
    /// Bytes before the end of `raw`, for messages.
    read: u64,
    at_end: bool,
    text: Vec<u8>,
    given: usize,
}

impl Decoded {
    fn new(stream: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Decoded {
            stream,
            decoder: encoding.new_decoder(),
            raw: vec![0; BUFFER],
            left: 0..0,
            read: 0,
            at_end: false,
            text: Vec::new(),
            given: 0,
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        if self.left.is_empty() && !self.at_end {
            let n = self.stream.read(&mut self.raw)?;
            self.at_end = n == 0;
            self.read += n as u64;
            self.left = 0..n;
        }
        self.given = 0;
        self.text.resize(BUFFER, 0);
        let source = &self.raw[self.left.clone()];
        let (result, taken, written) =
            self.decoder.decode_to_utf8_without_replacement(source, &mut self.text, self.at_end);
        self.left.start += taken;
        self.text.truncate(written);
        if let DecoderResult::Malformed(length, after) = result {
            let at = self.read - self.left.len() as u64 - u64::from(length) - u64::from(after);
            let name = self.decoder.encoding().name();
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("byte {at} is not valid {name}: is `encoding` right?"),
            ));
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.at_end && self.left.is_empty() {
                return Ok(0);
            }
            self.decode_more()?;
        }
        let n = buffer.len().min(self.text.len() - self.given);
        buffer[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}
