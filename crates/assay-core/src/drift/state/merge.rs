//! Merging states: addition of counters, exact sums, and the smallest hashes of both.
//!
//! Whether two states are alike is asked before anything is added, so that a refused merge leaves both as they were.

use std::collections::BTreeMap;

use super::{
    CategoryState, Cells, ColumnState, Figures, KEPT_UNSEEN, LabelSums, LabelledState, LiveState, NotAlike, RankState,
    SampleState, SegmentState, Unplaced, ValuesState, WindowState,
};
use crate::drift::category::Category;

impl LiveState {
    /// Adds the rows of another, disjoint part of the same table, counted by the same spec. Any order and grouping
    /// gives identical bytes.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &LiveState) -> Result<(), NotAlike> {
        let alike = self.windows.len() == other.windows.len()
            && self.windows.iter().zip(&other.windows).all(|(a, b)| a.is_like(b));
        if !alike {
            return Err(NotAlike);
        }
        for (window, more) in self.windows.iter_mut().zip(&other.windows) {
            window.add(more);
        }
        self.unplaced.merge(&other.unplaced);
        Ok(())
    }
}

impl WindowState {
    /// Adds the rows of another part of the window, or of another window counted by the same measures.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &WindowState) -> Result<(), NotAlike> {
        if !self.is_like(other) {
            return Err(NotAlike);
        }
        self.add(other);
        Ok(())
    }

    fn is_like(&self, other: &WindowState) -> bool {
        let matrices = match (&self.matrix, &other.matrix) {
            (None, None) => true,
            (Some(a), Some(b)) => a.columns() == b.columns(),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let labels = match (&self.labelled, &other.labelled) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is_like(b),
            (None, Some(_)) | (Some(_), None) => false,
        };
        matrices
            && labels
            && self.pairs.len() == other.pairs.len()
            && self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|(a, b)| a.is_like(b))
    }

    fn add(&mut self, other: &WindowState) {
        for (segment, more) in self.segments.iter_mut().zip(&other.segments) {
            segment.add(more);
        }
        for (pair, more) in self.pairs.iter_mut().zip(&other.pairs) {
            pair.merge(more);
        }
        if let (Some(matrix), Some(more)) = (&mut self.matrix, &other.matrix) {
            matrix.merge(more).expect("matrices of as many columns: they are alike");
        }
        if let (Some(labelled), Some(more)) = (&mut self.labelled, &other.labelled) {
            labelled.add(more);
        }
    }
}

impl SegmentState {
    /// Adds the rows of another part of the segment.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &SegmentState) -> Result<(), NotAlike> {
        if !self.is_like(other) {
            return Err(NotAlike);
        }
        self.add(other);
        Ok(())
    }

    fn is_like(&self, other: &SegmentState) -> bool {
        self.columns.len() == other.columns.len() && self.columns.iter().zip(&other.columns).all(|(a, b)| a.is_like(b))
    }

    fn add(&mut self, other: &SegmentState) {
        self.rows += other.rows;
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.add(more);
        }
    }
}

impl ColumnState {
    /// Adds the rows of another part of the column.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &ColumnState) -> Result<(), NotAlike> {
        if !self.is_like(other) {
            return Err(NotAlike);
        }
        self.add(other);
        Ok(())
    }

    fn is_like(&self, other: &ColumnState) -> bool {
        match (self, other) {
            (ColumnState::Nothing, ColumnState::Nothing) | (ColumnState::Cells(_), ColumnState::Cells(_)) => true,
            (ColumnState::Ranks(a), ColumnState::Ranks(b)) => a.is_like(b),
            (ColumnState::Categories(a), ColumnState::Categories(b)) => a.counts.len() == b.counts.len(),
            (ColumnState::Sample(a), ColumnState::Sample(b)) => a.keep == b.keep,
            (ColumnState::Values(a), ColumnState::Values(b)) => a.keep == b.keep,
            (ColumnState::LabelsBy(a), ColumnState::LabelsBy(b)) => a.len() == b.len(),
            _ => false,
        }
    }

    fn add(&mut self, other: &ColumnState) {
        match (self, other) {
            (ColumnState::Cells(a), ColumnState::Cells(b)) => a.merge(b),
            (ColumnState::Ranks(a), ColumnState::Ranks(b)) => a.add(b),
            (ColumnState::Categories(a), ColumnState::Categories(b)) => a.add(b),
            (ColumnState::Sample(a), ColumnState::Sample(b)) => a.add(b),
            (ColumnState::Values(a), ColumnState::Values(b)) => a.add(b),
            (ColumnState::LabelsBy(a), ColumnState::LabelsBy(b)) => {
                a.iter_mut().zip(b).for_each(|(sums, more)| sums.merge(more));
            }
            _ => {}
        }
    }
}

impl Unplaced {
    /// Adds the rows of another part of the table.
    pub fn merge(&mut self, other: &Unplaced) {
        self.without_time += other.without_time;
        self.outside += other.outside;
    }
}

