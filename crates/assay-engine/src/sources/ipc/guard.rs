//! Checks an Arrow IPC file's own account of itself before a decoder allocates by it: every length is compared with
//! the bytes that are there.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use arrow::ipc::{Block, CompressionType, Message, RecordBatch, root_as_footer, root_as_message};

/// More rows than this in one batch are a mistake or an attack, whatever their type.
const MAX_ROWS: i64 = 1 << 32;
const MAGIC: usize = 6;

/// Reads the lengths of all messages of a file or stream of `len` bytes.
pub(super) fn check(file: &File, len: u64, is_stream: bool) -> Result<(), String> {
    let bytes = Bytes { at: file, len };
    if is_stream { bytes.stream(&mut |_| Ok(())).map(drop) } else { bytes.file() }
}

/// The same of a stream that is at hand whole and ends with the bytes; `each` may refuse a message.
pub(super) fn check_whole(body: &[u8], each: &mut dyn FnMut(&Message<'_>) -> Result<(), String>) -> Result<(), String> {
    let bytes = Bytes { at: &body, len: body.len() as u64 };
    match bytes.stream(each)? {
        Some(end) if end == bytes.len => Ok(()),
        Some(end) => Err(format!("{} bytes follow the end of the stream", bytes.len - end)),
        None => Err("the mark of the end of the stream is missing (truncated, or its writer not closed?)".into()),
    }
}

/// What bytes are read from.
trait At {
    fn read_at(&self, buffer: &mut [u8], start: u64) -> io::Result<()>;
}

impl At for File {
    fn read_at(&self, buffer: &mut [u8], start: u64) -> io::Result<()> {
        self.read_exact_at(buffer, start)
    }
}

impl At for &[u8] {
    fn read_at(&self, buffer: &mut [u8], start: u64) -> io::Result<()> {
        let start = usize::try_from(start).ok();
        let found = start.and_then(|start| self.get(start..start.checked_add(buffer.len())?));
        buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

struct Bytes<'a> {
    at: &'a dyn At,
    len: u64,
}

impl Bytes<'_> {
    fn read(&self, start: u64, n: u64) -> Result<Vec<u8>, String> {
        if start.checked_add(n).is_none_or(|end| end > self.len) {
            return Err(format!("it claims {n} bytes at byte {start}, the file has {} (truncated?)", self.len));
        }
        let n = usize::try_from(n).map_err(|_| format!("it claims {n} bytes"))?;
        let mut buffer = vec![0; n];
        self.at.read_at(&mut buffer, start).map_err(|e| e.to_string())?;
        Ok(buffer)
    }

    fn file(&self) -> Result<(), String> {
        let end = MAGIC as u64 + 4;
        let tail = self.read(self.len.checked_sub(end).ok_or("it is too short")?, end)?;
        if &tail[4..] != b"ARROW1" {
            return Err("its end is not that of an Arrow file (truncated?)".into());
        }
        let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        let start = (self.len - end).checked_sub(size).ok_or_else(|| format!("its footer claims {size} bytes"))?;
        let footer = self.read(start, size)?;
        let footer = root_as_footer(&footer).map_err(|e| format!("its footer is corrupt: {e}"))?;
        let blocks = footer.dictionaries().into_iter().flatten().chain(footer.recordBatches().into_iter().flatten());
        blocks.into_iter().try_for_each(|block| self.block(block))
    }

    fn block(&self, block: &Block) -> Result<(), String> {
        let (start, meta, body) =
            (whole(block.offset())?, whole(block.metaDataLength().into())?, whole(block.bodyLength())?);
        let message = self.read(start, meta)?;
        let at = start + meta;
        if at.checked_add(body).is_none_or(|end| end > self.len) {
            return Err(format!("a record batch claims {body} bytes at byte {at}, the file has {}", self.len));
        }
        // the length before the message is four bytes, or eight with the mark of newer files
        let skip = if message.starts_with(&[0xff; 4]) { 8 } else { 4 };
        let message = message.get(skip..).ok_or("a message is too short")?;
        let message = root_as_message(message).map_err(|e| format!("a message is corrupt: {e}"))?;
        self.message(&message, at, body)
    }

    /// Gives the place after the mark of the end, where there is one.
    fn stream(&self, each: &mut dyn FnMut(&Message<'_>) -> Result<(), String>) -> Result<Option<u64>, String> {
        let mut at = 0;
        while at < self.len {
            let mut size = self.read(at, 4)?;
            at += 4;
            if size == [0xff; 4] {
                size = self.read(at, 4)?;
                at += 4;
            }
            let size = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
            if size == 0 {
                return Ok(Some(at));
            }
            let message = self.read(at, size)?;
            let message = root_as_message(&message).map_err(|e| format!("a message is corrupt: {e}"))?;
            let body = whole(message.bodyLength())?;
            at += size;
            if at.checked_add(body).is_none_or(|end| end > self.len) {
                return Err(format!("a record batch claims {body} bytes at byte {at}, the file has {}", self.len));
            }
            self.message(&message, at, body)?;
            each(&message)?;
            at += body;
        }
        Ok(None)
    }

    fn message(&self, message: &Message<'_>, start: u64, body: u64) -> Result<(), String> {
        let batch =
            message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch().and_then(|d| d.data()));
        batch.map_or(Ok(()), |batch| self.batch(&batch, start, body))
    }

    fn batch(&self, batch: &RecordBatch<'_>, start: u64, body: u64) -> Result<(), String> {
        if batch.length() > MAX_ROWS {
            return Err(format!("a record batch claims {} rows", batch.length()));
        }
        for buffer in batch.buffers().into_iter().flatten() {
            let (offset, length) = (whole(buffer.offset())?, whole(buffer.length())?);
            if offset.checked_add(length).is_none_or(|end| end > body) {
                return Err(format!("a buffer claims bytes {offset} to {} of {body}", offset.saturating_add(length)));
            }
            let Some(compression) = batch.compression().filter(|_| length >= 8) else { continue };
            let head = self.read(start + offset, 8)?;
            let unpacked = i64::from_le_bytes(head.try_into().map_err(|_| "a buffer is too short")?);
            // the largest ratios of the two formats, and room for their framing; -1: not compressed
            let ratio = if compression.codec() == CompressionType::LZ4_FRAME { 256 } else { 1 << 17 };
            if unpacked != -1 && whole(unpacked)? > length.saturating_mul(ratio).saturating_add(1 << 16) {
                return Err(format!("a buffer claims {unpacked} bytes unpacked from {length}"));
            }
        }
        Ok(())
    }
}

/// A length or offset, which cannot be negative.
fn whole(n: i64) -> Result<u64, String> {
    u64::try_from(n).map_err(|_| format!("it claims a length of {n}"))
}
