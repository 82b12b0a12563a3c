//! From values to places in a drawing.

use super::text;

/// A scale from values to one coordinate of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    from: i32,
    to: i32,
    /// Where the scale goes over from straight to logarithmic, on both sides of 0; `None` where it is straight.
    bend: Option<f64>,
}

/// Between powers of ten.
const ROOM: i32 = 46;

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
        Some(Axis { low, high, from, to, bend: None })
    }

    /// The same for values of which most would share a few pixels: straight around 0 and logarithmic beyond (the
    /// inverse hyperbolic sine), which has a place for 0 and for negative values.
    pub fn bent_for(self, values: &[f64]) -> Self {
        let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).filter(|size| size.is_normal()).collect();
        sizes.sort_by(f64::total_cmp);
        let bent = Axis { bend: sizes.get(sizes.len() / 4).copied(), ..self };
        let has_room = bent.bent(self.high) - bent.bent(self.low) > 0.0;
        if has_room { bent } else { self }
    }

    /// Whether it is bent.
    pub fn is_bent(&self) -> bool {
        self.bend.is_some()
    }

    /// A value as it is on the straight scale of the drawing, halved: the difference of two large numbers may be beyond
    /// what a number can hold.
    fn bent(&self, value: f64) -> f64 {
        self.bend.map_or(value / 2.0, |bend| (value / bend).clamp(-1e150, 1e150).asinh())
    }

    /// Where a value is drawn; values beyond the ends at the ends.
    pub fn place(&self, value: f64) -> i32 {
        let share = (self.bent(value) - self.bent(self.low)) / (self.bent(self.high) - self.bent(self.low));
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// Round values on the axis, about `count` of them, as text; both ends where no round ones would tell it.
    pub fn ticks(&self, count: u32) -> Vec<(f64, String)> {
        if self.is_bent() {
            return self.powers();
        }
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
        let largest = self.low.abs().max(self.high.abs());
        let plain = (1e-4..1e6).contains(&step) && largest < 1e7;
        // as many digits as tell neighbours apart
        let count = (largest.log10().floor() - step.log10().floor() + 1.0).clamp(1.0, 17.0) as usize;
        let shown = |value: f64| if plain { text::fixed(value, decimals) } else { text::digits(value, count) };
        let of = |i: u32| {
            let value = (first + f64::from(i)) * step;
            (value, shown(value))
        };
        let mut ticks: Vec<(f64, String)> = (0..=(last - first) as u32).map(of).collect();
        ticks.dedup_by(|a, b| a.1 == b.1);
        ticks
    }

    /// 0 and the powers of ten on a bent scale, from the middle outwards, as far as they have room.
    fn powers(&self) -> Vec<(f64, String)> {
        let sizes = || (-300..=300).map(|power| 10_f64.powi(power));
        let mut ticks: Vec<(f64, String)> = Vec::new();
        let all = std::iter::once(0.0).chain(sizes()).chain(sizes().map(|size| -size));
        for value in all.filter(|value| (self.low..=self.high).contains(value)) {
            let x = self.place(value);
            let has_room = ticks.iter().all(|(taken, _)| (self.place(*taken) - x).abs() >= ROOM);
            if has_room {
                ticks.push((value, text::number(value)));
            }
        }
        ticks
    }
}
