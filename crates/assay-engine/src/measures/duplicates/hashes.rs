//! 64-bit hashes by the hundred million: appended to partitions by their top bits, sorted partition by partition,
//! written to disk where memory is refused. Repeats are counted and collected.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow::datatypes::ToByteSlice;
use assay_core::measurement::MetricError;

use crate::measures::spill::{Extent, Held, SpillDir, SpillFile};
use crate::options::Budget;

/// Partitions are cut to be sorted in cache: so many rows each, where the number of rows is known.
const ROWS_PER_PARTITION: u64 = 1 << 15;
const MAX_BITS: u32 = 8;
/// Hashes of the first chunk of a partition, which is small enough not to be counted, and of the largest.
const FIRST_CHUNK: usize = 64;
const LAST_CHUNK: usize = 2048;
/// Hashes that a thread may sort without asking (in tests few, so that small tables do not fit).
const FREE_SCRATCH: usize = if cfg!(test) { 1 << 6 } else { 1 << 13 };
/// Hashes that are read back from disk at a time.
const PIECE: usize = 1 << 13;

/// What all threads share.
#[derive(Debug)]
pub(super) struct HashStore {
    bits: u32,
    budget: Budget,
    file: SpillFile,
    extents: Mutex<Vec<Vec<Extent>>>,
}

/// What one thread appends to.
#[derive(Debug)]
pub(super) struct LocalHashes {
    parts: Vec<Part>,
    shift: u32,
    held: Held,
}

#[derive(Debug, Default)]
struct Part {
    full: Vec<Vec<u64>>,
    open: Vec<u64>,
}

/// What the hashes came to.
#[derive(Debug)]
pub(super) struct Repeats {
    /// Hashes beyond the first of their kind.
    pub(super) surplus: u64,
    /// Kinds with more than one hash.
    pub(super) groups: u64,
    /// The kinds themselves; `None`: they did not fit the budget.
    pub(super) kinds: Option<HashSet>,
}

/// Sorted hashes with a directory by their top bits.
#[derive(Debug)]
pub(super) struct HashSet {
    sorted: Vec<u64>,
    starts: Vec<usize>,
    shift: u32,
    _held: Held,
}

impl HashStore {
    /// An empty store for about so many hashes.
    pub(super) fn new(rows: Option<u64>, budget: &Budget, spill: &SpillDir) -> Self {
        let bits = rows.map_or(MAX_BITS, |rows| (rows / ROWS_PER_PARTITION + 1).ilog2() + 1).min(MAX_BITS);
        let extents = Mutex::new(vec![Vec::new(); 1 << bits]);
        HashStore { bits, budget: budget.clone(), file: SpillFile::new(spill), extents }
    }

    /// A thread's part.
    pub(super) fn local(&self) -> LocalHashes {
        let parts = (0..1 << self.bits).map(|_| Part::default()).collect();
        LocalHashes { parts, shift: 64 - self.bits, held: Held::nothing(&self.budget) }
    }

