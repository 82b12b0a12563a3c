//! The pooled order of both sides, walked from the smallest value to the largest.
//!
//! Rank tests need nothing but this walk: how many rows of either side come next, and whether their order among
//! themselves is known. Counters ([`Ranks`]) and raw samples become the same steps, so each test has one formula.

use super::{NotComputed, Ranks};

/// Rows that come next in the pooled order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    /// The value itself, or the value that ends the gap (the last value for the gap above it).
    pub at: f64,
    /// Baseline rows.
    pub base: u64,
    /// Live rows.
    pub live: u64,
    /// Whether the rows lie between two values rather than at one.
    pub inside_gap: bool,
}

impl Step {
    /// Whether these are live rows alone, between two values of the baseline: their order against every baseline row
    /// is known, and they are taken as distinct among themselves.
    pub fn is_run(&self) -> bool {
        self.inside_gap && self.base == 0
    }

    /// Whether rows of both sides lie between two knots, in an unknown order.
    pub fn is_mixed(&self) -> bool {
        self.inside_gap && self.base > 0 && self.live > 0
    }
}

/// The steps of counters: gap, value, gap, .., value, gap, without those that hold no rows.
pub(crate) fn of_counters<'a>(ranks: &Ranks<'a>) -> impl Iterator<Item = Step> + use<'a> {
    let Ranks { values, base_below, base_up_to, n, gap, eq, .. } = *ranks;
    let k = values.len();
    let inner = (0..k).flat_map(move |i| {
        let before = if i == 0 { 0 } else { base_up_to[i - 1] };
        let at = values[i];
        [
            Step { at, base: base_below[i] - before, live: gap[i], inside_gap: true },
            Step { at, base: base_up_to[i] - base_below[i], live: eq[i], inside_gap: false },
        ]
    });
    let top = (k > 0).then(|| {
        let last = k - 1;
        Step { at: values[last], base: n - base_up_to[last], live: gap[k], inside_gap: true }
    });
    inner.chain(top).filter(|step| step.base > 0 || step.live > 0)
}

/// The steps of two raw samples, one for each distinct value, with the sizes of both sides. NaN is missing and is left
/// out, -0.0 is 0.0; fails with `no_rows` when a side is empty.
pub(crate) fn of_samples(base: &[f64], live: &[f64]) -> Result<(Vec<Step>, u64, u64), NotComputed> {
    let (base, live) = (sorted(base), sorted(live));
    has_rows(base.len() as u64, live.len() as u64)?;
    let mut steps = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < base.len() || j < live.len() {
        let at = match (base.get(i), live.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(x), None) => *x,
            (None, Some(y)) => *y,
            (None, None) => break,
        };
        let (from_i, from_j) = (i, j);
        while base.get(i) == Some(&at) {
            i += 1;
        }
        while live.get(j) == Some(&at) {
            j += 1;
        }
        steps.push(Step { at, base: (i - from_i) as u64, live: (j - from_j) as u64, inside_gap: false });
    }
    Ok((steps, base.len() as u64, live.len() as u64))
}

fn sorted(sample: &[f64]) -> Vec<f64> {
    // adding 0.0 turns -0.0 into 0.0
    let mut sample: Vec<f64> = sample.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
    sample.sort_unstable_by(f64::total_cmp);
    sample
}

/// Fails with `no_rows` when a side has none.
pub(crate) fn has_rows(n: u64, m: u64) -> Result<(), NotComputed> {
    let side = match (n, m) {
        (0, _) => "the baseline",
        (_, 0) => "the live window",
        _ => return Ok(()),
    };
    Err(NotComputed { code: "no_rows", text: format!("{side} holds no values to compare") })
}

/// The counters of a column, or why there are none to compare.
pub(crate) fn ranks_of<'a>(sides: &super::Comparison<'a>) -> Result<Ranks<'a>, NotComputed> {
    let ranks = sides.ranks.ok_or_else(|| NotComputed {
        code: "not_numeric",
        text: "the column was not counted by order: the test needs a numeric column".to_owned(),
    })?;
    has_rows(ranks.n, ranks.m)?;
    if ranks.values.is_empty() {
        return Err(NotComputed { code: "no_rows", text: "the baseline keeps no values to compare with".to_owned() });
    }
    Ok(ranks)
}

/// Excess of the live share over the baseline's after `live` of m and `base` of n rows, times n m: an exact integer.
pub(crate) fn excess(base: u64, live: u64, n: u64, m: u64) -> i128 {
    i128::from(live) * i128::from(n) - i128::from(base) * i128::from(m)
}

/// What a test that needs the order of all rows had to assume about rows between the values.
pub(crate) fn notes(ranks: &Ranks<'_>) -> Vec<String> {
    let (mut runs, mut mixed) = (false, false);
    for step in of_counters(ranks) {
        runs |= step.is_run() && step.live > 1;
        mixed |= step.is_mixed();
    }
    let mut notes = Vec::new();
    if runs {
        notes.push("live rows strictly between two baseline values are taken as distinct".to_owned());
    }
    if mixed {
        notes.push("rows of both sides between two knots are taken as tied".to_owned());
    }
    notes
}
