//! JSON lines: one object on each line, its numbers kept as text and parsed to the declared types.
//!
//! The columns are the declared ones and then the keys of the first block (8 MiB) of text that are not declared; a
//! key that shows up later is not seen. What is not declared is a string: strings as they are, everything else as the
//! JSON text it is written with. In declared columns, a number or truth value for a string and a string for a number
//! or truth value do not parse. An absent key and `null` are null; empty lines are left out.

mod object;
#[cfg(test)]
mod tests;
pub(super) mod whole;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use assay_core::contract::ColumnSpec;
use assay_core::engine::{ObservedColumn, OpenRequest};
use assay_core::measurement::MetricError;
use assay_core::types::Type;

use super::decompress::mark;
use super::text_blocks::{BLOCK, Cutter, TextBlock, TextBlocks, check_utf8, count_lines};
use super::text_columns::{BATCH_ROWS, BLOCK_ROWS, BlockBuilder, Cell, Span, TextColumn, match_declared};
use super::{Feed, FileEntry, FileFormat, OpenTable, Work};
use crate::block::Block;
use crate::error::unreadable;
pub(super) use object::Token;
use object::{Fault, members, unescape};

/// The JSON lines format.
pub struct JsonLines;

const NOT_UTF8: &str = "JSON is written in UTF-8";

/// A table of JSON lines files.
struct Table {
    files: Arc<[FileEntry]>,
    block: usize,
    columns: Vec<JsonColumn>,
    schema: SchemaRef,
    marks: Vec<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct JsonColumn {
    text: TextColumn,
    takes: Takes,
}

/// Which JSON values a column takes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// All: it is not declared, or as `any` or `json`.
    Everything,
    Strings,
    Numbers,
    /// Dates and times: numbers, too, because a format such as `%s` can read them.
    StringsAndNumbers,
    /// Truth values, and strings where the contract says which mean true and false.
    Truths {
        named: bool,
    },
}

impl FileFormat for JsonLines {
    fn open(&self, files: &[FileEntry], request: &OpenRequest) -> Result<Arc<dyn OpenTable>, MetricError> {
        open(files, request, BLOCK).map(|table| table as Arc<dyn OpenTable>)
    }
}

fn open(files: &[FileEntry], request: &OpenRequest, block: usize) -> Result<Arc<Table>, MetricError> {
    let found = first_keys(files, block)?;
    let divides = |name: &str| files.iter().any(|f| f.partitions.iter().any(|(key, _)| key == name));
    let declared: Vec<ColumnSpec> = request.columns.iter().filter(|c| !divides(&c.name)).cloned().collect();
    let matched = match_declared(&found, &declared);
    let mut columns = Vec::new();
    for (spec, key) in declared.iter().zip(&matched) {
        let name = key.map_or(&spec.name, |at| &found[at]);
        columns.push(JsonColumn { text: TextColumn::new(name, Some(spec), &request.source)?, takes: takes(spec) });
    }
    for (_, name) in found.iter().enumerate().filter(|(at, _)| !matched.contains(&Some(*at))) {
        columns.push(JsonColumn { text: TextColumn::new(name, None, &request.source)?, takes: Takes::Everything });
    }
    let schema = Arc::new(Schema::new(columns.iter().map(|c| c.text.field()).collect::<Vec<_>>()));
    let marks = files.iter().map(mark).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Table { files: files.into(), block, columns, schema, marks }))
}

/// Which values a declared column takes.
pub(super) fn takes(spec: &ColumnSpec) -> Takes {
    match &spec.ty {
        None | Some(Type::Any | Type::Json) => Takes::Everything,
        Some(Type::Bool) => {
            Takes::Truths { named: !(spec.read.text.true_texts.is_empty() && spec.read.text.false_texts.is_empty()) }
        }
        Some(ty) if ty.is_numeric() => Takes::Numbers,
        Some(Type::Date | Type::Time | Type::Timestamp | Type::TimestampZoned(_)) => Takes::StringsAndNumbers,
        Some(_) => Takes::Strings,
    }
}

/// The keys of the first block of text, in the order they show up.
fn first_keys(files: &[FileEntry], block: usize) -> Result<Vec<String>, MetricError> {
    let mut blocks = TextBlocks::new(files.into(), None, 0, LineCutter::default(), block);
    let Some(block) = blocks.next() else { return Ok(Vec::new()) };
    let block = block?;
    let shown = &files[block.file].shown;
    check_utf8(&block, shown, NOT_UTF8)?;
    keys_of(&block, shown)
}

