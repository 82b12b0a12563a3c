//! Failing rows for formats of one line a row.

use assay_core::run::Samples;

use crate::formats::text::sample::{names, texts};
use crate::formats::text::words::count;

/// One line for each row, then how many more there are; or why there are none.
pub(crate) fn lines(samples: &Samples) -> Vec<String> {
    let (header, rows) = match table(samples) {
        Ok(table) => table,
        Err(why) => return vec![why],
    };
    let line = |row: &Vec<String>| {
        let cells = header.iter().zip(row).map(|(name, text)| format!("{name}={text}"));
        format!("row: {}", cells.collect::<Vec<_>>().join(", "))
    };
    rows.iter().map(line).chain(more(samples, rows.len())).collect()
}

/// Names of columns, and the texts of each row, all of them cut to a few words and printable; or why there are none.
pub(crate) fn table(samples: &Samples) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let rows = samples.rows.as_ref().map_err(|why| format!("failing rows could not be fetched: {why}"))?;
    let header = rows.first().map(names).unwrap_or_default();
    let texts = rows.iter().map(|row| texts(row, &header)).collect();
    Ok((header, texts))
}

/// `and 810 more`, beyond so many that are shown.
pub(crate) fn more(samples: &Samples, shown: usize) -> Option<String> {
    let more = samples.of.saturating_sub(shown as u64);
    (more > 0 && shown > 0).then(|| format!("… and {} more", count(more)))
}
