//! Where a number lies among knots: a grid gives a first guess, a short walk finishes it.
//!
//! A cell of the grid tells how many knots lie in cells before it; as the map to cells never decreases, all of those
//! are smaller than any number of the cell. What is left is to compare with the knots of the cell itself. Knots are
//! quantiles, so each gap between them holds about as many rows: a map is good when few knots share a cell. A linear
//! map does that for most columns; skewed positive ones want a map by the bits of the number, which is nearly
//! logarithmic, and long tails on both sides a map whose ends are clipped. The best of a few is taken.

/// A map of numbers to cells.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Map {
    /// `(x - lo) * scale`, clipped to the cells.
    Linear { lo: f64, scale: f64 },
    /// `(bits(x) - lo) >> shift`, clipped to the cells; see [`ordered`].
    Bits { lo: u64, shift: u32 },
}

/// Knots and their grid.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) map: Map,
    /// The last cell.
    pub(crate) last: u32,
    /// For each cell the knots in cells before it, and one more entry that holds their number.
    pub(crate) starts: Starts,
    /// The knots, ascending, then two infinities, which end every walk.
    pub(crate) knots: Vec<f64>,
    /// For each knot the lower end of the gap below it and the gap's width; (0, infinite) for the two open gaps.
    pub(crate) gaps: Vec<(f64, f64)>,
    /// Whether the width of some gap between finite knots is beyond the largest double.
    pub(crate) halved: bool,
}

/// Numbers of knots, as narrow as they fit.
#[derive(Debug)]
pub(crate) enum Starts {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// The bits of a number, so that their order as integers is that of the numbers. -0.0 is below 0.0: fold it first.
#[inline(always)]
fn ordered(x: f64) -> u64 {
    let bits = x.to_bits();
    bits ^ ((((bits as i64) >> 63) as u64) | (1 << 63))
}

impl Map {
    #[inline(always)]
    pub(crate) fn cell(self, x: f64, last: u32) -> u32 {
        match self {
            Map::Linear { lo, scale } => linear_cell(x, lo, scale, last),
            Map::Bits { lo, shift } => bits_cell(x, lo, shift, last),
        }
    }
}

/// The cell of a linear map.
#[inline(always)]
pub(crate) fn linear_cell(x: f64, lo: f64, scale: f64, last: u32) -> u32 {
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    let t = (x - lo) * scale;
    // comparisons in this order make NaN (inf * 0) cell 0, too
    let t = if t > 0.0 { t } else { 0.0 };
    let most = f64::from(last);
    let t = if t < most { t } else { most };
    // adding 2^52 leaves the nearest whole number in the last bits
    (t + TWO_52).to_bits() as u32
}

/// The cell of a map by bits.
#[inline(always)]
pub(crate) fn bits_cell(x: f64, lo: u64, shift: u32, last: u32) -> u32 {
    let t = ordered(x + 0.0).saturating_sub(lo) >> shift;
    t.min(u64::from(last)) as u32
}

impl Grid {
    /// A grid of about `fine` cells for each knot. The knots ascend strictly and hold no NaN.
    pub(crate) fn new(values: &[f64], fine: usize) -> Self {
        let cells = values.len().saturating_mul(fine).clamp(16, 1 << 22);
        let last = cells as u32 - 1;
        let map = best_map(values, last);
        let mut starts = vec![0u32; cells + 1];
        for x in values {
            starts[map.cell(*x, last) as usize + 1] += 1;
        }
        for cell in 1..=cells {
            starts[cell] += starts[cell - 1];
        }
        let starts = if values.len() < usize::from(u16::MAX) {
            Starts::Narrow(starts.into_iter().map(|start| start as u16).collect())
        } else {
            Starts::Wide(starts)
        };
        let mut knots = values.to_vec();
        knots.extend([f64::INFINITY, f64::INFINITY]);
        let mut gaps = vec![(0.0, f64::INFINITY); values.len() + 1];
        for (gap, ends) in gaps[1..].iter_mut().zip(values.windows(2)) {
            *gap = (ends[0], ends[1] - ends[0]);
        }
        let halved = values
            .windows(2)
            .any(|ends| ends[0].is_finite() && ends[1].is_finite() && (ends[1] - ends[0]).is_infinite());
        Grid { map, last, starts, knots, gaps, halved }
    }

    /// Knots.
    pub(crate) fn len(&self) -> usize {
        self.knots.len() - 2
    }

