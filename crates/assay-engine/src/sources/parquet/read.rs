//! Row groups as blocks.

use std::fs;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use assay_core::measurement::MetricError;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::{File, guard};
use crate::arrow_types::plain;
use crate::block::Block;
use crate::error::{io, unreadable};
use crate::sources::{Feed, FileEntry, Work};

/// Rows of a block: enough to spread the cost of a call, few enough for the columns to stay in cache.
const BLOCK_ROWS: usize = 16 * 1024;

/// A file read by position, so that threads can share it.
pub(super) struct FileBytes {
    file: fs::File,
    pub(super) len: u64,
    pub(super) shown: String,
}

impl FileBytes {
    pub(super) fn open(entry: &FileEntry) -> Result<Self, MetricError> {
        let file = fs::File::open(&entry.path).map_err(|e| io(&entry.shown, &e))?;
        let len = file.metadata().map_err(|e| io(&entry.shown, &e))?.len();
        Ok(FileBytes { file, len, shown: entry.shown.clone() })
    }

    /// Exactly these bytes.
    pub(super) fn bytes(&self, start: u64, len: usize) -> std::io::Result<Vec<u8>> {
        if start.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut buffer = vec![0; len];
        self.file.read_exact_at(&mut buffer, start)?;
        Ok(buffer)
    }
}

/// A cursor over a shared file.
struct Cursor {
    file: Arc<FileBytes>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.file.read_at(buffer, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// What the parquet crate reads from.
struct Chunks(Arc<FileBytes>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Box<dyn Read>>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        // page headers are some tens of bytes; the pages themselves come through `get_bytes`
        Ok(BufReader::with_capacity(512, Box::new(Cursor { file: self.0.clone(), at: start })))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.0.bytes(start, length).map(Bytes::from).map_err(|e| ParquetError::External(Box::new(e)))
    }
}

/// Hands out row groups.
pub(super) struct GroupFeed {
    files: Arc<Vec<File>>,
    schema: SchemaRef,
    columns: Arc<Vec<usize>>,
    groups: std::vec::IntoIter<(usize, usize)>,
}

impl GroupFeed {
    pub(super) fn new(
        files: Arc<Vec<File>>,
        schema: SchemaRef,
        columns: Vec<usize>,
        groups: Vec<(usize, usize)>,
    ) -> Self {
        GroupFeed { files, schema, columns: Arc::new(columns), groups: groups.into_iter() }
    }
}

impl Feed for GroupFeed {
    fn next(&mut self) -> Option<Result<Box<dyn Work>, MetricError>> {
        let (file, group) = self.groups.next()?;
        Some(Ok(Box::new(GroupWork {
            files: self.files.clone(),
            schema: self.schema.clone(),
            columns: self.columns.clone(),
            file,
            group,
        })))
    }
}

struct GroupWork {
    files: Arc<Vec<File>>,
    schema: SchemaRef,
    columns: Arc<Vec<usize>>,
    file: usize,
    group: usize,
}

impl GroupWork {
    /// The chunks to read: for a flat column one, for a nested one all below it.
    fn chunks(&self) -> impl Iterator<Item = &ColumnChunkMetaData> {
        let file = &self.files[self.file];
        let group = file.metadata.metadata().row_group(self.group);
        let wanted: Vec<usize> = self.columns.iter().filter_map(|c| file.columns[*c]).collect();
        let descriptor = file.metadata.parquet_schema();
        (0..group.num_columns())
            .filter(move |leaf| wanted.contains(&descriptor.get_column_root_idx(*leaf)))
            .map(|leaf| group.column(leaf))
    }
}

impl Work for GroupWork {
    fn file(&self) -> usize {
        self.file
    }

    fn bytes(&self) -> u64 {
        self.chunks().map(|c| u64::try_from(c.compressed_size()).unwrap_or(0)).sum()
    }

    fn run(self: Box<Self>, sink: &mut dyn FnMut(Block) -> Result<(), MetricError>) -> Result<(), MetricError> {
        let file = &self.files[self.file];
        let broken =
            |e: &dyn std::fmt::Display| unreadable(&file.entry.shown, format!("row group {}: {e}", self.group));
        for chunk in self.chunks() {
            guard::check_pages(&file.bytes, chunk).map_err(|why| broken(&why))?;
        }
        let own: Vec<usize> = self.columns.iter().filter_map(|c| file.columns[*c]).collect();
        let metadata = with_encodings(&file.metadata, self.group, &own).map_err(|e| broken(&e))?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(Chunks(file.bytes.clone()), metadata.clone())
            .with_projection(ProjectionMask::roots(metadata.parquet_schema(), own.iter().copied()))
            .with_row_groups(vec![self.group])
            .with_batch_size(BLOCK_ROWS)
            .build()
            .map_err(|e| broken(&e))?;
        // the reader gives columns in file order, each once
        let mut order: Vec<usize> = own.clone();
        order.sort_unstable();
        order.dedup();
        let place: Vec<Option<usize>> = self
            .columns
            .iter()
            .map(|c| file.columns[*c].and_then(|own| order.iter().position(|o| *o == own)))
            .collect();
        for batch in reader {
            let batch = batch.map_err(|e| broken(&e))?;
            sink(self.block(&batch, &place)?)?;
        }
        Ok(())
    }
}

impl GroupWork {
    /// The columns in the order asked for; those that the file lacks as nulls.
    fn block(&self, batch: &RecordBatch, place: &[Option<usize>]) -> Result<Block, MetricError> {
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter()
            .zip(place)
            .map(|(column, at)| match at {
                Some(at) => batch.column(*at).clone(),
                None => new_null_array(self.schema.field(*column).data_type(), batch.num_rows()),
            })
            .collect();
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(column, array)| Field::new(self.schema.field(*column).name(), array.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map(Block::typed)
            .map_err(crate::error::arrow)
    }
}

/// The reader's schema with text columns as dictionaries where every page of the chunk is dictionary-encoded, so that
/// patterns and sets look at each entry once; as views elsewhere, which need no copy of the bytes.
fn with_encodings(
    metadata: &ArrowReaderMetadata,
    group: usize,
    own: &[usize],
) -> parquet::errors::Result<ArrowReaderMetadata> {
    let descriptor = metadata.parquet_schema();
    let row_group = metadata.metadata().row_group(group);
    let fields: Vec<Arc<Field>> = metadata
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(root, field)| {
            let ty = plain(field.data_type());
            if !own.contains(&root) || ty != DataType::Utf8 {
                return Arc::new(field.as_ref().clone().with_data_type(ty));
            }
            let leaf = (0..descriptor.num_columns()).find(|l| descriptor.get_column_root_idx(*l) == root);
            let ty = if leaf.is_some_and(|leaf| all_dictionary(row_group.column(leaf))) {
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            } else {
                DataType::Utf8View
            };
            Arc::new(Field::new(field.name(), ty, field.is_nullable()).with_metadata(field.metadata().clone()))
        })
        .collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone()));
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), ArrowReaderOptions::new().with_schema(schema))
}

fn all_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    if let Some(mask) = chunk.page_encoding_stats_mask() {
        return mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY);
    }
    chunk.page_encoding_stats().is_some_and(|stats| {
        use parquet::basic::PageType;
        let mut data =
            stats.iter().filter(|s| matches!(s.page_type, PageType::DATA_PAGE | PageType::DATA_PAGE_V2)).peekable();
        data.peek().is_some()
            && data.all(|s| matches!(s.encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY))
    })
}
