//! Rows that share their values, counted exactly within a memory budget.
//!
//! Three methods, in order of choice. Whole numbers that lie close together are bits of a [bitmap]. A column of at
//! most 64 bits a value is [hashed](hashes) one to one, so that equal hashes are equal values. Everything else is
//! counted [by value](groups) as long as there are few values; when there are many, only hashes are kept, and if any
//! repeats, the rows are read once more and those with such a hash are [compared by value](recheck).

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_core::measurement::{Duplicates, MetricError};
use assay_core::metric::NullParts;

use self::bitmap::Bitmaps;
use self::groups::{GroupStore, LocalGroups};
use self::hashes::{HashStore, LocalHashes};
use self::members::Repeating;
use super::keys::{Rows, Tested, is_word, mixed, words};
use super::spill::{Held, SpillDir};
use crate::options::Budget;

pub(crate) mod bitmap;
pub(crate) mod groups;
mod hashes;
mod members;
mod recheck;

pub use self::bitmap::word_range;
pub use self::members::DuplicatedKeys;
pub use self::recheck::{Recheck, RecheckLocal};

/// Values that a thread counts by value before it turns to hashes (in tests few, so that small tables do), and the
/// bytes they may take.
const FEW_VALUES: usize = if cfg!(test) { 20 } else { 1 << 15 };
const FEW_BYTES: usize = 8 << 20;

/// What is to be counted.
#[derive(Debug, Clone)]
pub struct DuplicatePlan {
    /// The columns' Arrow types; encodings (dictionary, view) may differ from block to block.
    pub types: Vec<DataType>,
    /// What a null part does. Rows with a part that did not parse are never tested.
    pub nulls: NullParts,
    /// Smallest and largest value of a single column, where footers know them, from [`word_range`]. A value outside
    /// is an error, not a wrong answer.
    pub range: Option<(i128, i128)>,
    /// Rows of the table, where known; a hint.
    pub rows: Option<u64>,
}

/// Counts duplicated rows; shared by the threads of a scan.
#[derive(Debug)]
pub struct DuplicateCounter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    plan: DuplicatePlan,
    method: Method,
    hashes: HashStore,
    budget: Budget,
    spill: SpillDir,
}

#[derive(Debug)]
enum Method {
    Bitmap(Bitmaps, Held),
    Words,
    Values,
}

/// What one thread counts.
#[derive(Debug)]
pub struct DuplicateLocal {
    shared: Arc<Shared>,
    state: State,
    selected: u64,
    tested: u64,
    /// Tested rows of a column of words that are not null.
    present: u64,
    /// Rows too many, as far as the bitmap tells.
    repeats: u64,
    scratch: Vec<u64>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Bitmap,
    Words(LocalHashes),
    FewValues(LocalGroups),
    ManyValues(LocalHashes),
}

/// What a counter came to.
#[derive(Debug)]
pub enum Finished {
    /// The counts, and which keys they are.
    Exact(Duplicates, DuplicatedKeys),
    /// Some hashes repeat: every row must be read once more, in any order.
    Recheck(Recheck),
}

impl DuplicateCounter {
    /// Chooses the method. Temporary files are made in `spill` when `budget` refuses memory.
    pub fn new(plan: DuplicatePlan, budget: Budget, spill: &SpillDir) -> Self {
        let method = Method::choose(&plan, &budget);
        let hashes = HashStore::new(plan.rows, &budget, spill);
        DuplicateCounter { shared: Arc::new(Shared { plan, method, hashes, budget, spill: spill.clone() }) }
    }

    /// What a thread counts with.
    pub fn local(&self) -> DuplicateLocal {
        let shared = Arc::clone(&self.shared);
        let state = match shared.method {
            Method::Bitmap(..) => State::Bitmap,
            Method::Words => State::Words(shared.hashes.local()),
            Method::Values => State::FewValues(LocalGroups::new(&shared.budget)),
        };
        DuplicateLocal { shared, state, selected: 0, tested: 0, present: 0, repeats: 0, scratch: vec![], bytes: vec![] }
    }

