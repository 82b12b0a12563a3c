//! # kuiper
//!
//! ## What it measures
//! The largest excess of the live share over the baseline's plus the largest excess the other way. It is as sensitive
//! in the tails as at the middle, and the same wherever a cyclic value (an hour, an angle) is cut.
//!
//! ## When to use it
//! For hours of the day, days of the year, directions; and for a number that spreads or narrows without moving, where
//! D+ and D- are alike and `ks` sees but one of them.
//!
//! ## Formula and p-value
//! ```text
//! V = D+ + D-
//! p = 2 sum over j = 1, 2, .. of (4 j^2 x^2 - 1) exp(-2 j^2 x^2)
//! x = (sqrt(N) + 0.155 + 0.24 / sqrt(N)) V,  N = n m / (n + m)
//! ```
//!
//! D+ and D- from integers, as in `ks` (N. Kuiper 1960; M. Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises
//! and related statistics without extensive tables", JRSS B 32, 1970). Exact with a full ECDF. With knots D+ and D- are
//! intervals (see `ks`), and so is V; p is that of its lower end.
//!
//! ## Default limits
//! None: it is shown, and decides where a monitor gives a limit.
//!
//! ## Example
//! ```yaml
//! columns:
//!   hour_of_day: {kind: numeric, tests: {kuiper: {warn: 0.1, fail: 0.2}}}
//! ```
//!
//! ## By hand
//! From the rows, missing ones left out; `d_plus` and `d_minus` are printed beside it by `--verbose`:
//!
//! ```python
//! from scipy import stats
//! baseline = [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0]
//! live = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
//! above = stats.ks_2samp(live, baseline, alternative="greater").statistic
//! below = stats.ks_2samp(live, baseline, alternative="less").statistic
//! above + below  # 0.75
//! ```
//!
//! ## Limits
//! - p is that of a limiting law: approximate in small windows, and too large with ties.
//! - V is never below the D of `ks`: limits of one do not fit the other.

use std::f64::consts::PI;

use super::ks::Reach;
use super::order;
use super::{ColumnKind, Comparison, Drift, DriftTest, Limits, NotComputed};
use crate::PValue;

/// V and p of two raw samples in any order. NaN is left out. Fails with `no_rows` when a side is empty.
pub fn two_sample(base: &[f64], live: &[f64]) -> Result<(f64, PValue), NotComputed> {
    let (steps, n, m) = order::of_samples(base, live)?;
    let reach = Reach::of(steps.into_iter(), n, m);
    let v = (reach.above + reach.below) as f64 / (n as f64 * m as f64);
    Ok((v, p_value(n, m, v)))
}

/// p of V by the limiting law at Stephens' effective size.
pub fn p_value(n: u64, m: u64, v: f64) -> PValue {
    let (n, m) = (n as f64, m as f64);
    let root = (n * (m / (n + m))).sqrt();
    PValue::from_ln(ln_q((root + 0.155 + 0.24 / root) * v))
}

/// ln of 2 sum (4 j^2 x^2 - 1) exp(-2 j^2 x^2); below x = 1 by its theta transform, where few terms do.
fn ln_q(x: f64) -> f64 {
    if x < 1.0 {
        if x <= 0.0 {
            return 0.0;
        }
        let terms = (1..=8).map(|k| f64::from(k * k)).map(|k2| k2 * (-PI * PI * k2 / (2.0 * x * x)).exp());
        let cdf = (2.0 * PI).sqrt() * PI * PI / x.powi(3) * terms.sum::<f64>();
        return (-cdf.min(1.0)).ln_1p();
    }
    let x2 = x * x;
    // all terms over exp(-2 x^2), which leaves the range of a double first
    let sum: f64 =
        (1..=8).map(|j| f64::from(j * j)).map(|j2| (4.0 * j2 * x2 - 1.0) * (-2.0 * (j2 - 1.0) * x2).exp()).sum();
    ((2.0 * sum).ln() - 2.0 * x2).min(0.0)
}

/// The test.
pub struct Kuiper;

impl DriftTest for Kuiper {
    fn name(&self) -> &'static str {
        "kuiper"
    }

    fn source(&self) -> &'static str {
        include_str!("kuiper.rs")
    }

    fn applies_to(&self, kind: ColumnKind) -> bool {
        kind == ColumnKind::Numeric
    }

    fn default_limits(&self) -> Option<Limits> {
        None
    }

    fn uses_all_rows(&self) -> bool {
        false
    }

    fn compare(&self, sides: &Comparison<'_>) -> Result<Drift, NotComputed> {
        let ranks = order::ranks_of(sides)?;
        let (n, m) = (ranks.n, ranks.m);
        let reach = Reach::of(order::of_counters(&ranks), n, m);
        let scale = n as f64 * m as f64;
        let (low, high) = (reach.above + reach.below, reach.above_high + reach.below_high);
        let v = low as f64 / scale;
        let v_high = (high > low).then_some(high as f64 / scale);
        Ok(Drift {
            statistic: v,
            statistic_high: v_high,
            p: Some(p_value(n, m, v)),
            p_from: "asymptotic (limiting law)",
            effect: v,
            effect_high: v_high,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n,
            m,
            shown: vec![("d_plus", reach.above as f64 / scale), ("d_minus", reach.below as f64 / scale)],
            notes: Vec::new(),
        })
    }
}
