//! Rows as Arrow batches, in file order: what baselines are made of.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema};
use assay_core::engine::{Cost, Snapshot, Watch};
use assay_core::measurement::MetricError;
use assay_core::metric::{Filter, Sql};

use crate::block::Block;
use crate::error::{arrow, interrupted, unsupported};
use crate::guarded::guarded;
use crate::local::LocalEngine;
use crate::rows::{Projection, RowFilter};
use crate::table::OpenedTable;

/// Some rows of one file.
#[derive(Debug, Clone)]
pub struct ReadBatch {
    /// The columns asked for, in the order asked, all nullable. Text comes as the source has it, which may differ from
    /// batch to batch: `Utf8`, `Utf8View`, or `Dictionary(Int32, Utf8)` (Arrow files may hold dictionaries of other
    /// keys). Every other column has one type in all batches. Text cells that did not parse as the declared type, and
    /// cells that the contract reads as missing, are null.
    pub batch: RecordBatch,
    /// Index of the file, in the order of the source's files.
    pub file: usize,
    /// The first row's number in its file, from 0, counted before the filter.
    pub first_row: u64,
    /// With a filter the number of each row in its file; `None`: they follow the first one.
    pub rows: Option<Vec<u64>>,
}

impl LocalEngine {
    /// Reads columns of a table in file order, batch by batch, on the calling thread. With a filter, only rows for
    /// which it is true (null is not true); batches without rows are left out.
    ///
    /// # Errors
    /// `column_missing`, `bad_sql`, `unreadable`, `interrupted`, or what `sink` gives, which ends the reading.
    pub fn read(
        &self,
        snapshot: &Snapshot,
        columns: &[String],
        filter: Option<&Sql>,
        watch: &dyn Watch,
        sink: &mut dyn FnMut(ReadBatch) -> Result<(), MetricError>,
    ) -> Result<Cost, MetricError> {
        let table = OpenedTable::of(snapshot).ok_or_else(|| unsupported("the table was opened by another engine"))?;
        let mut projection = Projection::default();
        let places = columns
            .iter()
            .map(|name| Ok(projection.place(table.index(name)?)))
            .collect::<Result<Vec<usize>, MetricError>>()?;
        let filter = match filter {
            Some(sql) => Some(RowFilter::plan(table, &Filter(vec![sql.clone()]), &mut projection)?),
            None => None,
        };
        watch.begin(&table.name, table.open.rows(), snapshot.bytes);
        let done = Reader { table, projection, places, filter, watch }.run(sink);
        watch.end();
        done
    }
}

struct Reader<'a> {
    table: &'a OpenedTable,
    projection: Projection,
    /// Of the columns asked for, in what is read.
    places: Vec<usize>,
    filter: Option<RowFilter>,
    watch: &'a dyn Watch,
}

impl Reader<'_> {
    fn run(&self, sink: &mut dyn FnMut(ReadBatch) -> Result<(), MetricError>) -> Result<Cost, MetricError> {
        let columns = &self.projection.0;
        let mut cost = Cost { passes: 1, ..Cost::default() };
        let mut feed = self.table.feed(columns, false, None)?;
        let (mut file, mut row) = (None, 0);
        while let Some(work) = feed.next() {
            let work = work?;
            let (number, bytes) = (work.file(), work.bytes());
            if file.replace(number) != Some(number) {
                row = 0;
            }
            guarded(&self.table.files[number].shown, || {
                work.run(&mut |block| {
                    if self.watch.cancelled() {
                        return Err(interrupted());
                    }
                    let block = self.table.complete(block, columns, number)?;
                    let rows = block.rows() as u64;
                    if let Some(batch) = self.batch(&block, number, row)? {
                        sink(batch)?;
                    }
                    row += rows;
                    cost.rows_scanned += rows;
                    self.watch.advance(rows, 0);
                    Ok(())
                })
            })?;
            self.watch.advance(0, bytes);
            cost.bytes_read += bytes;
            cost.row_groups_read += u64::from(self.table.open.footers().is_some());
        }
        Ok(cost)
    }

    fn batch(&self, block: &Block, file: usize, first_row: u64) -> Result<Option<ReadBatch>, MetricError> {
        let arrays: Vec<ArrayRef> = self.places.iter().map(|place| block.batch.column(*place).clone()).collect();
        let schema = block.batch.schema();
        let fields: Vec<Field> = self
            .places
            .iter()
            .zip(&arrays)
            .map(|(place, array)| Field::new(schema.field(*place).name(), array.data_type().clone(), true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(block.rows()));
        let batch =
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(arrow)?;
        let selected: Option<BooleanBuffer> = match &self.filter {
            Some(filter) => filter.select(block)?,
            None => None,
        };
        let Some(selected) = selected else {
            return Ok((block.rows() > 0).then_some(ReadBatch { batch, file, first_row, rows: None }));
        };
        let rows: Vec<u64> = selected.set_indices().map(|at| first_row + at as u64).collect();
        let Some(first_row) = rows.first().copied() else { return Ok(None) };
        let batch = filter_record_batch(&batch, &selected.into()).map_err(arrow)?;
        Ok(Some(ReadBatch { batch, file, first_row, rows: Some(rows) }))
    }
}
