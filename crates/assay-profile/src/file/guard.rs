//! What is checked of a baseline's file before a decoder works on it, so that a damaged or hostile file is an error and
//! neither a panic nor an allocation of what it claims.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::thrift::{Event, walk};

const MAGIC: &[u8] = b"PAR1";
/// Bytes of a footer: JSON of a thousand segments takes some hundred thousand.
const MAX_FOOTER: usize = 64 << 20;
/// Groups within groups of the file's schema; ours has the root, lists and their elements.
const MAX_SCHEMA_DEPTH: usize = 8;
/// Rows: columns times segments.
const MAX_ROWS: i64 = 1_000_000;
/// What any file may unpack to,
const FREE_BYTES: u64 = 256 << 20;
/// and what each of its bytes may unpack to beyond that.
const BYTES_EACH: u64 = 64;
/// Bytes of a page header without statistics.
const MAX_PAGE_HEADER: usize = 16 << 10;

/// Where the footer is.
pub(super) fn footer(bytes: &[u8]) -> Result<Range<usize>, String> {
    if bytes.len() < 12 || !bytes.starts_with(MAGIC) || !bytes.ends_with(MAGIC) {
        return Err("it does not begin and end as Parquet files do".into());
    }
    let end = bytes.len() - 8;
    let length = bytes[end..end + 4].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    match end.checked_sub(length) {
        Some(start) if start >= MAGIC.len() && length <= MAX_FOOTER => Ok(start..end),
        _ => Err(format!("its footer claims {length} bytes of {}", bytes.len())),
    }
}

/// Checks the shape of a footer: well-formed, of a schema that is not nested deeply.
pub(super) fn check_footer(footer: &[u8]) -> Result<(), String> {
    // the footer's second field lists the schema's elements, whose fifth field counts their children
    let mut children: Vec<i64> = Vec::new();
    walk(footer, &mut |path, event| match (path, event) {
        ([2], Event::Structure) => children.push(0),
        ([2, 5], Event::Number(number)) => {
            if let Some(last) = children.last_mut() {
                *last = number;
            }
        }
        _ => {}
    })?;
    let mut open: Vec<i64> = Vec::new();
    for n in children {
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if n > 0 {
            open.push(n);
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

/// Checks what the footer claims of the data, and the headers of all pages. `data` ends where the footer begins.
pub(super) fn check_data(data: &[u8], metadata: &ParquetMetaData) -> Result<(), String> {
    let rows = metadata.file_metadata().num_rows();
    let counted = metadata
        .row_groups()
        .iter()
        .try_fold(0_i64, |sum, group| if group.num_rows() < 0 { None } else { sum.checked_add(group.num_rows()) });
    if counted != Some(rows) || rows > MAX_ROWS {
        return Err(format!("it claims {rows} rows, at most {MAX_ROWS} are read, and all must be in its row groups"));
    }
    let most = FREE_BYTES.saturating_add(BYTES_EACH.saturating_mul(data.len() as u64));
    let mut unpacked = 0_u64;
    for group in metadata.row_groups() {
        for chunk in group.columns() {
            let claimed = u64::try_from(chunk.uncompressed_size()).map_err(|_| "it claims a negative size")?;
            unpacked = unpacked.saturating_add(claimed);
            if unpacked > most {
                return Err(format!("its {} bytes claim to unpack to more than {most}", data.len()));
            }
            // an element of a list takes at least a byte, a cell without one none
            let values = u64::try_from(chunk.num_values()).map_err(|_| "it claims a negative number of values")?;
            if values > claimed.saturating_add(group.num_rows().unsigned_abs()) {
                return Err(format!("`{}` claims {values} values in {claimed} bytes", chunk.column_path().string()));
            }
            check_pages(data, chunk, claimed).map_err(|why| format!("`{}`: {why}", chunk.column_path().string()))?;
        }
    }
    Ok(())
}

/// A page as its header describes it.
#[derive(Default)]
struct Page {
    unpacked: i64,
    packed: i64,
    values: i64,
    dictionary: bool,
}

fn check_pages(data: &[u8], chunk: &ColumnChunkMetaData, claimed: u64) -> Result<(), String> {
    let place = |offset: i64| usize::try_from(offset).map_err(|_| "it claims a negative place".to_owned());
    let start = place(chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset()))?;
    let length = place(chunk.compressed_size())?;
    let end = start.checked_add(length).filter(|end| *end <= data.len()).ok_or("it claims bytes beyond the data")?;
    let (mut at, mut values) = (start, 0_i64);
    while at < end && values < chunk.num_values() {
        let mut page = Page::default();
        let header = &data[at..end.min(at + MAX_PAGE_HEADER)];
        let used = walk(header, &mut |path, event| {
            let Event::Number(number) = event else { return };
            match path {
                [2] => page.unpacked = number,
                [3] => page.packed = number,
                // data pages of both versions and dictionary pages: their first field counts values
                [5 | 8, 1] => page.values = number,
                [7, 1] => (page.values, page.dictionary) = (number, true),
                _ => {}
            }
        })
        .map_err(|why| format!("page header at byte {at}: {why}"))?;
        let fits = |size: i64, most: u64| u64::try_from(size).is_ok_and(|size| size <= most);
        let next = usize::try_from(page.packed).ok().and_then(|packed| packed.checked_add(at + used));
        let (Some(next), true) = (next.filter(|next| *next <= end), fits(page.unpacked, claimed)) else {
            return Err(format!("page at byte {at} claims {} bytes, {} unpacked", page.packed, page.unpacked));
        };
        let most = if page.dictionary { page.unpacked } else { chunk.num_values() - values };
        if !(0..=most).contains(&page.values) {
            return Err(format!("page at byte {at} claims {} values", page.values));
        }
        values += if page.dictionary { 0 } else { page.values };
        at = next;
    }
    Ok(())
}

/// Runs a decoder that may panic on damaged data; a panic is an error and prints nothing.
pub(super) fn guarded<T>(decode: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    thread_local! {
        static DECODING: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                usual(panic);
            }
        }));
    });
    let outer = DECODING.replace(true);
    let done = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(outer);
    done.unwrap_or_else(|_| Err("its data cannot be decoded".into()))
}

