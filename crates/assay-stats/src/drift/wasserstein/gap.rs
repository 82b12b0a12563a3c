//! The area between two rising shares inside one gap, as far as counters know it.
//!
//! Known of each side: its share at both ends of the gap and its mean over the gap (from the sum of positions). With
//! I the integral of F - G over the gap, the area int |F - G| = |I| + 2 int of the smaller part, the one whose sign is
//! opposite to I. That part is bounded through any constant t: (G - F)+ <= (G - t)+ + (t - F)+, and a convex function
//! of a share between two ends lies below its chord, so int (G - t)+ <= (G1 - t) (mean G - G0) / (G1 - G0) for t within
//! G's range, and likewise for F. The bound is piecewise linear in t, so its least value is at one of the four ends.
//! Where G is constant (a full ECDF) t = G gives exactly g(x-a) + h(b-x), x = (hb + ga - I) / (g + h), with g and h how
//! far F is below G at the start and above it at the end.

/// The share of one side inside a gap of width 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// At the start of the gap.
    pub start: f64,
    /// Just before its end.
    pub end: f64,
    /// Its mean over the gap.
    pub mean: f64,
}

impl Rise {
    /// Of `count` of `rows` rows in the gap, whose positions sum up to `sum` 2^-52 (floored each: half a unit is added
    /// back). Without a sum the rows are none.
    pub(super) fn of(start: f64, count: u64, rows: u64, sum: Option<&u128>) -> Self {
        let (count, rows) = (count as f64, rows as f64);
        let positions = match sum {
            Some(sum) if count > 0.0 => ((*sum as f64 + 0.5 * count) / (1_u64 << 52) as f64).min(count),
            _ => 0.0,
        };
        Rise { start, end: start + count / rows, mean: start + (count - positions) / rows }
    }

    /// Upper bound of the mean of (share - t)+.
    fn above(&self, t: f64) -> f64 {
        if t <= self.start {
            self.mean - t
        } else if t >= self.end {
            0.0
        } else {
            (self.end - t) * (self.mean - self.start) / (self.end - self.start)
        }
    }

    /// Upper bound of the mean of (t - share)+.
    fn below(&self, t: f64) -> f64 {
        if t >= self.end {
            t - self.mean
        } else if t <= self.start {
            0.0
        } else {
            (t - self.start) * (self.end - self.mean) / (self.end - self.start)
        }
    }
}

/// Least and greatest area between two rising shares over a gap of width 1.
pub fn gap_area(f: Rise, g: Rise) -> (f64, f64) {
    let integral = f.mean - g.mean;
    let (upper, lower) = if integral >= 0.0 { (f, g) } else { (g, f) };
    // where the smaller part is: `lower` above `upper`
    let smaller_part = [f.start, f.end, g.start, g.end]
        .into_iter()
        .map(|t| lower.above(t) + upper.below(t))
        .fold(f64::INFINITY, f64::min)
        .max(0.0);
    (integral.abs(), integral.abs() + 2.0 * smaller_part)
}
