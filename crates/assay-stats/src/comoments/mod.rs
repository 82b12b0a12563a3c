//! Co-moments of pairs and of many columns, as integers: exact, and the same bytes in any order.
//!
//! Values are brought to integers by a [`Scale`] of the baseline; sums and products are integers in 128 bits, which
//! hold 2^64 rows. What floating point would lose by cancellation (sum xy - sum x sum y / n) is subtracted exactly.

mod matrix;
mod scale;

pub use matrix::{BadMatrix, MomentMatrix};
pub use scale::{ONE, Scale};

/// Sums over the rows in which both columns of a pair have a value, in units of 2^-30 (products of 2^-60).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CoMoments {
    /// Rows.
    pub n: u64,
    /// Sum of x.
    pub sx: i128,
    /// Sum of y.
    pub sy: i128,
    /// Sum of x^2.
    pub sxx: i128,
    /// Sum of y^2.
    pub syy: i128,
    /// Sum of x y.
    pub sxy: i128,
}

impl CoMoments {
    /// Adds a row, both values from [`Scale::unit`].
    #[inline]
    pub fn add(&mut self, x: i32, y: i32) {
        let (x, y) = (i64::from(x), i64::from(y));
        self.n += 1;
        self.sx += i128::from(x);
        self.sy += i128::from(y);
        self.sxx += i128::from(x * x);
        self.syy += i128::from(y * y);
        self.sxy += i128::from(x * y);
    }

    /// Adds all rows of another.
    pub fn merge(&mut self, other: &CoMoments) {
        self.n += other.n;
        self.sx += other.sx;
        self.sy += other.sy;
        self.sxx += other.sxx;
        self.syy += other.syy;
        self.sxy += other.sxy;
    }

    /// Pearson's correlation, in [-1, 1]; `None` for fewer than two rows or when a side is constant.
    pub fn r(&self) -> Option<f64> {
        correlation(
            centred(self.n, self.sx, self.sx, self.sxx),
            centred(self.n, self.sy, self.sy, self.syy),
            centred(self.n, self.sx, self.sy, self.sxy),
        )
    }
}

/// `sum xy - sum x * sum y / n` of integers, subtracted exactly and rounded at the end; 0 for no rows. It is exactly 0
/// for `x = y` if and only if the column is constant.
pub(crate) fn centred(n: u64, sx: i128, sy: i128, sxy: i128) -> f64 {
    if n == 0 {
        return 0.0;
    }
    // sx = a n + b and sy = c n + d, so sx sy / n = a sy + b c + b d / n: n times smaller than sx sy, which need not fit
    let rows = i128::from(n);
    let (a, b) = (sx.div_euclid(rows), sx.rem_euclid(rows));
    let (c, d) = (sy.div_euclid(rows), sy.rem_euclid(rows));
    let Some(product) = b.checked_mul(d) else {
        // more than 2^63 rows
        return (sxy - a * sy - b * c) as f64 - b as f64 * (d as f64 / rows as f64);
    };
    let whole = sxy - a * sy - b * c - product / rows;
    let left = product % rows;
    match whole.checked_mul(rows) {
        Some(scaled) => (scaled - left) as f64 / rows as f64,
        None => whole as f64 - left as f64 / rows as f64,
    }
}

/// Correlation from sums of squared deviations and of their products; `None` when a side has none.
pub(crate) fn correlation(xx: f64, yy: f64, xy: f64) -> Option<f64> {
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}
