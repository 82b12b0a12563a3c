//! Reading whole columns into memory, as many at a time as fit.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::filter;
use assay_core::drift::category::mix;
use assay_core::engine::{Snapshot, Watch};
use assay_core::measurement::MetricError;
use assay_core::metric::Sql;
use assay_core::verdict::Reason;
use assay_engine::{LocalEngine, ReadBatch};

use super::profile::reason;

/// Bytes of columns that are held at a time, about.
const HELD: u64 = 1 << 30;
/// What a value takes, about: its column, and the sorted copy.
const PER_VALUE: u64 = 24;

/// Which rows are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// Those for which it holds.
    pub filter: Option<&'a Sql>,
    /// Of those about this share, chosen by a hash of (file, row): `None` for all.
    pub sample: Option<Share>,
}

/// A share of all rows, as a threshold of 64-bit hashes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    threshold: u64,
    seed: u64,
}

impl Share {
    /// About `wanted` of `rows`; `None` where that is all of them.
    pub fn new(wanted: u64, rows: u64, seed: u64) -> Option<Self> {
        let threshold = (u128::from(wanted) << 64) / u128::from(rows.max(1));
        u64::try_from(threshold).ok().map(|threshold| Share { threshold, seed: mix(seed ^ 0x5eed) })
    }

    fn holds(self, file: usize, row: u64) -> bool {
        mix(mix(self.seed ^ file as u64) ^ row) < self.threshold
    }
}

/// How many columns of so many rows are read together.
pub(crate) fn at_a_time(rows: u64) -> usize {
    usize::try_from(HELD / (rows.max(1) * PER_VALUE)).unwrap_or(usize::MAX).max(1)
}

/// The chunks of each column, in file order.
pub(crate) fn read(
    engine: &LocalEngine,
    snapshot: &Snapshot,
    names: &[String],
    rows: Rows<'_>,
    watch: &dyn Watch,
) -> Result<Vec<Vec<ArrayRef>>, Reason> {
    let mut chunks: Vec<Vec<ArrayRef>> = vec![Vec::new(); names.len()];
    let mut sink = |read: ReadBatch| {
        let mask = rows.sample.map(|share| {
            let row = |at: usize| read.rows.as_ref().map_or(read.first_row + at as u64, |rows| rows[at]);
            (0..read.batch.num_rows()).map(|at| Some(share.holds(read.file, row(at)))).collect::<BooleanArray>()
        });
        for (chunks, column) in chunks.iter_mut().zip(read.batch.columns()) {
            let kept = match &mask {
                None => column.clone(),
                Some(mask) => {
                    filter(column, mask).map_err(|error| MetricError { code: "engine", text: error.to_string() })?
                }
            };
            if !kept.is_empty() {
                chunks.push(kept);
            }
        }
        Ok(())
    };
    engine.read(snapshot, names, rows.filter, watch, &mut sink).map_err(reason)?;
    Ok(chunks)
}
