//! Checks a Parquet file's own account of itself before a decoder allocates by it.
//!
//! The decoder reserves memory for as many list elements and dictionary values as a footer or page header claims, so
//! a file of 23 bytes can ask for hundreds of gigabytes and abort the process. Every count is compared here with the
//! bytes that could hold it: in Thrift's compact protocol each element takes at least one byte.

use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};

use super::read::FileBytes;
use crate::error::{io, unreadable};
use assay_core::measurement::MetricError;

/// Footers of this size and more are a mistake or an attack (a wide table has some MiB).
const MAX_FOOTER: usize = 512 << 20;
const MAX_DEPTH: u32 = 32;
const MAX_SCHEMA_DEPTH: usize = 100;

/// Reads and checks the footer; also gives its bytes.
pub(super) fn read_footer(file: &FileBytes) -> Result<(ParquetMetaData, Vec<u8>), MetricError> {
    let refuse = |why: String| unreadable(&file.shown, why);
    if file.len == 0 {
        return Err(refuse("the file is empty, not Parquet".into()));
    }
    if file.len < 12 {
        return Err(refuse(format!("not a Parquet file: {} bytes are too few", file.len)));
    }
    let tail = file.bytes(file.len - 8, 8).map_err(|e| io(&file.shown, &e))?;
    let head = file.bytes(0, 4).map_err(|e| io(&file.shown, &e))?;
    match (&head[..], &tail[4..]) {
        (_, b"PARE") => return Err(refuse("its footer is encrypted, which this version cannot read".into())),
        (b"PAR1", b"PAR1") => {}
        (b"PAR1", _) => return Err(refuse("footer is truncated: the file does not end as a Parquet file does".into())),
        _ => return Err(refuse("not a Parquet file".into())),
    }
    let len = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    if len as u64 + 12 > file.len {
        return Err(refuse(format!("footer claims {len} bytes, the file has {}", file.len)));
    }
    if len > MAX_FOOTER {
        return Err(refuse(format!("footer of {len} bytes is larger than the {MAX_FOOTER} that are read")));
    }
    let footer = file.bytes(file.len - 8 - len as u64, len).map_err(|e| io(&file.shown, &e))?;
    let mut walker = Walker { bytes: &footer, at: 0, found: None, in_schema: false, children: Vec::new() };
    walker
        .structure(0)
        .and_then(|()| schema_depth(&walker.children))
        .map_err(|why| refuse(format!("footer is corrupt: {why}")))?;
    let metadata =
        ParquetMetaDataReader::decode_metadata(&footer).map_err(|e| refuse(format!("footer is corrupt: {e}")))?;
    check(&metadata, file.len).map_err(refuse)?;
    Ok((metadata, footer))
}

fn check(metadata: &ParquetMetaData, len: u64) -> Result<(), String> {
    let mut total: u64 = 0;
    for (at, group) in metadata.row_groups().iter().enumerate() {
        let rows =
            u64::try_from(group.num_rows()).map_err(|_| format!("row group {at} claims {} rows", group.num_rows()))?;
        total = total.checked_add(rows).ok_or("claims more rows than can be counted")?;
        if rows > 0 && group.num_columns() == 0 {
            return Err(format!("row group {at} claims {rows} rows without a column"));
        }
        for chunk in group.columns() {
            let name = chunk.column_path().string();
            let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
            let sizes =
                (u64::try_from(start), u64::try_from(chunk.compressed_size()), u64::try_from(chunk.num_values()));
            let (Ok(start), Ok(size), Ok(values)) = sizes else {
                return Err(format!("row group {at}, column `{name}`: a negative offset, size or count"));
            };
            if start.checked_add(size).is_none_or(|end| end > len) {
                return Err(format!(
                    "row group {at}, column `{name}` claims bytes {start} to {}, the file has {len} (truncated?)",
                    start.saturating_add(size)
                ));
            }
            if chunk.uncompressed_size() < 0 {
                return Err(format!("row group {at}, column `{name}`: a negative size"));
            }
            let flat = chunk.column_descr().max_rep_level() == 0;
            if flat && values != rows {
                return Err(format!("row group {at}, column `{name}` claims {values} values for {rows} rows"));
            }
            // a page header takes at least 8 bytes and holds at most 2^31 values
            if values > (size / 8 + 1).saturating_mul(1 << 31) || (values > 0 && size == 0) {
                return Err(format!("row group {at}, column `{name}` claims {values} values in {size} bytes"));
            }
        }
    }
    match u64::try_from(metadata.file_metadata().num_rows()) {
        Ok(rows) if rows == total => Ok(()),
        _ => Err(format!("claims {} rows, its row groups hold {total}", metadata.file_metadata().num_rows())),
    }
}

