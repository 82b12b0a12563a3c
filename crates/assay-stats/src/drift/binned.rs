//! What the tests on PSI bins share: their p-value and the frame of their result.

use super::categorical::Merged;
use super::contingency::Table;
use super::{ColumnKind, Comparison, Drift, NotComputed};
use crate::PValue;

/// Both sides by PSI bin, without the bins that are empty on both. Refuses with `no_rows`.
pub(crate) fn table(sides: &Comparison<'_>) -> Result<Table, NotComputed> {
    Table::new(&sides.bins.base, &sides.bins.live)
}

/// A p-value with what it was computed from.
struct Tested {
    p: PValue,
    p_from: &'static str,
    chi_square: f64,
    df: f64,
    notes: Vec<String>,
}

/// The result of a test whose statistic is its effect: p is a chi-square of homogeneity.
///
/// Quantile bins of a number are tested themselves. Of a column of categories its categories are: their bins are those
/// that the baseline has most rows of, which of many equally common ones are the luckiest, and live rows know nothing
/// of that luck. Refuses with `too_sparse` where categories leave nothing to compare.
pub(crate) fn drift(sides: &Comparison<'_>, table: &Table, effect: f64) -> Result<Drift, NotComputed> {
    // a single bin has nothing to move to, whatever it is made of
    let categories = sides.categories.filter(|_| sides.kind == ColumnKind::Categorical && table.k() > 1);
    let tested = match categories {
        Some(categories) => of_categories(&Merged::of(categories)?),
        None => of_bins(table),
    };
    Ok(Drift {
        statistic: effect,
        statistic_high: None,
        p: Some(tested.p),
        p_from: tested.p_from,
        effect,
        effect_high: None,
        null_p95: None,
        null_p99: None,
        df: Some(tested.df),
        at: None,
        n: table.n,
        m: table.m,
        shown: vec![("chi_square", tested.chi_square)],
        notes: tested.notes,
    })
}

fn of_categories(merged: &Merged) -> Tested {
    let chi_square = merged.table.chi_square();
    let (p, p_from) = merged.p(chi_square, "chi-square homogeneity of the categories");
    let notes = merged.notes().into_iter().map(|note| format!("p: {note}")).collect();
    Tested { p, p_from, chi_square, df: merged.table.df(), notes }
}

/// Bins that expect fewer than 5 rows are tested as one, as in `chi_square`: unmerged, a baseline of a million rows and
/// a window of 500 without drift give p < .01 in up to 10% of windows. Where fewer than two bins would be left, p is of
/// all bins, with a note.
fn of_bins(table: &Table) -> Tested {
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
    let p = PValue::from_ln(tested.ln_above(chi_square));
    Tested { p, p_from: "chi-square homogeneity on the bins", chi_square, df: tested.df(), notes }
}
