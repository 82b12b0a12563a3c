//! From values to places in a drawing.

use super::text;

/// A straight scale from values to one coordinate of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    from: i32,
    to: i32,
}

impl Axis {
    /// `low` is drawn at `from`, `high` at `to`; `None` where they are not finite numbers. An axis of one value is made
    /// wider around it.
    pub fn new((low, high): (f64, f64), (from, to): (i32, i32)) -> Option<Self> {
        if !low.is_finite() || !high.is_finite() || low > high {
            return None;
        }
        let (mut low, mut high) = (low, high);
        if low == high {
            let around = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
            (low, high) = ((low - around).max(f64::MIN), (high + around).min(f64::MAX));
        }
        Some(Axis { low, high, from, to })
    }

    /// Where a value is drawn; values beyond the ends at the ends.
    pub fn place(&self, value: f64) -> i32 {
        // halves: the difference of two large numbers may be beyond what a number can hold
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// Round values on the axis, about `count` of them, as text; both ends where no round ones would tell it.
    pub fn ticks(&self, count: u32) -> Vec<(f64, String)> {
        let ends = || vec![(self.low, text::number(self.low)), (self.high, text::number(self.high))];
        let raw = (self.high / 2.0 - self.low / 2.0) / f64::from(count) * 2.0;
        let size = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|by| by * size).find(|step| *step >= raw);
        let Some(step) = step.filter(|step| step.is_normal()) else { return ends() };
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        // beyond 2^53 steps from 0, neighbouring round values are the same number
        if first.abs().max(last.abs()) > 9e15 || last - first < 1.0 {
            return ends();
        }
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let plain = (1e-4..1e6).contains(&step) && self.low.abs().max(self.high.abs()) < 1e7;
        let shown = |value: f64| if plain { text::fixed(value, decimals) } else { text::number(value) };
        let of = |i: u32| {
            let value = (first + f64::from(i)) * step;
            (value, shown(value))
        };
        let mut ticks: Vec<(f64, String)> = (0..=(last - first) as u32).map(of).collect();
        ticks.dedup_by(|a, b| a.1 == b.1);
        ticks
    }
}
