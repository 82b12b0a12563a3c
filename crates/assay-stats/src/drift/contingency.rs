//! Counts of both sides by category, a table of 2 x k, and what is computed from it.
//!
//! Everything is built from `base * m - live * n`, which is exact in integers: two sides that are nearly equal keep all
//! the digits of their difference.

use super::NotComputed;
use super::chi2;
use super::deviance::deviance;
use super::fisher_exact::{FEWEST_EXPECTED, TwoByTwo};

/// Counts of both sides, without the categories that are empty on both.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// (baseline, live) rows of each category.
    pub counts: Vec<(u64, u64)>,
    /// Baseline rows.
    pub n: u64,
    /// Live rows.
    pub m: u64,
    /// Rows that `n` and `m` count and no category of `counts` holds: they join the sparse ones.
    rest: (u64, u64),
    /// A category stands for itself only if it is expected to have clearly more baseline rows than this.
    named_from: u64,
}

impl Table {
    /// Of two equally long lists of counts. Refuses with `no_rows` where a side is empty.
    pub(crate) fn new(base: &[u64], live: &[u64]) -> Result<Self, NotComputed> {
        let counts: Vec<(u64, u64)> =
            base.iter().copied().zip(live.iter().copied()).filter(|&(base, live)| base > 0 || live > 0).collect();
        let n = counts.iter().map(|count| count.0).sum();
        let m = counts.iter().map(|count| count.1).sum();
        some_rows(n, m)?;
        Ok(Table { counts, n, m, rest: (0, 0), named_from: 0 })
    }

    /// The same with baseline and live rows of categories that are not told apart. `named_from` is the smallest number
    /// of baseline rows of those that are, where the baseline's rows decided which: such a category was chosen for its
    /// luck, so those that might as well have missed the choice are sparse.
    pub(crate) fn with_rest(mut self, rest: (u64, u64), named_from: u64) -> Self {
        (self.n, self.m) = (self.n + rest.0, self.m + rest.1);
        (self.rest, self.named_from) = (rest, named_from);
        self
    }

    /// Whether it has rows of categories that are not told apart.
    pub(crate) fn has_rest(&self) -> bool {
        self.rest != (0, 0)
    }

    /// Number of categories.
    pub(crate) fn k(&self) -> usize {
        self.counts.len()
    }

    /// Degrees of freedom of the test that both sides have the same shares.
    pub(crate) fn df(&self) -> f64 {
        (self.k() - 1) as f64
    }

    /// Pearson's chi-square of homogeneity, without Yates' correction: `sum (o - e)^2 / e` over both rows.
    pub(crate) fn chi_square(&self) -> f64 {
        let sides = self.n as f64 * self.m as f64;
        self.differences().map(|(base, live, gap)| gap * (gap / sides) / (base + live)).sum()
    }

    /// The likelihood ratio G, `2 sum o ln(o / e)` over both rows.
    pub(crate) fn g(&self) -> f64 {
        let total = self.n as f64 + self.m as f64;
        let (base_share, live_share) = (self.n as f64 / total, self.m as f64 / total);
        let terms = self.differences().map(|(base, live, gap)| {
            let both = base + live;
            deviance(base, both * base_share, gap / total) + deviance(live, both * live_share, -gap / total)
        });
        2.0 * terms.sum::<f64>()
    }

    /// Logarithm of the probability that a chi-square variable of this table's degrees of freedom is above.
    pub(crate) fn ln_above(&self, statistic: f64) -> f64 {
        chi2::ln_survival(statistic, self.df())
    }

    /// Cramer's V as in textbooks, `sqrt(chi2 / (n + m))`. It shrinks with unequal sides and decides nothing.
    pub(crate) fn classical_v(&self) -> f64 {
        (self.chi_square() / (self.n as f64 + self.m as f64)).sqrt()
    }

    /// The square of Cramer's V with both sides weighing the same: `1/2 sum (b - l)^2 / (b + l)` over the shares.
    pub(crate) fn equal_weight_v2(&self) -> f64 {
        let (n, m) = (self.n as f64, self.m as f64);
        let terms = self.differences().map(|(base, live, gap)| (gap / n) * (gap / m) / (base * m + live * n));
        0.5 * terms.sum::<f64>()
    }

    /// Cramer's V at equal weights less its expectation without drift, at least 0:
    /// `V^2 = max(0, 1/2 sum (b-l)^2/(b+l) - (k-1)/4 (1/n + 1/m))`.
    pub(crate) fn cramers_v(&self) -> f64 {
        let bias = 0.25 * self.df() * self.null_scale();
        (self.equal_weight_v2() - bias).max(0.0).sqrt()
    }