/// Checks the page headers of a chunk: sizes within the chunk, a dictionary's values within its bytes.
pub(super) fn check_pages(file: &FileBytes, chunk: &ColumnChunkMetaData) -> Result<(), String> {
    let (start, len) = chunk.byte_range();
    let name = || chunk.column_path().string();
    let mut at = start;
    let end = start + len;
    let claimed = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
    let mut values: i64 = 0;
    while at < end && values < chunk.num_values() {
        let take = usize::try_from((end - at).min(HEADER_MAX)).unwrap_or(0);
        let bytes = file.bytes(at, take).map_err(|e| format!("column `{}`: {e}", name()))?;
        let mut walker =
            Walker { bytes: &bytes, at: 0, found: Some(PageHeader::default()), in_schema: false, children: Vec::new() };
        walker.structure(0).map_err(|why| format!("column `{}`, page header at byte {at}: {why}", name()))?;
        let header = walker.found.take().unwrap_or_default();
        let (Ok(uncompressed), Ok(compressed)) = (u64::try_from(header.uncompressed), u64::try_from(header.compressed))
        else {
            return Err(format!("column `{}`, page at byte {at}: a negative size", name()));
        };
        let next = at + walker.at as u64 + compressed;
        if next > end {
            return Err(format!(
                "column `{}`, page at byte {at} claims {compressed} bytes, its chunk ends before",
                name()
            ));
        }
        if uncompressed > most_unpacked(chunk.compression(), compressed) {
            let text = format!(
                "column `{}`, page at byte {at} claims {uncompressed} bytes unpacked from {compressed}",
                name()
            );
            return Err(text);
        }
        if uncompressed > claimed {
            return Err(format!(
                "column `{}`, page at byte {at} claims {uncompressed} bytes unpacked, its chunk {claimed}",
                name()
            ));
        }
        if header.values < 0 || (header.dictionary && u64::try_from(header.values).is_ok_and(|v| v > uncompressed)) {
            return Err(format!(
                "column `{}`, page at byte {at} claims {} values in {uncompressed} bytes",
                name(),
                header.values
            ));
        }
        if !header.dictionary {
            values += header.values;
        }
        at = next;
    }
    Ok(())
}

/// The most that so many bytes can unpack to, generously: the largest ratio of each format, and room for its framing.
fn most_unpacked(codec: Compression, compressed: u64) -> u64 {
    let ratio = match codec {
        Compression::UNCOMPRESSED => 1,
        Compression::SNAPPY => 64,
        Compression::LZ4 | Compression::LZ4_RAW => 256,
        Compression::GZIP(_) => 1_100,
        Compression::LZO | Compression::ZSTD(_) | Compression::BROTLI(_) => 1 << 17,
    };
    compressed.saturating_mul(ratio).saturating_add(1 << 16)
}

/// A page header with statistics of its own may hold two values of some size.
const HEADER_MAX: u64 = 16 << 10;

/// What is read from a page header while walking over it.
#[derive(Default)]
struct PageHeader {
    uncompressed: i64,
    compressed: i64,
    values: i64,
    dictionary: bool,
}