    /// Adds up what the threads counted, on so many threads. `locals` are all that [`DuplicateCounter::local`] gave.
    pub fn finish(self, locals: Vec<DuplicateLocal>, threads: usize) -> Result<Finished, MetricError> {
        let mut totals = Totals::default();
        let mut states = Vec::new();
        for local in locals {
            totals.selected += local.selected;
            totals.tested += local.tested;
            totals.present += local.present;
            totals.repeats += local.repeats;
            states.push(local.state);
        }
        let still_used = || MetricError { code: "engine", text: "duplicates are still being counted".into() };
        let shared = Arc::into_inner(self.shared).ok_or_else(still_used)?;
        match shared.method {
            Method::Bitmap(..) | Method::Words => shared.finish_words(states, totals, threads),
            Method::Values => shared.finish_values(states, totals, threads),
        }
    }
}

/// What the threads counted, added up.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    selected: u64,
    tested: u64,
    present: u64,
    repeats: u64,
}

impl Totals {
    fn duplicates(self, groups: u64, surplus: u64) -> Duplicates {
        Duplicates { selected: self.selected, tested: self.tested, failing: groups + surplus, groups, surplus }
    }
}

impl Shared {
    fn finish_words(self, states: Vec<State>, totals: Totals, threads: usize) -> Result<Finished, MetricError> {
        let (mut groups, mut surplus, repeating) = if let Method::Bitmap(mut bitmaps, mut held) = self.method {
            let kept = bitmaps.keep_repeats();
            // less than before, so never refused
            let _ = held.resize(kept);
            (bitmaps.groups(), totals.repeats, Repeating::Bits(bitmaps, held))
        } else {
            let locals =
                states.into_iter().filter_map(|state| if let State::Words(local) = state { Some(local) } else { None });
            let repeats = self.hashes.finish(locals.collect(), threads)?;
            (repeats.groups, repeats.surplus, repeats.kinds.map_or(Repeating::NotHeld, Repeating::Words))
        };
        // where nulls are not equal, they are not tested
        let nulls = totals.tested - totals.present;
        if nulls > 1 {
            groups += 1;
            surplus += nulls - 1;
        }
        Ok(Finished::Exact(
            totals.duplicates(groups, surplus),
            DuplicatedKeys::new(self.plan.nulls, repeating, nulls > 1),
        ))
    }

    fn finish_values(self, states: Vec<State>, totals: Totals, threads: usize) -> Result<Finished, MetricError> {
        if states.iter().all(|state| matches!(state, State::FewValues(_))) {
            let locals = states
                .into_iter()
                .filter_map(|state| if let State::FewValues(local) = state { Some(local) } else { None });
            let store = GroupStore::new(&self.budget, &self.spill);
            let repeated = store.finish(locals.collect(), threads)?;
            let keys = repeated.kept.map_or(Repeating::NotHeld, Repeating::Values);
            let counts = totals.duplicates(repeated.groups, repeated.rows - repeated.groups);
            return Ok(Finished::Exact(counts, DuplicatedKeys::new(self.plan.nulls, keys, false)));
        }
        let mut locals = Vec::new();
        for mut state in states {
            state.turn_to_hashes(&self.hashes)?;
            if let State::ManyValues(local) = state {
                locals.push(local);
            }
        }
        let repeats = self.hashes.finish(locals, threads)?;
        if repeats.surplus == 0 {
            let keys = DuplicatedKeys::new(self.plan.nulls, Repeating::Nothing, false);
            return Ok(Finished::Exact(totals.duplicates(0, 0), keys));
        }
        // where most rows repeat, looking each up would spare little
        let few = (repeats.groups + repeats.surplus) * 2 < totals.tested;
        let kinds = repeats.kinds.filter(|_| few);
        Ok(Finished::Recheck(Recheck::new(self.plan.nulls, totals, kinds, &self.budget, &self.spill)))
    }
}

