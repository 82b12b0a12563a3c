//! Counters of a numeric column against knots: rows between and at them, and where in the gaps rows lie.

use assay_core::drift::knots::{Knots, fraction};
use assay_core::drift::state::{Cells, RankState};
use assay_stats::exact_sum::ExactSum;

use super::grid::{Grid, Map, Starts, bits_cell, linear_cell, walk};
use super::numbers::count_infinities;

/// Rows of the gap below a knot and of the knot itself.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Rows in the gap, rows at the knot.
    rows: [u64; 2],
    /// Sum of [`fraction`] over both: at the knot itself it is 2^52, which is taken off at the end.
    sum: u128,
}

/// What counts. The grid is handed in: it is shared by all groups of the same knots.
#[derive(Debug, Clone)]
pub(crate) struct RankCounter {
    /// Slot `i` is of knot `i` and the gap below; a last one of the gap above all.
    slots: Vec<Slot>,
    cells: Cells,
    below: ExactSum,
    above: ExactSum,
    range: Option<(f64, f64)>,
    /// Rows of small integers that are not placed yet, from `table_from` on.
    table: Vec<u32>,
    table_from: i64,
    table_rows: u32,
}

/// Integers that differ by less are counted by value before they are placed.
const TABLE: usize = 1 << 14;

impl RankCounter {
    pub(crate) fn new(knots: usize) -> Self {
        RankCounter {
            slots: vec![Slot::default(); knots + 1],
            cells: Cells::default(),
            below: ExactSum::new(),
            above: ExactSum::new(),
            range: None,
            table: Vec::new(),
            table_from: 0,
            table_rows: 0,
        }
    }

    /// Counts numbers, none of them NaN, and the cells they are of.
    pub(crate) fn count(&mut self, grid: &Grid, values: &[f64], cells: &Cells) {
        self.cells.merge(cells);
        if values.is_empty() {
            return;
        }
        self.see(values);
        if grid.halved {
            return values.iter().for_each(|x| self.count_many(grid, *x, 1));
        }
        let slots = &mut self.slots[..];
        let (below, above) = (&mut self.below, &mut self.above);
        let last = grid.last;
        match (grid.map, &grid.starts) {
            (Map::Linear { lo, scale }, Starts::Narrow(starts)) => {
                place(slots, below, above, grid, values, |x| linear_cell(x, lo, scale, last), starts)
            }
            (Map::Linear { lo, scale }, Starts::Wide(starts)) => {
                place(slots, below, above, grid, values, |x| linear_cell(x, lo, scale, last), starts)
            }
            (Map::Bits { lo, shift }, Starts::Narrow(starts)) => {
                place(slots, below, above, grid, values, |x| bits_cell(x, lo, shift, last), starts)
            }
            (Map::Bits { lo, shift }, Starts::Wide(starts)) => {
                place(slots, below, above, grid, values, |x| bits_cell(x, lo, shift, last), starts)
            }
        }
    }

    fn see(&mut self, values: &[f64]) {
        let (min, max) = extremes(values);
        if min == f64::NEG_INFINITY || max == f64::INFINITY {
            count_infinities(values, &mut self.cells);
        }
        self.widen(min, max);
    }

    fn widen(&mut self, min: f64, max: f64) {
        // + 0.0 turns -0.0 into 0.0
        let (min, max) = (min + 0.0, max + 0.0);
        self.range = Some(self.range.map_or((min, max), |(a, b)| (a.min(min), b.max(max))));
    }

    /// Counts integers, where they lie close enough together; whether they do.
    pub(crate) fn count_integers(&mut self, grid: &Grid, values: &[i64], cells: &Cells) -> bool {
        let Some(first) = values.first() else {
            self.cells.merge(cells);
            return true;
        };
        let (min, max) = values.iter().fold((*first, *first), |(min, max), x| (min.min(*x), max.max(*x)));
        let in_table = |from: i64| {
            let wide =
                |x: i64| x.checked_sub(from).and_then(|at| usize::try_from(at).ok()).is_some_and(|at| at < TABLE);
            wide(min) && wide(max)
        };
        if self.table.is_empty() || !in_table(self.table_from) {
            // room on both sides, for what comes later
            let room = (TABLE as i64 - max.saturating_sub(min).min(TABLE as i64)) / 2;
            let from = min.saturating_sub(room);
            if !in_table(from) || values.len() < 64 {
                return false;
            }
            self.flush(grid);
            self.table.resize(TABLE, 0);
            self.table_from = from;
        }
        if self.table_rows > u32::MAX - values.len() as u32 {
            self.flush(grid);
        }
        self.cells.merge(cells);
        self.table_rows += values.len() as u32;
        let from = self.table_from;
        let table: &mut [u32; TABLE] = (&mut self.table[..]).try_into().expect("it was made as long");
        for x in values {
            // in_table: the index is below the length, which the mask tells the compiler
            table[(*x - from) as usize & (TABLE - 1)] += 1;
        }
        true
    }

    /// Places the integers counted by value and lets their table go.
    pub(crate) fn rest(&mut self, grid: &Grid) {
        self.flush(grid);
        self.table = Vec::new();
    }