#[cfg(test)]
mod tests {
    use parquet::file::metadata::{ColumnChunkMetaDataBuilder, ParquetMetaDataReader, RowGroupMetaDataBuilder};

    use super::*;

    /// What the checks say of a baseline's footer after its row group, and one of its chunks, were changed.
    fn check(
        group: impl Fn(RowGroupMetaDataBuilder) -> RowGroupMetaDataBuilder,
        chunk: impl Fn(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
    ) -> Result<(), String> {
        let bytes = crate::file::write(&crate::fixture::small()).expect("it is sealed and fits together");
        let at = footer(&bytes).expect("a footer");
        let data = at.start;
        let metadata = ParquetMetaDataReader::decode_metadata(&bytes[at]).expect("the footer is whole");
        let mut of = metadata.row_group(0).clone().into_builder();
        let mut chunks = of.take_columns();
        let place = chunks.iter().position(|chunk| chunk.column_path().string().starts_with("knot_values"));
        let place = place.expect("knots");
        chunks[place] = chunk(chunks[place].clone().into_builder()).build().expect("a chunk");
        let of = group(of.set_column_metadata(chunks)).build().expect("a row group");
        let metadata = metadata.into_builder().set_row_groups(vec![of]).build();
        check_data(&bytes[..data], &metadata)
    }

    #[test]
    fn claims_beyond_the_bytes_are_refused_before_anything_is_decoded() {
        let refused = |result: Result<(), String>, why: &str| {
            let error = result.expect_err(why);
            assert!(error.contains(why), "{error}");
        };
        assert_eq!(check(|group| group, |chunk| chunk), Ok(()));
        refused(check(|group| group.set_num_rows(1 << 40), |chunk| chunk), "rows");
        refused(check(|group| group.set_num_rows(-1), |chunk| chunk), "rows");
        refused(check(|group| group, |chunk| chunk.set_total_uncompressed_size(1 << 50)), "unpack to more than");
        refused(check(|group| group, |chunk| chunk.set_total_uncompressed_size(-1)), "a negative size");
        refused(check(|group| group, |chunk| chunk.set_total_uncompressed_size(1)), "`knot_values.list.item`");
        refused(check(|group| group, |chunk| chunk.set_num_values(1 << 40)), "values in");
        refused(check(|group| group, |chunk| chunk.set_total_compressed_size(1 << 40)), "beyond the data");
        refused(check(|group| group, |chunk| chunk.set_data_page_offset(-5)), "a negative place");
    }

    #[test]
    fn schemas_nested_deeply_are_refused_before_they_are_built() {
        // the footer's second field: a list of schema elements with one child each, in Thrift's compact protocol
        let mut bytes = vec![0x29, 0xfc, 100];
        bytes.extend([0x55, 2, 0].repeat(100));
        bytes.push(0);
        assert_eq!(check_footer(&bytes), Err("its schema is nested more than 8 deep".into()));
    }
}
