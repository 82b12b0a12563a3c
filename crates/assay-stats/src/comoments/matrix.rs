//! Sums and products of many columns, over the rows in which all of them have a value.

use thiserror::Error;

use super::{ONE, centred, correlation};

/// Rows that are taken at once: a block of 200 columns then stays within a second-level cache.
const BLOCK: usize = 256;

/// n, p sums and the p (p + 1) / 2 products of p columns, in units of 2^-30 and 2^-60. Rows in which any of the columns
/// is missing are left out by who fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentMatrix {
    n: u64,
    sums: Vec<i128>,
    products: Vec<i128>,
}

/// Columns that do not make a matrix, or not this one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadMatrix {
    /// Another number of columns than the matrix has.
    #[error("expected {expected} columns, got {got}")]
    Columns {
        /// Columns of the matrix.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// Columns of a block differ in length.
    #[error("columns of one block differ in length: {expected} and {got} rows")]
    Rows {
        /// Rows of the first column.
        expected: usize,
        /// Rows of a later one.
        got: usize,
    },
    /// Products that are no upper triangle.
    #[error("expected {expected} products, got {got}")]
    Products {
        /// Of p columns, p (p + 1) / 2.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// A sum or product that n values in [-1, 1] cannot have.
    #[error("a sum is larger than its {n} rows allow")]
    Size {
        /// Rows.
        n: u64,
    },
}

impl MomentMatrix {
    /// Of `columns` columns, without rows.
    pub fn new(columns: usize) -> Self {
        MomentMatrix { n: 0, sums: vec![0; columns], products: vec![0; triangle(columns)] }
    }

    /// From its stored form.
    ///
    /// # Errors
    /// When the products are not the p (p + 1) / 2 of as many columns as there are sums, or a number is larger than its
    /// rows allow.
    pub fn from_parts(n: u64, sums: Vec<i128>, products: Vec<i128>) -> Result<Self, BadMatrix> {
        let expected = triangle(sums.len());
        if products.len() != expected {
            return Err(BadMatrix::Products { expected, got: products.len() });
        }
        let (rows, one) = (u128::from(n), ONE.unsigned_abs());
        let most = (rows * u128::from(one), rows * u128::from(one).pow(2));
        let fits = |all: &[i128], most: u128| all.iter().all(|sum| sum.unsigned_abs() <= most);
        if !fits(&sums, most.0) || !fits(&products, most.1) {
            return Err(BadMatrix::Size { n });
        }
        Ok(MomentMatrix { n, sums, products })
    }

    /// Rows.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Columns, p.
    pub fn columns(&self) -> usize {
        self.sums.len()
    }

    /// Sums by column.
    pub fn sums(&self) -> &[i128] {
        &self.sums
    }

    /// Products of columns i <= j, row by row of the upper triangle: (0,0), (0,1), .., (0,p-1), (1,1), ..
    pub fn products(&self) -> &[i128] {
        &self.products
    }

    /// Adds rows: one slice for each column, equally long, of values from [`super::Scale::unit`].
    ///
    /// # Errors
    /// Another number of columns, or columns of different length; nothing is added then.
    pub fn add_block(&mut self, columns: &[&[i32]]) -> Result<(), BadMatrix> {
        if columns.len() != self.columns() {
            return Err(BadMatrix::Columns { expected: self.columns(), got: columns.len() });
        }
        let rows = columns.first().map_or(0, |column| column.len());
        if let Some(other) = columns.iter().find(|column| column.len() != rows) {
            return Err(BadMatrix::Rows { expected: rows, got: other.len() });
        }
        self.n += rows as u64;
        for from in (0..rows).step_by(BLOCK) {
            let to = rows.min(from + BLOCK);
            let mut cell = 0;
            for (i, x) in columns.iter().enumerate() {
                let x = &x[from..to];
                self.sums[i] += i128::from(x.iter().map(|x| i64::from(*x)).sum::<i64>());
                for y in &columns[i..] {
                    self.products[cell] += inner_product(x, &y[from..to]);
                    cell += 1;
                }
            }
        }
        Ok(())
    }

    /// Adds all rows of another matrix of the same columns.
    ///
    /// # Errors
    /// Another number of columns; nothing is added then.
    pub fn merge(&mut self, other: &MomentMatrix) -> Result<(), BadMatrix> {
        if other.columns() != self.columns() {
            return Err(BadMatrix::Columns { expected: self.columns(), got: other.columns() });
        }
        self.n += other.n;
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
        }
        for (product, more) in self.products.iter_mut().zip(&other.products) {
            *product += more;
        }
        Ok(())
    }

    /// Mean of column `i` on the scaled axis [-1, 1]; 0 without rows.
    pub fn mean(&self, i: usize) -> f64 {
        if self.n == 0 { 0.0 } else { self.sums[i] as f64 / self.n as f64 / f64::from(ONE) }
    }

    /// Covariance of columns `i` and `j` on the scaled axes, divided by n; 0 without rows, and exactly 0 for `i = j`
    /// when the column is constant. The sample covariance is n / (n - 1) of it.
    pub fn covariance(&self, i: usize, j: usize) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        self.deviations(i, j) / self.n as f64 / f64::from(ONE) / f64::from(ONE)
    }

    /// Correlation of columns `i` and `j`; `None` for fewer than two rows or when one of them is constant.
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        correlation(self.deviations(i, i), self.deviations(j, j), self.deviations(i, j))
    }

    /// The correlation matrix, p rows of p; a constant column has `None` throughout.
    pub fn correlations(&self) -> Vec<Vec<Option<f64>>> {
        let p = self.columns();
        let mut matrix = vec![vec![None; p]; p];
        let squares: Vec<f64> = (0..p).map(|i| self.deviations(i, i)).collect();
        for i in 0..p {
            for j in i..p {
                let r = correlation(squares[i], squares[j], self.deviations(i, j));
                matrix[i][j] = r;
                matrix[j][i] = r;
            }
        }
        matrix
    }

    /// Sum of products of deviations from the means, in units of 2^-60.
    fn deviations(&self, i: usize, j: usize) -> f64 {
        let (i, j) = (i.min(j), i.max(j));
        let before = i * self.columns() - i * i.saturating_sub(1) / 2;
        centred(self.n, self.sums[i], self.sums[j], self.products[before + j - i])
    }
}

/// Cells of an upper triangle with its diagonal.
fn triangle(columns: usize) -> usize {
    columns * (columns + 1) / 2
}

/// Sum of products. One product needs up to 63 bits, so that not even two can be added in 64; on x86-64 a sum in 128
/// costs nothing beside the multiplication.
fn inner_product(x: &[i32], y: &[i32]) -> i128 {
    x.iter().zip(y).map(|(x, y)| i128::from(i64::from(*x) * i64::from(*y))).sum()
}
