//! Rows counted by value: canonical bytes with a count each, in partitions by the top bits of their hash, written to
//! disk where memory is refused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use assay_core::measurement::MetricError;
use hashbrown::HashTable;

use super::hashes::Slice;
use crate::measures::spill::{Extent, Held, SpillDir, SpillFile};
use crate::options::Budget;

const BITS: u32 = 6;
/// Bytes that a thread may use without asking (in tests few, so that small tables do not fit).
const FREE_BYTES: usize = if cfg!(test) { 1 << 12 } else { 1 << 18 };
/// Bytes that are written to disk at a time.
const PIECE: usize = 1 << 18;

/// Distinct values with a count each.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    table: HashTable<Group>,
    bytes: Vec<u8>,
}

/// A value is compared by its bytes only when the hash is the same; both are one look into memory each.
#[derive(Debug)]
struct Group {
    hash: u64,
    count: u64,
    start: usize,
    len: usize,
}

impl Group {
    fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start..self.start + self.len]
    }
}

impl Groups {
    /// Counts `rows` more of a value; answers whether it is new. Equal values have equal hashes.
    pub(crate) fn add(&mut self, hash: u64, value: &[u8], rows: u64) -> bool {
        let Groups { table, bytes } = self;
        if let Some(group) = table.find_mut(spread(hash), |group| group.hash == hash && group.value(bytes) == value) {
            group.count += rows;
            return false;
        }
        let group = Group { hash, count: rows, start: bytes.len(), len: value.len() };
        bytes.extend_from_slice(value);
        table.insert_unique(spread(hash), group, |group| spread(group.hash));
        true
    }

    /// How many rows have the value.
    pub(crate) fn count(&self, hash: u64, value: &[u8]) -> u64 {
        let same = |group: &Group| group.hash == hash && group.value(&self.bytes) == value;
        self.table.find(spread(hash), same).map_or(0, |group| group.count)
    }

    /// Looks at what [`Groups::add`] and [`Groups::count`] will look at. Many such looks are under way at once, while
    /// the two wait for memory: where values are many, looking ahead at some dozens of them is a third of the time.
    pub(crate) fn look(&self, hash: u64) -> u8 {
        let found = self.table.find(spread(hash), |group| group.hash == hash);
        found.and_then(|group| self.bytes.get(group.start)).copied().unwrap_or(0)
    }

    /// The hash, the bytes and the number of rows of each value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[u8], u64)> {
        self.table.iter().map(|group| (group.hash, group.value(&self.bytes), group.count))
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.table.allocation_size() + self.bytes.capacity()
    }
}

/// A hash table looks at the top and at the bottom bits. All hashes of a partition begin with the same bits, which are
/// therefore moved to where it does not look.
fn spread(hash: u64) -> u64 {
    hash.rotate_right(20)
}

/// What all threads share.
#[derive(Debug)]
pub(super) struct GroupStore {
    budget: Budget,
    file: SpillFile,
    extents: Mutex<Vec<Vec<Extent>>>,
}

/// One thread's groups.
#[derive(Debug)]
pub(super) struct LocalGroups {
    parts: Vec<Groups>,
    memory: usize,
    /// Number of values.
    len: usize,
    held: Held,
}

/// What the groups came to.
#[derive(Debug)]
pub(super) struct Repeated {
    /// Rows of groups of more than one row.
    pub(super) rows: u64,
    /// Groups of more than one row.
    pub(super) groups: u64,
    /// Those groups; `None`: they did not fit the budget.
    pub(super) kept: Option<RepeatedGroups>,
}

/// Groups of more than one row.
#[derive(Debug)]
pub(super) struct RepeatedGroups {
    parts: Vec<Groups>,
    _held: Held,
}

impl RepeatedGroups {
    /// Whether the value is one of them.
    pub(super) fn contains(&self, hash: u64, value: &[u8]) -> bool {
        self.parts[partition(hash)].count(hash, value) > 1
    }
}

fn partition(hash: u64) -> usize {
    (hash >> (64 - BITS)) as usize
}