impl Method {
    fn choose(plan: &DuplicatePlan, budget: &Budget) -> Self {
        let [ty] = plan.types.as_slice() else { return Method::Values };
        let room = plan.range.zip(plan.rows).and_then(|(range, rows)| Some((range, Bitmaps::bytes(range, rows)?)));
        let mut held = Held::nothing(budget);
        match room {
            _ if !is_word(ty) => Method::Values,
            Some((range, bytes)) if !ty.is_floating() && held.more(bytes) => Method::Bitmap(Bitmaps::new(range), held),
            _ => Method::Words,
        }
    }
}

impl DuplicateLocal {
    /// Counts the rows of a block. `unparsed` and `selected` are masks as blocks have them; columns are in the order
    /// of the plan.
    pub fn update(
        &mut self,
        columns: &[ArrayRef],
        unparsed: &[Option<BooleanBuffer>],
        selected: Option<&BooleanBuffer>,
    ) -> Result<(), MetricError> {
        let shared = Arc::clone(&self.shared);
        let skip_nulls = shared.plan.nulls == NullParts::Skip;
        let tested = Tested::of(columns, unparsed, selected, skip_nulls);
        self.selected += tested.selected;
        self.tested += tested.count;
        if matches!(shared.method, Method::Values) {
            return self.update_values(columns, &tested, &shared.hashes);
        }
        let present = if skip_nulls { tested } else { Tested::of(columns, unparsed, selected, true) };
        self.present += present.count;
        self.update_words(columns, &present, &shared)
    }

    fn update_words(&mut self, columns: &[ArrayRef], tested: &Tested, shared: &Shared) -> Result<(), MetricError> {
        let Some(column) = columns.first() else { return Ok(()) };
        words(column.as_ref(), &mut self.scratch)?;
        let scratch = &self.scratch;
        match (&mut self.state, &shared.method) {
            (State::Words(local), _) => tested.each(|row| local.push(mixed(scratch[row]), &shared.hashes)),
            (_, Method::Bitmap(bitmaps, _)) => {
                self.repeats += match &tested.mask {
                    None => bitmaps.mark(scratch.iter().copied())?,
                    Some(mask) => bitmaps.mark(mask.set_indices().map(|row| scratch[row]))?,
                };
                Ok(())
            }
            _ => unreachable!("a column of words is in a bitmap or hashed"),
        }
    }

    fn update_values(&mut self, columns: &[ArrayRef], tested: &Tested, store: &HashStore) -> Result<(), MetricError> {
        let rows = Rows::new(columns)?;
        rows.hash(&mut self.scratch);
        let (hashes, bytes, state) = (&self.scratch, &mut self.bytes, &mut self.state);
        if let State::ManyValues(local) = state {
            return tested.each(|row| local.push(hashes[row], store));
        }
        rows.each_value(hashes, tested, |hash, row, count| {
            if let State::FewValues(groups) = state {
                rows.write(row, bytes);
                if groups.add(hash, bytes, count) && groups.len() <= FEW_VALUES && groups.memory() <= FEW_BYTES {
                    return Ok(());
                }
                return state.turn_to_hashes(store);
            }
            state.push_many(hash, count, store)
        })
    }
}

impl State {
    /// From values to their hashes. Two of each are enough to say that it repeats: rows are counted when it is
    /// compared by value.
    fn turn_to_hashes(&mut self, store: &HashStore) -> Result<(), MetricError> {
        if let State::FewValues(_) = self
            && let State::FewValues(groups) = std::mem::replace(self, State::ManyValues(store.local()))
        {
            groups.iter().try_for_each(|(hash, _, rows)| self.push_many(hash, rows, store))?;
        }
        Ok(())
    }

    fn push_many(&mut self, hash: u64, rows: u64, store: &HashStore) -> Result<(), MetricError> {
        match self {
            State::ManyValues(local) => (0..rows.min(2)).try_for_each(|_| local.push(hash, store)),
            State::Bitmap | State::Words(_) | State::FewValues(_) => Ok(()),
        }
    }
}

/// Runs `work` on so many threads at once and hands over what each came to.
fn in_parallel<T: Send>(
    threads: usize,
    work: impl Fn() -> Result<T, MetricError> + Sync,
) -> Result<Vec<T>, MetricError> {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut all = vec![work()];
        all.extend(
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        all.into_iter().collect()
    })
}

#[cfg(test)]
mod tests;
