//! # covariance
//!
//! ## What it measures
//! How badly live rows are rebuilt from the baseline's principal components, against how badly the baseline's own rows
//! are. It sees relations among many columns change at once, though no column and no pair may have.
//!
//! ## When to use it
//! For models of many related numbers (sensors, embeddings, balances), beside tests of the columns.
//!
//! ## Formula and p-value
//! The principal components of the baseline's correlation matrix are a plane near which its rows lie; rows whose
//! columns relate differently lie farther from it. With z the standardised row and P the projection on the kept
//! components
//!
//! ```text
//! error  = sqrt(mean of ||(I - P) z||^2)
//! effect = (error - mean of chunks) / standard deviation of chunks
//! ```
//!
//! The error of a window is compared with those of 20 chunks of the baseline that were held out of the fit (the
//! reconstruction error of S. Rabanser, S. Guennemann and Z. Lipton, "Failing loudly", NeurIPS 2019, and of NannyML, on
//! standardised columns). Values are clipped to the baseline's 1% and 99%. Kept are the fewest components that explain
//! the given share of the variance (0.65), or a given number. Shown beside it is the Frobenius norm of the difference
//! of the correlation matrices.
//!
//! There is no p-value: limit and `confirm` decide.
//!
//! ## Default limits
//! None built in: `fail` is written. 3 is a usual choice.
//!
//! ## Example
//! ```yaml
//! covariance: {pca: {components: 0.65, fail: 3}}
//! confirm: {fail: 2 windows}
//! ```
//!
//! ## By hand
//! `chunk_mean`, `chunk_sd` and the number of components are printed beside the error. From the rows, both clipped,
//! with `baseline` the rows of the fit:
//!
//! ```python
//! import numpy as np
//! mean, scale = baseline.mean(axis=0), baseline.std(axis=0)
//! values, vectors = np.linalg.eigh(np.corrcoef(baseline, rowvar=False))
//! left_out = vectors[:, : baseline.shape[1] - components]
//! error = np.sqrt((((live - mean) / scale @ left_out) ** 2).sum(axis=1).mean())
//! effect = (error - chunk_mean) / chunk_sd
//! ```
//!
//! ## Limits
//! - The baseline has to be made with `--covariance`, of at most 200 columns; constant ones are left out.
//! - Rows in which all columns have a value only: one column that is often missing takes most rows away.
//! - A chunk is a fortieth of the baseline: windows that are much smaller spread more than chunks do.
//! - It says that relations changed, not which: look at `correlation`.

mod eigen;
mod pca;

pub use pca::{Components, MOST_COLUMNS, Pca};

use super::{Drift, NotComputed};
use crate::comoments::MomentMatrix;

/// Chunks of the baseline that are held out of the fit.
pub const CHUNKS: usize = 20;

/// Spread of the chunks' errors, in relation to their mean, that the rounding of values to 2^-30 makes by itself.
const ROUNDING: f64 = 1e-9;

/// What a window's reconstruction error is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconstruction {
    pca: Pca,
    fitted: MomentMatrix,
    errors: Vec<f64>,
    mean: f64,
    sd: f64,
}

impl Reconstruction {
    /// Fits the components on `fitted` and measures them on `chunks` ([`CHUNKS`] of them), rows of the baseline that
    /// are not in `fitted`. Chunks as large as a window give the spread that windows have.
    ///
    /// # Errors
    /// Those of [`Pca::fit`] and [`Pca::reconstruction_error`]; `too_few_chunks` below two; `constant_baseline` when
    /// all chunks are reconstructed equally well, so that there is no spread to measure a window by.
    pub fn new(fitted: MomentMatrix, chunks: &[MomentMatrix], components: Components) -> Result<Self, NotComputed> {
        if chunks.len() < 2 {
            let text = format!("{} chunks of the baseline were held out, at least 2 are needed", chunks.len());
            return Err(NotComputed { code: "too_few_chunks", text });
        }
        let pca = Pca::fit(&fitted, components)?;
        let errors = chunks.iter().map(|chunk| pca.reconstruction_error(chunk)).collect::<Result<Vec<f64>, _>>()?;
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let squares: f64 = errors.iter().map(|error| (error - mean).powi(2)).sum();
        let sd = (squares / (errors.len() - 1) as f64).sqrt();
        if sd <= ROUNDING * mean {
            let text = format!("every chunk of the baseline has the reconstruction error {mean}");
            return Err(NotComputed { code: "constant_baseline", text });
        }
        Ok(Reconstruction { pca, fitted, errors, mean, sd })
    }

    /// The components.
    pub fn pca(&self) -> &Pca {
        &self.pca
    }

    /// Reconstruction errors of the chunks.
    pub fn chunk_errors(&self) -> &[f64] {
        &self.errors
    }

    /// Compares a window. Statistic: its reconstruction error. Effect: (error - mean) / sd over the chunks, the sd
    /// divided by chunks - 1; below 0 the window is reconstructed better than the baseline. Shown beside it: the
    /// Frobenius norm of the difference of the correlation matrices.
    ///
    /// # Errors
    /// Those of [`Pca::reconstruction_error`].
    pub fn compare(&self, live: &MomentMatrix) -> Result<Drift, NotComputed> {
        let error = self.pca.reconstruction_error(live)?;
        let (frobenius, left_out) = correlation_distance(&self.fitted, live);
        let mut notes = Vec::new();
        let constant = live.columns() - self.pca.used().len();
        if constant > 0 {
            notes.push(format!("columns constant in the baseline, left out: {constant}"));
        }
        if left_out > constant {
            notes.push(format!("columns constant in the window, not in the Frobenius norm: {}", left_out - constant));
        }
        Ok(Drift {
            statistic: error,
            statistic_high: None,
            p: None,
            p_from: "no p-value",
            effect: (error - self.mean) / self.sd,
            effect_high: None,
            null_p95: None,
            null_p99: None,
            df: None,
            at: None,
            n: self.fitted.n(),
            m: live.n(),
            shown: vec![
                ("frobenius", frobenius),
                ("components", self.pca.kept() as f64),
                ("chunk_mean", self.mean),
                ("chunk_sd", self.sd),
            ],
            notes,
        })
    }
}

/// The Frobenius norm of R1 - R2 over all cells (both triangles), and the number of columns left out because they are
/// constant on a side. Columns that only one side has are left out, too.
pub fn correlation_distance(base: &MomentMatrix, live: &MomentMatrix) -> (f64, usize) {
    let columns = base.columns().min(live.columns());
    let varies = |i: &usize| base.covariance(*i, *i) > 0.0 && live.covariance(*i, *i) > 0.0;
    let used: Vec<usize> = (0..columns).filter(varies).collect();
    let mut squares = 0.0;
    for (place, &i) in used.iter().enumerate() {
        for &j in &used[place + 1..] {
            if let (Some(r_base), Some(r_live)) = (base.correlation(i, j), live.correlation(i, j)) {
                squares += 2.0 * (r_base - r_live).powi(2);
            }
        }
    }
    (squares.sqrt(), base.columns().max(live.columns()) - used.len())
}