impl LocalGroups {
    /// Nothing yet.
    pub(super) fn new(budget: &Budget) -> Self {
        LocalGroups {
            parts: (0..1 << BITS).map(|_| Groups::default()).collect(),
            memory: 0,
            len: 0,
            held: Held::nothing(budget),
        }
    }

    /// Counts `rows` more of a value; false: its memory was refused. The value is counted all the same.
    #[must_use]
    pub(super) fn add(&mut self, hash: u64, value: &[u8], rows: u64) -> bool {
        let part = &mut self.parts[partition(hash)];
        let before = part.memory();
        if !part.add(hash, value, rows) {
            return true;
        }
        self.len += 1;
        let grown = part.memory() - before;
        self.memory += grown;
        grown == 0 || self.memory <= FREE_BYTES || self.held.resize(self.memory)
    }

    /// See [`Groups::look`].
    pub(super) fn look(&self, hash: u64) -> u8 {
        self.parts[partition(hash)].look(hash)
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// The hash, the bytes and the number of rows of each value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8], u64)> {
        self.parts.iter().flat_map(Groups::iter)
    }

    /// Writes everything to disk.
    pub(super) fn spill(&mut self, store: &GroupStore) -> Result<(), MetricError> {
        let mut piece = Vec::new();
        for (at, part) in self.parts.iter_mut().enumerate() {
            for (hash, value, rows) in std::mem::take(part).iter() {
                write_record(hash, value, rows, &mut piece);
                if piece.len() >= PIECE {
                    store.append(at, &mut piece)?;
                }
            }
            store.append(at, &mut piece)?;
        }
        (self.memory, self.len) = (0, 0);
        self.held.release();
        Ok(())
    }
}

fn write_record(hash: u64, value: &[u8], rows: u64, out: &mut Vec<u8>) {
    for number in [hash, rows, value.len() as u64] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(value);
}

/// The records of a piece, as [`write_record`] wrote them.
fn records(mut piece: &[u8]) -> impl Iterator<Item = (u64, &[u8], u64)> {
    std::iter::from_fn(move || {
        let (hash, rest) = piece.split_first_chunk::<8>()?;
        let (rows, rest) = rest.split_first_chunk::<8>()?;
        let (len, rest) = rest.split_first_chunk::<8>()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        piece = rest;
        Some((u64::from_le_bytes(*hash), value, u64::from_le_bytes(*rows)))
    })
}

impl GroupStore {
    /// An empty store.
    pub(super) fn new(budget: &Budget, spill: &SpillDir) -> Self {
        GroupStore {
            budget: budget.clone(),
            file: SpillFile::new(spill),
            extents: Mutex::new(vec![Vec::new(); 1 << BITS]),
        }
    }

    fn extents(&self) -> MutexGuard<'_, Vec<Vec<Extent>>> {
        self.extents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, part: usize, piece: &mut Vec<u8>) -> Result<(), MetricError> {
        if !piece.is_empty() {
            let extent = self.file.append(std::iter::once(piece.as_slice()))?;
            self.extents()[part].push(extent);
            piece.clear();
        }
        Ok(())
    }

    /// Adds up what the threads counted.
    pub(super) fn finish(self, mut locals: Vec<LocalGroups>, threads: usize) -> Result<Repeated, MetricError> {
        if self.extents().iter().any(|extents| !extents.is_empty()) {
            for local in &mut locals {
                local.spill(&self)?;
            }
        }
        // what is still in memory has been granted, and merging does not add to it
        let mut held = Held::nothing(&self.budget);
        let mut in_memory: Vec<Mutex<Vec<Groups>>> = (0..1 << BITS).map(|_| Mutex::default()).collect();
        for local in locals {
            held.absorb(local.held);
            in_memory.iter_mut().zip(local.parts).for_each(|(all, part)| {
                all.get_mut().unwrap_or_else(PoisonError::into_inner).push(part);
            });
        }
        let next = AtomicUsize::new(0);
        let work = || -> Result<Worker, MetricError> {
            let mut worker = Worker::new(&self.budget);
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                let Some(parts) = in_memory.get(part) else { return Ok(worker) };
                let parts = std::mem::take(&mut *parts.lock().unwrap_or_else(PoisonError::into_inner));
                let extents = self.extents()[part].clone();
                if extents.is_empty() {
                    worker.merge(part, parts);
                } else {
                    worker.read(&self, part, &extents)?;
                }
            }
        };
        let workers = super::in_parallel(threads, work)?;
        drop(held);
        Ok(Repeated::of(workers, &self.budget))
    }
}

