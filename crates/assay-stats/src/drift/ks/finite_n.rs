//! The law of the two-sided Kolmogorov-Smirnov distance of one sample of n rows.
//!
//! Which formula is used where follows Simard and L'Ecuyer (2011), "Computing the two-sided Kolmogorov-Smirnov
//! distribution", Journal of Statistical Software 39(11): exact ends (Ruben and Gambino 1982), the matrix power of
//! Marsaglia, Tsang and Wang (2003) for few rows, the series of Pelz and Good (1976) in the middle, and twice the
//! one-sided tail (Birnbaum and Tingey 1951) where both boundaries can hardly be crossed by one sample. The tail is
//! summed in logarithms: it keeps its digits below the smallest double, at any n.

use std::f64::consts::{LN_2, PI};

use crate::drift::deviance::stirling_error;

/// ln P(D_n > d) of n rows, at least 1. 0 (p = 1) for d at most 1 / (2n), negative infinity from d = 1.
pub fn ln_sf(n: u64, d: f64) -> f64 {
    let rows = n.max(1) as f64;
    let t = rows * d;
    if d >= 1.0 {
        return f64::NEG_INFINITY;
    }
    if t <= 0.5 {
        return 0.0;
    }
    if t <= 1.0 {
        let ln_cdf = ln_factorial_over_power(rows) + rows * (2.0 * t - 1.0).ln();
        return (-ln_cdf.exp()).ln_1p();
    }
    if t >= rows - 1.0 {
        return LN_2 + rows * (-d).ln_1p();
    }
    let squared = t * d;
    if d >= 0.5 || (n <= 140 && squared > 4.0) || (n > 140 && squared >= 2.2) {
        return (LN_2 + ln_one_sided(rows, d)).min(0.0);
    }
    // the matrix has 2nd columns: cheap where it is needed, and from 2,000 rows on the series is as good
    let cdf = if n <= 140 || (n <= 2_000 && rows * d.powf(1.5) <= 1.4) {
        cdf_by_matrix(n.max(1), d)
    } else {
        cdf_by_series(rows, d)
    };
    (-cdf.clamp(0.0, 1.0)).ln_1p()
}

/// The d that D_n exceeds with probability `p`, to a relative 1e-9 in p.
pub fn quantile(n: u64, p: f64) -> f64 {
    let target = p.ln();
    let miss = |d: f64| (ln_sf(n, d) - target).max(-1e3);
    // P(D_n > d) is at most 2 exp(-2 n d^2) (Massart 1990), and far above p at half of that d
    let mut high = (-(0.5 * p).ln() / (2.0 * n.max(1) as f64)).sqrt().min(1.0);
    let mut low = 0.5 * high;
    let (mut above, mut below) = (miss(low), miss(high));
    // false position; an end that stays twice is given half its weight, so that both ends move (Illinois)
    let mut low_moved = None;
    for _ in 0..100 {
        let middle = (low * below - high * above) / (below - above);
        let here = miss(middle);
        if here.abs() < 1e-9 || high - low < 1e-12 {
            return middle;
        }
        let moves_low = here > 0.0;
        let weight = if low_moved == Some(moves_low) { 0.5 } else { 1.0 };
        if moves_low {
            (low, above, below) = (middle, here, weight * below);
        } else {
            (high, below, above) = (middle, here, weight * above);
        }
        low_moved = Some(moves_low);
    }
    0.5 * (low + high)
}

/// ln P(D_n+ >= d) = ln of the sum over j <= n (1 - d) of d C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j).
fn ln_one_sided(n: f64, d: f64) -> f64 {
    const ALL_TERMS: f64 = 2_048.0;
    const NODES: f64 = 1_024.0;
    let tail = Tail { n, d };
    let last = (n * (1.0 - d)).floor();
    if last <= ALL_TERMS {
        return tail.ln_sum(0.0, last, 1.0);
    }
    // The terms are one smooth bump. Its top, then where it has fallen by e^-45; between them evenly spaced terms
    // stand for their neighbours: of so smooth a bump that sum is as good as the whole one.
    let top = tail.top(last);
    let floor = tail.ln_term(top) - 45.0;
    let start = tail.edge(0.0, top, floor);
    let end = tail.edge(last, top, floor);
    let stride = ((end - start) / NODES).floor().max(1.0);
    tail.ln_sum(start, end, stride)
}

