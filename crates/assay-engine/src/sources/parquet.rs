//! Parquet: read row group by row group, strings as dictionaries where the file has them, footers checked before
//! anything believes them.

mod guard;
mod read;
mod stats;

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use assay_core::engine::{ObservedColumn, OpenRequest};
use assay_core::measurement::MetricError;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use sha2::{Digest, Sha256};

use super::{Feed, FileEntry, FileFormat, Footers, OpenTable};
use crate::arrow_types::{observed, plain};
use crate::error::unreadable;
use crate::guarded::guarded;
use read::{FileBytes, GroupFeed};

/// The Parquet format.
pub struct Parquet;

/// One file, its footer read and checked.
struct File {
    entry: FileEntry,
    bytes: Arc<FileBytes>,
    metadata: ArrowReaderMetadata,
    mark: Vec<u8>,
    /// For each column of the table, the column of this file.
    columns: Vec<Option<usize>>,
}

/// A table of Parquet files.
struct Table {
    schema: SchemaRef,
    nullable: Vec<bool>,
    types: Vec<Field>,
    files: Arc<Vec<File>>,
    /// (file, row group) of each group of the table.
    groups: Vec<(usize, usize)>,
    notes: Vec<String>,
}

impl FileFormat for Parquet {
    fn open(&self, entries: &[FileEntry], _request: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError> {
        let mut files = entries.iter().map(open_file).collect::<Result<Vec<_>, _>>()?;
        let mut fields: Vec<Field> = Vec::new();
        let mut first: Vec<&str> = Vec::new();
        for file in &files {
            for field in file.metadata.schema().fields() {
                match fields.iter().position(|f| f.name() == field.name()) {
                    None => {
                        fields.push(field.as_ref().clone());
                        first.push(&file.entry.shown);
                    }
                    Some(at) => {
                        let (here, there) = (observed(field), observed(&fields[at]));
                        if here != there {
                            return Err(unreadable(
                                &file.entry.shown,
                                format!("column `{}` is {here} here and {there} in {}", field.name(), first[at]),
                            ));
                        }
                    }
                }
            }
        }
        let mut notes = Vec::new();
        for file in &mut files {
            let schema = file.metadata.schema();
            file.columns = fields.iter().map(|f| schema.fields().iter().position(|g| g.name() == f.name())).collect();
            for (field, _) in fields.iter().zip(&file.columns).filter(|(_, at)| at.is_none()) {
                notes.push(format!(
                    "{} has no column `{}`: its rows count as null there",
                    file.entry.shown,
                    field.name()
                ));
            }
        }
        let lacking = |column: usize| files.iter().any(|f| f.columns[column].is_none());
        let nullable = fields.iter().enumerate().map(|(at, f)| f.is_nullable() || lacking(at)).collect();
        let schema = Arc::new(Schema::new(
            fields.iter().map(|f| Field::new(f.name(), plain(f.data_type()), true)).collect::<Vec<_>>(),
        ));
        let groups = files
            .iter()
            .enumerate()
            .flat_map(|(at, f)| (0..f.metadata.metadata().num_row_groups()).map(move |g| (at, g)))
            .collect();
        Ok(Arc::new(Table { schema, nullable, types: fields, files: Arc::new(files), groups, notes }))
    }
}

fn open_file(entry: &FileEntry) -> Result<File, MetricError> {
    let bytes = Arc::new(FileBytes::open(entry)?);
    let (metadata, footer) = guarded(&entry.shown, || {
        let (metadata, footer) = guard::read_footer(&bytes)?;
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new())
            .map_err(|e| unreadable(&entry.shown, format!("its schema cannot be read: {e}")))?;
        Ok((metadata, footer))
    })?;
    Ok(File { entry: entry.clone(), bytes, metadata, mark: Sha256::digest(&footer).to_vec(), columns: Vec::new() })
}

impl OpenTable for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn columns(&self) -> Vec<ObservedColumn> {
        self.types
            .iter()
            .zip(&self.nullable)
            .map(|(f, nullable)| ObservedColumn {
                name: f.name().clone(),
                ty: observed(f),
                nullable: Some(*nullable),
                partition: false,
            })
            .collect()
    }

    fn rows(&self) -> Option<u64> {
        Some((0..self.groups.len()).map(|g| Footers::rows(self, g)).sum())
    }

    fn marks(&self) -> Vec<Vec<u8>> {
        self.files.iter().map(|f| f.mark.clone()).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn feed(&self, columns: &[usize], _raw: bool) -> Result<Box<dyn Feed>, MetricError> {
        self.feed_groups(columns, (0..self.groups.len()).collect())
    }

    fn footers(&self) -> Option<&dyn Footers> {
        Some(self)
    }
}

impl Footers for Table {
    fn groups(&self) -> usize {
        self.groups.len()
    }

    fn rows(&self, group: usize) -> u64 {
        let (file, at) = self.groups[group];
        u64::try_from(self.files[file].metadata.metadata().row_group(at).num_rows()).unwrap_or(0)
    }

    fn column(&self, group: usize, column: usize) -> super::ColumnStats {
        let (file, at) = self.groups[group];
        let file = &self.files[file];
        match file.columns[column] {
            Some(own) => stats::column(&file.metadata, at, own),
            // a column the file lacks is null in all its rows
            None => super::ColumnStats { nulls: Some(Footers::rows(self, group)), range: None },
        }
    }

    fn feed_groups(&self, columns: &[usize], groups: Vec<usize>) -> Result<Box<dyn Feed>, MetricError> {
        let groups = groups.into_iter().map(|g| self.groups[g]).collect();
        Ok(Box::new(GroupFeed::new(self.files.clone(), self.schema.clone(), columns.to_vec(), groups)))
    }
}
