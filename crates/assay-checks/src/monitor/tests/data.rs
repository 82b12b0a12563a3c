//! Rows by hand.

use std::collections::BTreeMap;

use assay_core::drift::category::Category;
use assay_core::drift::state::Cells;

/// The cells of a column.
#[derive(Debug, Clone)]
pub enum Data {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

/// Rows by column.
pub type Rows = Vec<(&'static str, Data)>;

pub fn numbers(values: impl IntoIterator<Item = f64>) -> Data {
    Data::Numbers(values.into_iter().map(Some).collect())
}

/// So many rows of each text.
pub fn texts(counts: &[(&str, usize)]) -> Data {
    let cells = counts.iter().flat_map(|(text, n)| std::iter::repeat_n(Some((*text).to_owned()), *n));
    Data::Texts(cells.collect())
}

/// `n` numbers from `lo` to `hi` in a fixed irregular order, so that columns do not move together.
pub fn spread(n: usize, lo: f64, hi: f64) -> Data {
    numbers((0..n).map(|i| lo + (hi - lo) * ((i * 7919) % 10_007) as f64 / 10_007.0))
}

impl Data {
    pub fn len(&self) -> usize {
        match self {
            Data::Numbers(cells) => cells.len(),
            Data::Texts(cells) => cells.len(),
        }
    }

    /// The same with every cell for which `is_null` holds taken out.
    pub fn with_nulls(mut self, is_null: impl Fn(usize) -> bool) -> Self {
        match &mut self {
            Data::Numbers(cells) => {
                cells.iter_mut().enumerate().filter(|(i, _)| is_null(*i)).for_each(|(_, c)| *c = None)
            }
            Data::Texts(cells) => {
                cells.iter_mut().enumerate().filter(|(i, _)| is_null(*i)).for_each(|(_, c)| *c = None)
            }
        }
        self
    }

    pub fn pick(&self, rows: &[usize]) -> Data {
        match self {
            Data::Numbers(cells) => Data::Numbers(rows.iter().map(|row| cells[*row]).collect()),
            Data::Texts(cells) => Data::Texts(rows.iter().map(|row| cells[*row].clone()).collect()),
        }
    }

    pub fn category(&self, row: usize) -> Option<Category> {
        match self {
            Data::Numbers(cells) => cells[row].and_then(Category::number),
            Data::Texts(cells) => cells[row].clone().map(Category::text),
        }
    }

    pub fn number(&self, row: usize) -> Option<f64> {
        match self {
            Data::Numbers(cells) => cells[row],
            Data::Texts(_) => None,
        }
    }

    pub fn cells(&self) -> Cells {
        let all = 0..self.len();
        let count =
            |test: &dyn Fn(f64) -> bool| all.clone().filter(|r| self.number(*r).is_some_and(test)).count() as u64;
        let nan = count(&|x| x.is_nan());
        let missing = all.clone().filter(|row| self.category(*row).is_none()).count() as u64;
        Cells {
            rows: self.len() as u64,
            nulls: missing - nan,
            nan,
            minus_infinity: count(&|x| x == f64::NEG_INFINITY),
            plus_infinity: count(&|x| x == f64::INFINITY),
        }
    }

    pub fn present(&self) -> Vec<f64> {
        let mut values: Vec<f64> = (0..self.len()).filter_map(|row| self.number(row)).filter(|x| !x.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    pub fn by_category(&self) -> BTreeMap<Category, u64> {
        let mut counts = BTreeMap::new();
        for category in (0..self.len()).filter_map(|row| self.category(row)) {
            *counts.entry(category).or_default() += 1;
        }
        counts
    }
}
