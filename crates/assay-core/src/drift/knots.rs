//! The values of a numeric column that live rows are counted against.

use sha2::{Digest, Sha256};

/// Distinct values of a baseline column, ascending, with how many of its rows lie below, at and between them.
/// Infinities may be among the values; NaN is missing; -0.0 is 0.0.
///
/// With a full ECDF every non-missing baseline row is one of the values. With knots, rows between two values are
/// known by number and by the sum of their positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Knots {
    /// The values `v_1 < .. < v_k`.
    pub values: Vec<f64>,
    /// Baseline rows strictly below each value.
    pub below: Vec<u64>,
    /// Baseline rows at or below each value.
    pub up_to: Vec<u64>,
    /// Baseline rows that are not missing.
    pub n: u64,
    /// Whether every row is one of the values.
    pub full: bool,
    /// For each inner gap the baseline's sum of positions (see [`fraction`]); empty with a full ECDF.
    pub gap_sums: Vec<u128>,
    /// Sum over the finite baseline rows below the first value of their distance to it; 0 with a full ECDF.
    pub sum_below: f64,
    /// Likewise above the last value.
    pub sum_above: f64,
    /// SHA-256 over all of the above, hex: equal knots measure the same.
    pub digest: String,
}

impl Knots {
    /// Knots of a full ECDF: distinct ascending values with the rows of each.
    pub fn full(values: Vec<f64>, counts: &[u64]) -> Self {
        let mut up_to = Vec::with_capacity(values.len());
        let mut below = Vec::with_capacity(values.len());
        let mut n = 0;
        for count in counts {
            below.push(n);
            n += count;
            up_to.push(n);
        }
        Knots { values, below, up_to, n, full: true, ..Knots::empty() }.sealed()
    }

    /// Of no rows.
    pub fn empty() -> Self {
        Knots {
            values: vec![],
            below: vec![],
            up_to: vec![],
            n: 0,
            full: true,
            gap_sums: vec![],
            sum_below: 0.0,
            sum_above: 0.0,
            digest: String::new(),
        }
    }

    /// The same with its digest computed.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.n.to_le_bytes());
        hash.update([u8::from(self.full)]);
        hash.update((self.values.len() as u64).to_le_bytes());
        for i in 0..self.values.len() {
            hash.update(self.values[i].to_bits().to_le_bytes());
            hash.update(self.below[i].to_le_bytes());
            hash.update(self.up_to[i].to_le_bytes());
        }
        for sum in &self.gap_sums {
            hash.update(sum.to_le_bytes());
        }
        hash.update(self.sum_below.to_bits().to_le_bytes());
        hash.update(self.sum_above.to_bits().to_le_bytes());
        self.digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Rows equal to the value at `i`.
    pub fn at(&self, i: usize) -> u64 {
        self.up_to[i] - self.below[i]
    }

    /// The smallest value with at least `numerator / denominator` of the rows at or below it (inverse ECDF); `None`
    /// of no rows, and where knots end below that share.
    pub fn quantile(&self, numerator: u64, denominator: u64) -> Option<f64> {
        let wanted =
            |up_to: u64| u128::from(up_to) * u128::from(denominator) >= u128::from(numerator) * u128::from(self.n);
        let at = self.up_to.partition_point(|up_to| !wanted(*up_to));
        self.values.get(at).copied()
    }
}

/// Where `x` lies between `a` and `b`: `floor((x - a) / (b - a) * 2^52)`, an integer, so that sums do not depend on
/// their order. `a < x < b`, both finite; where `b - a` overflows, halves are taken.
pub fn fraction(x: f64, a: f64, b: f64) -> u64 {
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    let width = b - a;
    let share = if width.is_finite() { (x - a) / width } else { (x / 2.0 - a / 2.0) / (b / 2.0 - a / 2.0) };
    (share * TWO_52) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ecdf_counts_rows_below_and_up_to_each_value() {
        let knots = Knots::full(vec![1.0, 2.0, 5.0], &[2, 1, 3]);
        assert_eq!((knots.n, &knots.below[..], &knots.up_to[..]), (6, &[0, 2, 3][..], &[2, 3, 6][..]));
        assert_eq!(knots.quantile(1, 2), Some(2.0));
        assert_eq!(knots.quantile(51, 100), Some(5.0));
        assert_eq!(Knots::empty().quantile(1, 2), None);
    }

    #[test]
    fn fractions_are_integers_of_52_bits() {
        assert_eq!(fraction(1.5, 1.0, 2.0), 1 << 51);
        assert_eq!(fraction(f64::MAX / 2.0, -f64::MAX, f64::MAX), 3 << 50);
    }
}