/// Walks over a structure of Thrift's compact protocol without building anything.
struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the top structure is a page header, its figures.
    found: Option<PageHeader>,
    /// Whether the walk is within the list of a footer's schema elements.
    in_schema: bool,
    /// The number of children of each of them, in file order.
    children: Vec<i64>,
}

/// The decoder descends the schema by recursion: a tree of any depth would end its stack.
fn schema_depth(children: &[i64]) -> Result<(), String> {
    let mut open: Vec<i64> = Vec::new();
    for n in children {
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if *n > 0 {
            open.push(*n);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.len() > MAX_SCHEMA_DEPTH {
            return Err(format!("its schema is nested more than {MAX_SCHEMA_DEPTH} deep"));
        }
    }
    Ok(())
}

impl Walker<'_> {
    fn byte(&mut self) -> Result<u8, String> {
        let byte = *self.bytes.get(self.at).ok_or("it ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number is too long".into())
    }

    fn skip(&mut self, n: u64) -> Result<(), String> {
        let left = (self.bytes.len() - self.at) as u64;
        if n > left {
            return Err(format!("it claims {n} bytes where {left} are left"));
        }
        self.at += n as usize;
        Ok(())
    }

    fn structure(&mut self, depth: u32) -> Result<(), String> {
        self.fields(depth, None)
    }

    /// `page`: the id of the page header's field this structure is the value of.
    fn fields(&mut self, depth: u32, page: Option<i64>) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        if self.in_schema && depth == 2 {
            self.children.push(0);
        }
        let mut id: i64 = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            let kind = head & 0x0f;
            id = if head >> 4 == 0 { zigzag(self.varint()?) } else { id + i64::from(head >> 4) };
            if kind == 12 {
                self.fields(depth + 1, (depth == 0).then_some(id))?;
            } else if matches!(kind, 4..=6) {
                let number = zigzag(self.varint()?);
                self.note(depth, page, id, number);
            } else {
                // the second field of a footer lists the elements of its schema
                self.in_schema |= depth == 0 && id == 2 && self.found.is_none();
                self.value(kind, depth, false)?;
                self.in_schema &= depth != 0;
            }
        }
    }

    fn note(&mut self, depth: u32, page: Option<i64>, id: i64, number: i64) {
        if let (true, 2, 5, Some(children)) = (self.in_schema, depth, id, self.children.last_mut()) {
            *children = number;
        }
        let Some(header) = &mut self.found else { return };
        match (depth, page, id) {
            (0, _, 2) => header.uncompressed = number,
            (0, _, 3) => header.compressed = number,
            // data page, dictionary page, data page of the second version: their first field counts values
            (1, Some(5 | 7 | 8), 1) => {
                header.values = number;
                header.dictionary = page == Some(7);
            }
            _ => {}
        }
    }

    fn value(&mut self, kind: u8, depth: u32, in_list: bool) -> Result<(), String> {
        match kind {
            1 | 2 => {
                if in_list {
                    self.skip(1)
                } else {
                    Ok(())
                }
            }
            3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let n = self.varint()?;
                self.skip(n)
            }
            9 | 10 => {
                let head = self.byte()?;
                let n = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                let left = (self.bytes.len() - self.at) as u64;
                if n > left {
                    return Err(format!("it claims a list of {n} where {left} bytes are left"));
                }
                (0..n).try_for_each(|_| self.element(head & 0x0f, depth))
            }
            11 => {
                let n = self.varint()?;
                if n == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                let left = (self.bytes.len() - self.at) as u64;
                if n > left {
                    return Err(format!("it claims a map of {n} where {left} bytes are left"));
                }
                (0..n).try_for_each(|_| {
                    self.element(kinds >> 4, depth)?;
                    self.element(kinds & 0x0f, depth)
                })
            }
            12 => self.fields(depth + 1, None),
            13 => self.skip(16),
            _ => Err(format!("an unknown kind of field ({kind})")),
        }
    }

    fn element(&mut self, kind: u8, depth: u32) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        self.value(kind, depth + 1, true)
    }
}

fn zigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}
