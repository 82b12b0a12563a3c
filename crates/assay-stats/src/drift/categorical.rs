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
    let table = Table::new(&values(&categories.base), &values(&categories.live))?.with_rest(categories.lumped, 0);
    let two_by_two = table.two_by_two().ok_or_else(|| NotComputed {
        code: "not_two_categories",
        text: format!("a column of exactly two values is needed, this one has {}", table.k()),
    })?;
    Ok((two_by_two, table.n, table.m))
}

/// Both sides by category, those without a name apart.
fn table(categories: &Categories) -> Result<Table, NotComputed> {
    // only a baseline that could not name all of its categories chose among them
    let named = categories.labels.iter().zip(&categories.base).filter(|&(label, &rows)| label != MISSING && rows > 0);
    let named_from = if categories.lumped.0 > 0 { named.map(|(_, &rows)| rows).min().unwrap_or(0) } else { 0 };
    Ok(Table::new(&categories.base, &categories.live)?.with_rest(categories.lumped, named_from))
}

/// The table of a column with sparse categories merged, or with p by Fisher where it is 2 x 2.
pub(crate) struct Merged {
    /// The table that is tested.
    pub table: Table,
    /// How many categories were put together into one; all that are not told apart count as one.
    n_merged: usize,
    /// Whether there are such.
    has_rest: bool,
    /// p by Fisher's exact test, where the column has two categories one of which expects fewer than 5 rows.
    exact: Option<PValue>,
}

impl Merged {
    /// Of the categories of a column. Refuses with `too_sparse` or `no_rows`.
    pub(crate) fn of(categories: &Categories) -> Result<Self, NotComputed> {
        let table = table(categories)?;
        if let Some(two_by_two) = table.two_by_two().filter(|_| table.n_sparse() > 0) {
            let exact = Some(PValue::from_ln(two_by_two.ln_two_sided()));
            return Ok(Merged { table, n_merged: 0, has_rest: false, exact });
        }
        let has_rest = table.has_rest();
        let (table, n_merged) = table.merge_sparse()?;
        Ok(Merged { table, n_merged, has_rest, exact: None })
    }

    /// p of a statistic that follows the chi-square law, and where it comes from: `law`, or Fisher's exact test.
    pub(crate) fn p(&self, statistic: f64, law: &'static str) -> (PValue, &'static str) {
        match self.exact {
            Some(p) => (p, "Fisher exact"),
            None => (PValue::from_ln(self.table.ln_above(statistic)), law),
        }
    }

    /// What was put together.
    pub(crate) fn notes(&self) -> Vec<String> {
        let left = self.table.k();
        match (self.n_merged, self.has_rest) {
            (0, _) => Vec::new(),
            (count, false) => vec![format!("{count} sparse categories were tested as one: {left} are left")],
            (1, true) => vec!["categories beyond those kept by name were tested as one".to_owned()],
            (count, true) => {
                let sparse = count - 1;
                let merged = format!("{sparse} sparse categories and those beyond the ones kept by name");
                vec![format!("{merged} were tested as one: {left} are left")]
            }
        }
    }

    /// The result for a statistic that follows the chi-square law: Cramer's V is the effect.
    pub(crate) fn drift(&self, statistic: f64, law: &'static str) -> Drift {
        let (p, p_from) = self.p(statistic, law);
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
            notes: self.notes(),
        }
    }
}