impl Cells {
    /// Adds the rows of another part of the column.
    pub fn merge(&mut self, other: &Cells) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.nan += other.nan;
        self.minus_infinity += other.minus_infinity;
        self.plus_infinity += other.plus_infinity;
    }

    /// Null and NaN.
    pub fn missing(&self) -> u64 {
        self.nulls + self.nan
    }

    /// Rows with a value.
    pub fn present(&self) -> u64 {
        self.rows - self.missing()
    }
}

impl RankState {
    /// Adds the rows of another part of the column.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &RankState) -> Result<(), NotAlike> {
        if !self.is_like(other) {
            return Err(NotAlike);
        }
        self.add(other);
        Ok(())
    }

    fn is_like(&self, other: &RankState) -> bool {
        let lengths = |state: &RankState| (state.gap.len(), state.eq.len(), state.gap_sums.len());
        lengths(self) == lengths(other)
    }

    fn add(&mut self, other: &RankState) {
        self.cells.merge(&other.cells);
        add_all(&mut self.gap, &other.gap);
        add_all(&mut self.eq, &other.eq);
        for (sum, more) in self.gap_sums.iter_mut().zip(&other.gap_sums) {
            *sum += more;
        }
        self.below.merge(&other.below);
        self.above.merge(&other.above);
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
    }
}

impl CategoryState {
    fn add(&mut self, other: &CategoryState) {
        self.cells.merge(&other.cells);
        add_all(&mut self.counts, &other.counts);
        self.tail += other.tail;
        self.unseen += other.unseen;
        for (hash, (category, rows)) in &other.unseen_names {
            keep_smallest(&mut self.unseen_names, KEPT_UNSEEN, *hash, category, *rows);
        }
    }
}

impl ValuesState {
    fn add(&mut self, other: &ValuesState) {
        self.cells.merge(&other.cells);
        self.dropped |= other.dropped;
        for (hash, (category, rows)) in &other.values {
            self.dropped |= keep_smallest(&mut self.values, self.keep, *hash, category, *rows);
        }
    }
}

impl SampleState {
    fn add(&mut self, other: &SampleState) {
        self.cells.merge(&other.cells);
        self.values.extend(&other.values);
        self.trim();
    }

    /// Brings the values into order and lets go of those beyond `keep`.
    pub fn trim(&mut self) {
        self.values.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
        self.values.truncate(self.keep);
    }
}

impl LabelSums {
    /// Adds the rows of another part of the bin.
    pub fn merge(&mut self, other: &LabelSums) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
        self.feature += other.feature;
        self.feature_squares += other.feature_squares;
        self.products += other.products;
    }

    /// Adds a label, with the feature it goes with where that is a number.
    pub fn add(&mut self, label: i32, feature: Option<i32>) {
        let (label, feature) = (i128::from(label), i128::from(feature.unwrap_or(0)));
        self.n += 1;
        self.sum += label;
        self.squares += label * label;
        self.feature += feature;
        self.feature_squares += feature * feature;
        self.products += feature * label;
    }
}

impl LabelledState {
    /// Adds the rows of another part of the window.
    ///
    /// # Errors
    /// [`NotAlike`]; nothing is added then.
    pub fn merge(&mut self, other: &LabelledState) -> Result<(), NotAlike> {
        if !self.is_like(other) {
            return Err(NotAlike);
        }
        self.add(other);
        Ok(())
    }

    fn is_like(&self, other: &LabelledState) -> bool {
        match (&self.figures, &other.figures) {
            (Figures::Regression(_), Figures::Regression(_)) => true,
            (Figures::Classification(a), Figures::Classification(b)) => a.positive() == b.positive(),
            _ => false,
        }
    }

    fn add(&mut self, other: &LabelledState) {
        self.predictions += other.predictions;
        self.labelled += other.labelled;
        self.without_id += other.without_id;
        self.conflicting += other.conflicting;
        self.null_labels += other.null_labels;
        self.null_predictions += other.null_predictions;
        match (&mut self.figures, &other.figures) {
            (Figures::Regression(a), Figures::Regression(b)) => a.merge(b),
            (Figures::Classification(a), Figures::Classification(b)) => a.merge(b),
            _ => {}
        }
    }
}

/// Adds rows of a category to those of the smallest hashes, of which at most `keep` stay; whether one was let go. A
/// category that stays was never let go before (its hash is smaller than every hash that was), so its rows are exact.
pub fn keep_smallest(
    kept: &mut BTreeMap<u64, (Category, u64)>,
    keep: usize,
    hash: u64,
    category: &Category,
    rows: u64,
) -> bool {
    if kept.len() >= keep && kept.last_key_value().is_none_or(|(largest, _)| hash > *largest) {
        return true;
    }
    match kept.get_mut(&hash) {
        Some((known, sum)) => {
            *sum += rows;
            // of two categories with one hash the smaller one names both, whichever came first
            if category < known {
                *known = category.clone();
            }
        }
        None => drop(kept.insert(hash, (category.clone(), rows))),
    }
    if kept.len() <= keep {
        return false;
    }
    kept.pop_last();
    true
}

fn add_all(sums: &mut [u64], more: &[u64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}
