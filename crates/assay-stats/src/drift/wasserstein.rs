//! # wasserstein
//!
//! ## What it measures
//! How far values have to be moved on average to turn one side into the other (W1, the earth mover's distance). It is
//! in the unit of the column; the effect is the same without unit, in standard deviations of the baseline.
//!
//! ## When to use it
//! For a number of which the size of a change matters: a delay that grows by ten minutes, a price that falls by a
//! tenth. An outlier counts by its distance, which `ks` and `psi` do not see.
//!
//! ## Formula and p-value
//! W1 is the area between the two cumulative shares. The effect is W1 without unit, less what chance alone gives:
//!
//! ```text
//! effect    = (W1 - null_mean) / scale
//! scale     = IQR / 1.349 of the baseline
//! null_mean = sqrt(2/pi) sqrt(1/n + 1/m) sum sqrt(G_i (1 - G_i)) (v_(i+1) - v_i)
//! ```
//!
//! v the values that the baseline keeps, G_i its share up to v_i (the mean of the area between two empirical
//! distributions, by the normal law of each share: E. del Barrio, E. Gine and C. Matran, Annals of Probability 27,
//! 1999). Where the IQR is 0 the scale is the standard deviation, and for a constant baseline the effect is the share
//! of live rows that differ from it. p is that of `ks`.
//!
//! From counters W1 is an interval: a gap in which F stays on one side of G contributes its area exactly; where they
//! cross, the gap's integral bounds it from below and the steepest crossing from above. The lower end is judged and
//! shown. Positions inside gaps are kept to 2^-52 of the gap.
//!
//! W1 is infinite when the sides have different shares at an infinity; it then says so. The null mean leaves gaps with
//! an infinite end out.
//!
//! ## Default limits
//! On the effect: warn 0.25, fail 0.50.
//!
//! ## Example
//! ```yaml
//! columns:
//!   delay_minutes: {kind: numeric, tests: {wasserstein: {warn: 0.2, fail: 0.4}}}
//! ```
//!
//! ## By hand
//! From the rows, missing ones left out. `null_mean` and `scale` are printed beside the test by `--verbose`; W1 lies in
//! the printed interval of the statistic:
//!
//! ```python
//! from scipy import stats
//! baseline = [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0]
//! live = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
//! stats.wasserstein_distance(baseline, live)  # 4.1625
//! ```
//!
//! The effect is `(W1 - null_mean) / scale`.
//!
//! ## Limits
//! - One absurd value can carry it: clean the column by a contract (`range`), or watch it by `ks`.
//! - The effect may be below 0: then the sides are closer than chance alone brings them.
//! - With a quarter of the baseline's rows infinite there is no scale: `infinite`.

mod gap;
mod scale;

pub use gap::{Rise, gap_area};

use super::ks::{self, Reach};
use super::order;
use super::{ColumnKind, Comparison, Drift, DriftTest, GapSums, Limits, NotComputed, Ranks};
use scale::Scale;

/// W1 of two raw samples in any order, in their unit. NaN is left out. Infinite when the shares at an infinity differ.
/// Fails with `no_rows` when a side is empty.
pub fn two_sample(base: &[f64], live: &[f64]) -> Result<f64, NotComputed> {
    let (steps, n, m) = order::of_samples(base, live)?;
    let scale = n as f64 * m as f64;
    let (mut below_base, mut below_live) = (0, 0);
    let mut area = Sum::default();
    for pair in steps.windows(2) {
        below_base += pair[0].base;
        below_live += pair[0].live;
        let excess = order::excess(below_base, below_live, n, m).unsigned_abs();
        if excess > 0 {
            area.add(times_width(excess as f64 / scale, pair[0].at, pair[1].at));
        }
    }
    Ok(area.value())
}

/// W1 of counters, as an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// W1 is at least this.
    pub low: f64,
    /// W1 is at most this.
    pub high: f64,
}

