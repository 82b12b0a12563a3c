//! CSV: text columns, parsed to the declared types; what is not declared is a string. Nothing is inferred.
//!
//! A line with too many or too few cells is an error, or, where the source says `ragged: fail`, a row of which no
//! cell parsed: nobody can tell which of its cells belongs to which column. Columns are mapped by the names in each
//! file's header; a column that one of the files lacks is null there.

mod dialect;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use assay_core::contract::ColumnSpec;
use assay_core::engine::{ObservedColumn, OpenRequest};
use assay_core::measurement::MetricError;
use encoding_rs::Encoding;

use super::decompress::{TextFile, mark};
use super::text_blocks::{BLOCK, TextBlock, TextBlocks, check_utf8, count_lines};
use super::text_columns::{BATCH_ROWS, BLOCK_ROWS, BlockBuilder, Cell, Span, TextColumn, match_declared};
use super::{Feed, FileEntry, FileFormat, OpenTable, Work};
use crate::block::Block;
use crate::error::{unreadable, unsupported};
use dialect::{Dialect, RecordCutter, Records};

/// The CSV format.
pub struct Csv;

const NOT_UTF8: &str = "name the file's `encoding`, such as windows-1252";
/// Bytes of a file that are looked at for its header, to start with.
const HEADER_BLOCK: usize = 64 << 10;

/// How a source's files are read.
#[derive(Debug, Clone, Copy)]
struct Reading {
    dialect: Dialect,
    encoding: Option<&'static Encoding>,
    skip_rows: u64,
    header: bool,
    ragged_fails: bool,
    block: usize,
}

/// A table of CSV files.
struct Table {
    files: Arc<[FileEntry]>,
    reading: Reading,
    columns: Vec<TextColumn>,
    schema: SchemaRef,
    layouts: Vec<Layout<usize>>,
    marks: Vec<Vec<u8>>,
    notes: Vec<String>,
}

/// What is known of a file.
struct Layout<C> {
    /// For each of its cells, the column.
    cells: Vec<C>,
    /// Bytes of text before the first row.
    header_end: u64,
}

impl FileFormat for Csv {
    fn open(&self, files: &[FileEntry], request: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError> {
        open(files, request, BLOCK).map(|table| table as Arc<dyn OpenTable>)
    }
}

fn open(files: &[FileEntry], request: &OpenRequest, block: usize) -> Result<Arc<Table>, MetricError> {
    let source = &request.source;
    let encoding = match &source.csv.encoding {
        None => None,
        Some(label) => {
            let known = Encoding::for_label(label.as_bytes());
            Some(known.ok_or_else(|| unsupported(format!("{}: no encoding is called `{label}`", source.path)))?)
        }
    };
    let reading = Reading {
        dialect: Dialect::new(&source.csv).map_err(|why| unsupported(format!("{}: {why}", source.path)))?,
        encoding,
        skip_rows: source.csv.skip_rows,
        header: source.csv.header,
        ragged_fails: source.csv.ragged_fails,
        block,
    };
    let headers = if reading.header {
        files.iter().map(|file| read_header(file, &reading)).collect::<Result<Vec<_>, _>>()?
    } else {
        let names = undivided(&request.columns, files);
        if names.is_empty() {
            return Err(unsupported(format!(
                "{}: without a header, the columns must be declared, in order",
                source.path
            )));
        }
        files
            .iter()
            .map(|file| TextFile::open(file, encoding).map(|_| (names.clone(), 0)))
            .collect::<Result<Vec<_>, _>>()?
    };

    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut layouts = Vec::new();
    for (header, header_end) in &headers {
        let cells = header.iter().map(|name| {
            *places.entry(name).or_insert_with(|| {
                names.push(name.clone());
                names.len() - 1
            })
        });
        layouts.push(Layout { cells: cells.collect(), header_end: *header_end });
    }
    let mut notes = Vec::new();
    for (file, layout) in files.iter().zip(&layouts).filter(|(_, layout)| layout.cells.len() < names.len()) {
        for (_, name) in names.iter().enumerate().filter(|(at, _)| !layout.cells.contains(at)) {
            notes.push(format!("{} has no column `{name}`: its rows count as null there", file.shown));
        }
    }
    let found = match_declared(&names, &request.columns);
    let columns = names.iter().enumerate().map(|(at, name)| {
        let spec = found.iter().position(|f| *f == Some(at)).map(|spec| &request.columns[spec]);
        TextColumn::new(name, spec, source)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Schema::new(columns.iter().map(TextColumn::field).collect::<Vec<_>>()));
    let marks = files.iter().map(mark).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Table { files: files.into(), reading, columns, schema, layouts, marks, notes }))
}

