//! The p-value of the binned tests on categories where the live side is small and many are sparse: as it is, of all
//! categories with the sparse ones merged, and as it would be of the bins, without merging.

use assay_stats::PValue;
use assay_stats::drift::chi2::ln_survival;
use assay_stats::drift::{Bins, Comparison, DriftTest, psi::Psi};

use crate::column::Categorical;
use crate::null::category_laws;
use crate::rules::{Said, said};
use crate::tally::{Cell, Tally};
use crate::work::{Job, Plan};

/// The part of these cells; the rule's column holds p-values as they are, that of p alone those of unmerged bins.
pub const PART: &str = "sparse bins";

const SIZES: &[(u64, u64)] = &[(1_000_000, 500), (100_000, 500), (10_000, 500), (1_000_000, 2_000)];

/// Runs all cells.
pub fn run(plan: &Plan) -> Tally {
    let mut jobs = Vec::new();
    for &(n, m) in SIZES {
        for law in category_laws() {
            jobs.push(Job {
                name: format!("{PART} {} {n} {m}", law.name()),
                reps: match plan.short {
                    true if n > 10_000 => 0,
                    true => 4,
                    false => plan.reps(n + m, 20_000_000, 20, 500),
                },
                rows: n + m,
                run: Box::new(move |rng, _, tally| {
                    let (base, live) = (law.draw(rng, n), law.draw(rng, m));
                    let column = Categorical::new(&base, &live, (0, 0));
                    let cell = Cell { part: PART, test: "psi".into(), law: law.name().into(), amount: 0, n, m };
                    tally.entry(cell).or_default().record(both(&column.comparison()));
                }),
            });
        }
    }
    plan.run(PART, &jobs)
}

fn both(sides: &Comparison<'_>) -> Option<Said> {
    let merged = Psi.compare(sides).ok()?;
    let alarm = said(merged.p, merged.effect, f64::NEG_INFINITY, u64::MAX).significant;
    let unmerged = said(Some(unmerged(sides.bins)), merged.effect, f64::NEG_INFINITY, u64::MAX).significant;
    Some(Said { rows: u64::MAX, significant: unmerged, alarm })
}

/// The chi-square of homogeneity on all bins that are not empty on both sides.
fn unmerged(bins: &Bins) -> PValue {
    let (n, m) = (bins.base.iter().sum::<u64>() as f64, bins.live.iter().sum::<u64>() as f64);
    let used = || bins.base.iter().zip(&bins.live).filter(|(base, live)| **base + **live > 0);
    let term = |(base, live): (&u64, &u64)| {
        let (base, live) = (*base as f64, *live as f64);
        (base * m - live * n).powi(2) / (n * m * (base + live))
    };
    PValue::from_ln(ln_survival(used().map(term).sum(), used().count() as f64 - 1.0))
}
