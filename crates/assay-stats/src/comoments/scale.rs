//! Numbers as integers: clipped, scaled to [-1, 1] and rounded, so that their products can be summed exactly.

/// 1 in units of 2^-30.
pub const ONE: i32 = 1 << 30;

/// Clips to `[lo, hi]` (the 1% and 99% knots of the baseline) and maps that interval linearly on
/// `[-2^30, 2^30]`: multiples of 2^-30 in [-1, 1]. The clip keeps a single outlier from deciding a correlation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    lo: f64,
    hi: f64,
}

impl Scale {
    /// Of an interval; `None` unless both ends are finite and `lo <= hi`. With `lo == hi` every number becomes 0.
    pub fn new(lo: f64, hi: f64) -> Option<Self> {
        (lo.is_finite() && hi.is_finite() && lo <= hi).then_some(Scale { lo, hi })
    }

    /// The lower end.
    pub fn lo(&self) -> f64 {
        self.lo
    }

    /// The upper end.
    pub fn hi(&self) -> f64 {
        self.hi
    }

    /// The number in units of 2^-30, between [`-ONE`](ONE) and [`ONE`]; `None` for NaN. Infinities are clipped.
    #[inline]
    pub fn unit(&self, x: f64) -> Option<i32> {
        if x.is_nan() {
            return None;
        }
        let x = x.clamp(self.lo, self.hi);
        let width = self.hi - self.lo;
        let share = if width == 0.0 {
            0.5
        } else if width.is_finite() {
            (x - self.lo) / width
        } else {
            (x / 2.0 - self.lo / 2.0) / (self.hi / 2.0 - self.lo / 2.0)
        };
        // 2^31 does not fit an i32, what is left after the shift does
        Some(((share * 2.0 * f64::from(ONE)).round() as i64 - i64::from(ONE)) as i32)
    }

    /// The number of the interval that a unit stands for, which may be a fraction (a mean of units). The inverse of
    /// [`Scale::unit`] inside the interval, up to 2^-31 of its width.
    pub fn restore(&self, unit: f64) -> f64 {
        let share = unit / (2.0 * f64::from(ONE)) + 0.5;
        self.lo * (1.0 - share) + self.hi * share
    }

    /// How far apart, in the column's own unit, two numbers are that differ by one unit of 2^-30.
    pub fn step(&self) -> f64 {
        (self.hi / 2.0 - self.lo / 2.0) / f64::from(ONE)
    }
}
