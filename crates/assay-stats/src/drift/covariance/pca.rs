//! Principal components of a baseline, and how well they reconstruct a window.
//!
//! Both need only the window's co-moments, never its rows: with z the standardised row and P the projection on the kept
//! components, E ||(I - P) z||^2 = trace((I - P) M), M = E[z z'].

use super::eigen;
use crate::comoments::MomentMatrix;
use crate::drift::NotComputed;

/// The most columns that are decomposed; the work grows with their cube.
pub const MOST_COLUMNS: usize = 200;

/// How many components are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Components {
    /// As few as together explain this share of the variance, within (0, 1).
    Share(f64),
    /// This many.
    Count(usize),
}

/// The principal components of the correlation matrix of a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    columns: usize,
    used: Vec<usize>,
    means: Vec<f64>,
    scales: Vec<f64>,
    eigen: eigen::Eigen,
    kept: usize,
}

impl Pca {
    /// Fits the components. Columns that are constant in the baseline have no scale and are left out.
    ///
    /// # Errors
    /// `too_few_rows` below two rows; `too_many_columns` above [`MOST_COLUMNS`]; `too_few_columns` when fewer than two
    /// vary; `no_residual` when all components are kept, so that everything is reconstructed.
    pub fn fit(base: &MomentMatrix, components: Components) -> Result<Self, NotComputed> {
        let columns = base.columns();
        if columns > MOST_COLUMNS {
            let text = format!("{columns} columns are more than the {MOST_COLUMNS} that covariance can decompose");
            return Err(NotComputed { code: "too_many_columns", text });
        }
        if base.n() < 2 {
            let text = format!("the baseline has {} rows in which all columns have a value", base.n());
            return Err(NotComputed { code: "too_few_rows", text });
        }
        let used: Vec<usize> = (0..columns).filter(|i| base.covariance(*i, *i) > 0.0).collect();
        if used.len() < 2 {
            let text = format!("{} of {columns} columns vary in the baseline, at least 2 are needed", used.len());
            return Err(NotComputed { code: "too_few_columns", text });
        }
        let r = |i: usize, j: usize| if i == j { 1.0 } else { base.correlation(i, j).unwrap_or(0.0) };
        let eigen = eigen::symmetric(used.iter().map(|i| used.iter().map(|j| r(*i, *j)).collect()).collect());
        let kept = match components {
            Components::Count(count) => count,
            Components::Share(share) => enough(&eigen.values, share),
        };
        if kept >= used.len() {
            let text = format!("all {} components are kept: nothing is left that could be reconstructed badly", kept);
            return Err(NotComputed { code: "no_residual", text });
        }
        Ok(Pca {
            columns,
            means: used.iter().map(|i| base.mean(*i)).collect(),
            scales: used.iter().map(|i| base.covariance(*i, *i).sqrt()).collect(),
            used,
            eigen,
            kept,
        })
    }

    /// The columns that vary in the baseline, by index.
    pub fn used(&self) -> &[usize] {
        &self.used
    }

    /// Components kept.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// Eigenvalues of the correlation matrix of the used columns, largest first; their sum is the number of columns.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigen.values
    }

    /// Component `i` in terms of the used columns: of length 1, its largest element positive.
    pub fn component(&self, i: usize) -> Option<&[f64]> {
        self.eigen.vectors.get(i).map(Vec::as_slice)
    }

    /// Root mean square of ||(I - P) z|| over the rows of a window, z = (x - mean) / scale of the baseline (scale is
    /// the standard deviation divided by n): in standard deviations of a column.
    ///
    /// # Errors
    /// `no_rows`; `different_columns` when the window has not as many columns as the baseline.
    pub fn reconstruction_error(&self, window: &MomentMatrix) -> Result<f64, NotComputed> {
        if window.columns() != self.columns {
            let text = format!("the window has {} columns, the baseline {}", window.columns(), self.columns);
            return Err(NotComputed { code: "different_columns", text });
        }
        if window.n() == 0 {
            let text = "the window has no row in which all columns have a value".to_string();
            return Err(NotComputed { code: "no_rows", text });
        }
        let shifts: Vec<f64> = self.used.iter().zip(&self.means).map(|(i, mean)| window.mean(*i) - mean).collect();
        let moment = |a: usize, b: usize| {
            let covariance = window.covariance(self.used[a], self.used[b]);
            (covariance + shifts[a] * shifts[b]) / (self.scales[a] * self.scales[b])
        };
        let p = self.used.len();
        let moments: Vec<Vec<f64>> = (0..p).map(|a| (0..p).map(|b| moment(a, b)).collect()).collect();
        // trace((I - P) M) as the sum over the components not kept: no term is negative, so nothing cancels
        let missed: f64 = self.eigen.vectors[self.kept..].iter().map(|vector| quadratic(&moments, vector)).sum();
        Ok(missed.max(0.0).sqrt())
    }
}

/// The fewest leading eigenvalues that reach the share of their sum.
fn enough(values: &[f64], share: f64) -> usize {
    let total: f64 = values.iter().sum();
    // a share met exactly, as 13 of 20 equal ones meet 0.65, must not hang on the last bit
    let goal = total * (share - 1e-12);
    let mut reached = 0.0;
    let short = values.iter().take_while(|value| {
        reached += **value;
        reached < goal
    });
    short.count() + 1
}

/// `v' M v`.
fn quadratic(matrix: &[Vec<f64>], vector: &[f64]) -> f64 {
    let along = |row: &Vec<f64>| row.iter().zip(vector).map(|(m, v)| m * v).sum::<f64>();
    matrix.iter().zip(vector).map(|(row, v)| v * along(row)).sum()
}
