//! Counts by bin as shares of all rows.

use assay_stats::drift::Bins;
use assay_stats::drift::bins::{MISSING, OTHER, UNSEEN};

/// A bin with its share of both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Share {
    pub label: String,
    pub base: f64,
    pub live: f64,
}

impl Share {
    /// What a person calls it.
    pub fn name(&self) -> &str {
        match self.label.as_str() {
            MISSING => "missing",
            OTHER => "other",
            UNSEEN => "unseen",
            "" => "(empty)",
            label => label,
        }
    }

    /// Whether it is a bin for what has no bin of its own.
    pub fn is_special(&self) -> bool {
        [MISSING, OTHER, UNSEEN].contains(&self.label.as_str())
    }
}

/// The bins in order with their shares; `None` where a side has no rows, and there is nothing to compare.
pub(super) fn shares(bins: &Bins) -> Option<Vec<Share>> {
    let sum = |counts: &[u64]| counts.iter().map(|rows| *rows as f64).sum::<f64>();
    let (n, m) = (sum(&bins.base), sum(&bins.live));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let rows = bins.labels.iter().zip(bins.base.iter().zip(&bins.live));
    let share = |(label, (base, live)): (&String, (&u64, &u64))| Share {
        label: label.clone(),
        base: *base as f64 / n,
        live: *live as f64 / m,
    };
    Some(rows.map(share).collect())
}