/// One thread of the second half: it adds up partitions.
struct Worker {
    held: Held,
    rows: u64,
    groups: u64,
    /// By partition; `None` once they were refused.
    kept: Option<Vec<(usize, Groups)>>,
    kept_held: Held,
}

impl Worker {
    fn new(budget: &Budget) -> Self {
        let held = || Held::nothing(budget);
        Worker { held: held(), rows: 0, groups: 0, kept: Some(Vec::new()), kept_held: held() }
    }

    fn merge(&mut self, part: usize, mut parts: Vec<Groups>) {
        parts.sort_unstable_by_key(Groups::len);
        let mut all = parts.pop().unwrap_or_default();
        for part in parts {
            part.iter().for_each(|(hash, value, rows)| _ = all.add(hash, value, rows));
        }
        self.count(part, &all);
    }

    /// Adds up a partition from disk: whole if its groups fit, else slice by slice, reading it again for each.
    fn read(&mut self, store: &GroupStore, part: usize, extents: &[Extent]) -> Result<(), MetricError> {
        let mut slices = vec![Slice::partition(part, BITS)];
        while let Some(slice) = slices.pop() {
            match self.read_slice(store, extents, slice)? {
                Some(groups) => self.count(part, &groups),
                None => slices.extend(slice.halves().ok_or_else(too_large)?),
            }
            self.held.release();
        }
        Ok(())
    }

    /// The groups of a slice; `None`: they do not fit the budget.
    fn read_slice(
        &mut self,
        store: &GroupStore,
        extents: &[Extent],
        slice: Slice,
    ) -> Result<Option<Groups>, MetricError> {
        let mut groups = Groups::default();
        let mut piece = Vec::new();
        for extent in extents {
            store.file.read(*extent, 0, extent.len, &mut piece)?;
            for (hash, value, rows) in records(&piece).filter(|record| slice.contains(record.0)) {
                groups.add(hash, value, rows);
                if groups.memory() > FREE_BYTES && !self.held.resize(groups.memory()) {
                    return Ok(None);
                }
            }
        }
        Ok(Some(groups))
    }

    fn count(&mut self, part: usize, all: &Groups) {
        let mut kept = Groups::default();
        for (hash, value, rows) in all.iter().filter(|group| group.2 > 1) {
            self.rows += rows;
            self.groups += 1;
            if self.kept.is_some() {
                let before = kept.memory();
                kept.add(hash, value, rows);
                if !self.kept_held.more(kept.memory() - before) {
                    self.kept = None;
                    self.kept_held.release();
                }
            }
        }
        if let Some(all_kept) = &mut self.kept {
            all_kept.push((part, kept));
        }
    }
}

fn too_large() -> MetricError {
    MetricError {
        code: "out_of_memory",
        text: "a few values are larger than the memory allowed: allow more with --memory".into(),
    }
}

impl Repeated {
    fn of(workers: Vec<Worker>, budget: &Budget) -> Self {
        let mut all = Repeated { rows: 0, groups: 0, kept: None };
        let mut held = Held::nothing(budget);
        let mut parts: Vec<Groups> = (0..1 << BITS).map(|_| Groups::default()).collect();
        let mut complete = true;
        for worker in workers {
            all.rows += worker.rows;
            all.groups += worker.groups;
            held.absorb(worker.kept_held);
            complete &= worker.kept.is_some();
            for (part, kept) in worker.kept.into_iter().flatten() {
                match &mut parts[part] {
                    whole if whole.len() == 0 => *whole = kept,
                    whole => kept.iter().for_each(|(hash, value, rows)| _ = whole.add(hash, value, rows)),
                }
            }
        }
        all.kept = complete.then_some(RepeatedGroups { parts, _held: held });
        all
    }
}