/// W1 of counters, in the unit of the values. Fails with `no_rows` when a side is empty, with `no_gap_sums` where rows
/// lie between the values but it was not counted where.
pub fn from_counters(ranks: &Ranks<'_>) -> Result<Interval, NotComputed> {
    order::has_rows(ranks.n, ranks.m)?;
    let k = ranks.values.len();
    let sums = sums_of(ranks)?;
    if sums.live_infinite > 0 {
        return Ok(Interval { low: f64::INFINITY, high: f64::INFINITY });
    }
    let (n, m) = (ranks.n as f64, ranks.m as f64);
    let share_of_base = |rows: u64| rows as f64 / n;
    let (mut low, mut high) = (Sum::default(), Sum::default());
    let (live_side, base_side) = (sums.live_below / m, sums.base_below / n);
    low.add((live_side - base_side).abs());
    high.add(live_side + base_side);
    let mut live = ranks.gap[0];
    for i in 1..k {
        live += ranks.eq[i - 1];
        let (a, b) = (ranks.values[i - 1], ranks.values[i]);
        let (base_start, base_end) = (ranks.base_up_to[i - 1], ranks.base_below[i]);
        let live_rise = Rise::of(live as f64 / m, ranks.gap[i], ranks.m, sums.live.get(i - 1));
        let base_rise = Rise::of(share_of_base(base_start), base_end - base_start, ranks.n, sums.base.get(i - 1));
        let start = order::excess(base_start, live, ranks.n, ranks.m);
        live += ranks.gap[i];
        let is_flat = ranks.gap[i] == 0 && base_end == base_start;
        if (b - a).is_infinite() && (a.is_infinite() || b.is_infinite()) {
            let end = order::excess(base_end, live, ranks.n, ranks.m);
            // the sides must agree where the axis goes on for ever; if they do, rows inside lie no one knows where
            let outside = if a.is_infinite() { start } else { end };
            if outside != 0 {
                return Ok(Interval { low: f64::INFINITY, high: f64::INFINITY });
            }
            if !is_flat {
                high.add(f64::INFINITY);
            }
            continue;
        }
        if is_flat {
            let area = times_width(start.unsigned_abs() as f64 / (n * m), a, b);
            low.add(area);
            high.add(area);
            continue;
        }
        let (least, most) = gap_area(live_rise, base_rise);
        low.add(times_width(least, a, b));
        high.add(times_width(most, a, b));
    }
    let (live_side, base_side) = (sums.live_above / m, sums.base_above / n);
    low.add((live_side - base_side).abs());
    high.add(live_side + base_side);
    let low = low.value();
    Ok(Interval { low, high: high.value().max(low) })
}

/// The sums, which may be missing only where no row lies between the values.
fn sums_of<'a>(ranks: &Ranks<'a>) -> Result<GapSums<'a>, NotComputed> {
    let base_inside = order::of_counters(ranks).any(|step| step.inside_gap && step.base > 0);
    let live_inside = ranks.gap.iter().any(|rows| *rows > 0);
    let none = GapSums {
        live: &[],
        base: &[],
        live_below: 0.0,
        live_above: 0.0,
        base_below: 0.0,
        base_above: 0.0,
        live_infinite: 0,
    };
    let inner = ranks.values.len().saturating_sub(1);
    match ranks.sums {
        Some(sums) if (!live_inside || sums.live.len() == inner) && (!base_inside || sums.base.len() == inner) => {
            Ok(sums)
        }
        None if !live_inside && !base_inside => Ok(none),
        _ => Err(NotComputed {
            code: "no_gap_sums",
            text: "rows lie between the values that the baseline keeps, and it was not counted where".to_owned(),
        }),
    }
}

/// A share times the width from a to b, which alone can be too large for a double.
fn times_width(share: f64, a: f64, b: f64) -> f64 {
    let width = b - a;
    if width.is_finite() { share * width } else { share * b - share * a }
}

/// A sum that keeps the digits that adding loses (Neumaier 1974).
#[derive(Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        let next = self.sum + term;
        if next.is_finite() {
            let lost = if self.sum.abs() >= term.abs() { (self.sum - next) + term } else { (term - next) + self.sum };
            self.lost += lost;
        }
        self.sum = next;
    }

    fn value(&self) -> f64 {
        self.sum + self.lost
    }
}

/// The test.
pub struct Wasserstein;

impl DriftTest for Wasserstein {
    fn name(&self) -> &'static str {
        "wasserstein"
    }

    fn source(&self) -> &'static str {
        include_str!("wasserstein.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Numeric
    }

    fn default_limits(&self) -> Option<Limits> {
        Some(Limits { warn: Some(0.25), fail: Some(0.50) })
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let ranks = order::ranks_of(sides)?;
        let w1 = from_counters(&ranks)?;
        let scale = Scale::of(&ranks)?;
        let (excess, _) = Reach::of(order::of_counters(&ranks), ranks.n, ranks.m).largest();
        let (p, p_from) = ks::p_value(ranks.n, ranks.m, excess);
        let null_mean = scale::null_mean(&ranks);
        let normed = |w1: f64| match scale {
            Scale::Iqr(scale) | Scale::Deviation(scale) => (w1 - null_mean) / scale,
            Scale::Constant { share_differing } => share_differing,
        };
        let effect = normed(w1.low);
        let mut shown = vec![("null_mean", null_mean)];
        let mut notes = Vec::new();
        match scale {
            Scale::Iqr(scale) => shown.push(("scale", scale)),
            Scale::Deviation(scale) => {
                shown.push(("scale", scale));
                notes.push("the baseline's IQR is 0: normed by its standard deviation".to_owned());
            }
            Scale::Constant { .. } => {
                notes.push("the baseline is constant: the effect is the share of live rows that differ".to_owned());
            }
        }
        if w1.low.is_infinite() {
            notes.push("infinite: the sides have different shares at an infinity".to_owned());
        } else if w1.high.is_infinite() {
            notes.push("rows next to an infinite value lie at unknown distances".to_owned());
        }
        Ok(Drift {
            statistic: w1.low,
            statistic_high: (w1.high > w1.low).then_some(w1.high),
            p: Some(p),
            p_from: if p_from == "exact" { "exact, of ks" } else { "asymptotic (finite-n law), of ks" },
            effect,
            effect_high: (normed(w1.high) > effect).then(|| normed(w1.high)),
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n: ranks.n,
            m: ranks.m,
            shown,
            notes,
        })
    }
}