/// The keys of a block that is UTF-8, in the order they show up.
fn keys_of(block: &TextBlock, shown: &str) -> Result<Vec<String>, MetricError> {
    let mut known: HashSet<&[u8]> = HashSet::new();
    let mut keys = Vec::new();
    let mut lines = Lines { block, at: 0, shown };
    while let Some((start, line)) = lines.next() {
        let whole = members(line, |key, _| {
            // two spellings of a key by escapes are told apart here and found equal below
            if known.insert(key.bytes) {
                let key = text_of(key);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            Ok(())
        });
        whole.map_err(|fault| lines.error(start, &fault))?;
    }
    Ok(keys)
}

/// A string's text; blocks are checked to be UTF-8 as a whole.
fn text_of(span: Span<'_>) -> String {
    let mut bytes = Vec::new();
    if span.escaped {
        unescape(span.bytes, &mut bytes);
    } else {
        bytes.extend_from_slice(span.bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl OpenTable for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn columns(&self) -> Vec<ObservedColumn> {
        self.columns.iter().map(|c| c.text.observed()).collect()
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn marks(&self) -> Vec<Vec<u8>> {
        self.marks.clone()
    }

    fn feed(&self, columns: &[usize], raw: bool) -> Result<Box<dyn Feed>, MetricError> {
        Ok(Box::new(JsonFeed {
            blocks: TextBlocks::new(self.files.clone(), None, 0, LineCutter::default(), self.block),
            plan: Arc::new(Plan {
                files: self.files.clone(),
                asked: columns.iter().map(|c| self.columns[*c].clone()).collect(),
                places: places(&self.columns, columns),
                raw,
            }),
        }))
    }
}

/// Where the keys of a table belong, of which these columns are asked for.
fn places(columns: &[JsonColumn], asked: &[usize]) -> HashMap<Vec<u8>, Place> {
    let place = |(at, column): (usize, &JsonColumn)| {
        let slot = asked.iter().position(|asked| *asked == at);
        (column.text.name.as_bytes().to_vec(), Place { column: at, slot })
    };
    columns.iter().enumerate().map(place).collect()
}

/// What every piece of work of a feed needs.
struct Plan {
    files: Arc<[FileEntry]>,
    asked: Vec<JsonColumn>,
    /// Keys of the table.
    places: HashMap<Vec<u8>, Place>,
    raw: bool,
}

/// Where a key belongs.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    /// The place among the columns asked for.
    slot: Option<usize>,
}

struct JsonFeed {
    blocks: TextBlocks<LineCutter>,
    plan: Arc<Plan>,
}

impl Feed for JsonFeed {
    fn next(&mut self) -> Option<Result<Box<dyn Work>, MetricError>> {
        let block = self.blocks.next()?;
        Some(block.map(|block| Box::new(JsonWork { block, plan: self.plan.clone() }) as Box<dyn Work>))
    }
}

struct JsonWork {
    block: TextBlock,
    plan: Arc<Plan>,
}

impl Work for JsonWork {
    fn file(&self) -> usize {
        self.block.file
    }

    fn bytes(&self) -> u64 {
        self.block.bytes
    }

    fn run(self: Box<Self>, sink: &mut dyn FnMut(Block) -> Result<(), MetricError>) -> Result<(), MetricError> {
        let JsonWork { block, plan } = *self;
        let shown = &plan.files[block.file].shown;
        check_utf8(&block, shown, NOT_UTF8)?;
        let lines = Lines { block: &block, at: 0, shown };
        let mut rows = Rows { lines, plan: &plan, guesses: Vec::new(), seen: vec![0; plan.places.len()], row: 0 };
        let mut builder = BlockBuilder::new(plan.asked.iter().map(|c| &c.text), plan.raw)?;
        let mut cells: Vec<Vec<Cell<'_>>> = vec![Vec::with_capacity(BATCH_ROWS); plan.asked.len()];
        loop {
            let n_rows = rows.read(&mut cells)?;
            if n_rows == 0 {
                break;
            }
            builder.extend(&cells, n_rows, &unescape);
            cells.iter_mut().for_each(Vec::clear);
            if builder.rows() >= BLOCK_ROWS {
                sink(builder.finish()?)?;
            }
        }
        if builder.rows() > 0 { sink(builder.finish()?) } else { Ok(()) }
    }
}

/// Takes lines apart into the cells that are asked for.
struct Rows<'a> {
    lines: Lines<'a>,
    plan: &'a Plan,
    /// The keys of the line before, by position, with their places: most lines look like their neighbours.
    guesses: Vec<(&'a [u8], Option<Place>)>,
    /// For each column, the last row (from 1) it was seen in.
    seen: Vec<u64>,
    row: u64,
}

impl<'a> Rows<'a> {
    /// Reads up to [`BATCH_ROWS`] rows; gives their number. `cells` is empty, by column asked for.
    fn read(&mut self, cells: &mut [Vec<Cell<'a>>]) -> Result<usize, MetricError> {
        let mut n_rows = 0;
        while n_rows < BATCH_ROWS
            && let Some((start, line)) = self.lines.next()
        {
            self.row += 1;
            let mut position = 0;
            let Rows { plan, guesses, seen, row, .. } = self;
            let whole = members(line, |key, token| {
                let place = match guesses.get(position) {
                    Some((bytes, place)) if *bytes == key.bytes => *place,
                    _ => {
                        let place = find(plan, key);
                        guesses.truncate(position);
                        guesses.push((key.bytes, place));
                        place
                    }
                };
                position += 1;
                let Some(Place { column, slot }) = place else { return Ok(()) };
                if std::mem::replace(&mut seen[column], *row) == *row {
                    return Err(format!("the key `{}` stands twice in one object", text_of(key)));
                }
                if let Some(slot) = slot {
                    cells[slot].push(cell(plan.asked[slot].takes, token));
                }
                Ok(())
            });
            whole.map_err(|fault| self.lines.error(start, &fault))?;
            n_rows += 1;
            cells.iter_mut().for_each(|column| column.resize(n_rows, Cell::Absent));
        }
        Ok(n_rows)
    }
}

fn find(plan: &Plan, key: Span<'_>) -> Option<Place> {
    if key.escaped { plan.places.get(text_of(key).as_bytes()) } else { plan.places.get(key.bytes) }.copied()
}

/// A JSON value as a cell of a column that takes some kinds of values.
pub(super) fn cell<'a>(takes: Takes, token: Token<'a>) -> Cell<'a> {
    let plain = |bytes: &'a [u8]| Span { bytes, escaped: false };
    let (span, fits) = match token {
        Token::Null => return Cell::Absent,
        Token::Truth(value) if matches!(takes, Takes::Truths { .. }) => return Cell::Truth(value),
        Token::String(span) => {
            (span, matches!(takes, Takes::Strings | Takes::StringsAndNumbers | Takes::Truths { named: true }))
        }
        Token::Number(text) => (plain(text), matches!(takes, Takes::Numbers | Takes::StringsAndNumbers)),
        Token::Truth(value) => (plain(if value { b"true" } else { b"false" }), false),
        Token::Nested(text) => (plain(text), false),
    };
    if fits || takes == Takes::Everything { Cell::Text(span) } else { Cell::Misfit(span) }
}

/// The lines of a block that are not empty.
struct Lines<'a> {
    block: &'a TextBlock,
    at: usize,
    shown: &'a str,
}

impl<'a> Lines<'a> {
    /// The next line and where it starts.
    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let text = self.block.text.as_slice();
        while self.at < text.len() {
            let start = self.at;
            let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
            self.at = end + 1;
            let line = &text[start..end];
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some((start, line));
            }
        }
        None
    }

    fn error(&self, start: usize, fault: &Fault) -> MetricError {
        let line = self.block.line + count_lines(&self.block.text[..start]);
        unreadable(self.shown, format!("line {line}, byte {}: {}", fault.at + 1, fault.why))
    }
}

/// Records are lines: JSON escapes the line ends in its strings.
#[derive(Default)]
struct LineCutter {
    at: usize,
}

impl Cutter for LineCutter {
    fn restart(&mut self) {
        self.at = 0;
    }

    fn cut(&mut self, text: &[u8], target: usize) -> Option<usize> {
        let from = self.at.max(target.saturating_sub(1));
        let found = text.get(from..).and_then(|rest| memchr::memchr(b'\n', rest));
        self.at = text.len();
        found.map(|n| from + n + 1)
    }
}