    fn flush(&mut self, grid: &Grid) {
        if self.table_rows == 0 {
            return;
        }
        let table = std::mem::take(&mut self.table);
        for (at, rows) in table.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            self.count_many(grid, (self.table_from + at as i64) as f64, u64::from(*rows));
        }
        self.table = table;
        self.table.fill(0);
        self.table_rows = 0;
    }

    /// Counts a number that many rows have.
    fn count_many(&mut self, grid: &Grid, x: f64, rows: u64) {
        self.widen(x, x);
        let k = grid.len();
        let knots = &grid.knots[..k];
        let at = knots.partition_point(|knot| *knot < x);
        let equal = at < k && knots[at] == x;
        let slot = &mut self.slots[at];
        slot.rows[usize::from(equal)] += rows;
        if at > 0 && at < k {
            slot.sum += u128::from(fraction(x, knots[at - 1], knots[at])) * u128::from(rows);
        } else if !equal && k > 0 && x.is_finite() {
            let (sum, distance) =
                if at == 0 { (&mut self.below, knots[0] - x) } else { (&mut self.above, x - knots[k - 1]) };
            if distance < 1e290 {
                sum.add_product(distance, rows as f64);
            } else {
                (0..rows).for_each(|_| sum.add(distance));
            }
        }
    }

    /// Adds what another counter of the same knots has counted; both are at [`RankCounter::rest`].
    pub(crate) fn merge(&mut self, other: &RankCounter) {
        for (slot, more) in self.slots.iter_mut().zip(&other.slots) {
            slot.rows[0] += more.rows[0];
            slot.rows[1] += more.rows[1];
            slot.sum += more.sum;
        }
        self.cells.merge(&other.cells);
        self.below.merge(&other.below);
        self.above.merge(&other.above);
        if let Some((min, max)) = other.range {
            self.widen(min, max);
        }
    }

    /// What was counted, at [`RankCounter::rest`].
    pub(crate) fn finish(self, knots: &Knots) -> RankState {
        let k = knots.len();
        let inner = |(at, slot): (usize, &Slot)| {
            let finite = knots.values[at - 1].is_finite() && knots.values[at].is_finite();
            // beside an infinite knot every fraction is 0, as the width is infinite
            if finite { slot.sum - (u128::from(slot.rows[1]) << 52) } else { 0 }
        };
        RankState {
            cells: self.cells,
            gap: self.slots.iter().map(|slot| slot.rows[0]).collect(),
            eq: self.slots[..k].iter().map(|slot| slot.rows[1]).collect(),
            gap_sums: self.slots[..k].iter().enumerate().skip(1).map(inner).collect(),
            below: self.below,
            above: self.above,
            range: self.range,
        }
    }
}

/// Numbers that go through each stage together: few enough for the caches, enough to keep the processor busy.
const TOGETHER: usize = 128;

/// Places numbers, in three stages: cells by arithmetic alone, positions by looking at knots, then the counters. Stages
/// apart let the processor work on several numbers at once. `cell` and `starts` are those of the grid, handed in so
/// that each kind has a loop of its own.
#[inline(always)]
fn place<S: Copy + Into<u32>>(
    slots: &mut [Slot],
    below: &mut ExactSum,
    above: &mut ExactSum,
    grid: &Grid,
    values: &[f64],
    cell: impl Fn(f64) -> u32,
    starts: &[S],
) {
    let k = grid.len();
    let (knots, gaps) = (&grid.knots[..k + 2], &grid.gaps[..=k]);
    let slots = &mut slots[..=k];
    let mut cells = [0u32; TOGETHER];
    let mut places = [0u32; TOGETHER];
    for some in values.chunks(TOGETHER) {
        for (to, x) in cells.iter_mut().zip(some) {
            *to = cell(*x);
        }
        for ((to, cell), x) in places.iter_mut().zip(&cells).zip(some) {
            let cell = *cell as usize;
            let (from, end): (u32, u32) = (starts[cell].into(), starts[cell + 1].into());
            *to = walk(knots, from as usize, end as usize, *x) as u32;
        }
        for (at, &x) in places.iter().zip(some) {
            let at = *at as usize;
            let (from, width) = gaps[at];
            let equal = knots[at] == x;
            let is_outer = (at == 0) | (at == k);
            let slot = &mut slots[at];
            slot.rows[usize::from(equal & (at < k))] += 1;
            // as `fraction`, whatever comes out beside an open gap or an infinite knot: that sum is not used
            slot.sum += u128::from(floor_52((x - from) / width * TWO_52));
            if is_outer & !equal {
                beyond(below, above, &knots[..k], at, x);
            }
        }
    }
}

const TWO_52: f64 = 4_503_599_627_370_496.0;

/// The whole part of a number from 0 to 2^52: adding 2^52 leaves it in the last bits, rounded to the nearest.
#[inline(always)]
fn floor_52(x: f64) -> u64 {
    let shifted = x + TWO_52;
    let up = u64::from(shifted - TWO_52 > x);
    shifted.to_bits().wrapping_sub(TWO_52.to_bits()).wrapping_sub(up) & (2 * (1 << 52) - 1)
}

/// Notes how far a number lies beyond the knots.
#[inline(never)]
fn beyond(below: &mut ExactSum, above: &mut ExactSum, knots: &[f64], at: usize, x: f64) {
    let (Some(first), Some(last)) = (knots.first(), knots.last()) else { return };
    if x.is_finite() {
        if at == 0 { below.add(first - x) } else { above.add(x - last) }
    }
}

/// Smallest and largest of some numbers without NaN.
fn extremes(values: &[f64]) -> (f64, f64) {
    let mut low = [f64::INFINITY; 8];
    let mut high = [f64::NEG_INFINITY; 8];
    let mut eights = values.chunks_exact(8);
    for eight in &mut eights {
        for lane in 0..8 {
            low[lane] = if eight[lane] < low[lane] { eight[lane] } else { low[lane] };
            high[lane] = if eight[lane] > high[lane] { eight[lane] } else { high[lane] };
        }
    }
    let all = || eights.remainder().iter();
    let min = low.iter().chain(all()).fold(f64::INFINITY, |a, b| a.min(*b));
    let max = high.iter().chain(all()).fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    (min, max)
}
