//! Arrow IPC: files (also called Feather version 2) and streams.

mod cells;
mod guard;
pub(super) mod whole;

use std::fs;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::reader::{FileReader, StreamReader};
use assay_core::engine::{ObservedColumn, OpenRequest};
use assay_core::measurement::MetricError;
use sha2::{Digest, Sha256};

use super::{Feed, FileEntry, FileFormat, OpenTable, Work};
use crate::arrow_types::{observed, plain};
use crate::block::Block;
use crate::error::{arrow, io, unreadable};
use crate::guarded::guarded;

/// The Arrow IPC format.
pub struct Ipc;

/// Rows of a block; IPC batches can be of any size.
const BLOCK_ROWS: usize = 64 * 1024;
/// Into how many pieces of work a file is divided at most.
const PIECES: usize = 64;

struct File {
    entry: FileEntry,
    is_stream: bool,
    schema: SchemaRef,
    /// Record batches, known for files only.
    batches: Option<usize>,
    mark: Vec<u8>,
}

struct Table {
    schema: SchemaRef,
    fields: Vec<Field>,
    files: Arc<Vec<File>>,
    notes: Vec<String>,
}

impl FileFormat for Ipc {
    fn open(&self, entries: &[FileEntry], _request: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError> {
        let files = entries.iter().map(|e| guarded(&e.shown, || open_file(e))).collect::<Result<Vec<_>, _>>()?;
        let mut fields: Vec<Field> = Vec::new();
        for file in &files {
            for field in file.schema.fields() {
                match fields.iter().find(|f| f.name() == field.name()) {
                    None => fields.push(field.as_ref().clone()),
                    Some(first) if observed(first) == observed(field) => {}
                    Some(first) => {
                        let why = format!(
                            "column `{}` is {} here and {} in an earlier file",
                            field.name(),
                            observed(field),
                            observed(first)
                        );
                        return Err(unreadable(&file.entry.shown, why));
                    }
                }
            }
        }
        let lacks = |file: &File, f: &Field| file.schema.fields().find(f.name()).is_none();
        let notes = files
            .iter()
            .flat_map(|file| fields.iter().filter(move |f| lacks(file, f)).map(move |f| (file, f)))
            .map(|(file, f)| format!("{} has no column `{}`: its rows count as null there", file.entry.shown, f.name()))
            .collect();
        let schema =
            Schema::new(fields.iter().map(|f| Field::new(f.name(), plain(f.data_type()), true)).collect::<Vec<_>>());
        Ok(Arc::new(Table { schema: Arc::new(schema), fields, files: Arc::new(files), notes }))
    }
}

fn open_file(entry: &FileEntry) -> Result<File, MetricError> {
    let mut file = fs::File::open(&entry.path).map_err(|e| io(&entry.shown, &e))?;
    let mut head = [0; 6];
    file.read_exact(&mut head).map_err(|e| io(&entry.shown, &e))?;
    file.seek(SeekFrom::Start(0)).map_err(|e| io(&entry.shown, &e))?;
    let is_stream = &head != b"ARROW1";
    let broken =
        |e: &dyn std::fmt::Display| unreadable(&entry.shown, format!("not an Arrow IPC file, or damaged: {e}"));
    guard::check(&file, entry.size, is_stream).map_err(|why| broken(&why))?;
    let (schema, batches) = if is_stream {
        let reader = StreamReader::try_new(BufReader::new(&file), None).map_err(|e| broken(&e))?;
        (reader.schema(), None)
    } else {
        let reader = FileReader::try_new(BufReader::new(&file), None).map_err(|e| broken(&e))?;
        (reader.schema(), Some(reader.num_batches()))
    };
    Ok(File { entry: entry.clone(), is_stream, schema, batches, mark: ends(&mut file, entry)? })
}

/// A hash of the first and last 64 KiB, which hold the schema and the footer.
fn ends(file: &mut fs::File, entry: &FileEntry) -> Result<Vec<u8>, MetricError> {
    const END: u64 = 64 << 10;
    let mut hash = Sha256::new();
    for start in [0, entry.size.saturating_sub(END)] {
        file.seek(SeekFrom::Start(start)).map_err(|e| io(&entry.shown, &e))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes).map_err(|e| io(&entry.shown, &e))?;
        hash.update(&bytes);
    }
    Ok(hash.finalize().to_vec())
}

