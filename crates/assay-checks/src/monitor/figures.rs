//! What moved, in a column's own unit: mean, median, 5th and 95th percentile on both sides.
//!
//! Live figures come from the counters. A percentile that falls on a value of the baseline is exact; one inside a gap
//! is interpolated by rank, and named so.

use crate::monitor::compare::Numeric;

const TWO_52: f64 = 4_503_599_627_370_496.0;

/// The levels, each with its name and the name where live lies inside a gap.
const LEVELS: [(u64, u64, &str, &str); 3] = [
    (1, 2, "median", "median (approximate)"),
    (1, 20, "p05", "p05 (approximate)"),
    (19, 20, "p95", "p95 (approximate)"),
];

/// Name, baseline, live; those that both sides have.
pub(super) fn figures(sides: &Numeric<'_>) -> Vec<(&'static str, f64, f64)> {
    let mut figures = Vec::new();
    if let Some(live) = mean(sides).filter(|_| sides.profile.range.is_some()) {
        figures.push(("mean", sides.profile.mean, live));
    }
    for (numerator, denominator, exact, approximate) in LEVELS {
        let base = sides.profile.knots.quantile(numerator, denominator);
        if let (Some(base), Some((live, is_exact))) = (base, quantile(sides, numerator, denominator)) {
            figures.push((if is_exact { exact } else { approximate }, base, live));
        }
    }
    figures
}

/// The mean of the finite live rows. `None` without any, and where rows lie beside an infinite value, where their
/// places are not known.
fn mean(sides: &Numeric<'_>) -> Option<f64> {
    let ranks = sides.ranks();
    let values = ranks.values;
    let (first, last) = (*values.first()?, *values.last()?);
    let (below, above) = sides.beyond();
    let cells = &sides.live.cells;
    let mut rows = 0.0;
    let mut sum = 0.0;
    for (value, eq) in values.iter().zip(ranks.eq).filter(|(value, _)| value.is_finite()) {
        rows += *eq as f64;
        sum += value * *eq as f64;
    }
    for i in 1..values.len() {
        let (a, b, gap) = (values[i - 1], values[i], ranks.gap[i] as f64);
        if ranks.gap[i] == 0 {
            continue;
        }
        if !a.is_finite() || !b.is_finite() {
            return None;
        }
        rows += gap;
        sum += a * gap + (b - a) * (sides.live.gap_sums[i - 1] as f64 / TWO_52);
    }
    if first.is_finite() {
        let finite = ranks.gap[0].saturating_sub(cells.minus_infinity) as f64;
        rows += finite;
        sum += first * finite - below;
    }
    if last.is_finite() {
        let finite = ranks.gap[values.len()].saturating_sub(cells.plus_infinity) as f64;
        rows += finite;
        sum += last * finite + above;
    }
    let mean = sum / rows;
    (rows > 0.0 && mean.is_finite()).then_some(mean)
}

/// The smallest live value with at least this share of the rows at or below it, and whether it is known exactly.
fn quantile(sides: &Numeric<'_>, numerator: u64, denominator: u64) -> Option<(f64, bool)> {
    let ranks = sides.ranks();
    let (low, high) = sides.live.range?;
    let values = ranks.values;
    // the rank that is wanted, from 1
    let wanted = (u128::from(ranks.m) * u128::from(numerator)).div_ceil(u128::from(denominator)).max(1) as u64;
    let mut up_to = 0;
    for (i, gap) in ranks.gap.iter().enumerate() {
        if up_to + gap >= wanted {
            let a = if i == 0 { low } else { values[i - 1].max(low) };
            let b = if i == values.len() { high } else { values[i].min(high) };
            if a == b {
                return Some((a, true));
            }
            let share = (wanted - up_to) as f64 / (*gap + 1) as f64;
            let value = a + (b - a) * share;
            return value.is_finite().then_some((value, false));
        }
        up_to += gap;
        if i < values.len() {
            up_to += ranks.eq[i];
            if up_to >= wanted {
                return Some((values[i], true));
            }
        }
    }
    None
}