/// Declared columns that are in the files, not in the names of their folders.
fn undivided(declared: &[ColumnSpec], files: &[FileEntry]) -> Vec<String> {
    let divides = |name: &str| files.iter().any(|f| f.partitions.iter().any(|(key, _)| key == name));
    declared.iter().filter(|c| !divides(&c.name)).map(|c| c.name.clone()).collect()
}

/// The names in a file's header, and the number of bytes of text up to its end.
fn read_header(file: &FileEntry, reading: &Reading) -> Result<(Vec<String>, u64), MetricError> {
    let files = Arc::from([file.clone()]);
    let mut blocks =
        TextBlocks::new(files, reading.encoding, reading.skip_rows, RecordCutter::new(reading.dialect), HEADER_BLOCK);
    while let Some(block) = blocks.next() {
        let block = block?;
        check_utf8(&block, &file.shown, NOT_UTF8)?;
        let mut records = Records::new(reading.dialect, &block.text, 0);
        let Some(start) = records.advance() else { continue };
        let mut names = Vec::new();
        let whole = records.record(|_, span| names.push(text_of(span, reading.dialect)));
        whole.map_err(|_| open_quote(&block, start, &file.shown))?;
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            let line = block.line + count_lines(&block.text[..start]);
            return Err(unreadable(&file.shown, format!("line {line}: the header names two columns `{twice}`")));
        }
        return Ok((names, block.offset + records.place() as u64));
    }
    Err(unreadable(&file.shown, "there is no header: the file holds no line of text"))
}