    /// Counts what repeats.
    pub(super) fn finish(self, mut locals: Vec<LocalHashes>, threads: usize) -> Result<Repeats, MetricError> {
        // once something was refused, sorting needs all the memory there is
        if self.extents().iter().any(|extents| !extents.is_empty()) {
            for local in &mut locals {
                local.spill(&self)?;
            }
        }
        let next = AtomicUsize::new(0);
        let work = || -> Result<Worker, MetricError> {
            let mut worker = Worker::new(&self.budget);
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= 1 << self.bits {
                    return Ok(worker);
                }
                worker.partition(&self, part, &locals)?;
            }
        };
        let workers = super::in_parallel(threads, work)?;
        let held = locals.into_iter().map(|local| local.held).reduce(|mut all, held| {
            all.absorb(held);
            all
        });
        drop(held);
        Ok(Repeats::of(workers, &self.budget))
    }

    fn extents(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Extent>>> {
        self.extents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LocalHashes {
    /// Adds a hash.
    #[inline]
    pub(super) fn push(&mut self, hash: u64, store: &HashStore) -> Result<(), MetricError> {
        let at = (hash >> self.shift) as usize;
        let open = &mut self.parts[at].open;
        if open.len() < open.capacity() {
            open.push(hash);
            return Ok(());
        }
        self.push_to_full(at, hash, store)
    }

    #[cold]
    fn push_to_full(&mut self, at: usize, hash: u64, store: &HashStore) -> Result<(), MetricError> {
        let capacity = (self.parts[at].open.capacity() * 2).clamp(FIRST_CHUNK, LAST_CHUNK);
        if capacity > FIRST_CHUNK && !self.held.more(capacity * 8) {
            self.spill(store)?;
        } else {
            let part = &mut self.parts[at];
            let full = std::mem::replace(&mut part.open, Vec::with_capacity(capacity));
            if !full.is_empty() {
                part.full.push(full);
            }
        }
        self.parts[at].open.push(hash);
        Ok(())
    }

    /// Writes everything to disk and keeps a small empty chunk for each partition.
    fn spill(&mut self, store: &HashStore) -> Result<(), MetricError> {
        for (at, part) in self.parts.iter_mut().enumerate() {
            if part.full.is_empty() && part.open.is_empty() {
                continue;
            }
            let chunks = part.full.iter().chain([&part.open]);
            let extent = store.file.append(chunks.map(|chunk| chunk.as_slice().to_byte_slice()))?;
            store.extents()[at].push(extent);
            part.full = Vec::new();
            part.open.clear();
            part.open.shrink_to(FIRST_CHUNK);
        }
        self.held.release();
        Ok(())
    }
}

/// One thread of the second half: it sorts partitions.
struct Worker {
    scratch: Vec<u64>,
    held: Held,
    bytes: Vec<u8>,
    surplus: u64,
    groups: u64,
    /// The repeated hashes of each partition, in order; `None` once they were refused.
    kinds: Option<Vec<(u64, Vec<u64>)>>,
    kinds_held: Held,
}

/// Hashes that begin with the same bits.
#[derive(Clone, Copy)]
pub(super) struct Slice {
    first: u64,
    last: u64,
}

impl Slice {
    /// A partition by so many top bits.
    pub(super) fn partition(part: usize, bits: u32) -> Self {
        let first = (part as u64) << (64 - bits);
        Slice { first, last: first | u64::MAX >> bits }
    }

    /// Whether the hash is one of them.
    pub(super) fn contains(&self, hash: u64) -> bool {
        (self.first..=self.last).contains(&hash)
    }

    /// Two slices of half the size; `None`: there is one hash left.
    pub(super) fn halves(&self) -> Option<[Slice; 2]> {
        let middle = self.first + (self.last - self.first) / 2;
        (self.first < self.last)
            .then(|| [Slice { first: middle + 1, last: self.last }, Slice { first: self.first, last: middle }])
    }
}

impl Worker {
    fn new(budget: &Budget) -> Self {
        Worker {
            scratch: Vec::with_capacity(FREE_SCRATCH),
            held: Held::nothing(budget),
            bytes: Vec::new(),
            surplus: 0,
            groups: 0,
            kinds: Some(Vec::new()),
            kinds_held: Held::nothing(budget),
        }
    }

    /// Counts a partition: whole if it fits, else slice by slice, reading it again for each.
    fn partition(&mut self, store: &HashStore, part: usize, locals: &[LocalHashes]) -> Result<(), MetricError> {
        let extents = store.extents()[part].clone();
        let in_memory =
            || locals.iter().flat_map(|local| local.parts[part].full.iter().chain([&local.parts[part].open]));
        let n_hashes =
            in_memory().map(Vec::len).sum::<usize>() + extents.iter().map(|extent| extent.len / 8).sum::<usize>();
        self.reserve(n_hashes);
        let mut slices = vec![Slice::partition(part, store.bits)];
        while let Some(slice) = slices.pop() {
            let whole = slices.is_empty() && slice.last - slice.first == u64::MAX >> store.bits;
            self.scratch.clear();
            let mut beyond_two = 0;
            let mut fits = true;
            for chunk in in_memory() {
                fits = fits && self.gather(chunk, slice, whole, &mut beyond_two);
            }
            for extent in &extents {
                for from in (0..extent.len).step_by(PIECE * 8) {
                    if fits {
                        let mut bytes = std::mem::take(&mut self.bytes);
                        store.file.read(*extent, from, (extent.len - from).min(PIECE * 8), &mut bytes)?;
                        let piece: Vec<u64> =
                            bytes.as_chunks::<8>().0.iter().map(|eight| u64::from_ne_bytes(*eight)).collect();
                        self.bytes = bytes;
                        fits = self.gather(&piece, slice, whole, &mut beyond_two);
                    }
                }
            }
            match slice.halves() {
                Some(halves) if !fits => slices.extend(halves),
                _ => self.count(beyond_two),
            }
        }
        Ok(())
    }

    /// Room for a whole partition, if the budget has it.
    fn reserve(&mut self, n_hashes: usize) {
        if n_hashes > self.scratch.capacity() && self.held.resize(n_hashes * 8) {
            self.scratch = Vec::with_capacity(n_hashes);
        }
    }

    /// Adds the hashes of the slice to the scratch; false: its kinds do not fit.
    fn gather(&mut self, hashes: &[u64], slice: Slice, whole: bool, beyond_two: &mut u64) -> bool {
        if whole && hashes.len() <= self.scratch.capacity() - self.scratch.len() {
            self.scratch.extend_from_slice(hashes);
            return true;
        }
        for hash in hashes.iter().filter(|hash| slice.contains(**hash)) {
            if self.scratch.len() == self.scratch.capacity() {
                *beyond_two += keep_two(&mut self.scratch);
                if self.scratch.len() > self.scratch.capacity() / 2 {
                    return false;
                }
            }
            self.scratch.push(*hash);
        }
        true
    }

    fn count(&mut self, beyond_two: u64) {
        self.scratch.sort_unstable();
        let mut kinds = Vec::new();
        let mut surplus = 0;
        for pair in self.scratch.windows(2) {
            if pair[0] == pair[1] {
                surplus += 1;
                if kinds.last() != Some(&pair[0]) {
                    kinds.push(pair[0]);
                }
            }
        }
        self.surplus += surplus + beyond_two;
        self.groups += kinds.len() as u64;
        let Some(first) = kinds.first().copied() else { return };
        kinds.shrink_to_fit();
        // twice: once here, once more when the partitions are joined
        match &mut self.kinds {
            Some(all) if self.kinds_held.more(kinds.len() * 16) => all.push((first, kinds)),
            _ => {
                self.kinds = None;
                self.kinds_held.release();
            }
        }
    }
}

/// Sorts, and keeps at most two of each hash; answers how many were dropped.
fn keep_two(hashes: &mut Vec<u64>) -> u64 {
    hashes.sort_unstable();
    let before = hashes.len();
    let mut kept = 0;
    for at in 0..before {
        if kept < 2 || hashes[kept - 2] != hashes[at] {
            hashes[kept] = hashes[at];
            kept += 1;
        }
    }
    hashes.truncate(kept);
    (before - kept) as u64
}

impl Repeats {
    fn of(workers: Vec<Worker>, budget: &Budget) -> Self {
        let mut all = Repeats { surplus: 0, groups: 0, kinds: None };
        let mut runs = Some(Vec::new());
        let mut held = Held::nothing(budget);
        for worker in workers {
            all.surplus += worker.surplus;
            all.groups += worker.groups;
            runs = runs.zip(worker.kinds).map(|(mut runs, kinds)| {
                runs.extend(kinds);
                runs
            });
            held.absorb(worker.kinds_held);
        }
        all.kinds = runs.map(|mut runs| {
            runs.sort_unstable_by_key(|run| run.0);
            HashSet::new(runs.into_iter().flat_map(|run| run.1), all.groups as usize, held)
        });
        all
    }
}

impl HashSet {
    /// From ascending hashes; `held` is for up to 16 bytes a hash.
    fn new(ascending: impl Iterator<Item = u64>, n_hashes: usize, held: Held) -> Self {
        let mut sorted = Vec::with_capacity(n_hashes);
        sorted.extend(ascending);
        // one place in the directory for four hashes or so
        let bits = (sorted.len() / 4 + 1).ilog2() + 1;
        let shift = 64 - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        sorted.iter().for_each(|hash| starts[(hash >> shift) as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        HashSet { sorted, starts, shift, _held: held }
    }

    /// Whether the hash is one of them.
    #[inline]
    pub(super) fn contains(&self, hash: u64) -> bool {
        let place = (hash >> self.shift) as usize;
        self.sorted[self.starts[place]..self.starts[place + 1]].contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_two_keeps_two_of_each() {
        let mut hashes = vec![3, 1, 2, 3, 3, 1, 3];
        assert_eq!(keep_two(&mut hashes), 2);
        assert_eq!(hashes, [1, 1, 2, 3, 3]);
    }

    #[test]
    fn halves_cover_a_slice() {
        let slice = Slice::partition(3, 2);
        let [upper, lower] = slice.halves().expect("it has more than one hash");
        assert!(slice.contains(u64::MAX) && upper.contains(u64::MAX) && !lower.contains(u64::MAX));
        assert!(lower.contains(3 << 62) && !upper.contains(3 << 62) && !slice.contains((3 << 62) - 1));
        assert_eq!(upper.first, lower.last + 1);
    }
}
