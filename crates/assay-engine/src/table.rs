//! An opened table: files, columns, partitions, and how cells are read before any check sees them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, Field, Float16Type, Float32Type, Float64Type, Schema, SchemaRef};
use assay_core::engine::{ObservedColumn, OpenRequest, Snapshot};
use assay_core::literal::Literal;
use assay_core::measurement::MetricError;
use assay_core::metric::{Metric, ValueTest};
use assay_core::problem::Span;
use assay_core::types::Type;
use sha2::{Digest, Sha256};

use crate::arrow_types::arrow_of;
use crate::block::Block;
use crate::error::{arrow, unreadable};
use crate::measures::duplicates::DuplicatedKeys;
use crate::measures::orphans::KeySet;
use crate::sources::{Feed, FileEntry, OpenTable, registry};
use crate::sql::Planner;
use crate::value_tests::{ColumnTest, compile};
use crate::{listing, partitions};

/// What `Snapshot::handle` holds.
pub(crate) struct OpenedTable {
    pub(crate) name: String,
    pub(crate) open: Arc<dyn OpenTable>,
    pub(crate) files: Vec<FileEntry>,
    /// File columns, then partition columns; text as `Utf8`.
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<ObservedColumn>,
    reads: Vec<Reading>,
    /// Number of columns that come from the files.
    n_file_columns: usize,
    timezone: String,
    now_nanos: i64,
    planner: Mutex<Option<Arc<Planner>>>,
    /// What measuring learnt and fetching failing rows needs.
    pub(crate) kept: Mutex<Kept>,
}

/// Results of holistic measures that name the rows at fault.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) duplicated: BTreeMap<Metric, Arc<DuplicatedKeys>>,
    pub(crate) other_keys: BTreeMap<Metric, Arc<KeySet>>,
}

/// What is done to a column before anything else sees it.
struct Reading {
    /// Values that become null.
    missing: Option<Box<dyn ColumnTest>>,
    nan_is_null: bool,
}

impl Reading {
    fn is_plain(&self) -> bool {
        self.missing.is_none() && !self.nan_is_null
    }
}

/// Opens a table.
pub(crate) fn open(request: &OpenRequest) -> Result<Snapshot, MetricError> {
    let mut files = listing::list(&request.source)?;
    let n_found = files.len();
    let partition_columns = partitions::columns(&files, &request.columns, &request.source)?;
    let mut notes = Vec::new();
    let mut kept = partitions::prune(&files, &partition_columns, request)?;
    if !kept.contains(&true) {
        // one file stays in any case: it tells the columns of a table whose rows are all filtered away
        kept[0] = true;
    }
    let mut keep = kept.iter();
    files.retain(|_| *keep.next().expect("one flag for each file"));
    let open = registry::of(request.source.format).open(&files, request)?;
    notes.extend(open.notes());

    let file_schema = open.schema();
    let mut fields: Vec<Field> = file_schema.fields().iter().map(|f| f.as_ref().clone()).collect();
    let mut columns = open.columns();
    let n_file_columns = columns.len();
    for (name, ty) in &partition_columns {
        // a column that is also in the files keeps the files' values
        if columns.iter().all(|c| &c.name != name) {
            fields.push(Field::new(name, arrow_of(ty), true));
            columns.push(ObservedColumn { name: name.clone(), ty: ty.for_text(), nullable: None, partition: true });
        }
    }
    let schema = Arc::new(Schema::new(fields));
    let reads = columns
        .iter()
        .zip(schema.fields())
        .map(|(c, f)| reading(c, f.data_type(), request))
        .collect::<Result<Vec<_>, _>>()?;

    let marks = open.marks();
    let mut hash = Sha256::new();
    for (file, mark) in files.iter().zip(&marks) {
        hash.update(file.shown.as_bytes());
        hash.update([0]);
        hash.update(file.size.to_le_bytes());
        hash.update(mark);
    }
    let fingerprint = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    let rows = open.rows();
    let table = OpenedTable {
        name: request.table.clone(),
        open,
        schema,
        columns: columns.clone(),
        reads,
        n_file_columns,
        timezone: request.timezone.clone(),
        now_nanos: request.now_nanos,
        planner: Mutex::new(None),
        kept: Mutex::default(),
        files: files.clone(),
    };
    Ok(Snapshot {
        format: request.source.format.name(),
        path: request.source.path.clone(),
        files: files.len() as u64,
        files_pruned: (n_found - files.len()) as u64,
        bytes: files.iter().map(|f| f.size).sum(),
        rows,
        fingerprint,
        columns,
        notes,
        newest_file_nanos: files.iter().map(|f| f.modified_nanos).max(),
        handle: Arc::new(table),
    })
}

fn reading(column: &ObservedColumn, ty: &DataType, request: &OpenRequest) -> Result<Reading, MetricError> {
    let spec = request.columns.iter().find(|c| c.name == column.name).or_else(|| {
        let lower = column.name.to_lowercase();
        let mut alike = request.columns.iter().filter(|c| c.name.to_lowercase() == lower);
        alike.next().filter(|_| alike.next().is_none())
    });
    let Some(spec) = spec else { return Ok(Reading { missing: None, nan_is_null: false }) };
    let mut markers = Vec::new();
    for text in &spec.read.missing {
        let literal = Literal { text: text.clone(), quoted: true, span: Span::default() };
        let value = literal.read(&column.ty).map_err(|why| unreadable(&column.name, format!("`missing`: {why}")))?;
        markers.push(value);
    }
    markers.sort();
    let missing = if markers.is_empty() { None } else { Some(compile(&ValueTest::In(markers), ty)?) };
    Ok(Reading { missing, nan_is_null: spec.read.nan_is_null && column.ty.is_float() })
}

