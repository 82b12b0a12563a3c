//! The unit of W1: a standard deviation of the baseline, robust, and what chance alone gives.

use crate::drift::{NotComputed, Ranks};

/// What W1 is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// IQR / 1.349, which is the standard deviation of a normal.
    Iqr(f64),
    /// The standard deviation, where the IQR is 0.
    Deviation(f64),
    /// The finite baseline is one value.
    Constant { share_differing: f64 },
}

impl Scale {
    pub fn of(ranks: &Ranks<'_>) -> Result<Self, NotComputed> {
        let iqr = quantile(ranks, 3) - quantile(ranks, 1);
        if iqr.is_finite() && iqr > 0.0 {
            return Ok(Scale::Iqr(iqr / 1.349));
        }
        // NaN: both quartiles are the same infinity; infinite: a quarter of the rows are
        if iqr != 0.0 {
            return Err(NotComputed {
                code: "infinite",
                text: "a quarter of the baseline's rows or more are infinite: W1 has no scale".to_owned(),
            });
        }
        let deviation = deviation(ranks);
        if deviation > 0.0 && deviation.is_finite() {
            return Ok(Scale::Deviation(deviation));
        }
        let constant = quantile(ranks, 2);
        let same =
            ranks.values.iter().zip(ranks.eq).find(|(value, _)| **value == constant).map_or(0, |(_, rows)| *rows);
        Ok(Scale::Constant { share_differing: (ranks.m - same) as f64 / ranks.m as f64 })
    }
}

/// The smallest value with at least `quarters` / 4 of the baseline's rows at or below it; the last value where knots
/// leave that many rows above.
fn quantile(ranks: &Ranks<'_>, quarters: u128) -> f64 {
    let needed = quarters * u128::from(ranks.n);
    let at = ranks.base_up_to.partition_point(|up_to| u128::from(*up_to) * 4 < needed);
    ranks.values[at.min(ranks.values.len() - 1)]
}

/// Standard deviation (divisor: rows) of the finite baseline rows; rows between knots stand at their mean.
fn deviation(ranks: &Ranks<'_>) -> f64 {
    let k = ranks.values.len();
    let at_values = (0..k).map(|i| (ranks.values[i], ranks.base_up_to[i] - ranks.base_below[i]));
    let inside = (1..k).filter_map(|i| {
        let rows = ranks.base_below[i] - ranks.base_up_to[i - 1];
        let sum = *ranks.sums?.base.get(i - 1)? as f64;
        let (a, b) = (ranks.values[i - 1], ranks.values[i]);
        (rows > 0).then(|| (a + (b - a) * (sum / (1_u64 << 52) as f64 / rows as f64), rows))
    });
    let tails = ranks.sums.into_iter().flat_map(|sums| {
        let (below, above) = (ranks.base_below[0], ranks.n - ranks.base_up_to[k - 1]);
        [(below, ranks.values[0], -sums.base_below), (above, ranks.values[k - 1], sums.base_above)]
            .into_iter()
            .filter(|(rows, ..)| *rows > 0)
            .map(|(rows, end, sum)| (end + sum / rows as f64, rows))
    });
    let points: Vec<(f64, f64)> = at_values
        .chain(inside)
        .chain(tails)
        .filter(|(at, rows)| at.is_finite() && *rows > 0)
        .map(|(at, rows)| (at, rows as f64))
        .collect();
    // from the most frequent value, so that a nearly constant column loses no digits
    let origin = points.iter().copied().fold((0.0, 0.0), |most, next| if next.1 > most.1 { next } else { most }).0;
    let rows: f64 = points.iter().map(|(_, rows)| rows).sum();
    let mean: f64 = points.iter().map(|(at, count)| (at - origin) * (count / rows)).sum();
    points.iter().map(|(at, count)| (at - origin - mean).powi(2) * (count / rows)).sum::<f64>().sqrt()
}

/// sqrt(2/pi) sqrt(1/n + 1/m) sum sqrt(G_i (1 - G_i)) (v_{i+1} - v_i): the mean of W1 without drift, in its unit.
pub(super) fn null_mean(ranks: &Ranks<'_>) -> f64 {
    let n = ranks.n as f64;
    let sum: f64 = ranks
        .values
        .windows(2)
        .zip(ranks.base_up_to)
        .filter(|(pair, _)| pair[0].is_finite() && pair[1].is_finite())
        .map(|(pair, up_to)| {
            let deviation = (*up_to as f64 / n * ((ranks.n - up_to) as f64 / n)).sqrt();
            super::times_width(deviation, pair[0], pair[1])
        })
        .sum();
    (2.0 / std::f64::consts::PI).sqrt() * (1.0 / n + 1.0 / ranks.m as f64).sqrt() * sum
}
