//! JSON lines in the body of a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::contract::{ColumnSpec, Source};

use super::{JsonColumn, JsonWork, Lines, NOT_UTF8, Plan, keys_of, places};
use crate::block::Block;
use crate::sources::text_blocks::{TextBlock, check_utf8};
use crate::sources::text_columns::match_declared;
use crate::sources::whole::{BODY, Declared, NotRead, Rows, batch, few};
use crate::sources::{FileEntry, Work};

/// Reads a body; keys that are not declared are left out.
pub(crate) fn read(body: &[u8], columns: &[ColumnSpec], source: &Source) -> Result<Vec<Rows>, NotRead> {
    let block = TextBlock { file: 0, line: 1, offset: 0, text: body.to_vec(), bytes: body.len() as u64 };
    check_utf8(&block, BODY, NOT_UTF8)?;
    let mut lines = Lines { block: &block, at: 0, shown: BODY };
    let n_rows = std::iter::from_fn(|| lines.next()).count();
    few(n_rows as u64, columns.len())?;

    let declared = Declared::all(columns, source)?;
    let found = keys_of(&block, BODY)?;
    let key = |(own, at): (&Declared, Option<usize>)| {
        let mut text = own.text.clone();
        at.inspect(|at| text.name.clone_from(&found[*at]));
        JsonColumn { text, takes: own.takes }
    };
    let columns: Vec<JsonColumn> = declared.iter().zip(match_declared(&found, columns)).map(key).collect();
    let all: Vec<usize> = (0..columns.len()).collect();
    let plan = Plan { files: [entry()].into(), places: places(&columns, &all), asked: columns, raw: false };
    let mut rows = Vec::new();
    Box::new(JsonWork { block, plan: Arc::new(plan) }).run(&mut |block: Block| {
        let n_rows = block.rows();
        let batch = batch(&declared, block.batch.columns().to_vec(), n_rows)?;
        rows.push(Rows { batch, bad: bad(&block) });
        Ok(())
    })?;
    Ok(rows)
}

fn bad(block: &Block) -> BTreeMap<usize, usize> {
    let mut bad = BTreeMap::new();
    for (column, unparsed) in block.unparsed.iter().enumerate() {
        for row in unparsed.iter().flat_map(|unparsed| unparsed.set_indices()) {
            bad.entry(row).or_insert(column);
        }
    }
    bad
}

/// What stands for the body where a file is named.
fn entry() -> FileEntry {
    FileEntry { path: Default::default(), shown: BODY.into(), size: 0, modified_nanos: 0, partitions: Vec::new() }
}