    /// Knots smaller than a number.
    #[cfg(test)]
    pub(crate) fn position(&self, x: f64) -> usize {
        let cell = self.map.cell(x, self.last) as usize;
        match &self.starts {
            Starts::Narrow(starts) => walk(&self.knots, starts[cell].into(), starts[cell + 1].into(), x),
            Starts::Wide(starts) => walk(&self.knots, starts[cell] as usize, starts[cell + 1] as usize, x),
        }
    }
}

/// Knots smaller than `x`, of which it is known that the first `from` are and those from `to` on are not.
#[inline(always)]
pub(crate) fn walk(knots: &[f64], from: usize, to: usize, x: f64) -> usize {
    let mut at = from + usize::from(knots[from] < x);
    if knots[at] < x && at < to {
        at = far(knots, at, to, x);
    }
    at
}

/// The rest of a walk in a cell of several knots.
#[inline(never)]
fn far(knots: &[f64], mut at: usize, to: usize, x: f64) -> usize {
    if to - at > 8 {
        return at + knots[at..to].partition_point(|knot| *knot < x);
    }
    while at < to && knots[at] < x {
        at += 1;
    }
    at
}

/// The map under which a walk is expected to be shortest, if rows fall into each gap alike.
fn best_map(values: &[f64], last: u32) -> Map {
    let finite = &values[values.partition_point(|x| *x == f64::NEG_INFINITY)..];
    let finite = &finite[..finite.partition_point(|x| *x < f64::INFINITY)];
    let fallback = Map::Linear { lo: 0.0, scale: 0.0 };
    if finite.len() < 2 {
        return fallback;
    }
    let n = finite.len() - 1;
    let ends = [
        (0, n),
        (1.min(n), n),
        (n / 200, n - n / 200),
        (n / 50, n - n / 50),
        (n / 12, n - n / 12),
        (n / 50, n - n / 3),
        (n / 3, n - n / 50),
    ];
    let maps = ends.iter().filter(|(from, to)| from < to).flat_map(|(from, to)| {
        let (lo, hi) = (finite[*from], finite[*to]);
        [linear(lo, hi, last), bits(lo, hi, last)]
    });
    let costs = maps.flatten().map(|map| (cost(finite, map, last), map));
    costs.min_by(|a, b| a.0.cmp(&b.0)).map_or(fallback, |(_, map)| map)
}

fn linear(lo: f64, hi: f64, last: u32) -> Option<Map> {
    let scale = f64::from(last) / (hi - lo);
    (scale.is_finite() && scale > 0.0).then_some(Map::Linear { lo, scale })
}

fn bits(lo: f64, hi: f64, last: u32) -> Option<Map> {
    let (lo, hi) = (ordered(lo + 0.0), ordered(hi + 0.0));
    let shift = (0..64).find(|shift| (hi - lo) >> shift <= u64::from(last))?;
    Some(Map::Bits { lo, shift })
}

/// What a walk over the knots of a cell costs, over all cells, weighed by their rows: one comparison is free, each
/// further knot is a step, many are a binary search.
fn cost(values: &[f64], map: Map, last: u32) -> u64 {
    let of_run = |n: u64| match n {
        0 | 1 => 0,
        2..=8 => n * (n + 4),
        _ => n * (8 + 4 * u64::from(n.ilog2())),
    };
    let mut total = 0;
    let mut run = 0;
    let mut before = u32::MAX;
    for x in values {
        let cell = map.cell(*x, last);
        if cell != before {
            total += of_run(run);
            (run, before) = (0, cell);
        }
        run += 1;
    }
    total + of_run(run)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => -5.0..5.0f64,
            2 => any::<f64>().prop_map(|x| if x.is_nan() { 0.0 } else { x }),
            1 => Just(f64::INFINITY),
            1 => Just(f64::NEG_INFINITY),
            2 => (-3..3i32).prop_map(f64::from),
            1 => Just(-0.0),
        ]
    }

    proptest! {
        #[test]
        fn the_position_is_that_of_a_search(
            mut knots in proptest::collection::vec(number(), 0..300),
            live in proptest::collection::vec(number(), 0..300),
            fine in 1..20usize,
        ) {
            knots.iter_mut().for_each(|x| *x += 0.0);
            knots.sort_by(f64::total_cmp);
            knots.dedup();
            let grid = Grid::new(&knots, fine);
            for x in live.iter().chain(&knots) {
                prop_assert_eq!(grid.position(*x), knots.partition_point(|knot| knot < x));
            }
        }
    }
}