struct Tail {
    n: f64,
    d: f64,
}

impl Tail {
    /// ln of term j: by Stirling's formula, so that nothing of size n ln n cancels.
    fn ln_term(&self, j: f64) -> f64 {
        let Tail { n, d } = *self;
        if j == 0.0 {
            return n * (-d).ln_1p();
        }
        let rest = n - j;
        let shift = n * d;
        if rest <= shift {
            return f64::NEG_INFINITY;
        }
        (d / (d + j / n)).ln()
            + 0.5 * (n / (2.0 * PI * j * rest)).ln()
            + (stirling_error(n) - stirling_error(j) - stirling_error(rest))
            + (j * (shift / j).ln_1p() + rest * (-shift / rest).ln_1p())
    }

    /// The j of the largest term.
    fn top(&self, last: f64) -> f64 {
        let (mut low, mut high) = (0.0, last);
        while high - low > 2.0 {
            let middle = ((low + high) / 2.0).floor();
            if self.ln_term(middle) < self.ln_term(middle + 1.0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low + 1.0
    }

    /// The j between `outer` and `top` at which the terms pass `floor`.
    fn edge(&self, outer: f64, top: f64, floor: f64) -> f64 {
        let (mut out, mut inside) = (outer, top);
        while (out - inside).abs() > 1.0 {
            let middle = ((out + inside) / 2.0).floor();
            if middle == out || middle == inside {
                break;
            }
            if self.ln_term(middle) < floor {
                out = middle;
            } else {
                inside = middle;
            }
        }
        out
    }

    fn ln_sum(&self, start: f64, end: f64, stride: f64) -> f64 {
        let count = ((end - start) / stride).floor() as u64;
        let terms = || (0..=count).map(|i| self.ln_term(start + stride * i as f64));
        let largest = terms().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = terms().map(|ln| (ln - largest).exp()).sum();
        largest + (stride * sum).ln()
    }
}

/// ln of n! / n^n.
fn ln_factorial_over_power(n: f64) -> f64 {
    0.5 * (2.0 * PI * n).ln() - n + stirling_error(n)
}

/// P(D_n < d) by the matrix of Durbin (1968) as Marsaglia, Tsang and Wang (2003) raise it to the n-th power.
fn cdf_by_matrix(n: u64, d: f64) -> f64 {
    let t = n as f64 * d;
    let k = t.ceil() as usize;
    let size = 2 * k - 1;
    let h = k as f64 - t;
    let mut matrix = Matrix::durbin(size, h);
    let mut power = Matrix::identity(size);
    // n! / n^n is multiplied in while the power grows, so neither leaves the range: H^n n!/n^n = prod of (i/n) H
    let (mut exponent, mut power_decks, mut matrix_decks) = (n, 0.0, 0.0);
    while exponent > 0 {
        if exponent % 2 == 1 {
            power = power.times(&matrix);
            power_decks += matrix_decks;
            power_decks += power.rescale();
        }
        matrix = matrix.times(&matrix);
        matrix_decks *= 2.0;
        matrix_decks += matrix.rescale();
        exponent /= 2;
    }
    let ln = power.at(k - 1, k - 1).ln() + power_decks + ln_factorial_over_power(n as f64);
    ln.exp()
}

/// A square matrix, row by row.
struct Matrix {
    size: usize,
    cells: Vec<f64>,
}

impl Matrix {
    fn identity(size: usize) -> Self {
        let mut cells = vec![0.0; size * size];
        for i in 0..size {
            cells[i * size + i] = 1.0;
        }
        Matrix { size, cells }
    }

    /// 1 / (i - j + 1)! on and below the first upper diagonal, less the corners that the fraction h cuts off.
    fn durbin(size: usize, h: f64) -> Self {
        let mut inverse_factorial = vec![1.0; size + 1];
        for i in 1..=size {
            inverse_factorial[i] = inverse_factorial[i - 1] / i as f64;
        }
        let mut cells = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=(i + 1).min(size - 1) {
                cells[i * size + j] = inverse_factorial[i + 1 - j];
            }
        }
        for i in 0..size {
            let edge = h.powi(i as i32 + 1) * inverse_factorial[i + 1];
            cells[i * size] -= edge;
            cells[(size - 1) * size + size - 1 - i] -= edge;
        }
        let corner = (2.0 * h - 1.0).max(0.0).powi(size as i32) * inverse_factorial[size];
        cells[(size - 1) * size] += corner;
        Matrix { size, cells }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.cells[i * self.size + j]
    }

    fn times(&self, other: &Matrix) -> Matrix {
        let size = self.size;
        let mut cells = vec![0.0; size * size];
        for i in 0..size {
            for l in 0..size {
                let factor = self.cells[i * size + l];
                for j in 0..size {
                    cells[i * size + j] += factor * other.cells[l * size + j];
                }
            }
        }
        Matrix { size, cells }
    }

    /// Divides by the largest cell and returns its logarithm.
    fn rescale(&mut self) -> f64 {
        let largest = self.cells.iter().fold(0.0_f64, |largest, cell| largest.max(cell.abs()));
        for cell in &mut self.cells {
            *cell /= largest;
        }
        largest.ln()
    }
}

/// P(D_n < d) by the series of Pelz and Good (1976), "Approximating the lower tail-areas of the Kolmogorov-Smirnov
/// one-sample statistic", JRSS B 38: four terms in powers of n^(-1/2), each a theta function of z = d sqrt(n).
fn cdf_by_series(n: f64, d: f64) -> f64 {
    let z = n.sqrt() * d;
    let (z2, z4, z6, z8) = (z.powi(2), z.powi(4), z.powi(6), z.powi(8));
    let (pi2, pi4, pi6) = (PI.powi(2), PI.powi(4), PI.powi(6));
    let (mut k0, mut k1, mut k2, mut k3) = (0.0, 0.0, 0.0, 0.0);
    let (mut k2_even, mut k3_even) = (0.0, 0.0);
    let terms = (16.0 * z / PI).ceil() as u32 + 1;
    for k in 1..=terms {
        let odd2 = (2.0 * f64::from(k) - 1.0).powi(2);
        let (odd4, odd6) = (odd2 * odd2, odd2 * odd2 * odd2);
        let weight = (-pi2 * odd2 / (8.0 * z2)).exp();
        k0 += weight;
        k1 += weight * (pi2 / 4.0 * odd2 - z2);
        k2 += weight
            * (6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * pi2 / 4.0 * odd2 + pi4 * (1.0 - 2.0 * z2) / 16.0 * odd4);
        k3 += weight
            * (-30.0 * z6 - 90.0 * z8
                + pi2 * (135.0 * z4 - 96.0 * z6) / 4.0 * odd2
                + pi4 * (212.0 * z4 - 60.0 * z2) / 16.0 * odd4
                + pi6 * (5.0 - 30.0 * z2) / 64.0 * odd6);
        let all2 = f64::from(k).powi(2);
        let weight = (-pi2 * all2 / (2.0 * z2)).exp();
        k2_even += weight * all2;
        k3_even += weight * all2 * (3.0 * z2 - pi2 * all2);
    }
    let root = (2.0 * PI).sqrt();
    k0 *= root / z;
    k1 *= root / (6.0 * z4);
    k2 = root * (k2 / (72.0 * z.powi(7)) - pi2 * k2_even / (36.0 * z.powi(3)));
    k3 = root * (k3 / (6480.0 * z.powi(10)) + pi2 * k3_even / (216.0 * z6));
    k0 + k1 / n.sqrt() + k2 / n + k3 / (n * n.sqrt())
}
