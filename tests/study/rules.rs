//! The rules under study: each test of the registry that can decide, with its limit.

use assay_stats::PValue;
use assay_stats::drift::{Comparison, DriftTest, registry};

/// Significance.
pub const ALPHA: f64 = 0.01;

/// Limits of tests that have none by default, with the reason.
const STATED: &[(&str, f64, &str)] = &[
    ("hellinger", 0.083, "JS 0.10 is Hellinger 0.083 for small changes"),
    ("l_infinity", 0.05, "five points of one share, as `missing` fails"),
    ("kl", 0.05, "half of PSI 0.10, which is KL in both directions"),
    ("anderson_darling", 3.878, "its 1% point: the limit is then no more than p"),
    ("cramer_von_mises", 0.743, "its 1% point: the limit is then no more than p"),
    ("kuiper", 0.10, "as KS: V is at least D"),
    ("fisher", 1.5, "odds half as large again"),
    ("z_proportion", 0.05, "five points, as `missing` fails"),
    ("vanished", 0.01, "one percent of the baseline gone"),
];

/// A test with the limit from which it raises an alarm.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The test.
    pub test: &'static dyn DriftTest,
    /// Its warn limit, or the stated one.
    pub limit: f64,
    /// Why this limit; empty for a default one.
    pub why: &'static str,
}

/// What a test said of one column of one window.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// The smaller side's rows, of those the test uses.
    pub rows: u64,
    /// Whether p is below alpha.
    pub significant: bool,
    /// Whether the effect reaches the limit as well.
    pub alarm: bool,
}

/// All of them, in the registry's order.
pub fn all() -> Vec<Rule> {
    registry::TESTS
        .iter()
        .filter_map(|test| {
            let stated = STATED.iter().find(|(name, ..)| *name == test.name());
            let default = test.default_limits().and_then(|limits| limits.warn.or(limits.fail));
            let (limit, why) = default.map(|limit| (limit, "")).or(stated.map(|(_, limit, why)| (*limit, *why)))?;
            Some(Rule { test: *test, limit, why })
        })
        .collect()
}

impl Rule {
    /// What the test says; `None` where it does not apply or has no answer.
    pub fn ask(&self, sides: &Comparison<'_>) -> Option<Said> {
        if !self.test.applies_to(sides.kind) {
            return None;
        }
        let found = self.test.compare(sides).ok()?;
        let missing = sides.missing;
        let (n, m) = match self.test.uses_all_rows() {
            true => (missing.n, missing.m),
            false => (missing.n - missing.base, missing.m - missing.live),
        };
        Some(said(found.p, found.effect, self.limit, n.min(m)))
    }
}

/// The decision rule of one test in a family of its own.
pub fn said(p: Option<PValue>, effect: f64, limit: f64, rows: u64) -> Said {
    let significant = p.is_none_or(|p| p.value() < ALPHA);
    Said { rows, significant, alarm: significant && effect >= limit }
}
