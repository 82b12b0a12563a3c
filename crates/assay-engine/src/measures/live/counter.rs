//! What one group of rows (a segment of a window) counts of one column.

use std::collections::BTreeMap;

use assay_core::drift::category::{Category, mix};
use assay_core::drift::live::LabelBins;
use assay_core::drift::state::{
    CategoryState, Cells, ColumnState, KEPT_UNSEEN, LabelSums, SampleState, ValuesState, keep_smallest,
};

use super::coder::{Coder, NAN, NULL};
use super::numbers::Picked;
use super::placed::{Here, NO_LABEL};
use super::plan::{ColumnPlan, Kind};
use super::ranks::RankCounter;

/// The counter of a group.
#[derive(Debug, Clone)]
pub(crate) enum Counter {
    Nothing,
    Cells(Cells),
    Ranks(Box<RankCounter>),
    Categories(Box<CategoryCounter>),
    Sample(Box<SampleCounter>),
    Values(Box<ValuesCounter>),
    LabelsBy(Vec<LabelSums>),
}

/// Rows by the codes of a [`Coder`].
#[derive(Debug, Clone)]
pub(crate) struct CategoryCounter {
    pub(crate) cells: Cells,
    /// Rows of each name, then of the tail.
    counts: Vec<u64>,
    unseen: u64,
    names: BTreeMap<u64, (Category, u64)>,
}

/// Rows by category without a baseline.
#[derive(Debug, Clone)]
pub(crate) struct ValuesCounter {
    pub(crate) cells: Cells,
    keep: usize,
    values: BTreeMap<u64, (Category, u64)>,
    dropped: bool,
}

/// The values of the smallest hashes of (file, row).
#[derive(Debug, Clone)]
pub(crate) struct SampleCounter {
    pub(crate) state: SampleState,
    seed: u64,
    /// Hashes above it are not among the smallest.
    most: u64,
}

impl Counter {
    pub(crate) fn new(kind: &Kind, plan: &ColumnPlan) -> Self {
        match kind {
            Kind::Nothing => Counter::Nothing,
            Kind::Cells => Counter::Cells(Cells::default()),
            Kind::Ranks(at) => Counter::Ranks(Box::new(RankCounter::new(plan.knots[*at].len()))),
            Kind::Categories(at) => Counter::Categories(Box::new(CategoryCounter {
                cells: Cells::default(),
                counts: vec![0; plan.sets[*at].names.len() + 1],
                unseen: 0,
                names: BTreeMap::new(),
            })),
            Kind::Sample { keep, seed } => Counter::Sample(Box::new(SampleCounter {
                state: SampleState { cells: Cells::default(), keep: *keep, values: Vec::new() },
                seed: *seed,
                most: u64::MAX,
            })),
            Kind::Values { keep, .. } => Counter::Values(Box::new(ValuesCounter {
                cells: Cells::default(),
                keep: *keep,
                values: BTreeMap::new(),
                dropped: false,
            })),
            Kind::LabelsBy { bins, .. } => Counter::LabelsBy(vec![LabelSums::default(); bins.len()]),
        }
    }

    /// Adds what another counter of the same kind has counted; both are at rest.
    pub(crate) fn merge(&mut self, other: &Counter) {
        match (self, other) {
            (Counter::Cells(a), Counter::Cells(b)) => a.merge(b),
            (Counter::Ranks(a), Counter::Ranks(b)) => a.merge(b),
            (Counter::Categories(a), Counter::Categories(b)) => {
                a.cells.merge(&b.cells);
                a.counts.iter_mut().zip(&b.counts).for_each(|(sum, more)| *sum += more);
                a.unseen += b.unseen;
                for (hash, (category, rows)) in &b.names {
                    keep_smallest(&mut a.names, KEPT_UNSEEN, *hash, category, *rows);
                }
            }
            (Counter::Sample(a), Counter::Sample(b)) => {
                a.state.cells.merge(&b.state.cells);
                a.state.values.extend(&b.state.values);
                a.state.trim();
            }
            (Counter::Values(a), Counter::Values(b)) => {
                a.cells.merge(&b.cells);
                a.dropped |= b.dropped;
                for (hash, (category, rows)) in &b.values {
                    a.dropped |= keep_smallest(&mut a.values, a.keep, *hash, category, *rows);
                }
            }
            (Counter::LabelsBy(a), Counter::LabelsBy(b)) => {
                a.iter_mut().zip(b).for_each(|(sums, more)| sums.merge(more));
            }
            _ => {}
        }
    }

