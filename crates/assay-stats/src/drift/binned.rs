//! What the tests on PSI bins share: their p-value and the frame of their result.

use super::contingency::Table;
use super::{Comparison, Drift, NotComputed};
use crate::PValue;

/// Both sides by PSI bin, without the bins that are empty on both. Refuses with `no_rows`.
pub(crate) fn table(sides: &Comparison<'_>) -> Result<Table, NotComputed> {
    Table::new(&sides.bins.base, &sides.bins.live)
}

/// The result of a test whose statistic is its effect and whose p is the chi-square of homogeneity on its bins.
///
/// Bins that expect fewer than 5 rows are tested as one, as in `chi_square`: unmerged, a baseline of a million rows and
/// a window of 500 without drift give p < .01 in up to 10% of windows. Where fewer than two bins would be left, p is of
/// all bins, with a note.
pub(crate) fn drift(table: &Table, effect: f64) -> Drift {
    let mut notes = Vec::new();
    let tested = match table.merge_sparse() {
        Ok((_, 0)) => table.clone(),
        Ok((merged, count)) => {
            notes.push(format!("p: {count} sparse bins were tested as one, {} are left", merged.k()));
            merged
        }
        Err(_) => {
            let count = table.n_sparse();
            if count > 0 {
                notes.push(format!("{count} of {} bins expect fewer than 5 rows: p is approximate", table.k()));
            }
            table.clone()
        }
    };
    let chi_square = tested.chi_square();
    Drift {
        statistic: effect,
        statistic_high: None,
        p: Some(PValue::from_ln(tested.ln_above(chi_square))),
        p_from: "chi-square homogeneity on the bins",
        effect,
        effect_high: None,
        null_p95: None,
        null_p99: None,
        df: Some(tested.df()),
        at: None,
        n: table.n,
        m: table.m,
        shown: vec![("chi_square", chi_square)],
        notes,
    }
}