impl OpenedTable {
    /// The handle of a snapshot that this crate opened.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<&OpenedTable> {
        snapshot.handle.downcast_ref()
    }

    /// The planner of SQL over this table, made on first use: most contracts have none.
    pub(crate) fn planner(&self) -> Arc<Planner> {
        let mut planner = self.planner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        planner
            .get_or_insert_with(|| Arc::new(Planner::new(self.schema.clone(), &self.timezone, self.now_nanos)))
            .clone()
    }

    /// Whether cells of this column reach checks as they are in the file, so that a footer speaks of them.
    pub(crate) fn is_plain(&self, column: usize) -> bool {
        column < self.n_file_columns && self.reads[column].is_plain()
    }

    /// Index of a column that a metric names.
    pub(crate) fn index(&self, name: &str) -> Result<usize, MetricError> {
        self.schema
            .fields()
            .find(name)
            .map(|(at, _)| at)
            .ok_or_else(|| MetricError { code: "column_missing", text: format!("column missing: `{name}`") })
    }

    /// Starts reading these columns of the table.
    pub(crate) fn feed(
        &self,
        columns: &[usize],
        raw: bool,
        groups: Option<Vec<usize>>,
    ) -> Result<Box<dyn Feed>, MetricError> {
        let own: Vec<usize> = columns.iter().copied().filter(|c| *c < self.n_file_columns).collect();
        match (groups, self.open.footers()) {
            (Some(groups), Some(footers)) => footers.feed_groups(&own, groups),
            _ => self.open.feed(&own, raw),
        }
    }

    /// Completes a block as the source gave it: partition columns in their places, missing values made null.
    pub(crate) fn complete(&self, block: Block, columns: &[usize], file: usize) -> Result<Block, MetricError> {
        let changes = columns.iter().any(|c| !self.is_plain(*c));
        if !changes {
            return Ok(block);
        }
        let rows = block.rows();
        let mut own = block.batch.columns().iter().zip(block.unparsed).zip(block.raw);
        let mut arrays = Vec::with_capacity(columns.len());
        let mut unparsed = Vec::with_capacity(columns.len());
        let mut raw = Vec::with_capacity(columns.len());
        for column in columns {
            if *column >= self.n_file_columns {
                let name = self.schema.field(*column).name();
                let ty = &self.columns[*column].ty;
                let (array, bad) = partitions::constant(&self.files[file], name, ty, rows)?;
                arrays.push(array);
                unparsed.push(bad);
                raw.push(None);
                continue;
            }
            let ((array, bad), text) = own.next().expect("the source gives every column asked for");
            arrays.push(self.nulled(array, *column)?);
            unparsed.push(bad);
            raw.push(text);
        }
        let fields: Vec<Field> = columns
            .iter()
            .zip(&arrays)
            .map(|(c, a)| Field::new(self.schema.field(*c).name(), a.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(arrow)?;
        Ok(Block { batch, unparsed, raw })
    }

    fn nulled(&self, array: &ArrayRef, column: usize) -> Result<ArrayRef, MetricError> {
        let reading = &self.reads[column];
        let mut array = array.clone();
        if let Some(missing) = &reading.missing {
            let marked = missing.holds(&array)?;
            array = nullif(&array, &BooleanArray::new(marked, None)).map_err(arrow)?;
        }
        if reading.nan_is_null {
            let nan = nan_rows(&array);
            array = nullif(&array, &BooleanArray::new(nan, None)).map_err(arrow)?;
        }
        Ok(array)
    }
}

/// Rows that hold NaN; of null rows the answer is arbitrary. No row for types other than floats.
pub(crate) fn nan_rows(array: &ArrayRef) -> BooleanBuffer {
    let rows = array.len();
    match array.data_type() {
        DataType::Float64 => {
            let v = array.as_primitive::<Float64Type>().values();
            BooleanBuffer::collect_bool(rows, |i| v[i].is_nan())
        }
        DataType::Float32 => {
            let v = array.as_primitive::<Float32Type>().values();
            BooleanBuffer::collect_bool(rows, |i| v[i].is_nan())
        }
        DataType::Float16 => {
            let v = array.as_primitive::<Float16Type>().values();
            BooleanBuffer::collect_bool(rows, |i| v[i].is_nan())
        }
        DataType::Dictionary(_, value) if value.is_floating() => match cast(array, value) {
            Ok(plain) => nan_rows(&plain),
            Err(_) => BooleanBuffer::new_unset(rows),
        },
        _ => BooleanBuffer::new_unset(rows),
    }
}

/// The type of a declared column, by name, without regard to case where that is unique.
pub(crate) fn declared<'a>(request: &'a [assay_core::contract::ColumnSpec], name: &str) -> Option<&'a Type> {
    let exact = request.iter().find(|c| c.name == name);
    exact.or_else(|| request.iter().find(|c| c.name.eq_ignore_ascii_case(name))).and_then(|c| c.ty.as_ref())
}