/// A cell's text; blocks are checked to be UTF-8 as a whole, and cut at ASCII characters.
fn text_of(span: Span<'_>, dialect: Dialect) -> String {
    let mut bytes = Vec::new();
    if span.escaped {
        dialect.unescape(span.bytes, &mut bytes);
    } else {
        bytes.extend_from_slice(span.bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn open_quote(block: &TextBlock, start: usize, shown: &str) -> MetricError {
    let line = block.line + count_lines(&block.text[..start]);
    unreadable(shown, format!("line {line}: a quote is opened and never closed"))
}

impl OpenTable for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn columns(&self) -> Vec<ObservedColumn> {
        self.columns.iter().map(TextColumn::observed).collect()
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn marks(&self) -> Vec<Vec<u8>> {
        self.marks.clone()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn feed(&self, columns: &[usize], raw: bool) -> Result<Box<dyn Feed>, MetricError> {
        let Reading { dialect, encoding, skip_rows, block, .. } = self.reading;
        let asked: Arc<[TextColumn]> = columns.iter().map(|c| self.columns[*c].clone()).collect();
        let layouts = self.layouts.iter().map(|Layout { cells, header_end }| Layout {
            cells: cells.iter().map(|c| columns.iter().position(|a| a == c)).collect(),
            header_end: *header_end,
        });
        Ok(Box::new(CsvFeed {
            blocks: TextBlocks::new(self.files.clone(), encoding, skip_rows, RecordCutter::new(dialect), block),
            plan: Arc::new(Plan {
                files: self.files.clone(),
                reading: self.reading,
                asked,
                layouts: layouts.collect(),
                raw,
            }),
        }))
    }
}

/// What every piece of work of a feed needs.
struct Plan {
    files: Arc<[FileEntry]>,
    reading: Reading,
    asked: Arc<[TextColumn]>,
    /// For each file; a cell's column is its place among the columns asked for.
    layouts: Vec<Layout<Option<usize>>>,
    raw: bool,
}

struct CsvFeed {
    blocks: TextBlocks<RecordCutter>,
    plan: Arc<Plan>,
}

impl Feed for CsvFeed {
    fn next(&mut self) -> Option<Result<Box<dyn Work>, MetricError>> {
        let block = self.blocks.next()?;
        Some(block.map(|block| Box::new(CsvWork { block, plan: self.plan.clone() }) as Box<dyn Work>))
    }
}

struct CsvWork {
    block: TextBlock,
    plan: Arc<Plan>,
}

impl Work for CsvWork {
    fn file(&self) -> usize {
        self.block.file
    }

    fn bytes(&self) -> u64 {
        self.block.bytes
    }

    fn run(self: Box<Self>, sink: &mut dyn FnMut(Block) -> Result<(), MetricError>) -> Result<(), MetricError> {
        let CsvWork { block, plan } = *self;
        let Plan { reading, asked, .. } = plan.as_ref();
        let shown = &plan.files[block.file].shown;
        check_utf8(&block, shown, NOT_UTF8)?;
        let dialect = reading.dialect;
        let rest_of_header = plan.layouts[block.file].header_end.saturating_sub(block.offset);
        let start = usize::try_from(rest_of_header).map_or(block.text.len(), |n| n.min(block.text.len()));
        let records = Records::new(dialect, &block.text, start);
        let mut rows = Rows {
            block: &block,
            records,
            slots: &plan.layouts[block.file].cells,
            ragged_fails: reading.ragged_fails,
            shown,
        };
        let mut builder = BlockBuilder::new(asked.iter(), plan.raw)?;
        let mut cells: Vec<Vec<Cell<'_>>> = vec![Vec::with_capacity(BATCH_ROWS); asked.len()];
        loop {
            let n_rows = rows.read(&mut cells)?;
            if n_rows == 0 {
                break;
            }
            builder.extend(&cells, n_rows, &|raw, text| dialect.unescape(raw, text));
            cells.iter_mut().for_each(Vec::clear);
            if builder.rows() >= BLOCK_ROWS {
                sink(builder.finish()?)?;
            }
        }
        if builder.rows() > 0 { sink(builder.finish()?) } else { Ok(()) }
    }
}

/// Splits rows into the cells that are asked for.
struct Rows<'a> {
    block: &'a TextBlock,
    records: Records<'a>,
    slots: &'a [Option<usize>],
    ragged_fails: bool,
    shown: &'a str,
}

impl<'a> Rows<'a> {
    /// Reads up to [`BATCH_ROWS`] rows; gives their number. `cells` is empty, by column asked for.
    fn read(&mut self, cells: &mut [Vec<Cell<'a>>]) -> Result<usize, MetricError> {
        let slots = self.slots;
        let mut n_rows = 0;
        while n_rows < BATCH_ROWS
            && let Some(start) = self.records.advance()
        {
            let n_cells = self.records.record(|at, span| {
                if let Some(Some(slot)) = slots.get(at) {
                    cells[*slot].push(Cell::Text(span));
                }
            });
            let n_cells = n_cells.map_err(|_| open_quote(self.block, start, self.shown))?;
            if n_cells != slots.len() {
                if !self.ragged_fails {
                    return Err(self.ragged(start, n_cells));
                }
                slots.iter().flatten().for_each(|slot| spoil(&mut cells[*slot], n_rows));
            }
            n_rows += 1;
        }
        // columns that this file lacks
        cells.iter_mut().for_each(|column| column.resize(n_rows, Cell::Absent));
        Ok(n_rows)
    }

    fn ragged(&self, start: usize, n_cells: usize) -> MetricError {
        let line = self.block.line + count_lines(&self.block.text[..start]);
        let cells = if n_cells == 1 { "cell" } else { "cells" };
        unreadable(
            self.shown,
            format!(
                "line {line} has {n_cells} {cells} instead of {}: quote cells that hold the delimiter, or set `ragged: fail`",
                self.slots.len()
            ),
        )
    }
}

/// Makes the cell of a row one that did not parse.
fn spoil(column: &mut Vec<Cell<'_>>, row: usize) {
    match column.get_mut(row) {
        Some(cell) => {
            if let Cell::Text(span) = *cell {
                *cell = Cell::Bad(Some(span));
            }
        }
        None => column.push(Cell::Bad(None)),
    }
}
