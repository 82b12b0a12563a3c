//! An Arrow IPC stream in the body of a request.

use std::collections::BTreeMap;
use std::io::Cursor;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::writer::FileWriter;
use arrow::ipc::{Field, Message};
use assay_core::contract::{ColumnSpec, Source};

use super::{cells, guard};
use crate::arrow_types::observed;
use crate::guarded::guarded;
use crate::sources::text_columns::match_declared;
use crate::sources::whole::{BODY, Declared, NotRead, Rows, batch, few};

/// Messages of a stream, at most: entries may be added to a dictionary by each.
const MOST_MESSAGES: u32 = 10_000;
/// What a schema may unpack to: parts of it may be named many times.
const MOST_SCHEMA: usize = 16 << 20;
/// What a field takes beside its texts, about.
const FIELD: usize = 256;

/// Reads a body; columns that are not declared are not decoded.
pub(crate) fn read(body: &[u8], columns: &[ColumnSpec], source: &Source) -> Result<Vec<Rows>, NotRead> {
    let declared = Declared::all(columns, source)?;
    guarded(BODY, || Ok(decode(body, columns, &declared)))?
}

fn decode(body: &[u8], columns: &[ColumnSpec], declared: &[Declared]) -> Result<Vec<Rows>, NotRead> {
    let rows = inspect(body).map_err(|why| broken(&why))?;
    few(rows, columns.len())?;
    let open = |projection| StreamReader::try_new(Cursor::new(body), projection).map_err(|error| broken(&error));
    let schema = open(None)?.schema();
    let (places, own) = places(&schema, columns)?;
    open(Some(own))?.map(|batch| read_batch(&batch.map_err(|error| broken(&error))?, &places, declared)).collect()
}

fn broken(why: &dyn std::fmt::Display) -> NotRead {
    NotRead::Broken(format!("{BODY} is not an Arrow IPC stream, or damaged: {why}"))
}

/// Looks at all messages before anything is decoded; gives the number of rows.
fn inspect(body: &[u8]) -> Result<u64, String> {
    let (mut rows, mut messages) = (0_u64, 0);
    guard::check_whole(body, &mut |message: &Message<'_>| {
        messages += 1;
        if messages > MOST_MESSAGES {
            return Err(format!("it has more than {MOST_MESSAGES} messages: write larger batches"));
        }
        if let Some(schema) = message.header_as_schema() {
            let mut left = MOST_SCHEMA;
            schema.fields().into_iter().flatten().try_for_each(|field| weigh(field, &mut left))?;
            let texts = schema.custom_metadata().into_iter().flatten().map(|of| (of.key(), of.value()));
            spend(&mut left, texts.map(pair).fold(0, usize::saturating_add))?;
        }
        let batch = message.header_as_record_batch();
        rows = rows.saturating_add(batch.map_or(0, |batch| batch.length().unsigned_abs()));
        let packed = batch.or_else(|| message.header_as_dictionary_batch()?.data()).and_then(|b| b.compression());
        packed.map_or(Ok(()), |_| Err("its buffers are compressed: write it without compression".into()))
    })?;
    Ok(rows)
}

fn pair((key, value): (Option<&str>, Option<&str>)) -> usize {
    FIELD + key.map_or(0, str::len) + value.map_or(0, str::len)
}

/// Takes from what is left what a field and those inside it take.
fn weigh(field: Field<'_>, left: &mut usize) -> Result<(), String> {
    let texts = field.custom_metadata().into_iter().flatten().map(|of| (of.key(), of.value()));
    let texts = texts.map(pair).fold(0, usize::saturating_add);
    spend(left, FIELD + field.name().map_or(0, str::len))?;
    spend(left, texts)?;
    let mut inside = field.children().into_iter().flatten().peekable();
    if field.dictionary().is_some() && inside.peek().is_some() {
        return Err("it has a dictionary of nested values".into());
    }
    inside.try_for_each(|child| weigh(child, left))
}

fn spend(left: &mut usize, bytes: usize) -> Result<(), String> {
    *left = left.checked_sub(bytes).ok_or("its schema is too large")?;
    Ok(())
}

/// For each declared column its place among those that are read, and these.
fn places(schema: &SchemaRef, columns: &[ColumnSpec]) -> Result<(Vec<Option<usize>>, Vec<usize>), NotRead> {
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let matched = match_declared(&names, columns);
    let mut own: Vec<usize> = matched.iter().flatten().copied().collect();
    own.sort_unstable();
    own.dedup();
    if let Some(field) = own.iter().map(|at| schema.field(*at)).find(|field| !cells::is_plain(field.data_type())) {
        let text = format!("{BODY}: the column `{}` is {}, which is no plain value", field.name(), observed(field));
        return Err(NotRead::Broken(text));
    }
    let place = |at: &Option<usize>| at.map(|at| own.partition_point(|other| *other < at));
    Ok((matched.iter().map(place).collect(), own))
}

fn read_batch(read: &RecordBatch, places: &[Option<usize>], declared: &[Declared]) -> Result<Rows, NotRead> {
    let mut bad = BTreeMap::new();
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(declared.len());
    for (at, (column, place)) in declared.iter().zip(places).enumerate() {
        let Some(place) = place else {
            arrays.push(new_null_array(column.text.field().data_type(), read.num_rows()));
            continue;
        };
        let (array, unparsed) = cells::read(column, read.column(*place))?;
        arrays.push(array);
        for row in unparsed {
            bad.entry(row).or_insert(at);
        }
    }
    Ok(Rows { batch: batch(declared, arrays, read.num_rows())?, bad })
}

/// Gives an Arrow IPC file the declared columns: null where it has none, or a value that does not fit. `None`: it has
/// them already.
pub(crate) fn conform(file: &[u8], columns: &[ColumnSpec], source: &Source) -> Result<Option<Vec<u8>>, NotRead> {
    let declared = Declared::all(columns, source)?;
    let wanted = Schema::new(declared.iter().map(|column| column.text.field()).collect::<Vec<_>>());
    guarded(BODY, || Ok(rewrite(file, columns, &declared, &wanted)))?
}

fn rewrite(
    file: &[u8],
    columns: &[ColumnSpec],
    declared: &[Declared],
    wanted: &Schema,
) -> Result<Option<Vec<u8>>, NotRead> {
    let damaged = |error: ArrowError| NotRead::Broken(format!("damaged: {error}"));
    let reader = FileReader::try_new(Cursor::new(file), None).map_err(damaged)?;
    if reader.schema().fields() == wanted.fields() {
        return Ok(None);
    }
    let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let places = match_declared(&names, columns);
    let mut writer = FileWriter::try_new(Vec::new(), wanted).map_err(damaged)?;
    for batch in reader {
        let rows = read_batch(&batch.map_err(damaged)?, &places, declared)?;
        writer.write(&rows.batch).map_err(damaged)?;
    }
    writer.into_inner().map(Some).map_err(damaged)
}
