//! The stored form of a run's record: JSON with a version, from which every renderer makes the same bytes again.
//!
//! Failing rows lie apart from the rest, because they are kept for a shorter time. A later program of the same version
//! may add keys: unknown ones are passed over, and a key that is absent reads as nothing. Whatever else changes raises
//! the version, and a newer version is refused.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::drift::record::DriftRecord;
use crate::engine::SampleRow;
use crate::run::{CheckRecord, RunRecord, Samples};

/// The version that this program writes, and the newest it reads.
pub const VERSION: u64 = 1;

/// What is said in the place of failing rows that were deleted.
pub const NO_LONGER_KEPT: &str = "they are no longer kept";

const OTHERS: &str = "the stored samples are not those of the stored record";

/// A record without its failing rows.
#[derive(Serialize, Deserialize)]
struct Document<R> {
    v: u64,
    record: R,
    /// Where failing rows were.
    rows: Vec<Place>,
}

/// The failing rows of a record.
#[derive(Serialize, Deserialize)]
struct Rows<R> {
    v: u64,
    /// The record's id.
    run: String,
    /// For each place of the record where there are some, in order.
    rows: Vec<R>,
}

/// A check whose failing rows were fetched.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Place {
    table: usize,
    check: usize,
    /// How many.
    rows: usize,
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// The record without its failing rows, and these where there are any.
pub fn write(record: &RunRecord) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut places = Vec::new();
    let mut rows: Vec<&[SampleRow]> = Vec::new();
    for (table, of_table) in record.tables.iter().enumerate() {
        for (check, of_check) in of_table.checks.iter().enumerate() {
            let Some(Ok(found)) = of_check.samples.as_ref().map(|samples| &samples.rows) else { continue };
            places.push(Place { table, check, rows: found.len() });
            if !found.is_empty() {
                rows.push(found);
            }
        }
    }
    let samples = (!rows.is_empty()).then(|| bytes(&Rows { v: VERSION, run: record.id.clone(), rows }));
    (bytes(&Document { v: VERSION, record, rows: places }), samples)
}

/// The record as it was, or with [`NO_LONGER_KEPT`] in the place of failing rows. The error is one sentence.
pub fn read(record: &[u8], samples: Option<&[u8]>) -> Result<RunRecord, String> {
    let document: Document<RunRecord> = parse(record, "record")?;
    let mut run = document.record;
    for check in run.tables.iter().flat_map(|table| &table.checks) {
        sound(check)?;
    }
    let mut kept = samples.map(|bytes| rows_of(bytes, &run)).transpose()?.map(Vec::into_iter);
    for place in document.rows {
        let found = match &mut kept {
            _ if place.rows == 0 => Vec::new(),
            None => continue,
            Some(kept) => kept.next().filter(|rows| rows.len() == place.rows).ok_or(OTHERS)?,
        };
        place.samples_in(&mut run).ok_or("the stored record has samples of a check that it does not have")?.rows =
            Ok(found);
    }
    match kept.is_some_and(|mut kept| kept.next().is_some()) {
        true => Err(OTHERS.into()),
        false => Ok(run),
    }
}

impl Place {
    fn samples_in(self, run: &mut RunRecord) -> Option<&mut Samples> {
        run.tables.get_mut(self.table)?.checks.get_mut(self.check)?.samples.as_mut()
    }
}

fn rows_of(bytes: &[u8], run: &RunRecord) -> Result<Vec<Vec<SampleRow>>, String> {
    let rows: Rows<Vec<SampleRow>> = parse(bytes, "samples")?;
    match rows.run == run.id {
        true => Ok(rows.rows),
        false => Err(OTHERS.into()),
    }
}

/// Renderers rely on columns of equal length.
fn sound(check: &CheckRecord) -> Result<(), String> {
    let Some(drift) = &check.drift else { return Ok(()) };
    let DriftRecord { bins, curves, .. } = drift.as_ref();
    let bins_match = bins.as_ref().is_none_or(|b| b.base.len() == b.labels.len() && b.live.len() == b.labels.len());
    let curves_match = curves.as_ref().is_none_or(|c| c.base.len() == c.values.len() && c.live.len() == c.values.len());
    match bins_match && curves_match {
        true => Ok(()),
        false => Err("the stored record has a table of bins or a curve with too few figures".into()),
    }
}

/// A document of this version or an earlier one.
fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, String> {
    let unreadable = |why: serde_json::Error| format!("the stored {what} cannot be read: {why}");
    let Version { v } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if v > VERSION {
        return Err(format!(
            "the stored {what} has version {v}, and this program reads versions up to {VERSION}: a newer Assay wrote it"
        ));
    }
    serde_json::from_slice(bytes).map_err(unreadable)
}

fn bytes<T: Serialize>(document: &T) -> Vec<u8> {
    let mut value = serde_json::to_value(document).expect("records have text keys and no numbers beyond 64 bits");
    drop_nulls(&mut value);
    value.to_string().into_bytes()
}

/// Most keys of a verdict say nothing. In lists, null is an item.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Failing rows inside the record: only why there are none.
pub(crate) mod rows {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{NO_LONGER_KEPT, SampleRow};

    #[derive(Serialize, Deserialize)]
    struct Form {
        failed: Option<String>,
    }

    pub(crate) fn serialize<S: Serializer>(
        rows: &Result<Vec<SampleRow>, String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Form { failed: rows.as_ref().err().cloned() }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<Vec<SampleRow>, String>, D::Error> {
        let form = Form::deserialize(deserializer)?;
        Ok(Err(form.failed.unwrap_or_else(|| NO_LONGER_KEPT.into())))
    }
}

#[cfg(test)]
mod tests;