impl OpenTable for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn columns(&self) -> Vec<ObservedColumn> {
        let column = |f: &Field| ObservedColumn {
            name: f.name().clone(),
            ty: observed(f),
            nullable: Some(f.is_nullable()),
            partition: false,
        };
        self.fields.iter().map(column).collect()
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn marks(&self) -> Vec<Vec<u8>> {
        self.files.iter().map(|f| f.mark.clone()).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn feed(&self, columns: &[usize], _raw: bool) -> Result<Box<dyn Feed>, MetricError> {
        // files are handed out some batches at a time, for each piece reads the footer again; streams, which have no
        // index, as one piece
        let pieces: Vec<(usize, Option<Range<usize>>)> = self
            .files
            .iter()
            .enumerate()
            .flat_map(|(at, f)| match f.batches {
                Some(n) => {
                    let step = n.div_ceil(PIECES).max(1);
                    (0..n).step_by(step).map(|b| (at, Some(b..(b + step).min(n)))).collect::<Vec<_>>()
                }
                None => vec![(at, None)],
            })
            .collect();
        Ok(Box::new(IpcFeed {
            files: self.files.clone(),
            schema: self.schema.clone(),
            columns: Arc::new(columns.to_vec()),
            pieces: pieces.into_iter(),
        }))
    }
}

struct IpcFeed {
    files: Arc<Vec<File>>,
    schema: SchemaRef,
    columns: Arc<Vec<usize>>,
    pieces: std::vec::IntoIter<(usize, Option<Range<usize>>)>,
}

impl Feed for IpcFeed {
    fn next(&mut self) -> Option<Result<Box<dyn Work>, MetricError>> {
        let (file, batches) = self.pieces.next()?;
        Some(Ok(Box::new(IpcWork {
            files: self.files.clone(),
            schema: self.schema.clone(),
            columns: self.columns.clone(),
            file,
            batches,
        })))
    }
}

struct IpcWork {
    files: Arc<Vec<File>>,
    schema: SchemaRef,
    columns: Arc<Vec<usize>>,
    file: usize,
    batches: Option<Range<usize>>,
}

impl Work for IpcWork {
    fn file(&self) -> usize {
        self.file
    }

    fn bytes(&self) -> u64 {
        let file = &self.files[self.file];
        match (&self.batches, file.batches) {
            (Some(some), Some(all)) if all > 0 => {
                // shares that add up to the size of the file
                let share = |n: usize| (u128::from(file.entry.size) * n as u128 / all as u128) as u64;
                share(some.end) - share(some.start)
            }
            _ => file.entry.size,
        }
    }

    fn run(self: Box<Self>, sink: &mut dyn FnMut(Block) -> Result<(), MetricError>) -> Result<(), MetricError> {
        let file = &self.files[self.file];
        let broken = |e: &dyn std::fmt::Display| unreadable(&file.entry.shown, format!("damaged: {e}"));
        let reader = BufReader::new(fs::File::open(&file.entry.path).map_err(|e| io(&file.entry.shown, &e))?);
        // columns of the file, in file order, as the reader will give them
        let mut own: Vec<usize> =
            self.columns.iter().filter_map(|c| file.schema.index_of(self.schema.field(*c).name()).ok()).collect();
        own.sort_unstable();
        own.dedup();
        if file.is_stream {
            for batch in StreamReader::try_new(reader, Some(own)).map_err(|e| broken(&e))? {
                self.blocks(&batch.map_err(|e| broken(&e))?, sink)?;
            }
            return Ok(());
        }
        let mut reader = FileReader::try_new(reader, Some(own)).map_err(|e| broken(&e))?;
        let batches = self.batches.clone().unwrap_or(0..0);
        reader.set_index(batches.start).map_err(|e| broken(&e))?;
        for _ in batches {
            match reader.next() {
                Some(batch) => self.blocks(&batch.map_err(|e| broken(&e))?, sink)?,
                None => return Err(broken(&"a record batch is missing")),
            }
        }
        Ok(())
    }
}

impl IpcWork {
    fn blocks(
        &self,
        batch: &RecordBatch,
        sink: &mut dyn FnMut(Block) -> Result<(), MetricError>,
    ) -> Result<(), MetricError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for column in self.columns.iter() {
            let field = self.schema.field(*column);
            let array = match batch.column_by_name(field.name()) {
                None => new_null_array(field.data_type(), batch.num_rows()),
                Some(array) => match array.data_type() {
                    // of encodings, measures know dictionaries of text; the others are rare
                    DataType::RunEndEncoded(..) => cast(array, field.data_type()).map_err(arrow)?,
                    DataType::Dictionary(..) if field.data_type() != &DataType::Utf8 => {
                        cast(array, field.data_type()).map_err(arrow)?
                    }
                    _ => array.clone(),
                },
            };
            arrays.push(array);
        }
        let fields: Vec<Field> = self
            .columns
            .iter()
            .zip(&arrays)
            .map(|(c, a)| Field::new(self.schema.field(*c).name(), a.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let whole =
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(arrow)?;
        let mut at = 0;
        while at < whole.num_rows() {
            let rows = BLOCK_ROWS.min(whole.num_rows() - at);
            sink(Block::typed(whole.slice(at, rows)))?;
            at += rows;
        }
        Ok(())
    }
}
