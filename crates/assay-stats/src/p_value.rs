//! A p-value that keeps its size below the smallest double.

use std::cmp::Ordering;

/// A probability, kept as its natural logarithm: 1e-400 is a p-value, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    ln: f64,
}

impl PValue {
    /// Of a probability. Values outside `[0, 1]` (rounding) are brought to the nearer end; NaN is 1, which never
    /// rejects.
    pub fn new(p: f64) -> Self {
        PValue { ln: if p.is_nan() { 0.0 } else { p.clamp(0.0, 1.0).ln() } }
    }

    /// Of the natural logarithm of a probability. NaN and positive values are p = 1.
    pub fn from_ln(ln: f64) -> Self {
        PValue { ln: if ln.is_nan() { 0.0 } else { ln.min(0.0) } }
    }

    /// The probability; 0 where it is below the smallest double.
    pub fn value(self) -> f64 {
        self.ln.exp()
    }

    /// Natural logarithm; negative infinity for an exact 0.
    pub fn ln(self) -> f64 {
        self.ln
    }

    /// Decimal logarithm, which is what is printed below 1e-300.
    pub fn log10(self) -> f64 {
        self.ln / std::f64::consts::LN_10
    }

    /// The probability times a factor of at least 0, at most 1.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        PValue::from_ln(self.ln + factor.ln())
    }

    /// Order by size.
    pub fn total_cmp(&self, other: &PValue) -> Ordering {
        self.ln.total_cmp(&other.ln)
    }
}
