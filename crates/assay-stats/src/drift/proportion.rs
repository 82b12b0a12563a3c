//! Two proportions compared: by z with a pooled variance, exactly where an expected count is below 5.

use super::Drift;
use super::chi2;
use super::contingency::cross_difference;
use super::fisher_exact::TwoByTwo;
use crate::PValue;

/// `base` of `n` baseline rows against `live` of `m` live rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proportions {
    pub base: u64,
    pub n: u64,
    pub live: u64,
    pub m: u64,
}

impl Proportions {
    /// Live share minus baseline share.
    pub(crate) fn difference(&self) -> f64 {
        -cross_difference(self.base, self.m, self.live, self.n) / (self.n as f64) / (self.m as f64)
    }

    /// `(l - b) / sqrt(p (1-p) (1/n + 1/m))` with the pooled share p; 0 where no row, or every row, is one of them.
    pub(crate) fn z(&self) -> f64 {
        let with = self.base as f64 + self.live as f64;
        let without = self.n.saturating_sub(self.base) as f64 + self.m.saturating_sub(self.live) as f64;
        if with == 0.0 || without == 0.0 {
            return 0.0;
        }
        let gap = -cross_difference(self.base, self.m, self.live, self.n);
        let (n, m) = (self.n as f64, self.m as f64);
        gap / (n * m).sqrt() * ((n + m) / with / without).sqrt()
    }

    /// Whether an expected count is below 5, so that z is no normal.
    pub(crate) fn is_sparse(&self) -> bool {
        self.table().is_sparse()
    }

    /// Two-sided p by z alone, and where it comes from.
    pub(crate) fn p_by_z(&self) -> (PValue, &'static str) {
        (PValue::from_ln(chi2::ln_normal_two_sided(self.z())), "two-proportion z, pooled")
    }

    /// Two-sided p and where it comes from.
    pub(crate) fn p_two_sided(&self) -> (PValue, &'static str) {
        if self.is_sparse() {
            return (PValue::from_ln(self.table().ln_two_sided()), "Fisher exact");
        }
        self.p_by_z()
    }

    /// p of live having a larger share, and where it comes from.
    pub(crate) fn p_live_more(&self) -> (PValue, &'static str) {
        if self.is_sparse() {
            return (PValue::from_ln(self.table().ln_live_more()), "Fisher exact, one-sided");
        }
        (PValue::from_ln(chi2::ln_normal_above(self.z())), "two-proportion z, pooled, one-sided")
    }

    /// The result: z is the statistic.
    pub(crate) fn drift(&self, effect: f64, (p, p_from): (PValue, &'static str)) -> Drift {
        let share = |rows: u64, of: u64| rows as f64 / of as f64;
        Drift {
            statistic: self.z(),
            statistic_high: None,
            p: Some(p),
            p_from,
            effect,
            effect_high: None,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n: self.n,
            m: self.m,
            shown: vec![
                ("base_share", share(self.base, self.n)),
                ("live_share", share(self.live, self.m)),
                ("change", self.difference()),
            ],
            notes: Vec::new(),
        }
    }

    fn table(&self) -> TwoByTwo {
        TwoByTwo::of(self.base, self.n, self.live, self.m)
    }
}
