//! How far one baseline's column is from another's, by the tests that monitors use.
//!
//! The second is counted against the first as a live window would be. Its own knots stand for its rows: with a full
//! ECDF that is exact, with knots the rows between two of them are counted in the middle of the gap, which moves no
//! share by more than one in 4,096.

use std::collections::{HashMap, HashSet};

use assay_core::drift::baseline::{BaselineColumn, CategoryProfile};
use assay_core::drift::category::Category;
use assay_core::drift::knots::Knots;
use assay_stats::drift::bins::{QuantileBins, top_categories};
use assay_stats::drift::{Bins, Categories, ColumnKind, Comparison, DriftTest, Missing, Ranks};
use assay_stats::drift::{ks::Ks, psi::Psi};

use super::words::{missing, present};

/// Bins of PSI.
const BINS: u32 = 10;

/// PSI of a column and, for numbers, the KS distance; `None` where a side has no rows or another role.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Distance {
    pub psi: Option<f64>,
    pub ks: Option<f64>,
}

pub(super) fn distance(before: &BaselineColumn, after: &BaselineColumn) -> Distance {
    let gone = Missing { n: before.cells.rows, base: missing(before), m: after.cells.rows, live: missing(after) };
    match (before.role, &before.numeric, &after.numeric, &before.categories, &after.categories) {
        (ColumnKind::Numeric, Some(base), Some(live), ..) => by_order(&base.knots, &live.knots, gone),
        (ColumnKind::Categorical, _, _, Some(base), Some(live)) => {
            by_category(base, live, (present(before), present(after)), gone)
        }
        _ => Distance::default(),
    }
}

fn by_order(base: &Knots, live: &Knots, gone: Missing) -> Distance {
    let k = base.len();
    let (mut gap, mut eq) = (vec![0; k + 1], vec![0; k]);
    let mut add = |value: f64, rows: u64| match base.values.binary_search_by(|knot| knot.total_cmp(&value)) {
        Ok(at) => eq[at] += rows,
        Err(at) => gap[at] += rows,
    };
    let mut before: Option<(f64, u64)> = None;
    for i in 0..live.len() {
        let between = live.below[i] - before.map_or(0, |(_, up_to)| up_to);
        let low = before.map_or(live.values[i].next_down(), |(value, _)| value / 2.0 + live.values[i] / 2.0);
        add(if low.is_finite() { low } else { live.values[i] }, between);
        add(live.values[i], live.at(i));
        before = Some((live.values[i], live.up_to[i]));
    }
    if let Some((value, up_to)) = before {
        add(value.next_up(), live.n - up_to);
    }
    let ranks = Ranks {
        values: &base.values,
        base_below: &base.below,
        base_up_to: &base.up_to,
        n: base.n,
        gap: &gap,
        eq: &eq,
        m: gap.iter().chain(&eq).sum(),
        sums: None,
    };
    let bins = QuantileBins::new(&base.values, &base.below, &base.up_to, base.n, BINS).count(&ranks, &gone);
    compare(ColumnKind::Numeric, Some(ranks), &bins, gone)
}

fn by_category(base: &CategoryProfile, live: &CategoryProfile, (n, m): (u64, u64), gone: Missing) -> Distance {
    let rows: HashMap<&Category, u64> = live.set.names.iter().zip(live.counts.iter().copied()).collect();
    let rows_of = |name| rows.get(name).copied().unwrap_or(0);
    let unseen: u64 = newcomers(base, live).map(|(_, rows)| rows).sum();
    let categories = Categories {
        labels: base.set.names.iter().map(ToString::to_string).collect(),
        base: base.counts.clone(),
        live: base.set.names.iter().map(rows_of).collect(),
        unseen: (!base.set.too_many).then_some(unseen),
        n,
        m,
        ..Categories::default()
    };
    let bins = top_categories(&categories, &gone);
    compare(ColumnKind::Categorical, None, &bins, gone)
}

/// Categories named in `after` that `before` does not hold, with their rows; none where `before` has too many to tell.
pub(super) fn newcomers<'a>(
    before: &'a CategoryProfile,
    after: &'a CategoryProfile,
) -> impl Iterator<Item = (&'a Category, u64)> {
    let known: HashSet<&Category> = before.set.names.iter().collect();
    let is_new = move |name: &&Category| {
        !before.set.too_many && !known.contains(*name) && before.set.tail.binary_search(&name.hash64()).is_err()
    };
    after.set.names.iter().zip(&after.counts).filter(move |(name, _)| is_new(name)).map(|(name, rows)| (name, *rows))
}

fn compare(kind: ColumnKind, ranks: Option<Ranks<'_>>, bins: &Bins, missing: Missing) -> Distance {
    let sides = Comparison { kind, ranks, bins, categories: None, missing };
    let effect = |test: &dyn DriftTest| test.compare(&sides).ok().map(|drift| drift.effect);
    Distance { psi: effect(&Psi), ks: ranks.and_then(|_| effect(&Ks)) }
}