    /// What was counted.
    pub(crate) fn finish(self, kind: &Kind, plan: &ColumnPlan) -> ColumnState {
        match (self, kind) {
            (Counter::Cells(cells), _) => ColumnState::Cells(cells),
            (Counter::Ranks(counter), Kind::Ranks(at)) => {
                ColumnState::Ranks(Box::new(counter.finish(&plan.knots[*at])))
            }
            (Counter::Categories(counter), _) => {
                let mut counts = counter.counts;
                let tail = counts.pop().unwrap_or(0);
                ColumnState::Categories(Box::new(CategoryState {
                    cells: counter.cells,
                    counts,
                    tail,
                    unseen: counter.unseen,
                    unseen_names: counter.names,
                }))
            }
            (Counter::Sample(mut counter), _) => {
                counter.state.trim();
                ColumnState::Sample(Box::new(counter.state))
            }
            (Counter::Values(counter), _) => ColumnState::Values(Box::new(ValuesState {
                cells: counter.cells,
                keep: counter.keep,
                values: counter.values,
                dropped: counter.dropped,
            })),
            (Counter::LabelsBy(sums), _) => ColumnState::LabelsBy(sums),
            (Counter::Nothing | Counter::Ranks(_), _) => ColumnState::Nothing,
        }
    }
}

/// Rows of unseen categories by their place in the coder; kept between blocks, all 0.
#[derive(Debug, Default)]
pub(crate) struct UnseenRows {
    rows: Vec<u64>,
    touched: Vec<u32>,
}

impl UnseenRows {
    fn add(&mut self, at: u32) {
        if self.rows.len() <= at as usize {
            self.rows.resize(at as usize + 1, 0);
        }
        let rows = &mut self.rows[at as usize];
        if *rows == 0 {
            self.touched.push(at);
        }
        *rows += 1;
    }

    fn drain(&mut self, coder: &Coder, mut f: impl FnMut(u64, &Category, u64)) {
        for at in self.touched.drain(..) {
            let (hash, category) = &coder.unseen[at as usize];
            f(*hash, category, std::mem::take(&mut self.rows[at as usize]));
        }
    }
}

impl CategoryCounter {
    /// Counts codes; infinities among floats are in `cells` already.
    pub(crate) fn count(&mut self, coder: &Coder, codes: &[u32], unseen: &mut UnseenRows) {
        self.cells.rows += codes.len() as u64;
        let first = coder.first_unseen();
        let counts = &mut self.counts[..];
        for &code in codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            } else if code == NULL {
                self.cells.nulls += 1;
            } else if code == NAN {
                self.cells.nan += 1;
            } else {
                self.unseen += 1;
                unseen.add(code - first);
            }
        }
        unseen.drain(coder, |hash, category, rows| {
            keep_smallest(&mut self.names, KEPT_UNSEEN, hash, category, rows);
        });
    }
}

impl ValuesCounter {
    /// Counts codes of a coder without a baseline.
    pub(crate) fn count(&mut self, coder: &Coder, codes: &[u32], unseen: &mut UnseenRows) {
        self.cells.rows += codes.len() as u64;
        for &code in codes {
            match code {
                NULL => self.cells.nulls += 1,
                NAN => self.cells.nan += 1,
                code => unseen.add(code - coder.first_unseen()),
            }
        }
        unseen.drain(coder, |hash, category, rows| {
            self.dropped |= keep_smallest(&mut self.values, self.keep, hash, category, rows);
        });
    }
}

impl SampleCounter {
    /// Offers the present numbers of some rows.
    pub(crate) fn offer(&mut self, here: &Here<'_>, picked: Picked<'_>, number: impl Fn(usize) -> Option<f64>) {
        let file = mix(here.file ^ mix(self.seed));
        picked.each(|row| {
            let hash = mix(file ^ (here.first_row + row as u64));
            if hash <= self.most
                && let Some(x) = number(row)
            {
                // + 0.0 turns -0.0 into 0.0
                self.state.values.push((hash, x + 0.0));
            }
        });
        if self.state.values.len() >= 2 * self.state.keep + 1024 {
            self.state.trim();
            self.most = match self.state.values.last() {
                Some((hash, _)) => *hash,
                None => 0,
            };
        }
    }
}

/// Sums labels by bin; rows without one are left out. `bin` gives the bin of a row, by its place among `picked`, and the
/// feature as an integer where it is a number.
pub(crate) fn sum_labels(
    sums: &mut [LabelSums],
    labels: &[i32],
    picked: Picked<'_>,
    mut bin: impl FnMut(usize, usize) -> (usize, Option<i32>),
) {
    let mut place = 0;
    picked.each(|row| {
        let label = labels[row];
        if label != NO_LABEL {
            let (bin, feature) = bin(place, row);
            sums[bin].add(label, feature);
        }
        place += 1;
    });
}

/// The bin of a number; `None`: missing.
pub(crate) fn bin_of_number(edges: &[f64], x: Option<f64>) -> usize {
    match x {
        Some(x) => edges.partition_point(|edge| *edge < x),
        None => edges.len() + 1,
    }
}

/// The bin of a code of the bins' own names.
pub(crate) fn bin_of_code(bins: &LabelBins, code: u32) -> usize {
    let names = bins.len() - 2;
    match code {
        NULL | NAN => names + 1,
        code => (code as usize).min(names),
    }
}
