//! The bins that PSI and its kin compare: quantiles of the baseline, or its commonest categories.
//!
//! Edges come from the baseline alone and from integers alone, so a baseline cut again gives the same bins, and a live
//! outlier moves none of them. The edge i of B is the smallest baseline value v with `C(v) * B >= i * n`, where C
//! counts the rows up to v. Bins are closed on the right, the outer ones are open; equal edges are one; a value that
//! fills a bin alone (`count * B >= n`) is cut off on both sides.

use std::ops::Range;

use super::{Bins, Categories, Missing, Ranks};

/// Null and NaN.
pub const MISSING: &str = "__missing__";
/// Categories of the baseline that have no bin of their own.
pub const OTHER: &str = "__other__";
/// Categories that the baseline does not hold.
pub const UNSEEN: &str = "__unseen__";

/// At most this many categories have a bin of their own.
const TOP: usize = 50;
/// A category needs one row in this many for a bin of its own.
const RAREST: u128 = 1000;

/// Quantile bins over the k values that a baseline keeps.
///
/// The line is cut into 2k + 1 slots: the gap below the first value, that value, the gap above it, and so on. Slot
/// `2 i` is the gap below `values[i]`, slot `2 i + 1` the value itself; a bin is a run of slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantileBins {
    bins: Vec<Range<usize>>,
}

impl QuantileBins {
    /// `n_bins` (10 or 20) quantile bins of a baseline of `n` non-missing rows. `below[i]` and `up_to[i]` are its rows
    /// below, and at or below, `values[i]`; the k values ascend.
    pub fn new(values: &[f64], below: &[u64], up_to: &[u64], n: u64, n_bins: u32) -> Self {
        let k = values.len();
        let fills = |rows: u64, bins: u32| u128::from(rows) * u128::from(n_bins) >= u128::from(bins) * u128::from(n);
        let mut cuts = Vec::new();
        for i in 1..n_bins {
            let edge = up_to.partition_point(|&rows| !fills(rows, i));
            if n > 0 && edge < k {
                cuts.push(2 * edge + 2);
            }
        }
        for (i, (&below, &up_to)) in below.iter().zip(up_to).enumerate() {
            if n > 0 && fills(up_to - below, 1) {
                cuts.extend([2 * i + 1, 2 * i + 2]);
            }
        }
        // nothing lies beyond an infinite value, so nothing is cut off there
        cuts.retain(|&cut| {
            !(cut == 1 && values[0] == f64::NEG_INFINITY || cut == 2 * k && values[k - 1] == f64::INFINITY)
        });
        cuts.sort_unstable();
        cuts.dedup();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([2 * k + 1]);
        QuantileBins { bins: starts.zip(ends).map(|(start, end)| start..end).collect() }
    }

    /// The bins as runs of slots, in ascending order; together they hold every slot once.
    pub fn slots(&self) -> &[Range<usize>] {
        &self.bins
    }

    /// The index of the value each bin but the last ends at: closed, or open where the next bin is that value alone.
    pub fn edges(&self) -> Vec<usize> {
        self.bins[..self.bins.len() - 1].iter().map(|bin| (bin.end - 1) / 2).collect()
    }

    /// What the bins are called, over the same values: `(-inf, 5]`, `(5, 15]`, `0` for a value alone, `(38, inf)`.
    pub fn labels(&self, values: &[f64]) -> Vec<String> {
        self.bins.iter().map(|bin| label(bin, values)).collect()
    }

    /// Where each bin begins and ends, over the same values. Open ends are infinite; a value alone begins and ends there.
    pub fn spans(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let span = |bin| value_alone(bin, values).map_or_else(|| ends(bin, values), |value| (value, value));
        self.bins.iter().map(span).collect()
    }

    /// Both sides of a column by bin, `__missing__` last. The values of `ranks` are those the bins were made over.
    pub fn count(&self, ranks: &Ranks<'_>, missing: &Missing) -> Bins {
        let mut labels = self.labels(ranks.values);
        let mut base: Vec<u64> =
            self.bins.iter().map(|bin| base_up_to(ranks, bin.end) - base_up_to(ranks, bin.start)).collect();
        let mut live: Vec<u64> =
            self.bins.iter().map(|bin| bin.clone().map(|slot| live_rows(ranks, slot)).sum()).collect();
        labels.push(MISSING.to_owned());
        base.push(missing.base);
        live.push(missing.live);
        Bins { labels, base, live }
    }
}

