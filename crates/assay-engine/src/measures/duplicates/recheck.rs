//! The second reading: rows whose hash repeats are compared by value.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use assay_core::measurement::{Duplicates, MetricError};
use assay_core::metric::NullParts;

use super::groups::{GroupStore, LocalGroups};
use super::hashes::HashSet;
use super::members::Repeating;
use super::{DuplicatedKeys, Totals};
use crate::measures::keys::{Rows, Tested};
use crate::measures::spill::SpillDir;
use crate::options::Budget;

/// Compares rows by value; shared by the threads of the second scan.
#[derive(Debug)]
pub struct Recheck {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    nulls: NullParts,
    totals: Totals,
    /// The hashes that repeat; `None`: they are too many, so that every row is compared.
    repeating: Option<HashSet>,
    groups: GroupStore,
    budget: Budget,
}

/// What one thread compares.
#[derive(Debug)]
pub struct RecheckLocal {
    shared: Arc<Shared>,
    groups: LocalGroups,
    hashes: Vec<u64>,
    bytes: Vec<u8>,
    /// Values to be added together: hash, a row that has it, and how many do.
    batch: Vec<(u64, usize, u64)>,
}

/// Values that are added together, so that memory is waited for together.
const BATCH: usize = 64;

impl Recheck {
    pub(super) fn new(
        nulls: NullParts,
        totals: Totals,
        repeating: Option<HashSet>,
        budget: &Budget,
        spill: &SpillDir,
    ) -> Self {
        let groups = GroupStore::new(budget, spill);
        Recheck { shared: Arc::new(Shared { nulls, totals, repeating, groups, budget: budget.clone() }) }
    }

    /// What a thread compares with.
    pub fn local(&self) -> RecheckLocal {
        let groups = LocalGroups::new(&self.shared.budget);
        RecheckLocal { shared: Arc::clone(&self.shared), groups, hashes: vec![], bytes: vec![], batch: vec![] }
    }

    /// Adds up what the threads found, on so many threads. `locals` are all that [`Recheck::local`] gave.
    pub fn finish(
        self,
        locals: Vec<RecheckLocal>,
        threads: usize,
    ) -> Result<(Duplicates, DuplicatedKeys), MetricError> {
        let locals = locals.into_iter().map(|local| local.groups).collect();
        let still_used = || MetricError { code: "engine", text: "duplicates are still being compared".into() };
        let shared = Arc::into_inner(self.shared).ok_or_else(still_used)?;
        drop(shared.repeating);
        let repeated = shared.groups.finish(locals, threads)?;
        let counts = shared.totals.duplicates(repeated.groups, repeated.rows - repeated.groups);
        let keys = repeated.kept.map_or(Repeating::NotHeld, Repeating::Values);
        Ok((counts, DuplicatedKeys::new(shared.nulls, keys, false)))
    }
}

impl RecheckLocal {
    /// Compares the rows of a block, as [`DuplicateLocal::update`](super::DuplicateLocal) took it.
    pub fn update(
        &mut self,
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
    ) -> Result<(), MetricError> {
        let shared = &self.shared;
        let tested = Tested::of(columns, unparsed, selected, shared.nulls == NullParts::Skip);
        let rows = Rows::new(columns)?;
        rows.hash(&mut self.hashes);
        let RecheckLocal { shared, groups, hashes, bytes, batch } = self;
        let mut add_batch = |batch: &mut Vec<(u64, usize, u64)>| {
            std::hint::black_box(batch.iter().fold(0, |all, (hash, ..)| all ^ groups.look(*hash)));
            batch.drain(..).try_for_each(|(hash, row, count)| {
                rows.write(row, bytes);
                if groups.add(hash, bytes, count) { Ok(()) } else { groups.spill(&shared.groups) }
            })
        };
        rows.each_value(hashes, &tested, |hash, row, count| {
            if shared.repeating.as_ref().is_none_or(|repeating| repeating.contains(hash)) {
                batch.push((hash, row, count));
                if batch.len() == BATCH {
                    add_batch(batch)?;
                }
            }
            Ok(())
        })?;
        add_batch(batch)
    }
}
