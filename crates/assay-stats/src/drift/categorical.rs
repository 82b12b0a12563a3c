//! What the tests of categories share: the table they test, its p-value, the frame of their result.

use super::bins::MISSING;
use super::contingency::Table;
use super::fisher_exact::TwoByTwo;
use super::{Categories, Comparison, Drift, NotComputed};
use crate::PValue;

/// The categories of a column; `not_categorical` where it was not counted by category.
pub(crate) fn categories_of<'a>(sides: &Comparison<'a>) -> Result<&'a Categories, NotComputed> {
    sides.categories.ok_or_else(|| NotComputed {
        code: "not_categorical",
        text: "the column was not counted by category".to_owned(),
    })
}

/// A column of two values as a table (missing left out), with n and m. Refuses with `not_two_categories` or `no_rows`.
pub(crate) fn two_values(categories: &Categories) -> Result<(TwoByTwo, u64, u64), NotComputed> {
    let is_value: Vec<bool> = categories.labels.iter().map(|label| label != MISSING).collect();
    let values = |counts: &[u64]| -> Vec<u64> {
        counts.iter().zip(&is_value).filter(|&(_, &is_value)| is_value).map(|(&count, _)| count).collect()
    };
    let table = Table::new(&values(&categories.base), &values(&categories.live))?;
    let two_by_two = table.two_by_two().ok_or_else(|| NotComputed {
        code: "not_two_categories",
        text: format!("a column of exactly two values is needed, this one has {}", table.k()),
    })?;
    Ok((two_by_two, table.n, table.m))
}

/// The table of a column with sparse categories merged, or with p by Fisher where it is 2 x 2.
pub(crate) struct Merged {
    /// The table that is tested.
    pub table: Table,
    /// How many categories were put together into one.
    n_merged: usize,
    /// p by Fisher's exact test, where the column has two categories one of which expects fewer than 5 rows.
    exact: Option<PValue>,
}

impl Merged {
    /// Of the categories of a column. Refuses with `too_sparse` or `no_rows`.
    pub(crate) fn of(categories: &Categories) -> Result<Self, NotComputed> {
        let table = Table::new(&categories.base, &categories.live)?;
        if let Some(two_by_two) = table.two_by_two().filter(|_| table.n_sparse() > 0) {
            return Ok(Merged { table, n_merged: 0, exact: Some(PValue::from_ln(two_by_two.ln_two_sided())) });
        }
        let (table, n_merged) = table.merge_sparse()?;
        Ok(Merged { table, n_merged, exact: None })
    }

    /// The result for a statistic that follows the chi-square law: Cramer's V is the effect.
    pub(crate) fn drift(&self, statistic: f64, law: &'static str) -> Drift {
        let (p, p_from) = match self.exact {
            Some(p) => (p, "Fisher exact"),
            None => (PValue::from_ln(self.table.ln_above(statistic)), law),
        };
        let notes = match self.n_merged {
            0 => Vec::new(),
            count => vec![format!("{count} sparse categories were tested as one: {} are left", self.table.k())],
        };
        Drift {
            statistic,
            statistic_high: None,
            p: Some(p),
            p_from,
            effect: self.table.cramers_v(),
            effect_high: None,
            null_p95: None,
            null_p99: None,
            df: Some(self.table.df()),
            at: None,
            n: self.table.n,
            m: self.table.m,
            shown: vec![
                ("classical_v", self.table.classical_v()),
                ("equal_weight_v", self.table.equal_weight_v2().sqrt()),
            ],
            notes,
        }
    }
}