/// Bins of a categorical column: its 50 commonest baseline categories of at least 0.1% of the non-missing rows (by
/// count, then by name in bytes), `__other__` for the rest, `__unseen__` and `__missing__`. Where the baseline has too
/// many categories to tell new ones, they are in `__other__`.
pub fn top_categories(categories: &Categories, missing: &Missing) -> Bins {
    let n = u128::from(categories.n);
    let is_own = |i: &usize| {
        let reserved = [MISSING, OTHER, UNSEEN].contains(&categories.labels[*i].as_str());
        !reserved && categories.base[*i] > 0 && u128::from(categories.base[*i]) * RAREST >= n
    };
    let mut top: Vec<usize> = (0..categories.labels.len()).filter(is_own).collect();
    top.sort_by(|&i, &j| {
        categories.base[j].cmp(&categories.base[i]).then_with(|| categories.labels[i].cmp(&categories.labels[j]))
    });
    top.truncate(TOP);

    let mut bins = Bins { labels: Vec::new(), base: Vec::new(), live: Vec::new() };
    let mut push = |label: &str, base: u64, live: u64| {
        bins.labels.push(label.to_owned());
        bins.base.push(base);
        bins.live.push(live);
    };
    for &i in &top {
        push(&categories.labels[i], categories.base[i], categories.live[i]);
    }
    // those counted by name are no bins of the baseline's: they are in `unseen`
    let unseen = categories.unseen.unwrap_or(0);
    let of_top = |counts: &[u64]| top.iter().map(|&i| counts[i]).sum::<u64>();
    let base_left = categories.n.saturating_sub(of_top(&categories.base));
    let live_left = categories.m.saturating_sub(of_top(&categories.live)).saturating_sub(unseen);
    push(OTHER, base_left, live_left);
    push(UNSEEN, 0, unseen);
    push(MISSING, missing.base, missing.live);
    bins
}

/// A number in the fewest digits that read back as the same number.
pub fn number(value: f64) -> String {
    let size = value.abs();
    // adding 0 turns -0 into 0
    let value = value + 0.0;
    if size == 0.0 || value.is_infinite() || (1e-5..1e16).contains(&size) {
        return value.to_string();
    }
    format!("{value:e}")
}

/// Baseline rows in the slots before `slot`.
fn base_up_to(ranks: &Ranks<'_>, slot: usize) -> u64 {
    if slot == 2 * ranks.values.len() + 1 {
        return ranks.n;
    }
    match (slot / 2, slot % 2) {
        (0, 0) => 0,
        (i, 0) => ranks.base_up_to[i - 1],
        (i, _) => ranks.base_below[i],
    }
}

fn live_rows(ranks: &Ranks<'_>, slot: usize) -> u64 {
    if slot.is_multiple_of(2) { ranks.gap[slot / 2] } else { ranks.eq[slot / 2] }
}

fn label(bin: &Range<usize>, values: &[f64]) -> String {
    if let Some(value) = value_alone(bin, values) {
        return number(value);
    }
    let (lower, upper) = ends(bin, values);
    let lower = if bin.start == 0 { "-inf".to_owned() } else { number(lower) };
    if bin.end == 2 * values.len() + 1 {
        return format!("({lower}, inf)");
    }
    let closing = if bin.end.is_multiple_of(2) { ']' } else { ')' };
    format!("({lower}, {}{closing}", number(upper))
}

/// The value of a bin that holds no other.
fn value_alone(bin: &Range<usize>, values: &[f64]) -> Option<f64> {
    let k = values.len();
    // the run from an infinite value to the open end beside it is that value alone
    let alone = bin.len() == 1 && bin.start % 2 == 1
        || *bin == (0..2) && values[0] == f64::NEG_INFINITY
        || bin.start + 2 == 2 * k + 1 && values[k - 1] == f64::INFINITY;
    alone.then(|| values[bin.start / 2])
}

/// The values that a bin of many lies between; infinite where it is open.
fn ends(bin: &Range<usize>, values: &[f64]) -> (f64, f64) {
    let lower = if bin.start == 0 { f64::NEG_INFINITY } else { values[(bin.start - 1) / 2] };
    let upper = if bin.end == 2 * values.len() + 1 { f64::INFINITY } else { values[(bin.end - 1) / 2] };
    (lower, upper)
}
