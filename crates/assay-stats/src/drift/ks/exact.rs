//! The exact two-sided p-value of the two-sample Kolmogorov-Smirnov distance, without ties.
//!
//! Without drift every order of the n + m rows is equally likely: an order is a lattice path from (0, 0) to (m, n), and
//! p is the share of paths that reach a point where |i n - j m| is at least the observed excess (Hodges 1958, "The
//! significance probability of the Smirnov two-sample test", Arkiv for Matematik 3). The share is computed from the
//! end backwards: of the paths to (i, j), i / (i + j) come from (i - 1, j), so the share that got out on the way is a
//! weighted mean of two neighbours. Nothing is ever subtracted, so small shares keep their digits. Equal sizes have the
//! reflection formula of Gnedenko and Korolyuk. With ties p is an upper bound.
//!
//! Work: one weighted mean for each point between the two boundaries, at most n m. The walk goes along the diagonals
//! i + j = s, on which no point depends on another one. [`points`] says beforehand how many there are.

/// ln p of D n m = `excess` for n and m rows; both at most [`super::EXACT_ROWS`], which bounds work and integers.
pub fn ln_p(n: u64, m: u64, excess: u128) -> f64 {
    if excess == 0 {
        return 0.0;
    }
    if excess >= u128::from(n) * u128::from(m) {
        return ln_p_apart(n, m);
    }
    if n == m {
        return ln_p_equal(n, (excess / u128::from(n)) as u64);
    }
    let lattice = Lattice { rows: n.min(m) as i64, columns: n.max(m) as i64, excess: excess as i64 };
    // Doubles are faster, but below this some share on the way may have left their range. Where a bound of p
    // (2 exp(-2 n m D^2 / (n + m)), up to a factor) is far below it already, they are not tried.
    let d = excess as f64 / (n as f64 * m as f64);
    let ln_bound = -2.0 * (n as f64 * m as f64 / (n + m) as f64) * d * d;
    let p = if ln_bound > -700.0 { lattice.share_out::<f64>() } else { 0.0 };
    if p >= 1e-280 { p.ln().min(0.0) } else { lattice.share_out::<Scaled>().ln() }
}

/// Points between the boundaries that [`ln_p`] visits, about: 0 for equal sizes, and at the ends of the law.
pub fn points(n: u64, m: u64, excess: u128) -> u128 {
    let all = u128::from(n) * u128::from(m);
    if n == m || excess >= all {
        return 0;
    }
    // the two corners beyond the boundaries are triangles, each (1 - D)^2 / 2 of all points
    let apart = 1.0 - excess as f64 / all as f64;
    (all as f64 * (1.0 - apart * apart)) as u128
}

/// ln p of D = 1: two of the C(n + m, n) orders.
pub fn ln_p_apart(n: u64, m: u64) -> f64 {
    let (few, many) = (n.min(m), n.max(m) as f64);
    let ln_orders = if few <= 100_000 {
        (1..=few).map(|i| (many / i as f64).ln_1p()).sum::<f64>()
    } else {
        let ln_factorial = |x: f64| statrs::function::gamma::ln_gamma(x + 1.0);
        ln_factorial(few as f64 + many) - ln_factorial(few as f64) - ln_factorial(many)
    };
    (std::f64::consts::LN_2 - ln_orders).min(0.0)
}

/// n = m and D = h / n: p = 2 A_0 (1 - A_1 (1 - A_2 (..))), A_k = prod over j < h of (n - kh - j) / (n + kh + j + 1).
fn ln_p_equal(n: u64, h: u64) -> f64 {
    let n = n as i64;
    let h = (h as i64).max(1);
    let mut inner = 1.0;
    for k in (1..=n / h).rev() {
        let a: f64 = (k * h..(k + 1) * h).map(|j| (n - j).max(0) as f64 / (n + j + 1) as f64).product();
        inner = 1.0 - a * inner;
    }
    let ln_a: f64 = (0..h).map(|j| (-((2 * j + 1) as f64) / (n + j + 1) as f64).ln_1p()).sum();
    (std::f64::consts::LN_2 + ln_a + inner.ln()).min(0.0)
}

/// Paths to (`columns`, `rows`); a point is out where |i rows - j columns| is at least `excess`.
struct Lattice {
    rows: i64,
    columns: i64,
    excess: i64,
}

impl Lattice {
    fn share_out<S: Share>(&self) -> S {
        let Lattice { rows, columns, excess } = *self;
        let all = rows + columns;
        // share[j + 1] belongs to the point (s - j, j) of the diagonal s; all that is not between the boundaries is out
        let mut share = vec![S::ONE; rows as usize + 3];
        share[1] = S::ZERO;
        for s in 1..=all {
            let first = ((s * rows - excess).div_euclid(all) + 1).max(s - columns).max(0);
            let last = (s * rows + excess - 1).div_euclid(all).min(rows).min(s);
            if first > last {
                return S::ONE;
            }
            let one = 1.0 / s as f64;
            // downwards, as the point (s - j, j) needs (s - j, j - 1) of the diagonal before
            for j in (first as usize..=last as usize).rev() {
                let from_below = j as f64 * one;
                let from_left = (s - j as i64) as f64 * one;
                share[j + 1] = S::mean(from_left, share[j + 1], from_below, share[j]);
            }
            share[first as usize] = S::ONE;
            share[last as usize + 2] = S::ONE;
        }
        share[rows as usize + 1]
    }
}

/// A share of paths.
trait Share: Copy {
    const ZERO: Self;
    const ONE: Self;
    /// `w x + v y`.
    fn mean(w: f64, x: Self, v: f64, y: Self) -> Self;
}

impl Share for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;

    fn mean(w: f64, x: f64, v: f64, y: f64) -> f64 {
        let mean = w * x + v * y;
        // far below any result that is used; subnormal numbers would be slow
        if mean < 1e-300 { 0.0 } else { mean }
    }
}

/// A share below the range of doubles: `mantissa` 2^(-512 `decks`).
#[derive(Clone, Copy)]
struct Scaled {
    mantissa: f64,
    decks: i32,
}

/// 2^-512 and 2^512.
const DECK: f64 = f64::from_bits((1023 - 512) << 52);
const UP: f64 = f64::from_bits((1023 + 512) << 52);

impl Scaled {
    fn new(mantissa: f64, decks: i32) -> Self {
        if mantissa > 0.0 && mantissa < DECK {
            Scaled { mantissa: mantissa * UP, decks: decks + 1 }
        } else {
            Scaled { mantissa, decks }
        }
    }

    fn ln(self) -> f64 {
        self.mantissa.ln() - 512.0 * std::f64::consts::LN_2 * f64::from(self.decks)
    }
}

impl Share for Scaled {
    const ZERO: Scaled = Scaled { mantissa: 0.0, decks: 0 };
    const ONE: Scaled = Scaled { mantissa: 1.0, decks: 0 };

    fn mean(w: f64, x: Scaled, v: f64, y: Scaled) -> Scaled {
        let (wx, vy) = (w * x.mantissa, v * y.mantissa);
        if wx == 0.0 {
            return Scaled::new(vy, y.decks);
        }
        if vy == 0.0 {
            return Scaled::new(wx, x.decks);
        }
        match x.decks - y.decks {
            0 => Scaled::new(wx + vy, x.decks),
            1 => Scaled::new(wx * DECK + vy, y.decks),
            -1 => Scaled::new(wx + vy * DECK, x.decks),
            2.. => Scaled::new(vy, y.decks),
            _ => Scaled::new(wx, x.decks),
        }
    }
}