    /// `1/n + 1/m`, the scale of what divergences are without drift.
    pub(crate) fn null_scale(&self) -> f64 {
        (self.n as f64).recip() + (self.m as f64).recip()
    }

    /// How many categories expect fewer than 5 rows on the smaller side.
    pub(crate) fn n_sparse(&self) -> usize {
        self.counts.iter().filter(|&&count| self.is_sparse(both(count))).count()
    }

    /// Puts the categories whose smaller expected count is below 5, and those that are not told apart, into one, which
    /// the next smallest joins if its own still is. Returns the table and how many categories were put together;
    /// `too_sparse` where fewer than two are left. Of equally small ones the first of the table joins.
    ///
    /// Only the rows of both sides together decide what is merged: given those, without drift the rows of each side are
    /// a draw from them, and p holds.
    pub(crate) fn merge_sparse(&self) -> Result<(Table, usize), NotComputed> {
        let (sparse, mut kept): (Vec<_>, Vec<_>) =
            self.counts.iter().copied().partition(|&count| self.is_sparse(both(count)) || self.is_chosen(both(count)));
        let mut n_merged = sparse.len() + usize::from(self.has_rest());
        let mut other = sparse.into_iter().fold(self.rest, add);
        let smallest = (0..kept.len()).min_by_key(|&i| both(kept[i]));
        // one is enough: it is not sparse itself
        if let Some(smallest) = smallest.filter(|_| n_merged > 0 && self.is_sparse(both(other))) {
            other = add(other, kept.remove(smallest));
            n_merged += 1;
        }
        if n_merged > 0 {
            kept.push(other);
        }
        if kept.len() < 2 {
            return Err(self.too_sparse());
        }
        Ok((Table { counts: kept, n: self.n, m: self.m, rest: (0, 0), named_from: 0 }, n_merged))
    }

    /// The table of two categories, where it has exactly two.
    pub(crate) fn two_by_two(&self) -> Option<TwoByTwo> {
        match self.counts[..] {
            [first, second] if !self.has_rest() => {
                Some(TwoByTwo { base: [first.0, second.0], live: [first.1, second.1] })
            }
            _ => None,
        }
    }

    /// Base and live rows of each category, and `base * m - live * n`.
    fn differences(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.counts.iter().map(|&(base, live)| (base as f64, live as f64, cross_difference(base, self.m, live, self.n)))
    }

    fn is_sparse(&self, rows: u128) -> bool {
        rows * u128::from(self.n.min(self.m)) < u128::from(FEWEST_EXPECTED) * (u128::from(self.n) + u128::from(self.m))
    }

    /// Whether chance may have kept such a category from being named: its baseline rows, four standard deviations below
    /// what is expected of so many on both sides, would not reach the smallest number that was.
    fn is_chosen(&self, rows: u128) -> bool {
        if self.named_from == 0 {
            return false;
        }
        let (n, m) = (self.n as f64, self.m as f64);
        let expected = rows as f64 * n / (n + m);
        expected - 4.0 * (expected * m / (n + m)).sqrt() <= self.named_from as f64
    }

    fn too_sparse(&self) -> NotComputed {
        let text = match self.k() {
            1 => "only one category occurs, so there are no shares to compare".to_owned(),
            k => format!(
                "of {k} categories fewer than two expect {FEWEST_EXPECTED} rows on both sides ({} and {} rows); \
                 use a larger window",
                self.n, self.m
            ),
        };
        NotComputed { code: "too_sparse", text }
    }
}

/// `base * m - live * n`, exact before it is rounded once.
pub(crate) fn cross_difference(base: u64, m: u64, live: u64, n: u64) -> f64 {
    let (left, right) = (u128::from(base) * u128::from(m), u128::from(live) * u128::from(n));
    let size = left.abs_diff(right) as f64;
    if left >= right { size } else { -size }
}

/// Refuses a comparison in which a side has no rows.
pub(crate) fn some_rows(n: u64, m: u64) -> Result<(), NotComputed> {
    let side = match (n, m) {
        (0, _) => "baseline",
        (_, 0) => "window",
        _ => return Ok(()),
    };
    Err(NotComputed { code: "no_rows", text: format!("the {side} has no rows to compare") })
}

fn both(count: (u64, u64)) -> u128 {
    u128::from(count.0) + u128::from(count.1)
}

fn add(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    (a.0 + b.0, a.1 + b.1)
}
